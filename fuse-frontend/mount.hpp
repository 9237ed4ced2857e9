// The mounted tree: serves the classes of a provider registry and the controls of a lab as files.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "hba-sim/lab/control.hpp"
#include "wmi-model/client.hpp"
#include "wmi-model/registry.hpp"

namespace hbalab::fs {

struct MountOptions {
  std::string mountpoint;
  std::shared_ptr<wmi::WmiClient> client;
  std::shared_ptr<wmi::EventHub> events;      // null: no event logs are filled
  std::shared_ptr<lab::ControlTree> control;  // null: no lab half
  std::string readme;                         // text of MNT/README
  unsigned threads = 4;                       // most threads that serve requests at a time
  bool single_threaded = false;
  bool clone_fd = false;     // one /dev/fuse descriptor for each thread
  bool debug = false;        // libfuse logs every request
  bool allow_other = false;  // other users may enter; permissions are checked

  // Limits; the defaults are what docs/tree.md says.
  std::size_t small_block = 64u << 10;  // bytes; larger blocks are shared by readers
  std::chrono::milliseconds share_block_for{1000};
  std::chrono::milliseconds keep_block_for{5000};
  std::size_t event_log_bytes = 1u << 20;  // for each instance of an event class
};

class MountedTree {
 public:
  // Mounts and answers the kernel's first request; `run` has to follow for the rest. The error says
  // what failed and on which mount point.
  [[nodiscard]] static std::expected<std::unique_ptr<MountedTree>, std::string> mount(
      MountOptions options);
  ~MountedTree();  // stops, unmounts, and answers what still waits with ENODEV
  MountedTree(const MountedTree&) = delete;
  MountedTree& operator=(const MountedTree&) = delete;

  // Serves requests; returns when the tree was unmounted or `stop` was called. Once only.
  [[nodiscard]] std::expected<void, std::string> run();
  // Async-signal-safe, any thread, any number of times.
  void stop() noexcept;

  // Kernel requests that wait for a driver now; for tests and status displays.
  [[nodiscard]] std::size_t pending_requests() const;
  // Nodes in memory that the kernel has not forgotten yet: open or cached files of the lab half,
  // and of call, call.bin and execute; for tests and status displays.
  [[nodiscard]] std::size_t interned_nodes() const;

 private:
  struct Impl;
  explicit MountedTree(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hbalab::fs
