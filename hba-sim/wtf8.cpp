#include "hba-sim/wtf8.hpp"

namespace hbalab {

char32_t next_code_point(std::u16string_view text, std::size_t& at) {
  const char32_t high = text[at++];
  if (high < 0xD800 || high > 0xDBFF || at == text.size()) return high;
  const char32_t low = text[at];
  if (low < 0xDC00 || low > 0xDFFF) return high;
  ++at;
  return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

std::optional<char32_t> next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [text](std::size_t i) -> char32_t {
    return static_cast<unsigned char>(text[i]);
  };
  const char32_t lead = byte(at);
  if (lead < 0x80) {
    ++at;
    return lead;
  }
  // 0x80 to 0xC1 begin nothing, or only what has a shorter form; above 0xF4 is beyond Unicode.
  std::size_t more = 3;
  if (lead < 0xC2 || lead > 0xF4) return std::nullopt;
  if (lead < 0xE0) {
    more = 1;
  } else if (lead < 0xF0) {
    more = 2;
  }
  if (text.size() - at <= more) return std::nullopt;
  char32_t c = lead & (0x3Fu >> more);
  for (std::size_t i = 1; i <= more; ++i) {
    const char32_t next = byte(at + i);
    if ((next & 0xC0) != 0x80) return std::nullopt;
    c = (c << 6) | (next & 0x3F);
  }
  if ((more == 2 && c < 0x800) || (more == 3 && (c < 0x10000 || c > 0x10FFFF))) return std::nullopt;
  at += more + 1;
  return c;
}

void append_wtf8(std::string& out, char32_t c) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

void append_utf16(std::u16string& out, char32_t c) {
  if (c >= 0x10000) {
    out.push_back(static_cast<char16_t>(0xD7C0 + (c >> 10)));
    c = 0xDC00 + (c & 0x3FF);
  }
  out.push_back(static_cast<char16_t>(c));
}

std::string to_wtf8(std::u16string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) append_wtf8(out, next_code_point(text, at));
  return out;
}

std::optional<std::u16string> from_wtf8(std::string_view text) {
  std::u16string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto c = next_code_point(text, at);
    if (!c) return std::nullopt;
    append_utf16(out, *c);
  }
  return out;
}

}  // namespace hbalab
