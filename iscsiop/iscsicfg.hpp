// Configuration of the adapter (iscsicfg.h).
// Names of structures and members are those of the WDK header, offsets those of x64 (/Zp8). Members
// that the header shows with one element have as many as the counting member says; what follows a
// member of variable size lies right behind it, aligned to its own alignment.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "iscsiop/iscsidef.hpp"

namespace hbalab::iscsi {

inline constexpr Guid16 MSiSCSI_TCPIPConfigGuid{0x2b, 0x6c, 0x2c, 0x7a, 0xa5, 0xe5, 0xad, 0x49,
                                                0xad, 0x68, 0x13, 0x30, 0x89, 0xac, 0xd7, 0x4d};

// TCP/IP settings of one interface of the adapter.
struct MSiSCSI_TCPIPConfig {
  std::uint8_t UseLinkLocalAddress;
  std::uint8_t EnableDHCP;
  std::uint8_t UseDHCPForDNS;
  Le32 IPVersions;
  ISCSI_IP_Address IpAddress;
  ISCSI_IP_Address DefaultGateway;
  ISCSI_IP_Address SubnetMask;
  ISCSI_IP_Address PreferredDNSServer;
  ISCSI_IP_Address AlternateDNSServer;
};
inline constexpr std::size_t MSiSCSI_TCPIPConfig_SIZE =
    offsetof(MSiSCSI_TCPIPConfig, AlternateDNSServer) +
    sizeof(MSiSCSI_TCPIPConfig::AlternateDNSServer);

inline constexpr Guid16 MSiSCSI_NICConfigGuid{0xe9, 0x58, 0x52, 0xc7, 0x79, 0xbe, 0x48, 0x4a,
                                              0xa2, 0x3d, 0xee, 0xb6, 0xf8, 0xfb, 0x94, 0x0c};

// State of one physical network port.
struct MSiSCSI_NICConfig {
  Le32 LinkSpeed;
  Le32 MaxLinkSpeed;
  Le32 LinkState;
  Le32 MaxFrameSize;
  std::uint8_t MacAddress[6];
};
inline constexpr std::size_t MSiSCSI_NICConfig_SIZE =
    offsetof(MSiSCSI_NICConfig, MacAddress) + sizeof(MSiSCSI_NICConfig::MacAddress);

inline constexpr Guid16 MSiSCSI_BootConfigurationGuid{
    0x5f, 0x8d, 0xef, 0x53, 0xf3, 0x36, 0x24, 0x41, 0x8b, 0x76, 0xc6, 0xad, 0x52, 0x1a, 0x10, 0x21};

// What the adapter's boot code logs in to.
struct MSiSCSI_BootConfiguration {
  Le64 LUN;
  Le64 SecurityFlags;
  Le32 UsernameSize;
  Le32 PasswordSize;
  std::uint8_t DiscoverBootDevice;
  Le16 InitiatorNode[223 + 1];  // count of bytes, then the characters
  Le16 TargetName[223 + 1];     // count of bytes, then the characters
  ISCSI_TargetPortal TargetPortal;
  ISCSI_LoginOptions LoginOptions;
  std::uint8_t Username[1];  // UsernameSize bytes
  // std::uint8_t Password[] of PasswordSize bytes, right behind the member before it
};

inline constexpr Guid16 MSiSCSI_SecurityCapabilitiesGuid{
    0x64, 0x9d, 0x5b, 0x22, 0xa9, 0x47, 0xc8, 0x41, 0x81, 0xcd, 0x69, 0xbc, 0x02, 0x65, 0x2d, 0x87};

// What the adapter can protect with IPsec, and how.
struct MSiSCSI_SecurityCapabilities {
  std::uint8_t ProtectiScsiTraffic;
  std::uint8_t ProtectiSNSTraffic;
  std::uint8_t CertificatesSupported;
  Le32 EncryptionAvailableCount;
  Le32 EncryptionAvailable[1];  // EncryptionAvailableCount elements
};

inline constexpr Guid16 MSiSCSI_DiscoveryConfigGuid{0x98, 0x50, 0x75, 0x45, 0x91, 0x42, 0xdf, 0x43,
                                                    0x97, 0x20, 0xb5, 0x86, 0x42, 0xdd, 0x63, 0xdf};

// How the adapter discovers targets by itself.
struct MSiSCSI_DiscoveryConfig {
  std::uint8_t PerformiSNSDiscovery;
  std::uint8_t PerformSLPDiscovery;
  std::uint8_t AutomaticiSNSDiscovery;
  Le16 InitiatorName[256 + 1];  // count of bytes, then the characters
  ISCSI_IP_Address iSNSServer;
};
inline constexpr std::size_t MSiSCSI_DiscoveryConfig_SIZE =
    offsetof(MSiSCSI_DiscoveryConfig, iSNSServer) + sizeof(MSiSCSI_DiscoveryConfig::iSNSServer);

inline constexpr Guid16 MSiSCSI_RADIUSConfigGuid{0xd8, 0xf9, 0xae, 0x8e, 0x53, 0xc0, 0xd3, 0x49,
                                                 0x92, 0x05, 0x65, 0xc7, 0x03, 0xc2, 0xec, 0xc1};

// RADIUS servers that check CHAP for the adapter.
struct MSiSCSI_RADIUSConfig {
  std::uint8_t UseRADIUSForCHAP;
  Le32 SharedSecretSizeInBytes;
  ISCSI_IP_Address RADIUSServer;
  ISCSI_IP_Address BackupRADIUSServer;
  Le32 Reserved;
  std::uint8_t SharedSecret[1];  // SharedSecretSizeInBytes bytes
};

}  // namespace hbalab::iscsi
