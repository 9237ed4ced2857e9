#include "hba-sim/adapter/statistics.hpp"

#include <algorithm>

namespace hbalab::adapter {
namespace {

constexpr std::size_t kBasicHeader = 48, kDigest = 4;
constexpr std::uint8_t kFullFeature = 3;

std::size_t padded(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

void count(FailureCounters& counters, SessionFailure failure) {
  switch (failure) {
    case SessionFailure::SessionDigestError:
      ++counters.digest;
      break;
    case SessionFailure::SessionCxnTimeoutError:
      ++counters.timeout;
      break;
    case SessionFailure::SessionFormatError:
      ++counters.format;
      break;
  }
}

}  // namespace

TrafficCounters& TrafficCounters::operator+=(const TrafficCounters& other) {
  bytes_sent += other.bytes_sent;
  bytes_received += other.bytes_received;
  pdus_sent += other.pdus_sent;
  pdus_received += other.pdus_received;
  commands_sent += other.commands_sent;
  responses_received += other.responses_received;
  return *this;
}

void Statistics::reset(std::size_t ports) {
  const std::scoped_lock lock(mutex_);
  links_.clear();
  sessions_.clear();
  ports_.assign(ports, {});
  adapter_ = ended_ = {};
  logins_ = {};
  failures_ = {};
  failed_sessions_ = 0;
}

void Statistics::open(LinkId link, std::size_t port) {
  const std::scoped_lock lock(mutex_);
  if (port < ports_.size()) links_[link].port = port;
}

void Statistics::join(LinkId id, SessionId session, const Negotiated& negotiated) {
  const std::scoped_lock lock(mutex_);
  Link* link = find(id);
  if (link == nullptr || link->session) return;
  link->session = session;
  link->header_digest = negotiated.header_digest;
  link->data_digest = negotiated.data_digest;
  link->most_data = std::max<std::size_t>(negotiated.own_max_recv, 1);
  sessions_[session].traffic += link->traffic;
}

void Statistics::set_most_data(LinkId id, std::size_t bytes) {
  const std::scoped_lock lock(mutex_);
  if (Link* link = find(id)) link->most_data = std::max<std::size_t>(bytes, 1);
}

void Statistics::close(LinkId id) {
  const std::scoped_lock lock(mutex_);
  const auto link = links_.find(id);
  if (link == links_.end()) return;
  if (!link->second.session) ended_ += link->second.traffic;
  links_.erase(link);
}

void Statistics::end(SessionId id) {
  const std::scoped_lock lock(mutex_);
  const auto session = sessions_.find(id);
  if (session == sessions_.end()) return;
  ended_ += session->second.traffic;
  sessions_.erase(session);
}

Statistics::Link* Statistics::find(LinkId id) {
  const auto link = links_.find(id);
  return link != links_.end() ? &link->second : nullptr;
}

std::size_t Statistics::size_of(const Link& link, const Pdu& pdu) {
  std::size_t size = kBasicHeader + padded(pdu.additional_header) + padded(pdu.data);
  if (link.header_digest) size += kDigest;
  if (link.data_digest && pdu.data != 0) size += kDigest;
  return size;
}

// The one place where numbers grow.
void Statistics::add(Link& link, const TrafficCounters& what) {
  link.traffic += what;
  ports_[link.port] += what;
  adapter_ += what;
  if (!link.session) return;
  const auto session = sessions_.find(*link.session);
  (session != sessions_.end() ? session->second.traffic : ended_) += what;
}

void Statistics::sent(LinkId id, const Pdu& pdu) {
  const std::scoped_lock lock(mutex_);
  Link* link = find(id);
  if (link == nullptr) return;
  TrafficCounters what;
  what.bytes_sent = size_of(*link, pdu);
  what.pdus_sent = 1;
  what.commands_sent = pdu.kind == Pdu::Kind::command ? 1 : 0;
  add(*link, what);
}

void Statistics::add_received(Link& link, const Pdu& pdu) {
  TrafficCounters what;
  what.bytes_received = size_of(link, pdu);
  what.pdus_received = 1;
  what.responses_received = pdu.kind == Pdu::Kind::response ? 1 : 0;
  add(link, what);
}

void Statistics::received(LinkId id, const Pdu& pdu) {
  const std::scoped_lock lock(mutex_);
  if (Link* link = find(id)) add_received(*link, pdu);
}

void Statistics::received_data(LinkId id, std::size_t bytes) {
  const std::scoped_lock lock(mutex_);
  Link* link = find(id);
  if (link == nullptr) return;
  for (std::size_t left = bytes; left > 0;) {
    const std::size_t part = std::min(left, link->most_data);
    add_received(*link, {.kind = Pdu::Kind::other, .data = part, .additional_header = 0});
    left -= part;
  }
}

void Statistics::received_text(LinkId id, std::size_t bytes) {
  const std::scoped_lock lock(mutex_);
  Link* link = find(id);
  if (link == nullptr) return;
  std::size_t left = bytes;
  while (true) {
    const std::size_t part = std::min(left, link->most_data);
    add_received(*link, {.kind = Pdu::Kind::response, .data = part, .additional_header = 0});
    left -= part;
    if (left == 0) return;
    TrafficCounters more;
    more.bytes_sent = size_of(*link, {});
    more.pdus_sent = more.commands_sent = 1;
    add(*link, more);
  }
}

void Statistics::answered(LinkId id, Duration after) {
  const std::scoped_lock lock(mutex_);
  Link* link = find(id);
  if (link == nullptr) return;
  ++link->times.count;
  link->times.total += after;
  link->times.longest = std::max(link->times.longest, after);
}

void Statistics::login_response(LinkId id, const fabric::LoginResponse& response) {
  const std::scoped_lock lock(mutex_);
  if (find(id) == nullptr) return;
  if (response.status_class == 1) ++logins_.redirected;
  // Those before it only ask for more.
  if (response.status_class == 0 && response.transit && response.next_stage == kFullFeature) {
    ++logins_.accepted;
  }
}

void Statistics::login_failed(LoginFailure failure, bool refused) {
  const std::scoped_lock lock(mutex_);
  ++logins_.failed;
  switch (failure) {
    case LoginFailure::LoginAuthFail:
      ++logins_.no_method;
      break;
    case LoginFailure::LoginAuthenticateFail:
      ++logins_.not_authenticated;
      break;
    case LoginFailure::LoginNegotiateFail:
      ++logins_.not_negotiated;
      break;
    case LoginFailure::LoginOtherFail:
    case LoginFailure::LogoutOthers:
      if (refused) ++logins_.refused_otherwise;
      break;
  }
}

void Statistics::logout_sent() {
  const std::scoped_lock lock(mutex_);
  ++logins_.logouts;
}

void Statistics::session_failed(SessionId id, SessionFailure failure) {
  const std::scoped_lock lock(mutex_);
  ++failed_sessions_;
  count(failures_, failure);
  const auto session = sessions_.find(id);
  if (session != sessions_.end()) count(session->second.failures, failure);
}

TrafficCounters Statistics::connection(LinkId id) const {
  const std::scoped_lock lock(mutex_);
  const auto link = links_.find(id);
  return link != links_.end() ? link->second.traffic : TrafficCounters{};
}

RequestTimes Statistics::request_times(LinkId id) const {
  const std::scoped_lock lock(mutex_);
  const auto link = links_.find(id);
  return link != links_.end() ? link->second.times : RequestTimes{};
}

SessionStatistics Statistics::session(SessionId id) const {
  const std::scoped_lock lock(mutex_);
  const auto session = sessions_.find(id);
  return session != sessions_.end() ? session->second : SessionStatistics{};
}

TrafficCounters Statistics::port(std::size_t port) const {
  const std::scoped_lock lock(mutex_);
  return port < ports_.size() ? ports_[port] : TrafficCounters{};
}

TrafficCounters Statistics::adapter() const {
  const std::scoped_lock lock(mutex_);
  return adapter_;
}

TrafficCounters Statistics::elsewhere() const {
  const std::scoped_lock lock(mutex_);
  TrafficCounters sum = ended_;
  for (const auto& [id, link] : links_) {
    if (!link.session) sum += link.traffic;
  }
  return sum;
}

LoginCounters Statistics::logins() const {
  const std::scoped_lock lock(mutex_);
  return logins_;
}

FailureCounters Statistics::failures() const {
  const std::scoped_lock lock(mutex_);
  return failures_;
}

std::uint32_t Statistics::failed_sessions() const {
  const std::scoped_lock lock(mutex_);
  return failed_sessions_;
}

}  // namespace hbalab::adapter
