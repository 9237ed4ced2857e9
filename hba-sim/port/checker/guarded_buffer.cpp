#include "hba-sim/port/checker/guarded_buffer.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace hbalab::check {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kAlignment = 8;
// The canary reaches no farther than this from the buffer.
constexpr std::size_t kCanary = 4096;
// Around a buffer without areas.
constexpr std::size_t kHeapCanary = 64;
// Sizes up to here have classes of their own, a page apart; above it a class doubles.
constexpr std::size_t kExactPages = 16;

constexpr Rule write_rule(bool behind) {
  return behind ? Rule::buffer_write_past_end : Rule::buffer_write_before_begin;
}

std::size_t round_up(std::size_t size, std::size_t to) { return (size + to - 1) / to * to; }

std::size_t pages_for(std::size_t size) {
  const std::size_t pages = std::max<std::size_t>(round_up(size, kPage) / kPage, 1);
  return (pages <= kExactPages ? pages : std::bit_ceil(pages)) * kPage;
}

std::size_t class_of(std::size_t pages_size) {
  const std::size_t pages = pages_size / kPage;
  if (pages <= kExactPages) return pages - 1;
  return kExactPages + static_cast<std::size_t>(std::countr_zero(pages / kExactPages)) - 1;
}

// Every slot that there ever was; only grows.
std::atomic<GuardSlot*> all_slots = nullptr;

std::string place_text(bool behind, std::size_t first, std::size_t last) {
  const std::string side = behind ? " behind its end" : " before its begin";
  if (first == last) return bytes_text(first) + side;
  return std::to_string(first) + " to " + bytes_text(last) + side;
}

}  // namespace

bool GuardSlot::map(std::size_t pages_size) {
  void* const memory = ::mmap(nullptr, pages_size + 2 * kGuard, PROT_NONE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return false;
  auto* const base = static_cast<std::uint8_t*>(memory);
  if (::mprotect(base + kGuard, pages_size, PROT_READ | PROT_WRITE) != 0) {
    ::munmap(memory, pages_size + 2 * kGuard);
    return false;
  }
  size_.store(pages_size);
  base_.store(base);
  return true;
}

void GuardSlot::unmap() {
  std::uint8_t* const base = base_.exchange(nullptr);
  if (base != nullptr) ::munmap(base, size_.load() + 2 * kGuard);
}

std::uint8_t* GuardSlot::area(std::size_t which) const {
  return base_.load() + (which == 0 ? 0 : kGuard + size_.load());
}

bool GuardSlot::take_fault(std::uintptr_t address, bool write, const void* code) {
  std::uint8_t* const base = base_.load();
  if (base == nullptr) return false;
  const auto at = reinterpret_cast<std::uintptr_t>(base);
  for (std::size_t which = 0; which < 2; ++which) {
    const std::uintptr_t begin = at + (which == 0 ? 0 : kGuard + size_.load());
    if (address < begin || address >= begin + kGuard) continue;
    Area& area = areas_[which];
    AreaState state = AreaState::closed;
    if (area.state.compare_exchange_strong(state, AreaState::opening)) {
      area.hit = {static_cast<std::int64_t>(address - begin), write, code};
      auto* const memory = base + (begin - at);
      if (::mprotect(memory, kGuard, PROT_READ | PROT_WRITE) != 0) return false;
      poison_fill(Poison::canary, {memory, kGuard}, 0);
      area.state.store(AreaState::open);
    }
    // Another thread is about to open it: the instruction faults again until it has.
    return true;
  }
  return false;
}

void GuardSlot::close(std::size_t which) {
  ::mprotect(area(which), kGuard, PROT_NONE);
  ::madvise(area(which), kGuard, MADV_DONTNEED);
  areas_[which].state.store(AreaState::closed);
}

GuardedBuffer::GuardedBuffer(GuardedBuffer&& other) noexcept { *this = std::move(other); }

GuardedBuffer& GuardedBuffer::operator=(GuardedBuffer&& other) noexcept {
  if (this == &other) return *this;
  reset();
  pool_ = std::exchange(other.pool_, nullptr);
  slot_ = std::exchange(other.slot_, nullptr);
  heap_ = std::move(other.heap_);
  data_ = std::exchange(other.data_, nullptr);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

GuardedBuffer::~GuardedBuffer() { reset(); }

void GuardedBuffer::reset() {
  if (slot_ != nullptr) {
    slot_->close_all();
    pool_->give_back(std::exchange(slot_, nullptr));
  }
  heap_.reset();
  data_ = nullptr;
  size_ = 0;
}

std::uint8_t* GuardedBuffer::pages() const {
  return slot_ != nullptr ? slot_->area(0) + GuardSlot::kGuard : heap_.get();
}

std::size_t GuardedBuffer::pages_size() const {
  return slot_ != nullptr ? slot_->size_.load() : size_ + 2 * kHeapCanary;
}

std::size_t GuardedBuffer::begin_in_pages() const {
  return static_cast<std::size_t>(data_ - pages());
}

void GuardedBuffer::check(Findings& findings, const void*& code) {
  if (data_ == nullptr) return;
  const std::size_t begin = begin_in_pages();
  const std::size_t end = begin + size_;
  const std::pair<std::size_t, std::size_t> slack[] = {
      {begin > kCanary ? begin - kCanary : 0, begin}, {end, std::min(end + kCanary, pages_size())}};
  for (std::size_t which = 0; which < 2; ++which) {
    // What went into the area has gone over the slack as well.
    const bool written = slot_ != nullptr &&
                         slot_->areas_[which].state.load() == GuardSlot::AreaState::open &&
                         check_area(which, findings, code);
    const auto [from, to] = slack[which];
    if (written) {
      poison_fill(Poison::canary, {pages() + from, to - from}, from);
    } else {
      check_canary(from, to, findings);
    }
  }
}

void GuardedBuffer::check_canary(std::size_t begin, std::size_t end, Findings& findings) {
  const View slack{pages() + begin, end - begin};
  const std::size_t first = poison_mismatch(Poison::canary, slack, begin);
  if (first == slack.size()) return;
  const std::size_t last = poison_last_mismatch(Poison::canary, slack, begin);
  const std::size_t buffer_begin = begin_in_pages();
  const bool behind = begin >= buffer_begin + size_;
  const std::size_t blame = behind ? first : last;
  Finding& finding = findings.add(
      write_rule(behind), "no byte written outside of the buffer's " + bytes_text(size_),
      behind ? place_text(true, begin + first - buffer_begin - size_ + 1,
                          begin + last - buffer_begin - size_ + 1)
             : place_text(false, buffer_begin - begin - last, buffer_begin - begin - first));
  finding.offset =
      static_cast<std::int64_t>(begin + blame) - static_cast<std::int64_t>(buffer_begin);
  // Of the slack only: the buffer may hold a secret that was never to be shown.
  const std::size_t from = blame / 16 * 16;
  const View dump = slack.subspan(from, std::min<std::size_t>(slack.size() - from, 48));
  finding.dump.assign(dump.begin(), dump.end());
  finding.dump_at =
      static_cast<std::int64_t>(begin + from) - static_cast<std::int64_t>(buffer_begin);
  poison_fill(Poison::canary, {pages() + begin, end - begin}, begin);
}

bool GuardedBuffer::check_area(std::size_t which, Findings& findings, const void*& code) {
  const GuardHit& hit = slot_->areas_[which].hit;
  const bool behind = which == 1;
  const std::int64_t area_at = slot_->area(which) - data_;
  const View memory{slot_->area(which), GuardSlot::kGuard};
  const std::size_t first = poison_mismatch(Poison::canary, memory, 0);
  const bool written = hit.write || first != memory.size();
  std::string what = std::string(hit.write ? "a write" : "a read") + " at offset " +
                     std::to_string(area_at + hit.offset);
  std::size_t blame = static_cast<std::size_t>(hit.offset);
  if (first != memory.size()) {
    const std::size_t last = poison_last_mismatch(Poison::canary, memory, 0);
    what += ", " + bytes_text(last - first + 1) + " changed from offset " +
            std::to_string(area_at + static_cast<std::int64_t>(first)) + " on";
    blame = behind ? first : last;
  }
  Finding& finding =
      findings.add_at(written ? write_rule(behind) : Rule::buffer_read_outside, memory,
                      static_cast<std::int64_t>(blame),
                      "no access outside of the buffer's " + bytes_text(size_), std::move(what));
  finding.offset = *finding.offset + area_at;
  finding.dump_at += area_at;
  if (!written) finding.dump.clear();  // nothing but the canary
  if (code == nullptr) code = hit.code;
  slot_->close(which);
  return written;
}

GuardPool::~GuardPool() {
  const std::scoped_lock lock(mutex_);
  for (auto& slots : free_) {
    for (GuardSlot* slot : slots) slot->unmap();
  }
}

GuardedBuffer GuardPool::acquire(std::size_t size, std::size_t input, Edge edge, Poison poison) {
  GuardedBuffer buffer;
  buffer.pool_ = this;
  buffer.size_ = size;
  buffer.slot_ = take(pages_for(size));
  std::size_t begin = kHeapCanary;
  if (buffer.slot_ != nullptr) {
    buffer.slot_->close_all();  // who came after the last owner was done is nobody's
    begin = edge == Edge::begin ? 0 : (buffer.pages_size() - size) / kAlignment * kAlignment;
  } else {
    buffer.heap_ = std::make_unique_for_overwrite<std::uint8_t[]>(size + 2 * kHeapCanary);
  }
  std::uint8_t* const pages = buffer.pages();
  buffer.data_ = pages + begin;
  const std::size_t end = begin + size;
  // Always anew: who had it before may have written there since.
  const std::size_t from = begin > kCanary ? begin - kCanary : 0;
  const std::size_t to = std::min(end + kCanary, buffer.pages_size());
  poison_fill(Poison::canary, {pages + from, begin - from}, from);
  poison_fill(Poison::canary, {pages + end, to - end}, end);
  input = std::min(input, size);
  poison_fill(poison, buffer.bytes().subspan(input), input);
  return buffer;
}

GuardSlot* GuardPool::take(std::size_t pages_size) {
  const std::size_t which = class_of(pages_size);
  GuardSlot* slot = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    if (which < free_.size() && !free_[which].empty()) {
      slot = free_[which].back();
      free_[which].pop_back();
      free_bytes_ -= pages_size;
      return slot;
    }
    if (mapped_ >= most_) return nullptr;
    ++mapped_;
    if (!empty_.empty()) {
      slot = empty_.back();
      empty_.pop_back();
    }
  }
  if (slot == nullptr) {
    slot = new GuardSlot;  // never freed: the fault handler may be looking at it
    slot->next_ = all_slots.load();
    while (!all_slots.compare_exchange_weak(slot->next_, slot)) continue;
  }
  if (slot->map(pages_size)) return slot;
  const std::scoped_lock lock(mutex_);
  --mapped_;
  empty_.push_back(slot);
  return nullptr;
}

void GuardPool::give_back(GuardSlot* slot) {
  const std::size_t size = slot->size_.load();
  const std::size_t which = class_of(size);
  {
    const std::scoped_lock lock(mutex_);
    if (free_bytes_ + size <= keep_bytes_) {
      if (which >= free_.size()) free_.resize(which + 1);
      free_[which].push_back(slot);
      free_bytes_ += size;
      return;
    }
  }
  slot->unmap();
  const std::scoped_lock lock(mutex_);
  --mapped_;
  empty_.push_back(slot);
}

std::size_t GuardPool::mapped() const {
  const std::scoped_lock lock(mutex_);
  return mapped_;
}

void GuardSlot::close_all() {
  for (std::size_t which = 0; which < 2; ++which) {
    if (areas_[which].state.load() == AreaState::open) close(which);
  }
}

bool take_guard_fault(std::uintptr_t address, bool write, const void* code) {
  for (GuardSlot* slot = all_slots.load(); slot != nullptr; slot = slot->next()) {
    if (slot->take_fault(address, write, code)) return true;
  }
  return false;
}

}  // namespace hbalab::check
