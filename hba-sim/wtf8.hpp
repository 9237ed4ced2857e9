// WTF-8: UTF-8 that also has room for lone surrogates (three bytes each), so that any UTF-16 text
// goes there and back without loss. Only for keys and storage; what leaves the program is UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hbalab {

// The code point at `at` (< text.size()), which moves behind it; a lone surrogate as it is.
[[nodiscard]] char32_t next_code_point(std::u16string_view text, std::size_t& at);
// The same of WTF-8; nullopt where no character begins or it is not encoded in the shortest way,
// and then `at` stands where it stood.
[[nodiscard]] std::optional<char32_t> next_code_point(std::string_view text, std::size_t& at);
void append_wtf8(std::string& out, char32_t code_point);
void append_utf16(std::u16string& out, char32_t code_point);
[[nodiscard]] std::string to_wtf8(std::u16string_view text);
// nullopt when malformed.
[[nodiscard]] std::optional<std::u16string> from_wtf8(std::string_view text);

}  // namespace hbalab
