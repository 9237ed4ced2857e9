// Generated cases find what is wrong, and only that.
#include <algorithm>

#include "tests/conformance/test/fake_subject.hpp"

namespace hbalab::conform_test {
namespace {

using conform::Verdict;

// Ids of the generated cases that fail.
std::vector<std::string> failures(Fault fault) {
  std::vector<std::string> failed;
  for (const conform::Case& made : fake_cases()) {
    FakeSubject subject(fault);
    const auto result = conform::run_case(made, subject, {}, "FAKE\\ONE");
    if (result.verdict == Verdict::failed) failed.push_back(made.id);
  }
  return failed;
}

}  // namespace

TEST_CASE("a subject without a fault passes every generated case", "[conform]") {
  const auto cases = fake_cases();
  CHECK(cases.size() >= 20);
  for (const conform::Case& made : cases) {
    FakeSubject subject;
    const auto result = conform::run_case(made, subject, {}, "FAKE\\ONE");
    INFO(made.id << ": " << result.reason);
    for (const auto& problem : result.problems)
      UNSCOPED_INFO(problem.where << ": expected " << problem.expected << ", received "
                                  << problem.received);
    const bool views = made.id == "Fake_Block/views/agree";
    CHECK(result.verdict == (views ? Verdict::skipped : Verdict::passed));
  }
}

TEST_CASE("each fault fails the cases that are about it", "[conform]") {
  using Ids = std::vector<std::string>;
  const auto garbage = failures(Fault::garbage);
  CHECK(std::ranges::find(garbage, "Fake_Block/block/query") != garbage.end());
  CHECK(std::ranges::find(garbage, "Fake_Block/block/query-all") != garbage.end());
  CHECK(failures(Fault::no_overrun) == Ids{"Fake_Block/block/every-room"});
  CHECK(failures(Fault::wrong_needed) == Ids{"Fake_Block/block/every-room"});
  CHECK(failures(Fault::takes_read_only) == Ids{"Fake_Block/Kind/read-only"});
  CHECK(failures(Fault::forgets_set) == Ids{"Fake_Block/Value/set"});
  CHECK(failures(Fault::unknown_value) == Ids{"Fake_Block/Kind/value"});
  CHECK(failures(Fault::dirty_padding) == Ids{"Fake_Block/block/padding"});
  CHECK(failures(Fault::unknown_method) == Ids{"Fake_Methods/method/unknown-id"});
  CHECK(failures(Fault::short_in) == Ids{"Fake_Methods/Twice/in-short"});
  CHECK(failures(Fault::unknown_is_first) == Ids{"Fake_Block/block/unknown-instance",
                                                 "Fake_Block/block/unknown-index",
                                                 "Fake_Methods/Twice/unknown-instance"});
  const auto names = failures(Fault::name_twice);
  CHECK(std::ranges::find(names, "Fake_Block/block/names") != names.end());
}

TEST_CASE("a problem has the request, the bytes and where the properties lie", "[conform]") {
  for (const conform::Case& made : fake_cases()) {
    if (made.id != "Fake_Block/Kind/value") continue;
    FakeSubject subject(Fault::unknown_value);
    const auto result = conform::run_case(made, subject, {}, "FAKE\\ONE");
    REQUIRE(result.problems.size() == 1);
    const auto& problem = result.problems[0];
    CHECK(problem.where == "Kind");
    CHECK(problem.received == "9");
    REQUIRE(problem.evidence);
    CHECK(problem.evidence->request == "query Fake_Block of FAKE\\ONE_0");
    CHECK(problem.evidence->received.size() == 24);
    REQUIRE(problem.evidence->ranges.size() == 3);
    CHECK(problem.evidence->ranges[1].name == "Kind");
    CHECK(problem.evidence->ranges[1].offset == 4);
    CHECK(problem.evidence->ranges[1].size == 4);
    CHECK(problem.evidence->ranges[2].offset == 8);
    return;
  }
  FAIL("there is no such case");
}

}  // namespace hbalab::conform_test
