#include <catch2/catch.hpp>

#include "fabric_support.hpp"

using namespace hbalab;
using namespace hbalab::fabric;
using namespace hbalab::fabric::test;
using namespace std::chrono_literals;

TEST_CASE("connect: answers by portal state, route and name") {
  auto config = one_target();
  auto add = [&](const char* address, const char* state, const char* network = "san") {
    lab::PortalConfig portal;
    portal.address = address;
    portal.state = state;
    portal.network = network;
    config.targets[0].portals.push_back(portal);
  };
  add("192.0.2.11", "refuse");
  add("192.0.2.12", "unreachable");
  add("198.51.100.10", "up", "other");
  add("disk.example.org", "up");
  config.hosts = {{"Disk.example.org", "192.0.2.13"}};
  Bench bench(config);
  const auto result = [&](std::string_view to, std::string_view from = "192.0.2.1") {
    std::optional<ConnectResult> came;
    const LinkId link = bench.connect(came, to, from);
    REQUIRE(link != 0);
    bench.clock->advance(100s);
    bench.fabric->close(link);
    return came;
  };
  CHECK(result("192.0.2.10") == ConnectResult::connected);
  CHECK(result("192.0.2.10:3260") == ConnectResult::connected);
  CHECK(result("192.0.2.10:3261") == std::nullopt);
  CHECK(result("192.0.2.11") == ConnectResult::refused);
  CHECK(result("192.0.2.12") == std::nullopt);
  CHECK(result("192.0.2.99") == std::nullopt);
  CHECK(result("198.51.100.10") == std::nullopt);  // another network
  CHECK(result("198.51.100.10", "198.51.100.1") == ConnectResult::connected);
  CHECK(result("192.0.2.10", "198.51.100.1") == std::nullopt);
  CHECK(result("2001:db8::10", "192.0.2.1") == ConnectResult::unreachable);
  CHECK(result("DISK.example.org") == ConnectResult::connected);
  CHECK(result("192.0.2.13") == ConnectResult::connected);
  CHECK(result("nobody.example.org") == ConnectResult::name_unresolved);
  CHECK(bench.fabric->link_count() == 0);

  const auto reaches = [&](std::string_view from, std::string_view to) {
    return bench.fabric->reaches(IpAddress::from_text(from), portal_of(to));
  };
  CHECK(reaches("192.0.2.1", "192.0.2.12"));
  CHECK(reaches("192.0.2.1", "disk.example.org"));
  CHECK_FALSE(reaches("192.0.2.1", "198.51.100.10"));
  CHECK(reaches("198.51.100.1", "198.51.100.10"));
  CHECK_FALSE(reaches("192.0.2.1", "nobody.example.org"));
}

TEST_CASE("connect and login take the delays of the target") {
  auto config = one_target();
  config.targets[0].connect_delay = 250ms;
  config.targets[0].login_delay = 2s;
  Bench bench(config);
  std::optional<ConnectResult> result;
  const LinkId link = bench.connect(result);
  bench.clock->advance(249ms);
  CHECK_FALSE(result);
  bench.clock->advance(1ms);
  REQUIRE(result == ConnectResult::connected);
  int answers = 0;
  bench.fabric->login(link, Bench::first(1, 3), [&](LoginResponse response) {
    ++answers;
    CHECK(status_of(response) == 0);
  });
  bench.clock->advance(1999ms);
  CHECK(answers == 0);
  bench.clock->advance(1ms);
  CHECK(answers == 1);
  CHECK(bench.fabric->sessions(kDisk).size() == 1);
}

TEST_CASE("close: nothing is called afterwards") {
  auto config = one_target();
  config.targets[0].connect_delay = 1s;
  config.targets[0].login_delay = 1s;
  Bench bench(config);
  std::optional<ConnectResult> result;
  bench.fabric->close(bench.connect(result));
  bench.clock->advance(5s);
  CHECK_FALSE(result);

  const LinkId link = bench.connect(result);
  bench.clock->advance(1s);
  REQUIRE(result == ConnectResult::connected);
  bool called = false;
  bench.fabric->login(link, Bench::first(1, 3), [&](LoginResponse) { called = true; });
  bench.fabric->close(link);
  bench.clock->advance(5s);
  CHECK_FALSE(called);
  CHECK(bench.events.empty());
  CHECK(bench.fabric->link_count() == 0);
  CHECK(bench.clock->pending() == 0);
}

TEST_CASE("login_refusal: each name has its status, and the link is gone") {
  const std::pair<const char*, int> table[] = {{"auth", 0x0201},
                                               {"authorization", 0x0202},
                                               {"not_found", 0x0203},
                                               {"removed", 0x0204},
                                               {"too_many", 0x0206},
                                               {"initiator_error", 0x0200},
                                               {"unsupported_version", 0x0205},
                                               {"missing_parameter", 0x0207},
                                               {"cannot_include_in_session", 0x0208},
                                               {"session_type_not_supported", 0x0209},
                                               {"session_does_not_exist", 0x020A},
                                               {"invalid_during_login", 0x020B},
                                               {"target_error", 0x0300},
                                               {"unavailable", 0x0301},
                                               {"out_of_resources", 0x0302},
                                               {"moved_temporarily", 0x0101},
                                               {"moved_permanently", 0x0102}};
  for (const auto& [name, status] : table) {
    INFO(name);
    auto config = one_target();
    config.targets[0].login_refusal = name;
    config.targets[0].redirect_to = "[2001:DB8::9]";
    Bench bench(config);
    const LinkId link = bench.connected();
    const auto response = bench.log_in(link);
    CHECK(status_of(response) == status);
    CHECK_FALSE(response.transit);
    CHECK(value_of(response.keys, "TargetAddress") ==
          (status >> 8 == 1 ? "[2001:db8::9]:3260" : "(none)"));
    CHECK(bench.fabric->link_count() == 0);
    CHECK(bench.events.empty());
    CHECK(bench.send(link, Bench::first(1, 3)).dropped);
    CHECK(bench.fabric->counters(kDisk).logins_refused == 1);
    CHECK(bench.fabric->counters(kDisk).logins_ok == 0);
  }
}

TEST_CASE("login: what the initiator gets wrong has the status of the RFC's table") {
  using Spoil = void (*)(LoginRequest&);
  struct Case {
    const char* what;
    int status;
    Spoil spoil;
  };
  const Case cases[] = {
      {"no initiator name", 0x0207, [](LoginRequest& r) { r.keys.erase(r.keys.begin()); }},
      {"bad initiator name", 0x0200, [](LoginRequest& r) { r.keys[0].second = "host"; }},
      {"no target name", 0x0207, [](LoginRequest& r) { r.keys.pop_back(); }},
      {"unknown target", 0x0203,
       [](LoginRequest& r) { r.keys[1].second = "iqn.2026-01.org.example:x"; }},
      {"malformed target", 0x0203, [](LoginRequest& r) { r.keys[1].second = "x"; }},
      {"unknown session type", 0x0209,
       [](LoginRequest& r) { r.keys.emplace_back("SessionType", "Odd"); }},
      {"unknown session", 0x020A, [](LoginRequest& r) { r.tsih = 77; }},
      {"stage 2", 0x0200, [](LoginRequest& r) { r.current_stage = 2; }},
      {"starts in full feature", 0x0200, [](LoginRequest& r) { r.current_stage = 3; }},
      {"transit to the same stage", 0x0200, [](LoginRequest& r) { r.next_stage = 1; }},
      {"transit backwards", 0x0200, [](LoginRequest& r) { r.next_stage = 0; }},
      {"transit to stage 2", 0x0200, [](LoginRequest& r) { r.next_stage = 2; }},
      {"authentication in the operational stage", 0x0200,
       [](LoginRequest& r) { r.keys.emplace_back("AuthMethod", "None"); }},
      {"a key twice", 0x0200,
       [](LoginRequest& r) {
         r.keys.emplace_back("MaxBurstLength", "65536");
         r.keys.emplace_back("MaxBurstLength", "65536");
       }},
      {"an endless key name", 0x0200,
       [](LoginRequest& r) { r.keys.emplace_back(std::string(64, 'K'), "1"); }},
      {"too many keys", 0x0200,
       [](LoginRequest& r) {
         for (int i = 0; i < 300; ++i) r.keys.emplace_back("X-" + std::to_string(i), "1");
       }},
  };
  for (const Case& one : cases) {
    INFO(one.what);
    Bench bench;
    LoginRequest request = Bench::first(1, 3);
    one.spoil(request);
    const auto response = bench.send(bench.connected(), std::move(request));
    CHECK(status_of(response) == one.status);
    CHECK(response.keys.empty());
    CHECK(bench.fabric->link_count() == 0);
    CHECK(bench.fabric->sessions(kDisk).empty());
  }
}

TEST_CASE("login: later requests must continue the first") {
  using Spoil = void (*)(LoginRequest&);
  const std::pair<const char*, Spoil> cases[] = {
      {"stage changes without transit", [](LoginRequest& r) { r.current_stage = 1; }},
      {"ISID changes", [](LoginRequest& r) { r.isid[5] = 9; }},
      {"CID changes", [](LoginRequest& r) { r.cid = 9; }},
      {"TSIH changes", [](LoginRequest& r) { r.tsih = 9; }},
      {"name again", [](LoginRequest& r) { r.keys.emplace_back("InitiatorName", kInitiator); }},
      {"method again", [](LoginRequest& r) { r.keys.emplace_back("AuthMethod", "None"); }},
  };
  for (const auto& [what, spoil] : cases) {
    INFO(what);
    Bench bench;
    const LinkId link = bench.connected();
    LoginRequest request = Bench::first(0, 0);
    request.keys.emplace_back("AuthMethod", "CHAP,None");
    const auto answer = bench.send(link, std::move(request));
    REQUIRE(status_of(answer) == 0);
    CHECK(value_of(answer.keys, "AuthMethod") == "None");
    CHECK_FALSE(answer.transit);
    request = Bench::next(0, 1, {});
    spoil(request);
    CHECK(status_of(bench.send(link, std::move(request))) == 0x0200);
  }
}

TEST_CASE("login: the whole way through both stages") {
  auto config = one_target();
  config.targets[0].alias = "a disk";
  config.targets[0].portals[0].group = 7;
  Bench bench(config);
  const LinkId link = bench.connected();
  LoginRequest request = Bench::first(0, 1, "IQN.2026-01.org.example:DISK");
  request.keys.emplace_back("AuthMethod", "None");
  auto answer = bench.send(link, std::move(request));
  REQUIRE(status_of(answer) == 0);
  CHECK(answer.transit);
  CHECK(answer.next_stage == 1);
  CHECK(answer.tsih == 0);
  CHECK(value_of(answer.keys, "TargetPortalGroupTag") == "7");
  CHECK(value_of(answer.keys, "TargetAlias") == "a disk");
  answer = bench.send(link, Bench::next(1, 3, {{"HeaderDigest", "CRC32C,None"}}));
  REQUIRE(status_of(answer) == 0);
  CHECK(answer.transit);
  CHECK(answer.next_stage == 3);
  CHECK(answer.tsih != 0);
  CHECK(value_of(answer.keys, "HeaderDigest") == "CRC32C");
  CHECK(value_of(answer.keys, "TargetPortalGroupTag") == "(none)");
  const auto sessions = bench.fabric->sessions(kDisk);
  REQUIRE(sessions.size() == 1);
  CHECK(sessions[0].initiator == kInitiator);
  CHECK(sessions[0].tsih == answer.tsih);
  CHECK(sessions[0].group == 7);
  // A login request in full feature phase is a protocol error.
  CHECK(bench.send(link, Bench::first(1, 3)).dropped);
  REQUIRE(bench.events.size() == 1);
  CHECK(bench.events[0].kind == LinkEvent::Kind::dropped);
  CHECK(bench.fabric->sessions(kDisk).empty());
}

TEST_CASE("sessions: reinstatement, several connections, logout") {
  auto config = one_target();
  config.targets[0].keys = {{"MaxConnections", "2"}};
  Bench bench(config);
  const LinkId first = bench.session();
  REQUIRE(first != 0);
  const auto old_tsih = bench.fabric->sessions(kDisk)[0].tsih;

  SECTION("the same initiator and ISID replaces the session") {
    const LinkId second = bench.session();
    REQUIRE(second != 0);
    REQUIRE(bench.events.size() == 1);
    CHECK(bench.events[0].link == first);
    const auto sessions = bench.fabric->sessions(kDisk);
    REQUIRE(sessions.size() == 1);
    CHECK(sessions[0].tsih != old_tsih);
  }
  SECTION("another ISID is another session") {
    REQUIRE(bench.session(kDisk, {0x80, 0, 0, 0, 0, 2}) != 0);
    CHECK(bench.fabric->sessions(kDisk).size() == 2);
    CHECK(bench.events.empty());
  }
  SECTION("connections join up to the negotiated number") {
    // The first login did not negotiate MaxConnections: one connection only.
    CHECK(status_of(bench.log_in(bench.connected(), kDisk, kIsid, old_tsih, 1)) == 0x0206);
    LoginRequest request = Bench::first(1, 3);
    request.keys.emplace_back("MaxConnections", "8");
    const LinkId leading = bench.connected();
    const auto answer = bench.send(leading, std::move(request));
    CHECK(value_of(answer.keys, "MaxConnections") == "2");
    bench.events.clear();
    const LinkId joined = bench.connected();
    CHECK(status_of(bench.log_in(joined, kDisk, kIsid, answer.tsih, 1)) == 0);
    CHECK(status_of(bench.log_in(bench.connected(), kDisk, kIsid, answer.tsih, 2)) == 0x0206);
    // The same CID again replaces that connection.
    const LinkId again = bench.connected();
    CHECK(status_of(bench.log_in(again, kDisk, kIsid, answer.tsih, 1)) == 0);
    REQUIRE(bench.events.size() == 1);
    CHECK(bench.events[0].link == joined);
    CHECK(bench.fabric->sessions(kDisk)[0].cids == std::vector<std::uint16_t>{0, 1});
    // Another ISID cannot take part.
    CHECK(status_of(bench.log_in(bench.connected(), kDisk, {1, 2, 3, 4, 5, 6}, answer.tsih, 3)) ==
          0x020A);
    bool answered = false;
    bench.fabric->logout(leading, [&](bool ok) { answered = ok; });
    CHECK(answered);
    CHECK(bench.fabric->sessions(kDisk)[0].cids == std::vector<std::uint16_t>{1});
  }
  SECTION("replacing the only connection keeps the session") {
    const LinkId again = bench.connected();
    CHECK(status_of(bench.log_in(again, kDisk, kIsid, old_tsih, 0)) == 0);
    REQUIRE(bench.fabric->sessions(kDisk).size() == 1);
    CHECK(bench.fabric->sessions(kDisk)[0].tsih == old_tsih);
    CHECK(bench.scsi(again, 0, {0, 0, 0, 0, 0, 0}).status == 0);
  }
  SECTION("logout ends the session, once") {
    int answers = 0;
    bench.fabric->logout(first, [&](bool ok) { answers += ok ? 1 : 100; });
    bench.fabric->logout(first, [&](bool ok) { answers += ok ? 100 : 1; });
    CHECK(answers == 2);
    CHECK(bench.fabric->sessions(kDisk).empty());
    CHECK(bench.events.empty());
  }
}

TEST_CASE("a logout is answered after its delay, unless the connection goes before") {
  auto config = one_target();
  config.targets[0].logout_delay = 2s;
  Bench bench(config);
  const LinkId link = bench.connected();
  REQUIRE(status_of(bench.log_in(link)) == 0);
  int answers = 0;
  bench.fabric->logout_session(link, [&](bool ok) { answers += ok ? 1 : 100; });
  bench.clock->advance(1999ms);
  CHECK(answers == 0);
  CHECK(bench.fabric->sessions(kDisk).size() == 1);
  SECTION("answered") {
    bench.clock->advance(1ms);
    CHECK(answers == 1);
    CHECK(bench.fabric->sessions(kDisk).empty());
    CHECK(bench.events.empty());
  }
  SECTION("dropped") {
    REQUIRE(bench.fabric->drop_links(kDisk));
    CHECK(answers == 100);
    CHECK(bench.events.size() == 1);
  }
  SECTION("closed") { bench.fabric->close(link); }
  SECTION("asked for twice") {
    int again = 0;
    bench.fabric->logout(link, [&](bool ok) { again += ok ? 1 : 100; });
    CHECK(again == 100);
    CHECK(answers == 100);
  }
  const int told = answers;
  bench.clock->advance(10s);
  CHECK(answers == told);
  CHECK(bench.clock->pending() == 0);
  CHECK(bench.fabric->link_count() == 0);
}

TEST_CASE("SendTargets: order, networks, and what each session may ask") {
  auto config = one_target();
  auto& target = config.targets[0];
  lab::PortalConfig portal;
  portal.address = "2001:db8::10";
  portal.group = 2;
  target.portals.push_back(portal);
  portal.address = "198.51.100.10";
  portal.network = "other";
  target.portals.push_back(portal);
  lab::TargetConfig other;
  other.name = "iqn.2026-01.org.example:array";
  portal = {};
  portal.address = "192.0.2.10";
  other.portals = {portal};
  config.targets.push_back(other);
  Bench bench(config);

  const Keys disk = {{"TargetName", kDisk},
                     {"TargetAddress", "192.0.2.10:3260,1"},
                     {"TargetAddress", "[2001:db8::10]:3260,2"}};
  const Keys array = {{"TargetName", other.name}, {"TargetAddress", "192.0.2.10:3260,1"}};
  Keys both = array;
  both.insert(both.end(), disk.begin(), disk.end());

  const LinkId discovery = bench.connected();
  REQUIRE(status_of(bench.log_in(discovery, "")) == 0);
  CHECK(bench.text(discovery, {{"SendTargets", "All"}}) == both);
  CHECK(bench.text(discovery, {{"SendTargets", kDisk}}) == disk);
  CHECK(bench.text(discovery, {{"SendTargets", "iqn.2026-01.org.example:none"}}).empty());
  CHECK(bench.text(discovery, {{"SendTargets", ""}}) == Keys{{"SendTargets", "Reject"}});
  CHECK(bench.text(discovery, {{"X-com.example", "1"}, {"MaxBurstLength", "512"}}) ==
        Keys{{"X-com.example", "NotUnderstood"}, {"MaxBurstLength", "Reject"}});

  const LinkId elsewhere = bench.connected("198.51.100.10", "198.51.100.1");
  REQUIRE(status_of(bench.log_in(elsewhere, "")) == 0);
  CHECK(bench.text(elsewhere, {{"SendTargets", "All"}}) ==
        Keys{{"TargetName", kDisk}, {"TargetAddress", "198.51.100.10:3260,2"}});

  const LinkId normal = bench.session();
  CHECK(bench.text(normal, {{"SendTargets", ""}}) == disk);
  CHECK(bench.text(normal, {{"SendTargets", kDisk}}) == disk);
  CHECK(bench.text(normal, {{"SendTargets", other.name}}).empty());
  CHECK(bench.text(normal, {{"SendTargets", "All"}}) == Keys{{"SendTargets", "Reject"}});

  // Both targets share the portal: the name decides, also for a session.
  const LinkId shared = bench.connected();
  CHECK(status_of(bench.log_in(shared, other.name)) == 0);
  CHECK(bench.fabric->sessions(other.name).size() == 1);

  SECTION("a text request before the login ends the link") {
    const LinkId early = bench.connected();
    std::optional<bool> answered;
    bench.fabric->text(early, {{"SendTargets", "All"}}, [&](bool ok, Keys) { answered = ok; });
    CHECK(answered == false);
    REQUIRE(bench.events.size() == 1);
    CHECK(bench.events[0].link == early);
  }
}
