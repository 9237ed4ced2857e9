// The statistics of iscsiprf.h: of the adapter, its ports, its sessions and their connections.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "hba-sim/miniport/classes.hpp"
#include "hba-sim/miniport/convert.hpp"
#include "iscsiop/iscsiprf.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::miniport {
namespace {

using adapter::ConnectionInfo;
using adapter::SessionInfo;

template <typename Block>
std::size_t size_of(const DeviceExtension&, ULONG) {
  return sizeof(Block);
}

template <typename Block>
void put(const Block& block, std::span<std::uint8_t> out) {
  std::memcpy(out.data(), &block, out.size());
}

// ---- the adapter

void write_instance(const DeviceExtension& device, ULONG, std::span<std::uint8_t> out) {
  const adapter::Statistics& statistics = device.hba->statistics();
  const adapter::FailureCounters failures = statistics.failures();
  auto block = zeroed<iscsi::MSiSCSI_InitiatorInstanceStatistics>();
  block.UniqueAdapterId = device.hba->unique_adapter_id();
  block.SessionDigestErrorCount = static_cast<std::uint32_t>(failures.digest);
  block.SessionConnectionTimeoutErrorCount = static_cast<std::uint32_t>(failures.timeout);
  block.SessionFormatErrorCount = static_cast<std::uint32_t>(failures.format);
  block.SessionFailureCount = statistics.failed_sessions();
  put(block, out);
}

std::size_t login_size(const DeviceExtension&, ULONG) {
  return iscsi::MSiSCSI_InitiatorLoginStatistics_SIZE;
}

void write_logins(const DeviceExtension& device, ULONG, std::span<std::uint8_t> out) {
  const adapter::LoginCounters counters = device.hba->statistics().logins();
  auto block = zeroed<iscsi::MSiSCSI_InitiatorLoginStatistics>();
  block.UniqueAdapterId = device.hba->unique_adapter_id();
  block.LoginAcceptRsps = counters.accepted;
  block.LoginOtherFailRsps = counters.refused_otherwise;
  block.LoginRedirectRsps = counters.redirected;
  block.LoginAuthFailRsps = counters.no_method;
  block.LoginAuthenticateFails = counters.not_authenticated;
  block.LoginNegotiateFails = counters.not_negotiated;
  block.LogoutNormals = counters.logouts;
  block.LogoutOtherCodes = 0u;  // every logout of this adapter closes the session
  block.LoginFailures = counters.failed;
  put(block, out);
}

// ---- ports

ULONG port_count(const adapter::Hba& hba) { return static_cast<ULONG>(hba.ports().size()); }

// Counters of 32 bits wrap, as the class has it.
void write_port(const DeviceExtension& device, ULONG instance, std::span<std::uint8_t> out) {
  const adapter::TrafficCounters traffic = device.hba->statistics().port(instance);
  auto block = zeroed<iscsi::MSiSCSI_NICPerformance>();
  block.BytesTransmitted = static_cast<std::uint32_t>(traffic.bytes_sent);
  block.BytesReceived = static_cast<std::uint32_t>(traffic.bytes_received);
  block.PDUTransmitted = static_cast<std::uint32_t>(traffic.pdus_sent);
  block.PDUReceived = static_cast<std::uint32_t>(traffic.pdus_received);
  put(block, out);
}

// ---- IPsec

// One instance where the adapter can do IPsec at all.
ULONG ipsec_instances(const adapter::Hba& hba) {
  const auto& have = hba.config().functionality;
  const auto has = [&](std::string_view name) {
    return std::ranges::find(have, name) != have.end();
  };
  return has("ISCSI_HBA_PRESHARED_KEY_CACHE") || has("ISCSI_HBA_IPSEC_TUNNEL_MODE") ? 1 : 0;
}

// The simulated networks carry no IKE and no IPsec, so nothing is ever counted.
template <typename Block>
void write_no_traffic(const DeviceExtension&, ULONG, std::span<std::uint8_t> out) {
  put(Block{}, out);
}

// ---- sessions and connections

// "<target name>_<session>", the number as a session id is shown: 16 hexadecimal digits.
std::u16string session_name(const SessionInfo& session) {
  char number[20];
  const int length = std::snprintf(number, sizeof number, "_%016llx",
                                   static_cast<unsigned long long>(session.id.value));
  return session.target_name + std::u16string(number, number + length);
}

// "<target name>_<session>:<connection>".
std::u16string connection_name(const SessionInfo& session, const ConnectionInfo& connection) {
  const std::string cid = std::to_string(connection.cid);
  return session_name(session) + u':' + std::u16string(cid.begin(), cid.end());
}

// The session that a name can be of, so that not every name has to be made to find one.
std::optional<std::uint64_t> session_in(std::u16string_view name) {
  const auto bar = name.rfind(u'_');
  if (bar == std::u16string_view::npos) return std::nullopt;
  const std::string text = wmi::to_utf8(name.substr(bar + 1));
  std::uint64_t id = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), id, 16);
  return read.ec == std::errc{} ? std::optional(id) : std::nullopt;
}

template <typename Visit>
void for_sessions(const DeviceExtension& device, std::optional<std::u16string_view> only,
                  Visit visit) {
  const auto wanted = only ? session_in(*only) : std::nullopt;
  if (only && !wanted) return;
  device.hba->for_each_session([&](const SessionInfo& session) {
    if (!wanted || *wanted == session.id.value) visit(session);
  });
}

template <typename Block>
Bytes bytes_of(const Block& block) {
  Bytes out(sizeof block);
  std::memcpy(out.data(), &block, sizeof block);
  return out;
}

Bytes session_block(const DeviceExtension& device, const SessionInfo& session) {
  const adapter::SessionStatistics counted = device.hba->statistics().session(session.id);
  auto block = zeroed<iscsi::MSiSCSI_SessionStatistics>();
  put_text(block.iSCSIName, session.target_name);
  block.USID = session.id.value;
  block.UniqueAdapterId = device.hba->unique_adapter_id();
  block.BytesSent = counted.traffic.bytes_sent;
  block.BytesReceived = counted.traffic.bytes_received;
  block.PDUCommandsSent = counted.traffic.commands_sent;
  block.PDUResponsesReceived = counted.traffic.responses_received;
  block.DigestErrors = counted.failures.digest;
  block.ConnectionTimeoutErrors = counted.failures.timeout;
  block.FormatErrors = counted.failures.format;
  return bytes_of(block);
}

// What the blocks of a connection have in common.
template <typename Block>
Block connection_head(const DeviceExtension& device, const SessionInfo& session,
                      const ConnectionInfo& connection) {
  auto block = zeroed<Block>();
  put_text(block.iSCSIName, session.target_name);
  block.CID = connection.cid;
  block.USID = session.id.value;
  block.UniqueAdapterId = device.hba->unique_adapter_id();
  return block;
}

Bytes connection_block(const DeviceExtension& device, const SessionInfo& session,
                       const ConnectionInfo& connection) {
  const adapter::TrafficCounters traffic = device.hba->statistics().connection(connection.link);
  auto block = connection_head<iscsi::MSiSCSI_ConnectionStatistics>(device, session, connection);
  block.BytesSent = traffic.bytes_sent;
  block.BytesReceived = traffic.bytes_received;
  block.PDUCommandsSent = traffic.commands_sent;
  block.PDUResponsesReceived = traffic.responses_received;
  return bytes_of(block);
}

std::uint32_t milliseconds(Duration time) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

Bytes request_time_block(const DeviceExtension& device, const SessionInfo& session,
                         const ConnectionInfo& connection) {
  const adapter::RequestTimes times = device.hba->statistics().request_times(connection.link);
  auto block = connection_head<iscsi::MSiSCSI_RequestTimeStatistics>(device, session, connection);
  block.MaximumProcessingTime = milliseconds(times.longest);
  const auto count = static_cast<Duration::rep>(std::max<std::uint64_t>(times.count, 1));
  block.AverageProcessingTime = milliseconds(times.total / count);
  return bytes_of(block);
}

NamedBlocks sessions(const DeviceExtension& device, std::optional<std::u16string_view> only) {
  NamedBlocks out;
  for_sessions(device, only, [&](const SessionInfo& session) {
    auto name = session_name(session);
    if (!only || *only == name) out.push_back({std::move(name), session_block(device, session)});
  });
  return out;
}

template <Bytes (*Make)(const DeviceExtension&, const SessionInfo&, const ConnectionInfo&)>
NamedBlocks connections(const DeviceExtension& device, std::optional<std::u16string_view> only) {
  NamedBlocks out;
  for_sessions(device, only, [&](const SessionInfo& session) {
    for (const ConnectionInfo& connection : session.connections) {
      auto name = connection_name(session, connection);
      if (!only || *only == name) {
        out.push_back({std::move(name), Make(device, session, connection)});
      }
    }
  });
  return out;
}

}  // namespace

const WmiClass classes::instance_statistics{
    .guid = &iscsi::MSiSCSI_InitiatorInstanceStatisticsGuid,
    .size = size_of<iscsi::MSiSCSI_InitiatorInstanceStatistics>,
    .write = write_instance};
const WmiClass classes::login_statistics{.guid = &iscsi::MSiSCSI_InitiatorLoginStatisticsGuid,
                                         .size = login_size,
                                         .write = write_logins};
const WmiClass classes::nic_performance{.guid = &iscsi::MSiSCSI_NICPerformanceGuid,
                                        .instances = port_count,
                                        .size = size_of<iscsi::MSiSCSI_NICPerformance>,
                                        .write = write_port};
const WmiClass classes::main_mode_statistics{
    .guid = &iscsi::MSiSCSI_MMIPSECStatsGuid,
    .instances = ipsec_instances,
    .size = size_of<iscsi::MSiSCSI_MMIPSECStats>,
    .write = write_no_traffic<iscsi::MSiSCSI_MMIPSECStats>};
const WmiClass classes::quick_mode_statistics{
    .guid = &iscsi::MSiSCSI_QMIPSECStatsGuid,
    .instances = ipsec_instances,
    .size = size_of<iscsi::MSiSCSI_QMIPSECStats>,
    .write = write_no_traffic<iscsi::MSiSCSI_QMIPSECStats>};
const WmiClass classes::session_statistics{.guid = &iscsi::MSiSCSI_SessionStatisticsGuid,
                                           .named = sessions};
const WmiClass classes::connection_statistics{.guid = &iscsi::MSiSCSI_ConnectionStatisticsGuid,
                                              .named = connections<connection_block>};
const WmiClass classes::request_time_statistics{.guid = &iscsi::MSiSCSI_RequestTimeStatisticsGuid,
                                                .named = connections<request_time_block>};

}  // namespace hbalab::miniport
