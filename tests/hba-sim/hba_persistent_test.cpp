#include <catch2/catch.hpp>
#include <random>

#include "tests/hba-sim/hba_fixture.hpp"

using namespace hbalab;
using namespace hbalab::test;
using adapter::PersistentLogins;
using adapter::StoreResult;

namespace {

std::string portal_of(int i) {
  return "203.0." + std::to_string(i / 250 % 250) + "." + std::to_string(i % 250 + 1) + ":3260";
}
std::string name_of(int i) { return "iqn.2001-04.com.example:t" + std::to_string(i); }

// A scheduler whose tries are the test's.
struct Bench {
  VirtualClock clock;
  AdapterLock lock;
  std::shared_ptr<adapter::Gate> gate = std::make_shared<adapter::Gate>(
      [this](std::move_only_function<void()> action) { lock.enter(std::move(action)); });
  std::vector<std::pair<TimePoint, std::uint64_t>> tries;
  std::vector<std::uint64_t> abandoned;
  std::set<std::uint64_t> gone;
  bool room = true;
  PersistentLogins logins{clock,
                          5s,
                          {.try_login =
                               [this](std::uint64_t record) {
                                 if (gone.contains(record)) return false;
                                 tries.emplace_back(clock.now(), record);
                                 return true;
                               },
                           .abandon = [this](std::uint64_t record) { abandoned.push_back(record); },
                           .has_room = [this] { return room; }}};
  Bench() { logins.start(gate); }
  void begin(std::uint64_t count) {
    std::deque<std::uint64_t> order;
    for (std::uint64_t i = 0; i < count; ++i) order.push_back(i);
    const AdapterLock::Scope scope(lock);
    logins.begin(std::move(order));
  }
  void end(std::uint64_t record, IsdscStatus status) {
    const AdapterLock::Scope scope(lock);
    logins.attempt_ended(record, status);
  }
};

}  // namespace

TEST_CASE("A save does not log in, a restart does, and so does a reset") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  REQUIRE(rig.save(Rig::to(target)) == StoreResult::ok);
  rig.advance(1min);
  CHECK(rig.sessions().empty());
  rig.power_off();
  rig.power_on();
  CHECK(rig.sessions().empty());  // start() alone does not
  rig.begin();
  REQUIRE(rig.sessions().size() == 1);
  CHECK(rig.sessions()[0].from_persistent);
  CHECK(rig.devices().size() == 1);
  rig.reset();
  REQUIRE(rig.sessions().size() == 1);
  CHECK(rig.sessions()[0].from_persistent);
  rig.begin();  // once more: nothing is done twice
  rig.advance(1min);
  CHECK(rig.sessions().size() == 1);
  CHECK(rig.fabric->reinstated == 0);
}

TEST_CASE("An informational record makes an informational session") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  rig.save(Rig::to(target, 1));
  rig.begin();
  REQUIRE(rig.sessions().size() == 1);
  CHECK(rig.sessions()[0].type == 1);
  CHECK(rig.devices().empty());
}

TEST_CASE("A persistent login is tried every five seconds until it is there") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  target.connect_result = fabric::ConnectResult::refused;
  rig.save(Rig::to(target));
  rig.begin();
  CHECK(rig.fabric->connects.size() == 1);
  rig.advance(4'999ms);
  CHECK(rig.fabric->connects.size() == 1);
  rig.advance(1ms);
  CHECK(rig.fabric->connects.size() == 2);
  rig.advance(50s);
  CHECK(rig.fabric->connects.size() == 12);
  target.connect_result = fabric::ConnectResult::connected;
  rig.advance(5s);
  CHECK(rig.sessions().size() == 1);
  CHECK(rig.clock->pending() == 0);
}

TEST_CASE("One dead portal delays nobody") {
  Rig rig;
  auto& dead = rig.fabric->add(name_of(0), portal_of(0));
  dead.mute_connect = true;
  auto& hanging = rig.fabric->add(name_of(1), portal_of(1));
  hanging.mute_login = true;
  rig.save(Rig::to(dead));
  rig.save(Rig::to(hanging));
  for (int i = 2; i < 150; ++i) rig.save(Rig::to(rig.fabric->add(name_of(i), portal_of(i))));
  rig.begin();
  rig.advance(0s);
  CHECK(rig.sessions().size() == 148);
  // Each has its own deadline, then the interval.
  rig.advance(15s);
  CHECK(rig.fabric->connects_to(portal_of(1)) == 1);
  rig.advance(5s);
  CHECK(rig.fabric->connects_to(portal_of(1)) == 2);
  hanging.mute_login = false;
  rig.advance(20s);
  CHECK(rig.sessions().size() == 149);
}

TEST_CASE("Removing a record ends its tries and leaves sessions alone") {
  Rig rig;
  auto& live = rig.fabric->add(name_of(0), portal_of(0));
  auto& refusing = rig.fabric->add(name_of(1), portal_of(1));
  refusing.connect_result = fabric::ConnectResult::refused;
  auto& mute = rig.fabric->add(name_of(2), portal_of(2));
  mute.mute_connect = true;
  for (const auto* target : {&live, &refusing, &mute}) rig.save(Rig::to(*target));
  rig.begin();
  CHECK(rig.fabric->open_links() >= 2);
  for (const auto* target : {&live, &refusing, &mute})
    CHECK(rig.forget(*target) == StoreResult::ok);
  const auto connects = rig.fabric->connects.size();
  refusing.connect_result = fabric::ConnectResult::connected;
  mute.mute_connect = false;
  rig.advance(10min);
  CHECK(rig.fabric->connects.size() == connects);
  REQUIRE(rig.sessions().size() == 1);
  CHECK(rig.sessions()[0].from_persistent);
  // The session of a removed record still comes back when it is lost.
  rig.fabric->drop(live);
  CHECK(rig.sessions()[0].connected);
}

TEST_CASE("A record that is replaced takes effect at its next try") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  target.chap_user = "user";
  target.chap_secret = "secret-of-ours";
  auto command = Rig::to(target);
  rig.save(command);
  rig.begin();
  rig.advance(20s);
  CHECK(rig.sessions().empty());
  command.login.options.information_specified = iscsi::ISCSI_LOGIN_OPTIONS_AUTH_TYPE;
  command.login.options.auth_type = 1;
  command.login.username = {'u', 's', 'e', 'r'};
  const std::string secret = "secret-of-ours";
  command.login.password.assign(secret.begin(), secret.end());
  rig.save(command);
  CHECK(rig.run([&] { return rig.hba->logins().size(); }) == 1);
  rig.advance(5s);
  REQUIRE(rig.sessions().size() == 1);
  CHECK(rig.sessions()[0].connections.at(0).auth_type == 1);
}

TEST_CASE("What is logged in is not logged in again, and a logout is the last word") {
  Rig rig;
  auto& target = rig.fabric->add(kTargetName, kPortal);
  rig.save(Rig::to(target));
  auto with_port = Rig::to(target);
  with_port.login.port.value = 0;  // a second record that ends at the same nexus
  rig.save(with_port);
  rig.begin();
  rig.advance(1min);
  REQUIRE(rig.sessions().size() == 1);
  CHECK(rig.fabric->reinstated == 0);
  CHECK(rig.logout(rig.sessions()[0].id).get() == iscsi::ISDSC_SUCCESS);
  rig.advance(1min);
  CHECK(rig.sessions().empty());
}

TEST_CASE("Records beyond max_sessions wait for a slot") {
  auto config = Rig::default_config();
  config.max_sessions = 3;
  Rig rig(config);
  for (int i = 0; i < 10; ++i) rig.save(Rig::to(rig.fabric->add(name_of(i), portal_of(i))));
  rig.begin();
  CHECK(rig.sessions().size() == 3);
  // All raced for the slots; those that lost wait, without a timer and without bothering anybody.
  const auto connects = rig.fabric->connects.size();
  CHECK(connects <= 10);
  rig.advance(1min);
  CHECK(rig.fabric->connects.size() == connects);
  CHECK(rig.clock->pending() == 0);
  for (int i = 0; i < 7; ++i) {
    rig.logout(rig.sessions()[0].id);
    rig.advance(0s);
    CHECK(rig.sessions().size() == 3);
  }
  rig.logout(rig.sessions()[0].id);
  rig.advance(1min);
  CHECK(rig.sessions().size() == 2);
}

TEST_CASE("Slots that many logins race for are all used") {
  auto config = Rig::default_config();
  config.max_sessions = 5;
  Rig rig(config);
  for (int i = 0; i < 40; ++i) {
    auto& target = rig.fabric->add(name_of(i), portal_of(i));
    target.login_delay = Duration{(i * 7919) % 997 * 1'000'000};
    if (i % 3 == 0)
      target.operational_override = {{"MaxBurstLength", "1"}};  // fails at the last step
    rig.save(Rig::to(target));
  }
  rig.begin();
  rig.advance(30s);
  CHECK(rig.sessions().size() == 5);
  CHECK(rig.fabric->reinstated == 0);
}

TEST_CASE("Tries are bounded, in batches, fresh ones first") {
  Bench bench;
  bench.begin(5000);
  CHECK(bench.tries.size() == PersistentLogins::kBatch);
  bench.clock.advance(0s);
  CHECK(bench.tries.size() == PersistentLogins::kMaxParallel);
  CHECK(bench.clock.pending() == 0);
  // Each that ends makes place for one.
  for (std::uint64_t i = 0; i < 100; ++i) bench.end(i, iscsi::ISDSC_CONNECTION_FAILED);
  bench.clock.advance(0s);
  CHECK(bench.tries.size() == PersistentLogins::kMaxParallel + 100);
  CHECK(bench.tries.back().second == PersistentLogins::kMaxParallel + 99);
  // Retries come after all that were not tried yet.
  bench.clock.advance(5s);
  for (std::uint64_t i = 100; i < 5000; ++i) {
    bench.end(i, iscsi::ISDSC_SUCCESS);
    bench.clock.advance(0s);
  }
  CHECK(bench.tries.size() == 5100);
  for (std::size_t i = 0; i < 5000; ++i) REQUIRE(bench.tries[i].second == i);
  for (std::size_t i = 0; i < 100; ++i) REQUIRE(bench.tries[5000 + i].second == i);
}

TEST_CASE("One timer serves all records that wait") {
  Bench bench;
  bench.begin(1000);
  bench.clock.advance(0s);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    bench.end(i, iscsi::ISDSC_CONNECTION_FAILED);
    bench.clock.advance(1ms);
  }
  CHECK(bench.clock.pending() == 1);
  CHECK(bench.logins.waiting() == 1000);
  bench.tries.clear();
  bench.clock.advance(10s);
  REQUIRE(bench.tries.size() == 1000);
  for (std::size_t i = 0; i < 1000; ++i) {
    REQUIRE(bench.tries[i].second == i);
    REQUIRE(bench.tries[i].first ==
            TimePoint{5s + 1ms * static_cast<int>(i)});  // each by its own time
  }
  CHECK(bench.clock.pending() == 0);
}

TEST_CASE("Records that are gone, abandoned or full") {
  Bench bench;
  bench.gone = {1};
  bench.begin(3);
  CHECK(bench.tries.size() == 2);
  bench.logins.record_removed(0);
  CHECK(bench.abandoned == std::vector<std::uint64_t>{0});
  bench.end(0, iscsi::ISDSC_CONNECTION_FAILED);  // too late to count
  CHECK(bench.logins.waiting() == 0);
  bench.room = false;
  bench.end(2, iscsi::ISDSC_TOO_MANY_SESSIONS);
  bench.clock.advance(1h);
  CHECK(bench.tries.size() == 2);
  bench.room = true;
  {
    const AdapterLock::Scope scope(bench.lock);
    bench.logins.slot_free();
  }
  bench.clock.advance(0s);
  CHECK(bench.tries.size() == 3);
  bench.logins.stop();
  bench.end(2, iscsi::ISDSC_CONNECTION_FAILED);
  bench.clock.advance(1h);
  CHECK(bench.tries.size() == 3);
  CHECK(bench.clock.pending() == 0);
}

TEST_CASE("The list of records keeps their order") {
  adapter::RecordList list;
  std::set<std::uint64_t> model;
  std::mt19937 random(3);
  std::uint64_t next = 0;
  for (int i = 0; i < 3000; ++i) {
    const auto pick = random() % 100;
    if (pick < 50) {
      list.saved(next);
      model.insert(next++);
    } else if (!model.empty()) {
      auto victim = model.begin();
      std::advance(victim, static_cast<long>(random() % model.size()));
      if (pick < 60) {
        list.saved(*victim);  // replaced
      } else {
        list.removed(*victim);
        list.removed(*victim);
        model.erase(victim);
      }
    }
    const auto all = list.all();
    REQUIRE(std::ranges::equal(all, model));
  }
}
