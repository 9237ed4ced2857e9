// Ids of objects: UUIDs of version 5 (RFC 9562 5.5), made of what an object is known by, so that
// every process gives the same one, and the same again after a restart.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "hba-sim/types.hpp"
#include "vds.h"

namespace hbalab::vds {

// The UUID of a name in the namespace of this library, 1b9e5e0a-3c5f-4f0e-9a56-7f1d8c2b64d3.
[[nodiscard]] GUID object_id(std::string_view name);

// "adapter:" and the instance name.
[[nodiscard]] VDS_OBJECT_ID adapter_id(std::string_view instance);
// "port:", the number, ':' and the adapter's instance name: a port keeps its id when it gets
// another address.
[[nodiscard]] VDS_OBJECT_ID initiator_portal_id(std::string_view instance, std::uint32_t index);
// "target:" and the canonical name.
[[nodiscard]] VDS_OBJECT_ID target_id(const IscsiName& name);
// "portal:" and the canonical form, "192.0.2.10:3260".
[[nodiscard]] VDS_OBJECT_ID target_portal_id(const Portal& portal);

struct GuidLess {
  bool operator()(const GUID& a, const GUID& b) const;
};

// What this process has asked ids for. An id says nothing about its name, so that only a name that
// somebody has seen can be found by it. Threads may share it.
void remember_target(const VDS_OBJECT_ID& id, const IscsiName& name);
void remember_portal(const VDS_OBJECT_ID& id, const Portal& portal);
[[nodiscard]] std::optional<IscsiName> remembered_target(const VDS_OBJECT_ID& id);
[[nodiscard]] std::optional<Portal> remembered_portal(const VDS_OBJECT_ID& id);

}  // namespace hbalab::vds
