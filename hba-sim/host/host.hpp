// The process of one isolated driver: the port driver with that driver in it, and the way to the
// lab.
#pragma once

#include "hba-sim/port/isolated/message.hpp"
#include "hba-sim/port/isolated/shared.hpp"

namespace hbalab::host {

// Until the lab has it stopped, or has gone; does not return.
[[noreturn]] void serve(port::isolated::MessageSocket& lab,
                        const port::isolated::SharedMemory& memory);

}  // namespace hbalab::host
