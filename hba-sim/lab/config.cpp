#include "hba-sim/lab/config.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "hba-sim/lab/config_fields.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::lab {
namespace {

std::string canonical_name(std::string_view name) {
  const auto wide = wmi::to_utf16(name);
  return wide ? IscsiName(*wide).canonical() : std::string(name);
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string hex2(std::size_t value) {
  char text[8];
  std::snprintf(text, sizeof text, "%02x", static_cast<unsigned>(value & 0xFF));
  return text;
}

// What the file left out and what depends on the position of an object in it.
void fill_defaults(LabConfig& config) {
  for (std::size_t a = 0; a < config.adapters.size(); ++a) {
    AdapterConfig& adapter = config.adapters[a];
    if (adapter.miniport) {
      complete_loaded_adapter(adapter);
      continue;
    }
    if (adapter.initiator_name.empty()) {
      adapter.initiator_name = "iqn.2026-01.org.hbalab:" + lower(adapter.name);
    }
    if (adapter.device_instance.empty()) {
      // The last part carries device and function, eight functions to a device, the first device
      // being the bridge; the one in front of it stands for the bus.
      constexpr std::size_t kFirst = 8, kOnBus = 256 - kFirst;
      std::ostringstream bus;
      bus << std::hex << 0x11583659u + a / kOnBus;
      adapter.device_instance = "PCI\\VEN_1077&DEV_4010&SUBSYS_00000000&REV_02\\3&" + bus.str() +
                                "&0&" + hex2(kFirst + a % kOnBus);
    }
    for (std::size_t p = 0; p < adapter.ports.size(); ++p) {
      PortConfig& port = adapter.ports[p];
      if (port.mac.empty()) {
        port.mac = "02:00:00:" + hex2(a / 256) + ":" + hex2(a % 256) + ":" + hex2(p);
      }
    }
  }
}

// Files are named relative to the lab file.
void resolve_paths(LabConfig& config, const std::filesystem::path& directory) {
  const auto resolve = [&directory](std::string& path) {
    path = (directory / path).lexically_normal().string();
  };
  for (AdapterConfig& adapter : config.adapters) {
    if (!adapter.miniport) continue;
    resolve(adapter.miniport->path);
    for (std::string& mof : adapter.miniport->mof) resolve(mof);
  }
}

// The rules that tie several objects together. Places are JSON pointers.
class CrossChecks {
 public:
  CrossChecks(const LabConfig& config, std::vector<PlacedProblem>& problems)
      : config_(config), problems_(problems) {}

  void run() {
    for (const HostConfig& host : config_.hosts) {
      if (!hosts_.insert(lower(host.name)).second) {
        add("/hosts/" + pointer_token(host.name), "is given twice (host names ignore case)");
      }
    }
    for (std::size_t i = 0; i < config_.adapters.size(); ++i) adapter(i);
    for (std::size_t i = 0; i < config_.targets.size(); ++i) target(i);
    for (std::size_t i = 0; i < config_.isns_servers.size(); ++i) {
      const std::string& address = config_.isns_servers[i].address;
      unique("/isns_servers/" + std::to_string(i) + "/address", "address",
             IpAddress::from_text(address).canonical(), address);
    }
  }

 private:
  void add(std::string where, std::string message) {
    if (problems_.size() < Reader::kMaxErrors) {
      problems_.push_back({std::move(where), std::move(message)});
    }
  }
  void unique(const std::string& where, const std::string& kind, const std::string& key,
              const std::string& shown) {
    if (shown.empty()) return;  // reported already, or to be filled in
    const auto [first, fresh] = seen_.emplace(kind + '\n' + key, where);
    if (!fresh) add(where, "is " + in_quotes(shown) + ", which " + first->second + " has already");
  }

  void adapter(std::size_t index) {
    const AdapterConfig& adapter = config_.adapters[index];
    const std::string at = "/adapters/" + std::to_string(index);
    unique(at + "/name", "adapter", lower(adapter.name), adapter.name);
    unique(at + "/device_instance", "device", lower(adapter.device_instance),
           adapter.device_instance);
    unique(at + "/initiator_name", "node", canonical_name(adapter.initiator_name),
           adapter.initiator_name);
    for (std::size_t p = 0; p < adapter.ports.size(); ++p) {
      const PortConfig& port = adapter.ports[p];
      const std::string place = at + "/ports/" + std::to_string(p);
      if (port.address.empty()) continue;
      unique(place + "/address", "address", IpAddress::from_text(port.address).canonical(),
             port.address);
      unique(place + "/mac", "mac", lower(port.mac), port.mac);
    }
    if (adapter.persistent_logins.size() > adapter.nvram.slots) {
      add(at + "/persistent_logins", "has " + std::to_string(adapter.persistent_logins.size()) +
                                         " logins; nvram.slots has room for " +
                                         std::to_string(adapter.nvram.slots));
    }
    for (std::size_t i = 0; i < adapter.persistent_logins.size(); ++i) {
      const StoredLoginConfig& login = adapter.persistent_logins[i];
      if (login.port == 0xFFFFFFFFu || login.port < adapter.ports.size()) continue;
      add(at + "/persistent_logins/" + std::to_string(i) + "/port",
          "is " + std::to_string(login.port) + "; the adapter has " +
              std::to_string(adapter.ports.size()) + " ports, numbered from 0");
    }
    for (std::size_t i = 0; i < adapter.static_targets.size(); ++i)
      static_target(at + "/static_targets/" + std::to_string(i), adapter.static_targets[i]);
  }

  // Names may be ones that nothing resolves: the adapter is what is told so.
  void static_target(const std::string& at, const StaticTargetConfig& target) {
    const std::string list = at.substr(0, at.rfind('/'));
    unique(at + "/name", "static target of " + list, canonical_name(target.name), target.name);
    for (std::size_t p = 0; p < target.portals.size(); ++p) {
      const StaticPortalConfig& portal = target.portals[p];
      const std::string key =
          Portal{IpAddress::from_text(portal.address), 0, portal.port}.canonical();
      unique(at + "/portals/" + std::to_string(p) + "/address",
             "portal of " + at + ' ' + std::to_string(portal.group), key, portal.address);
    }
  }

  void target(std::size_t index) {
    const TargetConfig& target = config_.targets[index];
    const std::string at = "/targets/" + std::to_string(index);
    unique(at + "/name", "node", canonical_name(target.name), target.name);
    for (PlacedProblem& problem : check_target(target))
      add(at + problem.where, std::move(problem.message));
    for (std::size_t p = 0; p < target.portals.size(); ++p) {
      const IpAddress address = IpAddress::from_text(target.portals[p].address);
      const std::string place = at + "/portals/" + std::to_string(p) + "/address";
      if (address.is_name()) {
        resolvable(place, address.canonical());
      } else if (seen_.contains("address\n" + address.canonical())) {
        add(place, "is " + in_quotes(target.portals[p].address) +
                       ", the address of the initiator port at " +
                       seen_["address\n" + address.canonical()]);
      }
    }
    redirect(at, target.redirect_to);
    for (std::size_t p = 0; p < target.portals.size(); ++p)
      redirect(at + "/portals/" + std::to_string(p), target.portals[p].redirect_to);
  }

  void redirect(const std::string& at, const std::string& to) {
    const auto portal = to.empty() ? std::nullopt : Portal::from_text(to);
    if (portal && portal->address.is_name())
      resolvable(at + "/redirect_to", portal->address.canonical());
  }

  void resolvable(const std::string& where, const std::string& name) {
    if (hosts_.contains(lower(name))) return;
    std::vector<std::string_view> names;
    for (const HostConfig& host : config_.hosts) names.push_back(host.name);
    std::string message = "is the name " + in_quotes(name) + ", which \"hosts\" does not resolve";
    // The search for a near name is worth its time in a file of ordinary size only.
    const std::string near = names.size() <= 1000 ? wmi::nearest_name(name, names) : std::string();
    if (!near.empty()) message += "; did you mean " + near + "?";
    add(where, std::move(message));
  }

  const LabConfig& config_;
  std::vector<PlacedProblem>& problems_;
  std::unordered_set<std::string> hosts_;
  std::unordered_map<std::string, std::string> seen_;  // kind and value to the first place
};

std::vector<ConfigError> to_errors(std::string_view name, std::string_view text,
                                   const JsonNode& root, std::vector<Reader::Found>& found,
                                   std::vector<PlacedProblem>& placed) {
  std::vector<ConfigError> errors;
  for (Reader::Found& one : found) {
    const JsonPosition at = token_position(text, one.end);
    errors.push_back(
        {std::string(name), std::move(one.where), std::move(one.message), at.line, at.column});
  }
  for (PlacedProblem& one : placed) {
    const JsonPosition at = token_position(text, nearest_node(root, one.where).end);
    errors.push_back(
        {std::string(name), std::move(one.where), std::move(one.message), at.line, at.column});
  }
  return errors;
}

}  // namespace

std::string ConfigError::to_string() const {
  std::string result = file;
  if (line != 0) result += ':' + std::to_string(line) + ':' + std::to_string(column);
  result += ": ";
  // Of broken JSON, `where` is the place that has just been told.
  const bool told = line != 0 && !where.starts_with('/');
  if (!where.empty() && !told) result += where + ' ';
  return result + message;
}

std::expected<LabConfig, std::vector<ConfigError>> parse_lab(std::string_view name,
                                                             std::string_view text) {
  const auto fail = [&](std::string where, std::string message) {
    return std::unexpected(
        std::vector<ConfigError>{{std::string(name), std::move(where), std::move(message), 0, 0}});
  };
  try {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    const auto root = parse_json_tree(text);
    if (!root) {
      const JsonProblem& problem = root.error();
      const JsonPosition at = problem.position;
      std::string where;
      if (at.line != 0) {
        where = "line " + std::to_string(at.line) + ", column " + std::to_string(at.column);
      }
      return std::unexpected(std::vector<ConfigError>{
          {std::string(name), std::move(where), problem.message, at.line, at.column}});
    }
    LabConfig config;
    Reader reader;
    read_lab_object(reader, *root, config);
    std::vector<PlacedProblem> placed;
    if (reader.found().empty()) fill_defaults(config);
    CrossChecks(config, placed).run();
    std::unordered_set<std::string_view> known;
    for (const auto& one : reader.found()) known.insert(one.where);
    // What follows from an error that has been reported is not an error of its own.
    std::erase_if(placed, [&](const PlacedProblem& one) {
      const std::string_view where = one.where;
      return known.contains(where) || known.contains(where.substr(0, where.rfind('/')));
    });
    if (reader.found().empty() && placed.empty()) return config;
    return std::unexpected(to_errors(name, text, *root, reader.found(), placed));
  } catch (const std::exception& error) {
    return fail("", std::string("could not be read: ") + error.what());
  }
}

std::expected<LabConfig, std::vector<ConfigError>> read_lab_file(
    const std::filesystem::path& file) {
  const auto fail = [&](std::string message) {
    return std::unexpected(std::vector<ConfigError>{{file.string(), "", std::move(message), 0, 0}});
  };
  try {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (error || !std::filesystem::exists(status)) {
      return fail("cannot be opened: " + (error ? error.message() : std::string("no such file")));
    }
    if (std::filesystem::is_directory(status)) return fail("is a directory; expected a lab file");
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return fail("cannot be opened for reading");
    const std::size_t limit = JsonLimits{}.bytes + 1;
    std::string text;
    char buffer[65536];
    while (text.size() < limit && stream.read(buffer, sizeof buffer).gcount() > 0) {
      text.append(buffer, static_cast<std::size_t>(stream.gcount()));
    }
    if (stream.bad()) return fail("cannot be read to its end");
    auto config = parse_lab(file.string(), text);
    if (config) resolve_paths(*config, std::filesystem::absolute(file).parent_path());
    return config;
  } catch (const std::exception& error) {
    return fail(std::string("could not be read: ") + error.what());
  }
}

std::string lab_schema_text() {
  Json definitions = Json::object();
  Json root = lab_object_schema(definitions);
  Json lab = definitions["lab"];
  definitions.erase("lab");
  Json schema;
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "hbalab lab file";
  schema["description"] =
      "Adapters, their ports, and the fabric that they are cabled to. JSON; // and /* */ comments "
      "are "
      "allowed. Durations are milliseconds, or text such as \"15s\".";
  for (auto& [key, value] : lab.items()) schema[key] = value;
  schema["$defs"] = std::move(definitions);
  return schema.dump(2) + "\n";
}

}  // namespace hbalab::lab
