// A structure with its members, their sizes and ids.
#include "wmi-model/header/words.hpp"
#include "wmi-model/header/writer.hpp"

namespace hbalab::wmi::header {
namespace {

constexpr std::string_view kTail = "VariableData";

bool is_unlimited(const Property& property) {
  return property.type == CimType::string && property.max_len == 0;
}

bool is_declared(const FieldLayout& field) { return field.c_offset != FieldLayout::kDynamic; }

// sizeof gives the member's size; of the others only the data knows it.
bool has_size(const Property& property) {
  return property.type != CimType::string && property.array != ArrayKind::counted;
}

std::string element_suffix(const Property& property) {
  switch (property.type) {
    case CimType::string:
      return "[" + std::to_string(property.max_len) + " + 1]";
    case CimType::datetime:
      return "[25]";
    default:
      return {};
  }
}

std::string array_suffix(const Property& property) {
  switch (property.array) {
    case ArrayKind::counted:
      return "[1]";
    case ArrayKind::fixed:
      return "[" + std::to_string(property.fixed_count) + "]";
    case ArrayKind::none:
      break;
  }
  return {};
}

std::string many(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// How much there is of a member whose size the data gives.
std::string extent(const std::vector<Property>& properties, const Property& property) {
  std::string text;
  if (property.array == ArrayKind::counted && property.count_index >= 0) {
    const Property& counter = properties[static_cast<std::size_t>(property.count_index)];
    text = counter.name + " elements";
  } else if (property.array == ArrayKind::fixed) {
    text = many(property.fixed_count, "element");
  }
  const bool object = property.type == CimType::object && property.object_class != nullptr &&
                      property.object_class->layout.variable;
  if (is_unlimited(property)) {
    text += text.empty() ? "A USHORT count of bytes and the characters"
                         : ", each a USHORT count of bytes and the characters";
  } else if (object) {
    text += text.empty() ? "Its size varies" : " of varying size";
  }
  return text;
}

}  // namespace

// Where to find what C cannot declare at its place, and how much there is of what varies.
std::string Writer::place_rule(const Block& block, std::size_t index) const {
  const FieldLayout& field = block.layout.fields[index];
  std::string rule = field.variable ? extent(block.properties, block.properties[index]) : "";
  if (!rule.empty()) rule += ". ";
  if (field.offset != FieldLayout::kDynamic) return rule;
  rule += "Begins where " + block.properties[index - 1].name + " ends";
  if (field.align > 1) rule += ", at a multiple of " + std::to_string(field.align);
  rule += ". ";
  if (is_declared(field)) rule += "Declared for one element in each array before it. ";
  return rule;
}

std::string Writer::declaration(const Block& block, std::size_t index) {
  const Property& property = block.properties[index];
  const FieldLayout& field = block.layout.fields[index];
  if (is_unlimited(property) && is_declared(field)) {
    // Alignment of its own only where the byte would not lie there by itself.
    const FieldLayout* before = index == 0 ? nullptr : &block.layout.fields[index - 1];
    const bool odd = before != nullptr && (before->c_offset + before->size) % field.align != 0;
    std::string name(kTail);
    for (const Property& other : block.properties) {
      if (declared_name(other.name) == name) name = declared_name(property.name);
    }
    return (odd ? "DECLSPEC_ALIGN(2) CHAR " : "CHAR ") + name + "[1];";
  }
  std::string type(c_type(property.type));
  if (property.type == CimType::object && property.object_class != nullptr) {
    type = type_of(*property.object_class);
  } else if (type.empty()) {
    type = "WCHAR";
  }
  const std::string suffix = is_unlimited(property) ? "[1]" : element_suffix(property);
  return type + " " + declared_name(property.name) + array_suffix(property) + suffix + ";";
}

// "sizeof(UCHAR[6])".
std::string Writer::size_text(const Property& property) const {
  std::string type(c_type(property.type));
  if (property.object_class != nullptr) type = type_of(*property.object_class);
  if (type.empty()) type = "WCHAR";
  return "sizeof(" + type + array_suffix(property) + element_suffix(property) + ")";
}

void Writer::write_member(const Block& block, std::size_t index) {
  const Property& property = block.properties[index];
  const bool declared = is_declared(block.layout.fields[index]);
  write_quotes(property.qualifiers);
  write_values(property);
  const std::string rule = place_rule(block, index);
  if (!property.description.empty() || rule.empty()) out_ += comment("    ", property.description);
  if (!rule.empty()) out_ += comment("    ", rule);
  line((declared ? "    " : "//  ") + declaration(block, index));
  const std::string name = block.names.type + "_" + identifier(property.name);
  if (has_size(property) && declared) {
    out_ += macro("    ", name + "_SIZE", " ", size_text(property));
  }
  out_ += macro("    ", name + "_ID", " ", std::to_string(property.id));
  out_ += '\n';
}

// The macro exists where the size of all members is known, as in the headers of the WDK.
void Writer::write_size(const Block& block) {
  const Property& last = block.properties.back();
  if (!has_size(last) || !is_declared(block.layout.fields.back())) return;
  const std::string& name = block.names.type;
  std::string size = name + "_" + identifier(last.name) + "_SIZE";
  // Its size by itself where the macro is another one.
  if (names_.add_macro(size, size_text(last)) != Names::Macro::same) size = size_text(last);
  out_ += macro("", name + "_SIZE", " ",
                "(FIELD_OFFSET(" + name + ", " + declared_name(last.name) + ") + " + size + ")");
  out_ += '\n';
}

void Writer::write_block(const Block& block) {
  if (block.properties.empty()) return;
  const bool aligned = block.embedded && block.layout.c_align < block.layout.align;
  line("\ntypedef struct " +
       (aligned ? "DECLSPEC_ALIGN(" + std::to_string(block.layout.align) + ") " : "") +
       block.names.tag + "\n{");
  for (std::size_t i = 0; i < block.properties.size(); ++i) write_member(block, i);
  const std::string& pointer = block.names.pointer;
  line("} " + block.names.type + (pointer.empty() ? "" : ", *" + pointer) + ";\n");
  write_size(block);
}

}  // namespace hbalab::wmi::header
