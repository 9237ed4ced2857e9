// Walking over and filling of data blocks: bounds, alignment and counted strings. Views (views.hpp)
// and builders (builders.hpp) are made of these.
//
// Offsets count from the start of the block, which has to lie at an address that is a multiple of
// 8, as WMI buffers do. A member of variable size is followed right behind by the next one, aligned
// to its own alignment ("Driver-Defined WMI Data Items", WDK).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "iscsiop/types.hpp"

namespace hbalab::iscsi {

// What is wrong with a block, or what did not fit.
struct ViewError {
  enum class Kind {
    too_short,   // the member needs more bytes than are left
    misaligned,  // the block's address is not a multiple of 8
    bad_string,  // the count of a string is odd, or larger than the string's room
    too_long,    // a string has more characters than the member may hold
  } kind = Kind::too_short;
  std::string_view member;    // "LoginToTarget_IN.Key"; a literal
  std::size_t offset = 0;     // in the block; 0 for strings that were given by themselves
  std::size_t needed = 0;     // bytes; misaligned: the alignment
  std::size_t available = 0;  // bytes; misaligned: how far the address is off

  // "LoginToTarget_IN.Key at offset 2528 needs 40 bytes, 12 are left"
  [[nodiscard]] std::string to_string() const;
};
template <typename T>
using ViewResult = std::expected<T, ViewError>;

inline constexpr std::size_t kBlockAlignment = 8;

[[nodiscard]] constexpr std::size_t align_up(std::size_t offset, std::size_t align) {
  return (offset + align - 1) / align * align;
}

// Reads a block from front to back. The first failure sticks: from then on every call gives null or
// nothing, and error() says what it was. Copies nothing; the bytes have to outlive what is
// returned.
class BlockReader {
 public:
  explicit BlockReader(std::span<const std::uint8_t> block);

  // The next structure, of which `fixed` bytes have to be there: those up to the end of its last
  // member of fixed size. Its members of variable size may lie behind the block's end and are to be
  // reached by the calls below only. `member` is a literal for the error.
  template <typename T>
  [[nodiscard]] const T* head(std::string_view member, std::size_t fixed) {
    static_assert(std::is_trivially_copyable_v<T>);
    const std::uint8_t* at = take(member, alignof(T), fixed);
    return at == nullptr ? nullptr : reinterpret_cast<const T*>(at);
  }
  // The next `count` elements of fixed size. No count is too large to be refused.
  template <typename T>
  [[nodiscard]] std::span<const T> array(std::string_view member, std::uint32_t count) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) < (1u << 16));
    if (count == 0) return {};
    const std::uint8_t* at = take(member, alignof(T), std::size_t{count} * sizeof(T));
    if (at == nullptr) return {};
    return {reinterpret_cast<const T*>(at), count};
  }
  [[nodiscard]] std::span<const std::uint8_t> bytes(std::string_view member, std::uint32_t count) {
    return array<std::uint8_t>(member, count);
  }

  [[nodiscard]] bool ok() const { return !error_; }
  [[nodiscard]] const std::optional<ViewError>& error() const { return error_; }
  // Where the next member is looked for, before alignment.
  [[nodiscard]] std::size_t offset() const { return offset_; }

 private:
  const std::uint8_t* take(std::string_view member, std::size_t align, std::size_t size);

  std::span<const std::uint8_t> block_;
  std::size_t offset_ = 0;
  std::optional<ViewError> error_;
};

// Fills a block from front to back. Memory that was handed out is zero, and so is the padding in
// front of it. The first failure sticks: from then on every call gives null or nothing and leaves
// the memory alone.
class BlockWriter {
 public:
  explicit BlockWriter(std::span<std::uint8_t> block);

  // Room for the next structure, `fixed` bytes of it: up to where its first member of variable size
  // begins, or all.
  template <typename T>
  [[nodiscard]] T* open(std::string_view member, std::size_t fixed) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::uint8_t* at = take(member, alignof(T), fixed);
    return at == nullptr ? nullptr : reinterpret_cast<T*>(at);
  }
  template <typename T>
  [[nodiscard]] std::span<T> array(std::string_view member, std::size_t count) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (count > block_.size()) {
      fail(member, count * sizeof(T));
      return {};
    }
    std::uint8_t* at = take(member, alignof(T), count * sizeof(T));
    if (at == nullptr) return {};
    return {reinterpret_cast<T*>(at), count};
  }
  // A copy of `data`.
  std::span<std::uint8_t> bytes(std::string_view member, std::span<const std::uint8_t> data);

  [[nodiscard]] bool ok() const { return !error_; }
  [[nodiscard]] const std::optional<ViewError>& error() const { return error_; }
  // Bytes written, or the error.
  [[nodiscard]] ViewResult<std::size_t> finish() const;

 private:
  std::uint8_t* take(std::string_view member, std::size_t align, std::size_t size);
  void fail(std::string_view member, std::size_t needed);

  std::span<std::uint8_t> block_;
  std::size_t offset_ = 0;
  std::optional<ViewError> error_;
};

// A block without members of variable size, copied out of `block`. `size` is what has to be there:
// the structure without its tail padding, as the X_SIZE constants give it; missing padding is zero.
template <typename T>
[[nodiscard]] ViewResult<T> read_block(std::span<const std::uint8_t> block, std::string_view name,
                                       std::size_t size = sizeof(T)) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (block.size() < size) {
    return std::unexpected(ViewError{ViewError::Kind::too_short, name, 0, size, block.size()});
  }
  T out{};
  std::memcpy(&out, block.data(), block.size() < sizeof(T) ? block.size() : sizeof(T));
  return out;
}

// Strings with MaxLen n are WCHAR[n + 1]: element 0 is the count of BYTES that follow, characters
// come behind it. A terminating NUL may be part of the count; the text ends in front of it. Lone
// surrogates are kept. Refused: an odd count, and one beyond the member.
[[nodiscard]] ViewResult<std::u16string> read_fixed_string(std::span<const Le16> field,
                                                           std::string_view member);
// The same without a copy: the characters in the member.
[[nodiscard]] ViewResult<std::span<const Le16>> fixed_string_units(std::span<const Le16> field,
                                                                   std::string_view member);
// Writes the text without a NUL and clears what lies behind it. Refused, and the member not
// touched: a text longer than field.size() - 1 characters.
[[nodiscard]] ViewResult<void> write_fixed_string(std::span<Le16> field, std::u16string_view text,
                                                  std::string_view member);

}  // namespace hbalab::iscsi
