// WNODE packing and unpacking (wmistr.h) for every minor function. Unpacking takes bytes from
// outside (a driver): it is bounded and refuses what does not fit, naming the field.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wmi-model/guid.hpp"
#include "wmi-model/provider.hpp"

namespace hbalab::wmi {

struct WnodeError {
  std::string field;    // "WNODE_ALL_DATA.OffsetInstanceNameOffsets"
  std::string message;  // what came, what was expected
  [[nodiscard]] std::string to_string() const;
};

// An instance: static ones by index (name is for the log), dynamic ones by name (index 0xFFFFFFFF).
struct InstanceKey {
  static constexpr std::uint32_t kByName = 0xFFFFFFFFu;
  std::uint32_t index = 0;
  std::u16string name;
};

// Each makes a buffer ready to submit. `room` is how many bytes of data the answer may take.
[[nodiscard]] WnodeBuffer pack_query_all(const Guid& guid, std::size_t room);
[[nodiscard]] WnodeBuffer pack_query_single(const Guid& guid, const InstanceKey& instance,
                                            std::size_t room);
[[nodiscard]] WnodeBuffer pack_set_single(const Guid& guid, const InstanceKey& instance,
                                          std::span<const std::uint8_t> block);
[[nodiscard]] WnodeBuffer pack_set_item(const Guid& guid, const InstanceKey& instance,
                                        std::uint32_t item_id, std::span<const std::uint8_t> item);
[[nodiscard]] WnodeBuffer pack_method(const Guid& guid, const InstanceKey& instance,
                                      std::uint32_t method_id, std::span<const std::uint8_t> in,
                                      std::size_t out_room);
[[nodiscard]] WnodeBuffer pack_control(const Guid& guid);  // enable/disable events and collection
[[nodiscard]] WnodeBuffer pack_reginfo(std::size_t room);

// WNODE_TOO_SMALL: the whole WNODE size to come back with; nullopt when the answer is no such
// thing.
[[nodiscard]] std::optional<std::uint32_t> too_small(std::span<const std::uint8_t> wnode);

struct AllData {
  struct Instance {
    std::u16string name;  // empty for static names: the registration says what they are
    std::span<const std::uint8_t> data;
  };
  std::vector<Instance> instances;  // spans into the WNODE
};
[[nodiscard]] std::expected<AllData, WnodeError> unpack_all_data(
    std::span<const std::uint8_t> wnode);
// Data of a single instance, single item or method answer.
[[nodiscard]] std::expected<std::span<const std::uint8_t>, WnodeError> unpack_single(
    std::span<const std::uint8_t> wnode);

struct EventItem {
  Guid guid;
  std::uint32_t instance_index = 0;
  std::u16string instance_name;  // dynamic names only
  std::uint64_t timestamp = 0;   // 100 ns since 1601
  std::vector<std::uint8_t> data;
};
[[nodiscard]] std::vector<std::uint8_t> pack_event(const EventItem& event);
[[nodiscard]] std::expected<EventItem, WnodeError> unpack_event(
    std::span<const std::uint8_t> wnode);

struct RegisteredGuid {
  Guid guid;
  std::uint32_t flags = 0;            // WMIREG_FLAG_*
  std::uint32_t instance_count = 0;   // 0xFFFFFFFF: dynamic names
  std::vector<std::u16string> names;  // WMIREG_FLAG_INSTANCE_LIST; BASENAME expanded; PDO: empty
  bool operator==(const RegisteredGuid&) const = default;
};
struct RegInfo {
  std::string registry_path;
  std::string mof_resource;
  std::vector<RegisteredGuid> guids;
};
[[nodiscard]] std::vector<std::uint8_t> pack_reginfo_answer(const RegInfo& info);
[[nodiscard]] std::expected<RegInfo, WnodeError> unpack_reginfo(
    std::span<const std::uint8_t> wnode);

}  // namespace hbalab::wmi
