#include "hba-sim/fabric/negotiation.hpp"

#include <algorithm>
#include <charconv>

namespace hbalab::fabric {
namespace {

using enum ResultFunction;

constexpr std::uint32_t kMaxLength = 0xFFFFFF;  // 2^24 - 1

constexpr KeyRule kRules[] = {
    {"HeaderDigest", first_common, 0, 0, "None", "CRC32C,None", false, false, true, false},
    {"DataDigest", first_common, 0, 0, "None", "CRC32C,None", false, false, true, false},
    {"MaxConnections", minimum, 1, 65535, "1", "4", true, true, true, false},
    {"InitialR2T", logical_or, 0, 0, "Yes", "No", true, true, true, false},
    {"ImmediateData", logical_and, 0, 0, "Yes", "Yes", true, true, true, false},
    {"MaxRecvDataSegmentLength", declared, 512, kMaxLength, "8192", "262144", false, false, true,
     true},
    {"MaxBurstLength", minimum, 512, kMaxLength, "262144", "1048576", true, true, true, false},
    {"FirstBurstLength", minimum, 512, kMaxLength, "65536", "262144", true, true, true, false},
    {"DefaultTime2Wait", maximum, 0, 3600, "2", "0", true, false, true, false},
    {"DefaultTime2Retain", minimum, 0, 3600, "20", "60", true, false, true, false},
    {"MaxOutstandingR2T", minimum, 1, 65535, "1", "16", true, true, true, false},
    {"DataPDUInOrder", logical_or, 0, 0, "Yes", "No", true, true, true, false},
    {"DataSequenceInOrder", logical_or, 0, 0, "Yes", "No", true, true, true, false},
    {"ErrorRecoveryLevel", minimum, 0, 2, "0", "0", true, false, true, false},
    {"iSCSIProtocolLevel", minimum, 0, 31, "1", "1", true, true, false, false},
    {"TaskReporting", first_common, 0, 0, "RFC3720", "RFC3720", true, true, false, false},
    {"InitiatorAlias", declared, 0, 0, "", "", false, false, false, true},
    // The marker keys are obsolete (RFC 7143 13.25): markers are never used here.
    {"IFMarker", logical_and, 0, 0, "No", "No", false, false, false, false},
    {"OFMarker", logical_and, 0, 0, "No", "No", false, false, false, false},
};

constexpr auto collect_configurable() {
  constexpr std::size_t count = static_cast<std::size_t>(std::count_if(
      std::begin(kRules), std::end(kRules), [](const KeyRule& rule) { return rule.configurable; }));
  std::array<std::string_view, count> names{};
  std::size_t at = 0;
  for (const KeyRule& rule : kRules) {
    if (rule.configurable) names[at++] = rule.name;
  }
  return names;
}
constexpr auto kConfigurable = collect_configurable();

bool is_logical(const KeyRule& rule) {
  return rule.function == logical_and || rule.function == logical_or;
}

// Keys that only the target sends, or that belong to other parts of the login.
bool is_target_key(std::string_view key) {
  return key == "TargetAlias" || key == "TargetPortalGroupTag" || key == "TargetAddress";
}

// Calls `visit` with each item of a comma-separated list until it says stop.
template <class Visit>
void for_each_item(std::string_view list, Visit visit) {
  while (true) {
    const std::size_t comma = list.find(',');
    if (!visit(list.substr(0, comma)) || comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

bool in_list(std::string_view list, std::string_view wanted) {
  bool found = false;
  for_each_item(list, [&](std::string_view item) {
    found = item == wanted;
    return !found;
  });
  return found;
}

}  // namespace

std::span<const KeyRule> key_rules() { return kRules; }

const KeyRule* find_key(std::string_view name) {
  const auto* found = std::find_if(std::begin(kRules), std::end(kRules),
                                   [&](const KeyRule& rule) { return rule.name == name; });
  return found == std::end(kRules) ? nullptr : found;
}

std::span<const std::string_view> target_key_names() { return kConfigurable; }

std::optional<std::uint32_t> parse_number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint32_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return {};
  return value;
}

std::optional<std::string> check_target_key(std::string_view name, std::string_view value) {
  const KeyRule* rule = find_key(name);
  if (rule == nullptr || !rule->configurable) return "is not a key that a target can be given";
  const std::string came = "is \"" + std::string(value.substr(0, 60)) + "\"; expected ";
  if (is_logical(*rule)) {
    if (value == "Yes" || value == "No") return {};
    return came + "Yes or No";
  }
  if (rule->function == first_common) {
    bool good = true;
    for_each_item(value, [&](std::string_view item) {
      good = item == "CRC32C" || item == "None";
      return good;
    });
    if (good) return {};
    return came + "CRC32C, None, or both with a comma between";
  }
  const auto number = parse_number(value);
  if (number && *number >= rule->low && *number <= rule->high) return {};
  return came + "a number from " + std::to_string(rule->low) + " to " + std::to_string(rule->high);
}

Negotiation::Negotiation(std::span<const std::pair<std::string, std::string>> overrides,
                         bool discovery, bool leading)
    : discovery_(discovery), leading_(leading) {
  static_assert(std::size(kRules) <= kMaxKeys);
  for (std::size_t i = 0; i < std::size(kRules); ++i) states_[i].own = kRules[i].target_value;
  for (const auto& [key, value] : overrides) {
    const KeyRule* rule = find_key(key);
    if (rule != nullptr) states_[static_cast<std::size_t>(rule - kRules)].own = value;
  }
}

Negotiation::Outcome Negotiation::offer(std::string_view key, std::string_view value,
                                        std::string* answer) {
  if (is_target_key(key)) {
    *answer = "Reject";
    return Outcome::answered;
  }
  if (key == "IFMarkInt" || key == "OFMarkInt") {
    *answer = "Irrelevant";
    return Outcome::answered;
  }
  const KeyRule* rule = find_key(key);
  if (rule == nullptr) {
    *answer = "NotUnderstood";
    return Outcome::answered;
  }
  State& state = states_[static_cast<std::size_t>(rule - kRules)];
  if (state.offered) return Outcome::duplicate;
  state.offered = true;
  if (rule->leading_only && !leading_) {
    *answer = "Reject";
    return Outcome::answered;
  }
  if (rule->normal_only && discovery_) {
    *answer = "Irrelevant";
    return Outcome::answered;
  }
  *answer = judge(*rule, state, value);
  return answer->empty() ? Outcome::silent : Outcome::answered;
}

std::string Negotiation::judge(const KeyRule& rule, State& state, std::string_view value) {
  switch (rule.function) {
    case declared:
      if (rule.high == 0) {
        state.result = value;
        return {};
      }
      if (const auto number = parse_number(value);
          number && *number >= rule.low && *number <= rule.high) {
        state.result = std::to_string(*number);
        return {};
      }
      return "Reject";
    case minimum:
    case maximum:
      return judge_number(rule, state, value);
    case logical_and:
    case logical_or:
      return judge_logical(rule, state, value);
    case first_common:
      return judge_list(rule, state, value);
  }
  return "Reject";
}

std::string Negotiation::judge_number(const KeyRule& rule, State& state, std::string_view value) {
  const auto offered = parse_number(value);
  const auto own = parse_number(state.own);
  if (!offered || !own || *offered < rule.low || *offered > rule.high) return "Reject";
  std::uint32_t result =
      rule.function == minimum ? std::min(*offered, *own) : std::max(*offered, *own);
  if (rule.name == "FirstBurstLength") {
    // RFC 7143 13.14: never beyond MaxBurstLength, as far as that is known by now.
    result = std::min(result, number("MaxBurstLength"));
  }
  state.result = std::to_string(result);
  if (rule.name == "MaxBurstLength") {
    State& first = states_[static_cast<std::size_t>(find_key("FirstBurstLength") - kRules)];
    if (first.result.empty() && number("FirstBurstLength") > result) first.result = state.result;
  }
  return state.result;
}

std::string Negotiation::judge_logical(const KeyRule& rule, State& state, std::string_view value) {
  if (value != "Yes" && value != "No") return "Reject";
  const bool offered = value == "Yes";
  const bool own = state.own == "Yes";
  const bool result = rule.function == logical_and ? offered && own : offered || own;
  state.result = result ? "Yes" : "No";
  return state.result;
}

std::string Negotiation::judge_list(const KeyRule&, State& state, std::string_view value) {
  std::string result;
  for_each_item(value, [&](std::string_view item) {
    if (!item.empty() && in_list(state.own, item)) result = item;
    return result.empty();
  });
  if (result.empty()) return "Reject";
  state.result = result;
  return result;
}

Keys Negotiation::declarations() const {
  const KeyRule* rule = find_key("MaxRecvDataSegmentLength");
  return {{std::string(rule->name), states_[static_cast<std::size_t>(rule - kRules)].own}};
}

std::string Negotiation::value(std::string_view key) const {
  const KeyRule* rule = find_key(key);
  if (rule == nullptr) return {};
  const State& state = states_[static_cast<std::size_t>(rule - kRules)];
  return state.result.empty() ? std::string(rule->initial) : state.result;
}

std::uint32_t Negotiation::number(std::string_view key) const {
  return parse_number(value(key)).value_or(0);
}

}  // namespace hbalab::fabric
