// MSiSCSI_DiscoveryConfig and MSiSCSI_RADIUSConfig: which servers the adapter asks.
#include <array>
#include <functional>

#include "hba-sim/adapter/login_keys.hpp"
#include "hba-sim/miniport/classes.hpp"
#include "hba-sim/miniport/convert.hpp"
#include "iscsiop/builders.hpp"
#include "iscsiop/enums.hpp"
#include "iscsiop/iscsicfg.hpp"
#include "iscsiop/sizes.hpp"
#include "iscsiop/views.hpp"

namespace hbalab::miniport {
namespace {

using adapter::AdapterSettings;

BOOLEAN refuse_value(Request& request) {
  complete(request, SRB_STATUS_INVALID_REQUEST, 0);
  return FALSE;
}

void put_server(const adapter::ServerList& list, std::size_t place, iscsi::ISCSI_IP_Address& out) {
  const std::string address = list.at(place);
  to_wmi(address.empty() ? IpAddress{} : IpAddress::from_text(address), out);
}

// ---- MSiSCSI_DiscoveryConfig

using Discovery = iscsi::MSiSCSI_DiscoveryConfig;

std::size_t discovery_size(const DeviceExtension&, ULONG) {
  return iscsi::MSiSCSI_DiscoveryConfig_SIZE;
}

void show_discovery(const adapter::Hba& hba, const AdapterSettings& settings, ULONG,
                    std::span<std::uint8_t> out) {
  const adapter::DiscoverySettings& now = settings.discovery;
  auto block = zeroed<Discovery>();
  block.PerformiSNSDiscovery = now.isns && has_functionality(hba, iscsi::ISCSI_HBA_ISNS_DISCOVERY);
  block.PerformSLPDiscovery = now.slp;
  block.AutomaticiSNSDiscovery = now.automatic;
  put_text(block.InitiatorName, now.initiator_name.empty()
                                    ? settings.nodes.in_force(hba.factory_name())
                                    : adapter::from_wire_text(now.initiator_name));
  put_server(now.isns_servers, 0, block.iSNSServer);
  std::memcpy(out.data(), &block, out.size());
}

// Functions that the adapter lacks are not taken.
bool can_discover(const adapter::Hba& hba, const adapter::DiscoverySettings& wanted,
                  bool has_server) {
  const bool needs_isns = wanted.isns || wanted.automatic || has_server;
  return (!needs_isns || has_functionality(hba, iscsi::ISCSI_HBA_ISNS_DISCOVERY)) &&
         (!wanted.slp || has_functionality(hba, iscsi::ISCSI_HBA_SLP_DISCOVERY));
}

UCHAR apply_discovery(const adapter::Hba& hba, AdapterSettings& settings, ULONG,
                      std::span<const std::uint8_t> bytes) {
  const auto block = iscsi::read_block<Discovery>(bytes, "MSiSCSI_DiscoveryConfig",
                                                  iscsi::MSiSCSI_DiscoveryConfig_SIZE);
  if (!block) return SRB_STATUS_BAD_SRB_BLOCK_LENGTH;
  auto text = iscsi::read_fixed_string(block->InitiatorName, "InitiatorName");
  const auto given = from_wmi(block->iSNSServer);
  if (!text || !given) return SRB_STATUS_BAD_SRB_BLOCK_LENGTH;
  IscsiName name(*std::move(text));
  const auto server = server_address(*given);
  if (!server || (!name.empty() && !name.well_formed())) return SRB_STATUS_INVALID_REQUEST;
  adapter::DiscoverySettings wanted;
  wanted.isns = block->PerformiSNSDiscovery != 0;
  wanted.slp = block->PerformSLPDiscovery != 0;
  wanted.automatic = block->AutomaticiSNSDiscovery != 0;
  if (!can_discover(hba, wanted, !server->empty())) return SRB_STATUS_INVALID_REQUEST;
  // A block that is written back as it was read does not tie the name down.
  if (!(name == IscsiName(settings.nodes.in_force(hba.factory_name()))))
    wanted.initiator_name = adapter::to_wire_text(name.as_written());
  wanted.isns_servers = settings.discovery.isns_servers;
  wanted.isns_servers.replace_front({&*server, 1});
  settings.discovery = std::move(wanted);
  return SRB_STATUS_SUCCESS;
}

constexpr ItemPlace kDiscoveryItems[] = {
    HBALAB_ITEM(Discovery, PerformiSNSDiscovery),
    HBALAB_ITEM(Discovery, PerformSLPDiscovery),
    HBALAB_ITEM(Discovery, AutomaticiSNSDiscovery),
    HBALAB_ITEM(Discovery, InitiatorName),
    HBALAB_ITEM(Discovery, iSNSServer),
};

// ---- MSiSCSI_RADIUSConfig

using Radius = iscsi::MSiSCSI_RADIUSConfig;
using RadiusChange = std::function<UCHAR(adapter::RadiusSettings&)>;

std::size_t radius_size(const DeviceExtension& device, ULONG) {
  return iscsi::radius_config_size(device.hba->settings().now().radius.secret.size());
}

void write_radius(const DeviceExtension& device, ULONG, std::span<std::uint8_t> out) {
  const adapter::RadiusSettings& now = device.hba->settings().now().radius;
  iscsi::BlockWriter writer(out);
  const auto block = iscsi::append_radius_config(writer, Bytes(now.secret.size()));
  if (!block) return;
  (*block)->UseRADIUSForCHAP = now.use_for_chap;
  put_server(now.servers, 0, (*block)->RADIUSServer);
  put_server(now.servers, 1, (*block)->BackupRADIUSServer);
}

BOOLEAN change_radius(Request& request, RadiusChange change) {
  return set_settings(request, [change = std::move(change)](AdapterSettings& settings) {
    return change(settings.radius);
  });
}

UCHAR take_radius_secret(iscsi::ByteView given, adapter::RadiusSettings& radius) {
  if (given.size() > adapter::kLongestSharedSecret || !adapter::take_secret(given, radius.secret))
    return SRB_STATUS_INVALID_REQUEST;
  return UCHAR{SRB_STATUS_SUCCESS};
}

BOOLEAN set_radius(Request& request, ULONG, std::span<const std::uint8_t> bytes) {
  const auto view = iscsi::view<iscsi::RadiusConfigView>(bytes);
  if (!view) return refuse_block(request);
  const auto first = from_wmi(view->head->RADIUSServer);
  const auto backup = from_wmi(view->head->BackupRADIUSServer);
  if (!first || !backup) return refuse_block(request);
  const auto main = server_address(*first);
  const auto other = server_address(*backup);
  if (!main || !other) return refuse_value(request);
  if (!has_functionality(*request.device->hba, iscsi::ISCSI_HBA_CHAP_VIA_RADIUS))
    return refuse_value(request);
  return change_radius(
      request,
      [use = view->head->UseRADIUSForCHAP != 0, servers = std::array{*main, *other},
       secret = Bytes(view->secret.begin(), view->secret.end())](adapter::RadiusSettings& radius) {
        radius.use_for_chap = use;
        radius.servers.replace_front(servers);
        return take_radius_secret(secret, radius);
      });
}

// Nothing: the value is malformed.
std::optional<RadiusChange> radius_server_change(std::size_t place, iscsi::ByteView value) {
  const auto block =
      iscsi::read_block<iscsi::ISCSI_IP_Address>(value, "RADIUSServer",
                                                 offsetof(iscsi::ISCSI_IP_Address, TextAddress) +
                                                     sizeof(iscsi::ISCSI_IP_Address::TextAddress));
  if (!block) return std::nullopt;
  const auto given = from_wmi(*block);
  if (!given) return std::nullopt;
  const auto address = server_address(*given);
  if (!address) return std::nullopt;
  return [place, address = *address](adapter::RadiusSettings& radius) {
    std::array servers{radius.servers.at(0), radius.servers.at(1)};
    servers[place] = address;
    radius.servers.replace_front(servers);
    return UCHAR{SRB_STATUS_SUCCESS};
  };
}

// SharedSecretSizeInBytes by itself: 0 takes the secret away, its present size changes nothing.
UCHAR resize_radius_secret(std::uint32_t size, adapter::RadiusSettings& radius) {
  if (size == radius.secret.size()) return UCHAR{SRB_STATUS_SUCCESS};
  if (size != 0) return SRB_STATUS_INVALID_REQUEST;
  radius.secret.clear();
  return UCHAR{SRB_STATUS_SUCCESS};
}

std::optional<RadiusChange> radius_change(ULONG item, iscsi::ByteView value) {
  switch (item) {
    case 1:
      if (value.size() != 1) return std::nullopt;
      return [use = value[0] != 0](adapter::RadiusSettings& radius) {
        radius.use_for_chap = use;
        return UCHAR{SRB_STATUS_SUCCESS};
      };
    case 2: {
      const auto size = iscsi::read_block<iscsi::Le32>(value, "SharedSecretSizeInBytes");
      if (!size) return std::nullopt;
      return [size = std::uint32_t{*size}](adapter::RadiusSettings& radius) {
        return resize_radius_secret(size, radius);
      };
    }
    case 3:
    case 4:
      return radius_server_change(item - 3, value);
    case 6:
      return [secret = Bytes(value.begin(), value.end())](adapter::RadiusSettings& radius) {
        return take_radius_secret(secret, radius);
      };
    default:
      return std::nullopt;  // 5 is reserved
  }
}

BOOLEAN set_radius_item(Request& request, ULONG, ULONG item, std::span<const std::uint8_t> value) {
  auto change = radius_change(item, value);
  if (!change || !has_functionality(*request.device->hba, iscsi::ISCSI_HBA_CHAP_VIA_RADIUS))
    return refuse_value(request);
  return change_radius(request, *std::move(change));
}

}  // namespace

const WmiClass classes::discovery_config{.guid = &iscsi::MSiSCSI_DiscoveryConfigGuid,
                                         .size = discovery_size,
                                         .show = show_discovery,
                                         .apply = apply_discovery,
                                         .items = kDiscoveryItems};
const WmiClass classes::radius_config{.guid = &iscsi::MSiSCSI_RADIUSConfigGuid,
                                      .size = radius_size,
                                      .write = write_radius,
                                      .set = set_radius,
                                      .set_item = set_radius_item};

}  // namespace hbalab::miniport
