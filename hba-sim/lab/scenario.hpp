// The named situations that are compiled in: a lab file and a description each.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hbalab::lab {

struct ScenarioText {
  std::string_view name;
  std::string_view title;        // first line of the description
  std::string_view description;  // with lines to copy, which begin with "    $ "
  std::string_view lab;          // lab file
};

// By name.
[[nodiscard]] std::vector<ScenarioText> scenarios();
[[nodiscard]] std::optional<ScenarioText> find_scenario(std::string_view name);
// "there is no scenario X; did you mean Y? ..." for a name that find_scenario() does not know.
[[nodiscard]] std::string unknown_scenario(std::string_view name);

}  // namespace hbalab::lab
