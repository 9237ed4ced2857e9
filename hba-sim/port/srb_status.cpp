#include "hba-sim/port/srb_status.hpp"

#include <algorithm>
#include <array>

#include "hba-sim/include/srb.h"
#include "hba-sim/include/wmistr.h"

namespace hbalab::port {
namespace {

using wmi::NtStatus;

#define HBALAB_STATUS(name, nt) \
  SrbStatusEntry { name, #name, NtStatus::nt }
constexpr std::array kStatuses{
    HBALAB_STATUS(SRB_STATUS_PENDING, io_device_error),
    HBALAB_STATUS(SRB_STATUS_SUCCESS, success),
    HBALAB_STATUS(SRB_STATUS_ABORTED, cancelled),
    HBALAB_STATUS(SRB_STATUS_ABORT_FAILED, io_device_error),
    HBALAB_STATUS(SRB_STATUS_ERROR, io_device_error),
    HBALAB_STATUS(SRB_STATUS_BUSY, device_busy),
    HBALAB_STATUS(SRB_STATUS_INVALID_REQUEST, invalid_device_request),
    HBALAB_STATUS(SRB_STATUS_INVALID_PATH_ID, no_such_device),
    HBALAB_STATUS(SRB_STATUS_NO_DEVICE, no_such_device),
    HBALAB_STATUS(SRB_STATUS_TIMEOUT, io_timeout),
    HBALAB_STATUS(SRB_STATUS_SELECTION_TIMEOUT, no_such_device),
    HBALAB_STATUS(SRB_STATUS_COMMAND_TIMEOUT, io_timeout),
    HBALAB_STATUS(SRB_STATUS_MESSAGE_REJECTED, io_device_error),
    HBALAB_STATUS(SRB_STATUS_BUS_RESET, io_device_error),
    HBALAB_STATUS(SRB_STATUS_PARITY_ERROR, io_device_error),
    HBALAB_STATUS(SRB_STATUS_REQUEST_SENSE_FAILED, io_device_error),
    HBALAB_STATUS(SRB_STATUS_NO_HBA, no_such_device),
    HBALAB_STATUS(SRB_STATUS_DATA_OVERRUN, buffer_too_small),
    HBALAB_STATUS(SRB_STATUS_UNEXPECTED_BUS_FREE, io_device_error),
    HBALAB_STATUS(SRB_STATUS_PHASE_SEQUENCE_FAILURE, io_device_error),
    HBALAB_STATUS(SRB_STATUS_BAD_SRB_BLOCK_LENGTH, invalid_device_request),
    HBALAB_STATUS(SRB_STATUS_REQUEST_FLUSHED, cancelled),
    HBALAB_STATUS(SRB_STATUS_INVALID_LUN, no_such_device),
    HBALAB_STATUS(SRB_STATUS_INVALID_TARGET_ID, no_such_device),
    HBALAB_STATUS(SRB_STATUS_BAD_FUNCTION, invalid_device_request),
    HBALAB_STATUS(SRB_STATUS_ERROR_RECOVERY, device_busy),
    HBALAB_STATUS(SRB_STATUS_NOT_POWERED, io_device_error),
    HBALAB_STATUS(SRB_STATUS_LINK_DOWN, io_device_error),
    HBALAB_STATUS(SRB_STATUS_INTERNAL_ERROR, io_device_error),
};
#undef HBALAB_STATUS

const SrbStatusEntry* find(std::uint8_t srb_status) {
  const auto* found =
      std::ranges::lower_bound(kStatuses, SRB_STATUS(srb_status), {}, &SrbStatusEntry::status);
  return found != kStatuses.end() && found->status == SRB_STATUS(srb_status) ? found : nullptr;
}

}  // namespace

std::span<const SrbStatusEntry> srb_status_table() { return kStatuses; }

wmi::NtStatus srb_status_to_nt(std::uint8_t srb_status) {
  if (SRB_STATUS(srb_status) == SRB_STATUS_SUCCESS) return NtStatus::success;
  const SrbStatusEntry* entry = find(srb_status);
  return entry != nullptr ? entry->nt_status : NtStatus::io_device_error;
}

std::string_view srb_status_name(std::uint8_t srb_status) {
  const SrbStatusEntry* entry = find(srb_status);
  return entry != nullptr ? entry->name : std::string_view();
}

std::string_view srb_function_name(std::uint8_t function) {
  switch (function) {
    case SRB_FUNCTION_EXECUTE_SCSI:
      return "EXECUTE_SCSI";
    case SRB_FUNCTION_IO_CONTROL:
      return "IO_CONTROL";
    case SRB_FUNCTION_SHUTDOWN:
      return "SHUTDOWN";
    case SRB_FUNCTION_FLUSH:
      return "FLUSH";
    case SRB_FUNCTION_ABORT_COMMAND:
      return "ABORT_COMMAND";
    case SRB_FUNCTION_RESET_BUS:
      return "RESET_BUS";
    case SRB_FUNCTION_RESET_DEVICE:
      return "RESET_DEVICE";
    case SRB_FUNCTION_RESET_LOGICAL_UNIT:
      return "RESET_LOGICAL_UNIT";
    case SRB_FUNCTION_WMI:
      return "WMI";
    case SRB_FUNCTION_POWER:
      return "POWER";
    case SRB_FUNCTION_PNP:
      return "PNP";
    default:
      return "";
  }
}

std::string_view wmi_function_name(std::uint8_t minor) {
  switch (minor) {
    case WMI_GET_ALL_DATA:
      return "QUERY_ALL_DATA";
    case WMI_GET_SINGLE_INSTANCE:
      return "QUERY_SINGLE_INSTANCE";
    case WMI_SET_SINGLE_INSTANCE:
      return "CHANGE_SINGLE_INSTANCE";
    case WMI_SET_SINGLE_ITEM:
      return "CHANGE_SINGLE_ITEM";
    case WMI_ENABLE_EVENTS:
      return "ENABLE_EVENTS";
    case WMI_DISABLE_EVENTS:
      return "DISABLE_EVENTS";
    case WMI_ENABLE_COLLECTION:
      return "ENABLE_COLLECTION";
    case WMI_DISABLE_COLLECTION:
      return "DISABLE_COLLECTION";
    case WMI_REGINFO:
      return "REGINFO";
    case WMI_EXECUTE_METHOD:
      return "EXECUTE_METHOD";
    default:
      return "";
  }
}

}  // namespace hbalab::port
