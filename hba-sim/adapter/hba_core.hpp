// The firmware: composes logins, sessions, mapping and NVRAM behind the Hba interface. Everything
// here runs under the HBA lock; see hba_gate.hpp for how callbacks get back in.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "hba-sim/adapter/chap.hpp"
#include "hba-sim/adapter/hba.hpp"
#include "hba-sim/adapter/hba_gate.hpp"
#include "hba-sim/adapter/hba_ids.hpp"
#include "hba-sim/adapter/hba_persistent.hpp"
#include "hba-sim/adapter/isns_client.hpp"
#include "hba-sim/adapter/login_machine.hpp"
#include "hba-sim/adapter/mapping.hpp"
#include "hba-sim/adapter/session.hpp"

namespace hbalab::adapter {

class HbaCore final : public Hba, private LoginHost {
 public:
  // `nvram` is open; reads or makes the adapter's identity in it.
  [[nodiscard]] static std::expected<std::unique_ptr<Hba>, std::string> create(
      HbaOptions options, std::unique_ptr<Nvram> nvram);
  ~HbaCore() override;

  const lab::AdapterConfig& config() const override { return options_.config; }
  std::uint64_t unique_adapter_id() const override { return adapter_id_; }
  std::array<std::uint8_t, 16> generational_guid() const override;
  std::vector<PortInfo> ports() const override;
  IpAddress port_address(const AdapterSettings& settings, std::uint32_t port) const override;
  std::u16string initiator_name() const override;
  std::u16string factory_name() const override;
  void start(DriverHooks hooks) override;
  void begin() override;
  void stop() override;
  LoginStore& logins() override { return *store_; }
  SettingsStore& settings() override { return settings_; }
  const Statistics& statistics() const override { return *statistics_; }
  void begin_help() override { nvram_->begin_help(); }
  bool end_help() override { return nvram_->end_help(); }
  OperationId login(LoginCommand command,
                    std::move_only_function<void(LoginOutcome)> done) override;
  OperationId logout(SessionId session,
                     std::move_only_function<void(iscsi::IsdscStatus)> done) override;
  OperationId send_targets(
      SessionId session, std::string text,
      std::move_only_function<void(iscsi::IsdscStatus, Bytes response)> done) override;
  OperationId scsi(
      SessionId session, std::uint64_t lun, Bytes cdb, std::uint32_t allocation,
      std::move_only_function<void(iscsi::IsdscStatus, fabric::ScsiResponse)> done) override;
  OperationId add_connection(
      SessionId session, PersistentLogin login,
      std::move_only_function<void(iscsi::IsdscStatus, ConnectionId)> done) override;
  OperationId remove_connection(SessionId session, ConnectionId connection,
                                std::move_only_function<void(iscsi::IsdscStatus)> done) override;
  std::vector<PathInfo> paths(SessionId session) const override;
  iscsi::IsdscStatus set_load_balance(SessionId session, std::uint32_t policy,
                                      std::span<const PathInfo> paths) override;
  OperationId ping(
      PingCommand command,
      std::move_only_function<void(iscsi::IsdscStatus, std::uint32_t received)> done) override;
  void cancel(OperationId operation) override;
  std::size_t session_count() const override { return sessions_.size(); }
  void for_each_session(const std::function<void(const SessionInfo&)>& visit) const override;
  [[nodiscard]] bool uses_node_name(const std::string& name) const override;
  std::vector<DiscoveredTarget> discovered_targets() const override { return discovered_.all(); }
  std::uint32_t buses() const override { return places_.buses(); }
  std::vector<std::uint8_t> units(OsTarget place) const override;
  std::optional<DeviceInfo> device(ScsiAddress address) const override;
  void set_link(std::uint32_t port, bool up) override;
  void set_port_address(std::uint32_t port, const IpAddress& address) override;
  void set_link_speed(std::uint32_t port, std::uint64_t bits_a_second) override;
  void set_mac(std::uint32_t port, const MacAddress& mac) override;
  Nvram& nvram() override { return *nvram_; }
  const std::optional<RemoveFilter>& missed_removal() const override { return missed_removal_; }
  void set_missed_removal(RemoveFilter filter) override { missed_removal_ = std::move(filter); }
  iscsi::ISCSI_HBA_STATUS health() const override { return health_; }
  void set_health(iscsi::ISCSI_HBA_STATUS health) override;
  const std::vector<lab::HeldDevice>& devices_in_use() const override { return devices_in_use_; }
  void set_devices_in_use(std::vector<lab::HeldDevice> devices) override {
    devices_in_use_ = std::move(devices);
  }

 private:
  using Status = iscsi::IsdscStatus;
  using LoginDone = std::move_only_function<void(LoginOutcome)>;
  using LogoutDone = std::move_only_function<void(Status)>;
  using TextDone = std::move_only_function<void(Status, Bytes)>;
  using ScsiDone = std::move_only_function<void(Status, fabric::ScsiResponse)>;
  using ConnectionDone = std::move_only_function<void(Status, ConnectionId)>;
  using PingDone = std::move_only_function<void(Status, std::uint32_t)>;
  // What the driver waits for. Exactly one completion: whoever takes it out of operations_ makes
  // it.
  struct Operation {
    std::variant<LoginDone, LogoutDone, TextDone, ScsiDone, ConnectionDone, PingDone> done;
    LoginMachine* machine = nullptr;  // a login under way
    SessionId session;                // what it is about, once there is one
    TimerId timer = 0;
    fabric::LinkId link = 0;  // that a SCSI command went out on
  };
  struct Ping {
    PingCommand command;
    std::uint32_t port = 0, left = 0, received = 0;
  };
  // A login under way, whoever wants it.
  struct Attempt {
    std::shared_ptr<LoginMachine> machine;
    OperationId operation = 0;                   // a driver's LoginToTarget
    std::optional<LoginStore::RecordId> record;  // a persistent login
    std::shared_ptr<Session> session;            // one that was lost, or that is joined
    std::shared_ptr<Branch> branch;              // the connection that joins it
    TimePoint deadline;
    TargetMapping mapping;
    bool from_persistent = false;
    std::optional<OsTarget> place;  // reserved when committed
    std::string committed;  // nexus key and group, while no other login of that nexus may pass
    bool counted = false;   // among committing_
  };

  HbaCore(HbaOptions options, std::unique_ptr<Nvram> nvram);
  void take_identity(const std::optional<Bytes>& stored);  // as the NVRAM has it
  // What the lab file puts into a new NVRAM.
  [[nodiscard]] std::expected<void, std::string> store_initial_logins();
  void damage_security_cache();

  // hba_faults.cpp
  void apply_faults(const lab::AdapterFaults& faults);
  [[nodiscard]] bool failed() const { return health_ == iscsi::ISCSI_HBA_STATUS_FAILED; }
  void give_up_everything();
  [[nodiscard]] bool in_use(const Session& session) const;

  // hba_ports.cpp
  void make_ports();
  [[nodiscard]] IpAddress configured_address(const PortSettings& settings,
                                             std::uint32_t port) const;
  void apply_port_settings(const AdapterSettings& before);

  // hba_discovery.cpp
  void make_isns_client();
  void begin_discovery();
  void apply_discovery_settings(const AdapterSettings& before);

  // hba_ipsec.cpp: success for a login that does not ask for IPsec.
  [[nodiscard]] Status check_ipsec(const PersistentLogin& login) const;

  // hba_login.cpp
  std::expected<LoginPlan, Status> make_plan(const LoginCommand& command) const;
  Status take_credentials(const PersistentLogin& login, LoginPlan& plan) const;
  std::expected<std::vector<LoginPath>, Status> make_paths(const PersistentLogin& login,
                                                           const Portal& portal,
                                                           bool discovery) const;
  Isid make_isid(std::uint32_t port, std::uint16_t qualifier, bool discovery) const;
  Status begin_attempt(LoginCommand command, Attempt attempt);
  void launch(LoginPlan plan, Attempt attempt);
  bool try_persistent(LoginStore::RecordId record);
  void abandon_persistent(LoginStore::RecordId record);
  bool renew_path(LoginPath& path) const override;
  Status check_path(LoginMachine& machine, const LoginPath& path) override;
  Status may_commit(LoginMachine& machine, const LoginPath& path,
                    std::optional<std::uint16_t> group) override;
  void finished(LoginMachine& machine, LoginReport report) override;
  // Whether the target would keep the initiator port's other sessions.
  Status may_take(const std::string& nexus, std::optional<std::uint16_t> group,
                  const Attempt& attempt, const LoginPlan& plan) const;
  Status reserve_place(Attempt& attempt, const LoginPlan& plan);
  void uncommit(Attempt& attempt);
  void drop_attempt(LoginMachine* machine);
  void report_login_failure(const LoginMachine& machine, const LoginReport& report);
  std::shared_ptr<Session> open_session(const Attempt& attempt, const LoginReport& report);
  bool has_room() const;

  // hba_session.cpp
  void connect_session(const std::shared_ptr<Session>& session, const LoginReport& report);
  void on_link_event(Session& session, const fabric::LinkEvent& event);
  // Why a session lost its connection; nothing: the target had asked for the logout.
  using Loss = std::optional<SessionFailure>;
  void lose(const std::shared_ptr<Session>& session, Loss loss);
  void report_loss(const Session& session, SessionFailure failure);
  void on_damage(const std::shared_ptr<Session>& session, const ConnectionInfo& connection,
                 bool header);
  void hold_off(Session& session, const fabric::LinkEvent& event) const;
  void reconnect_at(const std::shared_ptr<Session>& session, TimePoint time);
  void reconnect(const std::shared_ptr<Session>& session);
  void reconnect_ended(const std::shared_ptr<Session>& session, const LoginReport& report);
  void remove_devices(Session& session);
  void scan(const std::shared_ptr<Session>& session);
  void on_scan(const std::shared_ptr<Session>& session, fabric::ScsiResponse response);
  void scan_failed(const std::shared_ptr<Session>& session);
  void begin_logout(const std::shared_ptr<Session>& session);
  void logged_out(const std::shared_ptr<Session>& session, bool answered);
  void end_session(const std::shared_ptr<Session>& session);
  void cut(Session& session);  // closes the link and stops its timers
  void login_scanned(Session& session);
  void fail_operations(Session& session, Status status);
  void port_changed(std::uint32_t port);
  void cancel_timer(TimerId& timer);
  [[nodiscard]] std::shared_ptr<Session> session_at(OsTarget place) const;  // mapped
  void announce_targets();
  void announce_units(const Session& session);
  void notify(Notice notice);
  void log(iscsi::ISCSI_EVENTLOG_TYPE type) { notify(LogEntry{type}); }
  void node_failed(LoginFailure type, const std::string& target, const Portal& portal);

  // hba_connections.cpp
  template <typename Step>
  auto for_branch(const std::shared_ptr<Session>& session, const std::shared_ptr<Branch>& branch,
                  Step step);
  Portal portal_for_branch(const Session& session) const;
  std::expected<LoginPlan, Status> make_branch_plan(const Session& session,
                                                    PersistentLogin login) const;
  void join(const std::shared_ptr<Session>& session, const std::shared_ptr<Branch>& branch);
  Status may_join(const Session& session, std::optional<std::uint16_t> group) const;
  void join_ended(const std::shared_ptr<Session>& session, const std::shared_ptr<Branch>& branch,
                  const LoginReport& report);
  void connect_branch(const std::shared_ptr<Session>& session,
                      const std::shared_ptr<Branch>& branch, const LoginReport& report);
  void on_branch_event(const std::shared_ptr<Session>& session,
                       const std::shared_ptr<Branch>& branch, const fabric::LinkEvent& event);
  void lose_branch(const std::shared_ptr<Session>& session, const std::shared_ptr<Branch>& branch);
  void rejoin_at(const std::shared_ptr<Session>& session, const std::shared_ptr<Branch>& branch,
                 TimePoint time);
  void rejoin(const std::shared_ptr<Session>& session, const std::shared_ptr<Branch>& branch);
  void rejoin_all(const std::shared_ptr<Session>& session);
  void branch_port_changed(std::uint32_t port);
  void fail_link(Session& session, fabric::LinkId link);
  void cut(Branch& branch);
  void suspend_branches(const std::shared_ptr<Session>& session);
  void begin_removal(const std::shared_ptr<Session>& session,
                     const std::shared_ptr<Branch>& branch);
  void end_branch(const std::shared_ptr<Session>& session, const std::shared_ptr<Branch>& branch,
                  Status status);
  void cancel_branch(const std::shared_ptr<Session>& session, OperationId operation);
  static void list_connections(Session& session);

  // hba_ping.cpp
  std::expected<std::uint32_t, Status> port_for_ping(const IpAddress& to) const;
  void send_ping(OperationId id);

  // hba_paths.cpp
  fabric::LinkId route(Session& session);

  // hba_operations.cpp
  void add_session_operation(OperationId id, Operation operation, Session& session);
  std::optional<Operation> take_operation(OperationId id);
  static void complete(Operation operation, Status status);
  void renegotiate(const std::shared_ptr<Session>& session, fabric::LinkId link);
  void renegotiated(Session& session, fabric::LinkId link, std::uint32_t length);
  void on_text(OperationId id, bool answered, fabric::Keys keys, bool complete_list);

  template <typename Step>
  auto for_session(const std::shared_ptr<Session>& session, Step step) {
    return guarded(gate_, std::weak_ptr(session), [this, step](Session& held, auto... arguments) {
      // An ended session may be held by a call that is still running.
      if (const auto shared = sessions_.find(held.info.id)) step(shared, std::move(arguments)...);
    });
  }

  HbaOptions options_;
  std::unique_ptr<Nvram> nvram_;
  std::unique_ptr<LoginStore> store_;
  SettingsStore settings_;
  std::shared_ptr<Statistics> statistics_ = std::make_shared<Statistics>();
  std::uint64_t adapter_id_ = 0;
  std::string factory_name_;
  std::vector<PortInfo> ports_;
  RecordList records_;
  iscsi::ISCSI_HBA_STATUS health_ = iscsi::ISCSI_HBA_STATUS_WORKING;
  std::optional<RemoveFilter> missed_removal_;
  std::vector<lab::HeldDevice> devices_in_use_;

  // One life.
  std::shared_ptr<Gate> gate_;
  DriverHooks hooks_;
  std::optional<IdAllocator> ids_;
  ChallengeBook challenges_;
  DiscoveredTargets discovered_;
  OsTargetMap places_;
  SessionTable sessions_;
  std::unordered_map<LoginMachine*, Attempt> attempts_;
  std::unordered_map<LoginStore::RecordId, LoginMachine*> record_attempts_;
  std::unordered_set<std::string> committed_;  // Attempt::committed of those that may open one now
  std::size_t committing_ = 0;                 // new sessions among them
  std::map<OperationId, Operation> operations_;
  std::map<OperationId, Ping> pings_;
  OperationId next_operation_ = 1;  // never used again, also not after a reset
  bool targets_dirty_ = false;
  std::set<OsTarget> units_dirty_;
  std::unique_ptr<PersistentLogins> persistent_;
  std::unique_ptr<IsnsClient> isns_;
};

}  // namespace hbalab::adapter
