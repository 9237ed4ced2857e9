#include "iscsidsc/state.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <set>

#include "iscsidsc/state_records.hpp"

namespace hbalab::dsc {
namespace {

constexpr std::string_view kPortals = "send-target-portal";
constexpr std::string_view kDiscovered = "discovered-target";
constexpr std::string_view kStatic = "static-target";
constexpr std::string_view kValues = "value";
constexpr std::string_view kTunnels = "tunnel-address";
constexpr std::string_view kIkeKeys = "ike-key";
constexpr std::string_view kNumbers = "device-number";
constexpr std::string_view kTexts[] = {"isns-server", "radius-server", "bound-device"};
constexpr std::string_view kValueNames[] = {"node-name",     "former-node-name", "chap-secret",
                                            "radius-secret", "group-key",        "settings-mark"};

// Keys are made of what compares equal however it is written.
std::string folded(std::u16string_view text) {
  std::string key;
  append_folded(key, text);
  return key;
}

std::string key_of(const SendTargetPortal& portal) {
  return folded(portal.initiator) + '\n' + std::to_string(portal.port) + '\n' +
         portal.portal.canonical();
}

std::string key_of(const TunnelAddress& address) {
  return folded(address.initiator) + '\n' + std::to_string(address.port) + '\n' +
         folded(address.destination);
}

std::string key_of(const IkeKey& key) {
  SecretText id;
  append_hex(id, key.id);
  return folded(key.initiator) + '\n' + std::to_string(key.port) + '\n' +
         std::to_string(key.id_type) + '\n' + id;
}

std::string target_key(const std::u16string& name) { return IscsiName(name).canonical(); }

std::string key_of(const TargetInstance& target) {
  return target_key(target.name) + '\n' + target.source;
}

template <typename T>
T parsed(const SecretText& record) {
  auto value = Json::parse(json_of(record)).get<T>();
  if constexpr (requires { value.options; }) {
    read_secrets(record, {&value.options.username, &value.options.password});
  } else if constexpr (requires { value.key; }) {
    read_secrets(record, {&value.key});
  }
  return value;
}

template <typename T>
std::vector<T> parsed(const std::vector<Database::Item>& items) {
  std::vector<T> list;
  list.reserve(items.size());
  for (const auto& item : items) list.push_back(parsed<T>(item.record));
  return list;
}

template <typename T>
SecretText written(const T& value) {
  const std::string json = Json(value).dump();
  if constexpr (requires { value.options; }) {
    return with_secrets(json, {&value.options.username, &value.options.password});
  } else if constexpr (requires { value.key; }) {
    return with_secrets(json, {&value.key});
  }
  return SecretText(std::string_view(json));
}

}  // namespace

std::vector<SendTargetPortal> State::portals() {
  return parsed<SendTargetPortal>(db_.items(kPortals));
}
bool State::has_portal(const SendTargetPortal& portal) {
  return db_.find(kPortals, key_of(portal)).has_value();
}
void State::put_portal(const SendTargetPortal& portal) {
  db_.put(kPortals, key_of(portal), written(portal));
}
bool State::erase_portal(const SendTargetPortal& portal) {
  return db_.erase(kPortals, key_of(portal));
}

std::string State::source_of(const SendTargetPortal& portal) { return key_of(portal); }

std::vector<TargetInstance> State::discovered() {
  return parsed<TargetInstance>(db_.items(kDiscovered));
}

std::vector<TargetInstance> State::discovered(const std::u16string& target) {
  return parsed<TargetInstance>(db_.items(kDiscovered, target_key(target) + '\n'));
}

void State::replace_discovered(const std::string& source,
                               const std::vector<TargetInstance>& targets) {
  const std::string suffix = '\n' + source;
  std::set<std::string> found;
  for (const TargetInstance& target : targets) {
    put_discovered(target);
    found.insert(key_of(target));
  }
  for (const auto& item : db_.items(kDiscovered)) {
    if (item.key.ends_with(suffix) && !found.contains(item.key)) db_.erase(kDiscovered, item.key);
  }
}

void State::put_discovered(const TargetInstance& target) {
  db_.put(kDiscovered, key_of(target), written(target));
}

std::vector<StaticTarget> State::static_targets() {
  return parsed<StaticTarget>(db_.items(kStatic));
}

std::optional<StaticTarget> State::static_target(const std::u16string& name) {
  const auto record = db_.find(kStatic, target_key(name));
  if (!record) return std::nullopt;
  return parsed<StaticTarget>(*record);
}

void State::put_static_target(const StaticTarget& target) {
  db_.put(kStatic, target_key(target.name), written(target));
}
bool State::erase_static_target(const std::u16string& name) {
  return db_.erase(kStatic, target_key(name));
}

std::vector<std::u16string> State::texts(Texts list) {
  std::vector<std::u16string> found;
  for (const auto& item : db_.items(kTexts[static_cast<std::size_t>(list)])) {
    found.push_back(from_text(parsed<std::string>(item.record)));
  }
  return found;
}
bool State::has_text(Texts list, const std::u16string& text) {
  return db_.find(kTexts[static_cast<std::size_t>(list)], folded(text)).has_value();
}
void State::put_text(Texts list, const std::u16string& text) {
  db_.put(kTexts[static_cast<std::size_t>(list)], folded(text), written(to_text(text)));
}
bool State::erase_text(Texts list, const std::u16string& text) {
  return db_.erase(kTexts[static_cast<std::size_t>(list)], folded(text));
}
void State::clear_texts(Texts list) { db_.erase_all(kTexts[static_cast<std::size_t>(list)]); }

// A text of JSON, which hexadecimal digits make without what writes JSON.
std::optional<SecretBytes> State::value(Value name) {
  const auto record = db_.find(kValues, kValueNames[static_cast<std::size_t>(name)]);
  if (!record || record->size() < 2) return std::nullopt;
  return from_hex(std::string_view(*record).substr(1, record->size() - 2));
}
void State::put_value(Value name, const Bytes& value) {
  SecretText record;
  record.reserve(2 * value.size() + 2);
  record += '"';
  append_hex(record, value);
  record += '"';
  db_.put(kValues, kValueNames[static_cast<std::size_t>(name)], record);
}
void State::erase_value(Value name) {
  db_.erase(kValues, kValueNames[static_cast<std::size_t>(name)]);
}

std::vector<TunnelAddress> State::tunnel_addresses() {
  return parsed<TunnelAddress>(db_.items(kTunnels));
}
std::optional<TunnelAddress> State::tunnel_address(const TunnelAddress& address) {
  const auto record = db_.find(kTunnels, key_of(address));
  if (!record) return std::nullopt;
  return parsed<TunnelAddress>(*record);
}
void State::put_tunnel_address(const TunnelAddress& address) {
  db_.put(kTunnels, key_of(address), written(address));
}
bool State::erase_tunnel_address(const TunnelAddress& address) {
  return db_.erase(kTunnels, key_of(address));
}

std::vector<IkeKey> State::ike_keys() { return parsed<IkeKey>(db_.items(kIkeKeys)); }
std::vector<IkeKey> State::ike_keys(const std::u16string& initiator) {
  return parsed<IkeKey>(db_.items(kIkeKeys, folded(initiator) + '\n'));
}
void State::put_ike_key(const IkeKey& key) { db_.put(kIkeKeys, key_of(key), written(key)); }
bool State::erase_ike_key(const IkeKey& key) { return db_.erase(kIkeKeys, key_of(key)); }

ULONG State::device_number(const std::string& device) {
  std::set<ULONG> taken;
  for (const auto& item : db_.items(kNumbers)) {
    const auto number = parsed<ULONG>(item.record);
    if (item.key == device) return number;
    taken.insert(number);
  }
  ULONG free = 1;
  while (taken.contains(free)) ++free;
  db_.put(kNumbers, device, written(free));
  return free;
}

std::string state_directory() {
  const auto variable = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (auto given = variable("HBALAB_DSC_STATE"); !given.empty()) return given;
  if (auto base = variable("XDG_STATE_HOME"); !base.empty()) return base + "/hbalab/dsc";
  const auto home = variable("HOME");
  return (home.empty() ? "/tmp" : home) + "/.local/state/hbalab/dsc";
}

std::optional<StateStamp> state_stamp() {
  const std::string file = Database::file_in(state_directory());
  const auto part = [](const std::string& path) -> std::optional<StateStamp::Part> {
    struct stat attributes{};
    if (::stat(path.c_str(), &attributes) != 0) return std::nullopt;
    return StateStamp::Part{attributes.st_ino, static_cast<std::uint64_t>(attributes.st_size),
                            attributes.st_mtim.tv_sec, attributes.st_mtim.tv_nsec};
  };
  const auto there = part(file);
  if (!there) return std::nullopt;
  return StateStamp{*there, part(file + "-wal").value_or(StateStamp::Part{})};
}

namespace {

// What is not to persist is as old as the machine's newest start: its random id says which.
std::string boot_id() {
  std::string id;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), id);
  return id;
}

struct Opened {
  std::mutex mutex;  // one transaction at a time in this process
  std::string directory;
  std::unique_ptr<Database> database;
};

// Never destroyed: a program's own threads may still be in a call when it ends.
Opened& opened() {
  static auto* const instance = new Opened;
  return *instance;
}

ISDSC_STATUS forget_old(Database& database) {
  constexpr std::string_view kBoot = "boot-id";
  const SecretText now = written(boot_id());
  std::optional<SecretText> before;
  const auto status = database.read([&] {
    before = database.find(kValues, kBoot);
    return ISDSC_SUCCESS;
  });
  if (status != ISDSC_SUCCESS || before == now) return status;
  return database.write([&] {
    State state(database);
    for (const StaticTarget& target : state.static_targets()) {
      if (!target.persist) state.erase_static_target(target.name);
    }
    for (const IkeKey& key : state.ike_keys()) {
      if (!key.persist) state.erase_ike_key(key);
    }
    database.put(kValues, kBoot, now);
    return ISDSC_SUCCESS;
  });
}

ISDSC_STATUS with_database(const std::function<ISDSC_STATUS(Database&)>& body) {
  const std::string directory = state_directory();
  Opened& state = opened();
  const std::scoped_lock lock(state.mutex);
  if (!state.database || state.directory != directory || !state.database->current()) {
    state.database.reset();
    auto database = Database::open(directory);
    if (!database) return database.error();
    state.database = *std::move(database);
    state.directory = directory;
    if (const auto status = forget_old(*state.database); status != ISDSC_SUCCESS) return status;
  }
  return body(*state.database);
}

}  // namespace

ISDSC_STATUS read_state(const std::function<ISDSC_STATUS(State&)>& body) {
  return with_database([&](Database& database) {
    State state(database);
    return database.read([&] { return body(state); });
  });
}

ISDSC_STATUS write_state(const std::function<ISDSC_STATUS(State&)>& body) {
  return with_database([&](Database& database) {
    State state(database);
    return database.write([&] { return body(state); });
  });
}

}  // namespace hbalab::dsc
