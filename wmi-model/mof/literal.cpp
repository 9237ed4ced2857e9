#include "wmi-model/mof/literal.hpp"

#include <array>
#include <charconv>

#include "wmi-model/mof/source.hpp"

namespace hbalab::wmi::mof {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// \x takes one to four hexadecimal digits and gives one UTF-16 unit.
std::uint32_t hex_escape(std::string_view text, std::size_t& at, bool& found) {
  std::uint32_t unit = 0;
  found = false;
  for (int digits = 0; digits < 4 && at < text.size(); ++digits, ++at) {
    const int value = hex_digit(text[at]);
    if (value < 0) break;
    unit = unit << 4 | static_cast<std::uint32_t>(value);
    found = true;
  }
  return unit;
}

char simple_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'f':
      return '\f';
    case 'r':
      return '\r';
    case '"':
    case '\'':
    case '\\':
      return c;
    default:
      return '\0';
  }
}

struct Decoder {
  std::string_view text;  // without quotes
  std::string& out;
  LiteralProblem& problem;
  bool ok = true;
  std::size_t at = 0;

  void wrong(std::size_t where, std::string message) {
    if (ok) problem = {where + 1, std::move(message)};
    ok = false;
  }

  void unicode_escape(std::size_t start) {
    bool found = false;
    std::uint32_t code = hex_escape(text, at, found);
    if (!found) return wrong(start, "expected one to four hexadecimal digits behind \\x");
    if (code >= 0xD800 && code < 0xDC00 && text.substr(at, 2) == "\\x") {
      std::size_t after = at + 2;
      const std::uint32_t low = hex_escape(text, after, found);
      if (found && low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10 | (low - 0xDC00));
        at = after;
      }
    }
    if (code >= 0xD800 && code < 0xE000) wrong(start, "the escape is one half of a character only");
    append_utf8(out, code);
  }

  void escape() {
    const std::size_t start = at++;
    if (at >= text.size()) return wrong(start, "expected an escape behind the backslash");
    const char c = text[at++];
    if (c == '\n' || c == '\r') {
      if (c == '\r' && at < text.size() && text[at] == '\n') ++at;
      return;  // a line that goes on
    }
    if (c == 'x' || c == 'X') return unicode_escape(start);
    if (const char simple = simple_escape(c); simple != '\0') {
      out += simple;
      return;
    }
    wrong(start, std::string("'\\") + c +
                     "' is no escape: expected \\b \\t \\n \\f \\r \\\" \\' \\\\ or \\x");
    out += c;
  }
};

}  // namespace

std::optional<std::uint64_t> parse_integer(std::string_view text) {
  while (!text.empty() &&
         (text.back() == 'u' || text.back() == 'U' || text.back() == 'l' || text.back() == 'L')) {
    text.remove_suffix(1);
  }
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && (text.back() == 'b' || text.back() == 'B')) {
    base = 2;
    text.remove_suffix(1);
  } else if (text.size() > 1 && text.front() == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_real(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool decode_literal(std::string_view quoted, std::string& out, LiteralProblem& problem) {
  const char quote = quoted.empty() ? '"' : quoted.front();
  std::string_view text = quoted;
  if (!text.empty()) text.remove_prefix(1);
  if (!text.empty() && text.back() == quote) text.remove_suffix(1);
  Decoder decoder{text, out, problem};
  while (decoder.at < text.size()) {
    const std::size_t run = text.find('\\', decoder.at);
    const std::size_t end = run == std::string_view::npos ? text.size() : run;
    out.append(text, decoder.at, end - decoder.at);
    decoder.at = end;
    if (end < text.size()) decoder.escape();
  }
  return decoder.ok;
}

std::string quote_literal(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        if (byte < 0x20 || byte == 0x7F) {
          out += "\\x00";
          out += kDigits[byte >> 4];
          out += kDigits[byte & 15];
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

}  // namespace hbalab::wmi::mof
