#include "fuse-frontend/inode.hpp"

namespace hbalab::fs {
namespace {

constexpr unsigned kKindShift = 60;
constexpr unsigned kSlotShift = 42;
constexpr unsigned kNodeShift = 28;
constexpr std::uint32_t kIndexMask = (1u << 28) - 1;
constexpr unsigned kInnerBits = 10;  // of two indices; the outer one has 18
constexpr std::uint32_t kInnerMask = (1u << kInnerBits) - 1;
constexpr std::uint32_t kOuterMax = (1u << (28 - kInnerBits)) - 1;

}  // namespace

std::optional<std::uint64_t> encode_inode(InodeKind kind, std::uint32_t slot, std::uint32_t node,
                                          const Indices& indices) {
  if (slot > kMaxSlot || node > kMaxNode) return std::nullopt;
  std::uint32_t packed = 0;
  switch (indices.depth) {
    case 0:
      break;
    case 1:
      if (indices.at[0] > kIndexMask) return std::nullopt;
      packed = indices.at[0];
      break;
    case 2:
      if (indices.at[0] > kOuterMax || indices.at[1] > kInnerMask) return std::nullopt;
      packed = indices.at[0] << kInnerBits | indices.at[1];
      break;
    default:
      return std::nullopt;
  }
  return std::uint64_t{static_cast<unsigned>(kind)} << kKindShift |
         std::uint64_t{slot} << kSlotShift | std::uint64_t{node} << kNodeShift | packed;
}

InodeParts decode_inode(std::uint64_t inode) {
  InodeParts parts;
  parts.kind = static_cast<InodeKind>(inode >> kKindShift);
  parts.slot = static_cast<std::uint32_t>(inode >> kSlotShift) & kMaxSlot;
  parts.node = static_cast<std::uint32_t>(inode >> kNodeShift) & kMaxNode;
  parts.packed_indices = static_cast<std::uint32_t>(inode) & kIndexMask;
  return parts;
}

std::optional<Indices> unpack_indices(std::uint32_t packed, unsigned depth) {
  Indices indices;
  switch (depth) {
    case 0:
      return indices;
    case 1:
      return indices.with(packed & kIndexMask);
    case 2:
      return indices.with((packed >> kInnerBits) & kOuterMax).with(packed & kInnerMask);
    default:
      return std::nullopt;
  }
}

}  // namespace hbalab::fs
