// The services that miniports call: C entry points, and what they do in the adapter's core.
#include <cstdarg>
#include <cstring>
#include <vector>

#include "hba-sim/include/storport.h"
#include "hba-sim/port/core.hpp"
#include "wmi-model/text.hpp"
#include "wmi-model/wnode.hpp"

namespace hbalab::port {
namespace {

// An event is a small thing; a larger one is a WNODE whose size was never written.
constexpr std::uint32_t kMaxEvent = 1u << 20;
// KeQueryTickCount counts interrupts of a timer that ticks 64 times a second.
constexpr std::chrono::nanoseconds kTick{15'625'000};

}  // namespace

std::shared_ptr<DeviceProvider> Core::device_at(std::uint8_t path, std::uint8_t target,
                                                std::uint8_t lun) const {
  if (path == 0xFF) return adapter_;
  const auto found = luns_.find({path, target, lun});
  return found == luns_.end() ? nullptr : found->second.provider;
}

void Core::wmi_event(const void* event, std::uint8_t path, std::uint8_t target, std::uint8_t lun) {
  TraceRecord trace;
  trace.srb_function = SRB_FUNCTION_WMI;
  trace.path = path;
  trace.target = path == 0xFF ? std::uint8_t{0xFF} : target;
  trace.lun = path == 0xFF ? std::uint8_t{0xFF} : lun;
  std::uint32_t size = 0;
  if (event != nullptr) std::memcpy(&size, event, sizeof size);
  if (size > kMaxEvent) size = 0;
  auto item = wmi::unpack_event({static_cast<const std::uint8_t*>(event), size});
  if (!item) {
    violated(Violation::malformed_event, trace);
    return;
  }
  locked([this, item = std::move(*item), path, target, lun]() mutable {
    std::shared_ptr<DeviceProvider> device = device_at(path, target, lun);
    // Events of a stopped adapter, or of a unit that has no device object, have no source.
    if (!running_.load(std::memory_order_relaxed) || !device) return;
    // Drivers may fire what nobody asked for.
    if (!device->events_enabled(item.guid)) return;
    wmi::Event out;
    out.timestamp = options_.clock->system_time();
    out.guid = item.guid;
    out.instance_name = item.instance_name.empty() ? device->instance_name(item.instance_index)
                                                   : wmi::to_utf8(item.instance_name);
    out.provider = std::move(device);
    out.data = std::move(item.data);
    {
      const std::scoped_lock events(events_mutex_);
      events_.push_back(std::move(out));
    }
    lock().defer([self = shared_from_this()] {
      const Activity activity(*self);
      self->publish_events();
    });
  });
}

void Core::publish_events() {
  // Whoever is first publishes for all, so that events keep the order in which they were fired.
  const std::scoped_lock publishing(publish_mutex_);
  for (;;) {
    wmi::Event event;
    {
      const std::scoped_lock events(events_mutex_);
      if (events_.empty()) return;
      event = std::move(events_.front());
      events_.pop_front();
    }
    options_.events->publish(std::move(event));
  }
}

void Core::reregister(std::uint8_t path, std::uint8_t target, std::uint8_t lun) {
  locked([=, this] {
    std::shared_ptr<DeviceProvider> device = device_at(path, target, lun);
    if (!running_.load(std::memory_order_relaxed) || !device) return;
    lock().defer([self = shared_from_this(), device = std::move(device)] {
      const Activity activity(*self);
      self->register_lun(device);
    });
  });
}

void Core::stop_timer() {
  if (timer_ != 0) options_.clock->cancel(std::exchange(timer_, 0));
  ++timer_serial_;
}

void Core::request_timer(PHW_TIMER routine, std::uint32_t microseconds) {
  locked([=, this] {
    stop_timer();
    if (!started_ && !initializing_) {
      violated(Violation::request_after_stop, {});
      return;
    }
    if (routine == nullptr || microseconds == 0) return;
    timer_ =
        options_.clock->schedule(options_.clock->now() + std::chrono::microseconds(microseconds),
                                 [weak = weak_from_this(), routine, serial = timer_serial_] {
                                   const auto self = weak.lock();
                                   if (!self) return;
                                   const Activity activity(*self);
                                   self->lock().enter([&core = *self, routine, serial] {
                                     if (serial != core.timer_serial_) return;
                                     core.timer_ = 0;
                                     routine(core.extension_);
                                   });
                                 });
  });
}

void Core::enable_passive_initialization(PHW_PASSIVE_INITIALIZE_ROUTINE routine, PBOOLEAN enabled) {
  if (enabled != nullptr) *enabled = FALSE;
  if (!lock().held_by_me() || !initializing_ || routine == nullptr) return;
  passive_ = routine;
  if (enabled != nullptr) *enabled = TRUE;
}

std::uint64_t Core::tick_count() const {
  return static_cast<std::uint64_t>(options_.clock->now().time_since_epoch() / kTick);
}

}  // namespace hbalab::port

using hbalab::port::Core;
using hbalab::port::DriverObject;

ULONG StorPortInitialize(PVOID Argument1, PVOID, PHW_INITIALIZATION_DATA HwInitializationData,
                         PVOID HwContext) {
  constexpr ULONG kInvalidParameter = 0xC000000D;
  constexpr ULONG kRevisionMismatch = 0xC0000059;
  DriverObject* const object = DriverObject::current;
  if (object == nullptr || Argument1 != object || HwInitializationData == nullptr) {
    return kInvalidParameter;
  }
  const std::size_t size = HwInitializationData->HwInitializationDataSize;
  // Editions before Windows 8 end behind HwBuildIo.
  if (size < offsetof(HW_INITIALIZATION_DATA, HwFreeAdapterResources) ||
      size > sizeof(HW_INITIALIZATION_DATA)) {
    return kRevisionMismatch;
  }
  object->data = {};
  std::memcpy(&object->data, HwInitializationData, size);
  object->context = HwContext;
  object->initialized = true;
  return 0;
}

VOID StorPortNotification(SCSI_NOTIFICATION_TYPE NotificationType, PVOID HwDeviceExtension, ...) {
  Core* const core = Core::of(HwDeviceExtension);
  if (core == nullptr) return;
  std::va_list arguments;
  va_start(arguments, HwDeviceExtension);
  const auto byte = [&arguments] { return static_cast<UCHAR>(va_arg(arguments, int)); };
  switch (NotificationType) {
    case RequestComplete:
      core->request_complete(va_arg(arguments, PSCSI_REQUEST_BLOCK));
      break;
    case RequestTimerCall: {
      const PHW_TIMER routine = va_arg(arguments, PHW_TIMER);
      core->request_timer(routine, va_arg(arguments, ULONG));
      break;
    }
    case BusChangeDetected:
      core->bus_changed();
      break;
    case WMIEvent: {
      const void* event = va_arg(arguments, PVOID);
      const UCHAR path = byte();
      const UCHAR target = path == 0xFF ? UCHAR{0} : byte();
      core->wmi_event(event, path, target, path == 0xFF ? UCHAR{0} : byte());
      break;
    }
    case WMIReregister: {
      const UCHAR path = byte();
      const UCHAR target = path == 0xFF ? UCHAR{0} : byte();
      core->reregister(path, target, path == 0xFF ? UCHAR{0} : byte());
      break;
    }
    case QueryTickCount: {
      const PLARGE_INTEGER count = va_arg(arguments, PLARGE_INTEGER);
      if (count != nullptr) count->QuadPart = static_cast<LONGLONG>(core->tick_count());
      break;
    }
    case EnablePassiveInitialization: {
      const auto routine = va_arg(arguments, PHW_PASSIVE_INITIALIZE_ROUTINE);
      core->enable_passive_initialization(routine, va_arg(arguments, PBOOLEAN));
      break;
    }
    default:
      // NextRequest and NextLuRequest: nothing is held back. ResetDetected, LinkUp and LinkDown:
      // the miniport goes on completing what it has. The rest serves hardware that the lab does not
      // have.
      break;
  }
  va_end(arguments);
}

VOID StorPortCompleteRequest(PVOID HwDeviceExtension, UCHAR PathId, UCHAR TargetId, UCHAR Lun,
                             UCHAR SrbStatus) {
  if (Core* const core = Core::of(HwDeviceExtension); core != nullptr) {
    core->complete_requests(PathId, TargetId, Lun, SrbStatus);
  }
}

ULONG StorPortStateChangeDetected(PVOID HwDeviceExtension, ULONG ChangedEntity,
                                  PSTOR_ADDRESS Address, ULONG, PHW_STATE_CHANGE HwStateChange,
                                  PVOID HwStateChangeContext) {
  Core* const core = Core::of(HwDeviceExtension);
  if (core == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  return core->state_changed(ChangedEntity, Address, HwStateChange, HwStateChangeContext);
}

VOID StorPortQuerySystemTime(PLARGE_INTEGER CurrentTime, PVOID HwDeviceExtension) {
  Core* const core = Core::of(HwDeviceExtension);
  if (core == nullptr || CurrentTime == nullptr) return;
  CurrentTime->QuadPart = static_cast<LONGLONG>(core->system_time());
}
