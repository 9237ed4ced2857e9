// Isolated drivers that many threads ask at once, while others come, crash and go.
#include <signal.h>

#include "tests/hba-sim/driver_support.hpp"

using namespace hbalab;
using namespace hbalab::driver_test;

namespace {

constexpr std::uint32_t kAdd = 1, kMethods = 5;

void ask(lab::Lab& lab, const std::atomic<bool>& over, std::atomic<std::uint64_t>& answers,
         std::atomic<std::uint64_t>& wrong, std::uint32_t seed) {
  const wmi::Class* counter = lab.registry()->schema()->find("KitTest_Counter");
  const wmi::Class* operations = lab.registry()->schema()->find("KitTest_Operations");
  for (std::uint32_t round = seed; !over; ++round) {
    for (const auto& instance : lab.registry()->static_instances(counter->guid)) {
      answers += lab.client()->query_wait(instance, 0).has_value() ? 1 : 0;
    }
    for (const auto& instance : lab.registry()->static_instances(operations->guid)) {
      const std::uint32_t method = round % kMethods + 1;
      const std::array<std::uint32_t, 2> in{1, method == kAdd ? round : 0};
      std::vector<std::uint8_t> bytes(sizeof in);
      std::memcpy(bytes.data(), in.data(), sizeof in);
      const auto answer = lab.client()->call_wait(instance, method, bytes, 4);
      if (!answer) continue;
      std::uint32_t out = 0;
      if (answer->data.size() == sizeof out) std::memcpy(&out, answer->data.data(), sizeof out);
      ++answers;
      wrong += out == 1 + in[1] ? 0 : 1;
    }
  }
}

}  // namespace

TEST_CASE("isolated drivers come, are killed and go while 32 threads ask") {
  Folder folder;
  lab::LabOptions options;
  options.config.adapters = {isolated("stays", "kit_driver"), isolated("dies", "kit_extended")};
  options.state_dir = folder / "state";
  auto opened = lab::Lab::open(std::move(options));
  REQUIRE(opened);
  lab::Lab& lab = **opened;
  std::atomic<bool> over = false;
  std::atomic<std::uint64_t> answers = 0, wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t i = 0; i < 32; ++i) {
      threads.emplace_back([&, i] { ask(lab, over, answers, wrong, i); });
    }
    for (int round = 0; round < 5; ++round) {
      const std::uint64_t before = answers;
      CHECK(until([&] { return answers > before + 100; }));
      const auto process = lab.control()->read("adapters/dies/process");
      REQUIRE(process);
      ::kill(std::stoi(*process), SIGKILL);
      CHECK(until(
          [&] { return lab.control()->read("adapters/dies/state").value_or("") == "crashed\n"; }));
      CHECK(lab.control()->write("adapters/dies/restart", "1"));
      CHECK(lab.control()->write("adapters/stays/reset", "1"));
    }
    over = true;
  }
  CHECK(wrong == 0);
  // It leaves requests behind when it is reset, which the checker tells; and nothing else.
  const std::string report = lab.control()->read("adapters/stays/report").value_or("?");
  CAPTURE(report);
  CHECK(report.find("fault: ") == std::string::npos);
  CHECK(report.find("mof: ") == std::string::npos);
}
