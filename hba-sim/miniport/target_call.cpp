#include "hba-sim/miniport/target_call.hpp"

#include <algorithm>
#include <utility>

namespace hbalab::miniport {
namespace {

KeptAnswers::Time now_of(Request& request) {
  LARGE_INTEGER time{};
  StorPortQuerySystemTime(&time, request.device);
  return time.QuadPart;
}

void too_small(Request& request, std::size_t needed) {
  complete(request, SRB_STATUS_DATA_OVERRUN, static_cast<std::uint32_t>(needed));
}

}  // namespace

TargetCall::TargetCall(const MethodCall& call, iscsi::MSiSCSI_OperationsMethod method)
    : request_(&call.request),
      out_(call.buffer.data()),
      room_(call.out_size),
      key_{method, {call.in().begin(), call.in().end()}} {}

bool TargetCall::answered_before() const {
  KeptAnswers& kept = (*request_->device->life)->kept;
  const Bytes* out = kept.find(key_, now_of(*request_));
  if (out == nullptr) return false;
  if (out->size() > room_) {
    too_small(*request_, out->size());
  } else {
    write(*out);
    kept.drop(key_);
  }
  return true;
}

void TargetCall::answer(Bytes out) const {
  if (out.size() <= room_) return write(out);
  const std::size_t needed = out.size();
  // Whoever cancelled does not come back, and nobody does to an adapter that stops.
  if (auto* life = request_->device->life; life != nullptr && !request_->aborted)
    (*life)->kept.keep(key_, std::move(out), now_of(*request_));
  too_small(*request_, needed);
}

void TargetCall::write(std::span<const std::uint8_t> out) const {
  std::ranges::copy(out, out_);
  complete(*request_, SRB_STATUS_SUCCESS, static_cast<std::uint32_t>(out.size()));
}

}  // namespace hbalab::miniport
