// An HBA on a bench: virtual clock, scripted fabric, NVRAM in memory that outlives the HBA.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hba-sim/adapter/hba_core.hpp"
#include "hba-sim/adapter_lock.hpp"
#include "tests/hba-sim/fake_fabric.hpp"

namespace hbalab::test {

// Every logical unit that the operating system can address.
inline std::vector<adapter::DeviceInfo> devices_of(const adapter::Hba& hba) {
  std::vector<adapter::DeviceInfo> out;
  hba.for_each_session([&](const adapter::SessionInfo& info) {
    if (!info.mapped) return;
    for (const std::uint8_t lun : hba.units({info.os_bus, info.os_target})) {
      const auto device = hba.device({info.os_bus, info.os_target, lun});
      if (device) out.push_back(*device);
    }
  });
  return out;
}

using namespace std::chrono_literals;
using adapter::LoginCommand;
using adapter::LoginOutcome;
using adapter::OperationId;
using iscsi::IsdscStatus;

struct Flash {
  std::map<std::uint64_t, Bytes> logins;
  std::map<std::string, Bytes, std::less<>> settings;
  std::uint64_t next_id = 1;
  bool broken = false;
  std::size_t readable = SIZE_MAX;  // so many settings can be read from now
  int reservations = 0;
};

class MemoryNvram final : public adapter::Nvram {
 public:
  MemoryNvram(std::shared_ptr<Flash> flash, Enter enter)
      : flash_(std::move(flash)), enter_(std::move(enter)) {}
  void submit(Change change, std::move_only_function<void(bool)> done) override {
    const bool ok = !flash_->broken;
    if (ok) {
      for (const auto slot : change.erase_logins) flash_->logins.erase(slot);
      for (auto& put : change.put_logins) flash_->logins[put.slot] = std::move(put.record);
      for (auto& [name, value] : change.settings) {
        if (value) {
          flash_->settings[name] = std::move(*value);
        } else {
          flash_->settings.erase(name);
        }
      }
    }
    enter_([done = std::move(done), ok]() mutable { done(ok); });
  }
  bool help() override { return false; }
  bool for_each_login(
      const std::function<void(std::uint64_t, std::span<const std::uint8_t>)>& visit) override {
    for (const auto& [slot, record] : flash_->logins) visit(slot, record);
    return true;
  }
  std::expected<std::optional<Bytes>, std::string> setting(std::string_view name) override {
    if (flash_->readable == 0) return std::unexpected("unreadable");
    --flash_->readable;
    const auto entry = flash_->settings.find(name);
    return entry != flash_->settings.end() ? std::optional(entry->second) : std::nullopt;
  }
  std::expected<std::uint64_t, std::string> reserve_ids(std::uint32_t count) override {
    if (flash_->broken) return std::unexpected("broken");
    ++flash_->reservations;
    return std::exchange(flash_->next_id, flash_->next_id + count);
  }
  void set_faults(const adapter::NvramFaults& faults) override {
    flash_->broken = faults.write_fails;
  }
  adapter::NvramFaults faults() const override { return {flash_->broken}; }

 private:
  std::shared_ptr<Flash> flash_;
  Enter enter_;
};

// What came of an operation.
template <typename Answer>
struct Pending {
  OperationId id = 0;
  std::shared_ptr<std::vector<Answer>> answers = std::make_shared<std::vector<Answer>>();
  [[nodiscard]] bool done() const { return !answers->empty(); }
  [[nodiscard]] const Answer& get() const { return answers->at(0); }
};
struct ScsiAnswer {
  IsdscStatus status;
  fabric::ScsiResponse response;
};
struct TextAnswer {
  IsdscStatus status;
  std::string text;
};

struct Rig {
  static lab::AdapterConfig default_config() {
    lab::AdapterConfig config;
    config.name = "hba0";
    config.ports = {{.address = "192.0.2.1",
                     .network = "san",
                     .mac = "",
                     .link_speed = 10'000'000'000,
                     .link_up = true},
                    {.address = "198.51.100.1",
                     .network = "san",
                     .mac = "",
                     .link_speed = 10'000'000'000,
                     .link_up = true}};
    return config;
  }

  explicit Rig(lab::AdapterConfig the_config = default_config()) : config(std::move(the_config)) {
    power_on();
  }
  ~Rig() { power_off(); }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  template <typename Action>
  auto run(Action action) {
    const AdapterLock::Scope scope(lock);
    return action();
  }

  // Fresh program on the same NVRAM.
  void power_on() {
    adapter::HbaOptions options;
    options.config = config;
    options.fabric = fabric;
    options.clock = clock;
    options.seed = 7;
    options.enter = [this](std::move_only_function<void()> action) {
      lock.enter(std::move(action));
    };
    auto made =
        adapter::HbaCore::create(options, std::make_unique<MemoryNvram>(flash, options.enter));
    hba = std::move(made.value());
    start();
  }
  void start() {
    run([&] {
      hba->start({.units_changed = [this](adapter::OsTarget) { ++bus_changes; },
                  .targets_changed = [this] { ++target_changes; },
                  .notice = [this](const adapter::Notice& n) { notices.push_back(n); }});
    });
  }
  void power_off() {
    if (hba == nullptr) return;
    run([&] { hba->stop(); });
    hba.reset();
  }
  void reset() {
    run([&] { hba->stop(); });
    start();
    begin();
  }
  void begin() {
    run([&] { hba->begin(); });
  }
  void advance(Duration by) { clock->advance(by); }

  static LoginCommand to(const std::string& target, const std::string& portal,
                         std::uint32_t type = 2) {
    LoginCommand command;
    command.session_type = type;
    command.login.target = IscsiName(adapter::from_wire_text(target));
    if (!portal.empty()) command.login.portal = Portal::from_text(portal).value();
    return command;
  }
  static LoginCommand to(const FakeTarget& target, std::uint32_t type = 2) {
    return to(target.name, target.portals.front(), type);
  }

  Pending<LoginOutcome> login(LoginCommand command) {
    Pending<LoginOutcome> pending;
    run([&] {
      pending.id = hba->login(std::move(command), [list = pending.answers](LoginOutcome outcome) {
        list->push_back(outcome);
      });
      // Inside the call only when it answered 0.
      inside_ok = inside_ok && (pending.id == 0) == pending.done();
    });
    return pending;
  }
  // A login that is done at once, on a fabric without delays.
  LoginOutcome log_in(LoginCommand command) {
    const auto pending = login(std::move(command));
    return pending.done() ? pending.get() : LoginOutcome{iscsi::ISDSC_NON_SPECIFIC_ERROR, {}, {}};
  }
  Pending<IsdscStatus> logout(SessionId session) {
    Pending<IsdscStatus> pending;
    run([&] {
      pending.id =
          hba->logout(session, [list = pending.answers](IsdscStatus s) { list->push_back(s); });
      inside_ok = inside_ok && (pending.id == 0) == pending.done();
    });
    return pending;
  }
  Pending<ScsiAnswer> scsi(SessionId session, std::uint64_t lun, Bytes cdb) {
    Pending<ScsiAnswer> pending;
    run([&] {
      pending.id = hba->scsi(session, lun, std::move(cdb), 4096,
                             [list = pending.answers](IsdscStatus s, fabric::ScsiResponse r) {
                               list->push_back({s, std::move(r)});
                             });
      inside_ok = inside_ok && (pending.id == 0) == pending.done();
    });
    return pending;
  }
  Pending<TextAnswer> send_targets(SessionId session, std::string text) {
    Pending<TextAnswer> pending;
    run([&] {
      pending.id = hba->send_targets(session, std::move(text),
                                     [list = pending.answers](IsdscStatus s, Bytes b) {
                                       list->push_back({s, std::string(b.begin(), b.end())});
                                     });
    });
    return pending;
  }
  adapter::StoreResult save(const LoginCommand& command) {
    auto result = adapter::StoreResult::nvram_failed;
    run([&] {
      auto login = command.login;
      login.informational = command.session_type == 1;
      hba->logins().save(std::move(login), [&](adapter::StoreResult r) { result = r; });
    });
    return result;
  }
  IsdscStatus change(adapter::SettingsStore::Change change) {
    std::optional<IsdscStatus> status;
    run([&] {
      hba->settings().modify(iscsi::ISDSC_NON_SPECIFIC_ERROR, std::move(change),
                             [&](IsdscStatus s) { status = s; });
    });
    return status.value();
  }
  void set_chap_secret(std::string_view secret) {
    REQUIRE(change([&](adapter::AdapterSettings& settings) {
              settings.chap_secret.assign(secret.begin(), secret.end());
              return iscsi::ISDSC_SUCCESS;
            }) == iscsi::ISDSC_SUCCESS);
  }
  adapter::StoreResult forget(const FakeTarget& target) {
    auto result = adapter::StoreResult::nvram_failed;
    run([&] {
      hba->logins().remove(
          {.port = {}, .target = IscsiName(adapter::from_wire_text(target.name)), .portal = {}},
          [&](adapter::StoreResult r, std::size_t) { result = r; });
    });
    return result;
  }
  std::vector<adapter::SessionInfo> sessions() {
    std::vector<adapter::SessionInfo> out;
    run([&] {
      hba->for_each_session([&](const adapter::SessionInfo& info) { out.push_back(info); });
    });
    return out;
  }
  std::vector<adapter::DeviceInfo> devices() {
    return run([&] { return devices_of(*hba); });
  }
  void set_link(std::uint32_t port, bool up) {
    run([&] { hba->set_link(port, up); });
  }

  lab::AdapterConfig config;
  std::shared_ptr<VirtualClock> clock = std::make_shared<VirtualClock>();
  std::shared_ptr<FakeFabric> fabric = std::make_shared<FakeFabric>(*clock);
  std::shared_ptr<Flash> flash = std::make_shared<Flash>();
  AdapterLock lock;
  int bus_changes = 0, target_changes = 0;
  std::vector<adapter::Notice> notices;
  bool inside_ok = true;
  std::unique_ptr<adapter::Hba> hba;
};

inline constexpr auto kPortal = "192.0.2.10:3260";
inline constexpr auto kTargetName = "iqn.2001-04.com.example:disk1";

}  // namespace hbalab::test
