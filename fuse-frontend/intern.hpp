// Inodes that do not say by themselves what they are: the lab half, whose files are known by path
// only, files nested deeper than an inode number can tell, and files that have a number of their
// own for every look-up. An entry lives while the kernel knows its inode.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fuse-frontend/inode.hpp"

namespace hbalab::fs {

struct InternedTarget {
  InodeKind kind = InodeKind::interned;  // interned: a path of the lab half
  std::uint32_t slot = 0;
  std::uint32_t node = 0;
  Indices indices;
  std::string path;

  bool operator==(const InternedTarget&) const = default;
};

// Thread-safe.
class InternTable {
 public:
  // The inode of a target, with one more look-up counted for the kernel.
  [[nodiscard]] std::uint64_t look_up(const InternedTarget& target);
  // An inode of the target that no other look-up has or gets; counted once.
  [[nodiscard]] std::uint64_t look_up_own(const InternedTarget& target);
  // An inode number for a listing, which the kernel does not count: the target's own, or one that
  // is like it where it has none.
  [[nodiscard]] std::uint64_t peek(const InternedTarget& target) const;
  void forget(std::uint64_t inode, std::uint64_t count);
  [[nodiscard]] std::optional<InternedTarget> find(std::uint64_t inode) const;
  // Names of the children of a lab directory that the kernel knows, for invalidation.
  [[nodiscard]] std::vector<std::string> known_children(std::string_view directory) const;
  [[nodiscard]] std::optional<std::uint64_t> known_inode(const InternedTarget& target) const;
  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    InternedTarget target;
    std::uint64_t lookups = 0;
  };
  [[nodiscard]] static std::string key(const InternedTarget& target);

  mutable std::mutex mutex_;  // guards what follows; nothing is called under it
  std::unordered_map<std::string, std::uint64_t> ids_;
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::uint64_t next_ = 1;
};

}  // namespace hbalab::fs
