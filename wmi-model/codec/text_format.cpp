// Value -> text of a property file.
#include <charconv>
#include <cmath>

#include "wmi-model/codec/text_internal.hpp"

namespace hbalab::wmi {
namespace {

void append_integer(std::string& out, const Property& property, const Value& value) {
  char digits[24];
  char* begin = digits;
  char* end = digits;
  if (const auto* number = std::get_if<std::uint64_t>(&value)) {
    if (property.display_in_hex) *end++ = '0', *end++ = 'x';
    end =
        std::to_chars(end, digits + sizeof digits, *number, property.display_in_hex ? 16 : 10).ptr;
  } else if (const auto* signed_number = std::get_if<std::int64_t>(&value)) {
    if (property.display_in_hex) {
      // Two's complement of the type's own width.
      *end++ = '0', *end++ = 'x';
      const auto raw = static_cast<std::uint64_t>(*signed_number) &
                       detail::unsigned_max(std::max<std::size_t>(1, scalar_size(property.type)));
      end = std::to_chars(end, digits + sizeof digits, raw, 16).ptr;
    } else {
      end = std::to_chars(end, digits + sizeof digits, *signed_number).ptr;
    }
  }
  out.append(begin, end);
}

void append_value(std::string& out, const Property& property, const Value& value) {
  if (const auto* text = std::get_if<std::u16string>(&value)) {
    out += to_utf8(detail::until_nul(*text));
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    out += *flag ? '1' : '0';
  } else if (const auto* real = std::get_if<double>(&value)) {
    out += detail::real_text(*real, property.type);
  } else {
    append_integer(out, property, value);
  }
}

// Each NUL becomes a line's end: key=value lists, as SendTargets answers, are separated by NULs.
// NULs at the end are not shown.
[[nodiscard]] std::string characters_text(const Bytes& bytes) {
  std::string text(bytes.begin(), bytes.end());
  text.erase(text.find_last_not_of('\0') + 1);
  for (char& c : text) {
    if (c == '\0') c = '\n';
  }
  if (!detail::is_utf8(text)) text = detail::shown_utf8(text);
  if (text.empty() || text.back() != '\n') text += '\n';
  return text;
}

}  // namespace

std::string format_property(const Property& property, const Value& value) {
  if (property.secret) return "\n";
  std::string out;
  if (const auto* bytes = std::get_if<Bytes>(&value)) {
    if (property.text_bytes) return characters_text(*bytes);
    out = detail::hex_text(*bytes);
  } else if (const auto* array = std::get_if<Array>(&value)) {
    for (const Value& element : array->elements) {
      append_value(out, property, element);
      out += '\n';
    }
    return out;
  } else {
    append_value(out, property, value);
  }
  out += '\n';
  return out;
}

std::string format_names(const Property& property, const Value& value) {
  if (property.secret || !property.enumeration) return {};
  std::string out;
  const auto append = [&](const Value& element) {
    if (const auto number = detail::enumerated(property, element)) {
      out += property.enumeration->describe(*number);
    }
    out += '\n';
  };
  if (const auto* array = std::get_if<Array>(&value)) {
    for (const Value& element : array->elements) append(element);
  } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
    for (const std::uint8_t byte : *bytes) append(Value(std::uint64_t{byte}));
  } else {
    append(value);
  }
  return out;
}

namespace detail {

std::optional<std::uint64_t> enumerated(const Property& property, const Value& value) {
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return *number;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? 1u : 0u;
  if (const auto* signed_number = std::get_if<std::int64_t>(&value)) {
    const auto raw = static_cast<std::uint64_t>(*signed_number);
    // A ValueMap may spell a negative value, or the bits of the type's width.
    if (property.enumeration && property.enumeration->by_value(raw) != nullptr) return raw;
    return raw & unsigned_max(std::max<std::size_t>(1, scalar_size(property.type)));
  }
  return std::nullopt;
}

std::string hex_text(const Bytes& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(2 * bytes.size(), '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out[2 * i] = kDigits[bytes[i] >> 4];
    out[2 * i + 1] = kDigits[bytes[i] & 15];
  }
  return out;
}

std::string real_text(double value, CimType type) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char digits[40];
  const auto end = type == CimType::real32
                       ? std::to_chars(digits, digits + sizeof digits, static_cast<float>(value))
                       : std::to_chars(digits, digits + sizeof digits, value);
  return std::string(digits, end.ptr);
}

std::string shown(const Property& property, std::string_view came) {
  if (property.secret) return "the value";
  constexpr std::size_t kShown = 60;
  std::string text = shown_utf8(came.substr(0, kShown));
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return '"' + text + (came.size() > kShown ? "...\"" : "\"");
}

std::string expected_text(const Property& property) {
  std::string text(cim_type_name(property.type));
  if (property.type == CimType::object && property.object_class != nullptr) {
    text = property.object_class->name;
  } else if (property.type == CimType::string && property.max_len != 0) {
    text += " of up to " + std::to_string(property.max_len) + " characters";
  }
  if (property.array == ArrayKind::fixed) {
    return "an array of " + std::to_string(property.fixed_count) + " " + text;
  }
  return property.array == ArrayKind::counted ? "an array of " + text : text;
}

}  // namespace detail
}  // namespace hbalab::wmi
