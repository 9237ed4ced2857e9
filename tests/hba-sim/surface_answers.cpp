// What methods answer besides their status, and what is compared less often.
#include <algorithm>
#include <array>

#include "iscsiop/iscsicfg.hpp"
#include "iscsiop/iscsiprf.hpp"
#include "tests/hba-sim/surface_driver.hpp"
#include "tests/hba-sim/surface_text.hpp"

namespace hbalab::surface {
namespace {

using lab_test::Answer;

std::string as_text(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

std::string portal_text(const iscsi::ISCSI_IP_Address& address, std::uint16_t socket) {
  return ' ' + text_of(address) + '/' + std::to_string(socket);
}

std::vector<std::string> targets_of(std::span<const std::uint8_t> out) {
  std::vector<std::string> all;
  for (const auto& target : view_of<iscsi::ReportDiscoveredTargetsView>(out).targets) {
    std::string text = text_of(target.head->TargetName);
    text += '(' + text_of(target.head->TargetAlias) + ')';
    for (const auto& group : target.groups) {
      text += " [";
      for (const auto& portal : group.portals) text += portal_text(portal.Address, portal.Socket);
      text += ']';
    }
    all.push_back(text);
  }
  return all;
}

std::vector<std::string> targets2_of(std::span<const std::uint8_t> out) {
  std::vector<std::string> all;
  for (const auto& target : view_of<iscsi::ReportDiscoveredTargets2View>(out).targets) {
    std::string text = text_of(target.head->TargetName);
    text += '(' + text_of(target.head->TargetAlias) + ')';
    for (const auto& group : target.groups) {
      text += " [" + std::to_string(group.head->Tag);
      for (const auto& portal : group.portals)
        text += portal_text(portal.head->Address, portal.head->Socket);
      text += ']';
    }
    all.push_back(text);
  }
  return all;
}

std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (const auto& one : list) out += one + "; ";
  return out;
}

std::string first_of(const std::vector<std::string>& list, std::size_t place) {
  return place < list.size() ? list[place] : std::string();
}

}  // namespace

void Driver::compare_answer(const Command& command, std::span<const std::uint8_t> out,
                            const Reply& expected) {
  const auto same_data = [&](std::span<const std::uint8_t> shown) {
    if (expected.data) same("the response", as_text(shown), *expected.data);
  };
  switch (command.kind) {
    case Kind::send_targets:
      return same_data(view_of<iscsi::SendTargetsOutView>(out).response);
    case Kind::inquiry:
    case Kind::read_capacity:
    case Kind::report_luns: {
      const auto view = view_of<iscsi::ScsiReportLunsOutView>(out);  // the three are one
      same("ScsiStatus", int{view.head->ScsiStatus},
           expected.status == iscsi::ISDSC_SCSI_REQUEST_FAILED ? 2 : 0);
      const auto& sense = view.head->SenseBuffer;
      same("the sense", sense[2] << 16 | sense[12] << 8 | sense[13], expected.sense);
      return same_data(view.response);
    }
    case Kind::report_targets:
      return same("the discovered targets", joined(targets_of(out)), joined(expected.targets));
    case Kind::report_targets2:
      return same("the discovered targets", joined(targets2_of(out)), joined(expected.targets));
    default:
      same("the size of OUT", out.size(), command.kind == Kind::save_login ? 24u : 4u);
  }
}

void Driver::compare_settings() {
  const Settings& now = model_.settings;
  Answer answer;
  const auto info =
      block_of<iscsi::MSiSCSI_HBAInformation>(read(iscsi::MSiSCSI_HBAInformationGuid, answer));
  same("GenerationalGuid", int{info.GenerationalGuid[3]}, std::max(now.guid, 0));
  const auto session =
      block_of<iscsi::MSiSCSI_HBASessionConfig>(read(iscsi::MSiSCSI_HBASessionConfigGuid, answer));
  const SessionConfig config{session.InitialR2T != 0,          session.ImmediateData != 0,
                             session.MaxRecvDataSegmentLength, session.MaxBurstLength,
                             session.FirstBurstLength,         session.MaxOutstandingR2T};
  same("MSiSCSI_HBASessionConfig is as it was set", config == now.session, true);
  const auto discovering =
      block_of<iscsi::MSiSCSI_DiscoveryConfig>(read(iscsi::MSiSCSI_DiscoveryConfigGuid, answer));
  same("PerformiSNSDiscovery", discovering.PerformiSNSDiscovery != 0, now.isns_discovery);
  same("AutomaticiSNSDiscovery", discovering.AutomaticiSNSDiscovery != 0, now.automatic_isns);
  same("InitiatorName", text_of(discovering.InitiatorName),
       now.discovery_name.empty() ? now.node() : now.discovery_name);
  same("iSNSServer", text_of(discovering.iSNSServer), first_of(now.isns, 0));
  const auto radius =
      block_of<iscsi::MSiSCSI_RADIUSConfig>(read(iscsi::MSiSCSI_RADIUSConfigGuid, answer));
  same("UseRADIUSForCHAP", radius.UseRADIUSForCHAP != 0, now.use_radius);
  same("RADIUSServer", text_of(radius.RADIUSServer), first_of(now.radius, 0));
  same("BackupRADIUSServer", text_of(radius.BackupRADIUSServer), first_of(now.radius, 1));
  same("SharedSecretSizeInBytes", radius.SharedSecretSizeInBytes.value(), now.radius_secret.size());
  const auto boot =
      block_of<iscsi::MSiSCSI_BootInformation>(read(iscsi::MSiSCSI_BootInformationGuid, answer));
  same("SharedSecretLength", boot.SharedSecretLength.value(), now.chap_secret.size());
  const std::string named = now.boot < 0 ? "" : boot_config_at(now.boot).node.written;
  same("NodeName", std::string(reinterpret_cast<const char*>(boot.NodeName)),
       named.empty() ? now.node() : named);
  if (now.boot >= 0) compare_boot();
}

void Driver::compare_boot() {
  Answer answer;
  const auto shown =
      view_of<iscsi::BootConfigurationView>(read(iscsi::MSiSCSI_BootConfigurationGuid, answer));
  const BootConfig wanted = boot_config_at(model_.settings.boot);
  same("LUN", shown.head->LUN.value(), wanted.lun);
  same("DiscoverBootDevice", shown.head->DiscoverBootDevice != 0, wanted.discover);
  same("InitiatorNode", text_of(shown.head->InitiatorNode), wanted.node.written);
  same("TargetName", text_of(shown.head->TargetName), name_at(wanted.target).text);
  same("TargetPortal", text_of(shown.head->TargetPortal.Address), portal_at(wanted.portal).address);
  same("Username", as_text(shown.username), wanted.user);
  same("Password, of which the length is told", as_text(shown.password),
       std::string(wanted.secret.size(), '\0'));
}

void Driver::compare_paths() {
  Answer answer;
  const auto view =
      view_of<iscsi::QueryLbPolicyView>(read(iscsi::MSiSCSI_QueryLBPolicyGuid, answer));
  same("sessions of MSiSCSI_QueryLBPolicy", view.policies.size(), model_.sessions.size());
  auto it = model_.sessions.begin();
  for (const auto& shown : view.policies) {
    const Session& session = *it++;
    same("LoadBalancePolicy", shown.head->LoadBalancePolicy.value(),
         static_cast<std::uint32_t>(session.policy));
    same("iSCSI_PathCount", shown.paths.size(), 1 + session.branches.size());
    const auto check = [&](const iscsi::ISCSI_Path& path, std::uint64_t id, std::uint32_t weight,
                           bool primary, bool connected, int port) {
      if (id != 0) same("UniqueConnectionId of a path", path.UniqueConnectionId.value(), id);
      same("PathWeight", path.PathWeight.value(), weight);
      same("PrimaryPath", path.PrimaryPath != 0, primary);
      same("ConnectionStatus", path.ConnectionStatus.value(),
           connected                 ? 1u
           : model_.bench.link[port] ? 3u
                                     : 2u);
    };
    check(shown.paths[0], session.connection, session.weight, session.primary, session.connected,
          session.port);
    std::size_t at = 1;
    for (const auto& branch : session.branches) {
      check(shown.paths[at++], branch.id, branch.weight, branch.primary, branch.connected,
            branch.port);
    }
  }
}

// The targets have the sessions that the adapter has, with as many connections.
void Driver::compare_fabric() {
  for (int i = 0; i < kTargets; ++i) {
    const auto& target = targets()[static_cast<std::size_t>(i)];
    const auto text =
        lab->control()->read("fabric/targets/" + std::string(target.name) + "/sessions");
    if (!text) throw std::logic_error("a target without sessions");
    std::size_t sessions = 0, connections = 0;
    for (const auto& session : model_.sessions) {
      if (!session.connected || session.discovery() || session.terms.target != i) continue;
      ++sessions;
      connections += 1 + static_cast<std::size_t>(
                             std::ranges::count(session.branches, true, &Branch::connected));
    }
    std::size_t lines = 0;
    for (auto found = text->find("isid="); found != std::string::npos;
         found = text->find("isid=", found + 1)) {
      ++lines;
    }
    same("sessions that a target has", lines, sessions);
    // "cids=0,1": a comma less than there are connections.
    const auto commas = static_cast<std::size_t>(std::ranges::count(*text, ','));
    same("connections that a target has", lines + commas, connections);
  }
}

// Per session: its failures; the traffic of connections, sessions and ports has to agree.
void Driver::compare_statistics() {
  const auto all = [&]<typename Block>(const iscsi::Guid16& guid, Block) {
    std::vector<Block> out;
    const auto registrations = lab->registry()->registrations(wmi::Guid{guid});
    client->query_all(registrations.front(), 0, [&](auto answer) {
      if (!answer) throw Divergence("query all: " + answer.error().message);
      for (const auto& one : answer->all.instances) out.push_back(block_of<Block>(one.data));
    });
    return out;
  };
  const auto sessions =
      all(iscsi::MSiSCSI_SessionStatisticsGuid, iscsi::MSiSCSI_SessionStatistics{});
  const auto connections =
      all(iscsi::MSiSCSI_ConnectionStatisticsGuid, iscsi::MSiSCSI_ConnectionStatistics{});
  same("instances of MSiSCSI_SessionStatistics", sessions.size(), model_.sessions.size());
  std::uint64_t sent = 0, expected_connections = 0;
  auto it = model_.sessions.begin();
  for (const auto& shown : sessions) {
    const Session& session = *it++;
    same("USID", shown.USID.value(), session.id);
    same("DigestErrors", shown.DigestErrors.value(), session.digest);
    same("ConnectionTimeoutErrors", shown.ConnectionTimeoutErrors.value(), session.timeout);
    same("FormatErrors", shown.FormatErrors.value(), session.format);
    std::uint64_t of_connections = 0;
    for (const auto& connection : connections) {
      if (connection.USID == shown.USID) of_connections += connection.BytesSent;
    }
    if (of_connections > shown.BytesSent) throw Divergence("connections sent more than a session");
    sent += shown.BytesSent;
    if (session.connected) {
      expected_connections += 1 + static_cast<std::uint64_t>(std::ranges::count(
                                      session.branches, true, &Branch::connected));
    }
  }
  same("instances of MSiSCSI_ConnectionStatistics", connections.size(), expected_connections);
  std::uint64_t by_ports = 0;
  for (std::size_t i = 0; i < kPorts; ++i) {
    const auto block = client->query_wait(instance(iscsi::MSiSCSI_NICPerformanceGuid, i), 64);
    if (!block) throw Divergence("MSiSCSI_NICPerformance cannot be read");
    by_ports += block_of<iscsi::MSiSCSI_NICPerformance>(block->data).BytesTransmitted;
  }
  if (sent > by_ports) throw Divergence("sessions sent more than the ports");
}

}  // namespace hbalab::surface
