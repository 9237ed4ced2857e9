// A violation that the checker found in another process, as a message has it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hba-sim/port/checker/violation.hpp"

namespace hbalab::port::isolated {

[[nodiscard]] std::string to_text(const check::Violation& violation);
// Nothing when it is none.
[[nodiscard]] std::optional<check::Violation> read_violation(std::string_view text);

}  // namespace hbalab::port::isolated
