// The lab file's schedule: changes of the bench that come by themselves, on the lab's clock, so
// that a fault can be had at a time, again and again, and somewhat irregularly.
#pragma once

#include <expected>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "hba-sim/clock.hpp"
#include "hba-sim/lab/config.hpp"
#include "hba-sim/lab/control.hpp"

namespace hbalab::lab {

// Thread-safe.
class Schedule : public std::enable_shared_from_this<Schedule> {
 public:
  [[nodiscard]] static std::shared_ptr<Schedule> create(std::vector<ScheduledChange> changes,
                                                        std::shared_ptr<Clock> clock,
                                                        std::uint64_t seed);
  // `tree` must last until end(). The error names the first change whose path is not there and is
  // made by no other change.
  [[nodiscard]] std::expected<void, std::string> begin(ControlTree& tree);
  // No change is under way when it returns, and none begins any more.
  void end();
  // A line for each change: what it is, how often it was made, and why the last time failed.
  [[nodiscard]] std::string show() const;

 private:
  struct Entry {
    ScheduledChange change;
    TimePoint due;  // without jitter
    TimerId timer = 0;
    std::uint64_t made = 0;
    std::string problem;
  };

  Schedule(std::vector<ScheduledChange> changes, std::shared_ptr<Clock> clock, std::uint64_t seed);
  [[nodiscard]] bool made_by_another(std::string_view path) const;
  void arm(Entry& entry, std::size_t index);
  void make(std::size_t index);
  [[nodiscard]] std::expected<void, ControlError> apply(const ScheduledChange& change);

  std::mutex running_;  // held while a change is made; before mutex_
  mutable std::mutex mutex_;
  std::shared_ptr<Clock> clock_;  // guarded by mutex_; null once ended
  ControlTree* tree_ = nullptr;   // guarded by running_
  std::mt19937_64 random_;        // guarded by mutex_
  std::vector<Entry> entries_;    // guarded by mutex_; their number is fixed
};

}  // namespace hbalab::lab
