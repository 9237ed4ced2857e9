#include "hba-sim/port/stuck_calls.hpp"

#include <string>
#include <utility>

#include "hba-sim/port/core.hpp"

namespace hbalab::port {
namespace {

std::string stuck_text(std::string_view routine) {
  return std::string(routine) + " has not returned for " +
         std::to_string(StuckCalls::kLimit.count()) +
         " s, and cannot be ended in the lab's own process: end the lab (kill -9 of lab/pid), and "
         "mount the driver with --isolate";
}

}  // namespace

StuckCalls::StuckCalls(std::function<void(std::string_view line)> notice)
    : notice_(std::move(notice)) {
  CallMark::want(true);
}

StuckCalls::~StuckCalls() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  CallMark::want(false);
}

void StuckCalls::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void StuckCalls::run() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kLimit / 5, [this] { return stop_; })) {
    look(std::chrono::steady_clock::now());
  }
}

void StuckCalls::look(Time now) {
  std::map<const CallMark*, Seen> seen;
  CallMark::look([&](const CallMark* mark, const CallMark::Call& call) {
    Seen its{call.number, now, false};
    const auto before = seen_.find(mark);
    if (before != seen_.end() && before->second.number == call.number) its = before->second;
    if (!its.told && now - its.since >= kLimit) {
      its.told = true;
      if (call.core != nullptr) {
        call.core->driver_failed(stuck_text(call.routine));
      } else if (notice_) {
        notice_(stuck_text(call.routine));
      }
    }
    seen[mark] = its;
  });
  seen_ = std::move(seen);
}

}  // namespace hbalab::port
