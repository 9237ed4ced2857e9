// Names that meet: whatever a MOF file calls its parts, the header compiles and says what it left
// out.
#include "compiled.hpp"
#include "tests/wmi-model/mof_support.hpp"
#include "wmi-model/header.hpp"
#include "wmi-model/header/words.hpp"

using namespace mof_test;
using namespace header_test;

namespace {

std::string header_of(std::string_view text) {
  const MofResult result = read(text);
  CAPTURE(messages(result));
  REQUIRE(result.ok());
  return write_header(*result.schema, result.defined, {"t.h", "", ""});
}

// The header, once it compiles.
std::string compiled(std::string_view text, const std::string& more = "") {
  const WorkDirectory place;
  const std::string header = header_of(text);
  place.write("t.h", header);
  CAPTURE(header);
  CHECK(compile_everywhere(place, "#include \"t.h\"\n" + more) == "");
  return header;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// That the value of an expression is this.
std::string is(const std::string& expression, long value) {
  static int count = 0;
  return "typedef char is_" + std::to_string(++count) + "[(" + expression +
         ") == " + std::to_string(value) + " ? 1 : -1] __attribute__((unused));\n";
}

}  // namespace

TEST_CASE("header: members with names that C and C++ keep for themselves") {
  const std::string header = compiled(
      "[WMI] class A { [WmiDataId(1)] uint32 class_; [WmiDataId(2)] uint32 int_; };\n"
      "[WMI] class B { [WmiDataId(1)] uint32 new; [WmiDataId(2)] uint8 default[2];\n"
      "  [WmiDataId(3)] uint16 namespace; };\n",
      "static ULONG use(B* b) { return b->new_ + b->default_[0] + b->namespace_; }\n"
      "ULONG used(B* b); ULONG used(B* b) { return use(b) + B_new_SIZE + B_SIZE; }\n");
  CHECK(has(header, "ULONG new_;"));
  CHECK(has(header, "#define B_new_ID 1\n"));
}

TEST_CASE("header: a macro never replaces a member or a type") {
  const std::string header = compiled(
      "[WMI] class Mode { [WmiDataId(1)] uint32 Reset;\n"
      "  [WmiDataId(2), Values{\"a\", \"b\", \"c\"}, DefineValues{\"Mode\", \"Reset\", \"Fine\"}]\n"
      "  uint32 Kind; };\n"
      "[WMI, guid(\"{A1B2C3D4-0000-1111-2222-333344445501}\")] class Ops {\n"
      "  [key, read] string InstanceName;\n"
      "  [WmiMethodId(4)] void Reset([in] Mode Wanted, [out] uint32 Status);\n"
      "  [WmiMethodId(5)] void Status(); };\n",
      is("Fine", 2) + is("Ops_Reset", 4) + is("Ops_Status", 5));
  CHECK(has(header, "// Not defined, because the name has another meaning: Mode 0\n"));
  CHECK(has(header, "// Not defined, because the name has another meaning: Reset 1\n"));
  CHECK_FALSE(has(header, "#define Reset "));
}

TEST_CASE("header: methods of one name in two classes") {
  const std::string header = compiled(
      "[WMI, guid(\"{A1B2C3D4-0000-1111-2222-333344445501}\")] class One {\n"
      "  [key, read] string InstanceName;\n"
      "  [WmiMethodId(1)] void Ping([in] uint32 Address, [out] uint8 Status); };\n"
      "[WMI, guid(\"{A1B2C3D4-0000-1111-2222-333344445502}\")] class Two {\n"
      "  [key, read] string InstanceName;\n"
      "  [WmiMethodId(2)] void Ping([in] uint64 Address, [out] uint32 Status); };\n",
      is("Ping", 1) + is("Two_Ping", 2) + is("sizeof(Ping_IN)", 4) + is("sizeof(Two_Ping_IN)", 8) +
          is("Ping_OUT_SIZE", 1) + is("Two_Ping_OUT_SIZE", 4));
  CHECK(has(header, "} Two_Ping_IN, *PTwo_Ping_IN;"));
}

TEST_CASE("header: types, tags and pointers that would be the same") {
  const std::string header = compiled(
      "[WMI] class X { [WmiDataId(1)] uint32 a; };\n"
      "[WMI] class PX { [WmiDataId(1)] X a; };\n"
      "[WMI] class _X { [WmiDataId(1)] PX a; };\n"
      "[WMI] class Go_IN { [WmiDataId(1)] _X a; };\n"
      "[WMI] class A { [WmiDataId(1)] uint8 B_C; };\n"
      "[WMI] class A_B { [WmiDataId(1)] uint8 SIZE; [WmiDataId(2)] uint16 C; };\n"
      "[WMI, guid(\"{A1B2C3D4-0000-1111-2222-333344445501}\")] class Ops {\n"
      "  [key, read] string InstanceName;\n"
      "  [WmiMethodId(1)] void Go([in] uint8 Address); };\n",
      is("sizeof(X)", 4) + is("sizeof(PX)", 4) + is("sizeof(_X)", 4) + is("sizeof(Ops_Go_IN)", 1) +
          is("A_B_C_SIZE", 1));
  CHECK(has(header,
            "// Not defined, because the name has another meaning: A_B_C_SIZE sizeof(USHORT)"));
}

TEST_CASE("header: values of one name") {
  const std::string header = compiled(
      "[WMI] class A {\n"
      "  [WmiDataId(1), DefineValues{\"None\", \"Crc\"}, ValueMap{\"0\", \"1\"}] uint8 Head;\n"
      "  [WmiDataId(2), DefineValues{\"None\", \"Crc\"}, ValueMap{\"0\", \"1\"}] uint8 Data;\n"
      "  [WmiDataId(3), DefineValues{\"None\", \"Far\"}, ValueMap{\"7\", \"8\"}] uint8 Other;\n"
      "  [WmiDataId(4), DefineValues{\"no name\", \"\", \"int\", \"Low\"},\n"
      "   ValueMap{\"0\", \"1\", \"2\", \"-3\"}] sint32 Odd;\n"
      "  [WmiDataId(5), BitValues{\"x\", \"y\"}, BitDefines{\"BIT_X\", \"BIT_Y\"},\n"
      "   BitMap{\"0x00000010\", \"0x8000000000000000\"}] uint64 Flags;\n"
      "  [WmiDataId(6), Values{\"Only\", \"Labels\"}] uint32 Labels; };\n",
      is("None", 0) + is("Crc", 1) + is("Far", 8) + is("Low", -3) + is("BIT_X", 16) +
          is("BIT_Y == 0x8000000000000000ull", 1));
  CHECK(header.find("#define None 0") == header.rfind("#define None"));
  CHECK(has(header, "// Not defined, because the name has another meaning: None 7"));
  CHECK(has(header, "#define BIT_X 0x00000010\n"));
  CHECK_FALSE(has(header, "Labels 1"));
  CHECK_FALSE(has(header, "no name"));
}

TEST_CASE("header: text that a class brings along is taken as it is, and defines nothing twice") {
  const std::string header = compiled(
      "[WMI, cpp_quote(\"typedef enum { KIND_A = 0, KIND_B = 1 } KIND;\\n\"),\n"
      " cpp_quote(\"#define LIMIT 9\")] class A {\n"
      "  [WmiDataId(1), Values{\"a\", \"b\"}, DefineValues{\"KIND_A\", \"KIND_C\"}] uint32 Kind; "
      "};\n",
      is("KIND_A", 0) + is("KIND_B", 1) + is("KIND_C", 1) + is("LIMIT", 9));
  CHECK(has(header, "\ntypedef enum { KIND_A = 0, KIND_B = 1 } KIND;\n"));
  CHECK_FALSE(has(header, "#define KIND_A"));
}

TEST_CASE("header: no description reaches into the code") {
  compiled(
      "[WMI, Description(\"ends in \\\\\")] class A {\n"
      "  [WmiDataId(1), Description(\"two\\nlines\\\\\\n\")] uint32 One;\n"
      "  [WmiDataId(2), Description(\"what? ?\" \"?/\")] uint32 Two;\n"
      "  [WmiDataId(3), Description(\"*/ /* \\x202E turned \\x2066\")] uint32 Three;\n"
      "  [WmiDataId(4), Description(\"blank behind \\\\  \\r\\n\")] uint32 Four; };\n",
      is("sizeof(A)", 16));
  using hbalab::wmi::header::comment;
  CHECK(comment("  ", "a\\") == "  // a\\ //\n");
  CHECK(comment("", "a?\?/") == "// a?\?/ //\n");
  CHECK(comment("", "") == "//\n");
  CHECK(comment("", "a\r\n\nb\x01") == "// a\n//\n// b\n");
  CHECK(comment("", "\xE2\x80\xAE\xE2\x80\x94") == "//  \xE2\x80\x94\n");
}

TEST_CASE("header: words of C") {
  using namespace hbalab::wmi::header;
  CHECK(guard_of("dir/wmi-led.c.h") == "_wmi_led_c_h_");
  CHECK(guard_of("9.h") == "__9_h_");
  CHECK(identifier("a\xC3\xBC$") == "a___");
  CHECK(identifier("") == "_");
  CHECK(declared_name("while") == "while_");
  CHECK(hex(0xabc) == "0x00000ABC");
  CHECK(hex(0x123456789) == "0x0000000123456789ULL");
}
