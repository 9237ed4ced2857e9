// Requests that wait before they go to the miniport: while it has paused its adapter, and under
// SCSI port until it asks for the next one.
#include <algorithm>
#include <utility>

#include "hba-sim/port/core.hpp"

namespace hbalab::port {

bool Core::holding() const { return paused_ || (kind_ == PortKind::scsiport && !ready_); }

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

void Core::pause(std::chrono::seconds at_most) {
  locked([this, at_most] {
    if (pause_timer_ != 0) options_.clock->cancel(std::exchange(pause_timer_, 0));
    paused_ = true;
    pause_timer_ = run_later(at_most, true, [this] {
      pause_timer_ = 0;
      resume();
    });
  });
}

void Core::resume() {
  locked([this] {
    if (pause_timer_ != 0) options_.clock->cancel(std::exchange(pause_timer_, 0));
    paused_ = false;
    if (!queued_.empty()) lock().enter([this] { start_queued(); });
  });
}

void Core::start_queued() {
  while (!queued_.empty() && !holding() && running_.load(std::memory_order_relaxed)) {
    Request& request = *queued_.front();
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
