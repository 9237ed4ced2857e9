// HRESULTs: what statuses of the initiator and of its adapters become.
#pragma once

#include <new>

#include "iscsidsc/errors.hpp"
#include "vds.h"
#include "vdserr.h"

namespace hbalab::vds {

// One rule, documented in docs/vds.md: HRESULT_FROM_WIN32, which leaves an ISDSC_ status as it is;
// an adapter that has gone has a code of its own.
[[nodiscard]] HRESULT to_hresult(ISDSC_STATUS status);

// Whether an adapter's method said so, as opposed to a request that never got to the adapter or
// back.
[[nodiscard]] bool said_by_adapter(ISDSC_STATUS status);

// Runs the body of a method: no exception leaves the library.
template <typename Body>
[[nodiscard]] HRESULT guarded(Body body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return E_OUTOFMEMORY;
  } catch (...) {
    return E_UNEXPECTED;
  }
}

}  // namespace hbalab::vds
