// Routines of drivers that do not return, seen from another thread's view.
#include <catch2/catch.hpp>

#include "hba-sim/port/driver_fault.hpp"
#include "hba-sim/port/stuck_calls.hpp"
#include "tests/hba-sim/port_fake_miniport.hpp"

using namespace hbalab;
using namespace hbalab::port_test;
using namespace std::chrono_literals;
using port::StuckCalls;

namespace {

constexpr StuckCalls::Time kStart{};

}  // namespace

TEST_CASE("a routine that does not return is a fault of its driver, once") {
  Bench bench;
  bench.start();
  StuckCalls calls(nullptr);
  const auto echo = [&](const std::function<void()>& during) {
    bench.hardware.in_start_io = during;
    static_cast<void>(call(*bench.device->provider(), kEcho, {1}));
    return bench.device->faults();
  };
  CHECK(echo([&] {
          calls.look(kStart);
          calls.look(kStart + StuckCalls::kLimit - 1ms);
        }).empty());
  // Another call, though the same routine on the same thread.
  CHECK(echo([&] { calls.look(kStart + StuckCalls::kLimit + 1s); }).empty());
  const auto faults = echo([&] {
    calls.look(kStart + 100s);
    calls.look(kStart + 100s + StuckCalls::kLimit);
    calls.look(kStart + 200s);
  });
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].starts_with("HwStartIo has not returned for 10 s"));
  CHECK(faults[0].find("--isolate") != std::string::npos);
  bench.hardware.in_start_io = nullptr;
  calls.look(kStart + 300s);
  calls.look(kStart + 400s);
  CHECK(bench.device->faults().size() == 1);
}

TEST_CASE("of a driver without an adapter the lab is told") {
  std::vector<std::string> told;
  StuckCalls calls([&](std::string_view line) { told.emplace_back(line); });
  {
    const port::DriverCall entry(nullptr, "DriverEntry");
    calls.look(kStart);
    const port::DriverCall inner(nullptr, "constructor");  // the outermost one counts
    calls.look(kStart + StuckCalls::kLimit);
  }
  calls.look(kStart + 100s);
  REQUIRE(told.size() == 1);
  CHECK(told[0].starts_with("DriverEntry has not returned"));
}

TEST_CASE("nobody is asked to say what he calls while nobody looks") {
  CHECK_FALSE(port::CallMark::wanted());
  {
    const StuckCalls calls(nullptr);
    CHECK(port::CallMark::wanted());
  }
  CHECK_FALSE(port::CallMark::wanted());
}
