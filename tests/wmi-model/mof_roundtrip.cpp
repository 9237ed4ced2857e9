// write_mof gives text that reads back to the same class: for samples, for every built-in class,
// and for random classes.
#include <rapidcheck/catch.h>

#include <sstream>

#include "mof_support.hpp"

using namespace mof_test;

namespace {

// Everything of a class but where it stood, as text, so that a difference can be read.
class Printer {
 public:
  std::string print(const Class& cls) {
    out_ << cls.name << ':' << cls.base_name << " kind " << static_cast<int>(cls.kind) << ' '
         << cls.guid.to_string() << cls.has_guid << static_cast<int>(cls.shorthand) << '|'
         << cls.header << '|' << cls.description << '\n';
    qualifiers(cls.qualifiers);
    list(cls.properties, cls.layout);
    for (const Method& method : cls.methods) {
      out_ << "method " << method.name << ' ' << method.id << '|' << method.description << '\n';
      qualifiers(method.qualifiers);
      list(method.in, method.in_layout);
      out_ << "out\n";
      list(method.out, method.out_layout);
    }
    return out_.str();
  }

 private:
  void value(const QualifierValue& v) {
    out_ << v.index() << '=';
    if (const auto* x = std::get_if<bool>(&v)) out_ << *x;
    if (const auto* x = std::get_if<std::int64_t>(&v)) out_ << *x;
    if (const auto* x = std::get_if<std::uint64_t>(&v)) out_ << *x;
    if (const auto* x = std::get_if<double>(&v)) out_ << std::hexfloat << *x;
    if (const auto* x = std::get_if<std::string>(&v)) out_ << x->size() << *x;
    if (const auto* x = std::get_if<QualifierList>(&v)) {
      for (const QualifierValue& element : *x) value(element), out_ << ',';
    }
  }
  void qualifiers(const Qualifiers& all) {
    for (const Qualifier& qualifier : all.items) {
      out_ << "  [" << qualifier.name << ' ';
      value(qualifier.value);
      for (const std::string& flavor : qualifier.flavors) out_ << " :" << flavor;
      out_ << "]\n";
    }
  }
  void list(const std::vector<Property>& properties, const StructLayout& layout) {
    for (const Property& p : properties) {
      out_ << p.name << ' ' << cim_type_name(p.type) << ' '
           << (p.object_class ? p.object_class->name : "") << ' ' << static_cast<int>(p.array)
           << ' ' << p.fixed_count << ' ' << p.count_index << ' ' << p.id << ' ' << p.max_len << ' '
           << p.readable << p.writable << p.key << p.display_in_hex << p.secret << p.text_bytes
           << ' ' << p.default_json.value_or("-") << '|' << p.description << '\n';
      qualifiers(p.qualifiers);
      if (p.enumeration == nullptr) continue;
      out_ << "  names " << p.enumeration->flags;
      for (const auto& item : p.enumeration->items) {
        out_ << ' ' << item.value << '=' << item.name << '/' << item.text;
      }
      out_ << '\n';
    }
    out_ << layout.c_size << ' ' << layout.unpadded_size << ' ' << layout.align << ' '
         << layout.variable << '\n';
    for (const FieldLayout& field : layout.fields) {
      out_ << "  at " << field.offset << ' ' << field.size << ' ' << field.align << ' '
           << field.element_size << ' ' << field.variable << '\n';
    }
  }
  std::ostringstream out_;
};

void check_round_trip(const Class& cls) {
  const std::string text = write_mof(cls);
  const MofResult again = read(text);
  CAPTURE(text, messages(again));
  REQUIRE(again.ok());
  const Class* same = again.schema->find(cls.name);
  REQUIRE(same != nullptr);
  CHECK(Printer().print(*same) == Printer().print(cls));
}

// Random MOF text of one class with an embedded one, by a grammar that only knows valid classes.
class Maker {
 public:
  rc::Gen<std::string> text() {
    return rc::gen::exec([this] {
      members_.clear();
      std::string out = "[WMI" + qualifiers() + "] class Inner {\n";
      const int inner = *rc::gen::inRange(0, 4);
      for (int i = 1; i <= inner; ++i)
        out += member(i, "WmiDataId(" + std::to_string(i) + ")", false) + ";\n";
      out += "};\n[WMI, guid(\"{00000000-0000-0000-0000-00000000000" +
             std::to_string(*rc::gen::inRange(1, 9)) + "}\")" + qualifiers() + "] class Outer" +
             (*rc::gen::arbitrary<bool>() ? " : WMIEvent" : "") + " {\n";
      if (*rc::gen::arbitrary<bool>())
        out += "[key, read] string InstanceName; [read] boolean Active;\n";
      members_.clear();
      const int outer = *rc::gen::inRange(0, 6);
      for (int i = 1; i <= outer; ++i)
        out += member(i, "WmiDataId(" + std::to_string(i) + ")", true) + ";\n";
      const int methods = *rc::gen::inRange(0, 3);
      for (int i = 1; i <= methods; ++i) out += method(i);
      return out + "};\n";
    });
  }

 private:
  static std::string string_literal() {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("a", " ", "\\\"", "\\\\", "\\n", "\\x1", "\\x20AC", "\u00FC",
                                      "\\'", "//", "\\xD83D\\xDE00", "\" \""));
    std::string out = "\"";
    for (const std::string& piece : pieces) out += piece;
    return out + "\"";
  }
  static std::string value() {
    switch (*rc::gen::inRange(0, 8)) {
      case 0:
        return "NULL";
      case 1:
        return "FALSE";
      case 2:
        return std::to_string(*rc::gen::arbitrary<std::uint64_t>());
      case 3:
        return std::to_string(*rc::gen::arbitrary<std::int64_t>());
      case 4:
        return std::to_string(*rc::gen::inRange(-1000, 1000)) + ".5e" +
               std::to_string(*rc::gen::inRange(-99, 99));
      case 5:
        return "{" + string_literal() + ", {1, TRUE}, {}}";
      default:
        return string_literal();
    }
  }
  static std::string qualifiers() {
    std::string out;
    for (const char* name : {"Description", "Custom", "Other", "HbalabHeader"}) {
      if (*rc::gen::inRange(0, 3) != 0) continue;
      out += std::string(", ") + name + "(" + value() + ")";
      if (*rc::gen::arbitrary<bool>()) out += " : amended ToSubclass";
    }
    return out;
  }
  static std::string names() {
    switch (*rc::gen::inRange(0, 6)) {
      case 0:
        return R"(, Values{"x", "y z"}, ValueMap{"1", "0xFF"})";
      case 1:
        return R"(, BitValues{"x", "y"}, BitMap{"0x1", "4"}, BitDefines{"B_X", "B_Y"})";
      case 2:
        return R"(, DefineValues{"D_X", "D_Y"}, Values{"x", "y"})";
      default:
        return {};
    }
  }
  std::string member(int number, const std::string& id, bool may_embed) {
    const std::string name = "m" + std::to_string(number);
    const std::string type =
        *rc::gen::element<std::string>("boolean", "uint8", "sint16", "uint32", "uint64", "sint64",
                                       "string", "datetime", "real32", "char16", "Inner");
    std::string q = id + qualifiers() + names();
    std::string suffix;
    const bool embeds = type == "Inner" && may_embed;
    const std::string used = type == "Inner" && !may_embed ? "uint16" : type;
    if (*rc::gen::arbitrary<bool>()) q += ", read, write";
    if (used == "string" && *rc::gen::arbitrary<bool>())
      q += ", MaxLen(" + std::to_string(*rc::gen::inRange(1, 300)) + ")";
    const int array = *rc::gen::inRange(0, 4);
    if (array == 0) suffix = "[" + std::to_string(*rc::gen::inRange(1, 20)) + "]";
    if (array == 1 && !members_.empty()) {
      q += ", WmiSizeIs(\"" + *rc::gen::elementOf(members_) + "\")";
      suffix = "[]";
    }
    if (suffix.empty() && used == "uint32") {
      members_.push_back(name);
      if (*rc::gen::arbitrary<bool>())
        suffix = " = " + std::to_string(*rc::gen::arbitrary<std::uint32_t>());
    }
    if (suffix.empty() && used == "string" && *rc::gen::arbitrary<bool>())
      suffix = " = " + string_literal();
    return "[" + q + "] " + (embeds ? "Inner" : used) + " " + name + suffix;
  }
  std::string method(int number) {
    std::string out = "[WmiMethodId(" + std::to_string(number) + ")" + qualifiers() + "] void f" +
                      std::to_string(number) + "(";
    members_.clear();
    const int parameters = *rc::gen::inRange(0, 4);
    for (int i = 1; i <= parameters; ++i) {
      out += (i > 1 ? ", " : "") + member(i, *rc::gen::element<std::string>("in, out"), true);
    }
    return out + ");\n";
  }
  std::vector<std::string> members_;
};

}  // namespace

TEST_CASE("write_mof: a class with everything reads back the same") {
  const auto set = good(
      "[WMI, guid(\"{00000000-0000-0000-0000-000000000001}\"), Description(\"\\x1\\\"x\\\\\") : "
      "amended]\n"
      "class Base { [key] string InstanceName; boolean Active;\n"
      "  [WmiDataId(1), read] uint32 n = 5; };\n"
      "[WMI, HbalabAddress, guid(\"{00000000-0000-0000-0000-000000000003}\")] class Inner {\n"
      "  [WmiDataId(1), MaxLen(4)] string s = \"a\\n\"; };\n"
      "[WMI, guid(\"{00000000-0000-0000-0000-000000000002}\")] class Derived : Base {\n"
      "  [WmiDataId(2), WmiSizeIs(\"n\"), X(1.5), Y(-3), Z(NULL), W(FALSE), V{1, \"2\"}] Inner "
      "list[];\n"
      "  [WmiMethodId(1)] void m([in] uint32 a, [out] uint32 b, [in, out] Inner c, [in] uint8 "
      "d[2]); };\n");
  for (const auto& cls : set->classes()) check_round_trip(*cls);
  CHECK(write_mof(*set->find("Inner")) ==
        "[WMI, HbalabAddress, guid(\"{00000000-0000-0000-0000-000000000003}\")]\n"
        "class Inner\n{\n"
        "  [WmiDataId(1), MaxLen(4)]\n"
        "  string s = \"a\\n\";\n"
        "};\n");
}

TEST_CASE("write_mof: the built-in classes read back the same") {
  REQUIRE(builtin_schema()->classes().size() >= 53);
  for (const auto& cls : builtin_schema()->classes()) check_round_trip(*cls);
}

TEST_CASE("write_mof: random classes read back the same") {
  rc::prop("read(write(c)) == c", [] {
    const std::string text = *Maker().text();
    const MofResult first = read(text);
    RC_ASSERT(first.ok());
    for (const auto& cls : first.schema->classes()) {
      const MofResult again = read(write_mof(*cls));
      RC_ASSERT(again.ok());
      RC_ASSERT(Printer().print(*again.schema->find(cls->name)) == Printer().print(*cls));
    }
  });
}
