// Compares what BlockView finds on every path with what decode made of the same block.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "wmi-model/codec.hpp"

namespace hbalab::wmi::test {

// Equal, where a NaN equals a NaN.
inline bool same_value(const Value& a, const Value& b) {
  if (a.index() != b.index()) return false;
  const auto lists_equal = [](const std::vector<Value>& x, const std::vector<Value>& y) {
    if (x.size() != y.size()) return false;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!same_value(x[i], y[i])) return false;
    }
    return true;
  };
  if (const auto* real = std::get_if<double>(&a)) {
    const double other = std::get<double>(b);
    return *real == other || (*real != *real && other != other);
  }
  if (const auto* array = std::get_if<Array>(&a)) {
    return lists_equal(array->elements, std::get<Array>(b).elements);
  }
  if (const auto* object = std::get_if<Object>(&a)) {
    return lists_equal(object->members, std::get<Object>(b).members);
  }
  return a == b;
}

// "" when every path agrees; else the first that does not.
class ViewAgreement {
 public:
  ViewAgreement(Shape shape, std::span<const std::uint8_t> block)
      : shape_(shape), block_(block), view_(shape, block) {}

  [[nodiscard]] std::string check(const Object& root) {
    object(shape_, root);
    return fault_;
  }

 private:
  void look(const Value& expected) {
    const auto ref = view_.locate(path_);
    if (!ref) return fail(ref.error().to_string());
    const auto value = decode_field(*ref, block_);
    if (!value) return fail(value.error().to_string());
    if (!same_value(*value, expected)) return fail("differs from what decode gives");
    if (ref->offset > block_.size() + 64 || ref->size > block_.size()) fail("lies outside");
  }

  void object(const Shape& shape, const Object& object) {
    for (std::size_t i = 0; i < shape.properties.size() && fault_.empty(); ++i) {
      member(shape.properties[i], static_cast<std::uint32_t>(i), object.members[i]);
    }
  }

  void member(const Property& property, std::uint32_t index, const Value& value) {
    path_.push_back({index});
    look(value);
    if (const auto* inner = std::get_if<Object>(&value)) {
      object(shape_of(*property.object_class), *inner);
    } else if (property.array != ArrayKind::none) {
      array(property, value);
    }
    path_.pop_back();
  }

  void array(const Property& property, const Value& value) {
    std::vector<Value> elements;
    if (const auto* array = std::get_if<Array>(&value)) elements = array->elements;
    if (const auto* bytes = std::get_if<Bytes>(&value)) {
      for (const std::uint8_t byte : *bytes) elements.emplace_back(std::uint64_t{byte});
    }
    for (std::size_t i = 0; i < elements.size() && fault_.empty(); ++i) {
      path_.back().element = static_cast<std::uint32_t>(i);
      look(elements[i]);
      if (const auto* inner = std::get_if<Object>(&elements[i])) {
        object(shape_of(*property.object_class), *inner);
      }
    }
    path_.back().element = static_cast<std::uint32_t>(elements.size());
    if (fault_.empty() && view_.locate(path_)) fail("an element behind the last one was found");
  }

  void fail(const std::string& what) {
    if (!fault_.empty()) return;
    for (const PathStep& step : path_) {
      fault_ += std::to_string(step.member) + '[' + std::to_string(step.element) + "] ";
    }
    fault_ += what;
  }

  Shape shape_;
  std::span<const std::uint8_t> block_;
  BlockView view_;
  std::vector<PathStep> path_;
  std::string fault_;
};

}  // namespace hbalab::wmi::test
