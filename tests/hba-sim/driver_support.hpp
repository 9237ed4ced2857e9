// Labs with loaded drivers, on a virtual clock.
#pragma once

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "hba-sim/clock.hpp"
#include "hba-sim/lab/lab.hpp"

namespace hbalab::driver_test {

// A directory that goes with the test.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

[[nodiscard]] std::string driver_file(const std::string& name);  // "kit_driver"
[[nodiscard]] std::string kit_mof();
[[nodiscard]] lab::AdapterConfig loaded(const std::string& name, const std::string& driver,
                                        std::vector<std::string> mof = {kit_mof()});

// The same in a process of its own.
[[nodiscard]] lab::AdapterConfig isolated(
    const std::string& name, const std::string& driver,
    std::chrono::milliseconds hang = std::chrono::milliseconds(10'000));

// Waits for what another thread or process brings about; false: it does not.
template <typename Condition>
[[nodiscard]] bool until(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

// A running lab of these adapters.
struct World {
  Folder folder;
  std::shared_ptr<VirtualClock> clock = std::make_shared<VirtualClock>();
  mutable std::mutex mutex;
  std::vector<std::string> told;  // guarded by mutex: what the lab's threads say
  std::unique_ptr<lab::Lab> lab;
  std::string error;  // why there is none

  explicit World(std::vector<lab::AdapterConfig> adapters,
                 std::optional<lab::Check> check = std::nullopt);

  [[nodiscard]] std::string read(const std::string& path) const;  // below lab/
  // What lab/add_adapter answers; "" when it was done.
  [[nodiscard]] std::string add(const lab::AdapterConfig& adapter, int* error_number = nullptr);
  [[nodiscard]] std::string log(const std::string& adapter) const;
  // What the terminal would show: lines.
  [[nodiscard]] std::vector<std::string> notices() const;

  [[nodiscard]] std::vector<wmi::InstanceRef> instances(const std::string& cls) const;
  [[nodiscard]] wmi::InstanceRef instance(const std::string& cls, std::size_t index = 0) const;
  // The numbers of a block; fails the test when it cannot be read.
  [[nodiscard]] std::vector<std::uint32_t> query(const std::string& cls,
                                                 std::size_t index = 0) const;

  struct Call {
    std::atomic<bool> done = false;  // set last; by another thread where the driver is isolated
    std::optional<std::uint32_t> out;
    std::optional<wmi::NtStatus> failed;
  };
  // A method with one number as OUT; may be pending.
  [[nodiscard]] std::shared_ptr<Call> call(std::uint32_t method, std::vector<std::uint32_t> in,
                                           std::size_t index = 0) const;
  // The same for one that ends at once.
  [[nodiscard]] std::uint32_t value(std::uint32_t method, std::vector<std::uint32_t> in) const;
};

}  // namespace hbalab::driver_test
