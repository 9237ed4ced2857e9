#include <algorithm>
#include <cstdio>
#include <map>

#include "tests/conformance/report.hpp"

namespace hbalab::conform {
namespace {

constexpr std::size_t kMostListed = 25;  // skipped cases of one reason

std::string painted(bool color, std::string_view code, const std::string& text) {
  return color ? "\033[" + std::string(code) + "m" + text + "\033[0m" : text;
}

std::string time_text(std::chrono::microseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", static_cast<double>(time.count()) / 1e6);
  return text;
}

std::string problem_text(const Problem& problem) {
  std::string text =
      "    " + (problem.step.empty() ? "" : problem.step + ", ") + problem.where + "\n";
  text += "      expected  " + problem.expected + "\n      received  " + problem.received + "\n";
  if (problem.evidence)
    text +=
        "      request   " + problem.evidence->request + " -> " + problem.evidence->outcome + "\n";
  return text;
}

std::string failure_text(const CaseResult& result, bool color) {
  const bool error = result.verdict == Verdict::error;
  std::string text = painted(color, "1;31", error ? "ERROR  " : "FAILED ") +
                     painted(color, "1", result.id) + "\n  " + result.title + "\n  " +
                     std::string(weight_name(result.requirement.weight)) + ": " +
                     result.requirement.text + " [" + result.requirement.source + "]\n";
  if (!result.reason.empty()) text += "  " + result.reason + "\n";
  for (const Problem& problem : result.problems) text += problem_text(problem);
  return text + "  again: " + result.command + "\n\n";
}

std::string skipped_text(const Report& report) {
  std::map<std::string, std::vector<std::string>> by_reason;
  for (const CaseResult& result : report.cases) {
    if (result.verdict == Verdict::skipped) by_reason[result.reason].push_back(result.id);
  }
  std::string text;
  for (const auto& [reason, ids] : by_reason) {
    text += "skipped (" + std::to_string(ids.size()) + "): " + reason + "\n";
    for (std::size_t i = 0; i < std::min(ids.size(), kMostListed); ++i)
      text += "  " + ids[i] + "\n";
    if (ids.size() > kMostListed)
      text += "  and " + std::to_string(ids.size() - kMostListed) + " more\n";
  }
  return text;
}

// passed, failed and the rest by weight.
std::string sums_text(const Report& report, bool color) {
  const Counts counts = count(report);
  std::string text = painted(color, "1;32", std::to_string(counts.passed) + " passed");
  const auto add = [&](std::size_t number, std::string_view what, std::string_view code) {
    if (number != 0)
      text += ", " + painted(color, code, std::to_string(number) + " " + std::string(what));
  };
  add(counts.failed, "failed", "1;31");
  add(counts.errors, "could not be judged", "1;31");
  add(counts.unexpected_passes, "of them unexpectedly", "1;33");
  add(counts.known, "known failures", "33");
  add(counts.skipped, "skipped", "2");
  add(counts.not_run, "not run", "1;33");
  return text + " of " + std::to_string(report.cases.size()) + " cases in " +
         time_text(report.duration);
}

bool is_bad(Verdict verdict) { return verdict == Verdict::failed || verdict == Verdict::error; }

}  // namespace

std::string terminal_text(const Report& report, TextStyle style) {
  std::string text;
  for (const CaseResult& result : report.cases) {
    const bool bad = is_bad(result.verdict);
    if (bad && result.known.empty()) text += failure_text(result, style.color);
    if (bad && !result.known.empty())
      text += "known failure: " + result.id + " (" + result.known + ")\n";
    if (result.verdict == Verdict::passed && !result.known.empty())
      text += painted(style.color, "1;33", "passed, and should not have: ") + result.id + " (" +
              result.known + ")\n";
  }
  if (style.skipped) text += skipped_text(report);
  if (!report.unfinished.empty())
    text += painted(style.color, "1;31", "The run was not finished: ") + report.unfinished + "\n";
  return text + report.subject + ": " + sums_text(report, style.color) + "\n";
}

std::string progress_text(const CaseResult& result, std::size_t done, std::size_t total,
                          std::size_t width) {
  constexpr std::size_t kBar = 24;
  const std::size_t filled = total == 0 ? kBar : done * kBar / total;
  std::string text = "[" + std::string(filled, '#') + std::string(kBar - filled, '.') + "] " +
                     std::to_string(done) + "/" + std::to_string(total) + " " + result.id;
  if (text.size() > width) text.resize(width);
  return text;
}

}  // namespace hbalab::conform
