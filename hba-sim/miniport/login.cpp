// LoginToTarget: reads the IN block, checks it in a fixed order before anything moves, then logs in
// or saves. The order: session type, user name, authentication type, secret, address type, port,
// name, mapping. The HBA checks what only it knows (links, limits, existing mappings).
#include <utility>

#include "hba-sim/miniport/convert.hpp"
#include "hba-sim/miniport/operations.hpp"
#include "iscsiop/enums.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/views.hpp"

namespace hbalab::miniport {
namespace {

using iscsi::IsdscStatus;

constexpr std::uint32_t kMostLuns = 256;

Bytes copy(iscsi::ByteView bytes) { return {bytes.begin(), bytes.end()}; }

ViewResult<adapter::TargetMapping> mapping_of(const iscsi::TargetMappingView& view) {
  auto name = iscsi::read_fixed_string(view.head->TargetName, "ISCSI_TargetMapping.TargetName");
  if (!name) return std::unexpected(name.error());
  adapter::TargetMapping mapping;
  mapping.os_bus = view.head->OSBus;
  mapping.os_target = view.head->OSTarget;
  mapping.unique_session_id = view.head->UniqueSessionId;
  mapping.target_name = *std::move(name);
  mapping.from_persistent_login = view.head->FromPersistentLogin != 0;
  mapping.reserved = view.head->Reserved;
  for (const auto& lun : view.luns)
    mapping.luns.push_back({lun.TargetLUN, lun.OSLUN, lun.Reserved});
  return mapping;
}

ViewResult<adapter::PersistentLogin> login_of(const iscsi::LoginToTargetView& view) {
  const auto& in = *view.head;
  auto target = iscsi::read_fixed_string(in.TargetName, "LoginToTarget_IN.TargetName");
  if (!target) return std::unexpected(target.error());
  auto node = iscsi::read_fixed_string(in.InitiatorNode, "LoginToTarget_IN.InitiatorNode");
  if (!node) return std::unexpected(node.error());
  auto alias = iscsi::read_fixed_string(in.InitiatorAlias, "LoginToTarget_IN.InitiatorAlias");
  if (!alias) return std::unexpected(alias.error());
  auto portal = from_wmi(in.TargetPortal);
  if (!portal) return std::unexpected(portal.error());
  auto mapping = mapping_of(view.mapping);
  if (!mapping) return std::unexpected(mapping.error());
  adapter::PersistentLogin login;
  login.target = IscsiName(*std::move(target));
  login.security_flags = in.SecurityFlags;
  login.port.value = in.PortNumber;
  login.informational = in.SessionType == iscsi::ISCSI_LOGINTARGET_INFORMATIONAL;
  login.unique_id_for_isid = in.UniqueIdForISID;
  login.portal = *std::move(portal);
  login.options = from_wmi(in.LoginOptions);
  login.mapping = *std::move(mapping);
  login.username = copy(view.username);
  login.password = copy(view.password);
  login.key = copy(view.key);
  login.initiator_node = *std::move(node);
  login.initiator_alias = *std::move(alias);
  return login;
}

IsdscStatus check(const adapter::PersistentLogin& login, std::uint32_t session_type,
                  bool persistent, std::size_t ports) {
  if (session_type > iscsi::ISCSI_LOGINTARGET_DATA) return iscsi::ISDSC_SESSION_TYPE_NOT_SUPPORTED;
  const bool discovery = session_type == iscsi::ISCSI_LOGINTARGET_DISCOVERY;
  if (persistent && discovery) return iscsi::ISDSC_SESSION_TYPE_NOT_SUPPORTED;
  if (const IsdscStatus status = check_credentials(login); status != iscsi::ISDSC_SUCCESS)
    return status;
  if (login.portal.address.type > IpAddress::Type::empty)
    return iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED;
  if (!login.port.is_any_or_all() && login.port.value >= ports)
    return iscsi::ISDSC_INVALID_PORT_NUMBER;
  // A discovery session is with a portal and may leave the target out (RFC 7143 4.3).
  if (!(discovery && login.target.empty()) && !login.target.well_formed())
    return iscsi::ISDSC_INVALID_ISCSI_NAME;
  if (login.mapping.luns.size() > kMostLuns) return iscsi::ISDSC_INVALID_TARGET_MAPPING;
  return iscsi::ISDSC_SUCCESS;
}

IsdscStatus status_of_save(adapter::StoreResult result) {
  switch (result) {
    case adapter::StoreResult::ok:
      return iscsi::ISDSC_SUCCESS;
    case adapter::StoreResult::full:
      return iscsi::ISDSC_OUT_OF_RESOURCES;
    default:
      return iscsi::ISDSC_COULD_NOT_SAVE_PERSISTENT_LOGIN_DATA;
  }
}

void answer_login(Request& request, std::uint8_t* out, const adapter::LoginOutcome& outcome) {
  auto answered = zeroed<iscsi::LoginToTarget_OUT>();
  answered.Status = outcome.status;
  answered.UniqueSessionId = outcome.session.value;
  answered.UniqueConnectionId = outcome.connection.value;
  answer(request, out, answered, iscsi::LoginToTarget_OUT_SIZE);
}

}  // namespace

IsdscStatus check_credentials(const adapter::PersistentLogin& login) {
  if (login.username.size() > adapter::kLongestUserName) return iscsi::ISDSC_LOGIN_USER_INFO_BAD;
  const auto type = login.options.named_auth_type();
  if (type == iscsi::ISCSI_NO_AUTH_TYPE) return iscsi::ISDSC_SUCCESS;
  if (type > iscsi::ISCSI_MUTUAL_CHAP_AUTH_TYPE) return iscsi::ISDSC_INVALID_LOGON_AUTH_TYPE;
  if (login.password.size() < adapter::kShortestChapSecret ||
      login.password.size() > adapter::kLongestChapSecret) {
    return iscsi::ISDSC_INVALID_TARGET_CHAP_SECRET;
  }
  return iscsi::ISDSC_SUCCESS;
}

BOOLEAN login_to_target(const MethodCall& call) {
  const auto view = iscsi::view<iscsi::LoginToTargetView>(call.in());
  if (!view) return refuse(call);
  auto login = login_of(*view);
  if (!login) return refuse(call);
  if (!out_fits(call, iscsi::LoginToTarget_OUT_SIZE)) return FALSE;
  const bool persistent = view->head->PersistentLogin != 0;
  const std::uint32_t session_type = view->head->SessionType;
  Request& request = call.request;
  std::uint8_t* out = call.buffer.data();
  const IsdscStatus status =
      check(*login, session_type, persistent, call.hba().config().ports.size());
  if (status != iscsi::ISDSC_SUCCESS) {
    answer_login(request, out, {status, {}, {}});
    return FALSE;
  }
  if (persistent) {
    // Saved only: the next start or reset of the adapter logs in.
    call.hba().logins().save(*std::move(login),
                             while_alive(request, [&request, out](adapter::StoreResult result) {
                               answer_login(request, out, {status_of_save(result), {}, {}});
                             }));
    return pend_for_nvram(request);
  }
  adapter::LoginCommand command;
  command.login = *std::move(login);
  command.session_type = session_type;
  return pend(request, call.hba().login(std::move(command),
                                        [&request, out](const adapter::LoginOutcome& outcome) {
                                          answer_login(request, out, outcome);
                                        }));
}

}  // namespace hbalab::miniport
