// A driver's code that does what cannot be gone on from: it throws, ends the process, or calls a
// service that the lab does not have. All calls into a driver run inside a FaultGuard.
#pragma once

#include <concepts>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "hba-sim/port/call_mark.hpp"

namespace hbalab::port {

class Core;

// Thrown through the driver's frames to the guard that called it: C code is compiled with unwind
// tables.
struct DriverFault {
  std::string what;  // "called exit(3)"
};

// The calls into drivers that are under way on this thread, innermost first.
class DriverCall {
 public:
  // Told of the routine that is called, and, when it has returned, of the one that goes on; "":
  // none does. Set before the first call.
  using Observer = void (*)(std::string_view routine);
  static Observer observer;

  // `core`: whose adapter it is for; null for DriverEntry.
  DriverCall(Core* core, std::string_view routine)
      : core_(core),
        routine_(routine),
        outer_(std::exchange(innermost_, this)),
        marked_(outer_ == nullptr && CallMark::wanted()) {
    if (marked_) CallMark::of_thread().enter(core, routine);
    if (observer != nullptr) observer(routine);
  }
  ~DriverCall() {
    innermost_ = outer_;
    if (marked_) CallMark::of_thread().leave();
    if (observer != nullptr) observer(outer_ != nullptr ? outer_->routine_ : std::string_view());
  }
  DriverCall(const DriverCall&) = delete;
  DriverCall& operator=(const DriverCall&) = delete;

  [[nodiscard]] static const DriverCall* innermost() { return innermost_; }
  [[nodiscard]] Core* core() const { return core_; }
  [[nodiscard]] std::string_view routine() const { return routine_; }
  // "HwStartIo"; empty outside of a driver.
  [[nodiscard]] static std::string_view routine_of_thread() {
    return innermost_ == nullptr ? std::string_view() : innermost_->routine_;
  }

 private:
  Core* const core_;
  const std::string_view routine_;
  DriverCall* const outer_;
  const bool marked_;
  static thread_local DriverCall* innermost_;
};

// From where in the driver this thread's newest service was called: to be blamed for what the
// service finds wrong.
class ServiceCaller {
 public:
  // `returns_to`: __builtin_return_address(0) of the service.
  static void is(const void* returns_to) { address_ = static_cast<const char*>(returns_to) - 1; }
  [[nodiscard]] static const void* address() { return address_; }

 private:
  static thread_local const void* address_;
};

// Ends the driver's call that is under way on this thread; the process when there is none, because
// then the code that calls has no guard above it.
[[noreturn]] void raise_fault(std::string what);

// What the exception being handled was, for people. Only in a catch block; a thread's cancellation
// goes on.
[[nodiscard]] std::string describe_exception();

// Runs `call`; nothing comes back when the driver failed in it, and `failed` is told how.
template <typename Call, typename Failed>
auto guard_call(Core* core, std::string_view routine, Call&& call, Failed&& failed)
    -> std::optional<decltype(call())> {
  const DriverCall here(core, routine);
  try {
    return std::forward<Call>(call)();
  } catch (...) {
    failed(describe_exception());
  }
  return std::nullopt;
}

}  // namespace hbalab::port
