// What each thread has called a driver for, to be seen by another thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace hbalab::port {

class Core;

class CallMark {
 public:
  CallMark();
  ~CallMark();
  CallMark(const CallMark&) = delete;
  CallMark& operator=(const CallMark&) = delete;

  // Whether anybody looks; who does asks for it before.
  [[nodiscard]] static bool wanted() { return wanted_.load(std::memory_order_relaxed) != 0; }
  static void want(bool on) { on ? ++wanted_ : --wanted_; }
  [[nodiscard]] static CallMark& of_thread();

  // Around the outermost call of the thread. `core`: null for a driver that has no adapter yet.
  // Both last until leave() has returned.
  void enter(Core* core, std::string_view routine);
  void leave();

  // A call that is under way. It does not end while it is looked at.
  struct Call {
    std::uint64_t number = 0;  // of the thread's calls: never used again by it
    Core* core = nullptr;
    std::string_view routine;
  };
  // Every call that is under way, and whose it is.
  static void look(const std::function<void(const CallMark* mark, const Call& call)>& at);

 private:
  class Hold;

  static std::atomic<std::size_t> wanted_;
  std::atomic<bool> held_ = false;  // for some instructions: a change, or a look
  bool inside_ = false;             // guarded by held_, as is call_
  Call call_;
};

}  // namespace hbalab::port
