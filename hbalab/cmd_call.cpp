// call CLASS METHOD NAME=VALUE...
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "hbalab/commands.hpp"
#include "hbalab/tree.hpp"

namespace hbalab::cli {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

struct Call {
  std::string class_name, method, instance;
  std::vector<std::string> parameters;
  bool from_stdin = false;
};

// Literals of JSON are taken as such; everything else is text, which the tree reads by the
// parameter's type (numbers, names of enumerations, addresses).
Json value_of(const std::string& text) {
  if (text == "true" || text == "false" || text == "null" || text.starts_with('{') ||
      text.starts_with('[') || text.starts_with('"')) {
    Json parsed = Json::parse(text, nullptr, false);
    if (!parsed.is_discarded()) return parsed;
  }
  return text;
}

// "TargetPortal.Socket=3260" sets a member of an object.
bool set_path(Json& root, const std::string& word) {
  const auto equals = word.find('=');
  if (equals == std::string::npos || equals == 0) return false;
  Json* at = &root;
  std::string path = word.substr(0, equals);
  for (std::size_t dot; (dot = path.find('.')) != std::string::npos; path.erase(0, dot + 1)) {
    Json& next = (*at)[path.substr(0, dot)];
    if (!next.is_object()) next = Json::object();
    at = &next;
  }
  (*at)[path] = value_of(word.substr(equals + 1));
  return true;
}

int run_call(const Context& context, const Call& call) {
  auto tree = Tree::find(context.tree);
  if (!tree) {
    std::cerr << "hbalab: " << tree.error() << '\n';
    return kNoTree;
  }
  auto instance = tree->instance_directory(call.class_name, call.instance);
  if (!instance) {
    std::cerr << "hbalab: " << instance.error() << '\n';
    return kFailed;
  }
  std::string in;
  if (call.from_stdin) {
    in.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    Json parameters = Json::object();
    for (const auto& word : call.parameters) {
      if (!set_path(parameters, word)) {
        std::cerr << "hbalab: '" << word << "' is not NAME=VALUE\n";
        return kUsage;
      }
    }
    in = parameters.dump();
  }
  const fs::path path = *instance / call.method / "call";
  auto out = transact(path, in + "\n");
  if (!out) {
    std::cerr << "hbalab: " << out.error().to_string(path) << '\n';
    return kFailed;
  }
  const Json answer = Json::parse(*out, nullptr, false);
  if (answer.is_discarded()) {
    std::cerr << "hbalab: " << path.string() << ": the answer is not JSON: " << *out << '\n';
    return kFailed;
  }
  std::cout << answer.dump(context.json ? -1 : 2) << '\n';
  const auto status = answer.find("Status");
  return status != answer.end() && status->is_number() && *status != 0 ? kMethodStatus : kOk;
}

}  // namespace

void add_call(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("call", "Execute a method and print its OUT parameters");
  auto call = std::make_shared<Call>();
  command->add_option("CLASS", call->class_name, "Class name")->required();
  command->add_option("METHOD", call->method, "Method name")->required();
  command->add_option("NAME=VALUE", call->parameters,
                      "IN parameters; a member as OBJECT.MEMBER=VALUE");
  command->add_option("-i,--instance", call->instance,
                      "Instance name, a part of it, or an adapter's name");
  command->add_flag("--stdin", call->from_stdin, "Read the IN parameters as one JSON object");
  command->callback(
      [&context, call] { context.run = [&context, call] { return run_call(context, *call); }; });
}

}  // namespace hbalab::cli
