// The rules of the checker; rules.def has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace hbalab::check {

enum class Severity : std::uint8_t {
  error,    // breaks a caller, or the machine
  warning,  // works, but is not what the documentation asks for
};

enum class Group : std::uint8_t {
  buffer,
  completion,
  post_process,
  size,
  instance,
  name,
  event,
  unknown,
  wnode,
  registration,
  resource,
};

enum class Rule : std::uint8_t {
#define HBALAB_RULE(id, group, severity, statement, source, remedy) id,
#include "hba-sim/port/checker/rules.def"
#undef HBALAB_RULE
};

struct RuleInfo {
  Rule rule;
  std::string_view id;  // stable: "buffer_write_past_end"
  Group group;
  Severity severity;
  std::string_view statement;  // one sentence
  std::string_view source;     // where the documentation says so
  std::string_view remedy;     // what to do about it
};

// Every rule, in the order of the enumeration.
[[nodiscard]] std::span<const RuleInfo> rules();
[[nodiscard]] const RuleInfo& info(Rule rule);
// Null when there is none with that id.
[[nodiscard]] const RuleInfo* find_rule(std::string_view id);
[[nodiscard]] std::string_view name(Severity severity);
[[nodiscard]] std::string_view title(Group group);

// The text of docs/driver-kit-rules.md between its two markers.
[[nodiscard]] std::string rules_document();

}  // namespace hbalab::check
