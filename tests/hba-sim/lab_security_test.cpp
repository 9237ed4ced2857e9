// MSiSCSI_SecurityConfigOperations through the WMI request path.
#include "tests/hba-sim/lab_security_support.hpp"

namespace hbalab::lab_test {
namespace {

using Security = SecurityLab::Security;
constexpr std::uint32_t kAll = 0xFFFFFFFFu;

struct KeysLab : SecurityLab {
  using SecurityLab::set;
  std::uint32_t set(const Key& key, std::size_t adapter = 0) {
    return status(Security::SetPresharedKeyForId, set_in(key), adapter);
  }
  std::uint32_t get(const Key& key, std::size_t adapter = 0) {
    return status(Security::GetPresharedKeyForId, get_in(key), adapter);
  }
  std::optional<std::uint64_t> flags(const Key& key) {
    const auto answer = call(Security::GetPresharedKeyForId, get_in(key));
    REQUIRE(answer.has_value());
    REQUIRE(answer->data.size() == iscsi::GetPresharedKeyForId_OUT_SIZE);
    std::uint64_t value = 0;
    std::memcpy(&value,
                answer->data.data() + offsetof(iscsi::GetPresharedKeyForId_OUT, SecurityFlags), 8);
    if (status_of(answer) != 0) {
      CHECK(value == 0);
      return std::nullopt;
    }
    return value;
  }
  auto runner(Security method) {
    return [this, method](const Bytes& in, std::size_t out) { return call(method, in, out); };
  }
  auto key_state(const Key& key) {
    return [this, key] {
      const auto answer = call(Security::GetPresharedKeyForId, get_in(key));
      REQUIRE(answer.has_value());
      return Bytes(answer->data.begin(), answer->data.end());
    };
  }
  // The stored tunnels show in what a removal answers, which is asked without taking effect.
  bool tunnel(std::uint32_t port, std::string_view destination) {
    control("adapters/hba0/faults/nvram_write_fails", "1");
    const auto answered =
        status(Security::SetTunnelModeOuterAddress, tunnel_in(port, destination, ""));
    control("adapters/hba0/faults/nvram_write_fails", "0");
    if (answered == iscsi::ISDSC_NO_TUNNEL_OUTER_MODE_ADDRESS) return false;
    CHECK(answered == iscsi::ISDSC_NON_SPECIFIC_ERROR);
    return true;
  }
};

}  // namespace

TEST_CASE("preshared keys are found by identity and port, and outlive the power") {
  KeysLab lab;
  const Key key;
  CHECK(lab.get(key) == iscsi::ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE);
  CHECK(lab.flags(key) == std::nullopt);
  lab.expect_manners(lab.runner(Security::SetPresharedKeyForId), set_in(key), lab.key_state(key));
  CHECK(lab.flags(key) == 3);
  CHECK(lab.flags({.port = 0}) == 3);
  CHECK(lab.get({.id = "Initiator.example"}) == iscsi::ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE);
  CHECK(lab.get({.type = 3}) == iscsi::ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE);
  // A port's own key comes first; what is set for all ports takes the place of it.
  CHECK(lab.set({.port = 1, .flags = 5}) == 0);
  CHECK(lab.flags({.port = 1}) == 5);
  CHECK(lab.flags({.port = 0}) == 3);
  CHECK(lab.set({.flags = 9}) == 0);
  CHECK(lab.flags({.port = 1}) == 9);
  // An empty key removes.
  CHECK(lab.set({.port = 1, .key = ""}) == iscsi::ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE);
  CHECK(lab.set({.key = ""}) == 0);
  CHECK(lab.flags(key) == std::nullopt);
  // Any port: the lowest that has one.
  CHECK(lab.set({.port = 1, .flags = 5}) == 0);
  CHECK(lab.flags(key) == 5);
  CHECK(lab.flags({.port = 0}) == std::nullopt);
  CHECK(lab.set({.port = 0, .flags = 4}) == 0);
  CHECK(lab.flags(key) == 4);
  CHECK(lab.set({.key = ""}) == 0);
  CHECK(lab.flags({.port = 1}) == std::nullopt);
}

TEST_CASE("identities are checked in the documented order") {
  KeysLab lab;
  const auto both = [&](const Key& key, std::uint32_t expected, std::size_t adapter = 0) {
    INFO(int{key.type} << " with " << key.id.size());
    CHECK(lab.set(key, adapter) == expected);
    if (expected != 0) CHECK(lab.get(key, adapter) == expected);
  };
  both({.port = 9, .type = 77}, iscsi::ISDSC_HBA_SECURITY_CACHE_NOT_SUPPORTED, 1);
  both({.port = 2, .type = 77}, iscsi::ISDSC_INVALID_PORT_NUMBER);
  for (const std::uint8_t type : {0, 4, 6, 9, 11, 255})
    both({.type = type, .id = ""}, iscsi::ISDSC_IKE_ID_PAYLOAD_TYPE_NOT_SUPPORTED);
  const auto sized = [&](std::uint8_t type, std::size_t size, bool good) {
    both({.type = type, .id = std::string(size, 'i')},
         good ? iscsi::ISDSC_SUCCESS : iscsi::ISDSC_IKE_ID_PAYLOAD_INCORRECT_SIZE);
  };
  for (const std::size_t size : {0u, 3u, 4u, 5u, 16u}) sized(1, size, size == 4);
  for (const std::size_t size : {0u, 4u, 15u, 16u, 17u}) sized(5, size, size == 16);
  for (const std::size_t size : {0u, 1u, 255u, 256u}) {
    sized(2, size, size == 1 || size == 255);
    sized(3, size, size == 1 || size == 255);
  }
  CHECK(lab.set({.key = std::string(256, 'k')}) == iscsi::ISDSC_INVALID_PARAMETER);
  CHECK(lab.set({.key = std::string(255, 'k')}) == 0);
}

TEST_CASE("the cache of preshared keys is finite") {
  KeysLab lab;
  for (std::size_t i = 0; i < adapter::IpsecSettings::kMostKeys; ++i)
    CHECK(lab.set({.id = "n" + std::to_string(i)}) == 0);
  CHECK(lab.set({.id = "one-more"}) == iscsi::ISDSC_HBA_SECURITY_CACHE_FULL);
  CHECK(lab.set({.id = "n5", .flags = 1}) == 0);
  CHECK(lab.flags({.id = "n5"}) == 1);
  CHECK(lab.set({.id = "n5", .key = ""}) == 0);
  CHECK(lab.set({.id = "one-more"}) == 0);
}

TEST_CASE("GetPresharedKeyForId refuses short blocks and asks for its room") {
  KeysLab lab;
  const Bytes in = get_in({});
  for (std::size_t size = 0; size < in.size(); ++size) {
    const auto answer = lab.call(Security::GetPresharedKeyForId,
                                 Bytes(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(size)));
    REQUIRE(!answer.has_value());
    CHECK(answer.error().status == NtStatus::invalid_device_request);
  }
  const auto answer = lab.call(Security::GetPresharedKeyForId, in, 4);
  REQUIRE(answer.has_value());
  CHECK(answer->data.size() == iscsi::GetPresharedKeyForId_OUT_SIZE);
}

TEST_CASE("security methods without room for their answer run once") {
  KeysLab lab;
  const auto once = [&](Security method, const Bytes& in) {
    const auto answer = lab.call(method, in, 0);
    CHECK(status_of(answer) == iscsi::ISDSC_SUCCESS);
    CHECK(answer->data.size() == 4);
  };
  once(Security::SetPresharedKeyForId, set_in({}));
  once(Security::SetPresharedKeyForId, set_in({.key = ""}));
  once(Security::SetTunnelModeOuterAddress, tunnel_in(0, "192.0.2.10", "198.51.100.1"));
  once(Security::SetTunnelModeOuterAddress, tunnel_in(0, "192.0.2.10", ""));
  once(Security::SetGroupPresharedKey, counted_in("group"));
  once(Security::SetGenerationalGuid, Bytes(16, 1));
  once(Security::ClearCache, {});
}

TEST_CASE("security methods that do not exist, and noise, are refused") {
  KeysLab lab;
  const Bytes noise(4096, 0xA5);
  for (std::uint32_t id = 0; id < 32; ++id) {
    // The two whose IN is any bytes, or none.
    if (id == static_cast<std::uint32_t>(Security::ClearCache) ||
        id == static_cast<std::uint32_t>(Security::SetGenerationalGuid)) {
      continue;
    }
    for (const std::size_t size : {std::size_t{0}, std::size_t{8}, noise.size()}) {
      INFO("method " << id << ", " << size << " bytes");
      const auto answer =
          lab.client->call_wait(lab.instance(iscsi::MSiSCSI_SecurityConfigOperationsGuid), id,
                                std::span(noise).first(size), 64);
      REQUIRE(!answer.has_value());
      CHECK(answer.error().status == NtStatus::invalid_device_request);
    }
  }
}

TEST_CASE("tunnels belong to a port and a destination") {
  KeysLab lab;
  const auto set = [&](std::uint32_t port, std::string_view destination, std::string_view outer,
                       std::size_t adapter = 0) {
    return lab.status(Security::SetTunnelModeOuterAddress, tunnel_in(port, destination, outer),
                      adapter);
  };
  CHECK(set(9, "192.0.2.10", "198.51.100.1", 1) == iscsi::ISDSC_REQUEST_NOT_SUPPORTED);
  CHECK(set(2, "text:a b", "198.51.100.1") == iscsi::ISDSC_INVALID_PORT_NUMBER);
  CHECK(set(0, "text:a b", "198.51.100.1") == iscsi::ISDSC_INVALID_PARAMETER);
  CHECK(set(0, "192.0.2.10", "text:a b") == iscsi::ISDSC_INVALID_PARAMETER);
  for (const std::size_t at :
       {offsetof(iscsi::SetTunnelModeOuterAddress_IN, DestinationAddress),
        offsetof(iscsi::SetTunnelModeOuterAddress_IN, TunnelModeOuterAddress)}) {
    Bytes odd = tunnel_in(0, "192.0.2.10", "198.51.100.1");
    odd[at] = 9;
    CHECK(lab.status(Security::SetTunnelModeOuterAddress, odd) ==
          iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED);
  }
  CHECK(set(0, "192.0.2.10", "") == iscsi::ISDSC_NO_TUNNEL_OUTER_MODE_ADDRESS);
  lab.expect_manners(lab.runner(Security::SetTunnelModeOuterAddress),
                     tunnel_in(0, "192.0.2.10", "198.51.100.1"),
                     [&] { return Bytes{static_cast<std::uint8_t>(lab.tunnel(0, "192.0.2.10"))}; });
  CHECK_FALSE(lab.tunnel(1, "192.0.2.10"));
  CHECK(set(kAll, "text:192.0.2.10", "gateway.example") == 0);
  CHECK_FALSE(lab.tunnel(0, "192.0.2.10"));  // the one of all ports took its place
  CHECK(lab.tunnel(kAll, "192.0.2.10"));
  CHECK(set(kAll, "", "198.51.100.2") == 0);  // the default of every destination
  CHECK(set(kAll, "", "") == 0);
  CHECK(set(kAll, "", "") == iscsi::ISDSC_NO_TUNNEL_OUTER_MODE_ADDRESS);
  for (std::size_t i = 1; i < adapter::IpsecSettings::kMostTunnels; ++i)
    CHECK(set(0, "192.0.2." + std::to_string(100 + i), "198.51.100.1") == 0);
  CHECK(set(0, "192.0.2.99", "198.51.100.1") == iscsi::ISDSC_OUT_OF_RESOURCES);
  CHECK(set(0, "192.0.2.101", "198.51.100.2") == 0);
}

TEST_CASE("ClearCache empties keys and secrets and nothing else") {
  KeysLab lab;
  const auto information = [&] {
    return lab.head<iscsi::MSiSCSI_HBAInformation>(iscsi::MSiSCSI_HBAInformationGuid);
  };
  CHECK(lab.save({.auth_type = 1, .username = "operator", .password = "twelve-bytes"}) == 0);
  CHECK(lab.set({}) == 0);
  CHECK(lab.status(Security::SetGroupPresharedKey, counted_in("group")) == 0);
  CHECK(lab.status(Security::SetTunnelModeOuterAddress,
                   tunnel_in(0, "192.0.2.10", "198.51.100.1")) == 0);
  CHECK(lab.status(Security::SetGenerationalGuid, Bytes(16, 7)) == 0);
  CHECK(lab.status(Method::SetCHAPSharedSecret, counted_in("target-secret")) == 0);
  CHECK(lab.status(Method::SetRADIUSSharedSecret, counted_in("radius-secret")) == 0);
  CHECK(lab.status(Method::AddiSNSServer, name_in("192.0.2.70")) == 0);
  CHECK(lab.set_item(iscsi::MSiSCSI_BootConfigurationGuid, 11, bytes("boot-password")) ==
        NtStatus::success);
  const auto chap = [&] {
    return lab.head<iscsi::MSiSCSI_BootInformation>(iscsi::MSiSCSI_BootInformationGuid)
        .SharedSecretLength.value();
  };
  CHECK(chap() == 13);
  const Bytes radius = lab.block(iscsi::MSiSCSI_RADIUSConfigGuid);
  const Bytes discovery = lab.block(iscsi::MSiSCSI_DiscoveryConfigGuid);
  const Bytes boot = lab.block(iscsi::MSiSCSI_BootConfigurationGuid);
  const Bytes adapter = lab.block(iscsi::MSiSCSI_HBAInformationGuid);
  CHECK(information().CacheValid == 1);
  lab.expect_manners(lab.runner(Security::ClearCache), {}, lab.key_state({}));
  CHECK(lab.get({}) == iscsi::ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE);
  CHECK(chap() == 0);
  CHECK(lab.logins() == 1);
  CHECK(lab.block(iscsi::MSiSCSI_RADIUSConfigGuid) == radius);
  CHECK(lab.block(iscsi::MSiSCSI_DiscoveryConfigGuid) == discovery);
  CHECK(lab.block(iscsi::MSiSCSI_BootConfigurationGuid) == boot);
  CHECK(lab.block(iscsi::MSiSCSI_HBAInformationGuid) == adapter);
  CHECK(lab.tunnel(0, "192.0.2.10"));
  // An adapter without caches says so.
  CHECK(lab.status(Security::ClearCache, {}, 1) == iscsi::ISDSC_HBA_SECURITY_CACHE_NOT_SUPPORTED);
  CHECK(lab.head<iscsi::MSiSCSI_HBAInformation>(iscsi::MSiSCSI_HBAInformationGuid, 1).CacheValid ==
        0);
}

TEST_CASE("the group key needs the cache and has a longest size") {
  KeysLab lab;
  CHECK(lab.status(Security::SetGroupPresharedKey, counted_in(std::string(255, 'k'))) == 0);
  CHECK(lab.status(Security::SetGroupPresharedKey, counted_in("")) == 0);
  CHECK(lab.status(Security::SetGroupPresharedKey, counted_in(std::string(256, 'k'))) ==
        iscsi::ISDSC_INVALID_PARAMETER);
  CHECK(lab.status(Security::SetGroupPresharedKey, counted_in("group"), 1) ==
        iscsi::ISDSC_HBA_SECURITY_CACHE_NOT_SUPPORTED);
  Bytes lying = counted_in("group");
  lying[0] = 6;
  CHECK(!lab.call(Security::SetGroupPresharedKey, lying).has_value());
  lab.control("adapters/hba0/faults/nvram_write_fails", "1");
  CHECK(lab.status(Security::SetGroupPresharedKey, counted_in("group")) ==
        iscsi::ISDSC_NON_SPECIFIC_ERROR);
}

TEST_CASE("the generational GUID is what was set last, zero before") {
  KeysLab lab;
  const auto guid = [&](std::size_t adapter = 0) {
    const auto info =
        lab.head<iscsi::MSiSCSI_HBAInformation>(iscsi::MSiSCSI_HBAInformationGuid, adapter);
    return Bytes(std::begin(info.GenerationalGuid), std::end(info.GenerationalGuid));
  };
  CHECK(guid() == Bytes(16));
  Bytes mark(16);
  for (std::size_t i = 0; i < mark.size(); ++i) mark[i] = static_cast<std::uint8_t>(i + 1);
  lab.expect_manners(lab.runner(Security::SetGenerationalGuid), mark, guid);
  CHECK(guid() == mark);
  // Without a cache too: the initiator service marks every adapter.
  CHECK(lab.status(Security::SetGenerationalGuid, mark, 1) == 0);
  CHECK(guid(1) == mark);
}

TEST_CASE("what IPsec there is follows from the adapter's functions") {
  KeysLab lab;
  const Bytes with = lab.block(iscsi::MSiSCSI_SecurityCapabilitiesGuid);
  REQUIRE(with.size() == iscsi::security_capabilities_size(2));
  CHECK(with[0] == 1);
  CHECK(with[1] == 1);
  CHECK(with[2] == 0);
  CHECK(LabFixture::word(with, 4) == 2);
  CHECK(LabFixture::word(with, 8) == 1);
  CHECK(LabFixture::word(with, 12) == 2);
  CHECK(lab.block(iscsi::MSiSCSI_SecurityCapabilitiesGuid, 1) == Bytes(8));
  CHECK(lab.set(iscsi::MSiSCSI_SecurityCapabilitiesGuid, with) == NtStatus::invalid_device_request);
  CHECK(lab.set_item(iscsi::MSiSCSI_SecurityCapabilitiesGuid, 1, {0}) ==
        NtStatus::invalid_device_request);
}

}  // namespace hbalab::lab_test
