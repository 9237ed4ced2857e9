#include "vds/addresses.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include "vds/hresults.hpp"

namespace hbalab::vds {

void write_address(const IpAddress& address, std::uint32_t tcp_port, VDS_IPADDRESS& out) {
  out = {};
  out.type = static_cast<VDS_IPADDRESS_TYPE>(address.type);
  out.ipv4Address = address.ipv4;
  std::ranges::copy(address.ipv6, out.ipv6Address);
  out.ulIpv6FlowInfo = address.ipv6_flow_info;
  out.ulIpv6ScopeId = address.ipv6_scope_id;
  address.text.copy(out.wszTextAddress, std::size(out.wszTextAddress) - 1);
  out.ulPort = tcp_port;
}

std::expected<Portal, HRESULT> read_address(const VDS_IPADDRESS& address) {
  Portal portal;
  portal.address.type = static_cast<IpAddress::Type>(address.type);
  if (portal.address.type > IpAddress::Type::empty ||
      address.ulPort > std::numeric_limits<std::uint16_t>::max()) {
    return std::unexpected(VDS_E_INVALID_IP_ADDRESS);
  }
  if (portal.address.type == IpAddress::Type::text) {
    const auto* const end = std::ranges::find(address.wszTextAddress, WCHAR{0});
    if (end == std::end(address.wszTextAddress)) return std::unexpected(VDS_E_INVALID_IP_ADDRESS);
    portal.address.text.assign(address.wszTextAddress, end);
  }
  portal.address.ipv4 = address.ipv4Address;
  std::ranges::copy(address.ipv6Address, portal.address.ipv6.begin());
  portal.address.ipv6_flow_info = address.ulIpv6FlowInfo;
  portal.address.ipv6_scope_id = address.ulIpv6ScopeId;
  if (address.ulPort != 0) portal.socket = static_cast<std::uint16_t>(address.ulPort);
  if (portal.empty()) return std::unexpected(VDS_E_INVALID_IP_ADDRESS);
  return portal;
}

}  // namespace hbalab::vds
