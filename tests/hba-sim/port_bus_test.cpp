// Bus enumeration, logical units' own WMI, events, re-registration, timers, several adapters.
#include <catch2/catch.hpp>

#include "tests/hba-sim/port_fake_miniport.hpp"

using namespace hbalab;
using namespace hbalab::port_test;
using namespace std::chrono_literals;
using wmi::MinorFunction;
using wmi::NtStatus;

namespace {

std::vector<std::string> units(const Bench& bench) {
  std::vector<std::string> names;
  for (const auto& registration : bench.registry->registrations(to_guid(kUnitGuid))) {
    names.push_back(registration.provider->device_instance());
  }
  return names;
}

void bus_changed(Bench& bench) {
  bench.hardware_does(
      [&] { StorPortNotification(BusChangeDetected, bench.hardware.extension, 0); });
}

struct Change {
  STOR_ADDR_BTL8 address{.Type = STOR_ADDRESS_TYPE_BTL8,
                         .Port = 0,
                         .AddressLength = STOR_ADDR_BTL8_ADDRESS_LENGTH,
                         .Path = 0,
                         .Target = 0,
                         .Lun = 0,
                         .Reserved = 0};
  std::vector<ULONG> ended;  // statuses that the routine was given

  ULONG report(Bench& bench, ULONG entity) {
    ULONG result = 0;
    bench.hardware_does([&] {
      result = StorPortStateChangeDetected(
          bench.hardware.extension, entity, reinterpret_cast<PSTOR_ADDRESS>(&address), 0,
          [](PVOID, PVOID context, SHORT type, PVOID at, ULONG status) {
            auto& self = *static_cast<Change*>(context);
            CHECK(type == STOR_ADDRESS_TYPE_BTL8);
            CHECK(at == &self.address);
            self.ended.push_back(status);
          },
          this);
    });
    return result;
  }
};

std::shared_ptr<wmi::WmiProvider> unit(const Bench& bench, std::size_t index = 0) {
  return bench.registry->registrations(to_guid(kUnitGuid)).at(index).provider;
}

}  // namespace

TEST_CASE("logical units come and go with the bus") {
  Bench bench;
  bench.hardware.units[{0, 1, 0}] = "VIRTUAL-DISK";
  bench.start();
  REQUIRE(units(bench).size() == 1);
  const std::string first = units(bench)[0];
  CHECK(first.starts_with("SCSI\\DISK&VEN_HBALAB&PROD_VIRTUAL-DISK\\5&"));
  CHECK(first.ends_with("&0&000100"));

  bench.hardware.units[{0, 1, 7}] = "VIRTUAL-DISK";
  bench.hardware.units[{0, 3, 0}] = "z odd, name";
  CHECK(units(bench).size() == 1);  // nothing is looked at before the bus says so
  bus_changed(bench);
  REQUIRE(units(bench).size() == 3);
  CHECK(units(bench)[0] == first);
  CHECK(units(bench)[1].ends_with("&0&000107"));
  CHECK(units(bench)[2].find("&PROD_Z_ODD__NAME\\") != std::string::npos);

  const auto kept = unit(bench, 1);
  bench.hardware.units.erase({0, 1, 0});
  bus_changed(bench);
  CHECK(units(bench).size() == 2);
  CHECK(unit(bench) == kept);  // a unit that stays keeps its device object
}

TEST_CASE("a change of a target has that target looked at and no other") {
  Bench bench;
  bench.hardware.units[{0, 1, 0}] = "VIRTUAL-DISK";
  bench.hardware.units[{0, 2, 0}] = "VIRTUAL-DISK";
  bench.start();
  REQUIRE(units(bench).size() == 2);
  bench.hardware.units = {
      {{0, 1, 0}, "VIRTUAL-DISK"}, {{0, 1, 4}, "VIRTUAL-DISK"}, {{0, 3, 0}, "VIRTUAL-DISK"}};
  Change change;
  change.address.Target = 1;
  change.address.Lun = 4;
  CHECK(change.report(bench, STATE_CHANGE_LUN) == STOR_STATUS_SUCCESS);
  CHECK(change.ended == std::vector<ULONG>{STOR_STATUS_SUCCESS});
  CHECK(units(bench).size() == 3);  // target 2 was not looked at, nor was 3
  change.address.Target = 2;
  CHECK(change.report(bench, STATE_CHANGE_TARGET) == STOR_STATUS_SUCCESS);
  CHECK(units(bench).size() == 2);
  CHECK(change.report(bench, STATE_CHANGE_TARGET | STATE_CHANGE_BUS) == STOR_STATUS_SUCCESS);
  CHECK(units(bench).size() == 3);
  CHECK(change.ended.size() == 3);
}

TEST_CASE("state changes are reported one at a time and with an address") {
  Bench bench;
  bench.start();
  Change change;
  change.address.Path = 1;
  CHECK(change.report(bench, STATE_CHANGE_BUS) == STOR_STATUS_INVALID_PARAMETER);
  change.address.Path = 0;
  change.address.Target = 4;
  CHECK(change.report(bench, STATE_CHANGE_TARGET) == STOR_STATUS_INVALID_PARAMETER);
  change.address.Target = 1;
  CHECK(change.report(bench, 0) == STOR_STATUS_INVALID_PARAMETER);
  CHECK(change.report(bench, 8) == STOR_STATUS_INVALID_PARAMETER);
  change.address.Type = STOR_ADDRESS_TYPE_UNKNOWN;
  CHECK(change.report(bench, STATE_CHANGE_TARGET) == STOR_STATUS_INVALID_PARAMETER);
  change.address.Type = STOR_ADDRESS_TYPE_BTL8;
  CHECK(change.ended.empty());

  bench.hardware.hold_scan = true;
  CHECK(change.report(bench, STATE_CHANGE_TARGET) == STOR_STATUS_SUCCESS);
  CHECK(change.report(bench, STATE_CHANGE_TARGET) == STOR_STATUS_BUSY);
  CHECK(change.ended.empty());
  REQUIRE(bench.hardware.held.size() == 1);
  const auto srb = bench.hardware.held.front();
  bench.hardware_does([&] { bench.hardware.complete(srb); });
  CHECK(change.ended.size() == 1);
  bench.device->stop();
  CHECK(change.report(bench, STATE_CHANGE_TARGET) != STOR_STATUS_SUCCESS);
}

TEST_CASE("requests to a logical unit have its address and not the adapter flag") {
  Bench bench;
  bench.hardware.units[{0, 2, 5}] = "VIRTUAL-DISK";
  bench.start();
  const auto provider = unit(bench);
  const auto outcome = submit(*provider, MinorFunction::query_single_instance, kUnitGuid,
                              wmi::pack_query_single(to_guid(kUnitGuid), {0, u""}, 64));
  CHECK(outcome->request->status == NtStatus::success);
  CHECK(bench.hardware.wmi_flags == 0);
  const auto srb = bench.hardware.last_wmi;
  CHECK(srb->PathId == 0);
  CHECK(srb->TargetId == 2);
  CHECK(srb->Lun == 5);
  CHECK(bench.trace_text().find("\"device\":\"0:2:5\"") != std::string::npos);
}

TEST_CASE("a unit that goes takes its pending requests with it") {
  Bench bench;
  bench.hardware.units[{0, 0, 0}] = "VIRTUAL-DISK";
  bench.start();
  const auto provider = unit(bench);
  const auto pending = submit(*provider, MinorFunction::execute_method, kUnitGuid,
                              wmi::pack_method(to_guid(kUnitGuid), {0, u""}, kPend, {}, 64));
  CHECK(pending->completions == 0);
  bench.hardware.units.clear();
  bus_changed(bench);
  REQUIRE(pending->completions == 1);
  CHECK(pending->request->status == NtStatus::no_such_device);
  CHECK(bench.hardware.aborts == 1);
  CHECK(units(bench).empty());
  const auto late = submit(*provider, MinorFunction::query_all_data, kUnitGuid,
                           wmi::pack_query_all(to_guid(kUnitGuid), 64));
  CHECK(late->request->status == NtStatus::no_such_device);
}

TEST_CASE("an enumeration that pends finishes later; those asked for meanwhile become one") {
  Bench bench;
  bench.hardware.hold_scan = true;
  bench.hardware.targets = 2;
  bench.hardware.units[{0, 1, 0}] = "VIRTUAL-DISK";
  bench.start();
  REQUIRE(bench.hardware.held.size() == 2);
  for (int i = 0; i < 5; ++i) bus_changed(bench);
  CHECK(bench.hardware.held.size() == 2);
  CHECK(units(bench).empty());
  int rounds = 0;
  while (!bench.hardware.held.empty() && ++rounds < 100) {
    const auto srb = bench.hardware.held.front();
    bench.hardware_does([&] { bench.hardware.complete(srb); });
  }
  CHECK(rounds == 6);  // two enumerations: two REPORT LUNS and one INQUIRY each
  CHECK(units(bench).size() == 1);
}

TEST_CASE("a target that gives no answer in time keeps the units that it had") {
  Bench bench;
  bench.hardware.units[{0, 1, 0}] = "VIRTUAL-DISK";
  bench.start();
  REQUIRE(units(bench).size() == 1);
  bench.hardware.hold_scan = true;
  bus_changed(bench);
  REQUIRE(bench.hardware.held.size() == 4);
  bench.clock->advance(10s);
  CHECK(bench.hardware.held.empty());  // aborted
  CHECK(units(bench).size() == 1);
  // The next one, which is answered, removes it.
  bench.hardware.hold_scan = false;
  bench.hardware.units.clear();
  bus_changed(bench);
  CHECK(units(bench).empty());
}

TEST_CASE("a reset removes the units and finds them again") {
  Bench bench;
  bench.hardware.units[{0, 1, 0}] = "VIRTUAL-DISK";
  bench.start();
  const auto before = unit(bench);
  REQUIRE(bench.device->reset().has_value());
  REQUIRE(units(bench).size() == 1);
  CHECK(unit(bench) != before);
  CHECK(unit(bench)->device_instance() == before->device_instance());
}

TEST_CASE("events carry the instance name, the clock's time and their data in order") {
  Bench bench;
  bench.start();
  std::vector<wmi::Event> seen;
  const auto token =
      bench.events->subscribe([&](const wmi::Event& event) { seen.push_back(event); });
  bench.clock->advance(5s);
  call(*bench.device->provider(), kFire, {9});  // nobody has asked for them yet
  submit(*bench.device->provider(), MinorFunction::enable_events, kEventGuid,
         wmi::pack_control(to_guid(kEventGuid)));
  call(*bench.device->provider(), kFire, {1, 2, 3});
  call(*bench.device->provider(), kFire, {});
  bench.events->drain();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].guid == to_guid(kEventGuid));
  CHECK(seen[0].instance_name == "PCI\\VEN_FAKE&DEV_0001\\3&1&0&08_0");
  CHECK(seen[0].timestamp == bench.clock->system_time());
  CHECK(seen[0].data == std::vector<std::uint8_t>{1, 2, 3});
  CHECK(seen[0].provider == bench.device->provider());
  CHECK(seen[1].data.empty());
  submit(*bench.device->provider(), MinorFunction::disable_events, kEventGuid,
         wmi::pack_control(to_guid(kEventGuid)));
  call(*bench.device->provider(), kFire, {4});
  bench.events->drain();
  CHECK(seen.size() == 2);
}

TEST_CASE("a malformed event is a violation and is not published") {
  Bench bench;
  bench.start();
  int seen = 0;
  const auto token = bench.events->subscribe([&](const wmi::Event&) { ++seen; });
  WNODE_SINGLE_INSTANCE event{};
  event.WnodeHeader.BufferSize = 0xFFFFFFFF;
  event.WnodeHeader.Flags = WNODE_FLAG_EVENT_ITEM | WNODE_FLAG_SINGLE_INSTANCE;
  StorPortNotification(WMIEvent, bench.hardware.extension, &event, 0xFF, 0, 0);
  event.WnodeHeader.BufferSize = sizeof event;
  event.DataBlockOffset = 0xFFFFFFF0;
  event.SizeDataBlock = 0x20;
  StorPortNotification(WMIEvent, bench.hardware.extension, &event, 0xFF, 0, 0);
  bench.events->drain();
  CHECK(seen == 0);
  const std::string text = bench.trace_text();
  CHECK(text.find("MALFORMED_EVENT") != text.rfind("MALFORMED_EVENT"));
}

TEST_CASE("WMIReregister asks for REGINFO again") {
  Bench bench;
  bench.start();
  bench.hardware.guids[0].InstanceCount = 5;
  CHECK(bench.registry->registrations(to_guid(kDataGuid)).at(0).guid.instance_count == 2);
  call(*bench.device->provider(), kReregister);
  CHECK(bench.registry->registrations(to_guid(kDataGuid)).at(0).guid.instance_count == 5);
}

TEST_CASE("an adapter that is no WMI data provider registers nothing") {
  Bench bench;
  bench.hardware.wmi = false;
  bench.hardware.units[{0, 1, 0}] = "VIRTUAL-DISK";
  bench.start();
  CHECK(bench.registry->registrations().empty());
  CHECK(bench.hardware.last_wmi == nullptr);
}

TEST_CASE("the miniport timer runs on the lab's clock, is replaced and cancelled") {
  Bench bench;
  bench.start();
  static int fired;
  fired = 0;
  const PHW_TIMER routine = [](PVOID) { ++fired; };
  const auto request = [&](ULONG microseconds) {
    bench.hardware_does([&] {
      StorPortNotification(RequestTimerCall, bench.hardware.extension, routine, microseconds);
    });
  };
  request(1000);
  request(5000);  // one timer for an adapter
  bench.clock->advance(4999us);
  CHECK(fired == 0);
  bench.clock->advance(1us);
  CHECK(fired == 1);
  request(1000);
  request(0);
  bench.clock->advance(1s);
  CHECK(fired == 1);
  request(1000);
  bench.device->stop();
  bench.clock->advance(1s);
  CHECK(fired == 1);
}

TEST_CASE("several adapters of one driver are apart") {
  Bench one;
  Bench two;
  one.start();
  two.start();
  const auto held = call(*one.device->provider(), kPend);
  CHECK(two.device->pending() == 0);
  CHECK(two.hardware.held.empty());
  // An SRB of one adapter completed on the other is none of its own.
  const auto srb = one.hardware.held.at(0);
  two.hardware_does([&] { StorPortNotification(RequestComplete, two.hardware.extension, srb); });
  CHECK(held->completions == 0);
  CHECK(two.trace_text().find("UNKNOWN_SRB") != std::string::npos);
  one.hardware_does([&] { one.hardware.complete(srb); });
  CHECK(held->completions == 1);
}
