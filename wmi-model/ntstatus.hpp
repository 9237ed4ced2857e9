// The NTSTATUS values that a WMI request can end with (ntstatus.h).
#pragma once

#include <cstdint>
#include <string_view>

namespace hbalab::wmi {

enum class NtStatus : std::uint32_t {
  success = 0x00000000,                 // STATUS_SUCCESS
  device_busy = 0x80000011,             // STATUS_DEVICE_BUSY
  invalid_parameter = 0xC000000D,       // STATUS_INVALID_PARAMETER
  no_such_device = 0xC000000E,          // STATUS_NO_SUCH_DEVICE
  invalid_device_request = 0xC0000010,  // STATUS_INVALID_DEVICE_REQUEST
  buffer_too_small = 0xC0000023,        // STATUS_BUFFER_TOO_SMALL
  insufficient_resources = 0xC000009A,  // STATUS_INSUFFICIENT_RESOURCES
  io_timeout = 0xC00000B5,              // STATUS_IO_TIMEOUT
  cancelled = 0xC0000120,               // STATUS_CANCELLED
  io_device_error = 0xC0000185,         // STATUS_IO_DEVICE_ERROR
  wmi_guid_not_found = 0xC0000295,      // STATUS_WMI_GUID_NOT_FOUND
  wmi_instance_not_found = 0xC0000296,  // STATUS_WMI_INSTANCE_NOT_FOUND
  wmi_itemid_not_found = 0xC0000297,    // STATUS_WMI_ITEMID_NOT_FOUND
  wmi_read_only = 0xC00002C6,           // STATUS_WMI_READ_ONLY
  wmi_set_failure = 0xC00002C7,         // STATUS_WMI_SET_FAILURE
};

// "STATUS_WMI_GUID_NOT_FOUND", or "" for what has no name here; of any NTSTATUS, not only of these.
[[nodiscard]] std::string_view nt_status_name(NtStatus status);

}  // namespace hbalab::wmi
