// The stored logins in memory: packed records in order of age, found by target, by target and
// portal, by target and port, by all three, and by id, each at the cost of one or two cache misses
// however many there are. About 130 bytes a record besides the record itself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hba-sim/adapter/login_store_record.hpp"

namespace hbalab::adapter {

// Which parts of a key count.
enum class Match : std::uint8_t { target, target_portal, target_port, exact };
inline constexpr std::size_t kMatches = 4;

// Canonical. The texts have to outlive it; the hashes do not need them.
struct LoginKey {
  std::string_view target;
  std::string_view portal;
  std::uint32_t port = 0;
  std::uint64_t target_hash = 0;
  std::array<std::uint32_t, kMatches> hashes{};

  LoginKey() = default;
  LoginKey(std::string_view target_name, std::string_view portal_text, std::uint32_t port_number);
};

// Open addressing, linear probing, eight bytes a slot, between 3/8 and 3/4 full.
class HashSlots {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFu;

  // The node with that hash for which `is` holds, or kNone.
  template <typename Is>
  [[nodiscard]] std::uint32_t find(std::uint32_t hash, Is is) const {
    if (slots_.empty()) return kNone;
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      const Slot& slot = slots_[at];
      if (slot.node == kNone) return kNone;
      if (slot.hash == hash && is(slot.node)) return slot.node;
    }
  }
  void insert(std::uint32_t hash, std::uint32_t node);
  void erase(std::uint32_t hash, std::uint32_t node);
  void replace(std::uint32_t hash, std::uint32_t node, std::uint32_t by);

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t node = kNone;
  };
  [[nodiscard]] std::size_t mask() const { return slots_.size() - 1; }
  [[nodiscard]] std::size_t position(std::uint32_t hash, std::uint32_t node) const;
  void place(Slot slot);
  void resize(std::size_t size);

  std::vector<Slot> slots_;  // a power of two, or none
  std::size_t used_ = 0;
};

class LoginIndex {
 public:
  static constexpr std::uint32_t kNone = HashSlots::kNone;
  // Stays the same until the record is removed.
  using Node = std::uint32_t;

  // Ids ascend from call to call, and no record with that exact key is there.
  void insert(std::uint64_t id, const LoginKey& key, std::span<const std::uint8_t> record);
  // The key stays.
  void replace(Node node, std::span<const std::uint8_t> record);
  void erase(Node node);

  // Any of the records that match, or kNone.
  [[nodiscard]] Node find(Match match, const LoginKey& key) const;
  // The next of those that match the same, oldest first and around; of a node that find() gave.
  [[nodiscard]] Node next_match(Match match, Node node) const;
  [[nodiscard]] Node find_id(std::uint64_t id) const;

  // In order of age; kNone at the end.
  [[nodiscard]] Node first() const { return first_; }
  [[nodiscard]] Node next(Node node) const { return at(node).next; }
  [[nodiscard]] std::uint64_t id(Node node) const { return at(node).id; }
  [[nodiscard]] RecordView view(Node node) const { return view_record(record(node)); }
  [[nodiscard]] std::span<const std::uint8_t> record(Node node) const {
    return {at(node).record.get(), at(node).size};
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t block_bytes() const { return block_bytes_; }

 private:
  struct Link {
    Node previous = kNone;
    Node next = kNone;
  };
  static constexpr std::size_t kGroups = kMatches - 1;  // exact keys are unique
  struct Entry {
    std::unique_ptr<std::uint8_t[]> record;
    std::uint64_t id = 0;
    std::uint32_t size = 0;
    Node previous = kNone;  // by age
    Node next = kNone;      // by age; of a free entry: the next free one
    std::array<std::uint32_t, kMatches> hashes{};
    std::array<Link, kGroups> groups{};  // rings of equal keys; the oldest is in the hash slots
  };
  static constexpr std::size_t kChunk = 256;

  [[nodiscard]] Entry& at(Node node) { return chunks_[node / kChunk][node % kChunk]; }
  [[nodiscard]] const Entry& at(Node node) const { return chunks_[node / kChunk][node % kChunk]; }
  Node allocate();
  void set_record(Entry& entry, std::span<const std::uint8_t> record);
  void join(std::size_t group, Node node, const LoginKey& key);
  void leave(std::size_t group, Node node);
  [[nodiscard]] bool matches(Match match, const LoginKey& key, Node node) const;

  std::vector<std::unique_ptr<Entry[]>> chunks_;
  Node free_ = kNone;
  Node first_ = kNone;
  Node last_ = kNone;
  std::size_t size_ = 0;
  std::size_t block_bytes_ = 0;
  std::array<HashSlots, kMatches> by_key_;
  HashSlots by_id_;
};

}  // namespace hbalab::adapter
