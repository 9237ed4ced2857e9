#include "hba-sim/adapter/hba_ids.hpp"

namespace hbalab::adapter {

bool IdAllocator::prepare(std::uint32_t count) {
  if (end_ - next_ + (spare_end_ - spare_) >= count) return true;
  const auto first = nvram_.reserve_ids(kBlock);
  if (!first || *first + kBlock > std::uint64_t{1} << kNumberBits) return false;
  if (next_ == end_) {
    next_ = *first;
    end_ = *first + kBlock;
  } else {
    spare_ = *first;
    spare_end_ = *first + kBlock;
  }
  return true;
}

std::uint64_t IdAllocator::next() {
  if (next_ == end_) {
    next_ = spare_;
    end_ = spare_end_;
    spare_ = spare_end_ = 0;
  }
  constexpr std::uint64_t kShape = 0xFFFFull << 48;
  // A mixture of all bits: adapter ids may differ in few.
  const auto mixed = adapter_id_ * 0x9E3779B97F4A7C15ull;
  const auto adapter = ((mixed >> 54) & 0x3FF) << kNumberBits;
  return kShape | adapter | next_++;
}

}  // namespace hbalab::adapter
