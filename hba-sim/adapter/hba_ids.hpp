// Session and connection ids: 64 bits, in the shape of kernel addresses, never used again.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "hba-sim/adapter/nvram.hpp"

namespace hbalab::adapter {

// Bits 63..48 are ones, as in a handle that Windows' initiator gives out; bits 47..38 come from the
// unique adapter id, so that two adapters rarely show the same number; bits 37..0 are a number that
// the NVRAM reserved, in durable blocks: what a block has left when the lab ends is lost.
class IdAllocator {
 public:
  static constexpr std::uint32_t kBlock = 65536;
  static constexpr unsigned kNumberBits = 38;
  IdAllocator(Nvram& nvram, std::uint64_t adapter_id) : nvram_(nvram), adapter_id_(adapter_id) {}

  // Makes sure that `count` ids are at hand; the NVRAM is written only when a block is used up.
  // False when it cannot be written, or when all 2^38 numbers are used up.
  [[nodiscard]] bool prepare(std::uint32_t count);
  // After a prepare() that covers it.
  [[nodiscard]] std::uint64_t next();

 private:
  Nvram& nvram_;
  const std::uint64_t adapter_id_;
  std::uint64_t next_ = 0, end_ = 0;         // the block in use
  std::uint64_t spare_ = 0, spare_end_ = 0;  // the one after it, when it was needed early
};

}  // namespace hbalab::adapter
