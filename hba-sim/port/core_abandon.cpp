// Requests that end before the miniport has answered them: cancelled, out of time, or of a device
// that has gone; and those that it ends all at once.
#include <utility>

#include "hba-sim/port/core.hpp"

namespace hbalab::port {

using wmi::NtStatus;
using wmi::WmiRequest;

void Core::cancel(wmi::RequestId id) {
  const Activity activity(*this);
  const AdapterLock::Scope scope(lock());
  Request* request = pool_.find(id);
  if (request == nullptr ||
      request->state.load(std::memory_order_acquire) != RequestState::started || !request->pended ||
      request->kind != RequestKind::wmi) {
    return;
  }
  abandon(*request, SRB_STATUS_ABORTED, NtStatus::cancelled, true);
}

void Core::expire(wmi::RequestId id) {
  const Activity activity(*this);
  const AdapterLock::Scope scope(lock());
  Request* request = pool_.find(id);
  if (request == nullptr ||
      request->state.load(std::memory_order_acquire) != RequestState::started || !request->pended) {
    return;
  }
  request->expired = true;
  if (request->kind == RequestKind::wmi) {
    abandon(*request, SRB_STATUS_TIMEOUT, NtStatus::io_timeout, true);
    return;
  }
  const ScsiAddress address = request->address();
  const bool whole_target = request->srb.scsi.Cdb[0] == SCSIOP_REPORT_LUNS;
  unpend(*request);
  if (request->queued) {
    unqueue(*request);
    pool_.release(*request);
  } else {
    request->state.store(RequestState::abandoned, std::memory_order_release);
    send_abort(*request);
  }
  --scan_.outstanding;
  scan_.uncertain.push_back(whole_target ? ScsiAddress{address.path, address.target, 0xFF}
                                         : address);
  scan_progress();
}

void Core::abandon(Request& request, std::uint8_t srb_status, NtStatus status, bool abort) {
  unpend(request);
  const bool queued = request.queued;
  if (queued && srb_status == SRB_STATUS_TIMEOUT && kind_ == PortKind::scsiport && !ready_) {
    driver_failed(
        "has not asked for a further request (ScsiPortNotification with NextRequest or "
        "NextLuRequest) since it got the last one");
  }
  unqueue(request);
  request.state.store(RequestState::abandoned, std::memory_order_release);
  std::unique_ptr<WmiRequest> above = std::move(request.wmi);
  // The miniport may still write into the buffer.
  request.orphan = std::move(above->buffer);
  above->buffer = {};
  TraceRecord trace = request.trace;
  trace.srb_status = srb_status;
  trace.pended = true;
  lock().defer([self = shared_from_this(), above = std::move(above), trace, status,
                begun = request.begun]() mutable {
    const Activity activity(*self);
    self->trace_end(trace, begun);
    self->fail(std::move(above), status);
  });
  if (queued) {
    pool_.release(request);  // the miniport never had it
  } else if (abort) {
    send_abort(request);
  }
}

void Core::send_abort(Request& victim) {
  Request* request = pool_.acquire(RequestKind::abort);
  if (request == nullptr) return;
  SCSI_REQUEST_BLOCK& srb = request->srb.scsi;
  const SCSI_REQUEST_BLOCK& other = victim.srb.scsi;
  srb.Length = sizeof srb;
  srb.Function = SRB_FUNCTION_ABORT_COMMAND;
  srb.PathId = other.PathId;
  srb.TargetId = other.TargetId;
  srb.Lun = other.Lun;
  srb.NextSrb = victim.block();
  request->victim = victim.id();
  srb.OriginalRequest = request;
  request->encode();
  request->trace = victim.trace;
  request->trace.srb_function = SRB_FUNCTION_ABORT_COMMAND;
  request->trace.in_bytes = 0;
  request->begun = options_.clock->now();
  if (!start(*request)) {
    pend(*request, {});
    return;
  }
  TraceRecord trace = request->trace;
  trace.srb_status = srb.SrbStatus;
  lock().defer([self = shared_from_this(), trace, begun = request->begun] {
    self->trace_end(trace, begun);
  });
  const wmi::RequestId aborted = request->victim;
  pool_.release(*request);
  abort_ended(aborted);
}

void Core::complete_requests(std::uint8_t path, std::uint8_t target, std::uint8_t lun,
                             std::uint8_t srb_status) {
  locked([=, this] {
    for (Request* request : pool_.all()) {
      const RequestState state = request->state.load(std::memory_order_acquire);
      if (state != RequestState::started && state != RequestState::abandoned) continue;
      if (request->inside || request->queued) continue;
      const SCSI_REQUEST_BLOCK& srb = request->srb.scsi;
      const bool adapter = request->trace.path == 0xFF;
      const auto matches = [](std::uint8_t wanted, std::uint8_t has) {
        return wanted == SP_UNTAGGED || wanted == has;
      };
      if (adapter ? path != SP_UNTAGGED
                  : !matches(path, srb.PathId) || !matches(target, srb.TargetId) ||
                        !matches(lun, srb.Lun)) {
        continue;
      }
      request->replaced = true;
      request->give_result(srb_status, srb_status == SRB_STATUS_SUCCESS);
      completed(request->block());
    }
  });
}

}  // namespace hbalab::port
