#include "vds/logout.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "vds/hresults.hpp"

namespace hbalab::vds {
namespace {

// Logouts from one target take turns: an adapter refuses a session that is being logged out of, and
// whoever comes second is to learn that it has ended. Never destroyed: a program's own threads may
// still be in a call when it ends.
class Turn {
 public:
  explicit Turn(const VDS_OBJECT_ID& target) : mutex_(of(target)), lock_(*mutex_) {}

 private:
  struct Turns {
    std::mutex mutex;
    std::map<GUID, std::weak_ptr<std::mutex>, GuidLess> of_targets;  // guarded by mutex
  };
  static std::shared_ptr<std::mutex> of(const VDS_OBJECT_ID& target) {
    static auto* const turns = new Turns;
    const std::scoped_lock lock(turns->mutex);
    std::erase_if(turns->of_targets, [](const auto& entry) { return entry.second.expired(); });
    auto& kept = turns->of_targets[target];
    auto mutex = kept.lock();
    if (!mutex) kept = mutex = std::make_shared<std::mutex>();
    return mutex;
  }

  const std::shared_ptr<std::mutex> mutex_;
  const std::scoped_lock<std::mutex> lock_;
};

class Logout {
 public:
  Logout(Operation& operation, Adapters& adapters, const VDS_OBJECT_ID& target)
      : operation_(operation), adapters_(adapters), target_(target) {}

  HRESULT run() {
    if (!operation_.go_on()) return VDS_E_OPERATION_CANCELED;
    const Survey found = adapters_.survey(target_);
    tally_.request_failure = found.failure;
    steps_left_ = found.sessions.size() + found.stored.size();
    operation_.expect(static_cast<ULONG>(steps_left_));
    for (const Session& session : found.sessions) {
      if (!begin_step()) return VDS_E_OPERATION_CANCELED;
      end_session(session);
      operation_.step_done();
    }
    // A target that is still in use keeps its persistent logins.
    if (tally_.failed != 0) return result_of(tally_);
    for (const Stored& logins : found.stored) {
      if (!begin_step()) return VDS_E_OPERATION_CANCELED;
      end_persistence(logins);
      operation_.step_done();
    }
    // Until they were removed, persistent logins could make new sessions.
    if (tally_.removed != 0) end_late_sessions();
    return result_of(tally_);
  }

 private:
  bool begin_step() {
    return --steps_left_ == 0 ? operation_.go_on_to_the_end() : operation_.go_on();
  }

  void end_session(const Session& session) {
    seen_.insert(session);
    const auto status = adapters_.log_out(session);
    // One that has ended in another way has ended.
    if (status == ISDSC_SUCCESS || status == ISDSC_INVALID_SESSION_ID) {
      ++tally_.logged_out;
      return;
    }
    ++tally_.failed;
    if (tally_.logout_failure == ISDSC_SUCCESS) tally_.logout_failure = status;
  }

  void end_persistence(const Stored& logins) {
    const auto status = adapters_.remove(logins);
    const bool gone = status == ISDSC_SUCCESS || status == ISDSC_TARGET_NOT_FOUND;
    ++(gone ? tally_.removed : tally_.not_removed);
  }

  void end_late_sessions() {
    const Survey found = adapters_.survey(target_);
    if (tally_.request_failure == ISDSC_SUCCESS) tally_.request_failure = found.failure;
    for (const Session& session : found.sessions) {
      if (!seen_.contains(session)) end_session(session);
    }
  }

  Operation& operation_;
  Adapters& adapters_;
  const VDS_OBJECT_ID& target_;
  std::size_t steps_left_ = 0;
  std::set<Session> seen_;
  LogoutTally tally_;
};

}  // namespace

HRESULT result_of(const LogoutTally& tally) {
  const bool asked_all = tally.request_failure == ISDSC_SUCCESS;
  if (tally.failed != 0) {
    if (tally.logged_out != 0) return VDS_E_ISCSI_LOGOUT_INCOMPLETE;
    return said_by_adapter(tally.logout_failure) ? VDS_E_ISCSI_LOGOUT_FAILED
                                                 : to_hresult(tally.logout_failure);
  }
  // An adapter that could not be asked may have sessions, too.
  if (!asked_all) {
    return tally.logged_out != 0 ? VDS_E_ISCSI_LOGOUT_INCOMPLETE
                                 : to_hresult(tally.request_failure);
  }
  if (tally.not_removed != 0) return VDS_S_ISCSI_PERSISTENT_LOGIN_MAY_NOT_BE_REMOVED;
  if (tally.logged_out != 0) return S_OK;
  return tally.removed != 0 ? VDS_S_ISCSI_SESSION_NOT_FOUND_PERSISTENT_LOGIN_REMOVED
                            : VDS_E_ISCSI_SESSION_NOT_FOUND;
}

HRESULT log_out_of_target(Operation& operation, Adapters& adapters, const VDS_OBJECT_ID& target) {
  const Turn turn(target);
  return Logout(operation, adapters, target).run();
}

}  // namespace hbalab::vds
