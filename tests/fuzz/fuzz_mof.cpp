// Any bytes as MOF text: the reader ends, and what it accepts can be written and read again, and as
// a C header.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wmi-model/header/writer.hpp"
#include "wmi-model/mof.hpp"

namespace {

// No comment of a header reaches into the next line, whatever the descriptions say.
void check_header(const hbalab::wmi::MofResult& result) {
  const std::string header =
      hbalab::wmi::write_header(*result.schema, result.defined, {"fuzz.h", "", "fuzz.mof"});
  if (!header.ends_with("#endif\n")) std::abort();
  bool quotes = false;  // these are taken as they are
  const auto look_at = [&quotes](const auto& item) {
    quotes = quotes || item.qualifiers.find("cpp_quote") != nullptr;
  };
  for (const hbalab::wmi::Class* cls : result.defined) {
    look_at(*cls);
    for (const auto& method : cls->methods) look_at(method);
    hbalab::wmi::header::for_each_property(*cls, look_at);
  }
  for (std::size_t at = 0; !quotes && at < header.size();) {
    const std::size_t end = header.find('\n', at);
    const std::string_view line(header.data() + at, end - at);
    if (line.find("//") != std::string_view::npos && line.ends_with('\\')) std::abort();
    at = end + 1;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hbalab::wmi;
  const std::string text(data, data + size);
  MofOptions options;
  options.max_source_bytes = 1u << 20;
  options.virtual_files.emplace_back(
      "inc.mof", "#define Q WmiDataId(1)\n[WMI] class Inc { [Q] uint32 x; };\n");
  options.virtual_files.emplace_back("self.mof", text);
  const MofResult result = read_mof_text("fuzz.mof", text, options);
  if (!result.ok()) {
    if (result.diagnostics.empty()) std::abort();  // a failure has to be explained
    return 0;
  }
  check_header(result);
  if (advise(result).size() > kMaxAdvice) std::abort();
  std::size_t written = 0;
  for (const auto& cls : result.schema->classes()) {
    if (written > (1u << 18)) break;
    const std::string again = write_mof(*cls);
    written += again.size();
    // Classes that serve no block are written, but their parts need not make a driver's class.
    if (cls->kind == ClassKind::other) continue;
    const MofResult reread = read_mof_text("again.mof", again, {});
    if (!reread.ok() || reread.schema->find(cls->name) == nullptr) std::abort();
  }
  return 0;
}
