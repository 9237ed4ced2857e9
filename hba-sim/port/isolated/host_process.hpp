// The process that an isolated driver runs in: finding its program, starting it, hearing of its
// end.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "hba-sim/port/driver.hpp"

namespace hbalab::port::isolated {

// Where the process finds its end of the socket, and the shared memory.
inline constexpr int kSocketDescriptor = 3, kMemoryDescriptor = 4;

// $HBALAB_DRIVER_HOST, or hbalab-driver-host beside the running program, or where that is
// installed.
[[nodiscard]] std::expected<std::filesystem::path, DriverProblem> find_driver_host();

class HostProcess {
 public:
  // The process dies with the thread that starts it: that has to last as long as the process.
  // `memory` is the shared memory's descriptor.
  [[nodiscard]] static std::expected<HostProcess, DriverProblem> start(
      const std::filesystem::path& program, int memory);
  HostProcess(HostProcess&& other) noexcept;
  HostProcess& operator=(HostProcess&&) = delete;
  ~HostProcess();  // kills what still runs

  [[nodiscard]] pid_t id() const { return pid_; }
  [[nodiscard]] int take_socket() { return std::exchange(socket_, -1); }
  // What it prints; does not block.
  [[nodiscard]] int output() const { return output_; }
  void kill() const;
  // Has the handler of SIGUSR1 run on a thread of it.
  void ask(std::uint32_t thread) const;
  // Waits for its end, which is near; the status of waitpid().
  int wait();

 private:
  HostProcess(pid_t pid, int socket, int output) : pid_(pid), socket_(socket), output_(output) {}
  pid_t pid_;
  int socket_;
  int output_;
};

}  // namespace hbalab::port::isolated
