#include "hba-sim/adapter/port_address.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <span>

namespace hbalab::adapter {
namespace {

// The octets of a numeric address as on the wire; none for a name.
std::vector<std::uint8_t> octets(const IpAddress& given) {
  const IpAddress address = IpAddress::from_text(given.canonical());
  if (address.type == IpAddress::Type::ipv6) return {address.ipv6.begin(), address.ipv6.end()};
  if (address.type != IpAddress::Type::ipv4) return {};
  std::vector<std::uint8_t> out;
  for (unsigned shift = 0; shift < 32; shift += 8) {
    out.push_back(static_cast<std::uint8_t>(address.ipv4 >> shift));
  }
  return out;
}

}  // namespace

std::optional<MacAddress> parse_mac(std::string_view text) {
  MacAddress mac{};
  if (text.size() != mac.size() * 3 - 1) return std::nullopt;
  for (std::size_t i = 0; i < mac.size(); ++i) {
    const char* pair = text.data() + i * 3;
    const auto read = std::from_chars(pair, pair + 2, mac[i], 16);
    if (read.ec != std::errc{} || read.ptr != pair + 2) return std::nullopt;
    if (i + 1 < mac.size() && pair[2] != ':') return std::nullopt;
  }
  return mac;
}

std::string to_text(const MacAddress& mac) {
  char text[18];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
                mac[4], mac[5]);
  return text;
}

bool is_host_address(const IpAddress& address) {
  const auto bytes = octets(address);
  if (bytes.size() == 4) return bytes[0] != 0 && bytes[0] != 127 && bytes[0] < 224;
  if (bytes.size() != 16 || bytes[0] == 0xFF) return false;
  // :: and ::1
  const bool zeros = std::all_of(bytes.begin(), bytes.end() - 1, [](auto b) { return b == 0; });
  return !(zeros && bytes.back() <= 1);
}

bool is_subnet_mask(const IpAddress& address) {
  const auto bytes = octets(address);
  if (bytes.empty() || (bytes[0] & 0x80) == 0) return false;
  bool ended = false;
  for (const std::uint8_t byte : bytes) {
    for (unsigned bit = 0x80; bit != 0; bit >>= 1) {
      const bool one = (byte & bit) != 0;
      if (one && ended) return false;
      ended = ended || !one;
    }
  }
  return true;
}

bool same_version(const IpAddress& a, const IpAddress& b) {
  const auto size = octets(a).size();
  return size != 0 && size == octets(b).size();
}

IpAddress link_local_address(const MacAddress& mac, IpAddress::Type version) {
  IpAddress address;
  address.type = version;
  if (version == IpAddress::Type::ipv6) {
    address.ipv6 = {0xFE, 0x80};
    std::copy_n(mac.begin(), 3, address.ipv6.begin() + 8);
    address.ipv6[8] ^= 0x02;
    address.ipv6[11] = 0xFF;
    address.ipv6[12] = 0xFE;
    std::copy_n(mac.begin() + 3, 3, address.ipv6.begin() + 13);
    return address;
  }
  address.type = IpAddress::Type::ipv4;
  std::uint32_t mixed = 0x811C9DC5u;
  for (const std::uint8_t byte : mac) mixed = (mixed ^ byte) * 0x01000193u;
  // The first and the last 256 addresses of the block are reserved.
  const std::uint32_t third = 1 + (mixed >> 16) % 254;
  address.ipv4 = 169u | 254u << 8 | third << 16 | (mixed & 0xFFu) << 24;
  return address;
}

}  // namespace hbalab::adapter
