// Requests of one adapter under check: the miniport works on a buffer of the checker's.
#include <algorithm>
#include <cstring>

#include "hba-sim/port/checker/fault.hpp"
#include "hba-sim/port/checker/violation_log.hpp"
#include "hba-sim/port/core.hpp"
#include "hba-sim/port/srb_status.hpp"

namespace hbalab::port {
namespace {

check::Where where_of(const std::string& adapter, const TraceRecord& trace) {
  check::Where where;
  where.adapter = adapter;
  if (trace.path != 0xFF) {
    where.device = std::to_string(trace.path) + ":" + std::to_string(trace.target) + ":" +
                   std::to_string(trace.lun);
  }
  where.guid = trace.guid;
  where.function = wmi_function_name(trace.minor);
  if (trace.minor == WMI_EXECUTE_METHOD) where.method = std::to_string(trace.id);
  if (trace.instance != wmi::InstanceKey::kByName) where.instance = trace.instance;
  return where;
}

}  // namespace

void Core::begin_check(Request& request) {
  check::install_fault_handler();
  SCSI_WMI_REQUEST_BLOCK& srb = request.srb.wmi;
  srb.DataBuffer = request.check.begin(guards_, {request.wmi->minor,
                                                 request.guid,
                                                 request.wmi->buffer.bytes(),
                                                 check::Edge::end,
                                                 check::Poison::first,
                                                 {request.extension.get(), request.extension_size},
                                                 &reading_});
}

void Core::end_check(Request& request, wmi::WmiRequest& above) {
  const SCSI_WMI_REQUEST_BLOCK& srb = request.srb.wmi;
  check::Findings findings;
  const void* code = nullptr;
  request.check.end(
      {{request.pended, srb.SrbStatus, srb.DataTransferLength}, {}, nullptr, request.broken},
      findings, code);
  check::check_completion({request.twice.load() ? 2u : 1u, false, false}, findings);
  const check::View answer = request.check.answer();
  std::copy_n(answer.begin(), std::min(answer.size(), above.buffer.capacity()),
              above.buffer.data());
  request.check.forget();
  if (findings.empty()) return;
  options_.violations->report(where_of(options_.friendly_name, request.trace), findings, code,
                              options_.clock->system_time());
}

}  // namespace hbalab::port
