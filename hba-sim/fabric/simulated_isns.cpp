// iSNS servers: what targets register, and who is told when that changes.
#include <algorithm>
#include <utility>

#include "hba-sim/fabric/simulated_core.hpp"
#include "hba-sim/lab/config_rules.hpp"

namespace hbalab::fabric {
namespace {

std::unexpected<EditError> failed(EditError::Kind kind, std::string reason) {
  return std::unexpected(EditError{kind, std::move(reason)});
}
std::unexpected<EditError> no_server(std::string_view address) {
  return failed(EditError::Kind::not_found, "there is no iSNS server " + std::string(address));
}

std::optional<std::string> server_problem(const lab::IsnsServerConfig& server) {
  if (auto problem = lab::check_address_literal(server.address))
    return "address: expected " + *problem;
  if (auto problem = lab::check_object_name(server.network)) return "network: expected " + *problem;
  if (!lab::contains(lab::portal_states(), server.state))
    return "state: " + lab::expected_one_of(server.state, lab::portal_states());
  return {};
}

}  // namespace

IsnsId FabricCore::query_isns(const IpAddress& from, const IpAddress& server, std::string initiator,
                              std::move_only_function<void(IsnsTargets)> done,
                              std::move_only_function<void()> changed, Outbox& outbox) {
  const std::string network = network_of(from);
  const auto found = isns_servers_.find(resolve(server));
  if (found == isns_servers_.end() || found->second->config.network != network ||
      found->second->config.state == "refuse" || !network_is_up(network)) {
    outbox.calls.push_back([call = std::move(done)]() mutable { call(nullptr); });
    return 0;
  }
  IsnsServer& asked = *found->second;
  const IsnsId id = ++last_isns_;
  IsnsRegistration& registration = isns_registrations_[id];
  registration.server = &asked;
  registration.initiator = std::move(initiator);
  registration.done = std::move(done);
  registration.changed = std::move(changed);
  asked.registrations.insert(id);
  if (asked.config.state != "up") return id;
  if (asked.config.delay.count() == 0) {
    answer_isns(id, outbox);
  } else {
    registration.timer = after(asked.config.delay,
                               [id](FabricCore& core, Outbox& out) { core.answer_isns(id, out); });
  }
  return id;
}

void FabricCore::answer_isns(IsnsId id, Outbox& outbox) {
  const auto found = isns_registrations_.find(id);
  if (found == isns_registrations_.end()) return;
  IsnsRegistration& registration = found->second;
  registration.timer = 0;
  outbox.calls.push_back(
      [call = std::exchange(registration.done, {}),
       answer = isns_targets(registration.server->config.network)]() mutable { call(answer); });
}

void FabricCore::end_isns(IsnsId id, Outbox& outbox) {
  auto node = isns_registrations_.extract(id);
  if (node.empty()) return;
  IsnsRegistration& registration = node.mapped();
  if (registration.timer != 0) clock_->cancel(registration.timer);
  registration.server->registrations.erase(id);
  outbox.ended_isns.push_back(std::move(registration));
}

void FabricCore::leave_isns(IsnsServer& server, Outbox& outbox) {
  while (!server.registrations.empty()) {
    IsnsRegistration& registration = isns_registrations_.at(*server.registrations.begin());
    if (registration.done) {
      outbox.calls.push_back(
          [call = std::exchange(registration.done, {})]() mutable { call(nullptr); });
    } else {
      outbox.calls.push_back(std::exchange(registration.changed, {}));
    }
    end_isns(*server.registrations.begin(), outbox);
  }
}

void FabricCore::leave_isns_of(const std::string& network, Outbox& outbox) {
  for (const auto& [address, server] : isns_servers_) {
    if (server->config.network == network) leave_isns(*server, outbox);
  }
}

void FabricCore::isns_changed(const Target& target, Outbox& outbox) {
  std::set<std::string> networks;
  for (const auto& entry : target.portals) networks.insert(entry->config.network);
  for (const std::string& network : networks) isns_changed(network, outbox);
}

// Those that are still waiting get what is new by themselves.
void FabricCore::isns_changed(const std::string& network, Outbox& outbox) {
  isns_targets_.erase(network);
  for (const auto& [address, server] : isns_servers_) {
    if (server->config.network != network) continue;
    const std::set<IsnsId> registrations = server->registrations;
    for (const IsnsId id : registrations) {
      IsnsRegistration& registration = isns_registrations_.at(id);
      if (registration.done) continue;
      outbox.calls.push_back(std::exchange(registration.changed, {}));
      end_isns(id, outbox);
    }
  }
}

// Made once for all who ask: a lab may have ten thousand initiators.
IsnsTargets FabricCore::isns_targets(const std::string& network) {
  IsnsTargets& known = isns_targets_[network];
  if (known != nullptr) return known;
  std::vector<IsnsTarget> list;
  for (const auto& [canonical, target] : targets_) {
    if (!target->settings.isns) continue;
    IsnsTarget entry{target->settings.name, target->settings.alias, {}};
    for (const auto& portal : target->portals) {
      // A name that does not resolve has no address to register.
      if (portal->config.network != network || portal->endpoint == nullptr) continue;
      const IpAddress& given = portal->portal.address;
      IsnsPortal out;
      out.portal.address = IpAddress::from_text(resolve(given));
      out.portal.socket = portal->portal.socket;
      out.tag = portal->config.group;
      out.symbolic_name = portal->config.symbolic_name;
      if (out.symbolic_name.empty() && given.is_name()) out.symbolic_name = given.canonical();
      out.security_bitmap = portal->config.security_bitmap;
      entry.portals.push_back(std::move(out));
    }
    if (!entry.portals.empty()) list.push_back(std::move(entry));
  }
  known = std::make_shared<const std::vector<IsnsTarget>>(std::move(list));
  return known;
}

IsnsServer* FabricCore::find_isns_server(std::string_view address) {
  const auto found = isns_servers_.find(IpAddress::from_text(address).canonical());
  return found == isns_servers_.end() ? nullptr : found->second.get();
}

Edit FabricCore::put_isns_server(lab::IsnsServerConfig config, Outbox& outbox) {
  if (auto problem = server_problem(config))
    return failed(EditError::Kind::invalid, std::move(*problem));
  const std::string canonical = IpAddress::from_text(config.address).canonical();
  auto& server = isns_servers_[canonical];
  if (server == nullptr) {
    server = std::make_unique<IsnsServer>();
    server->canonical = canonical;
  } else if (server->config.network != config.network || server->config.state != config.state) {
    leave_isns(*server, outbox);
  }
  server->config = std::move(config);
  return {};
}

// ---- what others call

IsnsId SimulatedFabric::query_isns(const IpAddress& from, const IpAddress& server,
                                   std::string initiator,
                                   std::move_only_function<void(IsnsTargets)> done,
                                   std::move_only_function<void()> changed) {
  return core_->locked([&](Outbox& outbox) {
    return core_->query_isns(from, server, std::move(initiator), std::move(done),
                             std::move(changed), outbox);
  });
}

void SimulatedFabric::end_isns(IsnsId registration) {
  core_->locked([&](Outbox& outbox) { core_->end_isns(registration, outbox); });
}

std::vector<IpAddress> SimulatedFabric::isns_servers(const IpAddress& from) const {
  return core_->locked([&](Outbox&) {
    std::vector<IpAddress> servers;
    const std::string network = core_->network_of(from);
    if (!core_->network_is_up(network)) return servers;
    for (const auto& [address, server] : core_->isns_servers_) {
      const lab::IsnsServerConfig& config = server->config;
      if (config.announced && config.state == "up" && config.network == network)
        servers.push_back(IpAddress::from_text(address));
    }
    return servers;
  });
}

std::vector<std::string> SimulatedFabric::isns_server_addresses() const {
  return core_->locked([&](Outbox&) {
    std::vector<std::string> addresses;
    for (const auto& [address, server] : core_->isns_servers_) addresses.push_back(address);
    return addresses;
  });
}

std::optional<lab::IsnsServerConfig> SimulatedFabric::isns_server(std::string_view address) const {
  return core_->locked([&](Outbox&) -> std::optional<lab::IsnsServerConfig> {
    const IsnsServer* server = core_->find_isns_server(address);
    if (server == nullptr) return {};
    return server->config;
  });
}

std::vector<std::string> SimulatedFabric::isns_initiators(std::string_view address) const {
  return core_->locked([&](Outbox&) {
    std::set<std::string> names;
    if (const IsnsServer* server = core_->find_isns_server(address)) {
      for (const IsnsId id : server->registrations) {
        const IsnsRegistration& registration = core_->isns_registrations_.at(id);
        if (!registration.done) names.insert(registration.initiator);
      }
    }
    return std::vector<std::string>(names.begin(), names.end());
  });
}

Edit SimulatedFabric::add_isns_server(std::string_view address) {
  return core_->locked([&](Outbox& outbox) -> Edit {
    if (core_->find_isns_server(address) != nullptr) {
      return failed(EditError::Kind::exists,
                    "iSNS server " + std::string(address) + " exists already");
    }
    lab::IsnsServerConfig config;
    config.address = std::string(address);
    return core_->put_isns_server(std::move(config), outbox);
  });
}

Edit SimulatedFabric::edit_isns_server(std::string_view address,
                                       const std::function<void(lab::IsnsServerConfig&)>& change) {
  return core_->locked([&](Outbox& outbox) -> Edit {
    const IsnsServer* server = core_->find_isns_server(address);
    if (server == nullptr) return no_server(address);
    lab::IsnsServerConfig copy = server->config;
    change(copy);
    copy.address = server->config.address;
    return core_->put_isns_server(std::move(copy), outbox);
  });
}

Edit SimulatedFabric::remove_isns_server(std::string_view address) {
  return core_->locked([&](Outbox& outbox) -> Edit {
    IsnsServer* server = core_->find_isns_server(address);
    if (server == nullptr) return no_server(address);
    core_->leave_isns(*server, outbox);
    core_->isns_servers_.erase(std::string(server->canonical));
    return {};
  });
}

}  // namespace hbalab::fabric
