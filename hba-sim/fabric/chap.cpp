#include "hba-sim/fabric/chap.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <memory>

namespace hbalab::fabric {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<Bytes> decode_hex(std::string_view digits, std::size_t longest) {
  const std::size_t count = (digits.size() + 1) / 2;
  if (digits.empty() || count > longest) return {};
  Bytes bytes(count);
  // An odd number of digits has its leading zero left out.
  std::size_t nibble = digits.size() % 2;
  for (const char c : digits) {
    const int value = hex_digit(c);
    if (value < 0) return {};
    auto& byte = bytes[nibble / 2];
    byte = static_cast<std::uint8_t>((byte << 4) | value);
    ++nibble;
  }
  return bytes;
}

std::optional<Bytes> decode_base64(std::string_view text, std::size_t longest) {
  if (text.empty() || text.size() % 4 != 0 || text.size() / 4 * 3 > longest + 2) return {};
  Bytes bytes(text.size() / 4 * 3);
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  const std::string copy(text);
  if (copy.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") <
      copy.size() - padding) {
    return {};
  }
  const int length =
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(copy.data()),
                      static_cast<int>(copy.size()));
  if (length < 0) return {};
  bytes.resize(static_cast<std::size_t>(length) - padding);
  if (bytes.empty() || bytes.size() > longest) return {};
  return bytes;
}

}  // namespace

std::optional<Bytes> decode_binary(std::string_view text, std::size_t longest) {
  if (text.starts_with("0x") || text.starts_with("0X")) return decode_hex(text.substr(2), longest);
  if (text.starts_with("0b") || text.starts_with("0B"))
    return decode_base64(text.substr(2), longest);
  return {};
}

std::string encode_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "0x";
  text.reserve(2 + bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

Bytes chap_response(ChapAlgorithm algorithm, std::uint8_t identifier, std::string_view secret,
                    std::span<const std::uint8_t> challenge) {
  const EVP_MD* digest = algorithm == ChapAlgorithm::md5 ? EVP_md5() : EVP_sha256();
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  Bytes result(EVP_MAX_MD_SIZE);
  unsigned length = 0;
  if (context == nullptr || EVP_DigestInit_ex(context.get(), digest, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), &identifier, 1) != 1 ||
      EVP_DigestUpdate(context.get(), secret.data(), secret.size()) != 1 ||
      EVP_DigestUpdate(context.get(), challenge.data(), challenge.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), result.data(), &length) != 1) {
    return {};
  }
  result.resize(length);
  return result;
}

bool same_bytes(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace hbalab::fabric
