// Windows' system time as text.
#pragma once

#include <cstdint>
#include <string>

namespace hbalab {

// "2026-01-02T03:04:05.678901Z" from 100 ns since 1601.
[[nodiscard]] std::string time_text(std::uint64_t system_time);

}  // namespace hbalab
