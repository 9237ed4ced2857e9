// Time for hardware inside of a loaded driver: that of the port driver, whose one timer for each
// adapter runs whatever is due.
#pragma once

#include <map>
#include <utility>

#include "hba-sim/clock.hpp"
#include "hba-sim/include/storport.h"

namespace hbalab::builtin_driver {

// Under the StartIo lock of the adapter, which the port driver holds in every routine.
class PortClock final : public Clock {
 public:
  explicit PortClock(PHW_TIMER routine) : routine_(routine) {}

  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] std::uint64_t system_time() const override;
  TimerId schedule(TimePoint when, std::move_only_function<void()> action) override;
  bool cancel(TimerId timer) override;

  // The adapter whose time and timer it is; null: it has stopped, and so has time.
  void connect(PVOID extension);
  // What the timer's routine does.
  void run_due();

 private:
  using Key = std::pair<TimePoint, TimerId>;
  void arm();

  const PHW_TIMER routine_;
  PVOID extension_ = nullptr;
  std::map<Key, std::move_only_function<void()>> timers_;
  TimerId newest_ = 0;
  mutable std::uint64_t system_time_ = 0;  // as it was last seen
};

}  // namespace hbalab::builtin_driver
