#include "hba-sim/port/adapter_services.hpp"

#include <algorithm>
#include <utility>

#include "hba-sim/port/core.hpp"

namespace hbalab::port {

AdapterServices::~AdapterServices() = default;

void AdapterServices::begin() {
  const std::scoped_lock lock(mutex_);
  uncached_.reset();
  uncached_size_ = 0;
  units_.clear();
}

std::vector<std::pair<const void*, check::Leftover>> AdapterServices::leftovers() const {
  using Kind = check::Leftover::Kind;
  struct Sum {
    std::size_t blocks = 0, bytes = 0;
    const void* code = nullptr;
  };
  std::map<std::pair<std::string, ULONG>, Sum> sums;
  for (const auto& [address, block] : blocks_) {
    Sum& sum = sums[{block.kind, block.tag}];
    ++sum.blocks;
    sum.bytes += block.size;
    sum.code = block.code;
  }
  std::vector<std::pair<const void*, check::Leftover>> left;
  for (const auto& [what, sum] : sums) {
    std::string tag;
    for (unsigned shift = 0; shift < 32; shift += 8) {
      const char c = static_cast<char>(what.second >> shift & 0xFF);
      if (c != 0) tag += c >= ' ' && c <= '~' ? c : '?';
    }
    const std::string blocks =
        sum.blocks == 1 ? "" : " in " + std::to_string(sum.blocks) + " blocks";
    left.push_back({sum.code, {Kind::memory, what.first + blocks, sum.bytes, tag}});
  }
  if (registry_buffer_) {
    left.push_back(
        {registry_buffer_code_, {Kind::memory, "the registry buffer", registry_buffer_size_, {}}});
  }
  for (const auto& [handle, timer] : timers_) {
    left.push_back({timer.code, {Kind::reference, "timer", 0, {}}});
  }
  for (const auto& [handle, worker] : workers_) {
    // One whose item was still to run could not be freed.
    if (!worker.queued) left.push_back({worker.code, {Kind::reference, "worker", 0, {}}});
  }
  return left;
}

void AdapterServices::end() {
  std::vector<std::pair<const void*, check::Leftover>> wrong;
  std::vector<TimerId> set;
  std::vector<std::unique_ptr<std::byte[]>> left;
  {
    const std::scoped_lock lock(mutex_);
    wrong = leftovers();
    for (auto& [handle, timer] : timers_) {
      if (timer.id != 0) set.push_back(timer.id);
    }
    timers_.clear();
    workers_.clear();
    dpcs_.clear();
    issued_.clear();
    registry_buffer_.reset();
    // Other adapters of the driver may use what it keeps in its globals.
    for (auto& [address, block] : blocks_) left.push_back(std::move(block.memory));
    blocks_.clear();
  }
  for (const TimerId id : set) core_.options().clock->cancel(id);
  core_.keep_for_driver(std::move(left));
  for (const auto& [code, leftover] : wrong) {
    check::Findings findings;
    check::check_leftovers({&leftover, 1}, findings);
    core_.found("ScsiStopAdapter", findings, code);
  }
}

void AdapterServices::fault(std::string what) {
  const std::scoped_lock lock(mutex_);
  if (faults_.size() < kMostFaults) faults_.push_back(std::move(what));
}

std::vector<std::string> AdapterServices::faults() const {
  const std::scoped_lock lock(mutex_);
  return faults_;
}

std::string AdapterServices::last_fault() const {
  const std::scoped_lock lock(mutex_);
  return faults_.empty() ? std::string() : faults_.back();
}

}  // namespace hbalab::port
