#include "hba-sim/adapter/hba_persistent.hpp"

#include <algorithm>
#include <utility>

namespace hbalab::adapter {

void RecordList::saved(RecordId id) {
  if (ids_.empty() || (ids_.back() & ~kGone) < id) ids_.push_back(id);
}

void RecordList::removed(RecordId id) {
  const auto entry =
      std::ranges::lower_bound(ids_, id, {}, [](RecordId listed) { return listed & ~kGone; });
  if (entry == ids_.end() || *entry != id) return;
  *entry |= kGone;
  if (++gone_ <= ids_.size() / 2) return;
  // The last one stays even when it is gone: it tells what is new.
  const auto last = ids_.back();
  std::erase_if(ids_, [&](RecordId listed) { return (listed & kGone) != 0 && listed != last; });
  gone_ = (last & kGone) != 0 ? 1 : 0;
}

std::deque<RecordList::RecordId> RecordList::all() const {
  std::deque<RecordId> out;
  for (const auto id : ids_) {
    if ((id & kGone) == 0) out.push_back(id);
  }
  return out;
}

void PersistentLogins::start(std::shared_ptr<Gate> gate) {
  stop();
  gate_ = std::move(gate);
  self_ = std::make_shared<PersistentLogins*>(this);
}

void PersistentLogins::stop() {
  if (timer_ != 0) clock_.cancel(std::exchange(timer_, 0));
  self_.reset();
  gate_.reset();
  fresh_ = {};
  retries_ = {};
  running_.clear();
}

void PersistentLogins::begin(std::deque<RecordId> order) {
  if (gate_ == nullptr) return;
  // A second begin() starts over; tries under way go on and are not doubled.
  fresh_ = std::move(order);
  retries_ = {};
  pump();
}

void PersistentLogins::attempt_ended(RecordId record, iscsi::IsdscStatus status) {
  if (running_.erase(record) == 0) return;
  switch (status) {
    case iscsi::ISDSC_SUCCESS:
    case iscsi::ISDSC_TARGET_ALREADY_LOGGED_IN:
    case iscsi::ISDSC_SESSION_ALREADY_EXISTS:
      break;
    case iscsi::ISDSC_TOO_MANY_SESSIONS:
      fresh_.push_front(record);
      break;
    default:
      retries_.push_back({clock_.now() + retry_interval_, record});
  }
  if (pumping_) return;
  // The next ones start from the clock, so that a row of quick failures does not hold the lock.
  if (!fresh_.empty() && host_.has_room()) {
    arm(clock_.now());
  } else if (!retries_.empty()) {
    arm(retries_.front().due);
  }
}

void PersistentLogins::record_removed(RecordId record) {
  // Those that wait are found gone when their turn comes.
  if (running_.erase(record) != 0) {
    host_.abandon(record);
    if (!fresh_.empty() && !pumping_) arm(clock_.now());
  }
}

void PersistentLogins::slot_free() {
  if (gate_ != nullptr && waiting() != 0 && !pumping_) arm(clock_.now());
}

std::optional<PersistentLogins::RecordId> PersistentLogins::take() {
  if (!fresh_.empty()) {
    const auto record = fresh_.front();
    fresh_.pop_front();
    return record;
  }
  if (retries_.empty() || retries_.front().due > clock_.now()) return std::nullopt;
  const auto record = retries_.front().record;
  retries_.pop_front();
  return record;
}

void PersistentLogins::pump() {
  pumping_ = true;
  std::size_t started = 0;
  while (started < kBatch && running_.size() < kMaxParallel && host_.has_room()) {
    const auto record = take();
    if (!record) break;
    ++started;
    if (!running_.insert(*record).second) continue;
    if (!host_.try_login(*record)) running_.erase(*record);
  }
  pumping_ = false;
  if (running_.size() >= kMaxParallel || !host_.has_room()) return;  // whoever ends goes on
  if (!fresh_.empty()) {
    arm(clock_.now());
  } else if (!retries_.empty()) {
    arm(retries_.front().due);
  }
}

void PersistentLogins::arm(TimePoint when) {
  if (timer_ != 0) {
    if (timer_due_ <= when) return;
    clock_.cancel(timer_);
  }
  timer_due_ = when;
  timer_ = clock_.schedule(when, [gate = gate_, self = std::weak_ptr(self_)] {
    gate->run([self] {
      const auto held = self.lock();
      if (held == nullptr) return;
      (*held)->timer_ = 0;
      (*held)->pump();
    });
  });
}

}  // namespace hbalab::adapter
