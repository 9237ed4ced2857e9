#include "hba-sim/port/checker/rules.hpp"

#include <algorithm>
#include <array>

namespace hbalab::check {
namespace {

constexpr RuleInfo kRules[] = {
#define HBALAB_RULE(id, group, severity, statement, source, remedy) \
  {Rule::id, #id, Group::group, Severity::severity, statement, source, remedy},
#include "hba-sim/port/checker/rules.def"
#undef HBALAB_RULE
};

constexpr std::array<std::string_view, 11> kTitles{"The data buffer",
                                                   "Completion",
                                                   "ScsiPortWmiPostProcess",
                                                   "Sizes",
                                                   "Instances",
                                                   "Dynamic names",
                                                   "Events",
                                                   "What does not exist",
                                                   "WNODE structures",
                                                   "Registration",
                                                   "Resources"};

constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(kRules); ++i) {
    if (static_cast<std::size_t>(kRules[i].rule) != i) return false;
    if (i != 0 && kRules[i].group < kRules[i - 1].group) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

std::span<const RuleInfo> rules() { return kRules; }

const RuleInfo& info(Rule rule) { return kRules[static_cast<std::size_t>(rule)]; }

const RuleInfo* find_rule(std::string_view id) {
  const auto* found = std::ranges::find(kRules, id, &RuleInfo::id);
  return found == std::end(kRules) ? nullptr : found;
}

std::string_view name(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

std::string_view title(Group group) { return kTitles.at(static_cast<std::size_t>(group)); }

std::string rules_document() {
  std::string text;
  const RuleInfo* before = nullptr;
  for (const RuleInfo& rule : kRules) {
    if (before == nullptr || before->group != rule.group) {
      text += "\n## " + std::string(title(rule.group)) + "\n\n";
      text += "| rule | what holds | where the documentation says so | what to do |\n";
      text += "|---|---|---|---|\n";
    }
    text += "| `" + std::string(rule.id) + "`";
    if (rule.severity == Severity::warning) text += " (warning)";
    for (const std::string_view part : {rule.statement, rule.source, rule.remedy}) {
      text += " | " + std::string(part);
    }
    text += " |\n";
    before = &rule;
  }
  return text + "\n";
}

}  // namespace hbalab::check
