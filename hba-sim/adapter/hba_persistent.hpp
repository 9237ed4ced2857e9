// Logs in to what is stored, in parallel and for ever: which record is tried when. A record costs 8
// bytes while it waits for its first try and 16 while it waits for the next one; everything else
// exists only for the tries under way, which are bounded. No event costs more than the batch that
// it starts.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_set>
#include <vector>

#include "hba-sim/adapter/hba_gate.hpp"
#include "hba-sim/adapter/login_store.hpp"
#include "hba-sim/clock.hpp"
#include "iscsiop/status.hpp"

namespace hbalab::adapter {

// The ids of all stored records, oldest first, so that a start needs no walk through the store. Ids
// ascend; one that is removed is marked and goes when half of the list is marked.
class RecordList {
 public:
  using RecordId = LoginStore::RecordId;
  void saved(RecordId id);  // new or replaced
  void removed(RecordId id);
  [[nodiscard]] std::deque<RecordId> all() const;

 private:
  static constexpr RecordId kGone = RecordId{1} << 63;  // ids are slots, which stay below
  std::vector<RecordId> ids_;
  std::size_t gone_ = 0;
};

class PersistentLogins {
 public:
  using RecordId = LoginStore::RecordId;
  static constexpr std::size_t kMaxParallel = 1024;  // tries under way
  static constexpr std::size_t kBatch = 64;          // tries started in one go, under the lock

  struct Host {
    // Starts a try; attempt_ended() follows, inside the call or later. False when the record is
    // gone.
    std::function<bool(RecordId)> try_login;
    // Ends a try without attempt_ended().
    std::function<void(RecordId)> abandon;
    // Whether another session would fit.
    std::function<bool()> has_room;
  };

  PersistentLogins(Clock& clock, Duration retry_interval, Host host)
      : clock_(clock), retry_interval_(retry_interval), host_(std::move(host)) {}
  ~PersistentLogins() { stop(); }

  // A new life: nothing is tried until begin().
  void start(std::shared_ptr<Gate> gate);
  void stop();
  // `order`: the records, oldest first. Starts the first batch; the others follow from the clock.
  void begin(std::deque<RecordId> order);
  // How a try ended. Success and "already logged in" settle the record until the next begin(); "too
  // many sessions" waits for a slot; everything else is tried again after the interval.
  void attempt_ended(RecordId record, iscsi::IsdscStatus status);
  void record_removed(RecordId record);
  // A session ended: records that wait for a slot may go on.
  void slot_free();

  [[nodiscard]] std::size_t waiting() const { return fresh_.size() + retries_.size(); }
  [[nodiscard]] std::size_t under_way() const { return running_.size(); }

 private:
  struct Retry {
    TimePoint due;
    RecordId record;
  };
  void pump();
  void arm(TimePoint when);
  // The next record whose turn it is; nothing when none is due.
  std::optional<RecordId> take();

  Clock& clock_;
  const Duration retry_interval_;
  const Host host_;
  std::shared_ptr<Gate> gate_;
  std::shared_ptr<PersistentLogins*> self_;  // alive as long as the life; timers hold it weakly
  std::deque<RecordId> fresh_;               // not tried yet, or waiting for a slot
  std::deque<Retry> retries_;                // by due time, since the interval is the same for all
  std::unordered_set<RecordId> running_;
  TimerId timer_ = 0;
  TimePoint timer_due_{};
  bool pumping_ = false;
};

}  // namespace hbalab::adapter
