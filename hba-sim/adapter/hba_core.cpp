#include "hba-sim/adapter/hba_core.hpp"

#include <algorithm>
#include <cstring>

#include "hba-sim/adapter/metered_fabric.hpp"

namespace hbalab::adapter {
namespace {

constexpr std::string_view kAdapterIdSetting = "unique_adapter_id";

std::uint64_t fnv(std::string_view text, std::uint64_t hash = 0xCBF29CE484222325ull) {
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001B3ull;
  return hash;
}

}  // namespace

std::expected<std::unique_ptr<Hba>, std::string> Hba::create(HbaOptions options) {
  const auto file = options.state_dir / ("nvram-" + options.config.name + ".sqlite3");
  auto nvram = Nvram::open(file, options.enter);
  if (!nvram) return std::unexpected(nvram.error());
  return HbaCore::create(std::move(options), std::move(*nvram));
}

std::expected<std::unique_ptr<Hba>, std::string> HbaCore::create(HbaOptions options,
                                                                 std::unique_ptr<Nvram> nvram) {
  try {
    auto hba = std::unique_ptr<HbaCore>(new HbaCore(std::move(options), std::move(nvram)));
    if (!hba->store_->load_error().empty()) return std::unexpected(hba->store_->load_error());
    // In front of the identity, whose being there says that this has been done.
    const auto id = hba->nvram_->setting(kAdapterIdSetting);
    if (!id) return std::unexpected(id.error());
    const bool is_new = !id->has_value();
    if (is_new && hba->options_.config.nvram.security_cache_damaged) hba->damage_security_cache();
    if (auto loaded = hba->settings_.load(); !loaded) return std::unexpected(loaded.error());
    hba->apply_port_settings({});
    if (is_new) {
      if (auto stored = hba->store_initial_logins(); !stored) {
        return std::unexpected(stored.error());
      }
    }
    hba->take_identity(*id);
    hba->apply_faults(hba->config().faults);
    hba->nvram_->trim();
    return hba;
  } catch (const std::exception& error) {
    return std::unexpected(std::string("adapter: ") + error.what());
  }
}

HbaCore::HbaCore(HbaOptions options, std::unique_ptr<Nvram> nvram)
    : options_(std::move(options)),
      nvram_(std::move(nvram)),
      store_(std::make_unique<LoginStore>(*nvram_, options_.config.nvram.slots)),
      settings_(*nvram_),
      challenges_(fnv(options_.config.name, options_.seed)),
      places_(options_.config.max_sessions) {
  factory_name_ = options_.config.initiator_name.empty()
                      ? "iqn.2026-01.org.hbalab:" + options_.config.name
                      : options_.config.initiator_name;
  options_.fabric = std::make_shared<MeteredFabric>(
      options_.fabric, options_.clock, statistics_, [this](const IpAddress& from) {
        const auto port = std::ranges::find(ports_, from.canonical(), [](const PortInfo& info) {
          return info.address.canonical();
        });
        return static_cast<std::size_t>(port - ports_.begin());
      });
  make_ports();
  make_isns_client();
  settings_.on_change([this](const AdapterSettings& before) {
    apply_port_settings(before);
    apply_discovery_settings(before);
  });
  PersistentLogins::Host host{
      .try_login = [this](LoginStore::RecordId record) { return try_persistent(record); },
      .abandon = [this](LoginStore::RecordId record) { abandon_persistent(record); },
      .has_room = [this] { return has_room(); }};
  persistent_ = std::make_unique<PersistentLogins>(
      *options_.clock, options_.config.timing.retry_interval, std::move(host));
  store_->for_each(
      [this](LoginStore::RecordId record, const PersistentLogin&) { records_.saved(record); });
  store_->on_change([this](LoginStore::RecordId record, bool removed) {
    // A new record is not logged in to before the next start; a changed one takes effect at its
    // next try.
    if (!removed) return records_.saved(record);
    records_.removed(record);
    persistent_->record_removed(record);
  });
}

HbaCore::~HbaCore() { stop(); }

// The id is made once and kept. It comes from the seed, so that an adapter that lost its power
// before it was written makes the same one again.
void HbaCore::take_identity(const std::optional<Bytes>& stored) {
  std::mt19937_64 random(fnv(options_.config.name, options_.seed * 0x9E3779B97F4A7C15ull + 1));
  Bytes id(8);
  for (auto& byte : id) byte = static_cast<std::uint8_t>(random());
  id[0] |= 1;  // never zero
  const bool known = stored && stored->size() == id.size();
  if (known) id = *stored;
  std::memcpy(&adapter_id_, id.data(), id.size());
  if (!known) {
    Nvram::Change change;
    change.settings.emplace_back(kAdapterIdSetting, id);
    nvram_->submit(std::move(change), [](bool) {});
    nvram_->help();
  }
  ids_.emplace(*nvram_, adapter_id_);
  // Ahead of need, since it waits for the NVRAM; when it fails now, a login tries again.
  (void)ids_->prepare(IdAllocator::kBlock / 2);
}

void HbaCore::damage_security_cache() {
  Nvram::Change change;
  change.settings.emplace_back(kSecurityCacheSetting, Bytes(16, 0xFF));  // as erased flash
  // Written when the scope ends, on this thread: what is loaded next finds it.
  const Nvram::HelpScope helping(*nvram_);
  nvram_->submit(std::move(change), [](bool) {});
}

std::expected<void, std::string> HbaCore::store_initial_logins() {
  std::size_t stored = 0;
  const auto& logins = options_.config.persistent_logins;
  {
    // The writes and what follows them happen on this thread, when the scope ends.
    const Nvram::HelpScope helping(*nvram_);
    for (const lab::StoredLoginConfig& given : logins) {
      PersistentLogin login;
      login.target = IscsiName(from_wire_text(given.target));
      login.portal = Portal::from_text(given.portal).value_or(Portal{});
      if (given.text_address) {
        login.portal.address.text = from_wire_text(login.portal.address.canonical());
        login.portal.address.type = IpAddress::Type::text;
      }
      login.port.value = given.port;
      login.informational = given.informational;
      login.username.assign(given.user.begin(), given.user.end());
      login.password.assign(given.secret.begin(), given.secret.end());
      if (!given.secret.empty()) {
        login.options.information_specified = iscsi::ISCSI_LOGIN_OPTIONS_AUTH_TYPE;
        login.options.auth_type = 1;  // ISCSI_CHAP_AUTH_TYPE
      }
      store_->save(std::move(login),
                   [&stored](StoreResult result) { stored += result == StoreResult::ok ? 1 : 0; });
    }
  }
  if (stored == logins.size()) return {};
  return std::unexpected(
      nvram_->file().string() + ": " + std::to_string(logins.size() - stored) +
      " of the lab file's persistent logins could not be stored: " + nvram_->last_error());
}

std::u16string HbaCore::initiator_name() const {
  return settings_.now().nodes.in_force(factory_name());
}

std::u16string HbaCore::factory_name() const { return from_wire_text(factory_name_); }

std::array<std::uint8_t, 16> HbaCore::generational_guid() const {
  std::array<std::uint8_t, 16> guid{};
  std::ranges::copy(settings_.now().generational_guid, guid.begin());
  return guid;
}

void HbaCore::start(DriverHooks hooks) {
  stop();
  gate_ = std::make_shared<Gate>(options_.enter);
  hooks_ = std::move(hooks);
  statistics_->reset(ports_.size());
  persistent_->start(gate_);
}

void HbaCore::begin() {
  if (gate_ == nullptr || failed()) return;
  begin_discovery();
  persistent_->begin(records_.all());
}

void HbaCore::stop() {
  if (gate_ == nullptr) return;
  gate_->close();
  gate_.reset();
  hooks_ = {};
  isns_->stop();
  persistent_->stop();
  record_attempts_.clear();
  auto attempts = std::exchange(attempts_, {});
  for (auto& [machine, attempt] : attempts) machine->abort();
  for (const auto& [id, session] : sessions_.all()) cut(*session);
  sessions_.clear();
  places_.clear();
  committed_.clear();
  committing_ = 0;
  discovered_.clear();
  pings_.clear();
  targets_dirty_ = false;
  units_dirty_.clear();
  auto operations = std::exchange(operations_, {});
  for (auto& [id, operation] : operations) {
    cancel_timer(operation.timer);
    complete(std::move(operation), iscsi::ISDSC_TRANSPORT_ERROR);
  }
}

void HbaCore::for_each_session(const std::function<void(const SessionInfo&)>& visit) const {
  for (const auto& [id, session] : sessions_.all()) visit(session->info);
}

bool HbaCore::uses_node_name(const std::string& name) const {
  return std::ranges::any_of(sessions_.all(),
                             [&](const auto& entry) {
                               return IscsiName(entry.second->info.initiator_name).canonical() ==
                                      name;
                             }) ||
         std::ranges::any_of(attempts_, [&](const auto& entry) {
           return entry.first->plan().initiator_name == name;
         });
}

std::shared_ptr<Session> HbaCore::session_at(OsTarget place) const {
  const auto id = places_.session(place);
  auto session = id ? sessions_.find(*id) : nullptr;
  return session != nullptr && session->info.mapped ? session : nullptr;
}

std::vector<std::uint8_t> HbaCore::units(OsTarget place) const {
  std::vector<std::uint8_t> out;
  if (const auto session = session_at(place)) {
    for (const auto& lun : session->info.luns) out.push_back(lun.os_lun);
  }
  return out;
}

std::optional<DeviceInfo> HbaCore::device(ScsiAddress address) const {
  const auto session = session_at({address.path, address.target});
  if (session == nullptr) return std::nullopt;
  const auto& luns = session->info.luns;
  const auto lun = std::ranges::lower_bound(luns, address.lun, {}, &SessionInfo::Lun::os_lun);
  if (lun == luns.end() || lun->os_lun != address.lun) return std::nullopt;
  return DeviceInfo{address, session->info.id, lun->target_lun};
}

void HbaCore::cancel_timer(TimerId& timer) {
  if (timer != 0) options_.clock->cancel(std::exchange(timer, 0));
}

// Hooks run by themselves, not inside the call that gave the reason, and once for many reasons.
void HbaCore::announce_targets() {
  if (gate_ == nullptr || std::exchange(targets_dirty_, true)) return;
  gate_->run([this] {
    targets_dirty_ = false;
    if (hooks_.targets_changed) hooks_.targets_changed();
  });
}

void HbaCore::announce_units(const Session& session) {
  if (gate_ == nullptr || !session.place) return;
  const bool queued = !units_dirty_.empty();
  units_dirty_.insert(*session.place);
  if (queued) return;
  gate_->run([this] {
    for (const OsTarget place : std::exchange(units_dirty_, {})) {
      if (hooks_.units_changed) hooks_.units_changed(place);
    }
  });
}

void HbaCore::notify(Notice notice) {
  if (gate_ == nullptr) return;
  gate_->run([this, notice = std::move(notice)] {
    if (hooks_.notice) hooks_.notice(notice);
  });
}

void HbaCore::node_failed(LoginFailure type, const std::string& target, const Portal& portal) {
  notify(NodeFailed{.time = options_.clock->system_time(),
                    .type = type,
                    .target_name = from_wire_text(target),
                    .address = portal.address});
}

}  // namespace hbalab::adapter
