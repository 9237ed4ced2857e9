// One value as the text of a file (sysfs style: one value, newline at the end) and JSON both ways.
#pragma once

#include <expected>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "wmi-model/codec.hpp"
#include "wmi-model/model.hpp"
#include "wmi-model/value.hpp"

namespace hbalab::wmi {

// Why text or JSON was refused. `kind` decides the errno at the file system.
struct TextError {
  enum class Kind {
    malformed,    // not a value of the type                        EINVAL
    range,        // a number outside its type, a name too long     ERANGE
    unknown_key,  // JSON key that no property has                  EINVAL
    missing,      // a value that has no default was not given      EINVAL
    too_large,    // more text than the limit                       EFBIG
  } kind = Kind::malformed;
  std::string path;        // property path, or "" for the text itself
  std::string message;     // what came and what was expected
  std::string suggestion;  // the nearest valid name, or ""
  [[nodiscard]] std::string to_string() const;
};

// Limits of JSON input; nesting is bounded too, so that no text exhausts the stack.
inline constexpr std::size_t kMaxJsonBytes = 64u << 20;
inline constexpr int kMaxJsonDepth = 64;

// Text of a property file, newline at the end. Scalars: decimal (hex with display_in_hex); booleans
// 0/1; strings as UTF-8 up to a counted terminating NUL, lone surrogates as U+FFFD; uint8 arrays as
// hex digits, or as text for text_bytes (each NUL inside as a newline, NULs at the end not at all);
// other scalar arrays one value a line; secrets an empty line. Not for objects.
[[nodiscard]] std::string format_property(const Property& property, const Value& value);
// The symbolic name(s) of an enumerated value, newline at the end (PROPERTY.name files).
[[nodiscard]] std::string format_names(const Property& property, const Value& value);
// The inverse of format_property; accepts decimal, 0x and symbolic names, true/false for booleans.
// A trailing newline is not part of the value. For text_bytes a newline inside becomes a NUL.
[[nodiscard]] std::expected<Value, TextError> parse_property(const Property& property,
                                                             std::string_view text);

struct JsonStyle {
  bool names = true;     // enumerated values: a sibling key "NAME.name" with the symbolic name
  bool secrets = false;  // false: secret properties are shown as null
};
[[nodiscard]] nlohmann::ordered_json to_json(const Shape& shape, const Object& object,
                                             const JsonStyle& style = {});
// Omitted members take their HbalabDefault, else zero or empty; counting properties follow their
// arrays; enumerations by number or name, flags also as an array of names; an address or portal as
// its shorthand; keys that no property has are refused with the nearest name. A sibling key
// "NAME.name" (as to_json writes it) is accepted when it agrees with NAME, or stands for it.
[[nodiscard]] std::expected<Object, TextError> from_json(const Shape& shape,
                                                         const nlohmann::ordered_json& json);
// Parses text (bounded) and maps it. An empty or blank text is an empty object.
[[nodiscard]] std::expected<Object, TextError> parse_json(const Shape& shape,
                                                          std::string_view text);
[[nodiscard]] std::expected<nlohmann::ordered_json, TextError> parse_json_text(
    std::string_view text);

// Member `written` of an address (a class with Shorthand::address) has been set by itself: the
// address is of that kind from now on. Otherwise a text could be set only where Type is TEXT
// already, and TEXT only where there is a text. Other classes and members: nothing.
void settle_address(const Class& cls, Object& address, std::uint32_t written);

// JSON description of a class or method (class.json, method.json): types, ids, qualifiers, layout.
[[nodiscard]] nlohmann::ordered_json describe_class(const Class& cls);
[[nodiscard]] nlohmann::ordered_json describe_method(const Class& cls, const Method& method);

// UTF-16 <-> UTF-8; lone surrogates become U+FFFD on the way out, malformed UTF-8 is refused.
[[nodiscard]] std::string to_utf8(std::u16string_view text);
[[nodiscard]] std::expected<std::u16string, TextError> to_utf16(std::string_view text);
// The candidate nearest to `name` by edit distance when it is near enough to suggest, else "".
[[nodiscard]] std::string nearest_name(std::string_view name,
                                       std::span<const std::string_view> candidates);

}  // namespace hbalab::wmi
