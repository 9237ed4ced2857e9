// JSON -> value tree.
#include <cmath>
#include <nlohmann/json.hpp>

#include "wmi-model/codec/address.hpp"
#include "wmi-model/codec/text_internal.hpp"

namespace hbalab::wmi {
namespace {

using detail::Frame;
using detail::refuse;
using nlohmann::ordered_json;
using Kind = TextError::Kind;
using Result = std::expected<Value, TextError>;

constexpr std::string_view kNameSuffix = ".name";
// Values made for what was omitted; a schema of nested classes must not multiply them without end.
constexpr std::uint64_t kMaxDefaults = 1u << 20;

[[nodiscard]] bool is_omitted(const ordered_json* json) {
  return json == nullptr || json->is_null();
}

// What came, for a message.
[[nodiscard]] std::string came(const Property& property, const ordered_json& json) {
  if (json.is_object()) return "an object";
  if (json.is_array()) return "an array";
  if (property.secret) return "the value";
  if (json.is_string()) return detail::shown(property, json.get_ref<const std::string&>());
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

class Reader {
 public:
  [[nodiscard]] std::expected<Object, TextError> object(const Shape& shape,
                                                        const ordered_json& json,
                                                        const Frame* frame, int depth) {
    if (depth > kMaxJsonDepth) return fail(frame, refuse(Kind::malformed, "is nested too deeply"));
    if (!json.is_object()) {
      return fail(frame,
                  refuse(Kind::malformed, json_kind(json) + " came, an object was expected"));
    }
    const std::size_t members = shape.properties.size();
    std::vector<Given> given(members);
    if (auto matched = match_keys(shape, json, given, frame); !matched) {
      return std::unexpected(std::move(matched.error()));
    }
    Object out;
    out.members.resize(members);
    for (std::size_t i = 0; i < members; ++i) {
      const Frame here{frame, shape.properties[i].name};
      Result value = member(shape.properties[i], given[i], &here, depth);
      if (!value) return std::unexpected(std::move(value.error()));
      out.members[i] = std::move(*value);
    }
    if (auto counted = fill_counts(shape, given, out, frame); !counted) {
      return std::unexpected(std::move(counted.error()));
    }
    return out;
  }

 private:
  // What the text says about a member; both null: it is omitted.
  struct Given {
    const ordered_json* value = nullptr;
    const ordered_json* names = nullptr;
  };

  template <typename Error>
  [[nodiscard]] static std::unexpected<TextError> fail(const Frame* frame, Error error) {
    TextError out = std::move(error.error());
    const std::string place = detail::path_text(frame);
    if (!place.empty()) out.path = out.path.empty() ? place : place + ", " + out.path;
    return std::unexpected(std::move(out));
  }

  [[nodiscard]] static std::string json_kind(const ordered_json& json) {
    if (json.is_object()) return "an object";
    if (json.is_array()) return "an array";
    if (json.is_string()) return "a text";
    return json.is_boolean() ? "a boolean" : json.is_null() ? "null" : "a number";
  }

  [[nodiscard]] std::expected<void, TextError> match_keys(const Shape& shape,
                                                          const ordered_json& json,
                                                          std::vector<Given>& given,
                                                          const Frame* frame) {
    std::size_t next = 0;  // keys mostly come in the order of the class
    for (const auto& [key, value] : json.get_ref<const ordered_json::object_t&>()) {
      std::string_view name = key;
      std::size_t found = find(shape, name, next);
      bool names = false;
      if (found == shape.properties.size() && name.ends_with(kNameSuffix)) {
        found =
            find(shape, name.substr(0, name.size() - kNameSuffix.size()), next == 0 ? 0 : next - 1);
        names = found < shape.properties.size() && shape.properties[found].enumeration != nullptr;
        if (!names) found = shape.properties.size();
      }
      if (found == shape.properties.size()) return unknown_key(shape, name, frame);
      (names ? given[found].names : given[found].value) = &value;
      next = found + 1;
    }
    return {};
  }

  [[nodiscard]] static std::size_t find(const Shape& shape, std::string_view name,
                                        std::size_t hint) {
    const std::size_t members = shape.properties.size();
    if (hint < members && shape.properties[hint].name == name) return hint;
    for (std::size_t i = 0; i < members; ++i) {
      if (shape.properties[i].name == name) return i;
    }
    return members;
  }

  [[nodiscard]] static std::unexpected<TextError> unknown_key(const Shape& shape,
                                                              std::string_view name,
                                                              const Frame* frame) {
    std::vector<std::string_view> names;
    names.reserve(shape.properties.size());
    for (const Property& property : shape.properties) names.emplace_back(property.name);
    return fail(frame,
                refuse(Kind::unknown_key,
                       "there is no member \"" + detail::shown_utf8(name.substr(0, 60)) + '"',
                       nearest_name(name, names)));
  }

  [[nodiscard]] Result member(const Property& property, const Given& given, const Frame* frame,
                              int depth) {
    if (is_omitted(given.value)) {
      if (!is_omitted(given.names)) return from_names(property, *given.names, frame);
      return omitted(property, frame, depth);
    }
    Result result = value(property, *given.value, frame, depth);
    if (result && !is_omitted(given.names))
      return agree(property, std::move(*result), *given.names, frame);
    return result;
  }

  // The value that a "NAME.name" key stands for.
  [[nodiscard]] Result from_names(const Property& property, const ordered_json& names,
                                  const Frame* frame) {
    const Frame here{frame, "name"};
    const bool fits = property.array == ArrayKind::none ? names.is_string() : names.is_array();
    if (!fits) {
      return fail(&here, refuse(Kind::malformed, json_kind(names) + " came, " +
                                                     (property.array == ArrayKind::none
                                                          ? "a name was expected"
                                                          : "an array of names was expected")));
    }
    return value(property, names, &here, 0);
  }

  [[nodiscard]] Result agree(const Property& property, Value value, const ordered_json& names,
                             const Frame* frame) {
    const auto agrees = [&](const Value& one, const ordered_json& name) {
      const auto number = detail::enumerated(property, one);
      if (!number || !name.is_string()) return false;
      const auto& text = name.get_ref<const std::string&>();
      return text == property.enumeration->describe(*number) ||
             property.enumeration->parse(text) == number;
    };
    bool all = true;
    const auto each = [&](std::size_t count, const auto& element) {
      all = names.is_array() && names.size() == count;
      for (std::size_t i = 0; all && i < count; ++i) all = agrees(element(i), names[i]);
    };
    if (const auto* array = std::get_if<Array>(&value)) {
      each(array->elements.size(), [&](std::size_t i) { return array->elements[i]; });
    } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
      each(bytes->size(), [&](std::size_t i) { return Value(std::uint64_t{(*bytes)[i]}); });
    } else {
      all = agrees(value, names);
    }
    if (all) return value;
    const Frame here{frame, "name"};
    return fail(&here, refuse(Kind::malformed, "names another value than " + property.name));
  }

  [[nodiscard]] Result omitted(const Property& property, const Frame* frame, int depth) {
    if (++defaults_ > kMaxDefaults) {
      return fail(frame, refuse(Kind::too_large, "the class has too many members to fill in"));
    }
    if (property.default_json) {
      auto json = parse_json_text(*property.default_json);
      Result result = json ? value(property, *json, frame, depth)
                           : Result(fail(frame, std::unexpected(std::move(json.error()))));
      if (!result) result.error().message += " (in the default of the class, HbalabDefault)";
      return result;
    }
    if (property.type != CimType::object || property.array != ArrayKind::none ||
        property.object_class == nullptr) {
      return Value();
    }
    static const ordered_json kNothing = ordered_json::object();
    auto inner = object(shape_of(*property.object_class), kNothing, frame, depth + 1);
    if (!inner) return std::unexpected(std::move(inner.error()));
    return Value(std::move(*inner));
  }

  [[nodiscard]] Result value(const Property& property, const ordered_json& json, const Frame* frame,
                             int depth) {
    if (property.array == ArrayKind::none) return item(property, json, frame, depth);
    if (detail::is_byte_array(property) && json.is_string()) {
      return byte_text(property, json.get_ref<const std::string&>(), frame);
    }
    if (!json.is_array()) return wrong_type(property, json, frame);
    Array array;
    array.elements.reserve(json.size());
    for (std::size_t i = 0; i < json.size(); ++i) {
      const Frame here{frame, {}, static_cast<std::uint32_t>(i)};
      if (json[i].is_null())
        return fail(&here, refuse(Kind::missing, "null came, a value was expected"));
      Result element = item(property, json[i], &here, depth);
      if (!element) return element;
      array.elements.push_back(std::move(*element));
    }
    if (auto count = detail::check_count(property, array.elements.size()); !count) {
      return fail(frame, std::unexpected(std::move(count.error())));
    }
    if (!detail::is_byte_array(property)) return Value(std::move(array));
    Bytes bytes;
    bytes.reserve(array.elements.size());
    for (const Value& element : array.elements) {
      bytes.push_back(static_cast<std::uint8_t>(std::get<std::uint64_t>(element)));
    }
    return Value(std::move(bytes));
  }

  [[nodiscard]] static Result byte_text(const Property& property, const std::string& text,
                                        const Frame* frame) {
    if (!property.text_bytes) {
      auto bytes = detail::parse_hex(property, text);
      if (!bytes) return fail(frame, std::unexpected(std::move(bytes.error())));
      return Value(std::move(*bytes));
    }
    Bytes bytes(text.begin(), text.end());
    if (property.array == ArrayKind::fixed) {
      if (bytes.size() > property.fixed_count) {
        return fail(frame, refuse(Kind::range, std::to_string(bytes.size()) + " characters came, " +
                                                   std::to_string(property.fixed_count) + " fit"));
      }
      bytes.resize(property.fixed_count);
    }
    return Value(std::move(bytes));
  }

  [[nodiscard]] static std::unexpected<TextError> wrong_type(const Property& property,
                                                             const ordered_json& json,
                                                             const Frame* frame) {
    return fail(frame,
                refuse(Kind::malformed, came(property, json) + " came, " +
                                            detail::expected_text(property) + " was expected"));
  }

  [[nodiscard]] Result item(const Property& property, const ordered_json& json, const Frame* frame,
                            int depth) {
    Result result = [&]() -> Result {
      switch (property.type) {
        case CimType::object:
          return embedded(property, json, frame, depth);
        case CimType::string:
        case CimType::datetime:
          if (!json.is_string()) return element_type(property, json);
          return detail::parse_string(property, json.get_ref<const std::string&>());
        case CimType::boolean:
          return boolean(property, json);
        case CimType::real32:
        case CimType::real64:
          return real(property, json);
        default:
          return integer(property, json);
      }
    }();
    // Errors of an embedded object know their place already.
    if (!result && property.type != CimType::object) {
      return fail(frame, std::unexpected(std::move(result.error())));
    }
    return result;
  }

  [[nodiscard]] static std::unexpected<TextError> element_type(const Property& property,
                                                               const ordered_json& json) {
    return refuse(Kind::malformed,
                  came(property, json) + " came, " + std::string(cim_type_name(property.type)) +
                      (property.enumeration ? " or a name" : "") + " was expected");
  }

  [[nodiscard]] Result embedded(const Property& property, const ordered_json& json,
                                const Frame* frame, int depth) {
    if (property.object_class == nullptr) {
      return fail(frame, refuse(Kind::malformed, "has no class"));
    }
    const Class& cls = *property.object_class;
    if (json.is_string() && cls.shorthand != Shorthand::none) {
      auto object = detail::parse_shorthand(cls, json.get_ref<const std::string&>());
      if (!object) return fail(frame, std::unexpected(std::move(object.error())));
      for (std::size_t i = 0; i < object->members.size(); ++i) {
        if (!std::holds_alternative<std::monostate>(object->members[i])) continue;
        const Frame here{frame, cls.properties[i].name};
        Result filled = omitted(cls.properties[i], &here, depth + 1);
        if (!filled) return filled;
        object->members[i] = std::move(*filled);
      }
      return Value(std::move(*object));
    }
    if (!json.is_object()) {
      const std::string text = cls.shorthand == Shorthand::address  ? " or an address as text"
                               : cls.shorthand == Shorthand::portal ? " or \"address:port\""
                                                                    : "";
      return fail(frame, refuse(Kind::malformed, came(property, json) + " came, an object " +
                                                     cls.name + text + " was expected"));
    }
    auto object = this->object(shape_of(cls), json, frame, depth + 1);
    if (!object) return std::unexpected(std::move(object.error()));
    return Value(std::move(*object));
  }

  [[nodiscard]] static Result boolean(const Property& property, const ordered_json& json) {
    if (json.is_boolean()) return Value(json.get<bool>());
    if (json.is_string())
      return detail::parse_boolean(property, json.get_ref<const std::string&>());
    if (json.is_number_unsigned() && json.get<std::uint64_t>() <= 1) {
      return Value(json.get<std::uint64_t>() == 1);
    }
    return refuse(Kind::malformed, came(property, json) + " came, true or false was expected");
  }

  [[nodiscard]] static Result real(const Property& property, const ordered_json& json) {
    if (json.is_string()) return detail::parse_real(property, json.get_ref<const std::string&>());
    if (!json.is_number()) return element_type(property, json);
    const auto value = json.get<double>();
    if (property.type == CimType::real64) return Value(value);
    const auto narrow = static_cast<float>(value);
    if (std::isinf(narrow) && std::isfinite(value)) {
      return refuse(Kind::range, came(property, json) + " is outside real32");
    }
    return Value(double{narrow});
  }

  [[nodiscard]] static Result integer(const Property& property, const ordered_json& json) {
    if (json.is_number_unsigned()) {
      return detail::check_range(property, false, json.get<std::uint64_t>());
    }
    if (json.is_number_integer()) {
      const auto number = json.get<std::int64_t>();
      const auto raw = static_cast<std::uint64_t>(number);
      return detail::check_range(property, number < 0, number < 0 ? 0 - raw : raw);
    }
    if (json.is_string())
      return detail::parse_integer(property, json.get_ref<const std::string&>());
    if (json.is_array() && property.enumeration && property.enumeration->flags) {
      return flags(property, json);
    }
    if (json.is_number_float()) {
      // An integer beyond 64 bits is read as a real number too.
      const auto number = json.get<double>();
      const bool huge = number >= 18446744073709551616.0 || number < -9223372036854775808.0;
      return refuse(
          huge ? Kind::range : Kind::malformed,
          came(property, json) +
              (huge ? " is outside " : " is a real number, an integer was expected for ") +
              std::string(cim_type_name(property.type)));
    }
    return element_type(property, json);
  }

  // Flags one by one: names or numbers.
  [[nodiscard]] static Result flags(const Property& property, const ordered_json& json) {
    std::uint64_t all = 0;
    for (const ordered_json& flag : json) {
      if (flag.is_array()) return element_type(property, flag);
      Result one = integer(property, flag);
      if (!one) return one;
      all |= detail::enumerated(property, *one).value_or(0);
    }
    if (detail::is_signed(property.type)) {
      return Value(detail::sign_extend(all, scalar_size(property.type)));
    }
    return Value(all);
  }

  // Counting members follow their arrays, and must agree when they were given.
  [[nodiscard]] static std::expected<void, TextError> fill_counts(const Shape& shape,
                                                                  const std::vector<Given>& given,
                                                                  Object& object,
                                                                  const Frame* frame) {
    if (!shape.layout->variable) return {};
    std::vector<bool> counted(shape.properties.size());
    for (std::size_t i = 0; i < shape.properties.size(); ++i) {
      const Property& property = shape.properties[i];
      if (property.array != ArrayKind::counted || property.count_index < 0) continue;
      const auto counter = static_cast<std::size_t>(property.count_index);
      if (counter >= shape.properties.size()) continue;
      const Property& counting = shape.properties[counter];
      std::uint64_t length = 0;
      if (const auto* array = std::get_if<Array>(&object.members[i]))
        length = array->elements.size();
      if (const auto* bytes = std::get_if<Bytes>(&object.members[i])) length = bytes->size();
      const Frame here{frame, counting.name};
      Result value = detail::check_range(counting, false, length);
      if (!value) return fail(&here, std::unexpected(std::move(value.error())));
      const bool told = !is_omitted(given[counter].value) || !is_omitted(given[counter].names);
      if ((told || counted[counter]) && object.members[counter] != *value) {
        const auto said = detail::enumerated(counting, object.members[counter]);
        return fail(&here, refuse(Kind::malformed, "says " + std::to_string(said.value_or(0)) +
                                                       ", " + property.name + " has " +
                                                       std::to_string(length) + " elements"));
      }
      object.members[counter] = std::move(*value);
      counted[counter] = true;
    }
    return {};
  }

  std::uint64_t defaults_ = 0;
};

}  // namespace

std::expected<Object, TextError> from_json(const Shape& shape, const ordered_json& json) {
  return Reader().object(shape, json, nullptr, 0);
}

}  // namespace hbalab::wmi
