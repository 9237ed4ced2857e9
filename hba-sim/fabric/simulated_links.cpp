// Connections and logins of the simulated fabric.
#include <algorithm>
#include <utility>

#include "hba-sim/fabric/simulated_core.hpp"

namespace hbalab::fabric {
namespace {

std::size_t size_of(const Keys& keys) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : keys) bytes += key.size() + value.size() + 2;
  return bytes;
}

std::string nexus_key(const LoginSubject& subject) {
  std::string key = subject.initiator;
  key += '\n';
  key.append(reinterpret_cast<const char*>(subject.isid.data()), subject.isid.size());
  key += std::to_string(subject.group);
  return key;
}

// The first number after `last` that `taken` does not have; 0: none is free.
template <class Map>
std::uint16_t next_tsih(std::uint16_t last, const Map& taken) {
  if (taken.size() >= 65535) return 0;
  std::uint16_t tsih = last;
  do {
    tsih = tsih == 65535 ? std::uint16_t{1} : static_cast<std::uint16_t>(tsih + 1);
  } while (taken.contains(tsih));
  return tsih;
}

// The fabric as one login sees it.
class Host final : public LoginHost {
 public:
  Host(FabricCore& core, LinkId id, Connection& connection, Outbox& outbox);
  std::expected<LoginTarget, LoginStatus> find_target(const std::string& canonical) override;
  LoginStatus admit(const LoginSubject& subject) override;
  std::expected<std::uint16_t, LoginStatus> commit(const LoginSubject& subject,
                                                   const Negotiation& negotiated) override;
  Bytes random_bytes(std::size_t count) override;

 private:
  SimSession* existing(const LoginSubject& subject) const;
  std::expected<SimSession*, LoginStatus> new_session(const LoginSubject& subject,
                                                      const Negotiation& negotiated);

  FabricCore& core_;
  LinkId id_;
  Connection& connection_;
  Outbox& outbox_;
};

Host::Host(FabricCore& core, LinkId id, Connection& connection, Outbox& outbox)
    : core_(core), id_(id), connection_(connection), outbox_(outbox) {}

std::expected<LoginTarget, LoginStatus> Host::find_target(const std::string& canonical) {
  const auto found = core_.targets_.find(canonical);
  if (found == core_.targets_.end()) return std::unexpected(LoginStatus::not_found);
  Target& target = *found->second;
  PortalEntry* const entry = FabricCore::portal_to(connection_, target);
  if (entry == nullptr) return std::unexpected(LoginStatus::not_found);
  connection_.target = &target;
  connection_.portal = entry;
  ++target.counters.logins_tried;
  const lab::TargetConfig& settings = target.settings;
  LoginTarget login{settings.name,       settings.alias,         entry->config.group,
                    settings.chap,       settings.login_refusal, settings.redirect_to,
                    settings.chap_fault, settings.keys};
  // A portal that sends logins on, of a target that would let them in.
  if (const lab::PortalConfig& portal = entry->config;
      login.refusal.empty() && !portal.redirect_to.empty()) {
    login.refusal = portal.redirect_permanently ? "moved_permanently" : "moved_temporarily";
    login.redirect_to = portal.redirect_to;
  }
  return login;
}

SimSession* Host::existing(const LoginSubject& subject) const {
  Target& target = *connection_.target;
  const auto found = target.sessions.find(subject.tsih);
  if (found == target.sessions.end()) return nullptr;
  SimSession& session = found->second;
  return session.initiator == subject.initiator && session.isid == subject.isid ? &session
                                                                                : nullptr;
}

LoginStatus Host::admit(const LoginSubject& subject) {
  if (subject.tsih == 0) return LoginStatus::success;
  const SimSession* session = existing(subject);
  if (session == nullptr) return LoginStatus::session_does_not_exist;
  // All connections of a session go to one portal group (RFC 7143 4.4.1).
  if (session->group != subject.group) return LoginStatus::cannot_include_in_session;
  const bool replaces = session->links.contains(subject.cid);
  if (!replaces && session->links.size() >= session->max_connections) {
    return LoginStatus::too_many_connections;
  }
  return LoginStatus::success;
}

std::expected<SimSession*, LoginStatus> Host::new_session(const LoginSubject& subject,
                                                          const Negotiation& negotiated) {
  Target& target = *connection_.target;
  const std::string nexus = nexus_key(subject);
  if (const auto old = target.nexuses.find(nexus); old != target.nexuses.end()) {
    // Session reinstatement (RFC 7143 6.3.5): the old one ends with all its connections.
    std::vector<LinkId> links;
    for (const auto& [cid, link] : target.sessions.at(old->second).links) links.push_back(link);
    core_.drop_all(links, outbox_);
  }
  const std::uint16_t tsih = next_tsih(target.last_tsih, target.sessions);
  if (tsih == 0) return std::unexpected(LoginStatus::out_of_resources);
  target.last_tsih = tsih;
  SimSession& session = target.sessions[tsih];
  session.target = &target;
  session.initiator = subject.initiator;
  session.isid = subject.isid;
  session.tsih = tsih;
  session.group = subject.group;
  session.max_connections = negotiated.number("MaxConnections");
  session.time_to_wait = std::chrono::seconds(negotiated.number("DefaultTime2Wait"));
  session.time_to_retain = std::chrono::seconds(negotiated.number("DefaultTime2Retain"));
  target.nexuses[nexus] = tsih;
  return &session;
}

std::expected<std::uint16_t, LoginStatus> Host::commit(const LoginSubject& subject,
                                                       const Negotiation& negotiated) {
  connection_.cid = subject.cid;
  if (subject.discovery) {
    core_.last_discovery_tsih_ = next_tsih(core_.last_discovery_tsih_, std::set<std::uint16_t>());
    return core_.last_discovery_tsih_;
  }
  SimSession* session = nullptr;
  if (subject.tsih == 0) {
    const auto made = new_session(subject, negotiated);
    if (!made) return std::unexpected(made.error());
    session = *made;
  } else {
    // The session may have gone, or filled up, while this login ran.
    if (const LoginStatus status = admit(subject); status != LoginStatus::success) {
      return std::unexpected(status);
    }
    session = existing(subject);
    if (const auto old = session->links.find(subject.cid); old != session->links.end()) {
      // Connection reinstatement (RFC 7143 6.3.4). The session must outlive its old connection.
      const LinkId replaced = std::exchange(old->second, id_);
      core_.links_.at(replaced).connection->session = nullptr;
      core_.drop(replaced, outbox_);
    }
  }
  session->links[subject.cid] = id_;
  connection_.session = session;
  ++connection_.target->counters.logins_ok;
  return session->tsih;
}

Bytes Host::random_bytes(std::size_t count) {
  Bytes bytes(count);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(core_.random_());
  return bytes;
}

}  // namespace

void FabricCore::deliver(Outbox& outbox) {
  for (auto& call : outbox.calls) call();
  for (const LinkEvent& event : outbox.events) deliver_event(event);
}

void FabricCore::deliver_event(const LinkEvent& event) {
  Link ended;
  std::function<void(const LinkEvent&)> listener;
  std::move_only_function<void(LoginResponse)> waiting;
  std::move_only_function<void(bool)> leaving;
  std::map<std::uint64_t, HeldText> texts;
  {
    const std::lock_guard lock(mutex_);
    const auto found = links_.find(event.link);
    if (found == links_.end()) return;  // closed meanwhile
    if (event.kind == LinkEvent::Kind::dropped) {
      ended = std::move(found->second);
      links_.erase(found);
      if (ended.connection) {
        waiting = std::move(ended.connection->login_done);
        texts = std::move(ended.connection->held_texts);
        leaving = std::move(ended.connection->logout_done);
      }
      listener = std::move(ended.on_event);
    } else if (!found->second.gone) {
      listener = found->second.on_event;
    }
  }
  if (waiting) {
    LoginResponse response;
    response.dropped = true;
    waiting(std::move(response));
  }
  for (auto& [serial, held] : texts) held.done(false, {});
  if (leaving) leaving(false);
  if (listener) listener(event);
}

TimerId FabricCore::after(lab::milliseconds delay,
                          std::move_only_function<void(FabricCore&, Outbox&)> action) {
  return clock_->schedule(clock_->now() + delay,
                          [weak = weak_from_this(), action = std::move(action)]() mutable {
                            if (const auto core = weak.lock()) {
                              core->locked([&](Outbox& outbox) { action(*core, outbox); });
                            }
                          });
}

LinkId FabricCore::open(const IpAddress& from, const Portal& to,
                        std::function<void(const LinkEvent&)> on_event,
                        std::move_only_function<void(ConnectResult)> done, Outbox& outbox) {
  const LinkId id = ++last_link_;
  Link& link = links_[id];
  link.on_event = std::move(on_event);
  link.connect_done = std::move(done);
  const auto finish = [&](ConnectResult result) {
    outbox.calls.push_back(
        [call = std::move(link.connect_done), result]() mutable { call(result); });
    end(id, outbox);
  };
  const std::string network = network_of(from);
  const std::string address = resolve(to.address);
  if (!network_is_up(network)) {
    finish(ConnectResult::link_down);
  } else if (address.empty()) {
    finish(ConnectResult::name_unresolved);
  } else if (!from.empty() && (from.canonical().find(':') == std::string::npos) !=
                                  (address.find(':') == std::string::npos)) {
    finish(ConnectResult::unreachable);  // no route from IPv4 to IPv6
  } else {
    const std::string key = endpoint_key(network, address, to.socket);
    const auto found = endpoints_.find(key);
    if (found == endpoints_.end()) return id;  // nobody there: nobody answers
    lab::milliseconds delay{0};
    bool silent = true;
    for (const PortalEntry* portal : found->second->portals) {
      if (portal->config.state == "unreachable") continue;
      silent = false;
      delay = std::max(delay, portal->target->settings.connect_delay);
    }
    if (silent) return id;
    if (delay.count() == 0) {
      answer_connect(id, key, outbox);
    } else {
      link.timer = after(
          delay, [id, key](FabricCore& core, Outbox& out) { core.answer_connect(id, key, out); });
    }
  }
  return id;
}

void FabricCore::answer_connect(LinkId id, const std::string& key, Outbox& outbox) {
  const auto found = links_.find(id);
  if (found == links_.end() || !found->second.connect_done) return;
  Link& link = found->second;
  link.timer = 0;
  // As things stand now, not as they stood when the attempt began.
  const auto endpoint = endpoints_.find(key);
  if (endpoint == endpoints_.end()) return;
  bool up = false, refuse = false;
  for (const PortalEntry* portal : endpoint->second->portals) {
    up = up || portal->config.state == "up";
    refuse = refuse || portal->config.state == "refuse";
  }
  ConnectResult result = ConnectResult::connected;
  if (!network_is_up(endpoint->second->network)) {
    result = ConnectResult::link_down;
  } else if (!up) {
    if (!refuse) return;
    result = ConnectResult::refused;
  }
  outbox.calls.push_back([call = std::move(link.connect_done), result]() mutable { call(result); });
  link.connect_done = nullptr;
  if (result != ConnectResult::connected) return end(id, outbox);
  link.connection = std::make_unique<Connection>();
  link.connection->endpoint = endpoint->second.get();
  endpoint->second->links.insert(id);
}

Link* FabricCore::usable(LinkId id) {
  const auto found = links_.find(id);
  if (found == links_.end() || found->second.gone || !found->second.connection) return nullptr;
  return &found->second;
}

PortalEntry* FabricCore::portal_to(const Connection& connection, const Target& target) {
  const auto& here = connection.endpoint->portals;
  const auto entry = std::find_if(here.begin(), here.end(), [&](const PortalEntry* portal) {
    return portal->target == &target && portal->config.state == "up";
  });
  return entry == here.end() ? nullptr : *entry;
}

void FabricCore::login(LinkId id, LoginRequest request,
                       std::move_only_function<void(LoginResponse)> done, Outbox& outbox) {
  const auto refuse = [&] {
    outbox.calls.push_back([call = std::move(done)]() mutable {
      LoginResponse response;
      response.dropped = true;
      call(std::move(response));
    });
  };
  Link* link = usable(id);
  if (link == nullptr) return refuse();
  Connection& connection = *link->connection;
  if (connection.full_feature || connection.held) {
    // A login request in full feature phase, or before the last one was answered: a protocol error.
    refuse();
    return drop(id, outbox);
  }
  if (!connection.login) {
    connection.login = std::make_unique<LoginProcess>();
    Target* target = find_target(LoginProcess::target_of(request));
    if (target != nullptr && target->settings.login_delay.count() > 0) {
      // What drops the target's links reaches this one already.
      PortalEntry* portal =
          LoginProcess::discovers(request) ? nullptr : portal_to(connection, *target);
      if (portal != nullptr) {
        connection.target = target;
        connection.portal = portal;
      }
      connection.held = std::make_unique<LoginRequest>(std::move(request));
      connection.login_done = std::move(done);
      link->timer = after(target->settings.login_delay,
                          [id](FabricCore& core, Outbox& out) { core.answer_held_login(id, out); });
      return;
    }
  }
  answer_login(id, *link, request, std::move(done), outbox);
}

void FabricCore::answer_held_login(LinkId id, Outbox& outbox) {
  Link* link = usable(id);
  if (link == nullptr || !link->connection->held) return;
  link->timer = 0;
  // What it asks for is looked for anew: as things stand now.
  link->connection->target = nullptr;
  link->connection->portal = nullptr;
  const auto request = std::exchange(link->connection->held, nullptr);
  auto done = std::exchange(link->connection->login_done, nullptr);
  answer_login(id, *link, *request, std::move(done), outbox);
}

void FabricCore::answer_login(LinkId id, Link& link, const LoginRequest& request,
                              std::move_only_function<void(LoginResponse)> done, Outbox& outbox) {
  Connection& connection = *link.connection;
  Host host(*this, id, connection, outbox);
  LoginResponse response = connection.login->step(host, request);
  if (connection.target != nullptr) {
    TargetCounters& counters = connection.target->counters;
    counters.bytes_in += size_of(request.keys);
    counters.bytes_out += size_of(response.keys);
    if (response.status_class != 0) ++counters.logins_refused;
  }
  const bool refused = response.status_class != 0;
  if (connection.login->in_full_feature()) {
    connection.full_feature = true;
    connection.login.reset();
  }
  outbox.calls.push_back([call = std::move(done), answer = std::move(response)]() mutable {
    call(std::move(answer));
  });
  if (refused) end(id, outbox);
}

void FabricCore::logout(LinkId id, bool whole_session, std::move_only_function<void(bool)> done,
                        Outbox& outbox) {
  Link* link = usable(id);
  if (link == nullptr || !link->connection->full_feature || link->connection->logout_done) {
    // Before full feature phase, or a second time: a protocol error.
    drop(id, outbox);
    outbox.calls.push_back([call = std::move(done)]() mutable { call(false); });
    return;
  }
  Connection& connection = *link->connection;
  connection.logout_done = std::move(done);
  const lab::milliseconds delay = connection.target == nullptr
                                      ? lab::milliseconds{0}
                                      : connection.target->settings.logout_delay;
  if (delay.count() == 0) return answer_logout(id, whole_session, outbox);
  link->timer = after(delay, [id, whole_session](FabricCore& core, Outbox& out) {
    core.answer_logout(id, whole_session, out);
  });
}

void FabricCore::answer_logout(LinkId id, bool whole_session, Outbox& outbox) {
  Link* link = usable(id);
  if (link == nullptr || !link->connection->logout_done) return;
  link->timer = 0;
  outbox.calls.push_back(
      [call = std::exchange(link->connection->logout_done, nullptr)]() mutable { call(true); });
  std::vector<LinkId> leaving{id};
  if (const SimSession* session = link->connection->session; whole_session && session != nullptr) {
    for (const auto& [cid, other] : session->links) {
      if (other != id) leaving.push_back(other);
    }
  }
  for (const LinkId gone : leaving) end(gone, outbox);
}

void FabricCore::detach(LinkId id, Link& link) {
  if (link.timer != 0) clock_->cancel(std::exchange(link.timer, 0));
  if (!link.connection) return;
  Connection& connection = *link.connection;
  for (auto& [serial, held] : connection.held_texts) clock_->cancel(held.timer);
  if (connection.endpoint != nullptr) connection.endpoint->links.erase(id);
  if (SimSession* session = connection.session) {
    session->links.erase(connection.cid);
    if (session->links.empty()) {
      LoginSubject subject;
      subject.initiator = session->initiator;
      subject.isid = session->isid;
      subject.group = session->group;
      Target& target = *session->target;
      target.nexuses.erase(nexus_key(subject));
      target.sessions.erase(session->tsih);
    }
  }
  connection.endpoint = nullptr;
  connection.target = nullptr;
  connection.portal = nullptr;
  connection.session = nullptr;
}

void FabricCore::drop(LinkId id, Outbox& outbox) {
  const auto found = links_.find(id);
  if (found == links_.end() || found->second.gone) return;
  detach(id, found->second);
  found->second.gone = true;
  outbox.events.push_back({LinkEvent::Kind::dropped, id});
}

void FabricCore::end(LinkId id, Outbox& outbox) {
  const auto found = links_.find(id);
  if (found == links_.end()) return;
  detach(id, found->second);
  outbox.ended.push_back(std::move(found->second));
  links_.erase(found);
}

void FabricCore::drop_all(const std::vector<LinkId>& ids, Outbox& outbox) {
  for (const LinkId id : ids) drop(id, outbox);
}

}  // namespace hbalab::fabric
