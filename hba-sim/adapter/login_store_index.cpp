#include "hba-sim/adapter/login_store_index.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "hba-sim/types.hpp"
#include "hba-sim/wtf8.hpp"

namespace hbalab::adapter {
namespace {

// The finalizer of SplitMix64: every input bit reaches every output bit.
std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

std::uint32_t id_hash(std::uint64_t id) { return static_cast<std::uint32_t>(mix(id)); }

// Whether `written` has the canonical form `canonical`; most names are written in it.
bool folds_to(std::string_view written, std::string_view canonical) {
  const bool ascii = std::all_of(written.begin(), written.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) {
    return std::equal(written.begin(), written.end(), canonical.begin(), canonical.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 0x20 : a) == b; });
  }
  std::string folded;
  append_folded(folded, from_wtf8(written).value_or(u""));
  return folded == canonical;
}

}  // namespace

LoginKey::LoginKey(std::string_view target_name, std::string_view portal_text,
                   std::uint32_t port_number)
    : target(target_name), portal(portal_text), port(port_number) {
  target_hash = std::hash<std::string_view>()(target_name);
  const std::uint64_t with_portal = mix(target_hash + std::hash<std::string_view>()(portal_text));
  const auto part = [](std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); };
  hashes = {part(mix(target_hash)), part(with_portal), part(mix(mix(target_hash) + port_number)),
            part(mix(with_portal + port_number))};
}

// ---- HashSlots
// -------------------------------------------------------------------------------------

void HashSlots::place(Slot slot) {
  std::size_t at = slot.hash & mask();
  while (slots_[at].node != kNone) at = (at + 1) & mask();
  slots_[at] = slot;
}

void HashSlots::resize(std::size_t size) {
  const auto old = std::exchange(slots_, std::vector<Slot>(size));
  for (const Slot& slot : old) {
    if (slot.node != kNone) place(slot);
  }
}

void HashSlots::insert(std::uint32_t hash, std::uint32_t node) {
  if (4 * (used_ + 1) > 3 * slots_.size()) {
    resize(std::max<std::size_t>(16, 2 * slots_.size()));
  }
  place({hash, node});
  ++used_;
}

// Of a slot that is there.
std::size_t HashSlots::position(std::uint32_t hash, std::uint32_t node) const {
  std::size_t at = hash & mask();
  while (slots_[at].node != node) at = (at + 1) & mask();
  return at;
}

void HashSlots::replace(std::uint32_t hash, std::uint32_t node, std::uint32_t by) {
  slots_[position(hash, node)].node = by;
}

void HashSlots::erase(std::uint32_t hash, std::uint32_t node) {
  std::size_t hole = position(hash, node);
  // What follows moves up as far as its hash allows, so that no search ends too early.
  for (std::size_t at = (hole + 1) & mask(); slots_[at].node != kNone; at = (at + 1) & mask()) {
    const std::size_t home = slots_[at].hash & mask();
    if (((at - home) & mask()) >= ((at - hole) & mask())) {
      slots_[hole] = slots_[at];
      hole = at;
    }
  }
  slots_[hole] = {};
  --used_;
  if (slots_.size() > 64 && 8 * used_ < slots_.size()) resize(slots_.size() / 2);
}

// ---- LoginIndex
// ------------------------------------------------------------------------------------

LoginIndex::Node LoginIndex::allocate() {
  if (free_ == kNone) {
    const auto begin = static_cast<Node>(chunks_.size() * kChunk);
    chunks_.push_back(std::make_unique<Entry[]>(kChunk));
    for (Node i = kChunk; i > 0; --i) {
      at(begin + i - 1).next = free_;
      free_ = begin + i - 1;
    }
  }
  const Node node = free_;
  free_ = at(node).next;
  return node;
}

void LoginIndex::set_record(Entry& entry, std::span<const std::uint8_t> record) {
  entry.record = std::make_unique_for_overwrite<std::uint8_t[]>(record.size());
  std::copy(record.begin(), record.end(), entry.record.get());
  entry.size = static_cast<std::uint32_t>(record.size());
  block_bytes_ += element_size(view_record(record));
}

bool LoginIndex::matches(Match match, const LoginKey& key, Node node) const {
  const RecordView record = view(node);
  const bool any_port = match == Match::target || match == Match::target_portal;
  if (!any_port && record.port != key.port) return false;
  if (!folds_to(record.target, key.target)) return false;
  if (match == Match::target || match == Match::target_port) return true;
  return unpack_portal(record).canonical() == key.portal;
}

LoginIndex::Node LoginIndex::find(Match match, const LoginKey& key) const {
  const auto table = static_cast<std::size_t>(match);
  return by_key_[table].find(key.hashes[table],
                             [&](Node node) { return matches(match, key, node); });
}

LoginIndex::Node LoginIndex::next_match(Match match, Node node) const {
  return match == Match::exact ? node : at(node).groups[static_cast<std::size_t>(match)].next;
}

LoginIndex::Node LoginIndex::find_id(std::uint64_t id) const {
  return by_id_.find(id_hash(id), [&](Node node) { return at(node).id == id; });
}

void LoginIndex::join(std::size_t group, Node node, const LoginKey& key) {
  const Node oldest = find(static_cast<Match>(group), key);
  Link& link = at(node).groups[group];
  if (oldest == kNone) {
    link = {node, node};
    by_key_[group].insert(key.hashes[group], node);
    return;
  }
  Link& oldest_link = at(oldest).groups[group];
  link = {oldest_link.previous, oldest};
  at(oldest_link.previous).groups[group].next = node;
  oldest_link.previous = node;
}

void LoginIndex::leave(std::size_t group, Node node) {
  const Link link = at(node).groups[group];
  const std::uint32_t hash = at(node).hashes[group];
  const bool oldest = by_key_[group].find(hash, [&](Node n) { return n == node; }) != kNone;
  if (link.next == node) {
    by_key_[group].erase(hash, node);
    return;
  }
  at(link.previous).groups[group].next = link.next;
  at(link.next).groups[group].previous = link.previous;
  if (oldest) by_key_[group].replace(hash, node, link.next);
}

void LoginIndex::insert(std::uint64_t id, const LoginKey& key,
                        std::span<const std::uint8_t> record) {
  const Node node = allocate();
  Entry& entry = at(node);
  set_record(entry, record);
  entry.id = id;
  entry.hashes = key.hashes;
  entry.previous = last_;
  entry.next = kNone;
  (last_ == kNone ? first_ : at(last_).next) = node;
  last_ = node;
  for (std::size_t group = 0; group < kGroups; ++group) join(group, node, key);
  constexpr auto exact = static_cast<std::size_t>(Match::exact);
  by_key_[exact].insert(key.hashes[exact], node);
  by_id_.insert(id_hash(id), node);
  ++size_;
}

void LoginIndex::replace(Node node, std::span<const std::uint8_t> record) {
  block_bytes_ -= element_size(view(node));
  set_record(at(node), record);
}

void LoginIndex::erase(Node node) {
  Entry& entry = at(node);
  for (std::size_t group = 0; group < kGroups; ++group) leave(group, node);
  constexpr auto exact = static_cast<std::size_t>(Match::exact);
  by_key_[exact].erase(entry.hashes[exact], node);
  by_id_.erase(id_hash(entry.id), node);
  block_bytes_ -= element_size(view(node));
  (entry.previous == kNone ? first_ : at(entry.previous).next) = entry.next;
  (entry.next == kNone ? last_ : at(entry.next).previous) = entry.previous;
  entry.record.reset();
  entry.size = 0;
  entry.next = free_;
  free_ = node;
  --size_;
}

}  // namespace hbalab::adapter
