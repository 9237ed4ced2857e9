// MSiSCSI_DiscoveryConfig, MSiSCSI_RADIUSConfig, MSiSCSI_BootConfiguration and
// MSiSCSI_BootInformation through the WMI request path.
#include "tests/hba-sim/lab_security_support.hpp"

namespace hbalab::lab_test {
namespace {

constexpr auto kRefused = NtStatus::invalid_device_request;

Bytes counted_string(std::string_view text) {
  const auto count = static_cast<std::uint16_t>(text.size() * 2);
  Bytes out{static_cast<std::uint8_t>(count), static_cast<std::uint8_t>(count >> 8)};
  for (const char c : text) {
    out.push_back(static_cast<std::uint8_t>(c));
    out.push_back(0);
  }
  return out;
}
Bytes number(std::uint64_t value, std::size_t size) {
  Bytes out(8);
  std::memcpy(out.data(), &value, 8);
  out.resize(size);
  return out;
}
template <std::size_t Length>
std::string text_in(const iscsi::Le16 (&field)[Length]) {
  const auto text = iscsi::read_fixed_string(field, "field").value();
  return {text.begin(), text.end()};
}

struct ConfigLab : SecurityLab {
  using SecurityLab::SecurityLab;
  using Discovery = iscsi::MSiSCSI_DiscoveryConfig;
  using Radius = iscsi::MSiSCSI_RADIUSConfig;
  using Boot = iscsi::MSiSCSI_BootConfiguration;
  static constexpr const auto& kDiscovery = iscsi::MSiSCSI_DiscoveryConfigGuid;
  static constexpr const auto& kRadius = iscsi::MSiSCSI_RADIUSConfigGuid;
  static constexpr const auto& kBoot = iscsi::MSiSCSI_BootConfigurationGuid;

  Discovery discovery() { return head<Discovery>(kDiscovery); }
  Radius radius() { return head<Radius>(kRadius); }
  NtStatus set_discovery(const std::function<void(Discovery&)>& change, std::size_t adapter = 0) {
    auto wanted = head<Discovery>(kDiscovery, adapter);
    change(wanted);
    return set(kDiscovery, block_of(wanted), adapter);
  }
  // `block` as it was read, changed.
  template <typename Block>
  Bytes changed(const iscsi::Guid16& guid, const std::function<void(Block&)>& change) {
    Bytes data = block(guid);
    data.resize(std::max(data.size(), sizeof(Block)));
    change(*reinterpret_cast<Block*>(data.data()));
    return data;
  }
  // Refused, and nothing changed.
  void refused(const iscsi::Guid16& guid, const Bytes& wanted, std::size_t adapter = 0) {
    const Bytes before = block(guid, adapter);
    CHECK(set(guid, wanted, adapter) == kRefused);
    CHECK(block(guid, adapter) == before);
  }
  void refused_item(const iscsi::Guid16& guid, std::uint32_t item, const Bytes& value,
                    std::size_t adapter = 0) {
    INFO("item " << item);
    const Bytes before = block(guid, adapter);
    CHECK(set_item(guid, item, value, adapter) == kRefused);
    CHECK(block(guid, adapter) == before);
  }
  void expect_durable(const iscsi::Guid16& guid, std::uint32_t item, const Bytes& value) {
    const Bytes before = block(guid);
    control("adapters/hba0/faults/nvram_write_fails", "1");
    CHECK(set_item(guid, item, value) == NtStatus::io_device_error);
    CHECK(set_item(guid, item, value) == NtStatus::io_device_error);
    control("adapters/hba0/faults/nvram_write_fails", "0");
    CHECK(block(guid) == before);
    CHECK(set_item(guid, item, value) == NtStatus::success);
    const Bytes after = block(guid);
    CHECK(after != before);
    reset();
    CHECK(block(guid) == after);
    restart();
    CHECK(block(guid) == after);
  }
};

Bytes boot_block(std::string_view username, std::string_view password) {
  Bytes data(iscsi::boot_configuration_size(username.size(), password.size()));
  iscsi::BlockWriter writer(data);
  auto& head = **iscsi::append_boot_configuration(writer, bytes(username), bytes(password));
  head.LUN = 0x0001000000000000u;
  head.SecurityFlags = 3;
  miniport::put_text(head.InitiatorNode, "iqn.2026-01.org.example:booter");
  miniport::put_text(head.TargetName, kDisk);
  miniport::to_wmi(address_of("192.0.2.10"), head.TargetPortal.Address);
  head.TargetPortal.Socket = 3261;
  head.LoginOptions.InformationSpecified = 0x80;
  head.LoginOptions.AuthType = 1;
  return data;
}

}  // namespace

TEST_CASE("discovery is set as a block and member by member") {
  ConfigLab lab;
  CHECK(lab.discovery().PerformiSNSDiscovery == 1);
  CHECK(text_in(lab.discovery().InitiatorName) == "iqn.2026-01.org.example:factory");
  CHECK(lab.discovery().iSNSServer.Type == 3);
  REQUIRE(lab.set_discovery([](auto& block) {
    block.PerformiSNSDiscovery = 1;
    block.PerformSLPDiscovery = 1;
    block.AutomaticiSNSDiscovery = 1;
    miniport::put_text(block.InitiatorName, "iqn.2026-01.org.example:isns");
    miniport::to_wmi(address_of("192.0.2.70"), block.iSNSServer);
  }) == NtStatus::success);
  const auto now = lab.discovery();
  CHECK(now.PerformiSNSDiscovery + now.PerformSLPDiscovery + now.AutomaticiSNSDiscovery == 3);
  CHECK(text_in(now.InitiatorName) == "iqn.2026-01.org.example:isns");
  CHECK(text_of(now.iSNSServer) == "192.0.2.70");
  lab.expect_durable(ConfigLab::kDiscovery, 2, {0});
  CHECK(lab.discovery().PerformSLPDiscovery == 0);
  CHECK(lab.set_item(ConfigLab::kDiscovery, 4, counted_string("eui.0123456789abcdef")) ==
        NtStatus::success);
  CHECK(text_in(lab.discovery().InitiatorName) == "eui.0123456789abcdef");
  CHECK(lab.set_item(ConfigLab::kDiscovery, 4, counted_string("")) == NtStatus::success);
  CHECK(text_in(lab.discovery().InitiatorName) == "iqn.2026-01.org.example:factory");
  CHECK(text_of(lab.discovery().iSNSServer) == "192.0.2.70");
}

TEST_CASE("the name for iSNS follows the node name unless another was set") {
  ConfigLab lab;
  // Written back as read: the name is not tied down.
  CHECK(lab.set_item(ConfigLab::kDiscovery, 1, {1}) == NtStatus::success);
  CHECK(lab.status(Method::SetInitiatorNodeName, name_in("iqn.2026-01.org.example:new")) == 0);
  CHECK(text_in(lab.discovery().InitiatorName) == "iqn.2026-01.org.example:new");
  CHECK(lab.set_item(ConfigLab::kDiscovery, 4, counted_string("iqn.2026-01.org.example:own")) ==
        NtStatus::success);
  CHECK(lab.status(Method::DeleteInitiatorNodeName, name_in("iqn.2026-01.org.example:new")) == 0);
  CHECK(text_in(lab.discovery().InitiatorName) == "iqn.2026-01.org.example:own");
}

TEST_CASE("the iSNS server of the block is the first of the list") {
  ConfigLab lab;
  for (const auto name : {"192.0.2.70", "192.0.2.71"})
    CHECK(lab.status(Method::AddiSNSServer, name_in(name)) == 0);
  const auto put = [&](std::string_view address) {
    return lab.set_discovery(
        [&](auto& block) { miniport::to_wmi(address_of(address), block.iSNSServer); });
  };
  CHECK(put("text:isns.example") == NtStatus::success);
  CHECK(lab.status(Method::RemoveiSNSServer, name_in("192.0.2.70")) ==
        iscsi::ISDSC_ISNS_SERVER_NOT_FOUND);
  CHECK(text_of(lab.discovery().iSNSServer) == "isns.example");
  CHECK(put("") == NtStatus::success);
  CHECK(text_of(lab.discovery().iSNSServer) == "192.0.2.71");
  CHECK(put("") == NtStatus::success);
  CHECK(lab.discovery().iSNSServer.Type == 3);
  CHECK(put("") == NtStatus::success);
}

TEST_CASE("discovery that the adapter cannot do, and bad values, are refused") {
  ConfigLab lab;
  using Discovery = ConfigLab::Discovery;
  const auto refused = [&](const std::function<void(Discovery&)>& change, std::size_t adapter) {
    auto wanted = lab.head<Discovery>(ConfigLab::kDiscovery, adapter);
    change(wanted);
    lab.refused(ConfigLab::kDiscovery, block_of(wanted), adapter);
  };
  refused([](auto& b) { b.iSNSServer.Type = 4; }, 0);
  refused([](auto& b) { miniport::to_wmi(address_of("text:a b"), b.iSNSServer); }, 0);
  refused([](auto& b) { miniport::put_text(b.InitiatorName, "no-name"); }, 0);
  refused([](auto& b) { b.InitiatorName[0] = 3; }, 0);
  refused([](auto& b) { b.InitiatorName[0] = 514; }, 0);
  refused([](auto& b) { b.PerformiSNSDiscovery = 1; }, 1);
  refused([](auto& b) { b.PerformSLPDiscovery = 1; }, 1);
  refused([](auto& b) { b.AutomaticiSNSDiscovery = 1; }, 1);
  refused([](auto& b) { miniport::to_wmi(address_of("192.0.2.70"), b.iSNSServer); }, 1);
  lab.refused(ConfigLab::kDiscovery, {});
  lab.refused(ConfigLab::kDiscovery, Bytes(sizeof(Discovery) - 1));
  lab.refused_item(ConfigLab::kDiscovery, 0, {1});
  lab.refused_item(ConfigLab::kDiscovery, 6, {1});
  lab.refused_item(ConfigLab::kDiscovery, 1, {1, 1});
  CHECK(lab.set_item(ConfigLab::kDiscovery, 4, counted_string("eui.0123456789abcdef"), 1) ==
        NtStatus::success);
}

TEST_CASE("RADIUS is set as a block; its secret is written only") {
  ConfigLab lab;
  Bytes data(iscsi::radius_config_size(13));
  iscsi::BlockWriter writer(data);
  auto& head = **iscsi::append_radius_config(writer, bytes("radius-secret"));
  head.UseRADIUSForCHAP = 1;
  miniport::to_wmi(address_of("192.0.2.80"), head.RADIUSServer);
  miniport::to_wmi(address_of("text:backup.example"), head.BackupRADIUSServer);
  REQUIRE(lab.set(ConfigLab::kRadius, data) == NtStatus::success);
  CHECK(lab.radius().UseRADIUSForCHAP == 1);
  CHECK(lab.radius().SharedSecretSizeInBytes == 13);
  CHECK(text_of(lab.radius().RADIUSServer) == "192.0.2.80");
  CHECK(text_of(lab.radius().BackupRADIUSServer) == "backup.example");
  const Bytes shown = lab.block(ConfigLab::kRadius);
  REQUIRE(shown.size() == data.size());
  CHECK(Bytes(shown.end() - 13, shown.end()) == Bytes(13));
  // Written back as read, the secret stays, and zeros of another size are no secret.
  CHECK(lab.set(ConfigLab::kRadius, shown) == NtStatus::success);
  CHECK(lab.block(ConfigLab::kRadius) == shown);
  Bytes zeros = shown;
  zeros.pop_back();
  zeros[4] = 12;
  lab.refused(ConfigLab::kRadius, zeros);
  lab.refused_item(ConfigLab::kRadius, 6, Bytes(12));
  CHECK(lab.set_item(ConfigLab::kRadius, 6, Bytes(13)) == NtStatus::success);
  lab.expect_durable(ConfigLab::kRadius, 6, bytes("another"));
  CHECK(lab.radius().SharedSecretSizeInBytes == 7);
  CHECK(lab.set_item(ConfigLab::kRadius, 2, number(7, 4)) == NtStatus::success);
  lab.refused_item(ConfigLab::kRadius, 2, number(8, 4));
  CHECK(lab.set_item(ConfigLab::kRadius, 2, number(0, 4)) == NtStatus::success);
  CHECK(lab.block(ConfigLab::kRadius).size() == iscsi::radius_config_size(0));
}

TEST_CASE("the RADIUS servers of the block are the first two of the list") {
  ConfigLab lab;
  for (const auto name : {"192.0.2.80", "192.0.2.81", "192.0.2.82"})
    CHECK(lab.status(Method::AddRADIUSServer, address_in(name)) == 0);
  const auto servers = [&] {
    return std::pair(text_of(lab.radius().RADIUSServer), text_of(lab.radius().BackupRADIUSServer));
  };
  using Two = std::pair<std::string, std::string>;
  CHECK(servers() == Two("192.0.2.80", "192.0.2.81"));
  CHECK(lab.set_item(ConfigLab::kRadius, 4, address_in("192.0.2.90")) == NtStatus::success);
  CHECK(servers() == Two("192.0.2.80", "192.0.2.90"));
  CHECK(lab.set_item(ConfigLab::kRadius, 3, address_in("")) == NtStatus::success);
  CHECK(servers() == Two("192.0.2.90", "192.0.2.82"));
  CHECK(lab.set_item(ConfigLab::kRadius, 3, address_in("192.0.2.82")) == NtStatus::success);
  CHECK(servers() == Two("192.0.2.82", ""));
}

TEST_CASE("RADIUS values that cannot be are refused") {
  ConfigLab lab;
  const Bytes empty = lab.block(ConfigLab::kRadius);
  for (std::size_t size = 0; size < empty.size(); size += 7)
    lab.refused(ConfigLab::kRadius, Bytes(size));
  using Radius = ConfigLab::Radius;
  const auto bad = [&](const std::function<void(Radius&)>& change) {
    Bytes wanted = lab.changed<Radius>(ConfigLab::kRadius, change);
    wanted.resize(empty.size());
    lab.refused(ConfigLab::kRadius, wanted);
  };
  bad([](auto& b) { b.RADIUSServer.Type = 4; });
  bad([](auto& b) { miniport::to_wmi(address_of("text:a b"), b.BackupRADIUSServer); });
  bad([](auto& b) { b.BackupRADIUSServer.TextAddress[0] = 1; });
  bad([](auto& b) { b.SharedSecretSizeInBytes = 1; });
  bad([](auto& b) { b.SharedSecretSizeInBytes = 0xFFFFFFFFu; });
  lab.refused_item(ConfigLab::kRadius, 6, Bytes(256, 'x'));
  for (const std::uint32_t item : {0u, 5u, 7u})
    lab.refused_item(ConfigLab::kRadius, item, number(0, 4));
  lab.refused_item(ConfigLab::kRadius, 1, {});
  lab.refused_item(ConfigLab::kRadius, 1, {1, 0});
  lab.refused_item(ConfigLab::kRadius, 2, {0});
  lab.refused_item(ConfigLab::kRadius, 3, Bytes(20));
  // An adapter without RADIUS keeps what it shows.
  lab.refused(ConfigLab::kRadius, empty, 1);
  lab.refused_item(ConfigLab::kRadius, 1, {0}, 1);
}

TEST_CASE("the boot configuration is set as a block") {
  ConfigLab lab;
  const Bytes fresh = lab.block(ConfigLab::kBoot);
  CHECK(fresh.size() == iscsi::boot_configuration_size(0, 0));
  const Bytes wanted = boot_block("operator", "boot-password");
  REQUIRE(lab.set(ConfigLab::kBoot, wanted) == NtStatus::success);
  Bytes shown = wanted;
  std::fill(shown.end() - 13, shown.end(), 0);
  CHECK(lab.block(ConfigLab::kBoot) == shown);
  CHECK(lab.set(ConfigLab::kBoot, shown) == NtStatus::success);
  CHECK(lab.block(ConfigLab::kBoot) == shown);
  lab.restart();
  CHECK(lab.block(ConfigLab::kBoot) == shown);
  CHECK(lab.set(ConfigLab::kBoot, boot_block("", "")) == NtStatus::success);
  CHECK(lab.block(ConfigLab::kBoot) == boot_block("", ""));
  // Nothing of it is logged in to by the driver.
  CHECK(lab.sessions() == 0);
}

TEST_CASE("the boot configuration is set member by member") {
  ConfigLab lab;
  REQUIRE(lab.set(ConfigLab::kBoot, boot_block("operator", "boot-password")) == NtStatus::success);
  const auto put = [&](std::uint32_t item, const Bytes& value) {
    INFO("item " << item);
    CHECK(lab.set_item(ConfigLab::kBoot, item, value) == NtStatus::success);
    return lab.head<ConfigLab::Boot>(ConfigLab::kBoot);
  };
  CHECK(put(1, number(7, 8)).LUN == 7);
  CHECK(put(2, number(5, 8)).SecurityFlags == 5);
  CHECK(put(3, number(8, 4)).UsernameSize == 8);
  CHECK(put(4, number(13, 4)).PasswordSize == 13);
  CHECK(put(5, {1}).DiscoverBootDevice == 1);
  CHECK(text_in(put(6, counted_string("iqn.2026-01.org.example:b2")).InitiatorNode) ==
        "iqn.2026-01.org.example:b2");
  CHECK(text_in(put(7, counted_string(std::string(kSecure))).TargetName) == kSecure);
  iscsi::ISCSI_TargetPortal portal{};
  miniport::to_wmi(address_of("text:array.example"), portal.Address);
  portal.Socket = 860;
  CHECK(put(8, block_of(portal)).TargetPortal.Socket == 860);
  iscsi::ISCSI_LoginOptions options{};
  options.InformationSpecified = 0x83;
  options.HeaderDigest = 1;
  options.AuthType = 2;
  CHECK(put(9, block_of(options)).LoginOptions.AuthType == 2);
  CHECK(put(10, bytes("somebody-else")).UsernameSize == 13);
  const Bytes shown = lab.block(ConfigLab::kBoot);
  CHECK(std::string(shown.end() - 26, shown.end() - 13) == "somebody-else");
  CHECK(Bytes(shown.end() - 13, shown.end()) == Bytes(13));
  lab.expect_durable(ConfigLab::kBoot, 11, bytes("fourteen-bytes"));
  CHECK(put(11, Bytes(14)).PasswordSize == 14);
  CHECK(put(4, number(0, 4)).PasswordSize == 0);
  CHECK(put(3, number(0, 4)).UsernameSize == 0);
  CHECK(put(6, counted_string("")).InitiatorNode[0] == 0);
  CHECK(lab.block(ConfigLab::kBoot).size() == iscsi::boot_configuration_size(0, 0));
}

TEST_CASE("boot values that cannot be are refused") {
  ConfigLab lab;
  const Bytes good = boot_block("operator", "boot-password");
  REQUIRE(lab.set(ConfigLab::kBoot, good) == NtStatus::success);
  for (std::size_t size = 0; size < good.size(); size += 11)
    lab.refused(ConfigLab::kBoot,
                Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)));
  lab.refused(ConfigLab::kBoot, Bytes(good.begin(), good.end() - 1));
  const auto bad = [&](const std::function<void(ConfigLab::Boot&)>& change) {
    Bytes wanted = good;
    change(*reinterpret_cast<ConfigLab::Boot*>(wanted.data()));
    lab.refused(ConfigLab::kBoot, wanted);
  };
  bad([](auto& b) { miniport::put_text(b.InitiatorNode, "booter"); });
  bad([](auto& b) { miniport::put_text(b.TargetName, "disk"); });
  bad([](auto& b) { b.TargetName[0] = 1; });
  bad([](auto& b) { b.TargetPortal.Address.Type = 4; });
  bad([](auto& b) { miniport::to_wmi(address_of("text:a b"), b.TargetPortal.Address); });
  bad([](auto& b) { b.LoginOptions.AuthType = 3; });
  lab.refused(ConfigLab::kBoot, boot_block("operator", "too-short"));
  lab.refused(ConfigLab::kBoot, boot_block("operator", "seventeen-bytes-x"));
  lab.refused(ConfigLab::kBoot, boot_block(std::string(256, 'u'), "boot-password"));
  lab.refused(ConfigLab::kBoot, boot_block("operator", std::string(12, '\0')));
  lab.refused_item(ConfigLab::kBoot, 11, bytes("too-short"));
  lab.refused_item(ConfigLab::kBoot, 11, Bytes(12));
  lab.refused_item(ConfigLab::kBoot, 10, Bytes(256, 'u'));
  lab.refused_item(ConfigLab::kBoot, 3, number(7, 4));
  lab.refused_item(ConfigLab::kBoot, 4, number(12, 4));
  lab.refused_item(ConfigLab::kBoot, 6, counted_string("booter"));
  lab.refused_item(ConfigLab::kBoot, 7, {3, 0, 'a', 0});
  lab.refused_item(ConfigLab::kBoot, 7, Bytes(449));
  lab.refused_item(ConfigLab::kBoot, 8, Bytes(10));
  for (const std::uint32_t item : {1u, 2u, 3u, 4u, 5u, 9u})
    lab.refused_item(ConfigLab::kBoot, item, {});
  lab.refused_item(ConfigLab::kBoot, 1, Bytes(9));
  for (const std::uint32_t item : {0u, 12u}) lab.refused_item(ConfigLab::kBoot, item, {0});
}

TEST_CASE("the boot information names who boots") {
  ConfigLab lab;
  const auto& guid = iscsi::MSiSCSI_BootInformationGuid;
  const auto now = [&] { return lab.head<iscsi::MSiSCSI_BootInformation>(guid); };
  const auto name = [&] {
    const auto information = now();
    return std::string(reinterpret_cast<const char*>(information.NodeName));
  };
  CHECK(lab.block(guid).size() == iscsi::MSiSCSI_BootInformation_SIZE);
  CHECK(name() == "iqn.2026-01.org.example:factory");
  CHECK(lab.status(Method::SetInitiatorNodeName, name_in("iqn.2026-01.org.example:set")) == 0);
  CHECK(name() == "iqn.2026-01.org.example:set");
  CHECK(lab.set(ConfigLab::kBoot, boot_block("", "")) == NtStatus::success);
  CHECK(name() == "iqn.2026-01.org.example:booter");
  CHECK(now().SharedSecretLength == 0);
  CHECK(lab.status(Method::SetCHAPSharedSecret, counted_in("target-secret")) == 0);
  CHECK(now().SharedSecretLength == 13);
  const auto information = now();
  CHECK(std::ranges::all_of(information.SharedSecret, [](auto byte) { return byte == 0; }));
  lab.refused(guid, lab.block(guid));
  lab.refused_item(guid, 1, bytes("iqn.2026-01.org.example:other"));
}

}  // namespace hbalab::lab_test
