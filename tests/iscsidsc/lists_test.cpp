// Servers, bound devices, secrets and keys.
#include "calls.hpp"

using namespace hbalab;
using namespace hbalab::dsc_test;

namespace {

using Names = std::vector<std::string>;

template <typename V>
Names bound() {
  return listed<V>(Call<V>::report_persistent_iscsi_devices);
}

IKE_AUTHENTICATION_INFORMATION ike(UCHAR* id, ULONG id_size, UCHAR* key, ULONG key_size) {
  IKE_AUTHENTICATION_INFORMATION information{};
  information.AuthMethod = IKE_AUTHENTICATION_PRESHARED_KEY_METHOD;
  information.PsKey.SecurityFlags = ISCSI_SECURITY_FLAG_VALID | ISCSI_SECURITY_FLAG_PFS_ENABLED;
  information.PsKey.IdType = ID_FQDN;
  information.PsKey.Id = id;
  information.PsKey.IdLengthInBytes = id_size;
  information.PsKey.Key = key;
  information.PsKey.KeyLengthInBytes = key_size;
  return information;
}

}  // namespace

TEMPLATE_TEST_CASE("iSNS servers", "", Wide, Narrow) {
  const auto world = World::open();
  const auto list = [] { return listed<TestType>(Call<TestType>::report_isns_server_list); };
  CHECK(list().empty());
  CHECK(Call<TestType>::add_isns_server(Text<TestType>("192.0.2.77")) == ERROR_SUCCESS);
  CHECK(Call<TestType>::add_isns_server(Text<TestType>("ISNS.example")) == ERROR_SUCCESS);
  CHECK(Call<TestType>::add_isns_server(Text<TestType>("isns.example")) == ERROR_SUCCESS);
  CHECK(list() == Names{"192.0.2.77", "isns.example"});
  CHECK(Call<TestType>::refresh_isns_server(Text<TestType>("192.0.2.77")) == ERROR_SUCCESS);
  CHECK(Call<TestType>::refresh_isns_server(Text<TestType>("192.0.2.78")) ==
        ISDSC_ISNS_SERVER_NOT_FOUND);
  CHECK(Call<TestType>::remove_isns_server(Text<TestType>("192.0.2.77")) == ERROR_SUCCESS);
  CHECK(Call<TestType>::remove_isns_server(Text<TestType>("192.0.2.77")) ==
        ISDSC_ISNS_SERVER_NOT_FOUND);
  CHECK(list() == Names{"isns.example"});
  for (const char* bad : {"", "not a name", "192.0.2.77:3205", "256.1.1.1"}) {
    INFO(bad);
    CHECK(Call<TestType>::add_isns_server(Text<TestType>(bad)) == ERROR_INVALID_PARAMETER);
  }
  CHECK(Call<TestType>::add_isns_server(nullptr) == ERROR_INVALID_PARAMETER);
  CHECK(Call<TestType>::remove_isns_server(nullptr) == ERROR_INVALID_PARAMETER);
  CHECK(Call<TestType>::refresh_isns_server(nullptr) == ERROR_INVALID_PARAMETER);
}

TEMPLATE_TEST_CASE("RADIUS servers", "", Wide, Narrow) {
  const auto world = World::open();
  const auto list = [] { return listed<TestType>(Call<TestType>::report_radius_server_list); };
  CHECK(list().empty());
  CHECK(Call<TestType>::add_radius_server(Text<TestType>("192.0.2.66")) == ERROR_SUCCESS);
  CHECK(Call<TestType>::add_radius_server(Text<TestType>("2001:DB8::66")) == ERROR_SUCCESS);
  CHECK(list() == Names{"192.0.2.66", "2001:db8::66"});
  CHECK(Call<TestType>::remove_radius_server(Text<TestType>("[2001:db8::66]")) == ERROR_SUCCESS);
  CHECK(Call<TestType>::remove_radius_server(Text<TestType>("2001:db8::66")) == ISDSC_NOT_FOUND);
  CHECK(list() == Names{"192.0.2.66"});
  CHECK(Call<TestType>::add_radius_server(Text<TestType>(std::string(41, 'a'))) ==
        ERROR_INVALID_PARAMETER);
  CHECK(Call<TestType>::add_radius_server(nullptr) == ERROR_INVALID_PARAMETER);
}

TEMPLATE_TEST_CASE("devices are bound when their session is persistent", "", Wide, Narrow) {
  using Device = typename TestType::Device;
  const auto world = World::open();
  find_targets<TestType>("192.0.2.10");
  find_targets<TestType>("192.0.2.12");
  ISCSI_UNIQUE_SESSION_ID first{}, second{};
  REQUIRE(log_in<TestType>(kDisk1, false, &first) == ERROR_SUCCESS);
  REQUIRE(log_in<TestType>(kDisk2, false, &second) == ERROR_SUCCESS);
  const auto devices = [](ISCSI_UNIQUE_SESSION_ID session) {
    return elements<Device>([&](PULONG count, Device* list) {
      return Call<TestType>::get_devices_for_iscsi_session(&session, count, list);
    });
  };
  REQUIRE(
      world->eventually([&] { return devices(first).size() == 2 && devices(second).size() == 1; }));
  auto disk = devices(first)[0], other = devices(second)[0];
  CHECK(Call<TestType>::add_persistent_iscsi_device(disk.LegacyName) ==
        ISDSC_DEVICE_NOT_ISCSI_OR_PERSISTENT);
  REQUIRE(log_in<TestType>(kDisk1, true) == ERROR_SUCCESS);
  CHECK(Call<TestType>::add_persistent_iscsi_device(disk.LegacyName) == ERROR_SUCCESS);
  CHECK(bound<TestType>() == Names{ascii(disk.LegacyName)});
  CHECK(Call<TestType>::add_persistent_iscsi_device(disk.LegacyName) ==
        ISDSC_DEVICE_ALREADY_PERSISTENTLY_BOUND);
  CHECK(Call<TestType>::add_persistent_iscsi_device(disk.DeviceInterfaceName) ==
        ISDSC_DEVICE_ALREADY_PERSISTENTLY_BOUND);
  CHECK(Call<TestType>::add_persistent_iscsi_device(other.LegacyName) ==
        ISDSC_DEVICE_NOT_ISCSI_OR_PERSISTENT);
  CHECK(Call<TestType>::remove_persistent_iscsi_device(other.LegacyName) == ISDSC_DEVICE_NOT_FOUND);
  CHECK(Call<TestType>::remove_persistent_iscsi_device(disk.LegacyName) == ERROR_SUCCESS);
  CHECK(bound<TestType>().empty());

  CHECK(SetupPersistentIScsiDevices() == ERROR_SUCCESS);
  CHECK(bound<TestType>().size() == 2);
  CHECK(SetupPersistentIScsiVolumes() == ERROR_SUCCESS);
  CHECK(bound<TestType>().size() == 2);
  CHECK(ClearPersistentIScsiDevices() == ERROR_SUCCESS);
  CHECK(bound<TestType>().empty());
  CHECK(Call<TestType>::add_persistent_iscsi_device(nullptr) == ERROR_INVALID_PARAMETER);
  CHECK(Call<TestType>::remove_persistent_iscsi_device(nullptr) == ERROR_INVALID_PARAMETER);
}

TEST_CASE("the initiators' CHAP secret reaches every adapter and is shown nowhere") {
  const auto world = World::open();
  UCHAR secret[] = "initiator-secret";
  CHECK(SetIScsiInitiatorCHAPSharedSecret(sizeof secret - 1, secret) == ERROR_SUCCESS);
  // An adapter without IPsec does not take a short one.
  CHECK(SetIScsiInitiatorCHAPSharedSecret(5, secret) == ISDSC_OPERATION_NOT_ALL_SUCCESS);
  CHECK(SetIScsiInitiatorCHAPSharedSecret(0, secret) == ERROR_INVALID_PARAMETER);
  CHECK(SetIScsiInitiatorCHAPSharedSecret(12, nullptr) == ERROR_INVALID_PARAMETER);
  UCHAR too_long[100] = "a secret that no adapter takes, because it has more than sixteen bytes";
  CHECK(SetIScsiInitiatorCHAPSharedSecret(sizeof too_long, too_long) ==
        ISDSC_INVALID_INITIATOR_CHAP_SECRET);
  UCHAR shared[] = "radius-secret";
  CHECK(SetIScsiInitiatorRADIUSSharedSecret(sizeof shared - 1, shared) == ERROR_SUCCESS);
  CHECK(SetIScsiInitiatorRADIUSSharedSecret(0, nullptr) == ERROR_INVALID_PARAMETER);
}

TEMPLATE_TEST_CASE("IKE information", "", Wide, Narrow) {
  const auto world = World::open();
  Text<TestType> hba(kHba0), other(kHba1), nobody("PCI\\NOBODY_0");
  UCHAR id[] = "host.example", key[] = "a-preshared-key", unknown[] = "unknown.example";
  auto information = ike(id, sizeof id - 1, key, sizeof key - 1);
  constexpr ULONG kAll = ISCSI_ALL_INITIATOR_PORTS;
  const auto set = Call<TestType>::set_iscsi_ike_info;
  const auto get = Call<TestType>::get_iscsi_ike_info;
  CHECK(set(hba, kAll, &information, TRUE) == ERROR_SUCCESS);
  CHECK(set(nullptr, kAll, &information, TRUE) == ERROR_SUCCESS);
  CHECK(set(other, kAll, &information, TRUE) == ERROR_SUCCESS);  // the service keeps it
  CHECK(set(nobody, kAll, &information, TRUE) == ISDSC_INITIATOR_NOT_FOUND);

  auto asked = ike(id, sizeof id - 1, nullptr, 0);
  asked.PsKey.SecurityFlags = 0;
  CHECK(get(hba, kAll, nullptr, &asked) == ERROR_SUCCESS);
  CHECK(asked.PsKey.SecurityFlags == information.PsKey.SecurityFlags);
  CHECK(asked.PsKey.KeyLengthInBytes == 0);
  CHECK(get(nullptr, kAll, nullptr, &asked) == ERROR_SUCCESS);
  CHECK(get(other, kAll, nullptr, &asked) == ERROR_SUCCESS);
  asked = ike(unknown, sizeof unknown - 1, nullptr, 0);
  Text<TestType> none("");
  for (auto* const adapter : {&hba, &other, &none}) {
    CHECK(get(*adapter, kAll, nullptr, &asked) == ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE);
  }

  CHECK(set(hba, kAll, nullptr, TRUE) == ERROR_INVALID_PARAMETER);
  CHECK(get(hba, kAll, nullptr, nullptr) == ERROR_INVALID_PARAMETER);
  auto wrong = information;
  wrong.AuthMethod = static_cast<IKE_AUTHENTICATION_METHOD>(2);
  CHECK(set(hba, kAll, &wrong, TRUE) == ERROR_INVALID_PARAMETER);
  wrong = information;
  wrong.PsKey.Id = nullptr;
  CHECK(set(hba, kAll, &wrong, TRUE) == ERROR_INVALID_PARAMETER);
  wrong = information;
  wrong.PsKey.IdType = 9;
  CHECK(set(hba, kAll, &wrong, TRUE) == ISDSC_IKE_ID_PAYLOAD_TYPE_NOT_SUPPORTED);
}

TEST_CASE("the group's key") {
  const auto world = World::open();
  UCHAR key[] = "the-group-key";
  CHECK(SetIScsiGroupPresharedKey(sizeof key - 1, key, TRUE) == ERROR_SUCCESS);
  CHECK(SetIScsiGroupPresharedKey(sizeof key - 1, key, FALSE) == ERROR_SUCCESS);
  CHECK(SetIScsiGroupPresharedKey(0, key, TRUE) == ERROR_INVALID_PARAMETER);
  CHECK(SetIScsiGroupPresharedKey(5, nullptr, TRUE) == ERROR_INVALID_PARAMETER);
}

TEMPLATE_TEST_CASE("tunnel addresses", "", Wide, Narrow) {
  const auto world = World::open();
  Text<TestType> hba(kHba0), to("198.51.100.1"), outer("203.0.113.1"), nobody("PCI\\NOBODY_0");
  constexpr ULONG kAll = ISCSI_ALL_INITIATOR_PORTS;
  const auto set = Call<TestType>::set_iscsi_tunnel_mode_outer_address;
  CHECK(set(hba, kAll, to, outer, TRUE) == ERROR_SUCCESS);
  CHECK(set(nullptr, kAll, to, outer, FALSE) == ERROR_SUCCESS);
  CHECK(set(hba, kAll, to, nullptr, TRUE) == ERROR_SUCCESS);
  CHECK(set(hba, kAll, to, nullptr, TRUE) == ISDSC_NO_TUNNEL_OUTER_MODE_ADDRESS);
  CHECK(set(nobody, kAll, to, outer, TRUE) == ISDSC_INITIATOR_NOT_FOUND);
  CHECK(set(hba, kAll, nullptr, nullptr, TRUE) == ERROR_INVALID_PARAMETER);
}
