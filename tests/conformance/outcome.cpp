#include "tests/conformance/outcome.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace hbalab::conform {
namespace {

using wmi::NtStatus;

constexpr std::array<std::string_view, 11> kNames{
    "success", "too_small",    "read_only", "unsupported", "invalid", "not_found",
    "busy",    "no_resources", "timed_out", "cancelled",   "failed"};

constexpr std::array<std::pair<NtStatus, Outcome>, 15> kStatuses{{
    {NtStatus::success, Outcome::success},
    {NtStatus::device_busy, Outcome::busy},
    {NtStatus::invalid_parameter, Outcome::invalid},
    {NtStatus::no_such_device, Outcome::not_found},
    {NtStatus::invalid_device_request, Outcome::unsupported},
    {NtStatus::buffer_too_small, Outcome::too_small},
    {NtStatus::insufficient_resources, Outcome::no_resources},
    {NtStatus::io_timeout, Outcome::timed_out},
    {NtStatus::cancelled, Outcome::cancelled},
    {NtStatus::io_device_error, Outcome::failed},
    {NtStatus::wmi_guid_not_found, Outcome::unsupported},
    {NtStatus::wmi_instance_not_found, Outcome::not_found},
    {NtStatus::wmi_itemid_not_found, Outcome::unsupported},
    {NtStatus::wmi_read_only, Outcome::read_only},
    {NtStatus::wmi_set_failure, Outcome::failed},
}};

constexpr std::array<std::pair<int, Outcome>, 15> kErrnos{{
    {0, Outcome::success},
    {EOVERFLOW, Outcome::too_small},
    {EACCES, Outcome::read_only},
    {EROFS, Outcome::read_only},
    {EOPNOTSUPP, Outcome::unsupported},
    {EINVAL, Outcome::invalid},
    {ERANGE, Outcome::invalid},
    {ENOENT, Outcome::not_found},
    {ENODEV, Outcome::not_found},
    {ESTALE, Outcome::not_found},
    {EBUSY, Outcome::busy},
    {ENOSPC, Outcome::no_resources},
    {ENOMEM, Outcome::no_resources},
    {ETIMEDOUT, Outcome::timed_out},
    {EINTR, Outcome::cancelled},
}};

template <typename Key, std::size_t N>
Outcome look_up(const std::array<std::pair<Key, Outcome>, N>& table, Key key) {
  const auto found = std::ranges::find(table, key, &std::pair<Key, Outcome>::first);
  return found == table.end() ? Outcome::failed : found->second;
}

}  // namespace

std::string_view outcome_name(Outcome outcome) { return kNames[static_cast<std::size_t>(outcome)]; }

std::span<const std::string_view> outcome_names() { return kNames; }

std::optional<Outcome> outcome_of_name(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Outcome>(found - kNames.begin());
}

Outcome outcome_of(NtStatus status) { return look_up(kStatuses, status); }

Outcome outcome_of_errno(int error) { return look_up(kErrnos, error); }

}  // namespace hbalab::conform
