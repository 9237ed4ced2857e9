// What the services that miniports call do in the adapter's core; their entries are in
// services_port.cpp.
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
  if (used_after_stop("WMIEvent")) return;
  if (options_.violations && !readable_event({static_cast<const std::uint8_t*>(event), size}, path,
                                             trace.target, trace.lun)) {
    violated(Violation::malformed_event, trace);
    return;
  }
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
  if (used_after_stop("WMIReregister")) return;
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
      if (routine != nullptr && microseconds != 0) used_after_stop("RequestTimerCall");
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
                                     core.calls_->timer(routine);
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

void Core::log(std::string_view line) {
  if (!options_.log) return;
  if (!lock().held_by_me()) return options_.log(line);
  // Who follows the log must not be called under the lock.
  lock().defer([self = shared_from_this(), text = std::string(line)] { self->options_.log(text); });
}

PVOID Core::uncached_extension(ULONG bytes) {
  return initializing_ ? services_.uncached_extension(bytes) : nullptr;
}

PVOID Core::unit_extension(ScsiAddress address) {
  return services_.unit_extension(address, config_.SpecificLuExtensionSize);
}

std::size_t Core::bytes_behind(PSCSI_REQUEST_BLOCK srb, PVOID address) {
  const auto behind = [address](const void* begin, std::size_t size) -> std::size_t {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    const auto from = reinterpret_cast<std::uintptr_t>(begin);
    return begin != nullptr && at >= from && at < from + size ? from + size - at : 0;
  };
  if (const Request* request = pool_.of(srb)) {
    const SCSI_REQUEST_BLOCK& its = request->srb.scsi;
    if (const std::size_t size = behind(its.DataBuffer, its.DataTransferLength)) return size;
    if (const std::size_t size = behind(its.SrbExtension, request->extension_size)) return size;
  }
  if (const std::size_t size = behind(extension_, extension_size_)) return size;
  return services_.bytes_behind(address);
}

PSCSI_REQUEST_BLOCK Core::find_srb(ScsiAddress address) {
  for (Request* request : pool_.all()) {
    const RequestState state = request->state.load(std::memory_order_acquire);
    if (state != RequestState::started || request->queued) continue;
    if (request->trace.path != 0xFF && request->address() == address) return request->block();
  }
  return nullptr;
}

TimerId Core::run_later(Duration delay, bool with_lock, std::function<void()> action) {
  return options_.clock->schedule(options_.clock->now() + delay,
                                  [weak = weak_from_this(), life = epoch_.load(), with_lock,
                                   action = std::move(action)]() mutable {
                                    const auto self = weak.lock();
                                    if (!self) return;
                                    const Activity activity(*self);
                                    auto& core = *self;
                                    if (with_lock) {
                                      core.lock().enter([&core, life, action = std::move(action)] {
                                        if (core.epoch_.load() == life) action();
                                      });
                                    } else if (core.epoch_.load() == life) {
                                      action();
                                    }
                                  });
}

void Core::run_after_lock(std::function<void()> action) {
  locked([this, action = std::move(action)]() mutable {
    lock().defer([self = shared_from_this(), life = epoch_.load(), action = std::move(action)] {
      const Activity activity(*self);
      if (self->epoch_.load() == life) action();
    });
  });
}

void Core::call_driver(std::string_view what, const std::function<void(PVOID extension)>& call) {
  calls_->run(what, [&] { call(extension_); });
}

void Core::keep_for_driver(std::vector<std::unique_ptr<std::byte[]>> memory) {
  if (driver_) driver_->keep(std::move(memory));
}

std::uint64_t Core::tick_count() const {
  return static_cast<std::uint64_t>(options_.clock->now().time_since_epoch() / kTick);
}

}  // namespace hbalab::port
