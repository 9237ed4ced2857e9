// The lab file's `miniport` of an adapter, and the same for a lab that runs.
#include <algorithm>
#include <exception>

#include "hba-sim/lab/config_fields.hpp"

namespace hbalab::lab {
namespace {

constexpr std::size_t kMaxPath = 4095, kMaxMof = 256, kMaxRegistry = 1000;

TextRule path_rule() {
  return {[](std::string_view text) -> Problem {
            const bool good = !text.empty() && text.size() <= kMaxPath &&
                              text.find('\0') == std::string_view::npos;
            if (good) return std::nullopt;
            return "the path of a file";
          },
          "^.+$"};
}

Field<MiniportConfig> mof_field() {
  return {"mof", "MOF files of the driver's classes.", false,
          [](Reader& reader, const JsonNode& node, MiniportConfig& owner) {
            if (node.type != JsonNode::Type::array)
              return reader.mismatch(node, "an array of MOF files");
            if (node.children.size() > kMaxMof)
              return reader.fail(node, "has more than " + std::to_string(kMaxMof) + " files");
            for (std::size_t i = 0; i < node.children.size() && !reader.full(); ++i) {
              const Reader::Step step(reader, i);
              std::string file;
              if (read_text(reader, node.children[i], path_rule(), file))
                owner.mof.push_back(std::move(file));
            }
          },
          [](Definitions&) {
            return Json{
                {"type", "array"}, {"items", text_schema(path_rule())}, {"maxItems", kMaxMof}};
          }};
}

Field<MiniportConfig> registry_field() {
  return {
      "registry", "Values below the driver's Parameters key: REG_SZ as text, REG_DWORD as numbers.",
      false,
      [](Reader& reader, const JsonNode& node, MiniportConfig& owner) {
        if (node.type != JsonNode::Type::object)
          return reader.mismatch(node, "an object of value names and values");
        if (node.names.size() > kMaxRegistry)
          return reader.fail(node, "has more than " + std::to_string(kMaxRegistry) + " values");
        for (std::size_t i = 0; i < node.names.size() && !reader.full(); ++i) {
          const Reader::Step step(reader, std::string_view(node.names[i]));
          const JsonNode& value = node.children[i];
          std::string text;
          if (value.type == JsonNode::Type::text) {
            if (read_text(reader, value, TextRule{check_plain_text}, text))
              owner.registry.emplace_back(node.names[i], std::move(text));
          } else if (value.type == JsonNode::Type::integer && !value.negative &&
                     value.magnitude <= 0xFFFFFFFFu) {
            owner.registry.emplace_back(node.names[i], static_cast<std::uint32_t>(value.magnitude));
          } else {
            reader.mismatch(value, "text, or a number from 0 to 4294967295");
          }
        }
      },
      [](Definitions&) {
        return Json{
            {"type", "object"},
            {"maxProperties", kMaxRegistry},
            {"additionalProperties",
             Json{{"anyOf",
                   Json::array(
                       {Json{{"type", "string"}},
                        Json{{"type", "integer"}, {"minimum", 0}, {"maximum", 0xFFFFFFFFu}}})}}}};
      }};
}

// true, or an object that says more.
Field<MiniportConfig> isolate_field() {
  return {"isolate",
          "Whether the driver runs in a process of its own: true, or an object that says more.",
          false,
          [](Reader& reader, const JsonNode& node, MiniportConfig& owner) {
            if (node.type == JsonNode::Type::boolean) {
              if (node.truth) owner.isolate.emplace();
            } else if (node.type == JsonNode::Type::object) {
              read_object(reader, node, owner.isolate.emplace());
            } else {
              reader.mismatch(node, "true, false or an object");
            }
          },
          [](Definitions& definitions) {
            return Json{{"anyOf", Json::array({Json{{"type", "boolean"}},
                                               object_schema<IsolationConfig>(definitions)})},
                        {"default", false}};
          }};
}

}  // namespace

const std::vector<Field<IsolationConfig>>& Table<IsolationConfig>::fields() {
  static const std::vector<Field<IsolationConfig>> table = {duration_field<IsolationConfig>(
      {"hang_ms",
       "After how long, in real time, a routine of the driver that has not returned is a hang; 0: "
       "never."},
      &IsolationConfig::hang)};
  return table;
}

const std::vector<Field<MiniportConfig>>& Table<MiniportConfig>::fields() {
  using Owner = MiniportConfig;
  static const std::vector<Field<Owner>> table = {
      text_field<Owner>({"path", "The shared object that hbalab-cc has made.", true}, &Owner::path,
                        path_rule()),
      mof_field(), registry_field(),
      boolean_field<Owner>({"check", "Whether the checker looks at what the driver does."},
                           &Owner::check),
      isolate_field()};
  return table;
}

void complete_loaded_adapter(AdapterConfig& adapter) {
  if (adapter.device_instance.empty()) {
    adapter.device_instance = "ROOT\\SCSIADAPTER\\" + adapter.name;
  }
}

std::expected<AdapterConfig, std::vector<ConfigError>> parse_loaded_adapter(std::string_view name,
                                                                            std::string_view text) {
  const auto fail = [&](std::string where, std::string message) {
    return std::unexpected(
        std::vector<ConfigError>{{std::string(name), std::move(where), std::move(message), 0, 0}});
  };
  try {
    const auto root = parse_json_tree(text);
    if (!root) return fail("", root.error().message);
    AdapterConfig adapter;
    Reader reader;
    read_adapter_object(reader, *root, adapter);
    std::vector<ConfigError> errors;
    for (const Reader::Found& found : reader.found()) {
      const JsonPosition at = token_position(text, found.end);
      errors.push_back({std::string(name), found.where, found.message, at.line, at.column});
    }
    if (!errors.empty()) return std::unexpected(std::move(errors));
    if (!adapter.miniport) {
      return fail("/ports",
                  "describes simulated hardware, which only a lab file brings; expected "
                  "\"miniport\"");
    }
    const auto relative = [](const std::string& path) { return !path.starts_with('/'); };
    if (relative(adapter.miniport->path))
      return fail("/miniport/path",
                  "is " + in_quotes(adapter.miniport->path) + "; expected an absolute path");
    const auto wrong = std::ranges::find_if(adapter.miniport->mof, relative);
    if (wrong != adapter.miniport->mof.end())
      return fail("/miniport/mof", "has " + in_quotes(*wrong) + "; expected absolute paths");
    complete_loaded_adapter(adapter);
    return adapter;
  } catch (const std::exception& error) {
    return fail("", std::string("could not be read: ") + error.what());
  }
}

std::string loaded_adapter_text(const AdapterConfig& adapter) {
  Json text{{"name", adapter.name}};
  if (!adapter.device_instance.empty()) text["device_instance"] = adapter.device_instance;
  Json& miniport = text["miniport"] = Json::object();
  miniport["path"] = adapter.miniport->path;
  miniport["mof"] = adapter.miniport->mof;
  if (!adapter.miniport->check) miniport["check"] = false;
  if (const auto& isolate = adapter.miniport->isolate) {
    miniport["isolate"]["hang_ms"] = isolate->hang.count();
  }
  for (const auto& [name, value] : adapter.miniport->registry) {
    std::visit([&](const auto& its) { miniport["registry"][name] = its; }, value);
  }
  return text.dump() + "\n";
}

}  // namespace hbalab::lab
