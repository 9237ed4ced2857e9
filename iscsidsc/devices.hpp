// Devices that the system has made of logical units.
#pragma once

#include <string>
#include <vector>

#include "iscsidsc/initiators.hpp"

namespace hbalab::dsc {

// GUID_DEVINTERFACE_DISK
inline constexpr GUID kDiskInterface{
    0x53f56307, 0xb6bf, 0x11d0, {0x94, 0xf2, 0x00, 0xa0, 0xc9, 0x1e, 0xfb, 0x8b}};

struct SessionDevice {
  ISCSI_UNIQUE_SESSION_ID session{};
  std::u16string initiator, target;
  SCSI_ADDRESS address{};
  std::u16string interface_name;  // \\?\scsi#disk&...#{53f56307-...}
  std::u16string legacy_name;     // \\.\PhysicalDrive1
  STORAGE_DEVICE_NUMBER number{};
  DWORD instance = 0;
};

// Devices that exist now, by SCSI address. ISDSC_INVALID_SESSION_ID where no such session is.
[[nodiscard]] Outcome<std::vector<SessionDevice>> devices_of_session(
    Initiators& initiators, const ISCSI_UNIQUE_SESSION_ID& session);
// Of all sessions of all adapters.
[[nodiscard]] Outcome<std::vector<SessionDevice>> all_devices(Initiators& initiators);

}  // namespace hbalab::dsc
