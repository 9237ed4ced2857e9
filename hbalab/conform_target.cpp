#include "hbalab/conform_target.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>

#include "hba-sim/lab/config.hpp"
#include "hbalab/tree.hpp"
#include "tests/conformance/lab_subject.hpp"
#include "tests/conformance/tree_subject.hpp"
#include "wmi-model/mof.hpp"

namespace hbalab::cli {
namespace fs = std::filesystem;
namespace {

std::expected<std::shared_ptr<const wmi::SchemaSet>, std::string> schema_of(
    const std::vector<std::string>& files) {
  auto schema = wmi::builtin_schema();
  if (files.empty()) return schema;
  const std::vector<fs::path> paths(files.begin(), files.end());
  auto read = wmi::read_mof_files(paths, {}, schema);
  if (read.ok()) return read.schema;
  std::string text;
  for (const auto& diagnostic : read.diagnostics) text += diagnostic.to_string() + "\n";
  return std::unexpected(text);
}

std::expected<Target, std::string> lab_target(const Conform& conform, Target target,
                                              const fs::path& states) {
  conform::LabSubjectOptions options;
  target.command += conform.builtin ? " --builtin" : " --miniport " + shell_word(conform.miniport);
  target.sample = conform.builtin && conform.lab_file.empty();
  options.miniport = conform.miniport;
  options.mof = conform.mof;
  options.isolate = conform.isolate;
  options.virtual_clock = conform.virtual_clock;
  if (conform.isolate) target.command += " --isolate";
  if (conform.virtual_clock) target.command += " --virtual-clock";
  if (conform.builtin) {
    options.lab_text = lab::sample_lab_text();
    if (!conform.lab_file.empty()) {
      auto text = text_of(conform.lab_file);
      if (!text) return std::unexpected(text.error());
      options.lab_text = *std::move(text);
      target.command += " --lab " + shell_word(conform.lab_file);
    }
  }
  target.factory = [options, states]() mutable {
    options.state_dir = states / std::to_string(::getpid());
    return conform::open_lab_subject(options);
  };
  return target;
}

std::expected<Target, std::string> tree_target(const Tree& tree, Target target) {
  const fs::path& root = tree.root();
  target.command += " --tree " + shell_word(root.string());
  target.shared = true;
  target.sample = read_file(tree.lab() / "name").value_or("") == "sample\n";
  target.factory = [root, schema = target.schema] {
    return conform::open_tree_subject(root, schema);
  };
  return target;
}

}  // namespace

std::expected<Target, int> target_of(const Context& context, const Conform& conform,
                                     const fs::path& states) {
  Target target;
  target.command = "hbalab conform";
  auto schema = schema_of(conform.mof);
  if (!schema) return std::unexpected(fail(schema.error(), kBadInput));
  target.schema = *schema;
  for (const std::string& file : conform.mof) target.command += " --mof " + shell_word(file);
  std::expected<Target, std::string> made;
  if (conform.builtin || !conform.miniport.empty()) {
    made = lab_target(conform, std::move(target), states);
  } else {
    const auto tree = Tree::find(context.tree);
    if (!tree) return std::unexpected(fail(tree.error(), kNoTree));
    made = tree_target(*tree, std::move(target));
  }
  if (!made) return std::unexpected(fail(made.error()));
  return *std::move(made);
}

std::expected<std::string, std::string> text_of(const std::string& file) {
  std::ifstream in(file);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in && !in.eof()) return std::unexpected(file + ": cannot be read");
  return text;
}

std::string shell_word(const std::string& text) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("_-./:=@%+,").contains(static_cast<char>(c));
  };
  if (!text.empty() && std::ranges::all_of(text, plain)) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

}  // namespace hbalab::cli
