#include "hba-sim/fabric/simulated.hpp"

#include <algorithm>
#include <utility>

#include "hba-sim/fabric/simulated_core.hpp"
#include "hba-sim/lab/config_rules.hpp"

namespace hbalab::fabric {
namespace {

std::unexpected<EditError> failed(EditError::Kind kind, std::string reason) {
  return std::unexpected(EditError{kind, std::move(reason)});
}
std::string host_key(std::string_view name) { return IpAddress::from_text(name).canonical(); }

}  // namespace

SimulatedFabric::SimulatedFabric(const lab::LabConfig& config, std::shared_ptr<Clock> clock)
    : core_(std::make_shared<FabricCore>(std::move(clock), config.seed)) {
  for (const auto& adapter : config.adapters) {
    for (const auto& port : adapter.ports) plug(IpAddress::from_text(port.address), port.network);
  }
  for (const auto& host : config.hosts) (void)put_host(host);
  for (const auto& target : config.targets) (void)add_target(target);
  core_->locked([&](Outbox& outbox) {
    for (const auto& server : config.isns_servers) (void)core_->put_isns_server(server, outbox);
  });
}

SimulatedFabric::~SimulatedFabric() {
  core_->locked([&](Outbox& outbox) {
    std::vector<LinkId> ids;
    for (const auto& [id, link] : core_->links_) ids.push_back(id);
    for (const LinkId id : ids) core_->end(id, outbox);
    while (!core_->isns_registrations_.empty())
      core_->end_isns(core_->isns_registrations_.begin()->first, outbox);
  });
}

LinkId SimulatedFabric::connect(const IpAddress& from, const Portal& to,
                                std::function<void(const LinkEvent&)> on_event,
                                std::move_only_function<void(ConnectResult)> done) {
  return core_->locked([&](Outbox& outbox) {
    return core_->open(from, to, std::move(on_event), std::move(done), outbox);
  });
}

void SimulatedFabric::login(LinkId link, LoginRequest request,
                            std::move_only_function<void(LoginResponse)> done) {
  core_->locked(
      [&](Outbox& outbox) { core_->login(link, std::move(request), std::move(done), outbox); });
}

void SimulatedFabric::text(LinkId link, Keys keys, std::move_only_function<void(bool, Keys)> done) {
  core_->locked(
      [&](Outbox& outbox) { core_->text(link, std::move(keys), std::move(done), outbox); });
}

void SimulatedFabric::scsi(LinkId link, std::uint64_t lun, Bytes cdb, std::uint32_t allocation,
                           std::move_only_function<void(ScsiResponse)> done) {
  core_->locked([&](Outbox& outbox) {
    outbox.calls.push_back(
        [call = std::move(done),
         answer = core_->answer_scsi(link, lun, cdb, allocation, outbox)]() mutable {
          call(std::move(answer));
        });
  });
}

void SimulatedFabric::logout(LinkId link, std::move_only_function<void(bool)> done) {
  core_->locked([&](Outbox& outbox) { core_->logout(link, false, std::move(done), outbox); });
}

void SimulatedFabric::logout_session(LinkId link, std::move_only_function<void(bool)> done) {
  core_->locked([&](Outbox& outbox) { core_->logout(link, true, std::move(done), outbox); });
}

void SimulatedFabric::close(LinkId link) {
  core_->locked([&](Outbox& outbox) { core_->end(link, outbox); });
}

bool SimulatedFabric::reaches(const IpAddress& from, const Portal& to) const {
  return core_->locked([&](Outbox&) {
    const std::string network = core_->network_of(from);
    const std::string address = core_->resolve(to.address);
    return !address.empty() && core_->network_is_up(network) &&
           core_->endpoints_.contains(FabricCore::endpoint_key(network, address, to.socket));
  });
}

EchoResult SimulatedFabric::echo(const IpAddress& from, const IpAddress& to) const {
  return core_->locked([&](Outbox&) { return core_->echo(from, to); });
}

void SimulatedFabric::plug(const IpAddress& address, const std::string& network) {
  if (address.empty()) return;
  core_->locked([&](Outbox&) { core_->plugged_[address.canonical()] = network; });
}

void SimulatedFabric::unplug(const IpAddress& address) {
  core_->locked([&](Outbox&) { core_->plugged_.erase(address.canonical()); });
}

std::vector<std::string> SimulatedFabric::target_names() const {
  return core_->locked([&](Outbox&) {
    std::vector<std::string> names;
    for (const auto& [canonical, target] : core_->targets_) names.push_back(target->settings.name);
    return names;
  });
}

bool SimulatedFabric::has_target(std::string_view name) const {
  return core_->locked([&](Outbox&) { return core_->find_target(name) != nullptr; });
}

std::optional<lab::TargetConfig> SimulatedFabric::target_settings(std::string_view name) const {
  return core_->locked([&](Outbox&) -> std::optional<lab::TargetConfig> {
    const Target* target = core_->find_target(name);
    if (target == nullptr) return {};
    return target->settings;
  });
}

std::vector<lab::PortalConfig> SimulatedFabric::portals(std::string_view name) const {
  return core_->locked([&](Outbox&) {
    std::vector<lab::PortalConfig> portals;
    if (const Target* target = core_->find_target(name)) {
      for (const auto& entry : target->portals) portals.push_back(entry->config);
    }
    return portals;
  });
}

std::vector<std::uint64_t> SimulatedFabric::luns(std::string_view name) const {
  return core_->locked([&](Outbox&) {
    std::vector<std::uint64_t> numbers;
    if (const Target* target = core_->find_target(name)) {
      for (const auto& [number, lun] : target->luns) numbers.push_back(number);
    }
    return numbers;
  });
}

std::optional<lab::LunConfig> SimulatedFabric::lun(std::string_view name,
                                                   std::uint64_t number) const {
  return core_->locked([&](Outbox&) -> std::optional<lab::LunConfig> {
    const Target* target = core_->find_target(name);
    if (target == nullptr) return {};
    const auto found = target->luns.find(number);
    if (found == target->luns.end()) return {};
    return found->second;
  });
}

TargetCounters SimulatedFabric::counters(std::string_view name) const {
  return core_->locked([&](Outbox&) {
    TargetCounters counters;
    if (const Target* target = core_->find_target(name)) {
      counters = target->counters;
      counters.sessions = target->sessions.size();
      for (const auto& [tsih, session] : target->sessions)
        counters.connections += session.links.size();
    }
    return counters;
  });
}

std::vector<SessionView> SimulatedFabric::sessions(std::string_view name) const {
  return core_->locked([&](Outbox&) {
    std::vector<SessionView> views;
    if (const Target* target = core_->find_target(name)) {
      for (const auto& [tsih, session] : target->sessions) {
        SessionView view{session.initiator, session.isid, tsih, session.group, {}};
        for (const auto& [cid, link] : session.links) view.cids.push_back(cid);
        views.push_back(std::move(view));
      }
    }
    return views;
  });
}

Edit SimulatedFabric::add_target(lab::TargetConfig config) {
  return core_->locked(
      [&](Outbox& outbox) { return core_->add_target(std::move(config), outbox); });
}

Edit SimulatedFabric::remove_target(std::string_view name) {
  return core_->locked([&](Outbox& outbox) { return core_->remove_target(name, outbox); });
}

std::vector<lab::HostConfig> SimulatedFabric::hosts() const {
  return core_->locked([&](Outbox&) {
    std::vector<lab::HostConfig> hosts;
    for (const auto& [key, host] : core_->hosts_) hosts.push_back(host);
    return hosts;
  });
}

std::optional<std::string> SimulatedFabric::host(std::string_view name) const {
  return core_->locked([&](Outbox&) -> std::optional<std::string> {
    const auto found = core_->hosts_.find(host_key(name));
    if (found == core_->hosts_.end()) return {};
    return found->second.address;
  });
}

Edit SimulatedFabric::put_host(const lab::HostConfig& host) {
  if (auto problem = lab::check_host_name(host.name)) {
    return failed(EditError::Kind::invalid, "expected " + *problem);
  }
  // A name without an address is known and does not resolve yet.
  if (!host.address.empty()) {
    if (auto problem = lab::check_address_literal(host.address)) {
      return failed(EditError::Kind::invalid, "expected " + *problem);
    }
  }
  return core_->locked([&](Outbox& outbox) -> Edit {
    const std::string key = host_key(host.name);
    core_->hosts_[key] = host;
    core_->move_portals_of(key, outbox);
    return {};
  });
}

Edit SimulatedFabric::remove_host(std::string_view name) {
  return core_->locked([&](Outbox& outbox) -> Edit {
    const std::string key = host_key(name);
    if (core_->hosts_.erase(key) == 0) {
      return failed(EditError::Kind::not_found, "there is no host " + std::string(name));
    }
    core_->move_portals_of(key, outbox);
    return {};
  });
}

std::vector<std::string> SimulatedFabric::networks() const {
  return core_->locked([&](Outbox&) {
    const auto names = core_->network_names();
    return std::vector<std::string>(names.begin(), names.end());
  });
}

std::optional<bool> SimulatedFabric::network_up(std::string_view name) const {
  return core_->locked([&](Outbox&) -> std::optional<bool> {
    const std::string key(name);
    if (!core_->network_names().contains(key)) return {};
    return core_->network_is_up(key);
  });
}

Edit SimulatedFabric::add_network(std::string_view name) {
  if (auto problem = lab::check_object_name(name)) {
    return failed(EditError::Kind::invalid, "expected " + *problem);
  }
  return core_->locked([&](Outbox&) -> Edit {
    if (core_->network_names().contains(std::string(name))) {
      return failed(EditError::Kind::exists, "network " + std::string(name) + " exists already");
    }
    core_->added_networks_.insert(std::string(name));
    return {};
  });
}

Edit SimulatedFabric::remove_network(std::string_view name) {
  return core_->locked([&](Outbox&) -> Edit {
    const std::string key(name);
    if (!core_->network_names().contains(key)) {
      return failed(EditError::Kind::not_found, "there is no network " + key);
    }
    const bool was_down = core_->down_.erase(key) != 0;
    const bool was_added = core_->added_networks_.erase(key) != 0;
    if (!core_->network_names().contains(key)) return {};
    if (was_down) core_->down_.insert(key);
    if (was_added) core_->added_networks_.insert(key);
    return failed(EditError::Kind::in_use, "ports or portals are plugged into network " + key);
  });
}

Edit SimulatedFabric::set_network_up(std::string_view name, bool up) {
  return core_->locked([&](Outbox& outbox) -> Edit {
    const std::string key(name);
    if (!core_->network_names().contains(key)) {
      return failed(EditError::Kind::not_found, "there is no network " + key);
    }
    if (up) {
      // A network that was down stays known, even if nothing is plugged into it any more.
      if (core_->down_.erase(key) != 0) core_->added_networks_.insert(key);
      return {};
    }
    core_->down_.insert(key);
    std::vector<LinkId> ids;
    for (const auto& [place, endpoint] : core_->endpoints_) {
      if (endpoint->network == key)
        ids.insert(ids.end(), endpoint->links.begin(), endpoint->links.end());
    }
    std::sort(ids.begin(), ids.end());
    core_->drop_all(ids, outbox);
    core_->leave_isns_of(key, outbox);
    return {};
  });
}

std::size_t SimulatedFabric::link_count() const {
  return core_->locked([&](Outbox&) { return core_->links_.size(); });
}

}  // namespace hbalab::fabric
