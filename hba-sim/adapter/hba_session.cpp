// The life of a session: units, loss, reconnection, logout.
#include <algorithm>

#include "hba-sim/adapter/hba_core.hpp"

namespace hbalab::adapter {
namespace {

using iscsi::IsdscStatus;
using State = Session::State;

constexpr std::uint32_t kReportLunsBytes = 8 + 8 * 1024;
constexpr int kScanTriesAtOnce = 4;  // unit attentions come one at a time
constexpr std::uint8_t kCheckCondition = 0x02, kUnitAttention = 0x06;

bool is_unit_attention(const fabric::ScsiResponse& response) {
  return response.status == kCheckCondition && response.sense.size() > 2 &&
         (response.sense[2] & 0x0F) == kUnitAttention;
}

}  // namespace

// ---- units

void HbaCore::scan(const std::shared_ptr<Session>& session) {
  if (session->state != State::connected) return;
  if (session->scanning) {
    session->scan_again = true;
    return;
  }
  session->scanning = true;
  session->scan_again = false;
  cancel_timer(session->scan_timer);
  const auto serial = ++session->scan_serial;
  session->scan_timer = options_.clock->schedule(
      options_.clock->now() + options_.config.timing.login_timeout,
      for_session(session, [this, serial](const std::shared_ptr<Session>& held) {
        if (held->scan_serial == serial) scan_failed(held);
      }));
  options_.fabric->scsi(session->link, 0, report_luns_cdb(kReportLunsBytes), kReportLunsBytes,
                        for_session(session, [this, serial](const std::shared_ptr<Session>& held,
                                                            fabric::ScsiResponse response) {
                          if (held->scan_serial == serial && held->scanning)
                            on_scan(held, std::move(response));
                        }));
}

void HbaCore::on_scan(const std::shared_ptr<Session>& session, fabric::ScsiResponse response) {
  if (response.dropped) return lose(session, SessionFailure::SessionCxnTimeoutError);
  if (response.status != 0) {
    if (!is_unit_attention(response) || ++session->scan_tries >= kScanTriesAtOnce) {
      return scan_failed(session);
    }
    session->scanning = false;
    return scan(session);
  }
  session->scanning = false;
  session->scan_tries = 0;
  cancel_timer(session->scan_timer);
  auto& info = session->info;
  auto luns = session->luns.update(parse_report_luns(response.data));
  const bool same =
      info.mapped && std::ranges::equal(luns, info.luns, [](const auto& a, const auto& b) {
        return a.target_lun == b.target_lun && a.os_lun == b.os_lun;
      });
  const bool visible = session->has_devices() || !luns.empty();
  info.luns = std::move(luns);
  info.mapped = true;
  if (!same && visible) announce_units(*session);
  login_scanned(*session);
  if (session->scan_again) scan(session);
}

// The session is usable without its units; they are asked for again.
void HbaCore::scan_failed(const std::shared_ptr<Session>& session) {
  session->scanning = false;
  session->scan_tries = 0;
  ++session->scan_serial;
  cancel_timer(session->scan_timer);
  session->scan_timer =
      options_.clock->schedule(options_.clock->now() + options_.config.timing.retry_interval,
                               for_session(session, [this](const std::shared_ptr<Session>& held) {
                                 held->scan_timer = 0;
                                 scan(held);
                               }));
  login_scanned(*session);
}

void HbaCore::login_scanned(Session& session) {
  auto operation = take_operation(std::exchange(session.login_operation, 0));
  if (!operation) return;
  const auto& connections = session.info.connections;
  std::get<LoginDone>(operation->done)(
      {iscsi::ISDSC_SUCCESS, session.info.id,
       connections.empty() ? ConnectionId{} : connections.front().id});
}

// ---- loss and reconnection

void HbaCore::on_link_event(Session& session, const fabric::LinkEvent& event) {
  const auto held = sessions_.find(session.info.id);
  if (held == nullptr || held->link == 0 || event.link != held->link) return;
  switch (event.kind) {
    case fabric::LinkEvent::Kind::dropped:
      return lose(held, SessionFailure::SessionCxnTimeoutError);
    case fabric::LinkEvent::Kind::damaged_header:
    case fabric::LinkEvent::Kind::damaged_data:
      if (held->info.connections.empty()) return;
      return on_damage(held, held->info.connections.front(),
                       event.kind == fabric::LinkEvent::Kind::damaged_header);
    case fabric::LinkEvent::Kind::luns_changed:
      if (held->data()) scan(held);
      return;
    case fabric::LinkEvent::Kind::drop_announced:
    case fabric::LinkEvent::Kind::session_drop_announced:
      return hold_off(*held, event);
    case fabric::LinkEvent::Kind::negotiation_requested:
      if (held->state == State::connected) renegotiate(held, event.link);
      return;
    case fabric::LinkEvent::Kind::logout_requested:
      if (held->state != State::connected) return;
      log(iscsi::ISCSI_WRN_RECEIVED_ASYNC_LOGOUT);
      held->relogin_after_logout = true;
      return begin_logout(held);
  }
}

// Error recovery level 0: the session starts anew (RFC 7143 7.13). Data that no digest protects
// cannot be told from what was sent; a header can, because it makes no sense.
void HbaCore::on_damage(const std::shared_ptr<Session>& session, const ConnectionInfo& connection,
                        bool header) {
  if (header && !connection.header_digest) {
    log(iscsi::ISCSI_ERR_ISCSI_PDU_ERROR);
    return lose(session, SessionFailure::SessionFormatError);
  }
  if (!header && !connection.data_digest) return;
  log(header ? iscsi::ISCSI_ERR_HEADER_DIGEST_ERROR : iscsi::ISCSI_ERR_DATA_DIGEST_ERROR);
  lose(session, SessionFailure::SessionDigestError);
}

void HbaCore::report_loss(const Session& session, SessionFailure failure) {
  statistics_->session_failed(session.info.id, failure);
  notify(SessionFailed{failure, session.info.target_name});
  if (failure == SessionFailure::SessionCxnTimeoutError) log(iscsi::ISCSI_ERR_CONNECTION_LOST);
}

// The connection is gone. Session ids stay, devices stay for a while, and the login is repeated at
// once.
void HbaCore::lose(const std::shared_ptr<Session>& session, Loss loss) {
  if (session->state == State::lost) return;
  if (session->state == State::logging_out && !session->relogin_after_logout)
    return logged_out(session, false);
  if (loss && !session->relogin_after_logout) report_loss(*session, *loss);
  login_scanned(*session);
  cut(*session);
  session->relogin_after_logout = false;
  session->state = State::lost;
  session->info.connected = false;
  session->info.connections.clear();
  suspend_branches(session);
  fail_operations(*session, iscsi::ISDSC_TRANSPORT_ERROR);
  if (session->plan.discovery()) return end_session(session);
  session->removal_timer =
      options_.clock->schedule(options_.clock->now() + options_.config.timing.device_removal,
                               for_session(session, [this](const std::shared_ptr<Session>& held) {
                                 held->removal_timer = 0;
                                 if (held->state == State::lost) remove_devices(*held);
                               }));
  reconnect(session);
}

// The target is about to drop the connection over which this came, or all of them, and does not
// want to see them back at once (RFC 7143 11.9.1). At error recovery level 0 there is nothing to
// take over afterwards, so that Time2Retain says nothing.
void HbaCore::hold_off(Session& session, const fabric::LinkEvent& event) const {
  const TimePoint end = options_.clock->now() + event.time_to_wait;
  const bool all = event.kind == fabric::LinkEvent::Kind::session_drop_announced;
  if (all || event.link == session.link) session.not_before = end;
  for (const auto& branch : session.branches) {
    if (all || event.link == branch->link) branch->not_before = end;
  }
}

void HbaCore::reconnect_at(const std::shared_ptr<Session>& session, TimePoint time) {
  session->retry_timer = options_.clock->schedule(
      time, for_session(session, [this](const std::shared_ptr<Session>& held) {
        held->retry_timer = 0;
        reconnect(held);
      }));
}

void HbaCore::reconnect(const std::shared_ptr<Session>& session) {
  if (session->state != State::lost || session->reconnect != nullptr) return;
  cancel_timer(session->retry_timer);
  auto& path = session->plan.paths.front();
  const auto& port = ports_[path.port];
  if (!port.link_up) return;  // the link coming up is the next occasion
  if (options_.clock->now() < session->not_before) {
    return reconnect_at(session, session->not_before);
  }
  path.address = port.address;
  Attempt attempt;
  attempt.session = session;
  attempt.deadline = options_.clock->now() + options_.config.timing.login_timeout;
  launch(session->plan, std::move(attempt));
}

void HbaCore::reconnect_ended(const std::shared_ptr<Session>& session, const LoginReport& report) {
  if (report.status == iscsi::ISDSC_SUCCESS) {
    log(iscsi::ISCSI_INFO_RECONNECTED_TO_TARGET);
    return connect_session(session, report);
  }
  if (!ports_[session->plan.paths.front().port].link_up) return;
  reconnect_at(session, options_.clock->now() + options_.config.timing.retry_interval);
}

void HbaCore::remove_devices(Session& session) {
  const bool had = session.has_devices();
  session.info.mapped = false;
  session.info.luns.clear();
  if (had) announce_units(session);
}

void HbaCore::port_changed(std::uint32_t port) {
  if (gate_ == nullptr) return;
  std::vector<std::shared_ptr<LoginMachine>> machines;
  for (const auto& [machine, attempt] : attempts_) machines.push_back(attempt.machine);
  for (const auto& machine : machines) machine->port_lost(port);
  std::vector<std::shared_ptr<Session>> affected;
  for (const auto& [id, session] : sessions_.all()) {
    if (session->plan.paths.front().port == port) affected.push_back(session);
  }
  for (const auto& session : affected) {
    lose(session, SessionFailure::SessionCxnTimeoutError);
    reconnect(session);  // one that was lost already tries with what is new
  }
  branch_port_changed(port);
  isns_->ask_again();
}

// ---- logout

void HbaCore::begin_logout(const std::shared_ptr<Session>& session) {
  session->state = State::logging_out;
  session->scanning = false;
  ++session->scan_serial;
  cancel_timer(session->scan_timer);
  for (auto& connection : session->info.connections) connection.state = 2;
  session->logout_timer =
      options_.clock->schedule(options_.clock->now() + options_.config.timing.login_timeout,
                               for_session(session, [this](const std::shared_ptr<Session>& held) {
                                 held->logout_timer = 0;
                                 if (held->state != State::logging_out) return;
                                 log(iscsi::ISCSI_ERR_ISCSI_REQUEST_TIMEOUT);
                                 logged_out(held, false);
                               }));
  options_.fabric->logout_session(
      session->link,
      for_session(session, [this](const std::shared_ptr<Session>& held, bool answered) {
        if (held->state == State::logging_out) logged_out(held, answered);
      }));
}

void HbaCore::logged_out(const std::shared_ptr<Session>& session, bool answered) {
  if (!answered)
    node_failed(LoginFailure::LogoutOthers, session->plan.target_name, session->plan.portal);
  if (session->relogin_after_logout) return lose(session, std::nullopt);
  end_session(session);
}

void HbaCore::end_session(const std::shared_ptr<Session>& session) {
  login_scanned(*session);
  cut(*session);
  const bool had = session->has_devices();
  if (session->place) places_.release(*session->place);
  sessions_.remove(*session);
  for (const auto& branch : std::vector(session->branches)) {
    const bool joining = branch->state == Branch::State::joining;
    end_branch(session, branch, joining ? iscsi::ISDSC_TRANSPORT_ERROR : iscsi::ISDSC_SUCCESS);
  }
  statistics_->end(session->info.id);
  fail_operations(*session, iscsi::ISDSC_TRANSPORT_ERROR);
  if (had) announce_units(*session);
  if (auto operation = take_operation(std::exchange(session->logout_operation, 0))) {
    complete(std::move(*operation), iscsi::ISDSC_SUCCESS);
  }
  persistent_->slot_free();
}

void HbaCore::cut(Session& session) {
  if (const auto machine = session.reconnect) {
    machine->abort();
    drop_attempt(machine.get());
    session.reconnect.reset();
  }
  session.sink.reset();
  session.scanning = false;
  ++session.scan_serial;
  cancel_timer(session.retry_timer);
  cancel_timer(session.removal_timer);
  cancel_timer(session.scan_timer);
  cancel_timer(session.logout_timer);
  if (session.link != 0) options_.fabric->close(std::exchange(session.link, 0));
  for (const auto& branch : session.branches) cut(*branch);
}

void HbaCore::fail_operations(Session& session, IsdscStatus status) {
  for (const auto id : std::exchange(session.operations, {})) {
    if (auto operation = take_operation(id)) complete(std::move(*operation), status);
  }
}

}  // namespace hbalab::adapter
