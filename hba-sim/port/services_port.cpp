// The services that miniports call, as C functions. Storport's and SCSI port's of one meaning are
// one function here.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <string>

#include "hba-sim/port/core.hpp"
#include "hba-sim/port/driver_fault.hpp"
#include "hba-sim/port/services_port.hpp"

namespace hbalab::port {
namespace {

// The adapter that a driver means; who it is not gets told.
Core* core_of(PVOID extension, const char* service) {
  if (Core* const core = Core::of(extension)) return core;
  const DriverCall* const call = DriverCall::innermost();
  if (call != nullptr && call->core() != nullptr) {
    call->core()->driver_failed(std::string("calls ") + service +
                                " with a pointer that is not its device extension");
  }
  return nullptr;
}

// The adapter whose driver is running on this thread, for services without a device extension.
Core* running_core() {
  const DriverCall* const call = DriverCall::innermost();
  return call == nullptr ? nullptr : call->core();
}

const char* error_name(ULONG code) {
  constexpr std::array<const char*, 12> kNames{"",
                                               "SP_BUS_PARITY_ERROR",
                                               "SP_UNEXPECTED_DISCONNECT",
                                               "SP_INVALID_RESELECTION",
                                               "SP_BUS_TIME_OUT",
                                               "SP_PROTOCOL_ERROR",
                                               "SP_INTERNAL_ADAPTER_ERROR",
                                               "SP_REQUEST_TIMEOUT",
                                               "SP_IRQ_NOT_RESPONDING",
                                               "SP_BAD_FW_WARNING",
                                               "SP_BAD_FW_ERROR",
                                               "SP_LOST_WMI_MINIPORT_REQUEST"};
  return code < kNames.size() ? kNames.at(code) : "";
}

// Notifications that carry a unit: SCSI port's and Storport's are variadic, so that a path of 0xFF
// is all that has to follow.
struct Unit {
  UCHAR path = 0, target = 0, lun = 0;
};

class Notification {
 public:
  Notification(Core& core, std::va_list arguments) : core_(core) { va_copy(list_, arguments); }
  ~Notification() { va_end(list_); }
  Notification(const Notification&) = delete;
  Notification& operator=(const Notification&) = delete;

  void take(int type);

 private:
  UCHAR byte() { return static_cast<UCHAR>(va_arg(list_, int)); }
  PVOID pointer() { return va_arg(list_, PVOID); }
  Unit unit() {
    Unit unit;
    unit.path = byte();
    if (unit.path == 0xFF) return unit;
    unit.target = byte();
    unit.lun = byte();
    return unit;
  }
  bool take_plain(int type);
  bool take_deferred(int type);

  Core& core_;
  std::va_list list_;
};

void Notification::take(int type) {
  if (take_plain(type) || take_deferred(type)) return;
  switch (type) {
    case RequestTimerCall: {
      const auto routine = va_arg(list_, PHW_TIMER);
      core_.request_timer(routine, va_arg(list_, ULONG));
      return;
    }
    case WMIEvent: {
      const void* event = pointer();
      const Unit its = unit();
      core_.wmi_event(event, its.path, its.target, its.lun);
      return;
    }
    case WMIReregister: {
      const Unit its = unit();
      core_.reregister(its.path, its.target, its.lun);
      return;
    }
    case QueryTickCount: {
      auto* count = static_cast<PLARGE_INTEGER>(pointer());
      if (count != nullptr) count->QuadPart = static_cast<LONGLONG>(core_.tick_count());
      return;
    }
    case GetExtendedFunctionTable:
      raise_fault(
          "asks for the table of extended functions (GetExtendedFunctionTable); the kit's "
          "headers call StorPortExtendedFunction instead");
    default:
      core_.driver_failed("sends notification " + std::to_string(type) +
                          ", which the lab does not know");
  }
}

bool Notification::take_plain(int type) {
  switch (type) {
    case RequestComplete:
      core_.request_complete(static_cast<PSCSI_REQUEST_BLOCK>(pointer()));
      return true;
    case NextRequest:
    case NextLuRequest:
      core_.next_request();
      return true;
    case BusChangeDetected:
      core_.bus_changed();
      return true;
    // The miniport goes on completing what it has.
    case ResetDetected:
      core_.log("bus reset detected");
      return true;
    case LinkUp:
      core_.log("link up");
      return true;
    case LinkDown:
      core_.log("link down");
      return true;
    case BufferOverrunDetected:
      core_.driver_failed("reports that a buffer was overrun (BufferOverrunDetected)");
      return true;
    // Serves tracing and hardware that the lab does not have.
    case TraceNotification:
    case IoTargetRequestServiceTime:
    case AsyncNotificationDetected:
      return true;
    default:
      return false;
  }
}

bool Notification::take_deferred(int type) {
  AdapterServices& services = core_.services();
  switch (type) {
    case EnablePassiveInitialization: {
      const auto routine = va_arg(list_, PHW_PASSIVE_INITIALIZE_ROUTINE);
      core_.enable_passive_initialization(routine, static_cast<PBOOLEAN>(pointer()));
      return true;
    }
    case InitializeDpc: {
      auto* const dpc = static_cast<PSTOR_DPC>(pointer());
      services.initialize_dpc(dpc, va_arg(list_, PHW_DPC_ROUTINE));
      return true;
    }
    case IssueDpc: {
      auto* const dpc = static_cast<PSTOR_DPC>(pointer());
      const PVOID argument1 = pointer(), argument2 = pointer();
      auto* queued = static_cast<PBOOLEAN>(pointer());
      const BOOLEAN done = services.issue_dpc(dpc, argument1, argument2);
      if (queued != nullptr) *queued = done;
      return true;
    }
    case AcquireSpinLock: {
      const int lock = va_arg(list_, int);
      const PVOID context = pointer();
      services.acquire(lock, context, static_cast<STOR_LOCK_HANDLE*>(pointer()));
      return true;
    }
    case ReleaseSpinLock:
      services.release(static_cast<STOR_LOCK_HANDLE*>(pointer()));
      return true;
    default:
      return false;
  }
}

}  // namespace

void notify(int type, PVOID extension, std::va_list arguments) {
  if (Core* const core = core_of(extension, "StorPortNotification")) {
    Notification(*core, arguments).take(type);
  }
}

std::uint64_t time_now(PVOID extension) {
  Core* const core = extension != nullptr ? Core::of(extension) : running_core();
  if (core != nullptr) return core->system_time();
  static const std::unique_ptr<Clock> clock = make_real_clock();
  return clock->system_time();
}

// A processor that spins stops nobody else; longer stalls than Windows allows are a driver's error.
void stall(ULONG microseconds) {
  constexpr ULONG kMost = 1'000'000;
  Core* const core = running_core();
  if (microseconds > kMost && core != nullptr) {
    core->driver_failed("stalls for " + std::to_string(microseconds) +
                        " microseconds; expected at most a second, and better a timer");
  }
  ::usleep(std::min(microseconds, kMost));
}

void log_error(PVOID extension, Unit3 unit, ULONG code, ULONG unique) {
  Core* const core = core_of(extension, "StorPortLogError");
  if (core == nullptr) return;
  std::array<char, 128> line{};
  std::snprintf(line.data(), line.size(), "error 0x%08X %s, unique id 0x%08X, at %u:%u:%u", code,
                error_name(code), unique, unit.path, unit.target, unit.lun);
  core->log(line.data());
}

PVOID uncached_extension(PVOID extension, ULONG bytes) {
  Core* const core = core_of(extension, "StorPortGetUncachedExtension");
  return core == nullptr ? nullptr : core->uncached_extension(bytes);
}

LARGE_INTEGER physical_address(PVOID extension, PSCSI_REQUEST_BLOCK srb, PVOID address,
                               ULONG* length) {
  LARGE_INTEGER physical{};
  Core* const core = core_of(extension, "StorPortGetPhysicalAddress");
  const std::size_t bytes = core == nullptr ? 0 : core->bytes_behind(srb, address);
  if (length != nullptr) *length = static_cast<ULONG>(std::min<std::size_t>(bytes, 0xFFFFFFFFu));
  if (bytes != 0)
    physical.QuadPart = static_cast<LONGLONG>(reinterpret_cast<std::intptr_t>(address));
  return physical;
}

PVOID logical_unit(PVOID extension, Unit3 unit) {
  Core* const core = core_of(extension, "StorPortGetLogicalUnit");
  return core == nullptr ? nullptr : core->unit_extension({unit.path, unit.target, unit.lun});
}

PSCSI_REQUEST_BLOCK find_srb(PVOID extension, Unit3 unit) {
  Core* const core = core_of(extension, "StorPortGetSrb");
  return core == nullptr ? nullptr : core->find_srb({unit.path, unit.target, unit.lun});
}

namespace {

std::optional<ScsiAddress> address_of(std::optional<Unit3> unit) {
  if (!unit) return std::nullopt;
  return ScsiAddress{unit->path, unit->target, unit->lun};
}

}  // namespace

BOOLEAN pause(PVOID extension, std::optional<Unit3> unit, ULONG seconds) {
  Core* const core = core_of(extension, unit ? "StorPortPauseDevice" : "StorPortPause");
  const bool done = core != nullptr && core->pause(address_of(unit), std::chrono::seconds(seconds));
  return done ? TRUE : FALSE;
}

BOOLEAN resume(PVOID extension, std::optional<Unit3> unit) {
  Core* const core = core_of(extension, unit ? "StorPortResumeDevice" : "StorPortResume");
  return core != nullptr && core->resume(address_of(unit)) ? TRUE : FALSE;
}

BOOLEAN busy(PVOID extension, std::optional<Unit3> unit, ULONG completions) {
  Core* const core = core_of(extension, unit ? "StorPortDeviceBusy" : "StorPortBusy");
  return core != nullptr && core->busy(address_of(unit), completions) ? TRUE : FALSE;
}

BOOLEAN ready(PVOID extension, std::optional<Unit3> unit) {
  Core* const core = core_of(extension, unit ? "StorPortDeviceReady" : "StorPortReady");
  return core != nullptr && core->ready(address_of(unit)) ? TRUE : FALSE;
}

bool is_adapter(PVOID extension, const char* service) {
  return core_of(extension, service) != nullptr;
}

AdapterServices* services_of(PVOID extension, const char* service) {
  Core* const core = core_of(extension, service);
  return core == nullptr ? nullptr : &core->services();
}

void complete_requests(PVOID extension, Unit3 unit, UCHAR srb_status) {
  if (Core* const core = core_of(extension, "StorPortCompleteRequest")) {
    core->complete_requests(unit.path, unit.target, unit.lun, srb_status);
  }
}

BOOLEAN synchronize(PVOID extension, BOOLEAN (*routine)(PVOID, PVOID), PVOID context) {
  Core* const core = core_of(extension, "StorPortSynchronizeAccess");
  if (core == nullptr || routine == nullptr) return FALSE;
  if (core->lock().held_by_me()) return routine(extension, context);
  const AdapterLock::Scope scope(core->lock());
  return routine(extension, context);
}

ULONG state_change(PVOID extension, ULONG entity, PSTOR_ADDRESS address, PHW_STATE_CHANGE routine,
                   PVOID context) {
  Core* const core = core_of(extension, "StorPortStateChangeDetected");
  if (core == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  return core->state_changed(entity, address, routine, context);
}

void log_line(std::string_view text) {
  Core* const core = running_core();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (core != nullptr) {
      core->log(line);
    } else {
      std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace hbalab::port
