// The data block of one instance, fetched for readers. Small blocks are fetched fresh for every
// reader. Large ones (a hundred thousand stored logins are 156 MB) are shared: a snapshot serves
// new readers while nothing that could change it has completed (WmiClient::change_count), the
// driver still reports the same size, and it is younger than BlockLimits says. Readers that
// come while a fetch is under way join it, unless something changed since it began.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "wmi-model/client.hpp"
#include "wmi-model/codec.hpp"

namespace hbalab::fs {

struct BlockLimits {
  std::size_t small = 64u << 10;                    // bytes; up to here every reader fetches
  std::chrono::milliseconds share_for{1000};        // age up to which a large block is shared
  std::chrono::milliseconds keep_unused_for{5000};  // then its memory goes back
  // A block that takes long to fetch is shared for so many times as long (up to kMostShared), so
  // that a walk through a huge one does not spend its time fetching.
  unsigned amortize = 20;
};
inline constexpr std::chrono::seconds kMostShared{10};

// An immutable block. `view` points into `answer`.
struct Snapshot {
  Snapshot(wmi::Shape shape, wmi::BlockAnswer block)
      : answer(std::move(block)), view(shape, answer.data) {}
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return answer.data; }

  wmi::BlockAnswer answer;
  wmi::BlockView view;
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;
using SnapshotResult = std::expected<SnapshotPtr, wmi::WmiError>;
using SnapshotReply = std::move_only_function<void(SnapshotResult)>;

class BlockSource : public std::enable_shared_from_this<BlockSource> {
 public:
  using Clock = std::chrono::steady_clock;

  BlockSource(std::shared_ptr<wmi::WmiClient> client, wmi::InstanceRef instance, wmi::Shape shape,
              BlockLimits limits);

  // Any thread; `reply` runs once, inside the call or later on any thread, with no lock held. The
  // result cancels the query where it is the caller's own; a shared one goes on for the others.
  wmi::PendingCall get(SnapshotReply reply);
  // Size of the block now, without copying it.
  wmi::PendingCall get_size(wmi::Reply<std::size_t> reply);

  // Drops a shared block that nobody has asked for lately. Returns whether one is still held.
  bool sweep(Clock::time_point now);
  [[nodiscard]] bool holds_block() const;

 private:
  struct Waiter {
    std::uint64_t changes;  // change count that the answer must be at least as new as
    SnapshotReply reply;
  };

  void get_shared(SnapshotReply reply);
  void join_or_fetch(SnapshotReply reply);
  void fetch();
  [[nodiscard]] bool fresh_locked(std::uint64_t changes, Clock::time_point now) const;
  void fetched(std::uint64_t changes, Clock::time_point began,
               std::expected<wmi::BlockAnswer, wmi::WmiError> answer);
  [[nodiscard]] std::size_t hint() const;
  [[nodiscard]] std::uint64_t changes() const;

  const std::shared_ptr<wmi::WmiClient> client_;
  const wmi::InstanceRef instance_;
  const wmi::Shape shape_;
  const BlockLimits limits_;
  std::atomic<std::size_t> last_size_{0};

  mutable std::mutex mutex_;  // guards what follows; nothing is called under it
  SnapshotPtr shared_;
  std::uint64_t shared_changes_ = 0;
  Clock::time_point fetched_at_;
  Clock::duration fetch_took_{};
  Clock::time_point used_at_;
  bool fetching_ = false;
  std::vector<Waiter> waiters_;
};

}  // namespace hbalab::fs
