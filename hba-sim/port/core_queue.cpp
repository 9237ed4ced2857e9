// Requests that wait before they go to the miniport: while it has paused its adapter or a unit or
// called it busy, and under SCSI port until it asks for the next one.
#include <algorithm>
#include <iterator>
#include <utility>

#include "hba-sim/port/core.hpp"

namespace hbalab::port {

bool Core::holding(const Request& request) const {
  if (kind_ == PortKind::scsiport && !ready_) return true;
  if (holds_.empty()) return false;
  const Unit unit = request.unit();
  return holds_.contains(Unit()) || (unit && holds_.contains(unit));
}

void Core::queue(Request& request) {
  request.queued = true;
  queued_.push_back(&request);
}

void Core::unqueue(Request& request) {
  if (!std::exchange(request.queued, false)) return;
  std::erase(queued_, &request);
}

void Core::next_request() {
  locked([this] {
    ready_ = true;
    // The miniport that asks is still running on this thread.
    if (!queued_.empty()) lock().enter([this] { start_queued(); });
  });
}

// Whoever has the lock already: a miniport does so on the way from HwStartIo.
bool Core::change_hold(const Unit& unit, const std::function<void(Hold&)>& change) {
  std::optional<AdapterLock::Scope> scope;
  if (!lock().held_by_me()) scope.emplace(lock());
  if (unit && !luns_.contains(*unit) && !holds_.contains(unit)) return false;
  Hold& hold = holds_[unit];
  change(hold);
  if (hold.paused || hold.busy_above) return true;
  holds_.erase(unit);
  // The miniport that says so may still be running on this thread.
  if (!queued_.empty()) lock().enter([this] { start_queued(); });
  return true;
}

bool Core::pause(Unit unit, std::chrono::seconds at_most) {
  return change_hold(unit, [&](Hold& hold) {
    if (hold.timer != 0) options_.clock->cancel(hold.timer);
    hold.paused = true;
    hold.timer = run_later(at_most, true, [this, unit] {
      change_hold(unit, [](Hold& its) {
        its.timer = 0;
        its.paused = false;
      });
    });
  });
}

bool Core::resume(Unit unit) {
  return change_hold(unit, [this](Hold& hold) {
    if (hold.timer != 0) options_.clock->cancel(std::exchange(hold.timer, 0));
    hold.paused = false;
  });
}

bool Core::busy(Unit unit, ULONG completions) {
  return change_hold(unit, [&](Hold& hold) {
    const std::size_t has = outstanding(unit);
    hold.busy_above.reset();
    if (has != 0 && completions != 0) {
      hold.busy_above = has - std::min<std::size_t>(completions, has);
    }
  });
}

bool Core::ready(Unit unit) {
  return change_hold(unit, [](Hold& hold) { hold.busy_above.reset(); });
}

std::size_t Core::outstanding(const Unit& unit) const {
  const auto has = [&unit](const Request* request) {
    const RequestState state = request->state.load(std::memory_order_acquire);
    return (state == RequestState::started || state == RequestState::abandoned) && request->sent &&
           request->kind != RequestKind::abort && (!unit || request->unit() == unit);
  };
  return static_cast<std::size_t>(std::ranges::count_if(pool_.all(), has));
}

void Core::review_busy() {
  bool ended = false;
  for (auto its = holds_.begin(); its != holds_.end();) {
    auto& [unit, hold] = *its;
    if (hold.busy_above && outstanding(unit) <= *hold.busy_above) hold.busy_above.reset();
    const bool holds = hold.paused || hold.busy_above;
    ended = ended || !holds;
    its = holds ? std::next(its) : holds_.erase(its);
  }
  if (ended && !queued_.empty()) lock().enter([this] { start_queued(); });
}

void Core::drop_holds() {
  for (auto& [unit, hold] : holds_) {
    if (hold.timer != 0) options_.clock->cancel(hold.timer);
  }
  holds_.clear();
}

void Core::start_queued() {
  while (running_.load(std::memory_order_relaxed)) {
    const auto next = std::ranges::find_if(
        queued_, [this](const Request* waiting) { return !holding(*waiting); });
    if (next == queued_.end()) return;
    Request& request = **next;
    unqueue(request);
    request.inside = true;
    const bool done = start(request);
    request.inside = false;
    if (!done) continue;
    unpend(request);
    if (request.kind == RequestKind::scan) {
      scan_done(request);
      continue;
    }
    lock().defer([self = shared_from_this(), &request] {
      const Activity activity(*self);
      self->finish(request);
    });
  }
}

}  // namespace hbalab::port
