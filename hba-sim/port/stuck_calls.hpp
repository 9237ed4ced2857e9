// Notices routines of drivers in the lab's own process that do not return. Nothing can end them
// there: who looks after the lab is told, and what to do.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>

#include "hba-sim/port/call_mark.hpp"

namespace hbalab::port {

class StuckCalls {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kLimit{10};

  // Told of calls without an adapter; those of an adapter are faults of its driver. Any thread.
  explicit StuckCalls(std::function<void(std::string_view line)> notice);
  ~StuckCalls();
  StuckCalls(const StuckCalls&) = delete;
  StuckCalls& operator=(const StuckCalls&) = delete;

  // Looks every now and then on a thread of its own; real time, because a thread that spins stops
  // no clock.
  void start();
  // One look: tells, once, of each call that was under way already at a look kLimit before.
  void look(Time now);

 private:
  struct Seen {
    std::uint64_t number = 0;
    Time since;
    bool told = false;
  };
  void run();

  const std::function<void(std::string_view line)> notice_;
  std::map<const CallMark*, Seen> seen_;  // of whoever looks
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace hbalab::port
