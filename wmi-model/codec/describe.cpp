// Classes and methods as JSON, for people and programs (class.json, method.json).
#include <nlohmann/json.hpp>

#include "wmi-model/codec/text_internal.hpp"

namespace hbalab::wmi {
namespace {

using nlohmann::ordered_json;

[[nodiscard]] ordered_json qualifier_json(const QualifierValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return *number;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* text = std::get_if<std::string>(&value)) return detail::shown_utf8(*text);
  if (const auto* list = std::get_if<QualifierList>(&value)) {
    ordered_json elements = ordered_json::array();
    for (const QualifierValue& element : *list) elements.push_back(qualifier_json(element));
    return elements;
  }
  return nullptr;
}

[[nodiscard]] ordered_json qualifiers_json(const Qualifiers& qualifiers) {
  ordered_json json = ordered_json::object();
  for (const Qualifier& qualifier : qualifiers.items) {
    json[detail::shown_utf8(qualifier.name)] = qualifier_json(qualifier.value);
  }
  return json;
}

[[nodiscard]] ordered_json enumeration_json(const EnumTable& table) {
  ordered_json values = ordered_json::array();
  for (const auto& item : table.items) {
    ordered_json entry = {{"value", item.value}, {"name", detail::shown_utf8(item.name)}};
    if (!item.text.empty()) entry["text"] = detail::shown_utf8(item.text);
    values.push_back(std::move(entry));
  }
  return values;
}

void add_type(ordered_json& json, std::span<const Property> list, const Property& property) {
  json["type"] = property.object_class != nullptr ? property.object_class->name
                                                  : std::string(cim_type_name(property.type));
  if (property.array == ArrayKind::fixed) json["array"] = property.fixed_count;
  if (property.array == ArrayKind::counted) {
    const bool known =
        property.count_index >= 0 && static_cast<std::size_t>(property.count_index) < list.size();
    json["array"] = "counted";
    if (known) json["count"] = list[static_cast<std::size_t>(property.count_index)].name;
  }
  if (property.max_len != 0) json["maxLength"] = property.max_len;
  if (property.text_bytes) json["text"] = true;
  if (property.object_class != nullptr && property.object_class->shorthand != Shorthand::none) {
    json["shorthand"] =
        property.object_class->shorthand == Shorthand::address ? "ADDRESS" : "ADDRESS:PORT";
  }
}

void add_layout(ordered_json& json, const StructLayout& layout, std::size_t index) {
  if (index >= layout.fields.size()) return;
  const FieldLayout& field = layout.fields[index];
  if (field.offset == FieldLayout::kDynamic) {
    json["offset"] = nullptr;
  } else {
    json["offset"] = field.offset;
  }
  json["size"] = field.size;
  json["align"] = field.align;
  if (field.variable) json["variable"] = true;
}

[[nodiscard]] ordered_json property_json(std::span<const Property> list, const StructLayout& layout,
                                         std::size_t index, bool access) {
  const Property& property = list[index];
  ordered_json json;
  json["name"] = property.name;
  json["id"] = property.id;
  add_type(json, list, property);
  if (access) {
    json["read"] = property.readable && !property.secret;
    json["write"] = property.writable;
  }
  if (property.secret) json["secret"] = true;
  if (property.display_in_hex) json["hex"] = true;
  if (property.default_json) {
    auto parsed = parse_json_text(*property.default_json);
    json["default"] = parsed ? std::move(*parsed) : ordered_json(nullptr);
  }
  if (property.enumeration) {
    json[property.enumeration->flags ? "flags" : "values"] =
        enumeration_json(*property.enumeration);
  }
  add_layout(json, layout, index);
  if (!property.description.empty()) json["description"] = detail::shown_utf8(property.description);
  json["qualifiers"] = qualifiers_json(property.qualifiers);
  return json;
}

[[nodiscard]] ordered_json list_json(std::span<const Property> list, const StructLayout& layout,
                                     bool access) {
  ordered_json json = ordered_json::array();
  for (std::size_t i = 0; i < list.size(); ++i) {
    json.push_back(property_json(list, layout, i, access));
  }
  return json;
}

// "size" is what sizeof gives in C, with one element in each array of variable length; "minimum" is
// the shortest block that holds every member.
[[nodiscard]] ordered_json size_json(const StructLayout& layout) {
  return {{"size", layout.c_size},
          {"minimum", layout.variable ? layout.fixed_size : layout.unpadded_size},
          {"align", layout.align},
          {"variable", layout.variable}};
}

[[nodiscard]] std::string_view kind_name(ClassKind kind) {
  switch (kind) {
    case ClassKind::data_block:
      return "data";
    case ClassKind::event:
      return "event";
    case ClassKind::methods:
      return "methods";
    case ClassKind::embedded:
      return "embedded";
    case ClassKind::other:
      break;
  }
  return "other";
}

[[nodiscard]] ordered_json method_json(const Method& method) {
  ordered_json json;
  json["name"] = method.name;
  json["id"] = method.id;
  if (!method.description.empty()) json["description"] = detail::shown_utf8(method.description);
  json["in"] = list_json(method.in, method.in_layout, false);
  json["inLayout"] = size_json(method.in_layout);
  json["out"] = list_json(method.out, method.out_layout, false);
  json["outLayout"] = size_json(method.out_layout);
  json["qualifiers"] = qualifiers_json(method.qualifiers);
  return json;
}

}  // namespace

ordered_json describe_class(const Class& cls) {
  ordered_json json;
  json["class"] = cls.name;
  json["kind"] = kind_name(cls.kind);
  if (cls.has_guid) json["guid"] = cls.guid.to_string();
  if (!cls.base_name.empty()) json["base"] = cls.base_name;
  if (!cls.header.empty()) json["header"] = cls.header;
  if (!cls.description.empty()) json["description"] = detail::shown_utf8(cls.description);
  json["properties"] = list_json(cls.properties, cls.layout, true);
  json["layout"] = size_json(cls.layout);
  json["methods"] = ordered_json::array();
  for (const Method& method : cls.methods) json["methods"].push_back(method_json(method));
  json["qualifiers"] = qualifiers_json(cls.qualifiers);
  return json;
}

ordered_json describe_method(const Class& cls, const Method& method) {
  ordered_json json;
  json["class"] = cls.name;
  if (cls.has_guid) json["guid"] = cls.guid.to_string();
  const ordered_json inner = method_json(method);
  for (const auto& [key, value] : inner.items()) json[key == "name" ? "method" : key] = value;
  return json;
}

}  // namespace hbalab::wmi
