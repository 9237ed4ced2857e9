#include "hba-sim/lab/adapter_controls.hpp"

#include <algorithm>
#include <cstdio>

#include "hba-sim/adapter/removal_hint.hpp"
#include "hba-sim/lab/config_json.hpp"
#include "hba-sim/lab/config_rules.hpp"

namespace hbalab::lab {
namespace {

using Adapter = std::shared_ptr<RunningAdapter>;

std::unexpected<ControlError> ended() {
  return control_error(ENODEV, "the lab of this adapter has ended");
}

// A getter that looks at the HBA under its lock.
template <typename Read>
std::function<ControlText()> locked(const Adapter& adapter, Read read) {
  return [adapter, read]() -> ControlText {
    const AdapterLock::Scope scope(adapter->entrance->lock);
    if (!adapter->hba) return ended();
    return read(*adapter->hba);
  };
}

// A setter for a switch; the change is made under the lock.
template <typename Apply>
std::function<ControlDone(std::string_view)> switch_setter(const Adapter& adapter, Apply apply) {
  return [adapter, apply](std::string_view text) -> ControlDone {
    const auto on = parse_control_switch(text);
    if (!on) return std::unexpected(on.error());
    const AdapterLock::Scope scope(adapter->entrance->lock);
    if (!adapter->hba) return ended();
    apply(*adapter->hba, *on);
    return {};
  };
}

std::string guid_text(const std::array<std::uint8_t, 16>& guid) {
  return wmi::Guid{guid}.to_string();
}

std::string hex64(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%016llx", static_cast<unsigned long long>(value));
  return text;
}

std::shared_ptr<ControlDirectory> make_port(const Adapter& adapter, std::uint32_t index) {
  auto directory = std::make_shared<FixedDirectory>();
  const PortConfig& config = adapter->hba->config().ports[index];
  auto port = [index](const adapter::Hba& hba) { return hba.ports()[index]; };
  directory->file(
      "address",
      locked(adapter, [port](const adapter::Hba& hba) { return port(hba).address.canonical(); }),
      [adapter, index](std::string_view text) -> ControlDone {
        const IpAddress address = IpAddress::from_text(text);
        if (address.empty() || address.is_name()) {
          return control_error(EINVAL, "'" + std::string(text) + "' is no IPv4 or IPv6 address");
        }
        const AdapterLock::Scope scope(adapter->entrance->lock);
        if (!adapter->hba) return ended();
        adapter->hba->set_port_address(index, address);
        return {};
      });
  directory->file(
      "link",
      locked(adapter,
             [port](const adapter::Hba& hba) {
               return std::string(port(hba).link_up ? "up" : "down");
             }),
      switch_setter(adapter, [index](adapter::Hba& hba, bool up) { hba.set_link(index, up); }));
  directory->file(
      "mac",
      locked(adapter, [port](const adapter::Hba& hba) { return adapter::to_text(port(hba).mac); }),
      [adapter, index](std::string_view text) -> ControlDone {
        const auto mac = adapter::parse_mac(text);
        if (auto problem = check_mac(text); problem || !mac) {
          return control_error(EINVAL,
                               "'" + std::string(text) + "' is not " + problem.value_or(""));
        }
        const AdapterLock::Scope scope(adapter->entrance->lock);
        if (!adapter->hba) return ended();
        adapter->hba->set_mac(index, *mac);
        return {};
      });
  directory->file("network", [network = config.network]() -> ControlText { return network; });
  directory->file(
      "link_speed",
      locked(adapter,
             [port](const adapter::Hba& hba) { return std::to_string(port(hba).link_speed); }),
      [adapter, index, fastest = config.link_speed](std::string_view text) -> ControlDone {
        const auto speed = parse_control_number(text, 1'000'000, fastest);
        if (!speed) return std::unexpected(speed.error());
        const AdapterLock::Scope scope(adapter->entrance->lock);
        if (!adapter->hba) return ended();
        adapter->hba->set_link_speed(index, *speed);
        return {};
      });
  return directory;
}

std::shared_ptr<ControlDirectory> make_ports(const Adapter& adapter) {
  auto directory = std::make_shared<FixedDirectory>();
  for (std::uint32_t i = 0; i < adapter->hba->config().ports.size(); ++i) {
    directory->directory(std::to_string(i), make_port(adapter, i));
  }
  return directory;
}

std::shared_ptr<ControlDirectory> make_nvram(const Adapter& adapter) {
  auto directory = std::make_shared<FixedDirectory>();
  directory->file("slots", locked(adapter, [](const adapter::Hba& hba) {
                    return std::to_string(hba.config().nvram.slots);
                  }));
  directory->file("used", locked(adapter, [](adapter::Hba& hba) {
                    return std::to_string(hba.logins().size());
                  }));
  directory->file("missed_removal", locked(adapter, [](adapter::Hba& hba) {
                    const auto& missed = hba.missed_removal();
                    return missed ? adapter::explain_missed_removal(hba.logins(), *missed)
                                  : std::string();
                  }));
  directory->file("last_error",
                  locked(adapter, [](adapter::Hba& hba) { return hba.nvram().last_error(); }));
  return directory;
}

void add_nvram_switch(FixedDirectory& directory, const Adapter& adapter, const char* file,
                      bool adapter::NvramFaults::* member) {
  directory.file(file,
                 locked(adapter,
                        [member](adapter::Hba& hba) {
                          return std::string(hba.nvram().faults().*member ? "1" : "0");
                        }),
                 switch_setter(adapter, [member](adapter::Hba& hba, bool on) {
                   auto faults = hba.nvram().faults();
                   faults.*member = on;
                   hba.nvram().set_faults(faults);
                 }));
}

// Which write fails, counted from when it is written; when read, how many are left until then.
void add_nvram_countdown(FixedDirectory& directory, const Adapter& adapter) {
  directory.file(
      "nvram_write_fails_at",
      locked(adapter,
             [](adapter::Hba& hba) { return std::to_string(hba.nvram().faults().fails_at); }),
      [adapter](std::string_view text) -> ControlDone {
        const auto which = parse_control_number(text, 0, 0xFFFFFFFFu);
        if (!which) return std::unexpected(which.error());
        const AdapterLock::Scope scope(adapter->entrance->lock);
        if (!adapter->hba) return ended();
        auto faults = adapter->hba->nvram().faults();
        faults.fails_at = static_cast<std::uint32_t>(*which);
        adapter->hba->nvram().set_faults(faults);
        return {};
      });
}

// Lines "IQN LUN".
std::expected<std::vector<HeldDevice>, ControlError> parse_held_devices(std::string_view text) {
  std::vector<HeldDevice> devices;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty()) continue;
    const std::size_t blank = line.find(' ');
    const std::string_view name = line.substr(0, blank);
    if (blank == std::string_view::npos || check_iscsi_name(name)) {
      return control_error(
          EINVAL, "is " + in_quotes(line) + "; expected lines of an iSCSI name, a blank and a LUN");
    }
    const auto lun = parse_control_number(line.substr(blank + 1), 0, kMaxLunNumber);
    if (!lun) return std::unexpected(lun.error());
    devices.push_back({std::string(name), *lun});
  }
  return devices;
}

void add_devices_in_use(FixedDirectory& directory, const Adapter& adapter) {
  directory.file("devices_in_use",
                 locked(adapter,
                        [](adapter::Hba& hba) {
                          std::string text;
                          for (const HeldDevice& held : hba.devices_in_use())
                            text += held.target + ' ' + std::to_string(held.lun) + '\n';
                          return text;
                        }),
                 [adapter](std::string_view text) -> ControlDone {
                   auto devices = parse_held_devices(text);
                   if (!devices) return std::unexpected(std::move(devices.error()));
                   const AdapterLock::Scope scope(adapter->entrance->lock);
                   if (!adapter->hba) return ended();
                   adapter->hba->set_devices_in_use(*std::move(devices));
                   return {};
                 });
}

void add_health(FixedDirectory& directory, const Adapter& adapter) {
  directory.file(
      "health",
      locked(adapter,
             [](adapter::Hba& hba) { return std::string(adapter_healths()[hba.health()]); }),
      [adapter](std::string_view text) -> ControlDone {
        const auto names = adapter_healths();
        const auto found = std::ranges::find(names, text);
        if (found == names.end()) {
          return control_error(EINVAL,
                               "is " + in_quotes(text) + "; " + expected_one_of(text, names));
        }
        const AdapterLock::Scope scope(adapter->entrance->lock);
        if (!adapter->hba) return ended();
        adapter->hba->set_health(static_cast<iscsi::ISCSI_HBA_STATUS>(found - names.begin()));
        return {};
      });
}

std::shared_ptr<ControlDirectory> make_faults(const Adapter& adapter) {
  auto directory = std::make_shared<FixedDirectory>();
  add_health(*directory, adapter);
  add_nvram_switch(*directory, adapter, "nvram_write_fails", &adapter::NvramFaults::write_fails);
  add_nvram_switch(*directory, adapter, "nvram_full", &adapter::NvramFaults::full);
  add_nvram_countdown(*directory, adapter);
  add_devices_in_use(*directory, adapter);
  return directory;
}

}  // namespace

void RunningAdapter::end() {
  if (device) device->stop();
  std::unique_ptr<adapter::Hba> last;
  {
    const AdapterLock::Scope scope(entrance->lock);
    entrance->open = false;
    last = std::move(hba);
  }
}

namespace {

void add_hardware(FixedDirectory& directory, const Adapter& adapter) {
  directory.file("initiator_name", locked(adapter, [](const adapter::Hba& hba) {
                   return IscsiName(hba.initiator_name()).canonical();
                 }));
  directory.file("unique_adapter_id", locked(adapter, [](const adapter::Hba& hba) {
                   return hex64(hba.unique_adapter_id());
                 }));
  directory.file("generational_guid", locked(adapter, [](const adapter::Hba& hba) {
                   return guid_text(hba.generational_guid());
                 }));
  directory.file("sessions", locked(adapter, [](const adapter::Hba& hba) {
                   return std::to_string(hba.session_count());
                 }));
  directory.directory("ports", make_ports(adapter));
  directory.directory("nvram", make_nvram(adapter));
  directory.directory("faults", make_faults(adapter));
}

}  // namespace

std::shared_ptr<ControlDirectory> make_adapter_controls(std::shared_ptr<RunningAdapter> adapter) {
  auto directory = std::make_shared<FixedDirectory>();
  directory->file("device_instance",
                  [text = adapter->config.device_instance]() -> ControlText { return text; });
  directory->file("miniport", [adapter]() -> ControlText { return adapter->miniport; });
  directory->file("state", [adapter]() -> ControlText {
    const std::string device(adapter->device->state());
    const AdapterLock::Scope scope(adapter->entrance->lock);
    return adapter->entrance->open ? device : "stopped";
  });
  directory->file(
      "pending", [adapter]() -> ControlText { return std::to_string(adapter->device->pending()); });
  directory->write_only("reset", [adapter](std::string_view) -> ControlDone {
    if (auto done = adapter->device->reset(); !done) return control_error(EIO, done.error());
    return {};
  });
  if (adapter->hba) add_hardware(*directory, adapter);
  if (adapter->report) {
    directory->file("report", [adapter]() -> ControlText {
      std::string text = adapter->report();
      const std::scoped_lock lock(adapter->restart_mutex);
      if (!adapter->restart_failure.empty()) text += "restart: " + adapter->restart_failure + '\n';
      return text;
    });
  }
  if (adapter->restart) {
    directory->write_only("restart", [adapter](std::string_view) { return adapter->restart(); });
  }
  if (adapter->config.miniport && adapter->config.miniport->isolate) {
    directory->file("process", [adapter]() -> ControlText {
      return std::to_string(adapter->device->process());
    });
  }
  if (adapter->log) directory->log("log", adapter->log);
  return directory;
}

}  // namespace hbalab::lab
