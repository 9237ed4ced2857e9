#include "hba-sim/adapter/nvram_pool.hpp"

#include <algorithm>

namespace hbalab::adapter {
namespace {

constexpr std::uint64_t kElse = 1024;

}  // namespace

NvramPool& NvramPool::shared() {
  static NvramPool pool;
  return pool;
}

std::uint64_t NvramPool::files_for(std::size_t nvrams) { return 2 * std::uint64_t{nvrams} + kElse; }

std::size_t NvramPool::bound_for(std::uint64_t files) {
  return std::max<std::uint64_t>((files - std::min(kElse, files / 2)) / 2, 1);
}

NvramPool::Use::Use(Member& member) : lock_(member.mutex) { shared().enter(member); }

NvramPool::Use::~Use() {
  lock_.unlock();
  // What this thread could not park, because others were at it.
  NvramPool& pool = shared();
  std::unique_lock lock(pool.mutex_);
  pool.shrink(lock, nullptr);
}

void NvramPool::enter(Member& member) {
  std::unique_lock lock(mutex_);
  if (member.listed_) {
    open_.splice(open_.end(), open_, member.place_);
    return;
  }
  member.place_ = open_.insert(open_.end(), &member);
  member.listed_ = true;
  shrink(lock, &member);
}

void NvramPool::leave(Member& member) {
  const std::lock_guard use(member.mutex);  // somebody may be parking it
  const std::lock_guard lock(mutex_);
  if (member.listed_) open_.erase(member.place_);
  member.listed_ = false;
}

// Parks with the lock released, for closing a file may take a while. Who is in use, `used` by the
// caller himself, or has to stay open, counts as recently used.
void NvramPool::shrink(std::unique_lock<std::mutex>& lock, const Member* used) {
  for (std::size_t tries = open_.size(); tries > 0 && open_.size() > bound_; --tries) {
    Member& victim = *open_.front();
    open_.splice(open_.end(), open_, open_.begin());
    if (&victim == used) continue;
    const std::unique_lock use(victim.mutex, std::try_to_lock);
    if (!use) continue;
    open_.pop_back();
    victim.listed_ = false;
    lock.unlock();
    const bool parked = victim.park();
    lock.lock();
    parked_ += parked ? 1 : 0;
    if (parked) continue;
    victim.place_ = open_.insert(open_.end(), &victim);
    victim.listed_ = true;
  }
}

void NvramPool::set_bound(std::size_t bound) {
  std::unique_lock lock(mutex_);
  bound_ = bound;
  shrink(lock, nullptr);
}

std::size_t NvramPool::bound() const {
  const std::lock_guard lock(mutex_);
  return bound_;
}

std::uint64_t NvramPool::parked() const {
  const std::lock_guard lock(mutex_);
  return parked_;
}

}  // namespace hbalab::adapter
