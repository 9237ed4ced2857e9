// How each section of the adapter's settings is stored: as JSON, secrets as their bytes.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "hba-sim/adapter/chap.hpp"
#include "hba-sim/adapter/settings.hpp"

namespace hbalab::adapter {

using nlohmann::json;

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SessionSettings, initial_r2t, immediate_data,
                                   max_recv_data_segment_length, max_burst_length,
                                   first_burst_length, max_outstanding_r2t)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(InitiatorNodes, names)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ServerList, addresses)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DiscoverySettings, isns, slp, automatic, initiator_name,
                                   isns_servers)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RadiusSettings, use_for_chap, secret, servers)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PresharedKey, port, id_type, id, security_flags, key)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TunnelAddress, port, destination, outer)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(IpsecSettings, keys, group_key, tunnels)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BootSettings, lun, discover, record)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PortSettings, use_link_local, enable_dhcp, use_dhcp_for_dns,
                                   address, gateway, subnet_mask, preferred_dns, alternate_dns)

namespace {

// A section that is stored as JSON.
template <auto Member>
constexpr SettingsSection json_section(std::string_view name) {
  using Value = std::remove_cvref_t<decltype(std::declval<AdapterSettings>().*Member)>;
  return {name,
          [](const AdapterSettings& settings) -> std::optional<Bytes> {
            if (settings.*Member == Value{}) return std::nullopt;
            const std::string text = json(settings.*Member).dump();
            return Bytes(text.begin(), text.end());
          },
          [](AdapterSettings& settings, std::span<const std::uint8_t> stored) {
            const json value = json::parse(stored.begin(), stored.end(), nullptr, false);
            if (value.is_discarded()) return false;
            try {
              settings.*Member = value.get<Value>();
              if constexpr (requires(const Value& it) { it.readable(); })
                return (settings.*Member).readable();
              return true;
            } catch (const json::exception&) {
              return false;
            }
          }};
}

// Size: what the value has when it is set; 0: any.
template <Bytes AdapterSettings::* Member, std::size_t Size = 0>
constexpr SettingsSection bytes_section(std::string_view name) {
  return {name,
          [](const AdapterSettings& settings) {
            const Bytes& value = settings.*Member;
            return value.empty() ? std::nullopt : std::optional(value);
          },
          [](AdapterSettings& settings, std::span<const std::uint8_t> stored) {
            (settings.*Member).assign(stored.begin(), stored.end());
            return Size == 0 || stored.size() == Size;
          }};
}

// The cache of IPsec keys. One that cannot be read does not keep the adapter from starting: it is
// kept as it is, and the driver is told, until it is cleared.
constexpr SettingsSection kReadableCache =
    json_section<&AdapterSettings::ipsec>(kSecurityCacheSetting);
constexpr SettingsSection cache_section() {
  return {kSecurityCacheSetting,
          [](const AdapterSettings& settings) {
            const Bytes& damaged = settings.ipsec.damaged;
            return damaged.empty() ? kReadableCache.save(settings) : std::optional(damaged);
          },
          [](AdapterSettings& settings, std::span<const std::uint8_t> stored) {
            if (kReadableCache.load(settings, stored)) return true;
            settings.ipsec = {};
            settings.ipsec.damaged.assign(stored.begin(), stored.end());
            return true;
          }};
}

constexpr SettingsSection kSections[] = {
    json_section<&AdapterSettings::session>("session"),
    bytes_section<&AdapterSettings::chap_secret>("chap_secret"),
    json_section<&AdapterSettings::nodes>("initiator_nodes"),
    json_section<&AdapterSettings::discovery>("discovery"),
    json_section<&AdapterSettings::radius>("radius"),
    cache_section(),
    bytes_section<&AdapterSettings::generational_guid, 16>("generational_guid"),
    json_section<&AdapterSettings::boot>("boot"),
    json_section<&AdapterSettings::ports>("ports"),
};

}  // namespace

std::span<const SettingsSection> settings_sections() { return kSections; }

bool SessionSettings::valid() const {
  const auto length = [](std::uint32_t value) { return value >= 512 && value <= 16777215; };
  return length(max_recv_data_segment_length) && length(max_burst_length) &&
         length(first_burst_length) && first_burst_length <= max_burst_length &&
         max_outstanding_r2t >= 1 && max_outstanding_r2t <= 65535;
}

}  // namespace hbalab::adapter
