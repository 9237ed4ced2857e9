// WmiClient over a scripted provider: the buffer protocol, cancelling, completions from anywhere.
#include <atomic>
#include <thread>

#include "client_support.hpp"

using namespace hbalab;
using namespace hbalab::wmi_test;

namespace {

struct Fixture {
  Fixture() {
    provider->info.guids = {registered(1)};
    REQUIRE(registry->add(provider).has_value());
    instance = registry->static_instances(guid_of(1)).at(0);
  }
  std::shared_ptr<ScriptedProvider> provider = std::make_shared<ScriptedProvider>();
  std::shared_ptr<wmi::ProviderRegistry> registry =
      std::make_shared<wmi::ProviderRegistry>(nullptr);
  wmi::WmiClient client{registry};
  wmi::InstanceRef instance;
};

using Answer = std::expected<wmi::BlockAnswer, wmi::WmiError>;

struct Result {
  std::shared_ptr<std::vector<Answer>> answers = std::make_shared<std::vector<Answer>>();
  auto reply() const {
    return [answers = answers](Answer answer) { answers->push_back(std::move(answer)); };
  }
  Answer& one() const {
    REQUIRE(answers->size() == 1);
    return answers->front();
  }
};

wmi::RequestId at_once(RequestPtr request, std::size_t size) {
  answer_single(*request, size, 0x11);
  complete(std::move(request));
  return 0;
}

}  // namespace

TEST_CASE("a query comes back with the room that was asked for") {
  Fixture f;
  f.provider->handler = [](RequestPtr request) { return at_once(std::move(request), 1000); };
  for (const std::size_t hint : {0, 1, 7, 900, 1000, 1001, 4096}) {
    f.provider->submits = 0;
    const auto answer = f.client.query_wait(f.instance, hint);
    REQUIRE(answer.has_value());
    CHECK(answer->data.size() == 1000);
    CHECK(std::ranges::count(answer->data, 0x11) == 1000);
    CHECK(f.provider->submits == (hint < 1000 ? 2 : 1));
  }
}

TEST_CASE("an answer that grows between the passes is fetched, an endless one is an error") {
  Fixture f;
  std::size_t size = 100;
  std::size_t growth = 3;
  bool fast = false;
  f.provider->handler = [&](RequestPtr request) {
    size = fast ? 2 * request->buffer.capacity() : size + growth;
    return at_once(std::move(request), size);
  };
  auto answer = f.client.query_wait(f.instance, 0);
  REQUIRE(answer.has_value());
  CHECK(f.provider->submits == 2);  // the second pass has slack
  f.provider->submits = 0;
  growth = 5000;  // more than that slack, less than the next one
  answer = f.client.query_wait(f.instance, 0);
  REQUIRE(answer.has_value());
  CHECK(f.provider->submits == 3);
  f.provider->submits = 0;
  fast = true;
  answer = f.client.query_wait(f.instance, 0);
  REQUIRE(!answer.has_value());
  CHECK(answer.error().status == NtStatus::buffer_too_small);
  CHECK(answer.error().message.find("asked for more room 6 times") != std::string::npos);
  CHECK(f.provider->submits == 6);

  // A provider that contradicts itself is not asked for ever.
  f.provider->submits = 0;
  f.provider->handler = [](RequestPtr request) -> wmi::RequestId {
    answer_too_small(*request, static_cast<std::uint32_t>(request->buffer.capacity()));
    complete(std::move(request));
    return 0;
  };
  answer = f.client.query_wait(f.instance, 64);
  REQUIRE(!answer.has_value());
  CHECK(answer.error().status == NtStatus::buffer_too_small);
  CHECK(f.provider->submits == 1);
}

TEST_CASE("buffer_too_small as a status is the same protocol") {
  Fixture f;
  f.provider->handler = [](RequestPtr request) -> wmi::RequestId {
    if (request->buffer.capacity() < 500) {
      request->status = NtStatus::buffer_too_small;
      request->information = 500;
    } else {
      answer_single(*request, 40, 1);
    }
    complete(std::move(request));
    return 0;
  };
  const auto answer = f.client.query_wait(f.instance, 0);
  REQUIRE(answer.has_value());
  CHECK(answer->data.size() == 40);
  std::size_t size = 0;
  f.client.query_size(f.instance, [&](auto known) { size = known.value(); });
  CHECK(size == 500 - wmi::wnode::kInstanceVariable);
}

TEST_CASE("malformed answers and failures name the provider") {
  Fixture f;
  f.provider->handler = [](RequestPtr request) -> wmi::RequestId {
    request->status = NtStatus::success;
    request->information = 12;
    complete(std::move(request));
    return 0;
  };
  auto answer = f.client.query_wait(f.instance, 64);
  REQUIRE(!answer.has_value());
  CHECK(answer.error().status == NtStatus::io_device_error);
  CHECK(answer.error().message.starts_with("PCI\\TEST: malformed answer"));
  f.provider->handler = [](RequestPtr request) -> wmi::RequestId {
    request->status = NtStatus::no_such_device;
    request->information = ~std::size_t{0};  // what a failure says of its size is nobody's guide
    complete(std::move(request));
    return 0;
  };
  answer = f.client.query_wait(f.instance, 64);
  REQUIRE(!answer.has_value());
  CHECK(answer.error().status == NtStatus::no_such_device);
  CHECK(answer.error().message == "PCI\\TEST: STATUS_NO_SUCH_DEVICE");
}

TEST_CASE("methods repeat their IN block, and what may change state is counted once") {
  Fixture f;
  const std::vector<std::uint8_t> in(300, 0x42);
  std::vector<std::vector<std::uint8_t>> seen;
  f.provider->handler = [&](RequestPtr request) {
    seen.emplace_back(request->buffer.data(), request->buffer.data() + request->buffer.capacity());
    return at_once(std::move(request), 700);
  };
  const auto answer = f.client.call_wait(f.instance, 7, in, 10);
  REQUIRE(answer.has_value());
  CHECK(answer->data.size() == 700);
  REQUIRE(seen.size() == 2);
  for (const auto& bytes : seen) {
    std::uint32_t offset = 0;
    std::memcpy(&offset, bytes.data() + wmi::wnode::kItemDataOffset, 4);
    REQUIRE(bytes.size() >= offset + in.size());
    CHECK(std::equal(in.begin(), in.end(), bytes.begin() + offset));
  }
  CHECK(f.client.change_count(f.provider.get()) == 1);
  (void)f.client.query_wait(f.instance, 0);
  CHECK(f.client.change_count(f.provider.get()) == 1);
  f.provider->handler = [](RequestPtr request) -> wmi::RequestId {
    request->status = NtStatus::success;
    complete(std::move(request));
    return 0;
  };
  CHECK(f.client.set_item_wait(f.instance, 1, in).has_value());
  CHECK(f.client.change_count(f.provider.get()) == 2);
  CHECK(f.client.change_count(nullptr) == 0);
}

TEST_CASE("changes lend their thread, only so many at a time, and on their first pass") {
  Fixture f;
  std::vector<bool> lends;
  std::function<void()> inside;
  std::size_t size = 8;
  f.provider->handler = [&](RequestPtr request) {
    lends.push_back(request->lends);
    if (inside) std::exchange(inside, nullptr)();
    return at_once(std::move(request), size);
  };
  const std::vector<std::uint8_t> in(4);
  const auto call = [&] { f.client.call(f.instance, 1, in, 8, false, [](const Answer&) {}); };
  const auto set = [&] {
    f.client.set(f.instance, in, [](const std::expected<void, wmi::WmiError>&) {});
  };
  const auto lent = [&](const std::function<void()>& submit) {
    lends.clear();
    submit();
    return lends;
  };
  CHECK(lent(call) == std::vector{false});
  f.client.lend_threads(1);
  CHECK(lent(call) == std::vector{true});
  CHECK(lent(set) == std::vector{true});
  CHECK(lent([&] { (void)f.client.query_wait(f.instance, 8); }) == std::vector{false});
  // The one thread is lent until its submission returns.
  inside = set;
  CHECK(lent(call) == std::vector{true, false});
  CHECK(lent(call) == std::vector{true});
  f.client.lend_threads(2);
  inside = set;
  CHECK(lent(call) == std::vector{true, true});
  size = 100;
  CHECK(lent(call) == std::vector{true, false});
  f.client.lend_threads(0);
  size = 8;
  CHECK(lent(call) == std::vector{false});
}

TEST_CASE("cancel inside submit, between the passes, while pending and too late") {
  Fixture f;
  Result result;
  wmi::PendingCall call;

  SECTION("while pending") {
    f.provider->handler = [&](RequestPtr request) { return f.provider->hold(std::move(request)); };
    f.provider->on_cancel = [&](wmi::RequestId id) {
      auto request = f.provider->release(id);
      request->status = NtStatus::cancelled;
      complete(std::move(request));
    };
    call = f.client.query(f.instance, 0, result.reply());
    CHECK(result.answers->empty());
    auto copy = call;
    copy.cancel();
    CHECK(result.one().error().status == NtStatus::cancelled);
    call.cancel();
    CHECK(f.provider->cancelled.size() == 1);
  }
  SECTION("a provider that completes all the same") {
    f.provider->handler = [&](RequestPtr request) { return f.provider->hold(std::move(request)); };
    call = f.client.query(f.instance, 64, result.reply());
    call.cancel();
    CHECK(result.answers->empty());
    auto request = f.provider->release(1);
    answer_single(*request, 8, 1);
    complete(std::move(request));
    CHECK(result.one().has_value());
  }
  SECTION("between the passes") {
    f.provider->handler = [&](RequestPtr request) { return f.provider->hold(std::move(request)); };
    call = f.client.query(f.instance, 0, result.reply());
    call.cancel();  // not heard; the answer then asks for more room
    auto request = f.provider->release(1);
    answer_single(*request, 1000, 1);
    complete(std::move(request));
    CHECK(result.one().error().status == NtStatus::cancelled);
    CHECK(f.provider->submits == 1);
  }
  SECTION("in the second pass, whose id is the one to cancel") {
    f.provider->handler = [&](RequestPtr request) { return f.provider->hold(std::move(request)); };
    call = f.client.query(f.instance, 0, result.reply());
    auto request = f.provider->release(1);
    answer_single(*request, 1000, 1);
    complete(std::move(request));
    call.cancel();
    CHECK(f.provider->cancelled == std::vector<wmi::RequestId>{2});
    f.provider->release(2);
  }
  SECTION("inside the submit of the second pass") {
    f.provider->handler = [&](RequestPtr request) {
      if (f.provider->submits == 2) call.cancel();
      return f.provider->hold(std::move(request));
    };
    call = f.client.query(f.instance, 0, result.reply());
    auto request = f.provider->release(1);
    answer_single(*request, 1000, 1);
    complete(std::move(request));
    CHECK(f.provider->cancelled == std::vector<wmi::RequestId>{2});
    f.provider->release(2);
  }
  SECTION("of nothing, and of what has finished") {
    wmi::PendingCall().cancel();
    f.provider->handler = [](RequestPtr request) { return at_once(std::move(request), 8); };
    call = f.client.query(f.instance, 64, result.reply());
    CHECK(result.one().has_value());
    call.cancel();
    CHECK(f.provider->cancelled.empty());
  }
}

TEST_CASE("completions on other threads, with cancels at any moment, answer exactly once") {
  Fixture f;
  std::atomic<int> answered = 0;
  std::vector<std::thread> completers;
  std::mutex mutex;
  f.provider->handler = [&](RequestPtr request) {
    const auto id = f.provider->hold(std::move(request));
    const std::scoped_lock lock(mutex);
    completers.emplace_back([&f, id] {
      auto held = f.provider->release(id);
      answer_single(*held, 500, 1);
      complete(std::move(held));
    });
    return id;
  };
  for (int round = 0; round < 200; ++round) {
    auto call = f.client.query(f.instance, 0, [&](Answer answer) {
      if (answer ? answer->data.size() == 500 : answer.error().status == NtStatus::cancelled)
        ++answered;
    });
    if (round % 2 == 0) call.cancel();
    if (round % 3 == 0) {
      const auto waited = f.client.query_wait(f.instance, round % 7 == 0 ? 600 : 0);
      CHECK(waited.has_value());
    }
  }
  // A completer may start the next one.
  for (std::size_t i = 0;; ++i) {
    std::thread thread;
    {
      const std::scoped_lock lock(mutex);
      if (i == completers.size()) break;
      thread = std::move(completers[i]);
    }
    thread.join();
  }
  CHECK(answered == 200);
}

TEST_CASE("a provider that is removed under a call lives until the call has ended") {
  Fixture f;
  std::weak_ptr<ScriptedProvider> weak = f.provider;
  f.provider->handler = [raw = f.provider.get()](RequestPtr request) {
    return raw->hold(std::move(request));
  };
  Result result;
  auto call = f.client.query(f.instance, 64, result.reply());
  f.registry->remove(f.provider.get());
  CHECK(f.registry->registrations().empty());
  f.instance = {};
  f.provider.reset();
  const auto held = weak.lock();
  REQUIRE(held != nullptr);
  auto request = held->release(1);
  answer_single(*request, 8, 1);
  complete(std::move(request));
  CHECK(result.one().has_value());
}

TEST_CASE("dynamic instances are listed by name, over all providers, in the same order") {
  auto registry = std::make_shared<wmi::ProviderRegistry>(nullptr);
  wmi::WmiClient client(registry);
  const auto fails = std::make_shared<bool>(false);
  std::vector<std::shared_ptr<ScriptedProvider>> providers;
  for (const char* name : {"PCI\\B", "PCI\\A"}) {
    auto provider = std::make_shared<ScriptedProvider>(name);
    provider->info.guids = {registered(1, 0xFFFFFFFFu, 0)};
    provider->handler = [fails](RequestPtr request) -> wmi::RequestId {
      request->status = *fails ? NtStatus::io_device_error : NtStatus::no_such_device;
      complete(std::move(request));
      return 0;
    };
    REQUIRE(registry->add(provider).has_value());
    providers.push_back(std::move(provider));
  }
  auto mixed = std::make_shared<ScriptedProvider>("PCI\\C");
  mixed->info.guids = {registered(1, 2)};
  REQUIRE(registry->add(mixed).has_value());
  auto all = client.instances_wait(guid_of(1));
  REQUIRE(all.has_value());  // providers that went away have no instances
  REQUIRE(all->size() == 2);
  CHECK((*all)[1].key.name == u"PCI\\C_1");
  *fails = true;
  CHECK(!client.instances_wait(guid_of(1)).has_value());
}
