// Any bytes as MOF text: the reader ends, and what it accepts can be written and read again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wmi-model/mof.hpp"

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
