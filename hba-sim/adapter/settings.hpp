// What the adapter keeps in NVRAM besides its persistent logins and its identity: everything that
// management software can set.
//
// Each member of AdapterSettings is a section: a setting of its own in the NVRAM, so that a change
// writes what it changed. How a section is stored stands in one table (settings_sections.cpp).
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hba-sim/adapter/nvram.hpp"
#include "hba-sim/adapter/security.hpp"
#include "hba-sim/types.hpp"
#include "iscsiop/status.hpp"

namespace hbalab::adapter {

// MSiSCSI_HBASessionConfig: what later logins offer. Lengths in bytes, in the ranges of RFC 7143
// 13.
struct SessionSettings {
  bool initial_r2t = false;
  bool immediate_data = true;
  std::uint32_t max_recv_data_segment_length = 262144;
  std::uint32_t max_burst_length = 262144;
  std::uint32_t first_burst_length = 65536;
  std::uint32_t max_outstanding_r2t = 1;
  bool operator==(const SessionSettings&) const = default;
  // Whether every length is in its range, and the first burst is no longer than a burst.
  [[nodiscard]] bool valid() const;
};

// MSiSCSI_TCPIPConfig of one port. Addresses in canonical form, "" for none.
struct PortSettings {
  bool use_link_local = false;
  bool enable_dhcp = false;
  bool use_dhcp_for_dns = false;
  std::string address;  // static; "": the one of the lab file
  std::string gateway, subnet_mask, preferred_dns, alternate_dns;
  bool operator==(const PortSettings&) const = default;
};

// Copies come and go with every change; each takes its secrets with it.
struct AdapterSettings {
  AdapterSettings() = default;
  AdapterSettings(const AdapterSettings&) = default;
  AdapterSettings(AdapterSettings&&) = default;
  AdapterSettings& operator=(const AdapterSettings&) = default;
  AdapterSettings& operator=(AdapterSettings&&) = default;
  ~AdapterSettings();

  SessionSettings session;
  std::vector<PortSettings> ports;  // by number; those behind the last were never set
  Bytes chap_secret;  // answers a target that proves itself by asking (mutual CHAP); empty: not set
  InitiatorNodes nodes;
  DiscoverySettings discovery;
  RadiusSettings radius;
  IpsecSettings ipsec;
  Bytes generational_guid;  // SetGenerationalGuid: 16 bytes; empty: never set
  BootSettings boot;
  bool operator==(const AdapterSettings&) const = default;
  [[nodiscard]] PortSettings port(std::size_t index) const {
    return index < ports.size() ? ports[index] : PortSettings{};
  }
};

// How a section gets into the NVRAM and out of it.
struct SettingsSection {
  std::string_view name;  // in the NVRAM
  // nullopt: the defaults, for which nothing is stored.
  std::optional<Bytes> (*save)(const AdapterSettings&);
  // False: not what `save` writes.
  bool (*load)(AdapterSettings&, std::span<const std::uint8_t>);
};
[[nodiscard]] std::span<const SettingsSection> settings_sections();
inline constexpr std::string_view kSecurityCacheSetting = "ipsec";

// Threads: under the HBA lock, like everything of the adapter; `load` and destruction without it.
class SettingsStore {
 public:
  using Status = iscsi::IsdscStatus;
  // Changes a copy of what is durable. A status other than ISDSC_SUCCESS leaves everything as it
  // was.
  using Change = std::move_only_function<Status(AdapterSettings&)>;
  using Done = std::move_only_function<void(Status)>;

  explicit SettingsStore(Nvram& nvram);
  ~SettingsStore();
  SettingsStore(const SettingsStore&) = delete;
  SettingsStore& operator=(const SettingsStore&) = delete;

  // The error names the setting that cannot be read.
  [[nodiscard]] std::expected<void, std::string> load();
  // What is durable.
  [[nodiscard]] const AdapterSettings& now() const;
  // Runs `change` when its turn has come, makes the result durable, then calls `done`: with the
  // status of `change`, or with `failed` where the NVRAM could not be written; nothing has changed
  // then. Changes that wait for each other become durable together. What is under way survives a
  // reset of the adapter, and happens also when its store is gone; `done` then does not run.
  void modify(Status failed, Change change, Done done);
  // Called after a change is durable, before its `done`; `before` is what was.
  void on_change(std::function<void(const AdapterSettings& before)> listener);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace hbalab::adapter
