// What a run found, as data: every report is made from it, and so are merging and comparing.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wmi-model/value.hpp"

namespace hbalab::conform {

using Json = nlohmann::ordered_json;
using wmi::Bytes;

// How much of the interface a requirement is (RFC 2119).
enum class Weight : std::uint8_t { must, should, may };
[[nodiscard]] std::string_view weight_name(Weight weight);
[[nodiscard]] std::span<const std::string_view> weight_names();
[[nodiscard]] std::optional<Weight> weight_of_name(std::string_view name);

struct Requirement {
  std::string source;  // document, header or section
  std::string text;    // what it asks for, in our words
  Weight weight = Weight::must;
};

enum class Verdict : std::uint8_t {
  passed,
  failed,
  skipped,  // it does not apply, for a reason
  error,    // it could not be judged: the implementation hung, died or went away
  not_run,  // the run ended before
};
[[nodiscard]] std::string_view verdict_name(Verdict verdict);
[[nodiscard]] std::optional<Verdict> verdict_of_name(std::string_view name);

// Where a property lies in a block.
struct Range {
  std::string name;
  std::size_t offset = 0, size = 0;
};

// The request that a problem is about, and what came.
struct Evidence {
  std::string request;  // "query MSiSCSI_HBAInformation of PCI\..._0"
  Json in;              // IN as JSON; null: none
  std::string outcome;  // "success", and what else was said
  Bytes sent, received;
  // What was received with the value that was wanted in its place; empty: this cannot be told.
  Bytes expected;
  std::vector<Range> ranges;  // of what was received
};

struct Problem {
  std::string step;      // "step 2"; empty: not of a case of data
  std::string where;     // the property's path, or what was looked at
  std::string expected;  // in words or as a value
  std::string received;
  std::optional<Evidence> evidence;
};

struct CaseResult {
  std::string id, title;
  Requirement requirement;
  Verdict verdict = Verdict::not_run;
  std::string reason;  // why it was skipped or could not be judged
  std::vector<Problem> problems;
  std::vector<std::string> trace;  // of a failure: lines of the SRB trace
  std::chrono::microseconds duration{0};
  std::string known;    // the reason in the list of known failures; empty: not in it
  std::string command;  // runs this case again
};

struct Report {
  std::string subject;  // what was tested
  std::string version;  // of the program
  std::string started;  // ISO 8601, UTC; empty: it is not known
  std::uint64_t seed = 0;
  std::string unfinished;  // why the run ended early; empty: it did not
  std::chrono::microseconds duration{0};
  std::vector<CaseResult> cases;
};

struct Counts {
  std::size_t passed = 0, failed = 0, skipped = 0, errors = 0, not_run = 0;
  std::size_t known = 0;              // failures that were expected; not among `failed`
  std::size_t unexpected_passes = 0;  // among `passed`
};
[[nodiscard]] Counts count(const Report& report);

// The report's format: schemas/conformance-report.schema.json.
[[nodiscard]] Json to_json(const Report& report);
[[nodiscard]] Json to_json(const CaseResult& result);
// The error says which member is wrong.
[[nodiscard]] std::expected<Report, std::string> report_of_json(const Json& json);
[[nodiscard]] std::expected<CaseResult, std::string> result_of_json(const Json& json);

}  // namespace hbalab::conform
