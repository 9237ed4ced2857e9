#include "hba-sim/adapter/isns_client.hpp"

#include <algorithm>
#include <utility>

namespace hbalab::adapter {

IsnsClient::IsnsClient(fabric::Fabric& fabric, Clock& clock, const lab::TimingConfig& timing,
                       Host host)
    : fabric_(fabric), clock_(clock), timing_(timing), host_(std::move(host)) {}

IsnsClient::~IsnsClient() { stop(); }

// A callback about a query that goes on with `step(server)` unless another one took its place.
template <typename Step>
auto IsnsClient::later(const ServerPtr& server, Step step) {
  return [gate = gate_, held = std::weak_ptr(server), serial = server->serial,
          step](auto... arguments) {
    gate->run([held, serial, step, ... arguments = std::move(arguments)] {
      const ServerPtr asked = held.lock();
      if (asked != nullptr && asked->serial == serial) step(asked, arguments...);
    });
  };
}

void IsnsClient::cancel(TimerId& timer) {
  if (timer != 0) clock_.cancel(std::exchange(timer, 0));
}

void IsnsClient::start(std::shared_ptr<Gate> gate) {
  stop();
  gate_ = std::move(gate);
}

void IsnsClient::stop() {
  cancel(search_timer_);
  automatic_ = false;
  for (const auto& [address, server] : servers_) drop(*server);
  servers_.clear();
  gate_.reset();
}

void IsnsClient::configure(const DiscoverySettings& settings) {
  if (gate_ == nullptr) return;
  const bool searched = std::exchange(automatic_, settings.automatic);
  cancel(search_timer_);
  if (automatic_) {
    if (!searched) set_servers({});
    return search();
  }
  set_servers(settings.isns ? settings.isns_servers.addresses : std::vector<std::string>());
}

// Servers announce themselves again and again, so that one that comes later is found too. One that
// fell silent is still asked for: it may be back.
void IsnsClient::search() {
  std::vector<std::string> found;
  for (const auto& [address, server] : servers_) found.push_back(address);
  for (const IpAddress& port : host_.ports()) {
    for (const IpAddress& server : fabric_.isns_servers(port)) found.push_back(server.canonical());
  }
  set_servers(std::move(found));
  search_timer_ = clock_.schedule(clock_.now() + timing_.retry_interval, [gate = gate_, this] {
    gate->run([this] {
      search_timer_ = 0;
      if (automatic_) search();
    });
  });
}

void IsnsClient::set_servers(std::vector<std::string> addresses) {
  std::erase_if(servers_, [&](const auto& entry) {
    if (std::ranges::find(addresses, entry.first) != addresses.end()) return false;
    drop(*entry.second);
    host_.told(entry.first, nullptr);
    return true;
  });
  for (std::string& address : addresses) {
    auto& server = servers_[address];
    if (server != nullptr) continue;
    server = std::make_shared<Server>();
    server->address = std::move(address);
    ask(server);
  }
}

void IsnsClient::ask_again() {
  for (const auto& [address, server] : servers_) {
    drop(*server);
    server->port = 0;
    ask(server);
  }
}

void IsnsClient::ask(const ServerPtr& server) {
  const auto ports = host_.ports();
  const auto again = later(server, [this](const ServerPtr& asked) {
    drop(*asked);
    asked->port = 0;
    ask(asked);
  });
  if (server->port >= ports.size()) {
    server->timer = clock_.schedule(clock_.now() + timing_.retry_interval, again);
    return;
  }
  const auto next = later(server, [this](const ServerPtr& asked) { ask_over_next_port(asked); });
  server->timer = clock_.schedule(clock_.now() + timing_.login_timeout, next);
  const auto answer =
      later(server, [this](const ServerPtr& asked, const fabric::IsnsTargets& told) {
        if (told == nullptr) return ask_over_next_port(asked);
        answered(*asked, told);
      });
  // The callbacks come after this call, since it is made under the lock that they need.
  server->registration = fabric_.query_isns(
      ports[server->port], IpAddress::from_text(server->address), host_.initiator(), answer, again);
}

void IsnsClient::answered(Server& server, const fabric::IsnsTargets& told) {
  cancel(server.timer);
  host_.told(server.address, told);
}

void IsnsClient::ask_over_next_port(const ServerPtr& server) {
  drop(*server);
  ++server->port;
  ask(server);
}

void IsnsClient::drop(Server& server) {
  ++server.serial;
  cancel(server.timer);
  if (server.registration != 0) fabric_.end_isns(std::exchange(server.registration, 0));
}

}  // namespace hbalab::adapter
