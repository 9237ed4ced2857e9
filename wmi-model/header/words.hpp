// Words of C: identifiers, comments, types, numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wmi-model/model.hpp"

namespace hbalab::wmi::header {

// The type of a number, boolean or character; nothing for the other types.
[[nodiscard]] std::string_view c_type(CimType type);
// A word that C and C++ keep for themselves.
[[nodiscard]] bool is_keyword(std::string_view word);
// The name as C takes it: characters that it does not know become '_'.
[[nodiscard]] std::string identifier(std::string_view name);
// The same for a member or a type, which no keyword can be.
[[nodiscard]] std::string declared_name(std::string_view name);
// "_wmidata_h_" of "dir/wmidata.h".
[[nodiscard]] std::string guard_of(std::string_view file);
// "0x00000010", of 16 digits and unsigned where 8 do not hold it.
[[nodiscard]] std::string hex(std::uint64_t value);

// Text as lines of "// ", each behind `indent`, one for a text without characters. Whatever the
// text, the comment ends where its last line does.
[[nodiscard]] std::string comment(std::string_view indent, std::string_view text);

}  // namespace hbalab::wmi::header
