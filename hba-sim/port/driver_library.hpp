// The drivers that a lab has loaded from files: each file once, however many adapters it runs.
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

#include "hba-sim/port/driver.hpp"

namespace hbalab::port {

// Thread-safe.
class DriverLibrary {
 public:
  // `copies`: a directory of the lab's own, made when needed. What is loaded is a copy there, so
  // that a driver can be built anew while the lab runs it.
  explicit DriverLibrary(std::filesystem::path copies) : copies_(std::move(copies)) {}

  // The driver of that file, which stays loaded for as long as somebody has it. `file` is absolute.
  [[nodiscard]] std::expected<std::shared_ptr<Driver>, DriverProblem> open(
      const std::filesystem::path& file);

 private:
  [[nodiscard]] std::expected<MiniportImage, DriverProblem> load(const std::filesystem::path& file);

  const std::filesystem::path copies_;
  std::mutex mutex_;  // held while a driver is loaded; before every lock of the port driver
  std::map<std::filesystem::path, std::weak_ptr<Driver>> drivers_;  // guarded by mutex_
  unsigned copied_ = 0;                                             // guarded by mutex_
};

// Has what the driver would call to end or to double the process (exit, abort, fork, ...) raise a
// fault instead. `code` is what dlopen gave. Such calls from constructors have been made by then.
void intercept_process_calls(void* code);

}  // namespace hbalab::port
