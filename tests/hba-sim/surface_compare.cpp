// What the adapter shows, block by block, against the model.
#include <algorithm>

#include "iscsiop/iscsiprf.hpp"
#include "tests/hba-sim/surface_driver.hpp"
#include "tests/hba-sim/surface_text.hpp"

namespace hbalab::surface {
namespace {

using lab_test::Answer;

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string describe(const iscsi::TargetMappingView& view) {
  std::string text = text_of(view.head->TargetName) + " at " + number(view.head->OSBus) + ':' +
                     number(view.head->OSTarget);
  for (const auto& lun : view.luns) text += ' ' + number(lun.TargetLUN) + '=' + number(lun.OSLUN);
  return text;
}

std::string describe(const Mapping& mapping) {
  std::string text =
      std::string(mapping.name) + " at " + number(mapping.bus) + ':' + number(mapping.target);
  for (const auto& lun : mapping.luns)
    text += ' ' + number(lun.target_lun) + '=' + number(lun.os_lun);
  return text;
}

}  // namespace

std::span<const std::uint8_t> Driver::read(const iscsi::Guid16& guid, Answer& answer) {
  answer = client->query_wait(instance(guid), 4096);
  if (!answer) throw Divergence("a block cannot be read: " + answer.error().message);
  return answer->data;
}

void Driver::compare() {
  compare_sessions();
  compare_logins();
  compare_mappings();
  compare_counters();
  compare_settings();
  compare_paths();
  compare_fabric();
  compare_statistics();
}

void Driver::compare_sessions() {
  Answer answer;
  const auto view = view_of<iscsi::InitiatorSessionInfoView>(
      read(iscsi::MSiSCSI_InitiatorSessionInfoGuid, answer));
  same("SessionCount", view.head->SessionCount.value(), model_.sessions.size());
  auto it = model_.sessions.begin();
  std::uint64_t last = 0;
  for (const auto& shown : view.sessions) {
    Session& session = *it++;
    const auto& info = *shown.head;
    const std::uint64_t id = info.UniqueSessionId;
    if (id <= last) throw Divergence("sessions are not in the order of their ids");
    last = id;
    if (session.id == 0) {
      if (!seen_.insert(id).second) throw Divergence("a session id was used again");
      session.id = id;
    }
    same("UniqueSessionId", id, session.id);
    same("TargetiSCSIName", text_of(info.TargetiSCSIName), name_at(session.terms.name).canonical);
    same("InitiatoriSCSIName", text_of(info.InitiatoriSCSIName), session.terms.initiator);
    same("Type", int{info.Type}, session.terms.type);
    same("ErrorRecoveryLevel", int{info.ErrorRecoveryLevel}, 0);
    compare_connections(session, shown);
    if (session.discovery()) continue;
    const SessionConfig& config = session.terms.config;
    same("ISID qualifier", int{info.ISID[4]} << 8 | info.ISID[5], session.terms.isid);
    same("InitialR2t", info.InitialR2t != 0, config.initial_r2t);
    same("ImmediateData", info.ImmediateData != 0, config.immediate_data);
    const auto burst = std::min(config.max_burst, 1048576u);
    same("MaxBurstLength", info.MaxBurstLength.value(), burst);
    same("FirstBurstLength", info.FirstBurstLength.value(),
         std::min({config.first_burst, 262144u, burst}));
    same("MaxOutstandingR2t", info.MaxOutstandingR2t.value(), std::min(config.max_r2t, 16u));
    same("MaxConnections", info.MaxConnections.value(), max_connections(session.terms));
  }
}

void Driver::compare_connections(Session& session, const iscsi::SessionStaticInfoView& shown) {
  const auto there = std::ranges::count(session.branches, true, &Branch::connected);
  same("ConnectionCount", shown.connections.size(),
       session.connected ? 1u + static_cast<std::size_t>(there) : 0u);
  if (!session.connected) return;
  const auto learn = [&](std::uint64_t& known, std::uint64_t id) {
    if (known == 0 && !seen_.insert(id).second) throw Divergence("a connection id was used again");
    if (known == 0) known = id;
  };
  const auto check = [&](const iscsi::ISCSI_ConnectionStaticInfo& info, const Terms& terms, int cid,
                         int port, int where, std::uint32_t auth) {
    same("CID", info.CID.value(), cid);
    same("State", int{info.State}, 1);
    const Options& options = options_at(terms.options);
    same("HeaderIntegrity", info.HeaderIntegrity != 0, options.header_digest == 1);
    same("DataIntegrity", info.DataIntegrity != 0, options.data_digest == 1);
    same("AuthType", info.AuthType.value(), auth);
    same("MaxRecvDataSegmentLength", info.MaxRecvDataSegmentLength.value(), terms.config.max_recv);
    same("LocalAddr", text_of(info.LocalAddr), port_address(static_cast<std::size_t>(port)));
    const PortalChoice& portal = portal_at(where);
    same("RemoteAddr", text_of(info.RemoteAddr), portal.address);
    same("RemotePort", info.RemotePort.value(), portal.socket);
  };
  const auto& leading = shown.connections[0];
  learn(session.connection, leading.UniqueConnectionId);
  same("UniqueConnectionId", leading.UniqueConnectionId.value(), session.connection);
  check(leading, session.terms, 0, session.port, session.portal, session.auth);
  std::size_t at = 1;
  for (const auto& branch : session.branches) {
    if (!branch.connected) continue;
    const auto& info = shown.connections[at++];
    same("UniqueConnectionId", info.UniqueConnectionId.value(), branch.id);
    check(info, branch.terms, branch.cid, branch.port, branch.portal, branch.auth);
  }
}

void Driver::compare_logins() {
  Answer answer;
  const auto view =
      view_of<iscsi::PersistentLoginsView>(read(iscsi::MSiSCSI_PersistentLoginsGuid, answer));
  same("PersistentLoginCount", view.head->PersistentLoginCount.value(), model_.records.size());
  auto it = model_.records.begin();
  for (const auto& shown : view.logins) {
    const Command& given = (it++)->given;
    const auto& info = *shown.head;
    const PortalChoice& portal = portal_at(given.portal);
    const Auth& auth = auth_at(given.auth);
    same("TargetName", text_of(info.TargetName), name_at(given.target).text);
    same("InitiatorPortNumber", info.InitiatorPortNumber.value(), port_number(given.port));
    same("IsInformationalSession", info.IsInformationalSession != 0, given.type == 1);
    same("SecurityFlags", info.SecurityFlags.value(), security_flags(given));
    same("UniqueIdForISID", int{info.UniqueIdForISID}, isid_of(given, true));
    same("TargetPortal", text_of(info.TargetPortal.Address), portal.address);
    same("Socket", info.TargetPortal.Socket.value(), portal.socket);
    same("AuthType", info.LoginOptions.AuthType.value(), auth.type);
    same("HeaderDigest", info.LoginOptions.HeaderDigest.value(),
         options_at(given.options).header_digest);
    same("Username", std::string(shown.username.begin(), shown.username.end()), auth.user);
    same("TargetMapping", describe(shown.mapping), describe(mapping_at(given.mapping)));
  }
}

void Driver::compare_mappings() {
  Answer answer;
  const auto view =
      view_of<iscsi::TargetMappingsView>(read(iscsi::MSiSCSI_TargetMappingsGuid, answer));
  auto shown = view.mappings.begin();
  std::size_t count = 0;
  for (const auto& session : model_.sessions) {
    if (!session.mapped) continue;
    ++count;
    if (shown == view.mappings.end()) break;
    Mapping expected{
        session.place->bus, session.place->target, name_at(session.terms.name).canonical, {}};
    for (const auto unit : session.luns) expected.luns.push_back({unit, session.assigned.at(unit)});
    std::ranges::sort(expected.luns, {}, &Mapping::Lun::os_lun);
    same("a mapping", describe(*shown), describe(expected));
    same("its session", shown->head->UniqueSessionId.value(), session.id);
    same("FromPersistentLogin", shown->head->FromPersistentLogin != 0,
         session.terms.from_persistent);
    ++shown;
  }
  same("TargetMappingCount", view.head->TargetMappingCount.value(), count);
}

void Driver::compare_counters() {
  Answer answer;
  const Counters& expected = model_.counters;
  const auto counted = block_of<iscsi::MSiSCSI_InitiatorLoginStatistics>(
      read(iscsi::MSiSCSI_InitiatorLoginStatisticsGuid, answer));
  same("LoginAcceptRsps", counted.LoginAcceptRsps.value(), expected.accepted);
  same("LoginOtherFailRsps", counted.LoginOtherFailRsps.value(), expected.refused);
  same("LoginRedirectRsps", counted.LoginRedirectRsps.value(), expected.redirected);
  same("LoginAuthFailRsps", counted.LoginAuthFailRsps.value(), expected.no_method);
  same("LoginAuthenticateFails", counted.LoginAuthenticateFails.value(),
       expected.not_authenticated);
  same("LoginNegotiateFails", counted.LoginNegotiateFails.value(), 0u);
  same("LogoutNormals", counted.LogoutNormals.value(), expected.logouts);
  same("LogoutOtherCodes", counted.LogoutOtherCodes.value(), 0u);
  same("LoginFailures", counted.LoginFailures.value(), expected.failed);
  const auto lost = block_of<iscsi::MSiSCSI_InitiatorInstanceStatistics>(
      read(iscsi::MSiSCSI_InitiatorInstanceStatisticsGuid, answer));
  same("SessionDigestErrorCount", lost.SessionDigestErrorCount.value(), expected.digest);
  same("SessionConnectionTimeoutErrorCount", lost.SessionConnectionTimeoutErrorCount.value(),
       expected.timeout);
  same("SessionFormatErrorCount", lost.SessionFormatErrorCount.value(), expected.format);
  same("SessionFailureCount", lost.SessionFailureCount.value(), expected.sessions_failed);
}

}  // namespace hbalab::surface
