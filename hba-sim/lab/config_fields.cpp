#include "hba-sim/lab/config_fields.hpp"

#include "hba-sim/fabric/negotiation.hpp"

namespace hbalab::lab {
namespace {

constexpr std::size_t kMaxAdapters = 10'000;
constexpr std::size_t kMaxPorts = 64;
constexpr std::size_t kMaxTargets = 100'000;
constexpr std::size_t kMaxHeldDevices = 4096;
constexpr std::size_t kMaxIsnsServers = 1000;
constexpr std::size_t kMaxStaticTargets = 4096;
constexpr std::size_t kMaxScheduled = 10'000;

// Patterns are the coarse form of the rules, for editors that check against the schema.
constexpr std::string_view kNamePattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";
constexpr std::string_view kIscsiNamePattern =
    "^([Ii][Qq][Nn]|[Ee][Uu][Ii]|[Nn][Aa][Aa])\\..{1,219}$";
constexpr std::string_view kMacPattern = "^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$";
constexpr std::string_view kDevicePattern = "^[^\\\\/, ]+\\\\[^\\\\/, ]+\\\\[^\\\\/, ]+$";

TextRule name_rule() { return {check_object_name, kNamePattern}; }
TextRule plain_rule() { return {check_plain_text}; }

TextRule ascii_rule(std::size_t longest) {
  return {[longest](std::string_view text) { return check_ascii(text, longest); }};
}

// A key for the benefit of editors only.
Field<LabConfig> schema_reference() {
  return {"$schema", "The JSON Schema of this file, for editors; not used by the lab.", false,
          [](Reader& reader, const JsonNode& node, LabConfig&) {
            std::string ignored;
            (void)read_text(reader, node, TextRule{[](std::string_view) { return Problem(); }},
                            ignored);
          },
          [](Definitions&) { return Json{{"type", "string"}}; }};
}

Field<AdapterConfig> functionality_field() {
  return {"functionality", "What MSiSCSI_HBAInformation reports in FunctionalitySupported.", false,
          [](Reader& reader, const JsonNode& node, AdapterConfig& owner) {
            if (node.type != JsonNode::Type::array)
              return reader.mismatch(node, "an array of names");
            const TextRule rule{{}, {}, functionality_names()};
            for (std::size_t i = 0; i < node.children.size() && !reader.full(); ++i) {
              const Reader::Step step(reader, i);
              std::string name;
              if (!read_text(reader, node.children[i], rule, name)) continue;
              if (contains(std::vector<std::string_view>(owner.functionality.begin(),
                                                         owner.functionality.end()),
                           name)) {
                reader.fail(node.children[i], "is " + in_quotes(name) + ", which is given twice");
                continue;
              }
              owner.functionality.push_back(std::move(name));
            }
          },
          [](Definitions&) {
            return Json{{"type", "array"},
                        {"items", text_schema(TextRule{{}, {}, functionality_names()})},
                        {"uniqueItems", true}};
          }};
}

Field<TargetConfig> keys_field() {
  return {"keys", "Limits that the target negotiates with, by RFC 7143 key name.", false,
          [](Reader& reader, const JsonNode& node, TargetConfig& owner) {
            if (node.type != JsonNode::Type::object) {
              return reader.mismatch(node, "an object of key names and values as text");
            }
            for (std::size_t i = 0; i < node.names.size() && !reader.full(); ++i) {
              const Reader::Step step(reader, std::string_view(node.names[i]));
              const std::string& name = node.names[i];
              if (!contains(fabric::target_key_names(), name)) {
                reader.fail(node.children[i],
                            "is not a key that a target can be given; " +
                                expected_one_of(name, fabric::target_key_names()));
                continue;
              }
              std::string value;
              if (read_text(reader, node.children[i], plain_rule(), value)) {
                owner.keys.emplace_back(name, std::move(value));
              }
            }
          },
          [](Definitions&) {
            Json properties = Json::object();
            for (const std::string_view name : fabric::target_key_names()) {
              properties[std::string(name)] = Json{{"type", "string"}};
            }
            return Json{{"type", "object"},
                        {"properties", std::move(properties)},
                        {"additionalProperties", false}};
          }};
}

}  // namespace

template <>
struct Table<PortConfig> {
  static std::string_view title() { return "port"; }
  static const std::vector<Field<PortConfig>>& fields() {
    using Owner = PortConfig;
    static const std::vector<Field<Owner>> table = {
        text_field<Owner>(
            {"address", "IPv4 or IPv6 address of the port, without a TCP port.", true},
            &Owner::address, {check_address_literal}),
        text_field<Owner>(
            {"network", "Network that the port is plugged into; it reaches the portals there."},
            &Owner::network, name_rule()),
        text_field<Owner>({"mac", "MAC address; made from the position of the port when missing."},
                          &Owner::mac, {check_mac, kMacPattern}),
        integer_field<Owner>({"link_speed", "Bits a second."}, &Owner::link_speed, 1'000'000,
                             1'000'000'000'000),
        boolean_field<Owner>({"link_up", "Whether the link is up at the start."}, &Owner::link_up)};
    return table;
  }
};

template <>
struct Table<StoredLoginConfig> {
  static std::string_view title() { return "persistent_login"; }
  static const std::vector<Field<StoredLoginConfig>>& fields() {
    using Owner = StoredLoginConfig;
    static const std::vector<Field<Owner>> table = {
        text_field<Owner>({"target", "iSCSI name, kept in the spelling given here.", true},
                          &Owner::target, {check_iscsi_name, kIscsiNamePattern}),
        text_field<Owner>({"portal", "Portal of the target.", true}, &Owner::portal,
                          {check_portal}),
        boolean_field<Owner>({"text_address", "Stores the portal's address as text."},
                             &Owner::text_address),
        integer_field<Owner>({"port", "Initiator port; 4294967295 for any."}, &Owner::port, 0,
                             0xFFFFFFFFu),
        boolean_field<Owner>({"informational", "Whether its LUNs stay hidden."},
                             &Owner::informational),
        text_field<Owner>({"user", "CHAP name."}, &Owner::user, plain_rule()),
        text_field<Owner>({"secret", "CHAP secret, 12 to 16 bytes."}, &Owner::secret,
                          {check_secret, {}, {}, true})};
    return table;
  }
};

template <>
struct Table<NvramConfig> {
  static std::string_view title() { return "nvram"; }
  static const std::vector<Field<NvramConfig>>& fields() {
    static const std::vector<Field<NvramConfig>> table = {
        integer_field<NvramConfig>({"slots", "How many persistent logins fit."},
                                   &NvramConfig::slots, 0, 10'000'000),
        boolean_field<NvramConfig>(
            {"security_cache_damaged", "Whether a new NVRAM's cache of IPsec keys is unreadable."},
            &NvramConfig::security_cache_damaged)};
    return table;
  }
};

template <>
struct Table<TimingConfig> {
  static std::string_view title() { return "timing"; }
  static const std::vector<Field<TimingConfig>>& fields() {
    using Owner = TimingConfig;
    static const std::vector<Field<Owner>> table = {
        duration_field<Owner>({"login_timeout", "One login, from connect to full feature phase."},
                              &Owner::login_timeout),
        duration_field<Owner>(
            {"retry_interval", "Between tries of a persistent login or a lost session."},
            &Owner::retry_interval),
        duration_field<Owner>({"device_removal", "How long a lost session keeps its devices."},
                              &Owner::device_removal)};
    return table;
  }
};

template <>
struct Table<HeldDevice> {
  static std::string_view title() { return "held_device"; }
  static const std::vector<Field<HeldDevice>>& fields() {
    using Owner = HeldDevice;
    static const std::vector<Field<Owner>> table = {
        text_field<Owner>({"target", "iSCSI name.", true}, &Owner::target,
                          {check_iscsi_name, kIscsiNamePattern}),
        integer_field<Owner>({"lun", "Logical unit number.", true}, &Owner::lun, 0, kMaxLunNumber)};
    return table;
  }
};

template <>
struct Table<AdapterFaults> {
  static std::string_view title() { return "adapter_faults"; }
  static const std::vector<Field<AdapterFaults>>& fields() {
    using Owner = AdapterFaults;
    static const std::vector<Field<Owner>> table = {
        text_field<Owner>({"health", "How the adapter is, as MSiSCSI_HBAInformation reports it."},
                          &Owner::health, {{}, {}, adapter_healths()}),
        boolean_field<Owner>({"nvram_full", "No further persistent login fits."},
                             &Owner::nvram_full),
        boolean_field<Owner>({"nvram_write_fails", "Every write to the NVRAM fails."},
                             &Owner::nvram_write_fails),
        integer_field<Owner>({"nvram_write_fails_at", "This write fails, alone; 0 for none."},
                             &Owner::nvram_write_fails_at, 0, 0xFFFFFFFFu),
        list_field<Owner, HeldDevice>(
            {"devices_in_use", "Logical units that are held open on this side."},
            &Owner::devices_in_use, {0, kMaxHeldDevices})};
    return table;
  }
};

template <>
struct Table<StaticPortalConfig> {
  static std::string_view title() { return "static_portal"; }
  static const std::vector<Field<StaticPortalConfig>>& fields() {
    using Owner = StaticPortalConfig;
    static const std::vector<Field<Owner>> table = {
        text_field<Owner>({"address", "Address, or a name that `hosts` resolves.", true},
                          &Owner::address, {check_address_or_name}),
        integer_field<Owner>({"port", "TCP port."}, &Owner::port, 1, 65535),
        integer_field<Owner>({"group", "Target portal group tag."}, &Owner::group, 0, 65535),
        text_field<Owner>({"symbolic_name", "SymbolicName; the host name when missing."},
                          &Owner::symbolic_name, plain_rule())};
    return table;
  }
};

template <>
struct Table<StaticTargetConfig> {
  static std::string_view title() { return "static_target"; }
  static const std::vector<Field<StaticTargetConfig>>& fields() {
    using Owner = StaticTargetConfig;
    static const std::vector<Field<Owner>> table = {
        text_field<Owner>({"name", "iSCSI name.", true}, &Owner::name,
                          {check_iscsi_name, kIscsiNamePattern}),
        text_field<Owner>({"alias", "TargetAlias, until a login tells another one."}, &Owner::alias,
                          plain_rule()),
        list_field<Owner, StaticPortalConfig>({"portals", "Where it listens.", true},
                                              &Owner::portals, {1, kMaxStaticPortals})};
    return table;
  }
};

template <>
struct Table<AdapterConfig> {
  static std::string_view title() { return "adapter"; }
  static const std::vector<Field<AdapterConfig>>& fields() {
    using Owner = AdapterConfig;
    static const std::vector<Field<Owner>> table = {
        text_field<Owner>({"name", "Directory name under lab/adapters.", true}, &Owner::name,
                          name_rule()),
        text_field<Owner>(
            {"device_instance", "PnP device instance path; WMI instance names begin with it."},
            &Owner::device_instance, {check_device_instance, kDevicePattern}),
        text_field<Owner>({"vendor_id", "VendorID of MSiSCSI_HBAInformation."}, &Owner::vendor_id,
                          plain_rule()),
        text_field<Owner>({"vendor_model", "VendorModel."}, &Owner::vendor_model, plain_rule()),
        text_field<Owner>({"vendor_version", "VendorVersion."}, &Owner::vendor_version,
                          plain_rule()),
        text_field<Owner>({"firmware_version", "FirmwareVersion."}, &Owner::firmware_version,
                          plain_rule()),
        text_field<Owner>({"asic_version", "AsicVersion."}, &Owner::asic_version, plain_rule()),
        text_field<Owner>({"option_rom_version", "OptionRomVersion."}, &Owner::option_rom_version,
                          plain_rule()),
        text_field<Owner>({"serial_number", "SerialNumber."}, &Owner::serial_number, plain_rule()),
        text_field<Owner>({"driver_name", "DriverName."}, &Owner::driver_name, plain_rule()),
        text_field<Owner>(
            {"initiator_name", "iSCSI node name; made from the adapter's name when missing."},
            &Owner::initiator_name, {check_iscsi_name, kIscsiNamePattern}),
        text_field<Owner>({"initiator_alias", "InitiatorAlias."}, &Owner::initiator_alias,
                          plain_rule()),
        integer_field<Owner>({"max_sessions", "How many sessions the adapter can hold."},
                             &Owner::max_sessions, 1, 1'000'000),
        integer_field<Owner>({"max_cdb_length", "Longest command descriptor block."},
                             &Owner::max_cdb_length, 6, 260),
        functionality_field(),
        list_field<Owner, PortConfig>({"ports", "Initiator ports, numbered from 0."}, &Owner::ports,
                                      {1, kMaxPorts}),
        object_field<Owner, NvramConfig>({"nvram", "Non-volatile memory."}, &Owner::nvram),
        list_field<Owner, StoredLoginConfig>(
            {"persistent_logins", "What a new NVRAM holds already."}, &Owner::persistent_logins,
            {0, 100'000}),
        list_field<Owner, StaticTargetConfig>(
            {"static_targets", "Targets that the adapter knows without asking anybody."},
            &Owner::static_targets, {0, kMaxStaticTargets}),
        object_field<Owner, TimingConfig>({"timing", "Deadlines and intervals."}, &Owner::timing),
        object_field<Owner, AdapterFaults>({"faults", "What is wrong with it from the start."},
                                           &Owner::faults),
        object_field<Owner, MiniportConfig>(
            {"miniport", "A miniport that is loaded; there is no simulated hardware then."},
            &Owner::miniport)};
    return table;
  }
  static std::array<std::string_view, 2> one_of() { return {"ports", "miniport"}; }
};

template <>
struct Table<LunConfig> {
  static std::string_view title() { return "lun"; }
  static const std::vector<Field<LunConfig>>& fields() {
    using Owner = LunConfig;
    static const std::vector<Field<Owner>> table = {
        integer_field<Owner>({"lun", "Logical unit number.", true}, &Owner::lun, 0, kMaxLunNumber),
        integer_field<Owner>({"blocks", "Capacity in blocks."}, &Owner::blocks, 1, kMaxBlocks),
        integer_field<Owner>({"block_size", "Bytes a block: a power of two."}, &Owner::block_size,
                             kMinBlockSize, kMaxBlockSize, check_block_size),
        text_field<Owner>({"vendor", "T10 vendor identification, 8 characters."}, &Owner::vendor,
                          ascii_rule(8)),
        text_field<Owner>({"product", "Product identification, 16 characters."}, &Owner::product,
                          ascii_rule(16)),
        text_field<Owner>({"revision", "Product revision, 4 characters."}, &Owner::revision,
                          ascii_rule(4)),
        text_field<Owner>(
            {"serial", "Unit serial number; made from the target's name and the LUN when missing."},
            &Owner::serial, ascii_rule(32)),
        text_field<Owner>({"scsi_status", "SCSI status that the unit's commands end with."},
                          &Owner::scsi_status, {{}, {}, scsi_statuses()})};
    return table;
  }
};

template <>
struct Table<PortalConfig> {
  static std::string_view title() { return "portal"; }
  static const std::vector<Field<PortalConfig>>& fields() {
    using Owner = PortalConfig;
    static const std::vector<Field<Owner>> table = {
        text_field<Owner>({"address", "Address, or a name that `hosts` resolves.", true},
                          &Owner::address, {check_address_or_name}),
        integer_field<Owner>({"port", "TCP port."}, &Owner::port, 1, 65535),
        integer_field<Owner>({"group", "Target portal group tag."}, &Owner::group, 0, 65535),
        text_field<Owner>({"network", "Network on which the portal listens."}, &Owner::network,
                          name_rule()),
        text_field<Owner>(
            {"state", "up, refuse (connections are reset), unreachable (no answer at all)."},
            &Owner::state, {{}, {}, portal_states()}),
        text_field<Owner>({"redirect_to", "Portal to which logins here are sent on."},
                          &Owner::redirect_to, {check_portal}),
        boolean_field<Owner>({"redirect_permanently", "Whether the target has moved for good."},
                             &Owner::redirect_permanently),
        text_field<Owner>(
            {"symbolic_name", "Portal symbolic name that iSNS has; the host name when missing."},
            &Owner::symbolic_name, plain_rule()),
        integer_field<Owner>({"security_bitmap", "Portal security bitmap that iSNS has."},
                             &Owner::security_bitmap, 0, 0xFFFFFFFFu)};
    return table;
  }
};

template <>
struct Table<ChapConfig> {
  static std::string_view title() { return "chap"; }
  static const std::vector<Field<ChapConfig>>& fields() {
    using Owner = ChapConfig;
    static const std::vector<Field<Owner>> table = {
        text_field<Owner>({"user", "CHAP name that initiators must give.", true}, &Owner::user,
                          plain_rule()),
        text_field<Owner>({"secret", "Secret that initiators must know, 12 to 16 bytes.", true},
                          &Owner::secret, {check_secret, {}, {}, true}),
        text_field<Owner>({"mutual_user", "CHAP name that the target answers with."},
                          &Owner::mutual_user, plain_rule()),
        text_field<Owner>({"mutual_secret", "Secret that the target answers with, 12 to 16 bytes."},
                          &Owner::mutual_secret, {check_secret, {}, {}, true})};
    return table;
  }
};

template <>
struct Table<TargetConfig> {
  static std::string_view title() { return "target"; }
  static const std::vector<Field<TargetConfig>>& fields() {
    using Owner = TargetConfig;
    static const std::vector<Field<Owner>> table = {
        text_field<Owner>({"name", "iSCSI name.", true}, &Owner::name,
                          {check_iscsi_name, kIscsiNamePattern}),
        text_field<Owner>({"alias", "TargetAlias."}, &Owner::alias, plain_rule()),
        list_field<Owner, PortalConfig>({"portals", "Where the target listens."}, &Owner::portals,
                                        {0, kMaxPortals}),
        list_field<Owner, LunConfig>({"luns", "Logical units."}, &Owner::luns,
                                     {0, kMaxLunNumber + 1}),
        object_field<Owner, ChapConfig>({"chap", "CHAP that initiators must pass."}, &Owner::chap),
        duration_field<Owner>({"connect_delay", "Before a connection is answered."},
                              &Owner::connect_delay),
        duration_field<Owner>({"login_delay", "Before a login is answered."}, &Owner::login_delay),
        duration_field<Owner>({"logout_delay", "Before a logout is answered."},
                              &Owner::logout_delay),
        duration_field<Owner>({"discovery_delay", "Before SendTargets is answered."},
                              &Owner::discovery_delay),
        text_field<Owner>({"chap_fault", "What is wrong with the answer to mutual CHAP."},
                          &Owner::chap_fault, {{}, {}, chap_faults()}),
        text_field<Owner>({"discovery_fault", "What is wrong with the answer to SendTargets."},
                          &Owner::discovery_fault, {{}, {}, discovery_faults()}),
        text_field<Owner>({"login_refusal", "Refuses every login in this way."},
                          &Owner::login_refusal, {{}, {}, login_refusals()}),
        text_field<Owner>({"redirect_to", "Portal that a moved_* refusal names."},
                          &Owner::redirect_to, {check_portal}),
        boolean_field<Owner>({"isns", "Whether the target registers with iSNS servers."},
                             &Owner::isns),
        keys_field()};
    return table;
  }
};

template <>
struct Table<IsnsServerConfig> {
  static std::string_view title() { return "isns_server"; }
  static const std::vector<Field<IsnsServerConfig>>& fields() {
    using Owner = IsnsServerConfig;
    static const std::vector<Field<Owner>> table = {
        text_field<Owner>({"address", "IPv4 or IPv6 address, without a port.", true},
                          &Owner::address, {check_address_literal}),
        text_field<Owner>({"network", "Network of the server; it has the portals there."},
                          &Owner::network, name_rule()),
        text_field<Owner>(
            {"state", "up, refuse (queries are refused), unreachable (no answer at all)."},
            &Owner::state, {{}, {}, portal_states()}),
        duration_field<Owner>({"delay", "Before a query is answered."}, &Owner::delay),
        boolean_field<Owner>({"announced", "Whether adapters that search for servers find it."},
                             &Owner::announced)};
    return table;
  }
};

template <>
struct Table<ScheduledChange> {
  static std::string_view title() { return "scheduled_change"; }
  static const std::vector<Field<ScheduledChange>>& fields() {
    using Owner = ScheduledChange;
    static const std::vector<Field<Owner>> table = {
        duration_field<Owner>({"at", "How long after the start of the lab."}, &Owner::at),
        duration_field<Owner>({"every", "Again and again; 0: once."}, &Owner::every),
        duration_field<Owner>({"jitter", "Up to this much later, by the lab's seed."},
                              &Owner::jitter),
        text_field<Owner>({"action", "What is done with the path."}, &Owner::action,
                          {{}, {}, schedule_actions()}),
        text_field<Owner>({"path", "A file or directory below lab/.", true}, &Owner::path,
                          plain_rule()),
        text_field<Owner>({"text", "What is written."}, &Owner::text, plain_rule())};
    return table;
  }
};

template <>
struct Table<LabConfig> {
  static std::string_view title() { return "lab"; }
  static const std::vector<Field<LabConfig>>& fields() {
    using Owner = LabConfig;
    static const std::vector<Field<Owner>> table = {
        schema_reference(),
        text_field<Owner>({"name", "What the lab is called."}, &Owner::name, name_rule()),
        list_field<Owner, AdapterConfig>({"adapters", "Host bus adapters.", true}, &Owner::adapters,
                                         {1, kMaxAdapters}),
        list_field<Owner, TargetConfig>({"targets", "Simulated targets."}, &Owner::targets,
                                        {0, kMaxTargets}),
        hosts_field(),
        list_field<Owner, IsnsServerConfig>({"isns_servers", "iSNS servers."}, &Owner::isns_servers,
                                            {0, kMaxIsnsServers}),
        list_field<Owner, ScheduledChange>(
            {"schedule", "Changes of the bench that come by themselves."}, &Owner::schedule,
            {0, kMaxScheduled}),
        integer_field<Owner>({"seed", "Seed of everything random."}, &Owner::seed, 0,
                             0xFFFFFFFFFFFFFFFFu)};
    return table;
  }
};

void read_lab_object(Reader& reader, const JsonNode& node, LabConfig& config) {
  read_object(reader, node, config);
}

void read_adapter_object(Reader& reader, const JsonNode& node, AdapterConfig& adapter) {
  read_object(reader, node, adapter);
}

Json lab_object_schema(Definitions& definitions) { return object_schema<LabConfig>(definitions); }

}  // namespace hbalab::lab
