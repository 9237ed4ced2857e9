#include "tests/conformance/driver/port_clock.hpp"

#include <algorithm>
#include <chrono>

namespace hbalab::builtin_driver {

using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;
using std::chrono::microseconds;

std::uint64_t PortClock::system_time() const {
  if (extension_ == nullptr) return system_time_;
  LARGE_INTEGER time{};
  StorPortQuerySystemTime(&time, extension_);
  system_time_ = static_cast<std::uint64_t>(time.QuadPart);
  return system_time_;
}

TimePoint PortClock::now() const {
  // Since 2026: counted from 1601 in nanoseconds it would not fit.
  constexpr std::int64_t kOrigin = 134'116'992'000'000'000;
  return TimePoint(Ticks(static_cast<std::int64_t>(system_time()) - kOrigin));
}

TimerId PortClock::schedule(TimePoint when, std::move_only_function<void()> action) {
  timers_.emplace(Key{when, ++newest_}, std::move(action));
  if (timers_.begin()->first.second == newest_) arm();
  return newest_;
}

bool PortClock::cancel(TimerId timer) {
  // The port driver's timer may come for nothing.
  return std::erase_if(timers_, [timer](const auto& its) { return its.first.second == timer; }) !=
         0;
}

void PortClock::connect(PVOID extension) {
  (void)system_time();
  extension_ = extension;
  arm();
}

void PortClock::run_due() {
  while (!timers_.empty() && timers_.begin()->first.first <= now()) {
    auto due = timers_.extract(timers_.begin());
    due.mapped()();
  }
  arm();
}

void PortClock::arm() {
  constexpr microseconds kMost = std::chrono::hours(1);  // of what the service can count
  if (extension_ == nullptr || timers_.empty()) return;
  const auto left = std::chrono::ceil<microseconds>(timers_.begin()->first.first - now());
  const auto in = std::clamp(left, microseconds(1), kMost);
  StorPortNotification(RequestTimerCall, extension_, routine_, static_cast<ULONG>(in.count()));
}

}  // namespace hbalab::builtin_driver
