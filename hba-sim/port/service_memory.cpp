// Memory that drivers get from the port driver.
#include <cstring>
#include <new>
#include <utility>

#include "hba-sim/port/adapter_services.hpp"
#include "hba-sim/port/core.hpp"
#include "hba-sim/port/driver_fault.hpp"

namespace hbalab::port {
namespace {

// More than a driver ever asks for: a size beyond was not computed rightly.
constexpr std::size_t kMostBytes = std::size_t{1} << 31;
// What is in pool before the driver writes it.
constexpr int kPoison = 0xCD;

}  // namespace

ULONG AdapterServices::allocate(const char* kind, std::size_t bytes, ULONG tag, PVOID* memory) {
  if (memory == nullptr) return STOR_STATUS_INVALID_PARAMETER;
  *memory = nullptr;
  if (bytes == 0) return STOR_STATUS_INVALID_PARAMETER;
  if (bytes > kMostBytes) return STOR_STATUS_INSUFFICIENT_RESOURCES;
  Block block{kind, std::unique_ptr<std::byte[]>(new (std::nothrow) std::byte[bytes]), bytes, tag,
              ServiceCaller::address()};
  if (!block.memory) return STOR_STATUS_INSUFFICIENT_RESOURCES;
  std::memset(block.memory.get(), kPoison, bytes);
  *memory = block.memory.get();
  const std::scoped_lock lock(mutex_);
  blocks_.emplace(*memory, std::move(block));
  return STOR_STATUS_SUCCESS;
}

ULONG AdapterServices::release(const char* kind, PVOID memory) {
  std::string has;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = blocks_.find(memory);
    if (found != blocks_.end()) {
      if (std::strcmp(found->second.kind, kind) == 0) {
        blocks_.erase(found);
        return STOR_STATUS_SUCCESS;
      }
      has = std::string(" (which is ") + found->second.kind + ")";
    }
  }
  return freed_unknown(std::string("to free ") + kind + has, memory);
}

ULONG AdapterServices::freed_unknown(std::string_view routine, const void* memory) {
  check::Findings findings;
  check::report_freed_unknown(routine, memory, findings);
  core_.found(DriverCall::routine_of_thread(), findings, ServiceCaller::address());
  return STOR_STATUS_INVALID_PARAMETER;
}

PVOID AdapterServices::uncached_extension(ULONG bytes) {
  if (bytes == 0 || bytes > kMostBytes) return nullptr;
  const std::scoped_lock lock(mutex_);
  if (uncached_) return nullptr;  // once for each adapter
  constexpr std::size_t kPage = 4096;
  auto memory = std::unique_ptr<std::byte[]>(new (std::nothrow) std::byte[bytes + kPage]());
  if (!memory) return nullptr;
  const auto at = reinterpret_cast<std::uintptr_t>(memory.get());
  std::byte* const aligned = memory.get() + (kPage - at % kPage) % kPage;
  uncached_ = std::move(memory);
  uncached_size_ = bytes + kPage;
  return aligned;
}

PVOID AdapterServices::unit_extension(ScsiAddress address, ULONG bytes) {
  if (bytes == 0 || bytes > kMostBytes) return nullptr;
  const std::scoped_lock lock(mutex_);
  Block& block = units_[address];
  if (!block.memory) {
    block.memory = std::make_unique<std::byte[]>(bytes);
    block.size = bytes;
  }
  return block.memory.get();
}

std::size_t AdapterServices::bytes_behind(PVOID address) const {
  const auto behind = [address](const std::byte* begin, std::size_t size) -> std::size_t {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    const auto from = reinterpret_cast<std::uintptr_t>(begin);
    return begin != nullptr && at >= from && at < from + size ? from + size - at : 0;
  };
  const std::scoped_lock lock(mutex_);
  if (const std::size_t size = behind(uncached_.get(), uncached_size_)) return size;
  auto block = blocks_.upper_bound(address);
  if (block == blocks_.begin()) return 0;
  --block;
  return behind(block->second.memory.get(), block->second.size);
}

}  // namespace hbalab::port
