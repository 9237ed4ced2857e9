// list, get, set.
#include <sys/stat.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "hbalab/commands.hpp"
#include "hbalab/tree.hpp"

namespace hbalab::cli {
namespace fs = std::filesystem;
namespace {

struct Target {
  std::string class_name, instance;
  std::vector<std::string> words;
  bool raw = false;
};

int list_classes(const Tree& tree, bool json) {
  nlohmann::ordered_json all = nlohmann::ordered_json::object();
  for (const auto& name : tree.classes()) all[name] = tree.instances(tree.wmi() / name);
  if (json) {
    std::cout << all.dump(2) << '\n';
    return kOk;
  }
  for (const auto& [name, instances] : all.items()) {
    std::cout << name << " (" << instances.size()
              << (instances.size() == 1 ? " instance" : " instances") << ")\n";
  }
  return kOk;
}

// What an instance offers: properties (files), objects and arrays (directories), methods.
int list_members(const fs::path& instance, bool json) {
  auto names = list_directory(instance);
  if (!names) return fail(names.error().to_string(instance));
  nlohmann::ordered_json members = nlohmann::ordered_json::array();
  for (const auto& name : *names) {
    const fs::path path = instance / name;
    std::string kind = "property";
    std::error_code error;
    if (fs::is_directory(path, error))
      kind = fs::exists(path / "method.json", error) ? "method" : "object";
    struct stat attributes{};
    const bool writable =
        ::stat(path.c_str(), &attributes) == 0 && (attributes.st_mode & 0222) != 0;
    members.push_back(
        {{"name", name}, {"kind", kind}, {"writable", kind == "property" && writable}});
  }
  if (json) {
    std::cout << members.dump(2) << '\n';
    return kOk;
  }
  for (const auto& member : members) {
    std::cout << member["name"].get<std::string>();
    if (member["kind"] != "property") std::cout << '/';
    if (member["kind"] == "method") std::cout << "  (method)";
    if (member["writable"].get<bool>()) std::cout << "  (writable)";
    std::cout << '\n';
  }
  return kOk;
}

int run_list(const Context& context, const Target& target) {
  auto tree = Tree::find(context.tree);
  if (!tree) return fail(tree.error(), kNoTree);
  if (target.class_name.empty()) return list_classes(*tree, context.json);
  auto directory = tree->class_directory(target.class_name);
  if (!directory) return fail(directory.error());
  if (!target.instance.empty()) {
    auto instance = tree->instance_directory(target.class_name, target.instance);
    return instance ? list_members(*instance, context.json) : fail(instance.error());
  }
  const auto instances = tree->instances(*directory);
  if (context.json) {
    std::cout << nlohmann::json(instances).dump(2) << '\n';
  } else {
    for (const auto& name : instances) std::cout << name << '\n';
  }
  return kOk;
}

int run_get(const Context& context, const Target& target) {
  auto tree = Tree::find(context.tree);
  if (!tree) return fail(tree.error(), kNoTree);
  auto instance = tree->instance_directory(target.class_name, target.instance);
  if (!instance) return fail(instance.error());
  if (target.words.empty()) {
    const fs::path path = *instance / (target.raw ? "block.bin" : "instance.json");
    auto text = read_file(path);
    if (!text) return fail(text.error().to_string(path));
    std::cout << *text;
    return kOk;
  }
  nlohmann::ordered_json values = nlohmann::ordered_json::object();
  for (const auto& word : target.words) {
    const fs::path path = *instance / word;
    auto text = read_file(path);
    if (!text) return fail(text.error().to_string(path));
    if (context.json) {
      while (!text->empty() && text->back() == '\n') text->pop_back();
      values[word] = *text;
    } else {
      std::cout << *text;
    }
  }
  if (context.json) std::cout << values.dump(2) << '\n';
  return kOk;
}

int run_set(const Context& context, const Target& target) {
  auto tree = Tree::find(context.tree);
  if (!tree) return fail(tree.error(), kNoTree);
  auto instance = tree->instance_directory(target.class_name, target.instance);
  if (!instance) return fail(instance.error());
  for (const auto& word : target.words) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) return fail("'" + word + "' is not PROPERTY=VALUE", kUsage);
    const fs::path path = *instance / word.substr(0, equals);
    if (auto written = write_file(path, word.substr(equals + 1) + "\n"); !written) {
      return fail(written.error().to_string(path));
    }
  }
  return kOk;
}

}  // namespace

void add_tree(CLI::App& app, Context& context) {
  auto* list =
      app.add_subcommand("list", "List classes, instances of a class, or members of an instance");
  auto target = std::make_shared<Target>();
  list->add_option("CLASS", target->class_name, "Class name");
  list->add_option("-i,--instance", target->instance,
                   "Instance name, a part of it, or an adapter's name");
  list->callback([&context, target] {
    context.run = [&context, target] { return run_list(context, *target); };
  });

  auto* get = app.add_subcommand("get", "Print properties, or the whole instance as JSON");
  auto wanted = std::make_shared<Target>();
  get->add_option("CLASS", wanted->class_name, "Class name")->required();
  get->add_option("PROPERTY", wanted->words,
                  "Property, or a path such as PersistentLogins/0/TargetName");
  get->add_option("-i,--instance", wanted->instance,
                  "Instance name, a part of it, or an adapter's name");
  get->add_flag("--raw", wanted->raw, "The data block as the driver returned it");
  get->callback([&context, wanted] {
    context.run = [&context, wanted] { return run_get(context, *wanted); };
  });

  auto* set = app.add_subcommand("set", "Set properties");
  auto given = std::make_shared<Target>();
  set->add_option("CLASS", given->class_name, "Class name")->required();
  set->add_option("PROPERTY=VALUE", given->words, "What to set")->required();
  set->add_option("-i,--instance", given->instance,
                  "Instance name, a part of it, or an adapter's name");
  set->callback(
      [&context, given] { context.run = [&context, given] { return run_set(context, *given); }; });
}

}  // namespace hbalab::cli
