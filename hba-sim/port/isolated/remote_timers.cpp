#include "hba-sim/port/isolated/remote_timers.hpp"

#include <utility>

namespace hbalab::port::isolated {

void RemoteTimers::schedule(std::uint64_t timer, TimePoint when) {
  {
    const std::scoped_lock lock(mutex_);
    if (!over_ && set_.size() < kMost) {
      set_[timer] = clock_->schedule(when, [weak = weak_from_this(), timer] {
        if (const auto self = weak.lock()) self->fire(timer);
      });
    }
  }
  Message message{Message::Kind::acknowledged};
  message.numbers[0] = timer;
  (void)socket_->send(message);
}

void RemoteTimers::unschedule(std::uint64_t timer) {
  const std::scoped_lock lock(mutex_);
  const auto found = set_.find(timer);
  if (found == set_.end()) return;
  (void)clock_->cancel(found->second);
  set_.erase(found);
}

void RemoteTimers::fire(std::uint64_t timer) {
  std::unique_lock lock(mutex_);
  if (over_ || set_.erase(timer) == 0) return;
  firing_.insert(timer);
  SharedHeader& shared = memory_->header();
  shared.now.store(clock_->now().time_since_epoch().count());
  shared.system_time.store(clock_->system_time());
  lock.unlock();
  Message message{Message::Kind::fire};
  message.numbers[0] = timer;
  (void)socket_->send(message);
  lock.lock();
  changed_.wait(lock, [&] { return over_ || !firing_.contains(timer); });
}

void RemoteTimers::fired(std::uint64_t timer) {
  {
    const std::scoped_lock lock(mutex_);
    firing_.erase(timer);
  }
  changed_.notify_all();
}

void RemoteTimers::end() {
  std::map<std::uint64_t, TimerId> left;
  {
    const std::scoped_lock lock(mutex_);
    over_ = true;
    left = std::exchange(set_, {});
  }
  for (const auto& [timer, id] : left) (void)clock_->cancel(id);
  changed_.notify_all();
}

}  // namespace hbalab::port::isolated
