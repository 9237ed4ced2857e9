// The tour: what a newcomer can copy and paste. It is the README of the tree and what `hbalab tour`
// and tools/run print; a test runs every line of it.
#pragma once

#include <filesystem>
#include <string>

namespace hbalab::cli {

[[nodiscard]] std::string tour_text(const std::filesystem::path& mount_point);

}  // namespace hbalab::cli
