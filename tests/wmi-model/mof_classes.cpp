// What the reader makes of classes: kinds, members, methods, names of values, inheritance.
#include "mof_support.hpp"

using namespace mof_test;

namespace {

constexpr std::string_view kGuid = "guid(\"{01234567-89ab-cdef-0123-456789abcdef}\")";

std::string wmi_class(std::string_view name, std::string_view members, std::string_view more = "") {
  return "[WMI, " + std::string(kGuid) + std::string(more) + "]\nclass " + std::string(name) +
         " {\n" + std::string(members) + "\n};\n";
}

const EnumTable& table_of(const SchemaSet& set, std::string_view property) {
  const Property& found = property_in(class_in(set, "A"), property);
  REQUIRE(found.enumeration != nullptr);
  return *found.enumeration;
}

}  // namespace

TEST_CASE("MOF: every type, arrays, and the order of ids") {
  const auto set = good(wmi_class("A", R"(
    [WmiDataId(3)] UINT8 b[16];
    [WmiDataId(1)] Boolean a;
    [wmidataid(2)] uint32 n;
    [WmiDataId(4), WmiSizeIs("N")] sint64 c[];
    [WmiDataId(5), MaxLen(10)] string s;
    [WmiDataId(6)] string t;
    [WmiDataId(7)] datetime d;
    [WmiDataId(8)] real64 r;
    [WmiDataId(9), MAX(3)] char16 u[];
    [key, read] string InstanceName;
    boolean Active;)"));
  const Class& cls = class_in(*set, "a");
  CHECK(cls.kind == ClassKind::data_block);
  std::vector<std::string> names;
  for (const Property& property : cls.properties) names.push_back(property.name);
  CHECK(names == std::vector<std::string>{"a", "n", "b", "c", "s", "t", "d", "r", "u"});
  CHECK(cls.properties[2].array == ArrayKind::fixed);
  CHECK(cls.properties[2].fixed_count == 16);
  CHECK(cls.properties[3].array == ArrayKind::counted);
  CHECK(cls.properties[3].count_index == 1);
  CHECK(cls.properties[4].max_len == 10);
  CHECK(cls.properties[6].type == CimType::datetime);
  CHECK(cls.properties[8].fixed_count == 3);
  CHECK(set->find(cls.guid) == &cls);
  CHECK(cls.guid.to_string() == "01234567-89ab-cdef-0123-456789abcdef");
  CHECK(cls.properties[1].where.line == 6);
  CHECK(cls.properties[1].where.column == 27);
}

TEST_CASE("MOF: access, secrets and what our own qualifiers say") {
  const auto set = good(wmi_class("A", R"(
    [WmiDataId(1), read] uint32 r;
    [WmiDataId(2), read, write, DisplayInHex] uint32 w;
    [WmiDataId(3)] uint32 n;
    [WmiDataId(4), write, HbalabSecret, WmiSizeIs("n")] uint8 secret[];
    [WmiDataId(5), HbalabText, HbalabDefault("\"abc\"")] uint8 text[4];
    [WmiDataId(6), read(FALSE), Description("what " "it" " is") : amended] uint32 hidden = 7;)",
                                  ", HbalabHeader(\"x.h\"), HbalabPortal"));
  const Class& cls = class_in(*set, "A");
  CHECK(cls.header == "x.h");
  CHECK(cls.shorthand == Shorthand::portal);
  CHECK(cls.kind == ClassKind::embedded);
  CHECK(cls.properties[0].readable);
  CHECK_FALSE(cls.properties[0].writable);
  CHECK((cls.properties[1].readable && cls.properties[1].writable &&
         cls.properties[1].display_in_hex));
  CHECK((cls.properties[2].readable && !cls.properties[2].writable));
  CHECK((cls.properties[3].secret && !cls.properties[3].readable && cls.properties[3].writable));
  CHECK((cls.properties[4].text_bytes && cls.properties[4].default_json == "\"abc\""));
  CHECK_FALSE(cls.properties[5].readable);
  CHECK(cls.properties[5].description == "what it is");
  CHECK(cls.properties[5].default_json == "7");
  CHECK(cls.properties[5].qualifiers.find("DESCRIPTION")->flavors ==
        std::vector<std::string>{"amended"});
}

TEST_CASE("MOF: literals") {
  const auto set = good(R"([A(0x1F), B(-5), C(017), D(101b), E(1.5e-3), F(TRUE), G(NULL), H('\x41'),
    I{1, {2, "x"}}, J("a\tb\n\"\\\x20AC\xD83D\xDE00" "c"), K(18446744073709551615), L(-9223372036854775808),
    M("two
lines"), N(16UL), O('a'), P(+3), Q("")] class A { };)");
  const Qualifiers& q = class_in(*set, "A").qualifiers;
  const auto is = [&](std::string_view name, const QualifierValue& value) {
    const Qualifier* found = q.find(name);
    return found != nullptr && static_cast<const QualifierValue::variant&>(found->value) ==
                                   static_cast<const QualifierValue::variant&>(value);
  };
  CHECK(is("A", QualifierValue(std::uint64_t{31})));
  CHECK(is("B", QualifierValue(std::int64_t{-5})));
  CHECK(is("C", QualifierValue(std::uint64_t{15})));
  CHECK(is("D", QualifierValue(std::uint64_t{5})));
  CHECK(is("E", QualifierValue(1.5e-3)));
  CHECK(is("F", QualifierValue(true)));
  CHECK(is("G", QualifierValue(std::monostate{})));
  CHECK(is("H", QualifierValue(std::uint64_t{65})));
  CHECK(is("J", QualifierValue(std::string("a\tb\n\"\\\u20AC\U0001F600c"))));
  CHECK(is("K", QualifierValue(~std::uint64_t{0})));
  CHECK(is("L", QualifierValue(INT64_MIN)));
  CHECK(is("M", QualifierValue(std::string("two\nlines"))));
  CHECK(is("N", QualifierValue(std::uint64_t{16})));
  CHECK(is("O", QualifierValue(std::uint64_t{97})));
  CHECK(is("P", QualifierValue(std::uint64_t{3})));
  CHECK(is("Q", QualifierValue(std::string())));
  const auto& list = std::get<QualifierList>(q.find("I")->value);
  REQUIRE(list.size() == 2);
  CHECK(std::get<std::string>(std::get<QualifierList>(list[1])[1]) == "x");
  CHECK(q.integer("a") == 31);
  CHECK(q.is_set("f"));
  CHECK_FALSE(q.is_set("missing"));
}

TEST_CASE("MOF: names of values") {
  const auto set = good(wmi_class("A", R"(
    [WmiDataId(1), Values{"None", "CRC 32"}, ValueMap{"0", "0x10"}] uint32 labels;
    [WmiDataId(2), Values{"None", "CRC 32"}, DefineValues{"D_NONE", "D_CRC"}] uint32 symbols;
    [WmiDataId(3), BitValues{"a", "b"}, BitMap{"0x00000001", "0x00000040"}, BitDefines{"F_A", "F_B"}] uint32 masks;
    [WmiDataId(4), BitValues{"a", "b"}, BitMap{"0", "6"}] uint32 positions;
    [WmiDataId(5), BitValues{"a", "b", "c"}] uint32 plain;
    [WmiDataId(6), ValueDefines{"X", "Y", "Z"}, ValueMap{"-1", "10..20", "08"}] sint32 numbers;
    [WmiDataId(7), Values{"yes", "no"}, MaxLen(4)] string text;)"));
  const EnumTable& labels = table_of(*set, "labels");
  CHECK_FALSE(labels.flags);
  CHECK(labels.describe(16) == "CRC 32");
  CHECK(labels.describe(17).empty());
  CHECK(labels.parse("crc 32") == 16);
  CHECK(labels.parse("0x11") == 17);
  CHECK_FALSE(labels.parse("nothing"));
  const EnumTable& symbols = table_of(*set, "symbols");
  CHECK(symbols.items[1].value == 1);
  CHECK(symbols.items[1].name == "D_CRC");
  CHECK(symbols.items[1].text == "CRC 32");
  const EnumTable& masks = table_of(*set, "masks");
  CHECK(masks.flags);
  CHECK(masks.describe(0x41) == "F_A|F_B");
  CHECK(masks.describe(0x48) == "F_B|0x8");
  CHECK(masks.describe(0) == "0");
  CHECK(masks.parse("f_a | 0x40") == 0x41);
  CHECK(masks.parse("F_A|nothing") == std::nullopt);
  CHECK(table_of(*set, "positions").by_name("b")->value == 0x40);
  CHECK(table_of(*set, "plain").by_name("c")->value == 4);
  const EnumTable& numbers = table_of(*set, "numbers");
  REQUIRE(numbers.items.size() == 2);
  CHECK(numbers.by_name("X")->value == ~std::uint64_t{0});
  CHECK(numbers.by_name("Z")->value == 8);
  CHECK(property_in(class_in(*set, "A"), "text").enumeration == nullptr);
}

TEST_CASE("MOF: kinds of classes") {
  const auto set = good(
      "[WMI, guid(\"{00000000-0000-0000-0000-000000000001}\")] class Event : WMIEvent {\n"
      "  [key] string InstanceName; boolean Active; [WmiDataId(1)] uint32 x; };\n"
      "[WMI, guid(\"{00000000-0000-0000-0000-000000000002}\")] class Methods {\n"
      "  [key] string InstanceName; boolean Active; [WmiMethodId(1)] void m(); };\n"
      "[WMI, guid(\"{00000000-0000-0000-0000-000000000003}\")] class Derived : Event {\n"
      "  [WmiDataId(2)] Inner y; };\n"
      "class Inner { [WmiDataId(1)] uint8 x; };\n"
      "[abstract, WMI] class Abstract { [WmiDataId(1)] uint8 x; };\n"
      "class Plain : Win32_PerfRawData { uint8 x; uint8 list[]; };\n");
  CHECK(class_in(*set, "Event").kind == ClassKind::event);
  CHECK(class_in(*set, "Methods").kind == ClassKind::methods);
  CHECK(class_in(*set, "Derived").kind == ClassKind::event);
  CHECK(class_in(*set, "Inner").kind == ClassKind::embedded);
  CHECK(class_in(*set, "Abstract").kind == ClassKind::other);
  CHECK(class_in(*set, "Plain").kind == ClassKind::other);
  CHECK(class_in(*set, "Plain").base == nullptr);
  CHECK(class_in(*set, "Plain").base_name == "Win32_PerfRawData");
  const Class& derived = class_in(*set, "Derived");
  CHECK(derived.base == &class_in(*set, "Event"));
  REQUIRE(derived.properties.size() == 2);
  CHECK(derived.properties[0].name == "x");
  CHECK(derived.properties[1].object_class == &class_in(*set, "Inner"));
}

TEST_CASE("MOF: embedded classes in every spelling") {
  const auto set = good(wmi_class("A", R"(
    [WmiDataId(1)] B plain;
    [WmiDataId(2), EmbeddedInstance("B")] string instance;
    [WmiDataId(3), EmbeddedObject, CIMTYPE("object:B")] object cimtype;
    [WmiDataId(4)] object:B colon[2];
    [WmiDataId(5)] B ref reference;)") +
                        "class B { [WmiDataId(1)] uint32 x; };\n");
  const Class& a = class_in(*set, "A");
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(a.properties[i].type == CimType::object);
    CHECK(a.properties[i].object_class == &class_in(*set, "B"));
  }
  CHECK(a.properties[4].type == CimType::string);
}

TEST_CASE("MOF: methods and the ids of their parameters") {
  const auto set = good(wmi_class("A", R"(
    [Implemented, WmiMethodId(33), Description("d")] void Implied([in] uint32 a, [out] uint32 status,
      [in, out] uint8 both, [in] uint16 b);
    [WmiMethodId(2)] void Given([out, WmiDataId(4), WmiSizeIs("n")] uint8 list[],
      [in, WmiDataId(1)] uint32 x, [out, WmiDataId(3)] uint32 N, [in, WmiDataId(2)] uint32 y);
    [WmiMethodId(3)] void Zero([in, ID(0)] uint32 x, [out, ID(1)] uint32 y);
    [WmiMethodId(4)] uint32 Empty();)"));
  const Class& a = class_in(*set, "A");
  CHECK(a.kind == ClassKind::methods);
  const Method& implied = *a.method("implied");
  CHECK(implied.id == 33);
  CHECK(implied.description == "d");
  REQUIRE(implied.in.size() == 3);
  REQUIRE(implied.out.size() == 2);
  CHECK((implied.in[0].name == "a" && implied.in[1].name == "both" && implied.in[2].name == "b"));
  CHECK((implied.out[0].name == "status" && implied.out[1].name == "both"));
  CHECK((implied.in[2].id == 3 && implied.out[0].id == 4));
  const Method& given = *a.method(2U);
  CHECK((given.in[0].name == "x" && given.in[1].name == "y"));
  CHECK((given.out[0].name == "N" && given.out[1].count_index == 0));
  CHECK(given.out_layout.fields[1].offset == 4);
  CHECK(a.method(4U)->in.empty());
  CHECK(a.method(5U) == nullptr);
  CHECK(a.method("nothing") == nullptr);
}

TEST_CASE("MOF: a set on top of another one") {
  const auto base = good(
      "[WMI, guid(\"{00000000-0000-0000-0000-000000000001}\")] class Outer {\n"
      "  [key] string InstanceName; [WmiDataId(1)] Inner i; };\n"
      "[WMI] class Inner { [WmiDataId(1)] uint8 x; };\n");
  REQUIRE(class_in(*base, "Outer").layout.c_size == 1);
  const auto set = good(
      "[WMI] class INNER { [WmiDataId(1)] uint64 x; };\n"
      "[WMI, guid(\"{00000000-0000-0000-0000-000000000002}\")] class More : Outer {\n"
      "  [WmiDataId(2)] uint32 z; };\n",
      {}, base);
  CHECK(set->classes().size() == 3);
  CHECK(class_in(*set, "Outer").layout.c_size == 8);
  CHECK(class_in(*set, "Outer").properties[0].object_class == set->find("inner"));
  CHECK(class_in(*set, "More").kind == ClassKind::data_block);
  CHECK(class_in(*set, "More").properties[0].object_class == set->find("inner"));
  CHECK(class_in(*set, "More").layout.c_size == 16);
  CHECK(class_in(*base, "Outer").layout.c_size == 1);  // the base set stays as it was
}

TEST_CASE("MOF: what is skipped is noted, what is unusual is warned about") {
  const MofResult result = read(
      "#pragma namespace(\"\\\\\\\\.\\\\root\\\\cimv2\")\n"
      "#pragma deleteclass(\"A\", nofail)\n"
      "#pragma pack(1)\n"
      "#PRAGMA AUTORECOVER\n"
      "Qualifier Help : string = null, Scope(class, property), Flavor(EnableOverride, "
      "ToSubclass);\n"
      "class A { uint32 x[] = {1, 2}; };\n"
      "instance of A as $a { x = {1}; };\n"
      "class A;\n"
      "class A as $b { uint32 y; };\n"
      "[cpp_quote(\"x\" \"y\"), cpp_quote(\"z\"), X, X] class B { };\n");
  REQUIRE(result.ok());
  CHECK(messages(result) ==
        std::vector<std::string>{
            "t.mof:1:1: note: namespace \"\\\\\\\\.\\\\root\\\\cimv2\" is noted only: classes of "
            "drivers "
            "belong to root\\wmi",
            "t.mof:2:1: note: #pragma deleteclass is skipped: a reading starts without that class",
            "t.mof:3:1: note: #pragma pack is not known and has no effect",
            "t.mof:7:1: note: the instance of class 'A' is skipped: instances come from the driver",
            "t.mof:9:7: warning: class 'A' is defined again and replaces the earlier one",
            "t.mof:6:7: note: the earlier definition",
            "t.mof:10:41: warning: qualifier 'X' is given twice: the first one counts"});
  CHECK(result.schema->classes().size() == 2);
  CHECK(class_in(*result.schema, "A").properties[0].name == "y");
}
