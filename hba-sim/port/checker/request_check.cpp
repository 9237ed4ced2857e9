#include "hba-sim/port/checker/request_check.hpp"

#include <algorithm>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "hba-sim/include/srb.h"

namespace hbalab::check {
namespace {

// The requests under check by their buffers.
struct Registry {
  std::atomic<std::size_t> count = 0;
  std::mutex mutex;                                          // taken last
  std::unordered_map<const void*, RequestCheck*> by_buffer;  // guarded by mutex
};

Registry& registry() {
  static Registry& it = *new Registry;  // outlives every thread
  return it;
}

bool lies_in(const void* at, std::span<const std::byte> memory) {
  const std::less<> before;
  return !memory.empty() && !before(at, static_cast<const void*>(memory.data())) &&
         before(at, static_cast<const void*>(memory.data() + memory.size()));
}

}  // namespace

std::uint8_t* RequestCheck::begin(GuardPool& pool, const Begin& begin) {
  forget();
  minor_ = begin.minor;
  guid_ = begin.guid;
  extension_ = begin.extension;
  reading_ = begin.reading;
  dispatched_ = false;
  answered_at_ = nullptr;
  ranges_.clear();
  const std::size_t input = input_size(begin.minor, begin.request);
  buffer_ = pool.acquire(begin.request.size(), input, begin.edge, begin.poison);
  std::copy_n(begin.request.begin(), input, buffer_.data());
  Registry& all = registry();
  {
    const std::scoped_lock lock(all.mutex);
    all.by_buffer[buffer_.data()] = this;
  }
  all.count.fetch_add(1);
  return buffer_.data();
}

void RequestCheck::forget() {
  if (!buffer_) return;
  Registry& all = registry();
  {
    const std::scoped_lock lock(all.mutex);
    all.by_buffer.erase(buffer_.data());
  }
  all.count.fetch_sub(1);
  buffer_ = {};
  early_ = {};
}

RequestCheck* RequestCheck::of(const void* buffer) {
  Registry& all = registry();
  if (buffer == nullptr || all.count.load(std::memory_order_relaxed) == 0) return nullptr;
  const std::scoped_lock lock(all.mutex);
  const auto found = all.by_buffer.find(buffer);
  return found == all.by_buffer.end() ? nullptr : found->second;
}

void RequestCheck::dispatching(const void* context, bool reginfo) {
  dispatch_ = {};
  dispatch_.reginfo = reginfo;
  dispatch_.context_in_extension = lies_in(context, extension_);
  dispatched_ = true;
}

ResultReading* RequestCheck::calling() {
  dispatch_.called = true;
  return reading_;
}

void RequestCheck::posted(std::uint8_t srb_status, const void* code) {
  ++dispatch_.posted;
  answered_at_ = code;
  if (srb_status == SRB_STATUS_PENDING) dispatch_.posted_pending = true;
}

void RequestCheck::finished(std::uint8_t return_status, std::uint32_t return_size) {
  dispatch_.return_status = return_status;
  dispatch_.return_size = return_size;
}

void RequestCheck::end(const End& end, Findings& findings, const void*& code) {
  for (Finding& finding : early_.take()) findings.add(std::move(finding));
  buffer_.check(findings, code);
  if (code == nullptr) code = answered_at_;
  if (end.replaced) return;
  const std::size_t before = findings.size();
  if (dispatched_) {
    check_dispatch(dispatch_, end.srb, findings);
    if (reading_ != nullptr) reading_->check(findings);
  }
  const bool missing = std::any_of(
      findings.begin() + static_cast<std::ptrdiff_t>(before), findings.end(),
      [](const Finding& finding) { return finding.rule == Rule::post_process_missing; });
  // Who has left ScsiPortWmiPostProcess out has no status to give.
  if (!missing) check_status(end.srb.status, findings);
  Exchange exchange{minor_,       guid_,         answer(), end.srb.status,
                    end.srb.size, end.instances, end.shape};
  check_answer(exchange, ranges_, findings);
  find_data(exchange, ranges_);
  check_written(answer(), ranges_, findings);
}

}  // namespace hbalab::check
