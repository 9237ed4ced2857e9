// The lab's side of the requests to an isolated driver: which slots are in use, and by whom.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "hba-sim/clock.hpp"
#include "hba-sim/port/isolated/futex.hpp"
#include "hba-sim/port/isolated/shared.hpp"
#include "wmi-model/provider.hpp"

namespace hbalab::port::isolated {

// Room for WNODEs in the areas: powers of two, used again. Not thread-safe.
class AreaPool {
 public:
  explicit AreaPool(const SharedMemory& memory) : memory_(memory) {}
  // Nothing when there is no room.
  [[nodiscard]] std::optional<std::uint64_t> acquire(std::uint32_t size);
  void release(std::uint64_t area, std::uint32_t size);

 private:
  // What is free keeps so many bytes; the pages of the rest go back to the system.
  static constexpr std::uint64_t kLeast = 4096, kMostKept = 64u << 20;
  struct Free {
    std::uint64_t area;
    bool kept;
  };
  [[nodiscard]] std::uint64_t take(std::vector<Free>& list, std::uint64_t room);
  [[nodiscard]] static std::uint64_t rounded(std::uint32_t size);

  const SharedMemory& memory_;
  std::map<std::uint64_t, std::vector<Free>> free_;  // by size
  std::uint64_t used_ = 0;                           // from there on nothing was used yet
  std::uint64_t kept_ = 0;
};

// Thread-safe. Its lock is taken last and not held over a completion.
class RequestTable {
 public:
  struct Options {
    std::shared_ptr<const SharedMemory> memory;
    std::shared_ptr<const Clock> clock;             // the lab's
    std::function<void(const TraceRecord&)> trace;  // as the driver's process made them
    // The other side has written what cannot be: called once, with no lock held.
    std::function<void(std::string)> corrupted;
  };
  explicit RequestTable(Options options);

  // As WmiProvider has them.
  [[nodiscard]] wmi::RequestId submit(std::uint32_t provider,
                                      std::unique_ptr<wmi::WmiRequest> request);
  bool help();
  // Slot and serial of a request that is under way, for who passes a cancellation on.
  [[nodiscard]] std::optional<std::pair<std::uint32_t, std::uint64_t>> find(
      wmi::RequestId id) const;

  // Waits for what is done, and completes it; until fail_all().
  void run();
  // From now on requests end with that status; also those that are under way.
  void fail_all(wmi::NtStatus status);

  [[nodiscard]] std::size_t pending() const;  // that the driver has pended
  // Whether requests are under way that the driver has not pended.
  [[nodiscard]] bool waiting() const;

 private:
  struct Mine {
    std::unique_ptr<wmi::WmiRequest> request;  // null: the slot is free
    std::uint64_t serial = 0;
    std::uint64_t area = 0;
    std::uint32_t capacity = 0;
  };
  // A request with its answer, ready to be handed back.
  using Done = std::unique_ptr<wmi::WmiRequest>;

  [[nodiscard]] std::optional<std::uint32_t> fill(std::uint32_t provider,
                                                  std::unique_ptr<wmi::WmiRequest>& request);
  // Whether anything was there.
  bool reap();
  [[nodiscard]] Done take();
  void take_answer(Mine& mine, const Slot& slot);
  void free_slot(std::uint32_t index);
  void take_traces(std::vector<TraceRecord>& traces);
  void wait(std::uint32_t mask, Spin* spin, std::chrono::milliseconds at_most);
  static void deliver(Done done);

  const Options options_;
  SharedHeader& shared_;
  mutable std::mutex mutex_;
  std::vector<Mine> mine_;           // guarded by mutex_, as is what follows
  std::vector<std::uint32_t> free_;  // slots
  AreaPool areas_;
  std::uint32_t tail_ = 0;  // of the ring of submitted slots
  std::uint32_t head_ = 0;  // of the ring of done ones
  std::uint32_t trace_head_ = 0;
  std::optional<wmi::NtStatus> over_;
  std::string broken_;  // why the memory is not believed any more
  std::atomic<std::size_t> active_ = 0;
  std::atomic<bool> ended_ = false;
  std::atomic<bool> helping_ = false;  // one caller waits for all
  Spin helper_spin_;                   // of whoever helps
};

}  // namespace hbalab::port::isolated
