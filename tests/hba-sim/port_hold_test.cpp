// What keeps requests from a miniport that asked for it: pauses and being busy, of the adapter and
// of units.
#include <catch2/catch.hpp>

#include "tests/hba-sim/port_fake_miniport.hpp"

using namespace hbalab;
using namespace hbalab::port_test;
using namespace std::chrono_literals;
using wmi::NtStatus;

// As drivers' headers declare them.
extern "C" {
BOOLEAN StorPortPauseDevice(PVOID, UCHAR, UCHAR, UCHAR, ULONG);
BOOLEAN StorPortResumeDevice(PVOID, UCHAR, UCHAR, UCHAR);
BOOLEAN StorPortDeviceBusy(PVOID, UCHAR, UCHAR, UCHAR, ULONG);
BOOLEAN StorPortDeviceReady(PVOID, UCHAR, UCHAR, UCHAR);
BOOLEAN StorPortPause(PVOID, ULONG);
BOOLEAN StorPortResume(PVOID);
BOOLEAN StorPortBusy(PVOID, ULONG);
BOOLEAN StorPortReady(PVOID);
}

namespace {

// Two units, targets 1 and 2.
struct HoldBench : Bench {
  HoldBench() {
    hardware.units[{0, 1, 0}] = "VIRTUAL-DISK";
    hardware.units[{0, 2, 0}] = "VIRTUAL-DISK";
    start();
  }
  [[nodiscard]] std::shared_ptr<Outcome> unit(std::size_t index, std::uint32_t method) const {
    const auto found = registry->registrations(to_guid(kUnitGuid));
    return submit(*found.at(index).provider, wmi::MinorFunction::execute_method, kUnitGuid,
                  wmi::pack_method(to_guid(kUnitGuid), {0, u""}, method, {}, 64));
  }
  [[nodiscard]] std::shared_ptr<Outcome> adapter(std::uint32_t method) const {
    return call(*device->provider(), method);
  }
  // One that the hardware holds is done.
  void complete_first() {
    hardware_does([this] { hardware.complete(hardware.held.front()); });
  }
  [[nodiscard]] PVOID extension() const { return hardware.extension; }
};

}  // namespace

TEST_CASE("requests for a paused unit wait, and no others") {
  HoldBench bench;
  REQUIRE(StorPortPauseDevice(bench.extension(), 0, 1, 0, 5) == TRUE);
  const auto first = bench.unit(0, kEcho);
  const auto second = bench.unit(0, kEcho);
  CHECK(bench.unit(1, kEcho)->completions == 1);
  CHECK(bench.adapter(kEcho)->completions == 1);
  CHECK(first->completions == 0);
  SECTION("until it is resumed") {
    CHECK(StorPortResumeDevice(bench.extension(), 0, 1, 0) == TRUE);
  }
  SECTION("until the time is over") {
    bench.clock->advance(4999ms);
    CHECK(first->completions == 0);
    bench.clock->advance(1ms);
  }
  CHECK(first->completions == 1);
  CHECK(second->completions == 1);
  CHECK(first->request->status == NtStatus::success);
  bench.clock->advance(60s);
  CHECK(bench.unit(0, kEcho)->completions == 1);
}

TEST_CASE("a pause of the adapter and one of a unit end apart") {
  HoldBench bench;
  CHECK(StorPortPause(bench.extension(), 100) == TRUE);
  CHECK(StorPortPauseDevice(bench.extension(), 0, 2, 0, 10) == TRUE);
  const auto adapter = bench.adapter(kEcho);
  const auto free = bench.unit(0, kEcho), paused = bench.unit(1, kEcho);
  CHECK(StorPortResume(bench.extension()) == TRUE);
  CHECK(adapter->completions == 1);
  CHECK(free->completions == 1);
  CHECK(paused->completions == 0);
  bench.clock->advance(10s);
  CHECK(paused->completions == 1);
}

TEST_CASE("a busy unit gets requests again when it has completed so many") {
  HoldBench bench;
  const auto a = bench.unit(0, kPend), b = bench.unit(0, kPend), c = bench.unit(0, kPend);
  const auto other = bench.unit(1, kPend);
  REQUIRE(bench.hardware.held.size() == 4);
  ULONG wanted = 2;
  int needed = 2;
  SECTION("two of three") {}
  SECTION("more than it has: all of them") {
    wanted = 9;
    needed = 3;
  }
  CHECK(StorPortDeviceBusy(bench.extension(), 0, 1, 0, wanted) == TRUE);
  const auto waits = bench.unit(0, kEcho);
  CHECK(bench.adapter(kEcho)->completions == 1);
  for (int done = 0; done < needed; ++done) {
    CHECK(waits->completions == 0);
    bench.complete_first();
  }
  CHECK(waits->completions == 1);
  CHECK(other->completions == 0);
  CHECK((needed == 3) == (c->completions == 1));
}

TEST_CASE("a busy adapter counts every request, and is ready when it says so") {
  HoldBench bench;
  const auto a = bench.unit(0, kPend);
  const auto b = bench.adapter(kPend);
  CHECK(StorPortBusy(bench.extension(), 2) == TRUE);
  const auto waits = bench.adapter(kEcho), unit = bench.unit(1, kEcho);
  bench.complete_first();
  CHECK(waits->completions == 0);
  SECTION("by its requests") { bench.complete_first(); }
  SECTION("by StorPortReady") { CHECK(StorPortReady(bench.extension()) == TRUE); }
  CHECK(waits->completions == 1);
  CHECK(unit->completions == 1);
}

TEST_CASE("who has nothing to complete is not busy") {
  HoldBench bench;
  CHECK(StorPortDeviceBusy(bench.extension(), 0, 1, 0, 1) == TRUE);
  CHECK(StorPortBusy(bench.extension(), 1) == TRUE);
  CHECK(bench.unit(0, kEcho)->completions == 1);
  const auto pending = bench.unit(0, kPend);
  CHECK(StorPortDeviceBusy(bench.extension(), 0, 1, 0, 1) == TRUE);
  const auto waits = bench.unit(0, kEcho);
  CHECK(waits->completions == 0);
  CHECK(StorPortDeviceReady(bench.extension(), 0, 1, 0) == TRUE);
  CHECK(waits->completions == 1);
}

TEST_CASE("a unit that there is not is neither paused nor busy") {
  HoldBench bench;
  CHECK(StorPortPauseDevice(bench.extension(), 0, 3, 0, 5) == FALSE);
  CHECK(StorPortDeviceBusy(bench.extension(), 0, 1, 9, 1) == FALSE);
  CHECK(StorPortResumeDevice(bench.extension(), 1, 1, 0) == FALSE);
  CHECK(StorPortDeviceReady(bench.extension(), 0, 3, 0) == FALSE);
}

TEST_CASE("requests that wait for a unit expire, and a reset ends every pause") {
  HoldBench bench;
  CHECK(StorPortPauseDevice(bench.extension(), 0, 1, 0, 1000) == TRUE);
  const auto expires = bench.unit(0, kEcho);
  bench.clock->advance(31s);
  REQUIRE(expires->completions == 1);
  CHECK(expires->request->status == NtStatus::io_timeout);
  CHECK(bench.hardware.aborts == 0);  // the miniport never saw it
  REQUIRE(bench.device->reset());
  CHECK(bench.unit(0, kEcho)->completions == 1);
}
