#include "tests/conformance/case_file.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "schemas/conformance_cases.hpp"
#include "tests/conformance/case_fields.hpp"
#include "tests/conformance/case_run.hpp"

namespace hbalab::conform {
namespace {

using lab::JsonNode;
using lab::JsonPosition;
using Problems = std::vector<FileProblem>;

constexpr std::size_t kMostDepth = 32;

FileProblem problem_at(std::string_view name, std::string where, std::string message,
                       JsonPosition at) {
  return {std::string(name), std::move(where), std::move(message), at.line, at.column};
}

// Text to `Root` by its table; positions of what is wrong.
template <typename Root>
std::expected<std::pair<Root, JsonNode>, Problems> read(std::string_view name,
                                                        std::string_view text) {
  lab::JsonLimits limits;
  limits.bytes = std::size_t{4} << 20;
  limits.nodes = 200'000;
  limits.depth = kMostDepth;
  auto tree = lab::parse_json_tree(text, limits);
  if (!tree) {
    const JsonPosition at = tree.error().position;
    return std::unexpected(Problems{problem_at(name, "", tree.error().message, at)});
  }
  Root root;
  lab::Reader reader;
  lab::read_object(reader, *tree, root);
  if (reader.found().empty()) return std::pair(std::move(root), *std::move(tree));
  Problems problems;
  for (auto& found : reader.found())
    problems.push_back(
        problem_at(name, found.where, found.message, lab::token_position(text, found.end)));
  return std::unexpected(std::move(problems));
}

// What the tables cannot say of a step.
std::optional<std::string> wrong_in(const Step& step) {
  const auto only = [&](Verb verb, std::string_view key) {
    return std::string(key) + " belongs to a step with " + std::string(verb_name(verb));
  };
  if (step.object.empty())
    return "does nothing; expected one of query, call, set, instances, "
           "registered, watch, event, quiet, reset, start, finish, cancel, bench, look, make, "
           "remove, views, wait";
  const bool calls = step.verb == Verb::call || step.verb == Verb::start;
  if (calls && !step.object.contains('.'))
    return "calls " + step.object + "; expected Class.Method";
  if (!step.raw.empty() && !calls) return only(Verb::call, "raw");
  if (!step.in.is_null() && !calls && step.verb != Verb::set) return only(Verb::call, "in");
  if (step.json && (step.verb != Verb::call || !step.raw.empty() || step.room))
    return "json belongs to a step with call, and neither raw nor room";
  if (step.verb == Verb::start && step.as.empty())
    return "starts a call without a name; expected as";
  if (!step.expect.is_null() && (step.verb == Verb::start || step.verb == Verb::cancel))
    return only(Verb::finish, "expect");
  if (step.verb == Verb::set && step.in.is_null()) return "sets nothing; expected values";
  if (step.room && step.verb != Verb::call && step.verb != Verb::query)
    return only(Verb::query, "room");
  if (step.verb == Verb::reset && step.object != "adapter" && step.object != "lab")
    return "resets " + step.object + "; expected adapter or lab";
  if (!step.text.empty() && step.verb != Verb::bench) return only(Verb::bench, "text");
  if (step.verb == Verb::wait) {
    if (auto time = lab::parse_duration(step.object); !time) return time.error();
  }
  return std::nullopt;
}

// What a step uses has to be there.
void collect_needs(const Step& step, Needs& needs) {
  const auto add_to = [](std::vector<std::string>& list, const std::string& item) {
    if (std::ranges::find(list, item) == list.end()) list.push_back(item);
  };
  const auto able = [&](Ability ability) {
    if (std::ranges::find(needs.abilities, ability) == needs.abilities.end())
      needs.abilities.push_back(ability);
  };
  for (const Json& value : {step.in, step.expect, Json(step.instance), Json(step.text)})
    collect_parameters(value, needs.parameters);
  if (step.tries > 1) std::erase(needs.parameters, "try");
  if (step.room) able(Ability::raw);
  if (step.json || step.verb == Verb::views) able(Ability::views);
  switch (step.verb) {
    case Verb::start:
      able(Ability::overlap);
      [[fallthrough]];
    case Verb::call:
      add_to(needs.methods, step.object);
      break;
    case Verb::set:
      able(Ability::set_item);
      [[fallthrough]];
    case Verb::views:
    case Verb::query:
      // An instance of a name of its own may come into being later.
      if (step.instance.empty()) add_to(needs.classes, step.object);
      break;
    case Verb::watch:
      able(Ability::events);
      add_to(needs.classes, step.object);
      break;
    case Verb::reset:
      able(step.object == "lab" ? Ability::restart : Ability::reset);
      break;
    case Verb::bench:
    case Verb::look:
    case Verb::make:
    case Verb::remove:
      able(Ability::bench);
      collect_parameters(step.object, needs.parameters);
      break;
    default:
      break;
  }
}

class Builder {
 public:
  Builder(std::string_view name, std::string_view text) : name_(name), text_(text) {}

  std::expected<CaseFile, Problems> build() {
    auto read_in = read<CaseFileText>(name_, text_);
    if (!read_in) return std::unexpected(std::move(read_in.error()));
    auto& [file, root] = *read_in;
    const JsonNode* cases = root.member("cases");
    for (std::size_t i = 0; i < file.cases.size(); ++i)
      add(file, file.cases[i], cases->children[i], i);
    const JsonNode* conditions = root.member("conditions");
    for (std::size_t i = 0; i < file.conditions.size(); ++i)
      check_steps(file.conditions[i].when, conditions->children[i].member("when"),
                  "/conditions/" + std::to_string(i) + "/when");
    if (!problems_.empty()) return std::unexpected(std::move(problems_));
    return CaseFile{std::move(cases_), std::move(file.conditions)};
  }

 private:
  [[nodiscard]] std::uint32_t line_of(const JsonNode& node) const {
    return lab::token_position(text_, node.end).line;
  }
  void fail(const JsonNode& node, std::string where, std::string message) {
    problems_.push_back(problem_at(name_, std::move(where), std::move(message),
                                   lab::token_position(text_, node.end)));
  }

  void add(const CaseFileText& file, CaseText& text, const JsonNode& node, std::size_t index) {
    const std::string where = "/cases/" + std::to_string(index);
    if (!ids_.insert(text.id).second) fail(node, where, "has the id of another case, " + text.id);
    if (!text.requirement && !file.requirement)
      fail(node, where, "has no requirement, and neither has the file");
    check_steps(text.when, node.member("when"), where + "/when");
    check_steps(text.steps, node.member("steps"), where + "/steps");
    check_steps(text.cleanup, node.member("cleanup"), where + "/cleanup");
    check_started(text, node, where);
    Case made;
    made.id = std::move(text.id);
    made.title = std::move(text.title);
    made.requirement =
        text.requirement ? *text.requirement : file.requirement.value_or(Requirement{});
    made.needs = std::move(text.needs);
    made.exclusive = text.exclusive;
    made.file = name_;
    made.line = line_of(node);
    for (const auto* steps : {&text.when, &text.steps, &text.cleanup}) {
      for (const Step& step : *steps) collect_needs(step, made.needs);
    }
    made.when = std::move(text.when);
    made.body = DataCase{std::move(text.steps), std::move(text.cleanup)};
    cases_.push_back(std::move(made));
  }

  void check_steps(std::vector<Step>& steps, const JsonNode* list, const std::string& where) {
    for (std::size_t i = 0; list != nullptr && i < steps.size(); ++i) {
      steps[i].line = line_of(list->children[i]);
      if (auto wrong = wrong_in(steps[i]))
        fail(list->children[i], where + "/" + std::to_string(i), *wrong);
    }
  }

  // What is ended has been started; and nobody else may be at work meanwhile, because on a tree
  // the number of pending requests tells that the driver has the call.
  void check_started(const CaseText& text, const JsonNode& node, const std::string& where) {
    std::set<std::string> started;
    for (std::size_t i = 0; i < text.steps.size(); ++i) {
      const Step& step = text.steps[i];
      const JsonNode& its = node.member("steps")->children[i];
      const std::string place = where + "/steps/" + std::to_string(i);
      if (step.verb == Verb::start) {
        if (!text.exclusive) fail(its, place, "starts a call; expected an exclusive case");
        if (!started.insert(step.as).second)
          fail(its, place, "starts " + step.as + ", which is under way");
      } else if (step.verb == Verb::finish || step.verb == Verb::cancel) {
        if (!started.contains(step.object))
          fail(its, place, "ends " + step.object + "; expected the name of a started call");
        if (step.verb == Verb::finish) started.erase(step.object);
      }
    }
    for (const auto* steps : {&text.when, &text.cleanup}) {
      for (const Step& step : *steps) {
        if (step.verb == Verb::start || step.verb == Verb::finish || step.verb == Verb::cancel)
          fail(node, where, std::string(verb_name(step.verb)) + " belongs to steps");
      }
    }
  }

  const std::string_view name_, text_;
  std::vector<Case> cases_;
  std::set<std::string> ids_;
  Problems problems_;
};

void append(CaseFile& all, Problems& problems, std::expected<CaseFile, Problems> more) {
  if (!more) {
    std::ranges::move(more.error(), std::back_inserter(problems));
    return;
  }
  for (Case& each : more->cases) {
    const auto same = std::ranges::find(all.cases, each.id, &Case::id);
    if (same != all.cases.end())
      problems.push_back({each.file, "", each.id + " is also in " + same->file, each.line, 1});
    all.cases.push_back(std::move(each));
  }
  std::ranges::move(more->conditions, std::back_inserter(all.conditions));
}

std::expected<CaseFile, Problems> finish(CaseFile all, Problems problems) {
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return all;
}

}  // namespace

lab::Problem check_hex(std::string_view text) {
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\n') continue;
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return "pairs of hexadecimal digits";
    ++digits;
  }
  if (digits % 2 != 0 || digits == 0) return "pairs of hexadecimal digits";
  return std::nullopt;
}

std::expected<CaseFile, Problems> parse_cases(std::string_view name, std::string_view text) {
  return Builder(name, text).build();
}

std::expected<CaseFile, Problems> read_cases(const std::filesystem::path& place) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  if (std::filesystem::is_directory(place, error)) {
    for (std::filesystem::recursive_directory_iterator it(place, error), end; !error && it != end;
         it.increment(error)) {
      if (it->path().extension() == ".json") files.push_back(it->path());
    }
    std::ranges::sort(files);
  } else {
    files.push_back(place);
  }
  if (error) return std::unexpected(Problems{{place, "", error.message(), 0, 0}});
  CaseFile all;
  Problems problems;
  for (const auto& file : files) {
    std::ifstream in(file);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    if (!in) {
      problems.push_back({file, "", "cannot be read", 0, 0});
      continue;
    }
    append(all, problems, parse_cases(file.string(), text));
  }
  return finish(std::move(all), std::move(problems));
}

std::expected<CaseFile, Problems> builtin_cases() {
  CaseFile all;
  Problems problems;
  for (const auto& [name, text] : case_files()) append(all, problems, parse_cases(name, text));
  return finish(std::move(all), std::move(problems));
}

void apply_conditions(std::vector<Case>& cases, const std::vector<Condition>& conditions) {
  for (const Condition& condition : conditions) {
    for (Case& each : cases) {
      if (!glob_matches(condition.cases, each.id)) continue;
      for (const Step& step : condition.when) {
        collect_needs(step, each.needs);
        each.when.push_back(step);
      }
    }
  }
}

std::string case_schema_text() {
  lab::Definitions definitions = Json::object();
  (void)lab::object_schema<CaseFileText>(definitions);
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "hbalab conformance cases"},
              {"$ref", "#/$defs/case_file"}};
  schema["$defs"] = std::move(definitions);
  return schema.dump(2) + "\n";
}

Json sample_parameters() { return Json::parse(sample_parameters_text(), nullptr, true, true); }

std::expected<std::vector<KnownFailure>, Problems> parse_known_failures(std::string_view name,
                                                                        std::string_view text) {
  auto read_in = read<KnownFailuresText>(name, text);
  if (!read_in) return std::unexpected(std::move(read_in.error()));
  return std::move(read_in->first.list);
}

}  // namespace hbalab::conform
