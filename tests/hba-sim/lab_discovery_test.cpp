// MSiSCSI_DiscoveryOperations through the WMI request path.
#include "iscsiop/iscsifnd.hpp"
#include "iscsiop/views.hpp"
#include "lab_support.hpp"

namespace hbalab::lab_test {
namespace {

using Discovery = iscsi::MSiSCSI_DiscoveryOperationsMethod;

const std::string kTarget = "fabric/targets/" + std::string(kDisk);

std::string text_of(std::span<const iscsi::Le16> field) {
  const auto text = iscsi::read_fixed_string(field, "text");
  REQUIRE(text.has_value());
  return {text->begin(), text->end()};
}
std::string portal_of(const iscsi::ISCSI_IP_Address& address, std::uint16_t socket) {
  Portal portal;
  portal.address = miniport::from_wmi(address).value();
  portal.socket = socket;
  return portal.canonical();
}

struct DiscoveryLab : LabFixture {
  Answer report(Discovery method, std::size_t out = 1 << 20, const Bytes& in = {}) {
    return client->call_wait(instance(iscsi::MSiSCSI_DiscoveryOperationsGuid),
                             static_cast<std::uint32_t>(method), in, out);
  }
  // "name=alias [tag portal(symbolic name) ...] ..." for each target.
  std::vector<std::string> targets() {
    std::vector<std::string> out;
    const auto answer = report(Discovery::ReportDiscoveredTargets);
    CHECK(status_of(answer) == iscsi::ISDSC_SUCCESS);
    const Bytes block(answer->data.begin(), answer->data.end());
    const auto view = iscsi::view<iscsi::ReportDiscoveredTargetsView>(block);
    REQUIRE(view.has_value());
    for (const auto& target : view->targets) {
      std::string line = text_of(target.head->TargetName) + '=' + text_of(target.head->TargetAlias);
      for (const auto& group : target.groups) {
        line += " [";
        for (const auto& portal : group.portals) {
          line += ' ' + portal_of(portal.Address, portal.Socket);
          if (portal.SymbolicName[0] != 0) line += '(' + text_of(portal.SymbolicName) + ')';
        }
        line += " ]";
      }
      out.push_back(std::move(line));
    }
    return out;
  }
  std::vector<std::string> targets2() {
    std::vector<std::string> out;
    const auto answer = report(Discovery::ReportDiscoveredTargets2);
    CHECK(status_of(answer) == iscsi::ISDSC_SUCCESS);
    const Bytes block(answer->data.begin(), answer->data.end());
    const auto view = iscsi::view<iscsi::ReportDiscoveredTargets2View>(block);
    REQUIRE(view.has_value());
    for (const auto& target : view->targets) {
      std::string line = text_of(target.head->TargetName) + '=' + text_of(target.head->TargetAlias);
      for (const auto& group : target.groups) {
        line += " [" + std::to_string(group.head->Tag);
        for (const auto& portal : group.portals) {
          line += ' ' + portal_of(portal.head->Address, portal.head->Socket);
          if (portal.symbolic_name[0] != 0) line += '(' + text_of(portal.symbolic_name) + ')';
          CHECK(portal.head->SecurityBitmap == 0);
          CHECK(portal.key.empty());
        }
        line += " ]";
      }
      out.push_back(std::move(line));
    }
    return out;
  }
  void ask(std::uint64_t session, std::string_view text) {
    CHECK(status_of(run(Method::SendTargets, send_targets_in(session, text), 4096)) ==
          iscsi::ISDSC_SUCCESS);
    pass(10);
  }
  std::uint64_t discovery_session() { return log_in({.target = "", .session_type = 0}); }
};

}  // namespace

TEST_CASE("discovered targets are listed with their portal groups, tags and portals") {
  DiscoveryLab lab;
  CHECK(lab.targets().empty());
  CHECK(lab.targets2().empty());
  const auto session = lab.discovery_session();
  CHECK(lab.targets().empty());  // a session alone discovers nothing
  lab.ask(session, "All");
  const std::string dead = std::string(kDead) + "= [1 192.0.2.30:3260 ]";
  const std::string disk = "= [1 192.0.2.10:3260 [2001:db8::10]:3260 ] [2 192.0.2.11:3260 ]";
  const std::string disk2 = "iqn.2026-01.org.example:disk2= [1 192.0.2.12:3260 ]";
  CHECK(lab.targets2() == std::vector<std::string>{dead, std::string(kDisk) + disk, disk2});
  const auto plain = lab.targets();
  REQUIRE(plain.size() == 3);
  CHECK(plain[1] ==
        std::string(kDisk) + "= [ 192.0.2.10:3260 [2001:db8::10]:3260 ] [ 192.0.2.11:3260 ]");
  // The alias comes with a login, and the list outlives the session that asked.
  lab.log_in({});
  CHECK(status_of(lab.run(Method::LogoutFromTarget, session_in(session))) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.targets2().at(1) == std::string(kDisk) + "=disk1" + disk.substr(1));
  // It is in RAM, and of one adapter.
  lab.reset();
  CHECK(lab.targets().empty());
}

TEST_CASE("a session tells of its own target, and host names are symbolic names") {
  DiscoveryLab lab;
  REQUIRE(lab.lab->control()->make_directory(kTarget + "/portals/array.example:3261").has_value());
  const auto session = lab.log_in({});
  lab.ask(session, "");
  const auto all = lab.targets2();
  REQUIRE(all.size() == 1);
  CHECK(all[0].find("array.example:3261(array.example)") != std::string::npos);
  CHECK(all[0].starts_with(std::string(kDisk) + "=disk1 [1 "));
}

TEST_CASE("MSiSCSI_AdapterEvent fires whenever the set changes, and only then") {
  DiscoveryLab lab;
  std::size_t events = 0;
  lab.enable_events(iscsi::MSiSCSI_AdapterEventGuid);
  const auto token = lab.lab->events()->subscribe([&](const wmi::Event&) { ++events; });
  const auto fired = [&] {
    lab.lab->events()->drain();
    return std::exchange(events, 0);
  };
  const auto session = lab.discovery_session();
  CHECK(fired() == 0);
  lab.ask(session, "All");
  CHECK(fired() == 1);
  lab.ask(session, "All");
  CHECK(fired() == 0);
  lab.control(kTarget + "/portals/192.0.2.11:3260/group", "5");  // a tag
  lab.ask(session, kDisk);
  CHECK(fired() == 1);
  lab.ask(session, kDisk);
  CHECK(fired() == 0);
  REQUIRE(lab.lab->control()
              ->remove_directory(kTarget + "/portals/192.0.2.11:3260")
              .has_value());  // a portal
  lab.ask(session, "All");
  CHECK(fired() == 1);
  REQUIRE(
      lab.lab->control()->make_directory("fabric/targets/iqn.2026-01.org.example:new").has_value());
  lab.ask(session, "All");  // without a portal there is nothing to tell
  CHECK(fired() == 0);
  REQUIRE(lab.lab->control()
              ->make_directory("fabric/targets/iqn.2026-01.org.example:new/portals/192.0.2.50:3260")
              .has_value());
  lab.ask(session, "All");
  CHECK(fired() == 1);
  REQUIRE(lab.lab->control()
              ->remove_directory("fabric/targets/iqn.2026-01.org.example:new")
              .has_value());
  lab.ask(session, "All");
  CHECK(fired() == 1);
}

TEST_CASE("the report asks for exactly the room that it needs, also when the list has grown") {
  DiscoveryLab lab;
  for (const auto method :
       {Discovery::ReportDiscoveredTargets, Discovery::ReportDiscoveredTargets2}) {
    const auto empty = lab.report(method);
    REQUIRE(empty.has_value());
    CHECK(empty->data.size() == 8);
    const auto again = lab.report(method, 0);
    REQUIRE(again.has_value());
    CHECK(std::ranges::equal(again->data, empty->data));
    // No IN: whatever comes is not looked at.
    CHECK(lab.report(method, 64, Bytes(100, 0xA5)).has_value());
  }
  const auto session = lab.discovery_session();
  lab.ask(session, "All");
  for (const auto method :
       {Discovery::ReportDiscoveredTargets, Discovery::ReportDiscoveredTargets2}) {
    const auto full = lab.report(method);
    REQUIRE(full.has_value());
    for (const std::size_t room : {std::size_t{0}, std::size_t{8}, full->data.size() - 1}) {
      const auto answer = lab.report(method, room);
      REQUIRE(answer.has_value());
      CHECK(std::ranges::equal(answer->data, full->data));
    }
  }
}

TEST_CASE("the class has two methods and no data to set") {
  DiscoveryLab lab;
  for (std::uint32_t id = 0; id < 64; ++id) {
    if (id == 10 || id == 11) continue;
    const auto answer =
        lab.client->call_wait(lab.instance(iscsi::MSiSCSI_DiscoveryOperationsGuid), id, {}, 4096);
    REQUIRE(!answer.has_value());
    CHECK(answer.error().status == NtStatus::invalid_device_request);
  }
}

}  // namespace hbalab::lab_test
