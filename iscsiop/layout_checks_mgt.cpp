// The layout of every structure against the x64 layout of the WDK headers, checked by the compiler:
// size, alignment and unpadded size (what the headers' _SIZE macros give), then offset and size of
// every member.
#include "iscsiop/iscsicfg.hpp"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/iscsiprf.hpp"
#include "iscsiop/layout_check_macros.hpp"

namespace hbalab::iscsi {

// iscsimgt.h
HBALAB_STRUCT(MSiSCSI_HBAInformation, 4152, 8, 4146);
HBALAB_MEMBER(MSiSCSI_HBAInformation, UniqueAdapterId, 0, 8);
HBALAB_MEMBER(MSiSCSI_HBAInformation, IntegratedTCPIP, 8, 1);
HBALAB_MEMBER(MSiSCSI_HBAInformation, RequiresBinaryIpAddresses, 9, 1);
HBALAB_MEMBER(MSiSCSI_HBAInformation, VersionMin, 10, 1);
HBALAB_MEMBER(MSiSCSI_HBAInformation, VersionMax, 11, 1);
HBALAB_MEMBER(MSiSCSI_HBAInformation, MultifunctionDevice, 12, 1);
HBALAB_MEMBER(MSiSCSI_HBAInformation, CacheValid, 13, 1);
HBALAB_MEMBER(MSiSCSI_HBAInformation, NumberOfPorts, 16, 4);
HBALAB_MEMBER(MSiSCSI_HBAInformation, Status, 20, 4);
HBALAB_MEMBER(MSiSCSI_HBAInformation, FunctionalitySupported, 24, 4);
HBALAB_MEMBER(MSiSCSI_HBAInformation, GenerationalGuid, 28, 16);
HBALAB_MEMBER(MSiSCSI_HBAInformation, MaxCDBLength, 44, 4);
HBALAB_MEMBER(MSiSCSI_HBAInformation, BiDiScsiCommands, 48, 1);
HBALAB_MEMBER(MSiSCSI_HBAInformation, VendorID, 50, 512);
HBALAB_MEMBER(MSiSCSI_HBAInformation, VendorModel, 562, 512);
HBALAB_MEMBER(MSiSCSI_HBAInformation, VendorVersion, 1074, 512);
HBALAB_MEMBER(MSiSCSI_HBAInformation, FirmwareVersion, 1586, 512);
HBALAB_MEMBER(MSiSCSI_HBAInformation, AsicVersion, 2098, 512);
HBALAB_MEMBER(MSiSCSI_HBAInformation, OptionRomVersion, 2610, 512);
HBALAB_MEMBER(MSiSCSI_HBAInformation, SerialNumber, 3122, 512);
HBALAB_MEMBER(MSiSCSI_HBAInformation, DriverName, 3634, 512);

HBALAB_STRUCT(MSiSCSI_HBASessionConfig, 20, 4, 20);
HBALAB_MEMBER(MSiSCSI_HBASessionConfig, InitialR2T, 0, 1);
HBALAB_MEMBER(MSiSCSI_HBASessionConfig, ImmediateData, 1, 1);
HBALAB_MEMBER(MSiSCSI_HBASessionConfig, MaxRecvDataSegmentLength, 4, 4);
HBALAB_MEMBER(MSiSCSI_HBASessionConfig, MaxBurstLength, 8, 4);
HBALAB_MEMBER(MSiSCSI_HBASessionConfig, FirstBurstLength, 12, 4);
HBALAB_MEMBER(MSiSCSI_HBASessionConfig, MaxOutstandingR2T, 16, 4);

HBALAB_STRUCT(ISCSI_ConnectionStaticInfo, 1144, 8, 1140);
HBALAB_MEMBER(ISCSI_ConnectionStaticInfo, UniqueConnectionId, 0, 8);
HBALAB_MEMBER(ISCSI_ConnectionStaticInfo, CID, 8, 2);
HBALAB_MEMBER(ISCSI_ConnectionStaticInfo, State, 10, 1);
HBALAB_MEMBER(ISCSI_ConnectionStaticInfo, Protocol, 11, 1);
HBALAB_MEMBER(ISCSI_ConnectionStaticInfo, HeaderIntegrity, 12, 1);
HBALAB_MEMBER(ISCSI_ConnectionStaticInfo, DataIntegrity, 13, 1);
HBALAB_MEMBER(ISCSI_ConnectionStaticInfo, Reserved, 14, 2);
HBALAB_MEMBER(ISCSI_ConnectionStaticInfo, MaxRecvDataSegmentLength, 16, 4);
HBALAB_MEMBER(ISCSI_ConnectionStaticInfo, AuthType, 20, 4);
HBALAB_MEMBER(ISCSI_ConnectionStaticInfo, LocalAddr, 24, 548);
HBALAB_MEMBER(ISCSI_ConnectionStaticInfo, LocalPort, 572, 4);
HBALAB_MEMBER(ISCSI_ConnectionStaticInfo, RemoteAddr, 576, 548);
HBALAB_MEMBER(ISCSI_ConnectionStaticInfo, RemotePort, 1124, 4);
HBALAB_MEMBER(ISCSI_ConnectionStaticInfo, EstimatedThroughput, 1128, 8);
HBALAB_MEMBER(ISCSI_ConnectionStaticInfo, MaxDatagramSize, 1136, 4);

HBALAB_STRUCT(ISCSI_SessionStaticInfo, 2088, 8, 2088);
HBALAB_MEMBER(ISCSI_SessionStaticInfo, UniqueSessionId, 0, 8);
HBALAB_MEMBER(ISCSI_SessionStaticInfo, InitiatoriSCSIName, 8, 448);
HBALAB_MEMBER(ISCSI_SessionStaticInfo, TargetiSCSIName, 456, 448);
HBALAB_MEMBER(ISCSI_SessionStaticInfo, TSID, 904, 2);
HBALAB_MEMBER(ISCSI_SessionStaticInfo, ISID, 906, 6);
HBALAB_MEMBER(ISCSI_SessionStaticInfo, InitialR2t, 912, 1);
HBALAB_MEMBER(ISCSI_SessionStaticInfo, ImmediateData, 913, 1);
HBALAB_MEMBER(ISCSI_SessionStaticInfo, Type, 914, 1);
HBALAB_MEMBER(ISCSI_SessionStaticInfo, DataSequenceInOrder, 915, 1);
HBALAB_MEMBER(ISCSI_SessionStaticInfo, DataPduInOrder, 916, 1);
HBALAB_MEMBER(ISCSI_SessionStaticInfo, ErrorRecoveryLevel, 917, 1);
HBALAB_MEMBER(ISCSI_SessionStaticInfo, MaxOutstandingR2t, 920, 4);
HBALAB_MEMBER(ISCSI_SessionStaticInfo, FirstBurstLength, 924, 4);
HBALAB_MEMBER(ISCSI_SessionStaticInfo, MaxBurstLength, 928, 4);
HBALAB_MEMBER(ISCSI_SessionStaticInfo, MaxConnections, 932, 4);
HBALAB_MEMBER(ISCSI_SessionStaticInfo, ConnectionCount, 936, 2);
HBALAB_MEMBER(ISCSI_SessionStaticInfo, ConnectionsList, 944, 1144);

HBALAB_STRUCT(ISCSI_PortalInfo, 564, 4, 562);
HBALAB_MEMBER(ISCSI_PortalInfo, Index, 0, 4);
HBALAB_MEMBER(ISCSI_PortalInfo, PortalType, 4, 1);
HBALAB_MEMBER(ISCSI_PortalInfo, Protocol, 5, 1);
HBALAB_MEMBER(ISCSI_PortalInfo, Reserved1, 6, 1);
HBALAB_MEMBER(ISCSI_PortalInfo, Reserved2, 7, 1);
HBALAB_MEMBER(ISCSI_PortalInfo, IPAddr, 8, 548);
HBALAB_MEMBER(ISCSI_PortalInfo, Port, 556, 4);
HBALAB_MEMBER(ISCSI_PortalInfo, PortalTag, 560, 2);

HBALAB_STRUCT(MSiSCSI_PortalInfoClass, 568, 4, 568);
HBALAB_MEMBER(MSiSCSI_PortalInfoClass, PortalInfoCount, 0, 4);
HBALAB_MEMBER(MSiSCSI_PortalInfoClass, PortalInformation, 4, 564);

HBALAB_STRUCT(MSiSCSI_InitiatorSessionInfo, 2104, 8, 2104);
HBALAB_MEMBER(MSiSCSI_InitiatorSessionInfo, UniqueAdapterId, 0, 8);
HBALAB_MEMBER(MSiSCSI_InitiatorSessionInfo, SessionCount, 8, 4);
HBALAB_MEMBER(MSiSCSI_InitiatorSessionInfo, SessionsList, 16, 2088);

HBALAB_STRUCT(MSiSCSI_InitiatorNodeFailureEvent, 1008, 8, 1008);
HBALAB_MEMBER(MSiSCSI_InitiatorNodeFailureEvent, FailureTime, 0, 8);
HBALAB_MEMBER(MSiSCSI_InitiatorNodeFailureEvent, FailureType, 8, 1);
HBALAB_MEMBER(MSiSCSI_InitiatorNodeFailureEvent, TargetFailureName, 10, 448);
HBALAB_MEMBER(MSiSCSI_InitiatorNodeFailureEvent, TargetFailureAddr, 460, 548);

HBALAB_STRUCT(MSiSCSI_InitiatorInstanceFailureEvent, 450, 2, 450);
HBALAB_MEMBER(MSiSCSI_InitiatorInstanceFailureEvent, FailureType, 0, 1);
HBALAB_MEMBER(MSiSCSI_InitiatorInstanceFailureEvent, RemoteNodeName, 2, 448);

HBALAB_STRUCT(ISCSI_Path, 32, 8, 32);
HBALAB_MEMBER(ISCSI_Path, UniqueConnectionId, 0, 8);
HBALAB_MEMBER(ISCSI_Path, EstimatedLinkSpeed, 8, 8);
HBALAB_MEMBER(ISCSI_Path, PathWeight, 16, 4);
HBALAB_MEMBER(ISCSI_Path, PrimaryPath, 20, 4);
HBALAB_MEMBER(ISCSI_Path, ConnectionStatus, 24, 4);
HBALAB_MEMBER(ISCSI_Path, TCPOffLoadAvailable, 28, 4);

HBALAB_STRUCT(ISCSI_Supported_LB_Policies, 48, 8, 48);
HBALAB_MEMBER(ISCSI_Supported_LB_Policies, UniqueSessionId, 0, 8);
HBALAB_MEMBER(ISCSI_Supported_LB_Policies, LoadBalancePolicy, 8, 4);
HBALAB_MEMBER(ISCSI_Supported_LB_Policies, iSCSI_PathCount, 12, 4);
HBALAB_MEMBER(ISCSI_Supported_LB_Policies, iSCSI_Paths, 16, 32);

HBALAB_STRUCT(SetLoadBalancePolicy_IN, 48, 8, 48);
HBALAB_MEMBER(SetLoadBalancePolicy_IN, LoadBalancePolicies, 0, 48);

HBALAB_STRUCT(SetLoadBalancePolicy_OUT, 4, 4, 4);
HBALAB_MEMBER(SetLoadBalancePolicy_OUT, Status, 0, 4);

HBALAB_STRUCT(MSiSCSI_QueryLBPolicy, 64, 8, 64);
HBALAB_MEMBER(MSiSCSI_QueryLBPolicy, UniqueAdapterId, 0, 8);
HBALAB_MEMBER(MSiSCSI_QueryLBPolicy, Reserved, 8, 4);
HBALAB_MEMBER(MSiSCSI_QueryLBPolicy, SessionCount, 12, 4);
HBALAB_MEMBER(MSiSCSI_QueryLBPolicy, LoadBalancePolicies, 16, 48);

HBALAB_STRUCT(MSiSCSI_Eventlog, 16, 4, 13);
HBALAB_MEMBER(MSiSCSI_Eventlog, Type, 0, 4);
HBALAB_MEMBER(MSiSCSI_Eventlog, LogToEventlog, 4, 4);
HBALAB_MEMBER(MSiSCSI_Eventlog, Size, 8, 4);
HBALAB_MEMBER(MSiSCSI_Eventlog, AdditionalData, 12, 1);

HBALAB_STRUCT(ISCSI_RedirectPortalInfo, 1120, 8, 1114);
HBALAB_MEMBER(ISCSI_RedirectPortalInfo, UniqueConnectionId, 0, 8);
HBALAB_MEMBER(ISCSI_RedirectPortalInfo, OriginalIPAddr, 8, 548);
HBALAB_MEMBER(ISCSI_RedirectPortalInfo, OriginalPort, 556, 4);
HBALAB_MEMBER(ISCSI_RedirectPortalInfo, RedirectedIPAddr, 560, 548);
HBALAB_MEMBER(ISCSI_RedirectPortalInfo, RedirectedPort, 1108, 4);
HBALAB_MEMBER(ISCSI_RedirectPortalInfo, Redirected, 1112, 1);
HBALAB_MEMBER(ISCSI_RedirectPortalInfo, TemporaryRedirect, 1113, 1);

HBALAB_STRUCT(ISCSI_RedirectSessionInfo, 1136, 8, 1136);
HBALAB_MEMBER(ISCSI_RedirectSessionInfo, UniqueSessionId, 0, 8);
HBALAB_MEMBER(ISCSI_RedirectSessionInfo, TargetPortalGroupTag, 8, 4);
HBALAB_MEMBER(ISCSI_RedirectSessionInfo, ConnectionCount, 12, 4);
HBALAB_MEMBER(ISCSI_RedirectSessionInfo, RedirectPortalList, 16, 1120);

HBALAB_STRUCT(MSiSCSI_RedirectPortalInfoClass, 1152, 8, 1152);
HBALAB_MEMBER(MSiSCSI_RedirectPortalInfoClass, UniqueAdapterId, 0, 8);
HBALAB_MEMBER(MSiSCSI_RedirectPortalInfoClass, SessionCount, 8, 4);
HBALAB_MEMBER(MSiSCSI_RedirectPortalInfoClass, RedirectSessionList, 16, 1136);

HBALAB_STRUCT(PingIPAddress_IN, 560, 4, 560);
HBALAB_MEMBER(PingIPAddress_IN, RequestCount, 0, 4);
HBALAB_MEMBER(PingIPAddress_IN, RequestSize, 4, 4);
HBALAB_MEMBER(PingIPAddress_IN, Timeout, 8, 4);
HBALAB_MEMBER(PingIPAddress_IN, Address, 12, 548);

HBALAB_STRUCT(PingIPAddress_OUT, 8, 4, 8);
HBALAB_MEMBER(PingIPAddress_OUT, Status, 0, 4);
HBALAB_MEMBER(PingIPAddress_OUT, ResponsesReceived, 4, 4);

// iscsiprf.h
HBALAB_STRUCT(MSiSCSI_MMIPSECStats, 168, 8, 168);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, ActiveAcquire, 0, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, ActiveReceive, 8, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, AcquireFailures, 16, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, ReceiveFailures, 24, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, SendFailures, 32, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, AcquireHeapSize, 40, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, ReceiveHeapSize, 48, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, NegotiationFailures, 56, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, AuthenticationFailures, 64, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, InvalidCookiesReceived, 72, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, TotalGetSPI, 80, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, KeyAdditions, 88, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, KeyUpdates, 96, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, GetSPIFailures, 104, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, KeyAdditionFailures, 112, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, KeyUpdateFailures, 120, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, ConnectionListSize, 128, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, OakleyMainMode, 136, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, OakleyQuickMode, 144, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, InvalidPackets, 152, 8);
HBALAB_MEMBER(MSiSCSI_MMIPSECStats, SoftAssociations, 160, 8);

HBALAB_STRUCT(MSiSCSI_QMIPSECStats, 144, 8, 144);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, ActiveSA, 0, 8);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, PendingKeyOperations, 8, 8);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, KeyAdditions, 16, 8);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, KeyDeletions, 24, 8);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, ReKeys, 32, 8);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, ActiveTunnels, 40, 8);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, BadSPIPackets, 48, 8);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, PacketsNotDecrypted, 56, 8);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, PacketsNotAuthenticated, 64, 8);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, PacketsWithReplayDetection, 72, 8);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, ConfidentialBytesSent, 80, 8);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, ConfidentialBytesReceived, 88, 8);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, AuthenticatedBytesSent, 96, 8);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, AuthenticatedBytesReceived, 104, 8);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, TransportBytesSent, 112, 8);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, TransportBytesReceived, 120, 8);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, TunnelBytesSent, 128, 8);
HBALAB_MEMBER(MSiSCSI_QMIPSECStats, TunnelBytesReceived, 136, 8);

HBALAB_STRUCT(MSiSCSI_ConnectionStatistics, 504, 8, 504);
HBALAB_MEMBER(MSiSCSI_ConnectionStatistics, iSCSIName, 0, 448);
HBALAB_MEMBER(MSiSCSI_ConnectionStatistics, CID, 448, 2);
HBALAB_MEMBER(MSiSCSI_ConnectionStatistics, USID, 456, 8);
HBALAB_MEMBER(MSiSCSI_ConnectionStatistics, UniqueAdapterId, 464, 8);
HBALAB_MEMBER(MSiSCSI_ConnectionStatistics, BytesSent, 472, 8);
HBALAB_MEMBER(MSiSCSI_ConnectionStatistics, BytesReceived, 480, 8);
HBALAB_MEMBER(MSiSCSI_ConnectionStatistics, PDUCommandsSent, 488, 8);
HBALAB_MEMBER(MSiSCSI_ConnectionStatistics, PDUResponsesReceived, 496, 8);

HBALAB_STRUCT(MSiSCSI_SessionStatistics, 520, 8, 520);
HBALAB_MEMBER(MSiSCSI_SessionStatistics, iSCSIName, 0, 448);
HBALAB_MEMBER(MSiSCSI_SessionStatistics, USID, 448, 8);
HBALAB_MEMBER(MSiSCSI_SessionStatistics, UniqueAdapterId, 456, 8);
HBALAB_MEMBER(MSiSCSI_SessionStatistics, BytesSent, 464, 8);
HBALAB_MEMBER(MSiSCSI_SessionStatistics, BytesReceived, 472, 8);
HBALAB_MEMBER(MSiSCSI_SessionStatistics, PDUCommandsSent, 480, 8);
HBALAB_MEMBER(MSiSCSI_SessionStatistics, PDUResponsesReceived, 488, 8);
HBALAB_MEMBER(MSiSCSI_SessionStatistics, DigestErrors, 496, 8);
HBALAB_MEMBER(MSiSCSI_SessionStatistics, ConnectionTimeoutErrors, 504, 8);
HBALAB_MEMBER(MSiSCSI_SessionStatistics, FormatErrors, 512, 8);

HBALAB_STRUCT(MSiSCSI_InitiatorLoginStatistics, 48, 8, 44);
HBALAB_MEMBER(MSiSCSI_InitiatorLoginStatistics, UniqueAdapterId, 0, 8);
HBALAB_MEMBER(MSiSCSI_InitiatorLoginStatistics, LoginAcceptRsps, 8, 4);
HBALAB_MEMBER(MSiSCSI_InitiatorLoginStatistics, LoginOtherFailRsps, 12, 4);
HBALAB_MEMBER(MSiSCSI_InitiatorLoginStatistics, LoginRedirectRsps, 16, 4);
HBALAB_MEMBER(MSiSCSI_InitiatorLoginStatistics, LoginAuthFailRsps, 20, 4);
HBALAB_MEMBER(MSiSCSI_InitiatorLoginStatistics, LoginAuthenticateFails, 24, 4);
HBALAB_MEMBER(MSiSCSI_InitiatorLoginStatistics, LoginNegotiateFails, 28, 4);
HBALAB_MEMBER(MSiSCSI_InitiatorLoginStatistics, LogoutNormals, 32, 4);
HBALAB_MEMBER(MSiSCSI_InitiatorLoginStatistics, LogoutOtherCodes, 36, 4);
HBALAB_MEMBER(MSiSCSI_InitiatorLoginStatistics, LoginFailures, 40, 4);

HBALAB_STRUCT(MSiSCSI_InitiatorInstanceStatistics, 24, 8, 24);
HBALAB_MEMBER(MSiSCSI_InitiatorInstanceStatistics, UniqueAdapterId, 0, 8);
HBALAB_MEMBER(MSiSCSI_InitiatorInstanceStatistics, SessionDigestErrorCount, 8, 4);
HBALAB_MEMBER(MSiSCSI_InitiatorInstanceStatistics, SessionConnectionTimeoutErrorCount, 12, 4);
HBALAB_MEMBER(MSiSCSI_InitiatorInstanceStatistics, SessionFormatErrorCount, 16, 4);
HBALAB_MEMBER(MSiSCSI_InitiatorInstanceStatistics, SessionFailureCount, 20, 4);

HBALAB_STRUCT(MSiSCSI_NICPerformance, 16, 4, 16);
HBALAB_MEMBER(MSiSCSI_NICPerformance, BytesTransmitted, 0, 4);
HBALAB_MEMBER(MSiSCSI_NICPerformance, BytesReceived, 4, 4);
HBALAB_MEMBER(MSiSCSI_NICPerformance, PDUTransmitted, 8, 4);
HBALAB_MEMBER(MSiSCSI_NICPerformance, PDUReceived, 12, 4);

HBALAB_STRUCT(MSiSCSI_RequestTimeStatistics, 480, 8, 480);
HBALAB_MEMBER(MSiSCSI_RequestTimeStatistics, iSCSIName, 0, 448);
HBALAB_MEMBER(MSiSCSI_RequestTimeStatistics, CID, 448, 2);
HBALAB_MEMBER(MSiSCSI_RequestTimeStatistics, USID, 456, 8);
HBALAB_MEMBER(MSiSCSI_RequestTimeStatistics, UniqueAdapterId, 464, 8);
HBALAB_MEMBER(MSiSCSI_RequestTimeStatistics, MaximumProcessingTime, 472, 4);
HBALAB_MEMBER(MSiSCSI_RequestTimeStatistics, AverageProcessingTime, 476, 4);

// iscsicfg.h
HBALAB_STRUCT(MSiSCSI_TCPIPConfig, 2748, 4, 2748);
HBALAB_MEMBER(MSiSCSI_TCPIPConfig, UseLinkLocalAddress, 0, 1);
HBALAB_MEMBER(MSiSCSI_TCPIPConfig, EnableDHCP, 1, 1);
HBALAB_MEMBER(MSiSCSI_TCPIPConfig, UseDHCPForDNS, 2, 1);
HBALAB_MEMBER(MSiSCSI_TCPIPConfig, IPVersions, 4, 4);
HBALAB_MEMBER(MSiSCSI_TCPIPConfig, IpAddress, 8, 548);
HBALAB_MEMBER(MSiSCSI_TCPIPConfig, DefaultGateway, 556, 548);
HBALAB_MEMBER(MSiSCSI_TCPIPConfig, SubnetMask, 1104, 548);
HBALAB_MEMBER(MSiSCSI_TCPIPConfig, PreferredDNSServer, 1652, 548);
HBALAB_MEMBER(MSiSCSI_TCPIPConfig, AlternateDNSServer, 2200, 548);

HBALAB_STRUCT(MSiSCSI_NICConfig, 24, 4, 22);
HBALAB_MEMBER(MSiSCSI_NICConfig, LinkSpeed, 0, 4);
HBALAB_MEMBER(MSiSCSI_NICConfig, MaxLinkSpeed, 4, 4);
HBALAB_MEMBER(MSiSCSI_NICConfig, LinkState, 8, 4);
HBALAB_MEMBER(MSiSCSI_NICConfig, MaxFrameSize, 12, 4);
HBALAB_MEMBER(MSiSCSI_NICConfig, MacAddress, 16, 6);

HBALAB_STRUCT(MSiSCSI_BootConfiguration, 1520, 8, 1513);
HBALAB_MEMBER(MSiSCSI_BootConfiguration, LUN, 0, 8);
HBALAB_MEMBER(MSiSCSI_BootConfiguration, SecurityFlags, 8, 8);
HBALAB_MEMBER(MSiSCSI_BootConfiguration, UsernameSize, 16, 4);
HBALAB_MEMBER(MSiSCSI_BootConfiguration, PasswordSize, 20, 4);
HBALAB_MEMBER(MSiSCSI_BootConfiguration, DiscoverBootDevice, 24, 1);
HBALAB_MEMBER(MSiSCSI_BootConfiguration, InitiatorNode, 26, 448);
HBALAB_MEMBER(MSiSCSI_BootConfiguration, TargetName, 474, 448);
HBALAB_MEMBER(MSiSCSI_BootConfiguration, TargetPortal, 924, 556);
HBALAB_MEMBER(MSiSCSI_BootConfiguration, LoginOptions, 1480, 32);
HBALAB_MEMBER(MSiSCSI_BootConfiguration, Username, 1512, 1);

HBALAB_STRUCT(MSiSCSI_SecurityCapabilities, 12, 4, 12);
HBALAB_MEMBER(MSiSCSI_SecurityCapabilities, ProtectiScsiTraffic, 0, 1);
HBALAB_MEMBER(MSiSCSI_SecurityCapabilities, ProtectiSNSTraffic, 1, 1);
HBALAB_MEMBER(MSiSCSI_SecurityCapabilities, CertificatesSupported, 2, 1);
HBALAB_MEMBER(MSiSCSI_SecurityCapabilities, EncryptionAvailableCount, 4, 4);
HBALAB_MEMBER(MSiSCSI_SecurityCapabilities, EncryptionAvailable, 8, 4);

HBALAB_STRUCT(MSiSCSI_DiscoveryConfig, 1068, 4, 1068);
HBALAB_MEMBER(MSiSCSI_DiscoveryConfig, PerformiSNSDiscovery, 0, 1);
HBALAB_MEMBER(MSiSCSI_DiscoveryConfig, PerformSLPDiscovery, 1, 1);
HBALAB_MEMBER(MSiSCSI_DiscoveryConfig, AutomaticiSNSDiscovery, 2, 1);
HBALAB_MEMBER(MSiSCSI_DiscoveryConfig, InitiatorName, 4, 514);
HBALAB_MEMBER(MSiSCSI_DiscoveryConfig, iSNSServer, 520, 548);

HBALAB_STRUCT(MSiSCSI_RADIUSConfig, 1112, 4, 1109);
HBALAB_MEMBER(MSiSCSI_RADIUSConfig, UseRADIUSForCHAP, 0, 1);
HBALAB_MEMBER(MSiSCSI_RADIUSConfig, SharedSecretSizeInBytes, 4, 4);
HBALAB_MEMBER(MSiSCSI_RADIUSConfig, RADIUSServer, 8, 548);
HBALAB_MEMBER(MSiSCSI_RADIUSConfig, BackupRADIUSServer, 556, 548);
HBALAB_MEMBER(MSiSCSI_RADIUSConfig, Reserved, 1104, 4);
HBALAB_MEMBER(MSiSCSI_RADIUSConfig, SharedSecret, 1108, 1);

}  // namespace hbalab::iscsi
