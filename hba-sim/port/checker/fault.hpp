// The handler of memory faults: those in the areas around a guarded buffer are taken and the driver
// goes on; every other one is told to whoever has asked for it, and then is what it was before.
//
// In process a fault outside of the areas ends the lab: a driver's frames cannot be left safely,
// because it may hold locks, and so may the services that it called. The handler says what the
// driver was doing and which rule it broke, as far as that is known, and passes the fault on, so
// that the process ends as it would have. A lab that has to survive runs the driver in a process of
// its own, whose end is then what is reported.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "hba-sim/port/checker/rules.hpp"

namespace hbalab::check {

// What a driver is doing on this thread; in force from construction to destruction. The texts must
// last as long.
class FaultContext {
 public:
  FaultContext(std::string_view adapter, std::string_view doing);  // "hba0", "HwStartIo"
  ~FaultContext();
  FaultContext(const FaultContext&) = delete;
  FaultContext& operator=(const FaultContext&) = delete;

  // The callback under way got no length array or no buffer: who writes there breaks a rule.
  void gave_null(bool gave) { gave_null_ = gave; }

  [[nodiscard]] std::string_view adapter() const { return adapter_; }
  [[nodiscard]] std::string_view doing() const { return doing_; }
  [[nodiscard]] bool gave_null() const { return gave_null_; }
  [[nodiscard]] static FaultContext* current();

 private:
  const std::string_view adapter_;
  const std::string_view doing_;
  bool gave_null_ = false;
  FaultContext* const outer_;
};

// For the WMI library, around a callback; restores what was said before.
class NullGiven {
 public:
  explicit NullGiven(bool gave) : context_(FaultContext::current()) {
    if (context_ != nullptr) {
      before_ = context_->gave_null();
      context_->gave_null(gave);
    }
  }
  ~NullGiven() {
    if (context_ != nullptr) context_->gave_null(before_);
  }
  NullGiven(const NullGiven&) = delete;
  NullGiven& operator=(const NullGiven&) = delete;

 private:
  FaultContext* const context_;
  bool before_ = false;
};

struct Fault {
  std::uintptr_t address = 0;
  const void* code = nullptr;  // the instruction
  bool write = false;          // false also where the processor does not say
  std::optional<Rule> rule;    // when it is known
  const FaultContext* context = nullptr;
};

// Takes SIGSEGV and SIGBUS of the process over, also when somebody else has taken them since.
// False: refused by the system.
bool install_fault_handler();
// Called in the signal handler for a fault that is not taken, and may do only what is safe there;
// null: a line on standard error.
void on_other_fault(void (*function)(const Fault&));
// The line: "hbalab: hba0: QUERY_ALL_DATA ...: null_length_array_written: ...". Async-signal-safe;
// for the handler of a process of its own too.
void write_fault_line(int descriptor, const Fault& fault);

}  // namespace hbalab::check
