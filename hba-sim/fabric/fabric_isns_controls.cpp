// isns/ADDRESS:
//   state                up, refuse, unreachable
//   network              of the server; it has the portals there
//   delay_ms             before a query is answered
//   announced            1: adapters that search for servers find it
//   initiators           nodes that are registered now, one a line, read-only
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
using Server = lab::IsnsServerConfig;

std::unexpected<lab::ControlError> gone(const std::string& address) {
  return control_error(ENOENT, "there is no iSNS server " + address);
}

void setting(lab::FixedDirectory& directory, const FabricPtr& fabric, const std::string& address,
             const char* file, std::function<std::string(const Server&)> show,
             std::function<ControlDone(Server&, std::string_view)> take) {
  directory.file(
      file,
      [fabric, address, show = std::move(show)]() -> ControlText {
        const auto server = fabric->isns_server(address);
        if (!server) return gone(address);
        return show(*server);
      },
      [fabric, address, take = std::move(take)](std::string_view text) -> ControlDone {
        ControlDone taken;
        const Edit edit = fabric->edit_isns_server(address, [&](Server& server) {
          Server copy = server;
          taken = take(copy, text);
          if (taken) server = std::move(copy);
        });
        return taken ? to_control(edit) : taken;
      });
}

std::shared_ptr<lab::ControlDirectory> make_server(const FabricPtr& fabric,
                                                   const std::string& address) {
  auto directory = std::make_shared<lab::FixedDirectory>();
  setting(
      *directory, fabric, address, "state", [](const Server& server) { return server.state; },
      [](Server& server, std::string_view text) -> ControlDone {
        if (!lab::contains(lab::portal_states(), text)) {
          return control_error(EINVAL, "is " + lab::in_quotes(text) + "; " +
                                           lab::expected_one_of(text, lab::portal_states()));
        }
        server.state = std::string(text);
        return {};
      });
  setting(
      *directory, fabric, address, "network", [](const Server& server) { return server.network; },
      [](Server& server, std::string_view text) -> ControlDone {
        if (auto problem = lab::check_object_name(text)) return unexpected_value(text, *problem);
        server.network = std::string(text);
        return {};
      });
  setting(
      *directory, fabric, address, "delay_ms",
      [](const Server& server) { return std::to_string(server.delay.count()); },
      [](Server& server, std::string_view text) -> ControlDone {
        const auto value = lab::parse_duration(text);
        if (!value) return unexpected_value(text, value.error());
        server.delay = *value;
        return {};
      });
  setting(
      *directory, fabric, address, "announced",
      [](const Server& server) { return std::string(server.announced ? "1" : "0"); },
      [](Server& server, std::string_view text) -> ControlDone {
        const auto on = lab::parse_control_switch(text);
        if (!on) return std::unexpected(on.error());
        server.announced = *on;
        return {};
      });
  directory->file("initiators", [fabric, address]() -> ControlText {
    if (!fabric->isns_server(address)) return gone(address);
    std::string text;
    for (const std::string& name : fabric->isns_initiators(address)) text += name + '\n';
    return text;
  });
  return directory;
}

}  // namespace

std::shared_ptr<lab::ControlDirectory> make_isns_controls(FabricPtr fabric) {
  lab::Collection servers;
  servers.names = [fabric] { return fabric->isns_server_addresses(); };
  servers.find = [fabric](std::string_view name) -> std::shared_ptr<lab::ControlDirectory> {
    if (!fabric->isns_server(name)) return nullptr;
    return make_server(fabric, std::string(name));
  };
  servers.make = [fabric](std::string_view name) -> ControlDone {
    if (auto problem = lab::check_address_literal(name)) return unexpected_value(name, *problem);
    return to_control(fabric->add_isns_server(name));
  };
  servers.remove = [fabric](std::string_view name) {
    return to_control(fabric->remove_isns_server(name));
  };
  return lab::make_collection(std::move(servers));
}

}  // namespace hbalab::fabric
