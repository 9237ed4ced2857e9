#include "hba-sim/adapter/session.hpp"

#include <algorithm>

namespace hbalab::adapter {

ConnectionInfo connection_info(const LoginReport& report, const PortInfo& port,
                               const Portal& asked) {
  ConnectionInfo info;
  info.state = 1;  // full feature
  info.header_digest = report.result.header_digest;
  info.data_digest = report.result.data_digest;
  info.max_recv_data_segment_length = report.result.own_max_recv;
  info.auth_type = static_cast<std::uint32_t>(report.auth);
  info.local_address = report.path.address;
  info.local_port = 49152 + static_cast<std::uint32_t>(report.link % 16384);
  info.remote_address = report.portal.address;
  info.remote_port = report.portal.socket == 0 ? Portal::kDefaultSocket : report.portal.socket;
  info.estimated_throughput = port.link_speed / 8;
  info.max_datagram_size = 1500;
  info.link = report.link;
  info.asked = asked;
  // Where a permanent redirect led before, later logins go at once.
  info.redirected = report.redirected || report.portal.canonical() != asked.canonical();
  info.redirect_temporary = report.redirected && report.redirect_temporary;
  return info;
}

std::string nexus_key(const LoginPlan& plan, const Isid& isid) {
  std::string key = plan.initiator_name;
  key.push_back('\0');
  key += plan.target_name;
  key.push_back('\0');
  key.append(isid.begin(), isid.end());
  return key;
}

void SessionTable::add(std::shared_ptr<Session> session) {
  if (!session->nexus.empty()) by_nexus_.emplace(session->nexus, session.get());
  const auto id = session->info.id.value;
  sessions_.emplace(id, std::move(session));
}

void SessionTable::remove(const Session& session) {
  const auto [begin, end] = by_nexus_.equal_range(session.nexus);
  for (auto entry = begin; entry != end; ++entry) {
    if (entry->second != &session) continue;
    by_nexus_.erase(entry);
    break;
  }
  sessions_.erase(session.info.id.value);
}

void SessionTable::clear() {
  by_nexus_.clear();
  sessions_.clear();
}

std::shared_ptr<Session> SessionTable::find(SessionId id) const {
  const auto entry = sessions_.find(id.value);
  return entry != sessions_.end() ? entry->second : nullptr;
}

bool SessionTable::has_nexus(const std::string& nexus, std::optional<std::uint16_t> group,
                             const Portal& portal) const {
  const std::string wanted = portal.canonical();
  const auto [begin, end] = by_nexus_.equal_range(nexus);
  for (auto entry = begin; entry != end; ++entry) {
    const auto& session = *entry->second;
    if (group && session.info.group
            ? *group == *session.info.group
            : session.asked.canonical() == wanted || session.plan.portal.canonical() == wanted) {
      return true;
    }
  }
  return false;
}

bool SessionTable::is_open(const std::string& nexus, std::uint16_t group) const {
  const auto [begin, end] = by_nexus_.equal_range(nexus);
  return std::any_of(begin, end, [group](const auto& entry) {
    return entry.second->link != 0 && entry.second->info.group == group;
  });
}

}  // namespace hbalab::adapter
