// Value tree -> JSON.
#include <cmath>
#include <nlohmann/json.hpp>

#include "wmi-model/codec/text_internal.hpp"

namespace hbalab::wmi {
namespace {

using nlohmann::ordered_json;

// Keys are unique by construction, so the ordered map need not look for them.
void append(ordered_json::object_t& members, std::string key, ordered_json value) {
  static_cast<ordered_json::object_t::Container&>(members).emplace_back(std::move(key),
                                                                        std::move(value));
}

[[nodiscard]] ordered_json object_json(const Shape& shape, const Object& object,
                                       const JsonStyle& style, int depth);

[[nodiscard]] ordered_json bytes_json(const Property& property, const Bytes& bytes) {
  if (!property.text_bytes) return detail::hex_text(bytes);
  std::string text(bytes.begin(), bytes.end());
  if (detail::is_utf8(text)) return text;
  // No text carries these bytes exactly; numbers do, and are read back.
  ordered_json::array_t numbers;
  numbers.reserve(bytes.size());
  for (const std::uint8_t byte : bytes) numbers.emplace_back(byte);
  return numbers;
}

[[nodiscard]] ordered_json value_json(const Property& property, const Value& value,
                                      const JsonStyle& style, int depth) {
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return *number;
  if (const auto* signed_number = std::get_if<std::int64_t>(&value)) return *signed_number;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* text = std::get_if<std::u16string>(&value)) {
    return to_utf8(detail::until_nul(*text));
  }
  if (const auto* bytes = std::get_if<Bytes>(&value)) return bytes_json(property, *bytes);
  if (const auto* real = std::get_if<double>(&value)) {
    if (std::isfinite(*real)) return *real;
    return detail::real_text(*real, property.type);
  }
  if (const auto* array = std::get_if<Array>(&value)) {
    ordered_json::array_t elements;
    elements.reserve(array->elements.size());
    for (const Value& element : array->elements) {
      elements.push_back(value_json(property, element, style, depth));
    }
    return elements;
  }
  if (const auto* object = std::get_if<Object>(&value)) {
    if (property.object_class == nullptr) return nullptr;
    return object_json(shape_of(*property.object_class), *object, style, depth + 1);
  }
  return nullptr;
}

// The symbolic names beside a value; null when none of its values has one.
[[nodiscard]] ordered_json names_json(const Property& property, const Value& value) {
  const auto name = [&property](const Value& one) {
    const auto number = detail::enumerated(property, one);
    return number ? property.enumeration->describe(*number) : std::string();
  };
  if (const auto* bytes = std::get_if<Bytes>(&value)) {
    ordered_json::array_t names;
    for (const std::uint8_t byte : *bytes) names.emplace_back(name(Value(std::uint64_t{byte})));
    return names;
  }
  if (const auto* array = std::get_if<Array>(&value)) {
    ordered_json::array_t names;
    for (const Value& element : array->elements) names.emplace_back(name(element));
    return names;
  }
  std::string text = name(value);
  if (text.empty()) return nullptr;
  return text;
}

[[nodiscard]] ordered_json object_json(const Shape& shape, const Object& object,
                                       const JsonStyle& style, int depth) {
  ordered_json json = ordered_json::object();
  if (depth > detail::kMaxNesting) return json;
  auto& members = json.get_ref<ordered_json::object_t&>();
  members.reserve(shape.properties.size());
  static const Value kAbsent;
  for (std::size_t i = 0; i < shape.properties.size(); ++i) {
    const Property& property = shape.properties[i];
    const Value& value = i < object.members.size() ? object.members[i] : kAbsent;
    if (property.secret && !style.secrets) {
      append(members, property.name, nullptr);
      continue;
    }
    append(members, property.name, value_json(property, value, style, depth));
    if (!style.names || !property.enumeration) continue;
    if (ordered_json names = names_json(property, value); !names.is_null()) {
      append(members, property.name + ".name", std::move(names));
    }
  }
  return json;
}

}  // namespace

ordered_json to_json(const Shape& shape, const Object& object, const JsonStyle& style) {
  return object_json(shape, object, style, 0);
}

}  // namespace hbalab::wmi
