#include "compiled.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

namespace header_test {

namespace fs = std::filesystem;
using namespace hbalab::wmi;

namespace {

struct Compiler {
  std::string c, cxx;
};

std::vector<Compiler> compilers() {
  std::vector<Compiler> all;
  std::istringstream list(HBALAB_COMPILERS);
  for (std::string pair; std::getline(list, pair, '|');) {
    const auto colon = pair.find(':');
    all.push_back({pair.substr(0, colon), pair.substr(colon + 1)});
  }
  return all;
}

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Nothing when the command succeeds, else the command and what it said.
std::string run(const WorkDirectory& place, const std::string& command) {
  const fs::path log = place.path() / "log";
  const std::string line =
      "cd '" + place.path().string() + "' && " + command + " > '" + log.string() + "' 2>&1";
  if (std::system(line.c_str()) == 0) return {};
  return command + "\n" + contents(log).substr(0, 4000) + "\n";
}

constexpr std::string_view kFlags =
    " -fshort-wchar -Wall -Wextra -Werror -Wundef -Wshadow -Wcomment -I. -include "
    "'" HBALAB_WDK_TYPES "' ";

void check(std::string& out, const std::string& condition) { out += "CHECK(" + condition + ")\n"; }

bool is_unlimited(const Property& property) {
  return property.type == CimType::string && property.max_len == 0;
}

void check_member(std::string& out, const std::string& type, const Property& property,
                  const FieldLayout& field) {
  check(out, type + "_" + property.name + "_ID == " + std::to_string(property.id));
  if (field.c_offset == FieldLayout::kDynamic) return;
  const std::string member = is_unlimited(property) ? "VariableData" : property.name;
  check(out, "offsetof(" + type + ", " + member + ") == " + std::to_string(field.c_offset));
  const std::size_t size = is_unlimited(property) ? 1 : field.size;
  check(out, "sizeof(((" + type + "*)0)->" + member + ") == " + std::to_string(size));
  if (property.type != CimType::string && property.array != ArrayKind::counted) {
    check(out, type + "_" + property.name + "_SIZE == " + std::to_string(size));
  }
}

void check_block(std::string& out, const std::string& type, const std::vector<Property>& list,
                 const StructLayout& layout, bool embedded) {
  if (list.empty()) return;
  for (std::size_t i = 0; i < list.size(); ++i) check_member(out, type, list[i], layout.fields[i]);
  const std::size_t size =
      embedded ? layout.c_size : align_up(layout.unpadded_size, layout.c_align);
  check(out, "sizeof(" + type + ") == " + std::to_string(size));
  check(out, "sizeof(P" + type + ") == sizeof(void*)");
  if (layout.fields.back().c_offset == FieldLayout::kDynamic) return;
  out += "#ifdef " + type + "_SIZE\n";
  check(out, type + "_SIZE == " + std::to_string(layout.unpadded_size));
  out += "#endif\n";
}

bool is_embedded(const SchemaSet& schema, const Class* inner) {
  const auto has = [inner](const std::vector<Property>& list) {
    return std::any_of(list.begin(), list.end(),
                       [inner](const Property& p) { return p.object_class == inner; });
  };
  for (const auto& cls : schema.classes()) {
    if (has(cls->properties)) return true;
    for (const Method& method : cls->methods) {
      if (has(method.in) || has(method.out)) return true;
    }
  }
  return false;
}

}  // namespace

WorkDirectory::WorkDirectory() {
  std::string name = (fs::temp_directory_path() / "hbalab-header-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

WorkDirectory::~WorkDirectory() { fs::remove_all(path_); }

void WorkDirectory::write(const std::string& name, std::string_view text) const {
  std::ofstream(path_ / name, std::ios::binary) << text;
}

std::string assertions(const SchemaSet& schema, std::span<const Class* const> classes) {
  std::string out =
      "#define CHECK2(condition, line) typedef char check_##line[(condition) ? 1 : -1] "
      "__attribute__((unused));\n"
      "#define CHECK1(condition, line) CHECK2(condition, line)\n"
      "#define CHECK(condition) CHECK1(condition, __COUNTER__)\n";
  for (const Class* cls : classes) {
    check_block(out, cls->name, cls->properties, cls->layout, is_embedded(schema, cls));
    for (const Method& method : cls->methods) {
      check(out, method.name + " == " + std::to_string(method.id));
      check_block(out, method.name + "_IN", method.in, method.in_layout, false);
      check_block(out, method.name + "_OUT", method.out, method.out_layout, false);
    }
  }
  return out;
}

std::string compile_everywhere(const WorkDirectory& place, const std::string& text) {
  place.write("unit.c", text);
  place.write("unit.cpp", text);
  std::string said;
  const auto compile = [&](const std::string& compiler, const char* standard, const char* rest) {
    said += run(place, compiler + " -std=" + standard + std::string(kFlags) + rest);
  };
  bool first = true;  // the old standards once: what they do not know, no compiler does
  for (const Compiler& compiler : compilers()) {
    constexpr const char* kCxx = "-Wno-invalid-offsetof -fsyntax-only unit.cpp";
    if (first) compile(compiler.c, "gnu89", "-fsyntax-only unit.c");
    if (first) compile(compiler.cxx, "c++98", kCxx);
    compile(compiler.c, "c11", "-fsyntax-only unit.c");
    compile(compiler.cxx, "c++20", kCxx);
    first = false;
  }
  return said;
}

std::string run_program(const WorkDirectory& place, const std::string& main,
                        const std::string& guids) {
  place.write("main.c", main);
  place.write("guids.c", guids);
  std::string said;
  for (const Compiler& compiler : compilers()) {
    const std::string compile = compiler.c + std::string(kFlags);
    said += run(place, compile + "-c main.c && " + compile + "-DINITGUID -c guids.c && " +
                           compiler.c + " -o program main.o guids.o && ./program");
  }
  return said;
}

}  // namespace header_test
