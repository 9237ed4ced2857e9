// One property or parameter: type, array, qualifiers, default.
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "wmi-model/mof/builder.hpp"

namespace hbalab::wmi {
namespace {

using Json = nlohmann::ordered_json;
using mof::equal_ignoring_case;
using mof::QualifierNode;
using mof::ValueNode;

// What a writer of C is likely to have meant.
constexpr std::array<std::pair<std::string_view, std::string_view>, 18> kForeignTypes = {
    {{"BOOLEAN", "boolean"},
     {"BOOL", "boolean"},
     {"UCHAR", "uint8"},
     {"BYTE", "uint8"},
     {"USHORT", "uint16"},
     {"WORD", "uint16"},
     {"ULONG", "uint32"},
     {"DWORD", "uint32"},
     {"LONG", "sint32"},
     {"int", "sint32"},
     {"ULONGLONG", "uint64"},
     {"ULONG64", "uint64"},
     {"LONGLONG", "sint64"},
     {"WCHAR", "char16"},
     {"char", "sint8"},
     {"float", "real32"},
     {"double", "real64"},
     {"bool", "boolean"}}};

struct Range {
  std::int64_t low;
  std::uint64_t high;
};

Range range_of(CimType type) {
  switch (type) {
    case CimType::sint8:
      return {-128, 127};
    case CimType::uint8:
      return {0, 0xFF};
    case CimType::sint16:
      return {-32768, 32767};
    case CimType::uint16:
    case CimType::char16:
      return {0, 0xFFFF};
    case CimType::sint32:
      return {std::numeric_limits<std::int32_t>::min(), 0x7FFFFFFF};
    case CimType::uint32:
      return {0, 0xFFFFFFFF};
    case CimType::sint64:
      return {std::numeric_limits<std::int64_t>::min(), 0x7FFFFFFFFFFFFFFF};
    default:
      return {0, std::numeric_limits<std::uint64_t>::max()};
  }
}

bool is_integer(CimType type) {
  return (type >= CimType::sint8 && type <= CimType::uint64) || type == CimType::char16;
}

// The default of a scalar as JSON; nothing when it is no value of the type.
std::optional<Json> scalar_json(const ValueNode& value, CimType type) {
  if (value.kind == ValueNode::Kind::null) return Json(nullptr);
  if (value.kind == ValueNode::Kind::boolean && type == CimType::boolean)
    return Json(value.integer != 0);
  if (value.kind == ValueNode::Kind::string &&
      (type == CimType::string || type == CimType::datetime)) {
    return Json(std::string(value.text));
  }
  const bool real = type == CimType::real32 || type == CimType::real64;
  if (value.kind == ValueNode::Kind::real && real) return Json(value.real);
  if (value.kind != ValueNode::Kind::integer) return std::nullopt;
  if (real) {
    const auto number = static_cast<double>(value.integer);
    return Json(value.negative ? -number : number);
  }
  if (!is_integer(type)) return std::nullopt;
  const Range range = range_of(type);
  if (value.negative) {
    const auto number = static_cast<std::int64_t>(0 - value.integer);
    return number < range.low ? std::nullopt : std::optional(Json(number));
  }
  return value.integer > range.high ? std::nullopt : std::optional(Json(value.integer));
}

std::optional<Json> default_json(const ValueNode& value, const Property& property) {
  if (property.array == ArrayKind::none || value.kind == ValueNode::Kind::null) {
    return scalar_json(value, property.type);
  }
  if (value.kind != ValueNode::Kind::list) return std::nullopt;
  if (property.array == ArrayKind::fixed && value.elements->size() > property.fixed_count)
    return std::nullopt;
  Json list = Json::array();
  for (const ValueNode& element : *value.elements) {
    auto json = scalar_json(element, property.type);
    if (!json) return std::nullopt;
    list.push_back(std::move(*json));
  }
  return list;
}

// "object:ISCSI_IP_Address", as CIMTYPE has it.
std::string_view class_in(std::string_view text) {
  constexpr std::string_view kPrefix = "object:";
  if (text.size() > kPrefix.size() &&
      equal_ignoring_case(text.substr(0, kPrefix.size()), kPrefix)) {
    return text.substr(kPrefix.size());
  }
  return {};
}

}  // namespace

const Class* SchemaBuilder::class_of(std::string_view name, const Position& where,
                                     const std::string& label) {
  if (Work* work = find(name)) return work->cls.get();
  std::string hint;
  for (const auto& [foreign, type] : kForeignTypes) {
    if (foreign == name) hint = "; MOF calls this type " + std::string(type);
  }
  diagnostics_.error(
      where, "the type of " + label + ", class '" + std::string(name) + "', is not defined" + hint);
  return nullptr;
}

SchemaBuilder::Member SchemaBuilder::read_member(const mof::MemberNode& node,
                                                 const std::string& owner) {
  Member member;
  const std::string label = "'" + std::string(node.name) + "' of " + owner;
  member.where = node.where;
  member.property.name = node.name;
  member.property.where = sources_.locate(node.where);
  member.property.qualifiers = mof::convert_qualifiers(node.qualifiers, diagnostics_);
  member_type(node, label, member);
  member_qualifiers(node, label, member);
  member_array(node, label, member);
  Property& property = member.property;
  property.enumeration = mof::make_enum_table(node.qualifiers, property.type, label, diagnostics_);
  if (node.initial) member_default(node, label, member);
  return member;
}

void SchemaBuilder::member_type(const mof::MemberNode& node, const std::string& label,
                                Member& member) {
  Property& property = member.property;
  property.type = node.type.type;
  if (node.type.is_void) {
    diagnostics_.error(node.type.where, label + " cannot be void: expected a type");
    member.broken = true;
    return;
  }
  if (node.type.is_reference) {
    // A reference is the path of an instance: text. Drivers' blocks have none.
    diagnostics_.note(node.type.where, label + " is a reference and is read as a string");
    property.type = CimType::string;
    return;
  }
  std::string_view name = node.type.class_name;
  const bool embeds = property.type == CimType::string || property.type == CimType::object;
  if (name.empty() && embeds) {
    if (const std::string* text = property.qualifiers.text("EmbeddedInstance")) name = *text;
    if (const std::string* text = property.qualifiers.text("CIMTYPE")) {
      if (const std::string_view inner = class_in(*text); !inner.empty()) name = inner;
    }
  }
  if (!name.empty()) {
    property.type = CimType::object;
    property.object_class = class_of(name, node.type.where, label);
    member.broken = property.object_class == nullptr;
  } else if (property.type == CimType::object) {
    diagnostics_.error(node.type.where,
                       label + " is an object of no class: expected the name of a class");
    member.broken = true;
  }
}

void SchemaBuilder::member_array(const mof::MemberNode& node, const std::string& label,
                                 Member& member) {
  Property& property = member.property;
  const QualifierNode* size_is = mof::find_qualifier(node.qualifiers, "WmiSizeIs");
  if (!node.is_array) {
    if (size_is == nullptr) return;
    diagnostics_.error(size_is->where, "WmiSizeIs on " + label + ", which is no array: expected '" +
                                           property.name + "[]'");
    member.broken = true;
    return;
  }
  if (node.count) {
    property.array = ArrayKind::fixed;
    property.fixed_count = *node.count;
    if (size_is != nullptr) {
      diagnostics_.warning(size_is->where, "WmiSizeIs on " + label +
                                               " has no effect: the array always has " +
                                               std::to_string(*node.count) + " elements");
    }
    return;
  }
  const auto most = property.qualifiers.integer("MAX");
  if (size_is == nullptr && most && *most > 0 && *most <= 0xFFFFFFFFu) {
    property.array = ArrayKind::fixed;
    property.fixed_count = static_cast<std::uint32_t>(*most);
    return;
  }
  property.array = ArrayKind::counted;
  if (size_is == nullptr) {
    member.uncounted = true;
    return;
  }
  const std::string* text = property.qualifiers.text("WmiSizeIs");
  if (text != nullptr && !text->empty()) {
    member.counter = *text;
    member.counter_where = size_is->value.where;
  } else {
    diagnostics_.error(size_is->where,
                       "WmiSizeIs of " + label + " must be the name of a property in quotes");
    member.broken = true;
  }
}

void SchemaBuilder::member_qualifiers(const mof::MemberNode& node, const std::string& label,
                                      Member& member) {
  Property& property = member.property;
  const Qualifiers& qualifiers = property.qualifiers;
  const auto bad = [&](const QualifierNode& at, const std::string& message) {
    diagnostics_.error(at.has_value ? at.value.where : at.where, message);
    member.broken = true;
  };
  for (const std::string_view name : {"WmiDataId", "ID"}) {
    const QualifierNode* id = mof::find_qualifier(node.qualifiers, name);
    if (id == nullptr || member.has_id) continue;
    const bool from_one = equal_ignoring_case(name, "WmiDataId");
    const auto value = qualifiers.integer(name);
    member.has_id = true;
    member.id_where = id->has_value ? id->value.where : id->where;
    if (!value || (from_one && *value == 0) || *value > 0x7FFFFFFFu) {
      bad(*id,
          std::string(name) + " of " + label + " must be a number from " + (from_one ? "1" : "0"));
    } else {
      property.id = static_cast<std::uint32_t>(*value);
    }
  }
  if (const QualifierNode* max_len = mof::find_qualifier(node.qualifiers, "MaxLen")) {
    const auto value = qualifiers.integer("MaxLen");
    constexpr std::uint64_t kCountable = 0x7FFF;  // the count of bytes in front is 16 bits
    if (!value || *value >= 0xFFFFFFFFu) {
      bad(*max_len, "MaxLen of " + label + " must be a number of characters");
    } else {
      property.max_len = static_cast<std::uint32_t>(*value);
      if (*value > kCountable && property.type == CimType::string) {
        diagnostics_.warning(max_len->where,
                             "MaxLen " + std::to_string(*value) + " of " + label +
                                 ": a string's count of bytes ends at 32767 characters");
      }
    }
  }
  property.key = qualifiers.is_set("key");
  property.writable = qualifiers.is_set("write");
  const Qualifier* read = qualifiers.find("read");
  property.readable = read == nullptr || qualifiers.is_set("read");
  property.display_in_hex =
      qualifiers.is_set("DisplayInHex") || qualifiers.is_set("WmiDisplayInHex");
  if (const std::string* text = qualifiers.text("Description")) property.description = *text;
  property.secret = qualifiers.is_set("HbalabSecret");
  if (property.secret) property.readable = false;
  if (const QualifierNode* text = mof::find_qualifier(node.qualifiers, "HbalabText")) {
    property.text_bytes = property.type == CimType::uint8 && node.is_array;
    if (!property.text_bytes) bad(*text, "HbalabText on " + label + ": expected an array of uint8");
  }
  if (const QualifierNode* text = mof::find_qualifier(node.qualifiers, "HbalabDefault")) {
    const std::string* json = qualifiers.text("HbalabDefault");
    if (json != nullptr && Json::accept(*json)) {
      property.default_json = *json;
    } else {
      bad(*text, "HbalabDefault of " + label + " must be a string with a JSON value");
    }
  }
  const QualifierNode* stamp = mof::find_qualifier(node.qualifiers, "WmiTimeStamp");
  if (stamp != nullptr && property.type != CimType::uint64 && property.type != CimType::sint64) {
    diagnostics_.warning(stamp->where, "WmiTimeStamp on " + label + ": expected a 64-bit integer");
  }
}

void SchemaBuilder::member_default(const mof::MemberNode& node, const std::string& label,
                                   Member& member) {
  Property& property = member.property;
  const auto json = default_json(*node.initial, property);
  if (!json) {
    diagnostics_.error(node.initial->where, "the default of " + label + " is no value of type " +
                                                std::string(cim_type_name(property.type)) +
                                                (property.array == ArrayKind::none ? "" : "[]"));
    member.broken = true;
    return;
  }
  if (!property.default_json) {
    property.default_json = json->dump(-1, ' ', false, Json::error_handler_t::replace);
  }
}

}  // namespace hbalab::wmi
