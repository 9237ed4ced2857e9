// What became of a request, in words that every kind of implementation has: an NTSTATUS inside the
// process and an errno on a mounted tree say the same.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "wmi-model/ntstatus.hpp"

namespace hbalab::conform {

enum class Outcome : std::uint8_t {
  success,
  too_small,     // the buffer: more was asked for
  read_only,     // what was to be set
  unsupported,   // no such class, method or item, or a request that the driver calls invalid
  invalid,       // a parameter
  not_found,     // the instance, or the device
  busy,          // come back later
  no_resources,  // no memory, no room
  timed_out,
  cancelled,
  failed,  // the device or the driver
};

// "read_only"; what case files say.
[[nodiscard]] std::string_view outcome_name(Outcome outcome);
[[nodiscard]] std::span<const std::string_view> outcome_names();
[[nodiscard]] std::optional<Outcome> outcome_of_name(std::string_view name);

[[nodiscard]] Outcome outcome_of(wmi::NtStatus status);
[[nodiscard]] Outcome outcome_of_errno(int error);

}  // namespace hbalab::conform
