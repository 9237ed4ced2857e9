#include "tests/conformance/case_file.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

namespace hbalab::conform_test {
namespace {

using conform::Ability;
using conform::DataCase;
using conform::Outcome;
using conform::Verb;

constexpr const char* kFile = R"({
  "requirement": { "source": "a header", "text": "something is so", "weight": "should" },
  "cases": [
    { "id": "Class/a/b", "title": "A title", "exclusive": true,
      "needs": { "abilities": ["clock"] },
      "when": [ { "query": "Class", "expect": { "Flags": { "bits": 1 } } } ],
      "steps": [
        { "call": "Class.Method", "in": { "Portal": "${portal}" }, "as": "login",
          "expect": { "Status": "OK" }, "within": "2s" },
        { "call": "Class.Method", "raw": "00 ff", "room": "needed-1", "outcome": ["too_small"] },
        { "wait": "1m" } ],
      "cleanup": [ { "reset": "adapter" } ] }
  ]
})";

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The one problem of a file with this in place of its cases.
std::string problem_of(const std::string& cases) {
  const auto read =
      conform::parse_cases("f.json",
                           R"({ "requirement": { "source": "s", "text": "t", "weight": "must" },
  "cases": [ )" + cases + " ] }");
  REQUIRE_FALSE(read);
  std::string text;
  for (const auto& problem : read.error()) text += problem.to_string() + "\n";
  INFO(text);
  CHECK(read.error().size() == 1);
  return text;
}

std::string step_problem(const std::string& step) {
  return problem_of(R"({ "id": "a", "title": "t", "steps": [ )" + step + " ] }");
}

}  // namespace

TEST_CASE("a case file becomes cases", "[conform]") {
  const auto read = conform::parse_cases("file.json", kFile);
  REQUIRE(read);
  REQUIRE(read->cases.size() == 1);
  const conform::Case& made = read->cases.front();
  CHECK(made.id == "Class/a/b");
  CHECK(made.exclusive);
  CHECK(made.file == "file.json");
  CHECK(made.line == 4);
  CHECK(made.requirement.source == "a header");
  CHECK(made.requirement.weight == conform::Weight::should);
  // What the steps use is needed.
  CHECK(made.needs.methods == std::vector<std::string>{"Class.Method"});
  CHECK(made.needs.classes == std::vector<std::string>{"Class"});
  CHECK(made.needs.parameters == std::vector<std::string>{"portal"});
  CHECK(made.needs.abilities == std::vector<Ability>{Ability::clock, Ability::raw, Ability::reset});
  const auto& data = std::get<DataCase>(made.body);
  REQUIRE(data.steps.size() == 3);
  CHECK(data.steps[0].verb == Verb::call);
  CHECK(data.steps[0].as == "login");
  CHECK(data.steps[0].within == std::chrono::seconds(2));
  CHECK(data.steps[0].line == 8);
  REQUIRE(data.steps[1].room);
  CHECK(data.steps[1].room->relative);
  CHECK(data.steps[1].room->bytes == -1);
  CHECK(data.steps[1].outcomes == std::vector<Outcome>{Outcome::too_small});
  CHECK(made.when.size() == 1);
  CHECK(data.cleanup.size() == 1);
}

TEST_CASE("what is wrong with a case file is said with its place", "[conform]") {
  CHECK(problem_of(R"({ "id": "a", "steps": [ { "wait": "1s" } ] })") ==
        "f.json:2:14: /cases/0 lacks the required key \"title\"\n");
  CHECK(problem_of(R"({ "id": "a b", "title": "t", "steps": [ { "wait": "1s" } ] })")
            .contains("/cases/0/id is \"a b\"; expected letters"));
  CHECK(problem_of(R"({ "id": "a", "title": "t", "steps": [] })").contains("/steps has 0 entries"));
  CHECK(problem_of(R"({ "id": "a", "title": "t", "colour": 1, "steps": [ { "wait": "1s" } ] })")
            .contains("/cases/0/colour is not a key of this object"));
  CHECK(step_problem("{}").contains("/cases/0/steps/0 does nothing; expected one of query"));
  CHECK(step_problem(R"({ "query": "A", "call": "A.B" })").contains("a second thing to do"));
  CHECK(step_problem(R"({ "call": "A" })").contains("expected Class.Method"));
  CHECK(
      step_problem(R"({ "query": "A", "raw": "00" })").contains("raw belongs to a step with call"));
  CHECK(step_problem(R"({ "query": "A", "in": {} , "room": 1 })").contains("in belongs"));
  CHECK(step_problem(R"({ "call": "A.B", "raw": "0" })").contains("pairs of hexadecimal digits"));
  CHECK(step_problem(R"({ "call": "A.B", "room": "little" })").contains("\"needed\""));
  CHECK(step_problem(R"({ "call": "A.B", "room": -1 })").contains("a number of bytes"));
  CHECK(step_problem(R"({ "call": "A.B", "outcome": ["sucess"] })").contains("success"));
  CHECK(step_problem(R"({ "call": "A.B", "expect": { "S": { "equals": 1 } } })")
            .contains("\"equals\" is no matcher; expected a value, or an object of matchers: is"));
  CHECK(step_problem(R"({ "set": "A" })").contains("sets nothing"));
  CHECK(step_problem(R"({ "reset": "world" })").contains("expected adapter or lab"));
  CHECK(step_problem(R"({ "query": "A", "json": true })").contains("json belongs to a step"));
  CHECK(step_problem(R"({ "query": "A", "tries": 0 })").contains("tries"));
  CHECK(step_problem(R"({ "wait": "soon" })").contains("/cases/0/steps/0"));
}

TEST_CASE("calls that overlap are started and ended by their names", "[conform]") {
  const auto exclusive = [](const std::string& steps) {
    return problem_of(R"({ "id": "a", "title": "t", "exclusive": true, "steps": [ )" + steps +
                      " ] }");
  };
  CHECK(step_problem(R"({ "start": "A.B", "as": "x" })").contains("expected an exclusive case"));
  CHECK(exclusive(R"({ "start": "A.B" })").contains("without a name; expected as"));
  CHECK(exclusive(R"({ "start": "A", "as": "x" })").contains("expected Class.Method"));
  CHECK(exclusive(R"({ "start": "A.B", "as": "x", "expect": { "S": 0 } })")
            .contains("expect belongs to a step with finish"));
  CHECK(exclusive(R"({ "start": "A.B", "as": "x" }, { "start": "A.B", "as": "x" })")
            .contains("/steps/1 starts x, which is under way"));
  CHECK(exclusive(R"({ "finish": "x" })").contains("ends x; expected the name of a started call"));
  CHECK(exclusive(R"({ "start": "A.B", "as": "x" }, { "finish": "x" }, { "cancel": "x" })")
            .contains("/steps/2 ends x"));
  CHECK(problem_of(R"({ "id": "a", "title": "t", "exclusive": true, "steps": [ { "wait": "1s" } ],
    "cleanup": [ { "finish": "x" } ] })")
            .contains("finish belongs to steps"));
}

TEST_CASE("what overlaps, goes off and on, or has directories needs its ability", "[conform]") {
  const auto read = conform::parse_cases("f.json", R"({
    "requirement": { "source": "s", "text": "t", "weight": "must" },
    "cases": [ { "id": "a", "title": "t", "exclusive": true, "steps": [
      { "start": "A.B", "as": "x" }, { "cancel": "x" }, { "reset": "lab" },
      { "make": "luns/${unit}" }, { "views": "C" },
      { "call": "A.B", "in": { "Id": "${try}" }, "tries": 5 } ] } ] })");
  REQUIRE(read);
  const conform::Needs& needs = read->cases.front().needs;
  CHECK(needs.abilities ==
        std::vector<Ability>{Ability::overlap, Ability::restart, Ability::bench, Ability::views});
  CHECK(needs.methods == std::vector<std::string>{"A.B"});
  CHECK(needs.classes == std::vector<std::string>{"C"});
  CHECK(needs.parameters == std::vector<std::string>{"unit"});
}

TEST_CASE("ids are there once, and every case has a requirement", "[conform]") {
  const std::string one = R"({ "id": "a", "title": "t", "steps": [ { "wait": "1s" } ] })";
  CHECK(problem_of(one + ", " + one).contains("has the id of another case, a"));
  const auto read = conform::parse_cases("f.json", "{ \"cases\": [ " + one + " ] }");
  REQUIRE_FALSE(read);
  CHECK(read.error().front().message == "has no requirement, and neither has the file");
}

TEST_CASE("conditions are added to the cases that they are about", "[conform]") {
  const auto read = conform::parse_cases("f.json", R"({ "conditions": [
    { "cases": "A/*", "when": [ { "query": "B", "expect": { "C": 1 } } ] } ] })");
  REQUIRE(read);
  std::vector<conform::Case> cases(2);
  cases[0].id = "A/x";
  cases[1].id = "B/x";
  conform::apply_conditions(cases, read->conditions);
  CHECK(cases[0].when.size() == 1);
  CHECK(cases[0].needs.classes == std::vector<std::string>{"B"});
  CHECK(cases[1].when.empty());
  const auto wrong = conform::parse_cases("f.json", R"({ "conditions": [
    { "cases": "A/*", "when": [ {} ] } ] })");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().front().where == "/conditions/0/when/0");
}

TEST_CASE("what is no JSON is said with line and column", "[conform]") {
  const auto read = conform::parse_cases("f.json", "{ \"cases\": [\n  { ] }");
  REQUIRE_FALSE(read);
  CHECK(read.error().front().line == 2);
  CHECK_FALSE(conform::parse_cases("f.json", std::string(100, '[')));
  CHECK_FALSE(conform::parse_cases("f.json", ""));
}

TEST_CASE("the cases that are compiled in are good", "[conform]") {
  const auto cases = conform::builtin_cases();
  if (!cases) {
    for (const auto& problem : cases.error()) UNSCOPED_INFO(problem.to_string());
  }
  REQUIRE(cases);
  CHECK(cases->cases.size() >= 60);
  std::set<std::string> ids;
  for (const auto& each : cases->cases) {
    INFO(each.id);
    CHECK(ids.insert(each.id).second);
    CHECK(each.id.contains('/'));
    // Every parameter that a case refers to, the sample lab has.
    for (const auto& name : each.needs.parameters)
      CHECK((name == "adapter" || conform::sample_parameters().contains(name)));
  }
}

TEST_CASE("the folder of cases and those that are compiled in are the same", "[conform]") {
  const auto read = conform::read_cases(std::string(HBALAB_SOURCE) + "/tests/conformance/cases");
  REQUIRE(read);
  CHECK(read->cases.size() == conform::builtin_cases()->cases.size());
  const auto missing = conform::read_cases("/nonexistent/cases.json");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().front().message == "No such file or directory");
}

TEST_CASE("the schema of case files is up to date", "[conform]") {
  const std::string file = std::string(HBALAB_SOURCE) + "/schemas/conformance-case.schema.json";
  if (std::getenv("HBALAB_UPDATE_SCHEMA") != nullptr)
    std::ofstream(file) << conform::case_schema_text();
  CHECK(text_of(file) == conform::case_schema_text());
}

TEST_CASE("known failures have a case and a reason", "[conform]") {
  const auto known = conform::parse_known_failures(
      "k.json", R"({ "known_failures": [ { "case": "A/*", "reason": "later" } ] })");
  REQUIRE(known);
  CHECK(known->front().id == "A/*");
  CHECK(known->front().reason == "later");
  CHECK_FALSE(
      conform::parse_known_failures("k.json", R"({ "known_failures": [ { "case": "A" } ] })"));
}

}  // namespace hbalab::conform_test
