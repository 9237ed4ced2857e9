// What the firmware counts: sizes of PDUs, sums, outcomes of logins, failures of sessions.
#include <catch2/catch.hpp>
#include <random>

#include "tests/hba-sim/hba_fixture.hpp"

namespace hbalab::test {
namespace {

using adapter::Negotiated;
using adapter::Pdu;
using adapter::Statistics;
using adapter::TrafficCounters;
using Kind = Pdu::Kind;
using Event = fabric::LinkEvent::Kind;

Pdu pdu(Kind kind, std::size_t data, std::size_t more_header = 0) {
  return {.kind = kind, .data = data, .additional_header = more_header};
}

const Statistics& statistics_of(Rig& rig) { return rig.hba->statistics(); }

// Whether everything adds up: connections to sessions, sessions and what ended to ports and
// adapter.
using FirstLinks = std::map<std::uint64_t, fabric::LinkId>;
void check_sums(Rig& rig, FirstLinks* first_links = nullptr) {
  rig.run([&] {
    const Statistics& statistics = statistics_of(rig);
    TrafficCounters total = statistics.elsewhere();
    rig.hba->for_each_session([&](const adapter::SessionInfo& session) {
      const auto traffic = statistics.session(session.id).traffic;
      total += traffic;
      if (first_links == nullptr || session.connections.empty()) return;
      // Without an earlier connection, a session is what its connection is.
      const auto connection = statistics.connection(session.connections.front().link);
      const auto link = session.connections.front().link;
      if (first_links->emplace(session.id.value, link).first->second == link) {
        CHECK(traffic == connection);
      } else {
        CHECK(traffic.bytes_sent > connection.bytes_sent);
      }
    });
    TrafficCounters ports;
    for (std::size_t i = 0; i < rig.config.ports.size(); ++i) ports += statistics.port(i);
    CHECK(total == ports);
    CHECK(ports == statistics.adapter());
  });
}

}  // namespace

TEST_CASE("a PDU takes its header, its padded data, and digests once they were agreed on") {
  Statistics counted;
  counted.reset(1);
  counted.open(1, 0);
  counted.sent(1, pdu(Kind::command, 5));
  CHECK(counted.connection(1).bytes_sent == 48 + 8);
  Negotiated with;
  with.header_digest = with.data_digest = true;
  with.own_max_recv = 512;
  counted.join(1, SessionId{7}, with);
  CHECK(counted.session(SessionId{7}).traffic == counted.connection(1));
  counted.sent(1, pdu(Kind::command, 0));
  CHECK(counted.connection(1).bytes_sent == 56 + 52);
  counted.sent(1, pdu(Kind::other, 6, 20));
  CHECK(counted.connection(1).bytes_sent == 108 + 48 + 4 + 20 + 8 + 4);
  CHECK(counted.connection(1).pdus_sent == 3);
  CHECK(counted.connection(1).commands_sent == 2);

  counted.received_data(1, 1025);  // 512, 512 and 1
  CHECK(counted.connection(1).pdus_received == 3);
  CHECK(counted.connection(1).responses_received == 0);
  CHECK(counted.connection(1).bytes_received == 3 * 56 + 512 + 512 + 4);
  const auto before = counted.connection(1);
  counted.received_text(1, 513);
  CHECK(counted.connection(1).responses_received == 2);
  CHECK(counted.connection(1).commands_sent == before.commands_sent + 1);
  counted.received_text(1, 0);
  CHECK(counted.connection(1).responses_received == 3);
  CHECK(counted.port(0) == counted.connection(1));

  counted.close(1);
  counted.sent(1, pdu(Kind::command, 0));
  CHECK(counted.connection(1) == TrafficCounters{});
  CHECK(counted.session(SessionId{7}).traffic == counted.adapter());
  counted.end(SessionId{7});
  CHECK(counted.elsewhere() == counted.adapter());
  counted.reset(1);
  CHECK(counted.adapter() == TrafficCounters{});
}

TEST_CASE("a refused login is counted by what refused it") {
  using adapter::LoginFailure;
  using adapter::refusal;
  CHECK(refusal(2, 1, false).type == LoginFailure::LoginAuthFail);
  CHECK(refusal(2, 1, true).type == LoginFailure::LoginAuthenticateFail);
  for (const std::uint8_t detail : {0, 2, 3, 4, 7, 11}) {
    CHECK(refusal(2, detail, true).type == LoginFailure::LoginOtherFail);
  }
  CHECK(refusal(3, 1, false).type == LoginFailure::LoginOtherFail);
  CHECK(refusal(3, 1, false).refused);
  for (const auto& row : adapter::login_trouble_table()) {
    CHECK(adapter::trouble_failure(row.trouble) == row.failure);
    CHECK(!row.failure.refused);
    CHECK(row.failure.log != iscsi::ISCSI_EVENTLOG_TYPE{});
  }
}

TEST_CASE("request times are the longest and the mean of what was answered") {
  Statistics counted;
  counted.reset(1);
  counted.open(1, 0);
  counted.answered(1, 10ms);
  counted.answered(1, 30ms);
  counted.answered(2, 500ms);  // no such link
  CHECK(counted.request_times(1).count == 2);
  CHECK(counted.request_times(1).longest == 30ms);
  CHECK(counted.request_times(1).total == 40ms);
}

TEST_CASE("login, command and logout are counted on connection, session and port") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  const auto session = rig.log_in(Rig::to(target)).session;
  const auto info = rig.sessions().at(0);
  const auto link = info.connections.at(0).link;
  const Statistics& counted = statistics_of(rig);
  const auto logged_in = counted.connection(link);
  // Security and operational stage, and the command that lists the units.
  CHECK(logged_in.commands_sent == rig.fabric->requests.size() + 1);
  CHECK(logged_in.responses_received == logged_in.commands_sent);
  CHECK(logged_in.pdus_received == logged_in.responses_received + 1);  // the list
  REQUIRE(rig.scsi(session, 0, Bytes(6)).done());
  const auto after = counted.connection(link);
  CHECK(after.bytes_sent == logged_in.bytes_sent + 48);
  CHECK(after.bytes_received == logged_in.bytes_received + 48);
  CHECK(counted.session(session).traffic == after);
  CHECK(counted.port(0) == after);
  CHECK(counted.port(1) == TrafficCounters{});
  CHECK(counted.logins().accepted == 1);
  CHECK(counted.logins().failed == 0);
  REQUIRE(rig.logout(session).done());
  CHECK(counted.logins().logouts == 1);
  CHECK(counted.port(0).bytes_sent == after.bytes_sent + 48);
  CHECK(counted.port(0).bytes_received == after.bytes_received + 48);
  CHECK(counted.elsewhere() == counted.port(0));
  rig.reset();
  CHECK(counted.adapter() == TrafficCounters{});
  CHECK(counted.logins().accepted == 0);
}

TEST_CASE("a session keeps what its earlier connections moved") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  const auto session = rig.log_in(Rig::to(target)).session;
  const Statistics& counted = statistics_of(rig);
  const auto before = counted.session(session).traffic;
  rig.fabric->drop(target);
  rig.advance(1s);
  const auto again = rig.sessions().at(0).connections.at(0).link;
  auto sum = before;
  sum += counted.connection(again);
  CHECK(counted.session(session).traffic == sum);
  CHECK(counted.session(session).failures.timeout == 1);
  CHECK(counted.failures().timeout == 1);
  CHECK(counted.failed_sessions() == 1);
  check_sums(rig);
}

TEST_CASE("damage is told by a digest, by the header, or not at all") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  const bool digests = GENERATE(false, true);
  auto command = Rig::to(target);
  if (digests) {
    command.login.options.information_specified = 0x3;  // header and data digest
    command.login.options.header_digest = command.login.options.data_digest = 1;
  }
  const auto session = rig.log_in(command).session;
  const auto link = rig.sessions().at(0).connections.at(0).link;
  REQUIRE(rig.sessions().at(0).connections.at(0).header_digest == digests);
  const Statistics& counted = statistics_of(rig);
  rig.fabric->event(target, Event::damaged_data);
  rig.advance(1s);
  CHECK(counted.failures().digest == (digests ? 1 : 0));
  CHECK((rig.sessions().at(0).connections.at(0).link == link) == !digests);
  rig.fabric->event(target, Event::damaged_header);
  rig.advance(1s);
  CHECK(counted.failures().digest == (digests ? 2 : 0));
  CHECK(counted.failures().format == (digests ? 0 : 1));
  CHECK(counted.session(session).failures.format == (digests ? 0 : 1));
  CHECK(counted.failures().timeout == 0);
  CHECK(counted.failed_sessions() == (digests ? 2 : 1));
  CHECK(rig.sessions().at(0).connected);
  check_sums(rig);
}

TEST_CASE("a logout that the target asks for is no failure") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  rig.log_in(Rig::to(target));
  rig.fabric->event(target, Event::logout_requested);
  rig.advance(1s);
  CHECK(rig.sessions().at(0).connected);
  CHECK(statistics_of(rig).failed_sessions() == 0);
  CHECK(statistics_of(rig).logins().logouts == 1);
  CHECK(statistics_of(rig).logins().accepted == 2);
}

TEST_CASE("a logout that is not answered is a node failure") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  const auto session = rig.log_in(Rig::to(target)).session;
  target.mute_logout = true;
  const auto pending = rig.logout(session);
  CHECK(rig.notices.empty());
  rig.advance(15s);
  REQUIRE(pending.done());
  REQUIRE(rig.notices.size() == 2);
  CHECK(std::get<adapter::LogEntry>(rig.notices[0]).type == iscsi::ISCSI_ERR_ISCSI_REQUEST_TIMEOUT);
  const auto& failure = std::get<adapter::NodeFailed>(rig.notices[1]);
  CHECK(failure.type == adapter::LoginFailure::LogoutOthers);
  CHECK(failure.target_name == adapter::from_wire_text(kTargetName));
  CHECK(failure.address.canonical() == "192.0.2.10");
  CHECK(failure.time == rig.clock->system_time());
  CHECK(statistics_of(rig).failed_sessions() == 0);
}

TEST_CASE("commands that are not answered in time are logged") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  const auto session = rig.log_in(Rig::to(target)).session;
  target.mute_scsi = target.mute_text = true;
  rig.scsi(session, 0, Bytes(6));
  rig.advance(15s);
  rig.send_targets(session, "All");
  rig.advance(15s);
  REQUIRE(rig.notices.size() == 2);
  CHECK(std::get<adapter::LogEntry>(rig.notices[0]).type == iscsi::ISCSI_ERR_SCSI_REQUEST_TIMEOUT);
  CHECK(std::get<adapter::LogEntry>(rig.notices[1]).type == iscsi::ISCSI_ERR_ISCSI_REQUEST_TIMEOUT);
}

TEST_CASE("failures of mutual CHAP and of the negotiation have members of their own") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  target.operational_override = {{"MaxBurstLength", "none"}};
  rig.log_in(Rig::to(target));
  CHECK(statistics_of(rig).logins().not_negotiated == 1);
  target.operational_override.clear();
  target.chap_user = "user";
  target.chap_secret = "secret-of-target";
  target.mutual_secret = "secret-of-initiator";
  target.wrong_mutual_answer = true;
  rig.set_chap_secret("secret-of-initiator");
  auto command = Rig::to(target);
  command.login.options.information_specified = iscsi::ISCSI_LOGIN_OPTIONS_AUTH_TYPE;
  command.login.options.auth_type = 2;
  command.login.username = {'u', 's', 'e', 'r'};
  command.login.password.assign(target.chap_secret.begin(), target.chap_secret.end());
  CHECK(rig.log_in(command).status == iscsi::ISDSC_AUTHENTICATION_FAILURE);
  const auto counted = statistics_of(rig).logins();
  CHECK(counted.not_authenticated == 1);
  CHECK(counted.failed == 2);
  CHECK(counted.no_method == 0);
  CHECK(counted.refused_otherwise == 0);
  REQUIRE(rig.notices.size() == 4);
  CHECK(std::get<adapter::NodeFailed>(rig.notices[2]).type ==
        adapter::LoginFailure::LoginAuthenticateFail);
  CHECK(std::get<adapter::LogEntry>(rig.notices[3]).type == iscsi::ISCSI_ERR_INVALID_CHAP_RESPONSE);
}

TEST_CASE("sums agree after random work") {
  const auto seed = GENERATE(range(1u, 13u));
  std::mt19937 random(seed);
  auto config = Rig::default_config();
  config.max_sessions = 6;
  Rig rig(config);
  FirstLinks first_links;
  std::vector<FakeTarget*> targets;
  for (int i = 0; i < 4; ++i) {
    targets.push_back(&rig.fabric->add(std::string(kTargetName) + std::to_string(i),
                                       "192.0.2." + std::to_string(10 + i) + ":3260"));
    targets.back()->send_targets = {{"TargetName", std::string(20000, 'x')}};
  }
  targets[1]->luns = {0, 1, 2, 3, 4, 5, 6, 7};
  for (int step = 0; step < 200; ++step) {
    auto& target = *targets[random() % targets.size()];
    const auto sessions = rig.sessions();
    const auto any = [&] { return sessions[random() % sessions.size()].id; };
    switch (random() % 12) {
      case 0:
      case 1:
        rig.login(Rig::to(target, random() % 3));
        break;
      case 2:
        if (!sessions.empty()) rig.logout(any());
        break;
      case 3:
        if (!sessions.empty()) rig.send_targets(any(), "All");
        break;
      case 4:
      case 5:
        if (!sessions.empty()) rig.scsi(any(), 0, Bytes(random() % 2 == 0 ? 6 : 16, 0xA0));
        break;
      case 6:
        rig.fabric->drop(target);
        break;
      case 7:
        rig.fabric->event(target, random() % 2 == 0 ? Event::damaged_header : Event::luns_changed);
        break;
      case 8:
        rig.fabric->event(target, Event::logout_requested);
        break;
      case 9:
        target.status_class = random() % 4 == 0 ? 2 : 0;
        target.status_detail = random() % 3;
        target.login_delay = random() % 4 == 0 ? 300ms : 0ms;
        target.mute_scsi = random() % 8 == 0;
        break;
      case 10:
        rig.set_link(random() % 2, random() % 4 != 0);
        break;
      default:
        rig.advance(std::chrono::milliseconds(random() % 3000));
        break;
    }
    check_sums(rig, &first_links);
  }
  CHECK(statistics_of(rig).adapter().commands_sent > 0);
}

}  // namespace hbalab::test
