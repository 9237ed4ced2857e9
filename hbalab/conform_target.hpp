// What `hbalab conform` judges, and how a worker gets at it.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "hbalab/commands.hpp"
#include "tests/conformance/subject.hpp"

namespace hbalab::cli {

// The command line of `conform` and of `conform merge`.
struct Conform {
  bool builtin = false, list = false, until_failure = false, show_skipped = false;
  bool isolate = false, virtual_clock = false;
  std::string miniport, lab_file, parameters_file, device, level = "may", shard, timeout = "30s";
  std::vector<std::string> mof, cases, values, select, skip;
  unsigned jobs = 0, repeat = 0;
  std::uint64_t seed = 0;
  std::string expect, junit, tap, html, report, baseline;
  std::vector<std::string> merged;  // `merge`
};

// What is tested, and how it is made.
struct Target {
  conform::SubjectFactory factory;
  std::shared_ptr<const wmi::SchemaSet> schema;
  std::string command;  // "hbalab conform --builtin": with more behind it, runs something again
  bool sample = false;  // the sample lab's names hold
  bool shared = false;
};

// The error is an exit code; what is wrong has been printed. Labs keep their states below `states`.
[[nodiscard]] std::expected<Target, int> target_of(const Context& context, const Conform& conform,
                                                   const std::filesystem::path& states);

// The text of a file, or that it cannot be read.
[[nodiscard]] std::expected<std::string, std::string> text_of(const std::string& file);

// A word of a shell's command line, in quotes where it needs them.
[[nodiscard]] std::string shell_word(const std::string& text);

}  // namespace hbalab::cli
