#include "tests/conformance/code_cases.hpp"

#include "tests/conformance/context.hpp"
#include "tests/conformance/last_requests.hpp"

namespace hbalab::conform {
namespace {

struct CodeCase {
  std::string_view id, title;
  std::string_view source, text;
  Weight weight;
  Ability needed;
  bool last;
  void (*body)(Context&);
};

// What the runner keeps of the driver's lives so far.
std::vector<Violation> kept(Context& context, const char* when) {
  std::vector<Violation> violations;
  for (const Json& each : context.scope().answers[when])
    violations.push_back(
        {each.value("rule", ""), each.value("expected", ""), each.value("found", "")});
  return violations;
}

// What was found before the first request.
void start(Context& context) {
  if (!context.scope().answers.contains("start"))
    return context.skip("nothing is known of the start");
  context.note_violations(kept(context, "start"));
}

// What was found when drivers stopped: this one, and those that a failed case ended.
void end(Context& context) {
  context.note_violations(kept(context, "end"));
  make_last_requests(context);
  context.note_violations(context.subject().end());
}

constexpr CodeCase kCases[]{
    {"driver/start/violations", "the driver keeps its contract while it starts",
     "docs/driver-kit-rules.md",
     "A driver starts, registers the classes of its MOF file and answers first queries without a "
     "violation",
     Weight::must, Ability::checked, false, start},
    {"driver/end/violations", "the driver keeps its contract until it is unloaded",
     "docs/driver-kit-rules.md",
     "A driver stops and is unloaded without a violation, whatever it was asked and has pending",
     Weight::must, Ability::checked, true, end},
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
    made.last = each.last;
    made.body = each.body;
    cases.push_back(std::move(made));
  }
  return cases;
}

}  // namespace hbalab::conform
