// The target's side of one login: a state machine over login requests (RFC 7143 chapters 6
// and 11.12, 11.13) that knows nothing of links, so that it can be tested request by request.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hba-sim/fabric/chap.hpp"
#include "hba-sim/fabric/fabric.hpp"
#include "hba-sim/fabric/negotiation.hpp"
#include "hba-sim/lab/config.hpp"

namespace hbalab::fabric {

// Status-Class in the high byte, Status-Detail in the low one (RFC 7143 11.13.5).
enum class LoginStatus : std::uint16_t {
  success = 0x0000,
  moved_temporarily = 0x0101,
  moved_permanently = 0x0102,
  initiator_error = 0x0200,
  authentication_failure = 0x0201,
  authorization_failure = 0x0202,
  not_found = 0x0203,
  target_removed = 0x0204,
  unsupported_version = 0x0205,
  too_many_connections = 0x0206,
  missing_parameter = 0x0207,
  cannot_include_in_session = 0x0208,
  session_type_not_supported = 0x0209,
  session_does_not_exist = 0x020A,
  invalid_during_login = 0x020B,
  target_error = 0x0300,
  service_unavailable = 0x0301,
  out_of_resources = 0x0302,
};

// The status that TargetConfig::login_refusal stands for; nothing for "".
[[nodiscard]] std::optional<LoginStatus> refusal_status(std::string_view refusal);

// What a login needs to know of the target, taken when it begins: a change while it runs applies to
// the next one.
struct LoginTarget {
  std::string name, alias;
  std::uint16_t group = 0;
  std::optional<lab::ChapConfig> chap;
  std::string refusal, redirect_to, chap_fault;
  std::vector<std::pair<std::string, std::string>> keys;
};

// Who logs in to what, as far as the first request said it.
struct LoginSubject {
  bool discovery = false;
  std::string initiator;  // canonical
  std::string target;     // canonical; empty: discovery
  std::uint16_t group = 0;
  std::array<std::uint8_t, 6> isid{};
  std::uint16_t tsih = 0;
  std::uint16_t cid = 0;
};

// What the login asks of the portal that it runs on.
class LoginHost {
 public:
  virtual ~LoginHost() = default;
  [[nodiscard]] virtual std::expected<LoginTarget, LoginStatus> find_target(
      const std::string& canonical) = 0;
  // Whether the session that the first request names can take this connection.
  [[nodiscard]] virtual LoginStatus admit(const LoginSubject& subject) = 0;
  // Enters full feature phase: makes, replaces or joins the session. Gives its TSIH.
  [[nodiscard]] virtual std::expected<std::uint16_t, LoginStatus> commit(
      const LoginSubject& subject, const Negotiation& negotiated) = 0;
  [[nodiscard]] virtual Bytes random_bytes(std::size_t count) = 0;
};

class LoginProcess {
 public:
  // One request, one response. After a response whose status class is not 0 the connection is
  // closed, and after one that goes to full feature phase the login is over: no further call then.
  [[nodiscard]] LoginResponse step(LoginHost& host, const LoginRequest& request);

  [[nodiscard]] bool in_full_feature() const { return stage_ == kFullFeature; }
  [[nodiscard]] const LoginSubject& subject() const { return subject_; }
  [[nodiscard]] const Negotiation& negotiation() const { return *negotiation_; }
  // TargetName of a first request in canonical form; empty when there is none.
  [[nodiscard]] static std::string target_of(const LoginRequest& request);
  // Whether a first request asks for a discovery session.
  [[nodiscard]] static bool discovers(const LoginRequest& request);

 private:
  static constexpr std::uint8_t kSecurity = 0, kOperational = 1, kFullFeature = 3;

  enum class Auth { none_yet, chap_chosen, challenged, done };

  [[nodiscard]] LoginStatus begin(LoginHost& host, const LoginRequest& request,
                                  LoginResponse& response);
  [[nodiscard]] LoginStatus identify(const LoginRequest& request);
  [[nodiscard]] LoginStatus check_order(const LoginRequest& request) const;
  [[nodiscard]] LoginStatus security_keys(LoginHost& host, const LoginRequest& request,
                                          LoginResponse& response);
  [[nodiscard]] LoginStatus choose_method(std::string_view offered, LoginResponse& response);
  [[nodiscard]] LoginStatus send_challenge(LoginHost& host, std::string_view algorithms,
                                           LoginResponse& response);
  [[nodiscard]] LoginStatus check_response(const Keys& chap, LoginResponse& response);
  [[nodiscard]] LoginStatus answer_mutual(std::string_view identifier, std::string_view challenge,
                                          LoginResponse& response) const;
  [[nodiscard]] LoginStatus operational_keys(const LoginRequest& request, LoginResponse& response);
  [[nodiscard]] LoginStatus advance(LoginHost& host, const LoginRequest& request,
                                    LoginResponse& response);

  bool begun_ = false;
  std::uint8_t stage_ = kSecurity;
  unsigned rounds_ = 0;
  LoginSubject subject_;
  LoginTarget target_;
  std::optional<Negotiation> negotiation_;
  bool declared_ = false;  // the target's own declarations have been sent
  Auth auth_ = Auth::none_yet;
  bool method_chosen_ = false;
  ChapAlgorithm algorithm_ = ChapAlgorithm::md5;
  std::uint8_t identifier_ = 0;
  Bytes challenge_;
};

}  // namespace hbalab::fabric
