#include "hba-sim/adapter/login_keys.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "hba-sim/wtf8.hpp"

namespace hbalab::adapter {
namespace {

using fabric::Keys;
using iscsi::IsdscStatus;

constexpr std::uint32_t kMaxTime = 3600;

// How two numbers become one (RFC 7143 13).
enum class Function { minimum, maximum };
struct NumberRule {
  std::string_view key;
  std::uint32_t Negotiated::* result;
  std::uint32_t low, high;
  Function function;
};
constexpr auto kNumbers = std::to_array<NumberRule>({
    {"MaxConnections", &Negotiated::max_connections, 1, 65535, Function::minimum},
    {"MaxBurstLength", &Negotiated::max_burst_length, 512, 16777215, Function::minimum},
    {"FirstBurstLength", &Negotiated::first_burst_length, 512, 16777215, Function::minimum},
    {"MaxOutstandingR2T", &Negotiated::max_outstanding_r2t, 1, 65535, Function::minimum},
    {"ErrorRecoveryLevel", &Negotiated::error_recovery_level, 0, 2, Function::minimum},
    {"DefaultTime2Wait", &Negotiated::time2wait, 0, kMaxTime, Function::maximum},
    {"DefaultTime2Retain", &Negotiated::time2retain, 0, kMaxTime, Function::minimum},
});

enum class Logic { or_of_both, and_of_both };
struct BooleanRule {
  std::string_view key;
  bool Negotiated::* result;
  Logic logic;
};
constexpr auto kBooleans = std::to_array<BooleanRule>({
    {"InitialR2T", &Negotiated::initial_r2t, Logic::or_of_both},
    {"ImmediateData", &Negotiated::immediate_data, Logic::and_of_both},
    {"DataPDUInOrder", &Negotiated::data_pdu_in_order, Logic::or_of_both},
    {"DataSequenceInOrder", &Negotiated::data_sequence_in_order, Logic::or_of_both},
});

// Keys that only inform, or that belong to the security stage.
constexpr auto kInformation = std::to_array<std::string_view>(
    {"TargetAlias", "TargetName", "TargetAddress", "TargetPortalGroupTag", "AuthMethod"});

bool is_word(std::string_view value) {
  return value == "NotUnderstood" || value == "Irrelevant" || value == "Reject";
}

std::uint32_t offered_number(const OperationalOffer& offer, std::string_view key) {
  if (key == "MaxConnections") return offer.max_connections;
  if (key == "MaxBurstLength") return offer.session.max_burst_length;
  if (key == "FirstBurstLength") return offer.session.first_burst_length;
  if (key == "MaxOutstandingR2T") return offer.session.max_outstanding_r2t;
  if (key == "DefaultTime2Wait") return offer.time2wait;
  if (key == "DefaultTime2Retain") return offer.time2retain;
  return 0;  // ErrorRecoveryLevel
}

bool offered_boolean(const OperationalOffer& offer, std::string_view key) {
  if (key == "InitialR2T") return offer.session.initial_r2t;
  if (key == "ImmediateData") return offer.session.immediate_data;
  return true;  // DataPDUInOrder, DataSequenceInOrder
}

bool take_number(Negotiated& result, const NumberRule& rule, std::uint32_t offered,
                 std::string_view value) {
  const auto number = parse_number(value);
  if (!number || *number < rule.low || *number > rule.high) return false;
  // The target answers with the outcome, which cannot lie on the other side of our offer.
  if (rule.function == Function::minimum ? *number > offered : *number < offered) return false;
  result.*rule.result = *number;
  return true;
}

bool take_boolean(Negotiated& result, const BooleanRule& rule, bool offered,
                  std::string_view value) {
  if (value != "Yes" && value != "No") return false;
  const bool yes = value == "Yes";
  if (rule.logic == Logic::or_of_both && offered && !yes) return false;
  if (rule.logic == Logic::and_of_both && !offered && yes) return false;
  result.*rule.result = yes;
  return true;
}

std::expected<std::string, IsdscStatus> digest_list(std::uint32_t type) {
  if (type == 0) return "None";
  if (type == 1) return "CRC32C,None";
  return std::unexpected(iscsi::ISDSC_LOGIN_USER_INFO_BAD);
}

bool list_contains(std::string_view list, std::string_view item) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (list.substr(0, comma) == item) return true;
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return false;
}

}  // namespace

std::optional<std::uint32_t> parse_number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::u16string from_wire_text(std::string_view text) {
  // The reader of addresses keeps any text that spells no number; a letter in front sees to that.
  return IpAddress::from_text("x" + std::string(text)).text.substr(1);
}

std::string to_wire_text(std::u16string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    const bool control = c < 0x20 || c == 0x7F, lone = c >= 0xD800 && c <= 0xDFFF;
    if (!control && !lone) append_wtf8(out, c);
  }
  return out;
}

std::expected<OperationalOffer, IsdscStatus> OperationalOffer::from_options(
    const LoginOptions& options, bool discovery, const SessionSettings& session) {
  OperationalOffer offer;
  offer.discovery = discovery;
  offer.session = session;
  if (options.specifies(iscsi::ISCSI_LOGIN_OPTIONS_HEADER_DIGEST)) {
    auto list = digest_list(options.header_digest);
    if (!list) return std::unexpected(list.error());
    offer.header_digest = std::move(*list);
  }
  if (options.specifies(iscsi::ISCSI_LOGIN_OPTIONS_DATA_DIGEST)) {
    auto list = digest_list(options.data_digest);
    if (!list) return std::unexpected(list.error());
    offer.data_digest = std::move(*list);
  }
  if (options.specifies(iscsi::ISCSI_LOGIN_OPTIONS_MAXIMUM_CONNECTIONS)) {
    offer.max_connections = options.maximum_connections == 0 ? 65535 : options.maximum_connections;
  }
  if (options.specifies(iscsi::ISCSI_LOGIN_OPTIONS_DEFAULT_TIME_2_WAIT))
    offer.time2wait = options.default_time2wait;
  if (options.specifies(iscsi::ISCSI_LOGIN_OPTIONS_DEFAULT_TIME_2_RETAIN))
    offer.time2retain = options.default_time2retain;
  if (offer.max_connections > 65535 || offer.time2wait > kMaxTime || offer.time2retain > kMaxTime) {
    return std::unexpected(iscsi::ISDSC_LOGIN_USER_INFO_BAD);
  }
  return offer;
}

Keys OperationalOffer::keys() const {
  Keys out{{"HeaderDigest", header_digest},
           {"DataDigest", data_digest},
           {"MaxRecvDataSegmentLength", std::to_string(session.max_recv_data_segment_length)}};
  if (!leading) return out;
  out.emplace_back("DefaultTime2Wait", std::to_string(time2wait));
  out.emplace_back("DefaultTime2Retain", std::to_string(time2retain));
  if (discovery) return out;
  for (const auto& rule : kBooleans) {
    out.emplace_back(rule.key, offered_boolean(*this, rule.key) ? "Yes" : "No");
  }
  for (const auto* key : {"MaxConnections", "MaxBurstLength", "FirstBurstLength",
                          "MaxOutstandingR2T", "ErrorRecoveryLevel"}) {
    out.emplace_back(key, std::to_string(offered_number(*this, key)));
  }
  return out;
}

bool Negotiation::take_digest(bool& result, const std::string& offered, std::string_view value) {
  if (!list_contains(offered, value)) return false;
  result = value == "CRC32C";
  return true;
}

std::expected<Keys, IsdscStatus> Negotiation::take(const Keys& keys) {
  Keys answers;
  for (const auto& [key, value] : keys) {
    if (std::ranges::find(kInformation, key) != kInformation.end()) continue;
    if (!seen_.insert(key).second) return std::unexpected(iscsi::ISDSC_INVALID_TEXT_KEY);
    if (is_word(value)) continue;  // the default stays
    bool good = true;
    const auto number = std::ranges::find(kNumbers, key, &NumberRule::key);
    const auto boolean = std::ranges::find(kBooleans, key, &BooleanRule::key);
    if (key == "HeaderDigest") {
      good = take_digest(result_.header_digest, offer_.header_digest, value);
    } else if (key == "DataDigest") {
      good = take_digest(result_.data_digest, offer_.data_digest, value);
    } else if (key == "MaxRecvDataSegmentLength") {
      const auto length = parse_number(value);
      good = length && *length >= 512 && *length <= 16777215;
      if (good) result_.target_max_recv = *length;
    } else if (number != kNumbers.end()) {
      good = take_number(result_, *number, offered_number(offer_, key), value);
    } else if (boolean != kBooleans.end()) {
      good = take_boolean(result_, *boolean, offered_boolean(offer_, key), value);
    } else {
      answers.emplace_back(key, "NotUnderstood");
    }
    if (!good) return std::unexpected(iscsi::ISDSC_INVALID_TEXT_KEY);
  }
  return answers;
}

}  // namespace hbalab::adapter
