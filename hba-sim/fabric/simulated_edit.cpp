// Routing, and changes of the fabric while it runs.
#include <algorithm>
#include <utility>

#include "hba-sim/fabric/simulated_core.hpp"
#include "hba-sim/lab/config_rules.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::fabric {
namespace {

std::unexpected<EditError> failed(EditError::Kind kind, std::string reason) {
  return std::unexpected(EditError{kind, std::move(reason)});
}

std::string canonical_name(std::string_view name) {
  const auto wide = wmi::to_utf16(name);
  return wide ? IscsiName(*wide).canonical() : std::string();
}

std::optional<std::string> portal_problem(const lab::PortalConfig& portal) {
  if (auto problem = lab::check_address_or_name(portal.address))
    return "address: expected " + *problem;
  if (auto problem = lab::check_object_name(portal.network)) return "network: expected " + *problem;
  if (portal.port == 0) return "port: expected a TCP port from 1 to 65535";
  if (!lab::contains(lab::portal_states(), portal.state)) {
    return "state: " + lab::expected_one_of(portal.state, lab::portal_states());
  }
  if (!portal.redirect_to.empty()) {
    if (auto problem = lab::check_portal(portal.redirect_to))
      return "redirect_to: expected " + *problem;
  }
  return {};
}

}  // namespace

std::string FabricCore::network_of(const IpAddress& from) const {
  const auto found = plugged_.find(from.canonical());
  return found == plugged_.end() ? std::string(SimulatedFabric::kDefaultNetwork) : found->second;
}

std::string FabricCore::resolve(const IpAddress& address) const {
  std::string canonical = address.canonical();
  if (!address.is_name()) return canonical;
  const auto found = hosts_.find(canonical);
  return found == hosts_.end() ? std::string()
                               : IpAddress::from_text(found->second.address).canonical();
}

std::string FabricCore::endpoint_key(const std::string& network, const std::string& address,
                                     std::uint16_t socket) {
  if (socket == 0) socket = Portal::kDefaultSocket;
  return network + ' ' + address + ' ' + std::to_string(socket);
}

Target* FabricCore::find_target(std::string_view name) {
  const auto found = targets_.find(canonical_name(name));
  return found == targets_.end() ? nullptr : found->second.get();
}

const Target* FabricCore::find_target(std::string_view name) const {
  const auto found = targets_.find(canonical_name(name));
  return found == targets_.end() ? nullptr : found->second.get();
}

EchoResult FabricCore::echo(const IpAddress& from, const IpAddress& to) const {
  EchoResult result;
  const std::string network = network_of(from);
  const std::string address = resolve(to);
  result.resolved = !address.empty();
  if (!result.resolved || !network_is_up(network)) return result;
  if (const auto port = plugged_.find(address); port != plugged_.end() && port->second == network)
    result.round_trip = lab::milliseconds{0};
  for (const auto& [key, endpoint] : endpoints_) {
    if (endpoint->network != network) continue;
    for (const PortalEntry* portal : endpoint->portals) {
      if (portal->config.state == "unreachable" || resolve(portal->portal.address) != address)
        continue;
      result.round_trip = std::max(result.round_trip.value_or(lab::milliseconds{0}),
                                   portal->target->settings.connect_delay);
    }
  }
  return result;
}

std::vector<LinkId> FabricCore::links_of(const Target& target) const {
  std::vector<LinkId> ids;
  std::unordered_set<const Endpoint*> seen;
  for (const auto& portal : target.portals) {
    if (portal->endpoint == nullptr || !seen.insert(portal->endpoint).second) continue;
    for (const LinkId id : portal->endpoint->links) {
      const auto link = links_.find(id);
      if (link != links_.end() && link->second.connection->target == &target) ids.push_back(id);
    }
  }
  std::sort(ids.begin(), ids.end());  // the order in which they were made
  return ids;
}

Edit FabricCore::add_target(lab::TargetConfig config, Outbox& outbox) {
  if (auto problem = lab::check_iscsi_name(config.name)) {
    return failed(EditError::Kind::invalid, "is \"" + config.name + "\"; expected " + *problem);
  }
  const std::string canonical = canonical_name(config.name);
  if (targets_.contains(canonical)) {
    return failed(EditError::Kind::exists, "target " + config.name + " exists already");
  }
  if (const auto problems = lab::check_target(config); !problems.empty()) {
    return failed(EditError::Kind::invalid, problems[0].where + ' ' + problems[0].message);
  }
  auto target = std::make_unique<Target>();
  target->canonical = canonical;
  std::vector<lab::PortalConfig> portals = std::exchange(config.portals, {});
  for (lab::LunConfig& lun : config.luns) target->luns.emplace(lun.lun, lun);
  config.luns.clear();
  if (config.chap) target->chap = *config.chap;
  target->settings = std::move(config);
  for (const lab::PortalConfig& portal : portals) {
    if (Edit added = put_portal(*target, portal, outbox); !added) {
      for (auto& entry : target->portals) detach_portal(*entry, outbox);
      return added;
    }
  }
  targets_.emplace(canonical, std::move(target));
  return {};
}

Edit FabricCore::remove_target(std::string_view name, Outbox& outbox) {
  Target* target = find_target(name);
  if (target == nullptr)
    return failed(EditError::Kind::not_found, "there is no target " + std::string(name));
  drop_all(links_of(*target), outbox);
  for (auto& entry : target->portals) detach_portal(*entry, outbox);
  isns_changed(*target, outbox);
  targets_.erase(target->canonical);
  return {};
}

void FabricCore::attach_portal(PortalEntry& entry) {
  const std::string address = resolve(entry.portal.address);
  if (address.empty()) return;
  const std::string key = endpoint_key(entry.config.network, address, entry.portal.socket);
  auto& endpoint = endpoints_[key];
  if (!endpoint) {
    endpoint = std::make_unique<Endpoint>();
    endpoint->key = key;
    endpoint->network = entry.config.network;
  }
  endpoint->portals.push_back(&entry);
  entry.endpoint = endpoint.get();
}

void FabricCore::drop_unserved(Endpoint& endpoint, const PortalEntry& entry, Outbox& outbox) {
  const bool served =
      std::any_of(endpoint.portals.begin(), endpoint.portals.end(),
                  [](const PortalEntry* portal) { return portal->config.state == "up"; });
  std::vector<LinkId> ids;
  for (const LinkId id : endpoint.links) {
    const Connection& connection = *links_.at(id).connection;
    if (connection.portal == &entry || !served) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  drop_all(ids, outbox);
}

void FabricCore::detach_portal(PortalEntry& entry, Outbox& outbox) {
  Endpoint* endpoint = std::exchange(entry.endpoint, nullptr);
  if (endpoint == nullptr) return;
  std::erase(endpoint->portals, &entry);
  drop_unserved(*endpoint, entry, outbox);
  if (endpoint->portals.empty()) endpoints_.erase(std::string(endpoint->key));
}

Edit FabricCore::put_portal(Target& target, const lab::PortalConfig& config, Outbox& outbox) {
  if (auto problem = portal_problem(config))
    return failed(EditError::Kind::invalid, std::move(*problem));
  Portal portal;
  portal.address = IpAddress::from_text(config.address);
  portal.socket = config.port;
  const std::string key = portal.canonical();
  const auto found = std::find_if(target.portals.begin(), target.portals.end(),
                                  [&](const auto& entry) { return entry->key == key; });
  if (found == target.portals.end()) {
    if (target.portals.size() >= lab::kMaxPortals) {
      return failed(EditError::Kind::invalid,
                    "a target has at most " + std::to_string(lab::kMaxPortals) + " portals");
    }
    auto entry = std::make_unique<PortalEntry>();
    entry->config = config;
    entry->portal = std::move(portal);
    entry->key = key;
    entry->target = &target;
    attach_portal(*entry);
    target.portals.push_back(std::move(entry));
    isns_changed(config.network, outbox);
    return {};
  }
  PortalEntry& entry = **found;
  const bool moves = entry.config.network != config.network || entry.config.group != config.group;
  if (moves) detach_portal(entry, outbox);
  const lab::PortalConfig before = std::exchange(entry.config, config);
  if (moves || before.symbolic_name != config.symbolic_name ||
      before.security_bitmap != config.security_bitmap) {
    isns_changed(before.network, outbox);
    isns_changed(config.network, outbox);
  }
  if (moves) {
    attach_portal(entry);
  } else if (config.state != "up" && entry.endpoint != nullptr) {
    drop_unserved(*entry.endpoint, entry, outbox);
  }
  return {};
}

void FabricCore::move_portals_of(const std::string& host, Outbox& outbox) {
  for (auto& [name, target] : targets_) {
    for (auto& entry : target->portals) {
      if (!entry->portal.address.is_name() || entry->portal.address.canonical() != host) continue;
      detach_portal(*entry, outbox);
      attach_portal(*entry);
      isns_changed(entry->config.network, outbox);
    }
  }
}

void FabricCore::inventory_changed(Target& target, Outbox& outbox) const {
  for (auto& [tsih, session] : target.sessions) session.attentions.inventory_changed();
  tell_sessions(target, LinkEvent::Kind::luns_changed, outbox);
}

void FabricCore::set_lun(Target& target, lab::LunConfig& unit, lab::LunConfig config) {
  if (unit.blocks != config.blocks || unit.block_size != config.block_size) {
    for (auto& [tsih, session] : target.sessions) session.attentions.capacity_changed(config.lun);
  }
  unit = std::move(config);
}

void FabricCore::tell_sessions(const Target& target, LinkEvent::Kind kind, Outbox& outbox) const {
  for (const auto& [tsih, session] : target.sessions) {
    // One connection speaks for its session.
    outbox.events.push_back({kind, session.links.begin()->second});
  }
}

std::set<std::string> FabricCore::network_names() const {
  std::set<std::string> names = added_networks_;
  for (const auto& [address, network] : plugged_) names.insert(network);
  for (const auto& [key, endpoint] : endpoints_) names.insert(endpoint->network);
  for (const auto& [address, server] : isns_servers_) names.insert(server->config.network);
  names.insert(down_.begin(), down_.end());
  names.insert(std::string(SimulatedFabric::kDefaultNetwork));
  return names;
}

}  // namespace hbalab::fabric
