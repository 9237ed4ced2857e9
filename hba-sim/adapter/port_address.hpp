// Addresses of a network port: its MAC address, the IP addresses that it may have, and the ones
// that it makes itself.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "hba-sim/types.hpp"

namespace hbalab::adapter {

using MacAddress = std::array<std::uint8_t, 6>;

// Six hex pairs with colons.
[[nodiscard]] std::optional<MacAddress> parse_mac(std::string_view text);
[[nodiscard]] std::string to_text(const MacAddress& mac);

// Whether a host can have this address: numeric, and neither unspecified, loopback, multicast nor
// broadcast.
[[nodiscard]] bool is_host_address(const IpAddress& address);
// Ones in front, zeros behind, at least one of the former: 255.255.255.0, ffff:ffff::.
[[nodiscard]] bool is_subnet_mask(const IpAddress& address);
// Both numeric and of one version.
[[nodiscard]] bool same_version(const IpAddress& a, const IpAddress& b);

// 169.254/16 (RFC 3927) or fe80::/64 (RFC 4862, EUI-64), from the MAC address: the same every time.
[[nodiscard]] IpAddress link_local_address(const MacAddress& mac, IpAddress::Type version);

}  // namespace hbalab::adapter
