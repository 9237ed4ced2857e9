// A GUID as Windows stores it: the first three fields little-endian in memory.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hbalab::wmi {

struct Guid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Guid&) const = default;

  // Accepts "420512D9-0537-4C67-A779-84BA7B29CE9F", with or without braces, any case.
  [[nodiscard]] static std::optional<Guid> parse(std::string_view text);
  // Lower case, no braces: "420512d9-0537-4c67-a779-84ba7b29ce9f".
  [[nodiscard]] std::string to_string() const;
};

}  // namespace hbalab::wmi

template <>
struct std::hash<hbalab::wmi::Guid> {
  std::size_t operator()(const hbalab::wmi::Guid& guid) const noexcept {
    std::uint64_t halves[2];
    std::memcpy(halves, guid.bytes.data(), sizeof halves);
    return static_cast<std::size_t>(halves[0] ^ (halves[1] * 0x9e3779b97f4a7c15ULL));
  }
};
