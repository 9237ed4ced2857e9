// The data blocks of the adapter's classes: size first, then the bytes.
#include <algorithm>
#include <string_view>

#include "hba-sim/miniport/classes.hpp"
#include "hba-sim/miniport/convert.hpp"
#include "iscsiop/enums.hpp"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/sizes.hpp"

namespace hbalab::miniport {
namespace {

using iscsi::BlockWriter;

constexpr std::uint8_t kProtocolTcp =
    6;  // IANA protocol number, as ISCSI_CONNECTION_PROTOCOL_TYPE has it

std::size_t hba_information_size(const DeviceExtension&, ULONG) {
  return sizeof(iscsi::MSiSCSI_HBAInformation);
}

void write_hba_information(const DeviceExtension& device, ULONG, std::span<std::uint8_t> out) {
  const adapter::Hba& hba = *device.hba;
  BlockWriter writer(out);
  auto* info = writer.open<iscsi::MSiSCSI_HBAInformation>("MSiSCSI_HBAInformation",
                                                          sizeof(iscsi::MSiSCSI_HBAInformation));
  if (info == nullptr) return;
  const auto& config = hba.config();
  info->UniqueAdapterId = hba.unique_adapter_id();
  info->IntegratedTCPIP = FALSE;            // a TCP/IP stack of its own, not the operating system's
  info->RequiresBinaryIpAddresses = FALSE;  // host names are resolved by the adapter
  info->NumberOfPorts = static_cast<std::uint32_t>(config.ports.size());
  info->Status = hba.health();
  info->FunctionalitySupported = functionality(hba);
  std::ranges::copy(hba.generational_guid(), std::begin(info->GenerationalGuid));
  // A cache without entries is valid too; FALSE says that there is none.
  info->CacheValid = device.hba->settings().now().ipsec.damaged.empty() &&
                     has_functionality(hba, iscsi::ISCSI_HBA_PRESHARED_KEY_CACHE |
                                                iscsi::ISCSI_HBA_ISCSI_AUTHENTICATION_CACHE);
  info->MaxCDBLength = config.max_cdb_length;
  put_text(info->VendorID, config.vendor_id);
  put_text(info->VendorModel, config.vendor_model);
  put_text(info->VendorVersion, config.vendor_version);
  put_text(info->FirmwareVersion, config.firmware_version);
  put_text(info->AsicVersion, config.asic_version);
  put_text(info->OptionRomVersion, config.option_rom_version);
  put_text(info->SerialNumber, config.serial_number);
  put_text(info->DriverName, config.driver_name);
}

std::size_t portal_info_size(const DeviceExtension& device, ULONG) {
  return iscsi::portal_info_class_size(device.hba->ports().size());
}

void write_portal_info(const DeviceExtension& device, ULONG, std::span<std::uint8_t> out) {
  const adapter::Hba& hba = *device.hba;
  const auto ports = hba.ports();
  BlockWriter writer(out);
  auto* head = writer.open<iscsi::MSiSCSI_PortalInfoClass>("MSiSCSI_PortalInfoClass",
                                                           iscsi::portal_info_class_size(0));
  const auto portals = writer.array<iscsi::ISCSI_PortalInfo>("PortalInformation", ports.size());
  if (head == nullptr || portals.size() != ports.size()) return;
  head->PortalInfoCount = static_cast<std::uint32_t>(ports.size());
  for (std::size_t i = 0; i < ports.size(); ++i) {
    portals[i].Index = ports[i].index;
    portals[i].PortalType = static_cast<std::uint8_t>(iscsi::ISCSI_PORTAL_TYPE::InitiatorPortals);
    portals[i].Protocol = kProtocolTcp;
    to_wmi(ports[i].address, portals[i].IPAddr);
    portals[i].Port = ports[i].tcp_port;
    portals[i].PortalTag = ports[i].portal_tag;
  }
}

// The login store is reached through a non-const HBA only, though reading it changes nothing.
adapter::LoginStore& logins_of(const DeviceExtension& device) { return device.hba->logins(); }

std::size_t persistent_logins_size(const DeviceExtension& device, ULONG) {
  return iscsi::persistent_logins_size().size() + logins_of(device).block_bytes();
}

void write_persistent_logins(const DeviceExtension& device, ULONG, std::span<std::uint8_t> out) {
  BlockWriter writer(out);
  auto* head = writer.open<iscsi::MSiSCSI_PersistentLogins>("MSiSCSI_PersistentLogins",
                                                            iscsi::persistent_logins_size().size());
  if (head == nullptr) return;
  const auto& logins = logins_of(device);
  head->PersistentLoginCount = static_cast<std::uint32_t>(logins.size());
  logins.write_block(out.data() + iscsi::persistent_logins_size().size());
}

void write_connection(const adapter::ConnectionInfo& info, iscsi::ISCSI_ConnectionStaticInfo& out) {
  out.UniqueConnectionId = info.id.value;
  out.CID = info.cid;
  out.State = info.state;
  out.Protocol = kProtocolTcp;
  out.HeaderIntegrity = info.header_digest ? 1 : 0;
  out.DataIntegrity = info.data_digest ? 1 : 0;
  out.MaxRecvDataSegmentLength = info.max_recv_data_segment_length;
  out.AuthType = info.auth_type;
  to_wmi(info.local_address, out.LocalAddr);
  out.LocalPort = info.local_port;
  to_wmi(info.remote_address, out.RemoteAddr);
  out.RemotePort = info.remote_port;
  out.EstimatedThroughput = info.estimated_throughput;
  out.MaxDatagramSize = info.max_datagram_size;
}

void write_session(BlockWriter& writer, const adapter::SessionInfo& session) {
  auto* out = writer.open<iscsi::ISCSI_SessionStaticInfo>("SessionsList",
                                                          iscsi::session_static_info_size(0));
  const auto connections = writer.array<iscsi::ISCSI_ConnectionStaticInfo>(
      "ConnectionsList", session.connections.size());
  if (out == nullptr || connections.size() != session.connections.size()) return;
  out->UniqueSessionId = session.id.value;
  put_text(out->InitiatoriSCSIName, session.initiator_name);
  put_text(out->TargetiSCSIName, session.target_name);
  out->TSID = session.tsid;
  std::ranges::copy(session.isid, std::begin(out->ISID));
  out->InitialR2t = session.initial_r2t;
  out->ImmediateData = session.immediate_data;
  out->Type = session.type;
  out->DataSequenceInOrder = session.data_sequence_in_order;
  out->DataPduInOrder = session.data_pdu_in_order;
  out->ErrorRecoveryLevel = session.error_recovery_level;
  out->MaxOutstandingR2t = session.max_outstanding_r2t;
  out->FirstBurstLength = session.first_burst_length;
  out->MaxBurstLength = session.max_burst_length;
  out->MaxConnections = session.max_connections;
  out->ConnectionCount = static_cast<std::uint16_t>(connections.size());
  for (std::size_t i = 0; i < connections.size(); ++i)
    write_connection(session.connections[i], connections[i]);
}

std::size_t session_info_size(const DeviceExtension& device, ULONG) {
  const adapter::Hba& hba = *device.hba;
  auto size = iscsi::initiator_session_info_size();
  hba.for_each_session([&](const adapter::SessionInfo& session) {
    size.add(iscsi::session_static_info_size(session.connections.size()));
  });
  return size.size();
}

void write_session_info(const DeviceExtension& device, ULONG, std::span<std::uint8_t> out) {
  const adapter::Hba& hba = *device.hba;
  BlockWriter writer(out);
  auto* head = writer.open<iscsi::MSiSCSI_InitiatorSessionInfo>(
      "MSiSCSI_InitiatorSessionInfo", iscsi::initiator_session_info_size().size());
  if (head == nullptr) return;
  head->UniqueAdapterId = hba.unique_adapter_id();
  head->SessionCount = static_cast<std::uint32_t>(hba.session_count());
  hba.for_each_session(
      [&](const adapter::SessionInfo& session) { write_session(writer, session); });
}

template <typename Visit>
void for_each_mapping(const adapter::Hba& hba, Visit visit) {
  hba.for_each_session([&](const adapter::SessionInfo& session) {
    if (session.mapped) visit(session);
  });
}

std::size_t target_mappings_size(const DeviceExtension& device, ULONG) {
  const adapter::Hba& hba = *device.hba;
  auto size = iscsi::target_mappings_size();
  for_each_mapping(hba, [&](const adapter::SessionInfo& s) {
    size.add(iscsi::target_mapping_size(s.luns.size()));
  });
  return size.size();
}

void write_target_mappings(const DeviceExtension& device, ULONG, std::span<std::uint8_t> out) {
  const adapter::Hba& hba = *device.hba;
  BlockWriter writer(out);
  auto* head = writer.open<iscsi::MSiSCSI_TargetMappings>("MSiSCSI_TargetMappings",
                                                          iscsi::target_mappings_size().size());
  if (head == nullptr) return;
  std::uint32_t count = 0;
  for_each_mapping(hba, [&](const adapter::SessionInfo& session) {
    auto* mapping =
        writer.open<iscsi::ISCSI_TargetMapping>("TargetMappings", iscsi::target_mapping_size(0));
    const auto luns = writer.array<iscsi::ISCSI_LUNList>("LUNList", session.luns.size());
    if (mapping == nullptr || luns.size() != session.luns.size()) return;
    mapping->OSBus = session.os_bus;
    mapping->OSTarget = session.os_target;
    mapping->UniqueSessionId = session.id.value;
    mapping->LUNCount = static_cast<std::uint32_t>(luns.size());
    put_text(mapping->TargetName, session.target_name);
    mapping->FromPersistentLogin = session.from_persistent;
    for (std::size_t i = 0; i < luns.size(); ++i) {
      luns[i].TargetLUN = session.luns[i].target_lun;
      luns[i].OSLUN = session.luns[i].os_lun;
    }
    ++count;
  });
  head->UniqueAdapterId = hba.unique_adapter_id();
  head->TargetMappingCount = count;
}

}  // namespace

const WmiClass classes::hba_information{.guid = &iscsi::MSiSCSI_HBAInformationGuid,
                                        .in_driver = true,
                                        .size = hba_information_size,
                                        .write = write_hba_information};
const WmiClass classes::portal_info{.guid = &iscsi::MSiSCSI_PortalInfoClassGuid,
                                    .in_driver = true,
                                    .size = portal_info_size,
                                    .write = write_portal_info};
const WmiClass classes::persistent_logins{.guid = &iscsi::MSiSCSI_PersistentLoginsGuid,
                                          .size = persistent_logins_size,
                                          .write = write_persistent_logins};
const WmiClass classes::session_info{.guid = &iscsi::MSiSCSI_InitiatorSessionInfoGuid,
                                     .size = session_info_size,
                                     .write = write_session_info};
const WmiClass classes::target_mappings{.guid = &iscsi::MSiSCSI_TargetMappingsGuid,
                                        .size = target_mappings_size,
                                        .write = write_target_mappings};

BOOLEAN query_lun_mapping(Request& request, std::uint32_t available, std::uint8_t* buffer,
                          ULONG* instance_length) {
  const adapter::Hba& hba = *request.device->hba;
  const ScsiAddress address{request.srb->PathId, request.srb->TargetId, request.srb->Lun};
  const auto device = hba.device(address);
  constexpr auto kSize = static_cast<std::uint32_t>(iscsi::MSiSCSI_LUNMappingInformation_SIZE);
  if (!device) {
    complete(request, SRB_STATUS_NO_DEVICE, 0);
    return FALSE;
  }
  if (available < kSize || buffer == nullptr) {
    complete(request, SRB_STATUS_DATA_OVERRUN, kSize);
    return FALSE;
  }
  BlockWriter writer({buffer, kSize});
  if (auto* out = writer.open<iscsi::MSiSCSI_LUNMappingInformation>("MSiSCSI_LUNMappingInformation",
                                                                    kSize)) {
    out->UniqueAdapterId = hba.unique_adapter_id();
    out->UniqueSessionId = device->session.value;
    out->OSBus = address.path;
    out->OSTarget = address.target;
    out->OSLUN = address.lun;
  }
  if (instance_length != nullptr) *instance_length = kSize;
  complete(request, SRB_STATUS_SUCCESS, kSize);
  return FALSE;
}

}  // namespace hbalab::miniport
