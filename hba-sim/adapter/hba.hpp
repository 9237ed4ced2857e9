// The simulated HBA as its firmware presents it to a driver. The miniport is thin: it translates
// WMI blocks to these calls and back.
//
// Threads: every member function is called under the HBA lock (the driver's StartIo lock), and
// every callback and hook runs under it, inside the call or later. What comes from outside (clock,
// NVRAM, fabric) gets in through HbaOptions::enter.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "hba-sim/adapter/hba_discovered.hpp"
#include "hba-sim/adapter/login_store.hpp"
#include "hba-sim/adapter/nvram.hpp"
#include "hba-sim/adapter/port_address.hpp"
#include "hba-sim/adapter/settings.hpp"
#include "hba-sim/adapter/statistics.hpp"
#include "hba-sim/clock.hpp"
#include "hba-sim/fabric/fabric.hpp"
#include "hba-sim/lab/config.hpp"
#include "hba-sim/types.hpp"
#include "iscsiop/enums.hpp"
#include "iscsiop/status.hpp"

namespace hbalab::adapter {

using OperationId = std::uint64_t;  // 0: completed inside the call

// LoginToTarget with PersistentLogin FALSE, and what a persistent login turns into.
struct LoginCommand {
  PersistentLogin login;           // the same members; `port` any picks one by routing
  std::uint32_t session_type = 2;  // LOGINSESSIONTYPE
  bool from_persistent = false;
};
struct LoginOutcome {
  iscsi::IsdscStatus status = iscsi::ISDSC_SUCCESS;
  SessionId session;
  ConnectionId connection;
};

struct ConnectionInfo {  // ISCSI_ConnectionStaticInfo
  ConnectionId id;
  std::uint16_t cid = 0;
  std::uint8_t state = 0;  // ISCSI_CONNECTION_STATE_TYPE
  bool header_digest = false, data_digest = false;
  std::uint32_t max_recv_data_segment_length = 0;
  std::uint32_t auth_type = 0;
  IpAddress local_address;
  std::uint32_t local_port = 0;
  IpAddress remote_address;
  std::uint32_t remote_port = 0;
  std::uint64_t estimated_throughput = 0;
  std::uint32_t max_datagram_size = 0;
  fabric::LinkId link = 0;  // under which it is counted
  Portal asked;             // what the login was given; a redirect leads elsewhere
  bool redirected = false, redirect_temporary = false;
};

struct PingCommand {  // PingIPAddress
  std::uint32_t count = 1;
  std::uint32_t bytes = 32;
  std::chrono::milliseconds timeout{1000};  // of each request
  IpAddress address;
};

struct PathInfo {  // ISCSI_Path: a connection as load balancing sees it
  enum class Status : std::uint32_t { connected = 1, disconnected = 2, reconnecting = 3 };
  ConnectionId id;
  std::uint64_t link_speed = 0;  // bits per second
  std::uint32_t weight = 0;
  bool primary = false;
  Status status = Status::connected;
};

struct SessionInfo {  // ISCSI_SessionStaticInfo, and what the target mapping shows of it
  SessionId id;
  std::u16string initiator_name, target_name;
  std::uint16_t tsid = 0;
  std::array<std::uint8_t, 6> isid{};
  bool initial_r2t = true, immediate_data = false;
  std::uint8_t type = 0;  // ISCSI_SESSION_TYPE
  bool data_sequence_in_order = true, data_pdu_in_order = true;
  std::uint8_t error_recovery_level = 0;
  std::uint32_t max_outstanding_r2t = 1, first_burst_length = 0, max_burst_length = 0,
                max_connections = 1;
  std::vector<ConnectionInfo> connections;
  bool from_persistent = false;
  bool connected = true;                  // false: lost, being reconnected
  bool mapped = false;                    // shows LUNs to the port driver
  std::optional<std::uint16_t> group;     // TargetPortalGroupTag
  std::uint32_t load_balance_policy = 2;  // MSiSCSI_LB_POLICY: round robin
  std::uint8_t os_bus = 0, os_target = 0;
  struct Lun {
    std::uint64_t target_lun = 0;
    std::uint8_t os_lun = 0;
  };
  std::vector<Lun> luns;
};

struct PortInfo {  // ISCSI_PortalInfo of an initiator portal
  std::uint32_t index = 0;
  IpAddress address;
  std::uint32_t tcp_port = 0;
  std::uint16_t portal_tag = 0;
  bool link_up = true;
  MacAddress mac{};
  std::uint64_t link_speed = 0, max_link_speed = 0;  // bits a second
};

// A LUN that the port driver can address.
struct DeviceInfo {
  ScsiAddress address;
  SessionId session;
  std::uint64_t target_lun = 0;
};

// What the hardware reports of failures.
struct SessionFailed {  // MSiSCSI_InitiatorInstanceFailureEvent
  SessionFailure type = SessionFailure::SessionCxnTimeoutError;
  std::u16string remote_name;
};
struct NodeFailed {        // MSiSCSI_InitiatorNodeFailureEvent: a login or logout
  std::uint64_t time = 0;  // as Clock::system_time
  LoginFailure type = LoginFailure::LoginOtherFail;
  std::u16string target_name;
  IpAddress address;
};
struct LogEntry {  // MSiSCSI_Eventlog
  iscsi::ISCSI_EVENTLOG_TYPE type = iscsi::ISCSI_ERR_CONNECTION_LOST;
};
using Notice = std::variant<SessionFailed, NodeFailed, LogEntry>;

// Where the operating system sees a target.
struct OsTarget {
  std::uint8_t bus = 0;
  std::uint8_t target = 0;
  auto operator<=>(const OsTarget&) const = default;
};

// What the hardware tells its driver (interrupts).
struct DriverHooks {
  std::function<void(OsTarget)> units_changed;  // devices of a target came or went
  // The set of discovered targets changed: MSiSCSI_AdapterEvent.
  std::function<void()> targets_changed;
  std::function<void(const Notice&)> notice = {};
};

struct HbaOptions {
  lab::AdapterConfig config;
  std::filesystem::path state_dir;  // nvram-NAME.sqlite3 lies here
  std::shared_ptr<fabric::Fabric> fabric;
  std::shared_ptr<Clock> clock;
  std::uint64_t seed = 1;
  Nvram::Enter enter;  // AdapterLock::enter of this adapter
};

class Hba {
 public:
  // Opens the NVRAM. Errors say what is wrong with which file. Create and destroy without the HBA
  // lock (both may wait for the NVRAM); stop() comes before the end, and whatever `enter` refers to
  // lives on until the clock and the fabric have let go of their callbacks.
  [[nodiscard]] static std::expected<std::unique_ptr<Hba>, std::string> create(HbaOptions options);
  virtual ~Hba() = default;

  [[nodiscard]] virtual const lab::AdapterConfig& config() const = 0;
  [[nodiscard]] virtual std::uint64_t unique_adapter_id() const = 0;
  // What SetGenerationalGuid set last; zero before.
  [[nodiscard]] virtual std::array<std::uint8_t, 16> generational_guid() const = 0;
  [[nodiscard]] virtual std::vector<PortInfo> ports() const = 0;
  // The address that a port of ports() has once `settings` are in force.
  [[nodiscard]] virtual IpAddress port_address(const AdapterSettings& settings,
                                               std::uint32_t port) const = 0;
  // What logins use that name no node, and what is used while SetInitiatorNodeName has named none.
  [[nodiscard]] virtual std::u16string initiator_name() const = 0;
  [[nodiscard]] virtual std::u16string factory_name() const = 0;

  // Power on (DriverEntry and every reset): connects the hooks; nothing is logged in yet.
  virtual void start(DriverHooks hooks) = 0;
  // Begins discovery, and logs in to every stored persistent login, in parallel, each with its own
  // deadline, tried again at the retry interval until it is there, removed, or the adapter stops.
  virtual void begin() = 0;
  // Reset line: every session and operation ends (their callbacks say ISDSC_TRANSPORT_ERROR), state
  // in RAM is lost, NVRAM is kept; hooks are disconnected. start() comes next.
  virtual void stop() = 0;

  [[nodiscard]] virtual LoginStore& logins() = 0;
  [[nodiscard]] virtual SettingsStore& settings() = 0;
  // What was counted since start().
  [[nodiscard]] virtual const Statistics& statistics() const = 0;
  // A thread that waits commits pending writes of the NVRAM; false: there was nothing to do. Who
  // says beforehand that it will come, with begin_help, saves waking the NVRAM's own. Called
  // WITHOUT the lock.
  virtual void begin_help() = 0;
  virtual bool end_help() = 0;
  bool help() {
    begin_help();
    return end_help();
  }

  virtual OperationId login(LoginCommand command,
                            std::move_only_function<void(LoginOutcome)> done) = 0;
  virtual OperationId logout(SessionId session,
                             std::move_only_function<void(iscsi::IsdscStatus)> done) = 0;
  // SendTargets text request on a session; `text` is "All", a target name or "" (this target).
  virtual OperationId send_targets(
      SessionId session, std::string text,
      std::move_only_function<void(iscsi::IsdscStatus, Bytes response)> done) = 0;
  // A SCSI command to a LUN of a session (REPORT LUNS goes to LUN 0).
  virtual OperationId scsi(
      SessionId session, std::uint64_t lun, Bytes cdb, std::uint32_t allocation,
      std::move_only_function<void(iscsi::IsdscStatus, fabric::ScsiResponse)> done) = 0;
  // A further connection of a session: of `login` only port, portal, options, credentials and key
  // count. CID and TSIH are the adapter's affair.
  virtual OperationId add_connection(
      SessionId session, PersistentLogin login,
      std::move_only_function<void(iscsi::IsdscStatus, ConnectionId)> done) = 0;
  virtual OperationId remove_connection(SessionId session, ConnectionId connection,
                                        std::move_only_function<void(iscsi::IsdscStatus)> done) = 0;
  // The connections of a session that load balancing knows, the leading one first, also those that
  // are lost at present.
  [[nodiscard]] virtual std::vector<PathInfo> paths(SessionId session) const = 0;
  // Of the paths id, weight and primary count. Kept for as long as the session.
  virtual iscsi::IsdscStatus set_load_balance(SessionId session, std::uint32_t policy,
                                              std::span<const PathInfo> paths) = 0;
  // Sends echo requests from the port that routing chooses, one after the other; `received`: how
  // many were answered in time. ISDSC_SUCCESS also when none was.
  virtual OperationId ping(
      PingCommand command,
      std::move_only_function<void(iscsi::IsdscStatus, std::uint32_t received)> done) = 0;
  // Ends an operation early; its callback runs with ISDSC_TRANSPORT_ERROR inside the call.
  virtual void cancel(OperationId operation) = 0;

  [[nodiscard]] virtual std::size_t session_count() const = 0;
  // By session id, ascending. References are valid inside the call only.
  virtual void for_each_session(const std::function<void(const SessionInfo&)>& visit) const = 0;
  // Sessions have that node name (canonical), or will: of logins under way.
  [[nodiscard]] virtual bool uses_node_name(const std::string& name) const = 0;
  // What every mechanism of discovery told, by name.
  [[nodiscard]] virtual std::vector<DiscoveredTarget> discovered_targets() const = 0;
  // Buses of the operating system's addresses, and the LUNs behind one of them, ascending.
  [[nodiscard]] virtual std::uint32_t buses() const = 0;
  [[nodiscard]] virtual std::vector<std::uint8_t> units(OsTarget place) const = 0;
  [[nodiscard]] virtual std::optional<DeviceInfo> device(ScsiAddress address) const = 0;

  // Bench controls (lab/adapters/NAME).
  virtual void set_link(std::uint32_t port, bool up) = 0;
  virtual void set_port_address(std::uint32_t port, const IpAddress& address) = 0;
  // What the switch at the other end agrees to; not above the port's own maximum.
  virtual void set_link_speed(std::uint32_t port, std::uint64_t bits_a_second) = 0;
  virtual void set_mac(std::uint32_t port, const MacAddress& mac) = 0;
  [[nodiscard]] virtual Nvram& nvram() = 0;
  // Degraded: works all the same. Critical: keeps the sessions that it has and takes no further
  // ones. Failed: has lost its sessions and does nothing any more.
  [[nodiscard]] virtual iscsi::ISCSI_HBA_STATUS health() const = 0;
  virtual void set_health(iscsi::ISCSI_HBA_STATUS health) = 0;
  // The newest removal of a persistent login that found none, for whoever wonders why.
  [[nodiscard]] virtual const std::optional<RemoveFilter>& missed_removal() const = 0;
  virtual void set_missed_removal(RemoveFilter filter) = 0;
  // Units that are open on this side; sessions that have one of them cannot be logged out.
  [[nodiscard]] virtual const std::vector<lab::HeldDevice>& devices_in_use() const = 0;
  virtual void set_devices_in_use(std::vector<lab::HeldDevice> devices) = 0;
};

}  // namespace hbalab::adapter
