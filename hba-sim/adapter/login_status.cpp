#include "hba-sim/adapter/login_status.hpp"

#include <algorithm>
#include <array>

namespace hbalab::adapter {
namespace {

using namespace iscsi;
using fabric::ConnectResult;

constexpr auto kLoginStatus = std::to_array<LoginStatusRow>({
    {0x00, 0x00, ISDSC_SUCCESS, "success"},
    {0x01, 0x01, ISDSC_TARGET_MOVED_TEMPORARILY, "target moved temporarily"},
    {0x01, 0x02, ISDSC_TARGET_MOVED_PERMANENTLY, "target moved permanently"},
    {0x02, 0x00, ISDSC_INITIATOR_ERROR, "initiator error"},
    {0x02, 0x01, ISDSC_AUTHENTICATION_FAILURE, "authentication failure"},
    {0x02, 0x02, ISDSC_AUTHORIZATION_FAILURE, "authorization failure"},
    {0x02, 0x03, ISDSC_NOT_FOUND, "not found"},
    {0x02, 0x04, ISDSC_TARGET_REMOVED, "target removed"},
    {0x02, 0x05, ISDSC_UNSUPPORTED_VERSION, "unsupported version"},
    {0x02, 0x06, ISDSC_TOO_MANY_CONNECTIONS, "too many connections"},
    {0x02, 0x07, ISDSC_MISSING_PARAMETER, "missing parameter"},
    {0x02, 0x08, ISDSC_CANT_INCLUDE_IN_SESSION, "cannot include in session"},
    {0x02, 0x09, ISDSC_SESSION_TYPE_NOT_SUPPORTED, "session type not supported"},
    {0x02, 0x0A, ISDSC_INVALID_SESSION_ID, "session does not exist"},
    {0x02, 0x0B, ISDSC_INITIATOR_ERROR, "request invalid during login"},
    {0x03, 0x00, ISDSC_TARGET_ERROR, "target error"},
    {0x03, 0x01, ISDSC_SERVICE_UNAVAILABLE, "service unavailable"},
    {0x03, 0x02, ISDSC_TARGET_OUT_OF_RESORCES, "out of resources"},
});

constexpr auto kConnectStatus = std::to_array<ConnectStatusRow>({
    {ConnectResult::connected, ISDSC_SUCCESS},
    {ConnectResult::refused, ISDSC_CONNECTION_FAILED},
    {ConnectResult::unreachable, ISDSC_CONNECTION_FAILED},
    {ConnectResult::name_unresolved, ISDSC_DNS_NAME_UNRESOLVED},
    {ConnectResult::link_down, ISDSC_CONNECTION_FAILED},
});

using Failure = ISCSI_INITIATOR_NODE_FAILURE;
constexpr LoginFailureInfo kNoConnection{Failure::LoginOtherFail, ISCSI_ERR_TDI_CONNECT_FAILED,
                                         false};
constexpr LoginFailureInfo kTimeout{Failure::LoginOtherFail, ISCSI_ERR_ISCSI_REQUEST_TIMEOUT,
                                    false};
constexpr LoginFailureInfo kLost{Failure::LoginOtherFail, ISCSI_ERR_CONNECTION_LOST, false};
constexpr LoginFailureInfo kNegotiation{Failure::LoginNegotiateFail, ISCSI_ERR_LOGIN_PDU_ERROR,
                                        false};
constexpr LoginFailureInfo kNoMethod{Failure::LoginAuthFail, ISCSI_ERR_AUTH_METHOD_NOT_OFFERED,
                                     false};
constexpr LoginFailureInfo not_proven(ISCSI_EVENTLOG_TYPE log) {
  return {Failure::LoginAuthenticateFail, log, false};
}

constexpr auto kTrouble = std::to_array<LoginTroubleRow>({
    {LoginTrouble::connect_timeout, ISDSC_CONNECTION_FAILED, kNoConnection},
    {LoginTrouble::login_timeout, ISDSC_LOGIN_FAILED, kTimeout},
    {LoginTrouble::dropped, ISDSC_LOGON_FAILED, kLost},
    {LoginTrouble::link_lost, ISDSC_SEND_FAILED, kLost},
    {LoginTrouble::no_link, ISDSC_CONNECTION_FAILED, kNoConnection},
    {LoginTrouble::protocol, ISDSC_LOGIN_FAILED, kNegotiation},
    {LoginTrouble::too_many_rounds, ISDSC_LOGIN_FAILED, kNegotiation},
    {LoginTrouble::auth_not_offered, ISDSC_AUTHENTICATION_FAILURE, kNoMethod},
    {LoginTrouble::auth_not_proven, ISDSC_AUTHENTICATION_FAILURE,
     not_proven(ISCSI_ERR_INVALID_CHAP_RESPONSE)},
    {LoginTrouble::auth_reflected, ISDSC_AUTHENTICATION_FAILURE,
     not_proven(ISCSI_ERR_INVALID_CHAP_CHALLENGE)},
    {LoginTrouble::digest_failed, ISDSC_INITIATOR_ERROR,
     not_proven(ISCSI_ERR_INVALID_CHAP_ALGORITHM)},
});

constexpr std::uint8_t kInitiatorError = 2, kAuthenticationFailure = 1;

}  // namespace

std::span<const LoginStatusRow> login_status_table() { return kLoginStatus; }
std::span<const ConnectStatusRow> connect_status_table() { return kConnectStatus; }
std::span<const LoginTroubleRow> login_trouble_table() { return kTrouble; }

IsdscStatus login_status(std::uint8_t status_class, std::uint8_t status_detail) {
  const LoginStatusRow* of_class = nullptr;
  for (const auto& row : kLoginStatus) {
    if (row.status_class != status_class) continue;
    if (row.status_detail == status_detail) return row.status;
    if (of_class == nullptr) of_class = &row;
  }
  // Class 0 is success whatever the detail says.
  return of_class != nullptr ? of_class->status : ISDSC_LOGIN_FAILED;
}

IsdscStatus connect_status(ConnectResult result) {
  const auto row = std::ranges::find(kConnectStatus, result, &ConnectStatusRow::result);
  return row != kConnectStatus.end() ? row->status : ISDSC_CONNECTION_FAILED;
}

LoginFailureInfo refusal(std::uint8_t status_class, std::uint8_t status_detail, bool proof_sent) {
  LoginFailureInfo info;
  info.log = ISCSI_ERR_LOGIN_FAILED;
  info.refused = true;
  if (status_class == kInitiatorError && status_detail == kAuthenticationFailure) {
    info.type = proof_sent ? Failure::LoginAuthenticateFail : Failure::LoginAuthFail;
  }
  return info;
}

LoginFailureInfo trouble_failure(LoginTrouble trouble) {
  const auto row = std::ranges::find(kTrouble, trouble, &LoginTroubleRow::trouble);
  return row != kTrouble.end() ? row->failure : LoginFailureInfo{};
}

IsdscStatus trouble_status(LoginTrouble trouble) {
  const auto row = std::ranges::find(kTrouble, trouble, &LoginTroubleRow::trouble);
  return row != kTrouble.end() ? row->status : ISDSC_LOGIN_FAILED;
}

}  // namespace hbalab::adapter
