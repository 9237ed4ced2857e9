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

Element element_of(const Property& property) {
  constexpr std::size_t kDatetimeCharacters = 25;
  switch (property.type) {
    case CimType::string:
      // WCHAR[MaxLen + 1], or a count with one character behind it where the length is not limited.
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
  return property.array == ArrayKind::counted ||
         (property.type == CimType::string && property.max_len == 0);
}

}  // namespace

StructLayout compute_layout(std::span<const Property> properties) {
  StructLayout layout;
  layout.fields.reserve(properties.size());
  std::size_t offset = 0;    // of the next member, while all before are fixed
  std::size_t declared = 0;  // end of the last member as C declares it
  bool declaring = true;
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
    if (declaring) declared = bounded_sum(align_up(declared, field.align), field.size);
    if (ends_declaration(property)) declaring = false;
    layout.fields.push_back(field);
  }
  layout.unpadded_size = declared;
  layout.c_size = align_up(declared, layout.align);
  if (!layout.variable) layout.fixed_size = layout.c_size;
  return layout;
}

}  // namespace hbalab::wmi
