// Values of case files: references to earlier answers, and matchers for what has come.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tests/conformance/result.hpp"

namespace hbalab::conform {

// What references can name.
struct Scope {
  std::map<std::string, Json, std::less<>> parameters;
  std::map<std::string, Json, std::less<>> answers;  // by the `as` of their steps
};

// Replaces references in texts: "${portal}", "${login/UniqueSessionId}", "${login/Id:hex16}" (16
// hexadecimal digits). A text that is one reference takes the type of what it names, and may have
// " + 1" or " - 1" behind it. The error names the reference that names nothing.
[[nodiscard]] std::expected<Json, std::string> substitute(const Json& value, const Scope& scope);
// Names of the references in a value that are parameters (no '/').
void collect_parameters(const Json& value, std::vector<std::string>& names);

// "SessionsList/0/TargetName"; null: there is no such value. "" is the whole.
[[nodiscard]] const Json* find_path(const Json& root, std::string_view path);

// Why a value that matchers are made of is no matcher; nothing: it is one.
[[nodiscard]] std::optional<std::string> check_matcher(const Json& matcher);
// Names of the matchers.
[[nodiscard]] std::vector<std::string_view> matcher_names();

// What of the matcher the value does not fulfil, in words ("at least 3"); nothing: it matches.
// `name`: the symbolic name of the value, where there is one.
[[nodiscard]] std::optional<std::string> mismatch(const Json& value, const Json* name,
                                                  const Json& matcher);

// The part of a value that keeps it from fitting: a member, or one of the element that fits best.
struct Blame {
  std::string path;             // below the value; "": the value itself
  const Json* value = nullptr;  // null: there is none
  const Json* name = nullptr;
  const Json* matcher = nullptr;
  bool nearest = false;  // any element might fit, and this is the one that comes nearest
};
[[nodiscard]] Blame blame(const Json& value, const Json* name, const Json& matcher);

// The value of a matcher that only one fits; null: others may.
[[nodiscard]] const Json* only_value(const Json& matcher);

// A value as messages show it, cut when it is long.
[[nodiscard]] std::string shown(const Json& value);

}  // namespace hbalab::conform
