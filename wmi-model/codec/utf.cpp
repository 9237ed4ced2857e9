// Text conversions, and the nearest name for a misspelt one.
#include <algorithm>
#include <array>

#include "wmi-model/codec/text_internal.hpp"

namespace hbalab::wmi {
namespace {

[[nodiscard]] constexpr bool is_high(char16_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
[[nodiscard]] constexpr bool is_low(char16_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

void append_utf8(std::string& out, char32_t point) {
  const auto byte = [&out](char32_t value) { out.push_back(static_cast<char>(value)); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0 | (point >> 6));
    byte(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    byte(0xE0 | (point >> 12));
    byte(0x80 | ((point >> 6) & 0x3F));
    byte(0x80 | (point & 0x3F));
  } else {
    byte(0xF0 | (point >> 18));
    byte(0x80 | ((point >> 12) & 0x3F));
    byte(0x80 | ((point >> 6) & 0x3F));
    byte(0x80 | (point & 0x3F));
  }
}

constexpr char32_t kMalformed = 0xFFFFFFFF;

// Reads one code point and moves `at` behind it; on a malformed sequence (overlong, surrogate,
// beyond U+10FFFF, cut off) moves by one byte.
[[nodiscard]] char32_t next_point(std::string_view text, std::size_t& at) {
  const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return text[at++] & 0x7F;
  std::size_t length = 0;
  char32_t point = 0;
  char32_t least = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2, point = lead & 0x1F, least = 0x80;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3, point = lead & 0x0F, least = 0x800;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4, point = lead & 0x07, least = 0x10000;
  }
  if (length == 0 || text.size() - at < length) return ++at, kMalformed;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return ++at, kMalformed;
    point = (point << 6) | (byte(at + i) & 0x3F);
  }
  if (point < least || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
    return ++at, kMalformed;
  }
  at += length;
  return point;
}

[[nodiscard]] constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Optimal string alignment distance (an exchange of neighbours is one edit), ignoring case.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::array<std::array<std::uint8_t, detail::kMaxNameLength + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = static_cast<std::uint8_t>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& two_above = rows[(i + 1) % 3];
    row[0] = static_cast<std::uint8_t>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      int best = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1])) {
        best = std::min(best, two_above[j - 2] + 1);
      }
      row[j] = static_cast<std::uint8_t>(best);
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

std::string to_utf8(std::u16string_view text) {
  // Most texts are ASCII to the end.
  std::string out(text.size(), '\0');
  std::size_t plain = 0;
  for (; plain < text.size() && text[plain] < 0x80; ++plain) {
    out[plain] = static_cast<char>(text[plain]);
  }
  out.resize(plain);
  for (std::size_t i = plain; i < text.size(); ++i) {
    const char16_t unit = text[i];
    if (unit < 0x80) {
      out.push_back(static_cast<char>(unit));
    } else if (is_high(unit) && i + 1 < text.size() && is_low(text[i + 1])) {
      append_utf8(out,
                  0x10000 + ((char32_t{unit} - 0xD800) << 10) + (char32_t{text[++i]} - 0xDC00));
    } else {
      append_utf8(out, is_high(unit) || is_low(unit) ? char32_t{0xFFFD} : char32_t{unit});
    }
  }
  return out;
}

std::expected<std::u16string, TextError> to_utf16(std::string_view text) {
  std::u16string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t point = next_point(text, at);
    if (point == kMalformed) {
      return std::unexpected(TextError{TextError::Kind::malformed,
                                       {},
                                       "the text is not UTF-8 at byte " + std::to_string(begin),
                                       {}});
    }
    if (point < 0x10000) {
      out.push_back(static_cast<char16_t>(point));
    } else {
      out.push_back(static_cast<char16_t>(0xD800 + ((point - 0x10000) >> 10)));
      out.push_back(static_cast<char16_t>(0xDC00 + ((point - 0x10000) & 0x3FF)));
    }
  }
  return out;
}

namespace detail {

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (next_point(text, at) == kMalformed) return false;
  }
  return true;
}

std::string shown_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const char32_t point = next_point(text, at);
    append_utf8(out, point == kMalformed ? char32_t{0xFFFD} : point);
  }
  return out;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace detail

std::string nearest_name(std::string_view name, std::span<const std::string_view> candidates) {
  for (const std::string_view candidate : candidates) {
    if (detail::same_name(name, candidate)) return std::string(candidate);
  }
  if (name.empty() || name.size() > detail::kMaxNameLength) return {};
  std::string_view best;
  // Near enough: a third of the letters, and never so many that nothing of the name is left.
  std::size_t limit = std::min(std::max<std::size_t>(1, name.size() / 3), name.size() - 1);
  for (const std::string_view candidate : candidates) {
    if (candidate.empty() || candidate.size() > detail::kMaxNameLength) continue;
    const std::size_t gap = candidate.size() > name.size() ? candidate.size() - name.size()
                                                           : name.size() - candidate.size();
    if (gap > limit) continue;
    const std::size_t distance = edit_distance(name, candidate);
    if (distance > limit || (distance == limit && !best.empty())) continue;
    best = candidate;
    limit = distance;
  }
  return std::string(best);
}

}  // namespace hbalab::wmi
