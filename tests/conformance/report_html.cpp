#include <algorithm>
#include <map>

#include "schemas/conformance_page.hpp"
#include "tests/conformance/report.hpp"

namespace hbalab::conform {
namespace {

// Text of an element.
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
      default:
        out += c == '\0' ? '?' : c;  // which no page can have
    }
  }
  return out;
}

// JSON that ends no script element and begins no comment, whatever names and values it has: these
// signs stand in its texts only, where escapes mean the same.
std::string script_data(const Json& json) {
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "\\u003c";
        break;
      case '>':
        out += "\\u003e";
        break;
      case '&':
        out += "\\u0026";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// Lists of ids, and what became of these cases in the report before.
Json comparison_of(const Report& before, const Report& now) {
  const Comparison found = compare_reports(before, now);
  Json json{{"subject", before.subject}, {"version", before.version}, {"started", before.started}};
  json["worse"] = found.worse;
  json["better"] = found.better;
  json["added"] = found.added;
  json["gone"] = found.gone;
  std::map<std::string_view, const CaseResult*> earlier;
  for (const CaseResult& result : before.cases) earlier[result.id] = &result;
  Json verdicts = Json::object();
  for (const auto* ids : {&found.worse, &found.better, &found.gone}) {
    for (const std::string& id : *ids) verdicts[id] = verdict_name(earlier[id]->verdict);
  }
  json["before"] = std::move(verdicts);
  return json;
}

// Replaces each "{{name}}" of the template once: what comes in its place is not looked at again.
template <typename Part>
std::string filled(std::string_view text, Part part) {
  std::string page;
  for (;;) {
    const auto begin = text.find("{{");
    const auto end = text.find("}}", begin);
    if (begin == std::string_view::npos || end == std::string_view::npos) return page.append(text);
    page += text.substr(0, begin);
    page += part(text.substr(begin + 2, end - begin - 2));
    text.remove_prefix(end + 2);
  }
}

}  // namespace

std::string html_text(const Report& report, const Report* before) {
  Json data{{"report", to_json(report)}};
  if (before != nullptr) data["comparison"] = comparison_of(*before, report);
  return filled(page_part("report.html"), [&](std::string_view name) -> std::string {
    if (name == "data") return script_data(data);
    if (name == "title") return escaped("Conformance of " + report.subject);
    if (name == "text") return escaped(terminal_text(report, {false, true}));
    return std::string(page_part(name));
  });
}

}  // namespace hbalab::conform
