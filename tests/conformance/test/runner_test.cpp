// The runner against implementations that hang, die and go away.
#include "tests/conformance/runner.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <set>

#include "tests/conformance/code_cases.hpp"
#include "tests/conformance/test/fake_subject.hpp"

namespace hbalab::conform_test {
namespace {

using conform::Case;
using conform::Context;
using conform::Verdict;
using std::chrono::milliseconds;

Case made(const std::string& id, std::function<void(Context&)> body, bool exclusive = false) {
  Case each;
  each.id = id;
  each.title = id;
  each.exclusive = exclusive;
  each.body = std::move(body);
  return each;
}

// Asks the subject, which does what its fault says.
void query(Context& context) {
  const wmi::Class* cls = context.find_class("Fake_Block");
  REQUIRE(cls != nullptr);
  (void)context.check_outcome(context.query(*cls, kInstance), {conform::Outcome::success});
}
void nothing(Context&) {}

conform::RunOptions options(unsigned jobs = 1) {
  conform::RunOptions made;
  made.jobs = jobs;
  made.timeout = milliseconds(60'000);  // far beyond what a case takes
  return made;
}

std::vector<std::size_t> in_order(std::size_t count) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < count; ++i) order.push_back(i);
  return order;
}

std::vector<Verdict> verdicts(const conform::Report& report) {
  std::vector<Verdict> all;
  for (const auto& result : report.cases) all.push_back(result.verdict);
  return all;
}

// Seen by all processes of a run.
struct Shared {
  std::atomic<int> now{0}, most{0}, with_exclusive{0}, runs{0};
};
Shared& shared() {
  static Shared* memory = new (::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                                      MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Shared;
  return *memory;
}

}  // namespace

TEST_CASE("a run has the results of its cases in their order", "[conform]") {
  std::vector<Case> cases{
      made("a/1", nothing), made("a/2", [](Context& context) { context.note("x", "1", "2"); }),
      made("a/3", [](Context& context) { context.skip("not today"); }), made("a/4", query)};
  const unsigned jobs = GENERATE(1U, 3U);
  std::size_t told = 0;
  auto how = options(jobs);
  how.progress = [&](const auto&, std::size_t done, std::size_t total) {
    CHECK(done == ++told);
    CHECK(total == 4);
  };
  const auto report = conform::run_cases(cases, {3, 2, 1, 0}, fake_factory(Fault::none), how);
  CHECK(report.unfinished.empty());
  CHECK(report.subject == "a fake");
  CHECK(told == 4);
  CHECK(verdicts(report) ==
        std::vector{Verdict::passed, Verdict::skipped, Verdict::failed, Verdict::passed});
  CHECK(report.cases[1].reason == "not today");
  CHECK(report.cases[2].problems.at(0).received == "2");
}

TEST_CASE("a case that hangs costs that case", "[conform]") {
  const std::vector<Case> cases{made("a/1", nothing), made("a/2", query), made("a/3", nothing)};
  auto how = options();
  how.timeout = milliseconds(300);
  const auto report = conform::run_cases(cases, in_order(3), fake_factory(Fault::hangs), how);
  CHECK(verdicts(report) == std::vector{Verdict::passed, Verdict::error, Verdict::passed});
  CHECK(report.cases[1].reason == "no end within 300 ms; at: query Fake_Block of FAKE\\ONE_0");
  CHECK(report.unfinished.empty());
}

TEST_CASE("a case that takes the process with it costs that case", "[conform]") {
  const std::vector<Case> cases{made("a/1", nothing), made("a/2", query), made("a/3", nothing)};
  const auto report =
      conform::run_cases(cases, in_order(3), fake_factory(Fault::aborts), options());
  CHECK(verdicts(report) == std::vector{Verdict::passed, Verdict::error, Verdict::passed});
  CHECK(report.cases[1].reason.starts_with("the process of the case ended by signal 6"));
  CHECK(report.cases[1].reason.ends_with("at: query Fake_Block of FAKE\\ONE_0"));
}

TEST_CASE("an implementation that goes away is no failure of its case", "[conform]") {
  const std::vector<Case> cases{made("a/1", query), made("a/2", nothing)};
  const auto report =
      conform::run_cases(cases, in_order(2), fake_factory(Fault::vanishes), options());
  CHECK(report.cases[0].verdict == Verdict::error);
  CHECK(report.cases[0].reason == "the implementation has gone: it was there a moment ago");
}

TEST_CASE("what was wrong at the start is a case of its own", "[conform]") {
  auto cases = conform::code_cases();
  cases.insert(cases.begin(), made("a/1", query));  // and the one of the start behind it
  const auto bad =
      conform::run_cases(cases, in_order(2), fake_factory(Fault::starts_badly), options());
  CHECK(verdicts(bad) == std::vector{Verdict::passed, Verdict::failed});
  CHECK(bad.cases[1].problems.at(0).received == "it was late");
  const auto good = conform::run_cases(cases, in_order(2), fake_factory(Fault::none), options());
  CHECK(verdicts(good) == std::vector{Verdict::passed, Verdict::passed});
}

TEST_CASE("what is wrong at the end of each process is a case of its own", "[conform]") {
  auto cases = conform::code_cases();
  const std::size_t last = 1;
  REQUIRE(cases.size() == 2);
  REQUIRE(cases[last].last);
  for (int i = 0; i < 6; ++i) cases.push_back(made("a/" + std::to_string(i), query));
  // A failed case ends one life of the implementation; what is found then counts as well.
  cases.push_back(made("b/1", [](Context& context) {
    query(context);
    context.note("x", "1", "2");
  }));
  const unsigned jobs = GENERATE(1U, 3U);
  auto how = options(jobs);
  std::size_t told = 0;
  how.progress = [&](const auto&, std::size_t done, std::size_t total) {
    CHECK(done == ++told);
    CHECK(total == 9);
  };
  const auto bad = conform::run_cases(cases, in_order(9), fake_factory(Fault::ends_badly), how);
  CHECK(told == 9);
  CHECK(bad.unfinished.empty());
  CHECK(conform::count(bad).passed == 7);
  REQUIRE(bad.cases[last].verdict == Verdict::failed);
  std::set<std::string> found;
  for (const auto& problem : bad.cases[last].problems) {
    CHECK(problem.where == "the driver's contract: leak");
    found.insert(problem.received);
  }
  CHECK(found.size() <= jobs);
  // Seven queries in the first life, and those that come last in the second one.
  if (jobs == 1) CHECK(bad.cases[last].problems.size() > 7);
  // In each round anew, and also when nothing else runs.
  how.progress = {};
  how.repeat = 2;
  const auto good = conform::run_cases(cases, {last}, fake_factory(Fault::none), how);
  CHECK(verdicts(good) == std::vector{Verdict::passed});
}

TEST_CASE("an implementation that does not stop is told of where it should have", "[conform]") {
  auto cases = conform::code_cases();
  cases.push_back(made("a/1", [](Context& context) { context.note("x", "1", "2"); }));
  cases.push_back(made("a/2", query));
  auto how = options();
  how.timeout = milliseconds(300);
  const auto report = conform::run_cases(cases, {2, 3, 1}, fake_factory(Fault::never_ends), how);
  CHECK(verdicts(report) == std::vector{Verdict::failed, Verdict::passed, Verdict::error});
  CHECK(report.cases[2].reason.contains("no end within 300 ms"));
  CHECK(report.unfinished.empty());
}

TEST_CASE("a run ends when the implementation cannot be opened", "[conform]") {
  const std::vector<Case> cases{made("a/1", nothing), made("a/2", nothing)};
  const conform::SubjectFactory factory =
      []() -> std::expected<std::unique_ptr<conform::Subject>, std::string> {
    return std::unexpected("there is nothing");
  };
  const auto report = conform::run_cases(cases, in_order(2), factory, options(2));
  CHECK(report.unfinished == "the implementation cannot be opened: there is nothing");
  CHECK(verdicts(report) == std::vector{Verdict::not_run, Verdict::not_run});
  const auto inventory =
      conform::take_inventory(factory, *FakeSubject().schema(), milliseconds(60'000));
  REQUIRE_FALSE(inventory);
  CHECK(inventory.error() == "there is nothing");
}

TEST_CASE("a run is given up when nothing can be judged any more", "[conform]") {
  std::vector<Case> cases;
  for (int i = 0; i < 12; ++i) cases.push_back(made("a/" + std::to_string(i), query));
  const auto report =
      conform::run_cases(cases, in_order(12), fake_factory(Fault::aborts), options());
  CHECK(report.unfinished == "5 cases in a row could not be judged");
  const auto counts = conform::count(report);
  CHECK(counts.errors == 5);
  CHECK(counts.not_run == 7);
}

TEST_CASE("on a shared implementation exclusive cases run alone", "[conform]") {
  shared().most = 0;
  shared().with_exclusive = 0;
  const auto body = [](bool exclusive) {
    return [exclusive](Context&) {
      const int now = ++shared().now;
      if (now > shared().most) shared().most = now;
      if (exclusive && now > 1) ++shared().with_exclusive;
      for (int i = 0; i < 2000; ++i) sched_yield();
      if (exclusive && shared().now > 1) ++shared().with_exclusive;
      --shared().now;
    };
  };
  std::vector<Case> cases;
  for (int i = 0; i < 24; ++i)
    cases.push_back(made("a/" + std::to_string(i), body(i % 3 == 0), i % 3 == 0));
  auto how = options(4);
  how.shared = true;
  const auto report = conform::run_cases(cases, in_order(24), fake_factory(Fault::none), how);
  CHECK(conform::count(report).passed == 24);
  CHECK(shared().with_exclusive == 0);
  CHECK(shared().now == 0);
}

TEST_CASE("of several rounds the worst result counts", "[conform]") {
  shared().runs = 0;
  const std::vector<Case> cases{made("a/1", [](Context& context) {
    if (++shared().runs == 2) context.note("round", "good", "bad");
  })};
  auto how = options();
  how.repeat = 3;
  const auto report = conform::run_cases(cases, in_order(1), fake_factory(Fault::none), how);
  CHECK(shared().runs == 3);
  CHECK(verdicts(report) == std::vector{Verdict::failed});

  shared().runs = 0;
  how.repeat = 0;
  how.until_failure = true;
  const auto ended = conform::run_cases(cases, in_order(1), fake_factory(Fault::none), how);
  CHECK(shared().runs == 2);
  CHECK(verdicts(ended) == std::vector{Verdict::failed});
}

TEST_CASE("an inventory has the classes, and the MOF of those that are not known", "[conform]") {
  const auto schema = FakeSubject().schema();
  const auto inventory =
      conform::take_inventory(fake_factory(Fault::none), *schema, milliseconds(60'000));
  REQUIRE(inventory);
  CHECK(inventory->subject == "a fake");
  CHECK(inventory->classes == std::vector<std::string>{"Fake_Block", "Fake_Methods"});
  CHECK(inventory->mof.empty());
  const wmi::SchemaSet none;
  const auto unknown =
      conform::take_inventory(fake_factory(Fault::none), none, milliseconds(60'000));
  REQUIRE(unknown);
  CHECK(unknown->mof.contains("class Fake_Methods"));
}

TEST_CASE("shards are a partition, whatever the order", "[conform]") {
  std::vector<Case> cases;
  for (int i = 0; i < 200; ++i) cases.push_back(made("Class/case/" + std::to_string(i), nothing));
  std::set<std::size_t> seen;
  for (unsigned shard = 1; shard <= 3; ++shard) {
    conform::Selection selection;
    selection.shard = shard;
    selection.shards = 3;
    selection.seed = shard;
    const auto part = conform::choose(cases, selection);
    CHECK(part.size() > 30);
    for (const auto at : part) CHECK(seen.insert(at).second);
  }
  CHECK(seen.size() == 200);
  // What ends the implementation is in all of them.
  cases.back().last = true;
  for (unsigned shard = 1; shard <= 3; ++shard) {
    conform::Selection selection;
    selection.shard = shard;
    selection.shards = 3;
    CHECK(std::ranges::count(conform::choose(cases, selection), 199U) == 1);
  }
}

TEST_CASE("cases are chosen by pattern, weight and seed", "[conform]") {
  std::vector<Case> cases{made("A/x/1", nothing), made("A/y/2", nothing), made("B/x/3", nothing)};
  cases[1].requirement.weight = conform::Weight::may;
  conform::Selection selection;
  selection.select = {"A/*", "*/3"};
  CHECK(conform::choose(cases, selection) == std::vector<std::size_t>{0, 1, 2});
  selection.skip = {"*/x/?"};
  CHECK(conform::choose(cases, selection) == std::vector<std::size_t>{1});
  selection = {};
  selection.level = conform::Weight::should;
  CHECK(conform::choose(cases, selection) == std::vector<std::size_t>{0, 2});
  selection = {};
  selection.seed = 5;
  const auto order = conform::choose(cases, selection);
  CHECK(order == conform::choose(cases, selection));
  CHECK(std::set<std::size_t>(order.begin(), order.end()).size() == 3);
  CHECK(conform::glob_matches("*", ""));
  CHECK(conform::glob_matches("a*c", "abbc"));
  CHECK_FALSE(conform::glob_matches("a*c", "abb"));
  CHECK_FALSE(conform::glob_matches("a?c", "ac"));
}

}  // namespace hbalab::conform_test
