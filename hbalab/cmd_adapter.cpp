// adapter add, remove, restart, list: adapters with a loaded miniport, while the tree is mounted.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>

#include "hbalab/commands.hpp"
#include "hbalab/loaded_files.hpp"
#include "hbalab/tree.hpp"

namespace hbalab::cli {
namespace fs = std::filesystem;
namespace {

struct AdapterArguments {
  std::string name, miniport;
  std::vector<std::string> mof, registry;
  bool isolate = false;
};

// NAME=VALUE; a value that is a number is a REG_DWORD.
bool read_registry(const std::vector<std::string>& given, lab::MiniportConfig& miniport) {
  for (const std::string& one : given) {
    const std::size_t equals = one.find('=');
    if (equals == 0 || equals == std::string::npos) return false;
    const std::string value = one.substr(equals + 1);
    char* end = nullptr;
    errno = 0;
    const unsigned long long number = std::strtoull(value.c_str(), &end, 0);
    const bool is_number = !value.empty() && value.front() >= '0' && value.front() <= '9' &&
                           *end == '\0' && errno == 0 && number <= 0xFFFFFFFFu;
    if (is_number) {
      miniport.registry.emplace_back(one.substr(0, equals), static_cast<std::uint32_t>(number));
    } else {
      miniport.registry.emplace_back(one.substr(0, equals), value);
    }
  }
  return true;
}

template <typename Error>
std::string reason_of(const Error& error) {
  return error.reason.empty() ? std::strerror(error.error) : error.reason;
}

// What is wrong with an adapter that runs all the same.
int print_report(const Tree& tree, const std::string& adapter) {
  const auto report = read_file(tree.lab() / "adapters" / adapter / "report");
  if (report && *report != "\n") std::cerr << *report;
  return kOk;
}

int run_add(const Context& context, const AdapterArguments& arguments) {
  auto tree = Tree::find(context.tree);
  if (!tree) return fail(tree.error(), kNoTree);
  lab::AdapterConfig adapter;
  adapter.name = arguments.name;
  adapter.miniport.emplace().path = fs::absolute(arguments.miniport).lexically_normal();
  for (const std::string& file : arguments.mof) {
    adapter.miniport->mof.push_back(fs::absolute(file).lexically_normal());
  }
  if (arguments.isolate) adapter.miniport->isolate.emplace();
  if (!read_registry(arguments.registry, *adapter.miniport))
    return fail("--registry takes NAME=VALUE", kUsage);
  const auto written = write_file(tree->lab() / "add_adapter", lab::loaded_adapter_text(adapter));
  if (!written) {
    return fail("adapter " + arguments.name + ": " + reason_of(written.error()),
                written.error().error == EBADMSG ? kBadInput : kFailed);
  }
  return print_report(*tree, arguments.name);
}

int run_restart(const Context& context, const AdapterArguments& arguments) {
  auto tree = Tree::find(context.tree);
  if (!tree) return fail(tree.error(), kNoTree);
  const fs::path folder = tree->lab() / "adapters" / arguments.name;
  if (!fs::exists(folder)) return fail("there is no adapter " + arguments.name);
  if (!fs::exists(folder / "restart"))
    return fail("adapter " + arguments.name +
                " is simulated hardware of the lab file; only adapters with a loaded miniport can "
                "be restarted. Its control file 'reset' resets it");
  const auto written = write_file(folder / "restart", "1\n");
  if (!written) return fail("adapter " + arguments.name + ": " + reason_of(written.error()));
  return print_report(*tree, arguments.name);
}

int run_remove(const Context& context, const AdapterArguments& arguments) {
  auto tree = Tree::find(context.tree);
  if (!tree) return fail(tree.error(), kNoTree);
  const fs::path path = tree->lab() / "adapters" / arguments.name;
  if (::rmdir(path.c_str()) == 0) return kOk;
  if (errno == ENOENT) return fail("there is no adapter " + arguments.name);
  if (errno == EPERM)
    return fail("adapter " + arguments.name +
                " is simulated hardware of the lab file; only adapters with a loaded miniport can "
                "be removed");
  return fail(path.string() + ": " + std::strerror(errno));
}

int run_list(const Context& context) {
  auto tree = Tree::find(context.tree);
  if (!tree) return fail(tree.error(), kNoTree);
  const auto names = list_directory(tree->lab() / "adapters");
  if (!names) return fail(names.error().to_string(tree->lab() / "adapters"));
  const auto value = [&](const std::string& name, const char* file) {
    std::string text = read_file(tree->lab() / "adapters" / name / file).value_or("");
    if (text.ends_with('\n')) text.pop_back();
    return text;
  };
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const std::string& name : *names) {
    const std::string state = value(name, "state"), miniport = value(name, "miniport");
    if (context.json) {
      list.push_back({{"name", name}, {"state", state}, {"miniport", miniport}});
    } else {
      std::cout << std::left << std::setw(20) << name << ' ' << std::setw(8) << state << ' '
                << miniport << '\n';
    }
  }
  if (context.json) std::cout << list.dump(2) << '\n';
  return kOk;
}

}  // namespace

void add_adapter(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<AdapterArguments>();
  auto* adapter = app.add_subcommand("adapter", "Adapters with a loaded miniport (driver)");
  adapter->require_subcommand(1);
  auto* add = adapter->add_subcommand("add", "Load a driver and start an adapter that it runs");
  add->add_option("NAME", arguments->name, "Name of the adapter in the lab")->required();
  add->add_option("--miniport", arguments->miniport, "The driver: a shared object")->required();
  add->add_option("--mof", arguments->mof, "MOF file with the driver's classes; repeatable")
      ->check(CLI::ExistingFile)
      ->allow_extra_args(false);
  add->add_option("--registry", arguments->registry,
                  "NAME=VALUE below the driver's Parameters key; repeatable")
      ->allow_extra_args(false);
  add->add_flag("--isolate", arguments->isolate,
                "Run the driver in a process of its own, whose end the lab survives");
  add->callback([&context, arguments] {
    context.run = [&context, arguments] { return run_add(context, *arguments); };
  });
  auto* remove = adapter->add_subcommand("remove", "Stop an adapter and unload its driver");
  remove->add_option("NAME", arguments->name, "Name of the adapter in the lab")->required();
  remove->callback([&context, arguments] {
    context.run = [&context, arguments] { return run_remove(context, *arguments); };
  });
  auto* restart = adapter->add_subcommand(
      "restart", "Stop an adapter and start it with its files as they are now");
  restart->add_option("NAME", arguments->name, "Name of the adapter in the lab")->required();
  restart->callback([&context, arguments] {
    context.run = [&context, arguments] { return run_restart(context, *arguments); };
  });
  adapter->add_subcommand("list", "Adapters, their states and drivers")->callback([&context] {
    context.run = [&context] { return run_list(context); };
  });
}

}  // namespace hbalab::cli
