#include "hba-sim/adapter/security.hpp"

#include <algorithm>

#include "hba-sim/adapter/login_keys.hpp"
#include "hba-sim/adapter/login_store_record.hpp"
#include "iscsiop/enums.hpp"

namespace hbalab::adapter {
namespace {

IscsiName name_of(const std::string& text) { return IscsiName(from_wire_text(text)); }

// Whether a change for `changed` concerns what `port` has.
bool covers(std::uint32_t changed, std::uint32_t port) {
  return changed == PortNumber::kAnyOrAll || changed == port;
}

}  // namespace

iscsi::IsdscStatus InitiatorNodes::add(const IscsiName& name, const IscsiName& factory) {
  if (names.empty() && name == factory) return iscsi::ISDSC_INITIATOR_NODE_ALREADY_EXISTS;
  if (std::ranges::any_of(names, [&](const std::string& had) { return name_of(had) == name; }))
    return iscsi::ISDSC_INITIATOR_NODE_ALREADY_EXISTS;
  if (names.size() >= kMost) return iscsi::ISDSC_OUT_OF_RESOURCES;
  names.push_back(to_wire_text(name.as_written()));
  return iscsi::ISDSC_SUCCESS;
}

iscsi::IsdscStatus InitiatorNodes::remove(const IscsiName& name) {
  const auto removed =
      std::erase_if(names, [&](const std::string& had) { return name_of(had) == name; });
  return removed == 0 ? iscsi::ISDSC_INITIATOR_NODE_NOT_FOUND : iscsi::ISDSC_SUCCESS;
}

std::u16string InitiatorNodes::in_force(std::u16string factory) const {
  return names.empty() ? std::move(factory) : from_wire_text(names.back());
}

iscsi::IsdscStatus ServerList::add(const std::string& address) {
  if (std::ranges::find(addresses, address) != addresses.end()) return iscsi::ISDSC_SUCCESS;
  if (addresses.size() >= kMost) return iscsi::ISDSC_OUT_OF_RESOURCES;
  addresses.push_back(address);
  return iscsi::ISDSC_SUCCESS;
}

bool ServerList::remove(const std::string& address) { return std::erase(addresses, address) != 0; }

std::string ServerList::at(std::size_t place) const {
  return place < addresses.size() ? addresses[place] : std::string();
}

void ServerList::replace_front(std::span<const std::string> wanted) {
  std::vector<std::string> next;
  const auto append = [&](const std::string& address) {
    if (!address.empty() && std::ranges::find(next, address) == next.end()) next.push_back(address);
  };
  std::ranges::for_each(wanted, append);
  for (std::size_t i = wanted.size(); i < addresses.size(); ++i) append(addresses[i]);
  addresses = std::move(next);
}

iscsi::IsdscStatus IpsecSettings::set_key(PresharedKey key) {
  if (!damaged.empty()) return iscsi::ISDSC_CACHE_CORRUPTED;
  const auto removed = std::erase_if(keys, [&](const PresharedKey& had) {
    return had.id_type == key.id_type && had.id == key.id && covers(key.port, had.port);
  });
  if (key.key.empty())
    return removed == 0 ? iscsi::ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE : iscsi::ISDSC_SUCCESS;
  if (keys.size() >= kMostKeys) return iscsi::ISDSC_HBA_SECURITY_CACHE_FULL;
  keys.push_back(std::move(key));
  return iscsi::ISDSC_SUCCESS;
}

iscsi::IsdscStatus IpsecSettings::set_group_key(Bytes key) {
  if (!damaged.empty()) return iscsi::ISDSC_CACHE_CORRUPTED;
  group_key = std::move(key);
  return iscsi::ISDSC_SUCCESS;
}

const PresharedKey* IpsecSettings::find(const IkeIdentity& identity) const {
  const PresharedKey* best = nullptr;
  for (const PresharedKey& key : keys) {
    if (key.id_type != identity.type || key.id != identity.id) continue;
    if (key.port == identity.port.value) return &key;
    const bool for_all = key.port == PortNumber::kAnyOrAll;
    if (!for_all && !identity.port.is_any_or_all()) continue;
    if (best == nullptr || key.port < best->port) best = &key;
  }
  return best;
}

bool IpsecSettings::has_key_for(PortNumber port) const {
  return !group_key.empty() || std::ranges::any_of(keys, [&](const PresharedKey& key) {
    return port.is_any_or_all() || covers(key.port, port.value);
  });
}

iscsi::IsdscStatus IpsecSettings::set_tunnel(TunnelAddress tunnel) {
  if (!damaged.empty()) return iscsi::ISDSC_CACHE_CORRUPTED;
  const auto removed = std::erase_if(tunnels, [&](const TunnelAddress& had) {
    return had.destination == tunnel.destination && covers(tunnel.port, had.port);
  });
  if (tunnel.outer.empty())
    return removed == 0 ? iscsi::ISDSC_NO_TUNNEL_OUTER_MODE_ADDRESS : iscsi::ISDSC_SUCCESS;
  if (tunnels.size() >= kMostTunnels) return iscsi::ISDSC_OUT_OF_RESOURCES;
  tunnels.push_back(std::move(tunnel));
  return iscsi::ISDSC_SUCCESS;
}

iscsi::IsdscStatus check_ike_id(std::uint8_t type, std::size_t size) {
  constexpr std::size_t kLongestName = 255;
  bool fits = false;
  switch (type) {
    case iscsi::ID_IPV4_ADDR:
      fits = size == 4;
      break;
    case iscsi::ID_IPV6_ADDR:
      fits = size == 16;
      break;
    case iscsi::ID_FQDN:
    case iscsi::ID_USER_FQDN:
      fits = size >= 1 && size <= kLongestName;
      break;
    default:
      return iscsi::ISDSC_IKE_ID_PAYLOAD_TYPE_NOT_SUPPORTED;
  }
  return fits ? iscsi::ISDSC_SUCCESS : iscsi::ISDSC_IKE_ID_PAYLOAD_INCORRECT_SIZE;
}

PersistentLogin BootSettings::login() const {
  return record.empty() ? PersistentLogin{} : unpack(view_record(record));
}

void BootSettings::set_login(const PersistentLogin& login) { record = encode_record(login); }

bool BootSettings::readable() const { return record.empty() || decode_record(record).has_value(); }

bool take_secret(std::span<const std::uint8_t> given, Bytes& secret) {
  const bool zeros = std::ranges::all_of(given, [](std::uint8_t byte) { return byte == 0; });
  if (zeros && !given.empty()) return given.size() == secret.size();
  secret.assign(given.begin(), given.end());
  return true;
}

}  // namespace hbalab::adapter
