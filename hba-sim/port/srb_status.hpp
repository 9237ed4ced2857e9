// SRB statuses and functions: their names, and what a status means to whoever sent the WMI request.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "wmi-model/ntstatus.hpp"

namespace hbalab::port {

struct SrbStatusEntry {
  std::uint8_t status;      // without SRB_STATUS_AUTOSENSE_VALID and SRB_STATUS_QUEUE_FROZEN
  std::string_view name;    // "SRB_STATUS_SUCCESS"
  wmi::NtStatus nt_status;  // what the WMI request ends with
};

// The whole table, by status.
[[nodiscard]] std::span<const SrbStatusEntry> srb_status_table();

// NTSTATUS of a WMI request whose SRB ended so; the two flag bits are ignored. Statuses that srb.h
// does not define, and SRB_STATUS_PENDING, which completes nothing, are device errors.
[[nodiscard]] wmi::NtStatus srb_status_to_nt(std::uint8_t srb_status);

// "SRB_STATUS_DATA_OVERRUN", or "" for a value that srb.h does not define.
[[nodiscard]] std::string_view srb_status_name(std::uint8_t srb_status);
// "EXECUTE_SCSI", "WMI", ... or "".
[[nodiscard]] std::string_view srb_function_name(std::uint8_t function);
// "QUERY_ALL_DATA", "EXECUTE_METHOD", ... or "".
[[nodiscard]] std::string_view wmi_function_name(std::uint8_t minor);

}  // namespace hbalab::port
