#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "hba-sim/adapter_lock.hpp"
#include "nvram_support.hpp"

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

TEST_CASE("Many NVRAMs take turns at having their files open while all are used at once") {
  const TestDirectory directory;
  constexpr std::size_t kNvrams = 12;
  constexpr std::size_t kThreads = 9;
  constexpr std::size_t kTurns = 40;
  const auto file = [&](std::size_t i) { return directory.file(std::to_string(i).c_str()); };
  const Bound bound(2);
  const auto parked = NvramPool::shared().parked();
  std::array<AdapterLock, kNvrams> locks;
  std::array<std::unique_ptr<Nvram>, kNvrams> nvrams;
  for (std::size_t i = 0; i < kNvrams; ++i) {
    auto nvram = Nvram::open(file(i), [&lock = locks[i]](std::move_only_function<void()> action) {
      lock.enter(std::move(action));
    });
    REQUIRE(nvram);
    nvrams[i] = *std::move(nvram);
  }
  std::atomic<int> wrong = 0;
  const auto expect = [&wrong](bool right) { wrong += right ? 0 : 1; };
  // Each thread has a slot of its own in every NVRAM, and goes through them in an order of its own.
  const auto use = [&](std::size_t thread) {
    std::mt19937 random(static_cast<unsigned>(thread));
    std::array<std::size_t, kNvrams> written{};
    for (std::size_t turn = 1; turn <= kTurns; ++turn) {
      const std::size_t i = random() % kNvrams;
      Nvram& nvram = *nvrams[i];
      const auto result =
          change(static_cast<Way>(thread % 3), nvram, locks[i], [&](Answer& answer) {
            nvram.submit({{{thread + 1, Bytes(turn, 1)}}, {}, {}}, [&](bool ok) {
              answer.set(ok ? StoreResult::ok : StoreResult::nvram_failed);
            });
          });
      expect(result == StoreResult::ok);
      written[i] = turn;
      const std::size_t other = random() % kNvrams;
      std::size_t found = 0;
      expect(nvrams[other]->for_each_login([&](std::uint64_t slot, auto record) {
        if (slot == thread + 1) found = record.size();
      }));
      expect(found == written[other]);
      expect(nvrams[other]->setting("none") == std::nullopt);
      expect(nvrams[other]->reserve_ids(1).has_value());
      nvrams[other]->trim();
      expect(nvrams[other]->last_error().empty());
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) threads.emplace_back(use, t);
  for (std::size_t i = 0; i < 200; ++i) {
    NvramPool::shared().set_bound(1 + i % 3);
    // Somebody else's NVRAM comes and goes meanwhile.
    if (i % 10 == 0) expect(open_nvram(file(kNvrams))->setting("none") == std::nullopt);
    std::this_thread::yield();
  }
  NvramPool::shared().set_bound(2);
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(NvramPool::shared().parked() - parked > kThreads * kTurns);
  CHECK(open_files(directory.path()).size() <= 4);
  // All of them end at once.
  threads.clear();
  for (auto& nvram : nvrams) threads.emplace_back([&nvram] { nvram.reset(); });
  for (auto& thread : threads) thread.join();
  CHECK(open_files(directory.path()).empty());
  for (std::size_t i = 0; i < kNvrams; ++i) CHECK(logins(*open_nvram(file(i))).size() <= kThreads);
}
