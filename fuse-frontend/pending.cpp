#include "fuse-frontend/pending.hpp"

#include <cerrno>
#include <utility>
#include <vector>

namespace hbalab::fs {

std::shared_ptr<PendingReply> PendingReply::make(std::shared_ptr<PendingTable> table,
                                                 fuse_req_t req) {
  auto reply = std::make_shared<PendingReply>();
  reply->req_ = req;
  reply->table_ = std::move(table);
  return reply;
}

bool PendingReply::answered() const {
  const std::scoped_lock lock(mutex_);
  return state_ == State::answered || state_ == State::done;
}

void PendingReply::complete(Finish finish) {
  {
    const std::scoped_lock lock(mutex_);
    if (state_ == State::submitting) {
      finish_ = std::move(finish);
      state_ = State::answered;
      return;
    }
    if (state_ != State::waiting) return;
    state_ = State::done;
  }
  finish(req_);
  table_->remove(id_);
}

void PendingReply::fail(int error) {
  complete([error](fuse_req_t req) { fuse_reply_err(req, error); });
}

void PendingReply::wait() {
  Finish finish;
  bool answered = false;
  {
    const std::scoped_lock lock(mutex_);
    if (state_ == State::answered) {
      state_ = State::done;
      finish = std::move(finish_);
      answered = true;
    }
  }
  if (answered) {
    finish(req_);
    return;
  }
  id_ = table_->add(shared_from_this());
  if (id_ != 0) {
    // Until the state is `waiting` nobody else replies, so the request cannot go away here.
    fuse_req_interrupt_func(req_, &PendingTable::on_interrupt, reinterpret_cast<void*>(id_));
  } else {
    fail(ENODEV);
  }
  {
    const std::scoped_lock lock(mutex_);
    if (state_ == State::submitting) {
      state_ = State::waiting;
      return;
    }
    state_ = State::done;
    finish = std::move(finish_);
  }
  finish(req_);
  if (id_ != 0) table_->remove(id_);
}

void PendingReply::cancels(wmi::PendingCall call) {
  bool now = false;
  {
    const std::scoped_lock lock(mutex_);
    call_ = call;
    now = interrupted_;
  }
  if (now) call.cancel();
}

void PendingReply::interrupt(int error) {
  wmi::PendingCall call;
  {
    const std::scoped_lock lock(mutex_);
    if (state_ == State::done) return;
    interrupted_ = true;
    call = call_;
  }
  fail(error);
  call.cancel();
}

std::uint64_t PendingTable::add(std::shared_ptr<PendingReply> reply) {
  const std::scoped_lock lock(mutex_);
  if (closed_) return 0;
  const std::uint64_t id = next_++;
  waiting_.emplace(id, std::move(reply));
  return id;
}

void PendingTable::remove(std::uint64_t id) {
  std::shared_ptr<PendingReply> last;  // dies without the lock
  {
    const std::scoped_lock lock(mutex_);
    auto found = waiting_.find(id);
    if (found == waiting_.end()) return;
    last = std::move(found->second);
    waiting_.erase(found);
    if (!waiting_.empty()) return;
  }
  empty_.notify_all();
}

std::shared_ptr<PendingReply> PendingTable::find(std::uint64_t id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = waiting_.find(id);
  return found == waiting_.end() ? nullptr : found->second;
}

std::size_t PendingTable::size() const {
  const std::scoped_lock lock(mutex_);
  return waiting_.size();
}

void PendingTable::on_interrupt(fuse_req_t req, void* data) {
  // The request may be answered at any moment, and libfuse calls without a lock that would hold the
  // answer back: so it is found by its number, never by its address.
  auto* session = static_cast<SessionData*>(fuse_req_userdata(req));
  if (auto reply = session->pending->find(reinterpret_cast<std::uint64_t>(data))) {
    reply->interrupt(EINTR);
  }
}

void PendingTable::shut_down() {
  std::vector<std::shared_ptr<PendingReply>> all;
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    all.reserve(waiting_.size());
    for (const auto& [id, reply] : waiting_) all.push_back(reply);
  }
  for (const auto& reply : all) reply->interrupt(ENODEV);
  std::unique_lock lock(mutex_);
  empty_.wait(lock, [this] { return waiting_.empty(); });
}

}  // namespace hbalab::fs
