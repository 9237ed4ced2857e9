// Drivers that end the process they run in, or keep it: told as what they are, and the lab goes on.
#include <signal.h>

#include "hba-sim/port/isolated/isolated_device.hpp"
#include "tests/hba-sim/driver_support.hpp"

using namespace hbalab;
using namespace hbalab::driver_test;

namespace {

constexpr std::uint32_t kAdd = 1, kLater = 2, kMisbehave = 6;
// As in kit_driver.h.
enum Death : std::uint32_t { kCrash = 9, kDivide, kStack, kHeap, kHang, kEnd };

struct Case {
  std::uint32_t how;
  const char* state;
  const char* told;
  const char* frame;  // of the backtrace; "": there is none
};

std::uint32_t add(const World& world) {
  const auto call = world.call(kAdd, {1, 2});
  REQUIRE(until([&] { return call->done.load(); }));
  return call->out.value_or(0);
}

// AddressSanitizer has a heap of its own, and ends the process itself where that is misused.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kOwnHeap = true;
#else
constexpr bool kOwnHeap = false;
#endif

bool gone(int process) {
  return until([&] { return ::kill(process, 0) != 0; });
}

}  // namespace

TEST_CASE("the end of an isolated driver fails its requests, is told, and can be mended") {
  const Case end = GENERATE(values<Case>({
      {kCrash, "crashed", "crashed: SIGSEGV at address 0x0 in HwStartIo", "(KitCrash)"},
      {kDivide, "crashed", "crashed: SIGFPE", "(KitCrash)"},
      {kStack, "crashed", "crashed: SIGSEGV at address", "(Recurse)"},
      kOwnHeap ? Case{kHeap, "crashed", "crashed: its process ended by itself, with status 1", ""}
               : Case{kHeap, "crashed", "crashed: SIGABRT in HwStartIo", "(FreeTwice)"},
      {kEnd, "crashed", "crashed: its process ended by itself, with status 7", ""},
      {kHang, "hung", "hung: HwStartIo has not returned for 200 ms", "(Hang)"},
  }));
  CAPTURE(end.how);
  // What ends by itself may take its time to say why.
  const std::chrono::milliseconds limit(end.how == kHang ? 200 : 60'000);
  World world({isolated("one", "kit_driver", limit), isolated("other", "kit_extended")});
  CAPTURE(world.error);
  REQUIRE(world.lab);
  const int process = std::stoi(world.read("adapters/one/process"));
  const auto pending = world.call(kLater, {1000});
  REQUIRE(until([&] { return world.read("adapters/one/pending") == "1"; }));
  const auto call = world.call(kMisbehave, {end.how});
  REQUIRE(until([&] { return call->done.load(); }));
  CHECK(call->failed == wmi::NtStatus::io_device_error);
  REQUIRE(until([&] { return pending->done.load(); }));
  CHECK(pending->failed == wmi::NtStatus::io_device_error);
  CHECK(gone(process));
  CHECK(world.read("adapters/one/state") == end.state);
  CHECK(world.read("adapters/one/process") == "0");
  const std::string report = world.read("adapters/one/report");
  CAPTURE(report);
  CHECK(report.find(end.told) != std::string::npos);
  if (*end.frame != '\0') {
    CHECK(report.find(end.frame) != std::string::npos);
    CHECK(report.find("kit_crashes.c:") != std::string::npos);
    // Of who called the driver nothing is shown.
    if (end.how != kStack) CHECK(report.find("kit_driver.c:") != std::string::npos);
    CHECK(report.find("Core::start") == std::string::npos);
  }
  if (end.how == kHeap && !kOwnHeap) {
    CHECK(report.find("free(): double free detected") != std::string::npos);
  }
  CHECK(world.log("one").find(std::string("FAULT ") + end.told) != std::string::npos);
  CHECK(until([&] {
    for (const std::string& line : world.notices()) {
      if (line.starts_with(std::string("adapter one: FAULT ") + end.told)) return true;
    }
    return false;
  }));
  // Its classes have gone, the other's are there.
  CHECK(world.instances("KitTest_Counter").size() == 2);
  CHECK(add(world) == 3);
  CHECK_FALSE(world.lab->control()->write("adapters/one/reset", "1"));

  REQUIRE(world.lab->control()->write("adapters/one/restart", "1"));
  CHECK(world.read("adapters/one/state") == "running");
  CHECK(world.read("adapters/one/report").empty());
  CHECK(world.instances("KitTest_Counter").size() == 4);
  CHECK(add(world) == 3);
  // The log goes on.
  CHECK(world.log("one").find(std::string("FAULT ") + end.told) != std::string::npos);
}

TEST_CASE("a process that somebody kills is told as that") {
  World world({isolated("one", "kit_driver")});
  REQUIRE(world.lab);
  const int process = std::stoi(world.read("adapters/one/process"));
  REQUIRE(::kill(process, SIGKILL) == 0);
  REQUIRE(until([&] { return world.read("adapters/one/state") == "crashed"; }));
  CHECK(world.read("adapters/one/report") == "fault: crashed: SIGKILL ended its process");
  CHECK(world.instances("KitTest_Counter").empty());
  REQUIRE(world.lab->control()->remove_directory("adapters/one"));
}

TEST_CASE("a driver that ends its process before it runs is refused with what happened") {
  World world({});
  const auto refused = [&](const std::string& driver, const std::string& told) {
    int error = 0;
    lab::AdapterConfig adapter = isolated("bad", driver, std::chrono::milliseconds(200));
    adapter.miniport->mof.clear();
    const std::string reason = world.add(adapter, &error);
    CAPTURE(reason);
    CHECK(error == EIO);
    CHECK(reason.find(told) != std::string::npos);
    CHECK(reason.find("bad_driver.cpp:") != std::string::npos);
    CHECK_FALSE(world.lab->control()->stat("adapters/bad"));
  };
  refused("bad_entry_crashes", "crashed: SIGSEGV at address 0x0 in DriverEntry");
  refused("bad_initialize_hangs", "hung: HwInitialize has not returned for 200 ms");
}

TEST_CASE("a process that does nothing with the driver is ended, whatever it prints") {
  const Folder folder;
  port::isolated::IsolationOptions isolation;
  isolation.driver = driver_file("kit_driver");
  isolation.copies = folder / "copies";
  isolation.program = "/usr/bin/yes";  // prints for ever
  isolation.start = std::chrono::milliseconds(300);
  port::AdapterDeviceOptions options;
  options.device_instance = "PCI\\SILENT";
  options.friendly_name = "silent";
  options.clock = std::make_shared<VirtualClock>();
  options.lock = std::make_shared<AdapterLock>();
  options.registry = std::make_shared<wmi::ProviderRegistry>(std::make_shared<wmi::SchemaSet>());
  options.events = std::make_shared<wmi::EventHub>();
  options.trace = port::Trace::create(1024);
  const auto device = port::isolated::start_isolated(std::move(isolation), std::move(options));
  REQUIRE_FALSE(device);
  CHECK(device.error().error == EIO);
  CHECK(device.error().reason.find(
            "hung: its process has not begun to start the driver for 300 ms") != std::string::npos);
}

TEST_CASE("a restart takes the driver's file as it is now, isolated or not") {
  const bool apart = GENERATE(true, false);
  CAPTURE(apart);
  World world({});
  const std::string file = (world.folder / "driver.so").string();
  const auto put = [&](const char* driver) {
    std::filesystem::copy_file(driver_file(driver), file,
                               std::filesystem::copy_options::overwrite_existing);
  };
  put("kit_driver");
  REQUIRE(world.add(apart ? isolated("one", file) : loaded("one", file)).empty());
  const std::vector<std::uint8_t> item{5, 0, 0, 0};
  CHECK(world.lab->client()->set_item_wait(world.instance("KitTest_Counter"), 1, item));
  std::filesystem::remove(file);
  const auto failed = world.lab->control()->write("adapters/one/restart", "1");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().error == ENOENT);
  CHECK(world.read("adapters/one/state") == "stopped");
  CHECK(world.read("adapters/one/report").find("restart: " + file + ": cannot be opened") !=
        std::string::npos);
  CHECK(world.instances("KitTest_Counter").empty());
  put("kit_scsiport");
  REQUIRE(world.lab->control()->write("adapters/one/restart", "1"));
  CHECK(world.read("adapters/one/state") == "running");
  CHECK(world.query("KitTest_Counter") == std::vector<std::uint32_t>{0, 100, 1});
  CHECK(world.read("adapters/one/report").empty());
}

TEST_CASE("no process is left when the lab ends") {
  int process = 0;
  {
    World world({isolated("one", "kit_driver")});
    REQUIRE(world.lab);
    process = std::stoi(world.read("adapters/one/process"));
    CHECK(::kill(process, 0) == 0);
  }
  CHECK(::kill(process, 0) != 0);
}
