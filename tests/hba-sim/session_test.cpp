#include <catch2/catch.hpp>

#include "tests/hba-sim/hba_fixture.hpp"

using namespace hbalab;
using namespace hbalab::test;
using Kind = fabric::LinkEvent::Kind;

namespace {

const Bytes kInquiry{0x12, 0, 0, 0, 36, 0};

SessionId session_on(Rig& rig, const FakeTarget& target, std::uint32_t type = 2) {
  const auto outcome = rig.log_in(Rig::to(target, type));
  REQUIRE(outcome.status == iscsi::ISDSC_SUCCESS);
  return outcome.session;
}

}  // namespace

TEST_CASE("A lost session is logged in again at once, with the same id") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  const auto id = session_on(rig, target);
  const auto before = rig.sessions()[0];
  rig.fabric->drop(target);
  const auto after = rig.sessions();
  REQUIRE(after.size() == 1);
  CHECK(after[0].id == id);
  CHECK(after[0].connected);
  CHECK(after[0].isid == before.isid);
  CHECK(after[0].connections.at(0).id != before.connections.at(0).id);
  CHECK(rig.fabric->connects.size() == 2);
  CHECK(rig.devices().size() == 1);
  CHECK(rig.bus_changes == 1);  // nothing came or went
}

TEST_CASE("Reconnection is tried every five seconds, devices go after sixty and come back") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  auto command = Rig::to(target);
  command.login.port.value = 0;
  REQUIRE(rig.log_in(command).status == iscsi::ISDSC_SUCCESS);
  const auto before = rig.devices();
  target.connect_result = fabric::ConnectResult::refused;
  rig.fabric->drop(target);
  CHECK(rig.fabric->connects.size() == 2);  // at once
  CHECK_FALSE(rig.sessions()[0].connected);
  CHECK(rig.sessions()[0].connections.empty());
  rig.advance(4'999ms);
  CHECK(rig.fabric->connects.size() == 2);
  rig.advance(1ms);
  CHECK(rig.fabric->connects.size() == 3);
  rig.advance(25s);
  CHECK(rig.fabric->connects.size() == 8);
  for (std::size_t i = 2; i < 8; ++i) {
    CHECK(rig.fabric->connects[i].when - rig.fabric->connects[i - 1].when == 5s);
  }
  rig.advance(29'999ms);
  CHECK(rig.devices().size() == 1);
  CHECK(rig.bus_changes == 1);
  rig.advance(1ms);  // 60 s
  CHECK(rig.devices().empty());
  CHECK(rig.bus_changes == 2);
  CHECK_FALSE(rig.sessions()[0].mapped);
  CHECK(rig.sessions().size() == 1);
  rig.advance(10min);
  CHECK(rig.bus_changes == 2);
  target.connect_result = fabric::ConnectResult::connected;
  rig.advance(5s);
  REQUIRE(rig.devices().size() == 1);
  CHECK(rig.devices()[0].address == before[0].address);
  CHECK(rig.bus_changes == 3);
  CHECK(rig.clock->pending() == 0);
}

TEST_CASE("Each loss starts the sixty seconds anew") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  session_on(rig, target);
  for (int i = 0; i < 3; ++i) {
    target.connect_result = fabric::ConnectResult::refused;
    rig.fabric->drop(target);
    rig.advance(50s);
    CHECK(rig.devices().size() == 1);
    target.connect_result = fabric::ConnectResult::connected;
    rig.advance(5s);
    CHECK(rig.sessions()[0].connected);
  }
  CHECK(rig.bus_changes == 1);
}

TEST_CASE("A link that goes down takes the sessions of its port, and its return brings them back") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  auto zero = Rig::to(target);
  zero.login.port.value = 0;
  auto one = zero;
  one.login.port.value = 1;
  REQUIRE(rig.log_in(zero).status == iscsi::ISDSC_SUCCESS);
  REQUIRE(rig.log_in(one).status == iscsi::ISDSC_SUCCESS);
  rig.set_link(0, false);
  CHECK_FALSE(rig.run([&] { return rig.hba->ports(); })[0].link_up);
  CHECK_FALSE(rig.sessions()[0].connected);
  CHECK(rig.sessions()[1].connected);
  CHECK(rig.fabric->open_links() == 1);
  const auto connects = rig.fabric->connects.size();
  rig.advance(20s);
  CHECK(rig.fabric->connects.size() == connects);  // nothing to try without a link
  zero.login.unique_id_for_isid = 5;
  CHECK(rig.log_in(zero).status == iscsi::ISDSC_CONNECTION_FAILED);
  rig.set_link(0, true);
  CHECK(rig.sessions()[0].connected);
  rig.advance(2min);
  CHECK(rig.bus_changes == 2);  // one for each login
}

TEST_CASE("A link that goes down ends logins over it, or sends them to another port") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  target.connect_delay = 1s;
  const auto any = rig.login(Rig::to(target));
  auto command = Rig::to(target);
  command.login.port.value = 0;
  command.login.unique_id_for_isid = 1;
  const auto given = rig.login(command);
  rig.set_link(0, false);
  REQUIRE(given.done());
  CHECK(given.get().status == iscsi::ISDSC_CONNECTION_FAILED);
  CHECK_FALSE(any.done());
  rig.advance(1s);
  REQUIRE(any.done());
  CHECK(any.get().status == iscsi::ISDSC_SUCCESS);
  CHECK(rig.fabric->connects.back().from == "198.51.100.1");
}

TEST_CASE("A new port address moves the sessions of the port") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  session_on(rig, target);
  CHECK(rig.fabric->plugged ==
        std::map<std::string, std::string>{{"192.0.2.1", "san"}, {"198.51.100.1", "san"}});
  rig.run([&] { rig.hba->set_port_address(0, IpAddress::from_text("192.0.2.77")); });
  CHECK(rig.fabric->plugged ==
        std::map<std::string, std::string>{{"192.0.2.77", "san"}, {"198.51.100.1", "san"}});
  CHECK(rig.fabric->connects.back().from == "192.0.2.77");
  CHECK(rig.sessions()[0].connected);
  CHECK(rig.sessions()[0].connections.at(0).local_address.canonical() == "192.0.2.77");
  const auto connects = rig.fabric->connects.size();
  rig.run([&] { rig.hba->set_port_address(0, IpAddress::from_text("192.0.2.77")); });
  CHECK(rig.fabric->connects.size() == connects);
  rig.run([&] {
    rig.hba->set_port_address(9, IpAddress::from_text("192.0.2.77"));
    rig.hba->set_link(9, false);
  });
}

TEST_CASE("Logging out") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  const auto id = session_on(rig, target);
  CHECK(rig.logout(SessionId{id.value + 100}).get() == iscsi::ISDSC_INVALID_SESSION_ID);
  CHECK(rig.logout(SessionId{}).get() == iscsi::ISDSC_INVALID_SESSION_ID);
  target.mute_logout = true;
  const auto first = rig.logout(id);
  CHECK_FALSE(first.done());
  CHECK(rig.sessions()[0].connections.at(0).state == 2);
  CHECK(rig.logout(id).get() == iscsi::ISDSC_SESSION_BUSY);
  rig.advance(15s);  // a target that does not answer does not keep the session
  REQUIRE(first.done());
  CHECK(first.get() == iscsi::ISDSC_SUCCESS);
  CHECK(rig.sessions().empty());
  CHECK(rig.devices().empty());
  CHECK(rig.bus_changes == 2);
  CHECK(rig.logout(id).get() == iscsi::ISDSC_INVALID_SESSION_ID);
  CHECK(rig.fabric->open_links() == 0);
  target.mute_logout = false;
  const auto again = session_on(rig, target);
  CHECK(again.value > id.value);
  CHECK(rig.logout(again).get() == iscsi::ISDSC_SUCCESS);
  CHECK(rig.clock->pending() == 0);
}

TEST_CASE("Logging out while the session reconnects") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  for (const bool attempt_under_way : {false, true}) {
    const auto id = session_on(rig, target);
    target.connect_result = fabric::ConnectResult::refused;
    target.mute_connect = attempt_under_way;
    rig.fabric->drop(target);
    const auto pending = rig.logout(id);
    CHECK(pending.id == 0);
    CHECK(pending.get() == iscsi::ISDSC_SUCCESS);
    CHECK(rig.sessions().empty());
    CHECK(rig.devices().empty());
    CHECK(rig.clock->pending() == 0);
    CHECK(rig.fabric->open_links() == 0);
    const auto connects = rig.fabric->connects.size();
    rig.advance(10min);
    CHECK(rig.fabric->connects.size() == connects);
    target.mute_connect = false;
    target.connect_result = fabric::ConnectResult::connected;
  }
}

TEST_CASE("A connection that breaks during logout ends it") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  const auto id = session_on(rig, target);
  target.mute_logout = true;
  const auto pending = rig.logout(id);
  rig.fabric->drop(target);
  REQUIRE(pending.done());
  CHECK(pending.get() == iscsi::ISDSC_SUCCESS);
  CHECK(rig.sessions().empty());
  CHECK(rig.fabric->connects.size() == 1);
}

TEST_CASE("A target that asks for a logout gets it and the session comes back") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  const auto id = session_on(rig, target);
  rig.fabric->event(target, Kind::logout_requested);
  CHECK(rig.fabric->logouts == 1);
  REQUIRE(rig.sessions().size() == 1);
  CHECK(rig.sessions()[0].id == id);
  CHECK(rig.sessions()[0].connected);
  CHECK(rig.fabric->connects.size() == 2);
  // A logout of the driver's meanwhile is the last word.
  target.mute_logout = true;
  rig.fabric->event(target, Kind::logout_requested);
  const auto pending = rig.logout(id);
  CHECK_FALSE(pending.done());
  rig.advance(15s);
  CHECK(pending.get() == iscsi::ISDSC_SUCCESS);
  CHECK(rig.sessions().empty());
}

TEST_CASE("A cancelled logout goes on by itself") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  const auto id = session_on(rig, target);
  target.mute_logout = true;
  const auto pending = rig.logout(id);
  rig.run([&] { rig.hba->cancel(pending.id); });
  CHECK(pending.get() == iscsi::ISDSC_TRANSPORT_ERROR);
  CHECK(rig.logout(id).get() == iscsi::ISDSC_SESSION_BUSY);
  rig.advance(15s);
  CHECK(rig.sessions().empty());
  CHECK(pending.answers->size() == 1);
}

TEST_CASE("Discovery sessions end with their connection") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  session_on(rig, target, 0);
  rig.fabric->drop(target);
  CHECK(rig.sessions().empty());
  CHECK(rig.clock->pending() == 0);
}

TEST_CASE("Units are read again when the target says that they changed") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  target.luns = {0, 1};
  session_on(rig, target);
  target.luns = {1, 2};
  rig.fabric->event(target, Kind::luns_changed);
  const auto devices = rig.devices();
  REQUIRE(devices.size() == 2);
  CHECK(devices[0].target_lun == 1);
  CHECK(devices[0].address.lun == 1);  // kept its number
  CHECK(devices[1].target_lun == 2);
  CHECK(rig.bus_changes == 2);
  rig.fabric->event(target, Kind::luns_changed);
  CHECK(rig.bus_changes == 2);  // the same ones
}

TEST_CASE("Unit attentions, failures and silence do not keep the units away for ever") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  target.unit_attentions = 3;
  session_on(rig, target);
  CHECK(rig.devices().size() == 1);
  CHECK(rig.fabric->commands == 4);

  auto& busy = rig.fabric->add("iqn.2001-04.com.example:busy", "192.0.2.11:3260");
  busy.scsi_status = 8;
  session_on(rig, busy);  // the login itself succeeds
  CHECK(rig.devices().size() == 1);
  busy.scsi_status = 0;
  rig.advance(5s);
  CHECK(rig.devices().size() == 2);

  auto& mute = rig.fabric->add("iqn.2001-04.com.example:mute", "192.0.2.12:3260");
  mute.mute_scsi = true;
  const auto pending = rig.login(Rig::to(mute));
  CHECK_FALSE(pending.done());
  rig.advance(15s);
  REQUIRE(pending.done());
  CHECK(pending.get().status == iscsi::ISDSC_SUCCESS);
  mute.mute_scsi = false;
  rig.advance(5s);
  CHECK(rig.devices().size() == 3);
  CHECK(rig.clock->pending() == 0);
}

TEST_CASE("A login that waits for its units ends well when the connection breaks") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  target.mute_scsi = true;
  const auto pending = rig.login(Rig::to(target));
  target.connect_result = fabric::ConnectResult::refused;
  rig.fabric->drop(target);
  REQUIRE(pending.done());
  CHECK(pending.get().status == iscsi::ISDSC_SUCCESS);
  CHECK(pending.get().connection.value != 0);
  CHECK(rig.sessions()[0].id == pending.get().session);
}

TEST_CASE("SCSI commands go through sessions") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  const auto id = session_on(rig, target, 1);
  auto answer = rig.scsi(id, 5, kInquiry);
  REQUIRE(answer.done());
  CHECK(answer.get().status == iscsi::ISDSC_SUCCESS);
  CHECK(rig.fabric->last_lun == 5);
  answer = rig.scsi(id, 0, adapter::report_luns_cdb(4096));
  CHECK(answer.get().response.data.size() == 16);
  target.unit_attentions = 1;
  answer = rig.scsi(id, 0, kInquiry);
  CHECK(answer.get().status == iscsi::ISDSC_SCSI_REQUEST_FAILED);
  CHECK(answer.get().response.status == 2);
  CHECK(answer.get().response.sense.size() == 18);
  CHECK(rig.scsi(SessionId{1}, 0, kInquiry).get().status == iscsi::ISDSC_INVALID_SESSION_ID);
  CHECK(rig.scsi(id, 0, {}).get().status == iscsi::ISDSC_INVALID_PARAMETER);
  CHECK(rig.scsi(id, 0, Bytes(17, 0)).get().status == iscsi::ISDSC_INVALID_PARAMETER);
  target.mute_scsi = true;
  answer = rig.scsi(id, 0, kInquiry);
  rig.advance(15s);
  CHECK(answer.get().status == iscsi::ISDSC_SCSI_REQUEST_FAILED);
  answer = rig.scsi(id, 0, kInquiry);
  rig.run([&] { rig.hba->cancel(answer.id); });
  CHECK(answer.get().status == iscsi::ISDSC_TRANSPORT_ERROR);
  answer = rig.scsi(id, 0, kInquiry);
  target.connect_result = fabric::ConnectResult::refused;
  rig.fabric->drop(target);
  CHECK(answer.get().status == iscsi::ISDSC_TRANSPORT_ERROR);
  CHECK(answer.answers->size() == 1);
  CHECK(rig.scsi(id, 0, kInquiry).get().status == iscsi::ISDSC_NO_CONNECTION_AVAILABLE);
  auto& other = rig.fabric->add("iqn.2001-04.com.example:b", "192.0.2.11:3260");
  CHECK(rig.scsi(session_on(rig, other, 0), 0, kInquiry).get().status ==
        iscsi::ISDSC_SESSION_TYPE_NOT_SUPPORTED);
}

TEST_CASE("SendTargets answers, is remembered and tells when the set changes") {
  Rig rig;
  auto& portal = rig.fabric->add(kTargetName, kPortal);
  rig.fabric->add("iqn.2001-04.com.example:found", "192.0.2.30:3261");
  portal.send_targets = {{"TargetName", "iqn.2001-04.com.example:found"},
                         {"TargetAddress", "192.0.2.30:3261,1"}};
  const auto id = session_on(rig, portal, 0);
  auto answer = rig.send_targets(id, "All");
  REQUIRE(answer.done());
  CHECK(answer.get().status == iscsi::ISDSC_SUCCESS);
  using namespace std::string_literals;
  CHECK(answer.get().text ==
        "TargetName=iqn.2001-04.com.example:found\0TargetAddress=192.0.2.30:3261,1\0"s);
  CHECK(rig.fabric->texts.back() == fabric::Keys{{"SendTargets", "All"}});
  CHECK(rig.target_changes == 1);
  rig.send_targets(id, "All");
  CHECK(rig.target_changes == 1);
  // Now it can be named without its portal.
  const auto found = rig.log_in(Rig::to("iqn.2001-04.com.example:found", ""));
  CHECK(found.status == iscsi::ISDSC_SUCCESS);
  CHECK(rig.fabric->connects.back().to == "192.0.2.30:3261");
  portal.send_targets.clear();
  CHECK(rig.send_targets(id, "All").get().text.empty());
  CHECK(rig.target_changes == 2);
  CHECK(rig.log_in(Rig::to("iqn.2001-04.com.example:gone", "")).status ==
        iscsi::ISDSC_NO_PORTAL_SPECIFIED);

  CHECK(rig.send_targets(id, "all of them").get().status == iscsi::ISDSC_INVALID_SENDTARGETS_TEXT);
  CHECK(rig.send_targets(SessionId{3}, "All").get().status == iscsi::ISDSC_INVALID_SESSION_ID);
  portal.send_targets = {{"SendTargets", "Reject"}};
  CHECK(rig.send_targets(id, "All").get().status == iscsi::ISDSC_INVALID_SENDTARGETS_TEXT);
  portal.mute_text = true;
  answer = rig.send_targets(id, "");
  rig.advance(15s);
  CHECK(answer.get().status == iscsi::ISDSC_TRANSPORT_ERROR);
  answer = rig.send_targets(id, "");
  rig.run([&] { rig.hba->cancel(answer.id); });
  CHECK(answer.answers->size() == 1);
}

TEST_CASE("A reset ends everything and nothing of the old life comes after it") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  auto& slow = rig.fabric->add("iqn.2001-04.com.example:slow", "192.0.2.11:3260");
  slow.login_delay = 1s;
  target.portals.push_back("192.0.2.12:3260");
  const auto id = session_on(rig, target);
  const auto login = rig.login(Rig::to(slow));
  target.mute_scsi = target.mute_logout = true;
  const auto scsi = rig.scsi(id, 0, kInquiry);
  const auto logout = rig.logout(id);
  const int bus_changes = rig.bus_changes;
  rig.run([&] {
    rig.hba->stop();
    CHECK(login.answers->size() == 1);  // inside the call
    CHECK(scsi.answers->size() == 1);
    CHECK(logout.answers->size() == 1);
  });
  CHECK(login.get().status == iscsi::ISDSC_TRANSPORT_ERROR);
  CHECK(scsi.get().status == iscsi::ISDSC_TRANSPORT_ERROR);
  CHECK(logout.get() == iscsi::ISDSC_TRANSPORT_ERROR);
  CHECK(rig.sessions().empty());
  CHECK(rig.devices().empty());
  CHECK(rig.fabric->open_links() == 0);
  rig.advance(5min);
  CHECK(rig.bus_changes == bus_changes);
  CHECK(login.answers->size() == 1);
  // Off: everything is refused.
  const auto off = rig.login(Rig::to(target));
  CHECK(off.get().status == iscsi::ISDSC_TRANSPORT_ERROR);
  rig.start();
  target.mute_scsi = false;
  const auto again = session_on(rig, target);
  CHECK(again.value > id.value);
  CHECK(rig.bus_changes == bus_changes + 1);
}

TEST_CASE("Events that were on their way when the HBA stopped are dropped") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  session_on(rig, target);
  rig.run([&] {
    rig.fabric->drop(target);  // queued: the lock is held
    rig.hba->stop();
  });
  CHECK(rig.fabric->connects.size() == 1);
  rig.start();
  CHECK(rig.sessions().empty());
}

TEST_CASE("Ids are never used again over restarts") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  std::set<std::uint64_t> seen;
  for (int life = 0; life < 4; ++life) {
    for (int i = 0; i < 3; ++i) {
      const auto outcome = rig.log_in(Rig::to(target));
      CHECK(seen.insert(outcome.session.value).second);
      CHECK(seen.insert(outcome.connection.value).second);
      rig.logout(outcome.session);
    }
    rig.power_off();
    rig.power_on();
  }
}

TEST_CASE("The adapter keeps its identity") {
  Rig rig;
  const auto id = rig.run([&] { return rig.hba->unique_adapter_id(); });
  CHECK(id != 0);
  rig.power_off();
  rig.power_on();
  CHECK(rig.run([&] { return rig.hba->unique_adapter_id(); }) == id);
  rig.flash->settings.clear();
  rig.config.name = "hba1";
  rig.power_off();
  rig.power_on();
  CHECK(rig.run([&] { return rig.hba->unique_adapter_id(); }) != id);
}
