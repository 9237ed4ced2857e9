// VDS_IPADDRESS <-> the strong types.
#pragma once

#include <expected>

#include "hba-sim/types.hpp"
#include "vds.h"

namespace hbalab::vds {

void write_address(const IpAddress& address, std::uint32_t tcp_port, VDS_IPADDRESS& out);

// VDS_E_INVALID_IP_ADDRESS: no address, another type, a text without its NUL, a TCP port beyond
// 65535.
[[nodiscard]] std::expected<Portal, HRESULT> read_address(const VDS_IPADDRESS& address);

}  // namespace hbalab::vds
