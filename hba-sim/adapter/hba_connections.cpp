// Connections besides the leading one: joining a session, loss, removal.
#include <algorithm>

#include "hba-sim/adapter/hba_core.hpp"

namespace hbalab::adapter {
namespace {

using iscsi::IsdscStatus;
using State = Session::State;

constexpr std::uint8_t kFullFeature = 1, kLogout = 2;  // ISCSI_CONNECTION_STATE_TYPE

// Smallest that the session does not use; the leading connection has 0.
std::uint16_t free_cid(const Session& session) {
  std::uint16_t cid = 1;
  while (std::ranges::any_of(session.branches,
                             [cid](const auto& branch) { return branch->plan.cid == cid; })) {
    ++cid;
  }
  return cid;
}

}  // namespace

// A step that continues only while session and connection are still there.
template <typename Step>
auto HbaCore::for_branch(const std::shared_ptr<Session>& session,
                         const std::shared_ptr<Branch>& branch, Step step) {
  return for_session(session, [weak = std::weak_ptr(branch), step](
                                  const std::shared_ptr<Session>& held, auto... arguments) {
    const auto shared = weak.lock();
    if (shared == nullptr || std::ranges::find(held->branches, shared) == held->branches.end())
      return;
    step(held, shared, std::move(arguments)...);
  });
}

// ---- joining

// A portal of the session's group that has no connection of it yet, or the session's own.
Portal HbaCore::portal_for_branch(const Session& session) const {
  const auto used = [&](const Portal& portal) {
    const auto key = portal.canonical();
    return session.plan.portal.canonical() == key ||
           std::ranges::any_of(session.branches, [&](const auto& branch) {
             return branch->plan.portal.canonical() == key;
           });
  };
  if (session.info.group) {
    for (auto& portal : discovered_.group_portals(session.plan.target_name, *session.info.group)) {
      if (!used(portal)) return portal;
    }
  }
  return session.plan.portal;
}

std::expected<LoginPlan, IsdscStatus> HbaCore::make_branch_plan(const Session& session,
                                                                PersistentLogin login) const {
  // RFC 7143 4.3: a discovery session has one connection.
  if (session.plan.discovery()) return std::unexpected(iscsi::ISDSC_CANT_INCLUDE_IN_SESSION);
  if (session.state != State::connected)
    return std::unexpected(iscsi::ISDSC_NO_CONNECTION_AVAILABLE);
  if (1 + session.branches.size() >= session.info.max_connections)
    return std::unexpected(iscsi::ISDSC_TOO_MANY_CONNECTIONS);
  if (health_ == iscsi::ISCSI_HBA_STATUS_CRITICAL)
    return std::unexpected(iscsi::ISDSC_OUT_OF_RESOURCES);
  if (login.portal.empty()) {
    login.portal = portal_for_branch(session);
  }
  LoginCommand command;
  command.session_type = session.plan.session_type;
  command.login = std::move(login);
  command.login.target = IscsiName(session.info.target_name);
  command.login.initiator_node = session.info.initiator_name;
  command.login.initiator_alias = from_wire_text(session.plan.initiator_alias);
  auto plan = make_plan(command);
  if (!plan) return plan;
  plan->offer.leading = false;
  plan->cid = free_cid(session);
  // The ISID is the session's, over whatever port the connection runs.
  for (auto& path : plan->paths) path.isid = session.info.isid;
  return plan;
}

OperationId HbaCore::add_connection(SessionId id, PersistentLogin login, ConnectionDone done) {
  const auto session = sessions_.find(id);
  auto plan =
      session == nullptr
          ? std::expected<LoginPlan, Status>(std::unexpected(iscsi::ISDSC_INVALID_SESSION_ID))
          : make_branch_plan(*session, std::move(login));
  if (!plan) {
    done(plan.error(), {});
    return 0;
  }
  const auto branch = std::make_shared<Branch>();
  branch->asked = plan->portal;
  branch->plan = *std::move(plan);
  branch->operation = next_operation_++;
  const auto operation = branch->operation;
  operations_.emplace(operation, Operation{std::move(done), nullptr, id, 0});
  session->branches.push_back(branch);
  join(session, branch);
  return operations_.contains(operation) ? operation : 0;
}

void HbaCore::join(const std::shared_ptr<Session>& session, const std::shared_ptr<Branch>& branch) {
  branch->plan.tsih = session->info.tsid;
  Attempt attempt;
  attempt.session = session;
  attempt.branch = branch;
  attempt.operation = branch->operation;
  attempt.deadline = options_.clock->now() + options_.config.timing.login_timeout;
  launch(branch->plan, std::move(attempt));
}

IsdscStatus HbaCore::may_join(const Session& session, std::optional<std::uint16_t> group) const {
  if (session.state != State::connected) return iscsi::ISDSC_NO_CONNECTION_AVAILABLE;
  // All connections of a session go to one portal group (RFC 7143 4.4.1).
  const bool known = group && session.info.group;
  return known && *group != *session.info.group ? iscsi::ISDSC_CANT_INCLUDE_IN_SESSION
                                                : iscsi::ISDSC_SUCCESS;
}

void HbaCore::join_ended(const std::shared_ptr<Session>& session,
                         const std::shared_ptr<Branch>& branch, const LoginReport& report) {
  if (report.status == iscsi::ISDSC_SUCCESS) {
    if (branch->state == Branch::State::lost) log(iscsi::ISCSI_INFO_RECONNECTED_TO_TARGET);
    return connect_branch(session, branch, report);
  }
  if (branch->state == Branch::State::joining) {
    return end_branch(session, branch, report.status);
  }
  if (!ports_[branch->plan.paths.front().port].link_up) return;
  rejoin_at(session, branch, options_.clock->now() + options_.config.timing.retry_interval);
}

void HbaCore::connect_branch(const std::shared_ptr<Session>& session,
                             const std::shared_ptr<Branch>& branch, const LoginReport& report) {
  auto info = connection_info(report, ports_[report.path.port], branch->asked);
  info.id = branch->info.id.value != 0 ? branch->info.id : ConnectionId{ids_->next()};
  info.cid = branch->plan.cid;
  branch->info = std::move(info);
  branch->state = Branch::State::connected;
  branch->plan.paths = {report.path};
  if (report.moved_permanently) branch->plan.portal = *report.moved_permanently;
  branch->link = report.link;
  statistics_->join(report.link, session->info.id, report.result);
  branch->sink = report.sink;
  branch->sink->handler = [this, weak = std::weak_ptr(session),
                           weak_branch = std::weak_ptr(branch)](const fabric::LinkEvent& event) {
    const auto held = weak.lock();
    const auto connection = weak_branch.lock();
    if (held != nullptr && connection != nullptr) on_branch_event(held, connection, event);
  };
  list_connections(*session);
  auto operation = take_operation(std::exchange(branch->operation, 0));
  if (operation) {
    std::get<ConnectionDone>(operation->done)(iscsi::ISDSC_SUCCESS, branch->info.id);
  }
}

// ---- loss

void HbaCore::on_branch_event(const std::shared_ptr<Session>& session,
                              const std::shared_ptr<Branch>& branch,
                              const fabric::LinkEvent& event) {
  if (branch->link == 0 || event.link != branch->link ||
      sessions_.find(session->info.id) == nullptr)
    return;
  switch (event.kind) {
    case fabric::LinkEvent::Kind::dropped:
      if (branch->state == Branch::State::connected) log(iscsi::ISCSI_ERR_CONNECTION_LOST);
      return lose_branch(session, branch);
    case fabric::LinkEvent::Kind::damaged_header:
    case fabric::LinkEvent::Kind::damaged_data:
      return on_damage(session, branch->info,
                       event.kind == fabric::LinkEvent::Kind::damaged_header);
    case fabric::LinkEvent::Kind::luns_changed:
      if (session->data()) scan(session);
      return;
    case fabric::LinkEvent::Kind::drop_announced:
    case fabric::LinkEvent::Kind::session_drop_announced:
      return hold_off(*session, event);
    case fabric::LinkEvent::Kind::negotiation_requested:
      if (branch->state == Branch::State::connected) renegotiate(session, event.link);
      return;
    case fabric::LinkEvent::Kind::logout_requested:
      if (branch->state != Branch::State::connected) return;
      log(iscsi::ISCSI_WRN_RECEIVED_ASYNC_LOGOUT);
      options_.fabric->logout(branch->link, [](bool) {});
      return lose_branch(session, branch);
  }
}

// The session goes on over its other connections; this one is tried again at once.
void HbaCore::lose_branch(const std::shared_ptr<Session>& session,
                          const std::shared_ptr<Branch>& branch) {
  if (!branch->open()) return;
  if (branch->state == Branch::State::removing)
    return end_branch(session, branch, iscsi::ISDSC_SUCCESS);
  fail_link(*session, branch->link);
  cut(*branch);
  branch->state = Branch::State::lost;
  list_connections(*session);
  rejoin(session, branch);
}

void HbaCore::rejoin_at(const std::shared_ptr<Session>& session,
                        const std::shared_ptr<Branch>& branch, TimePoint time) {
  branch->timer = options_.clock->schedule(
      time, for_branch(session, branch, [this](const auto& held, const auto& lost) {
        lost->timer = 0;
        rejoin(held, lost);
      }));
}

void HbaCore::rejoin(const std::shared_ptr<Session>& session,
                     const std::shared_ptr<Branch>& branch) {
  if (session->state != State::connected || branch->state != Branch::State::lost ||
      branch->login != nullptr) {
    return;
  }
  cancel_timer(branch->timer);
  auto& path = branch->plan.paths.front();
  const auto& port = ports_[path.port];
  if (!port.link_up) return;  // the link coming up is the next occasion
  if (options_.clock->now() < branch->not_before) {
    return rejoin_at(session, branch, branch->not_before);
  }
  path.address = port.address;
  join(session, branch);
}

void HbaCore::rejoin_all(const std::shared_ptr<Session>& session) {
  for (const auto& branch : std::vector(session->branches)) rejoin(session, branch);
}

void HbaCore::branch_port_changed(std::uint32_t port) {
  std::vector<std::shared_ptr<Session>> sessions;
  for (const auto& [id, session] : sessions_.all()) {
    if (!session->branches.empty()) sessions.push_back(session);
  }
  for (const auto& session : sessions) {
    for (const auto& branch : std::vector(session->branches)) {
      if (branch->state == Branch::State::joining || branch->plan.paths.front().port != port)
        continue;
      if (branch->state == Branch::State::connected) log(iscsi::ISCSI_ERR_CONNECTION_LOST);
      lose_branch(session, branch);
      rejoin(session, branch);  // one that was lost already tries with what is new
    }
  }
}

// Commands that wait for an answer over this link get none any more.
void HbaCore::fail_link(Session& session, fabric::LinkId link) {
  for (const auto id : std::vector(session.operations.begin(), session.operations.end())) {
    const auto entry = operations_.find(id);
    if (entry == operations_.end() || entry->second.link != link) continue;
    session.operations.erase(id);
    if (auto operation = take_operation(id))
      complete(std::move(*operation), iscsi::ISDSC_TRANSPORT_ERROR);
  }
}

void HbaCore::cut(Branch& branch) {
  if (const auto machine = branch.login) {
    machine->abort();
    drop_attempt(machine.get());
    branch.login.reset();
  }
  branch.sink.reset();
  cancel_timer(branch.timer);
  if (branch.link != 0) options_.fabric->close(std::exchange(branch.link, 0));
}

// The leading connection is gone, and with it the session: who waits for a connection is told, the
// others come back with the session.
void HbaCore::suspend_branches(const std::shared_ptr<Session>& session) {
  for (const auto& branch : std::vector(session->branches)) {
    switch (branch->state) {
      case Branch::State::joining:
        end_branch(session, branch, iscsi::ISDSC_TRANSPORT_ERROR);
        break;
      case Branch::State::removing:
        end_branch(session, branch, iscsi::ISDSC_SUCCESS);
        break;
      case Branch::State::connected:
      case Branch::State::lost:
        branch->state = Branch::State::lost;
        break;
    }
  }
}

// ---- removal

OperationId HbaCore::remove_connection(SessionId id, ConnectionId connection, LogoutDone done) {
  const auto session = sessions_.find(id);
  const auto refused = [&](Status status) -> OperationId {
    done(status);
    return 0;
  };
  if (session == nullptr) return refused(iscsi::ISDSC_INVALID_SESSION_ID);
  const auto found = std::ranges::find_if(session->branches, [&](const auto& branch) {
    return branch->info.id.value != 0 && branch->info.id == connection;
  });
  if (found == session->branches.end()) {
    if (connection.value == 0 || connection != session->leading)
      return refused(iscsi::ISDSC_INVALID_CONNECTION_ID);
    const bool alone = std::ranges::none_of(
        session->branches, [](const auto& branch) { return branch->info.id.value != 0; });
    return refused(alone ? iscsi::ISDSC_CANT_REMOVE_LAST_CONNECTION
                         : iscsi::ISDSC_CANNOT_REMOVE_LEADING_CONNECTION);
  }
  // Lives on when the list lets go of it. NOLINTNEXTLINE(performance-unnecessary-copy-*)
  const std::shared_ptr<Branch> branch = *found;
  if (branch->state == Branch::State::removing)
    return refused(iscsi::ISDSC_REMOVE_CONNECTION_IN_PROGRESS);
  if (session->state == State::logging_out) return refused(iscsi::ISDSC_SESSION_BUSY);
  if (branch->state == Branch::State::lost) {
    end_branch(session, branch, iscsi::ISDSC_SUCCESS);
    return refused(iscsi::ISDSC_SUCCESS);
  }
  branch->operation = next_operation_++;
  operations_.emplace(branch->operation, Operation{std::move(done), nullptr, id, 0});
  begin_removal(session, branch);
  return branch->operation;
}

void HbaCore::begin_removal(const std::shared_ptr<Session>& session,
                            const std::shared_ptr<Branch>& branch) {
  branch->state = Branch::State::removing;
  list_connections(*session);
  const auto gone =
      for_branch(session, branch, [this](const auto& held, const auto& removed, auto...) {
        end_branch(held, removed, iscsi::ISDSC_SUCCESS);
      });
  // A target that does not answer loses the connection all the same.
  branch->timer =
      options_.clock->schedule(options_.clock->now() + options_.config.timing.login_timeout, gone);
  options_.fabric->logout(branch->link, gone);
}

// Ends the connection and tells who waits for it.
void HbaCore::end_branch(const std::shared_ptr<Session>& session,
                         const std::shared_ptr<Branch>& branch, Status status) {
  if (branch->link != 0) fail_link(*session, branch->link);
  cut(*branch);
  std::erase(session->branches, branch);
  list_connections(*session);
  if (auto operation = take_operation(std::exchange(branch->operation, 0)))
    complete(std::move(*operation), status);
}

// Nobody waits any more: a connection that is being added goes, one that is being removed goes on.
void HbaCore::cancel_branch(const std::shared_ptr<Session>& session, OperationId operation) {
  const auto found = std::ranges::find_if(
      session->branches, [&](const auto& branch) { return branch->operation == operation; });
  if (found == session->branches.end()) return;
  // Lives on when the list lets go of it. NOLINTNEXTLINE(performance-unnecessary-copy-*)
  const std::shared_ptr<Branch> branch = *found;
  branch->operation = 0;
  if (branch->state == Branch::State::joining)
    end_branch(session, branch, iscsi::ISDSC_TRANSPORT_ERROR);
}

// What MSiSCSI_InitiatorSessionInfo lists: the leading connection, then the others.
void HbaCore::list_connections(Session& session) {
  auto& list = session.info.connections;
  if (list.empty()) return;  // lost
  list.resize(1);
  for (const auto& branch : session.branches) {
    if (!branch->open()) continue;
    list.push_back(branch->info);
    const bool removing = branch->state == Branch::State::removing;
    list.back().state = removing ? kLogout : list.front().state == kLogout ? kLogout : kFullFeature;
  }
}

}  // namespace hbalab::adapter
