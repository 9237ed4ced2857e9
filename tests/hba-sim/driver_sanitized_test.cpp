// Drivers that were built with a sanitizer, in a lab that has it and in one that has not.
#include <catch2/catch.hpp>

#include "tests/hba-sim/driver_exercise.hpp"

using namespace hbalab::driver_test;
namespace fs = std::filesystem;

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool kLabHasAddress = true;
#else
constexpr bool kLabHasAddress = false;
#endif

std::vector<fs::path> built_with(const std::string& sanitizer, const std::string& sample) {
  std::vector<fs::path> files;
  for (const std::string compiler : {"gcc", "clang"}) {
    const std::string name = sample + '_' + sanitizer + '_' + compiler + ".so";
    fs::path file = fs::path(HBALAB_SAMPLES) / "sanitized" / name;
    if (fs::exists(file)) files.push_back(std::move(file));
  }
  REQUIRE(!files.empty());
  return files;
}

Exercised exercise_sample(const SampleDriver& sample, const fs::path& file) {
  return exercise(file, fs::path(HBALAB_SAMPLES) / sample.name / "driver.mof", sample.first);
}

void works(const Exercised& done) {
  CHECK(done.problem == "");
  CHECK(done.text == "");
  CHECK(done.requests > 10);
}

}  // namespace

TEST_CASE("drivers that look for undefined behaviour run in every lab, and find none here") {
  for (const SampleDriver& sample : sample_drivers()) {
    for (const fs::path& file : built_with("undefined", sample.name)) {
      INFO(file);
      works(exercise_sample(sample, file));
    }
  }
}

TEST_CASE("a driver with AddressSanitizer runs in a lab that has it, and is refused by others") {
  const SampleDriver& sample = sample_drivers().front();
  for (const fs::path& file : built_with("address", sample.name)) {
    INFO(file);
    const Exercised done = exercise_sample(sample, file);
    if (kLabHasAddress) {
      works(done);
      continue;
    }
    CHECK(done.problem.find("was built with AddressSanitizer (--sanitize=address), and this lab "
                            "was not") != std::string::npos);
    CHECK(done.problem.find("-DHBALAB_SANITIZE=address") != std::string::npos);
  }
}
