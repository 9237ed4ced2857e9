// Random sequences of everything that can be done to an adapter, against the reference model. A
// failure is shrunk to the shortest sequence that still diverges, and is printed with the seed.
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "tests/hba-sim/surface_driver.hpp"

using namespace hbalab::surface;

namespace {

// A sanitized build does a fifth in the same time.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kSteps = 20'000;
#else
constexpr std::size_t kSteps = 100'000;
#endif
constexpr int kLongest = 300;  // commands of a sequence

// Thousands of durable writes: in memory, where there is such a file system.
void keep_state_in_memory() {
  if (std::getenv("TMPDIR") == nullptr && std::filesystem::is_directory("/dev/shm"))
    ::setenv("TMPDIR", "/dev/shm", 1);
}

void run(const Script& script, std::size_t& steps) {
  Driver driver;
  std::size_t at = 0;
  try {
    for (const Command& command : script) {
      driver.step(command);
      ++at;
    }
  } catch (const Divergence& divergence) {
    std::ostringstream text;
    text << "step " << at << ", ";
    showValue(script[at], text);
    throw Divergence(text.str() + ": " + divergence.what());
  }
  steps += script.size();
}

}  // namespace

TEST_CASE("whatever is done to an adapter, it shows what the model shows") {
  keep_state_in_memory();
  std::size_t steps = 0;
  auto params = rc::detail::configuration().testParams;
  params.maxSuccess = 200;
  params.maxSize = kLongest;
  for (; steps < kSteps; ++params.seed) {
    const auto result = rc::detail::checkTestable(
        [&steps, sessions_only = params.seed % 2 == 0] {
          run(*rc::gen::container<Script>(any_command(sessions_only)), steps);
        },
        rc::detail::TestMetadata(), params);
    if (result.is<rc::detail::SuccessResult>()) continue;
    std::ostringstream text;
    rc::detail::printResultMessage(result, text);
    FAIL("seed " << params.seed << '\n' << text.str());
  }
  std::cout << steps << " steps, seeds up to " << params.seed << '\n';
  CHECK(steps >= kSteps);
}
