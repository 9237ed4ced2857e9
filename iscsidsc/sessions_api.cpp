// Sessions, their connections, devices and mappings, as they are now.
#include <algorithm>

#include "hba-sim/wmi_types.hpp"
#include "iscsidsc/devices.hpp"
#include "iscsidsc/image.hpp"
#include "iscsidsc/initiators.hpp"
#include "iscsidsc/mappings.hpp"

namespace hbalab::dsc {
namespace {

// All sessions of all adapters; the views point into the blocks.
struct Sessions {
  std::vector<Block> blocks;
  std::vector<std::pair<ULONGLONG, iscsi::SessionStaticInfoView>> list;  // adapter id, session
  std::size_t connections = 0;
};

ISDSC_STATUS read_sessions(Initiators& initiators, Sessions& sessions) {
  const auto names = initiators.all();
  if (!names) return names.error();
  sessions.blocks.reserve(names->size());
  for (const std::string& name : *names) {
    auto block = initiators.query_if_there(iscsi::MSiSCSI_InitiatorSessionInfoGuid, name);
    if (!block) return block.error();
    if (!*block) continue;
    sessions.blocks.push_back(**std::move(block));
    const auto info = view_of<iscsi::InitiatorSessionInfoView>(sessions.blocks.back());
    if (!info) return info.error();
    sessions.list.reserve(sessions.list.size() + info->sessions.size());
    for (const auto& session : info->sessions) {
      sessions.list.emplace_back(info->head->UniqueAdapterId, session);
      sessions.connections += session.connections.size();
    }
  }
  return ISDSC_SUCCESS;
}

std::string address_text(const iscsi::ISCSI_IP_Address& address) {
  const auto ip = from_wmi(address);
  return ip ? ip->canonical() : std::string();
}

// Sessions, connections, then the texts of each session and of its connections.
template <typename V>
class SessionImages {
 public:
  explicit SessionImages(const Sessions& sessions) : sessions_(sessions) {
    names_.reserve(sessions.list.size());
    addresses_.reserve(sessions.connections);
    for (const auto& [adapter, session] : sessions.list) {
      names_.emplace_back(member_units(session.head->InitiatoriSCSIName),
                          member_units(session.head->TargetiSCSIName));
      for (const auto& connection : session.connections) {
        addresses_.emplace_back(address_text(connection.LocalAddr),
                                address_text(connection.RemoteAddr));
      }
    }
  }

  void build(Image& image) const {
    const auto at = image.reserve<Session>(sessions_.list.size());
    const auto connections = image.reserve<Connection>(sessions_.connections);
    std::size_t next = 0;
    for (std::size_t i = 0; i < sessions_.list.size(); ++i) {
      const auto& [adapter, session] = sessions_.list[i];
      const auto where = at + i * sizeof(Session);
      image.put(at, i, [&] { return session_info(adapter, session); });
      if (!session.connections.empty()) {
        image.point(where + offsetof(Session, Connections),
                    connections + next * sizeof(Connection));
      }
      const auto [initiator, target] = names_[i];
      text(image, where + offsetof(Session, InitiatorName), initiator);
      text(image, where + offsetof(Session, TargetNodeName), target);
      text(image, where + offsetof(Session, TargetName), target);
      for (const auto& connection : session.connections) {
        const auto& [local, remote] = addresses_[next];
        const auto there = connections + next * sizeof(Connection);
        image.put(connections, next++, [&] { return connection_info(adapter, connection); });
        text(image, there + offsetof(Connection, InitiatorAddress), local);
        text(image, there + offsetof(Connection, TargetAddress), remote);
      }
    }
  }

 private:
  using Session = typename V::Session;
  using Connection = typename V::Connection;

  template <typename Text>
  static void text(Image& image, std::size_t where, const Text& value) {
    image.point(where, image.append_text<V>(value));
  }

  static Session session_info(ULONGLONG adapter, const iscsi::SessionStaticInfoView& session) {
    Session out{};
    out.SessionId = {adapter, session.head->UniqueSessionId};
    std::ranges::copy(session.head->ISID, out.ISID);
    const std::uint16_t tsid = session.head->TSID;
    std::memcpy(out.TSID, &tsid, sizeof tsid);
    out.ConnectionCount = static_cast<ULONG>(session.connections.size());
    return out;
  }

  static Connection connection_info(ULONGLONG adapter,
                                    const iscsi::ISCSI_ConnectionStaticInfo& connection) {
    Connection out{};
    out.ConnectionId = {adapter, connection.UniqueConnectionId};
    out.InitiatorSocket = static_cast<USHORT>(connection.LocalPort.value());
    out.TargetSocket = static_cast<USHORT>(connection.RemotePort.value());
    const std::uint16_t cid = connection.CID;
    std::memcpy(out.CID, &cid, sizeof cid);
    return out;
  }

  using Units = std::span<const iscsi::Le16>;

  const Sessions& sessions_;
  std::vector<std::pair<Units, Units>> names_;                  // of initiator and target
  std::vector<std::pair<std::string, std::string>> addresses_;  // of the connections, in order
};

template <typename V>
ISDSC_STATUS get_iscsi_session_list(PULONG size, PULONG count, typename V::Session* buffer) {
  if (const auto bad = require(size, count)) return bad;
  Initiators initiators;
  Sessions sessions;
  if (const auto failed = read_sessions(initiators, sessions)) return failed;
  const SessionImages<V> images(sessions);
  *count = static_cast<ULONG>(sessions.list.size());
  return deliver(size, buffer, [&](Image& image) { images.build(image); });
}

ISCSI_SESSION_INFO_EX session_ex(ULONGLONG adapter, const iscsi::SessionStaticInfoView& session) {
  const auto& head = *session.head;
  ISCSI_SESSION_INFO_EX out{};
  out.SessionId = {adapter, head.UniqueSessionId};
  out.InitialR2t = head.InitialR2t;
  out.ImmediateData = head.ImmediateData;
  out.Type = head.Type;
  out.DataSequenceInOrder = head.DataSequenceInOrder;
  out.DataPduInOrder = head.DataPduInOrder;
  out.ErrorRecoveryLevel = head.ErrorRecoveryLevel;
  out.MaxOutstandingR2t = head.MaxOutstandingR2t;
  out.FirstBurstLength = head.FirstBurstLength;
  out.MaxBurstLength = head.MaxBurstLength;
  out.MaximumConnections = head.MaxConnections;
  out.ConnectionCount = static_cast<ULONG>(session.connections.size());
  return out;
}

ISCSI_CONNECTION_INFO_EX connection_ex(ULONGLONG adapter,
                                       const iscsi::ISCSI_ConnectionStaticInfo& connection) {
  ISCSI_CONNECTION_INFO_EX out{};
  out.ConnectionId = {adapter, connection.UniqueConnectionId};
  out.State = connection.State;
  out.Protocol = connection.Protocol;
  out.HeaderDigest = connection.HeaderIntegrity;
  out.DataDigest = connection.DataIntegrity;
  out.MaxRecvDataSegmentLength = connection.MaxRecvDataSegmentLength;
  out.AuthType = static_cast<ISCSI_AUTH_TYPES>(connection.AuthType.value());
  out.EstimatedThroughput = connection.EstimatedThroughput;
  out.MaxDatagramSize = connection.MaxDatagramSize;
  return out;
}

ISDSC_STATUS get_iscsi_session_list_ex(PULONG size, PULONG count, PISCSI_SESSION_INFO_EX buffer) {
  if (const auto bad = require(size, count)) return bad;
  Initiators initiators;
  Sessions sessions;
  if (const auto failed = read_sessions(initiators, sessions)) return failed;
  *count = static_cast<ULONG>(sessions.list.size());
  return deliver(size, buffer, [&](Image& image) {
    const auto at = image.reserve<ISCSI_SESSION_INFO_EX>(sessions.list.size());
    for (std::size_t i = 0; i < sessions.list.size(); ++i) {
      const auto& [adapter, session] = sessions.list[i];
      image.put(at, i, [&] { return session_ex(adapter, session); });
      if (session.connections.empty()) continue;
      image.point(
          at + i * sizeof(ISCSI_SESSION_INFO_EX) + offsetof(ISCSI_SESSION_INFO_EX, Connections),
          image.size());
      for (const auto& connection : session.connections) {
        image.append(connection_ex(adapter, connection));
      }
    }
  });
}

template <typename V>
ISDSC_STATUS get_devices_for_iscsi_session(const ISCSI_UNIQUE_SESSION_ID* session, PULONG count,
                                           typename V::Device* buffer) {
  if (const auto bad = require(session, count)) return bad;
  Initiators initiators;
  const auto devices = devices_of_session(initiators, *session);
  if (!devices) return devices.error();
  std::vector<typename V::Device> list(devices->size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const SessionDevice& device = (*devices)[i];
    auto& out = list[i];
    write_member<V>(out.InitiatorName, device.initiator);
    write_member<V>(out.TargetName, device.target);
    out.ScsiAddress = device.address;
    out.DeviceInterfaceType = kDiskInterface;
    write_member<V>(out.DeviceInterfaceName, device.interface_name);
    write_member<V>(out.LegacyName, device.legacy_name);
    out.StorageDeviceNumber = device.number;
    out.DeviceInstance = device.instance;
  }
  return deliver_elements(list, count, buffer);
}

template <typename V>
ISDSC_STATUS report_active_iscsi_target_mappings(PULONG size, PULONG count,
                                                 typename V::Mapping* buffer) {
  if (const auto bad = require(size, count)) return bad;
  Initiators initiators;
  const auto names = initiators.all();
  if (!names) return names.error();
  std::vector<TargetMapping> mappings;
  for (std::size_t i = 0; i < names->size(); ++i) {
    const std::string& name = (*names)[i];
    const auto block = initiators.query_if_there(iscsi::MSiSCSI_TargetMappingsGuid, name);
    if (!block) return block.error();
    if (!*block) continue;
    const auto view = view_of<iscsi::TargetMappingsView>(**block);
    if (!view) return view.error();
    for (const auto& active : view->mappings) {
      mappings.push_back(mapping_of(active, name, view->head->UniqueAdapterId));
      mappings.back().device = u"\\Device\\RaidPort" + wide(std::to_string(i));
    }
  }
  *count = static_cast<ULONG>(mappings.size());
  return deliver(size, buffer, [&](Image& image) { append_mappings<V>(image, mappings); });
}

}  // namespace
}  // namespace hbalab::dsc

#include "iscsidsc/exports_sessions.inc"
