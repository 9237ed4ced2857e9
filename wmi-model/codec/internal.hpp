// What the codec's parts share. Not for other modules.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "wmi-model/codec.hpp"

namespace hbalab::wmi::detail {

// No schema nests deeper than this; the bound keeps recursion off the end of the stack.
inline constexpr int kMaxNesting = 64;
// The largest block that encode makes: a WNODE's sizes are ULONGs, and a fixed array of a foreign
// schema must not exhaust the memory.
inline constexpr std::size_t kMaxEncodedBytes = std::size_t{1} << 30;
// CIM date and time: characters, and WCHARs in the block (there is no count in front of them).
inline constexpr std::size_t kDatetimeChars = 25;

// Where a value stands, as a chain on the stack; the text is only made for an error.
struct Frame {
  static constexpr std::uint32_t kNoElement = PathStep::kNoElement;
  const Frame* parent = nullptr;
  std::string_view name;
  std::uint32_t element = kNoElement;
};
[[nodiscard]] std::string path_text(const Frame* frame);

[[nodiscard]] constexpr bool is_signed(CimType type) {
  return type == CimType::sint8 || type == CimType::sint16 || type == CimType::sint32 ||
         type == CimType::sint64;
}
[[nodiscard]] constexpr bool is_unsigned(CimType type) {
  return type == CimType::uint8 || type == CimType::uint16 || type == CimType::uint32 ||
         type == CimType::uint64 || type == CimType::char16;
}
[[nodiscard]] constexpr bool is_integer(CimType type) {
  return is_signed(type) || is_unsigned(type);
}
[[nodiscard]] constexpr bool is_real(CimType type) {
  return type == CimType::real32 || type == CimType::real64;
}
[[nodiscard]] constexpr bool is_text(CimType type) {
  return type == CimType::string || type == CimType::datetime;
}

// An array of uint8 is Bytes, every other array is an Array.
[[nodiscard]] inline bool is_byte_array(const Property& property) {
  return property.array != ArrayKind::none && property.type == CimType::uint8;
}

// Little-endian on every machine.
[[nodiscard]] inline std::uint64_t load_le(const std::uint8_t* from, std::size_t size) {
  std::uint64_t value = 0;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  switch (size) {
    case 1:
      return *from;
    case 2: {
      std::uint16_t v;
      std::memcpy(&v, from, 2);
      return v;
    }
    case 4: {
      std::uint32_t v;
      std::memcpy(&v, from, 4);
      return v;
    }
    case 8:
      std::memcpy(&value, from, 8);
      return value;
    default:
      break;
  }
#endif
  for (std::size_t i = 0; i < size; ++i) value |= std::uint64_t{from[i]} << (8 * i);
  return value;
}

[[nodiscard]] inline std::int64_t sign_extend(std::uint64_t raw, std::size_t size) {
  const unsigned shift = static_cast<unsigned>(64 - 8 * size);
  return static_cast<std::int64_t>(raw << shift) >> shift;
}

[[nodiscard]] constexpr std::uint64_t unsigned_max(std::size_t size) {
  return size >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * size)) - 1;
}

// Alignment of one element (or of the member itself).
[[nodiscard]] inline std::size_t item_align(const Property& property) {
  if (property.type == CimType::object) {
    return property.object_class != nullptr ? property.object_class->layout.align : 1;
  }
  return is_text(property.type) ? 2 : scalar_size(property.type);
}

// True when the size of one element depends on the data.
[[nodiscard]] inline bool item_varies(const Property& property) {
  if (property.type == CimType::object) {
    return property.object_class != nullptr && property.object_class->layout.variable;
  }
  return property.type == CimType::string && property.max_len == 0;
}

// Bytes of one element: exact when it does not vary (the stride of an array), else the least.
[[nodiscard]] inline std::size_t item_size(const Property& property) {
  switch (property.type) {
    case CimType::object: {
      if (property.object_class == nullptr) return 0;
      const StructLayout& layout = property.object_class->layout;
      return layout.variable ? std::max<std::size_t>(layout.fixed_size, 1) : layout.fixed_size;
    }
    case CimType::string:
      return 2 + 2 * std::size_t{property.max_len};
    case CimType::datetime:
      return 2 * kDatetimeChars;
    default:
      return scalar_size(property.type);
  }
}

// Bytes of a fixed struct up to the end of its last byte that is not tail padding, also of a nested
// one.
[[nodiscard]] std::size_t data_extent(std::span<const Property> properties,
                                      const StructLayout& layout, int depth = 0);
// The same for one element of fixed size.
[[nodiscard]] std::size_t item_extent(const Property& property, int depth = 0);

// Whether `count` elements can lie in the `left` bytes at the array's start. Elements without any
// size cannot, so that a count is always paid for in bytes.
[[nodiscard]] bool array_fits(const Property& property, std::uint64_t count, std::size_t left);
// Why they cannot.
[[nodiscard]] std::string array_misfit(const Property& property, std::uint64_t count,
                                       std::size_t left);

// Alignments are powers of two; unlike align_up this takes no division.
[[nodiscard]] constexpr std::size_t align_to(std::size_t offset, std::size_t align) {
  return (offset + align - 1) & ~(align - 1);
}

// Offset of the first member behind which offsets depend on the data: index into the list, or its
// size.
[[nodiscard]] inline std::size_t first_dynamic(const StructLayout& layout) {
  std::size_t i = 0;
  while (i < layout.fields.size() && layout.fields[i].offset != FieldLayout::kDynamic) ++i;
  return i;
}

[[nodiscard]] std::string bytes_text(std::uint64_t count);  // "1 byte", "12 bytes"

}  // namespace hbalab::wmi::detail
