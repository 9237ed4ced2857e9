#include "hba-sim/types.hpp"

#include <algorithm>
#include <charconv>

#include "hba-sim/wtf8.hpp"

namespace hbalab {
namespace {

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }

int hex_digit(char32_t c) {
  if (is_digit(c)) return static_cast<int>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<int>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<int>(c - 'A') + 10;
  return -1;
}

// char is signed: widening it must not smear the sign.
template <typename Char>
char32_t unit(Char c) {
  return static_cast<char32_t>(static_cast<std::make_unsigned_t<Char>>(c));
}
template <>
char32_t unit<char16_t>(char16_t c) {
  return c;
}

// ---- text
// ------------------------------------------------------------------------------------------

// RFC 3454 B.1.
bool maps_to_nothing(char32_t c) {
  return c == 0x00AD || c == 0x034F || c == 0x1806 || (c >= 0x180B && c <= 0x180D) ||
         (c >= 0x200B && c <= 0x200D) || c == 0x2060 || (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF;
}

char32_t fold_latin_extended_a(char32_t c) {
  // Pairs of capital and small: capital even in most of the block, odd in two stretches of it.
  if (c == 0x0130 || c == 0x0131 || c == 0x0138 || c == 0x0149 || c == 0x017F) return c;
  if (c == 0x0178) return 0x00FF;
  const bool odd_capitals = (c >= 0x0139 && c <= 0x0148) || (c >= 0x0179 && c <= 0x017E);
  return (c % 2 == 1) == odd_capitals ? c + 1 : c;
}

// Case folding of what occurs in names. Anything else is returned as it is.
char32_t fold(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;  // full-width ASCII
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 0x20 : c;
  if (c >= 0x00C0 && c <= 0x00DE && c != 0x00D7) return c + 0x20;
  if (c >= 0x0100 && c <= 0x017F) return fold_latin_extended_a(c);
  if (c >= 0x0391 && c <= 0x03A9 && c != 0x03A2) return c + 0x20;
  if (c == 0x03C2) return 0x03C3;  // final sigma
  if (c >= 0x0400 && c <= 0x040F) return c + 0x50;
  if (c >= 0x0410 && c <= 0x042F) return c + 0x20;
  return c;
}

// What IpAddress::text is made of: UTF-8 in, U+FFFD for every byte that belongs to no character.
std::u16string decode_utf8(std::string_view text, bool& valid) {
  std::u16string out;
  out.reserve(text.size());
  valid = true;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const auto c = next_code_point(text, at);
    if (c && (*c < 0xD800 || *c > 0xDFFF)) {
      append_utf16(out, *c);
      continue;
    }
    out.push_back(u'\uFFFD');
    valid = false;
    at = begin + 1;
  }
  return out;
}

// ---- numeric addresses
// -----------------------------------------------------------------------------

template <typename Char>
std::optional<std::uint32_t> parse_ipv4(std::basic_string_view<Char> text) {
  std::uint32_t address = 0;
  std::size_t at = 0;
  for (unsigned octet = 0; octet < 4; ++octet) {
    if (octet > 0 && (at == text.size() || unit(text[at++]) != '.')) return std::nullopt;
    const std::size_t begin = at;
    std::uint32_t value = 0;
    while (at < text.size() && at - begin < 3 && is_digit(unit(text[at]))) {
      value = value * 10 + static_cast<std::uint32_t>(unit(text[at++]) - '0');
    }
    const std::size_t digits = at - begin;
    // A leading zero means octal to some readers: such text spells no number.
    if (digits == 0 || value > 255 || (digits > 1 && unit(text[begin]) == '0')) return std::nullopt;
    address |= value << (8 * octet);
  }
  if (at != text.size()) return std::nullopt;
  return address;
}

using Ipv6 = std::array<std::uint8_t, 16>;

// Without brackets and zone (RFC 4291 2.2).
template <typename Char>
std::optional<Ipv6> parse_ipv6(std::basic_string_view<Char> text) {
  Ipv6 out{};
  std::size_t filled = 0;
  std::optional<std::size_t> gap;  // where "::" stands
  std::size_t at = 0;
  if (text.size() >= 2 && unit(text[0]) == ':' && unit(text[1]) == ':') {
    gap = 0;
    at = 2;
  }
  while (at < text.size()) {
    if (filled == 16) return std::nullopt;
    std::uint32_t group = 0;
    const std::size_t begin = at;
    while (at < text.size() && at - begin < 4 && hex_digit(unit(text[at])) >= 0) {
      group = group * 16 + static_cast<std::uint32_t>(hex_digit(unit(text[at++])));
    }
    if (at < text.size() && unit(text[at]) == '.') {
      const auto tail = parse_ipv4(text.substr(begin));
      if (!tail || filled > 12) return std::nullopt;
      for (unsigned i = 0; i < 4; ++i) out[filled++] = static_cast<std::uint8_t>(*tail >> (8 * i));
      break;
    }
    if (at == begin) return std::nullopt;
    out[filled++] = static_cast<std::uint8_t>(group >> 8);
    out[filled++] = static_cast<std::uint8_t>(group);
    if (at == text.size()) break;
    if (unit(text[at++]) != ':' || at == text.size()) return std::nullopt;
    if (unit(text[at]) == ':') {
      if (gap) return std::nullopt;
      gap = filled;
      ++at;
    }
  }
  if (gap ? filled > 14 : filled != 16) return std::nullopt;
  if (gap) {
    const auto first = out.begin() + static_cast<std::ptrdiff_t>(*gap);
    const auto last = out.begin() + static_cast<std::ptrdiff_t>(filled);
    std::copy_backward(first, last, out.end());
    std::fill(first, first + static_cast<std::ptrdiff_t>(16 - filled), std::uint8_t{0});
  }
  return out;
}

template <typename Char>
struct ScopedIpv6 {
  Ipv6 address{};
  std::basic_string_view<Char> zone;  // behind '%', "" when there is none
};

// Brackets and a zone are allowed (RFC 4007 11); an empty zone is not.
template <typename Char>
std::optional<ScopedIpv6<Char>> parse_scoped_ipv6(std::basic_string_view<Char> text) {
  if (text.size() >= 2 && unit(text.front()) == '[' && unit(text.back()) == ']') {
    text = text.substr(1, text.size() - 2);
  }
  ScopedIpv6<Char> out;
  const auto percent = text.find(Char{'%'});
  if (percent != text.npos) {
    out.zone = text.substr(percent + 1);
    if (out.zone.empty()) return std::nullopt;
    text = text.substr(0, percent);
  }
  const auto address = parse_ipv6(text);
  if (!address) return std::nullopt;
  out.address = *address;
  return out;
}

template <typename Char>
std::optional<std::uint32_t> parse_number(std::basic_string_view<Char> text) {
  if (text.empty() || text.size() > 10) return std::nullopt;
  std::uint64_t value = 0;
  for (const Char c : text) {
    if (!is_digit(unit(c))) return std::nullopt;
    value = value * 10 + (unit(c) - '0');
  }
  if (value > 0xFFFFFFFFu) return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

void append_number(std::string& out, std::uint32_t value) {
  std::array<char, 10> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

void append_ipv4(std::string& out, std::uint32_t address) {
  std::array<char, sizeof "255.255.255.255"> text{};
  char* end = text.data();
  for (unsigned octet = 0; octet < 4; ++octet) {
    if (octet > 0) *end++ = '.';
    end = std::to_chars(end, text.data() + text.size(), (address >> (8 * octet)) & 0xFF).ptr;
  }
  out.append(text.data(), end);
}

bool is_ipv4_mapped(const Ipv6& address) {
  return std::all_of(address.begin(), address.begin() + 10, [](auto b) { return b == 0; }) &&
         address[10] == 0xFF && address[11] == 0xFF;
}

// RFC 5952 4: lower case, no leading zeros, "::" for the first longest run of two or more groups.
void append_ipv6(std::string& out, const Ipv6& address) {
  std::array<std::uint32_t, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) {
    groups[i] = (std::uint32_t{address[2 * i]} << 8) | address[2 * i + 1];
  }
  std::size_t gap = 8;
  std::size_t gap_size = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > gap_size) {
      gap = i;
      gap_size = end - i;
    }
    i = end > i ? end - 1 : i;
  }
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == gap) {
      out.append("::");
      i += gap_size - 1;
      continue;
    }
    if (i > 0 && out.back() != ':') out.push_back(':');
    std::array<char, 4> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), groups[i], 16).ptr;
    out.append(digits.data(), end);
  }
}

// `zone`: as it follows '%', or "".
void append_numeric(std::string& out, const Ipv6& address, std::string_view zone, bool brackets) {
  if (is_ipv4_mapped(address)) {
    append_ipv4(out, address[12] | (std::uint32_t{address[13]} << 8) |
                         (std::uint32_t{address[14]} << 16) | (std::uint32_t{address[15]} << 24));
    return;
  }
  if (brackets) out.push_back('[');
  append_ipv6(out, address);
  if (!zone.empty()) {
    out.push_back('%');
    out.append(zone);
  }
  if (brackets) out.push_back(']');
}

// "%0" says no more than no zone, and "%05" the same as "%5".
std::string zone_text(std::uint32_t scope_id) {
  return scope_id == 0 ? std::string() : std::to_string(scope_id);
}

void append_text_address(std::string& out, std::u16string_view text, bool brackets) {
  if (const auto ipv4 = parse_ipv4(text)) return append_ipv4(out, *ipv4);
  if (const auto ipv6 = parse_scoped_ipv6(text)) {
    std::string zone;
    if (const auto number = parse_number(ipv6->zone)) {
      zone = zone_text(*number);
    } else {
      // Interface names are told apart by case.
      for (std::size_t at = 0; at < ipv6->zone.size();) {
        append_wtf8(zone, next_code_point(ipv6->zone, at));
      }
    }
    return append_numeric(out, ipv6->address, zone, brackets);
  }
  if (text.size() > 1 && text.back() == u'.') text.remove_suffix(1);
  append_folded(out, text);
}

// ---- names
// -----------------------------------------------------------------------------------------

// RFC 3722 6: of ASCII only these, after folding.
bool allowed_in_name(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(unit(c)) || c == '-' || c == '.' || c == ':' ||
         unit(c) >= 0x80;
}

bool is_domain(std::string_view text) {
  while (true) {
    const auto dot = text.find('.');
    const auto label = text.substr(0, dot);
    if (label.empty() || label.front() == '-' || label.back() == '-') return false;
    if (dot == text.npos) return true;
    text.remove_prefix(dot + 1);
  }
}

// Behind "iqn.": yyyy-mm.reversed.domain[:anything]
bool well_formed_iqn(std::string_view text) {
  constexpr std::string_view pattern = "dddd-dd.";
  if (text.size() <= pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == 'd' ? !is_digit(unit(text[i])) : text[i] != pattern[i]) return false;
  }
  const auto month = parse_number(text.substr(5, 2));
  if (!month || *month < 1 || *month > 12) return false;
  text.remove_prefix(pattern.size());
  const auto colon = text.find(':');
  if (colon != text.npos && colon + 1 == text.size()) return false;
  return is_domain(text.substr(0, colon));
}

bool all_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return hex_digit(unit(c)) >= 0; });
}

// ---- portals
// ---------------------------------------------------------------------------------------

bool is_host_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  bool valid = false;
  const std::size_t length = decode_utf8(text, valid).size();
  if (!valid || length == 0 || length > 256) return false;
  const bool characters = std::all_of(text.begin(), text.end(), [](char c) {
    const char32_t u = unit(c);
    return u >= 0x80 || is_digit(u) || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') ||
           c == '-' || c == '_' || c == '.';
  });
  if (!characters || !is_domain(text)) return false;
  // RFC 1123 2.1: a top-level label is never a number, so this is a misspelt address.
  const auto last = text.substr(text.rfind('.') + 1);
  return !std::all_of(last.begin(), last.end(), [](char c) { return is_digit(unit(c)); });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto value = parse_number(text);
  if (!value || *value == 0 || *value > 0xFFFF) return std::nullopt;
  return static_cast<std::uint16_t>(*value);
}

}  // namespace

void append_folded(std::string& out, std::u16string_view text) {
  const std::size_t before = out.size();
  out.resize(before + text.size());
  std::size_t at = 0;
  for (; at < text.size() && text[at] < 0x80; ++at) {
    const char16_t c = text[at];
    out[before + at] = static_cast<char>(c >= u'A' && c <= u'Z' ? c + 0x20 : c);
  }
  if (at == text.size()) return;
  out.resize(before + at);
  while (at < text.size()) {
    const char32_t c = next_code_point(text, at);
    if (maps_to_nothing(c)) continue;
    if (c == 0x00DF) {  // RFC 3454 B.2 maps the sharp s to two letters
      out.append("ss");
      continue;
    }
    append_wtf8(out, fold(c));
  }
}

IscsiName::IscsiName(std::u16string as_written) : as_written_(std::move(as_written)) {
  append_folded(canonical_, as_written_);
}

bool IscsiName::well_formed() const {
  const std::string_view name = canonical_;
  if (name.size() > kMaxLength || as_written_.size() > kMaxLength) return false;
  if (!std::all_of(name.begin(), name.end(), allowed_in_name)) return false;
  // Lone surrogates are no characters, and RFC 3722 6.2 prohibits the ideographic full stop.
  for (std::size_t at = 0; at < as_written_.size();) {
    const char32_t c = next_code_point(as_written_, at);
    if ((c >= 0xD800 && c <= 0xDFFF) || c == 0x3002) return false;
  }
  if (name.starts_with("iqn.")) return well_formed_iqn(name.substr(4));
  if (name.starts_with("eui.")) return name.size() == 4 + 16 && all_hex(name.substr(4));
  if (name.starts_with("naa.")) {
    return (name.size() == 4 + 16 || name.size() == 4 + 32) && all_hex(name.substr(4));
  }
  return false;
}

IpAddress IpAddress::from_text(std::string_view text) {
  IpAddress out;
  if (text.empty()) return out;
  if (const auto ipv4_address = parse_ipv4(text)) {
    out.type = Type::ipv4;
    out.ipv4 = *ipv4_address;
    return out;
  }
  if (const auto scoped = parse_scoped_ipv6(text)) {
    const auto scope = parse_number(scoped->zone);
    if (scoped->zone.empty() || scope) {
      out.type = Type::ipv6;
      out.ipv6 = scoped->address;
      out.ipv6_scope_id = scope.value_or(0);
      return out;
    }
  }
  bool valid = false;
  out.type = Type::text;
  out.text = decode_utf8(text, valid);
  return out;
}

void IpAddress::append_canonical(std::string& out, bool brackets) const {
  switch (type) {
    case Type::text:
      return append_text_address(out, text, brackets);
    case Type::ipv4:
      return append_ipv4(out, ipv4);
    case Type::ipv6:
      return append_numeric(out, ipv6, zone_text(ipv6_scope_id), brackets);
    case Type::empty:
      return;
  }
  // A number that is no ISCSIIPADDRESSTYPE: equal to nothing else, and not empty.
  out.push_back('?');
  append_number(out, static_cast<std::uint32_t>(type));
}

std::string IpAddress::canonical() const {
  std::string out;
  append_canonical(out);
  return out;
}

bool IpAddress::is_name() const {
  return type == Type::text && !text.empty() && !parse_ipv4(std::u16string_view(text)) &&
         !parse_scoped_ipv6(std::u16string_view(text));
}

std::optional<Portal> Portal::from_text(std::string_view text) {
  Portal out;
  auto host = text;
  auto port = std::string_view();
  bool has_port = false;
  const bool bracketed = text.starts_with('[');
  if (bracketed) {
    const auto end = text.find(']');
    if (end == text.npos) return std::nullopt;
    host = text.substr(0, end + 1);
    port = text.substr(end + 1);
    has_port = !port.empty();
    if (has_port && port.front() != ':') return std::nullopt;
    if (has_port) port.remove_prefix(1);
  } else if (const auto colon = text.find(':'); colon != text.npos && colon == text.rfind(':')) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    has_port = true;
  }
  if (has_port) {
    const auto number = parse_port(port);
    if (!number) return std::nullopt;
    out.socket = *number;
  }
  out.address = IpAddress::from_text(host);
  if (bracketed || host.contains(':')) {
    if (!parse_scoped_ipv6(host)) return std::nullopt;
  } else if (out.address.type != IpAddress::Type::ipv4 && !is_host_name(host)) {
    return std::nullopt;
  }
  return out;
}

void Portal::append_canonical(std::string& out) const {
  if (address.empty()) return;
  address.append_canonical(out, true);
  out.push_back(':');
  append_number(out, socket == 0 ? kDefaultSocket : socket);
}

std::string Portal::canonical() const {
  std::string out;
  append_canonical(out);
  return out;
}

}  // namespace hbalab
