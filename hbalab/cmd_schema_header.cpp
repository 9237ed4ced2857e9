// schema header: the C header that MOF files imply.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "hbalab/commands.hpp"
#include "hbalab/schema.hpp"
#include "schemas/builtin_mof.hpp"
#include "wmi-model/header.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::cli {
namespace {

namespace fs = std::filesystem;

struct HeaderArguments : SchemaArguments {
  std::string output;   // a file; empty: standard output
  std::string builtin;  // a header of the built-in classes
  std::string guard;
  std::string depfile;  // a makefile with what was read; empty: none
};

struct Chosen {
  std::shared_ptr<const wmi::SchemaSet> schema;
  std::vector<const wmi::Class*> classes;
  std::vector<fs::path> files = {};  // that were read
};

// The classes of one of the WDK's headers; none, and a message, when no class belongs to it.
Chosen choose_builtin(const std::string& header) {
  Chosen chosen{wmi::builtin_schema(), {}};
  std::vector<std::string_view> known;
  for (const auto& cls : chosen.schema->classes()) {
    if (cls->header == header) chosen.classes.push_back(cls.get());
    if (std::find(known.begin(), known.end(), cls->header) == known.end())
      known.push_back(cls->header);
  }
  if (chosen.classes.empty()) {
    const std::string nearest = wmi::nearest_name(header, known);
    std::cerr << "hbalab: no built-in class belongs to the header " << header
              << (nearest.empty() ? "" : "; did you mean " + nearest + "?") << '\n';
  }
  return chosen;
}

Chosen choose_files(const HeaderArguments& arguments) {
  auto result = wmi::read_mof_files({arguments.files.begin(), arguments.files.end()},
                                    options_of(arguments), wmi::builtin_schema());
  for (const auto& diagnostic : result.diagnostics) {
    const auto least =
        arguments.quiet ? wmi::Diagnostic::Severity::error : wmi::Diagnostic::Severity::warning;
    if (diagnostic.severity >= least) std::cerr << diagnostic.to_string() << '\n';
  }
  return {std::move(result.schema), std::move(result.defined), std::move(result.files)};
}

// A file that says the same already keeps its time, so that nothing is compiled again for it.
bool write_changed(const std::string& path, const std::string& text) {
  std::ifstream before(path, std::ios::binary);
  if (before && std::equal(std::istreambuf_iterator<char>(before), {}, text.begin(), text.end())) {
    return true;
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file.good()) return true;
  std::cerr << "hbalab: " << path << " cannot be written\n";
  return false;
}

// As make and Ninja read names.
std::string escaped(const std::string& name) {
  std::string text;
  for (const char c : name) {
    if (c == ' ' || c == '#') text += '\\';
    if (c == '$') text += '$';
    text += c;
  }
  return text;
}

std::string dependencies_text(const HeaderArguments& arguments,
                              const std::vector<fs::path>& files) {
  std::string text = escaped(arguments.output) + ":";
  for (const auto& file : files) text += " " + escaped(fs::absolute(file).lexically_normal());
  return text + '\n';
}

std::string header_name(const HeaderArguments& arguments) {
  if (!arguments.output.empty()) return fs::path(arguments.output).filename().string();
  if (!arguments.builtin.empty()) return arguments.builtin;
  return fs::path(arguments.files.front()).stem().string() + ".h";
}

std::string source_name(const HeaderArguments& arguments) {
  if (!arguments.builtin.empty()) return "the built-in classes";
  std::string text;
  for (const auto& file : arguments.files) {
    text += (text.empty() ? "" : ", ") + fs::path(file).filename().string();
  }
  return text;
}

bool is_macro_name(const std::string& text) {
  const auto is_word = [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  };
  return !(text[0] >= '0' && text[0] <= '9') && std::all_of(text.begin(), text.end(), is_word);
}

int run_header(const Context& context, const HeaderArguments& arguments) {
  const bool builtin = !arguments.builtin.empty();
  if (!arguments.guard.empty() && !is_macro_name(arguments.guard)) {
    std::cerr << "hbalab: --guard " << arguments.guard << " is no name of a macro\n";
    return kUsage;
  }
  if (builtin == !arguments.files.empty()) {
    std::cerr << "hbalab: expected MOF files or --builtin HEADER, "
              << (builtin ? "not both" : "got neither") << '\n';
    return kUsage;
  }
  if (!arguments.depfile.empty() && arguments.output.empty()) {
    std::cerr << "hbalab: --depfile needs -o HEADER, whose dependencies it tells\n";
    return kUsage;
  }
  const Chosen chosen = builtin ? choose_builtin(arguments.builtin) : choose_files(arguments);
  if (!chosen.schema) return kBadInput;
  if (builtin && chosen.classes.empty()) return kFailed;
  const wmi::HeaderOptions options{header_name(arguments), arguments.guard, source_name(arguments)};
  const std::string text = wmi::write_header(*chosen.schema, chosen.classes, options);
  if (!arguments.output.empty() && !write_changed(arguments.output, text)) return kFailed;
  if (!arguments.depfile.empty() &&
      !write_changed(arguments.depfile, dependencies_text(arguments, chosen.files))) {
    return kFailed;
  }
  if (context.json) {
    nlohmann::ordered_json json{{"name", options.name}, {"classes", nlohmann::json::array()}};
    for (const auto* cls : chosen.classes) json["classes"].push_back(cls->name);
    json["text"] = text;
    std::cout << json.dump(2) << '\n';
  } else if (arguments.output.empty()) {
    std::cout << text;
  }
  return kOk;
}

}  // namespace

wmi::MofOptions options_of(const SchemaArguments& arguments) {
  wmi::MofOptions options;
  for (const auto& dir : arguments.include_dirs) options.include_dirs.emplace_back(dir);
  for (const auto& define : arguments.defines) {
    const auto equals = define.find('=');
    options.defines.emplace_back(define.substr(0, equals),
                                 equals == std::string::npos ? "1" : define.substr(equals + 1));
  }
  for (const auto& [name, text] : schemas::builtin_mof_files()) {
    if (name.ends_with(".mofh")) options.virtual_files.emplace_back(std::string(name), text);
  }
  return options;
}

void add_schema_header(CLI::App& schema, Context& context) {
  auto arguments = std::make_shared<HeaderArguments>();
  auto* header =
      schema.add_subcommand("header", "The C header that MOF files imply, as wmimofck makes it");
  header->add_option("FILE", arguments->files, "MOF files, in order");
  header->add_option("-o,--output", arguments->output,
                     "Where to write it (default: to standard output)");
  header->add_option("--builtin", arguments->builtin,
                     "A header of the built-in classes, such as iscsiop.h, instead of files");
  header->add_option("--guard", arguments->guard, "Include guard (default: made of the name)");
  header->add_option("--depfile", arguments->depfile,
                     "Where to write which files were read, as a makefile");
  header->add_flag("-q,--quiet", arguments->quiet, "Errors only");
  header->add_option("-I,--include", arguments->include_dirs, "Directory that #include searches")
      ->allow_extra_args(false);
  header->add_option("-D,--define", arguments->defines, "NAME or NAME=VALUE for the preprocessor")
      ->allow_extra_args(false);
  header->callback([&context, arguments] {
    context.run = [&context, arguments] { return run_header(context, *arguments); };
  });
}

}  // namespace hbalab::cli
