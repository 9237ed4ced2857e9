#include "wmi-model/guid.hpp"

namespace hbalab::wmi {
namespace {

// Where the digits of the text go: byte index in memory for each of the 16 pairs, in text order.
constexpr std::array<std::uint8_t, 16> kTextOrder = {3, 2, 1,  0,  5,  4,  7,  6,
                                                     8, 9, 10, 11, 12, 13, 14, 15};
constexpr std::string_view kDigits = "0123456789abcdef";

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool dash_before(std::size_t pair) { return pair == 4 || pair == 6 || pair == 8 || pair == 10; }

}  // namespace

std::optional<Guid> Guid::parse(std::string_view text) {
  if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
  if (text.size() != 36) return std::nullopt;
  Guid guid;
  std::size_t at = 0;
  for (std::size_t pair = 0; pair < 16; ++pair) {
    if (dash_before(pair) && text[at++] != '-') return std::nullopt;
    const int high = digit(text[at]);
    const int low = digit(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    guid.bytes[kTextOrder[pair]] = static_cast<std::uint8_t>(high << 4 | low);
    at += 2;
  }
  return guid;
}

std::string Guid::to_string() const {
  std::string text;
  text.reserve(36);
  for (std::size_t pair = 0; pair < 16; ++pair) {
    if (dash_before(pair)) text += '-';
    const std::uint8_t byte = bytes[kTextOrder[pair]];
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace hbalab::wmi
