// Logins, as docs/behaviour.md and the login status table of RFC 7143 11.13.5 have them.
#include <algorithm>

#include "tests/hba-sim/surface_model.hpp"

namespace hbalab::surface {
namespace {

constexpr int kMostRedirects = 4;

Outcome fails_with(Status status, Failure failure = Failure::plain) {
  return {Outcome::fails, status, failure};
}

struct Refusal {
  std::string_view name;
  Status status;
};
constexpr Refusal kRefusals[] = {
    {"initiator_error", iscsi::ISDSC_INITIATOR_ERROR},
    {"authorization", iscsi::ISDSC_AUTHORIZATION_FAILURE},
    {"not_found", iscsi::ISDSC_NOT_FOUND},
    {"removed", iscsi::ISDSC_TARGET_REMOVED},
    {"unavailable", iscsi::ISDSC_SERVICE_UNAVAILABLE},
    {"out_of_resources", iscsi::ISDSC_TARGET_OUT_OF_RESORCES},
};

Status status_of_refusal(std::string_view name) {
  const auto row = std::ranges::find(kRefusals, name, &Refusal::name);
  return row != std::end(kRefusals) ? row->status : iscsi::ISDSC_LOGIN_FAILED;
}

}  // namespace

Status Model::check_login(const Command& c, bool persistent) const {
  if (c.type > 2) return iscsi::ISDSC_SESSION_TYPE_NOT_SUPPORTED;
  if (persistent && c.type == 0) return iscsi::ISDSC_SESSION_TYPE_NOT_SUPPORTED;
  const Auth& auth = auth_at(c.auth);
  if (auth.type != 0) {
    if (auth.type > 2) return iscsi::ISDSC_INVALID_LOGON_AUTH_TYPE;
    if (auth.secret.size() < 12 || auth.secret.size() > 16)
      return iscsi::ISDSC_INVALID_TARGET_CHAP_SECRET;
  }
  if (portal_at(c.portal).spelling == Spelling::bad_type)
    return iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED;
  const auto port = port_number(c.port);
  if (port != kAny && port >= kPorts) return iscsi::ISDSC_INVALID_PORT_NUMBER;
  const Name& name = name_at(c.target);
  if (!(c.type == 0 && name.text.empty()) && !name.well_formed)
    return iscsi::ISDSC_INVALID_ISCSI_NAME;
  return iscsi::ISDSC_SUCCESS;
}

Status Model::credentials(const Command& c) const {
  const Auth& auth = auth_at(c.auth);
  if (auth.type != 2) return iscsi::ISDSC_SUCCESS;
  if (settings.use_radius || settings.chap_secret.empty())
    return iscsi::ISDSC_TARGET_AUTHINFO_UNAVAILABLE;
  if (settings.chap_secret.size() < 12) return iscsi::ISDSC_INVALID_INITIATOR_CHAP_SECRET;
  if (settings.chap_secret == auth.secret) return iscsi::ISDSC_INVALID_CHAP_SECRET;
  return iscsi::ISDSC_SUCCESS;
}

// No login brings a key of its own; nobody in the network answers to IKE.
Status Model::check_ipsec(const Command& c) const {
  constexpr std::uint64_t kAsked = 3;  // ISCSI_SECURITY_FLAG_VALID and IKE_IPSEC_ENABLED
  if ((security_flags(c) & kAsked) != kAsked) return iscsi::ISDSC_SUCCESS;
  return settings.has_key_for(port_number(c.port)) ? iscsi::ISDSC_FAILED_TO_CONFIGURE_IPSEC
                                                   : iscsi::ISDSC_NO_AUTH_INFO_AVAILABLE;
}

// Of several ports the one in the portal's subnet goes first.
std::vector<int> Model::ports_for(const Command& c, int portal) const {
  const auto asked = port_number(c.port);
  std::vector<int> ports;
  const bool second_first = portal_at(portal).address.starts_with("198.51.100.");
  for (const int port : second_first ? std::array{1, 0} : std::array{0, 1}) {
    const bool wanted = asked == kAny || asked == static_cast<std::uint32_t>(port);
    if (wanted && bench.link[port]) ports.push_back(port);
  }
  return ports;
}

// What the adapter can tell without the network.
std::expected<Terms, Status> Model::plan(const Command& c, bool persistent) const {
  Terms terms;
  terms.name = c.target;
  terms.target = name_at(c.target).target;
  terms.type = c.type;
  terms.initiator = settings.canonical_node();
  terms.target_name = name_at(c.target).canonical;
  terms.portal = c.portal;
  terms.isid = isid_of(c, persistent);
  terms.auth = c.auth;
  terms.mapping = c.mapping;
  terms.options = c.options;
  terms.adapter_secret = settings.chap_secret;
  terms.config = settings.session;
  terms.from_persistent = persistent;
  if (portal_at(c.portal).spelling == Spelling::empty) {
    const auto known = c.type == 0 ? std::nullopt : discovery.first_portal(terms.target);
    if (!known) return std::unexpected(iscsi::ISDSC_NO_PORTAL_SPECIFIED);
    terms.portal = *known;
  }
  const Options& options = options_at(c.options);
  if (options.header_digest > 1 || options.data_digest > 1)
    return std::unexpected(iscsi::ISDSC_LOGIN_USER_INFO_BAD);
  if (const Status status = credentials(c); status != iscsi::ISDSC_SUCCESS)
    return std::unexpected(status);
  if (const Status status = check_ipsec(c); status != iscsi::ISDSC_SUCCESS)
    return std::unexpected(status);
  terms.ports = ports_for(c, terms.portal);
  return terms;
}

Status Model::check_begin(const Terms& terms) const {
  if (terms.type == 2) {
    if (const Status status = check_mapping(terms); status != iscsi::ISDSC_SUCCESS) return status;
    if (const auto place = place_for(terms); !place) return place.error();
  }
  return has_room() ? iscsi::ISDSC_SUCCESS : iscsi::ISDSC_TOO_MANY_SESSIONS;
}

Attempt Model::make_attempt(Terms terms) const {
  Attempt attempt;
  attempt.portal = terms.portal;
  attempt.deadline = now_ + kLoginTimeout;
  attempt.terms = std::move(terms);
  return attempt;
}

bool Model::same_nexus(const Session& session, const Terms& terms, int port) const {
  return !session.discovery() && session.terms.initiator == terms.initiator &&
         name_at(session.terms.name).canonical == name_at(terms.name).canonical &&
         session.port == port && session.terms.isid == terms.isid;
}

bool Model::has_session_at(const Terms& terms, int port) const {
  return std::ranges::any_of(sessions, [&](const Session& session) {
    const auto key = portal_at(terms.portal).key;
    return same_nexus(session, terms, port) &&
           (portal_at(session.terms.portal).key == key || portal_at(session.home).key == key);
  });
}

// As far as the network lets it go by itself: to the point where the adapter agrees or not.
Outcome Model::reach(Attempt& attempt, const Session* again, bool joins) {
  const Terms& terms = attempt.terms;
  for (;;) {
    attempt.share_end = 0;
    while (attempt.path < terms.ports.size() && !bench.link[terms.ports[attempt.path]])
      ++attempt.path;
    if (attempt.path == terms.ports.size()) return fails_with(iscsi::ISDSC_CONNECTION_FAILED);
    const int port = terms.ports[attempt.path];
    if (again == nullptr && terms.type != 0 && has_session_at(terms, port))
      return fails_with(iscsi::ISDSC_TARGET_ALREADY_LOGGED_IN);
    const PortalChoice& there = portal_at(attempt.portal);
    if (!there.resolves) return fails_with(iscsi::ISDSC_DNS_NAME_UNRESOLVED);
    const auto state = there.target < 0 ? PortalState::unreachable
                                        : bench.targets[static_cast<std::size_t>(there.target)]
                                              .portals[static_cast<std::size_t>(there.portal)];
    if (state == PortalState::refuse) return fails_with(iscsi::ISDSC_CONNECTION_FAILED);
    if (state == PortalState::unreachable) {
      const auto left = static_cast<Ms>(terms.ports.size() - attempt.path);
      if (left > 1) attempt.share_end = now_ + (attempt.deadline - now_) / left;
      return {Outcome::hangs, iscsi::ISDSC_SUCCESS, Failure::plain};
    }
    ++attempt.rounds;
    if (const auto outcome = log_in_at(attempt, joins ? again : nullptr)) return *outcome;
    attempt.path = 0;  // redirected
  }
}

// Nothing: the target sends the login elsewhere.
std::optional<Outcome> Model::log_in_at(Attempt& attempt, const Session* joined) {
  const Terms& terms = attempt.terms;
  if (terms.type == 0) return authenticate(attempt, false);
  const int target = portal_at(attempt.portal).target;
  ++attempt.rounds;
  if (target != terms.target) return fails_with(iscsi::ISDSC_NOT_FOUND, Failure::refused);
  const auto& side = bench.targets[static_cast<std::size_t>(target)];
  const auto& sends_on = side.sends_on[static_cast<std::size_t>(portal_at(attempt.portal).portal)];
  const bool by_portal = side.refusal.empty() && sends_on.to >= 0;
  if (by_portal || side.refusal.starts_with("moved")) {
    const bool for_good = by_portal ? sends_on.permanently : side.refusal == "moved_permanently";
    ++counters.redirected;
    if (++attempt.redirects > kMostRedirects) {
      return fails_with(for_good ? iscsi::ISDSC_TARGET_MOVED_PERMANENTLY
                                 : iscsi::ISDSC_TARGET_MOVED_TEMPORARILY);
    }
    attempt.portal = by_portal ? sends_on.to : side.redirect;
    if (for_good) attempt.moved = attempt.portal;
    return std::nullopt;
  }
  if (side.refusal == "auth")
    return fails_with(iscsi::ISDSC_AUTHENTICATION_FAILURE, Failure::no_method);
  if (!side.refusal.empty()) return fails_with(status_of_refusal(side.refusal), Failure::refused);
  const Target& config = targets()[static_cast<std::size_t>(target)];
  const auto portal = static_cast<std::size_t>(portal_at(attempt.portal).portal);
  if (joined != nullptr && config.portals[portal].group != joined->group)
    return fails_with(iscsi::ISDSC_CANT_INCLUDE_IN_SESSION, Failure::refused);
  return authenticate(attempt, config.chap);
}

Outcome Model::authenticate(Attempt& attempt, bool asked) {
  const Auth& auth = auth_at(attempt.terms.auth);
  const Outcome good{Outcome::ready, iscsi::ISDSC_SUCCESS, Failure::plain};
  const auto bad = [](Failure failure) {
    return fails_with(iscsi::ISDSC_AUTHENTICATION_FAILURE, failure);
  };
  attempt.auth = 0;
  // With CHAP in one direction the target may do without, with mutual CHAP it may not.
  if (auth.type == 0) return asked ? bad(Failure::no_method) : good;
  ++attempt.rounds;
  if (!asked) return auth.type == 2 ? bad(Failure::no_method) : good;
  ++attempt.rounds;
  if (auth.user != kChapUser || auth.secret != kChapSecret) return bad(Failure::not_authenticated);
  if (auth.type == 2 && attempt.terms.adapter_secret != kMutualSecret)
    return bad(Failure::not_authenticated);
  attempt.auth = auth.type;
  return good;
}

int Model::group_of(const Attempt& attempt) {
  const PortalChoice& there = portal_at(attempt.portal);
  return targets()[static_cast<std::size_t>(there.target)]
      .portals[static_cast<std::size_t>(there.portal)]
      .group;
}

// The adapter's last word, and the session.
Outcome Model::commit(const Attempt& attempt, Session*& opened) {
  const Terms& terms = attempt.terms;
  const int port = terms.ports[attempt.path];
  Session session;
  if (terms.type != 0) {
    const int group = group_of(attempt);
    // The portal as the caller gave it: a redirection does not make his second path the first.
    if (has_session_at(terms, port)) return fails_with(iscsi::ISDSC_TARGET_ALREADY_LOGGED_IN);
    const bool of_group = std::ranges::any_of(sessions, [&](const Session& other) {
      return same_nexus(other, terms, port) && other.group == group;
    });
    if (of_group) return fails_with(iscsi::ISDSC_SESSION_ALREADY_EXISTS);
  }
  if (!has_room()) return fails_with(iscsi::ISDSC_TOO_MANY_SESSIONS);
  if (terms.type == 2) {
    const auto place = place_for(terms);
    if (!place) return fails_with(place.error());
    session.place = *place;
    for (const auto& lun : mapping_at(terms.mapping).luns)
      session.assigned[lun.target_lun] = lun.os_lun;
  }
  session.serial = ++last_session_;
  session.terms = terms;
  session.port = port;
  session.home = terms.portal;
  sessions.push_back(std::move(session));
  opened = &sessions.back();
  connect(*opened, attempt);
  return {Outcome::ready, iscsi::ISDSC_SUCCESS, Failure::plain};
}

void Model::count_failure(Failure failure) {
  ++counters.failed;
  if (failure == Failure::refused) ++counters.refused;
  if (failure == Failure::no_method) ++counters.no_method;
  if (failure == Failure::not_authenticated) ++counters.not_authenticated;
}

Reply Model::end_user(const Outcome& reached, const Attempt& attempt) {
  Session* opened = nullptr;
  const Outcome outcome = reached.kind == Outcome::ready ? commit(attempt, opened) : reached;
  Reply reply;
  reply.status = outcome.status;
  if (opened != nullptr) {
    reply.session = opened->serial;
  } else {
    count_failure(outcome.failure);
  }
  return reply;
}

Reply Model::login(const Command& c) {
  Reply reply;
  reply.status = check_login(c, false);
  if (reply.status != iscsi::ISDSC_SUCCESS) return reply;
  auto terms = plan(c, false);
  reply.status = terms ? check_begin(*terms) : terms.error();
  if (reply.status != iscsi::ISDSC_SUCCESS) return reply;
  Attempt attempt = make_attempt(*std::move(terms));
  const Outcome outcome = reach(attempt, nullptr);
  if (outcome.kind != Outcome::hangs) return end_user(outcome, attempt);
  user_ = std::move(attempt);
  user_joins_ = 0;
  user_result_.reset();
  reply.kind = Reply::later;
  return reply;
}

}  // namespace hbalab::surface
