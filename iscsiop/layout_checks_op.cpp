// The layout of every structure against the x64 layout of the WDK headers, checked by the compiler:
// size, alignment and unpadded size (what the headers' _SIZE macros give), then offset and size of
// every member.
#include "iscsiop/iscsidef.hpp"
#include "iscsiop/iscsifnd.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/layout_check_macros.hpp"

namespace hbalab::iscsi {

// iscsidef.h
HBALAB_STRUCT(ISCSI_IP_Address, 548, 4, 546);
HBALAB_MEMBER(ISCSI_IP_Address, Type, 0, 4);
HBALAB_MEMBER(ISCSI_IP_Address, IpV4Address, 4, 4);
HBALAB_MEMBER(ISCSI_IP_Address, IpV6Address, 8, 16);
HBALAB_MEMBER(ISCSI_IP_Address, IpV6FlowInfo, 24, 4);
HBALAB_MEMBER(ISCSI_IP_Address, IpV6ScopeId, 28, 4);
HBALAB_MEMBER(ISCSI_IP_Address, TextAddress, 32, 514);

HBALAB_STRUCT(ISCSI_TargetPortal, 556, 4, 554);
HBALAB_MEMBER(ISCSI_TargetPortal, Address, 0, 548);
HBALAB_MEMBER(ISCSI_TargetPortal, Reserved, 548, 4);
HBALAB_MEMBER(ISCSI_TargetPortal, Socket, 552, 2);

HBALAB_STRUCT(ISCSI_TargetPortalGroup, 560, 4, 560);
HBALAB_MEMBER(ISCSI_TargetPortalGroup, PortalCount, 0, 4);
HBALAB_MEMBER(ISCSI_TargetPortalGroup, Portals, 4, 556);

HBALAB_STRUCT(ISCSI_LoginOptions, 32, 4, 32);
HBALAB_MEMBER(ISCSI_LoginOptions, InformationSpecified, 0, 4);
HBALAB_MEMBER(ISCSI_LoginOptions, HeaderDigest, 4, 4);
HBALAB_MEMBER(ISCSI_LoginOptions, DataDigest, 8, 4);
HBALAB_MEMBER(ISCSI_LoginOptions, MaximumConnections, 12, 4);
HBALAB_MEMBER(ISCSI_LoginOptions, DefaultTime2Wait, 16, 4);
HBALAB_MEMBER(ISCSI_LoginOptions, DefaultTime2Retain, 20, 4);
HBALAB_MEMBER(ISCSI_LoginOptions, LoginFlags, 24, 4);
HBALAB_MEMBER(ISCSI_LoginOptions, AuthType, 28, 4);

HBALAB_STRUCT(ISCSI_LUNList, 16, 8, 16);
HBALAB_MEMBER(ISCSI_LUNList, TargetLUN, 0, 8);
HBALAB_MEMBER(ISCSI_LUNList, OSLUN, 8, 4);
HBALAB_MEMBER(ISCSI_LUNList, Reserved, 12, 4);

HBALAB_STRUCT(ISCSI_TargetMapping, 496, 8, 496);
HBALAB_MEMBER(ISCSI_TargetMapping, OSBus, 0, 4);
HBALAB_MEMBER(ISCSI_TargetMapping, OSTarget, 4, 4);
HBALAB_MEMBER(ISCSI_TargetMapping, UniqueSessionId, 8, 8);
HBALAB_MEMBER(ISCSI_TargetMapping, LUNCount, 16, 4);
HBALAB_MEMBER(ISCSI_TargetMapping, TargetName, 20, 448);
HBALAB_MEMBER(ISCSI_TargetMapping, FromPersistentLogin, 468, 1);
HBALAB_MEMBER(ISCSI_TargetMapping, Reserved, 472, 8);
HBALAB_MEMBER(ISCSI_TargetMapping, LUNList, 480, 16);

// iscsiop.h
HBALAB_STRUCT(SendTargets_IN, 456, 8, 456);
HBALAB_MEMBER(SendTargets_IN, UniqueSessionId, 0, 8);
HBALAB_MEMBER(SendTargets_IN, SendTargetsText, 8, 448);

HBALAB_STRUCT(SendTargets_OUT, 12, 4, 9);
HBALAB_MEMBER(SendTargets_OUT, Status, 0, 4);
HBALAB_MEMBER(SendTargets_OUT, ResponseSize, 4, 4);
HBALAB_MEMBER(SendTargets_OUT, Response, 8, 1);

HBALAB_STRUCT(LoginToTarget_IN, 2536, 8, 2529);
HBALAB_MEMBER(LoginToTarget_IN, PortNumber, 0, 4);
HBALAB_MEMBER(LoginToTarget_IN, LoginOptions, 4, 32);
HBALAB_MEMBER(LoginToTarget_IN, SessionType, 36, 4);
HBALAB_MEMBER(LoginToTarget_IN, SecurityFlags, 40, 8);
HBALAB_MEMBER(LoginToTarget_IN, TargetPortal, 48, 556);
HBALAB_MEMBER(LoginToTarget_IN, UsernameSize, 604, 4);
HBALAB_MEMBER(LoginToTarget_IN, PasswordSize, 608, 4);
HBALAB_MEMBER(LoginToTarget_IN, KeySize, 612, 4);
HBALAB_MEMBER(LoginToTarget_IN, UniqueIdForISID, 616, 2);
HBALAB_MEMBER(LoginToTarget_IN, PersistentLogin, 618, 1);
HBALAB_MEMBER(LoginToTarget_IN, InitiatorNode, 620, 448);
HBALAB_MEMBER(LoginToTarget_IN, InitiatorAlias, 1068, 512);
HBALAB_MEMBER(LoginToTarget_IN, TargetName, 1580, 448);
HBALAB_MEMBER(LoginToTarget_IN, Mappings, 2032, 496);
HBALAB_MEMBER(LoginToTarget_IN, Key, 2528, 1);

HBALAB_STRUCT(LoginToTarget_OUT, 24, 8, 24);
HBALAB_MEMBER(LoginToTarget_OUT, Status, 0, 4);
HBALAB_MEMBER(LoginToTarget_OUT, UniqueSessionId, 8, 8);
HBALAB_MEMBER(LoginToTarget_OUT, UniqueConnectionId, 16, 8);

HBALAB_STRUCT(LogoutFromTarget_IN, 8, 8, 8);
HBALAB_MEMBER(LogoutFromTarget_IN, UniqueSessionId, 0, 8);

HBALAB_STRUCT(LogoutFromTarget_OUT, 4, 4, 4);
HBALAB_MEMBER(LogoutFromTarget_OUT, Status, 0, 4);

HBALAB_STRUCT(AddConnectionToSession_IN, 632, 8, 629);
HBALAB_MEMBER(AddConnectionToSession_IN, UniqueAdapterId, 0, 8);
HBALAB_MEMBER(AddConnectionToSession_IN, UniqueSessionId, 8, 8);
HBALAB_MEMBER(AddConnectionToSession_IN, SecurityFlags, 16, 8);
HBALAB_MEMBER(AddConnectionToSession_IN, PortNumber, 24, 4);
HBALAB_MEMBER(AddConnectionToSession_IN, LoginOptions, 28, 32);
HBALAB_MEMBER(AddConnectionToSession_IN, TargetPortal, 60, 556);
HBALAB_MEMBER(AddConnectionToSession_IN, UsernameSize, 616, 4);
HBALAB_MEMBER(AddConnectionToSession_IN, PasswordSize, 620, 4);
HBALAB_MEMBER(AddConnectionToSession_IN, KeySize, 624, 4);
HBALAB_MEMBER(AddConnectionToSession_IN, Key, 628, 1);

HBALAB_STRUCT(AddConnectionToSession_OUT, 16, 8, 16);
HBALAB_MEMBER(AddConnectionToSession_OUT, Status, 0, 4);
HBALAB_MEMBER(AddConnectionToSession_OUT, UniqueConnectionId, 8, 8);

HBALAB_STRUCT(RemovePersistentLogin_IN, 1008, 4, 1008);
HBALAB_MEMBER(RemovePersistentLogin_IN, PortNumber, 0, 4);
HBALAB_MEMBER(RemovePersistentLogin_IN, TargetName, 4, 448);
HBALAB_MEMBER(RemovePersistentLogin_IN, TargetPortal, 452, 556);

HBALAB_STRUCT(RemovePersistentLogin_OUT, 4, 4, 4);
HBALAB_MEMBER(RemovePersistentLogin_OUT, Status, 0, 4);

HBALAB_STRUCT(RemoveConnectionFromSession_IN, 16, 8, 16);
HBALAB_MEMBER(RemoveConnectionFromSession_IN, UniqueSessionId, 0, 8);
HBALAB_MEMBER(RemoveConnectionFromSession_IN, UniqueConnectionId, 8, 8);

HBALAB_STRUCT(RemoveConnectionFromSession_OUT, 4, 4, 4);
HBALAB_MEMBER(RemoveConnectionFromSession_OUT, Status, 0, 4);

HBALAB_STRUCT(ScsiInquiry_IN, 24, 8, 18);
HBALAB_MEMBER(ScsiInquiry_IN, UniqueSessionId, 0, 8);
HBALAB_MEMBER(ScsiInquiry_IN, Lun, 8, 8);
HBALAB_MEMBER(ScsiInquiry_IN, InquiryFlags, 16, 1);
HBALAB_MEMBER(ScsiInquiry_IN, PageCode, 17, 1);

HBALAB_STRUCT(ScsiInquiry_OUT, 28, 4, 28);
HBALAB_MEMBER(ScsiInquiry_OUT, Status, 0, 4);
HBALAB_MEMBER(ScsiInquiry_OUT, ResponseBufferSize, 4, 4);
HBALAB_MEMBER(ScsiInquiry_OUT, ScsiStatus, 8, 1);
HBALAB_MEMBER(ScsiInquiry_OUT, SenseBuffer, 9, 18);
HBALAB_MEMBER(ScsiInquiry_OUT, ResponseBuffer, 27, 1);

HBALAB_STRUCT(ScsiReadCapacity_IN, 16, 8, 16);
HBALAB_MEMBER(ScsiReadCapacity_IN, UniqueSessionId, 0, 8);
HBALAB_MEMBER(ScsiReadCapacity_IN, Lun, 8, 8);

HBALAB_STRUCT(ScsiReadCapacity_OUT, 28, 4, 28);
HBALAB_MEMBER(ScsiReadCapacity_OUT, Status, 0, 4);
HBALAB_MEMBER(ScsiReadCapacity_OUT, ResponseBufferSize, 4, 4);
HBALAB_MEMBER(ScsiReadCapacity_OUT, ScsiStatus, 8, 1);
HBALAB_MEMBER(ScsiReadCapacity_OUT, SenseBuffer, 9, 18);
HBALAB_MEMBER(ScsiReadCapacity_OUT, ResponseBuffer, 27, 1);

HBALAB_STRUCT(ScsiReportLuns_IN, 8, 8, 8);
HBALAB_MEMBER(ScsiReportLuns_IN, UniqueSessionId, 0, 8);

HBALAB_STRUCT(ScsiReportLuns_OUT, 28, 4, 28);
HBALAB_MEMBER(ScsiReportLuns_OUT, Status, 0, 4);
HBALAB_MEMBER(ScsiReportLuns_OUT, ResponseBufferSize, 4, 4);
HBALAB_MEMBER(ScsiReportLuns_OUT, ScsiStatus, 8, 1);
HBALAB_MEMBER(ScsiReportLuns_OUT, SenseBuffer, 9, 18);
HBALAB_MEMBER(ScsiReportLuns_OUT, ResponseBuffer, 27, 1);

HBALAB_STRUCT(SetCHAPSharedSecret_IN, 8, 4, 5);
HBALAB_MEMBER(SetCHAPSharedSecret_IN, SharedSecretSize, 0, 4);
HBALAB_MEMBER(SetCHAPSharedSecret_IN, SharedSecret, 4, 1);

HBALAB_STRUCT(SetCHAPSharedSecret_OUT, 4, 4, 4);
HBALAB_MEMBER(SetCHAPSharedSecret_OUT, Status, 0, 4);

HBALAB_STRUCT(SetRADIUSSharedSecret_IN, 8, 4, 5);
HBALAB_MEMBER(SetRADIUSSharedSecret_IN, SharedSecretSize, 0, 4);
HBALAB_MEMBER(SetRADIUSSharedSecret_IN, SharedSecret, 4, 1);

HBALAB_STRUCT(SetRADIUSSharedSecret_OUT, 4, 4, 4);
HBALAB_MEMBER(SetRADIUSSharedSecret_OUT, Status, 0, 4);

HBALAB_STRUCT(DeleteInitiatorNodeName_IN, 448, 2, 448);
HBALAB_MEMBER(DeleteInitiatorNodeName_IN, DeletedInitiatorName, 0, 448);

HBALAB_STRUCT(DeleteInitiatorNodeName_OUT, 4, 4, 4);
HBALAB_MEMBER(DeleteInitiatorNodeName_OUT, Status, 0, 4);

HBALAB_STRUCT(SetInitiatorNodeName_IN, 448, 2, 448);
HBALAB_MEMBER(SetInitiatorNodeName_IN, CreatedInitiatorName, 0, 448);

HBALAB_STRUCT(SetInitiatorNodeName_OUT, 4, 4, 4);
HBALAB_MEMBER(SetInitiatorNodeName_OUT, Status, 0, 4);

HBALAB_STRUCT(AddiSNSServer_IN, 448, 2, 448);
HBALAB_MEMBER(AddiSNSServer_IN, iSNSServerName, 0, 448);

HBALAB_STRUCT(AddiSNSServer_OUT, 4, 4, 4);
HBALAB_MEMBER(AddiSNSServer_OUT, Status, 0, 4);

HBALAB_STRUCT(RemoveiSNSServer_IN, 448, 2, 448);
HBALAB_MEMBER(RemoveiSNSServer_IN, iSNSServerName, 0, 448);

HBALAB_STRUCT(RemoveiSNSServer_OUT, 4, 4, 4);
HBALAB_MEMBER(RemoveiSNSServer_OUT, Status, 0, 4);

HBALAB_STRUCT(AddRADIUSServer_IN, 548, 4, 548);
HBALAB_MEMBER(AddRADIUSServer_IN, RADIUSIPAddress, 0, 548);

HBALAB_STRUCT(AddRADIUSServer_OUT, 4, 4, 4);
HBALAB_MEMBER(AddRADIUSServer_OUT, Status, 0, 4);

HBALAB_STRUCT(RemoveRADIUSServer_IN, 548, 4, 548);
HBALAB_MEMBER(RemoveRADIUSServer_IN, RADIUSIPAddress, 0, 548);

HBALAB_STRUCT(RemoveRADIUSServer_OUT, 4, 4, 4);
HBALAB_MEMBER(RemoveRADIUSServer_OUT, Status, 0, 4);

HBALAB_STRUCT(ISCSI_Persistent_Login, 1560, 8, 1553);
HBALAB_MEMBER(ISCSI_Persistent_Login, TargetName, 0, 448);
HBALAB_MEMBER(ISCSI_Persistent_Login, SecurityFlags, 448, 8);
HBALAB_MEMBER(ISCSI_Persistent_Login, InitiatorPortNumber, 456, 4);
HBALAB_MEMBER(ISCSI_Persistent_Login, UsernameSize, 460, 4);
HBALAB_MEMBER(ISCSI_Persistent_Login, IsInformationalSession, 464, 1);
HBALAB_MEMBER(ISCSI_Persistent_Login, UniqueIdForISID, 466, 2);
HBALAB_MEMBER(ISCSI_Persistent_Login, TargetPortal, 468, 556);
HBALAB_MEMBER(ISCSI_Persistent_Login, LoginOptions, 1024, 32);
HBALAB_MEMBER(ISCSI_Persistent_Login, TargetMapping, 1056, 496);
HBALAB_MEMBER(ISCSI_Persistent_Login, Username, 1552, 1);

HBALAB_STRUCT(MSiSCSI_PersistentLogins, 1568, 8, 1568);
HBALAB_MEMBER(MSiSCSI_PersistentLogins, PersistentLoginCount, 0, 4);
HBALAB_MEMBER(MSiSCSI_PersistentLogins, Reserved, 4, 4);
HBALAB_MEMBER(MSiSCSI_PersistentLogins, PersistentLogins, 8, 1560);

HBALAB_STRUCT(MSiSCSI_TargetMappings, 512, 8, 512);
HBALAB_MEMBER(MSiSCSI_TargetMappings, UniqueAdapterId, 0, 8);
HBALAB_MEMBER(MSiSCSI_TargetMappings, TargetMappingCount, 8, 4);
HBALAB_MEMBER(MSiSCSI_TargetMappings, Reserved, 12, 4);
HBALAB_MEMBER(MSiSCSI_TargetMappings, TargetMappings, 16, 496);

HBALAB_STRUCT(MSiSCSI_LUNMappingInformation, 32, 8, 28);
HBALAB_MEMBER(MSiSCSI_LUNMappingInformation, UniqueAdapterId, 0, 8);
HBALAB_MEMBER(MSiSCSI_LUNMappingInformation, UniqueSessionId, 8, 8);
HBALAB_MEMBER(MSiSCSI_LUNMappingInformation, OSBus, 16, 4);
HBALAB_MEMBER(MSiSCSI_LUNMappingInformation, OSTarget, 20, 4);
HBALAB_MEMBER(MSiSCSI_LUNMappingInformation, OSLUN, 24, 4);

HBALAB_STRUCT(SetPresharedKeyForId_IN, 32, 8, 29);
HBALAB_MEMBER(SetPresharedKeyForId_IN, PortNumber, 0, 4);
HBALAB_MEMBER(SetPresharedKeyForId_IN, SecurityFlags, 8, 8);
HBALAB_MEMBER(SetPresharedKeyForId_IN, IdType, 16, 1);
HBALAB_MEMBER(SetPresharedKeyForId_IN, IdSize, 20, 4);
HBALAB_MEMBER(SetPresharedKeyForId_IN, KeySize, 24, 4);
HBALAB_MEMBER(SetPresharedKeyForId_IN, Id, 28, 1);

HBALAB_STRUCT(SetPresharedKeyForId_OUT, 4, 4, 4);
HBALAB_MEMBER(SetPresharedKeyForId_OUT, Status, 0, 4);

HBALAB_STRUCT(GetPresharedKeyForId_IN, 16, 4, 13);
HBALAB_MEMBER(GetPresharedKeyForId_IN, PortNumber, 0, 4);
HBALAB_MEMBER(GetPresharedKeyForId_IN, IdType, 4, 1);
HBALAB_MEMBER(GetPresharedKeyForId_IN, IdSize, 8, 4);
HBALAB_MEMBER(GetPresharedKeyForId_IN, Id, 12, 1);

HBALAB_STRUCT(GetPresharedKeyForId_OUT, 16, 8, 16);
HBALAB_MEMBER(GetPresharedKeyForId_OUT, Status, 0, 4);
HBALAB_MEMBER(GetPresharedKeyForId_OUT, SecurityFlags, 8, 8);

HBALAB_STRUCT(SetGroupPresharedKey_IN, 8, 4, 5);
HBALAB_MEMBER(SetGroupPresharedKey_IN, KeySize, 0, 4);
HBALAB_MEMBER(SetGroupPresharedKey_IN, Key, 4, 1);

HBALAB_STRUCT(SetGroupPresharedKey_OUT, 4, 4, 4);
HBALAB_MEMBER(SetGroupPresharedKey_OUT, Status, 0, 4);

HBALAB_STRUCT(SetTunnelModeOuterAddress_IN, 1100, 4, 1100);
HBALAB_MEMBER(SetTunnelModeOuterAddress_IN, PortNumber, 0, 4);
HBALAB_MEMBER(SetTunnelModeOuterAddress_IN, DestinationAddress, 4, 548);
HBALAB_MEMBER(SetTunnelModeOuterAddress_IN, TunnelModeOuterAddress, 552, 548);

HBALAB_STRUCT(SetTunnelModeOuterAddress_OUT, 4, 4, 4);
HBALAB_MEMBER(SetTunnelModeOuterAddress_OUT, Status, 0, 4);

HBALAB_STRUCT(ClearCache_OUT, 4, 4, 4);
HBALAB_MEMBER(ClearCache_OUT, Status, 0, 4);

HBALAB_STRUCT(SetGenerationalGuid_IN, 16, 1, 16);
HBALAB_MEMBER(SetGenerationalGuid_IN, GenerationalGuid, 0, 16);

HBALAB_STRUCT(SetGenerationalGuid_OUT, 4, 4, 4);
HBALAB_MEMBER(SetGenerationalGuid_OUT, Status, 0, 4);

HBALAB_STRUCT(MSiSCSI_BootInformation, 484, 4, 483);
HBALAB_MEMBER(MSiSCSI_BootInformation, NodeName, 0, 223);
HBALAB_MEMBER(MSiSCSI_BootInformation, SharedSecretLength, 224, 4);
HBALAB_MEMBER(MSiSCSI_BootInformation, SharedSecret, 228, 255);

HBALAB_STRUCT(MSiSCSI_AdapterEvent, 16, 8, 12);
HBALAB_MEMBER(MSiSCSI_AdapterEvent, UniqueAdapterId, 0, 8);
HBALAB_MEMBER(MSiSCSI_AdapterEvent, EventCode, 8, 4);

// iscsifnd.h
HBALAB_STRUCT(ISCSI_DiscoveredTargetPortal, 1068, 4, 1066);
HBALAB_MEMBER(ISCSI_DiscoveredTargetPortal, Socket, 0, 2);
HBALAB_MEMBER(ISCSI_DiscoveredTargetPortal, Address, 4, 548);
HBALAB_MEMBER(ISCSI_DiscoveredTargetPortal, SymbolicName, 552, 514);

HBALAB_STRUCT(ISCSI_DiscoveredTargetPortalGroup, 1072, 4, 1072);
HBALAB_MEMBER(ISCSI_DiscoveredTargetPortalGroup, PortalCount, 0, 4);
HBALAB_MEMBER(ISCSI_DiscoveredTargetPortalGroup, Portals, 4, 1068);

HBALAB_STRUCT(ISCSI_DiscoveredTarget, 2036, 4, 2036);
HBALAB_MEMBER(ISCSI_DiscoveredTarget, TargetPortalGroupCount, 0, 4);
HBALAB_MEMBER(ISCSI_DiscoveredTarget, TargetName, 4, 448);
HBALAB_MEMBER(ISCSI_DiscoveredTarget, TargetAlias, 452, 512);
HBALAB_MEMBER(ISCSI_DiscoveredTarget, TargetDiscoveredPortalGroups, 964, 1072);

HBALAB_STRUCT(ISCSI_DiscoveredTargetPortal2, 564, 4, 561);
HBALAB_MEMBER(ISCSI_DiscoveredTargetPortal2, Socket, 0, 2);
HBALAB_MEMBER(ISCSI_DiscoveredTargetPortal2, Address, 4, 548);
HBALAB_MEMBER(ISCSI_DiscoveredTargetPortal2, SecurityBitmap, 552, 4);
HBALAB_MEMBER(ISCSI_DiscoveredTargetPortal2, KeySize, 556, 4);
HBALAB_MEMBER(ISCSI_DiscoveredTargetPortal2, Key, 560, 1);

HBALAB_STRUCT(ISCSI_DiscoveredTargetPortalGroup2, 572, 4, 572);
HBALAB_MEMBER(ISCSI_DiscoveredTargetPortalGroup2, PortalCount, 0, 4);
HBALAB_MEMBER(ISCSI_DiscoveredTargetPortalGroup2, Tag, 4, 2);
HBALAB_MEMBER(ISCSI_DiscoveredTargetPortalGroup2, Portals, 8, 564);

HBALAB_STRUCT(ISCSI_DiscoveredTarget2, 1536, 4, 1536);
HBALAB_MEMBER(ISCSI_DiscoveredTarget2, TargetPortalGroupCount, 0, 4);
HBALAB_MEMBER(ISCSI_DiscoveredTarget2, TargetName, 4, 448);
HBALAB_MEMBER(ISCSI_DiscoveredTarget2, TargetAlias, 452, 512);
HBALAB_MEMBER(ISCSI_DiscoveredTarget2, TargetDiscoveredPortalGroups, 964, 572);

HBALAB_STRUCT(ReportDiscoveredTargets_OUT, 2044, 4, 2044);
HBALAB_MEMBER(ReportDiscoveredTargets_OUT, Status, 0, 4);
HBALAB_MEMBER(ReportDiscoveredTargets_OUT, TargetCount, 4, 4);
HBALAB_MEMBER(ReportDiscoveredTargets_OUT, Targets, 8, 2036);

HBALAB_STRUCT(ReportDiscoveredTargets2_OUT, 1544, 4, 1544);
HBALAB_MEMBER(ReportDiscoveredTargets2_OUT, Status, 0, 4);
HBALAB_MEMBER(ReportDiscoveredTargets2_OUT, TargetCount, 4, 4);
HBALAB_MEMBER(ReportDiscoveredTargets2_OUT, Targets, 8, 1536);

}  // namespace hbalab::iscsi
