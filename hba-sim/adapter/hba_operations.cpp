// What the driver asks of a session, and how it ends.
#include <algorithm>

#include "hba-sim/adapter/hba_core.hpp"

namespace hbalab::adapter {
namespace {

using iscsi::IsdscStatus;
using State = Session::State;

constexpr std::size_t kMaxSendTargetsResponse = 16u << 20;
constexpr const char* kMaxRecvDataSegmentLength = "MaxRecvDataSegmentLength";

// "All", nothing (the session's own target) or a target name (RFC 7143 Appendix C).
bool good_send_targets_text(const std::string& text) {
  return text.empty() || text == "All" || IscsiName(from_wire_text(text)).well_formed();
}

// The data segment of the Text Response: key=value, each with its NUL.
std::optional<Bytes> to_data_segment(const fabric::Keys& keys) {
  std::size_t size = 0;
  for (const auto& [key, value] : keys) size += key.size() + value.size() + 2;
  if (size > kMaxSendTargetsResponse) return std::nullopt;
  Bytes out;
  out.reserve(size);
  for (const auto& [key, value] : keys) {
    out.insert(out.end(), key.begin(), key.end());
    out.push_back('=');
    out.insert(out.end(), value.begin(), value.end());
    out.push_back(0);
  }
  return out;
}

}  // namespace

std::optional<HbaCore::Operation> HbaCore::take_operation(OperationId id) {
  auto node = operations_.extract(id);
  if (node.empty()) return std::nullopt;
  cancel_timer(node.mapped().timer);
  return std::move(node.mapped());
}

void HbaCore::complete(Operation operation, IsdscStatus status) {
  std::visit(
      [status]<typename Done>(Done& done) {
        if constexpr (std::is_same_v<Done, LoginDone>) {
          done({status, {}, {}});
        } else if constexpr (std::is_same_v<Done, LogoutDone>) {
          done(status);
        } else {
          done(status, {});
        }
      },
      operation.done);
}

void HbaCore::add_session_operation(OperationId id, Operation operation, Session& session) {
  operation.session = session.info.id;
  const auto held = sessions_.find(session.info.id);
  const auto too_late = std::holds_alternative<ScsiDone>(operation.done)
                            ? iscsi::ISDSC_SCSI_REQUEST_FAILED
                            : iscsi::ISDSC_TRANSPORT_ERROR;
  operation.timer = options_.clock->schedule(
      options_.clock->now() + options_.config.timing.login_timeout,
      for_session(held, [this, id, too_late](const std::shared_ptr<Session>& owner) {
        owner->operations.erase(id);
        log(too_late == iscsi::ISDSC_SCSI_REQUEST_FAILED ? iscsi::ISCSI_ERR_SCSI_REQUEST_TIMEOUT
                                                         : iscsi::ISCSI_ERR_ISCSI_REQUEST_TIMEOUT);
        if (auto late = take_operation(id)) complete(std::move(*late), too_late);
      }));
  session.operations.insert(id);
  operations_.emplace(id, std::move(operation));
}

OperationId HbaCore::logout(SessionId id, LogoutDone done) {
  const auto session = sessions_.find(id);
  if (session == nullptr) {
    done(iscsi::ISDSC_INVALID_SESSION_ID);
    return 0;
  }
  // The units cannot be taken out of the device stack, so the session stays.
  if (in_use(*session)) {
    done(iscsi::ISDSC_DEVICE_BUSY_ON_SESSION);
    return 0;
  }
  if (session->state == State::lost) {
    end_session(session);
    done(iscsi::ISDSC_SUCCESS);
    return 0;
  }
  // A logout that the target asked for becomes the caller's.
  const bool under_way = session->state == State::logging_out;
  if (under_way && !session->relogin_after_logout) {
    done(iscsi::ISDSC_SESSION_BUSY);
    return 0;
  }
  const auto operation = next_operation_++;
  operations_.emplace(operation, Operation{std::move(done), nullptr, id, 0});
  session->relogin_after_logout = false;
  session->logout_operation = operation;
  if (!under_way) begin_logout(session);
  return operation;
}

OperationId HbaCore::send_targets(SessionId id, std::string text, TextDone done) {
  const auto session = sessions_.find(id);
  auto status = iscsi::ISDSC_SUCCESS;
  if (session == nullptr) {
    status = iscsi::ISDSC_INVALID_SESSION_ID;
  } else if (!good_send_targets_text(text)) {
    status = iscsi::ISDSC_INVALID_SENDTARGETS_TEXT;
  } else if (session->state != State::connected) {
    status = iscsi::ISDSC_NO_CONNECTION_AVAILABLE;
  }
  if (status != iscsi::ISDSC_SUCCESS) {
    done(status, {});
    return 0;
  }
  const auto operation = next_operation_++;
  add_session_operation(operation, Operation{std::move(done), nullptr, id, 0}, *session);
  const bool all = text == "All";
  options_.fabric->text(
      session->link, {{"SendTargets", std::move(text)}},
      for_session(session, [this, operation, all](const std::shared_ptr<Session>& held,
                                                  bool answered, fabric::Keys keys) {
        held->operations.erase(operation);
        on_text(operation, answered, std::move(keys), all);
      }));
  return operation;
}

void HbaCore::on_text(OperationId id, bool answered, fabric::Keys keys, bool complete_list) {
  auto operation = take_operation(id);
  if (!operation) return;
  const auto session = sessions_.find(operation->session);
  auto& done = std::get<TextDone>(operation->done);
  if (!answered || session == nullptr) return done(iscsi::ISDSC_TRANSPORT_ERROR, {});
  // A refusal repeats the key (RFC 7143 6.2.2).
  if (find_key(keys, "SendTargets")) return done(iscsi::ISDSC_INVALID_SENDTARGETS_TEXT, {});
  // Half of a list that makes no sense is not taken over.
  if (const auto status = check_send_targets(keys); status != iscsi::ISDSC_SUCCESS) {
    log(iscsi::ISCSI_ERR_ISCSI_PDU_ERROR);
    return done(status, {});
  }
  auto response = to_data_segment(keys);
  if (!response) return done(iscsi::ISDSC_OUT_OF_RESOURCES, {});
  if (discovered_.update(session->plan.portal, keys, complete_list && session->plan.discovery())) {
    announce_targets();
  }
  done(iscsi::ISDSC_SUCCESS, std::move(*response));
}

// The target asks for a Text Request (RFC 7143 11.9.1), which one that is under way is as well. Of
// what the adapter has to say only MaxRecvDataSegmentLength can change by now: it declares what it
// is configured to take.
void HbaCore::renegotiate(const std::shared_ptr<Session>& session, fabric::LinkId link) {
  const bool asks = std::ranges::any_of(session->operations, [&](OperationId id) {
    const auto operation = operations_.find(id);
    return operation != operations_.end() &&
           std::holds_alternative<TextDone>(operation->second.done);
  });
  if (asks && link == session->link) return;
  const std::uint32_t length = settings_.now().session.max_recv_data_segment_length;
  options_.fabric->text(
      link, {{kMaxRecvDataSegmentLength, std::to_string(length)}},
      for_session(session, [this, link, length](const std::shared_ptr<Session>& held, bool answered,
                                                const fabric::Keys& keys) {
        const auto said = find_key(keys, kMaxRecvDataSegmentLength);
        if (answered && said != "Reject") renegotiated(*held, link, length);
      }));
}

void HbaCore::renegotiated(Session& session, fabric::LinkId link, std::uint32_t length) {
  statistics_->set_most_data(link, length);
  if (link == session.link) {
    session.plan.offer.session.max_recv_data_segment_length = length;
    if (!session.info.connections.empty()) {
      session.info.connections.front().max_recv_data_segment_length = length;
    }
  }
  for (const auto& branch : session.branches) {
    if (link != branch->link) continue;
    branch->plan.offer.session.max_recv_data_segment_length = length;
    branch->info.max_recv_data_segment_length = length;
  }
  list_connections(session);
}

OperationId HbaCore::scsi(SessionId id, std::uint64_t lun, Bytes cdb, std::uint32_t allocation,
                          ScsiDone done) {
  const auto session = sessions_.find(id);
  auto status = iscsi::ISDSC_SUCCESS;
  if (session == nullptr) {
    status = iscsi::ISDSC_INVALID_SESSION_ID;
  } else if (session->plan.discovery()) {
    status = iscsi::ISDSC_SESSION_TYPE_NOT_SUPPORTED;
  } else if (cdb.empty() || cdb.size() > options_.config.max_cdb_length) {
    status = iscsi::ISDSC_INVALID_PARAMETER;
  } else if (session->state != State::connected) {
    status = iscsi::ISDSC_NO_CONNECTION_AVAILABLE;
  }
  if (status != iscsi::ISDSC_SUCCESS) {
    done(status, {});
    return 0;
  }
  const auto operation = next_operation_++;
  const auto link = route(*session);
  add_session_operation(operation, Operation{std::move(done), nullptr, id, 0, link}, *session);
  options_.fabric->scsi(link, lun, std::move(cdb), allocation,
                        for_session(session, [this, operation](const std::shared_ptr<Session>& held,
                                                               fabric::ScsiResponse response) {
                          held->operations.erase(operation);
                          auto taken = take_operation(operation);
                          if (!taken) return;
                          const auto outcome = response.dropped ? iscsi::ISDSC_TRANSPORT_ERROR
                                               : response.status == 0
                                                   ? iscsi::ISDSC_SUCCESS
                                                   : iscsi::ISDSC_SCSI_REQUEST_FAILED;
                          std::get<ScsiDone>(taken->done)(outcome, std::move(response));
                        }));
  return operation;
}

void HbaCore::cancel(OperationId id) {
  auto operation = take_operation(id);
  if (!operation) return;
  pings_.erase(id);
  const auto session = sessions_.find(operation->session);
  if (operation->machine != nullptr) drop_attempt(operation->machine);
  if (session != nullptr) {
    session->operations.erase(id);
    cancel_branch(session, id);
    if (session->logout_operation == id) session->logout_operation = 0;
    if (session->login_operation == id) {
      // The caller gives up a session that it never heard of.
      session->login_operation = 0;
      if (session->state == State::connected) begin_logout(session);
    }
  }
  complete(std::move(*operation), iscsi::ISDSC_TRANSPORT_ERROR);
}

}  // namespace hbalab::adapter
