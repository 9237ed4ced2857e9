// Classes -> the C header that a driver includes, in the shape in which `wmimofck -h -m -u` writes
// it: GUIDs, a structure for each data block and for each side of a method, ids, sizes, names of
// values.
#pragma once

#include <span>
#include <string>

#include "wmi-model/model.hpp"

namespace hbalab::wmi {

struct HeaderOptions {
  // The header's file, "vendor.h": makes the guard, and names of values whose table belongs to it
  // (qualifier HbalabDefinedIn) are defined.
  std::string name;
  std::string guard;   // instead of the one that the name makes
  std::string source;  // what the first line says that the header was made of
};

// `classes` come in their order, what they embed ahead of them. A class that they embed and that is
// not among them is written too, unless it belongs to another header: that is included. Classes of
// kind `other`, and those with WmiGenerateHeader(FALSE), are left out. The text compiles as C and
// as C++ whatever the names in the classes are; what C cannot declare is a comment with the rule
// where to find it.
[[nodiscard]] std::string write_header(const SchemaSet& schema,
                                       std::span<const Class* const> classes,
                                       const HeaderOptions& options);

}  // namespace hbalab::wmi
