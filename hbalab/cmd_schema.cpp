// schema show|layout|check: what the classes are, and what is wrong with a MOF file.
#include <algorithm>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>

#include "hbalab/commands.hpp"
#include "hbalab/schema.hpp"
#include "wmi-model/mof.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::cli {
namespace {

int print_diagnostics(const wmi::MofResult& result, bool quiet) {
  for (const auto& diagnostic : result.diagnostics) {
    if (quiet && diagnostic.severity != wmi::Diagnostic::Severity::error) continue;
    std::cerr << diagnostic.to_string() << '\n';
  }
  return result.ok() ? kOk : kBadInput;
}

int run_show(const Context& context, const SchemaArguments& arguments) {
  int code = kOk;
  auto schema = load_schema(arguments, code);
  if (!schema) return code;
  if (arguments.name.empty()) {
    nlohmann::json names = nlohmann::json::array();
    for (const auto& cls : schema->classes()) {
      if (context.json) {
        names.push_back(cls->name);
      } else {
        std::cout << std::left << std::setw(40) << cls->name << ' '
                  << (cls->has_guid ? cls->guid.to_string() : "") << ' ' << cls->header << '\n';
      }
    }
    if (context.json) std::cout << names.dump(2) << '\n';
    return kOk;
  }
  const wmi::Class* cls = find_class(*schema, arguments.name);
  if (cls == nullptr) return kFailed;
  if (context.json) {
    std::cout << wmi::describe_class(*cls).dump(2) << '\n';
  } else {
    std::cout << wmi::write_mof(*cls);
  }
  return kOk;
}

std::string type_of(const wmi::Property& property) {
  std::string type(property.object_class ? property.object_class->name
                                         : wmi::cim_type_name(property.type));
  if (property.max_len != 0) type += "(" + std::to_string(property.max_len) + ")";
  if (property.array == wmi::ArrayKind::fixed)
    type += "[" + std::to_string(property.fixed_count) + "]";
  if (property.array == wmi::ArrayKind::counted) type += "[]";
  return type;
}

void print_layout(const std::string& title, const std::vector<wmi::Property>& properties,
                  const wmi::StructLayout& layout) {
  std::cout << title << ": " << layout.fixed_size
            << (layout.variable ? " bytes and what varies" : " bytes") << ", alignment "
            << layout.align << '\n';
  for (std::size_t i = 0; i < properties.size(); ++i) {
    const auto& field = layout.fields[i];
    std::cout << "  ";
    if (field.offset == wmi::FieldLayout::kDynamic) {
      std::cout << std::setw(6) << std::right << "+";
    } else {
      std::cout << std::setw(6) << std::right << field.offset;
    }
    std::cout << "  " << std::setw(5) << field.size << (field.variable ? "+ " : "  ") << std::left
              << std::setw(28) << properties[i].name << ' ' << type_of(properties[i]) << '\n';
  }
}

int run_layout(const Context& context, const SchemaArguments& arguments) {
  int code = kOk;
  auto schema = load_schema(arguments, code);
  if (!schema) return code;
  const wmi::Class* cls = find_class(*schema, arguments.name);
  if (cls == nullptr) return kFailed;
  if (context.json) {
    std::cout << wmi::describe_class(*cls).dump(2) << '\n';
    return kOk;
  }
  std::cout << "offset   size  member\n";
  if (!cls->properties.empty()) print_layout(cls->name, cls->properties, cls->layout);
  for (const auto& method : cls->methods) {
    print_layout(method.name + "_IN (method " + std::to_string(method.id) + ")", method.in,
                 method.in_layout);
    print_layout(method.name + "_OUT", method.out, method.out_layout);
  }
  return kOk;
}

int run_check(const Context& context, const SchemaArguments& arguments) {
  auto result = wmi::read_mof_files({arguments.files.begin(), arguments.files.end()},
                                    options_of(arguments), wmi::builtin_schema());
  for (auto& advice : wmi::advise(result)) result.diagnostics.push_back(std::move(advice));
  if (context.json) {
    auto list = nlohmann::ordered_json::array();
    static constexpr const char* kSeverities[] = {"note", "warning", "error"};
    for (const auto& diagnostic : result.diagnostics) {
      list.push_back({{"severity", kSeverities[static_cast<int>(diagnostic.severity)]},
                      {"file", diagnostic.where.file},
                      {"line", diagnostic.where.line},
                      {"column", diagnostic.where.column},
                      {"message", diagnostic.message}});
    }
    std::cout << list.dump(2) << '\n';
    return result.ok() ? kOk : kBadInput;
  }
  const int code = print_diagnostics(result, arguments.quiet);
  if (result.ok() && !arguments.quiet) {
    const std::size_t before = wmi::builtin_schema()->classes().size();
    const std::size_t now = result.schema->classes().size();
    std::cout << "ok: " << now << " classes known, " << now - std::min(before, now)
              << " of them new\n";
  }
  return code;
}

}  // namespace

std::shared_ptr<const wmi::SchemaSet> load_schema(const SchemaArguments& arguments, int& code) {
  auto base = wmi::builtin_schema();
  if (arguments.files.empty()) return base;
  auto result = wmi::read_mof_files({arguments.files.begin(), arguments.files.end()},
                                    options_of(arguments), base);
  code = print_diagnostics(result, true);
  return result.schema;
}

const wmi::Class* find_class(const wmi::SchemaSet& schema, const std::string& name) {
  if (const wmi::Class* found = schema.find(name)) return found;
  if (const auto guid = wmi::Guid::parse(name)) {
    if (const wmi::Class* found = schema.find(*guid)) return found;
  }
  std::vector<std::string_view> names;
  for (const auto& cls : schema.classes()) names.push_back(cls->name);
  const std::string nearest = wmi::nearest_name(name, names);
  std::cerr << "hbalab: no class " << name
            << (nearest.empty() ? "" : "; did you mean " + nearest + "?") << '\n';
  return nullptr;
}

void add_schema(CLI::App& app, Context& context) {
  auto* schema = app.add_subcommand(
      "schema",
      "Show classes and layouts; convert blocks; check MOF files; make C headers of them");
  schema->require_subcommand(1);
  auto common = [](CLI::App* command, const std::shared_ptr<SchemaArguments>& arguments) {
    command->add_option("-I,--include", arguments->include_dirs, "Directory that #include searches")
        ->allow_extra_args(false);
    command
        ->add_option("-D,--define", arguments->defines, "NAME or NAME=VALUE for the preprocessor")
        ->allow_extra_args(false);
  };

  auto shown = std::make_shared<SchemaArguments>();
  auto* show = schema->add_subcommand("show", "MOF of a class, or the list of classes");
  show->add_option("CLASS", shown->name, "Class name or GUID");
  show->add_option("--mof", shown->files, "MOF file on top of the built-in classes")
      ->allow_extra_args(false);
  common(show, shown);
  show->callback(
      [&context, shown] { context.run = [&context, shown] { return run_show(context, *shown); }; });

  auto laid = std::make_shared<SchemaArguments>();
  auto* layout = schema->add_subcommand("layout", "Offsets and sizes of a class's blocks");
  layout->add_option("CLASS", laid->name, "Class name or GUID")->required();
  layout->add_option("--mof", laid->files, "MOF file on top of the built-in classes")
      ->allow_extra_args(false);
  common(layout, laid);
  layout->callback(
      [&context, laid] { context.run = [&context, laid] { return run_layout(context, *laid); }; });

  auto checked = std::make_shared<SchemaArguments>();
  auto* check = schema->add_subcommand("check", "Read MOF files and say what is wrong with them");
  check->add_option("FILE", checked->files, "MOF files, in order")->required();
  check->add_flag("-q,--quiet", checked->quiet, "Errors only");
  common(check, checked);
  check->callback([&context, checked] {
    context.run = [&context, checked] { return run_check(context, *checked); };
  });

  add_schema_blocks(*schema, context);
  add_schema_header(*schema, context);
}

}  // namespace hbalab::cli
