// Kernel requests that are answered later, from whatever thread the completion comes on.
//
// A request may end in three ways, and the first one wins: its completion, an interrupt (the reader
// was killed or pressed Ctrl-C: EINTR at once, and the driver's request is cancelled), and the end
// of the mount. Whatever comes after that finds the request done and touches it no more, so that a
// driver may complete as late as it likes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "fuse-frontend/fuse_api.hpp"
#include "wmi-model/client.hpp"

namespace hbalab::fs {

class PendingTable;

// What a session's user data begins with: the interrupt function finds the table through it.
struct SessionData {
  std::shared_ptr<PendingTable> pending;
};

class PendingReply : public std::enable_shared_from_this<PendingReply> {
 public:
  using Finish = std::move_only_function<void(fuse_req_t)>;  // calls exactly one fuse_reply_*

  // Takes the request over: from here on only this object replies to it.
  [[nodiscard]] static std::shared_ptr<PendingReply> make(std::shared_ptr<PendingTable> table,
                                                          fuse_req_t req);

  // Any thread; the first call answers, later ones do nothing. Before `wait` was called the answer
  // is kept, and `wait` gives it: a request that completes inside its submission costs no
  // registration.
  void complete(Finish finish);
  void fail(int error);

  // Called once by the thread that handles the kernel request, when it has submitted its work:
  // replies if there is an answer, else lets interrupts reach the request.
  void wait();
  // The driver's request to cancel when the kernel's one is interrupted; may be replaced by the
  // next of a chain. Cancels at once when the interrupt was there before.
  void cancels(wmi::PendingCall call);

  // Whether somebody has answered already.
  [[nodiscard]] bool answered() const;

 private:
  friend class PendingTable;
  enum class State : std::uint8_t { submitting, answered, waiting, done };

  void interrupt(int error);

  fuse_req_t req_ = nullptr;  // ours to reply to until the state is done
  std::shared_ptr<PendingTable> table_;
  std::uint64_t id_ = 0;  // in the table, from `wait` on
  mutable std::mutex
      mutex_;  // guards what follows; no other lock is taken, nothing called under it
  State state_ = State::submitting;
  bool interrupted_ = false;
  Finish finish_;  // in state answered
  wmi::PendingCall call_;
};

// The requests that wait. Nothing is taken or called under the table's lock.
class PendingTable {
 public:
  // Ends all waiting requests with ENODEV and returns when none is being replied to any more. New
  // ones are refused from here on.
  void shut_down();
  [[nodiscard]] std::size_t size() const;

 private:
  friend class PendingReply;
  static void on_interrupt(fuse_req_t req, void* data);

  std::uint64_t add(std::shared_ptr<PendingReply> reply);  // 0: shut down
  void remove(std::uint64_t id);
  std::shared_ptr<PendingReply> find(std::uint64_t id) const;

  mutable std::mutex mutex_;
  std::condition_variable empty_;
  std::unordered_map<std::uint64_t, std::shared_ptr<PendingReply>> waiting_;  // guarded by mutex_
  std::uint64_t next_ = 1;                                                    // guarded by mutex_
  bool closed_ = false;                                                       // guarded by mutex_
};

}  // namespace hbalab::fs
