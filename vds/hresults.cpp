#include "vds/hresults.hpp"

namespace hbalab::vds {

HRESULT to_hresult(ISDSC_STATUS status) {
  if (status == ISDSC_INITIATOR_NOT_FOUND) return VDS_E_INITIATOR_ADAPTER_NOT_FOUND;
  return HRESULT_FROM_WIN32(status);
}

bool said_by_adapter(ISDSC_STATUS status) {
  // Statuses of iscsierr.h have one of two customer codes above; Win32 codes are small.
  constexpr ISDSC_STATUS kFacility = 0x0FFF0000;
  return (status & kFacility) == kFacility && status != ISDSC_SERVICE_NOT_RUNNING &&
         status != ISDSC_INITIATOR_NOT_FOUND;
}

}  // namespace hbalab::vds
