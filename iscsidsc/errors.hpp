// Statuses of the API: where they come from, and what a function does that meets one.
#pragma once

#include <expected>
#include <new>
#include <type_traits>
#include <utility>

#include "iscsidsc.h"
#include "iscsidsc/transport.hpp"

namespace hbalab::dsc {

// A value, or the status with which the function ends.
template <typename T>
using Outcome = std::expected<T, ISDSC_STATUS>;

// One table, in errors.cpp; documented in docs/iscsidsc.md.
[[nodiscard]] ISDSC_STATUS status_of(const TransportError& error);

// Runs the body of an exported function: no exception leaves the library.
template <typename Body>
[[nodiscard]] ISDSC_STATUS guarded(Body body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return ERROR_NOT_ENOUGH_MEMORY;
  } catch (...) {
    return ISDSC_NON_SPECIFIC_ERROR;
  }
}

// Done, with something to say about it: severity 2 of the statuses of iscsierr.h.
[[nodiscard]] constexpr bool is_warning(ISDSC_STATUS status) { return status >> 30 == 2; }
[[nodiscard]] constexpr bool is_done(ISDSC_STATUS status) {
  return status == ISDSC_SUCCESS || is_warning(status);
}

// Sums up what several adapters said to one request: ISDSC_OPERATION_NOT_ALL_SUCCESS when some did
// it and some failed, else the first failure, else the first warning, else success. Statuses with
// which an adapter says that it is not concerned count only where nobody did it.
class Summary {
 public:
  void add(ISDSC_STATUS status, bool not_concerned = false);
  // Nobody was asked: `nobody`.
  [[nodiscard]] ISDSC_STATUS status(ISDSC_STATUS nobody) const;

 private:
  bool succeeded_ = false;
  ISDSC_STATUS failure_ = 0;        // the first one that counts
  ISDSC_STATUS warning_ = 0;        // the first
  ISDSC_STATUS not_concerned_ = 0;  // the most telling one: the last
};

}  // namespace hbalab::dsc
