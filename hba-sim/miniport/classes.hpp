// The classes of the adapter as data: each says how many instances it has, how large their blocks
// are, how they are written, what can be set and which methods there are. The driver's WMI routines
// know no class by name; a class is added by a row.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hba-sim/miniport/operations.hpp"
#include "iscsiop/types.hpp"

namespace hbalab::miniport {

// Where a member with a WmiDataId lies in a block whose members all have fixed places; size 0: a
// member that cannot be set.
struct ItemPlace {
  std::uint16_t offset = 0;
  std::uint16_t size = 0;
};
#define HBALAB_ITEM(type, member) \
  ::hbalab::miniport::ItemPlace { offsetof(type, member), sizeof(type::member) }

struct Method {
  std::uint32_t id = 0;
  BOOLEAN (*run)(const MethodCall&) = nullptr;
};

// An instance whose name the driver makes up while it runs.
struct NamedBlock {
  std::u16string name;
  Bytes block;
};
using NamedBlocks = std::vector<NamedBlock>;

// Null members: what the class does not have.
struct WmiClass {
  const iscsi::Guid16* guid = nullptr;
  ULONG flags = 0;  // of WMIREGGUID
  // The driver knows it without the adapter, also when that has failed.
  bool in_driver = false;
  // Fixed for a life; null: one. A class that has none is not registered.
  ULONG (*instances)(const adapter::Hba&) = nullptr;
  std::size_t (*size)(const DeviceExtension&, ULONG instance) = nullptr;
  // `out` has exactly that size.
  void (*write)(const DeviceExtension&, ULONG instance, std::span<std::uint8_t> out) = nullptr;
  // Instead of the three above, where instances come and go: those that there are, or of them the
  // one named `only`.
  NamedBlocks (*named)(const DeviceExtension&, std::optional<std::u16string_view> only) = nullptr;
  // Takes a whole block. Returns TRUE when the request pends. Null, as `apply`: read-only.
  BOOLEAN (*set)(Request&, ULONG instance, std::span<const std::uint8_t> block) = nullptr;
  // Takes one member by its WmiDataId: for blocks with members of variable size.
  BOOLEAN (*set_item)(Request&, ULONG instance, ULONG item,
                      std::span<const std::uint8_t> value) = nullptr;
  // Instead of `write`, `set` and `set_item`, where every member has a fixed place and is kept in
  // the settings: the block as it is under `settings`, and the settings as the block wants them.
  // `apply` runs when the change's turn has come, so that of two callers who each set one member
  // neither undoes the other. It returns the SRB status; one that is no success has changed
  // nothing.
  void (*show)(const adapter::Hba&, const adapter::AdapterSettings& settings, ULONG instance,
               std::span<std::uint8_t> out) = nullptr;
  UCHAR (*apply)(const adapter::Hba&, adapter::AdapterSettings& settings, ULONG instance,
                 std::span<const std::uint8_t> block) = nullptr;
  std::span<const ItemPlace> items = {};  // of `apply`, by WmiDataId, from 1
  std::span<const Method> methods = {};
};

// All that an adapter may have. Life::classes are those that it has; its index is the GuidIndex of
// the WMI library.
[[nodiscard]] std::span<const WmiClass> adapter_classes();

// The families of the list.
namespace classes {
// blocks.cpp
extern const WmiClass hba_information, portal_info, persistent_logins, session_info,
    target_mappings;
// session_config.cpp
extern const WmiClass session_config;
// discovery.cpp
extern const WmiClass discovery_operations;
// load_balance.cpp
extern const WmiClass query_lb_policy, lb_operations;
// management.cpp
extern const WmiClass management_operations;
// redirect.cpp
extern const WmiClass redirect_portal_info;
// port_config.cpp
extern const WmiClass nic_config, tcpip_config;
// statistics.cpp
extern const WmiClass instance_statistics, login_statistics, nic_performance, main_mode_statistics,
    quick_mode_statistics, connection_statistics, session_statistics, request_time_statistics;
// operations.cpp
extern const WmiClass operations;
// security.cpp
extern const WmiClass security_operations, security_capabilities;
// server_config.cpp
extern const WmiClass discovery_config, radius_config;
// boot.cpp
extern const WmiClass boot_configuration, boot_information;
}  // namespace classes

// Arguments of PSCSIWMI_QUERY_DATABLOCK.
struct BlockQuery {
  ULONG guid_index = 0, instance = 0, count = 1;
  ULONG* lengths = nullptr;
  ULONG available = 0;
  std::uint8_t* buffer = nullptr;
};

// What the four routines of SCSI_WMILIB_CONTEXT do.
BOOLEAN query_class(Request& request, const BlockQuery& query);
BOOLEAN set_class(Request& request, ULONG guid_index, ULONG instance,
                  std::span<const std::uint8_t> block);
BOOLEAN set_class_item(Request& request, ULONG guid_index, ULONG instance, ULONG item,
                       std::span<const std::uint8_t> value);
BOOLEAN execute_class(const MethodCall& call, ULONG guid_index, std::uint32_t method);

}  // namespace hbalab::miniport
