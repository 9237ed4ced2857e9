// The data buffer of a request, between two areas that nobody may touch. Which end lies against its
// area is chosen: the first run of a request has its end there, the second one its begin. What is
// left of the page at the other end holds a canary.
//
// A driver that touches an area is not stopped: the area is opened, what happened is remembered,
// and the request goes on to its end, where the check reports it. So no frame of the driver is
// unwound, whatever locks it holds, and one fault costs one report instead of the process. The
// areas are kGuard bytes wide; what goes farther is a fault like any other (fault.hpp).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "hba-sim/port/checker/poison.hpp"
#include "hba-sim/port/checker/violation.hpp"

namespace hbalab::check {

enum class Edge : std::uint8_t { end, begin };

// The first touch of an area. `code` is the instruction's address.
struct GuardHit {
  std::int64_t offset = 0;  // from the begin of the buffer
  bool write = false;
  const void* code = nullptr;
};

// One mapping: area, pages, area. Never freed, so that the fault handler may look at it at any
// time; its memory may be given back.
class GuardSlot {
 public:
  static constexpr std::size_t kGuard = std::size_t{64} * 1024;

  GuardSlot() = default;
  GuardSlot(const GuardSlot&) = delete;
  GuardSlot& operator=(const GuardSlot&) = delete;

  [[nodiscard]] bool map(std::size_t pages_size);  // false: no memory
  void unmap();
  // For the fault handler; async-signal-safe. Whether the fault was in an area of this slot, which
  // is then open.
  [[nodiscard]] bool take_fault(std::uintptr_t address, bool write, const void* code);
  [[nodiscard]] GuardSlot* next() const { return next_; }

 private:
  friend class GuardPool;
  friend class GuardedBuffer;

  enum class AreaState : std::uint8_t { closed, opening, open };
  struct Area {
    std::atomic<AreaState> state = AreaState::closed;
    GuardHit hit;  // written while `opening`; offset from the begin of the area
  };

  [[nodiscard]] std::uint8_t* area(std::size_t which) const;
  void close(std::size_t which);
  void close_all();

  std::atomic<std::uint8_t*> base_ = nullptr;  // of the first area
  std::atomic<std::size_t> size_ = 0;          // of the pages between the areas
  Area areas_[2];
  GuardSlot* next_ = nullptr;  // in the list of all; written before it is published
};

// Where the fault handler looks, in any thread, without a lock.
[[nodiscard]] bool take_guard_fault(std::uintptr_t address, bool write, const void* code);

class GuardPool;

// The buffer of one request, filled with poison. Movable; gives itself back.
class GuardedBuffer {
 public:
  GuardedBuffer() = default;
  GuardedBuffer(GuardedBuffer&& other) noexcept;
  GuardedBuffer& operator=(GuardedBuffer&& other) noexcept;
  ~GuardedBuffer();

  [[nodiscard]] std::uint8_t* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::span<std::uint8_t> bytes() const { return {data_, size_}; }
  // False: there was no address space for areas, only canaries stand at both ends.
  [[nodiscard]] bool guarded() const { return slot_ != nullptr; }
  explicit operator bool() const { return data_ != nullptr; }

  // What happened around the buffer, each kind once; closes what was opened. `code` becomes the
  // instruction that is to blame for the first of them, where that is known. Rules:
  // buffer_write_past_end, buffer_write_before_begin, buffer_read_outside.
  void check(Findings& findings, const void*& code);

 private:
  friend class GuardPool;

  void reset();
  // Whether something was written there.
  bool check_area(std::size_t which, Findings& findings, const void*& code);
  void check_canary(std::size_t begin, std::size_t end, Findings& findings);
  [[nodiscard]] std::size_t begin_in_pages() const;
  [[nodiscard]] std::uint8_t* pages() const;
  [[nodiscard]] std::size_t pages_size() const;

  GuardPool* pool_ = nullptr;
  GuardSlot* slot_ = nullptr;
  std::unique_ptr<std::uint8_t[]> heap_;  // without a slot
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

// Mappings that are used again, so that a request makes no system call. Thread-safe.
class GuardPool {
 public:
  // The most bytes of pages that are kept free, and mappings that are in use at once.
  explicit GuardPool(std::size_t keep_bytes = std::size_t{64} << 20, std::size_t most = 8192)
      : keep_bytes_(keep_bytes), most_(most) {}
  ~GuardPool();  // every buffer has been given back
  GuardPool(const GuardPool&) = delete;
  GuardPool& operator=(const GuardPool&) = delete;

  // Bytes from `input` on are poison; those before are the caller's to fill. The buffer begins at a
  // multiple of 8.
  [[nodiscard]] GuardedBuffer acquire(std::size_t size, std::size_t input = 0,
                                      Edge edge = Edge::end, Poison poison = Poison::first);
  [[nodiscard]] std::size_t mapped() const;  // mappings that there are

 private:
  friend class GuardedBuffer;

  [[nodiscard]] GuardSlot* take(std::size_t pages_size);
  void give_back(GuardSlot* slot);

  const std::size_t keep_bytes_, most_;
  mutable std::mutex mutex_;
  std::vector<std::vector<GuardSlot*>> free_;  // by class of size; guarded by mutex_
  std::vector<GuardSlot*> empty_;              // without memory; guarded by mutex_
  std::size_t free_bytes_ = 0;                 // guarded by mutex_
  std::size_t mapped_ = 0;                     // guarded by mutex_
};

}  // namespace hbalab::check
