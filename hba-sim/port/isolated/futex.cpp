#include "hba-sim/port/isolated/futex.hpp"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

namespace hbalab::port::isolated {
namespace {

bool one_processor() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_COUNT(&allowed) == 1) {
    return true;
  }
  return ::sysconf(_SC_NPROCESSORS_ONLN) == 1;
}

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t value, std::uint32_t mask,
                std::chrono::milliseconds at_most) {
  // FUTEX_WAIT_BITSET takes the time at which it ends.
  timespec until{};
  ::clock_gettime(CLOCK_MONOTONIC, &until);
  const auto nanoseconds = until.tv_nsec + at_most.count() % 1000 * 1'000'000;
  until.tv_sec += at_most.count() / 1000 + nanoseconds / 1'000'000'000;
  until.tv_nsec = nanoseconds % 1'000'000'000;
  ::syscall(SYS_futex, static_cast<void*>(&word), FUTEX_WAIT_BITSET, value, &until, nullptr, mask);
}

int futex_wake(std::atomic<std::uint32_t>& word, int count, std::uint32_t mask) {
  const long woken = ::syscall(SYS_futex, static_cast<void*>(&word), FUTEX_WAKE_BITSET, count,
                               nullptr, nullptr, mask);
  return static_cast<int>(std::max(woken, 0L));
}

Spin::Spin() : alone_(one_processor()) {}

bool Spin::changed(const std::atomic<std::uint32_t>& word, std::uint32_t value) {
  if (alone_) return false;
  for (unsigned i = 0; i < looks_; ++i) {
    if (word.load(std::memory_order_acquire) != value) {
      looks_ = std::min(kMost, looks_ * 2);
      return true;
    }
    relax();
  }
  // Never none: what changes meanwhile has to be noticed again some day.
  looks_ = std::max(16u, looks_ / 2);
  return false;
}

}  // namespace hbalab::port::isolated
