// Sessions from their login to their end.
#include <algorithm>

#include "tests/hba-sim/surface_model.hpp"

namespace hbalab::surface {

// Where the units are shown: what the mapping asked for, else the smallest free numbers, and a unit
// that was seen before has the number that it had.
void Model::scan(Session& session) {
  const auto& units = bench.targets[static_cast<std::size_t>(session.terms.target)].luns;
  session.luns = units;
  session.mapped = true;
  session.attention.inventory = false;  // REPORT LUNS
  for (const auto unit : units) {
    if (session.assigned.contains(unit)) continue;
    std::set<std::uint32_t> used;
    for (const auto& [other, number] : session.assigned) used.insert(number);
    std::uint32_t free = 0;
    while (used.contains(free)) ++free;
    session.assigned[unit] = free;
  }
}

void Model::connect(Session& session, const Attempt& attempt) {
  ++counters.accepted;
  session.connection = 0;
  session.portal = attempt.portal;
  if (attempt.moved) session.home = *attempt.moved;
  session.auth = attempt.auth;
  session.connected = true;
  session.attention = {};
  session.attempt.reset();
  session.retry_at.reset();
  session.removal_at.reset();
  if (!session.discovery()) {
    session.group = group_of(attempt);
    discovery.set_alias(session.terms.target);
  }
  if (session.data()) scan(session);
  for (auto& branch : session.branches) rejoin(session, branch);
}

void Model::lose(Session& session, std::optional<char> loss) {
  if (!session.connected) return;
  if (loss) {
    ++counters.sessions_failed;
    ++(*loss == 'd' ? counters.digest : *loss == 'f' ? counters.format : counters.timeout);
    ++(*loss == 'd' ? session.digest : *loss == 'f' ? session.format : session.timeout);
  }
  session.connected = false;
  for (auto& branch : session.branches) {
    branch.connected = false;
    branch.attempt.reset();
    branch.retry_at.reset();
  }
  if (session.discovery()) return end(session);
  session.removal_at = now_ + kDeviceRemoval;
  reconnect(session);
}

void Model::reconnect(Session& session) {
  if (session.connected || session.attempt) return;
  session.retry_at.reset();
  if (!bench.link[session.port]) return;
  if (now_ < session.not_before) {
    session.retry_at = session.not_before;
    return;
  }
  Terms terms = session.terms;
  terms.ports = {session.port};
  Attempt attempt = make_attempt(std::move(terms));
  attempt.portal = session.home;
  const Outcome outcome = reach(attempt, &session);
  session_attempt(session, std::move(attempt), outcome);
}

// A redirect may lead it into the portal group in which its initiator port has a session already.
bool Model::takes_another(const Session& session, const Attempt& attempt) const {
  const int group = group_of(attempt);
  return !session.discovery() && std::ranges::any_of(sessions, [&](const Session& other) {
    return other.connected && other.group == group &&
           same_nexus(other, session.terms, session.port);
  });
}

void Model::session_attempt(Session& session, Attempt attempt, const Outcome& outcome) {
  session.attempt.reset();
  if (outcome.kind == Outcome::ready && takes_another(session, attempt))
    return session_attempt(session, std::move(attempt),
                           {Outcome::fails, iscsi::ISDSC_SESSION_ALREADY_EXISTS, Failure::plain});
  switch (outcome.kind) {
    case Outcome::hangs:
      session.attempt = std::move(attempt);
      return;
    case Outcome::ready:
      return connect(session, attempt);
    case Outcome::fails:
      count_failure(outcome.failure);
      if (bench.link[session.port]) session.retry_at = now_ + kRetry;
      return;
  }
}

void Model::end(Session& session) {
  sessions.remove_if([serial = session.serial](const Session& it) { return it.serial == serial; });
}

Session* Model::pick_session(int number) {
  // One more than there are: an id that is nobody's.
  const auto at = static_cast<std::size_t>(number) % (sessions.size() + 1);
  if (at == sessions.size()) return nullptr;
  return &*std::next(sessions.begin(), static_cast<std::ptrdiff_t>(at));
}

Reply Model::logout(const Command& c) {
  Reply reply;
  Session* session = pick_session(c.number);
  if (session == nullptr) {
    reply.status = iscsi::ISDSC_INVALID_SESSION_ID;
    return reply;
  }
  if (session->connected) ++counters.logouts;
  end(*session);
  return reply;
}

// All of them lose their links at once, before any of them tries again.
void Model::drop_where(const std::function<bool(const Session&)>& which) {
  std::vector<Session*> lost;
  for (auto& session : sessions) {
    if (session.connected && which(session)) lost.push_back(&session);
  }
  for (Session* session : lost) lose(*session, 't');
}

std::optional<Outcome> Model::port_lost(Attempt& attempt, int port, const Session* again,
                                        bool joins) {
  if (attempt.terms.ports[attempt.path] != port) return std::nullopt;
  ++attempt.path;
  return reach(attempt, again, joins);
}

Outcome Model::time_over(Attempt& attempt, const Session* again, bool joins) {
  if (now_ >= attempt.deadline)
    return {Outcome::fails, iscsi::ISDSC_CONNECTION_FAILED, Failure::plain};
  ++attempt.path;
  return reach(attempt, again, joins);
}

void Model::set_link(int port, bool up) {
  if (bench.link[port] == up) return;
  bench.link[port] = up;
  if (!up) {
    for (auto& session : sessions) {
      for (auto& branch : session.branches) {
        if (!branch.attempt) continue;
        Attempt attempt = *branch.attempt;
        if (const auto outcome = port_lost(attempt, port, &session, true))
          branch_attempt(session, branch, attempt, *outcome);
      }
      if (!session.attempt) continue;
      Attempt attempt = *session.attempt;
      if (const auto outcome = port_lost(attempt, port, &session))
        session_attempt(session, attempt, *outcome);
    }
    for (auto& record : records) {
      if (!record.attempt) continue;
      Attempt attempt = *record.attempt;
      if (const auto outcome = port_lost(attempt, port, nullptr))
        record_attempt(record.number, attempt, *outcome);
    }
  }
  std::vector<Session*> affected, stayed;
  for (auto& session : sessions) {
    if (session.port == port) affected.push_back(&session);
    if (session.connected && !session.discovery()) stayed.push_back(&session);
  }
  for (Session* session : affected) {
    if (session->connected) {
      lose(*session, 't');
    } else {
      reconnect(*session);
    }
  }
  // A session that just came back has tried its other connections already.
  for (Session* session : stayed) {
    for (auto& branch : session->branches) {
      if (branch.port != port) continue;
      if (!up) branch.connected = false;
      rejoin(*session, branch);
    }
  }
}

std::optional<Ms> Model::due(const std::optional<Attempt>& attempt) {
  if (!attempt) return std::nullopt;
  return attempt->share_end != 0 ? attempt->share_end : attempt->deadline;
}

}  // namespace hbalab::surface
