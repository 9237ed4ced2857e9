// LoginToTarget.
#pragma once

#include "vds/adapters.hpp"
#include "vds/operation.hpp"

namespace hbalab::vds {

// What the caller of LoginToTarget gave.
struct LoginCall {
  std::string initiator;
  VDS_ISCSI_LOGIN_TYPE type = VDS_ILT_MANUAL;
  VDS_OBJECT_ID target{}, target_portal{}, initiator_portal{};
  ULONG flags = 0;
  bool header_digest = false, data_digest = false;
  VDS_ISCSI_AUTH_TYPE auth = VDS_IAT_NONE;
};
// What can be said without asking anybody: S_OK or E_INVALIDARG.
[[nodiscard]] HRESULT check(const LoginCall& call);

// Logs in, and then stores the login where it is not a manual one.
[[nodiscard]] HRESULT log_in_to_target(Operation& operation, Adapters& adapters,
                                       const LoginCall& call);

// Secrets that targets want to see, by target. Kept in this process only; an empty one is
// forgotten.
void remember_target_secret(const VDS_OBJECT_ID& target, Bytes secret);
[[nodiscard]] Bytes remembered_target_secret(const VDS_OBJECT_ID& target);

}  // namespace hbalab::vds
