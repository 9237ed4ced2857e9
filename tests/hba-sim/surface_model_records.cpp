// Persistent logins: what is stored, and when the adapter tries which.
#include <algorithm>

#include "tests/hba-sim/surface_model.hpp"

namespace hbalab::surface {
namespace {

bool same_target(const Command& a, const Command& b) {
  return name_at(a.target).canonical == name_at(b.target).canonical;
}
bool same_portal(const Command& a, const Command& b) {
  return portal_at(a.portal).key == portal_at(b.portal).key;
}
bool same_port(const Command& a, const Command& b) {
  return port_number(a.port) == port_number(b.port);
}

}  // namespace

Record* Model::find_record(std::uint64_t number) {
  const auto found = std::ranges::find(records, number, &Record::number);
  return found != records.end() ? &*found : nullptr;
}

Reply Model::save(const Command& c) {
  Reply reply;
  reply.status = check_login(c, true);
  if (reply.status != iscsi::ISDSC_SUCCESS) return reply;
  const auto known = std::ranges::find_if(records, [&](const Record& record) {
    return same_target(record.given, c) && same_portal(record.given, c) &&
           same_port(record.given, c);
  });
  if (known == records.end() && records.size() >= kSlots) {
    reply.status = iscsi::ISDSC_OUT_OF_RESOURCES;
  } else if (bench.nvram_fails) {
    reply.status = iscsi::ISDSC_COULD_NOT_SAVE_PERSISTENT_LOGIN_DATA;
  } else if (known != records.end()) {
    known->given = c;
  } else {
    records.push_back({++last_record_, c, std::nullopt});
  }
  return reply;
}

Reply Model::remove(const Command& c) {
  Reply reply;
  if (portal_at(c.portal).spelling == Spelling::bad_type) {
    reply.status = iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED;
    return reply;
  }
  const auto port = port_number(c.port);
  if (port != kAny && port >= kPorts) {
    reply.status = iscsi::ISDSC_INVALID_PORT_NUMBER;
    return reply;
  }
  const bool any_portal = portal_at(c.portal).spelling == Spelling::empty;
  const auto target = [&](const Record& it) { return same_target(it.given, c); };
  const auto portal = [&](const Record& it) {
    return target(it) && (any_portal || same_portal(it.given, c));
  };
  const auto matches = [&](const Record& it) {
    return portal(it) && (port == kAny || same_port(it.given, c));
  };
  if (std::ranges::none_of(records, target)) {
    reply.status = iscsi::ISDSC_TARGET_NOT_FOUND;
  } else if (std::ranges::none_of(records, portal)) {
    reply.status = iscsi::ISDSC_PORTAL_NOT_FOUND;
  } else if (std::ranges::none_of(records, matches)) {
    reply.status = iscsi::ISDSC_INVALID_PORT_NUMBER;
  } else if (bench.nvram_fails) {
    reply.status = iscsi::ISDSC_COULD_NOT_REMOVE_PERSISTENT_LOGIN_DATA;
  } else {
    std::erase_if(records, matches);
  }
  return reply;
}

void Model::begin_life() {
  sessions.clear();
  counters = {};
  user_.reset();
  ping_end_.reset();
  discovery.clear();
  fresh_.clear();
  retries_.clear();
  for (auto& record : records) {
    record.attempt.reset();
    fresh_.push_back(record.number);
  }
  pump();
}

// Starts what is due while there is room, in the order of waiting. The logins then go on side by
// side, a round trip each: those with fewer come to their end first.
void Model::pump() {
  struct Started {
    std::uint64_t record;
    Attempt attempt;
    Outcome outcome;
  };
  std::vector<Started> started;
  while (has_room()) {
    std::uint64_t number = 0;
    if (!fresh_.empty()) {
      number = fresh_.front();
      fresh_.pop_front();
    } else if (!retries_.empty() && retries_.front().due <= now_) {
      number = retries_.front().record;
      retries_.pop_front();
    } else {
      break;
    }
    const Record* record = find_record(number);
    if (record == nullptr || record->attempt) continue;
    auto terms = plan(record->given, true);
    const Status status = terms ? check_begin(*terms) : terms.error();
    if (status != iscsi::ISDSC_SUCCESS) {
      record_ended(number, status);
      continue;
    }
    Attempt attempt = make_attempt(*std::move(terms));
    if (attempt.terms.ports.empty()) {  // nothing is sent: it is over before the next one starts
      const Outcome outcome = reach(attempt, nullptr);
      record_attempt(number, std::move(attempt), outcome);
      continue;
    }
    started.push_back({number, std::move(attempt), {}});
  }
  for (auto& one : started) one.outcome = reach(one.attempt, nullptr);
  std::ranges::stable_sort(started, {}, [](const Started& one) { return one.attempt.rounds; });
  for (auto& one : started) record_attempt(one.record, std::move(one.attempt), one.outcome);
}

void Model::record_attempt(std::uint64_t number, Attempt attempt, const Outcome& reached) {
  Record* record = find_record(number);
  record->attempt.reset();
  if (reached.kind == Outcome::hangs) {
    record->attempt = std::move(attempt);
    return;
  }
  Session* opened = nullptr;
  const Outcome outcome = reached.kind == Outcome::ready ? commit(attempt, opened) : reached;
  if (opened == nullptr) count_failure(outcome.failure);
  record_ended(number, outcome.status);
}

void Model::record_ended(std::uint64_t number, Status status) {
  switch (status) {
    case iscsi::ISDSC_SUCCESS:
    case iscsi::ISDSC_TARGET_ALREADY_LOGGED_IN:
    case iscsi::ISDSC_SESSION_ALREADY_EXISTS:
      return;
    case iscsi::ISDSC_TOO_MANY_SESSIONS:
      fresh_.push_front(number);
      return;
    default:
      retries_.push_back({now_ + kRetry, number});
  }
}

}  // namespace hbalab::surface
