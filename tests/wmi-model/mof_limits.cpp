// Input made to break a reader ends, with an error that says why, in bounded time and memory.
#include <functional>

#include "mof_support.hpp"

using namespace mof_test;

namespace {

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

MofOptions small() {
  MofOptions options;
  options.max_source_bytes = 2u << 20;
  return options;
}

void ends_with(const MofResult& result, std::string_view part) {
  CAPTURE(messages(result));
  CHECK_FALSE(result.ok());
  REQUIRE_FALSE(result.diagnostics.empty());
  bool found = false;
  for (const std::string& message : messages(result)) {
    found = found || message.find(part) != std::string::npos;
  }
  CHECK(found);
}

constexpr std::string_view kTooLong = "bytes after inclusion and macro expansion";

}  // namespace

TEST_CASE("MOF limits: macros that double") {
  std::string text = "#define M0 x\n";
  for (int i = 1; i < 60; ++i) {
    const std::string before = "M" + std::to_string(i - 1);
    text += "#define M" + std::to_string(i) + " " + before + " " + before + "\n";
  }
  ends_with(read(text + "class A { M59 };\n", small()), kTooLong);
  // The same with nothing at the bottom: no token ever comes out.
  ends_with(read("#define M0\n" + text.substr(text.find('\n') + 1) + "class A { M59 };\n", small()),
            kTooLong);
  std::string calls = "#define F0(x) x x\n";
  for (int i = 1; i < 60; ++i) {
    const std::string before = "F" + std::to_string(i - 1);
    calls += "#define F" + std::to_string(i) + "(x) " + before + "(" + before + "(x))\n";
  }
  ends_with(read(calls + "class A { F59(y) };\n", small()), kTooLong);
}

TEST_CASE("MOF limits: nested macro arguments") {
  const std::string text =
      "#define F(x) x\nclass A { " + repeat("F(", 150) + "x" + repeat(")", 150) + " };\n";
  ends_with(read(text, small()), "macro calls are nested more than 100 deep");
}

TEST_CASE("MOF limits: inclusion") {
  MofOptions options = small();
  for (int i = 0; i < 100; ++i) {
    const std::string next = "#include \"f" + std::to_string(i + 1) + "\"\n";
    static std::vector<std::string> kept;
    kept.reserve(200);
    kept.push_back(next + next);
    options.virtual_files.emplace_back("f" + std::to_string(i), kept.back());
  }
  ends_with(read("#include \"f0\"\n", options), "files deep, the limit is 64");
  options.max_include_depth = 1000;
  static const std::string empty;
  options.virtual_files.emplace_back("f100", empty);
  ends_with(read("#include \"f0\"\n", options), "inclusions");
}

TEST_CASE("MOF limits: nesting of values, conditions and classes") {
  ends_with(read("[X" + repeat("{", 100000) + "] class A { };\n", small()), "nested less deeply");
  ends_with(read("#if " + repeat("(", 20000) + "\n#endif\n", small()), "nested less deeply");
  ends_with(read("#if " + repeat("!", 20000) + "1\n#endif\n", small()), "nested less deeply");
  ends_with(read("#if " + repeat("1 ? ", 20000) + "1\n#endif\n", small()), "condition");
  std::string chain = "[WMI] class C0 { [WmiDataId(1)] uint8 x; };\n";
  for (int i = 1; i < 5000; ++i) {
    chain += "[WMI] class C" + std::to_string(i) + " { [WmiDataId(1)] C" + std::to_string(i - 1) +
             " x; };\n";
  }
  const MofResult deep = read(chain, small());
  CHECK(deep.ok());
  CHECK(deep.schema->find("C4999")->layout.c_size == 1);
  CHECK(write_mof(*deep.schema->find("C4999")).size() > 100000);
  std::string bases = "class B0 { };\n";
  for (int i = 1; i < 100; ++i) {
    bases += "class B" + std::to_string(i) + " : B" + std::to_string(i - 1) + " { };\n";
  }
  ends_with(read(bases, small()), "more than 64 base classes");
  // In the other order the whole chain is one path.
  std::string reversed;
  for (int i = 99; i > 0; --i) {
    reversed += "class B" + std::to_string(i) + " : B" + std::to_string(i - 1) + " { };\n";
  }
  ends_with(read(reversed + "class B0 { };\n", small()), "more than 64 base classes");
}

TEST_CASE("MOF limits: sizes that overflow") {
  std::string text = "[WMI] class C0 { [WmiDataId(1)] uint64 x[4294967295]; };\n";
  for (int i = 1; i < 5; ++i) {
    text += "[WMI] class C" + std::to_string(i) + " { [WmiDataId(1)] C" + std::to_string(i - 1) +
            " x[4294967295]; [WmiDataId(2)] uint64 y; };\n";
  }
  const MofResult result = read(text, small());
  CHECK(result.diagnostics.size() == 5);
  ends_with(result, "larger than 4 GiB");
}

TEST_CASE("MOF limits: what is inherited counts") {
  std::string text = "[WMI] class B {\n";
  for (int i = 1; i <= 1000; ++i) {
    text += "[WmiDataId(" + std::to_string(i) + ")] uint8 p" + std::to_string(i) + ";\n";
  }
  text += "};\n";
  for (int i = 0; i < 1000; ++i) text += "[WMI] class D" + std::to_string(i) + " : B { };\n";
  ends_with(read(text, small()), "inherits more than the limit");
}

TEST_CASE("MOF limits: work grows with the length of the text") {
  // Each of these is slow for a reader with a quadratic step somewhere; a reading that takes
  // minutes fails by the time limit of the test.
  const std::size_t n = 200000;
  CHECK_FALSE(read(repeat("\"", n)).ok());
  CHECK_FALSE(read(repeat("'", n)).ok());
  CHECK_FALSE(read(repeat("/* x */ ", n) + "}").ok());
  CHECK(read("[X" + std::string("{1") + repeat(",1", n) + "}] class A { };").ok());
  CHECK(read("class A { " +
             [] {
               std::string members;
               for (int i = 0; i < 50000; ++i) members += "uint8 \u00FC" + std::to_string(i) + ";";
               return members;
             }() +
             " };")
            .ok());
  CHECK_FALSE(read(repeat("#if 1\n", n)).ok());
  CHECK_FALSE(read(repeat("1e+", n)).ok());
  CHECK(read(repeat("#pragma unknown\n", n)).diagnostics.size() <= 501);
}

TEST_CASE("MOF limits: bytes that are no text") {
  CHECK(read("").ok());
  CHECK(read("\xFF\xFE").ok());
  CHECK(read(std::string_view("\0\0\0", 3)).diagnostics.size() == 1);
  CHECK_FALSE(read(std::string("\xFE\xFF\xD8\x00\x00", 5)).ok());
  CHECK_FALSE(read("\x01\x02\x7F").ok());
}
