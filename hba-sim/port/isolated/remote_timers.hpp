// What an isolated driver has scheduled by the lab's clock.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "hba-sim/clock.hpp"
#include "hba-sim/port/isolated/message.hpp"
#include "hba-sim/port/isolated/shared.hpp"

namespace hbalab::port::isolated {

// Thread-safe.
class RemoteTimers : public std::enable_shared_from_this<RemoteTimers> {
 public:
  RemoteTimers(std::shared_ptr<Clock> clock, std::shared_ptr<const SharedMemory> memory,
               std::shared_ptr<MessageSocket> socket)
      : clock_(std::move(clock)), memory_(std::move(memory)), socket_(std::move(socket)) {}

  // Messages of the process.
  void schedule(std::uint64_t timer, TimePoint when);
  void unschedule(std::uint64_t timer);
  void fired(std::uint64_t timer);
  // The process has gone: nothing fires any more, and nobody waits.
  void end();

 private:
  static constexpr std::size_t kMost = 100'000;

  // On the clock's thread, or in its advance(): returns when the process has run the action.
  void fire(std::uint64_t timer);

  const std::shared_ptr<Clock> clock_;
  const std::shared_ptr<const SharedMemory> memory_;
  const std::shared_ptr<MessageSocket> socket_;
  std::mutex mutex_;  // before the clock's lock
  std::condition_variable changed_;
  std::map<std::uint64_t, TimerId> set_;  // guarded by mutex_, as is what follows
  std::set<std::uint64_t> firing_;
  bool over_ = false;
};

}  // namespace hbalab::port::isolated
