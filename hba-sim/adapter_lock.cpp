#include "hba-sim/adapter_lock.hpp"

#include <cassert>

namespace hbalab {

void AdapterLock::acquire() {
  assert(!held_by_me());
  mutex_.lock();
  owner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
}

void AdapterLock::release() {
  // What was entered by this thread while it held the lock runs first; it may enter more.
  while (!entered_.empty()) {
    auto actions = std::exchange(entered_, {});
    for (auto& action : actions) action();
  }
  auto deferred = std::exchange(deferred_, {});
  owner_.store(std::thread::id{}, std::memory_order_relaxed);
  mutex_.unlock();
  for (auto& action : deferred) action();
}

void AdapterLock::enter(std::move_only_function<void()> action) {
  if (held_by_me()) {
    entered_.push_back(std::move(action));
    return;
  }
  const Scope scope(*this);
  action();
}

void AdapterLock::defer(std::move_only_function<void()> action) {
  assert(held_by_me());
  deferred_.push_back(std::move(action));
}

}  // namespace hbalab
