#include "hba-sim/port/checker/fault.hpp"

#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <string_view>

#include "hba-sim/port/checker/guarded_buffer.hpp"

namespace hbalab::check {
namespace {

// Below it lies what a null pointer with an offset leads to; nothing is ever mapped there.
constexpr std::uintptr_t kNullArea = 64 * 1024;

thread_local FaultContext* innermost = nullptr;
std::atomic<void (*)(const Fault&)> other_fault = nullptr;

// The handlers that were there before. Written before ours are in force.
struct sigaction before_segv, before_bus;

struct sigaction& before(int signal) { return signal == SIGBUS ? before_bus : before_segv; }

struct Access {
  const void* code = nullptr;
  bool write = false;
};

Access access_of(const ucontext_t& context) {
#if defined(__x86_64__)
  constexpr greg_t kWrite = 2;  // of the page fault's error code
  return {reinterpret_cast<const void*>(context.uc_mcontext.gregs[REG_RIP]),
          (context.uc_mcontext.gregs[REG_ERR] & kWrite) != 0};
#elif defined(__aarch64__)
  return {reinterpret_cast<const void*>(context.uc_mcontext.pc), false};
#else
  static_cast<void>(context);
  return {};
#endif
}

// A line made of pieces, without memory from the heap.
class Line {
 public:
  void add(std::string_view text) {
    const std::size_t size = std::min(text.size(), text_.size() - size_);
    std::memcpy(text_.data() + size_, text.data(), size);
    size_ += size;
  }
  void add_hex(std::uintptr_t value) {
    std::array<char, 2 * sizeof value> digits{};
    std::size_t begin = digits.size();
    do {
      digits[--begin] = "0123456789abcdef"[value % 16];
      value /= 16;
    } while (value != 0);
    add("0x");
    add({digits.data() + begin, digits.size() - begin});
  }
  void write(int descriptor) {
    add("\n");
    std::size_t done = 0;
    while (done < size_) {
      const ssize_t written = ::write(descriptor, text_.data() + done, size_ - done);
      if (written <= 0) return;
      done += static_cast<std::size_t>(written);
    }
  }

 private:
  std::array<char, 1024> text_{};
  std::size_t size_ = 0;
};

void pass_on(int signal, siginfo_t* details, void* context) {
  const struct sigaction& old = before(signal);
  if ((old.sa_flags & SA_SIGINFO) != 0) {
    old.sa_sigaction(signal, details, context);
  } else if (old.sa_handler != SIG_DFL && old.sa_handler != SIG_IGN) {
    old.sa_handler(signal);
  } else {
    // The instruction runs again and does what it would have done without us.
    struct sigaction plain{};
    plain.sa_handler = SIG_DFL;
    ::sigaction(signal, &plain, nullptr);
    // One that somebody sent does not come again by itself.
    if (details->si_code <= 0) ::raise(signal);
  }
}

void handle(int signal, siginfo_t* details, void* context) {
  const int error = errno;
  const Access access = access_of(*static_cast<const ucontext_t*>(context));
  const auto address = reinterpret_cast<std::uintptr_t>(details->si_addr);
  const bool fault = details->si_code > 0;  // not sent by kill()
  if (fault && take_guard_fault(address, access.write, access.code)) {
    errno = error;
    return;
  }
  if (fault && innermost != nullptr) {
    Fault other{address, access.code, access.write, {}, innermost};
    if (address < kNullArea && innermost->gave_null()) other.rule = Rule::null_length_array_written;
    if (const auto function = other_fault.load()) {
      function(other);
    } else {
      write_fault_line(STDERR_FILENO, other);
    }
  }
  errno = error;
  pass_on(signal, details, context);
}

}  // namespace

FaultContext::FaultContext(std::string_view adapter, std::string_view doing)
    : adapter_(adapter), doing_(doing), outer_(innermost) {
  innermost = this;
}

FaultContext::~FaultContext() { innermost = outer_; }

FaultContext* FaultContext::current() { return innermost; }

bool install_fault_handler() {
  static std::mutex mutex;
  const std::scoped_lock lock(mutex);
  struct sigaction action{};
  action.sa_sigaction = handle;
  // Not blocked while it runs: two threads may fault at once, and a handler that was there before
  // may fault itself.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  ::sigemptyset(&action.sa_mask);
  for (const int signal : {SIGSEGV, SIGBUS}) {
    struct sigaction old{};
    if (::sigaction(signal, nullptr, &old) != 0) return false;
    if ((old.sa_flags & SA_SIGINFO) != 0 && old.sa_sigaction == handle) continue;
    before(signal) = old;
    if (::sigaction(signal, &action, nullptr) != 0) return false;
  }
  return true;
}

void on_other_fault(void (*function)(const Fault&)) { other_fault.store(function); }

void write_fault_line(int descriptor, const Fault& fault) {
  Line line;
  line.add("hbalab: ");
  if (fault.context != nullptr) {
    line.add(fault.context->adapter());
    line.add(": ");
    line.add(fault.context->doing());
    line.add(": ");
  }
  if (fault.rule) {
    line.add(info(*fault.rule).id);
    line.add(": ");
  }
  line.add(fault.write ? "the driver writes to " : "the driver accesses ");
  line.add_hex(fault.address);
  line.add(", which is no memory of its own, in the instruction at ");
  line.add_hex(reinterpret_cast<std::uintptr_t>(fault.code));
  if (fault.rule) {
    line.add(". ");
    line.add(info(*fault.rule).remedy);
  }
  line.write(descriptor);
}

}  // namespace hbalab::check
