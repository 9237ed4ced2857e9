// Why the process of an isolated driver ended, for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hba-sim/port/checker/symbolizer.hpp"
#include "hba-sim/port/isolated/shared.hpp"

namespace hbalab::port::isolated {

// A shared object of the process, as it said when it had loaded it.
struct Module {
  std::string path;
  std::uint64_t load = 0, begin = 0, end = 0;  // where offset 0 of the file would be; its code
  bool driver = false;
};

// What a thread is in the driver for; as taken over from the shared memory.
struct Doing {
  std::uint32_t thread = 0;
  std::uint64_t since = 0;  // of CLOCK_MONOTONIC_COARSE, nanoseconds
  std::string routine;
};
// Nothing where it is in no routine.
[[nodiscard]] std::optional<Doing> doing_of(const SharedHeader& shared, std::uint32_t index);
// The one that is in the driver for longest.
[[nodiscard]] std::optional<Doing> longest(const SharedHeader& shared);

// "SIGSEGV at address 0x10"; from what the process's handler wrote, and how it ended.
[[nodiscard]] std::string describe_end(const SharedHeader& shared, int wait_status);
// Lines, innermost first; down to the driver's outermost routine where the driver is on the stack.
[[nodiscard]] std::vector<std::string> backtrace_of(const SharedHeader& shared,
                                                    const std::vector<Module>& modules,
                                                    check::Symbolizer& symbolizer);

}  // namespace hbalab::port::isolated
