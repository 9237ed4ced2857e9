// The lock of one adapter: Windows calls it the StartIo lock. It guards a miniport and the hardware
// that it drives. Whoever holds it never calls upwards: completions are deferred until it is
// released.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace hbalab {

class AdapterLock {
 public:
  // Runs `action` under the lock. When this thread holds the lock already, the action runs later,
  // still under the lock, before the outermost holder releases it.
  void enter(std::move_only_function<void()> action);

  // Under the lock only: runs `action` after the lock has been released, on this thread, in order.
  void defer(std::move_only_function<void()> action);

  [[nodiscard]] bool held_by_me() const {
    return owner_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }

  // Holds the lock for a scope, without the cost of a function object. Must not be nested.
  class Scope {
   public:
    explicit Scope(AdapterLock& lock) : lock_(lock) { lock_.acquire(); }
    ~Scope() { lock_.release(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    AdapterLock& lock_;
  };

 private:
  void acquire();
  void release();

  std::mutex mutex_;
  std::atomic<std::thread::id> owner_;
  std::vector<std::move_only_function<void()>> entered_;   // guarded by mutex_
  std::vector<std::move_only_function<void()>> deferred_;  // guarded by mutex_
};

}  // namespace hbalab
