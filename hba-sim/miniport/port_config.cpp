// MSiSCSI_NICConfig and MSiSCSI_TCPIPConfig: one instance for each network port.
#include <algorithm>

#include "hba-sim/miniport/classes.hpp"
#include "hba-sim/miniport/convert.hpp"
#include "iscsiop/enums.hpp"
#include "iscsiop/iscsicfg.hpp"

namespace hbalab::miniport {
namespace {

using Nic = iscsi::MSiSCSI_NICConfig;
using adapter::AdapterSettings;
using TcpIp = iscsi::MSiSCSI_TCPIPConfig;

constexpr std::uint32_t kMaxFrame = 1514;  // Ethernet without its check sequence
constexpr std::uint64_t kMegabit = 1'000'000;

ULONG port_count(const adapter::Hba& hba) { return static_cast<ULONG>(hba.ports().size()); }

std::size_t nic_size(const DeviceExtension&, ULONG) { return iscsi::MSiSCSI_NICConfig_SIZE; }

void write_nic(const DeviceExtension& device, ULONG instance, std::span<std::uint8_t> out) {
  const adapter::PortInfo port = device.hba->ports().at(instance);
  auto block = zeroed<Nic>();
  block.LinkSpeed = port.link_up ? static_cast<std::uint32_t>(port.link_speed / kMegabit) : 0u;
  block.MaxLinkSpeed = static_cast<std::uint32_t>(port.max_link_speed / kMegabit);
  block.LinkState =
      port.link_up ? iscsi::ISCSI_NIC_LINKSTATE_CONNECTED : iscsi::ISCSI_NIC_LINKSTATE_DISCONNECTED;
  block.MaxFrameSize = kMaxFrame;
  std::ranges::copy(port.mac, std::begin(block.MacAddress));
  std::memcpy(out.data(), &block, out.size());
}

std::size_t tcpip_size(const DeviceExtension&, ULONG) { return iscsi::MSiSCSI_TCPIPConfig_SIZE; }

void put_address(const std::string& text, iscsi::ISCSI_IP_Address& out) {
  to_wmi(text.empty() ? IpAddress{} : IpAddress::from_text(text), out);
}

void show_tcpip(const adapter::Hba& hba, const AdapterSettings& settings, ULONG instance,
                std::span<std::uint8_t> out) {
  const adapter::PortSettings now = settings.port(instance);
  auto block = zeroed<TcpIp>();
  block.UseLinkLocalAddress = now.use_link_local;
  block.EnableDHCP = now.enable_dhcp;
  block.UseDHCPForDNS = now.use_dhcp_for_dns;
  block.IPVersions = static_cast<std::uint32_t>(iscsi::IP_VERSIONS::IPV4) |
                     static_cast<std::uint32_t>(iscsi::IP_VERSIONS::IPV6);
  to_wmi(hba.port_address(settings, instance), block.IpAddress);
  put_address(now.gateway, block.DefaultGateway);
  put_address(now.subnet_mask, block.SubnetMask);
  put_address(now.preferred_dns, block.PreferredDNSServer);
  put_address(now.alternate_dns, block.AlternateDNSServer);
  std::memcpy(out.data(), &block, out.size());
}

// A member of a block that is set: "" for EMPTY, else the canonical form of what is accepted.
std::optional<std::string> take(const iscsi::ISCSI_IP_Address& member,
                                bool (*accept)(const IpAddress&)) {
  const auto address = from_wmi(member);
  if (!address || address->type > IpAddress::Type::empty) return std::nullopt;
  if (address->empty()) return "";
  if (address->is_name() || !accept(*address)) return std::nullopt;
  return address->canonical();
}

bool version_fits(const std::string& other, const std::string& address) {
  return other.empty() ||
         adapter::same_version(IpAddress::from_text(other), IpAddress::from_text(address));
}

// What the block asks for, in the order: addresses, one by one; whether the port's own can be set;
// IP versions; the address in use by another port. Nothing: refused.
std::optional<adapter::PortSettings> wanted_settings(const TcpIp& block, const adapter::Hba& hba,
                                                     const AdapterSettings& settings,
                                                     ULONG instance) {
  adapter::PortSettings wanted;
  wanted.use_link_local = block.UseLinkLocalAddress != 0;
  wanted.enable_dhcp = block.EnableDHCP != 0;
  wanted.use_dhcp_for_dns = block.UseDHCPForDNS != 0;
  auto address = take(block.IpAddress, adapter::is_host_address);
  auto gateway = take(block.DefaultGateway, adapter::is_host_address);
  auto mask = take(block.SubnetMask, adapter::is_subnet_mask);
  auto preferred = take(block.PreferredDNSServer, adapter::is_host_address);
  auto alternate = take(block.AlternateDNSServer, adapter::is_host_address);
  if (!address || !gateway || !mask || !preferred || !alternate) return std::nullopt;
  const std::string in_use = hba.port_address(settings, instance).canonical();
  const bool automatic = wanted.use_link_local || wanted.enable_dhcp;
  // An address that the port gets by itself cannot be given to it.
  if (address->empty() || (automatic && *address != in_use)) return std::nullopt;
  if (!version_fits(*gateway, *address) || !version_fits(*mask, *address)) return std::nullopt;
  for (ULONG other = 0; other < port_count(hba); ++other) {
    if (other != instance && hba.port_address(settings, other).canonical() == *address)
      return std::nullopt;
  }
  if (!automatic) wanted.address = *std::move(address);
  wanted.gateway = *std::move(gateway);
  wanted.subnet_mask = *std::move(mask);
  wanted.preferred_dns = *std::move(preferred);
  wanted.alternate_dns = *std::move(alternate);
  return wanted;
}

UCHAR apply_tcpip(const adapter::Hba& hba, AdapterSettings& settings, ULONG instance,
                  std::span<const std::uint8_t> bytes) {
  const auto block = iscsi::read_block<TcpIp>(bytes, "MSiSCSI_TCPIPConfig");
  if (!block) return SRB_STATUS_BAD_SRB_BLOCK_LENGTH;
  auto wanted = wanted_settings(*block, hba, settings, instance);
  if (!wanted) return SRB_STATUS_INVALID_REQUEST;
  if (settings.ports.size() <= instance) settings.ports.resize(instance + 1);
  settings.ports[instance] = *std::move(wanted);
  return SRB_STATUS_SUCCESS;
}

constexpr ItemPlace kTcpIpItems[] = {
    HBALAB_ITEM(TcpIp, UseLinkLocalAddress), HBALAB_ITEM(TcpIp, EnableDHCP),
    HBALAB_ITEM(TcpIp, UseDHCPForDNS),       {},  // IPVersions
    HBALAB_ITEM(TcpIp, IpAddress),           HBALAB_ITEM(TcpIp, DefaultGateway),
    HBALAB_ITEM(TcpIp, SubnetMask),          HBALAB_ITEM(TcpIp, PreferredDNSServer),
    HBALAB_ITEM(TcpIp, AlternateDNSServer),
};

}  // namespace

const WmiClass classes::nic_config{.guid = &iscsi::MSiSCSI_NICConfigGuid,
                                   .instances = port_count,
                                   .size = nic_size,
                                   .write = write_nic};
const WmiClass classes::tcpip_config{.guid = &iscsi::MSiSCSI_TCPIPConfigGuid,
                                     .instances = port_count,
                                     .size = tcpip_size,
                                     .show = show_tcpip,
                                     .apply = apply_tcpip,
                                     .items = kTcpIpItems};

}  // namespace hbalab::miniport
