#include "tests/conformance/result.hpp"

#include <algorithm>
#include <array>

namespace hbalab::conform {
namespace {

constexpr std::array<std::string_view, 3> kWeights{"must", "should", "may"};
constexpr std::array<std::string_view, 5> kVerdicts{"passed", "failed", "skipped", "error",
                                                    "not_run"};
constexpr std::uint32_t kFormat = 1;

template <typename Enum, std::size_t N>
std::optional<Enum> look_up(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

std::string hex(const Bytes& bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::optional<Bytes> unhex(const std::string& text) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return bytes;
}

// Takes members of a JSON object; the first that is not as expected is remembered.
class Taker {
 public:
  explicit Taker(const Json& json) : json_(json) {
    if (!json.is_object()) problem_ = "is no object";
  }
  void text(const char* name, std::string& value) {
    if (const Json* member = get(name, &Json::is_string)) value = member->get<std::string>();
  }
  void bytes(const char* name, Bytes& value) {
    std::string digits;
    text(name, digits);
    if (auto read = unhex(digits)) {
      value = *std::move(read);
    } else {
      fail(name, "is not hexadecimal");
    }
  }
  template <typename Number>
  void number(const char* name, Number& value) {
    const Json* member = get(name, &Json::is_number_integer);
    if (member == nullptr) return;
    if (*member < 0) return fail(name, "is negative");
    value = static_cast<Number>(member->get<std::uint64_t>());
  }
  void time(const char* name, std::chrono::microseconds& value) {
    std::uint64_t count = 0;
    number(name, count);
    value = std::chrono::microseconds(count);
  }
  template <typename Enum>
  void name(const char* name, std::optional<Enum> (*of)(std::string_view), Enum& value) {
    std::string its;
    text(name, its);
    if (!problem_.empty()) return;
    if (const auto known = of(its)) {
      value = *known;
    } else {
      fail(name, "is unknown: " + its);
    }
  }
  template <typename Item, typename Of>
  void list(const char* name, std::vector<Item>& items, Of of) {
    const Json* member = get(name, &Json::is_array);
    for (std::size_t i = 0; member != nullptr && i < member->size() && problem_.empty(); ++i) {
      auto item = of((*member)[i]);
      if (item) {
        items.push_back(*std::move(item));
      } else {
        fail(name, "[" + std::to_string(i) + "]: " + item.error());
      }
    }
  }
  [[nodiscard]] const Json* get(const char* name, bool (Json::*is)() const noexcept) {
    if (!problem_.empty()) return nullptr;
    const auto found = json_.find(name);
    if (found == json_.end()) {
      fail(name, "is missing");
      return nullptr;
    }
    if (((*found).*is)()) return &*found;
    fail(name, std::string("is of the wrong type, ") + found->type_name());
    return nullptr;
  }
  template <typename Result>
  [[nodiscard]] std::expected<Result, std::string> done(Result result) {
    if (!problem_.empty()) return std::unexpected(problem_);
    return result;
  }
  void fail(const std::string& name, const std::string& what) {
    if (problem_.empty()) problem_ = name + " " + what;
  }

 private:
  const Json& json_;
  std::string problem_;
};

Json to_json(const Evidence& evidence) {
  Json json{{"request", evidence.request},
            {"in", evidence.in},
            {"outcome", evidence.outcome},
            {"sent", hex(evidence.sent)},
            {"received", hex(evidence.received)}};
  if (!evidence.expected.empty()) json["expected"] = hex(evidence.expected);
  json["ranges"] = Json::array();
  for (const Range& range : evidence.ranges)
    json["ranges"].push_back(
        {{"name", range.name}, {"offset", range.offset}, {"size", range.size}});
  return json;
}

Json to_json(const Problem& problem) {
  Json json{{"step", problem.step},
            {"where", problem.where},
            {"expected", problem.expected},
            {"received", problem.received}};
  if (problem.evidence) json["evidence"] = to_json(*problem.evidence);
  return json;
}

Json to_json(const Requirement& requirement) {
  return {{"source", requirement.source},
          {"text", requirement.text},
          {"weight", weight_name(requirement.weight)}};
}

std::expected<Range, std::string> range_of(const Json& json) {
  Range range;
  Taker take(json);
  take.text("name", range.name);
  take.number("offset", range.offset);
  take.number("size", range.size);
  return take.done(std::move(range));
}

std::expected<Evidence, std::string> evidence_of(const Json& json) {
  Evidence evidence;
  Taker take(json);
  take.text("request", evidence.request);
  if (json.is_object() && json.contains("in")) evidence.in = json["in"];
  take.text("outcome", evidence.outcome);
  take.bytes("sent", evidence.sent);
  take.bytes("received", evidence.received);
  if (json.is_object() && json.contains("expected")) take.bytes("expected", evidence.expected);
  take.list("ranges", evidence.ranges, range_of);
  return take.done(std::move(evidence));
}

std::expected<Problem, std::string> problem_of(const Json& json) {
  Problem problem;
  Taker take(json);
  take.text("step", problem.step);
  take.text("where", problem.where);
  take.text("expected", problem.expected);
  take.text("received", problem.received);
  if (json.is_object() && json.contains("evidence")) {
    auto evidence = evidence_of(json["evidence"]);
    if (evidence) {
      problem.evidence = *std::move(evidence);
    } else {
      take.fail("evidence", evidence.error());
    }
  }
  return take.done(std::move(problem));
}

std::expected<Requirement, std::string> requirement_of(const Json& json) {
  Requirement requirement;
  Taker take(json);
  take.text("source", requirement.source);
  take.text("text", requirement.text);
  take.name("weight", weight_of_name, requirement.weight);
  return take.done(std::move(requirement));
}

std::expected<std::string, std::string> line_of(const Json& json) {
  if (!json.is_string()) return std::unexpected("is no text");
  return json.get<std::string>();
}

}  // namespace

std::string_view weight_name(Weight weight) { return kWeights[static_cast<std::size_t>(weight)]; }
std::span<const std::string_view> weight_names() { return kWeights; }
std::optional<Weight> weight_of_name(std::string_view name) {
  return look_up<Weight>(kWeights, name);
}
std::string_view verdict_name(Verdict verdict) {
  return kVerdicts[static_cast<std::size_t>(verdict)];
}
std::optional<Verdict> verdict_of_name(std::string_view name) {
  return look_up<Verdict>(kVerdicts, name);
}

Counts count(const Report& report) {
  Counts counts;
  for (const CaseResult& result : report.cases) {
    switch (result.verdict) {
      case Verdict::passed:
        ++counts.passed;
        if (!result.known.empty()) ++counts.unexpected_passes;
        break;
      case Verdict::failed:
        ++(result.known.empty() ? counts.failed : counts.known);
        break;
      case Verdict::skipped:
        ++counts.skipped;
        break;
      case Verdict::error:
        ++(result.known.empty() ? counts.errors : counts.known);
        break;
      case Verdict::not_run:
        ++counts.not_run;
        break;
    }
  }
  return counts;
}

Json to_json(const CaseResult& result) {
  Json json{{"id", result.id},
            {"title", result.title},
            {"requirement", to_json(result.requirement)},
            {"verdict", verdict_name(result.verdict)},
            {"reason", result.reason},
            {"microseconds", result.duration.count()},
            {"known", result.known},
            {"command", result.command}};
  json["problems"] = Json::array();
  for (const Problem& problem : result.problems) json["problems"].push_back(to_json(problem));
  json["trace"] = result.trace;
  return json;
}

std::expected<CaseResult, std::string> result_of_json(const Json& json) {
  CaseResult result;
  Taker take(json);
  take.text("id", result.id);
  take.text("title", result.title);
  take.name("verdict", verdict_of_name, result.verdict);
  take.text("reason", result.reason);
  take.time("microseconds", result.duration);
  take.text("known", result.known);
  take.text("command", result.command);
  take.list("problems", result.problems, problem_of);
  take.list("trace", result.trace, line_of);
  if (const Json* member = take.get("requirement", &Json::is_object)) {
    auto requirement = requirement_of(*member);
    if (requirement) {
      result.requirement = *std::move(requirement);
    } else {
      take.fail("requirement", requirement.error());
    }
  }
  return take.done(std::move(result));
}

Json to_json(const Report& report) {
  const Counts counts = count(report);
  Json json{{"format", kFormat},
            {"program", "hbalab conform"},
            {"version", report.version},
            {"started", report.started},
            {"subject", report.subject},
            {"seed", report.seed},
            {"microseconds", report.duration.count()},
            {"unfinished", report.unfinished}};
  json["counts"] = {{"passed", counts.passed},
                    {"failed", counts.failed},
                    {"skipped", counts.skipped},
                    {"errors", counts.errors},
                    {"not_run", counts.not_run},
                    {"known_failures", counts.known},
                    {"unexpected_passes", counts.unexpected_passes}};
  json["cases"] = Json::array();
  for (const CaseResult& result : report.cases) json["cases"].push_back(to_json(result));
  return json;
}

std::expected<Report, std::string> report_of_json(const Json& json) {
  Report report;
  Taker take(json);
  std::uint32_t format = 0;
  take.number("format", format);
  if (format != kFormat)
    take.fail("format", "is " + std::to_string(format) + "; expected " + std::to_string(kFormat));
  take.text("version", report.version);
  // Reports of earlier versions have no date.
  if (json.is_object() && json.contains("started")) take.text("started", report.started);
  take.text("subject", report.subject);
  take.number("seed", report.seed);
  take.time("microseconds", report.duration);
  take.text("unfinished", report.unfinished);
  take.list("cases", report.cases, result_of_json);
  return take.done(std::move(report));
}

}  // namespace hbalab::conform
