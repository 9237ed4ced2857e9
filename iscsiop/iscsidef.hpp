// Structures that the other headers share (iscsidef.h).
// Names of structures and members are those of the WDK header, offsets those of x64 (/Zp8). Members
// that the header shows with one element have as many as the counting member says; what follows a
// member of variable size lies right behind it, aligned to its own alignment.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "iscsiop/types.hpp"

namespace hbalab::iscsi {

inline constexpr Guid16 ISCSI_IP_AddressGuid{0xa1, 0xd4, 0xc5, 0x9a, 0x1a, 0x1a, 0xec, 0x48,
                                             0x8e, 0x79, 0x73, 0x58, 0x06, 0xe9, 0xa1, 0xfa};

// An IP address, a host name, or no address at all; Type says which member counts.
struct ISCSI_IP_Address {
  Le32 Type;
  Le32 IpV4Address;
  std::uint8_t IpV6Address[16];
  Le32 IpV6FlowInfo;
  Le32 IpV6ScopeId;
  Le16 TextAddress[256 + 1];  // count of bytes, then the characters
};

inline constexpr Guid16 ISCSI_TargetPortalGuid{0xa7, 0x51, 0x50, 0xde, 0x27, 0xbf, 0xf1, 0x48,
                                               0xbd, 0x12, 0x07, 0xca, 0xde, 0x92, 0xae, 0xfd};

// A target's network portal: where it listens for TCP connections.
struct ISCSI_TargetPortal {
  ISCSI_IP_Address Address;
  Le32 Reserved;
  Le16 Socket;
};
inline constexpr std::size_t ISCSI_TargetPortal_SIZE =
    offsetof(ISCSI_TargetPortal, Socket) + sizeof(ISCSI_TargetPortal::Socket);

inline constexpr Guid16 ISCSI_TargetPortalGroupGuid{0xa5, 0xf2, 0x81, 0x30, 0xf5, 0x95, 0x2a, 0x4d,
                                                    0x81, 0x3d, 0xee, 0x59, 0x86, 0x4c, 0x6f, 0xc5};

// Portals through which connections of one session may run (RFC 7143 4.4.1).
struct ISCSI_TargetPortalGroup {
  Le32 PortalCount;
  ISCSI_TargetPortal Portals[1];  // PortalCount elements
};

inline constexpr Guid16 ISCSI_LoginOptionsGuid{0xbd, 0xa7, 0x11, 0x30, 0x91, 0x04, 0x8e, 0x47,
                                               0x8c, 0x79, 0x3c, 0x76, 0x42, 0x4d, 0x05, 0xe2};

// What to offer in a login. A member counts only when InformationSpecified has its bit; else the
// adapter uses its own default.
struct ISCSI_LoginOptions {
  Le32 InformationSpecified;
  Le32 HeaderDigest;
  Le32 DataDigest;
  Le32 MaximumConnections;
  Le32 DefaultTime2Wait;
  Le32 DefaultTime2Retain;
  Le32 LoginFlags;
  Le32 AuthType;
};
inline constexpr std::size_t ISCSI_LoginOptions_SIZE =
    offsetof(ISCSI_LoginOptions, AuthType) + sizeof(ISCSI_LoginOptions::AuthType);

inline constexpr Guid16 ISCSI_LUNListGuid{0x78, 0xf2, 0x4f, 0x99, 0x12, 0x35, 0x9b, 0x4d,
                                          0xa2, 0x41, 0x54, 0xce, 0xf4, 0x5f, 0x5a, 0x25};

// Pairs a logical unit of the target with the LUN under which the port driver finds it.
struct ISCSI_LUNList {
  Le64 TargetLUN;
  Le32 OSLUN;
  Le32 Reserved;
};
inline constexpr std::size_t ISCSI_LUNList_SIZE =
    offsetof(ISCSI_LUNList, Reserved) + sizeof(ISCSI_LUNList::Reserved);

inline constexpr Guid16 ISCSI_TargetMappingGuid{0x20, 0x88, 0xa2, 0x21, 0x4c, 0x3c, 0x44, 0x49,
                                                0xac, 0x4f, 0xda, 0x7f, 0xeb, 0xa2, 0x11, 0x68};

// Where the logical units of one session appear on the adapter's SCSI bus.
struct ISCSI_TargetMapping {
  Le32 OSBus;
  Le32 OSTarget;
  Le64 UniqueSessionId;
  Le32 LUNCount;
  Le16 TargetName[223 + 1];  // count of bytes, then the characters
  std::uint8_t FromPersistentLogin;
  Le64 Reserved;
  ISCSI_LUNList LUNList[1];  // LUNCount elements
};

}  // namespace hbalab::iscsi
