// write_header: what a header consists of, and in which order.
#include "wmi-model/header.hpp"

#include <algorithm>

#include "wmi-model/header/words.hpp"
#include "wmi-model/header/writer.hpp"
#include "wmi-model/mof/lexer.hpp"
#include "wmi-model/order.hpp"

namespace hbalab::wmi {
namespace header {
namespace {

// Abstract classes, and those that no driver serves, have no block.
bool has_header(const Class& cls) {
  const Qualifier* wanted = cls.qualifiers.find("WmiGenerateHeader");
  return cls.kind != ClassKind::other &&
         (wanted == nullptr || cls.qualifiers.is_set("WmiGenerateHeader"));
}

std::vector<const Class*> embedded_in(const Class& cls) {
  std::vector<const Class*> inner;
  for_each_property(cls, [&inner](const Property& property) {
    if (property.object_class != nullptr) inner.push_back(property.object_class);
  });
  return inner;
}

std::string name_or(const Class& cls, std::string_view qualifier, const std::string& otherwise) {
  const std::string* text = cls.qualifiers.text(qualifier);
  return text != nullptr && !text->empty() ? identifier(*text) : otherwise;
}

// The eleven numbers of a GUID's C forms; `open` and `close` stand around the last eight.
std::string guid_numbers(const Guid& guid, std::string_view open, std::string_view close) {
  const auto number = [&guid](std::size_t at, std::size_t bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = bytes; i-- > 0;) {
      text += kDigits[guid.bytes[at + i] >> 4];
      text += kDigits[guid.bytes[at + i] & 15];
    }
    return "0x" + text;
  };
  std::string text = number(0, 4) + "," + number(4, 2) + "," + number(6, 2) + ",";
  text += open;
  for (std::size_t i = 8; i < 16; ++i) text += (i > 8 ? "," : "") + number(i, 1);
  text += close;
  return text;
}

constexpr std::string_view kRules =
    R"(// Strings are counted: element 0 of WCHAR Name[N + 1] is the number of bytes that follow. An array
// with one element has as many as its counting member says, and a string of any length is a USHORT
// count of bytes and the characters. What lies behind a member of such length is declared in a
// comment: it begins where that member ends, aligned.
)";

}  // namespace

// What is to be written, with what it embeds ahead of it.
void Writer::choose(std::span<const Class* const> classes) {
  std::unordered_set<const Class*> wanted;
  std::vector<const Class*> roots;
  for (const Class* cls : classes) {
    if (!has_header(*cls)) continue;
    roots.push_back(cls);
    wanted.insert(cls);
    if (!cls->header.empty()) homes_.insert(cls->header);
  }
  if (!options_.name.empty()) homes_.insert(options_.name);
  order_ = in_order_of_need(roots, [&](const Class& cls) {
    std::vector<const Class*> needed;
    for (const Class* inner : embedded_in(cls)) {
      if (wanted.contains(inner) || inner->header.empty() || homes_.contains(inner->header)) {
        needed.push_back(inner);
      } else if (std::find(includes_.begin(), includes_.end(), inner->header) == includes_.end()) {
        includes_.push_back(inner->header);
      }
    }
    return needed;
  });
  for (const auto& cls : schema_.classes()) {
    for (const Class* inner : embedded_in(*cls)) embedded_.insert(inner);
  }
}

// Every word that macros must leave alone, before the first macro is written.
void Writer::add_words() {
  for (const Class* cls : order_) {
    const std::string name = declared_name(name_or(*cls, "HeaderName", cls->name));
    class_names_[cls].type = names_.add_type(name, name);
  }
  for (const Class* cls : order_) {
    const std::string& owner = class_names_.at(cls).type;
    for (const Method& method : cls->methods) {
      auto& [in, out] = method_names_[&method];
      const std::string name = identifier(method.name);
      in.type = names_.add_type(name + "_IN", owner + "_" + name + "_IN");
      out.type = names_.add_type(name + "_OUT", owner + "_" + name + "_OUT");
    }
    for_each_property(*cls, [this](const Property& property) {
      names_.add_word(declared_name(property.name));
      if (const std::string* type = property.qualifiers.text("HbalabTable")) names_.add_word(*type);
    });
  }
  // Types come first: they keep the names that they have.
  std::vector<TypeNames*> all;
  for (const Class* cls : order_) all.push_back(&class_names_.at(cls));
  for (const Class* cls : order_) {
    for (const Method& method : cls->methods) {
      for (TypeNames& names : method_names_.at(&method)) all.push_back(&names);
    }
  }
  for (TypeNames* names : all) {
    names->tag = names_.add_type("_" + names->type, names->type + "_tag");
    if (names_.try_type("P" + names->type)) names->pointer = "P" + names->type;
  }
}

// A class of another header has its own name there.
const std::string& Writer::type_of(const Class& cls) const {
  const auto found = class_names_.find(&cls);
  return found != class_names_.end() ? found->second.type : cls.name;
}

std::string Writer::macro(const std::string& indent, const std::string& name,
                          const std::string& gap, const std::string& value) {
  switch (names_.add_macro(name, value)) {
    case Names::Macro::same:
      return {};
    case Names::Macro::taken:
      return indent + "// Not defined, because the name has another meaning: " + name + gap +
             value + '\n';
    case Names::Macro::fresh:
      break;
  }
  return indent + "#define " + name + gap + value + '\n';
}

// cpp_quote: text for the header, as the class brings it.
void Writer::write_quotes(const Qualifiers& qualifiers) {
  for (const Qualifier& qualifier : qualifiers.items) {
    if (mof::equal_ignoring_case(qualifier.name, "cpp_quote")) {
      const auto* text = std::get_if<std::string>(&qualifier.value);
      if (text == nullptr) continue;
      names_.add_text(*text);
      out_ += '\n' + *text;
      if (!out_.ends_with('\n')) out_ += '\n';
    }
  }
}

void Writer::write_guid(const Class& cls) {
  if (!cls.has_guid) return;
  const std::string name = identifier(cls.name);
  line("#define " + name_or(cls, "GuidName1", name + "Guid") + " \\");
  line("    { " + guid_numbers(cls.guid, " { ", " }") + " }");
  line("\n#if ! (defined(MIDL_PASS))");
  line("DEFINE_GUID(" + name_or(cls, "GuidName2", name + "_GUID") + ", \\");
  line("            " + guid_numbers(cls.guid, "", "") + ");\n#endif\n");
}

void Writer::write_methods(const Class& cls) {
  if (cls.methods.empty()) return;
  line("//\n// Method id definitions for " + identifier(cls.name));
  for (const Method& method : cls.methods) {
    write_quotes(method.qualifiers);
    if (!method.description.empty()) out_ += comment("", method.description);
    const std::string name = identifier(method.name);
    const std::string id = std::to_string(method.id);
    if (names_.add_macro(name, id) == Names::Macro::fresh) {
      line("#define " + name + "     " + id);
    } else {
      out_ += macro("", identifier(cls.name) + "_" + name, "     ", id);
    }
    const auto& [in, out] = method_names_.at(&method);
    write_block({in, method.in, method.in_layout, false});
    write_block({out, method.out, method.out_layout, false});
    if (method.in.empty() && method.out.empty()) out_ += '\n';
  }
}

void Writer::write_class(const Class& cls) {
  const TypeNames& names = class_names_.at(&cls);
  line("// " + identifier(cls.name) + " - " + names.type);
  write_quotes(cls.qualifiers);
  for_each_property(cls, [this](const Property& property) { write_type(property); });
  if (!cls.description.empty()) out_ += comment("", cls.description);
  write_guid(cls);
  write_methods(cls);
  write_block({names, cls.properties, cls.layout, embedded_.contains(&cls)});
  if (!out_.ends_with("\n\n")) out_ += '\n';
}

std::string Writer::write(std::span<const Class* const> classes) {
  choose(classes);
  add_words();
  const std::string guard = options_.guard.empty() ? guard_of(options_.name) : options_.guard;
  if (!options_.source.empty()) {
    out_ +=
        comment("", "Generated by hbalab schema header from " + options_.source + ". Do not edit.");
  }
  out_ += kRules;
  line("#ifndef " + guard + "\n#define " + guard + "\n");
  for (const std::string& file : includes_) line("#include <" + file + ">");
  if (!includes_.empty()) out_ += '\n';
  write_home_values();
  for (const Class* cls : order_) write_class(*cls);
  line("#endif");
  return std::move(out_);
}

}  // namespace header

std::string write_header(const SchemaSet& schema, std::span<const Class* const> classes,
                         const HeaderOptions& options) {
  return header::Writer(schema, options).write(classes);
}

}  // namespace hbalab::wmi
