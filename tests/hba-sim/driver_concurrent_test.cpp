// Drivers that are loaded and unloaded while others ask them, on the real clock.
#include <atomic>
#include <thread>

#include "tests/hba-sim/driver_support.hpp"

using namespace hbalab;
using namespace hbalab::driver_test;

namespace {

constexpr std::uint32_t kAdd = 1, kLater = 2, kWork = 3, kDeferred = 4, kFire = 5;

// Asks whatever adapter there is; those that go answer with errors.
void ask(lab::Lab& lab, const std::atomic<bool>& over, std::atomic<std::uint64_t>& answers,
         std::uint32_t seed) {
  const wmi::Class* counter = lab.registry()->schema()->find("KitTest_Counter");
  const wmi::Class* operations = lab.registry()->schema()->find("KitTest_Operations");
  const std::array<std::uint32_t, 2> in{1, seed};
  std::vector<std::uint8_t> bytes(sizeof in);
  std::memcpy(bytes.data(), in.data(), sizeof in);
  for (std::uint32_t round = seed; !over; ++round) {
    for (const auto& instance : lab.registry()->static_instances(counter->guid)) {
      answers += lab.client()->query_wait(instance, 0).has_value() ? 1 : 0;
    }
    for (const auto& instance : lab.registry()->static_instances(operations->guid)) {
      const std::uint32_t method = round % kFire + 1;
      // SCSI port's kind has no timer and no worker.
      const bool scsi = instance.provider->friendly_name() == "scsi";
      const bool plain = method == kAdd || method == kFire;
      if (scsi && !plain) continue;
      answers += lab.client()->call_wait(instance, method, bytes, 4).has_value() ? 1 : 0;
    }
  }
}

}  // namespace

TEST_CASE("drivers come and go while they are asked") {
  Folder folder;
  lab::LabOptions options;
  options.config.adapters = {loaded("stays", "kit_driver"), loaded("scsi", "kit_scsiport")};
  options.state_dir = folder / "state";
  auto opened = lab::Lab::open(std::move(options));
  REQUIRE(opened);
  lab::Lab& lab = **opened;
  std::atomic<bool> over = false;
  std::atomic<std::uint64_t> answers = 0;
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t i = 0; i < 3; ++i) {
      threads.emplace_back([&, i] { ask(lab, over, answers, i); });
    }
    for (int round = 0; round < 15; ++round) {
      for (const char* name : {"kit_driver", "kit_extended"}) {
        const auto done =
            lab.control()->write("add_adapter", lab::loaded_adapter_text(loaded(name, name)));
        if (!done) FAIL_CHECK(done.error().reason);
      }
      CHECK(lab.control()->write("adapters/stays/reset", "1"));
      CHECK(lab.control()->remove_directory("adapters/kit_driver"));
      CHECK(lab.control()->remove_directory("adapters/kit_extended"));
    }
    // Somebody was answered meanwhile.
    while (answers < 100) std::this_thread::yield();
    over = true;
  }
  for (const char* name : {"stays", "scsi"}) {
    CHECK(lab.control()->read(std::string("adapters/") + name + "/report").value_or("?") == "\n");
  }
}
