// Waiting for a word in memory that two processes share. A thread looks at the word for a while
// before it sleeps, as long as that has paid off and there is a second processor.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace hbalab::port::isolated {

// Who a wake-up is for; a waiter has one bit or several.
enum WakeMask : std::uint32_t { kWakeThread = 1, kWakeHelper = 2, kWakeAny = 0xFFFFFFFFu };

// Sleeps while the word has that value; ends early for no reason, too.
void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t value, std::uint32_t mask,
                std::chrono::milliseconds at_most);
// How many were woken.
int futex_wake(std::atomic<std::uint32_t>& word, int count, std::uint32_t mask);

// How long one thread looks before it sleeps: what was worth it grows, what was not shrinks.
class Spin {
 public:
  Spin();
  // Whether the word changed meanwhile.
  bool changed(const std::atomic<std::uint32_t>& word, std::uint32_t value);

 private:
  static constexpr unsigned kMost = 2048;  // looks; some tens of microseconds
  unsigned looks_ = kMost;
  const bool alone_;  // one processor: whoever changes the word cannot run meanwhile
};

}  // namespace hbalab::port::isolated
