// The classes of the adapter as data: each says how many instances it has, how large their blocks
// are, how they are written, what can be set and which methods there are. The driver's WMI routines
// know no class by name; a class is added by a row.
#pragma once

#include <cstdint>
#include <span>
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

// Null members: what the class does not have.
struct WmiClass {
  const iscsi::Guid16* guid = nullptr;
  ULONG flags = 0;                                    // of WMIREGGUID
  ULONG (*instances)(const adapter::Hba&) = nullptr;  // fixed for a life; null: one
  std::size_t (*size)(const DeviceExtension&, ULONG instance) = nullptr;
  // `out` has exactly that size.
  void (*write)(const DeviceExtension&, ULONG instance, std::span<std::uint8_t> out) = nullptr;
  // Takes a whole block. Returns TRUE when the request pends. Null: read-only.
  BOOLEAN (*set)(Request&, ULONG instance, std::span<const std::uint8_t> block) = nullptr;
  // Members by WmiDataId, from 1: one of them is set by setting the whole block.
  std::span<const ItemPlace> items = {};
  std::span<const Method> methods = {};
};

// The index in this list is the GuidIndex of the WMI library.
[[nodiscard]] std::span<const WmiClass> adapter_classes();

// The families of the list.
namespace classes {
// blocks.cpp
extern const WmiClass hba_information, portal_info, persistent_logins, session_info,
    target_mappings;
// session_config.cpp
extern const WmiClass session_config;
// port_config.cpp
extern const WmiClass nic_config, tcpip_config;
// operations.cpp
extern const WmiClass operations;
}  // namespace classes

// What the four routines of SCSI_WMILIB_CONTEXT do.
BOOLEAN query_class(Request& request, ULONG guid_index, ULONG instance, ULONG* length,
                    ULONG available, std::uint8_t* buffer);
BOOLEAN set_class(Request& request, ULONG guid_index, ULONG instance,
                  std::span<const std::uint8_t> block);
BOOLEAN set_class_item(Request& request, ULONG guid_index, ULONG instance, ULONG item,
                       std::span<const std::uint8_t> value);
BOOLEAN execute_class(const MethodCall& call, ULONG guid_index, std::uint32_t method);

}  // namespace hbalab::miniport
