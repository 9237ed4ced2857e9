// The adapter, its portals, sessions, paths and events (iscsimgt.h).
// Names of structures and members are those of the WDK header, offsets those of x64 (/Zp8). Members
// that the header shows with one element have as many as the counting member says; what follows a
// member of variable size lies right behind it, aligned to its own alignment.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "iscsiop/iscsidef.hpp"

namespace hbalab::iscsi {

inline constexpr Guid16 MSiSCSI_HBAInformationGuid{0xf3, 0x5b, 0x51, 0x58, 0x59, 0x2f, 0x37, 0x4f,
                                                   0xb7, 0x4f, 0x85, 0xae, 0xec, 0x65, 0x2a, 0xd6};

// What the adapter is and what it can do.
struct MSiSCSI_HBAInformation {
  Le64 UniqueAdapterId;
  std::uint8_t IntegratedTCPIP;
  std::uint8_t RequiresBinaryIpAddresses;
  std::uint8_t VersionMin;
  std::uint8_t VersionMax;
  std::uint8_t MultifunctionDevice;
  std::uint8_t CacheValid;
  Le32 NumberOfPorts;
  Le32 Status;
  Le32 FunctionalitySupported;
  std::uint8_t GenerationalGuid[16];
  Le32 MaxCDBLength;
  std::uint8_t BiDiScsiCommands;
  Le16 VendorID[255 + 1];          // count of bytes, then the characters
  Le16 VendorModel[255 + 1];       // count of bytes, then the characters
  Le16 VendorVersion[255 + 1];     // count of bytes, then the characters
  Le16 FirmwareVersion[255 + 1];   // count of bytes, then the characters
  Le16 AsicVersion[255 + 1];       // count of bytes, then the characters
  Le16 OptionRomVersion[255 + 1];  // count of bytes, then the characters
  Le16 SerialNumber[255 + 1];      // count of bytes, then the characters
  Le16 DriverName[255 + 1];        // count of bytes, then the characters
};

inline constexpr Guid16 MSiSCSI_HBASessionConfigGuid{
    0xde, 0x94, 0x56, 0xb3, 0x23, 0xd3, 0xd2, 0x49, 0xab, 0xb2, 0x81, 0x39, 0x20, 0x9a, 0xd1, 0x50};

// What the adapter offers in the login of every session.
struct MSiSCSI_HBASessionConfig {
  std::uint8_t InitialR2T;
  std::uint8_t ImmediateData;
  Le32 MaxRecvDataSegmentLength;
  Le32 MaxBurstLength;
  Le32 FirstBurstLength;
  Le32 MaxOutstandingR2T;
};
inline constexpr std::size_t MSiSCSI_HBASessionConfig_SIZE =
    offsetof(MSiSCSI_HBASessionConfig, MaxOutstandingR2T) +
    sizeof(MSiSCSI_HBASessionConfig::MaxOutstandingR2T);

inline constexpr Guid16 ISCSI_ConnectionStaticInfoGuid{
    0xa0, 0xd6, 0xe2, 0x3c, 0x46, 0x73, 0x26, 0x48, 0x97, 0x2f, 0xf2, 0xc1, 0x97, 0x79, 0xd1, 0xd1};

// A connection of a session, with what was negotiated for it.
struct ISCSI_ConnectionStaticInfo {
  Le64 UniqueConnectionId;
  Le16 CID;
  std::uint8_t State;
  std::uint8_t Protocol;
  std::uint8_t HeaderIntegrity;
  std::uint8_t DataIntegrity;
  Le16 Reserved;
  Le32 MaxRecvDataSegmentLength;
  Le32 AuthType;
  ISCSI_IP_Address LocalAddr;
  Le32 LocalPort;
  ISCSI_IP_Address RemoteAddr;
  Le32 RemotePort;
  Le64 EstimatedThroughput;
  Le32 MaxDatagramSize;
};
inline constexpr std::size_t ISCSI_ConnectionStaticInfo_SIZE =
    offsetof(ISCSI_ConnectionStaticInfo, MaxDatagramSize) +
    sizeof(ISCSI_ConnectionStaticInfo::MaxDatagramSize);

inline constexpr Guid16 ISCSI_SessionStaticInfoGuid{0x38, 0x25, 0x1d, 0xb7, 0xe2, 0x57, 0x28, 0x42,
                                                    0x88, 0x8b, 0x1a, 0xf9, 0xb3, 0xbd, 0x01, 0xcd};

// A session, with what was negotiated for it and its connections.
struct ISCSI_SessionStaticInfo {
  Le64 UniqueSessionId;
  Le16 InitiatoriSCSIName[223 + 1];  // count of bytes, then the characters
  Le16 TargetiSCSIName[223 + 1];     // count of bytes, then the characters
  Le16 TSID;
  std::uint8_t ISID[6];
  std::uint8_t InitialR2t;
  std::uint8_t ImmediateData;
  std::uint8_t Type;
  std::uint8_t DataSequenceInOrder;
  std::uint8_t DataPduInOrder;
  std::uint8_t ErrorRecoveryLevel;
  Le32 MaxOutstandingR2t;
  Le32 FirstBurstLength;
  Le32 MaxBurstLength;
  Le32 MaxConnections;
  Le16 ConnectionCount;
  ISCSI_ConnectionStaticInfo ConnectionsList[1];  // ConnectionCount elements
};

inline constexpr Guid16 ISCSI_PortalInfoGuid{0x0e, 0x13, 0xb9, 0x4f, 0xef, 0x1f, 0xe6, 0x4a,
                                             0x9e, 0x48, 0x77, 0x83, 0x92, 0x04, 0xd4, 0x13};

// A network portal of the adapter, or of a target that it knows.
struct ISCSI_PortalInfo {
  Le32 Index;
  std::uint8_t PortalType;
  std::uint8_t Protocol;
  std::uint8_t Reserved1;
  std::uint8_t Reserved2;
  ISCSI_IP_Address IPAddr;
  Le32 Port;
  Le16 PortalTag;
};
inline constexpr std::size_t ISCSI_PortalInfo_SIZE =
    offsetof(ISCSI_PortalInfo, PortalTag) + sizeof(ISCSI_PortalInfo::PortalTag);

inline constexpr Guid16 MSiSCSI_PortalInfoClassGuid{0xd6, 0x6f, 0xca, 0x84, 0x52, 0xb1, 0x6a, 0x4e,
                                                    0x88, 0x69, 0xfd, 0xe5, 0xe3, 0x7b, 0x61, 0x57};

// The portals of the adapter.
struct MSiSCSI_PortalInfoClass {
  Le32 PortalInfoCount;
  ISCSI_PortalInfo PortalInformation[1];  // PortalInfoCount elements
};

inline constexpr Guid16 MSiSCSI_InitiatorSessionInfoGuid{
    0x11, 0x14, 0x93, 0xd7, 0x76, 0x03, 0x69, 0x48, 0xa4, 0x91, 0x8d, 0x67, 0x9b, 0xfc, 0x00, 0x4a};

// The sessions of the adapter.
struct MSiSCSI_InitiatorSessionInfo {
  Le64 UniqueAdapterId;
  Le32 SessionCount;
  ISCSI_SessionStaticInfo SessionsList[1];  // SessionCount elements
};

inline constexpr Guid16 MSiSCSI_InitiatorNodeFailureEventGuid{
    0x8a, 0x94, 0x21, 0x12, 0x32, 0x63, 0xc2, 0x4a, 0xaa, 0x04, 0x26, 0x8a, 0xab, 0xce, 0xce, 0x4f};

// A login or logout of the initiator node failed.
struct MSiSCSI_InitiatorNodeFailureEvent {
  Le64 FailureTime;
  std::uint8_t FailureType;
  Le16 TargetFailureName[223 + 1];  // count of bytes, then the characters
  ISCSI_IP_Address TargetFailureAddr;
};
inline constexpr std::size_t MSiSCSI_InitiatorNodeFailureEvent_SIZE =
    offsetof(MSiSCSI_InitiatorNodeFailureEvent, TargetFailureAddr) +
    sizeof(MSiSCSI_InitiatorNodeFailureEvent::TargetFailureAddr);

inline constexpr Guid16 MSiSCSI_InitiatorInstanceFailureEventGuid{
    0xdb, 0x1b, 0x7e, 0xe6, 0x30, 0xd1, 0x43, 0x41, 0x9e, 0xb2, 0x8b, 0xee, 0x18, 0x99, 0xfd, 0x52};

// A session of the adapter ended in an error.
struct MSiSCSI_InitiatorInstanceFailureEvent {
  std::uint8_t FailureType;
  Le16 RemoteNodeName[223 + 1];  // count of bytes, then the characters
};

inline constexpr Guid16 ISCSI_PathGuid{0x41, 0x56, 0x77, 0xc8, 0x30, 0x54, 0x20, 0x42,
                                       0xba, 0x25, 0x7d, 0xa5, 0x61, 0xcb, 0x64, 0xce};

// A path of a session, which is one connection.
struct ISCSI_Path {
  Le64 UniqueConnectionId;
  Le64 EstimatedLinkSpeed;
  Le32 PathWeight;
  Le32 PrimaryPath;
  Le32 ConnectionStatus;
  Le32 TCPOffLoadAvailable;
};
inline constexpr std::size_t ISCSI_Path_SIZE =
    offsetof(ISCSI_Path, TCPOffLoadAvailable) + sizeof(ISCSI_Path::TCPOffLoadAvailable);

inline constexpr Guid16 ISCSI_Supported_LB_PoliciesGuid{
    0x4d, 0xfe, 0x9a, 0x74, 0x4d, 0x80, 0x62, 0x46, 0xa6, 0x8b, 0xdc, 0x69, 0x66, 0x55, 0xc7, 0x9a};

// Load balance policy of a session and its paths.
struct ISCSI_Supported_LB_Policies {
  Le64 UniqueSessionId;
  Le32 LoadBalancePolicy;
  Le32 iSCSI_PathCount;
  ISCSI_Path iSCSI_Paths[1];  // iSCSI_PathCount elements
};

inline constexpr Guid16 MSiSCSI_LB_OperationsGuid{0x61, 0xe7, 0xdf, 0xa7, 0xbc, 0xb6, 0x90, 0x44,
                                                  0x91, 0xb0, 0xd9, 0xcf, 0x4a, 0x24, 0xd3, 0x7c};

// WmiMethodIds. Sets the load balance policy of sessions.
enum class MSiSCSI_LB_OperationsMethod : std::uint32_t {
  SetLoadBalancePolicy = 10,
};

// Sets policy and path weights of a session.
struct SetLoadBalancePolicy_IN {
  ISCSI_Supported_LB_Policies LoadBalancePolicies;
};
inline constexpr std::size_t SetLoadBalancePolicy_IN_SIZE =
    offsetof(SetLoadBalancePolicy_IN, LoadBalancePolicies) +
    sizeof(SetLoadBalancePolicy_IN::LoadBalancePolicies);

// Answer of SetLoadBalancePolicy.
struct SetLoadBalancePolicy_OUT {
  Le32 Status;
};
inline constexpr std::size_t SetLoadBalancePolicy_OUT_SIZE =
    offsetof(SetLoadBalancePolicy_OUT, Status) + sizeof(SetLoadBalancePolicy_OUT::Status);

inline constexpr Guid16 MSiSCSI_QueryLBPolicyGuid{0xee, 0xca, 0xae, 0xe0, 0x11, 0xb3, 0x6f, 0x42,
                                                  0xb6, 0x7a, 0x18, 0xd5, 0xe5, 0x5d, 0x09, 0x96};

// Load balance policies of the adapter's sessions.
struct MSiSCSI_QueryLBPolicy {
  Le64 UniqueAdapterId;
  Le32 Reserved;
  Le32 SessionCount;
  ISCSI_Supported_LB_Policies LoadBalancePolicies[1];  // SessionCount elements
};

inline constexpr Guid16 MSiSCSI_EventlogGuid{0x2b, 0x55, 0xb8, 0xe6, 0x62, 0x7c, 0x6e, 0x4c,
                                             0x99, 0xeb, 0x67, 0xce, 0x60, 0x87, 0x89, 0x4c};

// Asks the initiator service to write an entry to the event log.
struct MSiSCSI_Eventlog {
  Le32 Type;
  Le32 LogToEventlog;
  Le32 Size;
  std::uint8_t AdditionalData[1];  // Size bytes
};

inline constexpr Guid16 ISCSI_RedirectPortalInfoGuid{
    0xe6, 0x4c, 0x00, 0xf6, 0x07, 0x95, 0x86, 0x4d, 0xae, 0x1e, 0xe9, 0xd6, 0x4f, 0x16, 0x6f, 0x2f};

// Where a connection was asked to go and where it went.
struct ISCSI_RedirectPortalInfo {
  Le64 UniqueConnectionId;
  ISCSI_IP_Address OriginalIPAddr;
  Le32 OriginalPort;
  ISCSI_IP_Address RedirectedIPAddr;
  Le32 RedirectedPort;
  std::uint8_t Redirected;
  std::uint8_t TemporaryRedirect;
};
inline constexpr std::size_t ISCSI_RedirectPortalInfo_SIZE =
    offsetof(ISCSI_RedirectPortalInfo, TemporaryRedirect) +
    sizeof(ISCSI_RedirectPortalInfo::TemporaryRedirect);

inline constexpr Guid16 ISCSI_RedirectSessionInfoGuid{
    0x3f, 0xbc, 0x60, 0xed, 0x56, 0x3d, 0xf0, 0x42, 0xb4, 0xd0, 0x81, 0xdd, 0x16, 0xe2, 0x85, 0x15};

// Redirections of the connections of a session.
struct ISCSI_RedirectSessionInfo {
  Le64 UniqueSessionId;
  Le32 TargetPortalGroupTag;
  Le32 ConnectionCount;
  ISCSI_RedirectPortalInfo RedirectPortalList[1];  // ConnectionCount elements
};

inline constexpr Guid16 MSiSCSI_RedirectPortalInfoClassGuid{
    0x3a, 0xf6, 0xf7, 0xda, 0xea, 0xf9, 0x69, 0x48, 0x87, 0xe1, 0xae, 0x8a, 0x7c, 0x22, 0x61, 0xe2};

// Redirections of the adapter's sessions.
struct MSiSCSI_RedirectPortalInfoClass {
  Le64 UniqueAdapterId;
  Le32 SessionCount;
  ISCSI_RedirectSessionInfo RedirectSessionList[1];  // SessionCount elements
};

inline constexpr Guid16 MSiSCSI_ManagementOperationsGuid{
    0xf0, 0x65, 0xd7, 0xb8, 0x93, 0x2d, 0xa2, 0x4d, 0x81, 0x86, 0xa1, 0x87, 0x62, 0x2b, 0x43, 0x02};

// WmiMethodIds. Methods that test the adapter's network.
enum class MSiSCSI_ManagementOperationsMethod : std::uint32_t {
  PingIPAddress = 10,
};

// Sends ICMP echo requests from the adapter.
struct PingIPAddress_IN {
  Le32 RequestCount;
  Le32 RequestSize;
  Le32 Timeout;
  ISCSI_IP_Address Address;
};
inline constexpr std::size_t PingIPAddress_IN_SIZE =
    offsetof(PingIPAddress_IN, Address) + sizeof(PingIPAddress_IN::Address);

// Answer of PingIPAddress.
struct PingIPAddress_OUT {
  Le32 Status;
  Le32 ResponsesReceived;
};
inline constexpr std::size_t PingIPAddress_OUT_SIZE =
    offsetof(PingIPAddress_OUT, ResponsesReceived) + sizeof(PingIPAddress_OUT::ResponsesReceived);

}  // namespace hbalab::iscsi
