// Inode numbers say what they are, so that no file needs a table entry:
//
//   63..60 kind   59..42 slot   41..28 node   27..0 indices
//
// `slot` is the class, the instance or the invocation; `node` the schema node of its class or
// method; the indices are the elements of the arrays of objects on the way: one index has 28 bits,
// two have 18 and 10. What does not fit (deeper nesting, larger numbers) is interned: see
// InternTable. Kind 0 holds the few fixed inodes; 1 is the root, as FUSE demands.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace hbalab::fs {

enum class InodeKind : std::uint8_t {
  fixed = 0,
  class_item = 1,  // node: 0 the directory, else a ClassItem
  instance = 2,    // slot: instance slot; node of the class's tree
  invocation = 3,  // slot: invocation; node of the method's tree
  interned = 4,    // the lower 60 bits are a number of the intern table
};

// Fixed inodes.
inline constexpr std::uint64_t kRootInode = 1;
inline constexpr std::uint64_t kReadmeInode = 2;
inline constexpr std::uint64_t kOsInode = 3;   // MNT/root
inline constexpr std::uint64_t kWmiInode = 4;  // MNT/root/wmi
inline constexpr std::uint64_t kLabInode = 5;  // MNT/lab

inline constexpr unsigned kMaxIndices = 8;  // arrays of objects nested in one another

struct Indices {
  std::array<std::uint32_t, kMaxIndices> at{};
  std::uint8_t depth = 0;

  [[nodiscard]] std::span<const std::uint32_t> span() const { return {at.data(), depth}; }
  [[nodiscard]] Indices with(std::uint32_t index) const {  // depth < kMaxIndices
    Indices more = *this;
    more.at[more.depth++] = index;
    return more;
  }
  bool operator==(const Indices& other) const { return depth == other.depth && at == other.at; }
};

struct InodeParts {
  InodeKind kind = InodeKind::fixed;
  std::uint32_t slot = 0;
  std::uint32_t node = 0;
  std::uint32_t packed_indices = 0;  // meaning depends on the node's depth: see unpack_indices
};

inline constexpr std::uint32_t kMaxSlot = (1u << 18) - 1;
inline constexpr std::uint32_t kMaxNode = (1u << 14) - 1;

// nullopt when something does not fit; the caller interns then.
[[nodiscard]] std::optional<std::uint64_t> encode_inode(InodeKind kind, std::uint32_t slot,
                                                        std::uint32_t node, const Indices& indices);
// Total: any number decodes to something; the caller looks up whether it exists.
[[nodiscard]] InodeParts decode_inode(std::uint64_t inode);
// `depth` is the node's; nullopt when an inode cannot carry that many.
[[nodiscard]] std::optional<Indices> unpack_indices(std::uint32_t packed, unsigned depth);

[[nodiscard]] constexpr std::uint64_t interned_inode(std::uint64_t id) {
  return std::uint64_t{static_cast<unsigned>(InodeKind::interned)} << 60 | id;
}
[[nodiscard]] constexpr std::uint64_t interned_id(std::uint64_t inode) {
  return inode & ((std::uint64_t{1} << 60) - 1);
}

}  // namespace hbalab::fs
