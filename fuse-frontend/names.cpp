#include "fuse-frontend/names.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace hbalab::fs {
namespace {

constexpr std::uint64_t kTicksPerSecond = 10'000'000;
constexpr std::uint64_t kSecondsFrom1601To1970 = 11'644'473'600;

void append_escape(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

}  // namespace

std::string encode_name(std::string_view name) {
  if (name.empty()) return "%";
  std::string out;
  out.reserve(name.size());
  const bool dots = name == "." || name == "..";
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (c == '/' || c == '\0' || c == '%' || (dots && i == 0)) {
      append_escape(out, c);
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<std::string> decode_name(std::string_view name) {
  if (name == "%") return std::string();
  std::string out;
  out.reserve(name.size());
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '%') {
      out += name[i];
      continue;
    }
    unsigned byte = 0;
    const char* end = name.data() + std::min(i + 3, name.size());
    const auto [at, error] = std::from_chars(name.data() + i + 1, end, byte, 16);
    if (error != std::errc{} || at != name.data() + i + 3) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  if (encode_name(out) != name) return std::nullopt;
  return out;
}

bool parse_index(std::string_view text, std::uint32_t& index) {
  if (text.empty() || text.size() > 10 || (text.size() > 1 && text.front() == '0')) return false;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0xFFFFFFFFu) {
    return false;
  }
  index = value;
  return true;
}

std::string format_filetime(std::uint64_t ticks) {
  const auto seconds = static_cast<std::int64_t>(ticks / kTicksPerSecond) -
                       static_cast<std::int64_t>(kSecondsFrom1601To1970);
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  if (gmtime_r(&time, &parts) == nullptr) return std::to_string(ticks);
  char text[80];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%07uZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<unsigned>(ticks % kTicksPerSecond));
  return text;
}

std::uint64_t filetime_now() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  const auto ticks =
      std::chrono::duration_cast<std::chrono::duration<std::uint64_t, std::ratio<1, 10'000'000>>>(
          since_1970);
  return ticks.count() + kSecondsFrom1601To1970 * kTicksPerSecond;
}

}  // namespace hbalab::fs
