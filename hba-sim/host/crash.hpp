// What the threads of this process are doing, and what they were doing when it ended: written to
// the memory that is shared with the lab, which tells people of it.
#pragma once

#include <functional>

#include "hba-sim/port/isolated/shared.hpp"

namespace hbalab::host {

// From now on the lab sees what the driver is called for, signals that end the process leave a
// backtrace, and SIGUSR1 leaves one without ending it. `entering` is called when the driver is
// loaded, before its DriverEntry. Before the first call into a driver; once.
void watch_driver_calls(port::isolated::SharedHeader& shared, std::function<void()> entering);

}  // namespace hbalab::host
