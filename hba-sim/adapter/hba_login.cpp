// Logins: from the command to a session.
#include <algorithm>
#include <iterator>

#include "hba-sim/adapter/hba_core.hpp"

namespace hbalab::adapter {
namespace {

using iscsi::IsdscStatus;

constexpr std::uint32_t kInformational = 1, kData = 2;  // LOGINSESSIONTYPE
constexpr std::uint32_t kMaxMutualAuth = 2;             // ISCSI_AUTH_TYPES

// How well a port suits a portal: 2 the same subnet (24 bits of IPv4, 64 of IPv6), 1 the same
// family, 0 unknown or different. The HBA knows no netmasks and no routes; it tries in this order.
int affinity(const IpAddress& port, const IpAddress& portal) {
  const auto from = IpAddress::from_text(port.canonical());
  const auto to = IpAddress::from_text(portal.canonical());
  if (from.type != to.type) return 0;
  if (from.type == IpAddress::Type::ipv4) {
    // The first octet is the least significant byte.
    return (from.ipv4 & 0x00FFFFFFu) == (to.ipv4 & 0x00FFFFFFu) ? 2 : 1;
  }
  if (from.type == IpAddress::Type::ipv6) {
    return std::equal(from.ipv6.begin(), from.ipv6.begin() + 8, to.ipv6.begin()) ? 2 : 1;
  }
  return 0;
}

}  // namespace

// RFC 7143 11.12.5 with T = 10b: B and C are a number that belongs to the initiator port and stays
// the same for ever, D is UniqueIdForISID. So each port is an initiator port of its own per unique
// id, as conservative reuse wants it. Discovery sessions get a fresh number: nothing is gained by
// having only one.
Isid HbaCore::make_isid(std::uint32_t port, std::uint16_t qualifier, bool discovery) const {
  std::uint64_t mixed = (adapter_id_ + port + 1) * 0x9E3779B97F4A7C15ull;
  if (discovery) mixed = (mixed ^ next_operation_) * 0xBF58476D1CE4E5B9ull;
  mixed ^= mixed >> 29;
  return {0x80,
          static_cast<std::uint8_t>(mixed >> 16),
          static_cast<std::uint8_t>(mixed >> 8),
          static_cast<std::uint8_t>(mixed),
          static_cast<std::uint8_t>(qualifier >> 8),
          static_cast<std::uint8_t>(qualifier)};
}

std::expected<std::vector<LoginPath>, IsdscStatus> HbaCore::make_paths(const PersistentLogin& login,
                                                                       const Portal& portal,
                                                                       bool discovery) const {
  std::vector<LoginPath> paths;
  const auto add = [&](const PortInfo& port) {
    if (!port.link_up) return;
    paths.push_back(
        {port.index, port.address, make_isid(port.index, login.unique_id_for_isid, discovery)});
  };
  if (!login.port.is_any_or_all()) {
    if (login.port.value >= ports_.size()) return std::unexpected(iscsi::ISDSC_INVALID_PORT_NUMBER);
    add(ports_[login.port.value]);
    return paths;
  }
  for (const auto& port : ports_) add(port);
  // Ports without a route are left out, unless there is none with one: the attempt then says why.
  std::vector<LoginPath> routed;
  std::ranges::copy_if(paths, std::back_inserter(routed), [&](const LoginPath& path) {
    return options_.fabric->reaches(path.address, portal);
  });
  if (!routed.empty()) paths = std::move(routed);
  // Equal ones in the order of their numbers.
  std::ranges::sort(paths, {}, [&](const LoginPath& path) {
    return std::pair(-affinity(path.address, portal.address), path.port);
  });
  return paths;
}

IsdscStatus HbaCore::take_credentials(const PersistentLogin& login, LoginPlan& plan) const {
  const auto type = login.options.named_auth_type();
  if (type > kMaxMutualAuth) return iscsi::ISDSC_INVALID_LOGON_AUTH_TYPE;
  plan.chap.kind = static_cast<ChapCredentials::Kind>(type);
  if (type == 0) return iscsi::ISDSC_SUCCESS;
  plan.chap.name = login.username;
  if (plan.chap.name.empty())
    plan.chap.name.assign(plan.initiator_name.begin(), plan.initiator_name.end());
  if (std::ranges::find(plan.chap.name, 0) != plan.chap.name.end())
    return iscsi::ISDSC_INVALID_CHAP_USER_NAME;
  if (login.password.empty()) return iscsi::ISDSC_TARGET_AUTHINFO_UNAVAILABLE;
  plan.chap.secret = login.password;
  if (plan.chap.kind != ChapCredentials::Kind::mutual) return iscsi::ISDSC_SUCCESS;
  // The target's answer is RADIUS's to judge, and no RADIUS server is on the fabric: an adapter
  // that fell back on its own secret would accept whom the administrator wanted asked about.
  if (settings_.now().radius.use_for_chap) return iscsi::ISDSC_TARGET_AUTHINFO_UNAVAILABLE;
  const Bytes& secret = settings_.now().chap_secret;
  if (secret.empty()) return iscsi::ISDSC_TARGET_AUTHINFO_UNAVAILABLE;
  // The network has no IPsec, without which a short secret is not used.
  if (secret.size() < kShortestChapSecret) return iscsi::ISDSC_INVALID_INITIATOR_CHAP_SECRET;
  // One secret for both directions would let the target answer our challenge by asking us (RFC
  // 7143 9.2.1).
  if (secret == plan.chap.secret) return iscsi::ISDSC_INVALID_CHAP_SECRET;
  plan.chap.target_secret = secret;
  return iscsi::ISDSC_SUCCESS;
}

std::expected<LoginPlan, IsdscStatus> HbaCore::make_plan(const LoginCommand& command) const {
  const auto& login = command.login;
  LoginPlan plan;
  if (command.session_type > kData) return std::unexpected(iscsi::ISDSC_SESSION_TYPE_NOT_SUPPORTED);
  plan.session_type = static_cast<std::uint8_t>(command.session_type);
  if ((!login.target.empty() || !plan.discovery()) && !login.target.well_formed()) {
    return std::unexpected(iscsi::ISDSC_INVALID_ISCSI_NAME);
  }
  plan.target_name = login.target.canonical();
  const IscsiName node(login.initiator_node.empty() ? initiator_name() : login.initiator_node);
  if (!node.well_formed()) return std::unexpected(iscsi::ISDSC_INVALID_ISCSI_NAME);
  plan.initiator_name = node.canonical();
  plan.initiator_alias = login.initiator_alias.empty()
                             ? to_wire_text(from_wire_text(options_.config.initiator_alias))
                             : to_wire_text(login.initiator_alias);
  plan.portal = login.portal;
  if (plan.portal.address.type > IpAddress::Type::empty) {
    return std::unexpected(iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED);
  }
  if (plan.portal.empty()) {
    const auto known = plan.discovery() ? std::nullopt : discovered_.first_portal(login.target);
    if (!known) return std::unexpected(iscsi::ISDSC_NO_PORTAL_SPECIFIED);
    plan.portal = *known;
  }
  auto offer =
      OperationalOffer::from_options(login.options, plan.discovery(), settings_.now().session);
  if (!offer) return std::unexpected(offer.error());
  plan.offer = std::move(*offer);
  const auto credentials = take_credentials(login, plan);
  if (credentials != iscsi::ISDSC_SUCCESS) return std::unexpected(credentials);
  auto paths = make_paths(login, plan.portal, plan.discovery());
  if (!paths) return std::unexpected(paths.error());
  plan.paths = std::move(*paths);
  if (const auto status = check_ipsec(login); status != iscsi::ISDSC_SUCCESS)
    return std::unexpected(status);
  return plan;
}

bool HbaCore::has_room() const {
  return sessions_.size() + committing_ < options_.config.max_sessions;
}

IsdscStatus HbaCore::begin_attempt(LoginCommand command, Attempt attempt) {
  auto plan = make_plan(command);
  if (!plan) return plan.error();
  if (plan->session_type == kData) {
    const auto mapping = check_mapping(command.login.mapping, command.login.target);
    if (mapping != iscsi::ISDSC_SUCCESS) return mapping;
    // Tells early what cannot work; the place is taken when the login is about to succeed.
    const auto place = places_.reserve(command.login.mapping, plan->target_name);
    if (!place) return place.error();
    places_.release(*place);
    attempt.mapping = std::move(command.login.mapping);
  }
  if (sessions_.size() >= options_.config.max_sessions) return iscsi::ISDSC_TOO_MANY_SESSIONS;
  if (health_ == iscsi::ISCSI_HBA_STATUS_CRITICAL) return iscsi::ISDSC_OUT_OF_RESOURCES;
  attempt.from_persistent = command.from_persistent;
  attempt.deadline = options_.clock->now() + options_.config.timing.login_timeout;
  launch(std::move(*plan), std::move(attempt));
  return iscsi::ISDSC_SUCCESS;
}

void HbaCore::launch(LoginPlan plan, Attempt attempt) {
  auto machine = std::make_shared<LoginMachine>(static_cast<LoginHost&>(*this), gate_,
                                                *options_.fabric, *options_.clock, challenges_,
                                                std::move(plan), attempt.deadline);
  attempt.machine = machine;
  if (attempt.record) record_attempts_[*attempt.record] = machine.get();
  if (attempt.branch) {
    attempt.branch->login = machine;
  } else if (attempt.session) {
    attempt.session->reconnect = machine;
  }
  if (const auto operation = operations_.find(attempt.operation); operation != operations_.end()) {
    operation->second.machine = machine.get();
  }
  attempts_.emplace(machine.get(), std::move(attempt));
  machine->start();
}

OperationId HbaCore::login(LoginCommand command, LoginDone done) {
  if (gate_ == nullptr) {
    done({iscsi::ISDSC_TRANSPORT_ERROR, {}, {}});
    return 0;
  }
  if (failed()) {
    done({iscsi::ISDSC_NON_SPECIFIC_ERROR, {}, {}});
    return 0;
  }
  const auto id = next_operation_++;
  operations_.emplace(id, Operation{std::move(done), nullptr, {}, 0});
  Attempt attempt;
  attempt.operation = id;
  const auto status = begin_attempt(std::move(command), std::move(attempt));
  if (status != iscsi::ISDSC_SUCCESS) {
    if (auto operation = take_operation(id)) complete(std::move(*operation), status);
  }
  return operations_.contains(id) ? id : 0;
}

bool HbaCore::try_persistent(LoginStore::RecordId record) {
  auto login = store_->get(record);
  if (!login) return false;
  LoginCommand command;
  command.session_type = login->informational ? kInformational : kData;
  command.login = std::move(*login);
  command.from_persistent = true;
  Attempt attempt;
  attempt.record = record;
  const auto status = begin_attempt(std::move(command), std::move(attempt));
  if (status != iscsi::ISDSC_SUCCESS) persistent_->attempt_ended(record, status);
  return true;
}

void HbaCore::abandon_persistent(LoginStore::RecordId record) {
  const auto entry = record_attempts_.find(record);
  if (entry != record_attempts_.end()) drop_attempt(entry->second);
}

void HbaCore::drop_attempt(LoginMachine* machine) {
  auto node = attempts_.extract(machine);
  if (node.empty()) return;
  auto& attempt = node.mapped();
  attempt.machine->abort();
  if (attempt.record) record_attempts_.erase(*attempt.record);
  if (attempt.branch) {
    attempt.branch->login.reset();
  } else if (attempt.session) {
    attempt.session->reconnect.reset();
  }
  if (attempt.place) places_.release(*attempt.place);
  uncommit(attempt);
}

bool HbaCore::renew_path(LoginPath& path) const {
  const PortInfo& port = ports_[path.port];
  path.address = port.address;
  return port.link_up;
}

IsdscStatus HbaCore::check_path(LoginMachine& machine, const LoginPath& path) {
  const auto& attempt = attempts_.at(&machine);
  const auto& plan = machine.plan();
  if (attempt.session || plan.discovery()) return iscsi::ISDSC_SUCCESS;
  // The portal group is not known yet: another portal may be another group.
  return sessions_.has_nexus(nexus_key(plan, path.isid), std::nullopt, plan.portal)
             ? iscsi::ISDSC_TARGET_ALREADY_LOGGED_IN
             : iscsi::ISDSC_SUCCESS;
}

IsdscStatus HbaCore::may_commit(LoginMachine& machine, const LoginPath& path,
                                std::optional<std::uint16_t> group) {
  auto& attempt = attempts_.at(&machine);
  const auto& plan = machine.plan();
  uncommit(attempt);  // after a redirect it comes here again
  if (!ids_->prepare(2)) return iscsi::ISDSC_OUT_OF_RESOURCES;
  if (attempt.branch) return may_join(*attempt.session, group);
  if (!plan.discovery()) {
    const auto nexus = nexus_key(plan, path.isid);
    if (const auto status = may_take(nexus, group, attempt, plan); status != iscsi::ISDSC_SUCCESS)
      return status;
    // Two at once would end the first one's session at the target. This one is to be tried again.
    auto key = nexus + (group ? std::to_string(*group) : "");
    if (!committed_.insert(key).second) return iscsi::ISDSC_SESSION_BUSY;
    attempt.committed = std::move(key);
  }
  if (attempt.session) return iscsi::ISDSC_SUCCESS;
  const auto placed = has_room() ? reserve_place(attempt, plan) : iscsi::ISDSC_TOO_MANY_SESSIONS;
  if (placed != iscsi::ISDSC_SUCCESS) {
    uncommit(attempt);
    return placed;
  }
  attempt.counted = true;
  ++committing_;
  return iscsi::ISDSC_SUCCESS;
}

IsdscStatus HbaCore::may_take(const std::string& nexus, std::optional<std::uint16_t> group,
                              const Attempt& attempt, const LoginPlan& plan) const {
  if (attempt.session) {
    // A redirect may lead it into the group of another session of this initiator port. The target
    // would end that one (RFC 7143 6.3.5), which would come back and end this one, for ever.
    return group && sessions_.is_open(nexus, *group) ? iscsi::ISDSC_SESSION_ALREADY_EXISTS
                                                     : iscsi::ISDSC_SUCCESS;
  }
  if (sessions_.has_nexus(nexus, std::nullopt, plan.portal))
    return iscsi::ISDSC_TARGET_ALREADY_LOGGED_IN;
  // Another portal, but of the group with which that initiator port has its session.
  return sessions_.has_nexus(nexus, group, plan.portal) ? iscsi::ISDSC_SESSION_ALREADY_EXISTS
                                                        : iscsi::ISDSC_SUCCESS;
}

IsdscStatus HbaCore::reserve_place(Attempt& attempt, const LoginPlan& plan) {
  if (plan.session_type != kData || attempt.place) return iscsi::ISDSC_SUCCESS;
  const auto place = places_.reserve(attempt.mapping, plan.target_name);
  if (!place) return place.error();
  attempt.place = *place;
  return iscsi::ISDSC_SUCCESS;
}

void HbaCore::uncommit(Attempt& attempt) {
  if (!attempt.committed.empty()) committed_.erase(std::exchange(attempt.committed, {}));
  if (std::exchange(attempt.counted, false)) {
    --committing_;
    persistent_->slot_free();
  }
}

void HbaCore::finished(LoginMachine& machine, LoginReport report) {
  auto node = attempts_.extract(&machine);
  if (node.empty()) return;
  auto& attempt = node.mapped();
  if (attempt.record) record_attempts_.erase(*attempt.record);
  if (report.status != iscsi::ISDSC_SUCCESS) report_login_failure(machine, report);
  if (attempt.branch) {
    attempt.branch->login.reset();
    return join_ended(attempt.session, attempt.branch, report);
  }
  if (attempt.session) {
    attempt.session->reconnect.reset();
    uncommit(attempt);
    return reconnect_ended(attempt.session, report);
  }
  std::shared_ptr<Session> session;
  if (report.status == iscsi::ISDSC_SUCCESS) {
    session = open_session(attempt, report);
    uncommit(attempt);
  } else {
    if (attempt.place) places_.release(*attempt.place);
    uncommit(attempt);
  }
  if (attempt.record) persistent_->attempt_ended(*attempt.record, report.status);
  const auto operation = operations_.find(attempt.operation);
  if (operation != operations_.end()) {
    if (session == nullptr) {
      auto taken = take_operation(attempt.operation);
      return complete(std::move(*taken), report.status);
    }
    operation->second.machine = nullptr;
    operation->second.session = session->info.id;
    session->login_operation = attempt.operation;
    // The caller hears of it when the units are known, but not later than the login might have
    // taken.
    if (session->data() && session->scanning) {
      operation->second.timer = options_.clock->schedule(
          attempt.deadline,
          for_session(session, [this](const auto& held) { login_scanned(*held); }));
    } else {
      login_scanned(*session);
    }
  }
}

void HbaCore::report_login_failure(const LoginMachine& machine, const LoginReport& report) {
  statistics_->login_failed(report.failure.type, report.failure.refused);
  node_failed(report.failure.type, machine.plan().target_name, report.portal);
  if (report.failure.log != iscsi::ISCSI_EVENTLOG_TYPE{}) log(report.failure.log);
}

std::shared_ptr<Session> HbaCore::open_session(const Attempt& attempt, const LoginReport& report) {
  auto session = std::make_shared<Session>();
  session->plan = attempt.machine->plan();
  session->plan.paths = {report.path};
  session->asked = session->plan.portal;
  if (report.moved_permanently) session->plan.portal = *report.moved_permanently;
  auto& info = session->info;
  info.id = SessionId{ids_->next()};
  info.initiator_name = from_wire_text(session->plan.initiator_name);
  info.target_name = from_wire_text(session->plan.target_name);
  info.isid = report.path.isid;
  info.type = session->plan.session_type;
  info.from_persistent = attempt.from_persistent;
  info.group = report.group;
  if (!session->plan.discovery()) session->nexus = nexus_key(session->plan, report.path.isid);
  if (attempt.place) {
    session->place = attempt.place;
    session->luns = LunAssignment(attempt.mapping);
    info.os_bus = attempt.place->bus;
    info.os_target = attempt.place->target;
    places_.bind(*attempt.place, info.id);
  }
  sessions_.add(session);
  connect_session(session, report);
  return session;
}

void HbaCore::connect_session(const std::shared_ptr<Session>& session, const LoginReport& report) {
  auto& info = session->info;
  const auto& result = report.result;
  session->state = Session::State::connected;
  session->link = report.link;
  session->sink = report.sink;
  session->sink->handler = [this, weak = std::weak_ptr(session)](const fabric::LinkEvent& event) {
    if (const auto held = weak.lock()) on_link_event(*held, event);
  };
  if (report.moved_permanently) session->plan.portal = *report.moved_permanently;
  if (report.group) info.group = report.group;
  if (!session->plan.discovery())
    discovered_.set_alias(session->plan.target_name, from_wire_text(report.target_alias));
  info.connected = true;
  info.tsid = report.tsih;
  info.initial_r2t = result.initial_r2t;
  info.immediate_data = result.immediate_data;
  info.data_sequence_in_order = result.data_sequence_in_order;
  info.data_pdu_in_order = result.data_pdu_in_order;
  info.error_recovery_level = static_cast<std::uint8_t>(result.error_recovery_level);
  info.max_outstanding_r2t = result.max_outstanding_r2t;
  info.first_burst_length = result.first_burst_length;
  info.max_burst_length = result.max_burst_length;
  info.max_connections = result.max_connections;
  auto connection = connection_info(report, ports_[report.path.port], session->asked);
  statistics_->join(report.link, info.id, result);
  session->leading = connection.id = ConnectionId{ids_->next()};
  info.connections = {std::move(connection)};
  cancel_timer(session->retry_timer);
  cancel_timer(session->removal_timer);
  if (session->data()) scan(session);
  rejoin_all(session);
}

}  // namespace hbalab::adapter
