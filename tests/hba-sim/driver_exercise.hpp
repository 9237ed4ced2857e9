// A fixed exercise for a loaded driver under check: whatever classes its MOF file has are queried,
// set, called and listened to, with buffers of every interesting size, until the driver is
// unloaded. What it broke comes back.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "hba-sim/port/checker/violation_log.hpp"

namespace hbalab::driver_test {

// A method that is called before everything else, for drivers that have nothing to show at first.
struct FirstCall {
  std::string class_name, method, in_json;
};

struct Exercised {
  std::set<std::string> rules;  // that were broken
  std::string text;             // of the violations, as a terminal shows them
  std::string problem;          // why the driver was not loaded or its adapter not started
  std::size_t requests = 0;     // that were answered with success
};

[[nodiscard]] Exercised exercise(const std::filesystem::path& driver,
                                 const std::filesystem::path& mof,
                                 const std::vector<FirstCall>& first = {});

// The sample drivers, by the names of their folders.
struct SampleDriver {
  std::string name;
  std::vector<FirstCall> first;
};
[[nodiscard]] const std::vector<SampleDriver>& sample_drivers();

}  // namespace hbalab::driver_test
