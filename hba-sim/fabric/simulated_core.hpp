// The state behind SimulatedFabric. Private to this folder.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "hba-sim/fabric/login.hpp"
#include "hba-sim/fabric/scsi.hpp"
#include "hba-sim/fabric/simulated.hpp"

namespace hbalab::fabric {

struct Target;

// Where something listens: one address and TCP port of one network, shared by the targets there.
struct Endpoint;

struct PortalEntry {
  lab::PortalConfig config;
  Portal portal;    // as written
  std::string key;  // portal.canonical()
  Target* target = nullptr;
  Endpoint* endpoint = nullptr;  // null: its name does not resolve
};

struct Endpoint {
  std::string key;  // network and resolved address
  std::string network;
  std::vector<PortalEntry*> portals;
  std::unordered_set<LinkId> links;  // connected ones
};

struct SimSession {
  Target* target = nullptr;
  std::string initiator;
  std::array<std::uint8_t, 6> isid{};
  std::uint16_t tsih = 0;
  std::uint16_t group = 0;
  std::uint32_t max_connections = 1;
  std::chrono::seconds time_to_wait{0}, time_to_retain{0};  // as negotiated
  std::map<std::uint16_t, LinkId> links;                    // by CID
  UnitAttentions attentions;
};

struct Target {
  lab::TargetConfig settings;  // without portals and LUNs
  lab::ChapConfig chap;        // as set, halves included; settings.chap is what is in force
  std::string canonical;
  std::vector<std::unique_ptr<PortalEntry>> portals;  // in the order given
  LunMap luns;
  std::map<std::uint16_t, SimSession> sessions;  // by TSIH
  // Initiator, ISID and portal group to TSIH: at most one session each (RFC 7143 4.4.3).
  std::map<std::string, std::uint16_t> nexuses;
  std::uint16_t last_tsih = 0;
  TargetCounters counters;
};

// A text request whose answer is delayed.
struct HeldText {
  TimerId timer = 0;
  Keys keys;
  std::move_only_function<void(bool, Keys)> done;
};

// What a link has once it is connected.
struct Connection {
  Endpoint* endpoint = nullptr;
  // Known from the first login request on, also while its answer is delayed; null: discovery, or
  // no such target here.
  Target* target = nullptr;
  PortalEntry* portal = nullptr;        // of that target
  std::unique_ptr<LoginProcess> login;  // until full feature phase
  SimSession* session = nullptr;        // normal session, in full feature phase
  std::uint16_t cid = 0;
  bool full_feature = false;
  std::unique_ptr<LoginRequest> held;  // its answer is delayed
  std::move_only_function<void(LoginResponse)> login_done;
  std::map<std::uint64_t, HeldText> held_texts;
  std::move_only_function<void(bool)> logout_done;  // its answer is delayed
};

struct Link {
  std::function<void(const LinkEvent&)> on_event;
  std::move_only_function<void(ConnectResult)> connect_done;  // while connecting
  TimerId timer = 0;
  std::unique_ptr<Connection> connection;
  bool gone = false;  // dropped; its owner is about to be told
};

struct IsnsServer {
  lab::IsnsServerConfig config;
  std::string canonical;
  std::set<IsnsId> registrations;
};

// An initiator's registration with an iSNS server, from its query on.
struct IsnsRegistration {
  IsnsServer* server = nullptr;
  std::string initiator;
  std::move_only_function<void(IsnsTargets)> done;  // until the answer
  std::move_only_function<void()> changed;
  TimerId timer = 0;
};

// What has to be called once the lock is released.
struct Outbox {
  std::vector<std::move_only_function<void()>> calls;
  std::vector<LinkEvent> events;  // dropped ones end their link when they are delivered
  // Links that are over: what their callbacks hold may call the fabric when it is destroyed.
  std::vector<Link> ended;
  std::vector<IsnsRegistration> ended_isns;  // likewise
};

class FabricCore : public std::enable_shared_from_this<FabricCore> {
 public:
  FabricCore(std::shared_ptr<Clock> clock, std::uint64_t seed)
      : clock_(std::move(clock)), random_(seed) {}

  // Runs `action(outbox)` under the lock, then what it left in the outbox without it.
  template <class Action>
  auto locked(Action action) {
    const auto self = shared_from_this();  // a callback may give the fabric away
    Outbox outbox;
    if constexpr (std::is_void_v<decltype(action(outbox))>) {
      {
        const std::lock_guard lock(mutex_);
        action(outbox);
      }
      deliver(outbox);
    } else {
      auto result = [&] {
        const std::lock_guard lock(mutex_);
        return action(outbox);
      }();
      deliver(outbox);
      return result;
    }
  }

  // Everything below is called under the lock.

  // Links (simulated_links.cpp)
  LinkId open(const IpAddress& from, const Portal& to,
              std::function<void(const LinkEvent&)> on_event,
              std::move_only_function<void(ConnectResult)> done, Outbox& outbox);
  void answer_connect(LinkId id, const std::string& key, Outbox& outbox);
  // Runs `action` with the lock and an outbox after `delay`, unless the fabric is gone by then.
  [[nodiscard]] TimerId after(lab::milliseconds delay,
                              std::move_only_function<void(FabricCore&, Outbox&)> action);
  void login(LinkId id, LoginRequest request, std::move_only_function<void(LoginResponse)> done,
             Outbox& outbox);
  void answer_login(LinkId id, Link& link, const LoginRequest& request,
                    std::move_only_function<void(LoginResponse)> done, Outbox& outbox);
  void answer_held_login(LinkId id, Outbox& outbox);
  // The portal through which the connection reaches the target; null: it does not.
  [[nodiscard]] static PortalEntry* portal_to(const Connection& connection, const Target& target);
  // Of the connection, or of its whole session.
  void logout(LinkId id, bool whole_session, std::move_only_function<void(bool)> done,
              Outbox& outbox);
  void answer_logout(LinkId id, bool whole_session, Outbox& outbox);
  // Takes the link out of endpoint and session, and its timer back. The entry in links_ stays.
  void detach(LinkId id, Link& link);
  void drop(LinkId id, Outbox& outbox);  // the owner is told
  void end(LinkId id, Outbox& outbox);   // the owner is not told
  void drop_all(const std::vector<LinkId>& ids, Outbox& outbox);
  [[nodiscard]] Link* usable(LinkId id);  // connected and not gone

  // Requests in full feature phase (simulated_requests.cpp)
  void text(LinkId id, Keys keys, std::move_only_function<void(bool, Keys)> done, Outbox& outbox);
  void answer_held_text(LinkId id, std::uint64_t serial, Outbox& outbox);
  // Nothing: the link is not in full feature phase, and has been dropped for it.
  [[nodiscard]] std::optional<Keys> answer_text(LinkId id, const Keys& keys, Outbox& outbox);
  [[nodiscard]] ScsiResponse answer_scsi(LinkId id, std::uint64_t lun, const Bytes& cdb,
                                         std::uint32_t allocation, Outbox& outbox);
  void send_targets(const Connection& connection, const std::string& value, Keys& answer) const;
  void append_target(const Target& target, const std::string& network, Keys& answer) const;

  // iSNS (simulated_isns.cpp)
  IsnsId query_isns(const IpAddress& from, const IpAddress& server, std::string initiator,
                    std::move_only_function<void(IsnsTargets)> done,
                    std::move_only_function<void()> changed, Outbox& outbox);
  void answer_isns(IsnsId id, Outbox& outbox);
  void end_isns(IsnsId id, Outbox& outbox);
  // Ends every registration with it, and says so to those that are waiting.
  void leave_isns(IsnsServer& server, Outbox& outbox);
  void leave_isns_of(const std::string& network, Outbox& outbox);
  // What a target has registered is about to change, or has changed.
  void isns_changed(const Target& target, Outbox& outbox);
  void isns_changed(const std::string& network, Outbox& outbox);
  [[nodiscard]] IsnsTargets isns_targets(const std::string& network);
  [[nodiscard]] IsnsServer* find_isns_server(std::string_view address);
  Edit put_isns_server(lab::IsnsServerConfig config, Outbox& outbox);

  // Routing (simulated_edit.cpp)
  [[nodiscard]] std::string network_of(const IpAddress& from) const;
  // The numeric address that a name stands for, or the address itself; empty: not resolved.
  [[nodiscard]] std::string resolve(const IpAddress& address) const;
  [[nodiscard]] static std::string endpoint_key(const std::string& network,
                                                const std::string& address, std::uint16_t socket);
  [[nodiscard]] EchoResult echo(const IpAddress& from, const IpAddress& to) const;
  [[nodiscard]] Target* find_target(std::string_view name);
  [[nodiscard]] const Target* find_target(std::string_view name) const;
  [[nodiscard]] bool network_is_up(const std::string& network) const {
    return !down_.contains(network);
  }

  // Changes (simulated_edit.cpp)
  Edit add_target(lab::TargetConfig config, Outbox& outbox);
  Edit remove_target(std::string_view name, Outbox& outbox);
  Edit put_portal(Target& target, const lab::PortalConfig& config, Outbox& outbox);
  void attach_portal(PortalEntry& entry);
  // Drops the links that go through the portal, also those that have not said yet to whom they
  // want.
  void detach_portal(PortalEntry& entry, Outbox& outbox);
  void drop_unserved(Endpoint& endpoint, const PortalEntry& entry, Outbox& outbox);
  void move_portals_of(const std::string& host, Outbox& outbox);
  // The target's units are others than before; every session is told.
  void inventory_changed(Target& target, Outbox& outbox) const;
  // Sets a unit that the target has.
  static void set_lun(Target& target, lab::LunConfig& unit, lab::LunConfig config);
  void tell_sessions(const Target& target, LinkEvent::Kind kind, Outbox& outbox) const;
  [[nodiscard]] std::vector<LinkId> links_of(const Target& target) const;
  [[nodiscard]] std::set<std::string> network_names() const;

  std::shared_ptr<Clock> clock_;
  mutable std::mutex mutex_;  // guards everything below; the clock's lock may be taken under it
  std::mt19937_64 random_;
  LinkId last_link_ = 0;
  std::unordered_map<LinkId, Link> links_;
  std::map<std::string, std::unique_ptr<Target>> targets_;                // by canonical name
  std::unordered_map<std::string, std::unique_ptr<Endpoint>> endpoints_;  // by Endpoint::key
  std::map<std::string, lab::HostConfig> hosts_;                          // by lower-case name
  std::unordered_map<std::string, std::string> plugged_;  // initiator address to network
  std::set<std::string> added_networks_, down_;
  std::map<std::string, std::unique_ptr<IsnsServer>> isns_servers_;  // by canonical address
  std::unordered_map<IsnsId, IsnsRegistration> isns_registrations_;
  std::unordered_map<std::string, IsnsTargets> isns_targets_;  // by network; what is registered now
  IsnsId last_isns_ = 0;
  std::uint16_t last_discovery_tsih_ = 0;
  std::uint64_t last_text_ = 0;

 private:
  void deliver(Outbox& outbox);
  void deliver_event(const LinkEvent& event);
};

}  // namespace hbalab::fabric
