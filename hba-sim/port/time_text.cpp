#include "hba-sim/port/time_text.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace hbalab {

std::string time_text(std::uint64_t system_time) {
  constexpr std::uint64_t kUnixEpoch = 116'444'736'000'000'000ULL;
  const std::int64_t ticks = static_cast<std::int64_t>(system_time - kUnixEpoch);
  const std::chrono::sys_time<std::chrono::microseconds> time{
      std::chrono::microseconds(ticks / 10)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto micros = (time - day).count();
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(micros / 3'600'000'000),
                static_cast<int>(micros / 60'000'000 % 60),
                static_cast<int>(micros / 1'000'000 % 60), static_cast<int>(micros % 1'000'000));
  return text.data();
}

}  // namespace hbalab
