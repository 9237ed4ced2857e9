// A decoded data block: a tree of values in the order of the property list.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace hbalab::wmi {

struct Property;
struct Value;

// One value for each property of a class, or each parameter of a method, in list order.
struct Object {
  std::vector<Value> members;
  bool operator==(const Object& other) const;
};

// Array of objects, strings, or scalars other than uint8.
struct Array {
  std::vector<Value> elements;
  bool operator==(const Array& other) const;
};

using Bytes = std::vector<std::uint8_t>;  // uint8 arrays

// bool; signed and unsigned integers of all widths; reals; strings and datetime as UTF-16 (lone
// surrogates allowed, a counted terminating NUL kept); char16 is an unsigned integer.
struct Value : std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double,
                            std::u16string, Bytes, Array, Object> {
  using variant::variant;
};

// Equal kinds with equal values; a NaN equals nothing.
inline bool Object::operator==(const Object& other) const = default;
inline bool Array::operator==(const Array& other) const = default;

}  // namespace hbalab::wmi
