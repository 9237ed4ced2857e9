// The page of a report: that nothing of a report breaks out of it, and that it needs nothing else.
#include <algorithm>
#include <fstream>
#include <regex>

#include "tests/conformance/case_file.hpp"
#include "tests/conformance/report.hpp"
#include "tests/conformance/test/fake_subject.hpp"

namespace hbalab::conform_test {
namespace {

using conform::CaseResult;
using conform::Json;
using conform::Report;
using conform::Verdict;

// What a page must not take for a part of itself.
const std::string kHostile =
    "</script><script>alert(1)</script><!--</style></noscript>\"'&amp; {{data}}\n\xE2\x80\xA8";

CaseResult result(const std::string& id, Verdict verdict) {
  CaseResult made;
  made.id = id;
  made.title = made.requirement.text = made.requirement.source = made.command = kHostile;
  made.verdict = verdict;
  made.trace = {kHostile};
  const conform::Evidence evidence{kHostile, {{kHostile, kHostile}}, kHostile, {'<', '/'}, {1},
                                   {2},      {{kHostile, 0, 1}}};
  made.problems = {{kHostile, kHostile, kHostile, "\xFF no UTF-8", evidence}};
  return made;
}

Report hostile() {
  Report report;
  report.subject = kHostile;
  report.version = "1";
  report.started = "2026-03-02T07:08:09Z";
  report.cases = {result("A/" + kHostile, Verdict::failed), result("A/b", Verdict::error),
                  result("A/c", Verdict::passed)};
  return report;
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

// The data of a page, as a browser finds it: up to the first end of the element.
Json data_of(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const auto at = page.find(begin);
  REQUIRE(at != std::string::npos);
  const auto from = at + begin.size();
  return Json::parse(page.substr(from, page.find("</script", from) - from));
}

}  // namespace

TEST_CASE("a page has the report as it is, whatever its texts are", "[conform][html]") {
  const Report report = hostile();
  const std::string page = conform::html_text(report, nullptr);
  Report empty;
  CHECK(count(page, "<script") == count(conform::html_text(empty, nullptr), "<script"));
  CHECK(count(page, "</script") == count(page, "<script"));
  CHECK(count(page, "</style") == 1);
  CHECK(count(page, "</noscript") == 1);
  CHECK_FALSE(page.contains("<!--"));
  CHECK_FALSE(page.contains("alert(1)</script>"));
  const Json data = data_of(page);
  const Json wanted =
      Json::parse(conform::to_json(report).dump(-1, ' ', false, Json::error_handler_t::replace));
  CHECK(data["report"] == wanted);
  CHECK_FALSE(data.contains("comparison"));
  const auto read = conform::report_of_json(data["report"]);
  REQUIRE(read);
  CHECK(read->cases[0].id == "A/" + kHostile);
  CHECK(read->cases[0].problems[0].evidence->expected == conform::Bytes{2});
}

TEST_CASE("a page needs no other file and no network", "[conform][html]") {
  const std::string page = conform::html_text(hostile(), nullptr);
  CHECK(page.starts_with("<!doctype html>"));
  CHECK(page.contains("default-src 'none'"));
  for (const auto* part : {"src=", "@import", "url(", "fetch(", "XMLHttpRequest", "import("})
    CHECK_FALSE(page.contains(part));
  const std::regex place("href=\"([^\"]*)\"");
  for (std::sregex_iterator at(page.begin(), page.end(), place), end; at != end; ++at) {
    const std::string target = (*at)[1];
    INFO(target);
    CHECK((target.starts_with("#") || target == "data:,"));
  }
  // Each part of the page stands in it, and every place of one is filled.
  for (const auto* part :
       {"report.css", "model.js", "bytes.js", "case.js", "list.js", "overview.js", "report.js"}) {
    std::ifstream file(std::string(HBALAB_SOURCE "/tests/conformance/html/") + part);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    REQUIRE_FALSE(text.empty());
    CHECK(page.contains(text));
    CHECK_FALSE(page.contains("{{" + std::string(part)));
  }
}

TEST_CASE("a page compares with an earlier report", "[conform][html]") {
  Report before = hostile(), now = hostile();
  before.cases[0].verdict = Verdict::passed;
  before.cases[2].verdict = Verdict::error;
  before.cases[1].id = "A/old";
  const Json comparison = data_of(conform::html_text(now, &before))["comparison"];
  CHECK(comparison["worse"] == Json{"A/" + kHostile});
  CHECK(comparison["better"] == Json{"A/c"});
  CHECK(comparison["added"] == Json{"A/b"});
  CHECK(comparison["gone"] == Json{"A/old"});
  CHECK(comparison["started"] == "2026-03-02T07:08:09Z");
  CHECK(comparison["before"] ==
        Json{{"A/" + kHostile, "passed"}, {"A/c", "error"}, {"A/old", "error"}});
}

TEST_CASE("a wrong value comes with the block that would have been right", "[conform][html]") {
  const auto evidence_of = [](const char* expect) {
    const auto read = conform::parse_cases("a.json", std::string(R"({"requirement":
      {"source": "us", "text": "so", "weight": "must"}, "cases": [{"id": "Fake_Block/a/b",
      "title": "t", "steps": [{"query": "Fake_Block", "expect": )") +
                                                         expect + "}]}]}");
    REQUIRE(read);
    FakeSubject subject;
    const CaseResult found = conform::run_case(read->cases.front(), subject, {}, "", nullptr);
    REQUIRE(found.problems.size() == 1);
    REQUIRE(found.problems[0].evidence);
    return *found.problems[0].evidence;
  };
  const auto number = evidence_of(R"({"Value": 77})");
  REQUIRE(number.expected.size() == number.received.size());
  const auto range = std::ranges::find(number.ranges, "Value", &conform::Range::name);
  REQUIRE(range != number.ranges.end());
  CHECK(number.expected[range->offset] == 77);
  for (std::size_t i = 0; i < number.received.size(); ++i) {
    if (i < range->offset || i >= range->offset + range->size)
      CHECK(number.expected[i] == number.received[i]);
  }
  CHECK(evidence_of(R"({"Value": {"is": 77}})").expected == number.expected);
  // By the name of a value, and a text in the room that it has.
  CHECK(evidence_of(R"({"Kind": "two"})").expected[4] == 2);
  const auto text = evidence_of(R"({"Name": "bc"})");
  REQUIRE(text.expected.size() == text.received.size());
  CHECK(std::equal(text.expected.begin() + 8, text.expected.begin() + 14, "\x04\0b\0c\0"));
  // More than one value would be right, or none can be encoded.
  CHECK(evidence_of(R"({"Value": {"at_least": 77}})").expected.empty());
  CHECK(evidence_of(R"({"Value": "many"})").expected.empty());
  CHECK(evidence_of(R"({"Other": 1})").expected.empty());
}

}  // namespace hbalab::conform_test
