// Classes made by hand for tests: ids, counting members and layouts are filled in.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "wmi-model/codec.hpp"
#include "wmi-model/layout.hpp"
#include "wmi-model/model.hpp"

namespace hbalab::wmi::test {

// One property; the setters may be chained.
class Prop {
 public:
  Prop(std::string name, CimType type) {
    property.name = std::move(name);
    property.type = type;
  }
  Prop(std::string name, const Class& cls) : Prop(std::move(name), CimType::object) {
    property.object_class = &cls;
  }
  Prop& max_len(std::uint32_t characters) { return property.max_len = characters, *this; }
  Prop& fixed(std::uint32_t count) {
    property.array = ArrayKind::fixed;
    property.fixed_count = count;
    return *this;
  }
  Prop& counted_by(std::string name) {
    property.array = ArrayKind::counted;
    counter = std::move(name);
    return *this;
  }
  Prop& hex() { return property.display_in_hex = true, *this; }
  Prop& secret() { return property.secret = true, *this; }
  Prop& text() { return property.text_bytes = true, *this; }
  Prop& default_to(std::string json) { return property.default_json = std::move(json), *this; }
  Prop& names(std::vector<EnumTable::Item> items, bool flags = false) {
    auto table = std::make_shared<EnumTable>();
    table->flags = flags;
    table->items = std::move(items);
    property.enumeration = std::move(table);
    return *this;
  }

  Property property;
  std::string counter;
};

inline std::vector<Property> property_list(std::vector<Prop> props) {
  std::vector<Property> list;
  for (std::size_t i = 0; i < props.size(); ++i) {
    Property property = std::move(props[i].property);
    property.id = static_cast<std::uint32_t>(i + 1);
    for (std::size_t k = 0; k < i && !props[i].counter.empty(); ++k) {
      if (list[k].name == props[i].counter) property.count_index = static_cast<int>(k);
    }
    list.push_back(std::move(property));
  }
  return list;
}

inline std::unique_ptr<Class> make_class(std::string name, std::vector<Prop> props,
                                         Shorthand shorthand = Shorthand::none) {
  auto cls = std::make_unique<Class>();
  cls->name = std::move(name);
  cls->shorthand = shorthand;
  cls->properties = property_list(std::move(props));
  cls->layout = compute_layout(cls->properties);
  return cls;
}

}  // namespace hbalab::wmi::test
