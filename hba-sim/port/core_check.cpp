// Requests of one adapter under check: the miniport works on a buffer of the checker's. And what
// the checker finds besides requests: events, services, locks and memory.
#include <algorithm>
#include <cstring>

#include "hba-sim/port/checker/fault.hpp"
#include "hba-sim/port/checker/violation_log.hpp"
#include "hba-sim/port/core.hpp"
#include "hba-sim/port/driver_fault.hpp"
#include "hba-sim/port/srb_status.hpp"
#include "wmi-model/wnode/wnode_layout.hpp"

namespace hbalab::port {
namespace {

using wmi::MinorFunction;

std::string device_text(const std::optional<ScsiAddress>& address) {
  if (!address) return {};
  return std::to_string(address->path) + ":" + std::to_string(address->target) + ":" +
         std::to_string(address->lun);
}

// Names for what has only ids.
void name(check::Where& where, std::uint32_t method, const wmi::SchemaSet& schema) {
  const wmi::Class* cls = schema.find(where.guid);
  if (cls == nullptr) return;
  where.class_name = cls->name;
  if (where.function != wmi_function_name(WMI_EXECUTE_METHOD)) return;
  if (const wmi::Method* its = cls->method(method)) where.method = its->name;
}

check::Where where_of(const std::string& adapter, const TraceRecord& trace,
                      const wmi::SchemaSet& schema) {
  check::Where where;
  where.adapter = adapter;
  if (trace.path != 0xFF)
    where.device = device_text(ScsiAddress{trace.path, trace.target, trace.lun});
  if (trace.srb_function != SRB_FUNCTION_WMI) {
    where.function = srb_function_name(trace.srb_function);
    return where;
  }
  where.function = wmi_function_name(trace.minor);
  if (trace.minor == WMI_REGINFO) return where;
  where.guid = trace.guid;
  if (trace.minor == WMI_EXECUTE_METHOD) where.method = std::to_string(trace.id);
  if (trace.instance != wmi::InstanceKey::kByName) where.instance = trace.instance;
  name(where, trace.id, schema);
  return where;
}

std::uint32_t peek32(check::View bytes, std::size_t offset) {
  return bytes.size() < offset + 4 ? 0 : wmi::wnode::load32(bytes, offset);
}

// Of the data in the answer to such a request.
std::optional<wmi::Shape> shape_of(const TraceRecord& trace, const wmi::SchemaSet& schema) {
  const wmi::Class* cls = schema.find(trace.guid);
  if (cls == nullptr) return std::nullopt;
  switch (static_cast<MinorFunction>(trace.minor)) {
    case MinorFunction::query_all_data:
    case MinorFunction::query_single_instance:
      return wmi::shape_of(*cls);
    case MinorFunction::execute_method:
      if (const wmi::Method* method = cls->method(trace.id)) return wmi::out_shape(*method);
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

// Statuses of a driver that did not look at the request: they say nothing of what was asked.
bool says_nothing(std::uint8_t srb_status) {
  switch (SRB_STATUS(srb_status)) {
    case SRB_STATUS_BUSY:
    case SRB_STATUS_ABORTED:
    case SRB_STATUS_BUS_RESET:
    case SRB_STATUS_TIMEOUT:
    case SRB_STATUS_NO_DEVICE:
    case SRB_STATUS_NO_HBA:
    case SRB_STATUS_INTERNAL_ERROR:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Core::begin_check(Request& request) {
  check::install_fault_handler();
  SCSI_WMI_REQUEST_BLOCK& srb = request.srb.wmi;
  const ProbeRun* const probe = request.probe.get();
  const check::View sent = request.wmi->buffer.bytes();
  srb.DataBuffer =
      request.check.begin(guards_, {request.wmi->minor,
                                    request.guid,
                                    sent,
                                    probe != nullptr ? probe->probe.edge : check::Edge::end,
                                    probe != nullptr ? probe->probe.poison : check::Poison::first,
                                    {request.extension.get(), request.extension_size},
                                    &reading_});
  request.input.clear();
  if (probe == nullptr && check::read_only(request.wmi->minor)) {
    const std::size_t size = check::input_size(request.wmi->minor, sent);
    request.input.assign(sent.begin(), sent.begin() + static_cast<std::ptrdiff_t>(size));
  }
  if (request.wmi->minor == MinorFunction::enable_events) {
    request.device->announce_events(request.guid);
  }
}

void Core::end_check(Request& request, wmi::WmiRequest& above) {
  const SCSI_WMI_REQUEST_BLOCK& srb = request.srb.wmi;
  check::Findings findings;
  const void* code = nullptr;
  check::Exchange exchange;
  exchange.minor = above.minor;
  exchange.guid = request.guid;
  exchange.answer = request.check.answer();
  exchange.srb_status = srb.SrbStatus;
  exchange.size = srb.DataTransferLength;
  exchange.instances = request.device->instances(request.guid);
  sample_check(request, exchange, findings, code);
  check::check_completion({request.twice.load() ? 2u : 1u, false, false}, findings);
  if (request.before) compare_state(request, exchange, findings);
  if (ProbeRun* const run = request.probe.get()) {
    run->answered = !request.replaced && !says_nothing(srb.SrbStatus);
    run->told = !findings.empty();
    run->outcome = check::outcome_of(exchange);
    if (run->keep_answer) run->answer.assign(exchange.answer.begin(), exchange.answer.end());
  }
  std::copy_n(exchange.answer.begin(), std::min(exchange.answer.size(), above.buffer.capacity()),
              above.buffer.data());
  request.check.forget();
  if (findings.empty()) return;
  // What an adapter keeps to itself stands in no report.
  if (above.secret) findings.without_bytes();
  found(request.trace, findings, code);
}

void Core::sample_check(Request& request, check::Exchange& exchange, check::Findings& findings,
                        const void*& code) {
  Prober::Sample sample;
  if (!request.replaced && !request.probe) {
    sample = prober_.sample(exchange, request.trace.instance, request.trace.id);
  }
  std::optional<wmi::Shape> shape;
  std::shared_ptr<const wmi::SchemaSet> schema;
  if (sample.decode) {
    schema = options_.registry->schema();
    shape = shape_of(request.trace, *schema);
    if (shape) exchange.shape = &*shape;
  }
  request.check.end({{request.pended, exchange.srb_status, exchange.size},
                     exchange.instances,
                     exchange.shape,
                     request.replaced},
                    findings, code);
  exchange.shape = nullptr;
  if (sample.probe) {
    prober_.answered(request.device, exchange, request.check.data(), request.input);
  }
}

void Core::remember_state(Request& request, const std::shared_ptr<DeviceProvider>& device) {
  const std::uint32_t method = peek32(request.wmi->buffer.bytes(), wmi::wnode::kItemId);
  if (!prober_.wants_state(request.wmi->data_path, method)) return;
  request.before = prober_.state_of(device);
  // What differs by itself says nothing.
  const Prober::State again = prober_.state_of(device);
  for (std::size_t i = 0; i < request.before->size(); ++i) {
    if (i >= again.size() || again[i] != (*request.before)[i]) (*request.before)[i].reset();
  }
}

void Core::compare_state(Request& request, const check::Exchange& exchange,
                         check::Findings& findings) {
  const check::Outcome outcome = check::outcome_of(exchange);
  if (outcome.kind != check::Outcome::Kind::overrun) return;
  const Prober::State now = prober_.state_of(request.device);
  std::uint64_t before = 0, after = 0;
  for (std::size_t i = 0; i < std::min(now.size(), request.before->size()); ++i) {
    const auto& was = (*request.before)[i];
    if (!was || !now[i]) continue;
    before = before * 31 + *was;
    after = after * 31 + *now[i];
  }
  check::OverrunProtocol protocol;
  protocol.feed({static_cast<std::uint32_t>(exchange.answer.size()), outcome, before, after, false},
                findings);
}

void Core::send_probe(std::unique_ptr<ProbeRun> run) {
  auto request = std::make_unique<wmi::WmiRequest>();
  request->minor = run->probe.minor;
  request->data_path = run->probe.guid;
  request->buffer = wmi::WnodeBuffer(run->size);
  const auto bytes = request->buffer.bytes();
  std::memset(bytes.data(), 0, bytes.size());
  std::copy_n(run->input.begin(), std::min(run->input.size(), bytes.size()), bytes.begin());
  const std::shared_ptr<DeviceProvider> device = run->device;
  submit(device, std::move(request), std::move(run));
}

void Core::settle() {
  if (!options_.violations) return;
  {
    const Activity activity(*this);
    prober_.run();
  }
  options_.violations->flush();
}

void Core::found(const TraceRecord& trace, check::Findings& findings, const void* code) {
  if (!options_.violations || findings.empty()) return;
  options_.violations->report(where_of(options_.friendly_name, trace, *options_.registry->schema()),
                              findings, code, options_.clock->system_time());
}

void Core::found(const DeviceProvider& device, const check::Probe& probe,
                 check::Findings& findings) {
  check::Where where;
  where.adapter = options_.friendly_name;
  where.device = device_text(device.address());
  where.guid = probe.guid;
  where.function = wmi_function_name(static_cast<std::uint8_t>(probe.minor));
  if (probe.minor == MinorFunction::execute_method) where.method = std::to_string(probe.method);
  name(where, probe.method, *options_.registry->schema());
  options_.violations->report(where, findings, nullptr, options_.clock->system_time());
}

void Core::found(std::string_view routine, check::Findings& findings, const void* code) {
  if (options_.violations) {
    check::Where where;
    where.adapter = options_.friendly_name;
    where.function = routine;
    options_.violations->report(where, findings, code, options_.clock->system_time());
    return;
  }
  for (const check::Finding& finding : findings.take()) {
    driver_failed(std::string(routine) + ": " + std::string(check::info(finding.rule).id) +
                  ": expected " + finding.expected + ", found " + finding.found);
  }
}

bool Core::used_after_stop(std::string_view service) {
  if (!after_stop_.load(std::memory_order_relaxed)) return false;
  if (options_.violations) {
    check::Findings findings;
    check::report_service_after_stop(service, findings);
    found(DriverCall::routine_of_thread(), findings, ServiceCaller::address());
  }
  return true;
}

bool Core::event_overflows(const wmi::Guid& guid, const void* event, std::uint64_t size) {
  if (!options_.violations) return false;
  const std::size_t memory = bytes_behind(nullptr, const_cast<PVOID>(event));
  if (memory == 0 || memory >= size) return false;
  check::Findings findings;
  check::check_event_memory(size, memory, findings);
  check::Where where;
  where.adapter = options_.friendly_name;
  where.function = "WMIEvent";
  where.guid = guid;
  name(where, 0, *options_.registry->schema());
  options_.violations->report(where, findings, ServiceCaller::address(),
                              options_.clock->system_time());
  return true;
}

bool Core::readable_event(check::View wnode, std::uint8_t path, std::uint8_t target,
                          std::uint8_t lun) {
  wmi::Guid guid;
  if (wnode.size() >= wmi::wnode::kGuid + guid.bytes.size()) {
    std::copy_n(wnode.begin() + wmi::wnode::kGuid, guid.bytes.size(), guid.bytes.begin());
  }
  // Nothing of it is looked at beyond the memory that it lies in.
  if (event_overflows(guid, wnode.data(), wnode.size())) return false;
  check::FiredEvent event;
  event.guid = guid;
  event.wnode = wnode;
  bool known = true;
  locked([&] {
    const std::shared_ptr<DeviceProvider> device = device_at(path, target, lun);
    known = device != nullptr;
    if (!known) return;
    event.instances = device->instances(guid);
    event.registered = event.instances.has_value();
    event.enabled = device->events_announced(guid);
  });
  if (!known) return true;
  check::Findings findings;
  check::check_event(event, findings);
  if (findings.empty()) return true;
  check::Where where;
  where.adapter = options_.friendly_name;
  if (path != 0xFF) where.device = device_text(ScsiAddress{path, target, lun});
  where.function = "WMIEvent";
  where.guid = guid;
  name(where, 0, *options_.registry->schema());
  options_.violations->report(where, findings, ServiceCaller::address(),
                              options_.clock->system_time());
  return true;
}

void Core::completed_again(const TraceRecord& trace) {
  check::Findings findings;
  check::check_completion({2, false, false}, findings);
  found(trace, findings, ServiceCaller::address());
}

void Core::mark_stopped() {
  after_stop_.store(true);
  for (Request* request : pool_.all()) {
    if (request->state.load(std::memory_order_acquire) == RequestState::abandoned) {
      request->stopped = true;
    }
  }
}

void Core::report_overdue() {
  for (Request* request : pool_.all()) {
    const bool abandoned =
        request->state.load(std::memory_order_acquire) == RequestState::abandoned;
    if (abandoned && request->stopped) report_overdue(*request);
  }
}

void Core::abort_ended(wmi::RequestId victim) {
  Request* const request = pool_.find(victim);
  if (request == nullptr ||
      request->state.load(std::memory_order_acquire) != RequestState::abandoned) {
    return;
  }
  if (request->expired) report_overdue(*request);
}

void Core::report_overdue(Request& request) {
  if (std::exchange(request.overdue, true)) return;
  check::Findings findings;
  check::check_completion({0, true, false}, findings);
  found(request.trace, findings, nullptr);
}

}  // namespace hbalab::port
