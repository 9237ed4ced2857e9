// What functions there are, and what each takes and answers.
#include <algorithm>

#include "hbalab/dsc/print.hpp"

namespace hbalab::cli::dsc {
namespace {

constexpr std::size_t kColumn = 32;
constexpr std::size_t kWidth = 100;

// `answer`: what a function gives back, not what it takes.
std::string type_of(const Field& field, bool answer = false) {
  switch (field.form) {
    case Form::number:
      if (field.names == nullptr || field.names->names.size() == 1) return "NUMBER";
      return field.names->flags ? "FLAGS" : "NAME";
    case Form::boolean_:
      return answer ? "BOOLEAN" : "";
    case Form::text:
      return "TEXT";
    case Form::strings:
      return "TEXT, one a line";
    case Form::bytes:
      return answer ? "BYTES" : "TEXT|@FILE|-";
    case Form::guid:
      return "GUID";
    case Form::record:
      if (field.record->shorthand != Shorthand::none) return std::string(field.record->syntax);
      return answer ? std::string(field.record->name) : "JSON|@FILE|-";
    case Form::chosen:
    case Form::reserved:
      break;
  }
  return "";
}

std::vector<std::string> value_names(const Field& field) {
  std::vector<std::string> names;
  if (field.names == nullptr) return names;
  for (const Name& row : field.names->names) {
    names.emplace_back(row.short_name.empty() ? row.name : row.short_name);
  }
  return names;
}

std::string answer_text(const Record& arguments, const Field& field) {
  if (field.form != Form::chosen) return (field.is_list() ? "list of " : "") + type_of(field, true);
  return "what " + std::string(arguments.fields[static_cast<std::size_t>(field.chosen_by)].name) +
         " says";
}

// The text behind a name: what it is, its default, its named values.
std::string explanation(const Field& field) {
  std::string text(field.text);
  const auto add = [&](const std::string& more) { text += (text.empty() ? "" : "; ") + more; };
  if (field.form == Form::number && field.names == nullptr && field.size < sizeof(ULONG)) {
    add("at most " + std::to_string((1u << (8 * field.size)) - 1));
  }
  const auto names = value_names(field);
  if (!names.empty()) {
    std::string list = field.names->flags ? "flags: " : names.size() == 1 ? "or " : "one of: ";
    for (std::size_t i = 0; i < names.size(); ++i) list += (i == 0 ? "" : ", ") + names[i];
    add(list);
  }
  if (field.default_value != 0) {
    const std::string name = names_of(field, field.default_value);
    add("default: " + (name.empty() ? std::to_string(field.default_value) : name));
  }
  return text;
}

// Two columns; a text that is too long goes on below itself.
void print_row(std::ostream& out, std::string left, std::string_view text) {
  if (left.size() + 2 > kColumn && !text.empty()) {
    out << left << '\n';
    left.clear();
  }
  while (!text.empty()) {
    std::size_t end = text.size();
    if (end > kWidth - kColumn) {
      end = text.rfind(' ', kWidth - kColumn);
      if (end == std::string_view::npos) end = text.size();
    }
    left.resize(kColumn, ' ');
    out << left << text.substr(0, end) << '\n';
    left.clear();
    text = end == text.size() ? std::string_view() : text.substr(end + 1);
  }
  if (!left.empty()) out << left << '\n';
}

void print_members(std::ostream& out, const Record& record, std::size_t indent) {
  for (const Field& field : record.fields) {
    if (!field.is_input()) continue;
    const std::string type = type_of(field);
    print_row(out, std::string(indent, ' ') + '.' + std::string(field.name) + ' ' + type,
              explanation(field));
    if (field.form == Form::record && !field.is_list() &&
        field.record->shorthand == Shorthand::none) {
      print_members(out, *field.record, indent + 2);
    }
  }
}

void print_argument(std::ostream& out, const Field& field, const std::string& prefix) {
  const std::string type = type_of(field);
  print_row(out, "  " + prefix + std::string(field.name) + (type.empty() ? "" : ' ' + type),
            explanation(field));
  if (field.form != Form::record || field.record->shorthand == Shorthand::id) return;
  print_members(out, *field.record, 4);
}

template <typename Condition>
void print_arguments(std::ostream& out, const Function& function, const char* title,
                     const std::string& prefix, Condition condition) {
  bool first = true;
  for (const Field& field : function.arguments.fields) {
    if (!condition(field)) continue;
    if (std::exchange(first, false)) out << '\n' << title << ":\n";
    print_argument(out, field, prefix);
  }
}

Json described(const Field& field) {
  Json json = Json::object();
  json["name"] = field.name;
  if (!field.text.empty()) json["text"] = field.text;
  static constexpr const char* kForms[] = {"number", "boolean", "text",   "texts",   "bytes",
                                           "guid",   "object",  "chosen", "reserved"};
  json["type"] = field.is_list() ? "list" : kForms[static_cast<std::size_t>(field.form)];
  if (field.form == Form::number) json["bytes"] = field.size;
  if (field.required) json["required"] = true;
  if (field.secret) json["secret"] = true;
  if (field.default_value != 0) json["default"] = field.default_value;
  if (field.names != nullptr) {
    Json names = Json::object();
    for (const Name& row : field.names->names) names[std::string(row.name)] = row.value;
    json[field.names->flags ? "flags" : "values"] = std::move(names);
  }
  if (field.record != nullptr) {
    if (field.record->shorthand != Shorthand::none) json["shorthand"] = field.record->syntax;
    for (const Field& member : field.record->fields) json["members"].push_back(described(member));
  }
  for (const Field& one : field.cases) json["cases"].push_back(described(one));
  return json;
}

}  // namespace

void print_functions(std::ostream& out) {
  for (const Function& function : functions()) {
    std::string name(function.arguments.name);
    name.resize(std::max(name.size() + 2, kColumn + 5), ' ');
    out << name << function.summary << '\n';
  }
}

void print_usage(std::ostream& out) {
  out << "Call a function of the iSCSI discovery library\n"
         "Usage: hbalab dsc [OPTIONS] FUNCTION [VALUE | --NAME VALUE]...\n\n"
         "Options:\n";
  print_row(out, "  -h,--help", "What a function takes; without a function this text");
  print_row(out, "  --tree DIR",
            "The mounted tree (default: $HBALAB_TREE, else this user's only mount)");
  print_row(out, "  --json", "Machine-readable output");
  out << "\nFunctions:\n";
  print_functions(out);
  out << "\nExit codes: 0 success, 1 the function answered another status, 2 wrong usage\n";
}

void print_help(std::ostream& out, const Function& function) {
  const auto fields = function.arguments.fields;
  const auto positional = function.arguments.positional();
  const auto alone = [&](const Field& field) {
    return std::ranges::find(positional, &field) != positional.end();
  };
  const auto named = [&](const Field& field) { return field.is_input() && !alone(field); };
  const auto structure = [](const Field& field) {
    return field.is_input() && field.form == Form::record;
  };
  out << function.summary << "\nUsage: hbalab dsc " << function.arguments.name;
  for (const Field* field : positional) {
    out << (field->required ? " " : " [") << field->name << (field->required ? "" : "]");
  }
  out << (std::ranges::any_of(fields, named) ? " [--NAME VALUE]...\n" : "\n");
  print_arguments(out, function, "Arguments, also as --NAME VALUE", "", alone);
  print_arguments(out, function, "Options", "--", named);
  if (std::ranges::any_of(fields, structure)) {
    out << "\nMembers of structures are given as --NAME.MEMBER VALUE, too.\n";
  }
  bool first = true;
  for (const Field& field : fields) {
    if (!field.is_output()) continue;
    if (std::exchange(first, false)) out << "\nAnswers:\n";
    print_row(out, "  " + std::string(field.name), answer_text(function.arguments, field));
  }
}

Json description(const Function& function) {
  Json json = Json::object();
  json["name"] = function.arguments.name;
  json["summary"] = function.summary;
  json["arguments"] = Json::array();
  json["answers"] = Json::array();
  for (const Field& field : function.arguments.fields) {
    if (field.is_input()) json["arguments"].push_back(described(field));
    if (field.is_output()) json["answers"].push_back(described(field));
  }
  return json;
}

}  // namespace hbalab::cli::dsc
