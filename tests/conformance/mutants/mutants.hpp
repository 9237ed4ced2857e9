// Faults of an implementation, switched on by name in a program for tests: hbalab-mutants is hbalab
// with some of its sources compiled once more, from copies that generate.py makes. The program that
// is shipped has none of this.
#pragma once

#include <string_view>
#include <vector>

namespace hbalab::mutants {

// Every fault that there is.
[[nodiscard]] const std::vector<std::string_view>& names();

// Whether the environment's HBALAB_MUTANT names this fault. A name that no fault has ends the
// program.
[[nodiscard]] bool on(std::string_view name);

}  // namespace hbalab::mutants
