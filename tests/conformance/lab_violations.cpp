#include "tests/conformance/lab_violations.hpp"

#include <nlohmann/json.hpp>

namespace hbalab::conform {

Violation violation_of(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return {"fault", "a record of the checker", line};
  std::string where;
  for (const char* key : {"class", "function", "method"}) {
    if (json.contains(key)) where += (where.empty() ? "" : " ") + json.value(key, "");
  }
  for (const char* key : {"instance", "offset"}) {
    if (json.contains(key)) where += std::string(", ") + key + " " + json[key].dump();
  }
  if (json.contains("source")) where += ", at " + json.value("source", "");
  return {json.value("rule", ""), json.value("expected", ""),
          json.value("found", "") + " (" + where + ")"};
}

// A complaint is a line that begins with its kind, and those behind it that are indented.
std::vector<Violation> complaints_of(const std::string& report) {
  constexpr std::size_t kMostLines = 1000;
  std::vector<Violation> found;
  bool inside = false;
  for (const std::string& line : last_lines(report, kMostLines)) {
    if (inside && line.starts_with("  ")) {
      found.back().found += '\n' + line;
      continue;
    }
    inside = false;
    for (const std::string_view kind : {"fault", "mof"}) {
      if (!line.starts_with(std::string(kind) + ": ")) continue;
      found.push_back(
          {std::string(kind), "nothing to complain about", line.substr(kind.size() + 2)});
      inside = true;
    }
  }
  return found;
}

}  // namespace hbalab::conform
