#include <catch2/catch.hpp>

#include <atomic>
#include <functional>
#include <thread>

#include "fabric_support.hpp"

using namespace hbalab;
using namespace hbalab::fabric;
using namespace hbalab::fabric::test;
using namespace std::chrono_literals;
using Kind = LinkEvent::Kind;

namespace {

lab::PortalConfig portal_at(const char* address, const char* state = "up") {
  lab::PortalConfig portal;
  portal.address = address;
  portal.state = state;
  return portal;
}

}  // namespace

TEST_CASE("a portal that goes away takes its links along") {
  Bench bench;
  const LinkId session = bench.session();
  const LinkId idle = bench.connected();
  REQUIRE(bench.fabric->put_portal(kDisk, portal_at("192.0.2.10", "refuse")));
  REQUIRE(bench.events.size() == 2);
  CHECK(bench.events[0].link == session);
  CHECK(bench.events[1].link == idle);
  CHECK(bench.fabric->link_count() == 0);
  CHECK(bench.fabric->sessions(kDisk).empty());
  std::optional<ConnectResult> result;
  bench.connect(result);
  CHECK(result == ConnectResult::refused);
  REQUIRE(bench.fabric->put_portal(kDisk, portal_at("192.0.2.10")));
  CHECK(bench.session() != 0);
  bench.events.clear();
  REQUIRE(bench.fabric->remove_portal(kDisk, portal_of("192.0.2.10")));
  CHECK(bench.events.size() == 1);
  CHECK(bench.fabric->remove_portal(kDisk, portal_of("192.0.2.10")).error().kind ==
        EditError::Kind::not_found);
}

TEST_CASE("targets that share a portal do not disturb each other") {
  auto config = one_target();
  lab::TargetConfig other;
  other.name = "iqn.2026-01.org.example:other";
  other.portals = {portal_at("192.0.2.10")};
  config.targets.push_back(other);
  Bench bench(config);
  const LinkId disk = bench.session();
  const LinkId sharing = bench.session(other.name, {1, 1, 1, 1, 1, 1});
  const LinkId idle = bench.connected();
  REQUIRE(bench.fabric->put_portal(kDisk, portal_at("192.0.2.10", "unreachable")));
  REQUIRE(bench.events.size() == 1);
  CHECK(bench.events[0].link == disk);
  // The portal answers for the other target; this one is not found there.
  CHECK(status_of(bench.log_in(idle)) == 0x0203);
  REQUIRE(bench.fabric->remove_target(kDisk));
  CHECK(bench.events.size() == 1);
  REQUIRE(bench.fabric->remove_target(other.name));
  REQUIRE(bench.events.size() == 2);
  CHECK(bench.events[1].link == sharing);
  CHECK(bench.fabric->target_names().empty());
  CHECK(bench.fabric->remove_target(kDisk).error().kind == EditError::Kind::not_found);
}

TEST_CASE("a login under way is told when its portal goes") {
  auto config = one_target();
  config.targets[0].login_delay = 1s;
  Bench bench(config);
  const LinkId link = bench.connected();
  int dropped = 0;
  bench.fabric->login(link, Bench::first(1, 3), [&](LoginResponse response) {
    dropped += response.dropped ? 1 : 100;
    CHECK(bench.events.empty());  // the answer comes before the event
  });
  REQUIRE(bench.fabric->remove_target(kDisk));
  CHECK(dropped == 1);
  CHECK(bench.events.size() == 1);
  bench.clock->advance(10s);
  CHECK(dropped == 1);
  CHECK(bench.clock->pending() == 0);
}

TEST_CASE("what drops the links of a target reaches a login whose answer is delayed") {
  // Somebody else listens at the same place, so that the place itself stays served.
  auto config = one_target();
  config.hosts = {{"array.example.org", "192.0.2.10"}};
  config.targets[0].portals[0].address = "array.example.org";
  config.targets[0].login_delay = 1s;
  lab::TargetConfig other;
  other.name = "iqn.2026-01.org.example:other";
  other.login_delay = 1s;
  other.portals = {portal_at("192.0.2.10")};
  config.targets.push_back(other);
  Bench bench(config);
  const auto log_in = [&bench](std::string_view target, int& dropped, bool discovery = false) {
    LoginRequest request = Bench::first(1, 3, std::string(target));
    if (discovery) request.keys.emplace_back("SessionType", "Discovery");
    bench.fabric->login(bench.connected(), std::move(request),
                        [&dropped](LoginResponse response) { dropped = response.dropped ? 1 : 0; });
  };
  int dropped = -1, others = -1, discovery = -1;
  log_in(kDisk, dropped);
  log_in(other.name, others);
  log_in(kDisk, discovery, true);
  const Portal portal = portal_of("array.example.org");
  const std::pair<const char*, std::function<Edit()>> controls[] = {
      {"disconnect", [&] { return bench.fabric->drop_links(kDisk); }},
      {"target removed", [&] { return bench.fabric->remove_target(kDisk); }},
      {"portal removed", [&] { return bench.fabric->remove_portal(kDisk, portal); }},
      {"portal refuses",
       [&] {
         return bench.fabric->edit_portal(kDisk, portal,
                                          [](lab::PortalConfig& its) { its.state = "refuse"; });
       }},
      {"portal in another group",
       [&] {
         return bench.fabric->edit_portal(kDisk, portal,
                                          [](lab::PortalConfig& its) { its.group = 2; });
       }},
      {"portal in another network",
       [&] {
         return bench.fabric->edit_portal(kDisk, portal,
                                          [](lab::PortalConfig& its) { its.network = "other"; });
       }},
      {"host moves", [&] { return bench.fabric->put_host({"array.example.org", "192.0.2.11"}); }},
      {"host removed", [&] { return bench.fabric->remove_host("array.example.org"); }},
      {"network down", [&] { return bench.fabric->set_network_up("san", false); }},
  };
  const auto& [name, act] = controls[GENERATE(range(0, 9))];
  INFO(name);
  REQUIRE(act());
  CHECK(dropped == 1);
  const bool all = std::string_view(name) == "network down";
  CHECK(others == (all ? 1 : -1));
  CHECK(discovery == (all ? 1 : -1));  // a session with the portal, not with the target
  CHECK(bench.events.size() == (all ? 3 : 1));
  bench.clock->advance(2s);
  CHECK(dropped == 1);
  CHECK(others == (all ? 1 : 0));
  CHECK(discovery == (all ? 1 : 0));
  CHECK(bench.clock->pending() == 0);
}

TEST_CASE("a delayed connect is judged by what is there when it is answered") {
  auto config = one_target();
  config.targets[0].connect_delay = 1s;
  Bench bench(config);
  std::optional<ConnectResult> refused, silent;
  bench.connect(refused);
  REQUIRE(bench.fabric->put_portal(kDisk, portal_at("192.0.2.10", "refuse")));
  bench.clock->advance(1s);
  CHECK(refused == ConnectResult::refused);
  bench.connect(silent);
  REQUIRE(bench.fabric->remove_target(kDisk));
  bench.clock->advance(1s);
  CHECK_FALSE(silent);
}

TEST_CASE("LUNs come and go; sessions are told once each") {
  Bench bench;
  const LinkId link = bench.session();
  (void)bench.connected();
  lab::LunConfig lun;
  lun.lun = 3;
  REQUIRE(bench.fabric->put_lun(kDisk, lun));
  REQUIRE(bench.events.size() == 1);
  CHECK(bench.events[0].kind == Kind::luns_changed);
  CHECK(bench.events[0].link == link);
  lun.blocks = 77;
  REQUIRE(bench.fabric->put_lun(kDisk, lun));  // another size is not another inventory
  CHECK(bench.events.size() == 1);
  const Bytes capacity{0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  CHECK(bench.scsi(link, 3, capacity).sense.at(12) == 0x3F);  // REPORTED LUNS DATA HAS CHANGED
  CHECK(bench.scsi(link, 3, capacity).sense.at(12) == 0x2A);  // CAPACITY DATA HAS CHANGED
  CHECK(bench.scsi(link, 3, capacity).data.at(3) == 76);
  REQUIRE(bench.fabric->remove_lun(kDisk, 3));
  CHECK(bench.events.size() == 2);
  CHECK(bench.fabric->remove_lun(kDisk, 3).error().kind == EditError::Kind::not_found);
  lun.block_size = 1000;
  CHECK(bench.fabric->put_lun(kDisk, lun).error().kind == EditError::Kind::invalid);
}

TEST_CASE("another size is a unit attention of every session, and of no later one") {
  Bench bench;
  const LinkId links[] = {bench.session(), bench.session(kDisk, {1, 1, 1, 1, 1, 1})};
  const Bytes ready(6);
  const auto ends = [&](LinkId link) { return bench.scsi(link, 0, ready).status; };
  const auto edit = [&](std::function<void(lab::LunConfig&)> change) {
    REQUIRE(bench.fabric->edit_lun(kDisk, 0, std::move(change)));
  };
  edit([](lab::LunConfig& lun) { lun.blocks = 4096; });
  const LinkId late = bench.session(kDisk, {2, 2, 2, 2, 2, 2});
  for (const LinkId link : links) {
    CHECK(ends(link) == 0x02);
    CHECK(ends(link) == 0x00);
  }
  CHECK(ends(late) == 0x00);
  edit([](lab::LunConfig& lun) { lun.block_size = 4096; });
  CHECK(ends(late) == 0x02);
  edit([](lab::LunConfig& lun) { lun.serial = "other"; });
  CHECK(ends(late) == 0x00);
  // A unit that goes takes its attention with it.
  edit([](lab::LunConfig& lun) { lun.blocks = 1; });
  REQUIRE(bench.fabric->remove_lun(kDisk, 0));
  REQUIRE(bench.fabric->put_lun(kDisk, {}));
  CHECK(bench.scsi(late, 0, {0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0}).status == 0x00);
  CHECK(ends(late) == 0x00);
}

TEST_CASE("a changed secret applies to the next login") {
  Bench bench;
  REQUIRE(bench.session() != 0);
  REQUIRE(bench.fabric->set_chap_part(kDisk, &lab::ChapConfig::user, "user"));
  CHECK(bench.session() != 0);  // half of CHAP is none
  bench.events.clear();
  REQUIRE(bench.fabric->set_chap_part(kDisk, &lab::ChapConfig::secret, "secret-of-user"));
  CHECK(bench.events.empty());
  CHECK(bench.fabric->sessions(kDisk).size() == 1);
  CHECK(status_of(bench.log_in(bench.connected())) == 0x0201);
  CHECK(bench.fabric->chap_names(kDisk)->secret.empty());
  CHECK_FALSE(bench.fabric->set_chap_part(kDisk, &lab::ChapConfig::secret, "short"));
  REQUIRE(bench.fabric->set_chap_part(kDisk, &lab::ChapConfig::mutual_user, "target"));
  CHECK_FALSE(
      bench.fabric->set_chap_part(kDisk, &lab::ChapConfig::mutual_secret, "secret-of-user"));
  REQUIRE(bench.fabric->set_chap_part(kDisk, &lab::ChapConfig::user, ""));
  CHECK(bench.session() != 0);
}

TEST_CASE("a network that goes down drops its links and answers nobody") {
  Bench bench;
  REQUIRE(bench.session() != 0);
  REQUIRE(bench.fabric->set_network_up("san", false));
  CHECK(bench.events.size() == 1);
  std::optional<ConnectResult> result;
  bench.connect(result);
  CHECK(result == ConnectResult::link_down);
  CHECK_FALSE(bench.fabric->reaches(IpAddress::from_text("192.0.2.1"), portal_of("192.0.2.10")));
  REQUIRE(bench.fabric->set_network_up("san", true));
  CHECK(bench.session() != 0);
  CHECK(bench.fabric->set_network_up("nowhere", false).error().kind == EditError::Kind::not_found);
  CHECK(bench.fabric->remove_network("san").error().kind == EditError::Kind::in_use);
  REQUIRE(bench.fabric->add_network("lab2"));
  CHECK(bench.fabric->add_network("lab2").error().kind == EditError::Kind::exists);
  REQUIRE(bench.fabric->remove_network("lab2"));
}

TEST_CASE("names move, and portals with them") {
  auto config = one_target();
  config.targets[0].portals = {portal_at("disk.example.org")};
  config.hosts = {{"disk.example.org", "192.0.2.20"}};
  Bench bench(config);
  const LinkId link = bench.connected("disk.example.org");
  REQUIRE(link != 0);
  REQUIRE(bench.connected("192.0.2.20") != 0);
  REQUIRE(bench.fabric->put_host({"DISK.example.org", "192.0.2.21"}));
  CHECK(bench.events.size() == 2);
  CHECK(bench.connected("192.0.2.20") == 0);
  CHECK(bench.connected("192.0.2.21") != 0);
  REQUIRE(bench.fabric->remove_host("disk.example.org"));
  std::optional<ConnectResult> result;
  bench.connect(result, "disk.example.org");
  CHECK(result == ConnectResult::name_unresolved);
}

TEST_CASE("ports are plugged into networks while the fabric runs") {
  Bench bench;
  const auto port = IpAddress::from_text("203.0.113.5");
  bench.fabric->plug(port, "other");
  CHECK_FALSE(bench.fabric->reaches(port, portal_of("192.0.2.10")));
  bench.fabric->plug(port, "san");
  CHECK(bench.fabric->reaches(port, portal_of("192.0.2.10")));
  bench.fabric->unplug(port);
  CHECK(bench.fabric->reaches(port, portal_of("192.0.2.10")));  // the default network
}

TEST_CASE("logout requests and disconnects") {
  Bench bench;
  const LinkId link = bench.session();
  REQUIRE(bench.fabric->request_logout(kDisk));
  REQUIRE(bench.events.size() == 1);
  CHECK(bench.events[0].kind == Kind::logout_requested);
  CHECK(bench.scsi(link, 0, {0, 0, 0, 0, 0, 0}).status == 0);
  REQUIRE(bench.fabric->drop_links(kDisk));
  REQUIRE(bench.events.size() == 2);
  CHECK(bench.events[1].kind == Kind::dropped);
}

TEST_CASE("a drop is announced to each session before it comes") {
  Bench bench;
  LoginRequest wide = Bench::first(1, 3);
  wide.keys.emplace_back("MaxConnections", "2");
  const LinkId first = bench.connected();
  REQUIRE(status_of(bench.send(first, wide)) == 0);
  LoginRequest joins = Bench::first(1, 3);
  joins.tsih = bench.fabric->sessions(kDisk).at(0).tsih;
  joins.cid = 7;
  const LinkId second = bench.connected();
  REQUIRE(status_of(bench.send(second, joins)) == 0);
  const LinkId other = bench.session(kDisk, {1, 1, 1, 1, 1, 1});
  REQUIRE(bench.fabric->announce_drop(kDisk, {7, 3s, 4s}));
  REQUIRE(bench.events.size() == 2);
  CHECK(bench.events[0].kind == Kind::drop_announced);
  CHECK(bench.events[0].link == second);
  CHECK(bench.events[0].time_to_wait == 3s);
  CHECK(bench.events[0].time_to_retain == 4s);
  CHECK(bench.events[1].kind == Kind::dropped);
  CHECK(bench.events[1].link == second);
  CHECK(bench.fabric->announce_drop(kDisk, {7, {}, {}}).error().kind == EditError::Kind::not_found);
  bench.events.clear();
  REQUIRE(bench.fabric->request_negotiation(kDisk));
  REQUIRE(bench.events.size() == 2);
  CHECK(bench.events[0].kind == Kind::negotiation_requested);
  bench.events.clear();
  REQUIRE(bench.fabric->announce_drop(kDisk, {}));
  REQUIRE(bench.events.size() == 4);
  for (const std::size_t i : {0, 1}) {
    CHECK(bench.events[i].kind == Kind::session_drop_announced);
    CHECK(bench.events[i].time_to_wait == 2s);  // RFC 7143's defaults: nobody said more
    CHECK(bench.events[i].time_to_retain == 20s);
    CHECK(bench.events[i + 2].kind == Kind::dropped);
  }
  CHECK(bench.events[2].link == first);
  CHECK(bench.events[3].link == other);
  CHECK(bench.fabric->link_count() == 0);
}

TEST_CASE("callbacks may use the fabric, and give it away") {
  Bench bench;
  std::optional<ConnectResult> inner;
  bench.fabric->connect(IpAddress::from_text("192.0.2.1"), portal_of("192.0.2.10"), {},
                        [&](ConnectResult) {
                          bench.connect(inner);
                          bench.fabric.reset();
                        });
  CHECK(inner == ConnectResult::connected);
  CHECK(bench.fabric == nullptr);
}

TEST_CASE("a fabric that is gone calls nobody") {
  auto config = one_target();
  config.targets[0].connect_delay = 1s;
  Bench bench(config);
  std::optional<ConnectResult> result;
  bench.connect(result);
  bench.fabric.reset();
  bench.clock->advance(10s);
  CHECK_FALSE(result);
}

TEST_CASE("a hundred thousand attempts that nobody answers") {
  Bench bench;
  const auto from = IpAddress::from_text("192.0.2.1");
  const auto to = portal_of("192.0.2.99");
  int calls = 0;
  std::vector<LinkId> links;
  for (int i = 0; i < 100'000; ++i) {
    links.push_back(bench.fabric->connect(from, to, {}, [&calls](ConnectResult) { ++calls; }));
  }
  CHECK(bench.fabric->link_count() == 100'000);
  CHECK(bench.clock->pending() == 0);  // none costs a timer
  for (const LinkId link : links) bench.fabric->close(link);
  CHECK(bench.fabric->link_count() == 0);
  CHECK(calls == 0);
}

TEST_CASE("many threads log in while the fabric changes") {
  auto config = one_target();
  Bench bench(config);
  std::atomic<int> connects{0}, logins{0}, drops{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const LinkId link = bench.fabric->connect(
            IpAddress::from_text("192.0.2.1"), portal_of("192.0.2.10"),
            [&](const LinkEvent& event) { drops += event.kind == Kind::dropped ? 1 : 0; },
            [&](ConnectResult) { ++connects; });
        LoginRequest request = Bench::first(1, 3);
        request.isid = {0, 0, 0, 0, static_cast<std::uint8_t>(t), static_cast<std::uint8_t>(i)};
        bench.fabric->login(link, std::move(request), [&](LoginResponse) { ++logins; });
        bench.fabric->scsi(link, 0, {0, 0, 0, 0, 0, 0}, 0, [](ScsiResponse) {});
        if (i % 2 == 0) {
          bench.fabric->close(link);
        } else {
          bench.fabric->logout(link, [](bool) {});
        }
      }
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < 200; ++i) {
      (void)bench.fabric->put_portal(kDisk, portal_at("192.0.2.10", i % 2 == 0 ? "refuse" : "up"));
      lab::LunConfig lun;
      lun.lun = static_cast<std::uint64_t>(1 + i % 5);
      (void)bench.fabric->put_lun(kDisk, lun);
      (void)bench.fabric->remove_lun(kDisk, lun.lun);
    }
  });
  for (auto& thread : threads) thread.join();
  CHECK(connects == 800);
  CHECK(logins == 800);
  CHECK(bench.fabric->link_count() == 0);
  CHECK(bench.fabric->sessions(kDisk).empty());
}
