// The class model: what the MOF text says, as data. Everything above the driver (tree, JSON, codec,
// explain, conformance) is driven by it; nothing above names a class.
//
// A SchemaSet is immutable once it is built and shared by shared_ptr; all const members may be
// called from any thread. Classes are owned by their set, and the raw pointers inside the model
// point into it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "wmi-model/guid.hpp"
#include "wmi-model/layout.hpp"

namespace hbalab::wmi {

struct Class;

enum class CimType : std::uint8_t {
  boolean,
  sint8,
  uint8,
  sint16,
  uint16,
  sint32,
  uint32,
  sint64,
  uint64,
  real32,
  real64,
  char16,
  string,
  datetime,
  object,
};

// "uint32", "string", ...; object has no spelling of its own and gives "object".
[[nodiscard]] std::string_view cim_type_name(CimType type);

// Bytes of a number, a boolean or a char16; 0 for the other types.
[[nodiscard]] constexpr std::size_t scalar_size(CimType type) {
  switch (type) {
    case CimType::boolean:
    case CimType::sint8:
    case CimType::uint8:
      return 1;
    case CimType::sint16:
    case CimType::uint16:
    case CimType::char16:
      return 2;
    case CimType::sint32:
    case CimType::uint32:
    case CimType::real32:
      return 4;
    case CimType::sint64:
    case CimType::uint64:
    case CimType::real64:
      return 8;
    case CimType::string:
    case CimType::datetime:
    case CimType::object:
      break;
  }
  return 0;
}

struct SourceLocation {
  std::string file;
  std::uint32_t line = 0;    // from 1
  std::uint32_t column = 0;  // from 1, in characters
};

struct QualifierValue;
using QualifierList = std::vector<QualifierValue>;
struct QualifierValue : std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double,
                                     std::string, QualifierList> {
  using variant::variant;
};

struct Qualifier {
  std::string name;                  // as written
  QualifierValue value;              // a qualifier without a value is `true`
  std::vector<std::string> flavors;  // "amended", "ToSubclass", ... as written
};

// Look-ups ignore case, as MOF does.
class Qualifiers {
 public:
  std::vector<Qualifier> items;

  [[nodiscard]] const Qualifier* find(std::string_view name) const;
  [[nodiscard]] bool is_set(std::string_view name) const;  // present and not FALSE
  [[nodiscard]] std::optional<std::uint64_t> integer(
      std::string_view name) const;  // also from "0x10"
  [[nodiscard]] const std::string* text(std::string_view name) const;
};

// Names for the values of a property: Values/ValueMap (one of), or BitValues/BitMap, DefineValues,
// ValueDefines, BitDefines (flags). Masks of flags are masks, not bit numbers.
struct EnumTable {
  struct Item {
    std::uint64_t value;
    std::string name;  // symbolic name where the source gives one, else the label
    std::string text;  // the human label where it differs from the name, else empty
  };
  bool flags = false;
  std::vector<Item> items;  // in source order

  [[nodiscard]] const Item* by_value(std::uint64_t value) const;
  [[nodiscard]] const Item* by_name(std::string_view name) const;  // exact, then ignoring case
  // Enumeration: the name, or "" when unknown. Flags: names joined by '|', an unknown rest in hex,
  // "0" when nothing is set.
  [[nodiscard]] std::string describe(std::uint64_t value) const;
  // The inverse: a name, a number (decimal or 0x), or for flags any of both joined by '|'.
  [[nodiscard]] std::optional<std::uint64_t> parse(std::string_view text) const;
};

enum class ArrayKind : std::uint8_t { none, fixed, counted };

// A property of a class or a parameter of a method.
struct Property {
  std::string name;
  CimType type = CimType::uint32;
  const Class* object_class = nullptr;  // for CimType::object
  ArrayKind array = ArrayKind::none;
  std::uint32_t fixed_count = 0;  // elements, for ArrayKind::fixed
  int count_index = -1;       // ArrayKind::counted: index of the counting property in the same list
  std::uint32_t id = 0;       // WmiDataId, from 1
  std::uint32_t max_len = 0;  // characters; 0 is unlimited
  bool readable = true;
  bool writable = false;
  bool key = false;  // InstanceName; such properties are not in the block
  bool display_in_hex = false;
  bool secret = false;      // qualifier HbalabSecret: never readable, in no view and no log
  bool text_bytes = false;  // qualifier HbalabText: uint8 array that carries characters
  std::optional<std::string>
      default_json;  // qualifier HbalabDefault: JSON text of an omitted value
  std::shared_ptr<const EnumTable> enumeration;
  std::string description;
  Qualifiers qualifiers;
  SourceLocation where;
};

struct Method {
  std::string name;
  std::uint32_t id = 0;       // WmiMethodId
  std::vector<Property> in;   // in WmiDataId order
  std::vector<Property> out;  // in WmiDataId order
  StructLayout in_layout;
  StructLayout out_layout;
  std::string description;
  Qualifiers qualifiers;
  SourceLocation where;
};

enum class ClassKind : std::uint8_t {
  data_block,
  event,     // derives from WMIEvent
  methods,   // has methods and no data of its own
  embedded,  // used as a member: no InstanceName, no Active
  other,     // abstract or without GUID: not served
};

// How JSON may abbreviate an embedded object (class qualifiers HbalabAddress and HbalabPortal):
// "192.0.2.10", "[2001:db8::1]", a host name; for a portal with ":port" behind it.
enum class Shorthand : std::uint8_t { none, address, portal };

struct Class {
  std::string name;
  const Class* base = nullptr;
  std::string base_name;  // also where the base is not in the set (WMIEvent)
  ClassKind kind = ClassKind::other;
  Guid guid;
  bool has_guid = false;
  Shorthand shorthand = Shorthand::none;
  std::vector<Property> properties;  // in WmiDataId order; InstanceName and Active are not listed
  StructLayout layout;
  std::vector<Method> methods;  // in MOF order
  std::string description;
  std::string header;  // qualifier HbalabHeader: the header that the class belongs to
  Qualifiers qualifiers;
  SourceLocation where;

  [[nodiscard]] const Property* property(std::string_view name) const;  // ignores case
  [[nodiscard]] const Method* method(std::string_view name) const;      // ignores case
  [[nodiscard]] const Method* method(std::uint32_t id) const;
};

class SchemaSet {
 public:
  // Classes in the order of their definition; a class defined again replaces the earlier one. A set
  // that was read on top of another one has the very classes of that one, unless it replaces some.
  [[nodiscard]] const std::vector<std::shared_ptr<const Class>>& classes() const {
    return classes_;
  }
  [[nodiscard]] const Class* find(std::string_view name) const;  // ignores case
  [[nodiscard]] const Class* find(const Guid& guid) const;

  // The classes of all of them, which stay the objects that they are. Of two with one name, or with
  // one GUID, the earlier one is found by it.
  [[nodiscard]] static std::shared_ptr<const SchemaSet> unite(
      const std::vector<std::shared_ptr<const SchemaSet>>& sets);

 private:
  friend class SchemaBuilder;
  std::vector<std::shared_ptr<const Class>> classes_;
  std::unordered_map<std::string, const Class*> by_name_;  // key in lower case
  std::unordered_map<Guid, const Class*> by_guid_;
};

}  // namespace hbalab::wmi
