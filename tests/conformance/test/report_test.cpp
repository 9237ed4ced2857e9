#include "tests/conformance/report.hpp"

#include <catch2/catch.hpp>

namespace hbalab::conform_test {
namespace {

using conform::CaseResult;
using conform::Report;
using conform::Verdict;

CaseResult result(const std::string& id, Verdict verdict, const std::string& reason = {}) {
  CaseResult made;
  made.id = id;
  made.title = "about " + id;
  made.requirement = {"a header", "it is so", conform::Weight::should};
  made.verdict = verdict;
  made.reason = reason;
  made.duration = std::chrono::microseconds(1500);
  made.command = "hbalab conform --select '" + id + "'";
  if (verdict == Verdict::failed) {
    conform::Evidence evidence{"query A", {{"x", 1}}, "success",    {1, 2},
                               {3, 0xFF}, {3, 0},     {{"X", 0, 2}}};
    made.problems.push_back({"step 1", "X", "<1> & \"2\"", "#3\n\x01", evidence});
    made.trace = {"{\"seq\":1}"};
  }
  return made;
}

Report sample() {
  Report report;
  report.subject = "a fake";
  report.version = "1";
  report.started = "2026-03-02T07:08:09Z";
  report.seed = 7;
  report.duration = std::chrono::milliseconds(20);
  report.cases = {result("A/a", Verdict::passed), result("A/b", Verdict::failed),
                  result("A/c", Verdict::skipped, "no #1"), result("B/d", Verdict::error, "hung"),
                  result("B/e", Verdict::not_run, "the run ended")};
  return report;
}

}  // namespace

TEST_CASE("a report survives its JSON", "[conform]") {
  const Report report = sample();
  const auto json = conform::to_json(report);
  const auto read = conform::report_of_json(conform::Json::parse(json.dump()));
  REQUIRE(read);
  CHECK(conform::to_json(*read) == json);
  CHECK(json["counts"]["failed"] == 1);
  CHECK(json["cases"][1]["problems"][0]["evidence"]["received"] == "03ff");
  CHECK(json["cases"][1]["problems"][0]["evidence"]["expected"] == "0300");
  CHECK(json["started"] == "2026-03-02T07:08:09Z");
  auto older = json;
  older.erase("started");
  REQUIRE(conform::report_of_json(older));
  CHECK(conform::report_of_json(older)->started.empty());
}

TEST_CASE("what is no report is refused with the member that is wrong", "[conform]") {
  auto json = conform::to_json(sample());
  const auto error_of = [](const conform::Json& wrong) {
    const auto read = conform::report_of_json(wrong);
    REQUIRE_FALSE(read);
    return read.error();
  };
  CHECK(error_of(conform::Json::array()) == "is no object");
  CHECK(error_of(conform::Json::object()) == "format is missing");
  auto other = json;
  other["format"] = 2;
  CHECK(error_of(other) == "format is 2; expected 1");
  other = json;
  other["cases"][1]["verdict"] = "great";
  CHECK(error_of(other) == "cases [1]: verdict is unknown: great");
  other = json;
  other["cases"][1]["problems"][0]["evidence"]["received"] = "0g";
  CHECK(error_of(other).contains("received is not hexadecimal"));
  other = json;
  other["cases"][0].erase("requirement");
  CHECK(error_of(other) == "cases [0]: requirement is missing");
}

TEST_CASE("JUnit has a suite for each class and escapes what XML cannot have", "[conform]") {
  const std::string xml = conform::junit_text(sample());
  CHECK(
      xml.contains("<testsuite name=\"A\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""));
  CHECK(
      xml.contains("<testsuite name=\"B\" tests=\"2\" failures=\"0\" errors=\"1\" skipped=\"1\""));
  CHECK(xml.contains("classname=\"A\" name=\"a\" time=\"0.001500\"/>"));
  CHECK(xml.contains("&lt;1&gt; &amp; &quot;2&quot;"));
  CHECK_FALSE(xml.contains('\x01'));
  CHECK(xml.contains("time=\"0.020000\" timestamp=\"2026-03-02T07:08:09Z\">\n  <testsuite "));
}

TEST_CASE("TAP says what was skipped, and escapes directives", "[conform]") {
  Report report = sample();
  report.unfinished = "it went away";
  const std::string tap = conform::tap_text(report);
  CHECK(tap.starts_with("TAP version 14\n1..5\nok 1 - A/a\nnot ok 2 - A/b\n  ---\n"));
  CHECK(tap.contains("\nok 3 - A/c # SKIP no \\#1\n"));
  CHECK(tap.contains("\nnot ok 4 - B/d\n"));
  CHECK(tap.ends_with("Bail out! it went away\n"));
}

TEST_CASE("known failures do not count, and their passes do", "[conform]") {
  Report report = sample();
  const std::vector<conform::KnownFailure> known{
      {"A/*", "not yet"}, {"C/*", "gone"}, {"B/d", "slow"}};
  CHECK(conform::apply_known_failures(report, known) == std::vector<std::string>{"C/*"});
  const auto counts = conform::count(report);
  CHECK(counts.failed == 0);
  CHECK(counts.errors == 0);
  CHECK(counts.known == 2);
  CHECK(counts.unexpected_passes == 1);
  CHECK(conform::tap_text(report).contains("not ok 2 - A/b # TODO not yet"));
  CHECK(conform::junit_text(report).contains("known failure: not yet"));
  const std::string text = conform::terminal_text(report, {});
  CHECK(text.contains("passed, and should not have: A/a (not yet)"));
  CHECK(text.contains("known failure: A/b (not yet)"));
}

TEST_CASE("the terminal has what was expected and how to see it again", "[conform]") {
  const std::string text = conform::terminal_text(sample(), {false, true});
  CHECK(text.contains("FAILED A/b\n  about A/b\n  should: it is so [a header]\n"));
  CHECK(text.contains("expected  <1> & \"2\""));
  CHECK(text.contains("again: hbalab conform --select 'A/b'"));
  CHECK(text.contains("skipped (1): no #1\n  A/c\n"));
  CHECK(
      text.ends_with("a fake: 1 passed, 1 failed, 1 could not be judged, 1 skipped, 1 not run of 5 "
                     "cases in 0.02 s\n"));
  CHECK_FALSE(text.contains('\033'));
  CHECK(conform::terminal_text(sample(), {true, false}).contains("\033[1;31mFAILED"));
  CHECK(conform::progress_text(sample().cases[0], 1, 2, 80) ==
        "[############............] 1/2 A/a");
  CHECK(conform::progress_text(sample().cases[0], 1, 2, 10).size() == 10);
}

TEST_CASE("reports of shards become one, with the worst of each case", "[conform]") {
  Report one = sample(), two = sample();
  one.cases.resize(2);
  one.cases[1].verdict = Verdict::passed;
  two.cases.erase(two.cases.begin());
  const auto merged = conform::merge_reports(std::vector{one, two});
  REQUIRE(merged);
  REQUIRE(merged->cases.size() == 5);
  CHECK(merged->cases[1].verdict == Verdict::failed);
  CHECK(merged->duration == std::chrono::milliseconds(40));
  CHECK(merged->started == "2026-03-02T07:08:09Z");
  one.started.clear();
  two.started = "2026-03-01T00:00:00Z";
  CHECK(conform::merge_reports(std::vector{one, two, sample()})->started == two.started);
  two.version = "2";
  CHECK_FALSE(conform::merge_reports(std::vector{one, two}));
  CHECK_FALSE(conform::merge_reports({}));
}

TEST_CASE("two reports are compared", "[conform]") {
  Report before = sample(), now = sample();
  before.cases[0].verdict = Verdict::failed;
  before.cases[1].verdict = Verdict::passed;
  before.cases[4].id = "B/old";
  const auto comparison = conform::compare_reports(before, now);
  CHECK(comparison.worse == std::vector<std::string>{"A/b"});
  CHECK(comparison.better == std::vector<std::string>{"A/a"});
  CHECK(comparison.gone == std::vector<std::string>{"B/old"});
  CHECK(comparison.added == std::vector<std::string>{"B/e"});
  CHECK(conform::comparison_text(comparison).starts_with("worse than before (1):\n  A/b\n"));
  CHECK(conform::comparison_text(conform::compare_reports(now, now)) == "as before\n");
}

}  // namespace hbalab::conform_test
