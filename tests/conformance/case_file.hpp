// Case files: tests as data. docs/conformance.md describes them,
// schemas/conformance-case.schema.json is made from the tables that read them.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "hba-sim/lab/config.hpp"
#include "tests/conformance/case.hpp"

namespace hbalab::conform {

using FileProblem = lab::ConfigError;  // file, place, line, column, what came, what was expected

struct CaseFile {
  std::vector<Case> cases;
  std::vector<Condition> conditions;  // of generated cases
};

// All problems of the file, not the first only. Any text is either cases or problems.
[[nodiscard]] std::expected<CaseFile, std::vector<FileProblem>> parse_cases(std::string_view name,
                                                                            std::string_view text);
// A file, or every .json below a folder.
[[nodiscard]] std::expected<CaseFile, std::vector<FileProblem>> read_cases(
    const std::filesystem::path& place);
// The cases that are compiled in.
[[nodiscard]] std::expected<CaseFile, std::vector<FileProblem>> builtin_cases();
// Adds to each case the conditions that are about it.
void apply_conditions(std::vector<Case>& cases, const std::vector<Condition>& conditions);
// JSON Schema (2020-12) of a case file.
[[nodiscard]] std::string case_schema_text();

// What the sample lab offers (target, portal, ...): parameters by name.
[[nodiscard]] Json sample_parameters();

// Lines of --expect: cases that are known to fail, and why.
struct KnownFailure {
  std::string id;  // glob
  std::string reason;
};
[[nodiscard]] std::expected<std::vector<KnownFailure>, std::vector<FileProblem>>
parse_known_failures(std::string_view name, std::string_view text);

}  // namespace hbalab::conform
