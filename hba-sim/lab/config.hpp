// The lab file: adapters, their ports and NVRAM, and the fabric that they are cabled to. JSON with
// comments, described by schemas/lab.schema.json.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "hba-sim/types.hpp"

namespace hbalab::lab {

using std::chrono::milliseconds;

struct PortConfig {
  std::string address;                        // "192.0.2.1" or IPv6, without a TCP port
  std::string network = "san";                // a port reaches the portals of the same network
  std::string mac;                            // "02:00:00:00:00:01"
  std::uint64_t link_speed = 10'000'000'000;  // bits per second
  bool link_up = true;
};

// A persistent login that is in the adapter's NVRAM when that is made.
struct StoredLoginConfig {
  std::string target;                // as it is stored, in any spelling
  std::string portal;                // ADDR[:PORT]
  bool text_address = false;         // the portal's address is stored as text, whatever it spells
  std::uint32_t port = 0xFFFFFFFFu;  // initiator port; 0xFFFFFFFF: any
  bool informational = false;
  std::string user, secret;  // CHAP; the secret empty: none
};

struct NvramConfig {
  std::uint32_t slots = 256;            // persistent logins
  bool security_cache_damaged = false;  // what a new NVRAM holds of it cannot be read
};

struct TimingConfig {
  milliseconds login_timeout{15'000};  // one login from connect to full feature
  milliseconds retry_interval{5'000};  // between tries of a persistent login, and of a lost session
  milliseconds device_removal{60'000};  // a lost session keeps its devices for so long
};

// A logical unit that somebody on this side holds open: its session cannot be logged out.
struct HeldDevice {
  std::string target;  // iSCSI name
  std::uint64_t lun = 0;
  bool operator==(const HeldDevice&) const = default;
};

// What is wrong with an adapter from the start; lab/adapters/NAME/faults changes it.
struct AdapterFaults {
  std::string health = "working";          // a name of adapter_healths() (config_rules.hpp)
  bool nvram_full = false;                 // no room for a further persistent login
  bool nvram_write_fails = false;          // every write
  std::uint32_t nvram_write_fails_at = 0;  // the so manieth write fails; 0: none
  std::vector<HeldDevice> devices_in_use;
};

// A portal of a target that an adapter knows without asking anybody.
struct StaticPortalConfig {
  std::string address;  // may be a name
  std::uint16_t port = 3260;
  std::uint16_t group = 1;
  std::string symbolic_name;
};
struct StaticTargetConfig {
  std::string name;  // iSCSI name
  std::string alias;
  std::vector<StaticPortalConfig> portals;
};

// A driver in a process of its own.
struct IsolationConfig {
  // A routine of the driver that has not returned by then is a hang, in real time; 0: none is.
  milliseconds hang{10'000};
};

// A driver writer's miniport, which runs the adapter instead of the built-in one.
struct MiniportConfig {
  std::string path;              // the shared object; relative to the lab file
  std::vector<std::string> mof;  // MOF files of its classes; relative to the lab file
  // What the driver finds below its Parameters key.
  std::vector<std::pair<std::string, std::variant<std::string, std::uint32_t>>> registry;
  bool check = true;                       // where drivers are checked at all
  std::optional<IsolationConfig> isolate;  // nothing: it runs in the lab's process
};

struct AdapterConfig {
  std::string name;             // "hba0": directory name under lab/adapters
  std::string device_instance;  // "PCI\\VEN_1077&DEV_4010&SUBSYS_00000000&REV_02\\3&11583659&0&08"
  std::string vendor_id, vendor_model, vendor_version, firmware_version, asic_version,
      option_rom_version, serial_number, driver_name;
  std::string initiator_name;  // default: iqn.2026-01.org.hbalab:<name>
  std::string initiator_alias;
  std::uint32_t max_sessions = 256;
  std::uint32_t max_cdb_length = 16;
  std::vector<std::string> functionality;  // ISCSI_HBA_FUNCTIONALITY names
  std::vector<PortConfig> ports;
  NvramConfig nvram;
  std::vector<StoredLoginConfig> persistent_logins;
  std::vector<StaticTargetConfig> static_targets;
  TimingConfig timing;
  AdapterFaults faults;
  // With it there is no simulated hardware: what describes that is not given.
  std::optional<MiniportConfig> miniport;
};

struct LunConfig {
  std::uint64_t lun = 0;
  std::uint64_t blocks = 2048;
  std::uint32_t block_size = 512;
  std::string vendor = "HBALAB", product = "VIRTUAL-DISK", revision = "0001", serial;
  std::string scsi_status;  // "", or a name of scsi_statuses() (config_rules.hpp)
};

struct PortalConfig {
  std::string address;  // may be a name that `hosts` resolves
  std::uint16_t port = 3260;
  std::uint16_t group = 1;  // target portal group tag
  std::string network = "san";
  std::string state = "up";  // up | refuse | unreachable (no answer at all)
  std::string redirect_to;   // portal to which logins here are sent on; empty: none
  bool redirect_permanently = false;
  std::string symbolic_name;          // as iSNS has it; empty: the host name, if there is one
  std::uint32_t security_bitmap = 0;  // as iSNS has it (RFC 4171 6.3.9)
};

struct ChapConfig {
  std::string user, secret;                // what the initiator must know; secret 12 to 16 bytes
  std::string mutual_user, mutual_secret;  // what the target answers with; empty: one-way only
};

struct TargetConfig {
  std::string name;  // iqn...
  std::string alias;
  std::vector<PortalConfig> portals;
  std::vector<LunConfig> luns;
  std::optional<ChapConfig> chap;
  milliseconds connect_delay{0};
  milliseconds login_delay{0};
  milliseconds logout_delay{0};
  milliseconds discovery_delay{0};
  std::string chap_fault;       // "" or a name of chap_faults()
  std::string discovery_fault;  // "" or a name of discovery_faults()
  std::string login_refusal;    // "" or a name of login_refusals() (config_rules.hpp)
  std::string redirect_to;      // portal, for the moved_* refusals
  std::vector<std::pair<std::string, std::string>>
      keys;          // negotiation limits: "MaxBurstLength": "65536"
  bool isns = true;  // registers with the iSNS servers of its portals' networks
};

// An iSNS server. It has the portals of its network that targets register.
struct IsnsServerConfig {
  std::string address;
  std::string network = "san";
  std::string state = "up";  // as of a portal
  milliseconds delay{0};     // before a query is answered
  bool announced = true;     // whether an adapter that searches for servers finds it
};

struct HostConfig {
  std::string name, address;
};

// A change of the bench that comes by itself.
struct ScheduledChange {
  milliseconds at{0};            // after the start of the lab
  milliseconds every{0};         // again and again; 0: once
  milliseconds jitter{0};        // up to this much later, at random
  std::string action = "write";  // write | make | remove
  std::string path;              // below lab/
  std::string text;              // to write
};

struct LabConfig {
  std::string name = "lab";
  std::vector<AdapterConfig> adapters;
  std::vector<TargetConfig> targets;
  std::vector<HostConfig> hosts;
  std::vector<IsnsServerConfig> isns_servers;
  std::uint64_t seed = 1;
  std::vector<ScheduledChange> schedule;
};

// Where the file is wrong: a JSON pointer (or line and column for syntax), what came, what was
// expected.
struct ConfigError {
  std::string file;
  std::string where;       // "/targets/2/portals/0/port", or "line 12, column 7"
  std::string message;     // "is 70000; expected a TCP port from 1 to 65535"
  std::uint32_t line = 0;  // of the value that is wrong; 0: not known
  std::uint32_t column = 0;
  // "FILE:LINE:COLUMN: /pointer message"
  [[nodiscard]] std::string to_string() const;
};

// All errors of the file, not the first only.
[[nodiscard]] std::expected<LabConfig, std::vector<ConfigError>> read_lab_file(
    const std::filesystem::path& file);
[[nodiscard]] std::expected<LabConfig, std::vector<ConfigError>> parse_lab(std::string_view name,
                                                                           std::string_view text);
// One adapter with a loaded miniport, as the lab file has it, for a lab that runs; files are named
// absolutely. `name` says what the text is, for messages.
[[nodiscard]] std::expected<AdapterConfig, std::vector<ConfigError>> parse_loaded_adapter(
    std::string_view name, std::string_view text);
// The text that parse_loaded_adapter reads.
[[nodiscard]] std::string loaded_adapter_text(const AdapterConfig& adapter);
// Fills in the device instance of an adapter with a loaded miniport.
void complete_loaded_adapter(AdapterConfig& adapter);
// JSON Schema (2020-12) of the lab file, made from the tables that the parser reads by. It is what
// schemas/lab.schema.json holds.
[[nodiscard]] std::string lab_schema_text();
// The sample lab, compiled in.
[[nodiscard]] std::string_view sample_lab_text();

}  // namespace hbalab::lab
