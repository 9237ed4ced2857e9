// Requests through the whole port driver: WMI request -> SRB -> miniport -> answer.
#include <catch2/catch.hpp>

#include "hba-sim/port/srb_status.hpp"
#include "tests/hba-sim/port_fake_miniport.hpp"

using namespace hbalab;
using namespace hbalab::port_test;
using namespace std::chrono_literals;
using wmi::MinorFunction;
using wmi::NtStatus;

namespace {

std::span<const std::uint8_t> used(const Outcome& outcome) {
  return outcome.request->buffer.bytes().first(outcome.request->information);
}

std::vector<std::uint8_t> data_of(const Outcome& outcome) {
  REQUIRE(outcome.completions == 1);
  REQUIRE(outcome.request->status == NtStatus::success);
  const auto data = wmi::unpack_single(used(outcome));
  REQUIRE(data.has_value());
  return {data->begin(), data->end()};
}

}  // namespace

TEST_CASE("an adapter starts in the documented order and registers what REGINFO says") {
  Bench bench;
  bench.start();
  CHECK(bench.hardware.finds == 1);
  CHECK(bench.hardware.passive == 1);
  CHECK(bench.hardware.found_marker == 0);  // the device extension was zero
  const auto registered = bench.registry->registrations(to_guid(kDataGuid));
  REQUIRE(registered.size() == 1);
  CHECK(registered[0].guid.instance_count == 2);
  CHECK((registered[0].guid.flags & WMIREG_FLAG_INSTANCE_PDO) != 0);
  const auto dynamic = bench.registry->registrations(to_guid(kDynamicGuid));
  REQUIRE(dynamic.size() == 1);
  CHECK(dynamic[0].dynamic());
  CHECK((dynamic[0].guid.flags & WMIREG_FLAG_INSTANCE_PDO) == 0);
  const auto instances = bench.registry->static_instances(to_guid(kDataGuid));
  REQUIRE(instances.size() == 2);
  CHECK(instances[1].key.name == u"PCI\\VEN_FAKE&DEV_0001\\3&1&0&08_1");
}

TEST_CASE("a start that fails names the step") {
  SECTION("HwFindAdapter") {
    Bench bench;
    bench.hardware.find_fails = true;
    const auto started = port::AdapterDevice::start(fake_image(), bench.options());
    REQUIRE_FALSE(started.has_value());
    CHECK(started.error().starts_with("fake: HwFindAdapter answered SP_RETURN_ERROR: "));
  }
  SECTION("HwInitialize") {
    Bench bench;
    bench.hardware.initialize_fails = true;
    const auto started = port::AdapterDevice::start(fake_image(), bench.options());
    REQUIRE_FALSE(started.has_value());
    CHECK(started.error() == "fake: HwInitialize failed");
    CHECK(bench.registry->registrations().empty());
  }
  SECTION("DriverEntry") {
    Bench bench;
    const port::MiniportImage image{"bad",
                                    [](void*, void*) -> std::uint32_t { return 0xC0000001; }};
    const auto started = port::AdapterDevice::start(image, bench.options());
    REQUIRE_FALSE(started.has_value());
    CHECK(started.error() == "bad: DriverEntry failed with 0xC0000001 (STATUS_UNSUCCESSFUL)");
  }
  SECTION("StorPortInitialize was not called") {
    Bench bench;
    const port::MiniportImage image{"idle", [](void*, void*) -> std::uint32_t { return 0; }};
    const auto started = port::AdapterDevice::start(image, bench.options());
    REQUIRE_FALSE(started.has_value());
    CHECK(started.error().starts_with("idle: DriverEntry did not call StorPortInitialize or "));
  }
}

TEST_CASE("a method completes inside submit and carries the adapter flag") {
  Bench bench;
  bench.start();
  const auto outcome = call(*bench.device->provider(), kEcho, {1, 2, 3, 4, 5});
  CHECK(outcome->id == 0);
  CHECK(data_of(*outcome) == std::vector<std::uint8_t>{1, 2, 3, 4, 5});
  CHECK(bench.hardware.wmi_flags == SRB_WMI_FLAGS_ADAPTER_REQUEST);
  CHECK(bench.hardware.built > 0);
  CHECK(bench.device->pending() == 0);
}

TEST_CASE("single instances come by index, those out of range are not found") {
  Bench bench;
  bench.start();
  for (std::uint32_t index = 0; index < 2; ++index) {
    const auto outcome =
        submit(*bench.device->provider(), MinorFunction::query_single_instance, kDataGuid,
               wmi::pack_query_single(to_guid(kDataGuid), {index, u""}, 64));
    CHECK(data_of(*outcome) ==
          std::vector<std::uint8_t>(12 + index, static_cast<std::uint8_t>(0x10 + index)));
  }
  const auto beyond = submit(*bench.device->provider(), MinorFunction::query_single_instance,
                             kDataGuid, wmi::pack_query_single(to_guid(kDataGuid), {2, u""}, 64));
  CHECK(beyond->request->status == NtStatus::wmi_instance_not_found);
  const auto unknown =
      submit(*bench.device->provider(), MinorFunction::query_single_instance, kUnknownGuid,
             wmi::pack_query_single(to_guid(kUnknownGuid), {0, u""}, 64));
  CHECK(unknown->request->status == NtStatus::wmi_guid_not_found);
}

TEST_CASE("WNODE_TOO_SMALL tells the size, and that size suffices") {
  Bench bench;
  bench.start();
  const auto small = call(*bench.device->provider(), kGrow, {1}, 100);
  REQUIRE(small->request->status == NtStatus::success);
  const auto needed = wmi::too_small(used(*small));
  REQUIRE(needed.has_value());
  CHECK(*needed == 72 + 4096);
  const auto fits = call(*bench.device->provider(), kGrow, {1}, *needed - 72);
  CHECK(data_of(*fits) == std::vector<std::uint8_t>(4096, 0x77));
  // A buffer in which not even that fits.
  const auto tiny = submit(*bench.device->provider(), MinorFunction::query_all_data, kDataGuid,
                           wmi::WnodeBuffer(16));
  CHECK(tiny->request->status == NtStatus::buffer_too_small);
  CHECK(tiny->request->information >= 56);
}

TEST_CASE("all instances of a static block, of varying size") {
  Bench bench;
  bench.start();
  const auto all = submit(*bench.device->provider(), MinorFunction::query_all_data, kDataGuid,
                          wmi::pack_query_all(to_guid(kDataGuid), 256));
  REQUIRE(all->request->status == NtStatus::success);
  const auto unpacked = wmi::unpack_all_data(used(*all));
  REQUIRE(unpacked.has_value());
  REQUIRE(unpacked->instances.size() == 2);
  CHECK(unpacked->instances[0].data.size() == 12);
  CHECK(unpacked->instances[1].data.size() == 13);
  CHECK(unpacked->instances[1].data[12] == 0x11);
  CHECK((unpacked->instances[1].data.data() - all->request->buffer.data()) % 8 == 0);
}

TEST_CASE("all instances of a dynamic block come with their names") {
  Bench bench;
  bench.start();
  const auto query = [&](std::size_t room) {
    return submit(*bench.device->provider(), MinorFunction::query_all_data, kDynamicGuid,
                  wmi::pack_query_all(to_guid(kDynamicGuid), room));
  };
  const auto small = query(0);
  REQUIRE(small->request->status == NtStatus::success);
  const auto needed = wmi::too_small(used(*small));
  REQUIRE(needed.has_value());
  const auto all = query(*needed - 72);
  REQUIRE(all->request->status == NtStatus::success);
  CHECK(all->request->information == *needed);
  const auto unpacked = wmi::unpack_all_data(used(*all));
  REQUIRE(unpacked.has_value());
  REQUIRE(unpacked->instances.size() == 2);
  CHECK(unpacked->instances[0].name == u"alpha");
  CHECK(unpacked->instances[1].name == u"beta/1");
  CHECK(unpacked->instances[1].data.size() == 13);
  CHECK(unpacked->instances[1].data[0] == 0x41);
  // One byte less is too little.
  CHECK(wmi::too_small(used(*query(*needed - 73))) == needed);
}

TEST_CASE("a dynamic instance is asked for by name") {
  Bench bench;
  bench.start();
  const wmi::InstanceKey known{wmi::InstanceKey::kByName, u"beta/1"};
  const auto outcome =
      submit(*bench.device->provider(), MinorFunction::query_single_instance, kDynamicGuid,
             wmi::pack_query_single(to_guid(kDynamicGuid), known, 64));
  CHECK(data_of(*outcome) == std::vector<std::uint8_t>(12, 0x61));
  const auto by_index =
      submit(*bench.device->provider(), MinorFunction::query_single_instance, kDynamicGuid,
             wmi::pack_query_single(to_guid(kDynamicGuid), {0, u""}, 64));
  CHECK(by_index->request->status == NtStatus::wmi_instance_not_found);
}

TEST_CASE("sets and controls reach the miniport") {
  Bench bench;
  bench.start();
  auto& provider = *bench.device->provider();
  const std::vector<std::uint8_t> block{9, 8, 7};
  const auto set = submit(provider, MinorFunction::change_single_instance, kDataGuid,
                          wmi::pack_set_single(to_guid(kDataGuid), {1, u""}, block));
  CHECK(set->request->status == NtStatus::success);
  CHECK(set->request->information == 0);
  CHECK(bench.hardware.set_data == block);
  const auto item = submit(provider, MinorFunction::change_single_item, kDataGuid,
                           wmi::pack_set_item(to_guid(kDataGuid), {0, u""}, 42, block));
  CHECK(item->request->status == NtStatus::success);
  CHECK(bench.hardware.set_item_id == 42);
  const auto enable = submit(provider, MinorFunction::enable_events, kEventGuid,
                             wmi::pack_control(to_guid(kEventGuid)));
  CHECK(enable->request->status == NtStatus::success);
  CHECK(bench.hardware.events_enabled);
  submit(provider, MinorFunction::disable_events, kEventGuid,
         wmi::pack_control(to_guid(kEventGuid)));
  CHECK_FALSE(bench.hardware.events_enabled);
  submit(provider, MinorFunction::enable_collection, kDataGuid,
         wmi::pack_control(to_guid(kDataGuid)));
  CHECK(bench.hardware.collecting);
}

TEST_CASE("a pended request completes later, once") {
  Bench bench;
  bench.start();
  const auto outcome = call(*bench.device->provider(), kPend, {1, 2});
  CHECK(outcome->id != 0);
  CHECK(outcome->completions == 0);
  CHECK(bench.device->pending() == 1);
  REQUIRE(bench.hardware.held.size() == 1);
  const auto srb = bench.hardware.held[0];
  bench.hardware_does([&] { bench.hardware.complete(srb, SRB_STATUS_SUCCESS, 2); });
  CHECK(data_of(*outcome) == std::vector<std::uint8_t>{1, 2});
  CHECK(bench.device->pending() == 0);
  CHECK(bench.clock->pending() == 0);  // its timer has gone
  bench.device->provider()->cancel(outcome->id);
  CHECK(bench.hardware.aborts == 0);
}

TEST_CASE("cancelling completes at once and tells the miniport") {
  Bench bench;
  bench.start();
  bench.hardware.honour_abort = GENERATE(true, false);
  const auto outcome = call(*bench.device->provider(), kPend, {1});
  bench.device->provider()->cancel(outcome->id);
  REQUIRE(outcome->completions == 1);
  CHECK(outcome->request->status == NtStatus::cancelled);
  CHECK(outcome->request->information == 0);
  CHECK(bench.hardware.aborts == 1);
  CHECK(bench.device->pending() == 0);
  bench.device->provider()->cancel(outcome->id);
  CHECK(bench.hardware.aborts == 1);
  if (!bench.hardware.honour_abort) {
    // The SRB and its buffer are still the miniport's: writing to it is no error.
    REQUIRE(bench.hardware.held.size() == 1);
    const auto srb = bench.hardware.held[0];
    std::memset(srb->DataBuffer, 0xEE, 72);
    bench.hardware_does([&] { bench.hardware.complete(srb, SRB_STATUS_ERROR); });
    CHECK(outcome->completions == 1);
  }
}

TEST_CASE("a request that takes too long ends with a timeout") {
  Bench bench;
  bench.start();
  const auto longer = call(*bench.device->provider(), kPend);
  const auto shorter = call(*bench.device->provider(), kPend, {}, 64, 1500ms);
  bench.clock->advance(1499ms);
  CHECK(shorter->completions == 0);
  bench.clock->advance(1ms);
  REQUIRE(shorter->completions == 1);
  CHECK(shorter->request->status == NtStatus::io_timeout);
  CHECK(longer->completions == 0);
  bench.clock->advance(30s);
  REQUIRE(longer->completions == 1);
  CHECK(longer->request->status == NtStatus::io_timeout);
  CHECK(bench.hardware.aborts == 2);
  CHECK(bench.clock->pending() == 0);
}

TEST_CASE("a miniport that breaks the rules is recorded and does no harm") {
  Bench bench;
  bench.start();
  auto& provider = *bench.device->provider();
  SECTION("completed twice inside HwStartIo") {
    const auto outcome = call(provider, kTwice, {1});
    CHECK(outcome->completions == 1);
    CHECK(bench.trace_text().find("\"violation\":\"COMPLETED_TWICE\"") != std::string::npos);
  }
  SECTION("completed again after it was passed on") {
    const auto outcome = call(provider, kPend, {1});
    const auto srb = bench.hardware.held.at(0);
    bench.hardware_does([&] { bench.hardware.complete(srb); });
    CHECK(outcome->completions == 1);
    bench.hardware_does(
        [&] { StorPortNotification(RequestComplete, bench.hardware.extension, srb); });
    CHECK(outcome->completions == 1);
    CHECK(bench.trace_text().find("\"violation\":\"COMPLETED_TWICE\"") != std::string::npos);
  }
  SECTION("more data than the buffer holds") {
    const auto outcome = call(provider, kOverrun, {1});
    CHECK(outcome->request->status == NtStatus::io_device_error);
    CHECK(outcome->request->information == 0);
    CHECK(bench.trace_text().find("\"violation\":\"SIZE_OVERRUN\"") != std::string::npos);
  }
  SECTION("completed as pending") {
    const auto outcome = call(provider, kCompletePending, {1});
    CHECK(outcome->completions == 1);
    CHECK(outcome->request->status == NtStatus::io_device_error);
    CHECK(bench.trace_text().find("\"violation\":\"COMPLETED_PENDING\"") != std::string::npos);
  }
  SECTION("not an SRB") {
    alignas(16) std::array<std::byte, 1024> other{};
    bench.hardware_does(
        [&] { StorPortNotification(RequestComplete, bench.hardware.extension, other.data()); });
    CHECK(bench.trace_text().find("\"violation\":\"UNKNOWN_SRB\"") != std::string::npos);
  }
}

TEST_CASE("a callback that returns an SRB status without having posted one ends its request so") {
  Bench bench;
  bench.start();
  const auto outcome = call(*bench.device->provider(), kReturnStatus);
  REQUIRE(outcome->completions == 1);
  CHECK(outcome->request->status == NtStatus::invalid_device_request);
  CHECK(bench.trace_text().find("SRB_STATUS_BAD_FUNCTION") != std::string::npos);
}

TEST_CASE("a WMI library without callbacks refuses what needs them, and takes the rest") {
  Bench bench;
  SCSI_WMILIB_CONTEXT& library = bench.hardware.library;
  library.QueryWmiRegInfo = nullptr;
  library.QueryWmiDataBlock = nullptr;
  library.SetWmiDataBlock = nullptr;
  library.SetWmiDataItem = nullptr;
  library.ExecuteWmiMethod = nullptr;
  library.WmiFunctionControl = nullptr;
  bench.start();
  REQUIRE(bench.registry->registrations(to_guid(kDataGuid)).size() == 1);
  auto& provider = *bench.device->provider();
  const auto status = [&](MinorFunction minor, wmi::WnodeBuffer buffer) {
    const auto outcome = submit(provider, minor, kDataGuid, std::move(buffer));
    REQUIRE(outcome->completions == 1);
    return outcome->request->status;
  };
  const wmi::Guid guid = to_guid(kDataGuid);
  const wmi::InstanceKey key{0, u"x"};
  const std::vector<std::uint8_t> data(8);
  CHECK(status(MinorFunction::query_all_data, wmi::pack_query_all(guid, 256)) ==
        NtStatus::invalid_device_request);
  CHECK(status(MinorFunction::query_single_instance, wmi::pack_query_single(guid, key, 256)) ==
        NtStatus::invalid_device_request);
  CHECK(status(MinorFunction::change_single_instance, wmi::pack_set_single(guid, key, data)) !=
        NtStatus::success);
  CHECK(status(MinorFunction::change_single_item, wmi::pack_set_item(guid, key, 1, data)) !=
        NtStatus::success);
  for (const auto minor : {MinorFunction::enable_events, MinorFunction::disable_events,
                           MinorFunction::enable_collection, MinorFunction::disable_collection}) {
    CHECK(status(minor, wmi::pack_control(guid)) == NtStatus::success);
  }
  CHECK(call(provider, kEcho)->request->status == NtStatus::invalid_device_request);
}

TEST_CASE("a miniport that cannot be stopped is not told to") {
  Bench bench;
  bench.hardware.can_stop = false;
  bench.start();
  REQUIRE(bench.device->reset().has_value());
  CHECK(bench.hardware.stops == 0);
  CHECK(bench.hardware.finds == 2);
}

TEST_CASE("HwStartIo that answers FALSE is a busy device") {
  Bench bench;
  bench.start();
  const auto outcome = call(*bench.device->provider(), kRefuse);
  REQUIRE(outcome->completions == 1);
  CHECK(outcome->request->status == NtStatus::device_busy);
}

TEST_CASE("StorPortCompleteRequest ends what the miniport holds") {
  Bench bench;
  bench.start();
  const auto first = call(*bench.device->provider(), kPend);
  const auto second = call(*bench.device->provider(), kPend);
  bench.hardware.held.clear();
  StorPortCompleteRequest(bench.hardware.extension, 0, 0, 0, SRB_STATUS_BUSY);
  CHECK(first->completions == 0);  // adapter requests have no address
  StorPortCompleteRequest(bench.hardware.extension, SP_UNTAGGED, SP_UNTAGGED, SP_UNTAGGED,
                          SRB_STATUS_BUSY);
  REQUIRE(first->completions == 1);
  REQUIRE(second->completions == 1);
  CHECK(second->request->status == NtStatus::device_busy);
}

TEST_CASE("a reset ends pending requests, restarts the miniport and registers anew") {
  Bench bench;
  bench.start();
  const auto pending = call(*bench.device->provider(), kPend);
  const auto generation = bench.registry->generation();
  REQUIRE(bench.device->reset().has_value());
  REQUIRE(pending->completions == 1);
  CHECK(pending->request->status == NtStatus::io_device_error);
  CHECK(bench.hardware.stops == 1);
  CHECK(bench.hardware.finds == 2);
  CHECK(bench.hardware.found_marker == 0);
  CHECK(bench.registry->generation() > generation);
  CHECK(bench.registry->registrations(to_guid(kDataGuid)).size() == 1);
  const auto after = call(*bench.device->provider(), kEcho, {5});
  CHECK(data_of(*after) == std::vector<std::uint8_t>{5});
  CHECK(bench.trace_text().find("SRB_STATUS_BUS_RESET") != std::string::npos);
}

TEST_CASE("a reset that finds no adapter leaves it unregistered until the next one") {
  Bench bench;
  bench.start();
  bench.hardware.find_fails = true;
  CHECK_FALSE(bench.device->reset().has_value());
  CHECK(bench.registry->registrations().empty());
  CHECK(call(*bench.device->provider(), kEcho)->request->status == NtStatus::device_busy);
  bench.hardware.find_fails = false;
  REQUIRE(bench.device->reset().has_value());
  CHECK(call(*bench.device->provider(), kEcho)->request->status == NtStatus::success);
}

TEST_CASE("a stopped adapter answers no such device and calls nobody") {
  Bench bench;
  bench.start();
  const auto pending = call(*bench.device->provider(), kPend);
  const auto provider = bench.device->provider();
  bench.device->stop();
  REQUIRE(pending->completions == 1);
  CHECK(pending->request->status == NtStatus::cancelled);
  CHECK(bench.registry->registrations().empty());
  CHECK(bench.hardware.stops == 1);
  CHECK(call(*provider, kEcho)->request->status == NtStatus::no_such_device);
  bench.device->stop();
  CHECK(bench.hardware.stops == 1);
  CHECK_FALSE(bench.device->reset().has_value());
  CHECK(bench.clock->pending() == 0);
}

TEST_CASE("malformed requests are refused without reaching the miniport") {
  Bench bench;
  bench.start();
  auto& provider = *bench.device->provider();
  CHECK(submit(provider, MinorFunction::query_all_data, kDataGuid, {})->request->status ==
        NtStatus::invalid_parameter);
  CHECK(submit(provider, static_cast<MinorFunction>(77), kDataGuid, wmi::WnodeBuffer(64))
            ->request->status == NtStatus::invalid_parameter);
  // A method whose input lies outside of its buffer.
  auto buffer = wmi::pack_method(to_guid(kMethodGuid), {0, u""}, kEcho, {}, 64);
  const std::uint32_t large = 1u << 20;
  std::memcpy(buffer.data() + 64, &large, sizeof large);
  CHECK(submit(provider, MinorFunction::execute_method, kMethodGuid, std::move(buffer))
            ->request->status == NtStatus::invalid_device_request);
}

TEST_CASE("every SRB status has the NTSTATUS that the table says") {
  using port::srb_status_to_nt;
  const std::vector<std::pair<std::uint8_t, NtStatus>> expected{
      {0x00, NtStatus::io_device_error},
      {0x01, NtStatus::success},
      {0x02, NtStatus::cancelled},
      {0x03, NtStatus::io_device_error},
      {0x04, NtStatus::io_device_error},
      {0x05, NtStatus::device_busy},
      {0x06, NtStatus::invalid_device_request},
      {0x07, NtStatus::no_such_device},
      {0x08, NtStatus::no_such_device},
      {0x09, NtStatus::io_timeout},
      {0x0A, NtStatus::no_such_device},
      {0x0B, NtStatus::io_timeout},
      {0x0D, NtStatus::io_device_error},
      {0x0E, NtStatus::io_device_error},
      {0x0F, NtStatus::io_device_error},
      {0x10, NtStatus::io_device_error},
      {0x11, NtStatus::no_such_device},
      {0x12, NtStatus::buffer_too_small},
      {0x13, NtStatus::io_device_error},
      {0x14, NtStatus::io_device_error},
      {0x15, NtStatus::invalid_device_request},
      {0x16, NtStatus::cancelled},
      {0x20, NtStatus::no_such_device},
      {0x21, NtStatus::no_such_device},
      {0x22, NtStatus::invalid_device_request},
      {0x23, NtStatus::device_busy},
      {0x24, NtStatus::io_device_error},
      {0x25, NtStatus::io_device_error},
      {0x30, NtStatus::io_device_error}};
  CHECK(port::srb_status_table().size() == expected.size());
  for (const auto& [status, nt] : expected) {
    INFO(static_cast<int>(status));
    CHECK(srb_status_to_nt(status) == nt);
    CHECK(srb_status_to_nt(static_cast<std::uint8_t>(status | SRB_STATUS_AUTOSENSE_VALID)) == nt);
    CHECK_FALSE(port::srb_status_name(status).empty());
  }
  CHECK(srb_status_to_nt(0x3F) == NtStatus::io_device_error);
  CHECK(port::srb_status_name(0x3F).empty());
}
