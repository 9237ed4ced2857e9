// Life of a lab: reset, restart, logical units, events, cancelling, time-outs, the end under load.
#include <unistd.h>

#include <algorithm>
#include <map>

#include "iscsiop/enums.hpp"
#include "iscsiop/views.hpp"
#include "lab_support.hpp"

using namespace hbalab;
using namespace hbalab::lab_test;

namespace {

constexpr std::string_view kDisk2 = "iqn.2026-01.org.example:disk2";

std::vector<bool> from_persistent(LabFixture& lab) {
  const Bytes block = lab.block(iscsi::MSiSCSI_TargetMappingsGuid);
  const auto view = iscsi::view<iscsi::TargetMappingsView>(block);
  REQUIRE(view.has_value());
  std::vector<bool> all;
  for (const auto& mapping : view->mappings) all.push_back(mapping.head->FromPersistentLogin != 0);
  return all;
}

// Of each session.
std::map<std::uint64_t, std::size_t> connections(LabFixture& lab) {
  const Bytes block = lab.block(iscsi::MSiSCSI_InitiatorSessionInfoGuid);
  const auto view = iscsi::view<iscsi::InitiatorSessionInfoView>(block);
  REQUIRE(view.has_value());
  std::map<std::uint64_t, std::size_t> all;
  for (const auto& session : view->sessions)
    all[session.head->UniqueSessionId.value()] = session.head->ConnectionCount.value();
  return all;
}

std::string read(LabFixture& lab, const std::string& path) {
  const auto text = lab.lab->control()->read(path);
  REQUIRE(text.has_value());
  return text->substr(0, text->find('\n'));
}

void save_three(LabFixture& lab) {
  CHECK(lab.save({.target = std::string(kDead), .address = "192.0.2.30"}) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.save({}) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.save({.target = std::string(kDisk2), .address = "192.0.2.12"}) == iscsi::ISDSC_SUCCESS);
  CHECK(lab.sessions() == 0);
}

}  // namespace

TEST_CASE("reset and restart log in to persistent logins in parallel and try dead ones again") {
  LabFixture lab;
  save_three(lab);
  const bool restart = GENERATE(false, true);
  if (restart) {
    lab.restart();
  } else {
    lab.reset();
  }
  // The first of them is dead and takes the login timeout of 2 s: the others do not wait for it.
  lab.pass(1000);
  CHECK(lab.sessions() == 2);
  CHECK(lab.luns() == 3);
  CHECK(from_persistent(lab) == std::vector<bool>{true, true});
  lab.pass(10'000);
  CHECK(lab.sessions() == 2);
  lab.control("fabric/targets/" + std::string(kDead) + "/portals/192.0.2.30:3260/state", "up");
  lab.pass(7'000);  // the rest of a try that has begun, and the 5 s behind it
  CHECK(lab.sessions() == 3);
  CHECK(lab.luns() == 4);
}

TEST_CASE("a dead login is tried every 5 s, and a removed one no more") {
  LabFixture lab;
  CHECK(lab.save({.target = std::string(kDead), .address = "192.0.2.30"}) == iscsi::ISDSC_SUCCESS);
  lab.reset();
  lab.pass(20'000);
  CHECK(lab.remove(remove_in(kDead)) == iscsi::ISDSC_SUCCESS);
  lab.control("fabric/targets/" + std::string(kDead) + "/portals/192.0.2.30:3260/state", "up");
  lab.pass(20'000);
  CHECK(lab.sessions() == 0);
}

TEST_CASE("logical units have device objects while their session lives") {
  LabFixture lab;
  const auto session = lab.log_in({});
  CHECK(from_persistent(lab) == std::vector<bool>{false});
  REQUIRE(lab.luns() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const Bytes block = lab.block(iscsi::MSiSCSI_LUNMappingInformationGuid, i);
    REQUIRE(block.size() == iscsi::MSiSCSI_LUNMappingInformation_SIZE);
    iscsi::MSiSCSI_LUNMappingInformation info{};
    std::memcpy(&info, block.data(), block.size());
    CHECK(info.UniqueSessionId == session);
    CHECK(info.OSLUN == i);
  }
  const auto unit = lab.instance(iscsi::MSiSCSI_LUNMappingInformationGuid, 0);
  const auto report = lab.run(Method::ScsiReportLuns, session_in(session), 512);
  CHECK(status_of(report) == iscsi::ISDSC_SUCCESS);
  // Room for the fixed part only: comes back with what is needed.
  const auto again = lab.run(Method::ScsiReportLuns, session_in(session), 0);
  REQUIRE(again.has_value());
  CHECK(std::ranges::equal(again->data, report->data));
  CHECK(status_of(lab.run(Method::LogoutFromTarget, session_in(session))) == iscsi::ISDSC_SUCCESS);
  lab.pass(1000);
  CHECK(lab.luns() == 0);
  CHECK(lab.sessions() == 0);
  const auto gone = lab.client->query_wait(unit, 64);
  REQUIRE(!gone.has_value());
  CHECK(gone.error().status == NtStatus::no_such_device);
  CHECK(status_of(lab.call(Method::LogoutFromTarget, session_in(session))) ==
        iscsi::ISDSC_INVALID_SESSION_ID);
}

TEST_CASE("SendTargets in a discovery session fires MSiSCSI_AdapterEvent") {
  LabFixture lab;
  std::vector<wmi::Event> events;
  const auto token =
      lab.lab->events()->subscribe([&](const wmi::Event& event) { events.push_back(event); });
  lab.enable_events(iscsi::MSiSCSI_AdapterEventGuid);
  const auto session = lab.log_in({.target = "", .session_type = 0});
  lab.lab->events()->drain();
  CHECK(events.empty());
  const auto answer = lab.run(Method::SendTargets, send_targets_in(session, "All"), 16);
  CHECK(status_of(answer) == iscsi::ISDSC_SUCCESS);
  CHECK(std::string(answer->data.begin(), answer->data.end()).find(kDisk) != std::string::npos);
  lab.pass(10);
  lab.lab->events()->drain();
  REQUIRE(events.size() == 1);
  CHECK(events[0].guid == wmi::Guid{iscsi::MSiSCSI_AdapterEventGuid});
  CHECK(events[0].instance_name == lab.operations().provider->device_instance() + "_0");
  REQUIRE(events[0].data.size() == iscsi::MSiSCSI_AdapterEvent_SIZE);
  iscsi::MSiSCSI_AdapterEvent event{};
  std::memcpy(&event, events[0].data.data(), events[0].data.size());
  CHECK(event.EventCode == iscsi::ISCSI_ADAPTER_TARGETS_CHANGED);
  CHECK(status_of(lab.call(Method::SendTargets, send_targets_in(session, "no name"), 512)) ==
        iscsi::ISDSC_INVALID_SENDTARGETS_TEXT);
}

TEST_CASE("cancelling a login that pends leaves no session") {
  LabFixture lab;
  lab.control("fabric/targets/" + std::string(kDisk) + "/login_delay_ms", "500");
  const bool dead = GENERATE(true, false);
  const Login login =
      dead ? Login{.target = std::string(kDead), .address = "192.0.2.30", .persistent = false}
           : Login{.persistent = false};
  Pending pending = lab.begin(Method::LoginToTarget, login_in(login));
  lab.pass(100);
  REQUIRE(!pending.answer->has_value());
  CHECK(read(lab, "adapters/hba0/pending") == "1");
  pending.call.cancel();
  REQUIRE(pending.answer->has_value());
  REQUIRE(!(*pending.answer)->has_value());
  CHECK((*pending.answer)->error().status == NtStatus::cancelled);
  CHECK(read(lab, "adapters/hba0/pending") == "0");
  pending.call.cancel();  // of a finished one
  lab.pass(5000);
  CHECK(lab.sessions() == 0);
  CHECK(lab.luns() == 0);
  if (!dead) lab.log_in({});
}

TEST_CASE("a host name and its address are two portals of one group") {
  LabFixture lab;
  const auto session = lab.log_in({.address = "192.0.2.10"});
  CHECK(lab.try_login({.address = "text:192.0.2.10"}) == iscsi::ISDSC_TARGET_ALREADY_LOGGED_IN);
  CHECK(lab.try_login({.address = "text:array.example"}) == iscsi::ISDSC_SESSION_ALREADY_EXISTS);
  // A persistent login that meets the session is done, also when that one is logged out.
  REQUIRE(status_of(lab.run(Method::LogoutFromTarget, session_in(session))) ==
          iscsi::ISDSC_SUCCESS);
  REQUIRE(lab.save({.port = 0, .address = "192.0.2.10"}) == iscsi::ISDSC_SUCCESS);
  REQUIRE(lab.save({.port = 0, .address = "text:array.example"}) == iscsi::ISDSC_SUCCESS);
  lab.restart();
  lab.pass(20'000);
  REQUIRE(lab.sessions() == 1);
  const Bytes info = lab.block(iscsi::MSiSCSI_InitiatorSessionInfoGuid);
  const auto view = iscsi::view<iscsi::InitiatorSessionInfoView>(info);
  REQUIRE(view.has_value());
  const auto first = view->sessions.begin();
  REQUIRE(status_of(lab.run(Method::LogoutFromTarget,
                            session_in(first->head->UniqueSessionId.value()))) ==
          iscsi::ISDSC_SUCCESS);
  lab.pass(20'000);
  CHECK(lab.sessions() == 0);
}

TEST_CASE("a portal that has moved is the same one, under both of its addresses") {
  LabFixture lab;
  const std::string portal = "fabric/targets/" + std::string(kDisk) + "/portals/192.0.2.10:3260/";
  const bool permanently = GENERATE(true, false);
  lab.control(portal + "redirect_to", "192.0.2.11:3260");
  lab.control(portal + "redirect_permanently", permanently ? "1" : "0");
  lab.log_in({.address = "192.0.2.10"});
  CHECK(lab.try_login({.address = "192.0.2.10"}) == iscsi::ISDSC_TARGET_ALREADY_LOGGED_IN);
  CHECK(
      lab.try_login({.address = "192.0.2.11"}) ==
      (permanently ? iscsi::ISDSC_TARGET_ALREADY_LOGGED_IN : iscsi::ISDSC_SESSION_ALREADY_EXISTS));
  CHECK(lab.sessions() == 1);
}

TEST_CASE("a session that is sent into another one's portal group leaves that one alone") {
  LabFixture lab;
  const std::string target = "fabric/targets/" + std::string(kDisk);
  const std::string moved = target + "/portals/192.0.2.11:3260/redirect_to";
  const auto first = lab.log_in({.port = 0, .address = "192.0.2.10"});
  const auto second = lab.log_in({.port = 0, .address = "192.0.2.11"});
  lab.control(moved, "192.0.2.10:3260");
  lab.control(target + "/disconnect", "1");  // both
  lab.pass(12'000);
  CHECK(connections(lab) == std::map<std::uint64_t, std::size_t>{{first, 1}, {second, 0}});
  lab.control(moved, "");
  lab.pass(5'000);  // after which it tries again
  CHECK(connections(lab) == std::map<std::uint64_t, std::size_t>{{first, 1}, {second, 1}});
}

TEST_CASE("disconnect reaches a login that the target has not answered yet") {
  LabFixture lab;
  const std::string target = "fabric/targets/" + std::string(kDisk);
  lab.control(target + "/login_delay_ms", "500");
  Pending pending = lab.begin(Method::LoginToTarget, login_in({.persistent = false}));
  lab.pass(100);
  REQUIRE(!pending.answer->has_value());
  lab.control(target + "/disconnect", "1");
  REQUIRE(pending.answer->has_value());
  REQUIRE((*pending.answer)->has_value());
  CHECK(status_of(**pending.answer) == iscsi::ISDSC_LOGON_FAILED);
  lab.pass(1000);
  CHECK(lab.sessions() == 0);
  CHECK(read(lab, target + "/sessions").empty());
}

TEST_CASE("a login ends at the adapter's deadline, and at the latest at the request's") {
  const bool late = GENERATE(false, true);
  std::string text(kLabText);
  if (late) text.replace(text.find("\"2s\""), 4, "\"60s\"");
  LabFixture lab(text);
  const std::string target = "fabric/targets/" + std::string(kDisk);
  lab.control(target + "/login_delay_ms", "50000");
  Pending pending = lab.begin(Method::LoginToTarget, login_in({.persistent = false}));
  lab.pass(late ? 29'900 : 1'900);
  CHECK(!pending.answer->has_value());
  lab.pass(200);
  REQUIRE(pending.answer->has_value());
  if (late) {
    REQUIRE(!(*pending.answer)->has_value());
    CHECK((*pending.answer)->error().status == NtStatus::io_timeout);
  } else {
    CHECK(status_of(**pending.answer) != iscsi::ISDSC_SUCCESS);
  }
  lab.control(target + "/login_delay_ms", "0");
  lab.pass(70'000);
  CHECK(lab.sessions() == 0);
  CHECK(read(lab, target + "/sessions").empty());  // nor one that only the target knows of
}

TEST_CASE("a reset ends what pends, and saves that it overtakes are whole") {
  LabFixture lab;
  Pending login = lab.begin(
      Method::LoginToTarget,
      login_in({.target = std::string(kDead), .address = "192.0.2.30", .persistent = false}));
  lab.reset();
  REQUIRE(login.answer->has_value());
  REQUIRE(!(*login.answer)->has_value());
  CHECK((*login.answer)->error().status == NtStatus::io_device_error);

  std::uint32_t acknowledged = 0;
  for (std::uint16_t round = 0; round < 30; ++round) {
    Pending save = lab.begin(Method::LoginToTarget,
                             login_in({.socket = static_cast<std::uint16_t>(4000 + round)}));
    lab.reset();
    REQUIRE(save.answer->has_value());
    if ((*save.answer)->has_value()) {
      CHECK(status_of(**save.answer) == iscsi::ISDSC_SUCCESS);
      ++acknowledged;
    } else {
      CHECK((*save.answer)->error().status == NtStatus::io_device_error);
    }
    CHECK(read(lab, "adapters/hba0/pending") == "0");
  }
  lab.restart();
  CHECK(lab.logins() >= acknowledged);
  CHECK(lab.logins() <= 30);
}

TEST_CASE("a lab that ends under load answers everything and lets go of its parts") {
  LabFixture lab;
  save_three(lab);
  lab.reset();
  lab.pass(5);
  std::vector<Pending> pending;
  for (std::uint16_t i = 0; i < 20; ++i) {
    pending.push_back(lab.begin(Method::LoginToTarget,
                                login_in({.socket = static_cast<std::uint16_t>(5000 + i)})));
    pending.push_back(lab.begin(
        Method::RemovePersistentLogin,
        remove_in(kDisk, 0xFFFFFFFFu, "192.0.2.10", static_cast<std::uint16_t>(5000 + i))));
    pending.push_back(lab.begin(
        Method::LoginToTarget,
        login_in({.target = std::string(kDead), .address = "192.0.2.30", .persistent = false})));
  }
  const auto control = lab.lab->control();
  const auto operations = lab.operations();
  lab.lab.reset();
  for (const Pending& each : pending) CHECK(each.answer->has_value());
  CHECK(control->read("adapters/hba0/state").value_or("").starts_with("stopped"));
  const auto sessions = control->read("adapters/hba0/sessions");
  REQUIRE(!sessions.has_value());
  CHECK(sessions.error().error == ENODEV);
  CHECK(!control->write("adapters/hba0/reset", "1").has_value());
  CHECK(!control->write("adapters/hba0/ports/0/link", "down").has_value());
  CHECK(!control->write("adapters/hba0/faults/nvram_write_fails", "1").has_value());
  const auto late = lab.client->query_wait(operations, 64);
  REQUIRE(!late.has_value());
  CHECK(late.error().status == NtStatus::no_such_device);
  lab.clock->advance(std::chrono::minutes(5));
  lab.open();
  CHECK(lab.logins() >= 3);
}

TEST_CASE("a state directory is held by one lab, whose process the refusal names") {
  LabFixture first;
  lab::LabOptions options;
  options.config = lab::parse_lab("lab.json", kLabText).value();
  options.state_dir = first.directory.path / "state";
  options.clock = first.clock;
  const auto second = lab::Lab::open(options);
  REQUIRE(!second.has_value());
  CHECK(second.error().find(options.state_dir.string()) != std::string::npos);
  CHECK(second.error().find("process " + std::to_string(::getpid())) != std::string::npos);
  CHECK(first.save({}) == iscsi::ISDSC_SUCCESS);
  first.client.reset();
  first.lab.reset();
  CHECK(lab::Lab::open(options).has_value());

  const auto file = first.directory.path / "file";
  REQUIRE(std::filesystem::copy_file("/proc/self/cmdline", file));
  options.state_dir = file;
  const auto no_directory = lab::Lab::open(options);
  REQUIRE(!no_directory.has_value());
  CHECK(no_directory.error().starts_with(file.string()));
}
