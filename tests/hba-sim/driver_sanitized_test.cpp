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

std::vector<fs::path> built_with(const std::string& sanitizer) {
  std::vector<fs::path> files;
  for (const std::string compiler : {"gcc", "clang"}) {
    fs::path file = fs::path(HBALAB_SAMPLES) / "sanitized" / (sanitizer + '_' + compiler + ".so");
    if (fs::exists(file)) files.push_back(std::move(file));
  }
  REQUIRE(!files.empty());
  return files;
}

Exercised exercise_sample(const fs::path& file) {
  return exercise(file, fs::path(HBALAB_SAMPLES) / "storport/driver.mof");
}

void works(const Exercised& done) {
  CHECK(done.problem == "");
  CHECK(done.text == "");
  CHECK(done.requests > 10);
}

}  // namespace

TEST_CASE("a driver that looks for undefined behaviour runs in every lab") {
  for (const fs::path& file : built_with("undefined")) {
    INFO(file);
    works(exercise_sample(file));
  }
}

TEST_CASE("a driver with AddressSanitizer runs in a lab that has it, and is refused by others") {
  for (const fs::path& file : built_with("address")) {
    INFO(file);
    const Exercised done = exercise_sample(file);
    if (kLabHasAddress) {
      works(done);
      continue;
    }
    CHECK(done.problem.find("was built with AddressSanitizer (--sanitize=address), and this lab "
                            "was not") != std::string::npos);
    CHECK(done.problem.find("-DHBALAB_SANITIZE=address") != std::string::npos);
  }
}
