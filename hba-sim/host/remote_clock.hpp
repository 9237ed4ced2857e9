// The lab's clock, as a driver in a process of its own has it.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "hba-sim/clock.hpp"
#include "hba-sim/port/isolated/message.hpp"
#include "hba-sim/port/isolated/shared.hpp"

namespace hbalab::host {

// What is scheduled is known to the lab's clock when schedule() returns, so that the lab can
// advance it at any time after that.
class RemoteClock final : public Clock {
 public:
  RemoteClock(const port::isolated::SharedHeader& shared, port::isolated::MessageSocket& lab);
  ~RemoteClock() override;

  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] std::uint64_t system_time() const override;
  TimerId schedule(TimePoint when, std::move_only_function<void()> action) override;
  bool cancel(TimerId timer) override;

  // Messages of the lab, from the thread that reads them; they wait for nothing.
  void acknowledged(TimerId timer);
  void fire(TimerId timer);

 private:
  void run();

  const port::isolated::SharedHeader& shared_;
  port::isolated::MessageSocket& lab_;
  std::mutex mutex_;  // taken last
  std::condition_variable changed_;
  std::map<TimerId, std::move_only_function<void()>> actions_;  // guarded by mutex_, as is all else
  std::set<TimerId> unknown_;                                   // not yet acknowledged
  std::deque<TimerId> due_;
  TimerId last_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace hbalab::host
