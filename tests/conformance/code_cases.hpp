// Cases that cannot be said as data: code, with the same metadata.
#pragma once

#include <vector>

#include "tests/conformance/case.hpp"

namespace hbalab::conform {

[[nodiscard]] std::vector<Case> code_cases();

}  // namespace hbalab::conform
