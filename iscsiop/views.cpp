#include "iscsiop/views.hpp"

// The structure up to the end of `last`, the last member in front of those of variable size.
#define HBALAB_HEAD(reader, type, last) \
  (reader).head<type>(#type, offsetof(type, last) + sizeof(type::last))

namespace hbalab::iscsi {

void parse(BlockReader& reader, TargetPortalGroupView& out) {
  out.head = HBALAB_HEAD(reader, ISCSI_TargetPortalGroup, PortalCount);
  if (out.head == nullptr) return;
  out.portals =
      reader.array<ISCSI_TargetPortal>("ISCSI_TargetPortalGroup.Portals", out.head->PortalCount);
}

void parse(BlockReader& reader, TargetMappingView& out) {
  out.head = HBALAB_HEAD(reader, ISCSI_TargetMapping, Reserved);
  if (out.head == nullptr) return;
  out.luns = reader.array<ISCSI_LUNList>("ISCSI_TargetMapping.LUNList", out.head->LUNCount);
}

void parse(BlockReader& reader, SendTargetsOutView& out) {
  out.head = HBALAB_HEAD(reader, SendTargets_OUT, ResponseSize);
  if (out.head == nullptr) return;
  out.response = reader.bytes("SendTargets_OUT.Response", out.head->ResponseSize);
}

void parse(BlockReader& reader, LoginToTargetView& out) {
  // The mapping ends the fixed part and brings its own tail; the rest comes behind that.
  out.head = HBALAB_HEAD(reader, LoginToTarget_IN, TargetName);
  if (out.head == nullptr) return;
  parse(reader, out.mapping);
  if (!reader.ok()) return;
  out.key = reader.bytes("LoginToTarget_IN.Key", out.head->KeySize);
  out.username = reader.bytes("LoginToTarget_IN.Username", out.head->UsernameSize);
  out.password = reader.bytes("LoginToTarget_IN.Password", out.head->PasswordSize);
}

void parse(BlockReader& reader, AddConnectionToSessionView& out) {
  out.head = HBALAB_HEAD(reader, AddConnectionToSession_IN, KeySize);
  if (out.head == nullptr) return;
  out.key = reader.bytes("AddConnectionToSession_IN.Key", out.head->KeySize);
  out.username = reader.bytes("AddConnectionToSession_IN.Username", out.head->UsernameSize);
  out.password = reader.bytes("AddConnectionToSession_IN.Password", out.head->PasswordSize);
}

void parse(BlockReader& reader, ScsiInquiryOutView& out) {
  out.head = HBALAB_HEAD(reader, ScsiInquiry_OUT, SenseBuffer);
  if (out.head == nullptr) return;
  out.response = reader.bytes("ScsiInquiry_OUT.ResponseBuffer", out.head->ResponseBufferSize);
}

void parse(BlockReader& reader, ScsiReadCapacityOutView& out) {
  out.head = HBALAB_HEAD(reader, ScsiReadCapacity_OUT, SenseBuffer);
  if (out.head == nullptr) return;
  out.response = reader.bytes("ScsiReadCapacity_OUT.ResponseBuffer", out.head->ResponseBufferSize);
}

void parse(BlockReader& reader, ScsiReportLunsOutView& out) {
  out.head = HBALAB_HEAD(reader, ScsiReportLuns_OUT, SenseBuffer);
  if (out.head == nullptr) return;
  out.response = reader.bytes("ScsiReportLuns_OUT.ResponseBuffer", out.head->ResponseBufferSize);
}

void parse(BlockReader& reader, SetChapSharedSecretView& out) {
  out.head = HBALAB_HEAD(reader, SetCHAPSharedSecret_IN, SharedSecretSize);
  if (out.head == nullptr) return;
  out.secret = reader.bytes("SetCHAPSharedSecret_IN.SharedSecret", out.head->SharedSecretSize);
}

void parse(BlockReader& reader, SetRadiusSharedSecretView& out) {
  out.head = HBALAB_HEAD(reader, SetRADIUSSharedSecret_IN, SharedSecretSize);
  if (out.head == nullptr) return;
  out.secret = reader.bytes("SetRADIUSSharedSecret_IN.SharedSecret", out.head->SharedSecretSize);
}

void parse(BlockReader& reader, SetPresharedKeyForIdView& out) {
  out.head = HBALAB_HEAD(reader, SetPresharedKeyForId_IN, KeySize);
  if (out.head == nullptr) return;
  out.id = reader.bytes("SetPresharedKeyForId_IN.Id", out.head->IdSize);
  out.key = reader.bytes("SetPresharedKeyForId_IN.Key", out.head->KeySize);
}

void parse(BlockReader& reader, GetPresharedKeyForIdView& out) {
  out.head = HBALAB_HEAD(reader, GetPresharedKeyForId_IN, IdSize);
  if (out.head == nullptr) return;
  out.id = reader.bytes("GetPresharedKeyForId_IN.Id", out.head->IdSize);
}

void parse(BlockReader& reader, SetGroupPresharedKeyView& out) {
  out.head = HBALAB_HEAD(reader, SetGroupPresharedKey_IN, KeySize);
  if (out.head == nullptr) return;
  out.key = reader.bytes("SetGroupPresharedKey_IN.Key", out.head->KeySize);
}

void parse(BlockReader& reader, PersistentLoginView& out) {
  out.head = HBALAB_HEAD(reader, ISCSI_Persistent_Login, LoginOptions);
  if (out.head == nullptr) return;
  parse(reader, out.mapping);
  if (!reader.ok()) return;
  out.username = reader.bytes("ISCSI_Persistent_Login.Username", out.head->UsernameSize);
}

void parse(BlockReader& reader, PersistentLoginsView& out) {
  out.head = HBALAB_HEAD(reader, MSiSCSI_PersistentLogins, Reserved);
  if (out.head == nullptr) return;
  out.logins = VariableList<PersistentLoginView>::take(reader, out.head->PersistentLoginCount);
}

void parse(BlockReader& reader, TargetMappingsView& out) {
  out.head = HBALAB_HEAD(reader, MSiSCSI_TargetMappings, Reserved);
  if (out.head == nullptr) return;
  out.mappings = VariableList<TargetMappingView>::take(reader, out.head->TargetMappingCount);
}

void parse(BlockReader& reader, DiscoveredPortalGroupView& out) {
  out.head = HBALAB_HEAD(reader, ISCSI_DiscoveredTargetPortalGroup, PortalCount);
  if (out.head == nullptr) return;
  out.portals = reader.array<ISCSI_DiscoveredTargetPortal>(
      "ISCSI_DiscoveredTargetPortalGroup.Portals", out.head->PortalCount);
}

void parse(BlockReader& reader, DiscoveredTargetView& out) {
  out.head = HBALAB_HEAD(reader, ISCSI_DiscoveredTarget, TargetAlias);
  if (out.head == nullptr) return;
  out.groups =
      VariableList<DiscoveredPortalGroupView>::take(reader, out.head->TargetPortalGroupCount);
}

void parse(BlockReader& reader, ReportDiscoveredTargetsView& out) {
  out.head = HBALAB_HEAD(reader, ReportDiscoveredTargets_OUT, TargetCount);
  if (out.head == nullptr) return;
  out.targets = VariableList<DiscoveredTargetView>::take(reader, out.head->TargetCount);
}

void parse(BlockReader& reader, DiscoveredPortal2View& out) {
  out.head = HBALAB_HEAD(reader, ISCSI_DiscoveredTargetPortal2, KeySize);
  if (out.head == nullptr) return;
  out.key = reader.bytes("ISCSI_DiscoveredTargetPortal2.Key", out.head->KeySize);
  out.symbolic_name =
      reader.array<Le16>("ISCSI_DiscoveredTargetPortal2.SymbolicName", kSymbolicNameLength + 1);
}

void parse(BlockReader& reader, DiscoveredPortalGroup2View& out) {
  out.head = HBALAB_HEAD(reader, ISCSI_DiscoveredTargetPortalGroup2, Tag);
  if (out.head == nullptr) return;
  out.portals = VariableList<DiscoveredPortal2View>::take(reader, out.head->PortalCount);
}

void parse(BlockReader& reader, DiscoveredTarget2View& out) {
  out.head = HBALAB_HEAD(reader, ISCSI_DiscoveredTarget2, TargetAlias);
  if (out.head == nullptr) return;
  out.groups =
      VariableList<DiscoveredPortalGroup2View>::take(reader, out.head->TargetPortalGroupCount);
}

void parse(BlockReader& reader, ReportDiscoveredTargets2View& out) {
  out.head = HBALAB_HEAD(reader, ReportDiscoveredTargets2_OUT, TargetCount);
  if (out.head == nullptr) return;
  out.targets = VariableList<DiscoveredTarget2View>::take(reader, out.head->TargetCount);
}

void parse(BlockReader& reader, SessionStaticInfoView& out) {
  out.head = HBALAB_HEAD(reader, ISCSI_SessionStaticInfo, ConnectionCount);
  if (out.head == nullptr) return;
  out.connections = reader.array<ISCSI_ConnectionStaticInfo>(
      "ISCSI_SessionStaticInfo.ConnectionsList", out.head->ConnectionCount);
}

void parse(BlockReader& reader, InitiatorSessionInfoView& out) {
  out.head = HBALAB_HEAD(reader, MSiSCSI_InitiatorSessionInfo, SessionCount);
  if (out.head == nullptr) return;
  out.sessions = VariableList<SessionStaticInfoView>::take(reader, out.head->SessionCount);
}

void parse(BlockReader& reader, PortalInfoClassView& out) {
  out.head = HBALAB_HEAD(reader, MSiSCSI_PortalInfoClass, PortalInfoCount);
  if (out.head == nullptr) return;
  out.portals = reader.array<ISCSI_PortalInfo>("MSiSCSI_PortalInfoClass.PortalInformation",
                                               out.head->PortalInfoCount);
}

void parse(BlockReader& reader, SupportedLbPoliciesView& out) {
  out.head = HBALAB_HEAD(reader, ISCSI_Supported_LB_Policies, iSCSI_PathCount);
  if (out.head == nullptr) return;
  out.paths = reader.array<ISCSI_Path>("ISCSI_Supported_LB_Policies.iSCSI_Paths",
                                       out.head->iSCSI_PathCount);
}

void parse(BlockReader& reader, SetLoadBalancePolicyView& out) { parse(reader, out.policies); }

void parse(BlockReader& reader, QueryLbPolicyView& out) {
  out.head = HBALAB_HEAD(reader, MSiSCSI_QueryLBPolicy, SessionCount);
  if (out.head == nullptr) return;
  out.policies = VariableList<SupportedLbPoliciesView>::take(reader, out.head->SessionCount);
}

void parse(BlockReader& reader, EventlogView& out) {
  out.head = HBALAB_HEAD(reader, MSiSCSI_Eventlog, Size);
  if (out.head == nullptr) return;
  out.data = reader.bytes("MSiSCSI_Eventlog.AdditionalData", out.head->Size);
}

void parse(BlockReader& reader, RedirectSessionInfoView& out) {
  out.head = HBALAB_HEAD(reader, ISCSI_RedirectSessionInfo, ConnectionCount);
  if (out.head == nullptr) return;
  out.portals = reader.array<ISCSI_RedirectPortalInfo>(
      "ISCSI_RedirectSessionInfo.RedirectPortalList", out.head->ConnectionCount);
}

void parse(BlockReader& reader, RedirectPortalInfoClassView& out) {
  out.head = HBALAB_HEAD(reader, MSiSCSI_RedirectPortalInfoClass, SessionCount);
  if (out.head == nullptr) return;
  out.sessions = VariableList<RedirectSessionInfoView>::take(reader, out.head->SessionCount);
}

void parse(BlockReader& reader, BootConfigurationView& out) {
  out.head = HBALAB_HEAD(reader, MSiSCSI_BootConfiguration, LoginOptions);
  if (out.head == nullptr) return;
  out.username = reader.bytes("MSiSCSI_BootConfiguration.Username", out.head->UsernameSize);
  out.password = reader.bytes("MSiSCSI_BootConfiguration.Password", out.head->PasswordSize);
}

void parse(BlockReader& reader, SecurityCapabilitiesView& out) {
  out.head = HBALAB_HEAD(reader, MSiSCSI_SecurityCapabilities, EncryptionAvailableCount);
  if (out.head == nullptr) return;
  out.encryptions = reader.array<Le32>("MSiSCSI_SecurityCapabilities.EncryptionAvailable",
                                       out.head->EncryptionAvailableCount);
}

void parse(BlockReader& reader, RadiusConfigView& out) {
  out.head = HBALAB_HEAD(reader, MSiSCSI_RADIUSConfig, Reserved);
  if (out.head == nullptr) return;
  out.secret = reader.bytes("MSiSCSI_RADIUSConfig.SharedSecret", out.head->SharedSecretSizeInBytes);
}

}  // namespace hbalab::iscsi
