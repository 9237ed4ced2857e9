// Offsets and flags of the WNODE and WMIREG structures (wmistr.h), as 64-bit Windows lays them out.
// wmi-model does not include the driver headers; a test of hba-sim compares every value here with
// the structures that a miniport is compiled against.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace hbalab::wmi::wnode {

// WNODE_HEADER
inline constexpr std::size_t kBufferSize = 0;
inline constexpr std::size_t kTimeStamp = 16;
inline constexpr std::size_t kGuid = 24;
inline constexpr std::size_t kFlags = 44;
inline constexpr std::size_t kHeaderSize = 48;

// WNODE_ALL_DATA
inline constexpr std::size_t kAllDataBlockOffset = 48;
inline constexpr std::size_t kAllInstanceCount = 52;
inline constexpr std::size_t kAllNameOffsets = 56;
inline constexpr std::size_t kAllFixedSize = 60;  // and OffsetInstanceDataAndLength[]
inline constexpr std::size_t kAllHeaderSize = 64;
inline constexpr std::size_t kOffsetAndLengthSize = 8;

// WNODE_SINGLE_INSTANCE; WNODE_SINGLE_ITEM and WNODE_METHOD_ITEM begin alike
inline constexpr std::size_t kNameOffset = 48;
inline constexpr std::size_t kInstanceIndex = 52;
inline constexpr std::size_t kInstanceDataOffset = 56;
inline constexpr std::size_t kInstanceDataSize = 60;
inline constexpr std::size_t kInstanceVariable = 64;

// WNODE_SINGLE_ITEM and WNODE_METHOD_ITEM: ItemId or MethodId
inline constexpr std::size_t kItemId = 56;
inline constexpr std::size_t kItemDataOffset = 60;
inline constexpr std::size_t kItemDataSize = 64;
inline constexpr std::size_t kItemVariable = 68;

// What is in the room of a method's OUT before the driver writes it.
inline constexpr std::uint8_t kPoison = 0xCD;

// WNODE_TOO_SMALL
inline constexpr std::size_t kSizeNeeded = 48;
inline constexpr std::size_t kTooSmallSize = 56;

// WMIREGINFOW
inline constexpr std::size_t kRegBufferSize = 0;
inline constexpr std::size_t kRegNext = 4;
inline constexpr std::size_t kRegRegistryPath = 8;
inline constexpr std::size_t kRegMofResource = 12;
inline constexpr std::size_t kRegGuidCount = 16;
inline constexpr std::size_t kRegGuids = 24;

// WMIREGGUIDW
inline constexpr std::size_t kRegGuidFlags = 16;
inline constexpr std::size_t kRegGuidInstanceCount = 20;
inline constexpr std::size_t kRegGuidInstanceInfo = 24;
inline constexpr std::size_t kRegGuidSize = 32;

enum Flag : std::uint32_t {
  kFlagAllData = 0x1,
  kFlagSingleInstance = 0x2,
  kFlagSingleItem = 0x4,
  kFlagEventItem = 0x8,
  kFlagFixedInstanceSize = 0x10,
  kFlagTooSmall = 0x20,
  kFlagStaticInstanceNames = 0x80,
  kFlagEventReference = 0x2000,
  kFlagAnsiInstanceNames = 0x4000,
  kFlagMethodItem = 0x8000,
};

enum RegFlag : std::uint32_t {
  kRegFlagInstanceList = 0x4,
  kRegFlagInstanceBasename = 0x8,
  kRegFlagInstancePdo = 0x20,
  kRegFlagEventOnly = 0x40,
  kRegFlagRemoveGuid = 0x10000,
};

inline constexpr std::uint32_t kDynamicInstances = 0xFFFFFFFFu;

// The bytes come from outside and may lie anywhere.
template <typename T>
[[nodiscard]] inline T load(std::span<const std::uint8_t> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}
[[nodiscard]] inline std::uint32_t load32(std::span<const std::uint8_t> bytes, std::size_t offset) {
  return load<std::uint32_t>(bytes, offset);
}
template <typename T>
inline void store(std::span<std::uint8_t> bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

// Whether [offset, offset + size) lies in the first `limit` bytes and not before `from`.
[[nodiscard]] constexpr bool fits(std::uint64_t offset, std::uint64_t size, std::uint64_t from,
                                  std::uint64_t limit) {
  return offset >= from && offset <= limit && size <= limit - offset;
}

[[nodiscard]] constexpr std::size_t align8(std::size_t offset) {
  return (offset + 7) & ~std::size_t{7};
}

}  // namespace hbalab::wmi::wnode
