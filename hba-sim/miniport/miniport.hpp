// The built-in iSCSI miniport: an ordinary client of the miniport ABI (storport.h, scsiwmi.h). It
// translates WMI blocks to calls of the simulated HBA and back, and holds no state beyond its
// device extension.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "hba-sim/adapter/hba.hpp"
#include "hba-sim/port/port_driver.hpp"

namespace hbalab::miniport {

// What the port driver loads: DriverEntry of the built-in miniport.
[[nodiscard]] port::MiniportImage builtin_image();

// What that hands to StorPortInitialize. HwFindAdapter takes an adapter::Hba as bus information.
[[nodiscard]] HW_INITIALIZATION_DATA initialization_data();

// Why RemovePersistentLogin of MSiSCSI_Operations found nothing; "" for whatever else.
[[nodiscard]] std::string explain_removal(adapter::Hba& hba, const wmi::Guid& guid,
                                          std::uint32_t method, std::span<const std::uint8_t> in,
                                          std::span<const std::uint8_t> out);

}  // namespace hbalab::miniport
