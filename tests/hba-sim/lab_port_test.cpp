// MSiSCSI_NICConfig and MSiSCSI_TCPIPConfig through the WMI request path.
#include "iscsiop/iscsicfg.hpp"
#include "lab_support.hpp"

namespace hbalab::lab_test {
namespace {

using Nic = iscsi::MSiSCSI_NICConfig;
using TcpIp = iscsi::MSiSCSI_TCPIPConfig;
enum Item : std::uint32_t {
  kLinkLocal = 1,
  kDhcp,
  kDhcpForDns,
  kVersions,
  kAddress,
  kGateway,
  kMask,
  kPreferredDns,
  kAlternateDns
};

struct PortLab : LabFixture {
  using LabFixture::LabFixture;

  template <typename Block>
  Block read(const iscsi::Guid16& guid, std::size_t port, std::size_t size) {
    const Bytes bytes = block(guid, port);
    REQUIRE(bytes.size() == size);
    Block out{};
    std::memcpy(&out, bytes.data(), size);
    return out;
  }
  Nic nic(std::size_t port = 0) {
    return read<Nic>(iscsi::MSiSCSI_NICConfigGuid, port, iscsi::MSiSCSI_NICConfig_SIZE);
  }
  TcpIp tcpip(std::size_t port = 0) {
    return read<TcpIp>(iscsi::MSiSCSI_TCPIPConfigGuid, port, sizeof(TcpIp));
  }
  std::string address(std::size_t port = 0) { return text(tcpip(port).IpAddress); }
  static std::string text(const iscsi::ISCSI_IP_Address& address) {
    return miniport::from_wmi(address)->canonical();
  }
  static iscsi::ISCSI_IP_Address wmi(std::string_view text) {
    iscsi::ISCSI_IP_Address out{};
    miniport::to_wmi(address_of(text), out);
    return out;
  }
  [[nodiscard]] wmi::InstanceRef ref(std::size_t port = 0) const {
    return instance(iscsi::MSiSCSI_TCPIPConfigGuid, port);
  }
  NtStatus set_bytes(const Bytes& bytes, std::size_t port = 0) {
    std::optional<NtStatus> status;
    client->set(ref(port), bytes, [&](std::expected<void, wmi::WmiError> done) {
      status = done ? NtStatus::success : done.error().status;
    });
    while (!status) ref(port).provider->help();
    return *status;
  }
  NtStatus set(const TcpIp& wanted, std::size_t port = 0) {
    Bytes bytes(sizeof wanted);
    std::memcpy(bytes.data(), &wanted, sizeof wanted);
    return set_bytes(bytes, port);
  }
  NtStatus set_item(Item item, const Bytes& value, std::size_t port = 0) {
    const auto done = client->set_item_wait(ref(port), item, value);
    return done ? NtStatus::success : done.error().status;
  }
  NtStatus set_flag(Item item, bool on) {
    return set_item(item, {on ? std::uint8_t{1} : std::uint8_t{0}});
  }
  NtStatus set_address(Item item, std::string_view text, std::size_t port = 0) {
    const auto value = wmi(text);
    Bytes bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    return set_item(item, bytes, port);
  }
};

constexpr auto kRefused = NtStatus::invalid_device_request;

}  // namespace

TEST_CASE("MSiSCSI_NICConfig shows each port as it is now") {
  PortLab lab;
  CHECK(lab.lab->registry()->static_instances(wmi::Guid{iscsi::MSiSCSI_NICConfigGuid}).size() == 3);
  Nic nic = lab.nic(1);
  CHECK(nic.LinkSpeed == 10000u);
  CHECK(nic.MaxLinkSpeed == 10000u);
  CHECK(nic.LinkState == 1u);
  CHECK(nic.MaxFrameSize == 1514u);
  const std::uint8_t mac[6] = {2, 0, 0, 0, 0, 2};
  CHECK(std::memcmp(nic.MacAddress, mac, 6) == 0);

  lab.control("adapters/hba0/ports/1/link_speed", "1000000000");
  lab.control("adapters/hba0/ports/1/mac", "02:00:5E:00:00:07");
  nic = lab.nic(1);
  CHECK(nic.LinkSpeed == 1000u);
  CHECK(nic.MaxLinkSpeed == 10000u);
  CHECK(nic.MacAddress[5] == 7);
  CHECK(lab.nic(0).LinkSpeed == 10000u);
  lab.control("adapters/hba0/ports/1/link", "down");
  CHECK(lab.nic(1).LinkState == 0u);
  CHECK(lab.nic(1).LinkSpeed == 0u);
  CHECK(lab.nic(0).LinkState == 1u);
  CHECK(!lab.lab->control()->write("adapters/hba0/ports/0/link_speed", "20000000000").has_value());
  CHECK(!lab.lab->control()->write("adapters/hba0/ports/0/mac", "01:00:00:00:00:01").has_value());
}

TEST_CASE("all instances of a class with one for each port come in one answer") {
  PortLab lab;
  for (const auto& registration :
       lab.lab->registry()->registrations(wmi::Guid{iscsi::MSiSCSI_NICConfigGuid})) {
    std::vector<Bytes> blocks;
    lab.client->query_all(registration, 0, [&](auto answer) {
      REQUIRE(answer.has_value());
      for (const auto& one : answer->all.instances)
        blocks.emplace_back(one.data.begin(), one.data.end());
    });
    REQUIRE(blocks.size() == registration.guid.instance_count);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const wmi::InstanceRef one{
          registration.provider, registration.guid.guid, {static_cast<std::uint32_t>(i), {}}};
      const auto single = lab.client->query_wait(one, 64);
      REQUIRE(single.has_value());
      CHECK(std::ranges::equal(single->data, blocks[i]));
    }
  }
}

TEST_CASE("MSiSCSI_TCPIPConfig starts as the lab file has the port") {
  PortLab lab;
  const TcpIp config = lab.tcpip(1);
  CHECK(config.UseLinkLocalAddress == 0);
  CHECK(config.EnableDHCP == 0);
  CHECK(config.UseDHCPForDNS == 0);
  CHECK(config.IPVersions == 3u);
  CHECK(PortLab::text(config.IpAddress) == "2001:db8::1");
  for (const auto* empty : {&config.DefaultGateway, &config.SubnetMask, &config.PreferredDNSServer,
                            &config.AlternateDNSServer}) {
    CHECK(empty->Type == 3u);
  }
  lab.control("adapters/hba0/ports/1/address", "2001:db8::7");
  CHECK(lab.address(1) == "2001:db8::7");
  CHECK(lab.address(0) == "192.0.2.1");
}

TEST_CASE("every member of MSiSCSI_TCPIPConfig is set by itself and as part of the block") {
  PortLab lab;
  CHECK(lab.set_flag(kDhcpForDns, true) == NtStatus::success);
  CHECK(lab.set_address(kGateway, "192.0.2.254") == NtStatus::success);
  CHECK(lab.set_address(kMask, "255.255.255.0") == NtStatus::success);
  CHECK(lab.set_address(kPreferredDns, "192.0.2.53") == NtStatus::success);
  CHECK(lab.set_address(kAlternateDns, "2001:db8::53") == NtStatus::success);
  CHECK(lab.set_address(kAddress, "192.0.2.9") == NtStatus::success);
  TcpIp now = lab.tcpip();
  CHECK(now.UseDHCPForDNS == 1);
  CHECK(PortLab::text(now.IpAddress) == "192.0.2.9");
  CHECK(PortLab::text(now.DefaultGateway) == "192.0.2.254");
  CHECK(PortLab::text(now.SubnetMask) == "255.255.255.0");
  CHECK(PortLab::text(now.PreferredDNSServer) == "192.0.2.53");
  CHECK(PortLab::text(now.AlternateDNSServer) == "2001:db8::53");
  now.IpAddress = PortLab::wmi("text:192.0.2.20");  // text that spells a number
  now.DefaultGateway = PortLab::wmi("");
  now.AlternateDNSServer = PortLab::wmi("");
  now.IPVersions = 0u;  // cannot be written, is not looked at
  REQUIRE(lab.set(now) == NtStatus::success);
  CHECK(lab.address() == "192.0.2.20");
  CHECK(lab.tcpip().IpAddress.Type == 1u);
  CHECK(lab.tcpip().DefaultGateway.Type == 3u);
  CHECK(lab.tcpip().IPVersions == 3u);
  CHECK(lab.address(1) == "2001:db8::1");
  CHECK(lab.set_item(kVersions, Bytes(4)) == kRefused);
  CHECK(lab.set_item(kVersions, {}) == kRefused);
}

TEST_CASE("an address that a port cannot have is refused, and nothing changes") {
  PortLab lab;
  const TcpIp before = lab.tcpip();
  const auto unchanged = [&] {
    const TcpIp after = lab.tcpip();
    return std::memcmp(&after, &before, sizeof before) == 0;
  };
  for (const std::string_view address :
       {"", "0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "ff02::1",
        "text:port.example", "2001:db8::1" /* the other port's */}) {
    INFO(address);
    CHECK(lab.set_address(kAddress, address) == kRefused);
    CHECK(unchanged());
  }
  for (const std::string_view mask :
       {"0.0.0.0", "255.0.255.0", "0.0.0.255", "ffff::", "text:mask"}) {
    INFO(mask);
    CHECK(lab.set_address(kMask, mask) == kRefused);
  }
  for (const std::string_view gateway : {"224.0.0.1", "2001:db8::fe", "text:router"}) {
    INFO(gateway);
    CHECK(lab.set_address(kGateway, gateway) == kRefused);
  }
  CHECK(lab.set_address(kPreferredDns, "text:dns.example") == kRefused);
  TcpIp wanted = before;
  wanted.IpAddress.Type = 4u;
  CHECK(lab.set(wanted) == kRefused);
  wanted = before;
  wanted.AlternateDNSServer.TextAddress[0] = std::uint16_t{3};  // an odd count
  CHECK(lab.set(wanted) == kRefused);
  CHECK(lab.set_bytes(Bytes(sizeof(TcpIp) - 1)) == kRefused);
  CHECK(lab.set_bytes({}) == kRefused);
  CHECK(lab.set_item(kAddress, Bytes(sizeof(iscsi::ISCSI_IP_Address) + 1)) == kRefused);
  CHECK(lab.set_item(static_cast<Item>(10), Bytes(1)) == kRefused);
  CHECK(unchanged());
}

TEST_CASE("of two ports that are given one address at once, the first gets it") {
  PortLab lab;
  const std::string had = lab.address(1);
  const auto value = PortLab::wmi("192.0.2.77");
  Bytes bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  std::vector<NtStatus> ended;
  for (const std::size_t port : {0u, 1u}) {
    lab.client->set_item(lab.ref(port), kAddress, bytes,
                         [&ended](std::expected<void, wmi::WmiError> done) {
                           ended.push_back(done ? NtStatus::success : done.error().status);
                         });
  }
  while (ended.size() < 2) lab.ref().provider->help();
  CHECK(ended == std::vector{NtStatus::success, kRefused});
  CHECK(lab.address(0) == "192.0.2.77");
  CHECK(lab.address(1) == had);
}

TEST_CASE("a port takes an address by itself, and none from outside meanwhile") {
  PortLab lab;
  CHECK(lab.set_address(kAddress, "192.0.2.9") == NtStatus::success);
  CHECK(lab.set_flag(kLinkLocal, true) == NtStatus::success);
  CHECK(lab.address().starts_with("169.254."));
  CHECK(lab.set_address(kAddress, "192.0.2.9") == kRefused);
  CHECK(lab.set_flag(kDhcp, true) == NtStatus::success);
  CHECK(lab.address().starts_with("169.254."));  // link-local goes first
  CHECK(lab.set_flag(kLinkLocal, false) == NtStatus::success);
  CHECK(lab.address() == "192.0.2.1");  // what the network's DHCP server gives: the lab file
  CHECK(lab.set_flag(kDhcp, false) == NtStatus::success);
  CHECK(lab.address() == "192.0.2.1");
  CHECK(lab.set_address(kAddress, "192.0.2.9") == NtStatus::success);
}

TEST_CASE("sessions of a port that moves are lost, and come back from the new address") {
  PortLab lab;
  const auto session = lab.log_in({.port = 0});
  REQUIRE(lab.set_address(kAddress, "192.0.2.9") == NtStatus::success);
  lab.pass(100);
  const Bytes block = lab.block(iscsi::MSiSCSI_InitiatorSessionInfoGuid);
  const auto at = iscsi::initiator_session_info_size().size();
  iscsi::ISCSI_SessionStaticInfo head{};
  REQUIRE(block.size() >= at + sizeof head);
  std::memcpy(&head, block.data() + at, sizeof head);
  CHECK(head.UniqueSessionId == session);
  CHECK(head.ConnectionCount == 1);
  CHECK(PortLab::text(head.ConnectionsList[0].LocalAddr) == "192.0.2.9");
  CHECK(lab.luns() == 2);
}

TEST_CASE("the address that was set survives a reset and a power cut, and needs the NVRAM") {
  PortLab lab;
  REQUIRE(lab.set_address(kAddress, "192.0.2.9") == NtStatus::success);
  REQUIRE(lab.set_address(kMask, "255.255.255.0") == NtStatus::success);
  lab.reset();
  CHECK(lab.address() == "192.0.2.9");
  lab.restart();
  CHECK(lab.address() == "192.0.2.9");
  CHECK(PortLab::text(lab.tcpip().SubnetMask) == "255.255.255.0");
  CHECK(lab.lab->control()->read("adapters/hba0/ports/0/address").value() == "192.0.2.9\n");
  lab.control("adapters/hba0/faults/nvram_write_fails", "1");
  CHECK(lab.set_address(kAddress, "192.0.2.10") == NtStatus::io_device_error);
  CHECK(lab.address() == "192.0.2.9");
  lab.control("adapters/hba0/faults/nvram_write_fails", "0");
  CHECK(lab.set_address(kAddress, "192.0.2.8") == NtStatus::success);
  CHECK(lab.address() == "192.0.2.8");
}

}  // namespace hbalab::lab_test
