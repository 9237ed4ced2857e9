// CHAP with MD5 as iSCSI carries it (RFC 1994, RFC 7143 12.1.3), the initiator's side.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "hba-sim/adapter/login_status.hpp"
#include "hba-sim/fabric/fabric.hpp"
#include "hba-sim/types.hpp"

namespace hbalab::adapter {

struct ChapCredentials {
  enum class Kind : std::uint32_t { none = 0, chap = 1, mutual = 2 };  // ISCSI_AUTH_TYPES
  Kind kind = Kind::none;
  Bytes name;           // CHAP_N
  Bytes secret;         // proves us to the target
  Bytes target_secret;  // proves the target to us (mutual)
};

using ChapDigest = std::array<std::uint8_t, 16>;
// MD5(id, secret, challenge); nothing when the library refuses MD5.
[[nodiscard]] std::optional<ChapDigest> chap_md5(std::uint8_t id,
                                                 std::span<const std::uint8_t> secret,
                                                 std::span<const std::uint8_t> challenge);
// Text forms of binary values (RFC 7143 6.1): "0x" hexadecimal, "0b" base64.
[[nodiscard]] std::optional<Bytes> decode_binary(std::string_view text);
[[nodiscard]] std::string encode_hex(std::span<const std::uint8_t> bytes);
// The value of a key, or nothing.
[[nodiscard]] std::optional<std::string_view> find_key(const fabric::Keys& keys,
                                                       std::string_view name);

// The challenges that logins of this HBA have sent and that are still open. A target that sends one
// of them back wants us to answer it ourselves (RFC 7143 9.2.1): it is refused.
class ChallengeBook {
 public:
  explicit ChallengeBook(std::uint64_t seed) : random_(seed) {}
  static constexpr std::size_t kBytes = 16;
  [[nodiscard]] Bytes issue();
  [[nodiscard]] std::uint8_t issue_id() { return static_cast<std::uint8_t>(random_()); }
  void retire(const Bytes& challenge) { open_.erase(challenge); }
  [[nodiscard]] bool ours(const Bytes& challenge) const { return open_.contains(challenge); }

 private:
  std::mt19937_64 random_;
  std::set<Bytes> open_;
};

// One authentication. Keys as they go over the wire; everything that comes is bounded and checked.
class ChapExchange {
 public:
  ChapExchange(const ChapCredentials& credentials, ChallengeBook& book)
      : credentials_(credentials), book_(book) {}
  ~ChapExchange();
  ChapExchange(const ChapExchange&) = delete;
  ChapExchange& operator=(const ChapExchange&) = delete;

  static constexpr std::size_t kMaxChallenge = 1024;
  [[nodiscard]] static fabric::Keys algorithms() { return {{"CHAP_A", "5"}}; }
  // CHAP_A, CHAP_I and CHAP_C of the target -> CHAP_N and CHAP_R, in mutual CHAP our challenge too.
  [[nodiscard]] std::expected<fabric::Keys, LoginTrouble> answer(const fabric::Keys& keys);
  // CHAP_N and CHAP_R of the target (mutual CHAP).
  [[nodiscard]] std::expected<void, LoginTrouble> verify(const fabric::Keys& keys);

 private:
  const ChapCredentials& credentials_;
  ChallengeBook& book_;
  Bytes challenge_;
  std::uint8_t id_ = 0;
};

}  // namespace hbalab::adapter
