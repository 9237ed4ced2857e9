// Packing of requests, events and registrations.
#include <algorithm>
#include <cstring>
#include <limits>

#include "wmi-model/text.hpp"
#include "wmi-model/wnode.hpp"
#include "wmi-model/wnode/wnode_layout.hpp"

namespace hbalab::wmi {
namespace {

using namespace wnode;

// Offsets and sizes in a WNODE are 32 bit.
constexpr std::size_t kMaxSize = std::numeric_limits<std::uint32_t>::max() & ~std::size_t{7};
// A counted string has a 16-bit count of bytes.
constexpr std::size_t kMaxNameChars = 0xFFFE / sizeof(char16_t);

std::size_t counted_size(std::u16string_view text) {
  return sizeof(std::uint16_t) + std::min(text.size(), kMaxNameChars) * sizeof(char16_t);
}

std::size_t put_counted(std::span<std::uint8_t> bytes, std::size_t offset,
                        std::u16string_view text) {
  const std::size_t size = std::min(text.size(), kMaxNameChars) * sizeof(char16_t);
  store(bytes, offset, static_cast<std::uint16_t>(size));
  std::memcpy(bytes.data() + offset + sizeof(std::uint16_t), text.data(), size);
  return offset + sizeof(std::uint16_t) + size;
}

void put_header(std::span<std::uint8_t> bytes, const Guid& guid, std::uint32_t flags,
                std::size_t used) {
  store(bytes, kBufferSize, static_cast<std::uint32_t>(used));
  std::memcpy(bytes.data() + kGuid, guid.bytes.data(), guid.bytes.size());
  store(bytes, kFlags, flags);
}

// What differs between the three WNODEs that carry one instance.
struct SingleForm {
  std::uint32_t flag;
  std::size_t data_offset_field;
  std::size_t data_size_field;
  std::size_t variable;
};
constexpr SingleForm kInstanceForm{kFlagSingleInstance, kInstanceDataOffset, kInstanceDataSize,
                                   kInstanceVariable};
constexpr SingleForm kItemForm{kFlagSingleItem, kItemDataOffset, kItemDataSize, kItemVariable};
constexpr SingleForm kMethodForm{kFlagMethodItem, kItemDataOffset, kItemDataSize, kItemVariable};

// Where the data of a WNODE begins: behind the name of a dynamic instance, 8-aligned.
std::size_t data_offset_of(const SingleForm& form, const InstanceKey& instance) {
  std::size_t at = form.variable;
  if (instance.index == InstanceKey::kByName) {
    at = (at + 1) / 2 * 2 + counted_size(instance.name);
  }
  return align8(at);
}

// Header, name and data of a WNODE with one instance. `bytes` holds at least the data's end.
void put_single(std::span<std::uint8_t> bytes, const SingleForm& form, const Guid& guid,
                const InstanceKey& instance, std::uint32_t extra_flags,
                std::span<const std::uint8_t> data) {
  const std::size_t data_offset = data_offset_of(form, instance);
  std::memset(bytes.data(), 0, std::min(bytes.size(), std::max(data_offset, kTooSmallSize)));
  std::uint32_t flags = form.flag | extra_flags;
  if (instance.index == InstanceKey::kByName) {
    store(bytes, kNameOffset, static_cast<std::uint32_t>(form.variable));
    put_counted(bytes, form.variable, instance.name);
  } else {
    flags |= kFlagStaticInstanceNames;
  }
  put_header(bytes, guid, flags, data_offset + data.size());
  store(bytes, kInstanceIndex,
        instance.index == InstanceKey::kByName ? std::uint32_t{0} : instance.index);
  store(bytes, form.data_offset_field, static_cast<std::uint32_t>(data_offset));
  store(bytes, form.data_size_field, static_cast<std::uint32_t>(data.size()));
  if (!data.empty()) std::memcpy(bytes.data() + data_offset, data.data(), data.size());
}

WnodeBuffer make_single(const SingleForm& form, const Guid& guid, const InstanceKey& instance,
                        std::span<const std::uint8_t> data, std::size_t room) {
  const std::size_t data_offset = data_offset_of(form, instance);
  if (data.size() > kMaxSize - data_offset) return {};
  const std::size_t capacity =
      data_offset + std::max(data.size(), std::min(room, kMaxSize - data_offset));
  WnodeBuffer buffer(capacity);
  put_single(buffer.bytes(), form, guid, instance, 0, data);
  return buffer;
}

}  // namespace

WnodeBuffer pack_query_all(const Guid& guid, std::size_t room) {
  WnodeBuffer buffer(kAllHeaderSize + kOffsetAndLengthSize +
                     std::min(room, kMaxSize - kAllHeaderSize - kOffsetAndLengthSize));
  std::memset(buffer.data(), 0, kAllHeaderSize + kOffsetAndLengthSize);
  put_header(buffer.bytes(), guid, kFlagAllData, kAllHeaderSize + kOffsetAndLengthSize);
  return buffer;
}

WnodeBuffer pack_query_single(const Guid& guid, const InstanceKey& instance, std::size_t room) {
  return make_single(kInstanceForm, guid, instance, {}, room);
}

WnodeBuffer pack_set_single(const Guid& guid, const InstanceKey& instance,
                            std::span<const std::uint8_t> block) {
  return make_single(kInstanceForm, guid, instance, block, 0);
}

WnodeBuffer pack_set_item(const Guid& guid, const InstanceKey& instance, std::uint32_t item_id,
                          std::span<const std::uint8_t> item) {
  WnodeBuffer buffer = make_single(kItemForm, guid, instance, item, 0);
  if (buffer.capacity() != 0) store(buffer.bytes(), kItemId, item_id);
  return buffer;
}

WnodeBuffer pack_method(const Guid& guid, const InstanceKey& instance, std::uint32_t method_id,
                        std::span<const std::uint8_t> in, std::size_t out_room) {
  WnodeBuffer buffer = make_single(kMethodForm, guid, instance, in, out_room);
  if (buffer.capacity() == 0) return buffer;
  store(buffer.bytes(), kItemId, method_id);
  // A driver that says success and has not written OUT shows this pattern, and nothing of what was
  // in the memory before.
  const std::size_t used = data_offset_of(kMethodForm, instance) + in.size();
  if (buffer.capacity() > used) std::ranges::fill(buffer.bytes().subspan(used), kPoison);
  return buffer;
}

WnodeBuffer pack_control(const Guid& guid) {
  WnodeBuffer buffer(kTooSmallSize);
  std::memset(buffer.data(), 0, kTooSmallSize);
  put_header(buffer.bytes(), guid, 0, kHeaderSize);
  return buffer;
}

WnodeBuffer pack_reginfo(std::size_t room) {
  WnodeBuffer buffer(std::max(kTooSmallSize, std::min(room, kMaxSize)));
  std::memset(buffer.data(), 0, kTooSmallSize);
  return buffer;
}

std::vector<std::uint8_t> pack_event(const EventItem& event) {
  InstanceKey instance{event.instance_index, event.instance_name};
  if (!event.instance_name.empty()) instance.index = InstanceKey::kByName;
  std::vector<std::uint8_t> bytes(data_offset_of(kInstanceForm, instance) + event.data.size());
  put_single(bytes, kInstanceForm, event.guid, instance, kFlagEventItem, event.data);
  store(std::span(bytes), kInstanceIndex, event.instance_index);
  store(std::span(bytes), kTimeStamp, event.timestamp);
  return bytes;
}

std::vector<std::uint8_t> pack_reginfo_answer(const RegInfo& info) {
  const auto registry_path = to_utf16(info.registry_path).value_or(std::u16string());
  const auto mof_resource = to_utf16(info.mof_resource).value_or(std::u16string());
  std::size_t size = kRegGuids + info.guids.size() * kRegGuidSize + counted_size(registry_path) +
                     counted_size(mof_resource);
  for (const RegisteredGuid& guid : info.guids) {
    for (const std::u16string& name : guid.names) size += counted_size(name);
  }
  std::vector<std::uint8_t> bytes(align8(size));
  const std::span<std::uint8_t> out(bytes);
  std::size_t at = kRegGuids + info.guids.size() * kRegGuidSize;
  store(out, kRegBufferSize, static_cast<std::uint32_t>(bytes.size()));
  store(out, kRegGuidCount, static_cast<std::uint32_t>(info.guids.size()));
  store(out, kRegRegistryPath, static_cast<std::uint32_t>(at));
  at = put_counted(out, at, registry_path);
  store(out, kRegMofResource, static_cast<std::uint32_t>(at));
  at = put_counted(out, at, mof_resource);
  std::size_t entry = kRegGuids;
  for (const RegisteredGuid& guid : info.guids) {
    std::memcpy(out.data() + entry, guid.guid.bytes.data(), guid.guid.bytes.size());
    // Names that were expanded from a base name go out as the list that they are.
    std::uint32_t flags = guid.flags;
    if (!guid.names.empty()) {
      flags = (flags & ~std::uint32_t{kRegFlagInstanceBasename}) | kRegFlagInstanceList;
      store(out, entry + kRegGuidInstanceInfo, static_cast<std::uint64_t>(at));
    }
    store(out, entry + kRegGuidFlags, flags);
    store(out, entry + kRegGuidInstanceCount, guid.instance_count);
    for (const std::u16string& name : guid.names) at = put_counted(out, at, name);
    entry += kRegGuidSize;
  }
  return bytes;
}

}  // namespace hbalab::wmi
