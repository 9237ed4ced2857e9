#include "hba-sim/port/isolated/requests.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "hba-sim/port/checker/exchange.hpp"

namespace hbalab::port::isolated {

using wmi::NtStatus;
using wmi::WmiRequest;

std::uint64_t AreaPool::rounded(std::uint32_t size) {
  return std::bit_ceil(std::max<std::uint64_t>(size, kLeast));
}

std::uint64_t AreaPool::take(std::vector<Free>& list, std::uint64_t room) {
  const Free free = list.back();
  list.pop_back();
  if (free.kept) kept_ -= room;
  return free.area;
}

std::optional<std::uint64_t> AreaPool::acquire(std::uint32_t size) {
  const std::uint64_t room = rounded(size);
  if (auto& list = free_[room]; !list.empty()) return take(list, room);
  if (room <= memory_.areas().size() - used_) return std::exchange(used_, used_ + room);
  // A larger one that is free does as well; it is split.
  for (auto larger = free_.upper_bound(room); larger != free_.end(); ++larger) {
    if (larger->second.empty()) continue;
    const std::uint64_t area = take(larger->second, larger->first);
    for (std::uint64_t half = larger->first / 2; half >= room; half /= 2) {
      free_[half].push_back({area + half, false});
    }
    return area;
  }
  return std::nullopt;
}

void AreaPool::release(std::uint64_t area, std::uint32_t size) {
  const std::uint64_t room = rounded(size);
  const bool keep = kept_ + room <= kMostKept;
  if (keep) {
    kept_ += room;
  } else {
    memory_.forget(area, room);
  }
  free_[room].push_back({area, keep});
}

RequestTable::RequestTable(Options options)
    : options_(std::move(options)),
      shared_(options_.memory->header()),
      mine_(kSlots),
      areas_(*options_.memory) {
  for (std::uint32_t index = kSlots; index-- > 0;) free_.push_back(index);
}

void RequestTable::deliver(Done done) {
  // The function may destroy the request that it lives in.
  auto tell = std::move(done->on_complete);
  if (tell) tell(std::move(done));
}

// Writes the request into a slot; nothing when there is none, or no room.
std::optional<std::uint32_t> RequestTable::fill(std::uint32_t provider,
                                                std::unique_ptr<WmiRequest>& request) {
  if (free_.empty()) return std::nullopt;
  const auto capacity = static_cast<std::uint32_t>(request->buffer.capacity());
  const auto area = areas_.acquire(capacity);
  if (!area) return std::nullopt;
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Mine& mine = mine_[index];
  ++mine.serial;
  mine.area = *area;
  mine.capacity = capacity;
  const std::size_t input =
      std::min<std::size_t>(check::input_size(request->minor, request->buffer.bytes()), capacity);
  std::memcpy(options_.memory->areas().data() + *area, request->buffer.data(), input);
  Slot& slot = shared_.slots[index];
  slot.serial = mine.serial;
  slot.provider = provider;
  slot.minor = static_cast<std::uint32_t>(request->minor);
  slot.guid = request->data_path.bytes;
  slot.area = *area;
  slot.capacity = capacity;
  slot.input = static_cast<std::uint32_t>(input);
  slot.timeout_ms = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(request->timeout.count(), 0, 0xFFFFFFFFu));
  slot.secret = request->secret ? 1 : 0;
  mine.request = std::move(request);
  return index;
}

wmi::RequestId RequestTable::submit(std::uint32_t provider, std::unique_ptr<WmiRequest> request) {
  NtStatus refused = NtStatus::insufficient_resources;
  wmi::RequestId id = 0;
  if (request->buffer.capacity() == 0 || request->buffer.capacity() > 0xFFFFFFFFu ||
      request->minor > wmi::MinorFunction::execute_method) {
    refused = NtStatus::invalid_parameter;
  } else {
    const std::scoped_lock lock(mutex_);
    if (over_) {
      refused = *over_;
    } else if (const auto index = fill(provider, request)) {
      id = mine_[*index].serial << kSlotBits | *index;
      shared_.now.store(options_.clock->now().time_since_epoch().count(),
                        std::memory_order_relaxed);
      shared_.system_time.store(options_.clock->system_time(), std::memory_order_relaxed);
      active_.fetch_add(1, std::memory_order_relaxed);
      shared_.submitted[tail_ % kSlots].store(*index, std::memory_order_relaxed);
      shared_.submit_tail.store(++tail_, std::memory_order_release);
    }
  }
  if (request) {  // no slot has taken it
    request->status = refused;
    request->information = 0;
    deliver(std::move(request));
    return 0;
  }
  shared_.submit_bell.fetch_add(1);
  if (shared_.sleepers.load() != 0) futex_wake(shared_.submit_bell, 1, kWakeAny);
  return id;
}

std::optional<std::pair<std::uint32_t, std::uint64_t>> RequestTable::find(wmi::RequestId id) const {
  const auto index = static_cast<std::uint32_t>(id % kSlots);
  const std::scoped_lock lock(mutex_);
  const Mine& mine = mine_[index];
  if (!mine.request || mine.serial != id >> kSlotBits) return std::nullopt;
  return std::pair(index, mine.serial);
}

void RequestTable::take_answer(Mine& mine, const Slot& slot) {
  WmiRequest& request = *mine.request;
  const std::uint64_t outcome = slot.outcome.load(std::memory_order_acquire);
  request.status = static_cast<NtStatus>(outcome >> 32);
  request.information = outcome & 0xFFFFFFFFu;
  std::uint8_t* const area = options_.memory->areas().data() + mine.area;
  if (request.status == NtStatus::success) {
    if (request.information > mine.capacity) {
      request.status = NtStatus::io_device_error;
      request.information = 0;
    }
    std::memcpy(request.buffer.data(), area, request.information);
  }
  if (request.secret) std::memset(area, 0, mine.capacity);
}

void RequestTable::free_slot(std::uint32_t index) {
  Mine& mine = mine_[index];
  areas_.release(mine.area, mine.capacity);
  free_.push_back(index);
  active_.fetch_sub(1, std::memory_order_relaxed);
}

// Under mutex_.
void RequestTable::take_traces(std::vector<TraceRecord>& traces) {
  const std::uint32_t tail = shared_.trace_tail.load(std::memory_order_acquire);
  if (tail - trace_head_ > kTraces) {
    broken_ = "the place of the newest trace record";
    return;
  }
  for (; trace_head_ != tail; ++trace_head_) {
    TraceWire wire;
    std::memcpy(&wire, &shared_.traces[trace_head_ % kTraces], sizeof wire);
    traces.push_back(from_wire(wire));
  }
  shared_.trace_head.store(trace_head_, std::memory_order_release);
}

// The next answer; null: there is none. Under mutex_.
RequestTable::Done RequestTable::take() {
  const std::uint32_t tail = shared_.done_tail.load(std::memory_order_acquire);
  if (tail == head_) return nullptr;
  const std::uint32_t index = shared_.done[head_ % kSlots].load(std::memory_order_relaxed);
  if (tail - head_ > kSlots) {
    broken_ = "the place of the newest answer";
    return nullptr;
  }
  if (index >= kSlots || !mine_[index].request) {
    broken_ = "an answer to no request";
    return nullptr;
  }
  ++head_;
  Mine& mine = mine_[index];
  take_answer(mine, shared_.slots[index]);
  Done done = std::move(mine.request);
  free_slot(index);
  return done;
}

bool RequestTable::reap() {
  bool any = false;
  for (;;) {
    Done done;
    std::string broken;
    std::vector<TraceRecord> traces;
    {
      const std::scoped_lock lock(mutex_);
      if (over_) return any;
      done = take();
      // What the request left behind was written before it was done.
      if (done) take_traces(traces);
      broken = std::exchange(broken_, {});
      // Nothing of it is looked at again.
      if (!broken.empty()) over_ = NtStatus::io_device_error;
    }
    if (!broken.empty()) ended_.store(true, std::memory_order_release);
    for (const TraceRecord& record : traces) options_.trace(record);
    if (!broken.empty()) options_.corrupted("the memory that it shares with the lab: " + broken);
    if (!done) return any;
    any = true;
    deliver(std::move(done));
  }
}

void RequestTable::wait(std::uint32_t mask, Spin* spin, std::chrono::milliseconds at_most) {
  const std::uint32_t bell = shared_.done_bell.load(std::memory_order_acquire);
  if (reap() || ended_.load(std::memory_order_acquire)) return;
  if (spin == nullptr || !spin->changed(shared_.done_bell, bell)) {
    futex_wait(shared_.done_bell, bell, mask, at_most);
  }
  reap();
}

bool RequestTable::help() {
  if (active_.load(std::memory_order_relaxed) == 0 || ended_.load(std::memory_order_acquire)) {
    return false;
  }
  if (helping_.exchange(true, std::memory_order_acquire)) return false;
  wait(kWakeHelper, &helper_spin_, std::chrono::milliseconds(100));
  helping_.store(false, std::memory_order_release);
  return true;
}

void RequestTable::run() {
  // A word that the driver has spoilt must not hold an answer up for ever.
  constexpr std::chrono::seconds kLongest(2);
  Spin spin;
  while (!ended_.load(std::memory_order_acquire)) {
    // Two that look would leave no processor for the driver.
    wait(kWakeThread, helping_.load(std::memory_order_relaxed) ? nullptr : &spin, kLongest);
  }
}

void RequestTable::fail_all(NtStatus status) {
  std::vector<Done> failed;
  {
    const std::scoped_lock lock(mutex_);
    over_ = status;
    for (std::uint32_t index = 0; index < kSlots; ++index) {
      if (!mine_[index].request) continue;
      failed.push_back(std::move(mine_[index].request));
      free_slot(index);
    }
  }
  ended_.store(true, std::memory_order_release);
  shared_.done_bell.fetch_add(1);
  futex_wake(shared_.done_bell, INT32_MAX, kWakeAny);
  for (Done& done : failed) {
    done->status = status;
    done->information = 0;
    deliver(std::move(done));
  }
}

std::size_t RequestTable::pending() const {
  const std::scoped_lock lock(mutex_);
  std::size_t count = 0;
  for (std::uint32_t index = 0; index < kSlots; ++index) {
    const Mine& mine = mine_[index];
    if (mine.request && shared_.slots[index].pended.load() == mine.serial) ++count;
  }
  return count;
}

bool RequestTable::waiting() const { return active_.load(std::memory_order_relaxed) > pending(); }

}  // namespace hbalab::port::isolated
