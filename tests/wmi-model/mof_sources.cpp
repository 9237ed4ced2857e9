// Encodings, inclusion, macros and conditions, and samples in the manner of drivers' MOF.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "mof_support.hpp"

using namespace mof_test;

namespace {

namespace fs = std::filesystem;

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "hbalab-mof-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryDirectory() { fs::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  fs::path write(const std::string& name, std::string_view text) const {
    const fs::path file = path_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string utf16(std::u16string_view text, bool big_endian, bool mark) {
  std::string out;
  const auto put = [&](char16_t unit) {
    const char low = static_cast<char>(unit & 0xFF);
    const char high = static_cast<char>(unit >> 8);
    out += big_endian ? high : low;
    out += big_endian ? low : high;
  };
  if (mark) put(0xFEFF);
  for (const char16_t unit : text) put(unit);
  return out;
}

constexpr std::string_view kMiniport = R"(/*++
    Classes of a storage miniport, as its author keeps them.
--*/
#ifndef MOFCOMP_PASS
typedef struct _NOT_MOF { ULONG don't; } NOT_MOF;   // '"' alone is no string here
#endif
#pragma autorecover
#pragma classflags("forceupdate")
#pragma namespace("\\\\.\\Root\\WMI")

#include "vendor.h"

[WMI, guid(VENDOR_GUID("0001")),
 WmiGenerateHeader(GENERATE_HEADER),
 cpp_quote(MODULE_HEADER
"//\n"
"// Queue depth limits\n"
           )
]
class Vendor_Queue
{
    [WmiDataId(1), VENDOR_STATE_QUALIFIERS]
#define VENDOR_STATE uint32
        VENDOR_STATE State;

    [WmiDataId(2), read, write,
     Description("Depth") : amended ToSubclass,
     Values{ "Low",
             "High" } : amended,
     ValueMap{ VENDOR_LOW,
               VENDOR_HIGH }] uint32 Depth;
};

[Dynamic, Provider("WMIProv"), WMI, Locale("MS\\0x409"),
 guid(VENDOR_GUID("0002"))]
class Vendor_Adapter : WMIEvent
{
    [key, read] String InstanceName;
    [read] boolean Active;
    [WmiDataId(1), read] uint32 QueueCount;
    [WmiDataId(2), WmiSizeIs("Queuecount")] Vendor_Queue Queues[];
#if defined(WITH_METHODS) && (VENDOR_VERSION >= 0x0200)
    [Implemented, WmiMethodId(1)] void Reset([in, VENDOR_STATE_QUALIFIERS] uint32 State,
                                             [out] uint32 Status);
#elif VENDOR_VERSION
    [WmiDataId(3)] uint32 OldMember;
#else
#error VENDOR_VERSION is not set
#endif
};
)";

constexpr std::string_view kVendorHeader = R"(#pragma once
#define GENERATE_HEADER TRUE
#define VENDOR_VERSION 0x0210 // of the interface
#define WITH_METHODS
#define MODULE_HEADER "// vendor" \
                      ".h\n"
#define VENDOR_LOW "1"
#define VENDOR_HIGH "2"
#define VENDOR_STATE_QUALIFIERS \
    Description("State") : amended, \
    Values { "Idle", \
             "Busy" }, /* no map */ \
    DisplayName("State")
#define VENDOR_GUID(n) "{00000000-0000-0000-" n "-000000000001}"
)";

void check_miniport(const SchemaSet& set) {
  const Class& queue = class_in(set, "Vendor_Queue");
  CHECK(queue.kind == ClassKind::embedded);
  CHECK(queue.guid.to_string() == "00000000-0000-0000-0001-000000000001");
  CHECK(queue.qualifiers.is_set("WmiGenerateHeader"));
  CHECK(*queue.qualifiers.text("cpp_quote") == "// vendor.h\n//\n// Queue depth limits\n");
  CHECK(queue.properties[0].enumeration->describe(1) == "Busy");
  CHECK(queue.properties[0].description == "State");
  CHECK(queue.properties[1].enumeration->describe(2) == "High");
  CHECK(queue.properties[1].qualifiers.find("Description")->flavors ==
        std::vector<std::string>{"amended", "ToSubclass"});
  const Class& adapter = class_in(set, "Vendor_Adapter");
  CHECK(adapter.kind == ClassKind::event);
  CHECK(adapter.properties[1].count_index == 0);
  REQUIRE(adapter.methods.size() == 1);
  CHECK(adapter.methods[0].in[0].enumeration->describe(0) == "Idle");
}

}  // namespace

TEST_CASE("MOF: a storage miniport's file with its header") {
  MofOptions options;
  options.virtual_files.emplace_back("Vendor.h", kVendorHeader);
  options.defines.emplace_back("MOFCOMP_PASS", "");
  check_miniport(*good(kMiniport, options));
}

TEST_CASE("MOF: the same from files, through search paths, in other encodings") {
  const TemporaryDirectory dir;
  std::u16string wide(kMiniport.begin(), kMiniport.end());
  const bool big_endian = GENERATE(false, true);
  const bool mark = GENERATE(false, true);
  const fs::path file = dir.write("driver/mini.mof", utf16(wide, big_endian, mark));
  dir.write("inc/VENDOR.H", "\xEF\xBB\xBF" + std::string(kVendorHeader));
  MofOptions options;
  options.defines.emplace_back("MOFCOMP_PASS", "1");
  MofResult result = read_mof_files({file}, options);
  CHECK_FALSE(result.ok());
  REQUIRE_FALSE(result.diagnostics.empty());
  options.include_dirs = {dir.path() / "none", dir.path() / "inc"};
  result = read_mof_files({file}, options);
  CAPTURE(messages(result));
  REQUIRE(result.ok());
  check_miniport(*result.schema);
  CHECK(class_in(*result.schema, "Vendor_Queue").where.line == 20);
}

TEST_CASE("MOF: text that is not UTF-8 is read as Windows-1252, and said so") {
  const MofResult result = read("[Description(\"\xA9 \x80\")] class A { };\n");
  REQUIRE(result.ok());
  CHECK(*class_in(*result.schema, "A").qualifiers.text("Description") == "\u00A9 \u20AC");
  CHECK(messages(result) ==
        std::vector<std::string>{
            "t.mof:1:1: note: the text is not UTF-8, so it is read as Windows-1252"});
}

TEST_CASE("MOF: files that cannot be read") {
  const TemporaryDirectory dir;
  CHECK(messages(read_mof_files({dir.path() / "none.mof"}, {})) ==
        std::vector<std::string>{(dir.path() / "none.mof").string() +
                                 ": error: the file cannot be read: there is no such file"});
  CHECK(messages(read_mof_files({dir.path()}, {})) ==
        std::vector<std::string>{dir.path().string() +
                                 ": error: the file cannot be read: it is not a regular file"});
  const fs::path fifo = dir.path() / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK_FALSE(read_mof_files({fifo}, {}).ok());
  MofOptions small;
  small.max_source_bytes = 10;
  CHECK(messages(read_mof_files({dir.write("big.mof", "class Abcdefghi { };")}, small)) ==
        std::vector<std::string>{
            (dir.path() / "big.mof").string() +
            ": error: the file cannot be read: it is longer than the limit of 10 bytes"});
}

TEST_CASE("MOF: several files share their classes, not their macros") {
  const TemporaryDirectory dir;
  const fs::path first =
      dir.write("1.mof", "#define X 1\n[WMI] class A { [WmiDataId(1)] uint32 x; };\n");
  const fs::path second = dir.write("2.mof",
                                    "#ifdef X\n#error X is known\n#endif\n"
                                    "#pragma include(\"1.mof\")\n"
                                    "[WMI] class B { [WmiDataId(X)] A a; };\n");
  const MofResult result = read_mof_files({first, second}, {});
  CAPTURE(messages(result));
  REQUIRE(result.ok());
  // Class A came twice from the same text, which is no redefinition.
  CHECK(result.schema->classes().size() == 2);
}

TEST_CASE("MOF: macros as in C") {
  const auto names = [](std::string_view text) {
    std::string out;
    const auto set = good(text);
    for (const auto& cls : set->classes()) out += cls->name + ' ';
    return out;
  };
  CHECK(names("#define F(a, b) class a##b { };\nF(X, 1)\nF (Y, 2)\n") == "X1 Y2 ");
  CHECK(names("#define A B\n#define B A\nclass A { };\n") == "A ");
  CHECK(names("#define E\n#define C E class E D E { }\nC;\n") == "D ");
  CHECK(names("#define ID(x) x\n#define TWO(f, x) f(f(x))\nclass TWO(ID, Q) { };\n") == "Q ");
  CHECK(names("#define V(...) __VA_ARGS__\nclass V(W { uint32 a; uint32 b; }) ;\n") == "W ");
  CHECK(names("#define N 1\n#undef N\n#ifdef N\nclass No { };\n#else\nclass Yes { };\n#endif\n") ==
        "Yes ");
  const auto set = good("#define S(x) #x\n[D(S(a \"b\\n\"  c))] class A { };\n");
  CHECK(*class_in(*set, "A").qualifiers.text("D") == "a \"b\\n\" c");
}

TEST_CASE("MOF: conditions") {
  const auto holds = [](const std::string& expression) {
    const auto set = good("#define ONE 1\n#define ADD(a, b) ((a) + (b))\n#if " + expression +
                          "\nclass Yes { };\n#else\nclass No { };\n#endif\n");
    return set->find("Yes") != nullptr;
  };
  CHECK(holds("1"));
  CHECK_FALSE(holds("0"));
  CHECK(holds("defined ONE && !defined(TWO)"));
  CHECK(holds("ADD(ONE, 2) * 2 == 6"));
  CHECK(holds("UNKNOWN == 0"));
  CHECK(holds("(1 << 4 | 1) == 0x11 && 7 % 4 == 3"));
  CHECK(holds("-1 < 0 && ~0 == -1"));
  CHECK(holds("0 ? 0 : 1 ? 2 : 0"));
  CHECK(holds("1 || 1 / 0"));
  CHECK_FALSE(holds("(-9223372036854775807 - 1) / -1 == 0"));
  CHECK(holds("10 - 2 - 3 == 5"));
}

TEST_CASE("MOF: groups that are left out may hold anything") {
  const auto set = good(
      "#if 0\n#if 1\n#error not reached\n#else\n don't \"mind\n#endif\n/* #endif */ \"/*\" \n#elif "
      "1\n"
      "class A { };\n#elif (\nclass B { };\n#else\nclass C { };\n#endif // done\n");
  CHECK(set->classes().size() == 1);
  CHECK(set->find("A") != nullptr);
}

TEST_CASE("MOF: files that include themselves and each other") {
  MofOptions options;
  options.virtual_files.emplace_back("a.mof", "#include \"b.mof\"\nclass A { };\n");
  options.virtual_files.emplace_back("b.mof", "#include \"a.mof\"\nclass B { };\n");
  const MofResult result = read("#include <a.mof>\n#include \"a.mof\"\n", options);
  REQUIRE(result.ok());
  CHECK(result.schema->classes().size() == 2);
  CHECK(messages(result)[0] ==
        "b.mof:1:1: note: 'a.mof' is being read already and is not included in itself");
}
