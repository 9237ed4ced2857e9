// targets/IQN/portals/ADDR:PORT/{state,group,network,redirect_to,redirect_permanently,symbolic_name,
// security_bitmap}: mkdir adds, rmdir removes.
#include <utility>

#include "hba-sim/fabric/fabric_controls.hpp"
#include "hba-sim/fabric/setting_files.hpp"

namespace hbalab::fabric {
namespace {

using lab::control_error;
using lab::ControlDone;
using lab::ControlText;
using FabricPtr = std::shared_ptr<SimulatedFabric>;

std::optional<lab::PortalConfig> find_portal(const FabricPtr& fabric, const std::string& name,
                                             std::string_view text) {
  const auto wanted = Portal::from_text(text);
  if (!wanted) return {};
  const std::string key = wanted->canonical();
  for (auto& portal : fabric->portals(name)) {
    Portal have;
    have.address = IpAddress::from_text(portal.address);
    have.socket = portal.port;
    if (have.canonical() == key) return portal;
  }
  return {};
}

std::shared_ptr<lab::ControlDirectory> make_portal(const FabricPtr& fabric, const std::string& name,
                                                   const std::string& key) {
  auto directory = std::make_shared<lab::FixedDirectory>();
  using Config = lab::PortalConfig;
  SettingFiles<Config> files(*directory,
                             {"portal " + key, [=] { return find_portal(fabric, name, key); },
                              [=](const auto& change) {
                                return fabric->edit_portal(
                                    name, Portal::from_text(key).value_or(Portal()), change);
                              }});
  files.text("state", &Config::state, one_of(lab::portal_states()));
  files.number("group", &Config::group, 0, 65535);
  files.text("network", &Config::network, lab::check_object_name);
  files.text("redirect_to", &Config::redirect_to, or_empty(lab::check_portal));
  files.flag("redirect_permanently", &Config::redirect_permanently);
  files.text("symbolic_name", &Config::symbolic_name, lab::check_plain_text);
  files.number("security_bitmap", &Config::security_bitmap, 0, 0xFFFFFFFFu);
  return directory;
}

}  // namespace

std::shared_ptr<lab::ControlDirectory> make_portal_controls(FabricPtr fabric, std::string name) {
  lab::Collection portals;
  portals.names = [fabric, name] {
    std::vector<std::string> names;
    for (const auto& portal : fabric->portals(name)) {
      Portal have;
      have.address = IpAddress::from_text(portal.address);
      have.socket = portal.port;
      names.push_back(have.canonical());
    }
    return names;
  };
  portals.find = [fabric, name](std::string_view key) -> std::shared_ptr<lab::ControlDirectory> {
    if (!find_portal(fabric, name, key)) return nullptr;
    return make_portal(fabric, name, std::string(key));
  };
  portals.make = [fabric, name](std::string_view text) -> ControlDone {
    if (auto problem = lab::check_portal(text)) return unexpected_value(text, *problem);
    const auto portal = Portal::from_text(text);
    lab::PortalConfig config;
    config.address = portal->address.canonical();
    config.port = portal->socket == 0 ? Portal::kDefaultSocket : portal->socket;
    return to_control(fabric->put_portal(name, config));
  };
  portals.remove = [fabric, name](std::string_view text) -> ControlDone {
    const auto portal = Portal::from_text(text);
    if (!portal) return control_error(ENOENT, "there is no portal " + std::string(text));
    return to_control(fabric->remove_portal(name, *portal));
  };
  return lab::make_collection(std::move(portals));
}

}  // namespace hbalab::fabric
