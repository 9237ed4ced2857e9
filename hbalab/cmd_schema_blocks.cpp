// schema encode|decode: blocks from JSON and back, for call.bin and for what block.bin holds.
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "hbalab/commands.hpp"
#include "hbalab/schema.hpp"
#include "wmi-model/codec.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::cli {
namespace {

struct BlockArguments {
  std::string class_name, method;
  std::vector<std::string> files;
  bool in = false;
};

std::string standard_input() { return {std::istreambuf_iterator<char>(std::cin), {}}; }

// Calls `use` with the shape of the class's data block, or of one side of a method.
template <typename Use>
int with_shape(const BlockArguments& arguments, bool in, Use use) {
  int code = kOk;
  const auto schema = load_schema({.files = arguments.files}, code);
  if (!schema) return code;
  const wmi::Class* cls = find_class(*schema, arguments.class_name);
  if (cls == nullptr) return kFailed;
  if (arguments.method.empty()) return use(wmi::shape_of(*cls));
  const wmi::Method* method = cls->method(arguments.method);
  if (method == nullptr) return fail(cls->name + " has no method " + arguments.method);
  return use(in ? wmi::in_shape(*method) : wmi::out_shape(*method));
}

int run_encode(const BlockArguments& arguments) {
  return with_shape(arguments, true, [](const wmi::Shape& shape) -> int {
    const auto object = wmi::parse_json(shape, standard_input());
    if (!object) return fail(object.error().to_string(), kBadInput);
    const auto block = wmi::encode(shape, *object);
    if (!block) return fail(block.error().to_string(), kBadInput);
    std::cout.write(reinterpret_cast<const char*>(block->data()),
                    static_cast<std::streamsize>(block->size()));
    return kOk;
  });
}

int run_decode(const Context& context, const BlockArguments& arguments) {
  return with_shape(arguments, arguments.in, [&context](const wmi::Shape& shape) -> int {
    const std::string text = standard_input();
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    const auto decoded = wmi::decode(shape, bytes);
    if (!decoded) return fail(decoded.error().to_string(), kBadInput);
    const auto json = wmi::to_json(shape, decoded->root);
    std::cout << json.dump(context.json ? -1 : 2, ' ', false,
                           nlohmann::ordered_json::error_handler_t::replace)
              << '\n';
    return kOk;
  });
}

}  // namespace

void add_schema_blocks(CLI::App& schema, Context& context) {
  const auto common = [](CLI::App* command, const std::shared_ptr<BlockArguments>& arguments) {
    command->add_option("CLASS", arguments->class_name, "Class name or GUID")->required();
    command->add_option("METHOD", arguments->method, "Method; without: the class's data block");
    command->add_option("--mof", arguments->files, "MOF file on top of the built-in classes")
        ->allow_extra_args(false);
  };
  auto encoded = std::make_shared<BlockArguments>();
  auto* encode = schema.add_subcommand(
      "encode", "JSON from standard input as a data block, or the IN block of a method");
  common(encode, encoded);
  encode->callback(
      [&context, encoded] { context.run = [encoded] { return run_encode(*encoded); }; });

  auto decoded = std::make_shared<BlockArguments>();
  auto* decode = schema.add_subcommand(
      "decode", "A data block, or the OUT block of a method, from standard input as JSON");
  common(decode, decoded);
  decode->add_flag("--in", decoded->in, "The IN block");
  decode->callback([&context, decoded] {
    context.run = [&context, decoded] { return run_decode(context, *decoded); };
  });
}

}  // namespace hbalab::cli
