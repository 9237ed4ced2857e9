// isns/ADDRESS:
//   state                up, refuse, unreachable
//   network              of the server; it has the portals there
//   delay_ms             before a query is answered
//   announced            1: adapters that search for servers find it
//   initiators           nodes that are registered now, one a line, read-only
#include <utility>

#include "hba-sim/fabric/fabric_controls.hpp"
#include "hba-sim/fabric/setting_files.hpp"

namespace hbalab::fabric {
namespace {

using lab::control_error;
using lab::ControlDone;
using lab::ControlText;
using FabricPtr = std::shared_ptr<SimulatedFabric>;
using Server = lab::IsnsServerConfig;

std::shared_ptr<lab::ControlDirectory> make_server(const FabricPtr& fabric,
                                                   const std::string& address) {
  auto directory = std::make_shared<lab::FixedDirectory>();
  SettingFiles<Server> files(
      *directory, {"iSNS server " + address, [=] { return fabric->isns_server(address); },
                   [=](const auto& change) { return fabric->edit_isns_server(address, change); }});
  files.text("state", &Server::state, one_of(lab::portal_states()));
  files.text("network", &Server::network, lab::check_object_name);
  files.delay("delay_ms", &Server::delay);
  files.flag("announced", &Server::announced);
  directory->file("initiators", [fabric, address]() -> ControlText {
    if (!fabric->isns_server(address))
      return control_error(ENOENT, "there is no iSNS server " + address);
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
