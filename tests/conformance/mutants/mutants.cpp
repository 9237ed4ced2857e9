#include "tests/conformance/mutants/mutants.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace hbalab::mutants {
namespace {

std::string_view chosen() {
  const char* name = std::getenv("HBALAB_MUTANT");
  if (name == nullptr || *name == '\0') return {};
  if (std::ranges::find(names(), name) != names().end()) return name;
  std::cerr << "HBALAB_MUTANT=" << name << ": there is no such fault\n";
  std::exit(2);
}

// Looked up before main: a wrong name ends the program, and not a worker of it.
const std::string_view its_name = chosen();

}  // namespace

bool on(std::string_view name) { return its_name == name; }

}  // namespace hbalab::mutants
