// Logins that ask for IPsec, and a cache of keys that cannot be read, through the WMI request path.
#include "tests/hba-sim/lab_security_support.hpp"

namespace hbalab::lab_test {
namespace {

using Security = SecurityLab::Security;

constexpr std::string_view kDamagedLab = R"({
  "name": "damaged", "seed": 7,
  "adapters": [
    { "name": "hba0", "nvram": { "security_cache_damaged": true },
      "functionality": ["ISCSI_HBA_PRESHARED_KEY_CACHE", "ISCSI_HBA_IPSEC_TUNNEL_MODE"],
      "ports": [ { "address": "192.0.2.1" } ] },
    { "name": "hba1", "nvram": { "security_cache_damaged": true },
      "ports": [ { "address": "192.0.2.2" } ] } ],
  "targets": [
    { "name": "iqn.2026-01.org.example:disk1",
      "portals": [ { "address": "192.0.2.10" } ], "luns": [ { "lun": 0 } ] } ]
})";

struct IpsecLab : SecurityLab {
  using SecurityLab::SecurityLab;
  // With a preshared key of its own, or without.
  std::uint32_t login(std::uint64_t flags, std::string_view key = "", std::uint32_t port = 0,
                      std::size_t adapter = 0) {
    Bytes in(iscsi::login_to_target_in_size(0, key.size(), 0, 0));
    iscsi::BlockWriter writer(in);
    const std::string key_text(key);
    auto out = iscsi::append_login_to_target_in(writer, {.key = bytes_of(key_text)});
    REQUIRE(out.has_value());
    auto& head = *out->head;
    head.PortNumber = port;
    head.SessionType = 2;
    head.SecurityFlags = flags;
    miniport::put_text(head.TargetName, kDisk);
    miniport::to_wmi(address_of("192.0.2.10"), head.TargetPortal.Address);
    head.TargetPortal.Socket = 3260;
    return status_of(run(Method::LoginToTarget, in, 64, adapter));
  }
  std::uint8_t cache_valid() {
    return head<iscsi::MSiSCSI_HBAInformation>(iscsi::MSiSCSI_HBAInformationGuid).CacheValid;
  }
};

constexpr std::uint64_t kIpsec =
    iscsi::ISCSI_SECURITY_FLAG_VALID | iscsi::ISCSI_SECURITY_FLAG_IKE_IPSEC_ENABLED;

}  // namespace

TEST_CASE("a login that asks for IPsec is not made in the clear") {
  IpsecLab lab;
  CHECK(lab.login(kIpsec, "", 0, 1) == iscsi::ISDSC_REQUEST_NOT_SUPPORTED);
  CHECK(lab.login(kIpsec) == iscsi::ISDSC_NO_AUTH_INFO_AVAILABLE);
  CHECK(lab.login(kIpsec, "preshared") == iscsi::ISDSC_FAILED_TO_CONFIGURE_IPSEC);
  SECTION("the key of another port is of no use") {
    CHECK(lab.status(Security::SetPresharedKeyForId, set_in({.port = 1})) == 0);
    CHECK(lab.login(kIpsec) == iscsi::ISDSC_NO_AUTH_INFO_AVAILABLE);
    CHECK(lab.login(kIpsec, "", 1) == iscsi::ISDSC_FAILED_TO_CONFIGURE_IPSEC);
    CHECK(lab.login(kIpsec, "", PortNumber::kAnyOrAll) == iscsi::ISDSC_FAILED_TO_CONFIGURE_IPSEC);
    CHECK(lab.status(Security::SetPresharedKeyForId, set_in({})) == 0);  // of all ports
    CHECK(lab.login(kIpsec) == iscsi::ISDSC_FAILED_TO_CONFIGURE_IPSEC);
  }
  SECTION("the group's key will do") {
    CHECK(lab.status(Security::SetGroupPresharedKey, counted_in("group")) == 0);
    CHECK(lab.login(kIpsec) == iscsi::ISDSC_FAILED_TO_CONFIGURE_IPSEC);
  }
  CHECK(lab.sessions() == 0);
  // Flags that are not declared valid say nothing, and valid ones without IPsec ask for none.
  CHECK(lab.login(iscsi::ISCSI_SECURITY_FLAG_IKE_IPSEC_ENABLED, "", 0) == 0);
  CHECK(lab.login(iscsi::ISCSI_SECURITY_FLAG_VALID, "", 1) == 0);
}

TEST_CASE("a cache that cannot be read is reported until it is cleared") {
  IpsecLab lab(kDamagedLab);
  const auto damaged = [&] {
    CHECK(lab.cache_valid() == 0);
    CHECK(lab.status(Security::SetPresharedKeyForId, set_in({})) == iscsi::ISDSC_CACHE_CORRUPTED);
    const auto answer = lab.call(Security::GetPresharedKeyForId, get_in({}));
    CHECK(status_of(answer) == iscsi::ISDSC_CACHE_CORRUPTED);
    CHECK(answer->data.size() == iscsi::GetPresharedKeyForId_OUT_SIZE);
    CHECK(lab.status(Security::SetGroupPresharedKey, counted_in("group")) ==
          iscsi::ISDSC_CACHE_CORRUPTED);
    CHECK(lab.status(Security::SetTunnelModeOuterAddress,
                     tunnel_in(0, "192.0.2.10", "198.51.100.1")) == iscsi::ISDSC_CACHE_CORRUPTED);
    CHECK(lab.login(kIpsec) == iscsi::ISDSC_CACHE_CORRUPTED);
    CHECK(lab.login(kIpsec, "preshared") == iscsi::ISDSC_FAILED_TO_CONFIGURE_IPSEC);
    // What does not need the cache goes on.
    CHECK(lab.status(Method::SetCHAPSharedSecret, counted_in("target-secret")) == 0);
  };
  damaged();
  lab.reset();
  damaged();
  lab.restart();
  damaged();
  const auto log = lab.log_in({});
  CHECK(status_of(lab.run(Method::LogoutFromTarget, session_in(log))) == 0);
  lab.control("adapters/hba0/faults/nvram_write_fails", "1");
  CHECK(lab.status(Security::ClearCache, {}) == iscsi::ISDSC_NON_SPECIFIC_ERROR);
  lab.control("adapters/hba0/faults/nvram_write_fails", "0");
  damaged();
  CHECK(lab.status(Security::ClearCache, {}) == 0);
  for (int i = 0; i < 2; ++i) {
    CHECK(lab.cache_valid() == 1);
    CHECK(lab.status(Security::GetPresharedKeyForId, get_in({})) ==
          iscsi::ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE);
    CHECK(lab.status(Security::SetPresharedKeyForId, set_in({})) == 0);
    CHECK(lab.status(Security::SetPresharedKeyForId, set_in({.key = ""})) == 0);
    lab.restart();  // the lab file speaks of a new NVRAM only
  }
  // An adapter without the cache has nothing to report, and can clear it all the same.
  CHECK(lab.status(Security::SetPresharedKeyForId, set_in({}), 1) ==
        iscsi::ISDSC_HBA_SECURITY_CACHE_NOT_SUPPORTED);
  CHECK(lab.status(Security::ClearCache, {}, 1) == 0);
  CHECK(lab.status(Security::ClearCache, {}, 1) == iscsi::ISDSC_HBA_SECURITY_CACHE_NOT_SUPPORTED);
}

TEST_CASE("MSiSCSI_HBAInformation describes an adapter with a TCP/IP stack of its own") {
  IpsecLab lab;
  const auto info = lab.head<iscsi::MSiSCSI_HBAInformation>(iscsi::MSiSCSI_HBAInformationGuid);
  CHECK(info.IntegratedTCPIP == 0);
  CHECK(info.RequiresBinaryIpAddresses == 0);
  CHECK(info.VersionMin == 0);
  CHECK(info.VersionMax == 0);
  CHECK(info.MultifunctionDevice == 0);
  CHECK(info.BiDiScsiCommands == 0);
  CHECK(info.NumberOfPorts == 2);
}

}  // namespace hbalab::lab_test
