// What the steps of a case of data do, with the fake implementation.
#include <catch2/catch.hpp>

#include "tests/conformance/case_file.hpp"
#include "tests/conformance/case_run.hpp"
#include "tests/conformance/test/fake_subject.hpp"

namespace hbalab::conform_test {
namespace {

using conform::Verdict;
using Log = std::vector<std::string>;

// The result of the one case that has these steps and this cleanup.
conform::CaseResult result_of(FakeSubject& subject, const std::string& steps,
                              const std::string& cleanup = "") {
  const auto file = conform::parse_cases(
      "f.json", R"({ "requirement": { "source": "s", "text": "t", "weight": "must" },
  "cases": [ { "id": "a", "title": "t", "exclusive": true, "steps": [ )" +
                    steps + R"( ], "cleanup": [ )" + cleanup + " ] } ] }");
  REQUIRE(file);
  return conform::run_case(file->cases.front(), subject, {}, "FAKE\\ONE", {});
}

}  // namespace

TEST_CASE("a call that was started is finished later, and its answer has its name", "[conform]") {
  FakeSubject subject;
  const auto result = result_of(subject, R"(
    { "start": "Fake_Methods.Twice", "as": "slow", "in": { "Value": 4 } },
    { "start": "Fake_Methods.Twice", "as": "other", "in": { "Value": 5 } },
    { "query": "Fake_Block", "expect": { "Value": 7 } },
    { "finish": "other", "expect": { "Sum": 10 } },
    { "finish": "slow", "expect": { "Sum": 8 } },
    { "bench": "sum", "text": "${slow/Sum} ${other/Sum}" } )");
  CHECK(result.verdict == Verdict::passed);
  CHECK(subject.log() == Log{"start 1", "start 2", "finish 2", "finish 1", "write sum 8 10"});
}

TEST_CASE("a finished call that is not as expected fails with its request", "[conform]") {
  FakeSubject subject;
  const auto result = result_of(subject, R"(
    { "start": "Fake_Methods.Twice", "as": "slow", "in": { "Value": 4 } },
    { "query": "Fake_Block" },
    { "finish": "slow", "expect": { "Sum": 9 } } )");
  REQUIRE(result.verdict == Verdict::failed);
  const auto& problem = result.problems.at(0);
  CHECK(problem.step == "step 3");
  CHECK(problem.received == "8");
  REQUIRE(problem.evidence);
  CHECK(problem.evidence->request.starts_with("call Fake_Methods.Twice of "));
  CHECK(problem.evidence->in == conform::Json{{"Value", 4}});
}

TEST_CASE("a call can be cancelled", "[conform]") {
  FakeSubject subject;
  const auto result = result_of(subject, R"(
    { "start": "Fake_Methods.Twice", "as": "slow", "in": { "Value": 4 } },
    { "cancel": "slow" },
    { "finish": "slow", "outcome": ["cancelled"] } )");
  CHECK(result.verdict == Verdict::passed);
  CHECK(subject.log() == Log{"start 1", "cancel 1", "finish 1"});
}

TEST_CASE("what was started and not finished is ended before the cleanup", "[conform]") {
  FakeSubject subject;
  // 13 is answered all the same: the cleanup can undo it. 4 is not: its step is left out.
  const auto result = result_of(subject, R"(
    { "start": "Fake_Methods.Twice", "as": "late", "in": { "Value": 13 } },
    { "start": "Fake_Methods.Twice", "as": "never", "in": { "Value": 4 } },
    { "query": "Fake_Block", "expect": { "Value": 8 } } )",
                                R"({ "bench": "undo", "text": "${late/Sum}" },
    { "bench": "undo", "text": "${never/Sum}" })");
  REQUIRE(result.verdict == Verdict::failed);
  CHECK(result.problems.size() == 1);
  CHECK(subject.log() ==
        Log{"start 1", "start 2", "cancel 1", "finish 1", "cancel 2", "finish 2", "write undo 26"});
}

TEST_CASE("a step is tried as often as it says, and no oftener", "[conform]") {
  FakeSubject subject;
  const auto good = result_of(subject, R"(
    { "call": "Fake_Methods.Twice", "in": { "Value": "${try}" }, "tries": 9,
      "expect": { "Sum": 10 } } )");
  CHECK(good.verdict == Verdict::passed);
  const auto bad = result_of(subject, R"(
    { "call": "Fake_Methods.Twice", "in": { "Value": "${try}" }, "tries": 4,
      "expect": { "Sum": 10 } } )");
  REQUIRE(bad.verdict == Verdict::failed);
  REQUIRE(bad.problems.size() == 1);
  CHECK(bad.problems[0].received == "8");
}

TEST_CASE("the bench is written, read, and has directories made and removed", "[conform]") {
  FakeSubject subject;
  const auto result = result_of(subject, R"(
    { "bench": "state", "text": "up" },
    { "look": "state", "expect": { "text": "up" } },
    { "make": "luns/5" }, { "remove": "luns/5" }, { "reset": "lab" } )");
  CHECK(result.verdict == Verdict::passed);
  CHECK(subject.log() == Log{"write state up", "make luns/5", "remove luns/5", "restart"});
  const auto bad = result_of(subject, R"({ "look": "nothing" })");
  REQUIRE(bad.verdict == Verdict::failed);
  CHECK(bad.problems[0].received == "nothing: is not there");
}

}  // namespace hbalab::conform_test
