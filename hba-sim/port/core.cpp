// Requests of one adapter: from WmiRequest to SRB, to the miniport and back.
#include "hba-sim/port/core.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "hba-sim/port/device_header.hpp"
#include "hba-sim/port/driver_fault.hpp"
#include "hba-sim/port/srb_status.hpp"
#include "wmi-model/wnode/wnode_layout.hpp"

namespace hbalab::port {
namespace {

using wmi::MinorFunction;
using wmi::NtStatus;
using wmi::WmiRequest;

constexpr std::uint32_t kByName = wmi::InstanceKey::kByName;

bool names_instance(MinorFunction minor) {
  return minor == MinorFunction::query_single_instance ||
         minor == MinorFunction::change_single_instance ||
         minor == MinorFunction::change_single_item || minor == MinorFunction::execute_method;
}

bool has_item_form(MinorFunction minor) {
  return minor == MinorFunction::change_single_item || minor == MinorFunction::execute_method;
}

std::uint32_t peek(const wmi::WnodeBuffer& buffer, std::size_t offset) {
  if (buffer.capacity() < offset + sizeof(std::uint32_t)) return 0;
  return wmi::wnode::load32(buffer.bytes(), offset);
}

// Bytes of data in an answer.
std::uint32_t answer_bytes(const WmiRequest& request) {
  const std::uint32_t size = static_cast<std::uint32_t>(request.information);
  if ((peek(request.buffer, wmi::wnode::kFlags) & wmi::wnode::kFlagTooSmall) != 0) return 0;
  switch (request.minor) {
    case MinorFunction::query_single_instance:
      return std::min(size, peek(request.buffer, wmi::wnode::kInstanceDataSize));
    case MinorFunction::execute_method:
      return std::min(size, peek(request.buffer, wmi::wnode::kItemDataSize));
    default:
      return size;
  }
}

// Does what there is to do when the request is on its way; announced, so that nobody else is woken.
class LentThread {
 public:
  LentThread(const AdapterDeviceOptions& options, bool lent)
      : options_(lent && options.end_help ? &options : nullptr) {
    if (options_ != nullptr) options_->begin_help();
  }
  ~LentThread() {
    if (options_ != nullptr) options_->end_help();
  }
  LentThread(const LentThread&) = delete;
  LentThread& operator=(const LentThread&) = delete;

 private:
  const AdapterDeviceOptions* options_;
};

}  // namespace

thread_local Core::Activity* Core::Activity::innermost_ = nullptr;

Core::Activity::Activity(Core& core) : core_(core), outer_(std::exchange(innermost_, this)) {
  core_.active_.fetch_add(1);
}

Core::Activity::~Activity() {
  innermost_ = outer_;
  core_.active_.fetch_sub(1);
  if (core_.draining_.load()) core_.active_.notify_all();
}

int Core::Activity::mine(const Core& core) {
  int count = 0;
  for (const Activity* activity = innermost_; activity != nullptr; activity = activity->outer_) {
    if (&activity->core_ == &core) ++count;
  }
  return count;
}

Core::Core(std::shared_ptr<Driver> driver, AdapterDeviceOptions options)
    : driver_(std::move(driver)),
      options_(std::move(options)),
      trace_index_(options_.trace->add_adapter(options_.friendly_name)),
      services_(*this),
      prober_(*this) {
  for (const DriverRegistration& its : driver_->registrations()) {
    extension_size_ = std::max<std::size_t>(extension_size_, its.data.DeviceExtensionSize);
  }
  memory_ = std::make_unique<std::byte[]>(kDeviceHeaderSize + extension_size_);
  const DeviceHeader header{DeviceHeader::kMagic, this};
  std::memcpy(memory_.get(), &header, sizeof header);
  extension_ = memory_.get() + kDeviceHeaderSize;
}

Core::~Core() = default;

void Core::fill(Request& request, const std::shared_ptr<DeviceProvider>& device) {
  const WmiRequest& above = *request.wmi;
  SCSI_WMI_REQUEST_BLOCK& srb = request.srb.wmi;
  request.guid = above.data_path;
  srb.Length = sizeof srb;
  srb.Function = SRB_FUNCTION_WMI;
  srb.SrbStatus = SRB_STATUS_PENDING;
  srb.WMISubFunction = static_cast<UCHAR>(above.minor);
  TraceRecord trace;
  if (device->address()) {
    srb.PathId = trace.path = device->address()->path;
    srb.TargetId = trace.target = device->address()->target;
    srb.Lun = trace.lun = device->address()->lun;
  } else {
    srb.WMIFlags = SRB_WMI_FLAGS_ADAPTER_REQUEST;
  }
  srb.DataTransferLength = static_cast<ULONG>(above.buffer.capacity());
  srb.DataBuffer = request.wmi->buffer.data();
  srb.DataPath = request.guid.bytes.data();
  srb.OriginalRequest = &request;
  trace.adapter = trace_index_;
  trace.srb_function = SRB_FUNCTION_WMI;
  trace.minor = srb.WMISubFunction;
  trace.guid = request.guid;
  if (names_instance(above.minor)) {
    const bool by_index =
        (peek(above.buffer, wmi::wnode::kFlags) & wmi::wnode::kFlagStaticInstanceNames) != 0;
    trace.instance = by_index ? peek(above.buffer, wmi::wnode::kInstanceIndex) : kByName;
    if (has_item_form(above.minor)) {
      trace.id = peek(above.buffer, wmi::wnode::kItemId);
      trace.in_bytes = peek(above.buffer, wmi::wnode::kItemDataSize);
    } else {
      trace.in_bytes = peek(above.buffer, wmi::wnode::kInstanceDataSize);
    }
  }
  request.trace = trace;
  request.device = device;
  if (options_.violations) begin_check(request);
}

wmi::RequestId Core::submit(const std::shared_ptr<DeviceProvider>& device,
                            std::unique_ptr<WmiRequest> above, std::unique_ptr<ProbeRun> probe) {
  if (above->buffer.capacity() == 0 || above->buffer.capacity() > 0xFFFFFFFFu ||
      above->minor > MinorFunction::execute_method) {
    fail(std::move(above), NtStatus::invalid_parameter);
    return 0;
  }
  // Callers who ask again and again must not keep a stop waiting, so they are no activity.
  if (!running_.load(std::memory_order_acquire)) {
    fail(std::move(above), refusal_.load(std::memory_order_relaxed));
    return 0;
  }
  const Activity activity(*this);
  const LentThread lent(options_, above->lends && running_.load(std::memory_order_acquire));
  const auto timeout = above->timeout.count() > 0 ? above->timeout : options_.default_timeout;
  NtStatus refused = refusal_.load(std::memory_order_relaxed);
  Request* request = nullptr;
  if (running_.load(std::memory_order_acquire)) {
    request = pool_.acquire(RequestKind::wmi);
    refused = NtStatus::insufficient_resources;
  }
  if (request == nullptr) {
    fail(std::move(above), refused);
    return 0;
  }
  request->wmi = std::move(above);
  if (options_.violations && !probe && request->wmi->minor == MinorFunction::execute_method) {
    remember_state(*request, device);
  }
  request->probe = std::move(probe);
  fill(*request, device);
  request->srb.wmi.TimeOutValue =
      static_cast<ULONG>(std::chrono::ceil<std::chrono::seconds>(timeout).count());
  request->begun = options_.clock->now();
  const wmi::RequestId id = request->id();
  const bool build = prepare(*request);
  refused = NtStatus::success;
  bool pended = false;
  {
    const AdapterLock::Scope scope(lock());
    if (request->state.load(std::memory_order_acquire) == RequestState::started) {
      if (!running_.load(std::memory_order_relaxed)) {
        refused = refusal_.load(std::memory_order_relaxed);
      } else if (device->gone) {
        refused = NtStatus::no_such_device;
      } else if (!build || !start(*request)) {
        pend(*request, timeout);
        pended = true;
      }
    }
  }
  // A pended request may have ended by now and be in use again.
  if (pended) return id;
  if (refused == NtStatus::success) {
    finish(*request);
    return 0;
  }
  above = std::move(request->wmi);
  pool_.release(*request);
  fail(std::move(above), refused);
  return 0;
}

bool Core::prepare(Request& request) {
  request.encode();
  const auto go_on = calls_->build_io(request.block());
  request.replaced = !go_on;
  if (!go_on) end_inside(request, SRB_STATUS_INTERNAL_ERROR);
  return go_on && *go_on != FALSE;
}

bool Core::start(Request& request) {
  // What ends other requests goes in front of them.
  if (request.kind != RequestKind::abort && holding(request)) {
    queue(request);
    return false;
  }
  ready_ = false;
  request.sent = true;
  const auto taken = calls_->start_io(request.block());
  if (!taken) request.replaced = true;
  if (request.state.load(std::memory_order_relaxed) != RequestState::started) return true;
  if (taken && *taken != FALSE) return false;
  // What the miniport did not take may be sent again later.
  end_inside(request, taken ? SRB_STATUS_BUSY : SRB_STATUS_INTERNAL_ERROR);
  review_busy();
  return true;
}

void Core::end_inside(Request& request, std::uint8_t srb_status) {
  if (request.state.load(std::memory_order_relaxed) != RequestState::started) return;
  request.srb.scsi.SrbStatus = srb_status;
  request.state.store(RequestState::completed, std::memory_order_release);
}

void Core::pend(Request& request, std::chrono::milliseconds timeout) {
  request.inside = false;
  request.pended = true;
  if (request.kind == RequestKind::abort) return;
  if (request.kind == RequestKind::wmi) pending_.fetch_add(1, std::memory_order_relaxed);
  request.timer = options_.clock->schedule(options_.clock->now() + timeout,
                                           [weak = weak_from_this(), id = request.id()] {
                                             if (const auto self = weak.lock()) self->expire(id);
                                           });
}

void Core::unpend(Request& request) {
  if (!request.pended) return;
  if (request.timer != 0) options_.clock->cancel(std::exchange(request.timer, 0));
  if (request.kind == RequestKind::wmi) pending_.fetch_sub(1, std::memory_order_relaxed);
}

void Core::request_complete(PSCSI_REQUEST_BLOCK block) {
  if (lock().held_by_me()) {
    completed(block);
  } else {
    lock().enter([this, block] { completed(block); });
  }
}

void Core::completed(PSCSI_REQUEST_BLOCK block) {
  Request* request = pool_.of(block);
  if (request == nullptr) {
    violated(Violation::unknown_srb, {});
    if (options_.violations) {
      check::Findings findings;
      check::report_unknown_srb(block, findings);
      found(DriverCall::routine_of_thread(), findings, ServiceCaller::address());
    }
    return;
  }
  switch (request->state.load(std::memory_order_acquire)) {
    case RequestState::free:
      violated(Violation::completed_twice, pool_.last_trace(*request));
      completed_again(pool_.last_trace(*request));
      return;
    case RequestState::completed:
      request->twice.store(true);
      return;
    case RequestState::abandoned:
      if (request->stopped && options_.violations) {
        check::Findings findings;
        check::check_completion({1, false, true}, findings);
        found(request->trace, findings, ServiceCaller::address());
      }
      pool_.release(*request);
      review_busy();
      return;
    case RequestState::started:
      break;
  }
  request->take_result();
  request->state.store(RequestState::completed, std::memory_order_release);
  review_busy();
  if (request->inside) return;
  unpend(*request);
  switch (request->kind) {
    case RequestKind::abort: {
      const wmi::RequestId victim = request->victim;
      pool_.release(*request);
      abort_ended(victim);
      return;
    }
    case RequestKind::scan:
      lock().enter([this, request] { scan_done(*request); });
      return;
    case RequestKind::wmi:
      break;
  }
  lock().defer([self = shared_from_this(), request] {
    const Activity activity(*self);
    self->finish(*request);
  });
}

void Core::finish(Request& request) {
  std::unique_ptr<WmiRequest> above = std::move(request.wmi);
  if (request.check.active()) end_check(request, *above);
  const SCSI_WMI_REQUEST_BLOCK& srb = request.srb.wmi;
  TraceRecord trace = request.trace;
  trace.srb_status = srb.SrbStatus;
  trace.pended = request.pended;
  const std::size_t size = srb.DataTransferLength;
  above->status = srb_status_to_nt(srb.SrbStatus);
  above->information = 0;
  if (request.twice.load()) trace.violation = Violation::completed_twice;
  if (SRB_STATUS(srb.SrbStatus) == SRB_STATUS_PENDING) {
    trace.violation = Violation::completed_pending;
  }
  if (above->status == NtStatus::success) {
    if (size > above->buffer.capacity()) {
      trace.violation = Violation::size_overrun;
      above->status = NtStatus::io_device_error;
    } else {
      above->information = size;
      trace.out_bytes = answer_bytes(*above);
    }
  } else if (above->status == NtStatus::buffer_too_small) {
    above->information = size;
  } else {
    const bool one = names_instance(above->minor);
    above->status = request.device->refine(above->status, trace.guid, one, trace.instance);
  }
  std::unique_ptr<ProbeRun> probe = std::move(request.probe);
  if (above->minor == MinorFunction::reginfo && above->status == NtStatus::success && !probe) {
    const auto reginfo = above->buffer.bytes().first(above->information);
    request.device->learn(reginfo);
    if (options_.violations) prober_.registered(request.device, reginfo);
  }
  const bool enable = above->minor == MinorFunction::enable_events;
  if ((enable || above->minor == MinorFunction::disable_events) &&
      above->status == NtStatus::success) {
    request.device->enable_events(trace.guid, enable);
  }
  if (probe) trace.probe = static_cast<std::uint8_t>(probe->probe.kind) + 1;
  const TimePoint begun = request.begun;
  pool_.release(request);
  trace_end(trace, begun);
  if (probe) return prober_.done(std::move(probe));
  deliver(std::move(above));
}

void Core::trace_end(TraceRecord record, TimePoint begun) {
  const auto took = (options_.clock->now() - begun).count();
  record.duration_ns = static_cast<std::uint32_t>(std::clamp<std::int64_t>(took, 0, 0xFFFFFFFF));
  record.system_time = options_.clock->system_time();
  options_.trace->record(record);
}

void Core::deliver(std::unique_ptr<WmiRequest> request) {
  // The function may destroy the request that it lives in.
  auto done = std::move(request->on_complete);
  if (done) done(std::move(request));
}

void Core::fail(std::unique_ptr<WmiRequest> request, NtStatus status) {
  request->status = status;
  request->information = 0;
  deliver(std::move(request));
}

void Core::violated(Violation violation, TraceRecord trace) {
  trace.adapter = trace_index_;
  trace.violation = violation;
  trace.in_bytes = trace.out_bytes = 0;
  const auto record = [self = shared_from_this(), trace] {
    self->trace_end(trace, self->options_.clock->now());
  };
  if (lock().held_by_me()) {
    lock().defer(record);
  } else {
    record();
  }
}

void Core::locked(std::move_only_function<void()> action) {
  if (lock().held_by_me()) {
    action();
  } else {
    lock().enter(std::move(action));
  }
}

bool Core::help() {
  const Activity activity(*this);
  if (!running_.load(std::memory_order_acquire) || !options_.end_help) return false;
  options_.begin_help();
  return options_.end_help();
}

}  // namespace hbalab::port
