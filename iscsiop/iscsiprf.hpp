// Statistics (iscsiprf.h).
// Names of structures and members are those of the WDK header, offsets those of x64 (/Zp8). Members
// that the header shows with one element have as many as the counting member says; what follows a
// member of variable size lies right behind it, aligned to its own alignment.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "iscsiop/types.hpp"

namespace hbalab::iscsi {

inline constexpr Guid16 MSiSCSI_MMIPSECStatsGuid{0xa2, 0x8e, 0xb5, 0x36, 0x61, 0xc4, 0xb0, 0x4b,
                                                 0xac, 0x8e, 0x95, 0x2f, 0x59, 0xd2, 0x51, 0xed};

// IKE main mode (phase 1) statistics of the adapter.
struct MSiSCSI_MMIPSECStats {
  Le64 ActiveAcquire;
  Le64 ActiveReceive;
  Le64 AcquireFailures;
  Le64 ReceiveFailures;
  Le64 SendFailures;
  Le64 AcquireHeapSize;
  Le64 ReceiveHeapSize;
  Le64 NegotiationFailures;
  Le64 AuthenticationFailures;
  Le64 InvalidCookiesReceived;
  Le64 TotalGetSPI;
  Le64 KeyAdditions;
  Le64 KeyUpdates;
  Le64 GetSPIFailures;
  Le64 KeyAdditionFailures;
  Le64 KeyUpdateFailures;
  Le64 ConnectionListSize;
  Le64 OakleyMainMode;
  Le64 OakleyQuickMode;
  Le64 InvalidPackets;
  Le64 SoftAssociations;
};
inline constexpr std::size_t MSiSCSI_MMIPSECStats_SIZE =
    offsetof(MSiSCSI_MMIPSECStats, SoftAssociations) +
    sizeof(MSiSCSI_MMIPSECStats::SoftAssociations);

inline constexpr Guid16 MSiSCSI_QMIPSECStatsGuid{0x06, 0xc6, 0xd1, 0xb4, 0x82, 0x86, 0x7a, 0x4b,
                                                 0xac, 0x6b, 0xd8, 0x83, 0xd9, 0x15, 0x55, 0xfb};

// IPsec quick mode (phase 2) statistics of the adapter.
struct MSiSCSI_QMIPSECStats {
  Le64 ActiveSA;
  Le64 PendingKeyOperations;
  Le64 KeyAdditions;
  Le64 KeyDeletions;
  Le64 ReKeys;
  Le64 ActiveTunnels;
  Le64 BadSPIPackets;
  Le64 PacketsNotDecrypted;
  Le64 PacketsNotAuthenticated;
  Le64 PacketsWithReplayDetection;
  Le64 ConfidentialBytesSent;
  Le64 ConfidentialBytesReceived;
  Le64 AuthenticatedBytesSent;
  Le64 AuthenticatedBytesReceived;
  Le64 TransportBytesSent;
  Le64 TransportBytesReceived;
  Le64 TunnelBytesSent;
  Le64 TunnelBytesReceived;
};
inline constexpr std::size_t MSiSCSI_QMIPSECStats_SIZE =
    offsetof(MSiSCSI_QMIPSECStats, TunnelBytesReceived) +
    sizeof(MSiSCSI_QMIPSECStats::TunnelBytesReceived);

inline constexpr Guid16 MSiSCSI_ConnectionStatisticsGuid{
    0xd9, 0x7c, 0xe2, 0x4a, 0xfa, 0x8d, 0x37, 0x4c, 0xa4, 0x2c, 0xb8, 0x8a, 0x93, 0xe3, 0xe5, 0x21};

// Traffic of one connection. Instance name: target name, underscore, USID, colon, CID.
struct MSiSCSI_ConnectionStatistics {
  Le16 iSCSIName[223 + 1];  // count of bytes, then the characters
  Le16 CID;
  Le64 USID;
  Le64 UniqueAdapterId;
  Le64 BytesSent;
  Le64 BytesReceived;
  Le64 PDUCommandsSent;
  Le64 PDUResponsesReceived;
};
inline constexpr std::size_t MSiSCSI_ConnectionStatistics_SIZE =
    offsetof(MSiSCSI_ConnectionStatistics, PDUResponsesReceived) +
    sizeof(MSiSCSI_ConnectionStatistics::PDUResponsesReceived);

inline constexpr Guid16 MSiSCSI_SessionStatisticsGuid{
    0x3c, 0x99, 0x27, 0xc8, 0x1f, 0x6d, 0x94, 0x41, 0x9b, 0x5c, 0xd7, 0xc0, 0xa5, 0xf1, 0xcf, 0xb7};

// Traffic and errors of one session. Instance name: target name, underscore, USID.
struct MSiSCSI_SessionStatistics {
  Le16 iSCSIName[223 + 1];  // count of bytes, then the characters
  Le64 USID;
  Le64 UniqueAdapterId;
  Le64 BytesSent;
  Le64 BytesReceived;
  Le64 PDUCommandsSent;
  Le64 PDUResponsesReceived;
  Le64 DigestErrors;
  Le64 ConnectionTimeoutErrors;
  Le64 FormatErrors;
};
inline constexpr std::size_t MSiSCSI_SessionStatistics_SIZE =
    offsetof(MSiSCSI_SessionStatistics, FormatErrors) +
    sizeof(MSiSCSI_SessionStatistics::FormatErrors);

inline constexpr Guid16 MSiSCSI_InitiatorLoginStatisticsGuid{
    0x13, 0xf4, 0x22, 0xf0, 0xf5, 0x3b, 0xec, 0x47, 0xa9, 0x42, 0x33, 0xb8, 0x1c, 0xf8, 0xe7, 0xff};

// Counts of logins and logouts of the adapter since its start.
struct MSiSCSI_InitiatorLoginStatistics {
  Le64 UniqueAdapterId;
  Le32 LoginAcceptRsps;
  Le32 LoginOtherFailRsps;
  Le32 LoginRedirectRsps;
  Le32 LoginAuthFailRsps;
  Le32 LoginAuthenticateFails;
  Le32 LoginNegotiateFails;
  Le32 LogoutNormals;
  Le32 LogoutOtherCodes;
  Le32 LoginFailures;
};
inline constexpr std::size_t MSiSCSI_InitiatorLoginStatistics_SIZE =
    offsetof(MSiSCSI_InitiatorLoginStatistics, LoginFailures) +
    sizeof(MSiSCSI_InitiatorLoginStatistics::LoginFailures);

inline constexpr Guid16 MSiSCSI_InitiatorInstanceStatisticsGuid{
    0x90, 0xc2, 0x30, 0xfa, 0xdb, 0x68, 0x0a, 0x43, 0xaf, 0x76, 0x91, 0xa2, 0xe1, 0xc4, 0x91, 0x54};

// Counts of session failures of the adapter since its start.
struct MSiSCSI_InitiatorInstanceStatistics {
  Le64 UniqueAdapterId;
  Le32 SessionDigestErrorCount;
  Le32 SessionConnectionTimeoutErrorCount;
  Le32 SessionFormatErrorCount;
  Le32 SessionFailureCount;
};
inline constexpr std::size_t MSiSCSI_InitiatorInstanceStatistics_SIZE =
    offsetof(MSiSCSI_InitiatorInstanceStatistics, SessionFailureCount) +
    sizeof(MSiSCSI_InitiatorInstanceStatistics::SessionFailureCount);

inline constexpr Guid16 MSiSCSI_NICPerformanceGuid{0x61, 0xfd, 0x59, 0x5c, 0x19, 0xe9, 0x87, 0x46,
                                                   0x84, 0xe2, 0x72, 0x00, 0xab, 0xe2, 0x20, 0x9b};

// Traffic of one network port.
struct MSiSCSI_NICPerformance {
  Le32 BytesTransmitted;
  Le32 BytesReceived;
  Le32 PDUTransmitted;
  Le32 PDUReceived;
};
inline constexpr std::size_t MSiSCSI_NICPerformance_SIZE =
    offsetof(MSiSCSI_NICPerformance, PDUReceived) + sizeof(MSiSCSI_NICPerformance::PDUReceived);

inline constexpr Guid16 MSiSCSI_RequestTimeStatisticsGuid{
    0xa8, 0x0a, 0xb4, 0xe0, 0x4b, 0x54, 0x5e, 0x4d, 0xba, 0x60, 0xa0, 0x3f, 0x13, 0x6d, 0xa8, 0x3d};

// How long requests take on one connection. Instance name: target name, underscore, USID, colon,
// CID.
struct MSiSCSI_RequestTimeStatistics {
  Le16 iSCSIName[223 + 1];  // count of bytes, then the characters
  Le16 CID;
  Le64 USID;
  Le64 UniqueAdapterId;
  Le32 MaximumProcessingTime;
  Le32 AverageProcessingTime;
};
inline constexpr std::size_t MSiSCSI_RequestTimeStatistics_SIZE =
    offsetof(MSiSCSI_RequestTimeStatistics, AverageProcessingTime) +
    sizeof(MSiSCSI_RequestTimeStatistics::AverageProcessingTime);

}  // namespace hbalab::iscsi
