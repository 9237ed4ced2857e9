#include "tests/conformance/case_run.hpp"

#include <algorithm>

namespace hbalab::conform {
namespace {

// Why the case does not apply to the subject; nothing: it does.
std::optional<std::string> lack_of(const Needs& needs, Context& context) {
  for (const Ability ability : needs.abilities) {
    if (!context.subject().abilities().has(ability))
      return "the implementation offers no '" + std::string(ability_name(ability)) + "'";
  }
  for (const std::string& name : needs.parameters) {
    if (!context.scope().parameters.contains(name))
      return "the parameter '" + name + "' is not given (--set " + name + "=..., --parameters)";
  }
  const auto classes = context.subject().classes();
  const auto served = [&](const wmi::Class* cls) {
    return cls != nullptr && std::ranges::find(classes, cls) != classes.end();
  };
  for (const std::string& name : needs.classes) {
    const wmi::Class* cls = context.find_class(name);
    if (!served(cls)) return "no driver serves " + name;
    if (cls->kind != wmi::ClassKind::event && context.instance(*cls).empty())
      return name + " has no instance";
  }
  for (const std::string& name : needs.methods) {
    const wmi::Class* cls = nullptr;
    const wmi::Method* method = context.find_method(name, cls);
    if (!served(cls)) return "no driver serves " + name;
    if (method == nullptr) return cls->name + " has no method " + name;
  }
  return std::nullopt;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, mark = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

CaseResult run_case(const Case& made, Subject& subject, const Scope& parameters,
                    const std::string& device, RequestListener listener) {
  CaseResult result;
  result.id = made.id;
  result.title = made.title;
  result.requirement = made.requirement;
  result.verdict = Verdict::passed;
  Context context(subject, parameters, device, result, std::move(listener));
  if (const std::string name = subject.bench_name(device); !name.empty())
    context.scope().parameters["adapter"] = name;
  const auto begin = std::chrono::steady_clock::now();
  const auto lack = lack_of(made.needs, context);
  const std::uint64_t mark = lack ? 0 : subject.trace_mark();
  if (lack) {
    context.skip(*lack);
  } else if (!applies(made.when, context)) {
    // which has said why
  } else if (const auto* data = std::get_if<DataCase>(&made.body)) {
    run_steps(*data, context);
  } else {
    std::get<std::function<void(Context&)>>(made.body)(context);
  }
  if (!lack && subject.abilities().has(Ability::checked)) {
    context.at_step("");
    context.note_violations(subject.violations());
  }
  if (context.failed()) {
    result.verdict = Verdict::failed;
    result.trace = subject.trace_since(mark);
  }
  result.duration = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begin);
  return result;
}

}  // namespace hbalab::conform
