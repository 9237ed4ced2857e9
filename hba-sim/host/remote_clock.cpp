#include "hba-sim/host/remote_clock.hpp"

#include <utility>

namespace hbalab::host {

using port::isolated::Message;

namespace {

Message timer_message(Message::Kind kind, TimerId timer) {
  Message message{kind};
  message.numbers[0] = timer;
  return message;
}

}  // namespace

RemoteClock::RemoteClock(const port::isolated::SharedHeader& shared,
                         port::isolated::MessageSocket& lab)
    : shared_(shared), lab_(lab), thread_([this] { run(); }) {}

RemoteClock::~RemoteClock() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

TimePoint RemoteClock::now() const { return TimePoint(Duration(shared_.now.load())); }

std::uint64_t RemoteClock::system_time() const { return shared_.system_time.load(); }

TimerId RemoteClock::schedule(TimePoint when, std::move_only_function<void()> action) {
  std::unique_lock lock(mutex_);
  const TimerId timer = ++last_;
  actions_[timer] = std::move(action);
  unknown_.insert(timer);
  lock.unlock();
  Message message = timer_message(Message::Kind::schedule, timer);
  message.numbers[1] = static_cast<std::uint64_t>(when.time_since_epoch().count());
  (void)lab_.send(message);
  lock.lock();
  changed_.wait(lock, [&] { return stop_ || !unknown_.contains(timer); });
  return timer;
}

bool RemoteClock::cancel(TimerId timer) {
  std::move_only_function<void()> action;  // dies without the lock
  {
    const std::scoped_lock lock(mutex_);
    const auto found = actions_.find(timer);
    if (found == actions_.end()) return false;
    action = std::move(found->second);
    actions_.erase(found);
  }
  (void)lab_.send(timer_message(Message::Kind::unschedule, timer));
  return true;
}

void RemoteClock::acknowledged(TimerId timer) {
  {
    const std::scoped_lock lock(mutex_);
    unknown_.erase(timer);
  }
  changed_.notify_all();
}

void RemoteClock::fire(TimerId timer) {
  {
    const std::scoped_lock lock(mutex_);
    due_.push_back(timer);
  }
  changed_.notify_all();
}

void RemoteClock::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || !due_.empty(); });
    if (stop_) return;
    const TimerId timer = due_.front();
    due_.pop_front();
    std::move_only_function<void()> action;
    if (const auto found = actions_.find(timer); found != actions_.end()) {
      action = std::move(found->second);
      actions_.erase(found);
    }
    lock.unlock();
    if (action) action();
    action = nullptr;
    (void)lab_.send(timer_message(Message::Kind::fired, timer));
    lock.lock();
  }
}

}  // namespace hbalab::host
