// The port driver's services, as drivers use them.
#include "tests/hba-sim/driver_support.hpp"

using namespace hbalab;
using namespace hbalab::driver_test;

namespace {

// As in kit_driver.h.
enum Misbehaviour : std::uint32_t {
  kExit = 1,
  kTrap,
  kLeak,
  kLock,
  kAbort,
  kFreeTwice,
  kExtension
};
constexpr std::uint32_t kLater = 2, kWork = 3, kDeferred = 4, kMisbehave = 6, kCheck = 7,
                        kPause = 8;

lab::AdapterConfig with_registry() {
  lab::AdapterConfig adapter = loaded("one", "kit_driver");
  adapter.miniport->registry.emplace_back("Vendor", "Acme");
  return adapter;
}

}  // namespace

TEST_CASE("registry, memory, lists and time are what a driver expects") {
  World world({with_registry()});
  REQUIRE(world.error.empty());
  CHECK(world.value(kCheck, {0}) == 0);  // else a line of kit_checks.c
  const std::string log = world.log("one");
  CHECK(log.find("checked wide wide -1 7 123456789a text|te|\n") != std::string::npos);
  CHECK(log.find("\xF0\x9F\x98\x80\xEF\xBF\xBD|  2.25|0x1f|w|\n") != std::string::npos);
  CHECK(log.find("error 0x00000006 SP_INTERNAL_ADAPTER_ERROR, unique id 0x00000055, at 0:1:2\n") !=
        std::string::npos);
  CHECK(log.find("link up\n") != std::string::npos);
  CHECK(world.read("adapters/one/report").empty());
}

TEST_CASE("a timer completes a request when its time has come") {
  World world({with_registry()});
  const auto call = world.call(kLater, {250});
  world.clock->advance(std::chrono::milliseconds(249));
  CHECK_FALSE(call->done);
  CHECK(world.read("adapters/one/pending") == "1");
  world.clock->advance(std::chrono::milliseconds(1));
  REQUIRE(call->done);
  CHECK(call->out == 250);
}

TEST_CASE("work items and DPCs complete requests") {
  World world({with_registry()});
  const auto dpc = world.call(kDeferred, {4});
  REQUIRE(dpc->done);  // it ran when HwStartIo had returned
  CHECK(dpc->out == 4);
  const auto work = world.call(kWork, {3});
  CHECK_FALSE(work->done);
  world.clock->advance({});
  REQUIRE(work->done);
  CHECK(work->out == 3);
  CHECK(world.read("adapters/one/report").empty());
}

TEST_CASE("requests wait while a driver has paused its adapter") {
  World world({with_registry()});
  CHECK(world.value(kPause, {2}) == 2);
  const auto waits = world.call(1, {1, 2});
  CHECK_FALSE(waits->done);
  world.clock->advance(std::chrono::milliseconds(1999));
  CHECK_FALSE(waits->done);
  world.clock->advance(std::chrono::milliseconds(1));
  REQUIRE(waits->done);
  CHECK(waits->out == 3);
  // Waiting ends when the request's time is over, and the driver never sees it.
  CHECK(world.value(kPause, {600}) == 600);
  const auto expires = world.call(1, {1, 2});
  world.clock->advance(std::chrono::seconds(31));
  REQUIRE(expires->done);
  CHECK(expires->failed == wmi::NtStatus::io_timeout);
}

TEST_CASE("what a driver must not do fails its request and is told, and the lab goes on") {
  World world({with_registry()});
  const auto fails = [&](std::uint32_t how, const std::string& told) {
    const auto call = world.call(kMisbehave, {how});
    REQUIRE(call->done);
    CHECK(call->failed == wmi::NtStatus::io_device_error);
    CAPTURE(world.read("adapters/one/report"));
    CHECK(world.read("adapters/one/report").find(told) != std::string::npos);
    CHECK(world.log("one").find("FAULT ") != std::string::npos);
    REQUIRE(world.notices().size() == 1);
    CHECK(world.notices()[0].starts_with("adapter one: FAULT HwStartIo "));
  };
  SECTION("exit") { fails(kExit, "fault: HwStartIo called exit()"); }
  SECTION("abort") { fails(kAbort, "fault: HwStartIo called abort()"); }
  SECTION("a service that the lab does not have") {
    fails(kTrap, "fault: HwStartIo maps the adapter's registers (GetDeviceBase)");
  }
  CHECK(world.value(1, {1, 2}) == 3);
  CHECK(world.query("KitTest_Counter").at(1) == 100);
}

TEST_CASE("what a driver does wrong without harm is told") {
  World world({with_registry()});
  const auto told = [&](std::uint32_t how, const std::string& text) {
    CHECK(world.value(kMisbehave, {how}) == how);
    CAPTURE(world.read("adapters/one/report"));
    CHECK(world.read("adapters/one/report").find(text) != std::string::npos);
  };
  SECTION("a lock that is not released") {
    told(kLock, "leaked_lock: ");
    const auto dpc = world.call(kDeferred, {4});  // takes the same lock
    CHECK(dpc->done);
  }
  SECTION("memory that is freed twice") { told(kFreeTwice, "freed_unknown: "); }
  SECTION("a pointer that is no device extension") {
    told(kExtension,
         "fault: calls StorPortLogError with a pointer that is not its device extension");
  }
  SECTION("memory that is left behind") {
    CHECK(world.value(kMisbehave, {kLeak}) == kLeak);
    CHECK(world.value(kMisbehave, {kLeak}) == kLeak);
    REQUIRE(world.lab->control()->write("adapters/one/reset", "1"));
    CHECK(
        world.read("adapters/one/report")
            .find("expected memory freed, found 200 bytes of pool in 2 blocks with the tag Leak") !=
        std::string::npos);
  }
}

TEST_CASE(
    "a SCSI port driver gets one request after the other, and is told when it asks for none") {
  World world({loaded("one", "kit_forgetful")});
  REQUIRE(world.error.empty());
  const auto waits = world.call(1, {1, 2});
  CHECK_FALSE(waits->done);  // REGINFO was the first request, and the driver asked for no second
  world.clock->advance(std::chrono::seconds(31));
  REQUIRE(waits->done);
  CHECK(waits->failed == wmi::NtStatus::io_timeout);
  CHECK(world.read("adapters/one/report").find("fault: has not asked for a further request") !=
        std::string::npos);
}
