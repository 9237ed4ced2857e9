// What goes back to a caller: one place for the rules of sizes. An answer is made whole, and then
// delivered, or only its exact size is: ERROR_INSUFFICIENT_BUFFER, whatever the buffer is, as long
// as what is said of it is too small or it is NULL. Structures come first, then what they point to;
// nothing is padded, and every pointer points into the caller's buffer.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "iscsidsc/errors.hpp"
#include "iscsidsc/variant.hpp"

namespace hbalab::dsc {

class Image {
 public:
  // Room for `count` structures, cleared; where they begin.
  template <typename T>
  std::size_t reserve(std::size_t count) {
    const std::size_t at = data_.size();
    data_.resize(at + count * sizeof(T));
    return at;
  }
  // Structure number `index` of those that begin at `at`.
  template <typename T>
  void put(std::size_t at, std::size_t index, const T& value) {
    std::memcpy(data_.data() + at + index * sizeof(T), &value, sizeof(T));
  }
  std::size_t append(std::span<const std::uint8_t> bytes) {
    const std::size_t at = data_.size();
    data_.insert(data_.end(), bytes.begin(), bytes.end());
    return at;
  }
  template <typename T>
  std::size_t append(const T& value) {
    return append({reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
  }
  // The text and a NUL.
  template <typename V>
  std::size_t append_text(std::u16string_view text) {
    const std::size_t at = data_.size();
    if constexpr (std::is_same_v<V, Wide>) {
      append_units(text);
    } else {
      append_units(to_external<V>(text));
    }
    append(typename V::Char{0});
    return at;
  }
  // Room for so much more, so that what is added does not move what is there.
  void expect(std::size_t bytes) { data_.reserve(data_.size() + bytes); }
  // Fills up to a multiple of `step`, where the interface asks for that.
  void align(std::size_t step) { data_.resize((data_.size() + step - 1) / step * step); }
  // The pointer at `where` will point to what lies at `to`.
  void point(std::size_t where, std::size_t to) { pointers_.emplace_back(where, to); }

  [[nodiscard]] std::size_t size() const { return data_.size(); }
  // `size`: bytes of the buffer, and then those of the answer.
  [[nodiscard]] ISDSC_STATUS deliver(PULONG size, void* buffer);

 private:
  template <typename Text>
  void append_units(const Text& text) {
    append({reinterpret_cast<const std::uint8_t*>(text.data()), text.size() * sizeof text[0]});
  }

  std::vector<std::uint8_t> data_;
  std::vector<std::pair<std::size_t, std::size_t>> pointers_;
};

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
