// What the adapter finds by itself: static targets and iSNS. SendTargets needs a session, and a
// caller (hba_operations.cpp).
#include <algorithm>

#include "hba-sim/adapter/hba_core.hpp"

namespace hbalab::adapter {

void HbaCore::make_isns_client() {
  IsnsClient::Host host{.ports =
                            [this] {
                              std::vector<IpAddress> addresses;
                              for (const PortInfo& port : ports_) {
                                if (port.link_up) addresses.push_back(port.address);
                              }
                              return addresses;
                            },
                        .initiator =
                            [this] {
                              const std::string& given = settings_.now().discovery.initiator_name;
                              const auto name =
                                  given.empty() ? initiator_name() : from_wire_text(given);
                              return IscsiName(name).canonical();
                            },
                        .told =
                            [this](const std::string& server, const fabric::IsnsTargets& targets) {
                              if (discovered_.update(server, targets)) announce_targets();
                            }};
  isns_ = std::make_unique<IsnsClient>(*options_.fabric, *options_.clock, options_.config.timing,
                                       std::move(host));
}

// An adapter that has failed and works again knows nothing, like one that was just started.
void HbaCore::begin_discovery() {
  discovered_.clear();
  discovered_.set_static(options_.config.static_targets);
  const auto& functions = options_.config.functionality;
  if (std::ranges::find(functions, "ISCSI_HBA_ISNS_DISCOVERY") == functions.end()) return;
  isns_->start(gate_);
  isns_->configure(settings_.now().discovery);
}

void HbaCore::apply_discovery_settings(const AdapterSettings& before) {
  if (gate_ == nullptr || failed()) return;
  const AdapterSettings& now = settings_.now();
  const bool renamed = now.nodes.names != before.nodes.names ||
                       now.discovery.initiator_name != before.discovery.initiator_name;
  if (now.discovery != before.discovery) isns_->configure(now.discovery);
  if (renamed) isns_->ask_again();
}

}  // namespace hbalab::adapter
