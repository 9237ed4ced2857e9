// The block source: small blocks fresh, large ones shared, joined and given back.
#include <catch2/catch.hpp>
#include <thread>

#include "fake_device.hpp"
#include "fuse-frontend/blocks.hpp"
#include "fuse-frontend/catalog.hpp"

using namespace hbalab;
using namespace hbalab::fs;

namespace {

struct Bench {
  explicit Bench(std::uint32_t count)
      : device(std::make_shared<test::FakeDevice>("FAKE\\1", count)) {
    REQUIRE(registry->add(device));
  }
  std::shared_ptr<BlockSource> source(const char* name, BlockLimits limits) {
    const wmi::Class* cls = test::fake_schema()->find(name);
    return std::make_shared<BlockSource>(client, registry->static_instances(cls->guid).at(0),
                                         wmi::shape_of(*cls), limits);
  }
  static SnapshotPtr get(BlockSource& source) {
    SnapshotPtr got;
    source.get([&got](SnapshotResult result) {
      REQUIRE(result);
      got = *result;
    });
    REQUIRE(got);
    return got;
  }

  std::shared_ptr<test::FakeDevice> device;
  std::shared_ptr<wmi::ProviderRegistry> registry =
      std::make_shared<wmi::ProviderRegistry>(test::fake_schema());
  std::shared_ptr<wmi::WmiClient> client = std::make_shared<wmi::WmiClient>(registry);
};

constexpr std::chrono::hours kLong{1};

}  // namespace

TEST_CASE("small blocks are fetched for every reader") {
  Bench bench(10);
  auto source = bench.source("Fake_Shapes", {});
  const SnapshotPtr first = Bench::get(*source);
  const SnapshotPtr second = Bench::get(*source);
  CHECK(first != second);
  CHECK_FALSE(source->holds_block());
}

TEST_CASE("large blocks are shared until something changes") {
  Bench bench(2000);
  auto source =
      bench.source("Fake_Big", {.small = 1024, .share_for = kLong, .keep_unused_for = kLong});
  const SnapshotPtr first = Bench::get(*source);
  CHECK(Bench::get(*source) == first);
  CHECK(bench.device->big_queries() == 1);
  // The driver reports another size.
  bench.device->set_big_count(2001);
  const SnapshotPtr second = Bench::get(*source);
  CHECK(second != first);
  CHECK(second->bytes().size() > first->bytes().size());
  CHECK(Bench::get(*source) == second);
  // A method of the same provider completed.
  const wmi::Class* methods = test::fake_schema()->find("Fake_Methods");
  const auto instance = bench.registry->static_instances(methods->guid).at(0);
  const std::vector<std::uint8_t> in(8);
  REQUIRE(bench.client->call_wait(instance, 1, in, 64));
  const SnapshotPtr third = Bench::get(*source);
  CHECK(third != second);
  CHECK(Bench::get(*source) == third);
}

TEST_CASE("large blocks grow old and are given back") {
  Bench bench(2000);
  using std::chrono::milliseconds;
  auto source = bench.source(
      "Fake_Big",
      {.small = 1024, .share_for = milliseconds(0), .keep_unused_for = kLong, .amortize = 0});
  const SnapshotPtr first = Bench::get(*source);
  CHECK(Bench::get(*source) != first);
  const auto now = BlockSource::Clock::now();
  CHECK(source->sweep(now));
  CHECK(source->holds_block());
  CHECK_FALSE(source->sweep(now + 2 * kLong));
  CHECK_FALSE(source->holds_block());
}

TEST_CASE("many readers at once share fetches") {
  Bench bench(5000);
  auto source =
      bench.source("Fake_Big", {.small = 1024, .share_for = kLong, .keep_unused_for = kLong});
  (void)Bench::get(*source);
  std::vector<std::thread> readers;
  std::atomic<int> good{0};
  for (int t = 0; t < 4; ++t) {
    readers.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        source->get([&](SnapshotResult result) {
          if (result && (*result)->bytes().size() > 1024) ++good;
        });
        if (i % 50 == 0) source->sweep(BlockSource::Clock::now() + 2 * kLong);
      }
    });
  }
  for (auto& reader : readers) reader.join();
  CHECK(good == 800);
}

TEST_CASE("the catalog numbers instances and takes the numbers back") {
  Bench bench(3);
  Catalog catalog(bench.client, {}, 1024);
  const auto list = catalog.classes();
  REQUIRE(list->classes.size() == 4);
  CHECK(list->classes[0]->dir_name == "Fake_Big");
  const ClassPtr shapes = list->by_name.at("Fake_Shapes");
  InstancePtr instance;
  catalog.instances(shapes, [&](Catalog::ListResult result) {
    REQUIRE(result);
    REQUIRE((*result)->instances.size() == 1);
    instance = (*result)->instances.front();
  });
  REQUIRE(instance);
  CHECK(catalog.instance(instance->slot) == instance);
  CHECK(catalog.take_new_event_registrations().size() == 1);
  CHECK(catalog.take_new_event_registrations().empty());
  // The same names mean the same numbers.
  CHECK(catalog.classes() == list);
  CHECK(catalog.instance(instance->ref) == instance);

  bench.registry->remove(bench.device.get());
  CHECK(catalog.classes()->classes.empty());
  CHECK(catalog.instance(instance->slot) == nullptr);
  const Disappeared gone = catalog.take_disappeared();
  CHECK(gone.classes.size() == 4);
  REQUIRE(gone.instances.size() == 1);
  CHECK(gone.instances[0].second == instance->dir_name);

  REQUIRE(bench.registry->add(bench.device));
  const InstancePtr again = catalog.instance(instance->ref);
  REQUIRE(again);
  CHECK(again->slot != instance->slot);
}
