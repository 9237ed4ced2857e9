// The state directory of a world of this system.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "world.hpp"

namespace hbalab::dsc_test {

inline void spoil(const std::string& state_directory, StateFault fault) {
  if (fault == StateFault::unwritable) {
    // Below a file there is no directory, whoever asks.
    const std::string file = state_directory + ".file";
    std::ofstream(file) << "in the way";
    ::setenv("HBALAB_DSC_STATE", (file + "/dsc").c_str(), 1);
  } else {
    std::filesystem::create_directories(state_directory);
    std::ofstream(state_directory + "/service.db") << std::string(5000, 'x');
  }
}

}  // namespace hbalab::dsc_test
