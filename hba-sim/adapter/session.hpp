// A session as the HBA keeps it, and the table of all.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "hba-sim/adapter/hba.hpp"
#include "hba-sim/adapter/login_machine.hpp"
#include "hba-sim/adapter/mapping.hpp"

namespace hbalab::adapter {

// What load balancing was told of a path.
struct PathSetting {
  std::uint32_t weight = 0;
  bool primary = false;
};

// A connection besides the leading one. While it is lost it is logged in again, as a session is,
// but only while its session is connected.
struct Branch {
  enum class State { joining, connected, lost, removing };
  State state = State::joining;
  ConnectionInfo info;  // id from the first login on; the rest as of the last one
  LoginPlan plan;       // TSIH: of the session when it logs in; one path once it has
  Portal asked;
  PathSetting path;
  fabric::LinkId link = 0;
  std::shared_ptr<LinkSink> sink;
  std::shared_ptr<LoginMachine> login;  // under way
  TimerId timer = 0;                    // next try, or the end of waiting for the logout
  TimePoint not_before{};               // the target does not want to be connected to until then
  OperationId operation = 0;            // waits for it to be there, or to be gone
  [[nodiscard]] bool open() const { return state == State::connected || state == State::removing; }
};

struct Session {
  enum class State {
    connected,    // full feature phase
    lost,         // the connection is gone; logged in again at once and at intervals
    logging_out,  // Logout Request sent
  };
  SessionInfo info;
  State state = State::connected;
  LoginPlan plan;     // how to log in again; one path
  Portal asked;       // what the first login was given
  std::string nexus;  // nexus_key() of it, "" for discovery sessions
  fabric::LinkId link = 0;
  std::shared_ptr<LinkSink> sink;
  std::shared_ptr<LoginMachine> reconnect;  // while lost, when an attempt is under way
  TimePoint not_before{};                   // as of a branch
  ConnectionId leading;                     // also while lost
  PathSetting leading_path{0, true};
  std::vector<std::shared_ptr<Branch>> branches;  // in the order in which they were asked for
  std::uint64_t turn = 0;                         // of round robin

  std::optional<OsTarget> place;  // data sessions
  LunAssignment luns;
  bool scanning = false, scan_again = false;
  int scan_tries = 0;
  std::uint64_t scan_serial = 0;

  TimerId retry_timer = 0, removal_timer = 0, scan_timer = 0, logout_timer = 0;
  OperationId login_operation = 0;    // waits for the first scan
  OperationId logout_operation = 0;   // 0 in state logging_out: nobody waits for it
  bool relogin_after_logout = false;  // the target asked for the logout
  std::set<OperationId> operations;   // text and SCSI

  [[nodiscard]] bool data() const { return plan.session_type == 2; }
  [[nodiscard]] bool has_devices() const { return info.mapped && !info.luns.empty(); }
};

// A connection as its login left it, without id and CID.
[[nodiscard]] ConnectionInfo connection_info(const LoginReport& report, const PortInfo& port,
                                             const Portal& asked);

// Initiator name, target name and ISID: what a target may see only once in a portal group
// (RFC 7143 4.4.3).
[[nodiscard]] std::string nexus_key(const LoginPlan& plan, const Isid& isid);

class SessionTable {
 public:
  void add(std::shared_ptr<Session> session);
  void remove(const Session& session);
  void clear();
  [[nodiscard]] std::shared_ptr<Session> find(SessionId id) const;
  // A session of that nexus whose portal group is `group`; a group that is not known is told by its
  // portal: the one that the session was given, or the one to which that has moved for good.
  [[nodiscard]] bool has_nexus(const std::string& nexus, std::optional<std::uint16_t> group,
                               const Portal& portal) const;
  // One that has its connection, so that the target knows it.
  [[nodiscard]] bool is_open(const std::string& nexus, std::uint16_t group) const;
  [[nodiscard]] std::size_t size() const { return sessions_.size(); }
  [[nodiscard]] const std::map<std::uint64_t, std::shared_ptr<Session>>& all() const {
    return sessions_;
  }

 private:
  std::map<std::uint64_t, std::shared_ptr<Session>> sessions_;
  std::unordered_multimap<std::string, Session*> by_nexus_;
};

}  // namespace hbalab::adapter
