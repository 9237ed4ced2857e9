// Unpacking of what a driver answered. Every offset, length and count comes from outside: each is
// checked against the buffer before it is used, and the work is linear in the buffer's size.
#include <algorithm>
#include <cstring>
#include <string>

#include "wmi-model/wnode.hpp"
#include "wmi-model/wnode/wnode_layout.hpp"

namespace hbalab::wmi {
namespace {

using namespace wnode;
using Wnode = std::span<const std::uint8_t>;

std::unexpected<WnodeError> refuse(std::string field, std::string message) {
  return std::unexpected(WnodeError{std::move(field), std::move(message)});
}

std::string range_text(std::uint64_t offset, std::uint64_t size, std::uint64_t from,
                       std::uint64_t limit) {
  return std::to_string(size) + " bytes at offset " + std::to_string(offset) +
         " do not fit between " + std::to_string(from) + " and " + std::to_string(limit);
}

// The part of the buffer that the WNODE says is its own; at least `minimum` bytes.
std::expected<Wnode, WnodeError> checked(Wnode wnode, std::size_t minimum, const char* name) {
  if (wnode.size() < kHeaderSize) {
    return refuse("WNODE_HEADER", "needs 48 bytes, " + std::to_string(wnode.size()) + " came");
  }
  const std::size_t size = load32(wnode, kBufferSize);
  if (size > wnode.size()) {
    return refuse("WNODE_HEADER.BufferSize",
                  std::to_string(size) + " bytes in a buffer of " + std::to_string(wnode.size()));
  }
  if (size < minimum) {
    return refuse("WNODE_HEADER.BufferSize", std::string(name) + " needs at least " +
                                                 std::to_string(minimum) + " bytes, " +
                                                 std::to_string(size) + " came");
  }
  return wnode.first(size);
}

// A counted string at `offset`; `ansi`: its characters are bytes.
std::expected<std::u16string, WnodeError> counted_string(Wnode bytes, std::uint64_t offset,
                                                         std::size_t from, bool ansi,
                                                         const char* field) {
  if (!fits(offset, sizeof(std::uint16_t), from, bytes.size())) {
    return refuse(field, range_text(offset, sizeof(std::uint16_t), from, bytes.size()));
  }
  const std::size_t size = load<std::uint16_t>(bytes, offset);
  const std::size_t text = offset + sizeof(std::uint16_t);
  if (!fits(text, size, from, bytes.size())) {
    return refuse(field, range_text(text, size, from, bytes.size()));
  }
  if (ansi)
    return std::u16string(bytes.begin() + static_cast<std::ptrdiff_t>(text),
                          bytes.begin() + static_cast<std::ptrdiff_t>(text + size));
  if (size % sizeof(char16_t) != 0) {
    return refuse(field, "a string of " + std::to_string(size) + " bytes is not UTF-16");
  }
  std::u16string value(size / sizeof(char16_t), u'\0');
  std::memcpy(value.data(), bytes.data() + text, size);
  return value;
}

// Instances that overlap could make a small buffer stand for any amount of data; the sum of what
// they take is therefore bounded by the buffer.
class Budget {
 public:
  explicit Budget(std::size_t bytes) : left_(bytes) {}
  [[nodiscard]] bool take(std::size_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }

 private:
  std::size_t left_;
};

constexpr const char* kDataField = "WNODE_ALL_DATA.DataBlockOffset";
constexpr const char* kTableField = "WNODE_ALL_DATA.OffsetInstanceDataAndLength";
constexpr const char* kNamesField = "WNODE_ALL_DATA.OffsetInstanceNameOffsets";

std::expected<void, WnodeError> read_fixed(Wnode wnode, std::size_t count, AllData& all) {
  const std::uint64_t size = load32(wnode, kAllFixedSize);
  const std::uint64_t stride = align8(size);
  const std::uint64_t offset = load32(wnode, kAllDataBlockOffset);
  if (count == 0) return {};
  if (count > wnode.size()) {
    return refuse("WNODE_ALL_DATA.InstanceCount", std::to_string(count) + " instances in " +
                                                      std::to_string(wnode.size()) + " bytes");
  }
  // The last instance need not be padded.
  const std::uint64_t total = stride * (count - 1) + size;
  if (size != 0 && !fits(offset, total, kAllHeaderSize, wnode.size())) {
    return refuse(kDataField, range_text(offset, total, kAllHeaderSize, wnode.size()));
  }
  all.instances.resize(count);
  for (std::size_t i = 0; size != 0 && i < count; ++i) {
    all.instances[i].data = wnode.subspan(offset + i * stride, size);
  }
  return {};
}

std::expected<void, WnodeError> read_varying(Wnode wnode, std::size_t count, AllData& all) {
  const std::uint64_t table = std::uint64_t{count} * kOffsetAndLengthSize;
  if (!fits(kAllFixedSize, table, kAllFixedSize, wnode.size())) {
    return refuse("WNODE_ALL_DATA.InstanceCount",
                  range_text(kAllFixedSize, table, kAllFixedSize, wnode.size()));
  }
  const std::size_t from = kAllFixedSize + table;
  Budget budget(wnode.size());
  all.instances.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = kAllFixedSize + i * kOffsetAndLengthSize;
    const std::uint64_t offset = load32(wnode, entry);
    const std::uint64_t size = load32(wnode, entry + 4);
    if (size == 0) continue;
    const auto field = [i] { return std::string(kTableField) + "[" + std::to_string(i) + "]"; };
    if (!fits(offset, size, from, wnode.size())) {
      return refuse(field(), range_text(offset, size, from, wnode.size()));
    }
    if (!budget.take(size)) return refuse(field(), "instances overlap");
    all.instances[i].data = wnode.subspan(offset, size);
  }
  return {};
}

std::expected<void, WnodeError> read_names(Wnode wnode, std::uint32_t flags, AllData& all) {
  const std::size_t count = all.instances.size();
  const std::uint64_t offset = load32(wnode, kAllNameOffsets);
  if (count == 0 || (flags & kFlagStaticInstanceNames) != 0 || offset == 0) return {};
  const std::uint64_t table = std::uint64_t{count} * sizeof(std::uint32_t);
  if (!fits(offset, table, kAllFixedSize, wnode.size())) {
    return refuse(kNamesField, range_text(offset, table, kAllFixedSize, wnode.size()));
  }
  Budget budget(wnode.size());
  for (std::size_t i = 0; i < count; ++i) {
    auto name = counted_string(wnode, load32(wnode, offset + i * sizeof(std::uint32_t)),
                               kAllFixedSize, (flags & kFlagAnsiInstanceNames) != 0, kNamesField);
    if (!name) return std::unexpected(std::move(name.error()));
    if (!budget.take(name->size())) return refuse(kNamesField, "names overlap");
    all.instances[i].name = std::move(*name);
  }
  return {};
}

std::expected<Wnode, WnodeError> single_data(Wnode wnode, const char* name, std::size_t variable,
                                             std::size_t offset_field, std::size_t size_field) {
  const std::uint64_t offset = load32(wnode, offset_field);
  const std::uint64_t size = load32(wnode, size_field);
  if (size == 0) return Wnode{};
  if (!fits(offset, size, variable, wnode.size())) {
    return refuse(std::string(name) + ".DataBlockOffset",
                  range_text(offset, size, variable, wnode.size()));
  }
  return wnode.subspan(offset, size);
}

}  // namespace

std::string WnodeError::to_string() const { return field + ": " + message; }

std::optional<std::uint32_t> too_small(std::span<const std::uint8_t> wnode) {
  if (wnode.size() < kSizeNeeded + sizeof(std::uint32_t)) return std::nullopt;
  if ((load32(wnode, kFlags) & kFlagTooSmall) == 0) return std::nullopt;
  return load32(wnode, kSizeNeeded);
}

std::expected<AllData, WnodeError> unpack_all_data(std::span<const std::uint8_t> bytes) {
  const auto wnode = checked(bytes, kAllFixedSize, "WNODE_ALL_DATA");
  if (!wnode) return std::unexpected(wnode.error());
  const std::uint32_t flags = load32(*wnode, kFlags);
  if ((flags & kFlagAllData) == 0) {
    return refuse("WNODE_HEADER.Flags", "WNODE_FLAG_ALL_DATA is not set");
  }
  const std::size_t count = load32(*wnode, kAllInstanceCount);
  const bool fixed = (flags & kFlagFixedInstanceSize) != 0;
  if (fixed && wnode->size() < kAllHeaderSize) {
    return refuse("WNODE_HEADER.BufferSize", "WNODE_ALL_DATA with a fixed size needs 64 bytes");
  }
  AllData all;
  if (auto data = fixed ? read_fixed(*wnode, count, all) : read_varying(*wnode, count, all);
      !data) {
    return std::unexpected(std::move(data.error()));
  }
  if (auto names = read_names(*wnode, flags, all); !names) {
    return std::unexpected(std::move(names.error()));
  }
  return all;
}

std::expected<std::span<const std::uint8_t>, WnodeError> unpack_single(
    std::span<const std::uint8_t> bytes) {
  const auto wnode = checked(bytes, kInstanceVariable, "a WNODE with one instance");
  if (!wnode) return std::unexpected(wnode.error());
  const std::uint32_t flags = load32(*wnode, kFlags);
  if ((flags & kFlagTooSmall) != 0) {
    return refuse("WNODE_HEADER.Flags", "the answer is a WNODE_TOO_SMALL");
  }
  if ((flags & kFlagSingleInstance) != 0) {
    return single_data(*wnode, "WNODE_SINGLE_INSTANCE", kInstanceVariable, kInstanceDataOffset,
                       kInstanceDataSize);
  }
  const bool method = (flags & kFlagMethodItem) != 0;
  if (!method && (flags & kFlagSingleItem) == 0) {
    return refuse("WNODE_HEADER.Flags", "neither SINGLE_INSTANCE, SINGLE_ITEM nor METHOD_ITEM");
  }
  if (wnode->size() < kItemVariable) {
    return refuse("WNODE_HEADER.BufferSize",
                  "needs at least 68 bytes, " + std::to_string(wnode->size()) + " came");
  }
  return single_data(*wnode, method ? "WNODE_METHOD_ITEM" : "WNODE_SINGLE_ITEM", kItemVariable,
                     kItemDataOffset, kItemDataSize);
}

std::expected<EventItem, WnodeError> unpack_event(std::span<const std::uint8_t> bytes) {
  const auto wnode = checked(bytes, kHeaderSize, "WNODE_EVENT_ITEM");
  if (!wnode) return std::unexpected(wnode.error());
  const std::uint32_t flags = load32(*wnode, kFlags);
  if ((flags & kFlagEventItem) == 0) {
    return refuse("WNODE_HEADER.Flags", "WNODE_FLAG_EVENT_ITEM is not set");
  }
  if ((flags & kFlagSingleInstance) == 0) {
    return refuse("WNODE_HEADER.Flags", "only events with a single instance are carried");
  }
  auto data = unpack_single(bytes);
  if (!data) return std::unexpected(std::move(data.error()));
  EventItem event;
  std::memcpy(event.guid.bytes.data(), wnode->data() + kGuid, event.guid.bytes.size());
  event.timestamp = load<std::uint64_t>(*wnode, kTimeStamp);
  event.instance_index = load32(*wnode, kInstanceIndex);
  event.data.assign(data->begin(), data->end());
  const std::uint32_t name = load32(*wnode, kNameOffset);
  if ((flags & kFlagStaticInstanceNames) == 0 && name != 0) {
    auto text =
        counted_string(*wnode, name, kInstanceVariable, (flags & kFlagAnsiInstanceNames) != 0,
                       "WNODE_SINGLE_INSTANCE.OffsetInstanceName");
    if (!text) return std::unexpected(std::move(text.error()));
    event.instance_name = std::move(*text);
  }
  return event;
}

}  // namespace hbalab::wmi
