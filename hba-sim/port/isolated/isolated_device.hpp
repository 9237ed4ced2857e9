// An adapter whose driver runs in a process of its own: the whole port driver is there, and here is
// what its WMI providers look like to the lab.
//
// Requests cross in shared memory (requests.hpp), everything else in messages (message.hpp). A
// crash, a hang and an end of the process are reported like other faults of a driver; its providers
// go, its requests fail, and the lab goes on.
//
// Threads: one has the process, reads its messages and watches it; one completes requests, which a
// caller who waits does instead (WmiProvider::help).
#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "hba-sim/port/port_driver.hpp"

namespace hbalab::port::isolated {

struct IsolationOptions {
  std::filesystem::path driver;   // the shared object
  std::vector<std::string> mof;   // files with its classes, for the checker
  std::filesystem::path copies;   // a directory that is the adapter's own; made, and removed
  std::filesystem::path program;  // empty: find_driver_host()
  // A routine of the driver that has not returned after that time is a hang; 0: none is.
  std::chrono::milliseconds hang{10'000};
  // For so long the process may do nothing with the driver before it says that the driver runs;
  // with `hang` 0 it may for ever.
  std::chrono::milliseconds start{30'000};
  // The process tells the time by itself. Else by AdapterDeviceOptions::clock, and what is
  // scheduled there waits until the process has run it.
  bool own_clock = true;
};

// Of the options, `lock`, `hardware`, `begin_help`, `end_help` and `explain` do not count: they are
// about hardware, of which there is none.
[[nodiscard]] std::expected<std::shared_ptr<AdapterDevice>, DriverProblem> start_isolated(
    IsolationOptions isolation, AdapterDeviceOptions options);

}  // namespace hbalab::port::isolated
