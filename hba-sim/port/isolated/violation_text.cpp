#include "hba-sim/port/isolated/violation_text.hpp"

#include <nlohmann/json.hpp>

namespace hbalab::port::isolated {
namespace {

using Json = nlohmann::json;

template <typename T>
void put(Json& json, const char* name, const std::optional<T>& value) {
  if (value) json[name] = *value;
}

template <typename T>
void get(const Json& json, const char* name, std::optional<T>& value) {
  if (json.contains(name)) value = json.at(name).get<T>();
}

}  // namespace

std::string to_text(const check::Violation& violation) {
  const auto& [rule, instance, offset, expected, found, dump, dump_at] = violation.finding;
  Json json{{"rule", check::info(rule).id},
            {"expected", expected},
            {"found", found},
            {"dump", dump},
            {"dump_at", dump_at},
            {"device", violation.where.device},
            {"class", violation.where.class_name},
            {"guid", violation.where.guid.bytes},
            {"function", violation.where.function},
            {"method", violation.where.method},
            {"module", violation.code.module},
            {"code", violation.code.offset},
            {"symbol", violation.code.symbol},
            {"time", violation.system_time},
            {"count", violation.count}};
  put(json, "instance", instance);
  put(json, "offset", offset);
  put(json, "where_instance", violation.where.instance);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<check::Violation> read_violation(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    const check::RuleInfo* const rule = check::find_rule(json.at("rule").get<std::string>());
    if (rule == nullptr) return std::nullopt;
    check::Violation violation;
    violation.finding.rule = rule->rule;
    violation.finding.expected = json.at("expected");
    violation.finding.found = json.at("found");
    violation.finding.dump = json.at("dump").get<std::vector<std::uint8_t>>();
    violation.finding.dump_at = json.at("dump_at");
    get(json, "instance", violation.finding.instance);
    get(json, "offset", violation.finding.offset);
    violation.where.device = json.at("device");
    violation.where.class_name = json.at("class");
    violation.where.guid.bytes = json.at("guid");
    violation.where.function = json.at("function");
    violation.where.method = json.at("method");
    get(json, "where_instance", violation.where.instance);
    violation.code = {json.at("module"), json.at("code"), json.at("symbol")};
    violation.system_time = json.at("time");
    violation.count = json.at("count");
    return violation;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace hbalab::port::isolated
