// Login and full-feature key negotiation as the responder (target) does it: RFC 7143 chapters 6
// and 13.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hba-sim/fabric/fabric.hpp"

namespace hbalab::fabric {

// How the result of a key comes about (RFC 7143 6.2).
enum class ResultFunction {
  declared,      // each side states its own value
  minimum,       // numerical, the smaller value
  maximum,       // numerical, the larger value
  logical_and,   // Yes only if both say Yes
  logical_or,    // Yes if either says Yes
  first_common,  // list: the initiator's first value that the target supports
};

struct KeyRule {
  std::string_view name;
  ResultFunction function = ResultFunction::declared;
  std::uint32_t low = 0;  // numerical keys
  std::uint32_t high = 0;
  std::string_view initial;  // the RFC's default: in force while the key is not negotiated
  std::string_view
      target_value;           // what a simulated target offers unless its lab file says otherwise
  bool leading_only = false;  // on the first connection of a session only
  bool normal_only = false;   // irrelevant in a discovery session
  bool configurable = false;  // may be set in the lab file
  bool initiator_declares = false;  // declared keys: the initiator may send it
};

// All keys of RFC 7143 chapter 13 that are negotiated in the operational stage, declared ones
// included.
[[nodiscard]] std::span<const KeyRule> key_rules();
[[nodiscard]] const KeyRule* find_key(std::string_view name);

// Names that TargetConfig::keys may hold, and what is wrong with a value of one of them.
[[nodiscard]] std::span<const std::string_view> target_key_names();
[[nodiscard]] std::optional<std::string> check_target_key(std::string_view name,
                                                          std::string_view value);

// The text form of a numerical value: decimal or 0x hexadecimal (RFC 7143 6.1); nothing otherwise.
[[nodiscard]] std::optional<std::uint32_t> parse_number(std::string_view text);

// One login's (or a running session's) operational parameters on the target's side.
class Negotiation {
 public:
  // `overrides` are TargetConfig::keys; they must have passed check_target_key.
  Negotiation(std::span<const std::pair<std::string, std::string>> overrides, bool discovery,
              bool leading);

  enum class Outcome {
    answered,   // *answer is to be sent
    silent,     // a declaration that asks for no answer
    duplicate,  // negotiated before in this login: an initiator error
  };
  // Takes a key that the initiator sent and gives the answer: a value, or one of the reserved words
  // Reject, Irrelevant, NotUnderstood. A refused key leaves the value that was in force before.
  Outcome offer(std::string_view key, std::string_view value, std::string* answer);

  // Keys that the target declares by itself in its first operational answer.
  [[nodiscard]] Keys declarations() const;
  // The value in force: negotiated, or the RFC's default.
  [[nodiscard]] std::string value(std::string_view key) const;
  [[nodiscard]] std::uint32_t number(std::string_view key) const;

 private:
  struct State {
    std::string result;  // in force; empty: the default
    std::string own;     // the target's side
    bool offered = false;
  };
  static constexpr std::size_t kMaxKeys = 24;

  std::string judge(const KeyRule& rule, State& state, std::string_view value);
  std::string judge_number(const KeyRule& rule, State& state, std::string_view value);
  std::string judge_logical(const KeyRule& rule, State& state, std::string_view value);
  std::string judge_list(const KeyRule& rule, State& state, std::string_view value);

  std::array<State, kMaxKeys> states_;  // as key_rules()
  bool discovery_ = false;
  bool leading_ = true;
};

}  // namespace hbalab::fabric
