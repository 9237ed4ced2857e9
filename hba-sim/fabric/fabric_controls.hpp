// The fabric as files: what lies under lab/fabric.
//
//   targets/IQN/      mkdir adds a target without portals; see fabric_target_controls.cpp
//   hosts/NAME/address    mkdir adds a name; empty: known, but not resolved
//   networks/NAME/link    up or down; mkdir adds a network
//   isns/ADDRESS/     mkdir adds an iSNS server; see fabric_isns_controls.cpp
#pragma once

#include <memory>

#include "hba-sim/fabric/simulated.hpp"
#include "hba-sim/lab/control_dir.hpp"

namespace hbalab::fabric {

[[nodiscard]] std::shared_ptr<lab::ControlDirectory> make_fabric_controls(
    std::shared_ptr<SimulatedFabric> fabric);

// Of one target; `name` need not exist any more when a file is used (ENOENT then).
[[nodiscard]] std::shared_ptr<lab::ControlDirectory> make_target_controls(
    std::shared_ptr<SimulatedFabric> fabric, std::string name);

// The portals of that target.
[[nodiscard]] std::shared_ptr<lab::ControlDirectory> make_portal_controls(
    std::shared_ptr<SimulatedFabric> fabric, std::string name);
[[nodiscard]] std::shared_ptr<lab::ControlDirectory> make_isns_controls(
    std::shared_ptr<SimulatedFabric> fabric);
// The files of a target that act when they are written.
void add_target_actions(lab::FixedDirectory& directory,
                        const std::shared_ptr<SimulatedFabric>& fabric, const std::string& name);

// EditError as errno and reason.
[[nodiscard]] lab::ControlDone to_control(Edit edit);

// EINVAL: what came and what was expected.
[[nodiscard]] std::unexpected<lab::ControlError> unexpected_value(std::string_view text,
                                                                  const std::string& expected);

}  // namespace hbalab::fabric
