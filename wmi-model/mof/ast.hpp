// What the parser makes of the tokens: declarations with positions, in an arena. Text is either a
// view of the source or lies in the same arena.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string_view>
#include <vector>

#include "wmi-model/model.hpp"
#include "wmi-model/mof/source.hpp"

namespace hbalab::wmi::mof {

template <typename T>
using List = std::pmr::vector<T>;

struct ValueNode {
  enum class Kind : std::uint8_t { null, boolean, integer, real, string, list, alias };
  Kind kind = Kind::null;
  bool negative = false;   // integer: `integer` is the magnitude
  bool character = false;  // integer: written as a character
  Position where;
  std::uint64_t integer = 0;  // boolean: 0 or 1
  double real = 0;
  std::string_view text;                      // string, alias
  const List<ValueNode>* elements = nullptr;  // list
};

struct QualifierNode {
  std::string_view name;
  Position where;
  bool has_value = false;
  ValueNode value;
  List<std::string_view> flavors;
};

struct TypeNode {
  Position where;
  CimType type = CimType::uint32;
  std::string_view name;        // as written
  std::string_view class_name;  // for CimType::object; empty: "object" without a class
  bool is_reference = false;    // "CLASS ref"
  bool is_void = false;
};

// A property, a parameter or a method: what they have in common is most of them.
struct MemberNode {
  List<QualifierNode> qualifiers;
  TypeNode type;
  std::string_view name;
  Position where;  // of the name
  bool is_array = false;
  std::optional<std::uint32_t> count;  // x[16]
  std::optional<ValueNode> initial;    // = value
  bool is_method = false;
  List<MemberNode> parameters;
};

struct ClassNode {
  List<QualifierNode> qualifiers;
  std::string_view name;
  Position where;
  std::string_view base;
  Position base_where;
  List<MemberNode> members;
  // Errors inside: what is missing may be what could not be read, so nothing is said about it.
  bool broken = false;
};

}  // namespace hbalab::wmi::mof
