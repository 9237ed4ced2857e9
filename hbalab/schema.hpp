// What the subcommands of `schema` share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "wmi-model/mof.hpp"

namespace CLI {
class App;
}

namespace hbalab::cli {

struct Context;

struct SchemaArguments {
  std::vector<std::string> files = {}, include_dirs = {}, defines = {};
  std::string name = {};
  bool quiet = false;
};

// The built-in classes, or those of the given MOF files on top of them; null and an exit code when
// these have errors, which are printed.
std::shared_ptr<const wmi::SchemaSet> load_schema(const SchemaArguments& arguments, int& code);
// What the options say to the MOF reader; `iscsi_qualifiers.mofh`, which the built-in classes
// include, is found without a directory.
wmi::MofOptions options_of(const SchemaArguments& arguments);
// By name or GUID; says what it does not find.
const wmi::Class* find_class(const wmi::SchemaSet& schema, const std::string& name);

void add_schema_blocks(CLI::App& schema, Context& context);  // schema encode|decode
void add_schema_header(CLI::App& schema, Context& context);  // schema header

}  // namespace hbalab::cli
