// What single values of a lab may be. The lab file and the bench controls judge by the same rules.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "hba-sim/lab/config.hpp"

namespace hbalab::lab {

// What was expected instead ("a TCP port from 1 to 65535"); nothing: the value is good.
using Problem = std::optional<std::string>;

inline constexpr std::uint64_t kMaxLunNumber =
    0x3FFF;  // what flat space addressing can say (SAM-5 4.7)
inline constexpr std::uint64_t kMaxBlocks = std::uint64_t{1} << 48;
inline constexpr std::uint32_t kMinBlockSize = 512, kMaxBlockSize = 65536;
inline constexpr std::size_t kMaxPortals = 256;       // of one target
inline constexpr std::size_t kMaxStaticPortals = 64;  // as many as an adapter keeps of one target
inline constexpr std::size_t kMaxTextLength = 255;
inline constexpr std::size_t kMinSecret = 12, kMaxSecret = 16;  // bytes, as IPsec-less CHAP demands
inline constexpr std::int64_t kMaxMilliseconds = 24LL * 60 * 60 * 1000;

[[nodiscard]] Problem check_object_name(std::string_view text);  // adapters, networks, the lab
[[nodiscard]] Problem check_device_instance(std::string_view text);
[[nodiscard]] Problem check_iscsi_name(std::string_view text);
[[nodiscard]] Problem check_address_literal(std::string_view text);
[[nodiscard]] Problem check_host_name(std::string_view text);
[[nodiscard]] Problem check_address_or_name(std::string_view text);
[[nodiscard]] Problem check_portal(std::string_view text);  // ADDR[:PORT]
[[nodiscard]] Problem check_mac(std::string_view text);
[[nodiscard]] Problem check_plain_text(std::string_view text);  // printable UTF-8, 255 bytes
[[nodiscard]] Problem check_secret(std::string_view text);      // never quotes the text
[[nodiscard]] Problem check_block_size(std::uint64_t size);
[[nodiscard]] Problem check_ascii(std::string_view text, std::size_t longest);

// "15s", "500ms", "2m", or a bare number of milliseconds; at most a day.
[[nodiscard]] std::expected<milliseconds, std::string> parse_duration(std::string_view text);
inline constexpr std::string_view kDurationPattern = "^[0-9]{1,8}(ms|s|m)$";

[[nodiscard]] std::span<const std::string_view> functionality_names();
[[nodiscard]] std::span<const std::string_view> portal_states();
// In the order of ISCSI_HBA_STATUS.
[[nodiscard]] std::span<const std::string_view> adapter_healths();
[[nodiscard]] std::span<const std::string_view> login_refusals();  // "" is not among them
[[nodiscard]] std::span<const std::string_view> chap_faults();
[[nodiscard]] std::span<const std::string_view> discovery_faults();
[[nodiscard]] std::span<const std::string_view> scsi_statuses();
[[nodiscard]] std::span<const std::string_view> schedule_actions();
// The status byte (SAM-5 5.3.1); 0 for "".
[[nodiscard]] std::uint8_t scsi_status_byte(std::string_view name);
// What each of them is on the wire.
struct LoginRefusal {
  std::string_view name;
  std::uint16_t status;  // Status-Class in the high byte, Status-Detail in the low one
};
[[nodiscard]] std::span<const LoginRefusal> login_refusal_table();

// `expected one of a, b, c`, with a suggestion when one of them is near.
[[nodiscard]] std::string expected_one_of(std::string_view came,
                                          std::span<const std::string_view> choices);
[[nodiscard]] bool contains(std::span<const std::string_view> choices, std::string_view value);

// The rules that tie the fields of one target together: CHAP, redirect, duplicate portals and LUNs.
// Each problem stands with the JSON pointer of its place below the target.
struct PlacedProblem {
  std::string where;
  std::string message;
};
[[nodiscard]] std::vector<PlacedProblem> check_target(const TargetConfig& target);
[[nodiscard]] std::vector<PlacedProblem> check_chap(const ChapConfig& chap);

}  // namespace hbalab::lab
