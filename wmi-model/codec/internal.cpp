#include "wmi-model/codec/internal.hpp"

#include <algorithm>

namespace hbalab::wmi {

Shape shape_of(const Class& cls) { return {cls.properties, &cls.layout}; }
Shape in_shape(const Method& method) { return {method.in, &method.in_layout}; }
Shape out_shape(const Method& method) { return {method.out, &method.out_layout}; }

std::string CodecError::to_string() const {
  std::string text = path.empty() ? "block" : path;
  text += " at offset ";
  text += std::to_string(offset);
  text += ": ";
  text += message;
  return text;
}

namespace detail {

std::string path_text(const Frame* frame) {
  if (frame == nullptr) return {};
  std::string text = path_text(frame->parent);
  if (!text.empty() && !frame->name.empty()) text += '.';
  text += frame->name;
  if (frame->element != Frame::kNoElement) text += '[' + std::to_string(frame->element) + ']';
  return text;
}

std::size_t item_extent(const Property& property, int depth) {
  if (property.type != CimType::object) return item_size(property);
  if (property.object_class == nullptr) return 0;
  return data_extent(property.object_class->properties, property.object_class->layout, depth + 1);
}

std::size_t data_extent(std::span<const Property> properties, const StructLayout& layout,
                        int depth) {
  if (layout.fixed_size == 0 || depth > kMaxNesting) return layout.fixed_size;
  for (std::size_t i = properties.size(); i-- > 0;) {
    const Property& property = properties[i];
    const std::size_t one = item_extent(property, depth);
    const std::size_t offset = layout.fields[i].offset;
    if (property.array == ArrayKind::none) {
      if (one > 0) return offset + one;
    } else if (one > 0 && property.fixed_count > 0) {
      return offset + (std::size_t{property.fixed_count} - 1) * item_size(property) + one;
    }
  }
  return 0;
}

bool array_fits(const Property& property, std::uint64_t count, std::size_t left) {
  if (count == 0) return true;
  const std::size_t stride = item_size(property);
  if (stride == 0) return false;
  // An element that varies may end before its tail padding, and the last one may lack it anyway.
  const std::size_t last = !item_varies(property)             ? item_extent(property)
                           : property.type == CimType::object ? 1
                                                              : stride;
  if (last > left) return false;
  if (((count | stride) >> 32) == 0) return (count - 1) * stride <= left - last;
  return count - 1 <= (left - last) / stride;
}

std::string array_misfit(const Property& property, std::uint64_t count, std::size_t left) {
  const std::size_t stride = item_size(property);
  if (stride == 0) return "has " + std::to_string(count) + " elements that have no size";
  return "has " + std::to_string(count) + " elements of " +
         (item_varies(property) ? "at least " : "") + bytes_text(stride) + ", " + bytes_text(left) +
         (left == 1 ? " is left" : " are left");
}

std::string bytes_text(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " byte" : " bytes");
}

}  // namespace detail
}  // namespace hbalab::wmi
