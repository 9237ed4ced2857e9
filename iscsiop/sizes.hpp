// Sizes of blocks with members of variable size, before they are written. All are unpadded: they
// end with the last byte of the last member.
#pragma once

#include <cstddef>

#include "iscsiop/block_io.hpp"
#include "iscsiop/iscsicfg.hpp"
#include "iscsiop/iscsidef.hpp"
#include "iscsiop/iscsifnd.hpp"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/iscsiop.hpp"

namespace hbalab::iscsi {

// iscsidef.h
[[nodiscard]] constexpr std::size_t target_portal_group_size(std::size_t portals) {
  return offsetof(ISCSI_TargetPortalGroup, Portals) + portals * sizeof(ISCSI_TargetPortal);
}
[[nodiscard]] constexpr std::size_t target_mapping_size(std::size_t luns) {
  return offsetof(ISCSI_TargetMapping, LUNList) + luns * sizeof(ISCSI_LUNList);
}

// iscsiop.h
[[nodiscard]] constexpr std::size_t send_targets_out_size(std::size_t response) {
  return offsetof(SendTargets_OUT, Response) + response;
}
[[nodiscard]] constexpr std::size_t login_to_target_in_size(std::size_t luns, std::size_t key,
                                                            std::size_t username,
                                                            std::size_t password) {
  return offsetof(LoginToTarget_IN, Mappings) + target_mapping_size(luns) + key + username +
         password;
}
[[nodiscard]] constexpr std::size_t add_connection_in_size(std::size_t key, std::size_t username,
                                                           std::size_t password) {
  return offsetof(AddConnectionToSession_IN, Key) + key + username + password;
}
[[nodiscard]] constexpr std::size_t scsi_inquiry_out_size(std::size_t response) {
  return offsetof(ScsiInquiry_OUT, ResponseBuffer) + response;
}
[[nodiscard]] constexpr std::size_t scsi_read_capacity_out_size(std::size_t response) {
  return offsetof(ScsiReadCapacity_OUT, ResponseBuffer) + response;
}
[[nodiscard]] constexpr std::size_t scsi_report_luns_out_size(std::size_t response) {
  return offsetof(ScsiReportLuns_OUT, ResponseBuffer) + response;
}
[[nodiscard]] constexpr std::size_t set_chap_shared_secret_in_size(std::size_t secret) {
  return offsetof(SetCHAPSharedSecret_IN, SharedSecret) + secret;
}
[[nodiscard]] constexpr std::size_t set_radius_shared_secret_in_size(std::size_t secret) {
  return offsetof(SetRADIUSSharedSecret_IN, SharedSecret) + secret;
}
[[nodiscard]] constexpr std::size_t set_preshared_key_for_id_in_size(std::size_t id,
                                                                     std::size_t key) {
  return offsetof(SetPresharedKeyForId_IN, Id) + id + key;
}
[[nodiscard]] constexpr std::size_t get_preshared_key_for_id_in_size(std::size_t id) {
  return offsetof(GetPresharedKeyForId_IN, Id) + id;
}
[[nodiscard]] constexpr std::size_t set_group_preshared_key_in_size(std::size_t key) {
  return offsetof(SetGroupPresharedKey_IN, Key) + key;
}
// One element of MSiSCSI_PersistentLogins: the user name follows the LUN list at once.
[[nodiscard]] constexpr std::size_t persistent_login_size(std::size_t luns, std::size_t username) {
  return offsetof(ISCSI_Persistent_Login, TargetMapping) + target_mapping_size(luns) + username;
}

// iscsifnd.h
[[nodiscard]] constexpr std::size_t discovered_portal_group_size(std::size_t portals) {
  return offsetof(ISCSI_DiscoveredTargetPortalGroup, Portals) +
         portals * sizeof(ISCSI_DiscoveredTargetPortal);
}
// The symbolic name follows the key on a 2-byte boundary.
inline constexpr std::size_t kSymbolicNameLength = 256;
[[nodiscard]] constexpr std::size_t discovered_portal2_size(std::size_t key) {
  return align_up(offsetof(ISCSI_DiscoveredTargetPortal2, Key) + key, alignof(Le16)) +
         (kSymbolicNameLength + 1) * sizeof(Le16);
}

// iscsimgt.h
[[nodiscard]] constexpr std::size_t session_static_info_size(std::size_t connections) {
  return offsetof(ISCSI_SessionStaticInfo, ConnectionsList) +
         connections * sizeof(ISCSI_ConnectionStaticInfo);
}
[[nodiscard]] constexpr std::size_t portal_info_class_size(std::size_t portals) {
  return offsetof(MSiSCSI_PortalInfoClass, PortalInformation) + portals * sizeof(ISCSI_PortalInfo);
}
[[nodiscard]] constexpr std::size_t supported_lb_policies_size(std::size_t paths) {
  return offsetof(ISCSI_Supported_LB_Policies, iSCSI_Paths) + paths * sizeof(ISCSI_Path);
}
[[nodiscard]] constexpr std::size_t eventlog_size(std::size_t data) {
  return offsetof(MSiSCSI_Eventlog, AdditionalData) + data;
}
[[nodiscard]] constexpr std::size_t redirect_session_info_size(std::size_t portals) {
  return offsetof(ISCSI_RedirectSessionInfo, RedirectPortalList) +
         portals * sizeof(ISCSI_RedirectPortalInfo);
}

// iscsicfg.h
[[nodiscard]] constexpr std::size_t boot_configuration_size(std::size_t username,
                                                            std::size_t password) {
  return offsetof(MSiSCSI_BootConfiguration, Username) + username + password;
}
[[nodiscard]] constexpr std::size_t security_capabilities_size(std::size_t encryptions) {
  return offsetof(MSiSCSI_SecurityCapabilities, EncryptionAvailable) + encryptions * sizeof(Le32);
}
[[nodiscard]] constexpr std::size_t radius_config_size(std::size_t secret) {
  return offsetof(MSiSCSI_RADIUSConfig, SharedSecret) + secret;
}

// Sums up a structure that ends in elements of varying size. Each element begins aligned; behind
// the last one nothing is added.
class ListSize {
 public:
  constexpr ListSize(std::size_t head, std::size_t align) : size_(head), align_(align) {}
  constexpr ListSize& add(std::size_t element) {
    size_ = align_up(size_, align_) + element;
    return *this;
  }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }

 private:
  std::size_t size_;
  std::size_t align_;
};

// One ListSize for each such structure: add the size of every element.
[[nodiscard]] constexpr ListSize persistent_logins_size() {
  return {offsetof(MSiSCSI_PersistentLogins, PersistentLogins), alignof(ISCSI_Persistent_Login)};
}
[[nodiscard]] constexpr ListSize target_mappings_size() {
  return {offsetof(MSiSCSI_TargetMappings, TargetMappings), alignof(ISCSI_TargetMapping)};
}
[[nodiscard]] constexpr ListSize discovered_target_size() {
  return {offsetof(ISCSI_DiscoveredTarget, TargetDiscoveredPortalGroups),
          alignof(ISCSI_DiscoveredTargetPortalGroup)};
}
[[nodiscard]] constexpr ListSize report_discovered_targets_out_size() {
  return {offsetof(ReportDiscoveredTargets_OUT, Targets), alignof(ISCSI_DiscoveredTarget)};
}
[[nodiscard]] constexpr ListSize discovered_portal_group2_size() {
  return {offsetof(ISCSI_DiscoveredTargetPortalGroup2, Portals),
          alignof(ISCSI_DiscoveredTargetPortal2)};
}
[[nodiscard]] constexpr ListSize discovered_target2_size() {
  return {offsetof(ISCSI_DiscoveredTarget2, TargetDiscoveredPortalGroups),
          alignof(ISCSI_DiscoveredTargetPortalGroup2)};
}
[[nodiscard]] constexpr ListSize report_discovered_targets2_out_size() {
  return {offsetof(ReportDiscoveredTargets2_OUT, Targets), alignof(ISCSI_DiscoveredTarget2)};
}
[[nodiscard]] constexpr ListSize initiator_session_info_size() {
  return {offsetof(MSiSCSI_InitiatorSessionInfo, SessionsList), alignof(ISCSI_SessionStaticInfo)};
}
[[nodiscard]] constexpr ListSize query_lb_policy_size() {
  return {offsetof(MSiSCSI_QueryLBPolicy, LoadBalancePolicies),
          alignof(ISCSI_Supported_LB_Policies)};
}
[[nodiscard]] constexpr ListSize redirect_portal_info_class_size() {
  return {offsetof(MSiSCSI_RedirectPortalInfoClass, RedirectSessionList),
          alignof(ISCSI_RedirectSessionInfo)};
}

}  // namespace hbalab::iscsi
