#include "tests/hba-sim/surface_model.hpp"

#include <algorithm>
#include <utility>

namespace hbalab::surface {

Bench::Bench() {
  for (const auto& target : surface::targets()) {
    TargetSide side;
    side.portals.assign(target.portals.size(), PortalState::up);
    side.sends_on.resize(target.portals.size());
    side.luns.insert(target.luns.begin(), target.luns.end());
    side.redirect = choice_of(static_cast<int>(targets.size()), 0);
    targets.push_back(std::move(side));
  }
}

PortalState bench_portal_state(const Command& c) {
  constexpr PortalState all[] = {PortalState::refuse, PortalState::unreachable, PortalState::up,
                                 PortalState::up};
  return all[c.number / 8 % 4];
}

std::string bench_refusal(const Command& c) {
  constexpr std::string_view all[] = {"",
                                      "",
                                      "auth",
                                      "authorization",
                                      "not_found",
                                      "removed",
                                      "unavailable",
                                      "out_of_resources",
                                      "initiator_error",
                                      "moved_temporarily",
                                      "moved_permanently",
                                      ""};
  return std::string(all[static_cast<std::size_t>(c.number) % std::size(all)]);
}

int bench_redirect(const Command& c) {
  constexpr int all[] = {0, 6, 7, 3, kFirstOddPortal};
  return all[static_cast<std::size_t>(c.number) % std::size(all)];
}

// Mostly to a portal of the same target, which may be the one that it is.
Bench::TargetSide::SendsOn bench_sends_on(const Command& c) {
  const int target = c.target % kTargets;
  const auto portals = static_cast<int>(targets()[static_cast<std::size_t>(target)].portals.size());
  const int kind = c.number / 8 % 8;
  const int to = kind < 3 ? -1 : kind < 7 ? choice_of(target, kind % portals) : bench_redirect(c);
  return {to, c.type >= 2};
}

Ms bench_wait(const Command& c) {
  constexpr Ms all[] = {0, 3000, 7000};
  return all[static_cast<std::size_t>(c.number) % std::size(all)];
}

std::uint64_t bench_unit(const Command& c) { return static_cast<std::uint64_t>(c.number % 9); }

std::uint64_t bench_blocks(const Command& c) {
  constexpr std::uint64_t all[] = {kDefaultBlocks, 1, 0xFFFFFFFF, std::uint64_t{1} << 32};
  return all[static_cast<std::size_t>(c.options) % std::size(all)];
}

int isid_of(const Command& c, bool persistent) {
  return persistent ? c.port % 4 * 16 + c.portal % 16 : c.number % 4;
}

std::uint64_t security_flags(const Command& c) {
  const auto flags = static_cast<std::uint64_t>(c.number);
  return c.number < 48 ? flags & ~std::uint64_t{1} : flags;
}

std::uint32_t max_connections(const Terms& terms) {
  const Options& options = options_at(terms.options);
  return (options.specified & 4) != 0 ? std::min(options.max_connections, 4u) : 1u;
}

Ms time_step(const Command& c) {
  constexpr Ms all[] = {1, 10, 999, 1000, 2000, 3000, 4999, 5000, 60'000, 61'000};
  return all[static_cast<std::size_t>(c.number) % std::size(all)];
}

Model::Model() = default;

std::expected<Place, Status> Model::place_for(const Terms& terms) const {
  const Mapping& mapping = mapping_at(terms.mapping);
  const bool asked =
      !mapping.name.empty() || !mapping.luns.empty() || mapping.bus != 0 || mapping.target != 0;
  const auto bus = asked ? mapping.bus : kAny;
  const auto number = asked ? mapping.target : kAny;
  if ((bus != kAny && bus > 0) || (number != kAny && number > 254))
    return std::unexpected(iscsi::ISDSC_TARGET_MAPPING_OUT_OF_RANGE);
  const auto holder = [&](std::uint32_t target) {
    return std::ranges::find_if(sessions, [&](const Session& session) {
      return session.place && session.place->target == target;
    });
  };
  if (bus != kAny && number != kAny) {
    const auto other = holder(number);
    if (other == sessions.end()) return Place{0, number};
    const bool same = name_at(other->terms.name).canonical == name_at(terms.name).canonical;
    return std::unexpected(same ? iscsi::ISDSC_TARGET_MAPPING_EXISTS
                                : iscsi::ISDSC_TARGET_MAPPING_UNAVAILABLE);
  }
  std::uint32_t free = number != kAny ? number : 0;
  while (holder(free) != sessions.end()) ++free;
  return Place{0, free};
}

Status Model::check_mapping(const Terms& terms) {
  const Mapping& mapping = mapping_at(terms.mapping);
  if (!mapping.name.empty() && mapping.name != name_at(terms.name).canonical)
    return iscsi::ISDSC_INVALID_TARGET_MAPPING;
  std::set<std::uint64_t> units;
  std::set<std::uint32_t> numbers;
  for (const auto& lun : mapping.luns) {
    if (!units.insert(lun.target_lun).second || !numbers.insert(lun.os_lun).second)
      return iscsi::ISDSC_INVALID_TARGET_MAPPING;
  }
  return iscsi::ISDSC_SUCCESS;
}

Reply Model::apply(const Command& command) {
  Reply reply;
  switch (command.kind) {
    case Kind::login:
      return login(command);
    case Kind::save_login:
      return save(command);
    case Kind::remove_login:
      return remove(command);
    case Kind::logout:
      return logout(command);
    case Kind::add_connection:
      return add_connection(command);
    case Kind::remove_connection:
      return remove_connection(command);
    case Kind::load_balance:
      return load_balance(command);
    case Kind::send_targets:
      return send_targets(command);
    case Kind::inquiry:
    case Kind::read_capacity:
    case Kind::report_luns:
      return scsi(command);
    case Kind::ping:
      return ping(command);
    case Kind::report_targets:
    case Kind::report_targets2:
      reply.targets = discovery.report(command.kind == Kind::report_targets2);
      return reply;
    case Kind::get_key:
      reply.status = settings.find_key(command, reply.flags);
      return reply;
    default:
      if (command.kind >= Kind::portal_state) {
        bench_command(command);
        return reply;
      }
      return change_settings(command);
  }
}

// Every change of what is stored: decided first, then written, unless nothing changes.
Reply Model::change_settings(const Command& command) {
  Reply reply;
  Settings wanted = settings;
  reply.status = wanted.apply(command);
  const bool taken =
      reply.status == iscsi::ISDSC_SUCCESS || reply.status == iscsi::ISDSC_SHORT_CHAP_SECRET;
  if (!taken) return reply;
  if (command.kind == Kind::delete_node &&
      names_in_use().contains(node_at(command.number).canonical)) {
    reply.status = iscsi::ISDSC_CONNECTION_ALREADY_EXISTS;
    return reply;
  }
  if (wanted == settings) return reply;
  if (bench.nvram_fails) {
    reply.status = iscsi::ISDSC_NON_SPECIFIC_ERROR;
    return reply;
  }
  settings = std::move(wanted);
  auto earlier = names_in_use();
  earlier.erase(settings.canonical_node());
  if (command.kind == Kind::set_node && !earlier.empty())
    reply.status = iscsi::ISDSC_OPERATION_REQUIRES_REBOOT;
  return reply;
}

// Of sessions and of logins under way, which become some.
std::set<std::string> Model::names_in_use() const {
  std::set<std::string> names;
  for (const auto& session : sessions) names.insert(session.terms.initiator);
  for (const auto& record : records) {
    if (record.attempt) names.insert(record.attempt->terms.initiator);
  }
  return names;
}

void Model::set_portal_state(const Command& c) {
  const int number = c.target % kTargets;
  auto& portals = bench.targets[static_cast<std::size_t>(number)].portals;
  const auto portal = static_cast<std::size_t>(c.number) % portals.size();
  portals[portal] = bench_portal_state(c);
  if (portals[portal] == PortalState::up) return;
  const auto leads_there = [&](int choice) {
    const auto& there = portal_at(choice);
    return there.target == number && static_cast<std::size_t>(there.portal) == portal;
  };
  drop_where([&](const Session& session) { return leads_there(session.portal); });
  drop_branches([&](const Branch& branch) { return leads_there(branch.portal); });
}

void Model::bench_command(const Command& c) {
  const int number = c.target % kTargets;
  auto& side = bench.targets[static_cast<std::size_t>(number)];
  const auto of_target = [&](const Session& session) {
    return !session.discovery() && portal_at(session.portal).target == number;
  };
  switch (c.kind) {
    case Kind::portal_state:
      return set_portal_state(c);
    case Kind::refusal:
      side.refusal = bench_refusal(c);
      return;
    case Kind::redirect:
      side.redirect = bench_redirect(c);
      return;
    case Kind::portal_redirect:
      side.sends_on[static_cast<std::size_t>(c.number) % side.portals.size()] = bench_sends_on(c);
      return;
    case Kind::announce_drop:
      return announce_drop(c, of_target);
    case Kind::negotiate:
      return negotiate(of_target);
    case Kind::link:
      return set_link(c.number % 2, c.type >= 2);
    case Kind::disconnect:
      return drop_where(of_target);
    case Kind::request_logout: {
      std::vector<Session*> asked;
      for (auto& session : sessions) {
        if (session.connected && of_target(session)) asked.push_back(&session);
      }
      for (Session* session : asked) {
        ++counters.logouts;
        lose(*session, std::nullopt);
      }
      return;
    }
    case Kind::damage:
      return damage(c, of_target);
    case Kind::unit:
      return change_unit(c);
    case Kind::resize:
      return resize_unit(c);
    case Kind::nvram_fault:
      bench.nvram_fails = c.type < 2;
      return;
    case Kind::restart:
      bench = {};
      [[fallthrough]];
    case Kind::reset:
      return begin_life();
    default:
      return;
  }
}

// A loss, after which nothing comes back before its time.
void Model::announce_drop(const Command& c, const std::function<bool(const Session&)>& of_target) {
  for (auto& session : sessions) {
    if (!session.connected || !of_target(session)) continue;
    session.not_before = now_ + bench_wait(c);
    for (auto& branch : session.branches) branch.not_before = session.not_before;
  }
  drop_where(of_target);
}

void Model::negotiate(const std::function<bool(const Session&)>& of_target) {
  for (auto& session : sessions) {
    if (!session.connected || !of_target(session)) continue;
    session.terms.config.max_recv = settings.session.max_recv;
    for (auto& branch : session.branches) {
      if (branch.connected) branch.terms.config.max_recv = settings.session.max_recv;
    }
  }
}

void Model::damage(const Command& c, const std::function<bool(const Session&)>& of_target) {
  const bool header = c.type >= 2;
  std::vector<Session*> hit;
  for (auto& session : sessions) {
    if (session.connected && of_target(session)) hit.push_back(&session);
  }
  for (Session* session : hit) {
    const Options& options = options_at(session->terms.options);
    const bool checked = (header ? options.header_digest : options.data_digest) != 0;
    if (checked) {
      lose(*session, 'd');
    } else if (header) {
      lose(*session, 'f');
    }
  }
}

// Those that the target knows of at present.
std::vector<Session*> Model::sessions_with(int target) {
  std::vector<Session*> found;
  for (auto& session : sessions) {
    if (session.connected && !session.discovery() && session.terms.target == target)
      found.push_back(&session);
  }
  return found;
}

void Model::change_unit(const Command& c) {
  const int number = c.target % kTargets;
  auto& side = bench.targets[static_cast<std::size_t>(number)];
  const std::uint64_t unit = bench_unit(c);
  const bool add = c.type >= 2;
  const bool changed = add ? side.luns.insert(unit).second : side.luns.erase(unit) != 0;
  if (!changed) return;
  side.blocks.erase(unit);
  for (Session* session : sessions_with(number)) {
    session->attention.inventory = true;
    session->attention.told.clear();
    session->attention.resized.erase(unit);
    if (session->data()) scan(*session);
  }
}

void Model::resize_unit(const Command& c) {
  const int number = c.target % kTargets;
  auto& side = bench.targets[static_cast<std::size_t>(number)];
  const std::uint64_t unit = bench_unit(c);
  if (!side.luns.contains(unit)) return;
  const auto blocks = side.blocks.try_emplace(unit, kDefaultBlocks).first;
  if (std::exchange(blocks->second, bench_blocks(c)) == bench_blocks(c)) return;
  for (Session* session : sessions_with(number)) session->attention.resized.insert(unit);
}

std::optional<Ms> Model::next_event() const {
  std::optional<Ms> first;
  const auto consider = [&](std::optional<Ms> time) {
    if (time && (!first || *time < *first)) first = time;
  };
  consider(due(user_));
  consider(ping_end_);
  for (const auto& session : sessions) {
    consider(due(session.attempt));
    consider(session.retry_at);
    consider(session.removal_at);
    for (const auto& branch : session.branches) {
      consider(due(branch.attempt));
      consider(branch.retry_at);
    }
  }
  for (const auto& record : records) consider(due(record.attempt));
  if (has_room()) {
    if (!fresh_.empty()) consider(now_);
    if (!retries_.empty()) consider(std::max(now_, retries_.front().due));
  }
  return first;
}

void Model::run_events() {
  if (ping_end_ && *ping_end_ <= now_) {
    ping_end_.reset();
    user_result_ = Reply{};
  }
  if (user_ && *due(user_) <= now_) {
    const auto joined = std::ranges::find(sessions, user_joins_, &Session::serial);
    const Session* session = joined != sessions.end() ? &*joined : nullptr;
    const Outcome outcome = time_over(*user_, session, session != nullptr);
    if (outcome.kind != Outcome::hangs) {
      user_result_ =
          session != nullptr ? end_added(outcome, *user_, user_joins_) : end_user(outcome, *user_);
      user_.reset();
    }
  }
  for (auto& session : sessions) {
    if (session.attempt && *due(session.attempt) <= now_) {
      Attempt attempt = *session.attempt;
      const Outcome outcome = time_over(attempt, &session);
      session_attempt(session, std::move(attempt), outcome);
    }
    if (session.retry_at && *session.retry_at <= now_) reconnect(session);
    if (session.removal_at && *session.removal_at <= now_) {
      session.removal_at.reset();
      session.mapped = false;
    }
    run_branches(session);
  }
  for (auto& record : records) {
    if (!record.attempt || *due(record.attempt) > now_) continue;
    Attempt attempt = *record.attempt;
    const Outcome outcome = time_over(attempt, nullptr);
    record_attempt(record.number, std::move(attempt), outcome);
  }
  pump();
}

void Model::advance_to(Ms time) {
  for (auto next = next_event(); next && *next <= time; next = next_event()) {
    now_ = std::max(now_, *next);
    run_events();
  }
  now_ = time;
}

}  // namespace hbalab::surface
