#include "wmi-model/layout.hpp"

#include <algorithm>
#include <limits>

#include "wmi-model/model.hpp"

namespace hbalab::wmi {
namespace {

// Sizes stop here: far above any block (a WNODE's sizes are 32 bits), and far enough below the
// type's limit that sums of a few of them do not overflow.
constexpr std::size_t kCeiling = std::numeric_limits<std::size_t>::max() / 16;

std::size_t bounded_product(std::size_t a, std::size_t b) {
  return b != 0 && a > kCeiling / b ? kCeiling : std::min(a * b, kCeiling);
}

std::size_t bounded_sum(std::size_t a, std::size_t b) { return std::min(a + b, kCeiling); }

// One element: a scalar, a string, or an object as C declares it.
struct Element {
  std::size_t size = 0;  // without a tail that varies: what C's sizeof gives
  std::size_t align = 1;
  bool variable = false;
};

bool is_unlimited(const Property& property) {
  return property.type == CimType::string && property.max_len == 0;
}

Element element_of(const Property& property) {
  constexpr std::size_t kDatetimeCharacters = 25;
  switch (property.type) {
    case CimType::string:
      // WCHAR[MaxLen + 1], or a count with one character behind it where the length is not limited;
      // for that C has one byte (declare_field).
      if (property.max_len != 0) {
        return {bounded_product(std::size_t{property.max_len} + 1, 2), 2, false};
      }
      return {4, 2, true};
    case CimType::datetime:
      return {kDatetimeCharacters * 2, 2, false};
    case CimType::object: {
      if (property.object_class == nullptr) return {0, 1, false};
      const StructLayout& inner = property.object_class->layout;
      return {inner.c_size, inner.align, inner.variable};
    }
    default: {
      const std::size_t size = scalar_size(property.type);
      return {size, size, false};
    }
  }
}

FieldLayout field_of(const Property& property, const Element& element) {
  FieldLayout field;
  field.align = element.align;
  field.size = element.size;
  field.variable = element.variable || property.array == ArrayKind::counted;
  if (property.array != ArrayKind::none && !element.variable) {
    field.element_size = align_up(element.size, element.align);
  }
  if (property.array == ArrayKind::fixed) {
    field.size = bounded_product(align_up(element.size, element.align), property.fixed_count);
  }
  return field;
}

// The generated headers declare members up to the first array of a length that only the data knows,
// or string without a limit; those behind it are comments, because C has no way to declare them.
// Members behind an embedded object stay declared, even when that object has such a tail.
bool ends_declaration(const Property& property) {
  return property.array == ArrayKind::counted || is_unlimited(property);
}

// The structure as C declares it, so far.
struct Declared {
  std::size_t end = 0;  // of the last member
  std::size_t align = 1;
  bool open = true;  // more members are declared
};

// A string of any length is a byte at the place of its count, which forces the structure's
// alignment only where that place would be odd.
void declare_field(const Property& property, FieldLayout& field, Declared& declared) {
  if (!declared.open) return;
  const bool unlimited = is_unlimited(property);
  field.c_offset = align_up(declared.end, field.align);
  const bool natural = unlimited && field.c_offset == declared.end;
  declared.align = std::max(declared.align, natural ? std::size_t{1} : field.align);
  declared.end = bounded_sum(field.c_offset, unlimited ? 1 : field.size);
  declared.open = !ends_declaration(property);
}

}  // namespace

StructLayout compute_layout(std::span<const Property> properties) {
  StructLayout layout;
  layout.fields.reserve(properties.size());
  std::size_t offset = 0;  // of the next member, while all before are fixed
  Declared declared;
  for (const Property& property : properties) {
    const Element element = element_of(property);
    FieldLayout field = field_of(property, element);
    layout.align = std::max(layout.align, field.align);
    const std::size_t at = align_up(offset, field.align);
    if (!layout.variable) {
      field.offset = at;
      offset = bounded_sum(at, field.size);
      if (field.variable) {
        layout.variable = true;
        layout.fixed_size = at;
      }
    }
    declare_field(property, field, declared);
    layout.fields.push_back(field);
  }
  layout.unpadded_size = declared.end;
  layout.c_size = align_up(declared.end, layout.align);
  layout.c_align = declared.align;
  if (!layout.variable) layout.fixed_size = layout.c_size;
  return layout;
}

}  // namespace hbalab::wmi
