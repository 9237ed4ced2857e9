// Any text is either cases, whose steps can be looked at, or a list of problems that have messages.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tests/conformance/case_file.hpp"
#include "tests/conformance/value.hpp"

namespace {

using namespace hbalab::conform;

// What was accepted can be substituted and matched, whatever is in it.
void use(const Step& step, const Scope& scope) {
  (void)substitute(step.in, scope);
  const auto expect = substitute(step.expect, scope);
  if (!expect || !expect->is_object()) return;
  for (const auto& [path, matcher] : expect->items()) {
    if (check_matcher(matcher)) continue;  // a reference may have become anything
    (void)find_path(step.in, path);
    (void)mismatch(step.in, nullptr, matcher);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto cases = parse_cases("fuzz", text);
  if (!cases) {
    if (cases.error().empty()) std::abort();
    for (const auto& problem : cases.error()) {
      if (problem.message.empty() || problem.to_string().empty()) std::abort();
    }
    return 0;
  }
  Scope scope;
  scope.parameters["portal"] = "192.0.2.10";
  for (const Case& each : cases->cases) {
    if (each.id.empty() || each.requirement.text.empty()) std::abort();
    const auto* steps = std::get_if<DataCase>(&each.body);
    if (steps == nullptr || steps->steps.empty()) std::abort();
    for (const Step& step : steps->steps) use(step, scope);
  }
  return 0;
}
