#include "tests/conformance/code_cases.hpp"

#include "tests/conformance/context.hpp"

namespace hbalab::conform {
namespace {

struct CodeCase {
  std::string_view id, title;
  std::string_view source, text;
  Weight weight;
  Ability needed;
  void (*body)(Context&);
};

// The runner keeps what was found before the first request.
void start(Context& context) {
  const Json* violations = find_path(context.scope().answers["start"], "violations");
  if (violations == nullptr) return context.skip("nothing is known of the start");
  for (const Json& line : *violations)
    context.note("the driver's contract", "no violation", line.get<std::string>());
}

constexpr CodeCase kCases[]{
    {"driver/start/violations", "the driver keeps its contract while it starts",
     "docs/driver-kit-rules.md",
     "A driver starts, registers the classes of its MOF file and answers first queries without a "
     "violation",
     Weight::must, Ability::checked, start},
};

}  // namespace

std::vector<Case> code_cases() {
  std::vector<Case> cases;
  for (const CodeCase& each : kCases) {
    Case made;
    made.id = each.id;
    made.title = each.title;
    made.requirement = {std::string(each.source), std::string(each.text), each.weight};
    made.needs.abilities = {each.needed};
    made.body = each.body;
    cases.push_back(std::move(made));
  }
  return cases;
}

}  // namespace hbalab::conform
