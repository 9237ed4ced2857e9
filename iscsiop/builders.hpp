// Builders of blocks with members of variable size. Take the size from sizes.hpp, provide that many
// bytes on a multiple of 8, and append structure by structure; each call sets the counts, copies
// byte strings, and gives back the cleared structures to be filled in. What does not fit is refused
// with the member's name, and the writer then refuses everything else.
//
//   std::vector<std::uint8_t> block(login_to_target_in_size(0, 0, user.size(), 0));
//   BlockWriter writer(block);
//   auto login = append_login_to_target_in(writer, {.username = user});
//   login->head->PortNumber = 0;
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "iscsiop/block_io.hpp"
#include "iscsiop/sizes.hpp"

namespace hbalab::iscsi {

// ---- iscsidef.h

struct TargetPortalGroupOut {
  ISCSI_TargetPortalGroup* head;
  std::span<ISCSI_TargetPortal> portals;
};
[[nodiscard]] ViewResult<TargetPortalGroupOut> append_target_portal_group(BlockWriter& writer,
                                                                          std::uint32_t portals);
struct TargetMappingOut {
  ISCSI_TargetMapping* head;
  std::span<ISCSI_LUNList> luns;
};
// An element of MSiSCSI_TargetMappings, or a part of what follows.
[[nodiscard]] ViewResult<TargetMappingOut> append_target_mapping(BlockWriter& writer,
                                                                 std::uint32_t luns);

// ---- iscsiop.h: blocks with one string of bytes behind the fixed part. The rest is cleared.

[[nodiscard]] ViewResult<SendTargets_OUT*> append_send_targets_out(
    BlockWriter& writer, std::span<const std::uint8_t> response);
[[nodiscard]] ViewResult<ScsiInquiry_OUT*> append_scsi_inquiry_out(
    BlockWriter& writer, std::span<const std::uint8_t> response);
[[nodiscard]] ViewResult<ScsiReadCapacity_OUT*> append_scsi_read_capacity_out(
    BlockWriter& writer, std::span<const std::uint8_t> response);
[[nodiscard]] ViewResult<ScsiReportLuns_OUT*> append_scsi_report_luns_out(
    BlockWriter& writer, std::span<const std::uint8_t> response);
[[nodiscard]] ViewResult<SetCHAPSharedSecret_IN*> append_set_chap_shared_secret_in(
    BlockWriter& writer, std::span<const std::uint8_t> secret);
[[nodiscard]] ViewResult<SetRADIUSSharedSecret_IN*> append_set_radius_shared_secret_in(
    BlockWriter& writer, std::span<const std::uint8_t> secret);
[[nodiscard]] ViewResult<SetGroupPresharedKey_IN*> append_set_group_preshared_key_in(
    BlockWriter& writer, std::span<const std::uint8_t> key);
[[nodiscard]] ViewResult<GetPresharedKeyForId_IN*> append_get_preshared_key_for_id_in(
    BlockWriter& writer, std::span<const std::uint8_t> id);
[[nodiscard]] ViewResult<SetPresharedKeyForId_IN*> append_set_preshared_key_for_id_in(
    BlockWriter& writer, std::span<const std::uint8_t> id, std::span<const std::uint8_t> key);

// What a login carries behind its fixed part.
struct LoginTail {
  std::uint32_t luns = 0;  // LoginToTarget only
  std::span<const std::uint8_t> key = {};
  std::span<const std::uint8_t> username = {};
  std::span<const std::uint8_t> password = {};
};
struct LoginToTargetOut {
  LoginToTarget_IN* head;
  TargetMappingOut mapping;
};
[[nodiscard]] ViewResult<LoginToTargetOut> append_login_to_target_in(BlockWriter& writer,
                                                                     const LoginTail& tail);
[[nodiscard]] ViewResult<AddConnectionToSession_IN*> append_add_connection_in(
    BlockWriter& writer, const LoginTail& tail);

// A block of persistent logins: first this, then `count` elements.
[[nodiscard]] ViewResult<MSiSCSI_PersistentLogins*> begin_persistent_logins(BlockWriter& writer,
                                                                            std::uint32_t count);
struct PersistentLoginOut {
  ISCSI_Persistent_Login* head;
  TargetMappingOut mapping;
};
[[nodiscard]] ViewResult<PersistentLoginOut> append_persistent_login(
    BlockWriter& writer, std::uint32_t luns, std::span<const std::uint8_t> username);

// Then `count` times append_target_mapping.
[[nodiscard]] ViewResult<MSiSCSI_TargetMappings*> begin_target_mappings(BlockWriter& writer,
                                                                        std::uint32_t count);

// ---- iscsifnd.h: a report, in it targets, in each its groups, in each of those its portals.

[[nodiscard]] ViewResult<ReportDiscoveredTargets_OUT*> begin_report_discovered_targets_out(
    BlockWriter& writer, std::uint32_t targets);
[[nodiscard]] ViewResult<ISCSI_DiscoveredTarget*> begin_discovered_target(BlockWriter& writer,
                                                                          std::uint32_t groups);
// The portals are cleared and have to be filled in.
[[nodiscard]] ViewResult<std::span<ISCSI_DiscoveredTargetPortal>> append_discovered_portal_group(
    BlockWriter& writer, std::uint32_t portals);

[[nodiscard]] ViewResult<ReportDiscoveredTargets2_OUT*> begin_report_discovered_targets2_out(
    BlockWriter& writer, std::uint32_t targets);
[[nodiscard]] ViewResult<ISCSI_DiscoveredTarget2*> begin_discovered_target2(BlockWriter& writer,
                                                                            std::uint32_t groups);
[[nodiscard]] ViewResult<ISCSI_DiscoveredTargetPortalGroup2*> begin_discovered_portal_group2(
    BlockWriter& writer, std::uint32_t portals);
struct DiscoveredPortal2Out {
  ISCSI_DiscoveredTargetPortal2* head;
  std::span<Le16> symbolic_name;  // for write_fixed_string
};
[[nodiscard]] ViewResult<DiscoveredPortal2Out> append_discovered_portal2(
    BlockWriter& writer, std::span<const std::uint8_t> key);

// ---- iscsimgt.h

[[nodiscard]] ViewResult<MSiSCSI_InitiatorSessionInfo*> begin_initiator_session_info(
    BlockWriter& writer, std::uint32_t sessions);
struct SessionStaticInfoOut {
  ISCSI_SessionStaticInfo* head;
  std::span<ISCSI_ConnectionStaticInfo> connections;
};
[[nodiscard]] ViewResult<SessionStaticInfoOut> append_session_static_info(
    BlockWriter& writer, std::uint16_t connections);

struct PortalInfoClassOut {
  MSiSCSI_PortalInfoClass* head;
  std::span<ISCSI_PortalInfo> portals;
};
[[nodiscard]] ViewResult<PortalInfoClassOut> append_portal_info_class(BlockWriter& writer,
                                                                      std::uint32_t portals);
[[nodiscard]] ViewResult<MSiSCSI_QueryLBPolicy*> begin_query_lb_policy(BlockWriter& writer,
                                                                       std::uint32_t sessions);
struct SupportedLbPoliciesOut {
  ISCSI_Supported_LB_Policies* head;
  std::span<ISCSI_Path> paths;
};
// An element of MSiSCSI_QueryLBPolicy; by itself it is a SetLoadBalancePolicy_IN.
[[nodiscard]] ViewResult<SupportedLbPoliciesOut> append_supported_lb_policies(BlockWriter& writer,
                                                                              std::uint32_t paths);
[[nodiscard]] ViewResult<MSiSCSI_Eventlog*> append_eventlog(BlockWriter& writer,
                                                            std::span<const std::uint8_t> data);
[[nodiscard]] ViewResult<MSiSCSI_RedirectPortalInfoClass*> begin_redirect_portal_info_class(
    BlockWriter& writer, std::uint32_t sessions);
struct RedirectSessionInfoOut {
  ISCSI_RedirectSessionInfo* head;
  std::span<ISCSI_RedirectPortalInfo> portals;
};
[[nodiscard]] ViewResult<RedirectSessionInfoOut> append_redirect_session_info(
    BlockWriter& writer, std::uint32_t portals);

// ---- iscsicfg.h

[[nodiscard]] ViewResult<MSiSCSI_BootConfiguration*> append_boot_configuration(
    BlockWriter& writer, std::span<const std::uint8_t> username,
    std::span<const std::uint8_t> password);
struct SecurityCapabilitiesOut {
  MSiSCSI_SecurityCapabilities* head;
  std::span<Le32> encryptions;
};
[[nodiscard]] ViewResult<SecurityCapabilitiesOut> append_security_capabilities(
    BlockWriter& writer, std::uint32_t encryptions);
[[nodiscard]] ViewResult<MSiSCSI_RADIUSConfig*> append_radius_config(
    BlockWriter& writer, std::span<const std::uint8_t> secret);

}  // namespace hbalab::iscsi
