#include "hba-sim/lab/scenario.hpp"

#include <algorithm>

#include "hba-sim/lab/config_json.hpp"
#include "hba-sim/lab/config_rules.hpp"
#include "schemas/builtin_mof.hpp"

namespace hbalab::lab {

std::vector<ScenarioText> scenarios() {
  constexpr std::string_view kSuffix = ".txt";
  std::vector<ScenarioText> found;
  for (const auto& [file, text] : schemas::files()) {
    if (!file.ends_with(kSuffix)) continue;
    const std::string_view name = file.substr(0, file.size() - kSuffix.size());
    found.push_back(
        {name, text.substr(0, text.find('\n')), text, schemas::file(std::string(name) + ".json")});
  }
  std::ranges::sort(found, {}, &ScenarioText::name);
  return found;
}

std::optional<ScenarioText> find_scenario(std::string_view name) {
  for (const ScenarioText& scenario : scenarios()) {
    if (scenario.name == name) return scenario;
  }
  return {};
}

std::string unknown_scenario(std::string_view name) {
  std::vector<std::string_view> names;
  for (const ScenarioText& scenario : scenarios()) names.push_back(scenario.name);
  return "there is no scenario " + in_quotes(name) + "; " + expected_one_of(name, names);
}

}  // namespace hbalab::lab
