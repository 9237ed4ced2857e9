// Keys of identities, for adapters that can keep none.
#include "calls.hpp"

using namespace hbalab::dsc_test;

namespace {

constexpr ULONG kAll = ISCSI_ALL_INITIATOR_PORTS;

}  // namespace

TEST_CASE("an adapter without a cache for keys leaves them to the service") {
  constexpr std::string_view kTunnelOnly = R"({
    "name": "keys", "adapters": [ { "name": "hba0",
      "device_instance": "PCI\\VEN_1077&DEV_4010&SUBSYS_01221077&REV_03\\3&11583659&0&08",
      "functionality": [ "ISCSI_HBA_IPSEC_TUNNEL_MODE" ],
      "ports": [ { "address": "192.0.2.1", "mac": "02:00:00:00:00:01" } ],
      "timing": { "login_timeout": "500ms" } } ],
    "targets": [ { "name": "iqn.2026-01.org.example:disk1",
      "portals": [ { "address": "192.0.2.10" } ], "luns": [ { "lun": 0 } ] } ] })";
  const auto world = World::open(kTunnelOnly);
  Text<Narrow> hba(kHba0), disk(kDisk1);
  UCHAR id[] = "host.example", key[] = "a-preshared-key";
  IKE_AUTHENTICATION_INFORMATION information{};
  information.AuthMethod = IKE_AUTHENTICATION_PRESHARED_KEY_METHOD;
  information.PsKey = {ISCSI_SECURITY_FLAG_VALID, ID_FQDN, sizeof id - 1, id, sizeof key - 1, key};
  auto asked = information;
  asked.PsKey.SecurityFlags = 0;
  auto where = portal<Narrow>("192.0.2.10");
  REQUIRE(AddIScsiSendTargetPortalA(nullptr, kAll, nullptr, 0, &where) == ERROR_SUCCESS);
  const auto log_in = [&] {
    ISCSI_UNIQUE_SESSION_ID session;
    ISCSI_UNIQUE_CONNECTION_ID connection;
    return LoginIScsiTargetA(disk, FALSE, hba, ISCSI_ANY_INITIATOR_PORT, &where,
                             ISCSI_SECURITY_FLAG_VALID | ISCSI_SECURITY_FLAG_IKE_IPSEC_ENABLED,
                             nullptr, nullptr, 0, nullptr, FALSE, &session, &connection);
  };
  CHECK(log_in() == ISDSC_NO_AUTH_INFO_AVAILABLE);
  CHECK(GetIScsiIKEInfoA(hba, kAll, nullptr, &asked) == ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE);
  // Of a port, and of all of them.
  CHECK(SetIScsiIKEInfoA(hba, 0, &information, TRUE) == ERROR_SUCCESS);
  CHECK(GetIScsiIKEInfoA(hba, 0, nullptr, &asked) == ERROR_SUCCESS);
  CHECK(asked.PsKey.SecurityFlags == ISCSI_SECURITY_FLAG_VALID);
  CHECK(asked.PsKey.KeyLengthInBytes == 0);
  CHECK(GetIScsiIKEInfoA(hba, kAll, nullptr, &asked) == ERROR_SUCCESS);
  CHECK(GetIScsiIKEInfoA(hba, 1, nullptr, &asked) == ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE);
  information.PsKey.SecurityFlags |= ISCSI_SECURITY_FLAG_PFS_ENABLED;
  CHECK(SetIScsiIKEInfoA(hba, kAll, &information, FALSE) == ERROR_SUCCESS);
  CHECK(GetIScsiIKEInfoA(nullptr, 1, nullptr, &asked) == ERROR_SUCCESS);
  CHECK(asked.PsKey.SecurityFlags == information.PsKey.SecurityFlags);
  CHECK(GetIScsiIKEInfoA(hba, 0, nullptr, &asked) == ERROR_SUCCESS);
  CHECK(asked.PsKey.SecurityFlags == information.PsKey.SecurityFlags);
  // The key goes with the login; the fabric has no IPsec to use it in.
  CHECK(log_in() == ISDSC_FAILED_TO_CONFIGURE_IPSEC);

  auto wrong = information;
  wrong.PsKey.IdType = 9;
  CHECK(SetIScsiIKEInfoA(hba, kAll, &wrong, TRUE) == ISDSC_IKE_ID_PAYLOAD_TYPE_NOT_SUPPORTED);
  wrong.PsKey.IdType = ID_IPV4_ADDR;  // four bytes
  CHECK(SetIScsiIKEInfoA(hba, kAll, &wrong, TRUE) == ERROR_INVALID_PARAMETER);
  CHECK(GetIScsiIKEInfoA(hba, kAll, nullptr, &wrong) == ERROR_INVALID_PARAMETER);

  information.PsKey.KeyLengthInBytes = 0;
  CHECK(SetIScsiIKEInfoA(hba, kAll, &information, TRUE) == ERROR_SUCCESS);
  CHECK(SetIScsiIKEInfoA(hba, kAll, &information, TRUE) == ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE);
  CHECK(log_in() == ISDSC_NO_AUTH_INFO_AVAILABLE);
}
