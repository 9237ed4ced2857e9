// WMIREGINFO: what a driver registers.
#include <cstring>
#include <string>

#include "wmi-model/text.hpp"
#include "wmi-model/wnode.hpp"
#include "wmi-model/wnode/wnode_layout.hpp"

namespace hbalab::wmi {
namespace {

using namespace wnode;
using Bytes = std::span<const std::uint8_t>;

// More static instances of one class than this, or more text of their names, is no registration
// that any driver makes; without a bound a count of four billion would be expanded.
constexpr std::size_t kMaxInstances = 65'536;
constexpr std::size_t kMaxNameChars = 8u << 20;
// What a name costs beside its characters.
constexpr std::size_t kNameCost = 32;

std::unexpected<WnodeError> refuse(const char* field, std::string message) {
  return std::unexpected(WnodeError{field, std::move(message)});
}

struct Counted {
  std::u16string text;
  std::size_t end = 0;  // offset behind it
};

// `info` is one WMIREGINFO; offsets count from its beginning.
std::expected<Counted, WnodeError> counted_string(Bytes info, std::uint64_t offset,
                                                  const char* field) {
  if (!fits(offset, sizeof(std::uint16_t), kRegGuids, info.size())) {
    return refuse(field, "offset " + std::to_string(offset) + " lies outside of the " +
                             std::to_string(info.size()) + " bytes");
  }
  const std::size_t size = load<std::uint16_t>(info, offset);
  const std::size_t begin = offset + sizeof(std::uint16_t);
  if (size % sizeof(char16_t) != 0 || size > info.size() - begin) {
    return refuse(field, "a string of " + std::to_string(size) + " bytes at offset " +
                             std::to_string(begin) + " of " + std::to_string(info.size()));
  }
  Counted counted;
  counted.text.resize(size / sizeof(char16_t));
  std::memcpy(counted.text.data(), info.data() + begin, size);
  counted.end = begin + size;
  return counted;
}

class Reader {
 public:
  Reader(RegInfo& out, std::size_t size) : out_(out), guids_left_(size / kRegGuidSize) {}

  // One structure of the chain.
  std::expected<void, WnodeError> read(Bytes info) {
    const std::uint64_t count = load32(info, kRegGuidCount);
    if (!fits(kRegGuids, count * kRegGuidSize, kRegGuids, info.size())) {
      return refuse("WMIREGINFO.GuidCount", std::to_string(count) + " entries in " +
                                                std::to_string(info.size()) + " bytes");
    }
    // Structures of a chain that overlap could name the same entries again and again.
    if (count > guids_left_) return refuse("WMIREGINFO.NextWmiRegInfo", "the structures overlap");
    guids_left_ -= count;
    if (auto path =
            read_text(info, kRegRegistryPath, "WMIREGINFO.RegistryPath", out_.registry_path);
        !path) {
      return path;
    }
    if (auto mof =
            read_text(info, kRegMofResource, "WMIREGINFO.MofResourceName", out_.mof_resource);
        !mof) {
      return mof;
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      if (auto guid = read_guid(info, kRegGuids + i * kRegGuidSize); !guid) return guid;
    }
    return {};
  }

 private:
  std::expected<void, WnodeError> read_text(Bytes info, std::size_t field_offset, const char* field,
                                            std::string& into) {
    const std::uint32_t offset = load32(info, field_offset);
    if (offset == 0 || !into.empty()) return {};
    auto text = counted_string(info, offset, field);
    if (!text) return std::unexpected(std::move(text.error()));
    into = to_utf8(text->text);
    return {};
  }

  std::expected<void, WnodeError> read_guid(Bytes info, std::size_t entry) {
    RegisteredGuid guid;
    std::memcpy(guid.guid.bytes.data(), info.data() + entry, guid.guid.bytes.size());
    guid.flags = load32(info, entry + kRegGuidFlags);
    guid.instance_count = load32(info, entry + kRegGuidInstanceCount);
    const std::uint32_t offset = load32(info, entry + kRegGuidInstanceInfo);
    if (guid.instance_count != kDynamicInstances) {
      if ((guid.flags & kRegFlagInstanceList) != 0) {
        if (auto names = read_list(info, offset, guid); !names) return names;
      } else if ((guid.flags & kRegFlagInstanceBasename) != 0) {
        if (auto names = expand_base(info, offset, guid); !names) return names;
      }
    }
    out_.guids.push_back(std::move(guid));
    return {};
  }

  std::expected<void, WnodeError> take(std::size_t characters) {
    if (characters > left_) {
      return refuse("WMIREGGUID.InstanceCount", "the instance names are longer than any driver's");
    }
    left_ -= characters;
    return {};
  }

  std::expected<void, WnodeError> read_list(Bytes info, std::uint64_t offset,
                                            RegisteredGuid& guid) {
    for (std::uint32_t i = 0; i < guid.instance_count; ++i) {
      auto name = counted_string(info, offset, "WMIREGGUID.InstanceNameList");
      if (!name) return std::unexpected(std::move(name.error()));
      // Lists of several GUIDs may be the same bytes, so the buffer does not bound their sum.
      if (auto room = take(name->text.size() + kNameCost); !room) return room;
      offset = name->end;
      guid.names.push_back(std::move(name->text));
    }
    return {};
  }

  std::expected<void, WnodeError> expand_base(Bytes info, std::uint64_t offset,
                                              RegisteredGuid& guid) {
    auto base = counted_string(info, offset, "WMIREGGUID.BaseNameOffset");
    if (!base) return std::unexpected(std::move(base.error()));
    if (guid.instance_count > kMaxInstances) {
      return refuse("WMIREGGUID.InstanceCount", std::to_string(guid.instance_count) +
                                                    " instances; at most " +
                                                    std::to_string(kMaxInstances) + " are taken");
    }
    for (std::uint32_t i = 0; i < guid.instance_count; ++i) {
      const std::string number = std::to_string(i);
      if (auto room = take(base->text.size() + number.size() + kNameCost); !room) return room;
      guid.names.push_back(base->text + std::u16string(number.begin(), number.end()));
    }
    return {};
  }

  RegInfo& out_;
  std::size_t guids_left_;
  std::size_t left_ = kMaxNameChars;
};

}  // namespace

std::expected<RegInfo, WnodeError> unpack_reginfo(std::span<const std::uint8_t> bytes) {
  RegInfo out;
  Reader reader(out, bytes.size());
  for (;;) {
    if (bytes.size() < kRegGuids) {
      return refuse("WMIREGINFO", "needs 24 bytes, " + std::to_string(bytes.size()) + " are left");
    }
    const std::size_t size = load32(bytes, kRegBufferSize);
    if (size < kRegGuids || size > bytes.size()) {
      return refuse("WMIREGINFO.BufferSize",
                    std::to_string(size) + " in a buffer of " + std::to_string(bytes.size()));
    }
    if (auto info = reader.read(bytes.first(size)); !info) {
      return std::unexpected(std::move(info.error()));
    }
    const std::size_t next = load32(bytes, kRegNext);
    if (next == 0) return out;
    // Only forwards and past this structure's fixed part: the chain ends, whatever it says.
    if (next < kRegGuids || next > bytes.size()) {
      return refuse("WMIREGINFO.NextWmiRegInfo",
                    std::to_string(next) + " in a buffer of " + std::to_string(bytes.size()));
    }
    bytes = bytes.subspan(next);
  }
}

}  // namespace hbalab::wmi
