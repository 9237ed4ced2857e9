#include <catch2/catch.hpp>

#include "tests/hba-sim/hba_fixture.hpp"

using namespace hbalab;
using namespace hbalab::test;
using adapter::find_key;
using fabric::ConnectResult;
using fabric::LoginResponse;

namespace {

LoginCommand with_chap(LoginCommand command, std::uint32_t type, std::string_view user,
                       std::string_view secret) {
  command.login.options.information_specified = iscsi::ISCSI_LOGIN_OPTIONS_AUTH_TYPE;
  command.login.options.auth_type = type;
  command.login.username.assign(user.begin(), user.end());
  command.login.password.assign(secret.begin(), secret.end());
  return command;
}

}  // namespace

TEST_CASE("A data login reaches full feature phase and shows what was negotiated") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  target.luns = {0, 3};
  auto command = Rig::to(target);
  command.login.options = {.information_specified = 0x1F,
                           .header_digest = 1,
                           .data_digest = 1,
                           .maximum_connections = 4,
                           .default_time2wait = 3,
                           .default_time2retain = 7,
                           .login_flags = 0,
                           .auth_type = 0};
  command.login.unique_id_for_isid = 0x1234;
  command.login.initiator_alias = u"lab";
  const auto outcome = rig.log_in(command);
  REQUIRE(outcome.status == iscsi::ISDSC_SUCCESS);
  CHECK(outcome.session.value >> 48 == 0xFFFF);
  CHECK(outcome.connection.value != outcome.session.value);

  const auto& first = rig.fabric->requests.front();
  CHECK(find_key(first.keys, "InitiatorName") == "iqn.2026-01.org.hbalab:hba0");
  CHECK(find_key(first.keys, "InitiatorAlias") == "lab");
  CHECK(find_key(first.keys, "TargetName") == kTargetName);
  CHECK(find_key(first.keys, "SessionType") == "Normal");
  CHECK(find_key(first.keys, "AuthMethod") == "None");
  CHECK(first.isid[0] == 0x80);
  CHECK(first.isid[4] == 0x12);
  CHECK(first.isid[5] == 0x34);

  const auto sessions = rig.sessions();
  REQUIRE(sessions.size() == 1);
  const auto& info = sessions[0];
  CHECK(info.id == outcome.session);
  CHECK(info.isid == first.isid);
  CHECK(info.tsid != 0);
  CHECK(info.max_connections == 4);
  CHECK_FALSE(info.from_persistent);
  CHECK(info.type == 2);
  CHECK(info.mapped);
  REQUIRE(info.connections.size() == 1);
  CHECK(info.connections[0].id == outcome.connection);
  CHECK(info.connections[0].state == 1);
  CHECK(info.connections[0].header_digest);
  CHECK(info.connections[0].remote_address.canonical() == "192.0.2.10");
  CHECK(info.connections[0].remote_port == 3260);
  CHECK(info.connections[0].local_address.canonical() == "192.0.2.1");
  const auto devices = rig.devices();
  REQUIRE(devices.size() == 2);
  CHECK(devices[0].address == ScsiAddress{0, 0, 0});
  CHECK(devices[1].address == ScsiAddress{0, 0, 1});
  CHECK(devices[1].target_lun == 3);
  CHECK(rig.bus_changes == 1);
  CHECK(rig.run([&] { return rig.hba->device({0, 0, 1}); })->target_lun == 3);
  CHECK_FALSE(rig.run([&] { return rig.hba->device({0, 0, 2}); }));
  CHECK_FALSE(rig.run([&] { return rig.hba->device({0, 1, 0}); }));
  CHECK(rig.inside_ok);
}

TEST_CASE("Session types: what reaches the port driver") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  REQUIRE(rig.log_in(Rig::to(target, 1)).status == iscsi::ISDSC_SUCCESS);
  CHECK(rig.devices().empty());
  CHECK(rig.fabric->commands == 0);
  REQUIRE(rig.log_in(Rig::to("", kPortal, 0)).status == iscsi::ISDSC_SUCCESS);
  CHECK(find_key(rig.fabric->requests.back().keys, "MaxBurstLength") == std::nullopt);
  REQUIRE(rig.log_in(Rig::to("", kPortal, 0)).status == iscsi::ISDSC_SUCCESS);  // as many as wanted
  CHECK(rig.sessions().size() == 3);
  CHECK(rig.devices().empty());
  CHECK(rig.bus_changes == 0);
  CHECK(rig.log_in(Rig::to(target, 3)).status == iscsi::ISDSC_SESSION_TYPE_NOT_SUPPORTED);
}

TEST_CASE("Bad commands are refused at once, each with its status") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  const auto good = Rig::to(target);
  const auto refused = [&](auto change) {
    auto command = good;
    change(command.login);
    const auto pending = rig.login(command);
    REQUIRE(pending.id == 0);
    return pending.get().status;
  };
  CHECK(refused([](auto& l) { l.port.value = 2; }) == iscsi::ISDSC_INVALID_PORT_NUMBER);
  CHECK(refused([](auto& l) { l.target = IscsiName(u"disk"); }) == iscsi::ISDSC_INVALID_ISCSI_NAME);
  CHECK(refused([](auto& l) { l.target = IscsiName(); }) == iscsi::ISDSC_INVALID_ISCSI_NAME);
  CHECK(refused([](auto& l) { l.initiator_node = u"me"; }) == iscsi::ISDSC_INVALID_ISCSI_NAME);
  CHECK(refused([](auto& l) { l.portal = Portal(); }) == iscsi::ISDSC_NO_PORTAL_SPECIFIED);
  CHECK(refused([](auto& l) { l.portal.address.type = static_cast<IpAddress::Type>(9); }) ==
        iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED);
  CHECK(refused([](auto& l) {
          l.options.information_specified = 1, l.options.header_digest = 2;
        }) == iscsi::ISDSC_LOGIN_USER_INFO_BAD);
  CHECK(refused([](auto& l) { l.options.information_specified = 0x80, l.options.auth_type = 3; }) ==
        iscsi::ISDSC_INVALID_LOGON_AUTH_TYPE);
  CHECK(refused([](auto& l) { l.options.information_specified = 0x80, l.options.auth_type = 1; }) ==
        iscsi::ISDSC_TARGET_AUTHINFO_UNAVAILABLE);
  CHECK(refused([](auto& l) { l.mapping.os_bus = 2; }) == iscsi::ISDSC_TARGET_MAPPING_OUT_OF_RANGE);
  CHECK(refused([](auto& l) { l.mapping.target_name = u"iqn.2001-04.com.example:other"; }) ==
        iscsi::ISDSC_INVALID_TARGET_MAPPING);
  CHECK(rig.fabric->connects.empty());
  CHECK(rig.sessions().empty());
}

TEST_CASE("What the target answers decides the status") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  for (const auto& row : adapter::login_status_table()) {
    if (row.status_class < 2) continue;
    target.status_class = row.status_class;
    target.status_detail = row.status_detail;
    INFO(row.meaning);
    CHECK(rig.log_in(Rig::to(target)).status == row.status);
    CHECK(rig.fabric->open_links() == 0);
  }
}

TEST_CASE("Connections that do not come about") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  for (const auto result :
       {ConnectResult::refused, ConnectResult::unreachable, ConnectResult::link_down}) {
    target.connect_result = result;
    CHECK(rig.log_in(Rig::to(target)).status == iscsi::ISDSC_CONNECTION_FAILED);
  }
  CHECK(rig.log_in(Rig::to(kTargetName, "nowhere.example")).status ==
        iscsi::ISDSC_DNS_NAME_UNRESOLVED);
  target.connect_result = ConnectResult::connected;
  target.drop_in_login = true;
  CHECK(rig.log_in(Rig::to(target)).status == iscsi::ISDSC_LOGON_FAILED);
  target.drop_in_login = false;
  target.mute_login = true;
  const auto cut_off = rig.login(Rig::to(target));
  rig.set_link(0, false);
  REQUIRE(cut_off.done());
  CHECK(cut_off.get().status == iscsi::ISDSC_SEND_FAILED);
  rig.set_link(1, false);
  const auto before = rig.fabric->connects.size();
  CHECK(rig.log_in(Rig::to(target)).status == iscsi::ISDSC_CONNECTION_FAILED);
  CHECK(rig.fabric->connects.size() == before);
  CHECK(rig.fabric->open_links() == 0);
}

TEST_CASE("A login has its deadline") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  auto command = Rig::to(target);
  command.login.port.value = 0;
  target.mute_connect = true;
  auto pending = rig.login(command);
  rig.advance(14'999ms);
  CHECK_FALSE(pending.done());
  rig.advance(1ms);
  REQUIRE(pending.done());
  CHECK(pending.get().status == iscsi::ISDSC_CONNECTION_FAILED);
  target.mute_connect = false;
  target.mute_login = true;
  pending = rig.login(command);
  rig.advance(15s);
  REQUIRE(pending.done());
  CHECK(pending.get().status == iscsi::ISDSC_LOGIN_FAILED);
  CHECK(rig.fabric->open_links() == 0);
  CHECK(rig.clock->pending() == 0);
}

TEST_CASE("A port that changes while another one is tried is used as it is then") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  target.mute_connect = true;
  const auto before = rig.fabric->connects.size();
  auto pending = rig.login(Rig::to(target));
  rig.set_link(1, false);
  target.mute_connect = false;
  rig.advance(7'500ms);
  REQUIRE(pending.done());
  CHECK(pending.get().status == iscsi::ISDSC_CONNECTION_FAILED);  // no port with a link is left
  CHECK(rig.fabric->connects.size() == before + 1);

  rig.set_link(1, true);
  target.mute_connect = true;
  pending = rig.login(Rig::to(target));
  rig.run([&] { rig.hba->set_port_address(1, IpAddress::from_text("198.51.100.77")); });
  target.mute_connect = false;
  rig.advance(7'500ms);
  REQUIRE(pending.done());
  CHECK(pending.get().status == iscsi::ISDSC_SUCCESS);
  CHECK(rig.fabric->connects.back().from == "198.51.100.77");
}

TEST_CASE("Ports are tried in the order of their affinity") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, "198.51.100.7:3260");
  REQUIRE(rig.log_in(Rig::to(target)).status == iscsi::ISDSC_SUCCESS);
  CHECK(rig.fabric->connects.front().from == "198.51.100.1");  // same subnet first

  auto& far = rig.fabric->add("iqn.2001-04.com.example:far", "198.51.100.8:3260");
  far.reachable_from = {"192.0.2.1"};
  REQUIRE(rig.log_in(Rig::to(far)).status == iscsi::ISDSC_SUCCESS);
  CHECK(rig.fabric->connects.size() == 3);
  CHECK(rig.fabric->connects.back().from == "192.0.2.1");

  // One that does not answer leaves time for the others.
  auto& mute = rig.fabric->add("iqn.2001-04.com.example:mute", "198.51.100.9:3260");
  mute.mute_connect = true;
  const auto pending = rig.login(Rig::to(mute));
  rig.advance(7'499ms);
  CHECK(rig.fabric->connects_to("198.51.100.9:3260") == 1);
  rig.advance(1ms);
  CHECK(rig.fabric->connects_to("198.51.100.9:3260") == 2);
  rig.advance(7'500ms);
  CHECK(pending.get().status == iscsi::ISDSC_CONNECTION_FAILED);

  auto given = Rig::to(far);
  given.login.port.value = 1;
  CHECK(rig.log_in(given).status == iscsi::ISDSC_CONNECTION_FAILED);  // no other port is tried
}

TEST_CASE("Ports without a route are not tried while another has one") {
  Rig rig;
  rig.fabric->knows_routes = true;
  auto& target = rig.fabric->add(kTargetName, "192.0.2.7:3260");
  target.reachable_from = {"198.51.100.1"};
  REQUIRE(rig.log_in(Rig::to(target)).status == iscsi::ISDSC_SUCCESS);
  CHECK(rig.fabric->connects.size() == 1);
  CHECK(rig.fabric->connects[0].from == "198.51.100.1");
  CHECK(rig.log_in(Rig::to(kTargetName, "203.0.113.1")).status == iscsi::ISDSC_CONNECTION_FAILED);
  CHECK(rig.fabric->connects.size() == 3);  // none has: all are tried
}

TEST_CASE("Redirects are followed, but not for ever") {
  Rig rig;
  auto& from = rig.fabric->add(kTargetName, kPortal);
  rig.fabric->add(kTargetName, "192.0.2.11:3260");
  from.status_class = 1;
  from.status_detail = 1;
  from.redirect_to = "192.0.2.11";
  REQUIRE(rig.log_in(Rig::to(from)).status == iscsi::ISDSC_SUCCESS);
  CHECK(rig.sessions()[0].connections[0].remote_address.canonical() == "192.0.2.11");
  // The same nexus by way of the redirect.
  CHECK(rig.log_in(Rig::to(from)).status == iscsi::ISDSC_TARGET_ALREADY_LOGGED_IN);
  CHECK(rig.fabric->reinstated == 0);

  auto& loop = rig.fabric->add("iqn.2001-04.com.example:loop", "192.0.2.12:3260");
  loop.status_class = 1;
  loop.redirect_to = "192.0.2.12";
  for (const std::uint8_t detail : {1, 2}) {
    loop.status_detail = detail;
    const auto before = rig.fabric->connects.size();
    CHECK(rig.log_in(Rig::to(loop)).status == (detail == 1
                                                   ? iscsi::ISDSC_TARGET_MOVED_TEMPORARILY
                                                   : iscsi::ISDSC_TARGET_MOVED_PERMANENTLY));
    CHECK(rig.fabric->connects.size() - before == 5);
  }
  loop.redirect_to = "not an address!";
  CHECK(rig.log_in(Rig::to(loop)).status == iscsi::ISDSC_TARGET_MOVED_PERMANENTLY);
}

TEST_CASE("A permanent redirect is where the session goes when it is lost") {
  for (const bool permanent : {false, true}) {
    Rig rig;
    auto& from = rig.fabric->add(kTargetName, kPortal);
    auto& to = rig.fabric->add(kTargetName, "192.0.2.11:3260");
    from.status_class = 1;
    from.status_detail = permanent ? 2 : 1;
    from.redirect_to = "192.0.2.11:3260";
    REQUIRE(rig.log_in(Rig::to(from)).status == iscsi::ISDSC_SUCCESS);
    rig.fabric->drop(to);
    CHECK(rig.fabric->connects_to(kPortal) == (permanent ? 1 : 2));
    CHECK(rig.sessions()[0].connected);
  }
}

TEST_CASE("CHAP, one way") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  target.chap_user = "user";
  target.chap_secret = "secret-of-ours";
  CHECK(rig.log_in(Rig::to(target)).status == iscsi::ISDSC_AUTHENTICATION_FAILURE);
  CHECK(rig.log_in(with_chap(Rig::to(target), 1, "user", "wrong")).status ==
        iscsi::ISDSC_AUTHENTICATION_FAILURE);
  CHECK(rig.log_in(with_chap(Rig::to(target), 1, "resu", "secret-of-ours")).status ==
        iscsi::ISDSC_AUTHENTICATION_FAILURE);
  CHECK(rig.log_in(with_chap(Rig::to(target), 1, std::string_view("a\0b", 3), "secret-of-ours"))
            .status == iscsi::ISDSC_INVALID_CHAP_USER_NAME);
  REQUIRE(rig.log_in(with_chap(Rig::to(target), 1, "user", "secret-of-ours")).status ==
          iscsi::ISDSC_SUCCESS);
  CHECK(rig.sessions()[0].connections[0].auth_type == 1);
  // A target that does not ask is as good.
  auto& open = rig.fabric->add("iqn.2001-04.com.example:open", "192.0.2.11:3260");
  REQUIRE(rig.log_in(with_chap(Rig::to(open), 1, "user", "secret-of-ours")).status ==
          iscsi::ISDSC_SUCCESS);
  CHECK(rig.sessions()[1].connections[0].auth_type == 0);
  // Without a name it is the node name.
  auto& node = rig.fabric->add("iqn.2001-04.com.example:node", "192.0.2.12:3260");
  node.chap_user = "iqn.2026-01.org.hbalab:hba0";
  node.chap_secret = "secret-of-ours";
  CHECK(rig.log_in(with_chap(Rig::to(node), 1, "", "secret-of-ours")).status ==
        iscsi::ISDSC_SUCCESS);
}

TEST_CASE("CHAP, mutual") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  target.chap_user = "user";
  target.chap_secret = "secret-of-ours";
  target.mutual_secret = "secret-of-theirs";
  const auto command = with_chap(Rig::to(target), 2, "user", "secret-of-ours");
  CHECK(rig.log_in(command).status ==
        iscsi::ISDSC_TARGET_AUTHINFO_UNAVAILABLE);  // nothing to check against
  const auto set = [&](std::string_view secret) { rig.set_chap_secret(secret); };
  set("secret-of-ours");
  CHECK(rig.log_in(command).status == iscsi::ISDSC_INVALID_CHAP_SECRET);
  set("too-short");
  CHECK(rig.log_in(command).status == iscsi::ISDSC_INVALID_INITIATOR_CHAP_SECRET);
  set("not-their-secret");
  CHECK(rig.log_in(command).status == iscsi::ISDSC_AUTHENTICATION_FAILURE);
  set("secret-of-theirs");
  target.wrong_mutual_answer = true;
  CHECK(rig.log_in(command).status == iscsi::ISDSC_AUTHENTICATION_FAILURE);
  target.wrong_mutual_answer = false;
  REQUIRE(rig.log_in(command).status == iscsi::ISDSC_SUCCESS);
  CHECK(rig.sessions()[0].connections[0].auth_type == 2);
  // No challenge twice.
  auto challenges = rig.fabric->mutual_challenges;
  std::ranges::sort(challenges);
  CHECK(std::ranges::adjacent_find(challenges) == challenges.end());
  // A target without CHAP cannot prove itself.
  auto& open = rig.fabric->add("iqn.2001-04.com.example:open", "192.0.2.11:3260");
  CHECK(rig.log_in(with_chap(Rig::to(open), 2, "user", "secret-of-ours")).status ==
        iscsi::ISDSC_AUTHENTICATION_FAILURE);
}

TEST_CASE("A challenge of ours that comes back from elsewhere is refused") {
  Rig rig;
  rig.set_chap_secret("secret-of-theirs");
  auto& victim = rig.fabric->add(kTargetName, kPortal);
  victim.chap_user = "user";
  victim.chap_secret = "secret-of-ours";
  victim.script = [&](const fabric::LoginRequest& request) -> std::optional<LoginResponse> {
    if (const auto challenge = find_key(request.keys, "CHAP_C")) {
      rig.fabric->mutual_challenges.emplace_back(*challenge);
    }
    return std::nullopt;
  };
  victim.login_delay = 1s;
  const auto first = rig.login(with_chap(Rig::to(victim), 2, "user", "secret-of-ours"));
  rig.advance(2500ms);  // the challenge is out, the answer is not in
  REQUIRE(rig.fabric->mutual_challenges.size() >= 1);
  auto& attacker = rig.fabric->add("iqn.2001-04.com.example:mirror", "192.0.2.66:3260");
  attacker.chap_user = "user";
  attacker.chap_secret = "secret-of-ours";
  attacker.challenge_override = rig.fabric->mutual_challenges.front();
  CHECK(rig.log_in(with_chap(Rig::to(attacker), 2, "user", "secret-of-ours")).status ==
        iscsi::ISDSC_AUTHENTICATION_FAILURE);
  CHECK_FALSE(first.done());
}

TEST_CASE("Targets that break the rules") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  const auto with = [&](auto script) {
    target.script = script;
    const auto status = rig.log_in(Rig::to(target)).status;
    CHECK(rig.fabric->open_links() == 0);
    return status;
  };
  using Maybe = std::optional<LoginResponse>;
  const auto answer = [](std::uint8_t stage, std::optional<std::uint8_t> next,
                         fabric::Keys keys = {}) {
    LoginResponse response;
    response.current_stage = stage;
    response.transit = next.has_value();
    response.next_stage = next.value_or(0);
    response.keys = std::move(keys);
    return response;
  };
  CHECK(with([&](const auto&) -> Maybe { return answer(1, {}); }) == iscsi::ISDSC_LOGIN_FAILED);
  CHECK(with([&](const auto&) -> Maybe { return answer(0, 2); }) == iscsi::ISDSC_LOGIN_FAILED);
  CHECK(with([&](const auto& r) -> Maybe { return answer(r.current_stage, {}); }) ==
        iscsi::ISDSC_LOGIN_FAILED);  // for ever
  CHECK(rig.fabric->requests.size() < 50);
  CHECK(with([&](const auto&) -> Maybe { return answer(0, {}, {{"AuthMethod", "KRB5"}}); }) ==
        iscsi::ISDSC_AUTHENTICATION_FAILURE);
  CHECK(with([&](const auto&) -> Maybe { return answer(0, {}, {{"AuthMethod", "CHAP"}}); }) ==
        iscsi::ISDSC_AUTHENTICATION_FAILURE);
  CHECK(with([&](const auto&) -> Maybe {
          return answer(0, {}, {{"TargetPortalGroupTag", "65536"}});
        }) == iscsi::ISDSC_INVALID_TEXT_KEY);
  CHECK(with([&](const auto& r) -> Maybe {
          if (r.current_stage == 0) return std::nullopt;
          return answer(1, 3);  // no TSIH
        }) == iscsi::ISDSC_LOGIN_FAILED);
  target.script = nullptr;
  target.operational_override = {{"MaxBurstLength", "999999999"}};
  CHECK(rig.log_in(Rig::to(target)).status == iscsi::ISDSC_INVALID_TEXT_KEY);
  target.operational_override = {{"X-new", "1"}};
  CHECK(rig.log_in(Rig::to(target)).status == iscsi::ISDSC_SUCCESS);
}

TEST_CASE("The same initiator port logs in to a portal group once") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  target.portals.push_back("192.0.2.11:3260");
  REQUIRE(rig.log_in(Rig::to(target)).status == iscsi::ISDSC_SUCCESS);
  const auto again = rig.login(Rig::to(target));
  CHECK(again.id == 0);
  CHECK(again.get().status == iscsi::ISDSC_TARGET_ALREADY_LOGGED_IN);
  // The other portal of the group is found out in the login; a name in capitals is the same.
  CHECK(rig.log_in(Rig::to("IQN.2001-04.com.Example:Disk1", "192.0.2.11")).status ==
        iscsi::ISDSC_SESSION_ALREADY_EXISTS);
  auto other = Rig::to(target);
  other.login.unique_id_for_isid = 1;
  CHECK(rig.log_in(other).status == iscsi::ISDSC_SUCCESS);
  other = Rig::to(target);
  other.login.port.value = 1;  // another initiator port
  CHECK(rig.log_in(other).status == iscsi::ISDSC_SUCCESS);
  auto& group2 = rig.fabric->add(kTargetName, "192.0.2.20:3260");
  group2.group = 2;
  CHECK(rig.log_in(Rig::to(group2)).status == iscsi::ISDSC_SUCCESS);
  CHECK(rig.sessions().size() == 4);
  CHECK(rig.fabric->reinstated == 0);
}

TEST_CASE("Two logins of one nexus at once never end each other's session") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  target.login_delay = 100ms;
  const auto a = rig.login(Rig::to(target));
  const auto b = rig.login(Rig::to(target));
  rig.advance(1s);
  REQUIRE(a.done());
  REQUIRE(b.done());
  CHECK(a.get().status == iscsi::ISDSC_SUCCESS);
  CHECK(b.get().status == iscsi::ISDSC_SESSION_BUSY);
  CHECK(rig.fabric->reinstated == 0);
  CHECK(rig.sessions().size() == 1);
}

TEST_CASE("max_sessions is kept, also by logins under way") {
  auto config = Rig::default_config();
  config.max_sessions = 2;
  Rig rig(config);
  auto& target = rig.fabric->add(kTargetName, kPortal);
  target.login_delay = 100ms;
  std::vector<Pending<LoginOutcome>> all;
  for (std::uint16_t i = 0; i < 5; ++i) {
    auto command = Rig::to(target);
    command.login.unique_id_for_isid = i;
    all.push_back(rig.login(command));
  }
  rig.advance(5s);
  std::map<IsdscStatus, int> count;
  for (const auto& one : all) ++count[one.get().status];
  CHECK(count[iscsi::ISDSC_SUCCESS] == 2);
  CHECK(count[iscsi::ISDSC_TOO_MANY_SESSIONS] == 3);
  const auto now = rig.login(Rig::to(target, 1));
  CHECK(now.id == 0);
  CHECK(now.get().status == iscsi::ISDSC_TOO_MANY_SESSIONS);
}

TEST_CASE("Mappings are honoured") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  target.luns = {0, 1, 2};
  auto command = Rig::to(target);
  command.login.mapping.os_bus = 0xFFFFFFFF;
  command.login.mapping.os_target = 7;
  command.login.mapping.luns = {{.target_lun = 2, .os_lun = 0}, {.target_lun = 9, .os_lun = 1}};
  REQUIRE(rig.log_in(command).status == iscsi::ISDSC_SUCCESS);
  const auto devices = rig.devices();
  REQUIRE(devices.size() == 3);
  CHECK(devices[0].address == ScsiAddress{0, 7, 0});
  CHECK(devices[0].target_lun == 2);
  CHECK(devices[1].address == ScsiAddress{0, 7, 2});  // 1 is kept for LUN 9
  CHECK(devices[1].target_lun == 0);
  command.login.unique_id_for_isid = 1;
  command.login.mapping.os_bus = 0;
  CHECK(rig.log_in(command).status == iscsi::ISDSC_TARGET_MAPPING_EXISTS);
  auto& other = rig.fabric->add("iqn.2001-04.com.example:b", "192.0.2.11:3260");
  auto second = Rig::to(other);
  second.login.mapping = command.login.mapping;
  CHECK(rig.log_in(second).status == iscsi::ISDSC_TARGET_MAPPING_UNAVAILABLE);
  second.login.mapping.os_target = 8;
  CHECK(rig.log_in(second).status == iscsi::ISDSC_SUCCESS);
  CHECK(
      rig.log_in(Rig::to(rig.fabric->add("iqn.2001-04.com.example:c", "192.0.2.12:3260"))).status ==
      iscsi::ISDSC_SUCCESS);
  CHECK(rig.sessions().back().os_target == 0);
}

TEST_CASE("A failed login leaves no place taken and no timer behind") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  target.operational_override = {{"MaxBurstLength", "1"}};
  for (int i = 0; i < 3; ++i)
    CHECK(rig.log_in(Rig::to(target)).status == iscsi::ISDSC_INVALID_TEXT_KEY);
  target.operational_override.clear();
  REQUIRE(rig.log_in(Rig::to(target)).status == iscsi::ISDSC_SUCCESS);
  CHECK(rig.sessions()[0].os_target == 0);
  CHECK(rig.clock->pending() == 0);
}

TEST_CASE("Without ids there are no sessions") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  rig.power_off();
  rig.flash->broken = true;
  rig.power_on();
  CHECK(rig.log_in(Rig::to(target)).status == iscsi::ISDSC_OUT_OF_RESOURCES);
  rig.flash->broken = false;
  CHECK(rig.log_in(Rig::to(target)).status == iscsi::ISDSC_SUCCESS);
}

TEST_CASE("Cancelling a login") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  target.mute_login = true;
  auto pending = rig.login(Rig::to(target));
  REQUIRE(pending.id != 0);
  rig.run([&] { rig.hba->cancel(pending.id); });
  REQUIRE(pending.answers->size() == 1);
  CHECK(pending.get().status == iscsi::ISDSC_TRANSPORT_ERROR);
  CHECK(rig.fabric->open_links() == 0);
  rig.run([&] { rig.hba->cancel(pending.id); });
  rig.advance(1min);
  CHECK(pending.answers->size() == 1);
  // While it waits for the units: nobody would know the session.
  target.mute_login = false;
  target.mute_scsi = true;
  pending = rig.login(Rig::to(target));
  CHECK(rig.sessions().size() == 1);
  rig.run([&] { rig.hba->cancel(pending.id); });
  CHECK(pending.get().status == iscsi::ISDSC_TRANSPORT_ERROR);
  CHECK(rig.sessions().empty());
  CHECK(rig.clock->pending() == 0);
}
