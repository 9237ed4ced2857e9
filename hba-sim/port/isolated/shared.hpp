// The memory that the lab shares with the process of an isolated driver: request slots, two rings
// of slot numbers, trace records, what the driver's threads are doing, and the areas with the
// WNODEs.
//
// The driver's process may have written anything there. The lab keeps what it relies on in memory
// of its own, takes every value over once, and judges what it took over.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>

#include "hba-sim/port/trace.hpp"

namespace hbalab::port::isolated {

inline constexpr std::uint32_t kSlots = 1024;  // a power of two
inline constexpr std::uint32_t kSlotBits = 10;
static_assert(kSlots == 1u << kSlotBits);
inline constexpr std::uint32_t kTraces = 4096;    // a power of two
inline constexpr std::uint32_t kActivities = 64;  // threads of the driver's process that are seen
inline constexpr std::uint32_t kFrames = 48;      // of a backtrace
inline constexpr std::uint32_t kVersion = 1;

// A request, from the lab; its outcome, from the driver's process.
struct alignas(64) Slot {
  std::uint64_t serial;    // changes with every use
  std::uint32_t provider;  // its number; 0: the adapter
  std::uint32_t minor;
  std::array<std::uint8_t, 16> guid;
  std::uint64_t area;      // offset of the WNODE in the areas
  std::uint32_t capacity;  // bytes of the WNODE's buffer
  std::uint32_t input;     // bytes that are input
  std::uint32_t timeout_ms;
  std::uint32_t secret;

  std::atomic<std::uint64_t> pended;   // serial of the request that the driver has pended
  std::atomic<std::uint64_t> outcome;  // status << 32 | information
};

// What a thread has called the driver for.
struct alignas(64) Activity {
  static constexpr std::size_t kName = 40;
  std::atomic<std::uint32_t> thread;
  std::atomic<std::uint32_t> depth;  // 0: it is not in the driver
  std::atomic<std::uint64_t> since;  // CLOCK_MONOTONIC_COARSE, of the outermost call
  std::array<std::atomic<char>, kName> routine;
};

// What a thread was doing when the process ended, or when it was asked.
struct alignas(64) StackRecord {
  std::atomic<std::uint32_t> state;  // 0: none, 1: being written, 2: complete
  std::atomic<std::uint32_t> signal;
  std::atomic<std::int32_t> code;
  std::atomic<std::uint32_t> thread;
  std::atomic<std::uint64_t> address;
  std::atomic<std::uint32_t> activity;  // its index; kActivities: not known
  std::atomic<std::uint32_t> count;
  std::array<std::atomic<std::uint64_t>, kFrames> frames;
};

// A TraceRecord; its own has types that not all bytes are values of.
struct TraceWire {
  std::uint64_t system_time;
  std::uint32_t duration_ns, id, instance, in_bytes, out_bytes;
  std::uint8_t srb_function, minor, srb_status, path, target, lun, pended, violation;
  std::array<std::uint8_t, 16> guid;
};
[[nodiscard]] TraceWire to_wire(const TraceRecord& record);
[[nodiscard]] TraceRecord from_wire(const TraceWire& wire);

struct SharedHeader {
  std::uint32_t version;
  std::uint64_t areas;  // bytes
  // Slots that are to be worked at: the lab writes, the driver's process reads.
  alignas(64) std::atomic<std::uint32_t> submit_tail;
  std::atomic<std::uint32_t> submit_bell;
  alignas(64) std::atomic<std::uint32_t> submit_head;
  std::atomic<std::uint32_t> sleepers;  // threads that wait for the bell
  std::atomic<std::uint32_t> progress;  // changes whenever a thread takes or pends a request
  // Slots that are done: the other way round.
  alignas(64) std::atomic<std::uint32_t> done_tail;
  std::atomic<std::uint32_t> done_bell;
  std::atomic<std::uint32_t> trace_tail;
  alignas(64) std::atomic<std::uint32_t> trace_head;
  // The lab's clock, where the driver's process has none of its own.
  alignas(64) std::atomic<std::int64_t> now;
  std::atomic<std::uint64_t> system_time;

  std::array<std::atomic<std::uint32_t>, kSlots> submitted;
  std::array<std::atomic<std::uint32_t>, kSlots> done;
  std::array<Slot, kSlots> slots;
  std::array<TraceWire, kTraces> traces;
  std::array<Activity, kActivities> activities;
  StackRecord stack;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

// The memory, mapped. It cannot shrink: who reads it never faults.
class SharedMemory {
 public:
  // As large as the system lets it be, up to 8 GiB of areas; pages that nobody has used are none.
  [[nodiscard]] static std::expected<SharedMemory, std::string> create();
  // In the driver's process.
  [[nodiscard]] static std::expected<SharedMemory, std::string> open(int descriptor);
  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&&) = delete;
  ~SharedMemory();

  [[nodiscard]] SharedHeader& header() const { return *static_cast<SharedHeader*>(begin_); }
  [[nodiscard]] std::span<std::uint8_t> areas() const;
  [[nodiscard]] int descriptor() const { return descriptor_; }
  // Gives the pages back to the system; both are whole pages.
  void forget(std::uint64_t offset, std::uint64_t size) const;

 private:
  SharedMemory(int descriptor, void* begin, std::size_t size)
      : descriptor_(descriptor), begin_(begin), size_(size) {}
  [[nodiscard]] static std::expected<SharedMemory, std::string> map(int descriptor,
                                                                    std::size_t size);
  int descriptor_;
  void* begin_;
  std::size_t size_;
};

}  // namespace hbalab::port::isolated
