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

std::vector<std::string> AdapterServices::leaks() const {
  struct Sum {
    std::size_t blocks = 0, bytes = 0;
  };
  std::map<std::pair<std::string, ULONG>, Sum> sums;
  for (const auto& [address, block] : blocks_) {
    Sum& sum = sums[{block.kind, block.tag}];
    ++sum.blocks;
    sum.bytes += block.size;
  }
  std::vector<std::string> lines;
  for (const auto& [what, sum] : sums) {
    std::string tag;
    for (unsigned shift = 0; shift < 32; shift += 8) {
      const char c = static_cast<char>(what.second >> shift & 0xFF);
      if (c != 0) tag += c >= ' ' && c <= '~' ? c : '?';
    }
    lines.push_back("leak: " + std::to_string(sum.blocks) + " blocks of " + what.first + ", " +
                    std::to_string(sum.bytes) + " bytes" +
                    (tag.empty() ? std::string() : ", with the tag '" + tag + "'") +
                    ", not freed when the adapter stopped");
  }
  if (registry_buffer_) lines.emplace_back("leak: the registry buffer was not freed");
  if (!timers_.empty())
    lines.push_back("leak: " + std::to_string(timers_.size()) + " timers were not freed");
  // One whose item was still to run could not be freed.
  const auto idle = std::ranges::count_if(workers_, [](const auto& its) { return !its.second; });
  if (idle != 0) lines.push_back("leak: " + std::to_string(idle) + " workers were not freed");
  return lines;
}

void AdapterServices::end() {
  std::vector<std::string> lines;
  std::vector<TimerId> set;
  std::vector<std::unique_ptr<std::byte[]>> left;
  {
    const std::scoped_lock lock(mutex_);
    lines = leaks();
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
  for (std::string& line : lines) core_.driver_failed(std::move(line));
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
