// CHAP as iSCSI uses it (RFC 1994, RFC 7143 12.1.3): large binary values as text, and responses.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "hba-sim/types.hpp"

namespace hbalab::fabric {

// CHAP_A values that the simulated targets know.
enum class ChapAlgorithm : std::uint8_t { md5 = 5, sha256 = 7 };

inline constexpr std::size_t kMaxChallenge = 1024;  // bytes, RFC 7143 12.1.3

// "0x..." hexadecimal or "0b..." base64 (RFC 7143 6.1); nothing when malformed, empty or longer
// than `longest` bytes.
[[nodiscard]] std::optional<Bytes> decode_binary(std::string_view text, std::size_t longest);
[[nodiscard]] std::string encode_hex(std::span<const std::uint8_t> bytes);  // with 0x

// Hash of identifier, secret and challenge in that order (RFC 1994 4.1); empty when the library
// fails.
[[nodiscard]] Bytes chap_response(ChapAlgorithm algorithm, std::uint8_t identifier,
                                  std::string_view secret, std::span<const std::uint8_t> challenge);
// In constant time for equal lengths.
[[nodiscard]] bool same_bytes(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);

}  // namespace hbalab::fabric
