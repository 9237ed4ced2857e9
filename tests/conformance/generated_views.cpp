// Views: the block, its JSON and its files say the same.
#include <map>
#include <string>

#include "tests/conformance/generated.hpp"
#include "tests/conformance/value.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::conform {
namespace {

// What a file has of a value: one line, or one for each element.
std::string lines_of(const Json& value) {
  if (value.is_array()) {
    std::string lines;
    for (const Json& element : value) lines += lines_of(element);
    return lines;
  }
  if (value.is_boolean()) return value.get<bool>() ? "1\n" : "0\n";
  if (value.is_null()) return "\n";
  if (!value.is_string()) return value.dump() + "\n";
  std::string text = value.get<std::string>();
  while (text.ends_with('\0')) text.pop_back();  // of a field that the text does not fill
  return text + "\n";
}

// Numbers compare by value: a file may show them in hexadecimal where JSON has decimal.
bool same_text(const std::string& file, const Json& value) {
  if (file == lines_of(value)) return true;
  if (!value.is_number_unsigned()) return false;
  const bool hex = file.starts_with("0x");
  try {
    return std::stoull(hex ? file.substr(2) : file, nullptr, hex ? 16 : 10) ==
           value.get<std::uint64_t>();
  } catch (const std::exception&) {
    return false;
  }
}

// The file of every value, and the value of every file. `at`: its path.
void compare_files(Context& context, const Json& value, const std::string& at,
                   const std::map<std::string, std::string>& files) {
  const bool of_objects = value.is_array() && !value.empty() && value.front().is_object();
  if (value.is_object() || of_objects) {
    for (const auto& [name, member] : value.items())
      compare_files(context, member, at.empty() ? name : at + "/" + name, files);
    return;
  }
  const auto file = files.find(at);
  // A secret has a file that cannot be read; of an empty array nobody knows what it would hold.
  if (file == files.end()) {
    if (!value.is_null() && !(value.is_array() && value.empty()))
      context.fail("file " + at, shown(value), "no such file");
  } else if (!same_text(file->second, value)) {
    context.fail("file " + at, shown(value), shown(Json(file->second)));
  }
}

}  // namespace

void check_views(Context& context, const wmi::Class& cls, const std::string& instance) {
  constexpr int kTries = 3;  // counters move between two reads
  for (int attempt = 1; attempt <= kTries; ++attempt) {
    const Reply before = context.query(cls, instance);
    const auto views = context.subject().views(cls, instance);
    const Reply after = context.query(cls, instance);
    if (before.data != after.data && attempt < kTries) continue;
    if (!views) return context.note("instance.json", "readable", views.error());
    const auto decoded = wmi::decode(wmi::shape_of(cls), after.data);
    if (!decoded) return;  // block/query says so
    const Json json = Json::parse(views->json, nullptr, false);
    const Json wanted = wmi::to_json(wmi::shape_of(cls), decoded->root);
    for (const auto& [name, value] : wanted.items()) {
      const Json* shown_value = json.is_object() && json.contains(name) ? &json[name] : nullptr;
      if (shown_value == nullptr || *shown_value != value)
        context.fail("instance.json, " + name, shown(value),
                     shown_value == nullptr ? "nothing" : shown(*shown_value));
    }
    std::map<std::string, std::string> files(views->files.begin(), views->files.end());
    compare_files(context, wanted, "", files);
    for (const auto& [path, text] : files) {
      if (find_path(wanted, path) == nullptr)
        context.fail("file " + path, "a value of the block", shown(Json(text)));
    }
    return;
  }
}

void add_view_cases(const wmi::Class& cls, std::vector<Case>& cases) {
  add_case(cases, cls,
           {"views/agree",
            "the block, its JSON and its files say the same",
            {"docs/tree.md",
             "A property file and instance.json are views on the block that the driver returned",
             Weight::must},
            {Ability::views},
            false},
           [](Context& context, const wmi::Class& its) {
             for_each_instance(context, its, [&](const std::string& instance) {
               check_views(context, its, instance);
             });
           });
}

}  // namespace hbalab::conform
