#include "hbalab/dsc/sources.hpp"

#include <strings.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

#include "wmi-model/model.hpp"

namespace hbalab::cli::dsc {
namespace {

constexpr std::size_t kLongest = 1 << 20;
constexpr std::string_view kHex = "hex:";

std::expected<std::string, wmi::TextError> read_all(std::istream& stream, std::string_view what) {
  std::string text(kLongest + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return refuse(std::string(what) + " cannot be read");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kLongest) {
    return refuse(std::string(what) + " has more than " + std::to_string(kLongest) + " bytes", {},
                  wmi::TextError::Kind::too_large);
  }
  return text;
}

std::expected<std::string, wmi::TextError> from_hex(std::string_view digits) {
  std::string bytes;
  if (digits.size() % 2 != 0) return refuse("an odd number of hexadecimal digits came");
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    unsigned char byte = 0;
    const auto* const end = digits.data() + i + 2;
    const auto [stop, error] = std::from_chars(digits.data() + i, end, byte, 16);
    if (error != std::errc() || stop != end) {
      return refuse("what came behind \"hex:\" are no hexadecimal digits");
    }
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

}  // namespace

std::unexpected<wmi::TextError> refuse(std::string message, std::string suggestion,
                                       wmi::TextError::Kind kind) {
  return std::unexpected(wmi::TextError{kind, {}, std::move(message), std::move(suggestion)});
}

bool Sources::is_reference(std::string_view word) {
  return word == "-" || (word.starts_with('@') && !word.starts_with("@@"));
}

std::expected<std::string, wmi::TextError> Sources::contents(std::string_view reference) {
  if (reference == "-") {
    if (read_) return refuse("standard input has been read for another argument");
    read_ = true;
    return read_all(standard_input_, "standard input");
  }
  const std::string path(reference.substr(1));
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return refuse("the file " + shown(path) + " cannot be opened: " + std::strerror(errno));
  }
  return read_all(file, "the file " + shown(path));
}

std::expected<std::string, wmi::TextError> Sources::bytes(std::string_view word) {
  if (is_reference(word)) {
    auto text = contents(word);
    if (text && text->ends_with('\n')) text->pop_back();
    return text;
  }
  if (word.starts_with(kHex)) return from_hex(word.substr(kHex.size()));
  if (word.starts_with('@')) word.remove_prefix(1);
  return std::string(word);
}

std::string printable(std::string_view text) {
  auto units = wmi::to_utf16(text);
  std::string ascii;
  if (!units) {  // each byte that is not ASCII
    for (const char c : text) ascii += static_cast<unsigned char>(c) < 0x80 ? c : '?';
    units = wmi::to_utf16(ascii);
  }
  for (char16_t& unit : *units) {
    if (unit < 0x20 || (unit >= 0x7F && unit < 0xA0)) unit = u'\uFFFD';
  }
  return wmi::to_utf8(*units);
}

std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 60;
  return '"' + printable(text.substr(0, kShown)) + (text.size() > kShown ? "...\"" : "\"");
}

}  // namespace hbalab::cli::dsc
