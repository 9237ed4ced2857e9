// The checker's own requests through the whole port driver.
#include <algorithm>

#include "tests/hba-sim/port_checked_bench.hpp"

using namespace hbalab;
using namespace hbalab::port_test;
using wmi::MinorFunction;
using wmi::NtStatus;

namespace {

std::shared_ptr<Outcome> query_all(const Bench& bench, const GUID& guid, std::size_t room = 1024) {
  return submit(*bench.device->provider(), MinorFunction::query_all_data, guid,
                wmi::pack_query_all(to_guid(guid), room));
}

std::shared_ptr<Outcome> query_one(const Bench& bench, const GUID& guid) {
  return submit(*bench.device->provider(), MinorFunction::query_single_instance, guid,
                wmi::pack_query_single(to_guid(guid), {0, {}}, 1024));
}

}  // namespace

TEST_CASE("nothing of the checker's runs before the clock or somebody lets it") {
  CheckedBench bench;
  CHECK(bench.probes() == 0);
  CHECK(bench.clock->pending() == 1);
  bench.clock->advance({});
  const std::size_t at_start = bench.probes();
  CHECK(at_start > 0);
  CHECK(bench.clock->pending() == 0);
  bench.device->settle();
  CHECK(bench.probes() == at_start);
}

TEST_CASE("the answer comes before what the checker asks about it") {
  CheckedBench bench;
  bench.device->settle();
  const std::size_t before = bench.probes();
  const auto all = query_all(bench, kDataGuid);
  REQUIRE(all->completions == 1);
  CHECK(bench.probes() == before);
  bench.device->settle();
  CHECK(bench.probes() == before + 1);
}

TEST_CASE("the same is asked a few times and then no more") {
  CheckedBench bench;
  for (int i = 0; i < 10; ++i) {
    static_cast<void>(query_all(bench, kDynamicGuid));
    bench.device->settle();
  }
  const std::size_t probes = bench.probes();
  static_cast<void>(query_all(bench, kDynamicGuid));
  CHECK(bench.rules() == Rules{});
  CHECK(bench.probes() == probes);
}

TEST_CASE("methods are never run again") {
  CheckedBench bench;
  bench.device->settle();
  const std::size_t before = bench.probes();
  static_cast<void>(call(*bench.device->provider(), kEcho, {1}));
  static_cast<void>(call(*bench.device->provider(), kGrow, {}, 8));
  CHECK(bench.rules() == Rules{});
  CHECK(bench.probes() == before);
}

TEST_CASE("a byte that is left out shows in the second run") {
  CheckedBench bench([](FakeHardware& hardware) { hardware.leaves_a_byte = true; });
  static_cast<void>(query_all(bench, kDataGuid));
  CHECK(bench.rules() == Rules{"output_not_written", "output_not_written"});
}

TEST_CASE("a miniport that asks for too little is asked again with that") {
  CheckedBench bench([](FakeHardware& hardware) { hardware.asks_too_little = true; });
  static_cast<void>(query_all(bench, kDataGuid, 0));
  CHECK(std::ranges::count(bench.rules(), "overrun_repeated") == 2);
}

TEST_CASE("an instance that had room enough is asked for with one byte less") {
  CheckedBench bench;
  static_cast<void>(query_one(bench, kDataGuid));
  CHECK(bench.rules().empty());
  bench.hardware.asks_too_little = true;
  static_cast<void>(query_one(bench, kDataGuid));
  CHECK(bench.rules() == Rules{"overrun_not_larger"});
}

TEST_CASE("names are asked for one by one") {
  SECTION("one that is not answered") {
    CheckedBench bench([](FakeHardware& hardware) { hardware.forgets_a_name = true; });
    static_cast<void>(query_all(bench, kDynamicGuid));
    CHECK(bench.rules() == Rules{"name_not_answered"});
  }
  SECTION("one that there is not") {
    CheckedBench bench([](FakeHardware& hardware) { hardware.answers_every_name = true; });
    static_cast<void>(query_all(bench, kDynamicGuid));
    CHECK(bench.rules() == Rules{"unknown_name_answered"});
  }
  SECTION("one that went meanwhile is no violation") {
    CheckedBench bench;
    static_cast<void>(query_all(bench, kDynamicGuid));
    bench.hardware.dynamic_names.pop_back();
    CHECK(bench.rules() == Rules{});
  }
}

TEST_CASE("what is due when the adapter stops is not asked any more") {
  CheckedBench bench;
  bench.device->stop();
  bench.clock->advance(std::chrono::seconds(1));
  CHECK(bench.probes() == 0);
  CHECK(bench.rules() == Rules{});
}

TEST_CASE("a miniport that is reset is asked again, and told which events are enabled") {
  CheckedBench bench;
  static_cast<void>(submit(*bench.device->provider(), MinorFunction::enable_events, kEventGuid,
                           wmi::pack_control(to_guid(kEventGuid))));
  bench.device->settle();
  const std::size_t before = bench.probes();
  bench.hardware.events_enabled = false;
  REQUIRE(bench.device->reset().has_value());
  CHECK(bench.hardware.events_enabled);
  bench.device->settle();
  CHECK(bench.probes() == 2 * before);
}
