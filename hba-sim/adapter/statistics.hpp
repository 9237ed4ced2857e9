// What the firmware counts: PDUs and bytes of every connection, session and port, how long requests
// took, how logins and logouts went, how sessions failed. All of it is in RAM: a reset begins anew.
//
// Threads: any thread, also without the HBA lock, because PDUs are counted where they arrive. One
// mutex, taken last; so the numbers of one answer fit together.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "hba-sim/adapter/login_keys.hpp"
#include "hba-sim/clock.hpp"
#include "hba-sim/fabric/fabric.hpp"
#include "hba-sim/types.hpp"
#include "iscsiop/enums.hpp"

namespace hbalab::adapter {

using LoginFailure = iscsi::ISCSI_INITIATOR_NODE_FAILURE;
using SessionFailure = iscsi::ISCSI_INITIATOR_INSTANCE_FAILURE;

struct TrafficCounters {
  std::uint64_t bytes_sent = 0, bytes_received = 0;
  std::uint64_t pdus_sent = 0, pdus_received = 0;
  // Requests that want an answer, and answers: no data PDUs and nothing unasked.
  std::uint64_t commands_sent = 0, responses_received = 0;
  TrafficCounters& operator+=(const TrafficCounters& other);
  bool operator==(const TrafficCounters&) const = default;
};

// Requests of the full feature phase that were answered.
struct RequestTimes {
  std::uint64_t count = 0;
  Duration total{0}, longest{0};
};

struct FailureCounters {
  std::uint64_t digest = 0, timeout = 0, format = 0;
};

struct LoginCounters {
  std::uint32_t accepted = 0, redirected = 0;          // responses
  std::uint32_t refused_otherwise = 0, no_method = 0;  // responses
  std::uint32_t not_authenticated = 0, not_negotiated = 0, failed = 0;
  std::uint32_t logouts = 0;
};

struct SessionStatistics {
  TrafficCounters traffic;  // of all connections that it has or had
  FailureCounters failures;
};

// A PDU without its digests (RFC 7143 11.1, 11.2): the data segment is padded to four bytes.
struct Pdu {
  enum class Kind { command, response, other } kind = Kind::other;
  std::size_t data = 0;
  std::size_t additional_header = 0;
};

class Statistics {
 public:
  using LinkId = fabric::LinkId;

  void reset(std::size_t ports);

  // A connection attempt over a port; nothing is counted for links that are not known.
  void open(LinkId link, std::size_t port);
  // In full feature phase: belongs to a session, with what it sent and received so far.
  void join(LinkId link, SessionId session, const Negotiated& negotiated);
  // How much data one PDU to the adapter may carry from now on.
  void set_most_data(LinkId link, std::size_t bytes);
  void close(LinkId link);
  void end(SessionId session);

  void sent(LinkId link, const Pdu& pdu);
  void received(LinkId link, const Pdu& pdu);
  // Data that the other side sends in as many PDUs as it needs.
  void received_data(LinkId link, std::size_t bytes);
  // A text response in as many PDUs as it needs, each but the first asked for by an empty request.
  void received_text(LinkId link, std::size_t bytes);
  void answered(LinkId link, Duration after);

  void login_response(LinkId link, const fabric::LoginResponse& response);
  // `refused`: by a login response.
  void login_failed(LoginFailure failure, bool refused);
  void logout_sent();
  void session_failed(SessionId session, SessionFailure failure);

  // What there is of a link that is open, and of a session that lasts; zeros otherwise.
  [[nodiscard]] TrafficCounters connection(LinkId link) const;
  [[nodiscard]] RequestTimes request_times(LinkId link) const;
  [[nodiscard]] SessionStatistics session(SessionId session) const;
  [[nodiscard]] TrafficCounters port(std::size_t port) const;
  [[nodiscard]] TrafficCounters adapter() const;
  // Of sessions that ended, and of connections that belong to none: the rest of adapter().
  [[nodiscard]] TrafficCounters elsewhere() const;
  [[nodiscard]] LoginCounters logins() const;
  [[nodiscard]] FailureCounters failures() const;
  [[nodiscard]] std::uint32_t failed_sessions() const;

 private:
  struct Link {
    std::size_t port = 0;
    std::optional<SessionId> session;
    bool header_digest = false, data_digest = false;
    std::size_t most_data = 8192;  // in one PDU to us, before anything is negotiated
    TrafficCounters traffic;
    RequestTimes times;
  };
  [[nodiscard]] static std::size_t size_of(const Link& link, const Pdu& pdu);
  void add(Link& link, const TrafficCounters& what);
  void add_received(Link& link, const Pdu& pdu);
  Link* find(LinkId link);

  mutable std::mutex mutex_;  // guards everything below; nothing is taken under it
  std::unordered_map<LinkId, Link> links_;
  std::unordered_map<SessionId, SessionStatistics> sessions_;
  std::vector<TrafficCounters> ports_;
  TrafficCounters adapter_, ended_;
  LoginCounters logins_;
  FailureCounters failures_;
  std::uint32_t failed_sessions_ = 0;
};

}  // namespace hbalab::adapter
