// Drivers on the command line: --miniport, and behind each the --mof files of its classes.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "hba-sim/lab/config.hpp"

namespace hbalab::cli {

struct LoadedFiles {
  std::vector<std::string> miniports, mofs;  // as the options have them
};

// An adapter for each --miniport, named as its file is, with absolute paths. `order` is the order
// in which the options were given.
[[nodiscard]] std::vector<lab::AdapterConfig> loaded_adapters(
    const std::vector<CLI::Option*>& order, const CLI::Option* miniport, const CLI::Option* mof,
    const LoadedFiles& files);

// "./build/libMy Driver.so" -> "My_Driver": a name that an adapter can have.
[[nodiscard]] std::string adapter_name_of(const std::string& file);

}  // namespace hbalab::cli
