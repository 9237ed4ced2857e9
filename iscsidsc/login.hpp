// Logins through WMI: of users, and of the service itself when it discovers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "iscsidsc/initiators.hpp"
#include "iscsidsc/state.hpp"

namespace hbalab::dsc {

struct LoginRequest {
  std::u16string target;           // "": a discovery session
  std::uint32_t session_type = 0;  // LOGINSESSIONTYPE
  ULONG port = ISCSI_ANY_INITIATOR_PORT;
  TargetPortal portal;  // empty: the adapter chooses
  ULONGLONG security_flags = 0;
  std::optional<TargetMapping> mapping;
  LoginOptions options;
  SecretBytes key;
  bool persistent = false;
};

struct LoginIds {
  ULONGLONG session = 0;
  ULONGLONG connection = 0;
};

[[nodiscard]] ISDSC_STATUS log_in(Initiators& initiators, const std::string& initiator,
                                  const LoginRequest& request, LoginIds& ids);
[[nodiscard]] ISDSC_STATUS log_out(Initiators& initiators, const std::string& initiator,
                                   ULONGLONG session);

// Whether a login may do better through another portal or another adapter: nobody was there, or
// nobody answered.
[[nodiscard]] bool unreachable(ISDSC_STATUS status);

// The adapters in the order in which to try them for a portal: those from which it answers a ping,
// then those that cannot ping. Where none is left that way, the first few.
[[nodiscard]] std::vector<std::string> by_reach(Initiators& initiators,
                                                std::vector<std::string> candidates,
                                                const TargetPortal& portal);

void put_portal(const TargetPortal& portal, iscsi::ISCSI_TargetPortal& out);

}  // namespace hbalab::dsc
