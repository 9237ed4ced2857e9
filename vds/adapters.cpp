#include "vds/adapters.hpp"

#include <algorithm>

#include "hba-sim/wmi_types.hpp"
#include "iscsidsc/ike_keys.hpp"
#include "iscsidsc/targets.hpp"
#include "iscsiop/builders.hpp"
#include "iscsiop/enums.hpp"

namespace hbalab::vds {
namespace {

using dsc::Request;
using Operation = iscsi::MSiSCSI_OperationsMethod;

constexpr std::uint32_t kDataSession = 2;
constexpr std::uint64_t kIpsec =
    iscsi::ISCSI_SECURITY_FLAG_VALID | iscsi::ISCSI_SECURITY_FLAG_IKE_IPSEC_ENABLED;

void keep_first(ISDSC_STATUS& failure, ISDSC_STATUS status) {
  if (failure == ISDSC_SUCCESS) failure = status;
}

IscsiName name_of(std::span<const iscsi::Le16> member) {
  return IscsiName(dsc::member_text(member));
}

// Asks `body` about the view of a block; what an adapter does not have, it knows nothing in.
template <typename View, typename Body>
ISDSC_STATUS with_view(dsc::Initiators& initiators, const iscsi::Guid16& guid,
                       const std::string& initiator, Body body) {
  const auto block = initiators.query_if_there(guid, initiator);
  if (!block) return block.error();
  if (!*block) return ISDSC_SUCCESS;
  const auto view = dsc::view_of<View>(**block);
  if (!view) return view.error();
  body(*view);
  return ISDSC_SUCCESS;
}

Portal portal_of(const dsc::TargetPortal& portal) { return {portal.ip(), 0, portal.socket}; }

// Hidden static targets are nobody's business until they are discovered.
ISDSC_STATUS visit_lists(const std::function<void(const IscsiName&, const Portal&)>& visitor) {
  if (!dsc::state_stamp()) return ISDSC_SUCCESS;  // nobody has made any
  std::vector<dsc::TargetInstance> discovered;
  std::vector<dsc::StaticTarget> configured;
  const auto read = dsc::read_state([&](dsc::State& state) {
    discovered = state.discovered();
    configured = state.static_targets();
    return ISDSC_SUCCESS;
  });
  for (const auto& target : discovered) {
    const IscsiName name(target.name);
    visitor(name, {});
    for (const auto& at : target.portals) visitor(name, portal_of(at.portal));
  }
  for (const auto& target : configured) {
    if ((target.flags & ISCSI_TARGET_FLAG_HIDE_STATIC_TARGET) != 0) continue;
    const IscsiName name(target.name);
    visitor(name, {});
    for (const auto& portal : target.portals) visitor(name, portal_of(portal));
  }
  return read;
}

std::uint32_t digest(bool wanted) {
  return wanted ? iscsi::ISCSI_DIGEST_TYPE_CRC32C : iscsi::ISCSI_DIGEST_TYPE_NONE;
}

}  // namespace

std::vector<Portal> listed_portals(const IscsiName& target, const std::string& initiator) {
  std::vector<Portal> portals;
  if (!dsc::state_stamp()) return portals;
  const auto known = dsc::find_target(target.as_written());
  if (!known) return portals;
  for (const auto& portal : dsc::portals_through(*known, initiator)) {
    portals.push_back(portal_of(portal));
  }
  return portals;
}

ISDSC_STATUS Adapters::check_present(const std::string& initiator) {
  const auto names = all();
  if (!names) return names.error();
  return std::ranges::find(*names, initiator) != names->end() ? ISDSC_SUCCESS
                                                              : ISDSC_INITIATOR_NOT_FOUND;
}

Outcome<std::vector<InitiatorPort>> Adapters::ports(const std::string& initiator) {
  const auto block = initiators_.query(iscsi::MSiSCSI_PortalInfoClassGuid, initiator);
  if (!block) return std::unexpected(block.error());
  const auto view = dsc::view_of<iscsi::PortalInfoClassView>(*block);
  if (!view) return std::unexpected(view.error());
  std::vector<InitiatorPort> ports;
  for (const auto& portal : view->portals) {
    if (portal.PortalType != static_cast<std::uint8_t>(iscsi::ISCSI_PORTAL_TYPE::InitiatorPortals))
      continue;
    InitiatorPort port;
    port.index = portal.Index;
    port.tcp_port = portal.Port;
    auto address = from_wmi(portal.IPAddr);
    port.complete = address.has_value();
    if (address) port.address = *std::move(address);
    ports.push_back(std::move(port));
  }
  return ports;
}

ISDSC_STATUS Adapters::survey_sessions(const std::string& initiator, const VDS_OBJECT_ID& target,
                                       Survey& found) {
  return with_view<iscsi::InitiatorSessionInfoView>(
      initiators_, iscsi::MSiSCSI_InitiatorSessionInfoGuid, initiator, [&](const auto& view) {
        for (const auto& session : view.sessions) {
          if (target_id(name_of(session.head->TargetiSCSIName)) == target)
            found.sessions.push_back({initiator, session.head->UniqueSessionId});
        }
      });
}

ISDSC_STATUS Adapters::survey_stored(const std::string& initiator, const VDS_OBJECT_ID& target,
                                     Survey& found) {
  return with_view<iscsi::PersistentLoginsView>(
      initiators_, iscsi::MSiSCSI_PersistentLoginsGuid, initiator, [&](const auto& view) {
        for (const auto& login : view.logins) {
          const IscsiName name = name_of(login.head->TargetName);
          if (target_id(name) != target) continue;
          found.stored.push_back({initiator, name.as_written()});
          return;
        }
      });
}

Survey Adapters::survey(const VDS_OBJECT_ID& target) {
  Survey found;
  const auto names = all();
  if (!names) {
    found.failure = names.error();
    return found;
  }
  for (const std::string& initiator : *names) {
    keep_first(found.failure, survey_sessions(initiator, target, found));
    keep_first(found.failure, survey_stored(initiator, target, found));
  }
  return found;
}

ISDSC_STATUS Adapters::log_out(const Session& session) {
  Request<iscsi::LogoutFromTarget_IN> in;
  in->UniqueSessionId = session.id;
  return initiators_.operation(session.initiator, Operation::LogoutFromTarget, in.block);
}

ISDSC_STATUS Adapters::remove(const Stored& logins) {
  Request<iscsi::RemovePersistentLogin_IN> in;
  in->PortNumber = PortNumber::kAnyOrAll;
  put_text(in->TargetName, logins.target);
  to_wmi(IpAddress{}, in->TargetPortal.Address);
  return initiators_.operation(logins.initiator, Operation::RemovePersistentLogin, in.block);
}

ISDSC_STATUS Adapters::log_in(const std::string& initiator, const LoginRequest& request,
                              bool persistent) {
  // The flag asks the initiator service for it, the security flags ask the adapter.
  const std::uint64_t security = (request.login_flags & VDS_ILF_REQUIRE_IPSEC) != 0 ? kIpsec : 0;
  const auto key = dsc::key_of_login({}, initiator, request.port, security);
  dsc::SecretBytes block(iscsi::login_to_target_in_size(0, key.size(), 0, request.secret.size()));
  iscsi::BlockWriter writer(block);
  auto out = iscsi::append_login_to_target_in(writer, {.key = key, .password = request.secret});
  if (!out) return ISDSC_NON_SPECIFIC_ERROR;
  auto& in = *out->head;
  in.PortNumber = request.port;
  in.LoginOptions.InformationSpecified = iscsi::ISCSI_LOGIN_OPTIONS_HEADER_DIGEST |
                                         iscsi::ISCSI_LOGIN_OPTIONS_DATA_DIGEST |
                                         iscsi::ISCSI_LOGIN_OPTIONS_AUTH_TYPE;
  in.LoginOptions.HeaderDigest = digest(request.header_digest);
  in.LoginOptions.DataDigest = digest(request.data_digest);
  in.LoginOptions.AuthType = request.auth_type;
  in.LoginOptions.LoginFlags = request.login_flags;
  in.SecurityFlags = security;
  in.SessionType = kDataSession;
  in.PersistentLogin = persistent ? 1 : 0;
  put_text(in.TargetName, request.target.as_written());
  to_wmi(request.portal.address, in.TargetPortal.Address);
  in.TargetPortal.Socket = request.portal.socket;
  return initiators_.operation(initiator, Operation::LoginToTarget, block);
}

ISDSC_STATUS Adapters::visit_sessions(const std::string& initiator, const Visitor& visitor) {
  return with_view<iscsi::InitiatorSessionInfoView>(
      initiators_, iscsi::MSiSCSI_InitiatorSessionInfoGuid, initiator, [&](const auto& view) {
        for (const auto& session : view.sessions) {
          const IscsiName target = name_of(session.head->TargetiSCSIName);
          visitor(target, {});
          for (const auto& connection : session.connections) {
            auto address = from_wmi(connection.RemoteAddr);
            const auto socket = static_cast<std::uint16_t>(connection.RemotePort);
            if (address) visitor(target, {*std::move(address), 0, socket});
          }
        }
      });
}

ISDSC_STATUS Adapters::visit_stored(const std::string& initiator, const Visitor& visitor) {
  return with_view<iscsi::PersistentLoginsView>(
      initiators_, iscsi::MSiSCSI_PersistentLoginsGuid, initiator, [&](const auto& view) {
        for (const auto& login : view.logins) {
          visitor(name_of(login.head->TargetName),
                  from_wmi(login.head->TargetPortal).value_or(Portal{}));
        }
      });
}

ISDSC_STATUS Adapters::visit_discovered(const std::string& initiator, const Visitor& visitor) {
  using Method = iscsi::MSiSCSI_DiscoveryOperationsMethod;
  dsc::Block block;
  const auto status = initiators_.call(iscsi::MSiSCSI_DiscoveryOperationsGuid, initiator,
                                       Method::ReportDiscoveredTargets, {}, &block);
  // An adapter without discovery of its own has discovered nothing.
  if (status == ISDSC_REQUEST_NOT_SUPPORTED || status == ISDSC_INITIATOR_NOT_FOUND)
    return ISDSC_SUCCESS;
  if (status != ISDSC_SUCCESS) return status;
  const auto view = dsc::view_of<iscsi::ReportDiscoveredTargetsView>(block);
  if (!view) return view.error();
  for (const auto& target : view->targets) {
    const IscsiName name = name_of(target.head->TargetName);
    visitor(name, {});
    for (const auto& group : target.groups) {
      for (const auto& portal : group.portals) {
        auto address = from_wmi(portal.Address);
        if (address) visitor(name, {*std::move(address), 0, portal.Socket});
      }
    }
  }
  return ISDSC_SUCCESS;
}

ISDSC_STATUS Adapters::visit(const Visitor& visitor) {
  const auto names = all();
  if (!names) return names.error();
  ISDSC_STATUS failure = visit_lists(visitor);
  for (const std::string& initiator : *names) {
    keep_first(failure, visit_sessions(initiator, visitor));
    keep_first(failure, visit_stored(initiator, visitor));
    keep_first(failure, visit_discovered(initiator, visitor));
  }
  return failure;
}

Outcome<std::optional<IscsiName>> Adapters::find_target(const VDS_OBJECT_ID& id) {
  auto found = remembered_target(id);
  if (found) return found;
  const auto status = visit([&](const IscsiName& name, const Portal&) {
    if (!found && target_id(name) == id) found = name;
  });
  // One that does not answer may be the one that knows it.
  if (!found && status != ISDSC_SUCCESS) return std::unexpected(status);
  return found;
}

Outcome<std::optional<Portal>> Adapters::find_portal(const VDS_OBJECT_ID& id) {
  auto found = remembered_portal(id);
  if (found) return found;
  const auto status = visit([&](const IscsiName&, const Portal& portal) {
    if (!found && !portal.empty() && target_portal_id(portal) == id) found = portal;
  });
  if (!found && status != ISDSC_SUCCESS) return std::unexpected(status);
  return found;
}

}  // namespace hbalab::vds
