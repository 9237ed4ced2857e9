// The classes compiled into the program.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "schemas/builtin_mof.hpp"
#include "wmi-model/mof/read.hpp"

namespace hbalab::wmi {
namespace {

std::shared_ptr<const SchemaSet> read_builtin() {
  MofOptions options;
  std::vector<std::pair<std::string_view, std::string_view>> texts;
  for (const auto& [name, text] : schemas::builtin_mof_files()) {
    options.virtual_files.emplace_back(std::string(name), text);
    // Other files among them are there to be included.
    if (name.ends_with(".mof")) texts.emplace_back(name, text);
  }
  MofResult result = mof::read_texts(texts, options, nullptr);
  if (result.ok()) return std::move(result.schema);
  for (const Diagnostic& diagnostic : result.diagnostics) {
    std::fprintf(stderr, "%s\n", diagnostic.to_string().c_str());
  }
  std::abort();
}

}  // namespace

std::shared_ptr<const SchemaSet> builtin_schema() {
  static const std::shared_ptr<const SchemaSet> schema = read_builtin();
  return schema;
}

}  // namespace hbalab::wmi
