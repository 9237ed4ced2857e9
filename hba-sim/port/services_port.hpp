// What the services do, for the entries of both port drivers (services_entries.cpp).
#pragma once

#include <cstdarg>
#include <cstdint>
#include <optional>
#include <string_view>

#include "hba-sim/include/storport.h"

namespace hbalab::port {

class AdapterServices;

struct Unit3 {
  UCHAR path = 0, target = 0, lun = 0;
};

void notify(int type, PVOID extension, std::va_list arguments);
// By the clock of that adapter; null: of the one whose driver runs on this thread.
[[nodiscard]] std::uint64_t time_now(PVOID extension);
void stall(ULONG microseconds);
void log_error(PVOID extension, Unit3 unit, ULONG code, ULONG unique);
// Lines for the log of the adapter whose driver runs on this thread; standard error without one.
void log_line(std::string_view text);
[[nodiscard]] PVOID uncached_extension(PVOID extension, ULONG bytes);
[[nodiscard]] LARGE_INTEGER physical_address(PVOID extension, PSCSI_REQUEST_BLOCK srb,
                                             PVOID address, ULONG* length);
[[nodiscard]] PVOID logical_unit(PVOID extension, Unit3 unit);
[[nodiscard]] PSCSI_REQUEST_BLOCK find_srb(PVOID extension, Unit3 unit);
// Of a unit, or without one of the adapter. FALSE: there is no such unit.
[[nodiscard]] BOOLEAN pause(PVOID extension, std::optional<Unit3> unit, ULONG seconds);
[[nodiscard]] BOOLEAN resume(PVOID extension, std::optional<Unit3> unit);
[[nodiscard]] BOOLEAN busy(PVOID extension, std::optional<Unit3> unit, ULONG completions);
[[nodiscard]] BOOLEAN ready(PVOID extension, std::optional<Unit3> unit);
[[nodiscard]] bool is_adapter(PVOID extension, const char* service);
// Null, and the driver is told, when that is no device extension.
[[nodiscard]] AdapterServices* services_of(PVOID extension, const char* service);
void complete_requests(PVOID extension, Unit3 unit, UCHAR srb_status);
// What the routine returned; FALSE where there was none to call.
BOOLEAN synchronize(PVOID extension, BOOLEAN (*routine)(PVOID, PVOID), PVOID context);
[[nodiscard]] ULONG state_change(PVOID extension, ULONG entity, PSTOR_ADDRESS address,
                                 PHW_STATE_CHANGE routine, PVOID context);

}  // namespace hbalab::port
