// Time as the lab has it. Everything that waits, waits on a Clock, so that tests never sleep.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace hbalab {

using Duration = std::chrono::nanoseconds;
// Since the clock was made; monotonic.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

using TimerId = std::uint64_t;  // 0: none

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
  // 100 ns intervals since 1601-01-01 UTC, as KeQuerySystemTime gives it.
  [[nodiscard]] virtual std::uint64_t system_time() const = 0;
  // Runs `action` once at or after `when`, on the clock's thread (real) or inside advance()
  // (virtual), with no lock of the clock held. Timers of the same time run in the order in which
  // they were set.
  virtual TimerId schedule(TimePoint when, std::move_only_function<void()> action) = 0;
  // Whether the action will not run; when false it has run, is running, or was cancelled before.
  // Never waits for a running action, so it may be called inside one and under any lock.
  virtual bool cancel(TimerId timer) = 0;
};

// Monotonic system clock with one thread for its timers. Destroying it joins the thread (unless it
// is destroyed inside an action); timers that are still set never run.
[[nodiscard]] std::unique_ptr<Clock> make_real_clock();

// Stands still until advanced; starts at TimePoint{}, which is 2026-01-01T00:00:00Z. Thread-safe.
// An action may call anything, advance() and step() included.
class VirtualClock : public Clock {
 public:
  VirtualClock();
  ~VirtualClock() override;
  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] std::uint64_t system_time() const override;
  TimerId schedule(TimePoint when, std::move_only_function<void()> action) override;
  bool cancel(TimerId timer) override;
  // Moves on by `by`, running what falls due in order; timers set meanwhile included.
  void advance(Duration by);
  // Moves to the next timer and runs it; false when there is none.
  bool step();
  [[nodiscard]] std::size_t pending() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hbalab
