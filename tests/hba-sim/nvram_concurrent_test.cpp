#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "hba-sim/adapter_lock.hpp"
#include "login_store_support.hpp"

using namespace hbalab;
using namespace hbalab::adapter;

namespace {

// Lets a thread wait for one answer.
class Answer {
 public:
  void set(StoreResult result) {
    const std::lock_guard lock(mutex_);
    result_ = result;
    changed_.notify_one();
  }
  StoreResult wait() {
    std::unique_lock lock(mutex_);
    const bool came =
        changed_.wait_for(lock, std::chrono::seconds(60), [&] { return result_.has_value(); });
    if (!came) std::abort();  // a lost change: nothing behind it can be trusted
    return *result_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<StoreResult> result_;
};

enum class Way { writer, help, announce };

StoreResult change(Way way, Nvram& nvram, AdapterLock& lock,
                   const std::function<void(Answer&)>& start) {
  Answer answer;
  if (way == Way::announce) {
    const Nvram::HelpScope help(nvram);
    const AdapterLock::Scope scope(lock);
    start(answer);
  } else {
    {
      const AdapterLock::Scope scope(lock);
      start(answer);
    }
    if (way == Way::help) nvram.help();
  }
  return answer.wait();
}

}  // namespace

TEST_CASE("32 threads save and remove, by the writer, by helping and by announced help") {
  const TestDirectory directory;
  AdapterLock lock;
  constexpr int kThreads = 32;
  constexpr int kTurns = 30;
  std::set<std::string> expected;
  {
    auto nvram = Nvram::open(directory.file(), [&lock](std::move_only_function<void()> action) {
      lock.enter(std::move(action));
    });
    REQUIRE(nvram);
    LoginStore store(**nvram, 10'000);
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        const auto way = static_cast<Way>(t % 3);
        const std::string target = "iqn.2026-01.org.example:" + std::to_string(t % 4);
        for (int i = 0; i < kTurns; ++i) {
          const auto port = static_cast<std::uint32_t>(1000 * t + i);
          const auto saved = change(way, **nvram, lock, [&](Answer& answer) {
            store.save(make_login(target, "192.0.2.1", port),
                       [&](StoreResult result) { answer.set(result); });
          });
          if (saved != StoreResult::ok) ++wrong;
          if (i % 2 == 0) continue;
          const auto removed = change(way, **nvram, lock, [&](Answer& answer) {
            store.remove(make_filter(target, "192.0.2.1", port),
                         [&](StoreResult result, std::size_t) { answer.set(result); });
          });
          if (removed != StoreResult::ok) ++wrong;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(store.size() == kThreads * kTurns / 2);
    const auto stats = (*nvram)->stats();
    CHECK(stats.changes == kThreads * kTurns * 3 / 2);
    CHECK(stats.commits < stats.changes);  // callers shared transactions
    CHECK(stats.failed == 0);
    store.for_each([&](LoginStore::RecordId id, const PersistentLogin& login) {
      expected.insert(std::to_string(id) + login.target.canonical() +
                      std::to_string(login.port.value));
    });
  }
  auto nvram = Nvram::open(directory.file(), {});
  REQUIRE(nvram);
  LoginStore store(**nvram, 10'000);
  std::set<std::string> found;
  store.for_each([&](LoginStore::RecordId id, const PersistentLogin& login) {
    found.insert(std::to_string(id) + login.target.canonical() + std::to_string(login.port.value));
  });
  CHECK(found == expected);
}

TEST_CASE("Threads fight over one record while writes fail now and then") {
  const TestDirectory directory;
  AdapterLock lock;
  auto nvram = Nvram::open(directory.file(), [&lock](std::move_only_function<void()> action) {
    lock.enter(std::move(action));
  });
  REQUIRE(nvram);
  LoginStore store(**nvram, 1);
  std::atomic<int> balance = 0;  // records made, less those removed
  std::atomic<bool> stop = false;
  std::thread breaker([&] {
    while (!stop) {
      (*nvram)->set_faults({.write_fails = true});
      std::this_thread::yield();
      (*nvram)->set_faults({});
      std::this_thread::yield();
    }
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      const auto way = static_cast<Way>(t % 3);
      for (int i = 0; i < 50; ++i) {
        change(way, **nvram, lock, [&](Answer& answer) {
          store.remove(make_filter("iqn.x"), [&](StoreResult result, std::size_t count) {
            balance -= static_cast<int>(count);
            answer.set(result);
          });
        });
        change(way, **nvram, lock, [&](Answer& answer) {
          store.save(make_login("iqn.x", "192.0.2.1", static_cast<std::uint32_t>(t)),
                     [&](StoreResult result) {
                       if (result == StoreResult::ok) balance = 1;  // one slot: it is the only one
                       answer.set(result);
                     });
        });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  stop = true;
  breaker.join();
  CHECK(static_cast<std::size_t>(balance.load()) == store.size());
  std::size_t stored = 0;
  (*nvram)->for_each_login([&](std::uint64_t, std::span<const std::uint8_t>) { ++stored; });
  CHECK(stored == store.size());
}
