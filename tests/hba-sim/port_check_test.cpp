// Requests under check through the whole port driver.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/hba-sim/port_checked_bench.hpp"

using namespace hbalab;
using namespace hbalab::port_test;
using wmi::MinorFunction;
using wmi::NtStatus;

TEST_CASE("a miniport that keeps the rules is checked without a word") {
  CheckedBench bench;
  const auto provider = bench.device->provider();
  for (const GUID& guid : {kDataGuid, kDynamicGuid}) {
    const auto all = submit(*provider, MinorFunction::query_all_data, guid,
                            wmi::pack_query_all(to_guid(guid), 1024));
    REQUIRE(all->completions == 1);
    CHECK(all->request->status == NtStatus::success);
    const auto less = submit(*provider, MinorFunction::query_all_data, guid,
                             wmi::pack_query_all(to_guid(guid), 0));
    CHECK(wmi::too_small(less->request->buffer.bytes().first(less->request->information)));
  }
  const auto echo = call(*provider, kEcho, {1, 2, 3, 4});
  REQUIRE(echo->completions == 1);
  CHECK(echo->request->status == NtStatus::success);
  CHECK(bench.rules() == Rules{});
  CHECK(bench.probes() > 10);
}

TEST_CASE("what a miniport does wrong is reported with its request") {
  CheckedBench bench;
  const auto provider = bench.device->provider();
  static_cast<void>(call(*provider, kTwice, {1}));
  REQUIRE(bench.log->records().size() == 1);
  const check::Violation record = bench.log->records()[0];
  CHECK(record.finding.rule == check::Rule::completed_twice);
  CHECK(record.where.function == "EXECUTE_METHOD");
  CHECK(record.where.method == "3");
  CHECK(record.where.guid == to_guid(kMethodGuid));
}

TEST_CASE("a request that the miniport does not end in time is told when it cannot be aborted") {
  CheckedBench bench;
  const auto provider = bench.device->provider();
  bench.hardware.honour_abort = false;
  const auto pends = call(*provider, kPend, {}, 64, std::chrono::seconds(5));
  bench.clock->advance(std::chrono::seconds(6));
  REQUIRE(pends->completions == 1);
  CHECK(pends->request->status == NtStatus::io_timeout);
  CHECK(std::ranges::count(bench.rules(), "never_completed") == 1);
}

TEST_CASE("a request that is aborted when its time is over has ended") {
  CheckedBench bench;
  const auto provider = bench.device->provider();
  const auto pends = call(*provider, kPend, {}, 64, std::chrono::seconds(5));
  bench.clock->advance(std::chrono::seconds(6));
  REQUIRE(pends->completions == 1);
  CHECK(bench.hardware.aborts == 1);
  CHECK(std::ranges::count(bench.rules(), "never_completed") == 0);
}

TEST_CASE("what is not completed when the adapter stops is told, and so is a completion after it") {
  CheckedBench bench;
  const auto provider = bench.device->provider();
  bench.hardware.completes_on_stop = false;
  static_cast<void>(call(*provider, kPend));
  REQUIRE(bench.device->reset().has_value());
  CHECK(std::ranges::count(bench.rules(), "never_completed") == 1);
  REQUIRE(bench.hardware.held.size() == 1);
  bench.hardware_does([&] { bench.hardware.complete(bench.hardware.held[0]); });
  CHECK(std::ranges::count(bench.rules(), "completed_late") == 1);
}

TEST_CASE("an event is fired while it is enabled, and of a registered block") {
  CheckedBench bench;
  const auto provider = bench.device->provider();
  static_cast<void>(call(*provider, kFire, {1, 2, 3, 4}));
  CHECK(bench.rules() == Rules{"event_not_enabled"});
  const auto on = submit(*provider, MinorFunction::enable_events, kEventGuid,
                         wmi::pack_control(to_guid(kEventGuid)));
  CHECK(on->request->status == NtStatus::success);
  static_cast<void>(call(*provider, kFire, {1, 2, 3, 4}));
  CHECK(bench.log->total() == 1);
  static_cast<void>(submit(*provider, MinorFunction::disable_events, kEventGuid,
                           wmi::pack_control(to_guid(kEventGuid))));
  static_cast<void>(call(*provider, kFire, {1, 2, 3, 4}));
  CHECK(bench.log->total() == 2);
}

TEST_CASE("an SRB that is none of the adapter's is told") {
  CheckedBench bench;
  SCSI_REQUEST_BLOCK stranger{};
  void* const nowhere = reinterpret_cast<void*>(std::uintptr_t{0x10});
  for (void* const block : {static_cast<void*>(&stranger), nowhere, static_cast<void*>(nullptr)}) {
    bench.hardware_does(
        [&] { StorPortNotification(RequestComplete, bench.hardware.extension, block); });
  }
  CHECK(bench.rules() == Rules{"unknown_srb"});
  CHECK(bench.log->total() == 3);
}

TEST_CASE("a stopped adapter asks for nothing") {
  CheckedBench bench;
  bench.device->stop();
  bench.hardware_does([&] {
    StorPortNotification(BusChangeDetected, bench.hardware.extension, 0);
    StorPortNotification(WMIReregister, bench.hardware.extension, 0xFF, 0, 0);
  });
  CHECK(bench.log->total() == 2);
  CHECK(bench.rules() == Rules{"service_after_stop"});
}

TEST_CASE("what the port driver answers in the miniport's place breaks no rule of an answer") {
  CheckedBench bench;
  const auto pends = call(*bench.device->provider(), kPend);
  bench.hardware.held.clear();
  bench.hardware_does([&] {
    StorPortCompleteRequest(bench.hardware.extension, SP_UNTAGGED, SP_UNTAGGED, SP_UNTAGGED,
                            SRB_STATUS_BUS_RESET);
  });
  REQUIRE(pends->completions == 1);
  CHECK(std::ranges::count(bench.rules(), "post_process_missing") == 0);
}
