#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "hba-sim/adapter_lock.hpp"

using namespace hbalab;

TEST_CASE("Entering runs the action under the lock") {
  AdapterLock lock;
  CHECK_FALSE(lock.held_by_me());
  bool ran = false;
  lock.enter([&] {
    ran = true;
    CHECK(lock.held_by_me());
  });
  CHECK(ran);
  CHECK_FALSE(lock.held_by_me());
}

TEST_CASE("Entering again runs later, still under the lock, in order") {
  AdapterLock lock;
  std::vector<int> order;
  {
    const AdapterLock::Scope scope(lock);
    lock.enter([&] {
      CHECK(lock.held_by_me());
      order.push_back(2);
      lock.enter([&] { order.push_back(4); });
    });
    lock.enter([&] { order.push_back(3); });
    order.push_back(1);
  }
  CHECK(order == std::vector{1, 2, 3, 4});
}

TEST_CASE("Deferred actions run after the release, in order, and may take the lock") {
  AdapterLock lock;
  std::vector<int> order;
  lock.enter([&] {
    lock.defer([&] {
      CHECK_FALSE(lock.held_by_me());
      order.push_back(3);
      lock.enter([&] {
        order.push_back(4);
        lock.defer([&] { order.push_back(5); });
      });
    });
    lock.defer([&] { order.push_back(6); });
    lock.enter([&] {
      order.push_back(2);
      lock.defer([&] { order.push_back(7); });
    });
    order.push_back(1);
  });
  CHECK(order == std::vector{1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("Deferred actions run without the lock being held by this thread's scope") {
  AdapterLock lock;
  bool other_entered = false;
  {
    const AdapterLock::Scope scope(lock);
    lock.defer([&] {
      // Another thread can take it meanwhile: nothing of this one holds it.
      std::thread([&] { lock.enter([&] { other_entered = true; }); }).join();
    });
  }
  CHECK(other_entered);
}

TEST_CASE("One thread at a time is inside, and every action runs exactly once") {
  AdapterLock lock;
  constexpr int kThreads = 8;
  constexpr int kTurns = 2000;
  int inside = 0;     // guarded by lock
  int entered = 0;    // guarded by lock
  int nested = 0;     // guarded by lock
  bool alone = true;  // guarded by lock
  std::atomic<int> deferred = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kTurns; ++i) {
        lock.enter([&] {
          alone = alone && ++inside == 1;
          ++entered;
          lock.enter([&] { ++nested; });
          lock.defer([&] { deferred.fetch_add(1); });
          --inside;
        });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(alone);
  CHECK(entered == kThreads * kTurns);
  CHECK(nested == kThreads * kTurns);
  CHECK(deferred == kThreads * kTurns);
}
