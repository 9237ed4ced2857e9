#include "hba-sim/clock.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hba-sim/thread_signals.hpp"

namespace hbalab {
namespace {

using Action = std::move_only_function<void()>;

// 100 ns intervals from 1601-01-01 to 1970-01-01 and to 2026-01-01.
constexpr std::uint64_t kUnixEpoch = 116'444'736'000'000'000u;
constexpr std::uint64_t kVirtualEpoch = 134'116'992'000'000'000u;

// Timers by time, then by order of setting. Not thread-safe: its owner locks.
class TimerQueue {
 public:
  TimerId add(TimePoint when, Action action) {
    const TimerId id = ++last_;
    live_.emplace(id, std::move(action));
    heap_.push_back({when, id});
    std::push_heap(heap_.begin(), heap_.end(), later);
    return id;
  }

  // The action is handed back so that it is destroyed outside the owner's lock.
  Action remove(TimerId id) {
    const auto at = live_.find(id);
    if (at == live_.end()) return {};
    Action action = std::move(at->second);
    live_.erase(at);
    compact();
    return action;
  }

  // The earliest live timer's time; false when there is none.
  bool next(TimePoint& when) {
    while (!heap_.empty() && !live_.contains(heap_.front().id)) pop();
    if (heap_.empty()) return false;
    when = heap_.front().when;
    return true;
  }

  // After next() said true.
  Action take() {
    const auto at = live_.find(heap_.front().id);
    Action action = std::move(at->second);
    live_.erase(at);
    pop();
    return action;
  }

  [[nodiscard]] std::size_t size() const { return live_.size(); }

 private:
  struct Entry {
    TimePoint when;
    TimerId id;
  };
  static bool later(const Entry& a, const Entry& b) {
    return a.when != b.when ? a.when > b.when : a.id > b.id;
  }
  void pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.pop_back();
  }
  // Cancelled timers stay in the heap until they surface; they never outnumber the live ones for
  // long, so that timers that are always cancelled (deadlines) cost no memory.
  void compact() {
    if (heap_.size() < 64 || heap_.size() < 2 * live_.size()) return;
    std::erase_if(heap_, [this](const Entry& entry) { return !live_.contains(entry.id); });
    std::make_heap(heap_.begin(), heap_.end(), later);
  }

  std::vector<Entry> heap_;
  std::unordered_map<TimerId, Action> live_;
  TimerId last_ = 0;
};

class RealClock final : public Clock {
 public:
  RealClock() : state_(std::make_shared<State>()) {
    const ProcessSignalsBlocked blocked;
    thread_ = std::thread([state = state_] { run(*state); });
  }

  ~RealClock() override {
    {
      const std::lock_guard lock(state_->mutex);
      state_->stopping = true;
    }
    state_->wake.notify_one();
    // The last owner may let go inside a timer's action: the thread then ends by itself.
    if (thread_.get_id() == std::this_thread::get_id()) {
      thread_.detach();
    } else {
      thread_.join();
    }
  }

  RealClock(const RealClock&) = delete;
  RealClock& operator=(const RealClock&) = delete;

  [[nodiscard]] TimePoint now() const override { return state_->now(); }

  [[nodiscard]] std::uint64_t system_time() const override {
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    const auto nanoseconds = std::chrono::duration_cast<Duration>(since_1970).count();
    return kUnixEpoch + static_cast<std::uint64_t>(nanoseconds / 100);
  }

  TimerId schedule(TimePoint when, Action action) override {
    // The action may run, and let go of this clock, before the call has returned.
    const auto state = state_;
    TimerId id = 0;
    bool sooner = false;
    {
      const std::lock_guard lock(state->mutex);
      sooner = when < state->awake_at;
      if (sooner) state->awake_at = when;  // once the thread has been told it need not be again
      id = state->timers.add(when, std::move(action));
    }
    if (sooner) state->wake.notify_one();
    return id;
  }

  bool cancel(TimerId timer) override {
    Action action;
    const std::lock_guard lock(state_->mutex);
    // `action` outlives the lock: its captures may own what calls the clock when destroyed.
    action = state_->timers.remove(timer);
    return action != nullptr;
  }

 private:
  // Shared with the thread, which may outlive the clock by one action.
  struct State {
    const std::chrono::steady_clock::time_point origin = std::chrono::steady_clock::now();
    std::mutex mutex;
    std::condition_variable wake;
    TimerQueue timers;  // guarded by mutex
    // When the thread looks at the timers by itself at the latest; guarded by mutex. Cancelling
    // does not change it, so that a deadline that is set for every request and cancelled again
    // wakes nobody.
    TimePoint awake_at = TimePoint::max();
    bool stopping = false;  // guarded by mutex

    [[nodiscard]] TimePoint now() const {
      return TimePoint(std::chrono::steady_clock::now() - origin);
    }
  };

  static void run(State& state) {
    // Time is waited for in pieces: origin plus the largest TimePoint would overflow.
    constexpr Duration longest = std::chrono::hours(1);
    std::unique_lock lock(state.mutex);
    while (!state.stopping) {
      TimePoint when = TimePoint::max();
      const bool any = state.timers.next(when);
      const TimePoint now = state.now();
      if (!any || when > now) {
        // What a cancelled deadline has left is waited for: that is cheaper than to be told of each
        // of those that follow it.
        state.awake_at = state.awake_at > now ? std::min(when, state.awake_at) : when;
        const TimePoint until = std::min(state.awake_at, now + longest);
        state.wake.wait_until(lock, state.origin + until.time_since_epoch());
        continue;
      }
      Action action = state.timers.take();
      lock.unlock();
      action();
      action = nullptr;
      lock.lock();
    }
  }

  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Clock> make_real_clock() { return std::make_unique<RealClock>(); }

struct VirtualClock::State {
  mutable std::mutex mutex;
  TimePoint now{};    // guarded by mutex
  TimerQueue timers;  // guarded by mutex

  // Takes the next timer that is due at `until`, moving the time to it; none: moves to `until`.
  Action take_until(TimePoint until) {
    const std::lock_guard lock(mutex);
    TimePoint when;
    if (timers.next(when) && when <= until) {
      now = std::max(now, when);
      return timers.take();
    }
    now = std::max(now, until);
    return {};
  }
};

VirtualClock::VirtualClock() : state_(std::make_unique<State>()) {}
VirtualClock::~VirtualClock() = default;

TimePoint VirtualClock::now() const {
  const std::lock_guard lock(state_->mutex);
  return state_->now;
}

std::uint64_t VirtualClock::system_time() const {
  return kVirtualEpoch + static_cast<std::uint64_t>(now().time_since_epoch().count() / 100);
}

TimerId VirtualClock::schedule(TimePoint when, Action action) {
  const std::lock_guard lock(state_->mutex);
  return state_->timers.add(when, std::move(action));
}

bool VirtualClock::cancel(TimerId timer) {
  Action action;
  const std::lock_guard lock(state_->mutex);
  action = state_->timers.remove(timer);  // destroyed after the lock is released
  return action != nullptr;
}

void VirtualClock::advance(Duration by) {
  const TimePoint until = now() + by;
  while (auto action = state_->take_until(until)) action();
}

bool VirtualClock::step() {
  Action action;
  {
    const std::lock_guard lock(state_->mutex);
    TimePoint when;
    if (!state_->timers.next(when)) return false;
    state_->now = std::max(state_->now, when);
    action = state_->timers.take();
  }
  action();
  return true;
}

std::size_t VirtualClock::pending() const {
  const std::lock_guard lock(state_->mutex);
  return state_->timers.size();
}

}  // namespace hbalab
