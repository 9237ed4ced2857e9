// Timers, work items and deferred procedure calls. Timers' routines run with the adapter lock, the
// others without. What a stopped miniport left behind does not run any more.
#include <chrono>
#include <utility>

#include "hba-sim/port/adapter_services.hpp"
#include "hba-sim/port/core.hpp"
#include "hba-sim/port/driver_fault.hpp"

namespace hbalab::port {

ULONG AdapterServices::make_timer(PVOID* handle) {
  if (handle == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  const std::scoped_lock lock(mutex_);
  last_handle_ += 16;
  *handle = reinterpret_cast<PVOID>(last_handle_);
  timers_[*handle].code = ServiceCaller::address();
  return STOR_STATUS_SUCCESS;
}

ULONG AdapterServices::request_timer(PVOID handle, PHW_TIMER_EX routine, PVOID context,
                                     std::uint64_t microseconds) {
  constexpr std::uint64_t kLongest = 1'000'000ULL * 60 * 60 * 24 * 365;
  TimerId before = 0;
  std::uint64_t serial = 0;
  {
    const std::scoped_lock lock(mutex_);
    const auto timer = timers_.find(handle);
    if (timer == timers_.end()) return STOR_STATUS_INVALID_PARAMETER;
    before = std::exchange(timer->second.id, 0);
    serial = ++timer->second.serial;
  }
  if (before != 0) core_.options().clock->cancel(before);
  if (microseconds == 0) return STOR_STATUS_SUCCESS;  // cancelled
  if (routine == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  core_.used_after_stop("StorPortRequestTimer");
  const std::chrono::microseconds delay(std::min(microseconds, kLongest));
  const TimerId id = core_.run_later(delay, true, [this, handle, serial, routine, context] {
    run_timer(handle, serial, routine, context);
  });
  const std::scoped_lock lock(mutex_);
  const auto timer = timers_.find(handle);
  if (timer != timers_.end() && timer->second.serial == serial) timer->second.id = id;
  return STOR_STATUS_SUCCESS;
}

void AdapterServices::run_timer(PVOID handle, std::uint64_t serial, PHW_TIMER_EX routine,
                                PVOID context) {
  {
    const std::scoped_lock lock(mutex_);
    const auto timer = timers_.find(handle);
    if (timer == timers_.end() || timer->second.serial != serial) return;
    timer->second.id = 0;
  }
  core_.call_driver("HwTimer", [&](PVOID extension) { routine(extension, context); });
}

ULONG AdapterServices::free_timer(PVOID handle) {
  TimerId set = 0;
  bool known = false;
  {
    const std::scoped_lock lock(mutex_);
    const auto timer = timers_.find(handle);
    if (timer != timers_.end()) {
      set = timer->second.id;
      timers_.erase(timer);
      known = true;
    }
  }
  if (!known) return freed_unknown("StorPortFreeTimer", handle);
  if (set != 0) core_.options().clock->cancel(set);
  return STOR_STATUS_SUCCESS;
}

ULONG AdapterServices::make_worker(PVOID* worker) {
  if (worker == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  const std::scoped_lock lock(mutex_);
  last_handle_ += 16;
  *worker = reinterpret_cast<PVOID>(last_handle_);
  workers_[*worker].code = ServiceCaller::address();
  return STOR_STATUS_SUCCESS;
}

ULONG AdapterServices::queue_work(PHW_WORKITEM routine, PVOID worker, PVOID context) {
  {
    const std::scoped_lock lock(mutex_);
    const auto known = workers_.find(worker);
    if (known == workers_.end() || routine == nullptr) return STOR_STATUS_INVALID_PARAMETER;
    if (std::exchange(known->second.queued, true)) return STOR_STATUS_BUSY;
  }
  core_.used_after_stop("StorPortQueueWorkItem");
  core_.run_later({}, false, [this, routine, worker, context] {
    {
      const std::scoped_lock lock(mutex_);
      const auto known = workers_.find(worker);
      if (known == workers_.end()) return;
      known->second.queued = false;
    }
    core_.call_driver("HwWorkItem", [&](PVOID extension) { routine(extension, context, worker); });
  });
  return STOR_STATUS_SUCCESS;
}

ULONG AdapterServices::free_worker(PVOID worker) {
  {
    const std::scoped_lock lock(mutex_);
    const auto known = workers_.find(worker);
    if (known != workers_.end()) {
      if (known->second.queued) return STOR_STATUS_BUSY;
      workers_.erase(known);
      return STOR_STATUS_SUCCESS;
    }
  }
  return freed_unknown("StorPortFreeWorker", worker);
}

void AdapterServices::initialize_dpc(PSTOR_DPC dpc, PHW_DPC_ROUTINE routine) {
  if (dpc == nullptr || routine == nullptr) return;
  const std::scoped_lock lock(mutex_);
  Dpc& its = dpcs_[dpc];
  if (!its.queued) its.routine = routine;
}

BOOLEAN AdapterServices::issue_dpc(PSTOR_DPC dpc, PVOID argument1, PVOID argument2) {
  core_.used_after_stop("StorPortIssueDpc");
  bool known = false;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = dpcs_.find(dpc);
    known = found != dpcs_.end();
    if (known) {
      if (std::exchange(found->second.queued, true)) return FALSE;
      found->second.argument1 = argument1;
      found->second.argument2 = argument2;
      issued_.push_back(dpc);
    }
  }
  if (!known) {
    core_.driver_failed("issues a DPC that it has not initialised (StorPortInitializeDpc)");
    return FALSE;
  }
  core_.run_after_lock([this] { run_dpcs(); });
  return TRUE;
}

// One thread runs them all, in the order in which they were issued; one that issues itself again
// comes behind the others.
void AdapterServices::run_dpcs() {
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(running_dpcs_, true)) return;
  }
  for (;;) {
    PSTOR_DPC dpc = nullptr;
    Dpc its;
    {
      const std::scoped_lock lock(mutex_);
      if (issued_.empty()) {
        running_dpcs_ = false;
        return;
      }
      dpc = issued_.front();
      issued_.pop_front();
      const auto found = dpcs_.find(dpc);
      if (found == dpcs_.end()) continue;
      found->second.queued = false;
      its = found->second;
    }
    core_.call_driver("HwDpcRoutine", [&](PVOID extension) {
      its.routine(dpc, extension, its.argument1, its.argument2);
    });
  }
}

}  // namespace hbalab::port
