// targets/IQN/portals/ADDR:PORT/{state,group,network,redirect_to,redirect_permanently,symbolic_name,
// security_bitmap}: mkdir adds, rmdir removes.
#include <utility>

#include "hba-sim/fabric/fabric_controls.hpp"
#include "hba-sim/lab/config_json.hpp"
#include "hba-sim/lab/config_rules.hpp"

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
  const auto file = [&](const char* title,
                        std::function<std::string(const lab::PortalConfig&)> show,
                        std::function<ControlDone(lab::PortalConfig&, std::string_view)> take) {
    directory->file(
        title,
        [=]() -> ControlText {
          const auto portal = find_portal(fabric, name, key);
          if (!portal) return control_error(ENOENT, "there is no portal " + key);
          return show(*portal);
        },
        [=](std::string_view text) -> ControlDone {
          const auto portal = Portal::from_text(key);
          ControlDone taken;
          const Edit edit =
              fabric->edit_portal(name, portal.value_or(Portal()),
                                  [&](lab::PortalConfig& config) { taken = take(config, text); });
          return taken ? to_control(edit) : taken;
        });
  };
  file(
      "state", [](const lab::PortalConfig& portal) { return portal.state; },
      [](lab::PortalConfig& portal, std::string_view text) -> ControlDone {
        if (!lab::contains(lab::portal_states(), text)) {
          return control_error(EINVAL, "is " + lab::in_quotes(text) + "; " +
                                           lab::expected_one_of(text, lab::portal_states()));
        }
        portal.state = std::string(text);
        return {};
      });
  file(
      "group", [](const lab::PortalConfig& portal) { return std::to_string(portal.group); },
      [](lab::PortalConfig& portal, std::string_view text) -> ControlDone {
        const auto number = lab::parse_control_number(text, 0, 65535);
        if (!number) return std::unexpected(number.error());
        portal.group = static_cast<std::uint16_t>(*number);
        return {};
      });
  file(
      "network", [](const lab::PortalConfig& portal) { return portal.network; },
      [](lab::PortalConfig& portal, std::string_view text) -> ControlDone {
        if (auto problem = lab::check_object_name(text)) return unexpected_value(text, *problem);
        portal.network = std::string(text);
        return {};
      });
  file(
      "redirect_to", [](const lab::PortalConfig& portal) { return portal.redirect_to; },
      [](lab::PortalConfig& portal, std::string_view text) -> ControlDone {
        if (auto problem = text.empty() ? lab::Problem() : lab::check_portal(text))
          return unexpected_value(text, *problem + ", or an empty line for none");
        portal.redirect_to = std::string(text);
        return {};
      });
  file(
      "redirect_permanently",
      [](const lab::PortalConfig& portal) {
        return std::string(portal.redirect_permanently ? "1" : "0");
      },
      [](lab::PortalConfig& portal, std::string_view text) -> ControlDone {
        const auto on = lab::parse_control_switch(text);
        if (!on) return std::unexpected(on.error());
        portal.redirect_permanently = *on;
        return {};
      });
  file(
      "symbolic_name", [](const lab::PortalConfig& portal) { return portal.symbolic_name; },
      [](lab::PortalConfig& portal, std::string_view text) -> ControlDone {
        if (auto problem = lab::check_plain_text(text)) return unexpected_value(text, *problem);
        portal.symbolic_name = std::string(text);
        return {};
      });
  file(
      "security_bitmap",
      [](const lab::PortalConfig& portal) { return std::to_string(portal.security_bitmap); },
      [](lab::PortalConfig& portal, std::string_view text) -> ControlDone {
        const auto number = lab::parse_control_number(text, 0, 0xFFFFFFFFu);
        if (!number) return std::unexpected(number.error());
        portal.security_bitmap = static_cast<std::uint32_t>(*number);
        return {};
      });
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
