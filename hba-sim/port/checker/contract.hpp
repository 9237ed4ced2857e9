// Checks of what a driver did over a request's life, as functions of plain data.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "hba-sim/port/checker/exchange.hpp"
#include "hba-sim/port/checker/violation.hpp"

namespace hbalab::check {

// How often an SRB that the driver took was completed, and when.
struct Completion {
  unsigned completions = 0;
  bool expired = false;     // its time ran out, or its adapter stopped, before the first
  bool after_stop = false;  // the last came when the adapter or the unit had stopped
};
// Rules: completed_twice, never_completed, completed_late.
void check_completion(const Completion& completion, Findings& findings);
// Rules that need no more than to be named: unknown_srb, service_after_stop.
void report_unknown_srb(const void* srb, Findings& findings);
void report_service_after_stop(std::string_view service, Findings& findings);

// One ScsiPortWmiDispatchFunction and what came of it: a record that the WMI library keeps.
struct Dispatch {
  bool called = false;          // a callback of the driver was called
  bool reginfo = false;         // that was QueryWmiRegInfo
  unsigned posted = 0;          // ScsiPortWmiPostProcess
  bool posted_pending = false;  // one of them with SRB_STATUS_PENDING
  bool context_in_extension = true;
  std::uint8_t return_status = 0;  // what is in the request context at the end
  std::uint32_t return_size = 0;
};
// How the SRB ended. Nothing of `pended` is known to a driver that dispatched without the library.
struct SrbEnd {
  bool pended = false;
  std::uint8_t status = 0;
  std::uint32_t size = 0;
};
// When the SRB is completed. Rules: post_process_*, context_outside_extension.
void check_dispatch(const Dispatch& dispatch, const SrbEnd& end, Findings& findings);

// What a driver's callbacks mean by their result. The documentation has two readings, and every
// single result is right by one of them; only a driver that follows both is wrong. Thread-safe.
class ResultReading {
 public:
  // A callback, of which no request may be known any more: `answered`, it called
  // ScsiPortWmiPostProcess itself.
  void saw(std::uint8_t result, bool answered);
  // Rule: callback_result_mixed; once for each driver.
  void check(Findings& findings);

 private:
  static constexpr unsigned kPending = 1, kStatus = 2, kReported = 4;
  std::atomic<unsigned> seen_ = 0;
};

// What the library hands a callback for all instances, and what comes back with success.
struct Lengths {
  std::span<const std::uint32_t> lengths;  // before the library has made offsets of them
  std::uint32_t used = 0;                  // BufferUsed
  std::uint32_t available = 0;             // BufferAvail
};
// What the library puts in every element before the callback is called.
inline constexpr std::uint32_t kLengthUnset = 0xCDCDCDCDu;
// Rules: success_larger_than_buffer, instance_length_unset, instance_lengths_sum,
// instance_misaligned.
void check_lengths(const Lengths& lengths, Findings& findings);

// An event that the driver fires.
struct FiredEvent {
  wmi::Guid guid;
  View wnode;               // as the library made it, EventDataSize bytes of data included
  bool registered = false;  // the GUID
  bool enabled = false;
  std::optional<std::uint32_t> instances;  // that were registered
  // Bytes from EventData to the end of the memory that it lies in, where that is known.
  std::optional<std::uint64_t> memory;
  std::uint32_t limit = 0x10000;
};
// Rule: event_without_pad; whether the event of `size` bytes fits into its memory.
bool check_event_memory(std::uint64_t size, std::uint64_t memory, Findings& findings);
// Rules: event_*.
void check_event(const FiredEvent& event, Findings& findings);

// What a driver has not given back.
struct Leftover {
  enum class Kind : std::uint8_t { memory, lock, reference } kind = Kind::memory;
  std::string what;         // "pool", "StartIoLock", "timer"
  std::uint64_t bytes = 0;  // of memory
  std::string tag;          // of pool; may be empty
};
// Rules: leaked_memory, leaked_lock, leaked_reference.
void check_leftovers(std::span<const Leftover> leftovers, Findings& findings);
// Rule: freed_unknown.
void report_freed_unknown(std::string_view routine, const void* address, Findings& findings);

}  // namespace hbalab::check
