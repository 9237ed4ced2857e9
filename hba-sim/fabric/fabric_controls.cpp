#include "hba-sim/fabric/fabric_controls.hpp"

#include <utility>

#include "hba-sim/fabric/setting_files.hpp"
#include "hba-sim/lab/config_json.hpp"
#include "hba-sim/lab/config_rules.hpp"

namespace hbalab::fabric {

using lab::control_error;
using lab::ControlDone;
using lab::ControlText;

ControlDone to_control(Edit edit) {
  if (edit) return {};
  int error = EINVAL;
  switch (edit.error().kind) {
    case EditError::Kind::not_found:
      error = ENOENT;
      break;
    case EditError::Kind::exists:
      error = EEXIST;
      break;
    case EditError::Kind::in_use:
      error = EBUSY;
      break;
    case EditError::Kind::invalid:
      error = EINVAL;
      break;
  }
  return control_error(error, std::move(edit.error().reason));
}

std::unexpected<lab::ControlError> unexpected_value(std::string_view text,
                                                    const std::string& expected) {
  return control_error(EINVAL, "is " + lab::in_quotes(text) + "; expected " + expected);
}

SettingRule one_of(std::span<const std::string_view> choices) {
  return [choices](std::string_view text) -> lab::Problem {
    if (lab::contains(choices, text)) return {};
    return lab::expected_one_of(text, choices).substr(std::string_view("expected ").size());
  };
}

SettingRule or_empty(SettingRule rule) {
  return [rule = std::move(rule)](std::string_view text) -> lab::Problem {
    auto problem = text.empty() ? lab::Problem() : rule(text);
    if (problem) *problem += ", or an empty line for none";
    return problem;
  };
}

namespace {

std::shared_ptr<lab::ControlDirectory> make_hosts(const std::shared_ptr<SimulatedFabric>& fabric) {
  lab::Collection hosts;
  hosts.names = [fabric] {
    std::vector<std::string> names;
    for (auto& host : fabric->hosts()) names.push_back(std::move(host.name));
    return names;
  };
  hosts.find = [fabric](std::string_view name) -> std::shared_ptr<lab::ControlDirectory> {
    if (!fabric->host(name)) return nullptr;
    auto directory = std::make_shared<lab::FixedDirectory>();
    directory->file(
        "address",
        [fabric, key = std::string(name)]() -> ControlText {
          auto address = fabric->host(key);
          if (!address) return control_error(ENOENT, "there is no host " + key);
          return std::move(*address);
        },
        [fabric, key = std::string(name)](std::string_view text) -> ControlDone {
          if (!fabric->host(key)) return control_error(ENOENT, "there is no host " + key);
          if (!text.empty()) {
            if (auto problem = lab::check_address_literal(text)) {
              return unexpected_value(text, *problem);
            }
          }
          return to_control(fabric->put_host({key, std::string(text)}));
        });
    return directory;
  };
  hosts.make = [fabric](std::string_view name) -> ControlDone {
    if (auto problem = lab::check_host_name(name)) {
      return unexpected_value(name, *problem);
    }
    return to_control(fabric->put_host({std::string(name), {}}));
  };
  hosts.remove = [fabric](std::string_view name) { return to_control(fabric->remove_host(name)); };
  return lab::make_collection(std::move(hosts));
}

std::shared_ptr<lab::ControlDirectory> make_networks(
    const std::shared_ptr<SimulatedFabric>& fabric) {
  lab::Collection networks;
  networks.names = [fabric] { return fabric->networks(); };
  networks.find = [fabric](std::string_view name) -> std::shared_ptr<lab::ControlDirectory> {
    if (!fabric->network_up(name)) return nullptr;
    auto directory = std::make_shared<lab::FixedDirectory>();
    directory->file(
        "link",
        [fabric, key = std::string(name)]() -> ControlText {
          const auto up = fabric->network_up(key);
          if (!up) return control_error(ENOENT, "there is no network " + key);
          return *up ? "up" : "down";
        },
        [fabric, key = std::string(name)](std::string_view text) -> ControlDone {
          const auto up = lab::parse_control_switch(text);
          if (!up) return std::unexpected(up.error());
          return to_control(fabric->set_network_up(key, *up));
        });
    return directory;
  };
  networks.make = [fabric](std::string_view name) { return to_control(fabric->add_network(name)); };
  networks.remove = [fabric](std::string_view name) {
    return to_control(fabric->remove_network(name));
  };
  return lab::make_collection(std::move(networks));
}

std::shared_ptr<lab::ControlDirectory> make_targets(
    const std::shared_ptr<SimulatedFabric>& fabric) {
  lab::Collection targets;
  targets.names = [fabric] { return fabric->target_names(); };
  targets.find = [fabric](std::string_view name) -> std::shared_ptr<lab::ControlDirectory> {
    if (!fabric->has_target(name)) return nullptr;
    return make_target_controls(fabric, std::string(name));
  };
  targets.make = [fabric](std::string_view name) {
    lab::TargetConfig config;
    config.name = std::string(name);
    return to_control(fabric->add_target(std::move(config)));
  };
  targets.remove = [fabric](std::string_view name) {
    return to_control(fabric->remove_target(name));
  };
  return lab::make_collection(std::move(targets));
}

}  // namespace

std::shared_ptr<lab::ControlDirectory> make_fabric_controls(
    std::shared_ptr<SimulatedFabric> fabric) {
  auto directory = std::make_shared<lab::FixedDirectory>();
  directory->directory("targets", make_targets(fabric))
      .directory("hosts", make_hosts(fabric))
      .directory("networks", make_networks(fabric))
      .directory("isns", make_isns_controls(fabric));
  return directory;
}

}  // namespace hbalab::fabric
