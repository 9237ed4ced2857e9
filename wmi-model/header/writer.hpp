// One header on its way: what its parts share. header.cpp decides what comes and in which order,
// block.cpp writes structures, values.cpp the names of values.
#pragma once

#include <array>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "wmi-model/header.hpp"
#include "wmi-model/header/names.hpp"

namespace hbalab::wmi::header {

// The names of a structure.
struct TypeNames {
  std::string type;  // prefix of the macros that belong to it, too
  std::string tag;
  std::string pointer;  // empty: another type has the name
};

// A structure to write.
struct Block {
  const TypeNames& names;
  const std::vector<Property>& properties;
  const StructLayout& layout;
  bool embedded;  // in another structure, which relies on its alignment
};

class Writer {
 public:
  Writer(const SchemaSet& schema, const HeaderOptions& options)
      : schema_(schema), options_(options) {}
  [[nodiscard]] std::string write(std::span<const Class* const> classes);

 private:
  // header.cpp
  void choose(std::span<const Class* const> classes);
  void add_words();
  void write_class(const Class& cls);
  void write_guid(const Class& cls);
  void write_methods(const Class& cls);
  void write_quotes(const Qualifiers& qualifiers);
  [[nodiscard]] const std::string& type_of(const Class& cls) const;

  // block.cpp
  void write_block(const Block& block);
  void write_member(const Block& block, std::size_t index);
  void write_size(const Block& block);
  [[nodiscard]] std::string declaration(const Block& block, std::size_t index);
  [[nodiscard]] std::string size_text(const Property& property) const;
  [[nodiscard]] std::string place_rule(const Block& block, std::size_t index) const;

  // values.cpp
  void write_home_values();
  void write_type(const Property& property);    // ahead of the class
  void write_values(const Property& property);  // ahead of the member
  void write_names(const Property& property, const std::string& text);
  [[nodiscard]] std::string enum_text(const Property& property);
  [[nodiscard]] std::string macros_text(const Property& property);
  [[nodiscard]] bool is_at_home(const Property& property) const;

  void line(const std::string& text) { out_ += text + '\n'; }
  // The line that defines a macro; none when it is defined already, a comment when it cannot be.
  [[nodiscard]] std::string macro(const std::string& indent, const std::string& name,
                                  const std::string& gap, const std::string& value);

  const SchemaSet& schema_;
  const HeaderOptions& options_;
  std::string out_;
  Names names_;
  std::vector<const Class*> order_;  // to be written
  std::vector<std::string> includes_;
  std::unordered_set<std::string> homes_;  // the header itself, and those of its classes
  std::unordered_set<const Class*> embedded_;
  std::unordered_map<const Class*, TypeNames> class_names_;
  std::unordered_map<const Method*, std::array<TypeNames, 2>> method_names_;  // IN, OUT
  std::unordered_set<std::string> types_;  // of tables, that were written
};

// Calls `use` with every property of the class and every parameter of its methods.
template <typename Use>
void for_each_property(const Class& cls, Use use) {
  for (const Property& property : cls.properties) use(property);
  for (const Method& method : cls.methods) {
    for (const Property& property : method.in) use(property);
    for (const Property& property : method.out) use(property);
  }
}

}  // namespace hbalab::wmi::header
