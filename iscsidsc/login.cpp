#include "iscsidsc/login.hpp"

#include <algorithm>
#include <array>

#include "hba-sim/wmi_types.hpp"
#include "iscsidsc/ike_keys.hpp"
#include "iscsiop/builders.hpp"
#include "iscsiop/enums.hpp"

namespace hbalab::dsc {
namespace {

using Operation = iscsi::MSiSCSI_OperationsMethod;

constexpr ULONG kPingMilliseconds = 250;
constexpr std::size_t kMostBlindTries = 4;
// With ISCSI_LOGIN_FLAG_MULTIPATH_ENABLED each session of a target has an ISID of its own.
constexpr std::uint16_t kMostPaths = 32;

constexpr std::array<ISDSC_STATUS, 8> kUnreachable{
    ISDSC_LOGIN_FAILED,
    ISDSC_CONNECTION_FAILED,
    ISDSC_LOGON_FAILED,
    ISDSC_SEND_FAILED,
    ISDSC_TRANSPORT_ERROR,
    ISDSC_DNS_NAME_UNRESOLVED,
    ISDSC_NO_CONNECTION_AVAILABLE,
    ISDSC_NO_PORTAL_SPECIFIED,
};

Outcome<SecretBytes> build(const LoginRequest& request, std::uint16_t isid,
                           const SecretBytes& key) {
  const std::size_t luns = request.mapping ? request.mapping->luns.size() : 0;
  SecretBytes block(iscsi::login_to_target_in_size(
      luns, key.size(), request.options.username.size(), request.options.password.size()));
  iscsi::BlockWriter writer(block);
  auto in = iscsi::append_login_to_target_in(writer, {.luns = static_cast<std::uint32_t>(luns),
                                                      .key = key,
                                                      .username = request.options.username,
                                                      .password = request.options.password});
  if (!in) return std::unexpected(ERROR_INVALID_PARAMETER);
  auto& head = *in->head;
  head.PortNumber = request.port;
  to_wmi(request.options, head.LoginOptions);
  head.SessionType = request.session_type;
  head.SecurityFlags = request.security_flags;
  put_portal(request.portal, head.TargetPortal);
  head.UniqueIdForISID = isid;
  head.PersistentLogin = request.persistent ? 1 : 0;
  put_text(head.TargetName, request.target);
  if (request.mapping) {
    in->mapping.head->OSBus = request.mapping->bus;
    in->mapping.head->OSTarget = request.mapping->number;
    put_text(in->mapping.head->TargetName, request.target);
    for (std::size_t i = 0; i < luns; ++i) {
      in->mapping.luns[i].OSLUN = request.mapping->luns[i].os_lun;
      in->mapping.luns[i].TargetLUN = request.mapping->luns[i].target_lun;
    }
  }
  return block;
}

ISDSC_STATUS log_in_once(Initiators& initiators, const std::string& initiator,
                         const LoginRequest& request, std::uint16_t isid, LoginIds& ids) {
  const auto in = build(request, isid,
                        key_of_login(request.key, initiator, request.port, request.security_flags));
  if (!in) return in.error();
  Block block;
  const auto status = initiators.operation(initiator, Operation::LoginToTarget, *in, &block);
  if (status != ISDSC_SUCCESS) return status;
  const auto out = iscsi::read_block<iscsi::LoginToTarget_OUT>(block, "LoginToTarget_OUT",
                                                               iscsi::LoginToTarget_OUT_SIZE);
  if (!out) return ISDSC_NON_SPECIFIC_ERROR;
  ids = {out->UniqueSessionId, out->UniqueConnectionId};
  return ISDSC_SUCCESS;
}

// Answers to a ping; nullopt: the adapter cannot say.
std::optional<ULONG> ping(Initiators& initiators, const std::string& initiator,
                          const TargetPortal& portal) {
  Request<iscsi::PingIPAddress_IN> in;
  in->RequestCount = 1;
  in->RequestSize = 32;
  in->Timeout = kPingMilliseconds;
  to_wmi(portal.ip(), in->Address);
  Block block;
  const auto status =
      initiators.call(iscsi::MSiSCSI_ManagementOperationsGuid, initiator,
                      iscsi::MSiSCSI_ManagementOperationsMethod::PingIPAddress, in.block, &block);
  if (status == ISDSC_REQUEST_NOT_SUPPORTED || status == ISDSC_INITIATOR_NOT_FOUND) {
    return std::nullopt;
  }
  const auto out = iscsi::read_block<iscsi::PingIPAddress_OUT>(block, "PingIPAddress_OUT",
                                                               iscsi::PingIPAddress_OUT_SIZE);
  return status == ISDSC_SUCCESS && out ? out->ResponsesReceived.value() : 0;
}

}  // namespace

void put_portal(const TargetPortal& portal, iscsi::ISCSI_TargetPortal& out) {
  to_wmi(portal.ip(), out.Address);
  out.Socket = portal.socket;
}

bool unreachable(ISDSC_STATUS status) {
  return std::ranges::find(kUnreachable, status) != kUnreachable.end();
}

ISDSC_STATUS log_in(Initiators& initiators, const std::string& initiator,
                    const LoginRequest& request, LoginIds& ids) {
  const bool multipath = (request.options.login_flags & ISCSI_LOGIN_FLAG_MULTIPATH_ENABLED) != 0 &&
                         !request.target.empty();
  const std::uint16_t paths = multipath ? kMostPaths : 1;
  ISDSC_STATUS status = ISDSC_SUCCESS;
  for (std::uint16_t isid = 0; isid < paths; ++isid) {
    status = log_in_once(initiators, initiator, request, isid, ids);
    if (status != ISDSC_SESSION_ALREADY_EXISTS && status != ISDSC_TARGET_ALREADY_LOGGED_IN) break;
  }
  return status;
}

ISDSC_STATUS log_out(Initiators& initiators, const std::string& initiator, ULONGLONG session) {
  Request<iscsi::LogoutFromTarget_IN> in;
  in->UniqueSessionId = session;
  return initiators.operation(initiator, Operation::LogoutFromTarget, in.block);
}

std::vector<std::string> by_reach(Initiators& initiators, std::vector<std::string> candidates,
                                  const TargetPortal& portal) {
  if (candidates.size() < 2 || portal.empty()) return candidates;
  std::vector<std::string> reached, unknown;
  for (const std::string& initiator : candidates) {
    const auto answers = ping(initiators, initiator, portal);
    if (!answers) {
      unknown.push_back(initiator);
    } else if (*answers > 0) {
      reached.push_back(initiator);
    }
  }
  reached.insert(reached.end(), unknown.begin(), unknown.end());
  if (!reached.empty()) return reached;
  // Who does not answer a ping may still answer a login, but each try may take its whole time.
  if (candidates.size() > kMostBlindTries) candidates.resize(kMostBlindTries);
  return candidates;
}

}  // namespace hbalab::dsc
