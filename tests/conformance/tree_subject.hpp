// A mounted tree of the documented shape (docs/tree.md), whoever serves it: files, and nothing
// else.
#pragma once

#include <filesystem>
#include <memory>

#include "tests/conformance/subject.hpp"

namespace hbalab::conform {

// `schema` describes the classes; what the tree has beyond them is read from its class.mof files.
[[nodiscard]] std::expected<std::unique_ptr<Subject>, std::string> open_tree_subject(
    const std::filesystem::path& root, std::shared_ptr<const wmi::SchemaSet> schema);

}  // namespace hbalab::conform
