// Inodes that do not say by themselves what they are: the lab half, whose files are known by path
// only, files nested deeper than an inode number can tell, and files that have a number of their
// own for everybody who opens them. An entry lives while the kernel knows its inode.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
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
  using Time = std::chrono::steady_clock::time_point;
  // How long an inode waits for the open(2) that follows its look-up. An open that comes later than
  // that shares the inode with whoever looked it up after it.
  static constexpr std::chrono::seconds kReserved{1};
  // An inode of the target that nobody has open, and that no look-up of the last kReserved was
  // given; counted once more.
  [[nodiscard]] std::uint64_t look_up_own(const InternedTarget& target, Time now);
  // An inode of `look_up_own` was opened, or is done with: other look-ups may have it.
  void occupy(std::uint64_t inode);
  void vacate(std::uint64_t inode);
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
  // Vacant inodes of a target with inodes of its own, the one that is free first in front.
  struct Vacancy {
    std::uint64_t id = 0;
    Time free_at;
  };
  using Vacancies = std::list<Vacancy>;
  struct Entry {
    InternedTarget target;
    std::uint64_t lookups = 0;
    bool own = false;
    std::size_t opens = 0;                       // own
    std::optional<Vacancies::iterator> vacancy;  // own and not open
  };
  void leave(Entry& entry);  // the list of vacancies
  [[nodiscard]] static std::string key(const InternedTarget& target);

  mutable std::mutex mutex_;  // guards what follows; nothing is called under it
  std::unordered_map<std::string, std::uint64_t> ids_;
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::unordered_map<std::string, Vacancies> vacancies_;
  std::uint64_t next_ = 1;
};

}  // namespace hbalab::fs
