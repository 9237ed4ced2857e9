// Text of literals to their values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hbalab::wmi::mof {

// 10, 0x10, 010 (octal), 101b (binary), each with C's suffixes U and L; nothing for anything else
// and for what does not fit into 64 bits.
[[nodiscard]] std::optional<std::uint64_t> parse_integer(std::string_view text);
// 1.5, 1e3, .5; nothing when the text is no real number.
[[nodiscard]] std::optional<double> parse_real(std::string_view text);

// A problem inside a literal, at a byte offset into it.
struct LiteralProblem {
  std::size_t offset = 0;
  std::string message;
};
// Appends what a quoted string or character stands for, as UTF-8. `quoted` has its quotes, a
// missing closing one is tolerated. False and the first problem when an escape is wrong; the rest
// is decoded.
bool decode_literal(std::string_view quoted, std::string& out, LiteralProblem& problem);

// The inverse: quoted, with escapes for quotes, backslashes and control characters.
[[nodiscard]] std::string quote_literal(std::string_view text);

}  // namespace hbalab::wmi::mof
