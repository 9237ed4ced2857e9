// For each rule of the checker there is a driver that breaks it and no other; drivers that keep all
// of them are exercised in the same way, and nothing is reported.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "hba-sim/port/checker/rules.hpp"
#include "tests/hba-sim/driver_exercise.hpp"

using namespace hbalab;
using namespace hbalab::driver_test;
namespace fs = std::filesystem;

namespace {

const fs::path kSources = fs::path(HBALAB_SAMPLES_SOURCE) / "wrong";
const fs::path kBuilt = fs::path(HBALAB_SAMPLES) / "wrong";
constexpr const char* kDriverVariable = "HBALAB_TEST_WRONG_DRIVER";

Exercised exercise_wrong(const std::string& name) {
  return exercise(kBuilt / (name + ".so"), kSources / "driver.mof");
}

// What ends the process cannot come back as a record.
bool ends_process(std::string_view rule) { return rule == "null_length_array_written"; }

struct Child {
  int status = 0;
  std::string text;  // what it wrote
};
Child exercise_in_child(const std::string& name) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    ::setenv(kDriverVariable, name.c_str(), 1);
    ::execl("/proc/self/exe", "wrong_drivers_test", "[.child]", nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  Child result;
  std::array<char, 4096> part{};
  for (ssize_t size; (size = ::read(ends[0], part.data(), part.size())) > 0;) {
    result.text.append(part.data(), static_cast<std::size_t>(size));
  }
  ::close(ends[0]);
  REQUIRE(::waitpid(child, &result.status, 0) == child);
  return result;
}

}  // namespace

TEST_CASE("each rule has its wrong driver, and each wrong driver its rule") {
  std::set<std::string> drivers, expected{"base", "none"};
  for (const auto& file : fs::directory_iterator(kSources)) {
    if (file.path().extension() == ".c") drivers.insert(file.path().stem().string());
  }
  for (const check::RuleInfo& rule : check::rules()) expected.emplace(rule.id);
  CHECK(drivers == expected);
}

TEST_CASE("a wrong driver breaks its rule and no other") {
  for (const check::RuleInfo& rule : check::rules()) {
    const std::string id(rule.id);
    if (ends_process(id)) continue;
    const Exercised done = exercise_wrong(id);
    INFO(id << '\n' << done.problem << '\n' << done.text);
    CHECK(done.rules == std::set<std::string>{id});
  }
}

TEST_CASE("a wrong driver that ends its process says which rule it broke") {
  for (const check::RuleInfo& rule : check::rules()) {
    const std::string id(rule.id);
    if (!ends_process(id)) continue;
    const Child child = exercise_in_child(id);
    INFO(id << '\n' << child.text);
    CHECK(child.status != 0);
    CHECK(child.text.find("hbalab: exercise: ") != std::string::npos);
    CHECK(child.text.find(": " + id + ": ") != std::string::npos);
  }
}

TEST_CASE("the child of the test above", "[.child]") {
  const char* name = std::getenv(kDriverVariable);
  REQUIRE(name != nullptr);
  static_cast<void>(exercise_wrong(name));
}

TEST_CASE("the driver that the wrong ones are made of keeps every rule") {
  const Exercised done = exercise_wrong("none");
  INFO(done.text);
  CHECK(done.problem == "");
  CHECK(done.rules == std::set<std::string>{});
  CHECK(done.requests > 100);
}

TEST_CASE("the sample drivers keep every rule") {
  for (const SampleDriver& sample : sample_drivers()) {
    const fs::path built = fs::path(HBALAB_SAMPLES) / sample.name;
    const Exercised done = exercise(built / "driver.so", built / "driver.mof", sample.first);
    INFO(sample.name << '\n' << done.text);
    CHECK(done.problem == "");
    CHECK(done.rules == std::set<std::string>{});
    CHECK(done.requests > 10);
  }
}
