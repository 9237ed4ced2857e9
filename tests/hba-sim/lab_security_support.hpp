// A lab whose first adapter has every optional function and whose second has none.
#pragma once

#include <functional>

#include "iscsiop/iscsicfg.hpp"
#include "tests/hba-sim/lab_support.hpp"

namespace hbalab::lab_test {

inline constexpr std::string_view kSecure = "iqn.2026-01.org.example:secure";

inline constexpr std::string_view kSecurityLab = R"({
  "name": "security", "seed": 7,
  "adapters": [
    { "name": "hba0", "initiator_name": "iqn.2026-01.org.example:factory",
      "functionality": ["ISCSI_HBA_PRESHARED_KEY_CACHE", "ISCSI_HBA_ISCSI_AUTHENTICATION_CACHE",
                        "ISCSI_HBA_IPSEC_TUNNEL_MODE", "ISCSI_HBA_CHAP_VIA_RADIUS",
                        "ISCSI_HBA_ISNS_DISCOVERY", "ISCSI_HBA_SLP_DISCOVERY"],
      "ports": [ { "address": "192.0.2.1" }, { "address": "192.0.2.3" } ] },
    { "name": "hba1", "ports": [ { "address": "192.0.2.2" } ] } ],
  "targets": [
    { "name": "iqn.2026-01.org.example:disk1",
      "portals": [ { "address": "192.0.2.10" } ], "luns": [ { "lun": 0 } ] },
    { "name": "iqn.2026-01.org.example:secure",
      "portals": [ { "address": "192.0.2.30" } ], "luns": [ { "lun": 0 } ],
      "chap": { "user": "hbalab", "secret": "initiator-key",
                "mutual_user": "secure", "mutual_secret": "target-secret" } } ]
})";

inline Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }
template <typename Structure>
Bytes block_of(const Structure& in, std::size_t size = sizeof(Structure)) {
  Bytes out(size);
  std::memcpy(out.data(), &in, size);
  return out;
}

// IN blocks that are a count and that many bytes.
inline Bytes counted_in(std::string_view value) {
  const auto count = static_cast<std::uint32_t>(value.size());
  Bytes out(4);
  std::memcpy(out.data(), &count, 4);
  out.insert(out.end(), value.begin(), value.end());
  return out;
}
// IN blocks that are one string of at most 223 characters.
inline Bytes name_in(std::string_view name) {
  iscsi::Le16 field[223 + 1] = {};
  miniport::put_text(field, name);
  Bytes out(sizeof field);
  std::memcpy(out.data(), field, sizeof field);
  return out;
}
inline Bytes address_in(std::string_view text) {
  iscsi::AddRADIUSServer_IN in{};
  miniport::to_wmi(address_of(text), in.RADIUSIPAddress);
  return block_of(in);
}
inline std::string text_of(const iscsi::ISCSI_IP_Address& address) {
  return miniport::from_wmi(address).value().canonical();
}

// An IKE preshared key.
struct Key {
  std::uint32_t port = PortNumber::kAnyOrAll;
  std::uint8_t type = 2;
  std::string id = "initiator.example";
  std::string key = "preshared";
  std::uint64_t flags = 3;
};

inline Bytes set_in(const Key& key) {
  Bytes out(iscsi::set_preshared_key_for_id_in_size(key.id.size(), key.key.size()));
  iscsi::SetPresharedKeyForId_IN head{};
  head.PortNumber = key.port;
  head.SecurityFlags = key.flags;
  head.IdType = key.type;
  head.IdSize = static_cast<std::uint32_t>(key.id.size());
  head.KeySize = static_cast<std::uint32_t>(key.key.size());
  const auto tail = offsetof(iscsi::SetPresharedKeyForId_IN, Id);
  std::memcpy(out.data(), &head, tail);
  std::ranges::copy(key.id, out.begin() + tail);
  std::ranges::copy(key.key, out.begin() + tail + static_cast<std::ptrdiff_t>(key.id.size()));
  return out;
}

inline Bytes get_in(const Key& key) {
  Bytes out(iscsi::get_preshared_key_for_id_in_size(key.id.size()));
  iscsi::GetPresharedKeyForId_IN head{};
  head.PortNumber = key.port;
  head.IdType = key.type;
  head.IdSize = static_cast<std::uint32_t>(key.id.size());
  const auto tail = offsetof(iscsi::GetPresharedKeyForId_IN, Id);
  std::memcpy(out.data(), &head, tail);
  std::ranges::copy(key.id, out.begin() + tail);
  return out;
}

inline Bytes tunnel_in(std::uint32_t port, std::string_view destination, std::string_view outer) {
  iscsi::SetTunnelModeOuterAddress_IN in{};
  in.PortNumber = port;
  miniport::to_wmi(address_of(destination), in.DestinationAddress);
  miniport::to_wmi(address_of(outer), in.TunnelModeOuterAddress);
  return block_of(in);
}

struct SecurityLab : LabFixture {
  explicit SecurityLab(std::string_view text = kSecurityLab) : LabFixture(text) {}

  std::uint32_t status(Method method, const Bytes& in, std::size_t adapter = 0) {
    return status_of(call(method, in, 64, adapter));
  }
  using Security = iscsi::MSiSCSI_SecurityConfigOperationsMethod;
  Answer call(Security method, const Bytes& in, std::size_t out = 64, std::size_t adapter = 0) {
    return client->call_wait(instance(iscsi::MSiSCSI_SecurityConfigOperationsGuid, adapter),
                             static_cast<std::uint32_t>(method), in, out);
  }
  using LabFixture::call;
  std::uint32_t status(Security method, const Bytes& in, std::size_t adapter = 0) {
    return status_of(call(method, in, 64, adapter));
  }

  template <typename Block>
  Block head(const iscsi::Guid16& guid, std::size_t adapter = 0) {
    const Bytes data = block(guid, adapter);
    Block out{};
    std::memcpy(&out, data.data(), std::min(data.size(), sizeof out));
    return out;
  }
  NtStatus set(const iscsi::Guid16& guid, const Bytes& block, std::size_t adapter = 0) {
    const auto ref = instance(guid, adapter);
    std::optional<NtStatus> status;
    client->set(ref, block, [&](std::expected<void, wmi::WmiError> done) {
      status = done ? NtStatus::success : done.error().status;
    });
    while (!status) ref.provider->help();
    return *status;
  }
  NtStatus set_item(const iscsi::Guid16& guid, std::uint32_t item, const Bytes& value,
                    std::size_t adapter = 0) {
    const auto done = client->set_item_wait(instance(guid, adapter), item, value);
    return done ? NtStatus::success : done.error().status;
  }

  // What every method that changes something has in common: `in` succeeds now.
  void expect_manners(const std::function<Answer(const Bytes&, std::size_t)>& run, const Bytes& in,
                      const std::function<Bytes()>& state) {
    const Bytes before = state();
    for (std::size_t size = 0; size < in.size(); ++size) {
      const auto answer =
          run(Bytes(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(size)), 64);
      if (answer) FAIL("an IN block of " << size << " bytes was taken");
      if (answer.error().status != NtStatus::invalid_device_request) FAIL("size " << size);
    }
    control("adapters/hba0/faults/nvram_write_fails", "1");
    CHECK(status_of(run(in, 64)) == iscsi::ISDSC_NON_SPECIFIC_ERROR);
    control("adapters/hba0/faults/nvram_write_fails", "0");
    CHECK(state() == before);
    const auto exact = run(in, 4);
    REQUIRE(exact.has_value());
    CHECK(exact->data.size() == 4);
    CHECK(status_of(exact) == iscsi::ISDSC_SUCCESS);
    const Bytes after = state();
    CHECK(after != before);
    reset();
    CHECK(state() == after);
    restart();
    CHECK(state() == after);
  }

  std::string session_initiator() {
    const Bytes data = block(iscsi::MSiSCSI_InitiatorSessionInfoGuid);
    iscsi::ISCSI_SessionStaticInfo info{};
    const auto at = iscsi::initiator_session_info_size().size();
    REQUIRE(data.size() >= at + sizeof info);
    std::memcpy(&info, data.data() + at, sizeof info);
    const auto name = iscsi::read_fixed_string(info.InitiatoriSCSIName, "name").value();
    return {name.begin(), name.end()};
  }
};

}  // namespace hbalab::lab_test
