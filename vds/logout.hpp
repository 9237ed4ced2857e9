// LogoutFromTarget.
#pragma once

#include "vds/adapters.hpp"
#include "vds/operation.hpp"

namespace hbalab::vds {

// What came of it.
struct LogoutTally {
  std::size_t logged_out = 0, failed = 0;        // sessions
  std::size_t removed = 0, not_removed = 0;      // adapters with persistent logins of the target
  ISDSC_STATUS logout_failure = ISDSC_SUCCESS;   // of the first session that stayed
  ISDSC_STATUS request_failure = ISDSC_SUCCESS;  // why an adapter could not be asked
};
// One table, documented in docs/vds.md.
[[nodiscard]] HRESULT result_of(const LogoutTally& tally);

// Ends all sessions of the target on all adapters, then removes its persistent logins.
[[nodiscard]] HRESULT log_out_of_target(Operation& operation, Adapters& adapters,
                                        const VDS_OBJECT_ID& target);

}  // namespace hbalab::vds
