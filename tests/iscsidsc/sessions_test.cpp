// Devices and mappings of sessions.
#include <set>

#include "calls.hpp"

using namespace hbalab;
using namespace hbalab::dsc_test;

namespace {

template <typename V>
std::vector<typename V::Device> devices(ISCSI_UNIQUE_SESSION_ID session) {
  return elements<typename V::Device>([&](PULONG count, typename V::Device* list) {
    return Call<V>::get_devices_for_iscsi_session(&session, count, list);
  });
}

template <typename V>
std::size_t device_count(ISCSI_UNIQUE_SESSION_ID session) {
  ULONG count = 0;
  (void)Call<V>::get_devices_for_iscsi_session(&session, &count, nullptr);
  return count;
}

}  // namespace

TEMPLATE_TEST_CASE("the devices of a session have their SCSI addresses", "", Wide, Narrow) {
  const auto world = World::open();
  find_targets<TestType>("192.0.2.10");
  find_targets<TestType>("192.0.2.12");
  ISCSI_UNIQUE_SESSION_ID first{}, second{};
  REQUIRE(log_in<TestType>(kDisk1, false, &first) == ERROR_SUCCESS);
  REQUIRE(log_in<TestType>(kDisk2, false, &second) == ERROR_SUCCESS);
  REQUIRE(world->eventually(
      [&] { return device_count<TestType>(first) == 2 && device_count<TestType>(second) == 1; }));
  const auto list = devices<TestType>(first);
  REQUIRE(list.size() == 2);
  std::set<std::string> names;
  for (const auto& device : list) {
    CHECK(ascii(device.InitiatorName) == kHba0);
    CHECK(ascii(device.TargetName) == kDisk1);
    CHECK(device.ScsiAddress.Length == 8);
    CHECK(device.DeviceInterfaceType.Data1 == 0x53f56307);
    CHECK_THAT(ascii(device.DeviceInterfaceName), Catch::StartsWith("\\\\?\\scsi#disk"));
    CHECK(ascii(device.LegacyName) ==
          "\\\\.\\PhysicalDrive" + std::to_string(device.StorageDeviceNumber.DeviceNumber));
    CHECK(device.StorageDeviceNumber.DeviceType == 7);
    names.insert(ascii(device.LegacyName));
  }
  CHECK(list[0].ScsiAddress.Lun == 0);
  CHECK(list[1].ScsiAddress.Lun == 1);
  CHECK(list[0].ScsiAddress.TargetId == list[1].ScsiAddress.TargetId);
  const auto other = devices<TestType>(second);
  REQUIRE(other.size() == 1);
  CHECK(other[0].ScsiAddress.TargetId != list[0].ScsiAddress.TargetId);
  names.insert(ascii(other[0].LegacyName));
  CHECK(names.size() == 3);
  // Their numbers are theirs.
  CHECK(ascii(devices<TestType>(first)[1].LegacyName) == ascii(list[1].LegacyName));

  CHECK(LogoutIScsiTarget(&first) == ERROR_SUCCESS);
  ULONG count = 0;
  CHECK(Call<TestType>::get_devices_for_iscsi_session(&first, &count, nullptr) ==
        ISDSC_INVALID_SESSION_ID);
  CHECK(Call<TestType>::get_devices_for_iscsi_session(nullptr, &count, nullptr) ==
        ERROR_INVALID_PARAMETER);
  CHECK(Call<TestType>::get_devices_for_iscsi_session(&second, nullptr, nullptr) ==
        ERROR_INVALID_PARAMETER);
}

TEMPLATE_TEST_CASE("an informational session has no devices", "", Wide, Narrow) {
  const auto world = World::open();
  find_targets<TestType>("192.0.2.10");
  ISCSI_UNIQUE_SESSION_ID session{};
  ISCSI_UNIQUE_CONNECTION_ID connection{};
  REQUIRE(Call<TestType>::login_iscsi_target(
              Text<TestType>(kDisk1), TRUE, nullptr, ISCSI_ANY_INITIATOR_PORT, nullptr, 0, nullptr,
              nullptr, 0, nullptr, FALSE, &session, &connection) == ERROR_SUCCESS);
  CHECK(devices<TestType>(session).empty());
}

TEMPLATE_TEST_CASE("active mappings say where logical units are", "", Wide, Narrow) {
  using Mapping = typename TestType::Mapping;
  const auto world = World::open();
  find_targets<TestType>("192.0.2.10");
  const auto list = [] {
    return Answer<Mapping>(Call<TestType>::report_active_iscsi_target_mappings);
  };
  CHECK(list().count() == 0);
  ISCSI_UNIQUE_SESSION_ID session{};
  REQUIRE(log_in<TestType>(kDisk1, false, &session) == ERROR_SUCCESS);
  REQUIRE(world->eventually([&] {
    const auto mappings = list();
    return mappings.count() == 1 && mappings[0].LUNCount == 2;
  }));
  const auto mappings = list();
  CHECK(ascii(mappings[0].InitiatorName) == kHba0);
  CHECK(ascii(mappings[0].TargetName) == kDisk1);
  CHECK(mappings[0].SessionId.AdapterUnique == session.AdapterUnique);
  CHECK(mappings[0].SessionId.AdapterSpecific == session.AdapterSpecific);
  REQUIRE(mappings.inside(mappings[0].LUNList, 2 * sizeof(SCSI_LUN_LIST)));
  CHECK(mappings[0].LUNList[1].TargetLUN == 1);
  CHECK(mappings.needed() == sizeof(Mapping) + 2 * sizeof(SCSI_LUN_LIST));
  ULONG size = 0;
  CHECK(Call<TestType>::report_active_iscsi_target_mappings(&size, nullptr, nullptr) ==
        ERROR_INVALID_PARAMETER);
}
