// A mounted tree in this process over a fake device, and programs that work on it.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "fake_device.hpp"
#include "fuse-frontend/mount.hpp"

namespace hbalab::fs::test {

struct Ran {
  int status = -1;  // exit status; 124: it did not end in time
  std::string out;  // standard output and error
};

class Mounted {
 public:
  explicit Mounted(std::uint32_t big_count = 100);
  ~Mounted();
  Mounted(const Mounted&) = delete;
  Mounted& operator=(const Mounted&) = delete;

  // Runs a line of bash with $M the mount point and $T a scratch folder; status 124 after 60 s.
  [[nodiscard]] Ran run(const std::string& line) const;
  // Directory of the instance of a class, relative to the mount point.
  [[nodiscard]] static std::string instance(std::string_view cls);
  // Makes the kernel forget all names of the tree that nobody uses; false: that is root's.
  [[nodiscard]] bool drop_kernel_caches() const;
  [[nodiscard]] const std::string& path() const { return mountpoint_; }

  std::shared_ptr<FakeDevice> device;
  std::shared_ptr<FakeControls> controls;
  std::shared_ptr<wmi::ProviderRegistry> registry;
  std::shared_ptr<wmi::EventHub> hub;
  std::shared_ptr<wmi::WmiClient> client;
  std::unique_ptr<MountedTree> tree;
  void stop();  // ends serving and unmounts

 private:
  std::string folder_, mountpoint_, scratch_;
  std::thread server_;
};

// Waits until `condition` holds; false after 20 s.
template <typename Condition>
bool eventually(Condition condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < limit) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return false;
}

}  // namespace hbalab::fs::test
