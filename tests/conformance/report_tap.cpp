#include "tests/conformance/report.hpp"

namespace hbalab::conform {
namespace {

// Of a description: what would begin a directive.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '#' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

// YAML takes JSON's texts.
std::string quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string diagnostics(const CaseResult& result) {
  std::string text = "  ---\n";
  const auto line = [&](std::string_view key, const std::string& value) {
    text += "  " + std::string(key) + ": " + quoted(value) + "\n";
  };
  line("weight", std::string(weight_name(result.requirement.weight)));
  line("requirement", result.requirement.text);
  line("source", result.requirement.source);
  if (!result.reason.empty()) line("reason", result.reason);
  line("again", result.command);
  if (!result.problems.empty()) text += "  problems:\n";
  for (const Problem& problem : result.problems) {
    text += "    - where: " + quoted(problem.where) +
            "\n      expected: " + quoted(problem.expected) +
            "\n      received: " + quoted(problem.received) + "\n";
    if (problem.evidence) text += "      request: " + quoted(problem.evidence->request) + "\n";
  }
  return text + "  ...\n";
}

}  // namespace

std::string tap_text(const Report& report) {
  std::string text = "TAP version 14\n1.." + std::to_string(report.cases.size()) + "\n";
  std::size_t number = 0;
  for (const CaseResult& result : report.cases) {
    const bool good = result.verdict == Verdict::passed || result.verdict == Verdict::skipped ||
                      result.verdict == Verdict::not_run;
    text += (good ? "ok " : "not ok ") + std::to_string(++number) + " - " + escaped(result.id);
    if (result.verdict == Verdict::skipped) text += " # SKIP " + escaped(result.reason);
    if (result.verdict == Verdict::not_run) text += " # SKIP not run: " + escaped(result.reason);
    if (!result.known.empty()) text += " # TODO " + escaped(result.known);
    text += "\n";
    if (!good) text += diagnostics(result);
  }
  // Everything was planned; that it did not come to it is another thing.
  if (!report.unfinished.empty()) text += "Bail out! " + escaped(report.unfinished) + "\n";
  return text;
}

}  // namespace hbalab::conform
