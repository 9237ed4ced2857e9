// Names of values: macros ahead of the member that has them, types ahead of the class.
#include <algorithm>

#include "wmi-model/header/words.hpp"
#include "wmi-model/header/writer.hpp"

namespace hbalab::wmi::header {
namespace {

bool is_signed(CimType type) {
  return type == CimType::sint8 || type == CimType::sint16 || type == CimType::sint32 ||
         type == CimType::sint64;
}

// Labels are not names: a table has names where the MOF text gives a column of them.
bool has_names(const Property& property) {
  const Qualifiers& qualifiers = property.qualifiers;
  return property.enumeration != nullptr &&
         (qualifiers.find("DefineValues") != nullptr ||
          qualifiers.find("ValueDefines") != nullptr || qualifiers.find("BitDefines") != nullptr);
}

bool is_name(std::string_view text) { return !text.empty() && identifier(text) == text; }

std::string value_text(const Property& property, std::uint64_t value) {
  constexpr std::uint64_t kSmall = 0xFFFF;
  if (property.enumeration->flags) return hex(value);
  if (is_signed(property.type) && static_cast<std::int64_t>(value) < 0) {
    return "(" + std::to_string(static_cast<std::int64_t>(value)) + ")";
  }
  return value > kSmall ? hex(value) : std::to_string(value);
}

// An enumerator of C is an int.
bool fits_enum(const EnumTable& table) {
  return !table.flags && std::all_of(table.items.begin(), table.items.end(), [](const auto& item) {
    return item.value <= 0x7FFFFFFF && is_name(item.name);
  });
}

const std::string* table_name(const Property& property) {
  return property.qualifiers.text("HbalabTable");
}

// Whether the table's name is a type: that of enumerators, or another name for the member's.
bool is_enum(const Property& property) {
  return property.qualifiers.is_set("HbalabEnum") && fits_enum(*property.enumeration);
}
bool makes_type(const Property& property) {
  const std::string* name = table_name(property);
  return has_names(property) && name != nullptr && is_name(*name) &&
         (is_enum(property) || property.qualifiers.is_set("HbalabAlias"));
}

}  // namespace

// A table that belongs to a header is defined there and nowhere else.
bool Writer::is_at_home(const Property& property) const {
  const std::string* home = property.qualifiers.text("HbalabDefinedIn");
  return home == nullptr || homes_.contains(*home);
}

std::string Writer::enum_text(const Property& property) {
  std::string body;
  for (const EnumTable::Item& item : property.enumeration->items) {
    const std::string value = std::to_string(item.value);
    if (names_.add_macro(item.name, value) != Names::Macro::fresh) continue;
    if (!body.empty()) body += ",\n";
    if (!item.text.empty()) body += comment("    ", item.text);
    body += "    " + item.name + " = " + value;
  }
  const std::string& name = *table_name(property);
  return body.empty() ? body : "typedef enum\n{\n" + body + "\n} " + name + ", *P" + name + ";\n";
}

std::string Writer::macros_text(const Property& property) {
  std::string text;
  for (const EnumTable::Item& item : property.enumeration->items) {
    if (!is_name(item.name)) continue;
    const std::string defined = macro("", item.name, " ", value_text(property, item.value));
    if (!defined.empty() && !item.text.empty()) text += comment("", item.text);
    text += defined;
  }
  return text;
}

// By itself between empty lines, under the table's condition.
void Writer::write_names(const Property& property, const std::string& text) {
  if (text.empty()) return;
  const std::string* unless = property.qualifiers.text("HbalabDefinedUnless");
  if (!out_.ends_with("\n\n")) out_ += '\n';
  if (unless != nullptr) line("#ifndef " + identifier(*unless));
  out_ += text;
  if (unless != nullptr) line("#endif");
  out_ += '\n';
}

void Writer::write_type(const Property& property) {
  if (!makes_type(property) || !is_at_home(property)) return;
  const std::string& name = *table_name(property);
  if (!types_.insert(name).second) return;
  if (is_enum(property)) {
    write_names(property, enum_text(property));
  } else {
    write_names(property, "typedef " + std::string(c_type(property.type)) + ' ' + name + ", *P" +
                              name + ";\n" + macros_text(property));
  }
}

void Writer::write_values(const Property& property) {
  if (!has_names(property) || makes_type(property) || !is_at_home(property)) return;
  write_names(property, macros_text(property));
}

// Tables of this header that only the members of other headers have.
void Writer::write_home_values() {
  std::unordered_set<std::string> own;
  for (const Class* cls : order_) {
    for_each_property(*cls, [&](const Property& property) {
      if (const std::string* name = table_name(property)) own.insert(*name);
    });
  }
  for (const auto& cls : schema_.classes()) {
    for_each_property(*cls, [&](const Property& property) {
      const std::string* name = table_name(property);
      if (name == nullptr || property.qualifiers.text("HbalabDefinedIn") == nullptr ||
          !is_at_home(property) || !own.insert(*name).second) {
        return;
      }
      write_type(property);
      write_values(property);
    });
  }
}

}  // namespace hbalab::wmi::header
