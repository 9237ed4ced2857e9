// Random classes and random objects of them, from a seed.
#pragma once

#include <random>

#include "tests/wmi-model/model_builder.hpp"

namespace hbalab::wmi::test {

class RandomModel {
 public:
  explicit RandomModel(std::uint64_t seed) : random_(seed) {}

  // A class with up to `depth` levels of embedded classes, which this object owns.
  const Class& make(int depth) {
    std::vector<Prop> props;
    const int members = pick(depth == 0 ? 1 : 0, 6);
    for (int i = 0; i < members; ++i) {
      std::string name = "P" + std::to_string(i);
      if (pick(0, 3) == 0) {
        const std::string counter = "N" + std::to_string(i);
        props.emplace_back(counter, counter_type());
        props.push_back(any(name, depth).counted_by(counter));
      } else {
        props.push_back(any(name, depth));
        if (pick(0, 3) == 0) props.back().fixed(static_cast<std::uint32_t>(pick(1, 4)));
      }
    }
    // Elements without a size are refused, which is a test of its own.
    if (props.empty()) props.emplace_back("Only", CimType::uint8);
    classes_.push_back(make_class("R" + std::to_string(classes_.size()), std::move(props)));
    return *classes_.back();
  }

  // Members are absent now and then; counting members always are.
  Object object(const Class& cls) {
    Object out;
    std::vector<bool> counting(cls.properties.size());
    for (const Property& property : cls.properties) {
      if (property.count_index >= 0)
        counting[static_cast<std::size_t>(property.count_index)] = true;
    }
    for (std::size_t i = 0; i < cls.properties.size(); ++i) {
      const bool absent = counting[i] || pick(0, 15) == 0;
      out.members.push_back(absent ? Value() : value(cls.properties[i]));
    }
    return out;
  }

  int pick(int low, int high) { return std::uniform_int_distribution(low, high)(random_); }
  std::uint64_t bits() { return random_(); }

 private:
  CimType counter_type() {
    static constexpr CimType kTypes[] = {CimType::uint8,  CimType::uint16, CimType::uint32,
                                         CimType::uint64, CimType::sint8,  CimType::sint32};
    return kTypes[pick(0, 5)];
  }

  Prop any(const std::string& name, int depth) {
    if (depth > 0 && pick(0, 2) == 0) return Prop(name, make(depth - 1));
    static constexpr CimType kTypes[] = {
        CimType::boolean, CimType::sint8,  CimType::uint8,  CimType::sint16,   CimType::uint16,
        CimType::sint32,  CimType::uint32, CimType::sint64, CimType::uint64,   CimType::real32,
        CimType::real64,  CimType::char16, CimType::string, CimType::datetime, CimType::uint8};
    Prop prop(name, kTypes[pick(0, 14)]);
    if (prop.property.type == CimType::string && pick(0, 1) == 0) {
      prop.max_len(static_cast<std::uint32_t>(pick(1, 12)));
    }
    if (prop.property.type == CimType::uint8 && pick(0, 2) == 0) prop.text();
    if (prop.property.type == CimType::uint16) {
      prop.names({{0, "Zero", ""}, {1, "One", ""}, {2, "Two", ""}}, pick(0, 1) == 0);
    }
    return prop;
  }

  Value value(const Property& property) {
    if (property.array == ArrayKind::none) return item(property);
    const std::size_t count = property.array == ArrayKind::fixed
                                  ? property.fixed_count
                                  : static_cast<std::size_t>(pick(0, pick(0, 4) == 0 ? 20 : 3));
    if (property.type == CimType::uint8) {
      Bytes bytes(count);
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(pick(0, 255));
      return bytes;
    }
    Array array;
    for (std::size_t i = 0; i < count; ++i) array.elements.push_back(item(property));
    return array;
  }

  Value item(const Property& property) {
    switch (property.type) {
      case CimType::boolean:
        return pick(0, 1) == 1;
      case CimType::sint8:
        return static_cast<std::int64_t>(static_cast<std::int8_t>(bits()));
      case CimType::sint16:
        return static_cast<std::int64_t>(static_cast<std::int16_t>(bits()));
      case CimType::sint32:
        return static_cast<std::int64_t>(static_cast<std::int32_t>(bits()));
      case CimType::sint64:
        return static_cast<std::int64_t>(bits());
      case CimType::uint8:
        return std::uint64_t{static_cast<std::uint8_t>(bits())};
      case CimType::char16:
      case CimType::uint16:
        return std::uint64_t{static_cast<std::uint16_t>(pick(0, 1) == 0 ? bits() % 4 : bits())};
      case CimType::uint32:
        return std::uint64_t{static_cast<std::uint32_t>(bits())};
      case CimType::uint64:
        return bits();
      case CimType::real32:
        return double{static_cast<float>(pick(-1000, 1000)) / 16};
      case CimType::real64:
        return pick(-100000, 100000) / 7.0;
      case CimType::datetime:
        return std::u16string(u"20240131120000.000000+060");
      case CimType::object:
        return object(*property.object_class);
      case CimType::string:
        break;
    }
    const int room = property.max_len == 0 ? 20 : static_cast<int>(property.max_len);
    std::u16string text;
    for (int i = pick(0, room); i > 0; --i) {
      // Anything but NUL and surrogates, which text does not carry.
      text.push_back(static_cast<char16_t>(pick(0, 3) == 0 ? pick(1, 0xD7FF) : pick(0x20, 0x7E)));
    }
    return text;
  }

  std::mt19937_64 random_;
  std::vector<std::unique_ptr<Class>> classes_;
};

}  // namespace hbalab::wmi::test
