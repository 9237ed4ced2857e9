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
              return true;
            } catch (const json::exception&) {
              return false;
            }
          }};
}

template <Bytes AdapterSettings::* Member>
constexpr SettingsSection bytes_section(std::string_view name) {
  return {name,
          [](const AdapterSettings& settings) {
            const Bytes& value = settings.*Member;
            return value.empty() ? std::nullopt : std::optional(value);
          },
          [](AdapterSettings& settings, std::span<const std::uint8_t> stored) {
            (settings.*Member).assign(stored.begin(), stored.end());
            return true;
          }};
}

constexpr SettingsSection kSections[] = {
    json_section<&AdapterSettings::session>("session"),
    bytes_section<&AdapterSettings::chap_secret>("chap_secret"),
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
