// The connections of a session as load balancing sees them.
#include <algorithm>

#include "hba-sim/adapter/hba_core.hpp"
#include "hba-sim/adapter/load_balance.hpp"

namespace hbalab::adapter {

using iscsi::IsdscStatus;

std::vector<PathInfo> HbaCore::paths(SessionId id) const {
  const auto session = sessions_.find(id);
  if (session == nullptr) return {};
  std::vector<PathInfo> out;
  const auto add = [&](ConnectionId connection, std::uint32_t port, const PathSetting& setting,
                       bool connected) {
    const auto status = connected              ? PathInfo::Status::connected
                        : ports_[port].link_up ? PathInfo::Status::reconnecting
                                               : PathInfo::Status::disconnected;
    out.push_back({connection, ports_[port].link_speed, setting.weight, setting.primary, status});
  };
  add(session->leading, session->plan.paths.front().port, session->leading_path,
      session->info.connected);
  for (const auto& branch : session->branches) {
    if (branch->state == Branch::State::joining) continue;
    add(branch->info.id, branch->plan.paths.front().port, branch->path, branch->open());
  }
  return out;
}

IsdscStatus HbaCore::set_load_balance(SessionId id, std::uint32_t policy,
                                      std::span<const PathInfo> wanted) {
  const auto session = sessions_.find(id);
  if (session == nullptr) return iscsi::ISDSC_INVALID_SESSION_ID;
  // There are no commands to balance in a discovery session.
  if (session->plan.discovery()) return iscsi::ISDSC_SESSION_TYPE_NOT_SUPPORTED;
  const auto status = check_load_balance(policy, wanted, paths(id));
  if (status != iscsi::ISDSC_SUCCESS) return status;
  session->info.load_balance_policy = policy;
  session->turn = 0;
  for (const auto& path : wanted) {
    const PathSetting setting{path.weight, path.primary};
    if (path.id == session->leading) session->leading_path = setting;
    for (const auto& branch : session->branches) {
      if (branch->info.id == path.id) branch->path = setting;
    }
  }
  return iscsi::ISDSC_SUCCESS;
}

// The link of the next command of a session that is connected.
fabric::LinkId HbaCore::route(Session& session) {
  if (session.branches.empty()) return session.link;
  std::vector<PathChoice> choices;
  std::vector<fabric::LinkId> links;
  const auto add = [&](fabric::LinkId link, const PathSetting& setting, bool usable) {
    const auto queued = std::ranges::count_if(session.operations, [&](OperationId id) {
      const auto operation = operations_.find(id);
      return operation != operations_.end() && operation->second.link == link;
    });
    choices.push_back({usable, setting.primary, setting.weight, static_cast<std::size_t>(queued)});
    links.push_back(link);
  };
  add(session.link, session.leading_path, true);
  for (const auto& branch : session.branches)
    add(branch->link, branch->path, branch->state == Branch::State::connected);
  return links[choose_path(session.info.load_balance_policy, choices, session.turn++)];
}

}  // namespace hbalab::adapter
