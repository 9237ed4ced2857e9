// Records of violations: as text, counted, and with the line of the source.
#include <dlfcn.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "hba-sim/port/checker/violation_log.hpp"
#include "tests/hba-sim/checker/fired.hpp"

using namespace hbalab;
using namespace hbalab::check;
using namespace hbalab::check::test;

namespace {

Where somewhere() {
  Where where;
  where.adapter = "hba0";
  where.class_name = "Example";
  where.guid = guid_of(1);
  where.function = "EXECUTE_METHOD";
  where.method = "Reset";
  where.instance = 3;
  return where;
}

Findings finding_at(std::int64_t offset) {
  Findings findings;
  Bytes bytes(200);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  findings.add_at(Rule::output_not_written, bytes, offset, "all", "some");
  return findings;
}

void report(ViolationLog& log, Findings findings, const void* code = nullptr) {
  log.report(somewhere(), findings, code, 134'116'992'000'000'000ULL);
}

struct Seen {
  std::vector<std::uint64_t> numbers, counts;
  void operator()(const Violation& violation) {
    numbers.push_back(violation.number);
    counts.push_back(violation.count);
  }
};

}  // namespace

TEST_CASE("a violation is one line of JSON with everything that is known") {
  ViolationLog log;
  std::vector<std::string> lines;
  log.add_sink(json_lines_to([&](std::string line) { lines.push_back(std::move(line)); }));
  report(log, finding_at(100));
  log.flush();
  REQUIRE(lines.size() == 1);
  REQUIRE(lines[0].ends_with('\n'));
  const auto json = nlohmann::json::parse(lines[0]);
  CHECK(json["record"] == 1);
  CHECK(json["count"] == 1);
  CHECK(json["time"] == "2026-01-01T00:00:00.000000Z");
  CHECK(json["rule"] == "output_not_written");
  CHECK(json["severity"] == "error");
  CHECK(json["adapter"] == "hba0");
  CHECK(json["class"] == "Example");
  CHECK(json["function"] == "EXECUTE_METHOD");
  CHECK(json["method"] == "Reset");
  CHECK(json["instance"] == 3);
  CHECK(json["offset"] == 100);
  CHECK(json["expected"] == "all");
  CHECK(json["found"] == "some");
  CHECK(json["dump_at"] == 64);
  CHECK(json["dump"].get<std::string>().starts_with("40414243"));
  CHECK(json["dump"].get<std::string>().size() == 2 * 80);
  CHECK_FALSE(json.contains("device"));
  CHECK_FALSE(json.contains("source"));
}

TEST_CASE("names that are no UTF-8 do not break the line") {
  Violation violation;
  violation.where.adapter = "\xFF\xFE";
  CHECK_NOTHROW(nlohmann::json::parse(to_json_line(violation)));
}

TEST_CASE("a terminal shows the rule, the place, the bytes and what to do") {
  Violation violation;
  violation.where = somewhere();
  violation.finding = *finding_at(100).begin();
  violation.source = "driver.c:12 (Query)";
  violation.count = 10;
  const std::string text = to_text(violation);
  CHECK(text.starts_with("hba0: error: output_not_written: Every byte"));
  CHECK(
      text.find("Example EXECUTE_METHOD Reset, instance 3, offset 100: expected all, found some") !=
      std::string::npos);
  CHECK(text.find("at driver.c:12 (Query)\n") != std::string::npos);
  CHECK(text.find("00000060  60 61 62") != std::string::npos);
  CHECK(text.find("|`abcdefghijklmno|") != std::string::npos);
  CHECK(text.find("what to do: Clear") != std::string::npos);
  CHECK(text.ends_with("seen 10 times\n"));
}

TEST_CASE("a dump before the begin of a buffer has negative offsets") {
  const Bytes bytes{1, 2, 3};
  const std::string text = hex_dump(bytes, -3);
  CHECK(text.starts_with("-00000010 "));
  CHECK(text.find("01 02 03  |") != std::string::npos);
}

TEST_CASE("the same violation a thousand times is one record with a count") {
  ViolationLog log;
  Seen seen;
  log.add_sink([&](const Violation& violation) { seen(violation); });
  for (int i = 0; i < 1000; ++i) report(log, finding_at(100));
  log.flush();
  REQUIRE(log.records().size() == 1);
  CHECK(log.records()[0].count == 1000);
  CHECK(log.total() == 1000);
  CHECK(log.suppressed() == 0);
  CHECK(seen.counts == std::vector<std::uint64_t>{1, 10, 100, 1000});
  CHECK(seen.numbers == std::vector<std::uint64_t>(4, 1));
}

TEST_CASE("violations that differ in their place alone are limited, others are not") {
  ViolationLog::Options options;
  options.most_alike = 5;
  ViolationLog log(options);
  for (int i = 0; i < 100; ++i) report(log, finding_at(i));
  CHECK(log.records().size() == 5);
  CHECK(log.suppressed() == 95);
  Findings other;
  other.add(Rule::completed_twice, "once", "twice");
  report(log, std::move(other));
  CHECK(log.records().size() == 6);
  CHECK(log.records().back().number == 6);
}

TEST_CASE("there is a limit for all records") {
  ViolationLog::Options options;
  options.most_records = 3;
  ViolationLog log(options);
  for (int i = 0; i < 10; ++i) report(log, finding_at(i));
  CHECK(log.records().size() == 3);
  CHECK(log.total() == 10);
}

TEST_CASE("a log that ends has told its sinks everything") {
  Seen seen;
  {
    ViolationLog log;
    log.add_sink([&](const Violation& violation) { seen(violation); });
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&log, thread] { report(log, finding_at(thread)); });
    }
    threads.clear();
  }
  CHECK(seen.numbers == std::vector<std::uint64_t>{1, 2, 3, 4});
}

TEST_CASE("an address in a driver becomes the line of its source") {
  void* const module = ::dlopen(CHECKER_CODE, RTLD_NOW);
  REQUIRE(module != nullptr);
  const auto* const code = static_cast<const unsigned char*>(::dlsym(module, "checker_write"));
  REQUIRE(code != nullptr);
  const CodeAddress at = locate(code + 1);
  CHECK(at.module == CHECKER_CODE);
  CHECK(at.symbol == "checker_write");

  ViolationLog::Options options;
  options.symbolizer = std::make_shared<Symbolizer>();
  ViolationLog log(options);
  std::string source;
  log.add_sink([&](const Violation& violation) { source = violation.source; });
  report(log, finding_at(0), code + 1);
  // The address was looked up when it was reported.
  ::dlclose(module);
  log.flush();
  CHECK(source.ends_with("code_module.c:4 (checker_write)"));
}

TEST_CASE("without a tool or debug information the module and the offset are said") {
  Symbolizer none("no-such-program");
  const CodeAddress at{CHECKER_CODE, 0x1234, "Query"};
  CHECK(none.describe(at).ends_with(".so+0x1234 (Query)"));
  CHECK(none.describe({}).empty());
  Symbolizer tool;
  CHECK(tool.describe({"/nonexistent/driver.so", 0x10, {}}) == "driver.so+0x10");
  CHECK(locate(nullptr).module.empty());
}

TEST_CASE("records of another log are taken over with their count and source") {
  ViolationLog child, lab;
  Seen seen;
  std::vector<std::string> sources;
  lab.add_sink([&](const Violation& violation) {
    seen(violation);
    sources.push_back(violation.source);
  });
  report(lab, finding_at(8));
  child.add_sink([&](Violation violation) {
    violation.source = "driver.c:1 (Query)";
    lab.adopt(std::move(violation));
  });
  for (int i = 0; i < 10; ++i) report(child, finding_at(100));
  child.flush();
  lab.flush();
  CHECK(seen.numbers == std::vector<std::uint64_t>{1, 2, 2});
  CHECK(seen.counts == std::vector<std::uint64_t>{1, 1, 10});
  CHECK(sources.back() == "driver.c:1 (Query)");
  CHECK(lab.records()[1].count == 10);
}

TEST_CASE("an adapter that begins anew has records of its own") {
  ViolationLog log;
  Seen seen;
  log.add_sink(std::ref(seen));
  report(log, finding_at(100));
  CHECK(log.records("hba0").size() == 1);
  log.begin("hba");  // another one
  report(log, finding_at(100));
  CHECK(log.records().size() == 1);
  log.begin("hba0");
  CHECK(log.records("hba0").empty());
  report(log, finding_at(100));
  log.flush();
  CHECK(seen.numbers == std::vector<std::uint64_t>{1, 2});
  CHECK(log.records("hba0").size() == 1);
  CHECK(log.records().size() == 2);
}

TEST_CASE("a violation that must not be ends the process with its text") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::signal(SIGABRT, SIG_DFL);  // not the test framework's
    ::dup2(ends[1], STDERR_FILENO);
    ViolationLog::Options options;
    options.fatal = [](const Where& where) { return where.adapter == "hba0"; };
    ViolationLog log(std::move(options));
    report(log, finding_at(100));
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text(4096, '\0');
  std::size_t size = 0;
  for (ssize_t n; (n = ::read(ends[0], text.data() + size, text.size() - size)) > 0;) {
    size += static_cast<std::size_t>(n);
  }
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
  CHECK(text.find("hba0: error: output_not_written: ") != std::string::npos);
}
