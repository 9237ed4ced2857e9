#include "wmi-model/mof/source.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

namespace hbalab::wmi::mof {
namespace {

// Windows-1252, 0x80..0x9F; 0 where the code page has no character.
constexpr std::array<std::uint16_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

std::uint8_t byte_at(std::string_view text, std::size_t at) {
  return static_cast<std::uint8_t>(text[at]);
}

bool is_continuation(std::uint8_t byte) { return (byte & 0xC0) == 0x80; }

// Length of the well-formed UTF-8 sequence at `at`, or 0.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const std::uint8_t lead = byte_at(text, at);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(byte_at(text, at + i))) return 0;
  }
  const std::uint8_t second = byte_at(text, at + 1);
  if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
      (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) {
    return 0;
  }
  return length;
}

enum class Utf8Check { ascii, valid, invalid };

Utf8Check check_utf8(std::string_view text) {
  Utf8Check result = Utf8Check::ascii;
  for (std::size_t at = 0; at < text.size();) {
    if (byte_at(text, at) < 0x80) {
      ++at;
      continue;
    }
    const std::size_t length = sequence_length(text, at);
    if (length == 0) return Utf8Check::invalid;
    result = Utf8Check::valid;
    at += length;
  }
  return result;
}

Decoded decode_utf16(std::string_view bytes, bool big_endian) {
  Decoded out;
  out.ascii = false;
  out.owned.reserve(bytes.size() / 2 + bytes.size() / 16);
  const auto unit = [&](std::size_t at) -> std::uint32_t {
    const std::uint32_t first = byte_at(bytes, at);
    const std::uint32_t second = byte_at(bytes, at + 1);
    return big_endian ? first << 8 | second : second << 8 | first;
  };
  bool lone = false;
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
    std::uint32_t code = unit(at);
    if (code >= 0xD800 && code < 0xDC00 && at + 3 < bytes.size()) {
      const std::uint32_t low = unit(at + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10 | (low - 0xDC00));
        at += 2;
      }
    }
    lone = lone || (code >= 0xD800 && code < 0xE000);
    append_utf8(out.owned, code);
  }
  out.text = out.owned;
  if (lone) out.note = "the UTF-16 text has lone surrogates, read as U+FFFD";
  if (bytes.size() % 2 != 0) out.note = "the UTF-16 text ends in the middle of a character";
  return out;
}

Decoded decode_windows1252(std::string_view bytes) {
  Decoded out;
  out.ascii = false;
  out.owned.reserve(bytes.size() + bytes.size() / 8);
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte >= 0x80 && byte < 0xA0) {
      append_utf8(out.owned, kWindows1252[byte - 0x80U] != 0 ? kWindows1252[byte - 0x80U] : 0xFFFD);
    } else {
      append_utf8(out.owned, byte);
    }
  }
  out.text = out.owned;
  out.note = "the text is not UTF-8, so it is read as Windows-1252";
  return out;
}

// ASCII characters in UTF-16 without a byte order mark: every other byte of the beginning is zero.
bool looks_like_utf16(std::string_view bytes, bool big_endian) {
  if (bytes.size() < 4 || bytes.size() % 2 != 0) return false;
  const std::size_t zero = big_endian ? 0 : 1;
  const std::size_t other = 1 - zero;
  return bytes[zero] == 0 && bytes[zero + 2] == 0 && bytes[other] != 0 && bytes[other + 2] != 0;
}

void index_lines(const SourceFile& file) {
  file.line_starts.push_back(0);
  for (std::size_t at = 0; at < file.text.size(); ++at) {
    const char c = file.text[at];
    const bool ends =
        c == '\n' || (c == '\r' && (at + 1 >= file.text.size() || file.text[at + 1] != '\n'));
    if (ends) file.line_starts.push_back(static_cast<std::uint32_t>(at + 1));
  }
}

std::uint32_t column_of(const SourceFile& file, std::uint32_t start, std::uint32_t offset) {
  if (file.ascii) return offset - start + 1;
  std::uint32_t from = start;
  std::uint32_t column = 1;
  if (file.cached_offset >= start && file.cached_offset <= offset && file.cached_column != 0) {
    from = file.cached_offset;
    column = file.cached_column;
  }
  for (std::uint32_t at = from; at < offset; ++at) {
    // Counting the bytes that begin a character behind `from`, itself a beginning.
    if (!is_continuation(byte_at(file.text, at))) ++column;
  }
  file.cached_offset = offset;
  file.cached_column = column;
  return column;
}

}  // namespace

void append_utf8(std::string& out, std::uint32_t code) {
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) code = 0xFFFD;
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

Decoded decode_source(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE")) return decode_utf16(bytes.substr(2), false);
  if (bytes.starts_with("\xFE\xFF")) return decode_utf16(bytes.substr(2), true);
  for (const bool big_endian : {false, true}) {
    if (!looks_like_utf16(bytes, big_endian)) continue;
    Decoded out = decode_utf16(bytes, big_endian);
    if (out.note.empty()) out.note = "the text is UTF-16 without a byte order mark";
    return out;
  }
  Decoded out;
  out.text = bytes.starts_with("\xEF\xBB\xBF") ? bytes.substr(3) : bytes;
  switch (check_utf8(out.text)) {
    case Utf8Check::ascii:
      return out;
    case Utf8Check::valid:
      out.ascii = false;
      return out;
    case Utf8Check::invalid:
      break;
  }
  return decode_windows1252(out.text);
}

std::uint32_t Sources::add(std::string name, std::string_view bytes, std::string* note) {
  SourceFile& file = files_.emplace_back();
  file.name = std::move(name);
  Decoded decoded = decode_source(bytes);
  const bool owned = !decoded.owned.empty();
  file.owned = std::move(decoded.owned);
  file.text = owned ? std::string_view(file.owned) : decoded.text;
  file.ascii = decoded.ascii;
  if (note != nullptr) *note = std::move(decoded.note);
  return static_cast<std::uint32_t>(files_.size() - 1);
}

std::uint32_t Sources::add_owned(std::string name, std::string bytes, std::string* note) {
  Decoded decoded = decode_source(bytes);
  SourceFile& file = files_.emplace_back();
  file.name = std::move(name);
  if (decoded.owned.empty()) {
    const std::size_t mark = bytes.size() - decoded.text.size();
    file.owned = std::move(bytes);
    file.text = std::string_view(file.owned).substr(mark);
  } else {
    file.owned = std::move(decoded.owned);
    file.text = file.owned;
  }
  file.on_disk = true;
  file.ascii = decoded.ascii;
  if (note != nullptr) *note = std::move(decoded.note);
  return static_cast<std::uint32_t>(files_.size() - 1);
}

std::vector<std::filesystem::path> Sources::paths() const {
  std::vector<std::filesystem::path> paths;
  for (const SourceFile& file : files_) {
    if (file.on_disk) paths.emplace_back(file.name);
  }
  return paths;
}

SourceLocation Sources::locate(const Position& position) const {
  if (position.file >= files_.size()) return {};
  const SourceFile& file = files_[position.file];
  if (file.line_starts.empty()) index_lines(file);
  const auto after =
      std::upper_bound(file.line_starts.begin(), file.line_starts.end(), position.offset);
  const auto line = static_cast<std::uint32_t>(after - file.line_starts.begin());
  SourceLocation where{file.name, line, column_of(file, *(after - 1), position.offset)};
  const auto mark =
      std::upper_bound(file.marks.begin(), file.marks.end(), position.offset,
                       [](std::uint32_t offset, const LineMark& m) { return offset < m.offset; });
  if (mark != file.marks.begin()) {
    const LineMark& applies = *(mark - 1);
    const auto marked =
        std::upper_bound(file.line_starts.begin(), file.line_starts.end(), applies.offset) -
        file.line_starts.begin();
    where.line = applies.line + (line - static_cast<std::uint32_t>(marked));
    if (!applies.file.empty()) where.file = applies.file;
  }
  return where;
}

std::expected<std::string, std::string> load_file(const std::filesystem::path& path,
                                                  std::size_t limit) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return std::unexpected("there is no such file");
  if (!std::filesystem::is_regular_file(status)) return std::unexpected("it is not a regular file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::unexpected("it cannot be opened for reading");
  std::string text;
  std::vector<char> chunk(64 << 10);
  while (in) {
    in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    text.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > limit) {
      return std::unexpected("it is longer than the limit of " + std::to_string(limit) + " bytes");
    }
  }
  if (in.bad()) return std::unexpected("it cannot be read to its end");
  return text;
}

}  // namespace hbalab::wmi::mof
