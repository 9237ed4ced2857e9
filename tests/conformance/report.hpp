// What a run found, for people and for other programs. All of it comes from the Report.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tests/conformance/case_file.hpp"
#include "tests/conformance/result.hpp"

namespace hbalab::conform {

// Marks the cases that are known to fail. Lines of the list that fit no case of the report.
[[nodiscard]] std::vector<std::string> apply_known_failures(Report& report,
                                                            std::span<const KnownFailure> known);

[[nodiscard]] std::string junit_text(const Report& report);
[[nodiscard]] std::string tap_text(const Report& report);  // version 14

struct TextStyle {
  bool color = false;
  bool skipped = false;  // lists what was skipped, and why
};
// One problem after the other, then the sums.
[[nodiscard]] std::string terminal_text(const Report& report, TextStyle style);
// One line without its end: how far the run is.
[[nodiscard]] std::string progress_text(const CaseResult& result, std::size_t done,
                                        std::size_t total, std::size_t width);

// The cases of several reports of one suite; of one that is in several the worst result. The error
// says which reports do not fit together.
[[nodiscard]] std::expected<Report, std::string> merge_reports(std::span<const Report> reports);

// Against an earlier report: what got worse, what got better.
struct Comparison {
  std::vector<std::string> worse, better, gone, added;  // ids
};
[[nodiscard]] Comparison compare_reports(const Report& before, const Report& now);
[[nodiscard]] std::string comparison_text(const Comparison& comparison);

// One page that needs nothing else: no network, no other file. With an earlier report also what is
// worse and better than there; null: there is none.
[[nodiscard]] std::string html_text(const Report& report, const Report* before);

}  // namespace hbalab::conform
