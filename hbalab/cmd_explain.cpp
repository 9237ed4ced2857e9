// explain: what a status, a value, a class, a property or a method is.
#include <charconv>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "hbalab/commands.hpp"
#include "iscsiop/status.hpp"
#include "wmi-model/mof.hpp"
#include "wmi-model/ntstatus.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string subject, value;
};

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::string hex(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%08llX", static_cast<unsigned long long>(value));
  return text;
}

Json describe_status(const iscsi::IsdscStatusInfo& info) {
  static constexpr const char* kSeverities[] = {"success", "informational", "warning", "error"};
  return {{"name", info.name},
          {"value", hex(info.value)},
          {"decimal", info.value},
          {"kind", "ISDSC status qualifier"},
          {"severity", kSeverities[info.value >> 30]},
          {"group", info.group},
          {"meaning", info.text}};
}

// Every property or parameter of the schema whose enumeration has this name or value.
template <typename Match>
void find_enumerated(const wmi::SchemaSet& schema, Match match, Json& found) {
  std::set<std::pair<std::string, std::uint64_t>> seen;
  auto look = [&](const std::string& owner, const wmi::Property& property) {
    if (!property.enumeration) return;
    for (const auto& item : property.enumeration->items) {
      if (!match(item) || !seen.emplace(item.name, item.value).second) continue;
      if (iscsi::find_isdsc_status(item.name) != nullptr) continue;  // the status table said more
      found.push_back({{"name", item.name},
                       {"value", hex(item.value)},
                       {"decimal", item.value},
                       {"kind", property.enumeration->flags ? "flag" : "value"},
                       {"of", owner + "." + property.name},
                       {"meaning", item.text.empty() ? item.name : item.text}});
    }
  };
  for (const auto& cls : schema.classes()) {
    for (const auto& property : cls->properties) look(cls->name, property);
    for (const auto& method : cls->methods) {
      for (const auto& parameter : method.in) look(cls->name + "." + method.name, parameter);
      for (const auto& parameter : method.out) look(cls->name + "." + method.name, parameter);
    }
  }
}

Json explain_number(const wmi::SchemaSet& schema, std::uint64_t value) {
  Json found = Json::array();
  if (value <= 0xFFFFFFFFu) {
    if (const auto* info = iscsi::find_isdsc_status(static_cast<std::uint32_t>(value))) {
      found.push_back(describe_status(*info));
    }
    const std::string_view nt = wmi::nt_status_name(static_cast<wmi::NtStatus>(value));
    if (!nt.empty())
      found.push_back({{"name", nt}, {"value", hex(value)}, {"kind", "NTSTATUS of a WMI request"}});
  }
  if (found.empty()) {
    find_enumerated(
        schema, [&](const wmi::EnumTable::Item& item) { return item.value == value; }, found);
  }
  return found;
}

Json property_json(const wmi::Class& cls, const wmi::Property& property, const std::string& value) {
  Json json{{"name", cls.name + "." + property.name},
            {"kind", "property"},
            {"id", property.id},
            {"type", property.object_class ? property.object_class->name
                                           : std::string(wmi::cim_type_name(property.type))},
            {"writable", property.writable},
            {"meaning", property.description}};
  if (property.enumeration) {
    Json values = Json::object();
    for (const auto& item : property.enumeration->items) values[item.name] = item.value;
    json[property.enumeration->flags ? "flags" : "values"] = std::move(values);
    if (const auto given = number_of(value)) json["is"] = property.enumeration->describe(*given);
  }
  return json;
}

// CLASS, CLASS.PROPERTY, CLASS.METHOD, GUID.
Json explain_name(const wmi::SchemaSet& schema, const Arguments& arguments) {
  Json found = Json::array();
  const std::string& subject = arguments.subject;
  if (const auto* info = iscsi::find_isdsc_status(subject)) found.push_back(describe_status(*info));
  const auto dot = subject.find('.');
  const wmi::Class* cls = schema.find(subject.substr(0, dot));
  if (const auto guid = wmi::Guid::parse(subject)) cls = schema.find(*guid);
  if (cls != nullptr && dot == std::string::npos) {
    found.push_back({{"name", cls->name},
                     {"kind", "class"},
                     {"guid", cls->guid.to_string()},
                     {"header", cls->header},
                     {"meaning", cls->description}});
  } else if (cls != nullptr) {
    const std::string member = subject.substr(dot + 1);
    if (const wmi::Property* property = cls->property(member)) {
      found.push_back(property_json(*cls, *property, arguments.value));
    }
    if (const wmi::Method* method = cls->method(member)) {
      Json in = Json::object(), out = Json::object();
      for (const auto& parameter : method->in) in[parameter.name] = parameter.description;
      for (const auto& parameter : method->out) out[parameter.name] = parameter.description;
      found.push_back({{"name", cls->name + "." + method->name},
                       {"kind", "method"},
                       {"id", method->id},
                       {"meaning", method->description},
                       {"in", std::move(in)},
                       {"out", std::move(out)}});
    }
  }
  if (found.empty()) {
    find_enumerated(
        schema, [&](const wmi::EnumTable::Item& item) { return item.name == subject; }, found);
  }
  return found;
}

void print_text(const Json& found) {
  for (const auto& item : found) {
    std::cout << item["name"].get<std::string>();
    if (item.contains("value"))
      std::cout << " = " << item["value"].get<std::string>() << " ("
                << item.value("decimal", item["value"]).dump() << ")";
    std::cout << "\n  " << item["kind"].get<std::string>();
    if (item.contains("severity")) std::cout << ", " << item["severity"].get<std::string>();
    if (item.contains("of")) std::cout << " of " << item["of"].get<std::string>();
    if (item.contains("guid"))
      std::cout << " {" << item["guid"].get<std::string>() << "} of "
                << item["header"].get<std::string>();
    if (item.contains("type"))
      std::cout << ", " << item["type"].get<std::string>() << ", WmiDataId " << item["id"];
    std::cout << '\n';
    if (item.contains("meaning")) std::cout << "  " << item["meaning"].get<std::string>() << '\n';
    if (item.contains("is")) std::cout << "  is " << item["is"].get<std::string>() << '\n';
    for (const char* list : {"values", "flags", "in", "out"}) {
      if (!item.contains(list)) continue;
      for (const auto& [name, value] : item[list].items()) {
        std::cout << "    " << list << ' ' << name << ": "
                  << (value.is_string() ? value.get<std::string>() : value.dump()) << '\n';
      }
    }
  }
}

int run_explain(const Context& context, const Arguments& arguments) {
  const auto schema = wmi::builtin_schema();
  const auto number = number_of(arguments.subject);
  const Json found = number ? explain_number(*schema, *number) : explain_name(*schema, arguments);
  if (found.empty()) {
    std::vector<std::string_view> names;
    for (const auto& info : iscsi::kIsdscStatuses) names.push_back(info.name);
    for (const auto& cls : schema->classes()) names.push_back(cls->name);
    const std::string nearest = number ? "" : wmi::nearest_name(arguments.subject, names);
    std::cerr << "hbalab: nothing known of " << arguments.subject
              << (nearest.empty() ? "" : "; did you mean " + nearest + "?") << '\n';
    return kFailed;
  }
  if (context.json) {
    std::cout << found.dump(2) << '\n';
  } else {
    print_text(found);
  }
  return kOk;
}

}  // namespace

void add_explain(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  auto* explain =
      app.add_subcommand("explain", "Say what a status, a value, a class or a member is");
  explain
      ->add_option("SUBJECT", arguments->subject,
                   "0xEFFF0029, ISDSC_..., CLASS, CLASS.MEMBER, or a GUID")
      ->required();
  explain->add_option("VALUE", arguments->value, "A value of CLASS.MEMBER");
  explain->callback([&context, arguments] {
    context.run = [&context, arguments] { return run_explain(context, *arguments); };
  });
}

}  // namespace hbalab::cli
