// The locks that drivers take through the port driver. The StartIo lock and the interrupt lock are
// the adapter lock, as half-duplex synchronisation has it; a deferred procedure has a lock of its
// own.
#include <memory>
#include <utility>

#include "hba-sim/port/adapter_services.hpp"
#include "hba-sim/port/core.hpp"
#include "hba-sim/port/driver_fault.hpp"

namespace hbalab::port {
namespace {

struct Held {
  const STOR_LOCK_HANDLE* handle = nullptr;
  const char* name = "";
  const void* code = nullptr;                   // that acquired it
  std::unique_ptr<AdapterLock::Scope> adapter;  // null where the thread had it before
  std::shared_ptr<std::mutex> own;              // of a deferred procedure
};

thread_local std::vector<Held> held;

void let_go(Held& lock) {
  if (lock.own) lock.own->unlock();
  lock.adapter.reset();
}

}  // namespace

void AdapterServices::acquire(int lock, PVOID context, STOR_LOCK_HANDLE* handle) {
  if (handle == nullptr) return;
  *handle = {};
  Held taken;
  taken.handle = handle;
  taken.code = ServiceCaller::address();
  switch (lock) {
    case StartIoLock:
    case InterruptLock:
      taken.name = lock == StartIoLock ? "StartIoLock" : "InterruptLock";
      // On the way from HwStartIo, a timer or a callback the thread has it.
      if (!core_.lock().held_by_me()) {
        taken.adapter = std::make_unique<AdapterLock::Scope>(core_.lock());
      }
      break;
    case DpcLock:
    case ThreadedDpcLock:
    case DpcLevelLock: {
      taken.name = "DpcLock";
      const std::scoped_lock guard(mutex_);
      const auto found = dpcs_.find(static_cast<PSTOR_DPC>(context));
      if (found != dpcs_.end()) taken.own = found->second.lock;
      break;
    }
    default:
      raise_fault("acquires spin lock " + std::to_string(lock) +
                  ", which is none of STOR_SPINLOCK");
  }
  if (lock != StartIoLock && lock != InterruptLock) {
    if (!taken.own) {
      raise_fault("acquires the lock of a DPC that it has not initialised (StorPortInitializeDpc)");
    }
    for (const Held& other : held) {
      if (other.own == taken.own) {
        raise_fault("acquires a DPC's lock that this thread holds: on Windows the machine hangs");
      }
    }
    taken.own->lock();
  }
  handle->Lock = static_cast<STOR_SPINLOCK>(lock);
  held.push_back(std::move(taken));
}

void AdapterServices::release(STOR_LOCK_HANDLE* handle) {
  for (auto its = held.rbegin(); its != held.rend(); ++its) {
    if (its->handle != handle) continue;
    Held last = std::move(*its);
    held.erase(std::next(its).base());
    let_go(last);
    return;
  }
  core_.driver_failed("releases a spin lock that this thread does not hold");
}

std::size_t AdapterServices::held_by_thread() { return held.size(); }

std::pair<std::string, const void*> AdapterServices::release_down_to(std::size_t count) {
  std::string names;
  const void* const code = held.size() > count ? held[count].code : nullptr;
  while (held.size() > count) {
    Held last = std::move(held.back());
    held.pop_back();
    names += (names.empty() ? "" : ", ") + std::string(last.name);
    let_go(last);
  }
  return {names, code};
}

}  // namespace hbalab::port
