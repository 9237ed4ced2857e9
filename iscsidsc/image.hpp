// What goes back to a caller: one place for the rules of sizes. An answer is built twice by the
// same code, first to learn its exact size, then, where the caller's buffer has room, straight into
// that: ERROR_INSUFFICIENT_BUFFER, whatever the buffer is, as long as what is said of it is too
// small or it is NULL. Structures come first, then what they point to; nothing is padded, and every
// pointer points into the caller's buffer.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "iscsidsc/errors.hpp"
#include "iscsidsc/variant.hpp"

namespace hbalab::dsc {

class Image {
 public:
  // Only tells how large it would be.
  Image() = default;
  // Goes to memory that has room for it.
  explicit Image(void* buffer) : out_(static_cast<std::uint8_t*>(buffer)) {}

  // Room for `count` structures, each of which has to be put; where they begin.
  template <typename T>
  std::size_t reserve(std::size_t count) {
    return take(count * sizeof(T));
  }
  // Structure number `index` of those that begin at `at`; it is made when it is written.
  template <std::invocable Make>
  void put(std::size_t at, std::size_t index, const Make& make) {
    if (out_ == nullptr) return;
    const auto value = make();
    static_assert(std::is_trivially_copyable_v<decltype(value)>);
    std::memcpy(out_ + at + index * sizeof value, &value, sizeof value);
  }
  template <typename T>
  std::size_t append(const T& value) {
    const std::size_t at = reserve<T>(1);
    put(at, 0, [&value] { return value; });
    return at;
  }
  // The text, UTF-16 in whatever memory, and a NUL.
  template <typename V, typename Units>
  std::size_t append_text(const Units& text) {
    if constexpr (std::is_same_v<V, Narrow>) {
      if (!is_ascii(text)) {
        return append_units<CHAR>(to_external<V>(std::u16string(text.begin(), text.end())));
      }
    }
    return append_units<typename V::Char>(text);
  }
  // The same of UTF-8; what is malformed is "".
  template <typename V>
  std::size_t append_text(const std::string& utf8) {
    if (is_ascii(utf8)) return append_units<typename V::Char>(utf8);
    return append_text<V>(to_internal(utf8).value_or(std::u16string()));
  }
  // Fills up to a multiple of `step`, where the interface asks for that.
  void align(std::size_t step) {
    const std::size_t padding = (step - size_ % step) % step;
    const std::size_t at = take(padding);
    if (out_ != nullptr) std::memset(out_ + at, 0, padding);
  }
  // The pointer at `where` points to what lies at `to`.
  void point(std::size_t where, std::size_t to) {
    if (out_ == nullptr) return;
    const std::uint8_t* const target = out_ + to;
    std::memcpy(out_ + where, &target, sizeof target);
  }

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  template <typename Units>
  static bool is_ascii(const Units& units) {
    return std::ranges::all_of(units, [](auto unit) {
      return static_cast<char16_t>(unit) < 0x80;  // the sign of a char stays one
    });
  }
  // Each unit as a character, and a NUL.
  template <typename Char, typename Units>
  std::size_t append_units(const Units& units) {
    const std::size_t at = take((units.size() + 1) * sizeof(Char));
    if (out_ == nullptr) return at;
    std::uint8_t* to = out_ + at;
    const auto add = [&to](Char character) {
      std::memcpy(to, &character, sizeof character);
      to += sizeof character;
    };
    if constexpr (sizeof(units[0]) == sizeof(Char) && std::endian::native == std::endian::little) {
      if (!units.empty()) std::memcpy(to, units.data(), units.size() * sizeof(Char));
      to += units.size() * sizeof(Char);
    } else {
      for (const auto unit : units) add(static_cast<Char>(unit));
    }
    add(Char{0});
    return at;
  }
  std::size_t take(std::size_t bytes) {
    const std::size_t at = size_;
    size_ += bytes;
    return at;
  }

  std::uint8_t* out_ = nullptr;
  std::size_t size_ = 0;
};

// What `build` makes of an Image goes to the caller. `size`: bytes of the buffer, and then those of
// the answer.
template <typename Build>
[[nodiscard]] ISDSC_STATUS deliver(PULONG size, void* buffer, const Build& build) {
  Image measured;
  build(measured);
  if (measured.size() > std::numeric_limits<ULONG>::max()) return ERROR_NOT_ENOUGH_MEMORY;
  const auto given = *size;
  *size = static_cast<ULONG>(measured.size());
  if (measured.size() == 0) return ERROR_SUCCESS;
  if (buffer == nullptr || given < measured.size()) return ERROR_INSUFFICIENT_BUFFER;
  Image image(buffer);
  build(image);
  return ERROR_SUCCESS;
}

// A list of strings, each with a NUL, and one more NUL behind the last: two for an empty list.
// `size` counts characters.
template <typename V>
[[nodiscard]] ISDSC_STATUS deliver_strings(const std::vector<std::u16string>& strings, PULONG size,
                                           typename V::Char* buffer) {
  using Char = typename V::Char;
  std::basic_string<Char> list;
  for (const auto& text : strings) {
    list += to_external<V>(text);
    list += Char{0};
  }
  list.append(strings.empty() ? 2 : 1, Char{0});
  if (list.size() > std::numeric_limits<ULONG>::max()) return ERROR_NOT_ENOUGH_MEMORY;
  const auto given = *size;
  *size = static_cast<ULONG>(list.size());
  if (buffer == nullptr || given < list.size()) return ERROR_INSUFFICIENT_BUFFER;
  std::memcpy(buffer, list.data(), list.size() * sizeof(Char));
  return ERROR_SUCCESS;
}

// An array of structures without pointers; `count` counts elements.
template <typename T>
[[nodiscard]] ISDSC_STATUS deliver_elements(const std::vector<T>& elements, PULONG count,
                                            T* buffer) {
  const auto given = *count;
  *count = static_cast<ULONG>(elements.size());
  if (elements.empty()) return ERROR_SUCCESS;
  if (buffer == nullptr || given < elements.size()) return ERROR_INSUFFICIENT_BUFFER;
  std::memcpy(static_cast<void*>(buffer), elements.data(), elements.size() * sizeof(T));
  return ERROR_SUCCESS;
}

}  // namespace hbalab::dsc
