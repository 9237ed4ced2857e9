#include "iscsidsc/errors.hpp"

#include <algorithm>
#include <array>

namespace hbalab::dsc {
namespace {

using Kind = TransportError::Kind;

constexpr std::array<std::pair<Kind, ISDSC_STATUS>, 9> kStatuses{{
    {Kind::not_mounted, ISDSC_SERVICE_NOT_RUNNING},
    {Kind::gone, ISDSC_INITIATOR_NOT_FOUND},
    {Kind::unsupported, ISDSC_REQUEST_NOT_SUPPORTED},
    {Kind::invalid, ERROR_INVALID_PARAMETER},
    {Kind::busy, ERROR_BUSY},
    {Kind::no_resources, ERROR_NO_SYSTEM_RESOURCES},
    {Kind::timed_out, ERROR_TIMEOUT},
    {Kind::interrupted, ERROR_OPERATION_ABORTED},
    {Kind::failed, ERROR_IO_DEVICE},
}};

}  // namespace

ISDSC_STATUS status_of(const TransportError& error) {
  const auto row = std::ranges::find(kStatuses, error.kind, &std::pair<Kind, ISDSC_STATUS>::first);
  return row == kStatuses.end() ? ERROR_IO_DEVICE : row->second;
}

void Summary::add(ISDSC_STATUS status, bool not_concerned) {
  const auto keep_first = [&](ISDSC_STATUS& first) {
    if (first == ISDSC_SUCCESS) first = status;
  };
  if (is_done(status)) {
    succeeded_ = true;
    keep_first(warning_);
  } else if (not_concerned) {
    not_concerned_ = status;
  } else {
    keep_first(failure_);
  }
}

ISDSC_STATUS Summary::status(ISDSC_STATUS nobody) const {
  if (failure_ != ISDSC_SUCCESS) return succeeded_ ? ISDSC_OPERATION_NOT_ALL_SUCCESS : failure_;
  if (succeeded_) return warning_;
  return not_concerned_ != ISDSC_SUCCESS ? not_concerned_ : nobody;
}

}  // namespace hbalab::dsc
