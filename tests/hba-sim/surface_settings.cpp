#include "tests/hba-sim/surface_settings.hpp"

#include <algorithm>

namespace hbalab::surface {
namespace {

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

Status add(std::vector<std::string>& list, const std::string& server) {
  if (std::ranges::find(list, server) != list.end()) return iscsi::ISDSC_SUCCESS;
  if (list.size() >= Settings::kMostListed) return iscsi::ISDSC_OUT_OF_RESOURCES;
  list.push_back(server);
  return iscsi::ISDSC_SUCCESS;
}

Status isns_address(const Server& server) {
  return server.kind == Server::good ? iscsi::ISDSC_SUCCESS : iscsi::ISDSC_INVALID_PARAMETER;
}

Status radius_address(const Server& server) {
  switch (server.kind) {
    case Server::good:
      return iscsi::ISDSC_SUCCESS;
    case Server::empty:
      return iscsi::ISDSC_INVALID_PARAMETER;
    case Server::bad_host:
      return iscsi::ISDSC_INVALID_PARAMETER;
    case Server::bad_type:
      break;
  }
  return iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED;
}

Status check_identity(std::uint32_t port, const Identity& identity) {
  if (port != kAny && port >= kPorts) return iscsi::ISDSC_INVALID_PORT_NUMBER;
  const auto size = identity.id.size();
  switch (identity.type) {
    case 1:  // ID_IPV4_ADDR
      return size == 4 ? iscsi::ISDSC_SUCCESS : iscsi::ISDSC_IKE_ID_PAYLOAD_INCORRECT_SIZE;
    case 2:  // ID_FQDN
    case 3:  // ID_USER_FQDN
      return size >= 1 && size <= 255 ? iscsi::ISDSC_SUCCESS
                                      : iscsi::ISDSC_IKE_ID_PAYLOAD_INCORRECT_SIZE;
    default:
      return iscsi::ISDSC_IKE_ID_PAYLOAD_TYPE_NOT_SUPPORTED;
  }
}

bool covers(std::uint32_t changed, std::uint32_t port) {
  return changed == kAny || changed == port;
}

}  // namespace

SessionConfig session_config_at(int index) {
  switch (index % 5) {
    case 0:
      return {};
    case 1:
      return {true, false, 8192, 4096, 2048, 4};
    case 2:
      return {false, true, 65536, 2'000'000, 300'000, 40};
    case 3:
      return {false, true, 8192, 4096, 8192, 1};  // the first burst is longer than a burst
    default:
      return {false, true, 100, 4096, 2048, 1};
  }
}

bool valid(const SessionConfig& config) {
  const auto length = [](std::uint32_t value) { return value >= 512 && value <= 16777215; };
  return length(config.max_recv) && length(config.max_burst) && length(config.first_burst) &&
         config.first_burst <= config.max_burst && config.max_r2t >= 1 && config.max_r2t <= 65535;
}

NodeName node_at(int index) {
  switch (const int kind = index % 13; kind) {
    case 0:
      return {"not a node", "", false};
    case 1:
      return {Settings::factory(), Settings::factory(), true};
    case 2:
      return {"IQN.2026-01.Org.Example:Node3", "iqn.2026-01.org.example:node3", true};
    default: {
      const std::string name = "iqn.2026-01.org.example:node" + std::to_string(kind);
      return {name, name, true};
    }
  }
}

Server server_at(int index) {
  switch (const int kind = index % 16; kind) {
    case 0:
      return {"", "", Server::empty};
    case 1:
      return {"no host", "", Server::bad_host};
    case 2:
      return {"192.0.2.53", "", Server::bad_type};
    case 3:
      return {"Server.Example", "server.example", Server::good};
    case 4:
      return {"server.example", "server.example", Server::good};
    case 5:
      return {"2001:DB8:0::1", "2001:db8::1", Server::good};
    default: {
      const std::string address = "192.0.2." + std::to_string(50 + kind);
      return {address, address, Server::good};
    }
  }
}

std::string isns_text(const Server& server) {
  return server.kind == Server::bad_type ? server.text + ":3205" : server.text;
}

Server tunnel_end(const Command& c) { return server_at(c.number / 16 * 2 + 4 * (c.type % 2)); }

DiscoveryConfig discovery_config_at(const Command& c) {
  DiscoveryConfig config;
  config.isns = c.type >= 2;
  config.slp = c.port == 3;  // which the adapter cannot do
  config.automatic = c.type % 2 == 1;
  config.name = c.options == 0 ? NodeName{"", "", true} : node_at(c.number / 4 + c.options);
  config.server = server_at(c.number);
  return config;
}

Identity identity_at(int index) {
  switch (const int kind = index % 16; kind) {
    case 0:
      return {1, "abcd"};
    case 1:
      return {1, "abc"};
    case 2:
      return {9, "abcd"};
    case 3:
      return {2, ""};
    case 4:
      return {3, "host5"};  // another kind of the same bytes
    default:
      return {2, "host" + std::to_string(kind)};
  }
}

BootConfig boot_config_at(int index) {
  constexpr std::string_view secrets[] = {"", "twelve bytes", "sixteen bytes ..", "short",
                                          "more than sixteen"};
  BootConfig boot{node_at(index),
                  index % kNames,
                  index % 8,
                  index % 2 == 0,
                  static_cast<std::uint64_t>(index),
                  index % 3 == 0 ? "" : kChapUser,
                  secrets[static_cast<std::size_t>(index) % std::size(secrets)]};
  if (index % 4 == 1) boot.node = {};
  return boot;
}

std::string shared_key_at(int index) {
  constexpr std::string_view all[] = {"key one", "key two", "", "key three"};
  if (index % 11 == 7) return std::string(256, 'k');
  return std::string(all[index % 4]);
}

std::string radius_secret_at(int index) {
  constexpr std::string_view all[] = {"", "radius", "another one"};
  if (index % 7 == 6) return std::string(256, 'r');
  return std::string(all[index % 3]);
}

std::string Settings::canonical_node() const { return lower(node()); }

Status Settings::set_node(const NodeName& name) {
  if (!name.well_formed) return iscsi::ISDSC_INVALID_ISCSI_NAME;
  const bool there = std::ranges::any_of(
      nodes, [&](const std::string& had) { return lower(had) == name.canonical; });
  if (there || (nodes.empty() && name.canonical == factory()))
    return iscsi::ISDSC_INITIATOR_NODE_ALREADY_EXISTS;
  if (nodes.size() >= kMostListed) return iscsi::ISDSC_OUT_OF_RESOURCES;
  nodes.push_back(name.written);
  return iscsi::ISDSC_SUCCESS;
}

Status Settings::delete_node(const NodeName& name) {
  if (!name.well_formed) return iscsi::ISDSC_INVALID_ISCSI_NAME;
  const auto removed =
      std::erase_if(nodes, [&](const std::string& had) { return lower(had) == name.canonical; });
  return removed == 0 ? iscsi::ISDSC_INITIATOR_NODE_NOT_FOUND : iscsi::ISDSC_SUCCESS;
}

// Its server is the first of the list; its name follows the node's until it is another.
Status Settings::set_discovery(const DiscoveryConfig& wanted) {
  const bool bad_server =
      wanted.server.kind == Server::bad_host || wanted.server.kind == Server::bad_type;
  if (bad_server || !wanted.name.well_formed || wanted.slp) return iscsi::ISDSC_INVALID_PARAMETER;
  isns_discovery = wanted.isns;
  automatic_isns = wanted.automatic;
  discovery_name = wanted.name.canonical == canonical_node() ? "" : wanted.name.written;
  std::vector<std::string> servers;
  if (!wanted.server.canonical.empty()) servers.push_back(wanted.server.canonical);
  for (std::size_t i = 1; i < isns.size(); ++i) {
    if (std::ranges::find(servers, isns[i]) == servers.end()) servers.push_back(isns[i]);
  }
  isns = std::move(servers);
  return iscsi::ISDSC_SUCCESS;
}

// What it names need not be there; it has to be usable.
Status Settings::set_boot(int index) {
  const BootConfig wanted = boot_config_at(index);
  const Name& target = name_at(wanted.target);
  const bool good_secret =
      wanted.secret.empty() || (wanted.secret.size() >= 12 && wanted.secret.size() <= 16);
  const bool good_target = target.text.empty() || target.well_formed;
  if (!wanted.node.well_formed || !good_target || !good_secret)
    return iscsi::ISDSC_INVALID_PARAMETER;
  boot = index;
  return iscsi::ISDSC_SUCCESS;
}

Status Settings::set_key(const Command& c) {
  const std::uint32_t port = port_number(c.port);
  const Identity identity = identity_at(c.number);
  if (const Status status = check_identity(port, identity); status != iscsi::ISDSC_SUCCESS)
    return status;
  const std::string key = shared_key_at(c.number / 4 + c.type);
  if (key.size() > 255) return iscsi::ISDSC_INVALID_PARAMETER;
  const auto removed = std::erase_if(keys, [&](const Key& had) {
    return had.type == identity.type && had.id == identity.id && covers(port, had.port);
  });
  if (key.empty())
    return removed == 0 ? iscsi::ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE : iscsi::ISDSC_SUCCESS;
  if (keys.size() >= kMostKeys) return iscsi::ISDSC_HBA_SECURITY_CACHE_FULL;
  keys.push_back({port, identity.type, identity.id, static_cast<std::uint64_t>(c.portal), key});
  return iscsi::ISDSC_SUCCESS;
}

// The port's own, else that of all ports; for any port that of all ports, else the lowest port's.
Status Settings::find_key(const Command& c, std::uint64_t& flags) const {
  const std::uint32_t port = port_number(c.port);
  const Identity identity = identity_at(c.number);
  if (const Status status = check_identity(port, identity); status != iscsi::ISDSC_SUCCESS)
    return status;
  std::vector<std::uint32_t> order = {port, kAny};
  if (port == kAny) order = {kAny, 0, 1};
  for (const auto wanted : order) {
    for (const auto& key : keys) {
      if (key.type != identity.type || key.id != identity.id || key.port != wanted) continue;
      flags = key.flags;
      return iscsi::ISDSC_SUCCESS;
    }
  }
  return iscsi::ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE;
}

bool Settings::has_key_for(std::uint32_t port) const {
  return !group_key.empty() || std::ranges::any_of(keys, [&](const Key& key) {
    return port == kAny || covers(key.port, port);
  });
}

Status Settings::set_tunnel(const Command& c) {
  const std::uint32_t port = port_number(c.port);
  if (port != kAny && port >= kPorts) return iscsi::ISDSC_INVALID_PORT_NUMBER;
  const Server destination = server_at(c.number);
  const Server outer = tunnel_end(c);
  for (const auto* server : {&destination, &outer}) {
    if (server->kind == Server::bad_host) return iscsi::ISDSC_INVALID_PARAMETER;
    if (server->kind == Server::bad_type) return iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED;
  }
  const auto removed = std::erase_if(tunnels, [&](const Tunnel& had) {
    return had.destination == destination.canonical && covers(port, had.port);
  });
  if (outer.canonical.empty())
    return removed == 0 ? iscsi::ISDSC_NO_TUNNEL_OUTER_MODE_ADDRESS : iscsi::ISDSC_SUCCESS;
  if (tunnels.size() >= kMostTunnels) return iscsi::ISDSC_OUT_OF_RESOURCES;
  tunnels.push_back({port, destination.canonical, outer.canonical});
  return iscsi::ISDSC_SUCCESS;
}

Status Settings::set_chap_secret(const std::string& secret) {
  if (secret.size() > 16) return iscsi::ISDSC_INVALID_INITIATOR_CHAP_SECRET;
  chap_secret = secret;
  return secret.empty() || secret.size() >= 12 ? iscsi::ISDSC_SUCCESS
                                               : iscsi::ISDSC_SHORT_CHAP_SECRET;
}

Status Settings::apply(const Command& c) {
  const Server server = server_at(c.number);
  switch (c.kind) {
    case Kind::chap_secret:
      return set_chap_secret(std::string(chap_secret_at(c.number)));
    case Kind::radius_secret:
      if (radius_secret_at(c.number).size() > 255) return iscsi::ISDSC_INVALID_PARAMETER;
      radius_secret = radius_secret_at(c.number);
      return iscsi::ISDSC_SUCCESS;
    case Kind::set_node:
      return set_node(node_at(c.number));
    case Kind::delete_node:
      return delete_node(node_at(c.number));
    case Kind::add_isns:
      if (const Status status = isns_address(server); status != iscsi::ISDSC_SUCCESS) return status;
      return add(isns, server.canonical);
    case Kind::remove_isns:
      if (const Status status = isns_address(server); status != iscsi::ISDSC_SUCCESS) return status;
      return std::erase(isns, server.canonical) != 0 ? iscsi::ISDSC_SUCCESS
                                                     : iscsi::ISDSC_ISNS_SERVER_NOT_FOUND;
    case Kind::add_radius:
      if (const Status status = radius_address(server); status != iscsi::ISDSC_SUCCESS)
        return status;
      return add(radius, server.canonical);
    case Kind::remove_radius:
      if (const Status status = radius_address(server); status != iscsi::ISDSC_SUCCESS)
        return status;
      return std::erase(radius, server.canonical) != 0 ? iscsi::ISDSC_SUCCESS
                                                       : iscsi::ISDSC_NOT_FOUND;
    case Kind::set_key:
      return set_key(c);
    case Kind::group_key:
      if (shared_key_at(c.number).size() > 255) return iscsi::ISDSC_INVALID_PARAMETER;
      group_key = shared_key_at(c.number);
      return iscsi::ISDSC_SUCCESS;
    case Kind::tunnel:
      return set_tunnel(c);
    case Kind::clear_cache:
      keys.clear();
      group_key.clear();
      chap_secret.clear();
      return iscsi::ISDSC_SUCCESS;
    case Kind::set_guid:
      guid = c.number;
      return iscsi::ISDSC_SUCCESS;
    case Kind::use_radius:
      use_radius = c.type < 2;
      return iscsi::ISDSC_SUCCESS;
    case Kind::boot_config:
      return set_boot(c.number % kBootConfigs);
    case Kind::discovery_config:
      return set_discovery(discovery_config_at(c));
    case Kind::session_config:
      if (!valid(session_config_at(c.number))) return iscsi::ISDSC_INVALID_PARAMETER;
      session = session_config_at(c.number);
      return iscsi::ISDSC_SUCCESS;
    default:
      return iscsi::ISDSC_NON_SPECIFIC_ERROR;
  }
}

}  // namespace hbalab::surface
