// What a shell offers to go on with.
#include <algorithm>

#include "hbalab/dsc/words.hpp"

namespace hbalab::cli::dsc {
namespace {

using Choices = std::vector<std::string>;

constexpr const char* kOptions[] = {"--help", "--json", "--tree"};

void add_values(const Field& field, Choices& choices) {
  if (field.form == Form::boolean_) choices.insert(choices.end(), {"true", "false"});
  if (field.names == nullptr) return;
  for (const Name& row : field.names->names) {
    choices.emplace_back(row.short_name.empty() ? row.name : row.short_name);
  }
}

// "LoginOptions.AuthType"; nullptr: no such argument or member.
const Field* find_path(const Record& record, std::string_view path) {
  const std::size_t dot = path.find('.');
  const Field* field = record.find(path.substr(0, dot));
  if (field == nullptr || !field->is_input() || dot == std::string_view::npos) return field;
  return field->form == Form::record ? find_path(*field->record, path.substr(dot + 1)) : nullptr;
}

// Names of arguments, and of members of those that `word` has got to.
void add_names(const Record& record, const std::string& prefix, std::string_view word,
               Choices& choices) {
  for (const Field& field : record.fields) {
    if (!field.is_input()) continue;
    const std::string name = prefix + std::string(field.name);
    choices.push_back(name);
    if (field.form == Form::record && !field.is_list() && word.starts_with(name + '.')) {
      add_names(*field.record, name + '.', word, choices);
    }
  }
}

}  // namespace

std::vector<std::string> complete(const std::vector<std::string>& words) {
  Choices choices;
  const Function* function = nullptr;
  std::size_t values = 0;  // without names, so far
  const Field* open = nullptr;
  bool skip = false;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "=") continue;  // shells split "--NAME=VALUE"
    if (std::exchange(skip, false)) continue;
    if (std::exchange(open, nullptr) != nullptr) continue;
    if (word.starts_with("--")) {
      skip = word == "--tree";
      if (function != nullptr && word.find('=') == std::string::npos)
        open = find_path(function->arguments, word.substr(2));
      if (open != nullptr && open->form == Form::boolean_) open = nullptr;
    } else if (function == nullptr) {
      function = find_function(word);
      if (function == nullptr) return choices;
    } else {
      ++values;
    }
  }
  if (skip) return choices;
  const std::string word = words.empty() ? "" : words.back();
  if (open != nullptr) {
    add_values(*open, choices);
    return choices;
  }
  if (function == nullptr) {
    for (const Function& known : functions()) choices.emplace_back(known.arguments.name);
  } else {
    const auto positional = function->arguments.positional();
    if (values < positional.size()) add_values(*positional[values], choices);
    add_names(function->arguments, "--", word, choices);
  }
  choices.insert(choices.end(), std::begin(kOptions), std::end(kOptions));
  return choices;
}

}  // namespace hbalab::cli::dsc
