// What stands in a case file, before it becomes cases. Not for other folders.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hba-sim/lab/config_reader.hpp"
#include "tests/conformance/case.hpp"
#include "tests/conformance/case_file.hpp"
#include "tests/conformance/value.hpp"

namespace hbalab::conform {

struct CaseText {
  std::string id, title;
  std::optional<Requirement> requirement;
  Needs needs;
  bool exclusive = false;
  std::vector<Step> when, steps, cleanup;
};

struct CaseFileText {
  std::string schema, about;
  std::optional<Requirement> requirement;
  std::vector<CaseText> cases;
  std::vector<Condition> conditions;
};

struct KnownFailuresText {
  std::vector<KnownFailure> list;
};

[[nodiscard]] std::string_view verb_name(Verb verb);
// "needed", "needed+8", "needed-1".
[[nodiscard]] std::optional<Room> room_of(std::string_view text);
// Anything, also nothing, that is not too long.
[[nodiscard]] lab::Problem check_line(std::string_view text);
// Pairs of hexadecimal digits with blanks between them.
[[nodiscard]] lab::Problem check_hex(std::string_view text);
[[nodiscard]] Json json_of(const lab::JsonNode& node);

}  // namespace hbalab::conform

namespace hbalab::lab {

#define HBALAB_CONFORM_TABLE(type)                   \
  template <>                                        \
  struct Table<type> {                               \
    static std::string_view title();                 \
    static const std::vector<Field<type>>& fields(); \
  }
HBALAB_CONFORM_TABLE(conform::Step);
HBALAB_CONFORM_TABLE(conform::Requirement);
HBALAB_CONFORM_TABLE(conform::Needs);
HBALAB_CONFORM_TABLE(conform::CaseText);
HBALAB_CONFORM_TABLE(conform::CaseFileText);
HBALAB_CONFORM_TABLE(conform::Condition);
HBALAB_CONFORM_TABLE(conform::KnownFailure);
HBALAB_CONFORM_TABLE(conform::KnownFailuresText);
#undef HBALAB_CONFORM_TABLE

}  // namespace hbalab::lab
