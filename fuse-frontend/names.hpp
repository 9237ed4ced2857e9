// Names and times as the tree spells them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hbalab::fs {

// WMI instance name (UTF-8) -> directory name: '/', NUL and '%' become %XX, and so does the first
// dot of "." and ".."; everything else stays. An empty name becomes "%". The mapping is one to one.
[[nodiscard]] std::string encode_name(std::string_view name);
// The inverse; nullopt for what encode_name does not give.
[[nodiscard]] std::optional<std::string> decode_name(std::string_view name);

// A decimal index without sign, spaces or leading zeros ("0", "57"); false for anything else and
// for numbers above 2^32 - 2.
[[nodiscard]] bool parse_index(std::string_view text, std::uint32_t& index);

// 100 ns units since 1601 (as WMI counts) -> "2026-11-21T01:02:03.0000000Z".
[[nodiscard]] std::string format_filetime(std::uint64_t ticks);
// The wall clock now, in the same units.
[[nodiscard]] std::uint64_t filetime_now();

}  // namespace hbalab::fs
