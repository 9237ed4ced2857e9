// What discovery has found (iscsifnd.h).
// Names of structures and members are those of the WDK header, offsets those of x64 (/Zp8). Members
// that the header shows with one element have as many as the counting member says; what follows a
// member of variable size lies right behind it, aligned to its own alignment.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "iscsiop/iscsidef.hpp"

namespace hbalab::iscsi {

inline constexpr Guid16 ISCSI_DiscoveredTargetPortalGuid{
    0x5d, 0x8c, 0x21, 0xfa, 0x06, 0xb3, 0x5d, 0x4d, 0xb2, 0xdb, 0x6b, 0xba, 0x05, 0x0f, 0xd8, 0xfa};

// A portal of a target that discovery has found.
struct ISCSI_DiscoveredTargetPortal {
  Le16 Socket;
  ISCSI_IP_Address Address;
  Le16 SymbolicName[256 + 1];  // count of bytes, then the characters
};

inline constexpr Guid16 ISCSI_DiscoveredTargetPortalGroupGuid{
    0x2c, 0xaf, 0xc3, 0x28, 0x53, 0xa4, 0x3d, 0x4a, 0x8e, 0x10, 0x9e, 0x09, 0xd8, 0x9e, 0xf3, 0x33};

// Portals of one portal group of a discovered target.
struct ISCSI_DiscoveredTargetPortalGroup {
  Le32 PortalCount;
  ISCSI_DiscoveredTargetPortal Portals[1];  // PortalCount elements
};

inline constexpr Guid16 ISCSI_DiscoveredTargetGuid{0x65, 0xf4, 0xcd, 0x08, 0x8d, 0xe1, 0xfe, 0x42,
                                                   0x8e, 0xb2, 0x56, 0x8c, 0xa9, 0x6a, 0x98, 0x56};

// A target that discovery has found, with its portal groups.
struct ISCSI_DiscoveredTarget {
  Le32 TargetPortalGroupCount;
  Le16 TargetName[223 + 1];   // count of bytes, then the characters
  Le16 TargetAlias[255 + 1];  // count of bytes, then the characters
  ISCSI_DiscoveredTargetPortalGroup
      TargetDiscoveredPortalGroups[1];  // TargetPortalGroupCount elements
};

inline constexpr Guid16 ISCSI_DiscoveredTargetPortal2Guid{
    0xa2, 0x62, 0x51, 0xe9, 0xe5, 0x8e, 0xf1, 0x40, 0xb0, 0x5d, 0xa5, 0x32, 0x1a, 0x30, 0xd0, 0x3d};

// A portal of a discovered target, with what iSNS says about its security.
struct ISCSI_DiscoveredTargetPortal2 {
  Le16 Socket;
  ISCSI_IP_Address Address;
  Le32 SecurityBitmap;
  Le32 KeySize;
  std::uint8_t Key[1];  // KeySize bytes
  // Le16 SymbolicName[256 + 1], right behind the member before it, 2-byte aligned
};

inline constexpr Guid16 ISCSI_DiscoveredTargetPortalGroup2Guid{
    0x0d, 0xb3, 0x32, 0x17, 0x08, 0xee, 0xe7, 0x4d, 0xbe, 0xd1, 0xde, 0x16, 0x5f, 0x1d, 0x7b, 0x45};

// Portals of one portal group of a discovered target, with the group's tag.
struct ISCSI_DiscoveredTargetPortalGroup2 {
  Le32 PortalCount;
  Le16 Tag;
  ISCSI_DiscoveredTargetPortal2 Portals[1];  // PortalCount elements
};

inline constexpr Guid16 ISCSI_DiscoveredTarget2Guid{0xe9, 0xcd, 0x1b, 0xa7, 0x33, 0x54, 0x36, 0x4b,
                                                    0xb9, 0xc1, 0x07, 0x86, 0x8e, 0x18, 0xb4, 0x8a};

// A target that discovery has found, with tagged portal groups.
struct ISCSI_DiscoveredTarget2 {
  Le32 TargetPortalGroupCount;
  Le16 TargetName[223 + 1];   // count of bytes, then the characters
  Le16 TargetAlias[255 + 1];  // count of bytes, then the characters
  ISCSI_DiscoveredTargetPortalGroup2
      TargetDiscoveredPortalGroups[1];  // TargetPortalGroupCount elements
};

inline constexpr Guid16 MSiSCSI_DiscoveryOperationsGuid{
    0xb0, 0xc0, 0x6b, 0x55, 0xb5, 0x0f, 0xf2, 0x40, 0x92, 0x55, 0xb7, 0xd9, 0xa6, 0x69, 0xda, 0xec};

// WmiMethodIds. Methods that report what the adapter's own discovery has found.
enum class MSiSCSI_DiscoveryOperationsMethod : std::uint32_t {
  ReportDiscoveredTargets = 10,
  ReportDiscoveredTargets2 = 11,
};

// Lists the discovered targets.
struct ReportDiscoveredTargets_OUT {
  Le32 Status;
  Le32 TargetCount;
  ISCSI_DiscoveredTarget Targets[1];  // TargetCount elements
};

// Lists the discovered targets with portal group tags and security.
struct ReportDiscoveredTargets2_OUT {
  Le32 Status;
  Le32 TargetCount;
  ISCSI_DiscoveredTarget2 Targets[1];  // TargetCount elements
};

}  // namespace hbalab::iscsi
