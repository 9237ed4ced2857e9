#include "hba-sim/adapter/chap.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <charconv>
#include <memory>

namespace hbalab::adapter {
namespace {

using fabric::Keys;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

// An odd number of digits means a leading zero, as for any number.
std::optional<Bytes> decode_hex(std::string_view digits) {
  Bytes out;
  out.reserve(digits.size() / 2 + 1);
  bool low = digits.size() % 2 == 1;
  unsigned value = 0;
  for (const char c : digits) {
    const int digit = hex_value(c);
    if (digit < 0) return std::nullopt;
    value = (value << 4) | static_cast<unsigned>(digit);
    if (low) {
      out.push_back(static_cast<std::uint8_t>(value));
      value = 0;
    }
    low = !low;
  }
  return out;
}

std::optional<Bytes> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  Bytes out;
  out.reserve(text.size() * 3 / 4);
  unsigned value = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const int digit = base64_value(c);
    if (digit < 0) return std::nullopt;
    value = ((value << 6) | static_cast<unsigned>(digit)) & 0xFFFFFF;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::uint8_t>(value >> bits));
    }
  }
  return out;
}

std::optional<std::uint8_t> parse_id(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size() || value > 255) return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

}  // namespace

std::optional<ChapDigest> chap_md5(std::uint8_t id, std::span<const std::uint8_t> secret,
                                   std::span<const std::uint8_t> challenge) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  ChapDigest digest{};
  unsigned size = 0;
  if (context == nullptr || EVP_DigestInit_ex(context.get(), EVP_md5(), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), &id, 1) != 1 ||
      EVP_DigestUpdate(context.get(), secret.data(), secret.size()) != 1 ||
      EVP_DigestUpdate(context.get(), challenge.data(), challenge.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1 || size != digest.size()) {
    return std::nullopt;
  }
  return digest;
}

std::optional<Bytes> decode_binary(std::string_view text) {
  if (text.size() <= 2 || text[0] != '0') return std::nullopt;
  const auto body = text.substr(2);
  switch (text[1]) {
    case 'x':
    case 'X':
      return decode_hex(body);
    case 'b':
    case 'B':
      return decode_base64(body);
    default:
      return std::nullopt;
  }
}

std::string encode_hex(std::span<const std::uint8_t> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "0x";
  out.reserve(2 + 2 * bytes.size());
  for (const auto byte : bytes) {
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

std::optional<std::string_view> find_key(const Keys& keys, std::string_view name) {
  for (const auto& [key, value] : keys) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Bytes ChallengeBook::issue() {
  Bytes challenge(kBytes);
  do {
    for (std::size_t i = 0; i < kBytes; i += 8) {
      const auto word = random_();
      for (std::size_t j = 0; j < 8; ++j) {
        challenge[i + j] = static_cast<std::uint8_t>(word >> (8 * j));
      }
    }
  } while (!open_.insert(challenge).second);
  return challenge;
}

ChapExchange::~ChapExchange() {
  if (!challenge_.empty()) book_.retire(challenge_);
}

std::expected<Keys, LoginTrouble> ChapExchange::answer(const Keys& keys) {
  const auto algorithm = find_key(keys, "CHAP_A");
  const auto id_text = find_key(keys, "CHAP_I");
  const auto challenge_text = find_key(keys, "CHAP_C");
  if (!algorithm || !id_text || !challenge_text) return std::unexpected(LoginTrouble::protocol);
  if (*algorithm != "5") return std::unexpected(LoginTrouble::auth_not_offered);
  const auto id = parse_id(*id_text);
  const auto challenge = challenge_text->size() <= 2 + 2 * kMaxChallenge
                             ? decode_binary(*challenge_text)
                             : std::nullopt;
  if (!id || !challenge || challenge->empty() || challenge->size() > kMaxChallenge) {
    return std::unexpected(LoginTrouble::protocol);
  }
  if (book_.ours(*challenge)) return std::unexpected(LoginTrouble::auth_reflected);
  const auto response = chap_md5(*id, credentials_.secret, *challenge);
  if (!response) return std::unexpected(LoginTrouble::digest_failed);
  Keys out{{"CHAP_N", std::string(credentials_.name.begin(), credentials_.name.end())},
           {"CHAP_R", encode_hex(*response)}};
  if (credentials_.kind == ChapCredentials::Kind::mutual) {
    if (!challenge_.empty()) book_.retire(challenge_);
    challenge_ = book_.issue();
    id_ = book_.issue_id();
    out.emplace_back("CHAP_I", std::to_string(id_));
    out.emplace_back("CHAP_C", encode_hex(challenge_));
  }
  return out;
}

std::expected<void, LoginTrouble> ChapExchange::verify(const Keys& keys) {
  const auto name = find_key(keys, "CHAP_N");
  const auto response_text = find_key(keys, "CHAP_R");
  if (!name || name->empty() || !response_text || challenge_.empty()) {
    return std::unexpected(LoginTrouble::auth_not_proven);
  }
  const auto response = decode_binary(*response_text);
  const auto expected = chap_md5(id_, credentials_.target_secret, challenge_);
  if (!expected) return std::unexpected(LoginTrouble::digest_failed);
  if (!response || response->size() != expected->size() ||
      CRYPTO_memcmp(response->data(), expected->data(), expected->size()) != 0) {
    return std::unexpected(LoginTrouble::auth_not_proven);
  }
  return {};
}

}  // namespace hbalab::adapter
