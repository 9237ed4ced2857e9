#include "hba-sim/host/workers.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "hba-sim/port/isolated/futex.hpp"
#include "wmi-model/wnode/wnode_layout.hpp"

namespace hbalab::host {

using port::isolated::futex_wait;
using port::isolated::futex_wake;
using port::isolated::kSlots;
using port::isolated::Slot;
using wmi::NtStatus;
using wmi::WmiRequest;

void Workers::start() {
  std::uint32_t count = threads_.load();
  do {
    if (count >= kMostThreads) return;
  } while (!threads_.compare_exchange_weak(count, count + 1));
  std::thread([this] { run(); }).detach();
}

// The next slot of the ring; false: it is empty.
bool Workers::take(std::uint32_t& slot) {
  std::uint32_t head = shared_.submit_head.load(std::memory_order_acquire);
  for (;;) {
    if (head == shared_.submit_tail.load(std::memory_order_acquire)) return false;
    // Whoever moves the head on has it; until then it is not written again.
    slot = shared_.submitted[head % kSlots].load(std::memory_order_relaxed);
    if (shared_.submit_head.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel)) {
      shared_.progress.fetch_add(1, std::memory_order_relaxed);
      return true;
    }
  }
}

void Workers::run() {
  constexpr std::chrono::seconds kLongest(2);
  port::isolated::Spin spin;
  for (;;) {
    const std::uint32_t bell = shared_.submit_bell.load();
    std::uint32_t slot = 0;
    if (take(slot)) {
      // A driver that takes its time must not hold up the others' requests.
      if (shared_.sleepers.load() == 0 &&
          shared_.submit_head.load() != shared_.submit_tail.load()) {
        start();
      }
      if (slot < kSlots) begin(slot);
      continue;
    }
    if (spin.changed(shared_.submit_bell, bell)) continue;
    shared_.sleepers.fetch_add(1);
    if (shared_.submit_bell.load() == bell) {
      futex_wait(shared_.submit_bell, bell, port::isolated::kWakeAny, kLongest);
    }
    shared_.sleepers.fetch_sub(1);
  }
}

void Workers::begin(std::uint32_t index) {
  const Slot& slot = shared_.slots[index];
  const std::uint64_t serial = slot.serial, area = slot.area;
  const std::uint32_t capacity = slot.capacity, input = slot.input;
  auto request = std::make_unique<WmiRequest>();
  request->minor = static_cast<wmi::MinorFunction>(slot.minor);
  request->data_path.bytes = slot.guid;
  request->timeout = std::chrono::milliseconds(slot.timeout_ms);
  request->secret = slot.secret != 0;
  const auto provider = find_(slot.provider);
  {
    Current& current = current_.at(index);
    const std::scoped_lock lock(current.mutex);
    current.serial = serial;
    current.done = false;
    current.id = 0;
    current.provider = provider;
    if (current.spare.capacity() != 0) {
      spare_.fetch_sub(current.spare.capacity());
      request->buffer = std::move(current.spare);
      current.spare = {};
    }
  }
  const auto areas = memory_.areas();
  if (!provider || input > capacity || area > areas.size() || capacity > areas.size() - area) {
    request->status = NtStatus::no_such_device;
    return complete(index, area, *request);
  }
  if (request->buffer.capacity() != capacity) request->buffer = wmi::WnodeBuffer(capacity);
  std::memcpy(request->buffer.data(), areas.data() + area, input);
  if (request->minor == wmi::MinorFunction::execute_method) {
    std::memset(request->buffer.data() + input, wmi::wnode::kPoison, capacity - input);
  }
  request->on_complete = [this, index, area](std::unique_ptr<WmiRequest> done) {
    complete(index, area, *done);
  };
  submitted(index, serial, provider->submit(std::move(request)));
}

// The driver has pended it, unless it has ended meanwhile.
void Workers::submitted(std::uint32_t index, std::uint64_t serial, wmi::RequestId id) {
  if (id == 0) return;
  std::shared_ptr<wmi::WmiProvider> end;
  {
    Current& current = current_.at(index);
    const std::scoped_lock lock(current.mutex);
    if (current.serial != serial || current.done) return;
    current.id = id;
    shared_.slots[index].pended.store(serial);
    shared_.progress.fetch_add(1, std::memory_order_relaxed);
    if (current.cancelled == serial) end = current.provider;
  }
  if (end) end->cancel(id);
}

void Workers::cancel(std::uint32_t index, std::uint64_t serial) {
  if (index >= kSlots) return;
  std::shared_ptr<wmi::WmiProvider> provider;
  wmi::RequestId id = 0;
  {
    Current& current = current_.at(index);
    const std::scoped_lock lock(current.mutex);
    // One that has not come yet, or is being submitted, is ended then.
    current.cancelled = serial;
    if (current.serial == serial && !current.done) {
      provider = current.provider;
      id = current.id;
    }
  }
  if (provider && id != 0) provider->cancel(id);
}

void Workers::keep(Current& current, WmiRequest& request) {
  const std::size_t size = request.buffer.capacity();
  if (request.secret || spare_.fetch_add(size) + size > kMostSpare) {
    if (!request.secret) spare_.fetch_sub(size);
    return;
  }
  current.spare = std::move(request.buffer);
  request.buffer = {};
}

void Workers::complete(std::uint32_t index, std::uint64_t area, WmiRequest& request) {
  const auto information = static_cast<std::uint32_t>(request.information);
  if (request.status == NtStatus::success) {
    const std::size_t size = std::min<std::size_t>(information, request.buffer.capacity());
    if (size != 0) std::memcpy(memory_.areas().data() + area, request.buffer.data(), size);
  }
  shared_.slots[index].outcome.store(
      std::uint64_t{static_cast<std::uint32_t>(request.status)} << 32 | information);
  std::shared_ptr<wmi::WmiProvider> last;  // dies without the lock
  {
    Current& current = current_.at(index);
    const std::scoped_lock lock(current.mutex);
    current.done = true;
    last = std::move(current.provider);
    keep(current, request);
  }
  {
    const std::scoped_lock lock(done_mutex_);
    const std::uint32_t tail = shared_.done_tail.load(std::memory_order_relaxed);
    shared_.done[tail % kSlots].store(index, std::memory_order_relaxed);
    shared_.done_tail.store(tail + 1, std::memory_order_release);
  }
  shared_.done_bell.fetch_add(1);
  // A caller who waits for his own answer saves the thread that completes requests.
  if (futex_wake(shared_.done_bell, 1, port::isolated::kWakeHelper) == 0) {
    futex_wake(shared_.done_bell, 1, port::isolated::kWakeThread);
  }
}

void Workers::trace(const port::TraceRecord& record) {
  const std::scoped_lock lock(trace_mutex_);
  const std::uint32_t tail = shared_.trace_tail.load(std::memory_order_relaxed);
  if (tail - shared_.trace_head.load(std::memory_order_acquire) >= port::isolated::kTraces) return;
  shared_.traces[tail % port::isolated::kTraces] = port::isolated::to_wire(record);
  shared_.trace_tail.store(tail + 1, std::memory_order_release);
}

}  // namespace hbalab::host
