// The built-in iSCSI miniport: an ordinary client of the miniport ABI (storport.h, scsiwmi.h). It
// translates WMI blocks to calls of the simulated HBA and back, and holds no state beyond its
// device extension.
#pragma once

#include "hba-sim/port/port_driver.hpp"

namespace hbalab::miniport {

// What the port driver loads: DriverEntry of the built-in miniport.
[[nodiscard]] port::MiniportImage builtin_image();

}  // namespace hbalab::miniport
