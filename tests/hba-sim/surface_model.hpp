// A reference model of what an adapter shows of its logins, sessions, mappings and counters. It is
// written from the documents (docs/behaviour), knows none of the product's classes, and decides
// every status and every effect, except for the numbers that the adapter makes up.
#pragma once

#include <deque>
#include <expected>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/hba-sim/surface_command.hpp"
#include "tests/hba-sim/surface_discovery.hpp"
#include "tests/hba-sim/surface_settings.hpp"
#include "tests/hba-sim/surface_world.hpp"

namespace hbalab::surface {

enum class PortalState { up, refuse, unreachable };

// The network as the bench has set it.
struct Bench {
  struct TargetSide {
    std::vector<PortalState> portals;
    std::string refusal;
    int redirect = 0;  // a portal choice
    struct SendsOn {
      int to = -1;  // a portal choice
      bool permanently = false;
    };
    std::vector<SendsOn> sends_on;  // by portal
    std::set<std::uint64_t> luns;
    std::map<std::uint64_t, std::uint64_t> blocks;  // of those that have not kDefaultBlocks
  };
  std::vector<TargetSide> targets;
  bool link[kPorts] = {true, true};
  bool nvram_fails = false;
  Bench();
};

struct Counters {
  std::uint32_t accepted = 0, refused = 0, redirected = 0, no_method = 0, not_authenticated = 0,
                logouts = 0, failed = 0;
  std::uint32_t digest = 0, timeout = 0, format = 0, sessions_failed = 0;
};

// What a login is given, settled when it begins.
struct Terms {
  int name = 0, target = -1;
  int type = 2;  // LOGINSESSIONTYPE
  std::string initiator;
  std::string target_name;  // canonical
  int portal = 0, isid = 0, auth = 0, mapping = 0, options = 0;
  std::string adapter_secret;
  SessionConfig config;
  std::vector<int> ports;  // in the order in which they are tried
  bool from_persistent = false;
};

// A login under way.
struct Attempt {
  Terms terms;
  std::size_t path = 0;
  int portal = 0;            // after redirections
  std::optional<int> moved;  // where a permanent one led
  int redirects = 0, rounds = 0;
  Ms deadline = 0, share_end = 0;
  std::uint32_t auth = 0;
};

enum class Failure { plain, refused, no_method, not_authenticated };
struct Outcome {
  enum Kind { hangs, ready, fails } kind = fails;
  Status status = iscsi::ISDSC_SUCCESS;
  Failure failure = Failure::plain;
};

struct Place {
  std::uint32_t bus = 0, target = 0;
  auto operator<=>(const Place&) const = default;
};

// What the target has to tell of its units, since the login (docs/behaviour/sessions.md).
struct Attention {
  bool inventory = false;
  std::set<std::uint64_t> told, resized;  // LUNs
};

// A connection besides the leading one.
struct Branch {
  std::uint64_t id = 0;
  int cid = 1;
  Terms terms;
  int port = 0, portal = 0;
  int home = 0;  // where it is looked for when it is lost: as given, or where it has moved for good
  std::uint32_t auth = 0;
  bool connected = false, joined = false;
  Ms not_before = 0;
  std::optional<Attempt> attempt;
  std::optional<Ms> retry_at;
  std::uint32_t weight = 0;
  bool primary = false;
};

struct Session {
  std::uint64_t serial = 0;  // the model's own number
  std::uint64_t id = 0;      // 0: not known yet
  std::uint64_t connection = 0;
  Terms terms;
  int port = 0;
  int portal = 0;  // where the connection leads
  int home = 0;    // as of a branch
  Ms not_before = 0;
  std::uint32_t auth = 0;
  int group = -1;
  bool connected = true;
  bool mapped = false;
  std::optional<Place> place;
  std::map<std::uint64_t, std::uint32_t> assigned;  // target LUN to OSLUN
  std::set<std::uint64_t> luns;                     // of them, those that are shown
  std::optional<Attempt> attempt;
  std::optional<Ms> retry_at, removal_at;
  std::list<Branch> branches;
  int policy = 2;  // round robin
  std::uint32_t weight = 0;
  bool primary = true;
  std::uint32_t digest = 0, timeout = 0, format = 0;
  Attention attention;
  [[nodiscard]] bool discovery() const { return terms.type == 0; }
  [[nodiscard]] bool data() const { return terms.type == 2; }
};

struct Record {
  std::uint64_t number = 0;  // ascending age
  Command given;
  std::optional<Attempt> attempt;
};

// The answer of a method.
struct Reply {
  // refused and not_stored: what becomes of the request itself, not a status.
  enum { answered, refused, not_stored, later } kind = answered;
  Status status = iscsi::ISDSC_SUCCESS;
  std::uint64_t session = 0;  // serial of the one that it opened, or whose connection it added
  bool connection = false;    // a connection was added
  std::uint64_t flags = 0;
  std::optional<std::string> data;
  int sense = 0;  // key, code, qualifier
  std::vector<std::string> targets;
  std::uint32_t received = 0;
};

// What a command of the bench says.
[[nodiscard]] PortalState bench_portal_state(const Command& command);
[[nodiscard]] std::string bench_refusal(const Command& command);
[[nodiscard]] int bench_redirect(const Command& command);  // a portal choice
[[nodiscard]] Bench::TargetSide::SendsOn bench_sends_on(const Command& command);
[[nodiscard]] Ms bench_wait(const Command& command);  // Time2Wait
[[nodiscard]] std::uint64_t bench_unit(const Command& command);
inline constexpr std::uint64_t kDefaultBlocks = 2048;
[[nodiscard]] std::uint64_t bench_blocks(const Command& command);
// MaxConnections of a session.
[[nodiscard]] std::uint32_t max_connections(const Terms& terms);
// UniqueIdForISID: few of those that callers give meet, none of those of persistent logins, whose
// sessions would otherwise shut each other out in no order that is promised.
[[nodiscard]] int isid_of(const Command& command, bool persistent);
// SecurityFlags: few logins ask for IPsec, which none of them gets.
[[nodiscard]] std::uint64_t security_flags(const Command& command);
// The text of a SendTargets.
[[nodiscard]] std::string_view send_targets_text(const Command& command);
// The connection that a command means: 0 is the leading one, then the others, then nobody's.
[[nodiscard]] int connection_index(const Command& command, const Session* session);
// What SetLoadBalancePolicy is given: the paths by their index, with weight and whether primary.
struct PathChoice {
  int index;  // -1: an id that is nobody's
  std::uint32_t weight;
  bool primary;
};
[[nodiscard]] std::vector<PathChoice> path_choices(const Command& command, std::size_t paths);
[[nodiscard]] Ms time_step(const Command& command);

class Model {
 public:
  Model();
  // What the command answers; `later`: it ends when time passes, see user_result().
  Reply apply(const Command& command);
  // Moves to that time; what happens meanwhile happens.
  void advance_to(Ms time);
  [[nodiscard]] std::optional<Ms> next_event() const;
  [[nodiscard]] const std::optional<Reply>& user_result() const { return user_result_; }
  [[nodiscard]] Ms now() const { return now_; }

  [[nodiscard]] Session* pick_session(int number);

  // What is compared.
  std::list<Session> sessions;  // by id, ascending
  std::vector<Record> records;  // by age
  Counters counters;
  Settings settings;
  Bench bench;
  Discovery discovery;

 private:
  // surface_model_login.cpp
  Reply login(const Command& command);
  [[nodiscard]] Status check_login(const Command& command, bool persistent) const;
  [[nodiscard]] std::expected<Terms, Status> plan(const Command& command, bool persistent) const;
  [[nodiscard]] Status credentials(const Command& command) const;
  [[nodiscard]] Status check_ipsec(const Command& command) const;
  [[nodiscard]] std::vector<int> ports_for(const Command& command, int portal) const;
  [[nodiscard]] Status check_begin(const Terms& terms) const;
  // `again`: the session that the login is for, when it is not for a new one.
  [[nodiscard]] Outcome reach(Attempt& attempt, const Session* again, bool joins = false);
  [[nodiscard]] std::optional<Outcome> log_in_at(Attempt& attempt, const Session* joined);
  [[nodiscard]] static Outcome authenticate(Attempt& attempt, bool asked);
  Outcome commit(const Attempt& attempt, Session*& opened);
  void count_failure(Failure failure);
  [[nodiscard]] bool same_nexus(const Session& session, const Terms& terms, int port) const;
  // A session that was given the same portal.
  [[nodiscard]] bool has_session_at(const Terms& terms, int port) const;
  [[nodiscard]] Attempt make_attempt(Terms terms) const;
  Reply end_user(const Outcome& outcome, const Attempt& attempt);
  // surface_model_session.cpp
  void connect(Session& session, const Attempt& attempt);
  void lose(Session& session, std::optional<char> loss);
  void reconnect(Session& session);
  [[nodiscard]] bool takes_another(const Session& session, const Attempt& attempt) const;
  [[nodiscard]] static int group_of(const Attempt& attempt);
  void end(Session& session);
  Reply logout(const Command& command);
  void scan(Session& session);
  void drop_where(const std::function<bool(const Session&)>& which);
  // The attempt cannot go on over its port; nothing: it does not use that one.
  [[nodiscard]] std::optional<Outcome> port_lost(Attempt& attempt, int port, const Session* again,
                                                 bool joins = false);
  void set_link(int port, bool up);
  // The path or the whole time of an attempt is over.
  [[nodiscard]] Outcome time_over(Attempt& attempt, const Session* again, bool joins = false);
  void session_attempt(Session& session, Attempt attempt, const Outcome& outcome);
  [[nodiscard]] static std::optional<Ms> due(const std::optional<Attempt>& attempt);
  // surface_model_branches.cpp
  Reply add_connection(const Command& command);
  [[nodiscard]] std::expected<Terms, Status> plan_branch(const Session& session,
                                                         const Command& command) const;
  [[nodiscard]] int portal_for_branch(const Session& session) const;
  Reply end_added(const Outcome& outcome, const Attempt& attempt, std::uint64_t serial);
  Reply remove_connection(const Command& command);
  void connect_branch(Branch& branch, const Attempt& attempt);
  void rejoin(Session& session, Branch& branch);
  void branch_attempt(Session& session, Branch& branch, Attempt attempt, const Outcome& outcome);
  void drop_branches(const std::function<bool(const Branch&)>& which);
  void run_branches(Session& session);
  Reply load_balance(const Command& command);
  // surface_model_requests.cpp
  Reply send_targets(const Command& command);
  Reply scsi(const Command& command);
  [[nodiscard]] static std::string capacity(std::uint64_t blocks);
  Reply ping(const Command& command);
  // surface_model_records.cpp
  Reply save(const Command& command);
  Reply remove(const Command& command);
  void pump();
  void record_attempt(std::uint64_t number, Attempt attempt, const Outcome& outcome);
  void record_ended(std::uint64_t number, Status status);
  Record* find_record(std::uint64_t number);
  void begin_life();
  // surface_model_mapping.cpp
  [[nodiscard]] std::expected<Place, Status> place_for(const Terms& terms) const;
  [[nodiscard]] static Status check_mapping(const Terms& terms);
  // surface_model.cpp
  void bench_command(const Command& command);
  void set_portal_state(const Command& command);
  void announce_drop(const Command& command, const std::function<bool(const Session&)>& of_target);
  void negotiate(const std::function<bool(const Session&)>& of_target);
  void damage(const Command& command, const std::function<bool(const Session&)>& of_target);
  void change_unit(const Command& command);
  void resize_unit(const Command& command);
  [[nodiscard]] std::vector<Session*> sessions_with(int target);
  [[nodiscard]] bool has_room() const { return sessions.size() < kMaxSessions; }
  void run_events();  // those that are due now
  Reply change_settings(const Command& command);
  [[nodiscard]] std::set<std::string> names_in_use() const;

  Ms now_ = 0;
  std::uint64_t last_record_ = 0, last_session_ = 0;
  std::deque<std::uint64_t> fresh_;
  struct Retry {
    Ms due;
    std::uint64_t record;
  };
  std::deque<Retry> retries_;
  std::optional<Ms> ping_end_;
  std::optional<Attempt> user_;
  std::uint64_t user_joins_ = 0;  // the session to which user_ adds a connection
  std::optional<Reply> user_result_;
};

}  // namespace hbalab::surface
