#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "hba-sim/clock.hpp"

using namespace hbalab;
using namespace std::chrono_literals;

namespace {

constexpr auto kTooLong = 30s;  // only ever waited for when something is broken

// Waits until `count` calls were made.
class Arrivals {
 public:
  void arrive(int value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(value);
    changed_.notify_all();
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kTooLong, [&] { return values_.size() >= count; });
  }
  std::vector<int> values() {
    const std::lock_guard lock(mutex_);
    return values_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> values_;
};

}  // namespace

TEST_CASE("A virtual clock stands still until it is advanced") {
  VirtualClock clock;
  CHECK(clock.now() == TimePoint{});
  const auto begin = clock.system_time();
  CHECK(begin == 134'116'992'000'000'000u);  // 2026-01-01
  clock.advance(1500ns);
  CHECK(clock.now() == TimePoint{1500ns});
  CHECK(clock.system_time() == begin + 15);
}

TEST_CASE("Virtual timers run in order of time, equal ones in order of setting") {
  VirtualClock clock;
  std::vector<int> ran;
  const auto at = [&](Duration when, int value) {
    clock.schedule(TimePoint{when}, [&ran, value] { ran.push_back(value); });
  };
  at(5s, 3);
  at(1s, 1);
  at(5s, 4);
  at(2s, 2);
  at(5s, 5);
  at(6s, 6);
  clock.advance(5s);
  CHECK(ran == std::vector{1, 2, 3, 4, 5});
  CHECK(clock.pending() == 1);
  CHECK(clock.step());
  CHECK(ran.back() == 6);
  CHECK(clock.now() == TimePoint{6s});
  CHECK_FALSE(clock.step());
}

TEST_CASE("Timers that actions set run in the same advance when they fall due in it") {
  VirtualClock clock;
  std::vector<Duration> ran;
  std::function<void()> again = [&] {
    ran.push_back(clock.now().time_since_epoch());
    clock.schedule(clock.now() + 5s, [&] { again(); });
  };
  clock.schedule(TimePoint{5s}, [&] { again(); });
  clock.advance(17s);
  CHECK(ran == std::vector<Duration>{5s, 10s, 15s});
  CHECK(clock.now() == TimePoint{17s});
  // In the past means now: the time does not go back.
  Duration seen{};
  clock.schedule(TimePoint{1s}, [&] { seen = clock.now().time_since_epoch(); });
  CHECK(clock.step());
  CHECK(seen == 17s);
}

TEST_CASE("An action may advance the clock and cancel other timers") {
  VirtualClock clock;
  std::vector<int> ran;
  TimerId doomed = 0;
  clock.schedule(TimePoint{1s}, [&] {
    ran.push_back(1);
    CHECK(clock.cancel(doomed));
    clock.advance(10s);
  });
  doomed = clock.schedule(TimePoint{1s}, [&] { ran.push_back(99); });
  clock.schedule(TimePoint{2s}, [&] { ran.push_back(2); });
  clock.advance(1s);
  CHECK(ran == std::vector{1, 2});
  CHECK(clock.now() == TimePoint{11s});
}

TEST_CASE("Cancel says whether the action will not run") {
  VirtualClock clock;
  TimerId self = 0;
  bool cancelled_self = true;
  const TimerId early = clock.schedule(TimePoint{1s}, [] { FAIL("was cancelled"); });
  self = clock.schedule(TimePoint{2s}, [&] { cancelled_self = clock.cancel(self); });
  CHECK(early != 0);
  CHECK(clock.cancel(early));
  CHECK_FALSE(clock.cancel(early));
  CHECK_FALSE(clock.cancel(0));
  CHECK_FALSE(clock.cancel(12345));
  clock.advance(3s);
  CHECK_FALSE(cancelled_self);  // it is running
  CHECK_FALSE(clock.cancel(self));
}

TEST_CASE("Cancelling destroys the action outside the lock") {
  VirtualClock clock;
  struct Caller {
    VirtualClock* clock;
    explicit Caller(VirtualClock* c) : clock(c) {}
    Caller(Caller&& other) noexcept : clock(std::exchange(other.clock, nullptr)) {}
    ~Caller() {
      if (clock != nullptr) (void)clock->pending();  // would deadlock under the clock's lock
    }
  };
  const TimerId id = clock.schedule(TimePoint{1s}, [caller = Caller(&clock)] {});
  CHECK(clock.cancel(id));
}

TEST_CASE("Random timers run exactly in order") {
  std::mt19937 random(7);
  VirtualClock clock;
  struct Timer {
    Duration when;
    int number;
    bool operator<(const Timer& o) const {
      return std::tie(when, number) < std::tie(o.when, o.number);
    }
    bool operator==(const Timer&) const = default;
  };
  std::vector<Timer> expected;
  std::vector<Timer> ran;
  std::vector<std::pair<TimerId, Timer>> all;
  for (int i = 0; i < 5000; ++i) {
    const Timer timer{Duration(random() % 100), i};
    all.emplace_back(clock.schedule(TimePoint{timer.when}, [&ran, timer] { ran.push_back(timer); }),
                     timer);
  }
  for (const auto& [id, timer] : all) {
    if (random() % 3 == 0) {
      REQUIRE(clock.cancel(id));
    } else {
      expected.push_back(timer);
    }
  }
  std::sort(expected.begin(), expected.end());
  CHECK(clock.pending() == expected.size());
  clock.advance(1us);
  CHECK(ran == expected);
}

TEST_CASE("The real clock runs timers on one other thread, in order") {
  const auto clock = make_real_clock();
  Arrivals arrivals;
  std::atomic<std::thread::id> thread;
  const auto when = clock->now() + 20ms;
  for (int i = 0; i < 100; ++i) {
    clock->schedule(when, [&, i] {
      thread = std::this_thread::get_id();
      arrivals.arrive(i);
    });
  }
  clock->schedule(clock->now(), [&] { arrivals.arrive(-1); });  // earlier than what it waits for
  REQUIRE(arrivals.wait_for(101));
  CHECK(clock->now() >= when);
  CHECK(thread.load() != std::this_thread::get_id());
  const auto values = arrivals.values();
  CHECK(values.front() == -1);
  for (int i = 0; i < 100; ++i) CHECK(values[static_cast<std::size_t>(i) + 1] == i);
}

TEST_CASE("A deadline that is set and cancelled again and again does not wake the real clock") {
  const auto clock = make_real_clock();
  Arrivals arrivals;
  const auto count_waits = [&] {
    rusage usage{};
    const std::size_t arrived = arrivals.values().size();
    clock->schedule(clock->now(), [&] {
      getrusage(RUSAGE_THREAD, &usage);
      arrivals.arrive(0);
    });
    REQUIRE(arrivals.wait_for(arrived + 1));
    return usage.ru_nvcsw;
  };
  const auto before = count_waits();
  for (int i = 0; i < 2000; ++i) {
    REQUIRE(clock->cancel(clock->schedule(clock->now() + 1h, [] { FAIL("was cancelled"); })));
    std::this_thread::yield();  // the other thread may run, if it wants to
  }
  CHECK(count_waits() - before < 100);
}

TEST_CASE("The real clock tells the time") {
  const auto clock = make_real_clock();
  const auto first = clock->now();
  CHECK(first >= TimePoint{});
  CHECK(first < TimePoint{kTooLong});
  CHECK(clock->now() >= first);
  const auto unix_now = std::chrono::duration_cast<std::chrono::seconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count();
  const auto seconds = static_cast<std::int64_t>(clock->system_time() / 10'000'000);
  CHECK(std::abs(seconds - 11'644'473'600 - unix_now) <= 2);
}

TEST_CASE("A real clock ends at once, whatever is set") {
  bool ran = false;
  {
    const auto clock = make_real_clock();
    clock->schedule(TimePoint::max(), [&] { ran = true; });
    clock->schedule(clock->now() + 1h, [&] { ran = true; });
  }
  CHECK_FALSE(ran);
}

TEST_CASE("A real clock may be let go inside one of its actions") {
  Arrivals arrivals;
  auto clock = std::shared_ptr<Clock>(make_real_clock());
  auto* raw = clock.get();
  raw->schedule(raw->now() + 1ms, [&arrivals, held = std::move(clock)]() mutable {
    held.reset();
    arrivals.arrive(1);
  });
  CHECK(arrivals.wait_for(1));
}

TEST_CASE("Cancel and run race on the real clock: each timer does exactly one of them") {
  const auto clock = make_real_clock();
  constexpr int kTimers = 2000;
  std::atomic<int> ran = 0;
  std::atomic<int> cancelled = 0;
  Arrivals done;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t));
      for (int i = 0; i < kTimers; ++i) {
        const auto id =
            clock->schedule(clock->now() + Duration(random() % 20'000), [&] { ran.fetch_add(1); });
        if (clock->cancel(id)) cancelled.fetch_add(1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  clock->schedule(clock->now() + 1ms, [&] { done.arrive(0); });
  REQUIRE(done.wait_for(1));
  CHECK(ran + cancelled == 4 * kTimers);
}

TEST_CASE("the real clock's thread takes its own faults, and no signal of the process") {
  const auto clock = make_real_clock();
  Arrivals done;
  sigset_t blocked;
  sigemptyset(&blocked);
  clock->schedule(clock->now(), [&] {
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    done.arrive(0);
  });
  REQUIRE(done.wait_for(1));
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) {
    CHECK(sigismember(&blocked, fault) == 0);
  }
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGALRM, SIGUSR1}) {
    CHECK(sigismember(&blocked, signal) == 1);
  }
}
