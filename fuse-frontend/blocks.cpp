#include "fuse-frontend/blocks.hpp"

#include <algorithm>
#include <utility>

namespace hbalab::fs {

BlockSource::BlockSource(std::shared_ptr<wmi::WmiClient> client, wmi::InstanceRef instance,
                         wmi::Shape shape, BlockLimits limits)
    : client_(std::move(client)), instance_(std::move(instance)), shape_(shape), limits_(limits) {}

std::size_t BlockSource::hint() const {
  const std::size_t last = last_size_.load(std::memory_order_relaxed);
  if (last != 0) return last;
  constexpr std::size_t kFirstTry = 512;
  return shape_.layout == nullptr ? kFirstTry : std::max(kFirstTry, shape_.layout->c_size);
}

std::uint64_t BlockSource::changes() const {
  return client_->change_count(instance_.provider.get());
}

wmi::PendingCall BlockSource::get(SnapshotReply reply) {
  if (last_size_.load(std::memory_order_relaxed) > limits_.small) {
    get_shared(std::move(reply));
    return {};
  }
  const std::uint64_t before = changes();
  return client_->query(instance_, hint(),
                        [self = shared_from_this(), before, reply = std::move(reply)](
                            std::expected<wmi::BlockAnswer, wmi::WmiError> answer) mutable {
                          if (!answer) return reply(std::unexpected(std::move(answer.error())));
                          const std::size_t size = answer->data.size();
                          self->last_size_.store(size, std::memory_order_relaxed);
                          auto snapshot =
                              std::make_shared<const Snapshot>(self->shape_, *std::move(answer));
                          if (size > self->limits_.small) {
                            const std::scoped_lock lock(self->mutex_);
                            self->shared_ = snapshot;
                            self->shared_changes_ = before;
                            self->fetched_at_ = self->used_at_ = Clock::now();
                            self->fetch_took_ = {};
                          }
                          reply(std::move(snapshot));
                        });
}

wmi::PendingCall BlockSource::get_size(wmi::Reply<std::size_t> reply) {
  return client_->query_size(instance_, std::move(reply));
}

bool BlockSource::fresh_locked(std::uint64_t changes, Clock::time_point now) const {
  if (!shared_ || shared_changes_ != changes) return false;
  const Clock::duration least = limits_.share_for;
  const Clock::duration most = std::max<Clock::duration>(least, kMostShared);
  return now - fetched_at_ < std::clamp(fetch_took_ * limits_.amortize, least, most);
}

void BlockSource::get_shared(SnapshotReply reply) {
  SnapshotPtr candidate;
  const std::uint64_t now_changes = changes();
  const auto now = Clock::now();
  {
    const std::scoped_lock lock(mutex_);
    if (fresh_locked(now_changes, now)) {
      candidate = shared_;
      used_at_ = now;
    }
  }
  if (!candidate) {
    join_or_fetch(std::move(reply));
    return;
  }
  client_->query_size(instance_, [self = shared_from_this(), candidate = std::move(candidate),
                                  reply = std::move(reply)](
                                     std::expected<std::size_t, wmi::WmiError> size) mutable {
    if (!size) return reply(std::unexpected(std::move(size.error())));
    if (*size == candidate->bytes().size()) return reply(std::move(candidate));
    {
      const std::scoped_lock lock(self->mutex_);
      if (self->shared_ == candidate) self->shared_.reset();
    }
    self->join_or_fetch(std::move(reply));
  });
}

void BlockSource::join_or_fetch(SnapshotReply reply) {
  {
    const std::uint64_t now_changes = changes();
    const std::scoped_lock lock(mutex_);
    waiters_.push_back({now_changes, std::move(reply)});
    if (fetching_) return;
    fetching_ = true;
  }
  fetch();
}

void BlockSource::fetch() {
  const std::uint64_t before = changes();
  const auto began = Clock::now();
  client_->query(instance_, hint(),
                 [self = shared_from_this(), before,
                  began](std::expected<wmi::BlockAnswer, wmi::WmiError> answer) mutable {
                   self->fetched(before, began, std::move(answer));
                 });
}

void BlockSource::fetched(std::uint64_t changes, Clock::time_point began,
                          std::expected<wmi::BlockAnswer, wmi::WmiError> answer) {
  SnapshotPtr snapshot;
  if (answer) {
    last_size_.store(answer->data.size(), std::memory_order_relaxed);
    snapshot = std::make_shared<const Snapshot>(shape_, std::move(*answer));
  }
  std::vector<Waiter> served;
  bool again = false;
  {
    const std::scoped_lock lock(mutex_);
    if (snapshot) {
      shared_ = snapshot->bytes().size() > limits_.small ? snapshot : nullptr;
      shared_changes_ = changes;
      fetched_at_ = used_at_ = Clock::now();
      fetch_took_ = fetched_at_ - began;
    }
    // Whoever came after a change that this fetch may have missed gets another one.
    const auto late = std::ranges::partition(
        waiters_, [&](const Waiter& waiter) { return !snapshot || waiter.changes <= changes; });
    served.assign(std::make_move_iterator(waiters_.begin()), std::make_move_iterator(late.begin()));
    waiters_.erase(waiters_.begin(), late.begin());
    again = !waiters_.empty();
    fetching_ = again;
  }
  if (again) fetch();
  for (Waiter& waiter : served) {
    if (snapshot) {
      waiter.reply(snapshot);
    } else {
      waiter.reply(std::unexpected(answer.error()));
    }
  }
}

bool BlockSource::sweep(Clock::time_point now) {
  SnapshotPtr last;  // dies without the lock
  const std::scoped_lock lock(mutex_);
  if (shared_ && now - used_at_ >= limits_.keep_unused_for) last = std::exchange(shared_, nullptr);
  return shared_ != nullptr;
}

bool BlockSource::holds_block() const {
  const std::scoped_lock lock(mutex_);
  return shared_ != nullptr;
}

}  // namespace hbalab::fs
