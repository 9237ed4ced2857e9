// One login from connect to full feature phase (RFC 7143 6.3): ports in order, redirects, security
// stage, operational stage, deadline. A machine runs once and ends in exactly one call of
// LoginHost::finished, or silently by abort().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hba-sim/adapter/chap.hpp"
#include "hba-sim/adapter/hba_gate.hpp"
#include "hba-sim/adapter/login_keys.hpp"
#include "hba-sim/clock.hpp"
#include "hba-sim/fabric/fabric.hpp"
#include "hba-sim/types.hpp"
#include "iscsiop/status.hpp"

namespace hbalab::adapter {

using Isid = std::array<std::uint8_t, 6>;

// An initiator port that a login may use.
struct LoginPath {
  std::uint32_t port = 0;
  IpAddress address;
  Isid isid{};
};

// What to log in to and how; kept by the session, which logs in again with it.
struct LoginPlan {
  std::string initiator_name, initiator_alias, target_name;  // as they go over the wire
  std::uint8_t session_type = 2;                             // LOGINSESSIONTYPE
  Portal portal;
  std::vector<LoginPath> paths;  // in the order of trial
  OperationalOffer offer;
  ChapCredentials chap;
  std::uint16_t tsih = 0, cid = 0;  // of the session to join; TSIH 0 makes a new one
  [[nodiscard]] bool discovery() const { return session_type == 0; }
};

// Where the events of a link go; handed on from the login to the session. Under the HBA lock.
struct LinkSink {
  std::function<void(const fabric::LinkEvent&)> handler;
};

struct LoginReport {
  iscsi::IsdscStatus status = iscsi::ISDSC_SUCCESS;
  Portal portal;  // where the connection goes, or the last attempt went
  // Without success:
  LoginFailureInfo failure;
  // On success:
  fabric::LinkId link = 0;
  std::shared_ptr<LinkSink> sink;
  LoginPath path;
  std::optional<Portal> moved_permanently;              // where later logins should go
  bool redirected = false, redirect_temporary = false;  // the last redirect
  Negotiated result;
  ChapCredentials::Kind auth = ChapCredentials::Kind::none;
  std::uint16_t tsih = 0;
  std::optional<std::uint16_t> group;  // TargetPortalGroupTag
  std::string target_alias;            // as it came over the wire
};

class LoginMachine;

class LoginHost {
 public:
  virtual ~LoginHost() = default;
  // Ports change while others are tried: gives the path its port's address as it is now. False: the
  // port has no link.
  virtual bool renew_path(LoginPath& path) const = 0;
  // Whether this login may use the path: ISDSC_SUCCESS, or what ends it.
  virtual iscsi::IsdscStatus check_path(LoginMachine& machine, const LoginPath& path) = 0;
  // Before the request that can open full feature phase: ISDSC_SUCCESS, or what ends it.
  virtual iscsi::IsdscStatus may_commit(LoginMachine& machine, const LoginPath& path,
                                        std::optional<std::uint16_t> group) = 0;
  virtual void finished(LoginMachine& machine, LoginReport report) = 0;
};

class LoginMachine : public std::enable_shared_from_this<LoginMachine> {
 public:
  static constexpr int kMaxRedirects = 4;
  static constexpr int kMaxRounds = 32;

  LoginMachine(LoginHost& host, std::shared_ptr<Gate> gate, fabric::Fabric& fabric, Clock& clock,
               ChallengeBook& book, LoginPlan plan, TimePoint deadline);
  ~LoginMachine();
  LoginMachine(const LoginMachine&) = delete;
  LoginMachine& operator=(const LoginMachine&) = delete;

  // May finish inside the call.
  void start();
  // Closes what is open; the host hears nothing any more.
  void abort();
  // The port lost its link or changed its address: an attempt over it ends.
  void port_lost(std::uint32_t port);

  [[nodiscard]] const LoginPlan& plan() const { return plan_; }

 private:
  enum class Stage {
    idle,
    connecting,
    auth_offered,
    auth_algorithm,
    auth_response,
    auth_closing,
    operational
  };

  template <typename Step>
  auto later(Step step);
  void next_path();
  void connect(const LoginPath& path);
  void on_connected(fabric::ConnectResult result);
  void on_connect_share_over();
  void on_deadline();
  void on_event(const fabric::LinkEvent& event);
  void send(fabric::Keys keys, bool transit);
  void on_response(const fabric::LoginResponse& response);
  void security(const fabric::LoginResponse& response);
  void auth_chosen(const fabric::LoginResponse& response);
  void begin_operational();
  void operational(const fabric::LoginResponse& response);
  void redirect(const fabric::LoginResponse& response);
  [[nodiscard]] bool follows_rules(const fabric::LoginResponse& response) const;
  [[nodiscard]] fabric::Keys first_keys() const;
  void succeed();
  void fail(iscsi::IsdscStatus status, LoginFailureInfo failure);
  void fail(LoginTrouble trouble) { fail(trouble_status(trouble), trouble_failure(trouble)); }
  void drop_link();
  void cancel_timers();

  LoginHost& host_;
  const std::shared_ptr<Gate> gate_;
  fabric::Fabric& fabric_;
  Clock& clock_;
  ChallengeBook& book_;
  LoginPlan plan_;  // its paths follow their ports
  const TimePoint deadline_;
  Negotiation negotiation_;
  std::optional<ChapExchange> chap_;
  Portal portal_;
  std::optional<Portal> moved_permanently_;
  std::shared_ptr<LinkSink> sink_;
  fabric::LinkId link_ = 0;
  std::size_t path_ = 0;
  std::uint64_t serial_ = 0;  // what was asked under an older number is answered too late
  TimerId deadline_timer_ = 0, share_timer_ = 0;
  Stage stage_ = Stage::idle;
  bool asked_transit_ = false;
  bool redirect_temporary_ = false;
  int redirects_ = 0, rounds_ = 0;
  std::uint16_t tsih_ = 0;
  std::optional<std::uint16_t> group_;
  std::string target_alias_;
  ChapCredentials::Kind auth_ = ChapCredentials::Kind::none;
  iscsi::IsdscStatus last_status_ = iscsi::ISDSC_CONNECTION_FAILED;
};

}  // namespace hbalab::adapter
