#include "hba-sim/adapter/metered_fabric.hpp"

#include <utility>

namespace hbalab::adapter {
namespace {

using fabric::ConnectResult;
using fabric::Keys;
using fabric::LinkEvent;

constexpr std::size_t kCdbInHeader = 16;
constexpr std::size_t kSenseLength = 2;  // in front of sense data
constexpr std::size_t kFixedSense = 18;  // of an asynchronous SCSI event
constexpr std::size_t kPingData = 4;

Pdu command(std::size_t data, std::size_t additional_header = 0) {
  return {.kind = Pdu::Kind::command, .data = data, .additional_header = additional_header};
}
Pdu response(std::size_t data) {
  return {.kind = Pdu::Kind::response, .data = data, .additional_header = 0};
}
Pdu unasked(std::size_t data) {
  return {.kind = Pdu::Kind::other, .data = data, .additional_header = 0};
}

// key=value, each with its NUL.
std::size_t size_of(const Keys& keys) {
  std::size_t size = 0;
  for (const auto& [key, value] : keys) size += key.size() + value.size() + 2;
  return size;
}

// What of a CDB the basic header cannot hold goes into an extended CDB segment (RFC 7143 11.2.2.4):
// length, type and a reserved byte in front of it.
std::size_t extended_cdb(std::size_t size) { return size > kCdbInHeader ? 4 + size - 16 : 0; }

// A PDU that comes by itself; that it is damaged does not make it smaller.
std::optional<Pdu> pdu_of(LinkEvent::Kind kind) {
  switch (kind) {
    case LinkEvent::Kind::dropped:
      return std::nullopt;
    case LinkEvent::Kind::logout_requested:
    case LinkEvent::Kind::drop_announced:
    case LinkEvent::Kind::session_drop_announced:
    case LinkEvent::Kind::negotiation_requested:
    case LinkEvent::Kind::damaged_header:
      return unasked(0);
    case LinkEvent::Kind::luns_changed:
      return unasked(kSenseLength + kFixedSense);
    case LinkEvent::Kind::damaged_data:
      return unasked(kPingData);
  }
  return std::nullopt;
}

}  // namespace

fabric::LinkId MeteredFabric::connect(const IpAddress& from, const Portal& to,
                                      std::function<void(const LinkEvent&)> on_event,
                                      std::move_only_function<void(ConnectResult)> done) {
  // The attempt may be answered before connect() returns, but nothing is sent before that.
  auto counted = [statistics = statistics_, deliver = std::move(on_event)](const LinkEvent& event) {
    if (const auto pdu = pdu_of(event.kind)) statistics->received(event.link, *pdu);
    deliver(event);
  };
  const std::size_t port = port_of_(from);
  const LinkId link = below_->connect(from, to, std::move(counted), std::move(done));
  statistics_->open(link, port);
  return link;
}

void MeteredFabric::login(LinkId link, fabric::LoginRequest request,
                          std::move_only_function<void(fabric::LoginResponse)> done) {
  statistics_->sent(link, command(size_of(request.keys)));
  below_->login(link, std::move(request),
                [statistics = statistics_, link,
                 done = std::move(done)](fabric::LoginResponse answer) mutable {
                  if (!answer.dropped) {
                    statistics->received(link, response(size_of(answer.keys)));
                    statistics->login_response(link, answer);
                  }
                  done(std::move(answer));
                });
}

void MeteredFabric::text(LinkId link, Keys keys, std::move_only_function<void(bool, Keys)> done) {
  statistics_->sent(link, command(size_of(keys)));
  below_->text(link, std::move(keys),
               [statistics = statistics_, clock = clock_, begun = clock_->now(), link,
                done = std::move(done)](bool is_answer, Keys answer) mutable {
                 if (is_answer) {
                   statistics->received_text(link, size_of(answer));
                   statistics->answered(link, clock->now() - begun);
                 }
                 done(is_answer, std::move(answer));
               });
}

void MeteredFabric::scsi(LinkId link, std::uint64_t lun, Bytes cdb, std::uint32_t allocation,
                         std::move_only_function<void(fabric::ScsiResponse)> done) {
  statistics_->sent(link, command(0, extended_cdb(cdb.size())));
  below_->scsi(link, lun, std::move(cdb), allocation,
               [statistics = statistics_, clock = clock_, begun = clock_->now(), link,
                done = std::move(done)](fabric::ScsiResponse answer) mutable {
                 if (!answer.dropped) {
                   statistics->received_data(link, answer.data.size());
                   const std::size_t sense = answer.sense.size();
                   statistics->received(link, response(sense == 0 ? 0 : kSenseLength + sense));
                   statistics->answered(link, clock->now() - begun);
                 }
                 done(std::move(answer));
               });
}

std::move_only_function<void(bool)> MeteredFabric::counted_logout(
    LinkId link, std::move_only_function<void(bool)> done) {
  statistics_->sent(link, command(0));
  statistics_->logout_sent();
  return [statistics = statistics_, link, done = std::move(done)](bool is_answer) mutable {
    if (is_answer) statistics->received(link, response(0));
    done(is_answer);
  };
}

void MeteredFabric::logout(LinkId link, std::move_only_function<void(bool)> done) {
  below_->logout(link, counted_logout(link, std::move(done)));
}

void MeteredFabric::logout_session(LinkId link, std::move_only_function<void(bool)> done) {
  below_->logout_session(link, counted_logout(link, std::move(done)));
}

void MeteredFabric::close(LinkId link) {
  below_->close(link);
  statistics_->close(link);
}

}  // namespace hbalab::adapter
