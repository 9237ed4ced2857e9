// Reading several texts in memory as one set; what builtin_schema() and the public functions share.
#pragma once

#include <span>
#include <string_view>
#include <utility>

#include "wmi-model/mof.hpp"

namespace hbalab::wmi::mof {

// Texts in the order in which they are read, (name, text); they must outlive the call only.
[[nodiscard]] MofResult read_texts(
    std::span<const std::pair<std::string_view, std::string_view>> texts, const MofOptions& options,
    const SchemaSet* base);

}  // namespace hbalab::wmi::mof
