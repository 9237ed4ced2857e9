#include "iscsiop/builders.hpp"

// The structure up to where its first member of variable size begins.
#define HBALAB_OPEN(writer, type, first) (writer).open<type>(#type, offsetof(type, first))

namespace hbalab::iscsi {
namespace {

using ByteSpan = std::span<const std::uint8_t>;

// BlockWriter has no more than a ULONG's worth of bytes, so what was written has a length that
// fits.
std::uint32_t length(ByteSpan bytes) { return static_cast<std::uint32_t>(bytes.size()); }

}  // namespace

ViewResult<TargetPortalGroupOut> append_target_portal_group(BlockWriter& writer,
                                                            std::uint32_t portals) {
  auto* head = HBALAB_OPEN(writer, ISCSI_TargetPortalGroup, Portals);
  const std::span<ISCSI_TargetPortal> portals_out =
      writer.array<ISCSI_TargetPortal>("ISCSI_TargetPortalGroup.Portals", portals);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->PortalCount = portals;
  return TargetPortalGroupOut{head, portals_out};
}

ViewResult<TargetMappingOut> append_target_mapping(BlockWriter& writer, std::uint32_t luns) {
  auto* head = HBALAB_OPEN(writer, ISCSI_TargetMapping, LUNList);
  const std::span<ISCSI_LUNList> luns_out =
      writer.array<ISCSI_LUNList>("ISCSI_TargetMapping.LUNList", luns);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->LUNCount = luns;
  return TargetMappingOut{head, luns_out};
}

ViewResult<SendTargets_OUT*> append_send_targets_out(BlockWriter& writer, ByteSpan response) {
  auto* head = HBALAB_OPEN(writer, SendTargets_OUT, Response);
  writer.bytes("SendTargets_OUT.Response", response);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->ResponseSize = length(response);
  return head;
}

ViewResult<ScsiInquiry_OUT*> append_scsi_inquiry_out(BlockWriter& writer, ByteSpan response) {
  auto* head = HBALAB_OPEN(writer, ScsiInquiry_OUT, ResponseBuffer);
  writer.bytes("ScsiInquiry_OUT.ResponseBuffer", response);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->ResponseBufferSize = length(response);
  return head;
}

ViewResult<ScsiReadCapacity_OUT*> append_scsi_read_capacity_out(BlockWriter& writer,
                                                                ByteSpan response) {
  auto* head = HBALAB_OPEN(writer, ScsiReadCapacity_OUT, ResponseBuffer);
  writer.bytes("ScsiReadCapacity_OUT.ResponseBuffer", response);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->ResponseBufferSize = length(response);
  return head;
}

ViewResult<ScsiReportLuns_OUT*> append_scsi_report_luns_out(BlockWriter& writer,
                                                            ByteSpan response) {
  auto* head = HBALAB_OPEN(writer, ScsiReportLuns_OUT, ResponseBuffer);
  writer.bytes("ScsiReportLuns_OUT.ResponseBuffer", response);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->ResponseBufferSize = length(response);
  return head;
}

ViewResult<SetCHAPSharedSecret_IN*> append_set_chap_shared_secret_in(BlockWriter& writer,
                                                                     ByteSpan secret) {
  auto* head = HBALAB_OPEN(writer, SetCHAPSharedSecret_IN, SharedSecret);
  writer.bytes("SetCHAPSharedSecret_IN.SharedSecret", secret);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->SharedSecretSize = length(secret);
  return head;
}

ViewResult<SetRADIUSSharedSecret_IN*> append_set_radius_shared_secret_in(BlockWriter& writer,
                                                                         ByteSpan secret) {
  auto* head = HBALAB_OPEN(writer, SetRADIUSSharedSecret_IN, SharedSecret);
  writer.bytes("SetRADIUSSharedSecret_IN.SharedSecret", secret);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->SharedSecretSize = length(secret);
  return head;
}

ViewResult<SetGroupPresharedKey_IN*> append_set_group_preshared_key_in(BlockWriter& writer,
                                                                       ByteSpan key) {
  auto* head = HBALAB_OPEN(writer, SetGroupPresharedKey_IN, Key);
  writer.bytes("SetGroupPresharedKey_IN.Key", key);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->KeySize = length(key);
  return head;
}

ViewResult<GetPresharedKeyForId_IN*> append_get_preshared_key_for_id_in(BlockWriter& writer,
                                                                        ByteSpan id) {
  auto* head = HBALAB_OPEN(writer, GetPresharedKeyForId_IN, Id);
  writer.bytes("GetPresharedKeyForId_IN.Id", id);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->IdSize = length(id);
  return head;
}

ViewResult<SetPresharedKeyForId_IN*> append_set_preshared_key_for_id_in(BlockWriter& writer,
                                                                        ByteSpan id, ByteSpan key) {
  auto* head = HBALAB_OPEN(writer, SetPresharedKeyForId_IN, Id);
  writer.bytes("SetPresharedKeyForId_IN.Id", id);
  writer.bytes("SetPresharedKeyForId_IN.Key", key);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->IdSize = length(id);
  head->KeySize = length(key);
  return head;
}

ViewResult<LoginToTargetOut> append_login_to_target_in(BlockWriter& writer, const LoginTail& tail) {
  auto* head = HBALAB_OPEN(writer, LoginToTarget_IN, Mappings);
  if (head == nullptr) return std::unexpected(*writer.error());
  const ViewResult<TargetMappingOut> mapping = append_target_mapping(writer, tail.luns);
  if (!mapping) return std::unexpected(mapping.error());
  writer.bytes("LoginToTarget_IN.Key", tail.key);
  writer.bytes("LoginToTarget_IN.Username", tail.username);
  writer.bytes("LoginToTarget_IN.Password", tail.password);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->KeySize = length(tail.key);
  head->UsernameSize = length(tail.username);
  head->PasswordSize = length(tail.password);
  return LoginToTargetOut{head, *mapping};
}

ViewResult<AddConnectionToSession_IN*> append_add_connection_in(BlockWriter& writer,
                                                                const LoginTail& tail) {
  auto* head = HBALAB_OPEN(writer, AddConnectionToSession_IN, Key);
  writer.bytes("AddConnectionToSession_IN.Key", tail.key);
  writer.bytes("AddConnectionToSession_IN.Username", tail.username);
  writer.bytes("AddConnectionToSession_IN.Password", tail.password);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->KeySize = length(tail.key);
  head->UsernameSize = length(tail.username);
  head->PasswordSize = length(tail.password);
  return head;
}

ViewResult<MSiSCSI_PersistentLogins*> begin_persistent_logins(BlockWriter& writer,
                                                              std::uint32_t count) {
  auto* head = HBALAB_OPEN(writer, MSiSCSI_PersistentLogins, PersistentLogins);
  if (head == nullptr) return std::unexpected(*writer.error());
  head->PersistentLoginCount = count;
  return head;
}

ViewResult<PersistentLoginOut> append_persistent_login(BlockWriter& writer, std::uint32_t luns,
                                                       ByteSpan username) {
  auto* head = HBALAB_OPEN(writer, ISCSI_Persistent_Login, TargetMapping);
  if (head == nullptr) return std::unexpected(*writer.error());
  const ViewResult<TargetMappingOut> mapping = append_target_mapping(writer, luns);
  if (!mapping) return std::unexpected(mapping.error());
  writer.bytes("ISCSI_Persistent_Login.Username", username);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->UsernameSize = length(username);
  return PersistentLoginOut{head, *mapping};
}

ViewResult<MSiSCSI_TargetMappings*> begin_target_mappings(BlockWriter& writer,
                                                          std::uint32_t count) {
  auto* head = HBALAB_OPEN(writer, MSiSCSI_TargetMappings, TargetMappings);
  if (head == nullptr) return std::unexpected(*writer.error());
  head->TargetMappingCount = count;
  return head;
}

ViewResult<ReportDiscoveredTargets_OUT*> begin_report_discovered_targets_out(
    BlockWriter& writer, std::uint32_t targets) {
  auto* head = HBALAB_OPEN(writer, ReportDiscoveredTargets_OUT, Targets);
  if (head == nullptr) return std::unexpected(*writer.error());
  head->TargetCount = targets;
  return head;
}

ViewResult<ISCSI_DiscoveredTarget*> begin_discovered_target(BlockWriter& writer,
                                                            std::uint32_t groups) {
  auto* head = HBALAB_OPEN(writer, ISCSI_DiscoveredTarget, TargetDiscoveredPortalGroups);
  if (head == nullptr) return std::unexpected(*writer.error());
  head->TargetPortalGroupCount = groups;
  return head;
}

ViewResult<std::span<ISCSI_DiscoveredTargetPortal>> append_discovered_portal_group(
    BlockWriter& writer, std::uint32_t portals) {
  auto* head = HBALAB_OPEN(writer, ISCSI_DiscoveredTargetPortalGroup, Portals);
  const auto portals_out = writer.array<ISCSI_DiscoveredTargetPortal>(
      "ISCSI_DiscoveredTargetPortalGroup.Portals", portals);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->PortalCount = portals;
  return portals_out;
}

ViewResult<ReportDiscoveredTargets2_OUT*> begin_report_discovered_targets2_out(
    BlockWriter& writer, std::uint32_t targets) {
  auto* head = HBALAB_OPEN(writer, ReportDiscoveredTargets2_OUT, Targets);
  if (head == nullptr) return std::unexpected(*writer.error());
  head->TargetCount = targets;
  return head;
}

ViewResult<ISCSI_DiscoveredTarget2*> begin_discovered_target2(BlockWriter& writer,
                                                              std::uint32_t groups) {
  auto* head = HBALAB_OPEN(writer, ISCSI_DiscoveredTarget2, TargetDiscoveredPortalGroups);
  if (head == nullptr) return std::unexpected(*writer.error());
  head->TargetPortalGroupCount = groups;
  return head;
}

ViewResult<ISCSI_DiscoveredTargetPortalGroup2*> begin_discovered_portal_group2(
    BlockWriter& writer, std::uint32_t portals) {
  auto* head = HBALAB_OPEN(writer, ISCSI_DiscoveredTargetPortalGroup2, Portals);
  if (head == nullptr) return std::unexpected(*writer.error());
  head->PortalCount = portals;
  return head;
}

ViewResult<DiscoveredPortal2Out> append_discovered_portal2(BlockWriter& writer, ByteSpan key) {
  auto* head = HBALAB_OPEN(writer, ISCSI_DiscoveredTargetPortal2, Key);
  writer.bytes("ISCSI_DiscoveredTargetPortal2.Key", key);
  const std::span<Le16> name =
      writer.array<Le16>("ISCSI_DiscoveredTargetPortal2.SymbolicName", kSymbolicNameLength + 1);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->KeySize = length(key);
  return DiscoveredPortal2Out{head, name};
}

ViewResult<MSiSCSI_InitiatorSessionInfo*> begin_initiator_session_info(BlockWriter& writer,
                                                                       std::uint32_t sessions) {
  auto* head = HBALAB_OPEN(writer, MSiSCSI_InitiatorSessionInfo, SessionsList);
  if (head == nullptr) return std::unexpected(*writer.error());
  head->SessionCount = sessions;
  return head;
}

ViewResult<SessionStaticInfoOut> append_session_static_info(BlockWriter& writer,
                                                            std::uint16_t connections) {
  auto* head = HBALAB_OPEN(writer, ISCSI_SessionStaticInfo, ConnectionsList);
  const std::span<ISCSI_ConnectionStaticInfo> connections_out =
      writer.array<ISCSI_ConnectionStaticInfo>("ISCSI_SessionStaticInfo.ConnectionsList",
                                               connections);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->ConnectionCount = connections;
  return SessionStaticInfoOut{head, connections_out};
}

ViewResult<PortalInfoClassOut> append_portal_info_class(BlockWriter& writer,
                                                        std::uint32_t portals) {
  auto* head = HBALAB_OPEN(writer, MSiSCSI_PortalInfoClass, PortalInformation);
  const std::span<ISCSI_PortalInfo> portals_out =
      writer.array<ISCSI_PortalInfo>("MSiSCSI_PortalInfoClass.PortalInformation", portals);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->PortalInfoCount = portals;
  return PortalInfoClassOut{head, portals_out};
}

ViewResult<MSiSCSI_QueryLBPolicy*> begin_query_lb_policy(BlockWriter& writer,
                                                         std::uint32_t sessions) {
  auto* head = HBALAB_OPEN(writer, MSiSCSI_QueryLBPolicy, LoadBalancePolicies);
  if (head == nullptr) return std::unexpected(*writer.error());
  head->SessionCount = sessions;
  return head;
}

ViewResult<SupportedLbPoliciesOut> append_supported_lb_policies(BlockWriter& writer,
                                                                std::uint32_t paths) {
  auto* head = HBALAB_OPEN(writer, ISCSI_Supported_LB_Policies, iSCSI_Paths);
  const std::span<ISCSI_Path> paths_out =
      writer.array<ISCSI_Path>("ISCSI_Supported_LB_Policies.iSCSI_Paths", paths);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->iSCSI_PathCount = paths;
  return SupportedLbPoliciesOut{head, paths_out};
}

ViewResult<MSiSCSI_Eventlog*> append_eventlog(BlockWriter& writer, ByteSpan data) {
  auto* head = HBALAB_OPEN(writer, MSiSCSI_Eventlog, AdditionalData);
  writer.bytes("MSiSCSI_Eventlog.AdditionalData", data);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->Size = length(data);
  return head;
}

ViewResult<MSiSCSI_RedirectPortalInfoClass*> begin_redirect_portal_info_class(
    BlockWriter& writer, std::uint32_t sessions) {
  auto* head = HBALAB_OPEN(writer, MSiSCSI_RedirectPortalInfoClass, RedirectSessionList);
  if (head == nullptr) return std::unexpected(*writer.error());
  head->SessionCount = sessions;
  return head;
}

ViewResult<RedirectSessionInfoOut> append_redirect_session_info(BlockWriter& writer,
                                                                std::uint32_t portals) {
  auto* head = HBALAB_OPEN(writer, ISCSI_RedirectSessionInfo, RedirectPortalList);
  const std::span<ISCSI_RedirectPortalInfo> portals_out = writer.array<ISCSI_RedirectPortalInfo>(
      "ISCSI_RedirectSessionInfo.RedirectPortalList", portals);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->ConnectionCount = portals;
  return RedirectSessionInfoOut{head, portals_out};
}

ViewResult<MSiSCSI_BootConfiguration*> append_boot_configuration(BlockWriter& writer,
                                                                 ByteSpan username,
                                                                 ByteSpan password) {
  auto* head = HBALAB_OPEN(writer, MSiSCSI_BootConfiguration, Username);
  writer.bytes("MSiSCSI_BootConfiguration.Username", username);
  writer.bytes("MSiSCSI_BootConfiguration.Password", password);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->UsernameSize = length(username);
  head->PasswordSize = length(password);
  return head;
}

ViewResult<SecurityCapabilitiesOut> append_security_capabilities(BlockWriter& writer,
                                                                 std::uint32_t encryptions) {
  auto* head = HBALAB_OPEN(writer, MSiSCSI_SecurityCapabilities, EncryptionAvailable);
  const std::span<Le32> encryptions_out =
      writer.array<Le32>("MSiSCSI_SecurityCapabilities.EncryptionAvailable", encryptions);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->EncryptionAvailableCount = encryptions;
  return SecurityCapabilitiesOut{head, encryptions_out};
}

ViewResult<MSiSCSI_RADIUSConfig*> append_radius_config(BlockWriter& writer, ByteSpan secret) {
  auto* head = HBALAB_OPEN(writer, MSiSCSI_RADIUSConfig, SharedSecret);
  writer.bytes("MSiSCSI_RADIUSConfig.SharedSecret", secret);
  if (!writer.ok()) return std::unexpected(*writer.error());
  head->SharedSecretSizeInBytes = length(secret);
  return head;
}

}  // namespace hbalab::iscsi
