#include "hba-sim/fabric/login.hpp"

#include <algorithm>

#include "hba-sim/lab/config_rules.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::fabric {
namespace {

constexpr std::size_t kMaxKeysInRequest = 256;
constexpr std::size_t kMaxKeyBytes = 65536;
constexpr std::size_t kMaxKeyName = 63;  // RFC 7143 6.1
constexpr unsigned kMaxRounds = 64;      // a login that gets nowhere
constexpr std::size_t kChallengeBytes = 16;

std::string_view find_value(const Keys& keys, std::string_view name) {
  for (const auto& [key, value] : keys) {
    if (key == name) return value;
  }
  return {};
}

bool within_limits(const Keys& keys) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : keys) {
    if (key.empty() || key.size() > kMaxKeyName) return false;
    bytes += key.size() + value.size() + 2;
  }
  return keys.size() <= kMaxKeysInRequest && bytes <= kMaxKeyBytes;
}

// Empty when the text is not a well-formed iSCSI name.
std::string canonical_name(std::string_view text) {
  const auto wide = wmi::to_utf16(text);
  if (!wide) return {};
  const IscsiName name(*wide);
  return name.well_formed() ? name.canonical() : std::string();
}

bool is_identity(std::string_view key) {
  return key == "InitiatorName" || key == "TargetName" || key == "SessionType";
}

bool is_chap(std::string_view key) { return key.starts_with("CHAP_"); }

bool is_security(std::string_view key) { return key == "AuthMethod" || is_chap(key); }

bool list_has(std::string_view list, std::string_view wanted) {
  while (true) {
    const std::size_t comma = list.find(',');
    if (list.substr(0, comma) == wanted) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

std::optional<ChapAlgorithm> first_algorithm(std::string_view list) {
  while (true) {
    const std::size_t comma = list.find(',');
    const auto number = parse_number(list.substr(0, comma));
    if (number == 5u) return ChapAlgorithm::md5;
    if (number == 7u) return ChapAlgorithm::sha256;
    if (comma == std::string_view::npos) return {};
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

std::optional<LoginStatus> refusal_status(std::string_view refusal) {
  for (const auto& row : lab::login_refusal_table()) {
    if (row.name == refusal) return static_cast<LoginStatus>(row.status);
  }
  return {};
}

std::string LoginProcess::target_of(const LoginRequest& request) {
  return canonical_name(find_value(request.keys, "TargetName"));
}

bool LoginProcess::discovers(const LoginRequest& request) {
  return find_value(request.keys, "SessionType") == "Discovery";
}

LoginResponse LoginProcess::step(LoginHost& host, const LoginRequest& request) {
  LoginResponse response;
  response.current_stage = request.current_stage;
  response.tsih = request.tsih;
  LoginStatus status = check_order(request);
  if (status == LoginStatus::success && !begun_) status = begin(host, request, response);
  if (status == LoginStatus::success) {
    status = stage_ == kSecurity ? security_keys(host, request, response)
                                 : operational_keys(request, response);
  }
  if (status == LoginStatus::success) status = advance(host, request, response);
  if (status != LoginStatus::success) {
    const auto code = static_cast<std::uint16_t>(status);
    response.status_class = static_cast<std::uint8_t>(code >> 8);
    response.status_detail = static_cast<std::uint8_t>(code & 0xFF);
    response.transit = false;
    response.next_stage = 0;
    // A refusal carries nothing but where the target went.
    std::erase_if(response.keys, [](const auto& key) { return key.first != "TargetAddress"; });
  }
  return response;
}

LoginStatus LoginProcess::check_order(const LoginRequest& request) const {
  const auto illegal = LoginStatus::initiator_error;
  if (stage_ == kFullFeature || rounds_ >= kMaxRounds) return illegal;
  if (request.current_stage != kSecurity && request.current_stage != kOperational) return illegal;
  if (request.transit) {
    const bool forward = request.next_stage > request.current_stage &&
                         (request.next_stage == kOperational || request.next_stage == kFullFeature);
    if (!forward) return illegal;
  }
  if (begun_) {
    const bool same = request.current_stage == stage_ && request.isid == subject_.isid &&
                      request.tsih == subject_.tsih && request.cid == subject_.cid;
    if (!same) return illegal;
  }
  return within_limits(request.keys) ? LoginStatus::success : illegal;
}

LoginStatus LoginProcess::identify(const LoginRequest& request) {
  const std::string_view initiator = find_value(request.keys, "InitiatorName");
  if (initiator.empty()) return LoginStatus::missing_parameter;
  subject_.initiator = canonical_name(initiator);
  if (subject_.initiator.empty()) return LoginStatus::initiator_error;
  const std::string_view type = find_value(request.keys, "SessionType");
  if (!type.empty() && type != "Normal" && type != "Discovery") {
    return LoginStatus::session_type_not_supported;
  }
  subject_.discovery = type == "Discovery";
  subject_.isid = request.isid;
  subject_.tsih = request.tsih;
  subject_.cid = request.cid;
  if (subject_.discovery) {
    // A discovery session has one connection only (RFC 7143 4.3).
    return request.tsih == 0 ? LoginStatus::success : LoginStatus::cannot_include_in_session;
  }
  const std::string_view target = find_value(request.keys, "TargetName");
  if (target.empty()) return LoginStatus::missing_parameter;
  subject_.target = canonical_name(target);
  return subject_.target.empty() ? LoginStatus::not_found : LoginStatus::success;
}

LoginStatus LoginProcess::begin(LoginHost& host, const LoginRequest& request,
                                LoginResponse& response) {
  begun_ = true;
  stage_ = request.current_stage;
  if (const LoginStatus status = identify(request); status != LoginStatus::success) return status;
  if (!subject_.discovery) {
    auto found = host.find_target(subject_.target);
    if (!found) return found.error();
    target_ = std::move(*found);
    subject_.group = target_.group;
    if (const auto refusal = refusal_status(target_.refusal)) {
      if (*refusal == LoginStatus::moved_temporarily ||
          *refusal == LoginStatus::moved_permanently) {
        const auto portal = Portal::from_text(target_.redirect_to);
        response.keys.emplace_back("TargetAddress",
                                   portal ? portal->canonical() : target_.redirect_to);
      }
      return *refusal;
    }
    if (const LoginStatus status = host.admit(subject_); status != LoginStatus::success)
      return status;
    response.keys.emplace_back("TargetPortalGroupTag", std::to_string(target_.group));
    if (!target_.alias.empty()) response.keys.emplace_back("TargetAlias", target_.alias);
  }
  negotiation_.emplace(target_.keys, subject_.discovery, subject_.tsih == 0);
  if (!target_.chap) auth_ = Auth::done;
  // Who begins behind the security stage offers no authentication.
  if (stage_ == kOperational && auth_ != Auth::done) return LoginStatus::authentication_failure;
  return LoginStatus::success;
}

LoginStatus LoginProcess::security_keys(LoginHost& host, const LoginRequest& request,
                                        LoginResponse& response) {
  Keys chap;
  for (const auto& [key, value] : request.keys) {
    if (is_identity(key)) {
      if (rounds_ != 0) return LoginStatus::initiator_error;
    } else if (key == "AuthMethod") {
      if (const LoginStatus status = choose_method(value, response);
          status != LoginStatus::success) {
        return status;
      }
    } else if (is_chap(key)) {
      if (!find_value(chap, key).empty()) return LoginStatus::initiator_error;
      chap.emplace_back(key, value);
    } else if (key == "InitiatorAlias") {
      std::string answer;
      if (negotiation_->offer(key, value, &answer) == Negotiation::Outcome::duplicate) {
        return LoginStatus::initiator_error;
      }
    } else {
      // Operational parameters wait for their stage.
      response.keys.emplace_back(key, find_key(key) == nullptr ? "NotUnderstood" : "Reject");
    }
  }
  ++rounds_;
  if (chap.empty()) return LoginStatus::success;
  const bool chosen_before = find_value(request.keys, "AuthMethod").empty();
  if (auth_ == Auth::chap_chosen && chosen_before) {
    if (chap.size() != 1 || chap[0].first != "CHAP_A") return LoginStatus::initiator_error;
    return send_challenge(host, chap[0].second, response);
  }
  if (auth_ == Auth::challenged) return check_response(chap, response);
  return LoginStatus::initiator_error;
}

LoginStatus LoginProcess::choose_method(std::string_view offered, LoginResponse& response) {
  if (method_chosen_) return LoginStatus::initiator_error;
  method_chosen_ = true;
  const std::string_view wanted = target_.chap ? "CHAP" : "None";
  if (!list_has(offered, wanted)) return LoginStatus::authentication_failure;
  response.keys.emplace_back("AuthMethod", std::string(wanted));
  auth_ = target_.chap ? Auth::chap_chosen : Auth::done;
  return LoginStatus::success;
}

LoginStatus LoginProcess::send_challenge(LoginHost& host, std::string_view algorithms,
                                         LoginResponse& response) {
  const auto algorithm = first_algorithm(algorithms);
  if (!algorithm) return LoginStatus::authentication_failure;
  algorithm_ = *algorithm;
  challenge_ = host.random_bytes(kChallengeBytes);
  const Bytes identifier = host.random_bytes(1);
  identifier_ = identifier.empty() ? std::uint8_t{1} : identifier[0];
  auth_ = Auth::challenged;
  response.keys.emplace_back("CHAP_A", std::to_string(static_cast<unsigned>(algorithm_)));
  response.keys.emplace_back("CHAP_I", std::to_string(identifier_));
  response.keys.emplace_back("CHAP_C", encode_hex(challenge_));
  return LoginStatus::success;
}

LoginStatus LoginProcess::check_response(const Keys& chap, LoginResponse& response) {
  for (const auto& [key, value] : chap) {
    if (key != "CHAP_N" && key != "CHAP_R" && key != "CHAP_I" && key != "CHAP_C") {
      return LoginStatus::initiator_error;
    }
  }
  const std::string_view name = find_value(chap, "CHAP_N");
  const std::string_view answer = find_value(chap, "CHAP_R");
  if (name.empty() || answer.empty()) return LoginStatus::missing_parameter;
  const auto came = decode_binary(answer, kMaxChallenge);
  const Bytes expected = chap_response(algorithm_, identifier_, target_.chap->secret, challenge_);
  if (!came || expected.empty() || name != target_.chap->user || !same_bytes(*came, expected)) {
    return LoginStatus::authentication_failure;
  }
  const std::string_view identifier = find_value(chap, "CHAP_I");
  const std::string_view challenge = find_value(chap, "CHAP_C");
  if (!identifier.empty() || !challenge.empty()) {
    if (const LoginStatus status = answer_mutual(identifier, challenge, response);
        status != LoginStatus::success) {
      return status;
    }
  }
  auth_ = Auth::done;
  return LoginStatus::success;
}

LoginStatus LoginProcess::answer_mutual(std::string_view identifier, std::string_view challenge,
                                        LoginResponse& response) const {
  if (identifier.empty() || challenge.empty()) return LoginStatus::missing_parameter;
  const auto number = parse_number(identifier);
  const auto bytes = decode_binary(challenge, kMaxChallenge);
  if (!number || *number > 0xFF || !bytes) return LoginStatus::initiator_error;
  // RFC 7143 9.2.1: whoever sends our own challenge back wants us to answer it for them.
  if (*bytes == challenge_) return LoginStatus::authentication_failure;
  if (target_.chap->mutual_secret.empty()) return LoginStatus::authentication_failure;
  if (target_.chap_fault == "no_response") return LoginStatus::success;
  Bytes answer = chap_response(algorithm_, static_cast<std::uint8_t>(*number),
                               target_.chap->mutual_secret, *bytes);
  if (answer.empty()) return LoginStatus::target_error;
  // As of a target that has another secret.
  if (target_.chap_fault == "wrong_response") answer.front() ^= 0xFF;
  response.keys.emplace_back("CHAP_N", target_.chap->mutual_user);
  response.keys.emplace_back("CHAP_R", encode_hex(answer));
  return LoginStatus::success;
}

LoginStatus LoginProcess::operational_keys(const LoginRequest& request, LoginResponse& response) {
  for (const auto& [key, value] : request.keys) {
    if (is_identity(key)) {
      if (rounds_ != 0) return LoginStatus::initiator_error;
      continue;
    }
    if (is_security(key)) return LoginStatus::initiator_error;
    std::string answer;
    const auto outcome = negotiation_->offer(key, value, &answer);
    if (outcome == Negotiation::Outcome::duplicate) return LoginStatus::initiator_error;
    if (outcome == Negotiation::Outcome::answered)
      response.keys.emplace_back(key, std::move(answer));
  }
  ++rounds_;
  if (!declared_) {
    declared_ = true;
    for (auto& key : negotiation_->declarations()) response.keys.push_back(std::move(key));
  }
  return LoginStatus::success;
}

LoginStatus LoginProcess::advance(LoginHost& host, const LoginRequest& request,
                                  LoginResponse& response) {
  if (!request.transit) return LoginStatus::success;
  if (stage_ == kSecurity && auth_ != Auth::done) {
    // Not yet: the target answers without the T bit, and the exchange goes on. A request that began
    // no exchange at all will never authenticate.
    return method_chosen_ ? LoginStatus::success : LoginStatus::authentication_failure;
  }
  if (request.next_stage == kFullFeature) {
    const auto tsih = host.commit(subject_, *negotiation_);
    if (!tsih) return tsih.error();
    response.tsih = *tsih;
  }
  stage_ = request.next_stage;
  response.transit = true;
  response.next_stage = request.next_stage;
  return LoginStatus::success;
}

}  // namespace hbalab::fabric
