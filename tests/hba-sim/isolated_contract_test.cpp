// A driver in a process of its own answers as it does in the lab's.
#include "tests/hba-sim/driver_support.hpp"
#include "wmi-model/wnode.hpp"

using namespace hbalab;
using namespace hbalab::driver_test;

namespace {

constexpr std::uint32_t kAdd = 1, kLater = 2, kWork = 3, kDeferred = 4, kFire = 5, kMisbehave = 6,
                        kCheck = 7;
constexpr std::uint32_t kExit = 1, kPastEnd = 8;

struct Outcome {
  wmi::NtStatus status{};
  std::vector<std::uint8_t> bytes;
};

// A request as it is, without what WmiClient would make of it.
Outcome ask(wmi::WmiProvider& provider, wmi::MinorFunction minor, const wmi::Guid& guid,
            wmi::WnodeBuffer buffer) {
  auto request = std::make_unique<wmi::WmiRequest>();
  request->minor = minor;
  request->data_path = guid;
  request->buffer = std::move(buffer);
  auto outcome = std::make_shared<Outcome>();
  auto done = std::make_shared<std::atomic<bool>>(false);
  request->on_complete = [outcome, done](std::unique_ptr<wmi::WmiRequest> answer) {
    outcome->status = answer->status;
    const auto bytes = answer->buffer.bytes().first(
        answer->status == wmi::NtStatus::success ? answer->information : 0);
    outcome->bytes.assign(bytes.begin(), bytes.end());
    *done = true;
  };
  (void)provider.submit(std::move(request));
  REQUIRE(until([&] { return done->load(); }));
  return *outcome;
}

std::shared_ptr<wmi::WmiProvider> provider_of(const World& world, const std::string& adapter) {
  for (const auto& its : world.lab->registry()->registrations()) {
    if (its.provider->friendly_name() == adapter) return its.provider;
  }
  return nullptr;
}

wmi::Guid guid_of(const World& world, const std::string& cls) {
  return world.lab->registry()->schema()->find(cls)->guid;
}

std::uint32_t answer(const World& world, std::uint32_t method, std::vector<std::uint32_t> in) {
  const auto call = world.call(method, std::move(in));
  REQUIRE(until([&] { return call->done.load(); }));
  REQUIRE(call->out);
  return *call->out;
}

bool pends(const World& world) {
  return until([&] { return world.read("adapters/one/pending") == "1"; });
}

}  // namespace

TEST_CASE("an isolated driver's classes are there, with its values and names") {
  const auto kind = GENERATE(as<std::string>(), "kit_driver", "kit_extended", "kit_scsiport");
  CAPTURE(kind);
  lab::AdapterConfig adapter = isolated("one", kind);
  adapter.miniport->registry = {{"Limit", std::uint32_t{7}}, {"Vendor", "Acme"}};
  World world({adapter});
  CAPTURE(world.error);
  REQUIRE(world.lab);
  CHECK(world.read("adapters/one/state") == "running");
  CHECK(world.read("adapters/one/miniport") == driver_file(kind));
  CHECK(std::stoi(world.read("adapters/one/process")) > 0);
  REQUIRE(world.instances("KitTest_Counter").size() == 2);
  CHECK(world.query("KitTest_Counter", 1) == std::vector<std::uint32_t>{0, 7, 1});
  std::vector<std::uint8_t> item{5, 0, 0, 0};
  CHECK(world.lab->client()->set_item_wait(world.instance("KitTest_Counter", 1), 1, item));
  CHECK(world.query("KitTest_Counter", 1).front() == 5);
  item[0] = 8;  // above the limit
  CHECK_FALSE(world.lab->client()->set_item_wait(world.instance("KitTest_Counter", 1), 1, item));
  CHECK(answer(world, kAdd, {20, 22}) == 42);
  const auto names = world.instances("KitTest_Named");
  REQUIRE(names.size() == 3);
  CHECK(names[1].key.name == u"beta/2");
  CHECK(world.query("KitTest_Named", 1) == std::vector<std::uint32_t>{12});
  CHECK(world.read("adapters/one/report").empty());
}

TEST_CASE("every minor function ends as it does in the lab's process") {
  using wmi::MinorFunction;
  World world({loaded("plain", "kit_driver"), isolated("apart", "kit_driver")});
  CAPTURE(world.error);
  REQUIRE(world.lab);
  const auto plain = provider_of(world, "plain"), apart = provider_of(world, "apart");
  const wmi::Guid counter = guid_of(world, "KitTest_Counter");
  const wmi::Guid named = guid_of(world, "KitTest_Named");
  const wmi::Guid operations = guid_of(world, "KitTest_Operations");
  const wmi::Guid event = guid_of(world, "KitTest_Event");
  const wmi::Guid nobodys{};
  const std::vector<std::uint8_t> block(12, 3), item(4, 1), in{1, 0, 0, 0, 2, 0, 0, 0};
  struct Case {
    MinorFunction minor;
    wmi::Guid guid;
    std::function<wmi::WnodeBuffer()> pack;
  };
  const std::vector<Case> cases{
      {MinorFunction::query_all_data, counter, [&] { return wmi::pack_query_all(counter, 4096); }},
      {MinorFunction::query_all_data, counter, [&] { return wmi::pack_query_all(counter, 0); }},
      {MinorFunction::query_all_data, counter,
       [&] { return wmi::pack_query_all(counter, 8u << 20); }},
      {MinorFunction::query_all_data, named, [&] { return wmi::pack_query_all(named, 4096); }},
      {MinorFunction::query_all_data, nobodys, [&] { return wmi::pack_query_all(nobodys, 64); }},
      {MinorFunction::query_single_instance, counter,
       [&] { return wmi::pack_query_single(counter, {1, {}}, 64); }},
      {MinorFunction::query_single_instance, counter,
       [&] { return wmi::pack_query_single(counter, {9, {}}, 64); }},
      {MinorFunction::query_single_instance, named,
       [&] { return wmi::pack_query_single(named, {wmi::InstanceKey::kByName, u"g"}, 64); }},
      {MinorFunction::query_single_instance, named,
       [&] { return wmi::pack_query_single(named, {wmi::InstanceKey::kByName, u"h"}, 64); }},
      {MinorFunction::change_single_instance, counter,
       [&] { return wmi::pack_set_single(counter, {0, {}}, block); }},
      {MinorFunction::change_single_item, counter,
       [&] { return wmi::pack_set_item(counter, {0, {}}, 1, item); }},
      {MinorFunction::change_single_item, counter,
       [&] { return wmi::pack_set_item(counter, {0, {}}, 2, item); }},
      {MinorFunction::enable_events, event, [&] { return wmi::pack_control(event); }},
      {MinorFunction::disable_events, event, [&] { return wmi::pack_control(event); }},
      {MinorFunction::enable_collection, counter, [&] { return wmi::pack_control(counter); }},
      {MinorFunction::disable_collection, counter, [&] { return wmi::pack_control(counter); }},
      {MinorFunction::reginfo, nobodys, [&] { return wmi::pack_reginfo(4096); }},
      {MinorFunction::reginfo, nobodys, [&] { return wmi::pack_reginfo(64); }},
      {MinorFunction::execute_method, operations,
       [&] { return wmi::pack_method(operations, {0, {}}, kAdd, in, 4); }},
      {MinorFunction::execute_method, operations,
       [&] { return wmi::pack_method(operations, {0, {}}, kAdd, in, 0); }},
      {MinorFunction::execute_method, operations,
       [&] { return wmi::pack_method(operations, {0, {}}, 99, in, 4); }},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(i);
    const Outcome there = ask(*plain, cases[i].minor, cases[i].guid, cases[i].pack());
    const Outcome here = ask(*apart, cases[i].minor, cases[i].guid, cases[i].pack());
    CHECK(here.status == there.status);
    CHECK(here.bytes == there.bytes);
  }
  CHECK(ask(*apart, MinorFunction::reginfo, nobodys, {}).status ==
        wmi::NtStatus::invalid_parameter);
}

TEST_CASE("an isolated driver pends on the lab's clock") {
  World world({isolated("one", "kit_driver")});
  REQUIRE(world.lab);
  const auto timer = world.call(kLater, {250});
  REQUIRE(pends(world));
  world.clock->advance(std::chrono::milliseconds(249));
  CHECK_FALSE(timer->done);
  world.clock->advance(std::chrono::milliseconds(1));
  REQUIRE(until([&] { return timer->done.load(); }));
  CHECK(timer->out == 250);
  const auto work = world.call(kWork, {3});
  REQUIRE(pends(world));
  world.clock->advance({});
  REQUIRE(until([&] { return work->done.load(); }));
  CHECK(work->out == 3);
  CHECK(answer(world, kDeferred, {4}) == 4);
  // Its own deadline is by the same clock.
  const auto late = world.call(kLater, {600'000});
  REQUIRE(pends(world));
  world.clock->advance(std::chrono::seconds(31));
  REQUIRE(until([&] { return late->done.load(); }));
  CHECK(late->failed == wmi::NtStatus::io_timeout);
}

TEST_CASE("services, log and registry of an isolated driver are what it expects") {
  lab::AdapterConfig adapter = isolated("one", "kit_driver");
  adapter.miniport->registry.emplace_back("Vendor", "Acme");
  World world({adapter});
  REQUIRE(world.lab);
  CHECK(answer(world, kCheck, {0}) == 0);  // else a line of kit_checks.c
  CHECK(until([&] { return world.log("one").find("link up\n") != std::string::npos; }));
  CHECK(world.log("one").find("checked wide wide -1 7 123456789a text|te|\n") != std::string::npos);
  const auto trace = world.lab->control()->log("trace.jsonl");
  CHECK(trace->read(0, 1u << 20).find("\"one\"") != std::string::npos);
}

TEST_CASE("a pended request of an isolated driver is cancelled") {
  World world({isolated("one", "kit_driver")});
  REQUIRE(world.lab);
  const auto provider = provider_of(world, "one");
  const wmi::Guid operations = guid_of(world, "KitTest_Operations");
  auto request = std::make_unique<wmi::WmiRequest>();
  request->minor = wmi::MinorFunction::execute_method;
  request->data_path = operations;
  request->buffer =
      wmi::pack_method(operations, {0, {}}, kLater, std::vector<std::uint8_t>(4, 9), 4);
  std::atomic<bool> done = false;
  wmi::NtStatus status{};
  request->on_complete = [&](std::unique_ptr<wmi::WmiRequest> answer) {
    status = answer->status;
    done = true;
  };
  const wmi::RequestId id = provider->submit(std::move(request));
  REQUIRE(id != 0);
  const bool early = GENERATE(true, false);  // before the driver has it, perhaps; and after
  if (!early) REQUIRE(pends(world));
  provider->cancel(id);
  REQUIRE(until([&] { return done.load(); }));
  CHECK(status == wmi::NtStatus::cancelled);
  provider->cancel(id);  // of one that has ended
  CHECK(answer(world, kAdd, {1, 2}) == 3);
}

TEST_CASE("events of an isolated driver reach who listens") {
  World world({isolated("one", "kit_driver")});
  REQUIRE(world.lab);
  std::mutex mutex;
  std::vector<std::pair<std::uint32_t, std::string>> seen;
  const auto token = world.lab->events()->subscribe([&](const wmi::Event& event) {
    std::uint32_t value = 0;
    if (event.data.size() == sizeof value) std::memcpy(&value, event.data.data(), sizeof value);
    const std::scoped_lock lock(mutex);
    seen.emplace_back(value, event.instance_name);
  });
  CHECK(answer(world, kFire, {1}) == 1);  // nobody has asked for events
  std::atomic<bool> enabled = false;
  world.lab->client()->enable_events(
      world.lab->registry()->registrations(guid_of(world, "KitTest_Event")).at(0), true,
      [&](std::expected<void, wmi::WmiError> done) { enabled = done.has_value(); });
  REQUIRE(until([&] { return enabled.load(); }));
  CHECK(answer(world, kFire, {2}) == 2);
  REQUIRE(until([&] {
    const std::scoped_lock lock(mutex);
    return !seen.empty();
  }));
  CHECK(seen.size() == 1);
  CHECK(seen.at(0) == std::pair(std::uint32_t{2}, std::string("ROOT\\SCSIADAPTER\\one_0")));
}

TEST_CASE("what an isolated driver does wrong without ending is told as in the lab's process") {
  World world({isolated("one", "kit_driver")}, lab::Check::loaded);
  REQUIRE(world.lab);
  const auto call = world.call(kMisbehave, {kExit});
  REQUIRE(until([&] { return call->done.load(); }));
  CHECK(call->failed == wmi::NtStatus::io_device_error);
  CHECK(until([&] {
    return world.read("adapters/one/report").find("fault: HwStartIo called exit()") !=
           std::string::npos;
  }));
  const auto past = world.call(kMisbehave, {kPastEnd});
  REQUIRE(until([&] { return past->done.load(); }));
  // The checker's thread there tells the lab, after the request has ended.
  CHECK(until([&] {
    const std::string report = world.read("adapters/one/report");
    return report.find("violation: one: error: buffer_write_past_end") != std::string::npos &&
           report.find("kit_methods.c:") != std::string::npos;
  }));
  const auto violations = world.lab->control()->log("violations.jsonl");
  CHECK(violations->read(0, 1u << 20).find("\"one\"") != std::string::npos);
  CHECK(world.read("adapters/one/state") == "running");
}

TEST_CASE("isolated adapters of one driver share nothing") {
  World world({isolated("one", "kit_driver"), isolated("two", "kit_driver")});
  REQUIRE(world.lab);
  REQUIRE(world.instances("KitTest_Counter").size() == 4);
  CHECK(world.query("KitTest_Counter", 0) == std::vector<std::uint32_t>{0, 100, 1});
  CHECK(world.query("KitTest_Counter", 2) == std::vector<std::uint32_t>{0, 100, 1});
  REQUIRE(world.lab->control()->remove_directory("adapters/one"));
  CHECK(world.instances("KitTest_Counter").size() == 2);
  CHECK(world.add(isolated("one", "kit_extended")).empty());
  CHECK(world.instances("KitTest_Counter").size() == 4);
}

TEST_CASE("requests that are pending when an isolated adapter goes or is reset end with it") {
  World world({isolated("one", "kit_driver")});
  REQUIRE(world.lab);
  const std::vector<std::uint8_t> item{5, 0, 0, 0};
  CHECK(world.lab->client()->set_item_wait(world.instance("KitTest_Counter"), 1, item));
  const auto reset = world.call(kLater, {1000});
  REQUIRE(pends(world));
  REQUIRE(world.lab->control()->write("adapters/one/reset", "1"));
  REQUIRE(until([&] { return reset->done.load(); }));
  CHECK(reset->failed == wmi::NtStatus::io_device_error);
  CHECK(world.query("KitTest_Counter") == std::vector<std::uint32_t>{0, 100, 1});
  const auto removed = world.call(kLater, {1000});
  REQUIRE(pends(world));
  REQUIRE(world.lab->control()->remove_directory("adapters/one"));
  REQUIRE(until([&] { return removed->done.load(); }));
  CHECK(removed->failed == wmi::NtStatus::cancelled);
  world.clock->advance(std::chrono::seconds(10));
  CHECK(std::filesystem::is_empty(world.folder / "state" / "drivers"));
}

TEST_CASE("an isolated driver that cannot be used is refused as in the lab's process") {
  World world({});
  const auto refused = [&](lab::AdapterConfig adapter, int wanted, const std::string& told) {
    adapter.miniport->mof.clear();
    int error = 0;
    const std::string reason = world.add(adapter, &error);
    CAPTURE(reason);
    CHECK(error == wanted);
    CHECK(reason.find(told) != std::string::npos);
  };
  refused(isolated("bad", "bad_no_driver_entry"), ENOEXEC, "exports no DriverEntry");
  refused(isolated("bad", "bad_entry_status"), EIO, "DriverEntry failed with 0xC0000001");
  refused(isolated("bad", "bad_initialize_throws"), EIO, "HwInitialize threw an exception");
  refused(isolated("bad", (world.folder / "none.so").string()), ENOENT, "cannot be opened");
  CHECK_FALSE(world.lab->control()->stat("adapters/bad"));
}
