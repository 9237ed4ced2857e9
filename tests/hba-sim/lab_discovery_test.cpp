// MSiSCSI_DiscoveryOperations through the WMI request path: what SendTargets tells.
#include "lab_discovery_support.hpp"

namespace hbalab::lab_test {
namespace {

const std::string kTarget = "fabric/targets/" + std::string(kDisk);

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
  lab.listen();
  const auto fired = [&] { return lab.fired(); };
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
