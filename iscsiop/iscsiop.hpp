// Operations, persistent logins, mappings and boot information (iscsiop.h).
// Names of structures and members are those of the WDK header, offsets those of x64 (/Zp8). Members
// that the header shows with one element have as many as the counting member says; what follows a
// member of variable size lies right behind it, aligned to its own alignment.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "iscsiop/iscsidef.hpp"

namespace hbalab::iscsi {

inline constexpr Guid16 MSiSCSI_OperationsGuid{0xbf, 0x82, 0x4d, 0xea, 0xda, 0x29, 0x12, 0x4e,
                                               0x80, 0x0a, 0xe5, 0x43, 0x79, 0x64, 0x46, 0x2c};

// WmiMethodIds of the class.
enum class MSiSCSI_OperationsMethod : std::uint32_t {
  SendTargets = 10,
  LoginToTarget = 30,
  LogoutFromTarget = 31,
  AddConnectionToSession = 32,
  RemovePersistentLogin = 33,
  RemoveConnectionFromSession = 34,
  ScsiInquiry = 50,
  ScsiReadCapacity = 51,
  ScsiReportLuns = 52,
  SetCHAPSharedSecret = 71,
  SetRADIUSSharedSecret = 72,
  DeleteInitiatorNodeName = 91,
  SetInitiatorNodeName = 92,
  AddiSNSServer = 101,
  RemoveiSNSServer = 102,
  AddRADIUSServer = 103,
  RemoveRADIUSServer = 104,
};

// Sends a SendTargets text request over a session and returns the answer.
struct SendTargets_IN {
  Le64 UniqueSessionId;
  Le16 SendTargetsText[223 + 1];  // count of bytes, then the characters
};

// Answer of SendTargets.
struct SendTargets_OUT {
  Le32 Status;
  Le32 ResponseSize;
  std::uint8_t Response[1];  // ResponseSize bytes
};

// Logs in to a target and makes a session, or stores a persistent login without logging in now.
struct LoginToTarget_IN {
  Le32 PortNumber;
  ISCSI_LoginOptions LoginOptions;
  Le32 SessionType;
  Le64 SecurityFlags;
  ISCSI_TargetPortal TargetPortal;
  Le32 UsernameSize;
  Le32 PasswordSize;
  Le32 KeySize;
  Le16 UniqueIdForISID;
  std::uint8_t PersistentLogin;
  Le16 InitiatorNode[223 + 1];   // count of bytes, then the characters
  Le16 InitiatorAlias[255 + 1];  // count of bytes, then the characters
  Le16 TargetName[223 + 1];      // count of bytes, then the characters
  ISCSI_TargetMapping Mappings;
  std::uint8_t Key[1];  // KeySize bytes
  // std::uint8_t Username[] of UsernameSize bytes, right behind the member before it
  // std::uint8_t Password[] of PasswordSize bytes, right behind the member before it
};

// Answer of LoginToTarget.
struct LoginToTarget_OUT {
  Le32 Status;
  Le64 UniqueSessionId;
  Le64 UniqueConnectionId;
};
inline constexpr std::size_t LoginToTarget_OUT_SIZE =
    offsetof(LoginToTarget_OUT, UniqueConnectionId) + sizeof(LoginToTarget_OUT::UniqueConnectionId);

// Ends a session with all of its connections and removes its devices.
struct LogoutFromTarget_IN {
  Le64 UniqueSessionId;
};
inline constexpr std::size_t LogoutFromTarget_IN_SIZE =
    offsetof(LogoutFromTarget_IN, UniqueSessionId) + sizeof(LogoutFromTarget_IN::UniqueSessionId);

// Answer of LogoutFromTarget.
struct LogoutFromTarget_OUT {
  Le32 Status;
};
inline constexpr std::size_t LogoutFromTarget_OUT_SIZE =
    offsetof(LogoutFromTarget_OUT, Status) + sizeof(LogoutFromTarget_OUT::Status);

// Adds a connection to a session.
struct AddConnectionToSession_IN {
  Le64 UniqueAdapterId;
  Le64 UniqueSessionId;
  Le64 SecurityFlags;
  Le32 PortNumber;
  ISCSI_LoginOptions LoginOptions;
  ISCSI_TargetPortal TargetPortal;
  Le32 UsernameSize;
  Le32 PasswordSize;
  Le32 KeySize;
  std::uint8_t Key[1];  // KeySize bytes
  // std::uint8_t Username[] of UsernameSize bytes, right behind the member before it
  // std::uint8_t Password[] of PasswordSize bytes, right behind the member before it
};

// Answer of AddConnectionToSession.
struct AddConnectionToSession_OUT {
  Le32 Status;
  Le64 UniqueConnectionId;
};
inline constexpr std::size_t AddConnectionToSession_OUT_SIZE =
    offsetof(AddConnectionToSession_OUT, UniqueConnectionId) +
    sizeof(AddConnectionToSession_OUT::UniqueConnectionId);

// Removes stored logins, so that they are not repeated at the next start. Running sessions stay.
struct RemovePersistentLogin_IN {
  Le32 PortNumber;
  Le16 TargetName[223 + 1];  // count of bytes, then the characters
  ISCSI_TargetPortal TargetPortal;
};
inline constexpr std::size_t RemovePersistentLogin_IN_SIZE =
    offsetof(RemovePersistentLogin_IN, TargetPortal) +
    sizeof(RemovePersistentLogin_IN::TargetPortal);

// Answer of RemovePersistentLogin.
struct RemovePersistentLogin_OUT {
  Le32 Status;
};
inline constexpr std::size_t RemovePersistentLogin_OUT_SIZE =
    offsetof(RemovePersistentLogin_OUT, Status) + sizeof(RemovePersistentLogin_OUT::Status);

// Removes a connection from a session that keeps at least one other.
struct RemoveConnectionFromSession_IN {
  Le64 UniqueSessionId;
  Le64 UniqueConnectionId;
};
inline constexpr std::size_t RemoveConnectionFromSession_IN_SIZE =
    offsetof(RemoveConnectionFromSession_IN, UniqueConnectionId) +
    sizeof(RemoveConnectionFromSession_IN::UniqueConnectionId);

// Answer of RemoveConnectionFromSession.
struct RemoveConnectionFromSession_OUT {
  Le32 Status;
};
inline constexpr std::size_t RemoveConnectionFromSession_OUT_SIZE =
    offsetof(RemoveConnectionFromSession_OUT, Status) +
    sizeof(RemoveConnectionFromSession_OUT::Status);

// Sends INQUIRY to a logical unit and returns what came back.
struct ScsiInquiry_IN {
  Le64 UniqueSessionId;
  Le64 Lun;
  std::uint8_t InquiryFlags;
  std::uint8_t PageCode;
};
inline constexpr std::size_t ScsiInquiry_IN_SIZE =
    offsetof(ScsiInquiry_IN, PageCode) + sizeof(ScsiInquiry_IN::PageCode);

// Answer of ScsiInquiry.
struct ScsiInquiry_OUT {
  Le32 Status;
  Le32 ResponseBufferSize;
  std::uint8_t ScsiStatus;
  std::uint8_t SenseBuffer[18];
  std::uint8_t ResponseBuffer[1];  // ResponseBufferSize bytes
};

// Sends READ CAPACITY to a logical unit and returns what came back.
struct ScsiReadCapacity_IN {
  Le64 UniqueSessionId;
  Le64 Lun;
};
inline constexpr std::size_t ScsiReadCapacity_IN_SIZE =
    offsetof(ScsiReadCapacity_IN, Lun) + sizeof(ScsiReadCapacity_IN::Lun);

// Answer of ScsiReadCapacity.
struct ScsiReadCapacity_OUT {
  Le32 Status;
  Le32 ResponseBufferSize;
  std::uint8_t ScsiStatus;
  std::uint8_t SenseBuffer[18];
  std::uint8_t ResponseBuffer[1];  // ResponseBufferSize bytes
};

// Sends REPORT LUNS to LUN 0 of the target and returns what came back.
struct ScsiReportLuns_IN {
  Le64 UniqueSessionId;
};
inline constexpr std::size_t ScsiReportLuns_IN_SIZE =
    offsetof(ScsiReportLuns_IN, UniqueSessionId) + sizeof(ScsiReportLuns_IN::UniqueSessionId);

// Answer of ScsiReportLuns.
struct ScsiReportLuns_OUT {
  Le32 Status;
  Le32 ResponseBufferSize;
  std::uint8_t ScsiStatus;
  std::uint8_t SenseBuffer[18];
  std::uint8_t ResponseBuffer[1];  // ResponseBufferSize bytes
};

// Sets the secret with which the initiator checks targets in mutual CHAP.
struct SetCHAPSharedSecret_IN {
  Le32 SharedSecretSize;
  std::uint8_t SharedSecret[1];  // SharedSecretSize bytes
};

// Answer of SetCHAPSharedSecret.
struct SetCHAPSharedSecret_OUT {
  Le32 Status;
};
inline constexpr std::size_t SetCHAPSharedSecret_OUT_SIZE =
    offsetof(SetCHAPSharedSecret_OUT, Status) + sizeof(SetCHAPSharedSecret_OUT::Status);

// Sets the secret that adapter and RADIUS servers share.
struct SetRADIUSSharedSecret_IN {
  Le32 SharedSecretSize;
  std::uint8_t SharedSecret[1];  // SharedSecretSize bytes
};

// Answer of SetRADIUSSharedSecret.
struct SetRADIUSSharedSecret_OUT {
  Le32 Status;
};
inline constexpr std::size_t SetRADIUSSharedSecret_OUT_SIZE =
    offsetof(SetRADIUSSharedSecret_OUT, Status) + sizeof(SetRADIUSSharedSecret_OUT::Status);

// Deletes an initiator node name that SetInitiatorNodeName made.
struct DeleteInitiatorNodeName_IN {
  Le16 DeletedInitiatorName[223 + 1];  // count of bytes, then the characters
};

// Answer of DeleteInitiatorNodeName.
struct DeleteInitiatorNodeName_OUT {
  Le32 Status;
};
inline constexpr std::size_t DeleteInitiatorNodeName_OUT_SIZE =
    offsetof(DeleteInitiatorNodeName_OUT, Status) + sizeof(DeleteInitiatorNodeName_OUT::Status);

// Makes an initiator node name for later logins.
struct SetInitiatorNodeName_IN {
  Le16 CreatedInitiatorName[223 + 1];  // count of bytes, then the characters
};

// Answer of SetInitiatorNodeName.
struct SetInitiatorNodeName_OUT {
  Le32 Status;
};
inline constexpr std::size_t SetInitiatorNodeName_OUT_SIZE =
    offsetof(SetInitiatorNodeName_OUT, Status) + sizeof(SetInitiatorNodeName_OUT::Status);

// Adds an iSNS server to ask for targets.
struct AddiSNSServer_IN {
  Le16 iSNSServerName[223 + 1];  // count of bytes, then the characters
};

// Answer of AddiSNSServer.
struct AddiSNSServer_OUT {
  Le32 Status;
};
inline constexpr std::size_t AddiSNSServer_OUT_SIZE =
    offsetof(AddiSNSServer_OUT, Status) + sizeof(AddiSNSServer_OUT::Status);

// Stops asking an iSNS server.
struct RemoveiSNSServer_IN {
  Le16 iSNSServerName[223 + 1];  // count of bytes, then the characters
};

// Answer of RemoveiSNSServer.
struct RemoveiSNSServer_OUT {
  Le32 Status;
};
inline constexpr std::size_t RemoveiSNSServer_OUT_SIZE =
    offsetof(RemoveiSNSServer_OUT, Status) + sizeof(RemoveiSNSServer_OUT::Status);

// Adds a RADIUS server for CHAP.
struct AddRADIUSServer_IN {
  ISCSI_IP_Address RADIUSIPAddress;
};
inline constexpr std::size_t AddRADIUSServer_IN_SIZE =
    offsetof(AddRADIUSServer_IN, RADIUSIPAddress) + sizeof(AddRADIUSServer_IN::RADIUSIPAddress);

// Answer of AddRADIUSServer.
struct AddRADIUSServer_OUT {
  Le32 Status;
};
inline constexpr std::size_t AddRADIUSServer_OUT_SIZE =
    offsetof(AddRADIUSServer_OUT, Status) + sizeof(AddRADIUSServer_OUT::Status);

// Stops using a RADIUS server.
struct RemoveRADIUSServer_IN {
  ISCSI_IP_Address RADIUSIPAddress;
};
inline constexpr std::size_t RemoveRADIUSServer_IN_SIZE =
    offsetof(RemoveRADIUSServer_IN, RADIUSIPAddress) +
    sizeof(RemoveRADIUSServer_IN::RADIUSIPAddress);

// Answer of RemoveRADIUSServer.
struct RemoveRADIUSServer_OUT {
  Le32 Status;
};
inline constexpr std::size_t RemoveRADIUSServer_OUT_SIZE =
    offsetof(RemoveRADIUSServer_OUT, Status) + sizeof(RemoveRADIUSServer_OUT::Status);

inline constexpr Guid16 ISCSI_Persistent_LoginGuid{0x5d, 0x2a, 0xc6, 0x1a, 0x18, 0xa4, 0x15, 0x4c,
                                                   0x96, 0xbd, 0x2c, 0x3a, 0x9d, 0xb8, 0xc8, 0xca};

// A stored login, as it is repeated at every start. Secrets are not reported.
struct ISCSI_Persistent_Login {
  Le16 TargetName[223 + 1];  // count of bytes, then the characters
  Le64 SecurityFlags;
  Le32 InitiatorPortNumber;
  Le32 UsernameSize;
  std::uint8_t IsInformationalSession;
  Le16 UniqueIdForISID;
  ISCSI_TargetPortal TargetPortal;
  ISCSI_LoginOptions LoginOptions;
  ISCSI_TargetMapping TargetMapping;
  std::uint8_t Username[1];  // UsernameSize bytes
};

inline constexpr Guid16 MSiSCSI_PersistentLoginsGuid{
    0xd9, 0x12, 0x05, 0x42, 0x37, 0x05, 0x67, 0x4c, 0xa7, 0x79, 0x84, 0xba, 0x7b, 0x29, 0xce, 0x9f};

// All logins that the adapter stores and repeats at every start.
struct MSiSCSI_PersistentLogins {
  Le32 PersistentLoginCount;
  Le32 Reserved;
  ISCSI_Persistent_Login PersistentLogins[1];  // PersistentLoginCount elements
};

inline constexpr Guid16 MSiSCSI_TargetMappingsGuid{0x15, 0x68, 0x64, 0x41, 0x24, 0x75, 0xc0, 0x4b,
                                                   0x90, 0x4a, 0xcd, 0x7d, 0x51, 0x0e, 0xac, 0x02};

// Bus, target and LUN numbers of the devices of every session.
struct MSiSCSI_TargetMappings {
  Le64 UniqueAdapterId;
  Le32 TargetMappingCount;
  Le32 Reserved;
  ISCSI_TargetMapping TargetMappings[1];  // TargetMappingCount elements
};

inline constexpr Guid16 MSiSCSI_LUNMappingInformationGuid{
    0x70, 0x23, 0xb0, 0x7b, 0xae, 0xb8, 0x29, 0x4d, 0x88, 0xde, 0x76, 0x95, 0x1d, 0x32, 0x45, 0xba};

// Says which session and which LUN stand behind a device; belongs to the logical unit, not to the
// adapter.
struct MSiSCSI_LUNMappingInformation {
  Le64 UniqueAdapterId;
  Le64 UniqueSessionId;
  Le32 OSBus;
  Le32 OSTarget;
  Le32 OSLUN;
};
inline constexpr std::size_t MSiSCSI_LUNMappingInformation_SIZE =
    offsetof(MSiSCSI_LUNMappingInformation, OSLUN) + sizeof(MSiSCSI_LUNMappingInformation::OSLUN);

inline constexpr Guid16 MSiSCSI_SecurityConfigOperationsGuid{
    0x25, 0x33, 0x1f, 0x39, 0xa3, 0x0b, 0x83, 0x40, 0xa8, 0x61, 0xcf, 0x4f, 0x6f, 0x97, 0xa5, 0x27};

// WmiMethodIds. Methods that fill the adapter's cache of IPsec keys.
enum class MSiSCSI_SecurityConfigOperationsMethod : std::uint32_t {
  SetPresharedKeyForId = 1,
  GetPresharedKeyForId = 2,
  SetGroupPresharedKey = 3,
  SetTunnelModeOuterAddress = 4,
  ClearCache = 5,
  SetGenerationalGuid = 6,
};

// Stores the IKE preshared key for one identification payload.
struct SetPresharedKeyForId_IN {
  Le32 PortNumber;
  Le64 SecurityFlags;
  std::uint8_t IdType;
  Le32 IdSize;
  Le32 KeySize;
  std::uint8_t Id[1];  // IdSize bytes
  // std::uint8_t Key[] of KeySize bytes, right behind the member before it
};

// Answer of SetPresharedKeyForId.
struct SetPresharedKeyForId_OUT {
  Le32 Status;
};
inline constexpr std::size_t SetPresharedKeyForId_OUT_SIZE =
    offsetof(SetPresharedKeyForId_OUT, Status) + sizeof(SetPresharedKeyForId_OUT::Status);

// Asks whether a preshared key is stored for an identification payload; the key itself is never
// returned.
struct GetPresharedKeyForId_IN {
  Le32 PortNumber;
  std::uint8_t IdType;
  Le32 IdSize;
  std::uint8_t Id[1];  // IdSize bytes
};

// Answer of GetPresharedKeyForId.
struct GetPresharedKeyForId_OUT {
  Le32 Status;
  Le64 SecurityFlags;
};
inline constexpr std::size_t GetPresharedKeyForId_OUT_SIZE =
    offsetof(GetPresharedKeyForId_OUT, SecurityFlags) +
    sizeof(GetPresharedKeyForId_OUT::SecurityFlags);

// Stores the preshared key for targets that have none of their own.
struct SetGroupPresharedKey_IN {
  Le32 KeySize;
  std::uint8_t Key[1];  // KeySize bytes
};

// Answer of SetGroupPresharedKey.
struct SetGroupPresharedKey_OUT {
  Le32 Status;
};
inline constexpr std::size_t SetGroupPresharedKey_OUT_SIZE =
    offsetof(SetGroupPresharedKey_OUT, Status) + sizeof(SetGroupPresharedKey_OUT::Status);

// Sets the address of the IPsec tunnel's far end for a destination.
struct SetTunnelModeOuterAddress_IN {
  Le32 PortNumber;
  ISCSI_IP_Address DestinationAddress;
  ISCSI_IP_Address TunnelModeOuterAddress;
};
inline constexpr std::size_t SetTunnelModeOuterAddress_IN_SIZE =
    offsetof(SetTunnelModeOuterAddress_IN, TunnelModeOuterAddress) +
    sizeof(SetTunnelModeOuterAddress_IN::TunnelModeOuterAddress);

// Answer of SetTunnelModeOuterAddress.
struct SetTunnelModeOuterAddress_OUT {
  Le32 Status;
};
inline constexpr std::size_t SetTunnelModeOuterAddress_OUT_SIZE =
    offsetof(SetTunnelModeOuterAddress_OUT, Status) + sizeof(SetTunnelModeOuterAddress_OUT::Status);

// Empties the adapter's cache of keys and secrets.
struct ClearCache_OUT {
  Le32 Status;
};
inline constexpr std::size_t ClearCache_OUT_SIZE =
    offsetof(ClearCache_OUT, Status) + sizeof(ClearCache_OUT::Status);

// Marks the state of the adapter's security cache.
struct SetGenerationalGuid_IN {
  std::uint8_t GenerationalGuid[16];
};
inline constexpr std::size_t SetGenerationalGuid_IN_SIZE =
    offsetof(SetGenerationalGuid_IN, GenerationalGuid) +
    sizeof(SetGenerationalGuid_IN::GenerationalGuid);

// Answer of SetGenerationalGuid.
struct SetGenerationalGuid_OUT {
  Le32 Status;
};
inline constexpr std::size_t SetGenerationalGuid_OUT_SIZE =
    offsetof(SetGenerationalGuid_OUT, Status) + sizeof(SetGenerationalGuid_OUT::Status);

inline constexpr Guid16 MSiSCSI_BootInformationGuid{0x56, 0x23, 0x5a, 0xee, 0x03, 0xc7, 0x9b, 0x48,
                                                    0xb1, 0x36, 0x69, 0xc9, 0x94, 0xae, 0x3a, 0x20};

// Node name and CHAP secret of the initiator that boots from iSCSI.
struct MSiSCSI_BootInformation {
  std::uint8_t NodeName[223];
  Le32 SharedSecretLength;
  std::uint8_t SharedSecret[255];
};
inline constexpr std::size_t MSiSCSI_BootInformation_SIZE =
    offsetof(MSiSCSI_BootInformation, SharedSecret) + sizeof(MSiSCSI_BootInformation::SharedSecret);

inline constexpr Guid16 MSiSCSI_AdapterEventGuid{0xc0, 0x22, 0xb1, 0x46, 0x67, 0x37, 0x69, 0x40,
                                                 0x91, 0x6e, 0x3a, 0x43, 0x70, 0x2f, 0x05, 0xce};

// Tells the initiator service that something on the adapter changed.
struct MSiSCSI_AdapterEvent {
  Le64 UniqueAdapterId;
  Le32 EventCode;
};
inline constexpr std::size_t MSiSCSI_AdapterEvent_SIZE =
    offsetof(MSiSCSI_AdapterEvent, EventCode) + sizeof(MSiSCSI_AdapterEvent::EventCode);

}  // namespace hbalab::iscsi
