#include "hba-sim/host/crash.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "hba-sim/port/driver_fault.hpp"

namespace hbalab::host {
namespace {

using port::isolated::Activity;
using port::isolated::kActivities;
using port::isolated::kFrames;
using port::isolated::SharedHeader;
using port::isolated::StackRecord;

constexpr std::array kEnds{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
// The unwinder needs some; a driver that has used up its own stack has none left.
constexpr std::size_t kSignalStack = 64 << 10;

SharedHeader* memory = nullptr;
std::function<void()> before_entry;
std::atomic<std::uint32_t> threads = 0;

std::uint64_t coarse_now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(time.tv_nsec);
}

// What belongs to a thread that has been in the driver: a place in the shared memory, and a stack
// for signals.
struct ThreadMark {
  std::uint32_t index = threads.fetch_add(1);
  std::unique_ptr<std::byte[]> stack = std::make_unique<std::byte[]>(kSignalStack);
  ThreadMark() {
    stack_t place{};
    place.ss_sp = stack.get();
    place.ss_size = kSignalStack;
    ::sigaltstack(&place, nullptr);
    // The lab asks with it what a thread is doing, whoever has started that.
    sigset_t question;
    ::sigemptyset(&question);
    ::sigaddset(&question, SIGUSR1);
    ::pthread_sigmask(SIG_UNBLOCK, &question, nullptr);
    if (Activity* const its = activity()) {
      its->thread.store(static_cast<std::uint32_t>(::syscall(SYS_gettid)));
    }
    index_of_thread = index;
  }
  ~ThreadMark() {
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
    index_of_thread = kActivities;
  }
  ThreadMark(const ThreadMark&) = delete;
  ThreadMark& operator=(const ThreadMark&) = delete;

  [[nodiscard]] Activity* activity() const {
    return index < kActivities ? &memory->activities[index] : nullptr;
  }
  // For signal handlers, which may not make the mark.
  static thread_local std::uint32_t index_of_thread;
};
thread_local std::uint32_t ThreadMark::index_of_thread = kActivities;

void observe(std::string_view routine) {
  thread_local ThreadMark mark;
  Activity* const activity = mark.activity();
  if (activity == nullptr) return;
  if (routine.empty()) {
    activity->depth.store(0, std::memory_order_release);
    return;
  }
  if (routine == "DriverEntry") before_entry();
  const std::size_t size = std::min(routine.size(), Activity::kName - 1);
  for (std::size_t i = 0; i < size; ++i) {
    activity->routine[i].store(routine[i], std::memory_order_relaxed);
  }
  activity->routine[size].store('\0', std::memory_order_relaxed);
  if (activity->depth.load(std::memory_order_relaxed) == 0) {
    activity->since.store(coarse_now(), std::memory_order_relaxed);
    activity->depth.store(1, std::memory_order_release);
  }
}

std::uintptr_t instruction(const void* context) {
  const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(machine.gregs[REG_RIP]);
#else
  return machine.pc;
#endif
}

struct Walk {
  std::uintptr_t from;  // the interrupted instruction: above it are the handler's own frames
  std::uint32_t count = 0;
  bool found = false;
};

_Unwind_Reason_Code step(_Unwind_Context* context, void* argument) {
  Walk& walk = *static_cast<Walk*>(argument);
  const std::uintptr_t at = _Unwind_GetIP(context);
  if (!walk.found) {
    walk.found = at == walk.from;
    return _URC_NO_REASON;
  }
  if (walk.count == kFrames) return _URC_END_OF_STACK;
  memory->stack.frames[walk.count++].store(at, std::memory_order_relaxed);
  memory->stack.count.store(walk.count);
  return _URC_NO_REASON;
}

// The first thread that gets here writes; what it has written so far counts if it does not get to
// the end: a spoilt stack can fault once more.
void record(int number, const siginfo_t* details, const void* context) {
  StackRecord& stack = memory->stack;
  std::uint32_t none = 0;
  if (!stack.state.compare_exchange_strong(none, 1)) return;
  stack.signal.store(static_cast<std::uint32_t>(number));
  stack.code.store(details->si_code);
  stack.thread.store(static_cast<std::uint32_t>(::syscall(SYS_gettid)));
  stack.address.store(reinterpret_cast<std::uintptr_t>(details->si_addr));
  stack.activity.store(ThreadMark::index_of_thread);
  Walk walk{instruction(context)};
  stack.frames[0].store(walk.from);
  walk.count = 1;
  stack.count.store(1);
  _Unwind_Backtrace(step, &walk);
  stack.state.store(2);
}

void on_end(int number, siginfo_t* details, void* context) {
  record(number, details, context);
  // It happens again, and ends the process. A sanitizer's handler would take long to say the same.
  struct sigaction plain{};
  plain.sa_handler = SIG_DFL;
  ::sigaction(number, &plain, nullptr);
  if (details->si_code <= 0) ::raise(number);
}

void on_question(int number, siginfo_t* details, void* context) {
  const int error = errno;
  record(number, details, context);
  errno = error;
}

}  // namespace

void watch_driver_calls(SharedHeader& shared, std::function<void()> entering) {
  memory = &shared;
  before_entry = std::move(entering);
  // The unwinder's first use may load a library, which a signal handler must not.
  _Unwind_Backtrace([](_Unwind_Context*, void*) { return _URC_NO_REASON; }, nullptr);
  struct sigaction action{};
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  action.sa_sigaction = on_end;
  for (const int number : kEnds) ::sigaction(number, &action, nullptr);
  action.sa_sigaction = on_question;
  ::sigaction(SIGUSR1, &action, nullptr);
  port::DriverCall::observer = observe;
}

}  // namespace hbalab::host
