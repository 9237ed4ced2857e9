// Class -> byte layout of its data block, by the rules of "Driver-Defined WMI Data Items" (WDK):
// natural alignment (/Zp8), items in WmiDataId order, a string with MaxLen n is WCHAR[n + 1] whose
// element 0 is the count of bytes, a string without MaxLen is a USHORT count and that many bytes,
// an embedded object has the alignment of its largest member, a counted array begins aligned to its
// element and ends unpadded, a member behind a variable one begins right behind it, aligned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace hbalab::wmi {

struct Property;

struct FieldLayout {
  // Offset in the block while everything before is of fixed size, else kDynamic.
  static constexpr std::size_t kDynamic = static_cast<std::size_t>(-1);
  std::size_t offset = kDynamic;
  std::size_t size = 0;  // bytes of the whole member; of one element for a counted array
  std::size_t align = 1;
  std::size_t element_size = 0;  // arrays: stride of one element with fixed size, else 0
  bool variable = false;         // the member's size depends on the data
  // Where the generated headers declare the member: `offset` as long as that is known, then with
  // one element in each variable member before. kDynamic: they mention it in a comment.
  std::size_t c_offset = kDynamic;
};

struct StructLayout {
  std::vector<FieldLayout> fields;  // parallel to the property list
  std::size_t align = 1;
  // Fixed part: sizeof for a layout without variable members, else where the first variable one
  // begins.
  std::size_t fixed_size = 0;
  // As C sees it with one element in each variable tail: offset of the last declared member plus
  // its size, which the *_SIZE macros of the headers give, and as a member of another structure.
  std::size_t unpadded_size = 0;
  std::size_t c_size = 0;
  // What the declared members alone ask for: the structure's alignment in C where no other embeds
  // it. Less than `align` when a member that is only a comment has a larger one.
  std::size_t c_align = 1;
  bool variable = false;
};

// Properties in WmiDataId order; embedded classes must have their layout already.
[[nodiscard]] StructLayout compute_layout(std::span<const Property> properties);

[[nodiscard]] constexpr std::size_t align_up(std::size_t offset, std::size_t align) {
  return (offset + align - 1) / align * align;
}

}  // namespace hbalab::wmi
