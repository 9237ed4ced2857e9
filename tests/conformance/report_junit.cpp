#include <cstdio>
#include <map>

#include "tests/conformance/report.hpp"

namespace hbalab::conform {
namespace {

// What XML 1.0 cannot have becomes '?'; so does what is no UTF-8, which the results do not have.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 && c != '\t' ? '?' : c;
    }
  }
  return out;
}

std::string seconds(std::chrono::microseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", static_cast<double>(time.count()) / 1e6);
  return text;
}

std::string class_of(const CaseResult& result) { return result.id.substr(0, result.id.find('/')); }

std::string details(const CaseResult& result) {
  std::string text = "Requirement (" + std::string(weight_name(result.requirement.weight)) +
                     "): " + result.requirement.text + "\nSource: " + result.requirement.source +
                     "\n";
  for (const Problem& problem : result.problems) {
    text += (problem.step.empty() ? "" : problem.step + ", ") + problem.where +
            "\n  expected: " + problem.expected + "\n  received: " + problem.received + "\n";
    if (problem.evidence)
      text +=
          "  request:  " + problem.evidence->request + " -> " + problem.evidence->outcome + "\n";
  }
  for (const std::string& line : result.trace) text += line + "\n";
  return text + "Again: " + result.command + "\n";
}

std::string message_of(const CaseResult& result) {
  if (result.problems.empty()) return result.reason;
  const Problem& first = result.problems.front();
  return first.where + ": expected " + first.expected + ", received " + first.received;
}

std::string test_case(const CaseResult& result) {
  const std::string name = result.id.size() > class_of(result).size()
                               ? result.id.substr(class_of(result).size() + 1)
                               : result.id;
  std::string xml = "    <testcase classname=\"" + escaped(class_of(result)) + "\" name=\"" +
                    escaped(name) + "\" time=\"" + seconds(result.duration) + "\"";
  const auto element = [&](std::string_view tag, const std::string& message,
                           const std::string& text) {
    xml += ">\n      <" + std::string(tag) + " message=\"" + escaped(message) + "\">" +
           escaped(text) + "</" + std::string(tag) + ">\n    </testcase>\n";
  };
  const bool known = !result.known.empty();
  switch (result.verdict) {
    case Verdict::passed:
      return xml + "/>\n";
    case Verdict::failed:
      if (known) {
        element("skipped", "known failure: " + result.known, details(result));
      } else {
        element("failure", message_of(result), details(result));
      }
      return xml;
    case Verdict::error:
      element(known ? "skipped" : "error", known ? "known failure: " + result.known : result.reason,
              details(result));
      return xml;
    default:
      element("skipped",
              result.verdict == Verdict::not_run ? "not run: " + result.reason : result.reason, "");
      return xml;
  }
}

std::string timestamp(const Report& report) {
  return report.started.empty() ? "" : " timestamp=\"" + escaped(report.started) + "\"";
}

std::string sums(const Counts& counts, std::chrono::microseconds time) {
  const std::size_t skipped = counts.skipped + counts.not_run + counts.known;
  return " tests=\"" + std::to_string(counts.passed + counts.failed + counts.errors + skipped) +
         "\" failures=\"" + std::to_string(counts.failed) + "\" errors=\"" +
         std::to_string(counts.errors) + "\" skipped=\"" + std::to_string(skipped) + "\" time=\"" +
         seconds(time) + "\"";
}

}  // namespace

std::string junit_text(const Report& report) {
  std::map<std::string, Report> suites;
  for (const CaseResult& result : report.cases) {
    Report& suite = suites[class_of(result)];
    suite.cases.push_back(result);
    suite.duration += result.duration;
  }
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"" +
                    escaped("hbalab conform: " + report.subject) + "\"" +
                    sums(count(report), report.duration) + timestamp(report) + ">\n";
  for (const auto& [name, suite] : suites) {
    xml += "  <testsuite name=\"" + escaped(name) + "\"" + sums(count(suite), suite.duration) +
           timestamp(report) + ">\n";
    for (const CaseResult& result : suite.cases) xml += test_case(result);
    xml += "  </testsuite>\n";
  }
  return xml + "</testsuites>\n";
}

}  // namespace hbalab::conform
