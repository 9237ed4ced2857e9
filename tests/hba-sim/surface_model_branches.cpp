// Connections besides the leading one, and how commands spread over them.
#include <algorithm>

#include "tests/hba-sim/surface_model.hpp"

namespace hbalab::surface {

int connection_index(const Command& c, const Session* session) {
  const int there = session == nullptr ? 0 : 1 + static_cast<int>(session->branches.size());
  const int index = c.port + 4 * (c.type % 2);
  return index < there ? index : -1;
}

std::vector<PathChoice> path_choices(const Command& c, std::size_t paths) {
  std::vector<PathChoice> out;
  const std::size_t count = c.port == 3 ? paths + 1 : paths;
  for (std::size_t i = 0; i < count; ++i) {
    const bool foreign = c.options == 3 && i + 1 == count,
               again = c.port == 2 && c.options != 3 && i != 0;
    const int index = foreign || i >= paths ? -1 : again ? 0 : static_cast<int>(i);
    out.push_back({index, static_cast<std::uint32_t>((c.number + static_cast<int>(i)) % 3),
                   (c.number >> i) % 2 == 0});
  }
  return out;
}

// A discovered portal of the session's group that no connection of it was given, else its own.
int Model::portal_for_branch(const Session& session) const {
  const auto used = [&](int portal) {
    const auto key = portal_at(portal).key;
    return portal_at(session.home).key == key ||
           std::ranges::any_of(session.branches, [&](const Branch& branch) {
             return portal_at(branch.home).key == key;
           });
  };
  for (const int portal : discovery.group_portals(session.terms.target, session.group)) {
    if (!used(portal)) return portal;
  }
  return session.home;
}

std::expected<Terms, Status> Model::plan_branch(const Session& session, const Command& c) const {
  if (session.discovery()) return std::unexpected(iscsi::ISDSC_CANT_INCLUDE_IN_SESSION);
  if (!session.connected) return std::unexpected(iscsi::ISDSC_NO_CONNECTION_AVAILABLE);
  if (1 + session.branches.size() >= max_connections(session.terms))
    return std::unexpected(iscsi::ISDSC_TOO_MANY_CONNECTIONS);
  Command given = c;
  if (portal_at(c.portal).spelling == Spelling::empty) given.portal = portal_for_branch(session);
  given.target = session.terms.name;
  given.type = session.terms.type;
  auto terms = plan(given, false);
  if (!terms) return terms;
  terms->initiator = session.terms.initiator;
  return terms;
}

Reply Model::add_connection(const Command& c) {
  Reply reply;
  if (c.number == 63) {  // the driver gives another adapter's id
    reply.status = iscsi::ISDSC_INITIATOR_INSTANCE_NOT_FOUND;
    return reply;
  }
  Command checked = c;  // there is neither a type nor a name in its block
  checked.type = 2;
  checked.target = 0;
  reply.status = check_login(checked, false);
  if (reply.status != iscsi::ISDSC_SUCCESS) return reply;
  Session* session = pick_session(c.number);
  if (session == nullptr) {
    reply.status = iscsi::ISDSC_INVALID_SESSION_ID;
    return reply;
  }
  auto terms = plan_branch(*session, c);
  if (!terms) {
    reply.status = terms.error();
    return reply;
  }
  Attempt attempt = make_attempt(*std::move(terms));
  const Outcome outcome = reach(attempt, session, true);
  if (outcome.kind != Outcome::hangs) return end_added(outcome, attempt, session->serial);
  user_ = std::move(attempt);
  user_joins_ = session->serial;
  user_result_.reset();
  reply.kind = Reply::later;
  return reply;
}

Reply Model::end_added(const Outcome& outcome, const Attempt& attempt, std::uint64_t serial) {
  Reply reply;
  reply.status = outcome.status;
  if (outcome.kind == Outcome::fails) {
    count_failure(outcome.failure);
    return reply;
  }
  Session& session = *std::ranges::find(sessions, serial, &Session::serial);
  Branch branch;
  branch.terms = attempt.terms;
  branch.home = attempt.terms.portal;
  while (std::ranges::any_of(session.branches,
                             [&](const Branch& other) { return other.cid == branch.cid; })) {
    ++branch.cid;
  }
  connect_branch(branch, attempt);
  session.branches.push_back(std::move(branch));
  reply.session = serial;
  reply.connection = true;
  return reply;
}

void Model::connect_branch(Branch& branch, const Attempt& attempt) {
  ++counters.accepted;
  branch.port = attempt.terms.ports[attempt.path];
  branch.portal = attempt.portal;
  if (attempt.moved) branch.home = *attempt.moved;
  branch.auth = attempt.auth;
  branch.connected = true;
  branch.attempt.reset();
  branch.retry_at.reset();
}

void Model::rejoin(Session& session, Branch& branch) {
  if (!session.connected || branch.connected || branch.attempt) return;
  branch.retry_at.reset();
  if (!bench.link[branch.port]) return;
  if (now_ < branch.not_before) {
    branch.retry_at = branch.not_before;
    return;
  }
  Terms terms = branch.terms;
  terms.ports = {branch.port};
  Attempt attempt = make_attempt(std::move(terms));
  attempt.portal = branch.home;
  const Outcome outcome = reach(attempt, &session, true);
  branch_attempt(session, branch, std::move(attempt), outcome);
}

void Model::branch_attempt(Session&, Branch& branch, Attempt attempt, const Outcome& outcome) {
  branch.attempt.reset();
  switch (outcome.kind) {
    case Outcome::hangs:
      branch.attempt = std::move(attempt);
      return;
    case Outcome::ready:
      return connect_branch(branch, attempt);
    case Outcome::fails:
      count_failure(outcome.failure);
      if (bench.link[branch.port]) branch.retry_at = now_ + kRetry;
      return;
  }
}

void Model::drop_branches(const std::function<bool(const Branch&)>& which) {
  for (auto& session : sessions) {
    for (auto& branch : session.branches) {
      if (!branch.connected || !which(branch)) continue;
      branch.connected = false;
      rejoin(session, branch);
    }
  }
}

void Model::run_branches(Session& session) {
  for (auto& branch : session.branches) {
    if (branch.attempt && *due(branch.attempt) <= now_) {
      Attempt attempt = *branch.attempt;
      const Outcome outcome = time_over(attempt, &session, true);
      branch_attempt(session, branch, std::move(attempt), outcome);
    }
    if (branch.retry_at && *branch.retry_at <= now_) rejoin(session, branch);
  }
}

Reply Model::remove_connection(const Command& c) {
  Reply reply;
  Session* session = pick_session(c.number);
  const int index = connection_index(c, session);
  if (session == nullptr) {
    reply.status = iscsi::ISDSC_INVALID_SESSION_ID;
  } else if (index < 0) {
    reply.status = iscsi::ISDSC_INVALID_CONNECTION_ID;
  } else if (index == 0) {
    reply.status = session->branches.empty() ? iscsi::ISDSC_CANT_REMOVE_LAST_CONNECTION
                                             : iscsi::ISDSC_CANNOT_REMOVE_LEADING_CONNECTION;
  } else {
    const auto branch = std::next(session->branches.begin(), index - 1);
    if (branch->connected) ++counters.logouts;
    session->branches.erase(branch);
  }
  return reply;
}

Reply Model::load_balance(const Command& c) {
  Reply reply;
  Session* session = pick_session(c.number);
  const auto policy = static_cast<std::uint32_t>(c.mapping);
  const auto paths = session == nullptr ? 0 : 1 + session->branches.size();
  const auto choices = path_choices(c, paths);
  const auto primaries = std::ranges::count(choices, true, &PathChoice::primary);
  const auto check = [&]() -> Status {
    if (session == nullptr) return iscsi::ISDSC_INVALID_SESSION_ID;
    if (session->discovery()) return iscsi::ISDSC_SESSION_TYPE_NOT_SUPPORTED;
    if (policy < 1 || policy > 6) return iscsi::ISDSC_INVALID_LOAD_BALANCE_POLICY;
    if (policy == 6) return iscsi::ISDSC_LB_POLICY_NOT_SUPPORTED;
    if (choices.size() != paths) return iscsi::ISDSC_PATH_COUNT_MISMATCH;
    std::set<int> seen;
    for (const auto& choice : choices) {
      if (choice.index < 0) return iscsi::ISDSC_INVALID_PATH_ID;
      if (!seen.insert(choice.index).second) return iscsi::ISDSC_DUPLICATE_PATH_SPECIFIED;
    }
    if (policy != 1 && policy != 3) return iscsi::ISDSC_SUCCESS;
    if (primaries == 0) return iscsi::ISDSC_NO_PRIMARY_PATH_SPECIFIED;
    return policy == 1 && primaries > 1 ? iscsi::ISDSC_MULTIPLE_PRIMARY_PATHS_SPECIFIED
                                        : iscsi::ISDSC_SUCCESS;
  };
  reply.status = check();
  if (reply.status != iscsi::ISDSC_SUCCESS) return reply;
  session->policy = static_cast<int>(policy);
  for (const auto& choice : choices) {
    if (choice.index == 0) {
      session->weight = choice.weight;
      session->primary = choice.primary;
      continue;
    }
    Branch& branch = *std::next(session->branches.begin(), choice.index - 1);
    branch.weight = choice.weight;
    branch.primary = choice.primary;
  }
  return reply;
}

}  // namespace hbalab::surface
