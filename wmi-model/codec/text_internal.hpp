// What text and JSON share. Not for other modules.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "wmi-model/codec/internal.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::wmi::detail {

// Longer names are compared for equality only; the longest name in use has 40 characters.
inline constexpr std::size_t kMaxNameLength = 128;

[[nodiscard]] bool is_utf8(std::string_view text);
// The text with U+FFFD for what is not UTF-8.
[[nodiscard]] std::string shown_utf8(std::string_view text);
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);  // ignoring ASCII case
// What came, for a message: quoted and cut short, and never the content of a secret.
[[nodiscard]] std::string shown(const Property& property, std::string_view came);
// "uint32", "string of up to 223 characters", "6 bytes", ...
[[nodiscard]] std::string expected_text(const Property& property);

// The text up to the terminating NUL, when there is one.
[[nodiscard]] inline std::u16string_view until_nul(std::u16string_view text) {
  return text.substr(0, text.find(u'\0'));
}

// Value as an enumeration sees it.
[[nodiscard]] std::optional<std::uint64_t> enumerated(const Property& property, const Value& value);

// Text of one element of a property; errors carry no path.
[[nodiscard]] std::expected<Value, TextError> parse_integer(const Property& property,
                                                            std::string_view text);
[[nodiscard]] std::expected<Value, TextError> parse_real(const Property& property,
                                                         std::string_view text);
[[nodiscard]] std::expected<Value, TextError> parse_boolean(const Property& property,
                                                            std::string_view text);
[[nodiscard]] std::expected<Value, TextError> parse_string(const Property& property,
                                                           std::string_view text);
// Hexadecimal digits, with or without 0x, blanks, colons and dashes between bytes.
[[nodiscard]] std::expected<Bytes, TextError> parse_hex(const Property& property,
                                                        std::string_view text);
[[nodiscard]] std::string hex_text(const Bytes& bytes);
[[nodiscard]] std::string real_text(double value, CimType type);
// Refuses a number that the property's type cannot hold.
[[nodiscard]] std::expected<Value, TextError> check_range(const Property& property, bool negative,
                                                          std::uint64_t magnitude);
// Refuses a number of elements that a fixed array does not have.
[[nodiscard]] std::expected<void, TextError> check_count(const Property& property,
                                                         std::size_t count);

[[nodiscard]] inline std::unexpected<TextError> refuse(TextError::Kind kind, std::string message,
                                                       std::string suggestion = {}) {
  return std::unexpected(TextError{kind, {}, std::move(message), std::move(suggestion)});
}

}  // namespace hbalab::wmi::detail
