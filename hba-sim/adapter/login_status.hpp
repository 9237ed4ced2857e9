// What a failed login is reported as. Each mapping is one table.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "hba-sim/fabric/fabric.hpp"
#include "iscsiop/enums.hpp"
#include "iscsiop/status.hpp"

namespace hbalab::adapter {

// Login Response status (RFC 7143 11.13.5).
struct LoginStatusRow {
  std::uint8_t status_class = 0;
  std::uint8_t status_detail = 0;
  iscsi::IsdscStatus status = iscsi::ISDSC_SUCCESS;
  std::string_view meaning;
};
[[nodiscard]] std::span<const LoginStatusRow> login_status_table();
// A detail that the table does not know counts as the first of its class, an unknown class as
// ISDSC_LOGIN_FAILED.
[[nodiscard]] iscsi::IsdscStatus login_status(std::uint8_t status_class,
                                              std::uint8_t status_detail);

struct ConnectStatusRow {
  fabric::ConnectResult result = fabric::ConnectResult::connected;
  iscsi::IsdscStatus status = iscsi::ISDSC_SUCCESS;
};
[[nodiscard]] std::span<const ConnectStatusRow> connect_status_table();
[[nodiscard]] iscsi::IsdscStatus connect_status(fabric::ConnectResult result);

// What goes wrong on this side of the wire.
enum class LoginTrouble {
  connect_timeout,   // no answer to the connection attempt before the deadline
  login_timeout,     // connected, but not in full feature phase before the deadline
  dropped,           // the other side closed the connection in the middle
  link_lost,         // the port lost its link or address in the middle: nothing can be sent
  no_link,           // no initiator port with a link could be used
  protocol,          // the answer breaks the rules of the login phase
  too_many_rounds,   // the negotiation does not come to an end
  auth_not_offered,  // the target chose an authentication that was not offered
  auth_not_proven,   // the target's own CHAP answer is missing or wrong
  auth_reflected,    // the target sent our own challenge back to us
  digest_failed,     // MD5 is not available on this machine
};
// How a failed login is counted and reported.
struct LoginFailureInfo {
  iscsi::ISCSI_INITIATOR_NODE_FAILURE type = iscsi::ISCSI_INITIATOR_NODE_FAILURE::LoginOtherFail;
  iscsi::ISCSI_EVENTLOG_TYPE log{};  // 0: nothing, because the adapter itself did not want it
  bool refused = false;              // by a login response
  bool operator==(const LoginFailureInfo&) const = default;
};
struct LoginTroubleRow {
  LoginTrouble trouble = LoginTrouble::protocol;
  iscsi::IsdscStatus status = iscsi::ISDSC_SUCCESS;
  LoginFailureInfo failure = {};
};
// Of a login response whose status class is an error. `proof_sent`: in answer to a CHAP response of
// ours; a target that refuses authentication earlier has no method in common with us.
[[nodiscard]] LoginFailureInfo refusal(std::uint8_t status_class, std::uint8_t status_detail,
                                       bool proof_sent);
[[nodiscard]] LoginFailureInfo trouble_failure(LoginTrouble trouble);
[[nodiscard]] std::span<const LoginTroubleRow> login_trouble_table();
[[nodiscard]] iscsi::IsdscStatus trouble_status(LoginTrouble trouble);

}  // namespace hbalab::adapter
