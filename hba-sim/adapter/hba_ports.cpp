// The network ports: link, speed and address, as the bench, the management software and the NVRAM
// set them.
#include <algorithm>

#include "hba-sim/adapter/hba_core.hpp"

namespace hbalab::adapter {

void HbaCore::make_ports() {
  for (std::uint32_t i = 0; i < options_.config.ports.size(); ++i) {
    const auto& port = options_.config.ports[i];
    PortInfo info;
    info.index = i;
    info.address = IpAddress::from_text(port.address);
    info.portal_tag = static_cast<std::uint16_t>(i + 1);
    info.link_up = port.link_up;
    info.mac = parse_mac(port.mac).value_or(MacAddress{});
    info.link_speed = info.max_link_speed = port.link_speed;
    options_.fabric->plug(info.address, port.network);
    ports_.push_back(std::move(info));
  }
}

std::vector<PortInfo> HbaCore::ports() const { return ports_; }

// The lab file stands for the network too: the address that it gives a port is the one that the
// port gets from DHCP.
IpAddress HbaCore::configured_address(const PortSettings& settings, std::uint32_t port) const {
  IpAddress given = IpAddress::from_text(options_.config.ports[port].address);
  if (settings.use_link_local) return link_local_address(ports_[port].mac, given.type);
  if (settings.enable_dhcp || settings.address.empty()) return given;
  return IpAddress::from_text(settings.address);
}

IpAddress HbaCore::port_address(const AdapterSettings& settings, std::uint32_t port) const {
  const PortSettings wanted = settings.port(port);
  return wanted == settings_.now().port(port) ? ports_[port].address
                                              : configured_address(wanted, port);
}

// Ports whose settings did not change keep the address that the bench may have given them.
void HbaCore::apply_port_settings(const AdapterSettings& before) {
  for (std::uint32_t i = 0; i < ports_.size(); ++i) {
    const PortSettings now = settings_.now().port(i);
    if (now != before.port(i)) set_port_address(i, configured_address(now, i));
  }
}

void HbaCore::set_link(std::uint32_t port, bool up) {
  if (port >= ports_.size() || ports_[port].link_up == up) return;
  ports_[port].link_up = up;
  port_changed(port);
}

void HbaCore::set_port_address(std::uint32_t port, const IpAddress& address) {
  if (port >= ports_.size() || ports_[port].address.canonical() == address.canonical()) return;
  options_.fabric->unplug(ports_[port].address);
  options_.fabric->plug(address, options_.config.ports[port].network);
  ports_[port].address = address;
  port_changed(port);
}

void HbaCore::set_link_speed(std::uint32_t port, std::uint64_t bits_a_second) {
  if (port >= ports_.size()) return;
  ports_[port].link_speed = std::min(bits_a_second, ports_[port].max_link_speed);
}

void HbaCore::set_mac(std::uint32_t port, const MacAddress& mac) {
  if (port < ports_.size()) ports_[port].mac = mac;
}

}  // namespace hbalab::adapter
