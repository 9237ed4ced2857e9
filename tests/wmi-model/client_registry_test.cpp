// ProviderRegistry, its listeners, and the event hub.
#include <atomic>
#include <thread>

#include "client_support.hpp"
#include "wmi-model/listeners.hpp"

using namespace hbalab;
using namespace hbalab::wmi_test;

namespace {

std::shared_ptr<ScriptedProvider> provider_of(std::string name,
                                              std::vector<wmi::RegisteredGuid> guids) {
  auto provider = std::make_shared<ScriptedProvider>(std::move(name));
  provider->info.guids = std::move(guids);
  return provider;
}

wmi::Event event_of(std::uint8_t number) {
  wmi::Event event;
  event.guid = guid_of(number);
  return event;
}

}  // namespace

TEST_CASE("providers come, register anew and go") {
  wmi::ProviderRegistry registry(nullptr);
  int changes = 0;
  auto token = registry.on_change([&] { ++changes; });
  const auto a = provider_of("PCI\\A", {registered(1, 2), registered(2, 1, 0x40)});
  const auto b = provider_of("PCI\\B", {registered(1)});
  REQUIRE(registry.add(b).has_value());
  REQUIRE(registry.add(a).has_value());
  CHECK(changes == 2);
  const auto all = registry.registrations(guid_of(1));
  REQUIRE(all.size() == 2);
  CHECK(all[0].provider == a);  // by device instance, whoever came first
  const auto instances = registry.static_instances(guid_of(1));
  REQUIRE(instances.size() == 3);
  CHECK(instances[1].key.name == u"PCI\\A_1");
  CHECK(registry.registrations(guid_of(2)).at(0).event_only());

  const auto generation = registry.generation();
  a->info.guids = {registered(1, 1), registered(2, 1, 0x10000)};  // the second is taken back
  REQUIRE(registry.add(a).has_value());
  CHECK(registry.generation() > generation);
  CHECK(registry.static_instances(guid_of(1)).size() == 2);
  CHECK(registry.registrations(guid_of(2)).empty());

  registry.remove(b.get());
  registry.remove(b.get());
  CHECK(changes == 4);
  CHECK(registry.static_instances(guid_of(1)).size() == 1);
  token.reset();
  registry.remove(a.get());
  CHECK(changes == 4);
  CHECK(registry.registrations().empty());
}

TEST_CASE("a class has a generation of its own, and changes say whose it was") {
  wmi::ProviderRegistry registry(nullptr);
  const auto a = provider_of("PCI\\A", {registered(1), registered(2), registered(3, 0xFFFFFFFFu)});
  const auto b = provider_of("PCI\\B", {registered(1)});
  CHECK(registry.generation(guid_of(1)) == 0);
  REQUIRE(registry.add(a).has_value());
  std::array<std::uint64_t, 4> before{};
  const auto look = [&] {
    for (std::uint8_t number = 0; number < 4; ++number) {
      before[number] = registry.generation(guid_of(number));
    }
    return registry.generation();
  };
  const auto changed = [&](std::uint8_t number) {
    return registry.generation(guid_of(number)) != before[number];
  };
  auto seen = look();
  CHECK(before[1] != 0);
  CHECK(registry.changes_since(seen).changes.empty());
  CHECK(registry.changes_since(0).everything);

  REQUIRE(registry.add(b).has_value());
  CHECK(changed(1));
  CHECK_FALSE(changed(2));
  CHECK_FALSE(changed(3));
  auto changes = registry.changes_since(seen);
  CHECK_FALSE(changes.everything);
  CHECK(changes.generation == registry.generation());
  REQUIRE(changes.changes.size() == 1);
  CHECK(changes.changes[0].provider == b.get());
  CHECK(changes.changes[0].guid == guid_of(1));
  CHECK(registry.registration(b.get(), guid_of(1)).has_value());
  CHECK_FALSE(registry.registration(b.get(), guid_of(2)).has_value());

  // Registered again: what is as before has not changed, but for names that nobody else knows.
  seen = look();
  a->info.guids[1].instance_count = 2;
  REQUIRE(registry.add(a).has_value());
  CHECK_FALSE(changed(1));
  CHECK(changed(2));
  CHECK(changed(3));
  CHECK(registry.changes_since(seen).changes.size() == 2);

  seen = look();
  registry.remove(a.get());
  CHECK(changed(1));
  CHECK(registry.generation(guid_of(2)) == 0);
  CHECK(registry.changes_since(seen).changes.size() == 3);
  registry.set_schema(nullptr);
  CHECK(registry.changes_since(seen).everything);
}

TEST_CASE("a registration that needs much room is asked for again; a bad one changes nothing") {
  wmi::ProviderRegistry registry(nullptr);
  std::vector<wmi::RegisteredGuid> many;
  for (int i = 0; i < 3000; ++i) {
    auto guid = registered(1);
    std::memcpy(guid.guid.bytes.data(), &i, sizeof i);
    many.push_back(std::move(guid));
  }
  const auto large = provider_of("PCI\\L", many);
  REQUIRE(registry.add(large).has_value());
  CHECK(registry.registrations().size() == 3000);
  const auto generation = registry.generation();

  const auto refused = [&](std::function<wmi::RequestId(ScriptedProvider&, RequestPtr)> answer,
                           std::string_view why) {
    auto provider = std::make_shared<ScriptedProvider>("PCI\\X");
    provider->reginfo_handler = [&](RequestPtr request) {
      return answer(*provider, std::move(request));
    };
    const auto added = registry.add(provider);
    REQUIRE(!added.has_value());
    INFO(added.error());
    CHECK(added.error().starts_with("PCI\\X: REGINFO"));
    CHECK(added.error().find(why) != std::string::npos);
    provider->release(1);
  };
  refused([](ScriptedProvider& self, RequestPtr request) { return self.hold(std::move(request)); },
          "pended");
  refused(
      [](ScriptedProvider&, RequestPtr request) -> wmi::RequestId {
        request->status = NtStatus::io_device_error;
        complete(std::move(request));
        return 0;
      },
      "STATUS_IO_DEVICE_ERROR");
  refused(
      [](ScriptedProvider&, RequestPtr request) -> wmi::RequestId {
        request->status = NtStatus::success;
        request->information = 5;
        complete(std::move(request));
        return 0;
      },
      "");
  refused(
      [](ScriptedProvider&, RequestPtr request) -> wmi::RequestId {
        request->status = NtStatus::buffer_too_small;
        request->information = request->buffer.capacity();
        complete(std::move(request));
        return 0;
      },
      "16 MiB");
  CHECK(registry.generation() == generation);
}

TEST_CASE("listeners may come, go and look while they are told") {
  wmi::ProviderRegistry registry(nullptr);
  int first = 0, second = 0, late = 0;
  std::shared_ptr<void> first_token, second_token, late_token;
  first_token = registry.on_change([&] {
    ++first;
    first_token.reset();   // itself
    second_token.reset();  // the next one, which may hear of this change but of no other
    late_token = registry.on_change([&] { ++late; });
    CHECK(registry.generation() > 1);  // no lock is held
  });
  second_token = registry.on_change([&] { ++second; });
  registry.set_schema(nullptr);
  registry.set_schema(nullptr);
  CHECK(first == 1);
  CHECK(second <= 1);
  CHECK(late == 1);
}

TEST_CASE("listeners die on one thread while another tells them") {
  wmi::Listeners<int> listeners;
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> told = 0;
  std::thread teller([&] {
    while (!stop) listeners.notify(1);
  });
  for (int round = 0; round < 2000 || told == 0; ++round) {
    auto count = std::make_shared<std::atomic<int>>(0);  // held by the listener
    auto token = listeners.add([count, &told](int by) {
      *count += by;
      ++told;
    });
    token.reset();
  }
  auto last = listeners.add([&](int) { stop = true; });
  teller.join();
  CHECK(told > 0);
}

TEST_CASE("the hub delivers in order, and drain waits for it") {
  wmi::EventHub hub;
  std::vector<std::uint64_t> sequences;  // of one publishing thread; others interleave
  std::atomic<std::uint64_t> count = 0;
  const auto token = hub.subscribe([&](const wmi::Event& event) {
    sequences.push_back(event.sequence);
    ++count;
  });
  std::vector<std::thread> publishers;
  for (std::uint8_t number = 0; number < 4; ++number) {
    publishers.emplace_back([&hub, number] {
      for (int i = 0; i < 500; ++i) hub.publish(event_of(number));
    });
  }
  for (auto& publisher : publishers) publisher.join();
  hub.drain();
  REQUIRE(count == 2000);
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    if (sequences[i] != i + 1) FAIL("event " << i << " has number " << sequences[i]);
  }
  hub.drain();  // nothing to wait for
}

TEST_CASE("a listener may publish, drain and end its own subscription") {
  wmi::EventHub hub;
  int heard = 0;
  std::shared_ptr<void> token;
  token = hub.subscribe([&](const wmi::Event& event) {
    ++heard;
    hub.drain();  // at once: it would wait for itself
    if (event.guid == guid_of(1)) {
      hub.publish(event_of(2));
    } else {
      token.reset();
      hub.publish(event_of(3));
    }
  });
  hub.publish(event_of(1));
  for (int i = 0; i < 3; ++i) hub.drain();  // each publishes the next
  CHECK(heard == 2);
}

TEST_CASE("the hub delivers what is queued before it ends, also when a listener drops it") {
  auto hub = std::make_unique<wmi::EventHub>();
  std::atomic<int> heard = 0;
  auto token = hub->subscribe([&](const wmi::Event&) { ++heard; });
  for (int i = 0; i < 100; ++i) hub->publish(event_of(1));
  hub.reset();
  CHECK(heard == 100);

  // The listener waits until it holds the last reference.
  auto shared = std::make_shared<wmi::EventHub>();
  std::weak_ptr<wmi::EventHub> weak = shared;
  std::shared_ptr<wmi::EventHub> last = shared;
  std::atomic<bool> only_one = false;
  std::atomic<bool> dropped = false;
  const std::shared_ptr<void> second = shared->subscribe([&](const wmi::Event&) {
    only_one.wait(false);
    last.reset();
    dropped = true;
    dropped.notify_all();
  });
  shared->publish(event_of(1));
  shared.reset();
  only_one = true;
  only_one.notify_all();
  dropped.wait(false);
  CHECK(weak.expired());
}
