// write_mof: a class as text that reads back to the same class. Qualifiers are written as they were
// read; what the model knows beside them (names of instances, defaults) is put back where it came
// from.
#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "wmi-model/mof.hpp"
#include "wmi-model/mof/lexer.hpp"
#include "wmi-model/mof/literal.hpp"
#include "wmi-model/order.hpp"

namespace hbalab::wmi {
namespace {

using Json = nlohmann::ordered_json;

std::string number_text(double value) {
  std::array<char, 32> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  std::string text(buffer.data(), result.ptr);
  // Without a point or exponent it would read back as an integer.
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

std::string value_text(const QualifierValue& value) {
  struct Visitor {
    std::string operator()(std::monostate) const { return "NULL"; }
    std::string operator()(bool truth) const { return truth ? "TRUE" : "FALSE"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(std::uint64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return number_text(number); }
    std::string operator()(const std::string& text) const { return mof::quote_literal(text); }
    std::string operator()(const QualifierList& list) const {
      std::string text = "{";
      for (const QualifierValue& element : list)
        text += (text.size() > 1 ? ", " : "") + value_text(element);
      return text + "}";
    }
  };
  return std::visit(Visitor{}, static_cast<const QualifierValue::variant&>(value));
}

std::string qualifier_text(const Qualifier& qualifier) {
  std::string text = qualifier.name;
  const bool* truth = std::get_if<bool>(&qualifier.value);
  if (std::holds_alternative<QualifierList>(qualifier.value)) {
    text += value_text(qualifier.value);
  } else if (truth == nullptr || !*truth) {
    text += '(' + value_text(qualifier.value) + ')';
  }
  if (!qualifier.flavors.empty()) text += " :";
  for (const std::string& flavor : qualifier.flavors) text += ' ' + flavor;
  return text;
}

// "[a, b, c]" and what follows, or nothing. `extra` comes first.
std::string bracket(const Qualifiers& qualifiers, const std::vector<std::string>& extra,
                    const std::string& indent) {
  std::vector<std::string> all = extra;
  for (const Qualifier& qualifier : qualifiers.items) all.push_back(qualifier_text(qualifier));
  if (all.empty()) return {};
  std::string text = indent + "[";
  std::size_t width = text.size();
  for (std::size_t i = 0; i < all.size(); ++i) {
    constexpr std::size_t kWidth = 96;
    if (i > 0 && width + all[i].size() > kWidth) {
      text += ",\n" + indent + " ";
      width = indent.size() + 1;
    } else if (i > 0) {
      text += ", ";
    }
    text += all[i];
    width += all[i].size() + 2;
  }
  return text + "]\n";
}

// The initializer of a member whose default came from one.
std::string initial_text(const Property& property) {
  if (!property.default_json || property.qualifiers.find("HbalabDefault") != nullptr) return {};
  const Json json = Json::parse(*property.default_json, nullptr, false);
  const auto scalar = [](const Json& value) -> std::string {
    if (value.is_string()) return mof::quote_literal(value.get<std::string>());
    if (value.is_boolean()) return value.get<bool>() ? "TRUE" : "FALSE";
    if (value.is_number_unsigned()) return std::to_string(value.get<std::uint64_t>());
    if (value.is_number_integer()) return std::to_string(value.get<std::int64_t>());
    if (value.is_number_float()) return number_text(value.get<double>());
    return "NULL";
  };
  if (json.is_discarded() || json.is_object()) return {};
  if (!json.is_array()) return " = " + scalar(json);
  std::string text = " = {";
  for (const Json& element : json) text += (text.size() > 4 ? ", " : "") + scalar(element);
  return text + "}";
}

std::string declaration(const Property& property) {
  std::string text;
  if (property.type == CimType::object) {
    text = property.object_class != nullptr ? property.object_class->name : "object";
  } else {
    text = cim_type_name(property.type);
  }
  text += ' ' + property.name;
  if (property.array == ArrayKind::counted) text += "[]";
  if (property.array == ArrayKind::fixed) text += '[' + std::to_string(property.fixed_count) + ']';
  return text + initial_text(property);
}

// Qualifiers that the model can say without having read them. `siblings` hold the counting member.
std::vector<std::string> implied(const Property& property, const std::vector<Property>& siblings) {
  std::vector<std::string> extra;
  if (property.max_len != 0 && property.qualifiers.find("MaxLen") == nullptr) {
    extra.push_back("MaxLen(" + std::to_string(property.max_len) + ")");
  }
  if (property.array == ArrayKind::counted && property.count_index >= 0 &&
      property.qualifiers.find("WmiSizeIs") == nullptr) {
    extra.push_back("WmiSizeIs(\"" + siblings[static_cast<std::size_t>(property.count_index)].name +
                    "\")");
  }
  return extra;
}

// Both directions in one list that keeps the order of each.
std::vector<std::pair<const Property*, const std::vector<Property>*>> merge_parameters(
    const Method& method) {
  std::vector<std::pair<const Property*, const std::vector<Property>*>> merged;
  const auto shared = [](const Property& property, const std::vector<Property>& other) {
    return std::any_of(other.begin(), other.end(),
                       [&](const Property& p) { return p.name == property.name; });
  };
  std::size_t out = 0;
  const auto outputs_until_shared = [&] {
    for (; out < method.out.size() && !shared(method.out[out], method.in); ++out) {
      merged.emplace_back(&method.out[out], &method.out);
    }
  };
  for (const Property& in : method.in) {
    if (shared(in, method.out)) {
      outputs_until_shared();
      ++out;
    }
    merged.emplace_back(&in, &method.in);
  }
  outputs_until_shared();
  return merged;
}

std::string method_text(const Method& method) {
  std::vector<std::string> extra;
  if (method.id != 0 && method.qualifiers.find("WmiMethodId") == nullptr) {
    extra.push_back("WmiMethodId(" + std::to_string(method.id) + ")");
  }
  std::string text = bracket(method.qualifiers, extra, "  ") + "  void " + method.name + "(";
  bool first = true;
  for (const auto& [property, list] : merge_parameters(method)) {
    text += first ? "\n" : ",\n";
    first = false;
    text += bracket(property->qualifiers, implied(*property, *list), "    ");
    text += "    " + declaration(*property);
  }
  return text + ");\n";
}

std::string class_text(const Class& cls) {
  std::vector<std::string> extra;
  if (cls.has_guid && cls.qualifiers.find("guid") == nullptr) {
    extra.push_back("guid(\"{" + cls.guid.to_string() + "}\")");
  }
  std::string text = bracket(cls.qualifiers, extra, "") + "class " + cls.name;
  if (!cls.base_name.empty()) text += " : " + cls.base_name;
  text += "\n{\n";
  const char* gap = "";
  if (cls.kind == ClassKind::data_block || cls.kind == ClassKind::event ||
      cls.kind == ClassKind::methods) {
    text += "  [key, read]\n  string InstanceName;\n\n  [read]\n  boolean Active;\n";
    gap = "\n";
  }
  for (const Property& property : cls.properties) {
    std::vector<std::string> more = implied(property, cls.properties);
    text += gap + bracket(property.qualifiers, more, "  ") + "  " + declaration(property) + ";\n";
    gap = "\n";
  }
  for (const Method& method : cls.methods) {
    text += gap + method_text(method);
    gap = "\n";
  }
  return text + "};\n";
}

// What a class needs ahead of it, each once: its base and the classes that it embeds.
std::vector<const Class*> needed_classes(const Class& cls) {
  std::vector<const Class*> needed;
  if (cls.base != nullptr) needed.push_back(cls.base);
  const auto embedded = [&needed](const std::vector<Property>& properties) {
    for (const Property& property : properties) {
      if (property.object_class != nullptr) needed.push_back(property.object_class);
    }
  };
  embedded(cls.properties);
  for (const Method& method : cls.methods) {
    embedded(method.in);
    embedded(method.out);
  }
  return needed;
}

}  // namespace

std::string write_mof(const Class& cls) {
  const Class* const roots[] = {&cls};
  std::string text;
  for (const Class* needed : in_order_of_need(roots, needed_classes)) {
    if (!text.empty()) text += '\n';
    text += class_text(*needed);
  }
  return text;
}

}  // namespace hbalab::wmi
