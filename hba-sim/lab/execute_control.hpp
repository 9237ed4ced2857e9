// MNT/lab/execute: calls a method by its id, also one that no class describes, which the files
// under root/wmi cannot.
#pragma once

#include <memory>

#include "hba-sim/lab/control_dir.hpp"
#include "wmi-model/client.hpp"
#include "wmi-model/registry.hpp"

namespace hbalab::lab {

// Write "ADAPTER CLASS ID [IN as hexadecimal digits]", read what came of it.
void add_execute_control(FixedDirectory& directory, std::shared_ptr<wmi::ProviderRegistry> registry,
                         std::shared_ptr<wmi::WmiClient> client);

}  // namespace hbalab::lab
