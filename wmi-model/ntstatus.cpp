#include "wmi-model/ntstatus.hpp"

namespace hbalab::wmi {

std::string_view nt_status_name(NtStatus status) {
  switch (status) {
    case NtStatus::success:
      return "STATUS_SUCCESS";
    case NtStatus::device_busy:
      return "STATUS_DEVICE_BUSY";
    case NtStatus::invalid_parameter:
      return "STATUS_INVALID_PARAMETER";
    case NtStatus::no_such_device:
      return "STATUS_NO_SUCH_DEVICE";
    case NtStatus::invalid_device_request:
      return "STATUS_INVALID_DEVICE_REQUEST";
    case NtStatus::buffer_too_small:
      return "STATUS_BUFFER_TOO_SMALL";
    case NtStatus::insufficient_resources:
      return "STATUS_INSUFFICIENT_RESOURCES";
    case NtStatus::io_timeout:
      return "STATUS_IO_TIMEOUT";
    case NtStatus::cancelled:
      return "STATUS_CANCELLED";
    case NtStatus::io_device_error:
      return "STATUS_IO_DEVICE_ERROR";
    case NtStatus::wmi_guid_not_found:
      return "STATUS_WMI_GUID_NOT_FOUND";
    case NtStatus::wmi_instance_not_found:
      return "STATUS_WMI_INSTANCE_NOT_FOUND";
    case NtStatus::wmi_itemid_not_found:
      return "STATUS_WMI_ITEMID_NOT_FOUND";
    case NtStatus::wmi_read_only:
      return "STATUS_WMI_READ_ONLY";
    case NtStatus::wmi_set_failure:
      return "STATUS_WMI_SET_FAILURE";
  }
  return "";
}

}  // namespace hbalab::wmi
