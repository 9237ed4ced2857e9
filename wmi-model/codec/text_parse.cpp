// Text of a property file -> value.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "wmi-model/codec/text_internal.hpp"

namespace hbalab::wmi {

using detail::refuse;
using Kind = TextError::Kind;

std::string TextError::to_string() const {
  std::string text = path.empty() ? message : path + ": " + message;
  if (!suggestion.empty()) text += "; did you mean \"" + suggestion + "\"?";
  return text;
}

namespace {

[[nodiscard]] std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

[[nodiscard]] std::string_view without_newline(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

// An enumeration's name for a text that is not a number.
[[nodiscard]] std::string nearest_value_name(const Property& property, std::string_view text) {
  if (!property.enumeration || property.secret) return {};
  std::vector<std::string_view> names;
  for (const auto& item : property.enumeration->items) names.emplace_back(item.name);
  if (property.enumeration->flags) text = trimmed(text.substr(text.rfind('|') + 1));
  return nearest_name(text, names);
}

[[nodiscard]] std::expected<Value, TextError> parse_item(const Property& property,
                                                         std::string_view text) {
  if (detail::is_text(property.type)) return detail::parse_string(property, text);
  const std::string_view word = trimmed(text);
  if (property.type == CimType::boolean) return detail::parse_boolean(property, word);
  if (detail::is_real(property.type)) return detail::parse_real(property, word);
  return detail::parse_integer(property, word);
}

[[nodiscard]] std::expected<Value, TextError> parse_characters(const Property& property,
                                                               std::string_view text) {
  Bytes bytes(text.begin(), text.end());
  // The inverse of what format_property shows: lines are separated by NULs in the block.
  std::ranges::replace(bytes, std::uint8_t{'\n'}, std::uint8_t{0});
  if (property.array == ArrayKind::fixed) {
    if (bytes.size() > property.fixed_count) {
      return refuse(Kind::range, std::to_string(bytes.size()) + " characters came, " +
                                     std::to_string(property.fixed_count) + " fit");
    }
    bytes.resize(property.fixed_count);
  }
  return Value(std::move(bytes));
}

[[nodiscard]] std::expected<Value, TextError> parse_lines(const Property& property,
                                                          std::string_view text) {
  Array array;
  // An empty file has no lines: without this an array could not be emptied.
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    auto element = parse_item(property, text.substr(0, end));
    if (!element) {
      element.error().path = "line " + std::to_string(array.elements.size() + 1);
      return std::unexpected(std::move(element.error()));
    }
    array.elements.push_back(std::move(*element));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  if (auto count = detail::check_count(property, array.elements.size()); !count) {
    return std::unexpected(std::move(count.error()));
  }
  return Value(std::move(array));
}

}  // namespace

std::expected<Value, TextError> parse_property(const Property& property, std::string_view text) {
  const auto parse = [&]() -> std::expected<Value, TextError> {
    if (text.size() > kMaxJsonBytes) {
      return refuse(Kind::too_large, "the text has " + detail::bytes_text(text.size()) + ", " +
                                         std::to_string(kMaxJsonBytes) + " are the limit");
    }
    if (property.type == CimType::object)
      return refuse(Kind::malformed, "is an object, not a value");
    if (property.array == ArrayKind::none) return parse_item(property, without_newline(text));
    if (!detail::is_byte_array(property)) return parse_lines(property, text);
    if (property.text_bytes) return parse_characters(property, without_newline(text));
    auto bytes = detail::parse_hex(property, text);
    if (!bytes) return std::unexpected(std::move(bytes.error()));
    return Value(std::move(*bytes));
  };
  auto value = parse();
  if (!value) {
    std::string& path = value.error().path;
    path = path.empty() ? property.name : property.name + ", " + path;
  }
  return value;
}

namespace detail {

std::expected<Value, TextError> check_range(const Property& property, bool negative,
                                            std::uint64_t magnitude) {
  const std::size_t size = std::max<std::size_t>(1, scalar_size(property.type));
  const std::uint64_t limit = unsigned_max(size);
  const auto outside = [&]() {
    const std::string number = property.secret ? std::string("the number")
                                               : (negative ? "-" : "") + std::to_string(magnitude);
    const std::string range = is_signed(property.type) ? "-" + std::to_string(limit / 2 + 1) +
                                                             " to " + std::to_string(limit / 2)
                                                       : "0 to " + std::to_string(limit);
    return refuse(Kind::range, number + " is outside " + std::string(cim_type_name(property.type)) +
                                   ", which holds " + range);
  };
  if (is_signed(property.type)) {
    if (magnitude > limit / 2 + (negative ? 1 : 0)) return outside();
    return Value(static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude));
  }
  if (magnitude > limit || (negative && magnitude != 0)) return outside();
  return Value(magnitude);
}

std::expected<Value, TextError> parse_integer(const Property& property, std::string_view text) {
  const auto malformed = [&] {
    return refuse(Kind::malformed,
                  (text.empty() ? std::string("nothing") : shown(property, text)) +
                      " came, a number (decimal, or hexadecimal with 0x)" +
                      (property.enumeration ? " or a name" : "") + " was expected for " +
                      std::string(cim_type_name(property.type)),
                  text.empty() ? std::string() : nearest_value_name(property, text));
  };
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
  if (hex) digits.remove_prefix(2);
  std::uint64_t magnitude = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, code] = std::from_chars(digits.data(), end, magnitude, hex ? 16 : 10);
  if (!digits.empty() && stop == end) {
    if (code == std::errc::result_out_of_range) {
      return refuse(Kind::range, shown(property, text) + " is outside " +
                                     std::string(cim_type_name(property.type)));
    }
    if (code == std::errc()) {
      // What display_in_hex shows of a negative number are the bits of its type.
      if (hex && !negative && is_signed(property.type) &&
          magnitude <= unsigned_max(scalar_size(property.type))) {
        return Value(sign_extend(magnitude, scalar_size(property.type)));
      }
      return check_range(property, negative, magnitude);
    }
  }
  if (property.enumeration && !text.empty()) {
    if (const auto value = property.enumeration->parse(text)) {
      const auto as_signed = static_cast<std::int64_t>(*value);
      if (is_signed(property.type) && as_signed < 0) {
        return check_range(property, true, 0 - *value);
      }
      return check_range(property, false, *value);
    }
  }
  return malformed();
}

std::expected<Value, TextError> parse_real(const Property& property, std::string_view text) {
  double value = 0;
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || stop != text.data() + text.size() || code == std::errc::invalid_argument) {
    return refuse(Kind::malformed, shown(property, text) + " came, a real number was expected");
  }
  const bool too_big = property.type == CimType::real32 && std::isfinite(value) &&
                       std::isinf(static_cast<float>(value));
  if (code == std::errc::result_out_of_range || too_big) {
    return refuse(Kind::range, shown(property, text) + " is outside " +
                                   std::string(cim_type_name(property.type)));
  }
  return Value(property.type == CimType::real32 ? double{static_cast<float>(value)} : value);
}

std::expected<Value, TextError> parse_boolean(const Property& property, std::string_view text) {
  if (text == "1" || same_name(text, "true")) return Value(true);
  if (text == "0" || same_name(text, "false")) return Value(false);
  return refuse(Kind::malformed, (text.empty() ? std::string("nothing") : shown(property, text)) +
                                     " came, 0, 1, false or true was expected");
}

std::expected<Value, TextError> parse_string(const Property& property, std::string_view text) {
  auto units = to_utf16(text);
  if (!units) return std::unexpected(std::move(units.error()));
  const bool datetime = property.type == CimType::datetime;
  if (datetime && !units->empty() && units->size() != kDatetimeChars) {
    return refuse(Kind::malformed, std::to_string(units->size()) +
                                       " characters came, a date and time has " +
                                       std::to_string(kDatetimeChars));
  }
  // Without MaxLen the count of bytes in front, a USHORT, is the limit.
  constexpr std::size_t kCounted = 0x7FFF;
  const std::size_t room =
      property.max_len == 0 ? kCounted : std::min<std::size_t>(property.max_len, kCounted);
  if (!datetime && units->size() > room) {
    return refuse(Kind::range, std::to_string(units->size()) + " characters came, " +
                                   std::to_string(room) + " fit");
  }
  return Value(std::move(*units));
}

std::expected<Bytes, TextError> parse_hex(const Property& property, std::string_view text) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  constexpr std::string_view kBetween = " \t\r\n:-,";
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  std::size_t at = 0;
  while ((at = text.find_first_not_of(kBetween, at)) != std::string_view::npos) {
    std::string_view group = text.substr(at, text.find_first_of(kBetween, at) - at);
    at += group.size();
    if (group.starts_with("0x") || group.starts_with("0X")) group.remove_prefix(2);
    // One digit between separators is a byte, as in 0:1b:21:a:b:c.
    const bool single = group.size() == 1;
    if (group.empty() || (group.size() % 2 != 0 && !single)) {
      return refuse(Kind::malformed, "an odd number of hexadecimal digits came, two make a byte");
    }
    for (std::size_t i = 0; i < group.size(); i += 2) {
      const int high = single ? 0 : digit(group[i]);
      const int low = single ? digit(group[i]) : digit(group[i + 1]);
      if (high < 0 || low < 0) {
        return refuse(Kind::malformed,
                      shown(property, group) + " came, hexadecimal digits were expected");
      }
      bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
    }
  }
  if (auto count = check_count(property, bytes.size()); !count) {
    return std::unexpected(std::move(count.error()));
  }
  return bytes;
}

std::expected<void, TextError> check_count(const Property& property, std::size_t count) {
  if (property.array == ArrayKind::fixed && count != property.fixed_count) {
    return refuse(Kind::range, std::to_string(count) + " elements came, exactly " +
                                   std::to_string(property.fixed_count) + " were expected");
  }
  return {};
}

}  // namespace detail
}  // namespace hbalab::wmi
