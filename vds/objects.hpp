// The objects that the library hands out, each with one reference.
#pragma once

#include <cstdint>
#include <string>

#include "vds/com.hpp"

namespace hbalab::vds {

// `instance`: the adapter's instance name.
[[nodiscard]] IVdsIscsiInitiatorAdapter* make_adapter(std::string instance);
[[nodiscard]] IVdsIscsiInitiatorPortal* make_portal(std::string instance, std::uint32_t index);
[[nodiscard]] IVdsServiceIscsi* make_service();

}  // namespace hbalab::vds
