#include "hba-sim/lab/config_rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <set>

#include "hba-sim/fabric/negotiation.hpp"
#include "hba-sim/lab/config_json.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::lab {
namespace {

bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

constexpr std::array<std::string_view, 6> kFunctionality = {
    "ISCSI_HBA_PRESHARED_KEY_CACHE", "ISCSI_HBA_ISCSI_AUTHENTICATION_CACHE",
    "ISCSI_HBA_IPSEC_TUNNEL_MODE",   "ISCSI_HBA_CHAP_VIA_RADIUS",
    "ISCSI_HBA_ISNS_DISCOVERY",      "ISCSI_HBA_SLP_DISCOVERY"};
constexpr std::array<std::string_view, 3> kPortalStates = {"up", "refuse", "unreachable"};
constexpr std::array<std::string_view, 4> kHealths = {"working", "degraded", "critical", "failed"};
constexpr std::array<std::string_view, 3> kScheduleActions = {"write", "make", "remove"};
constexpr std::array<std::string_view, 2> kChapFaults = {"wrong_response", "no_response"};
constexpr std::array<std::string_view, 4> kDiscoveryFaults = {"unknown_key", "no_name", "bad_name",
                                                              "bad_address"};
constexpr auto kScsiStatuses = std::to_array<std::string_view>(
    {"busy", "reservation_conflict", "task_set_full", "aca_active", "task_aborted"});
constexpr std::array<std::uint8_t, kScsiStatuses.size()> kScsiStatusBytes = {0x08, 0x18, 0x28, 0x30,
                                                                             0x40};
// Every class and detail of RFC 7143 11.13.5 but success.
constexpr auto kRefusals = std::to_array<LoginRefusal>({
    {"initiator_error", 0x0200},
    {"auth", 0x0201},
    {"authorization", 0x0202},
    {"not_found", 0x0203},
    {"removed", 0x0204},
    {"unsupported_version", 0x0205},
    {"too_many", 0x0206},
    {"missing_parameter", 0x0207},
    {"cannot_include_in_session", 0x0208},
    {"session_type_not_supported", 0x0209},
    {"session_does_not_exist", 0x020A},
    {"invalid_during_login", 0x020B},
    {"target_error", 0x0300},
    {"unavailable", 0x0301},
    {"out_of_resources", 0x0302},
    {"moved_temporarily", 0x0101},
    {"moved_permanently", 0x0102},
});
constexpr auto kRefusalNames = [] {
  std::array<std::string_view, kRefusals.size()> names;
  std::ranges::transform(kRefusals, names.begin(), &LoginRefusal::name);
  return names;
}();

}  // namespace

std::span<const std::string_view> functionality_names() { return kFunctionality; }
std::span<const std::string_view> portal_states() { return kPortalStates; }
std::span<const std::string_view> adapter_healths() { return kHealths; }
std::span<const std::string_view> login_refusals() { return kRefusalNames; }
std::span<const std::string_view> schedule_actions() { return kScheduleActions; }
std::span<const std::string_view> chap_faults() { return kChapFaults; }
std::span<const std::string_view> discovery_faults() { return kDiscoveryFaults; }
std::span<const std::string_view> scsi_statuses() { return kScsiStatuses; }

std::uint8_t scsi_status_byte(std::string_view name) {
  const auto found = std::ranges::find(kScsiStatuses, name);
  return found == kScsiStatuses.end()
             ? std::uint8_t{0}
             : kScsiStatusBytes[static_cast<std::size_t>(found - kScsiStatuses.begin())];
}

std::span<const LoginRefusal> login_refusal_table() { return kRefusals; }

bool contains(std::span<const std::string_view> choices, std::string_view value) {
  return std::find(choices.begin(), choices.end(), value) != choices.end();
}

std::string expected_one_of(std::string_view came, std::span<const std::string_view> choices) {
  std::string text = "expected one of ";
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i != 0) text += ", ";
    text += choices[i];
  }
  const std::string near = wmi::nearest_name(came, choices);
  if (!near.empty()) text += "; did you mean " + near + "?";
  return text;
}

Problem check_object_name(std::string_view text) {
  const bool good = !text.empty() && text.size() <= 64 && is_alnum(text[0]) &&
                    std::all_of(text.begin(), text.end(), [](char c) {
                      return is_alnum(c) || c == '.' || c == '_' || c == '-';
                    });
  if (good) return {};
  return "a name of 1 to 64 letters, digits, '.', '_' and '-' that begins with a letter or a digit";
}

Problem check_device_instance(std::string_view text) {
  const bool good = text.size() >= 3 && text.size() <= 200 &&
                    std::count(text.begin(), text.end(), '\\') == 2 && text.front() != '\\' &&
                    text.back() != '\\' && text.find("\\\\") == std::string_view::npos &&
                    std::all_of(text.begin(), text.end(),
                                [](char c) { return c > ' ' && c < 0x7F && c != '/' && c != ','; });
  if (good) return {};
  return "a device instance path of three parts, as PCI\\VEN_1077&DEV_4010&...\\3&11583659&0&08";
}

Problem check_iscsi_name(std::string_view text) {
  const auto wide = wmi::to_utf16(text);
  if (text.size() <= IscsiName::kMaxLength && wide && IscsiName(*wide).well_formed()) return {};
  return "an iSCSI name of at most 223 bytes: iqn.YYYY-MM.reversed.domain[:text], eui. with 16 hex "
         "digits, or naa. with 16 or 32";
}

Problem check_address_literal(std::string_view text) {
  const IpAddress address = IpAddress::from_text(text);
  if (address.type == IpAddress::Type::ipv4 || address.type == IpAddress::Type::ipv6) return {};
  return "an IPv4 or IPv6 address, as 192.0.2.1 or 2001:db8::1";
}

Problem check_host_name(std::string_view text) {
  bool good = !text.empty() && text.size() <= 253;
  std::size_t label = 0;
  bool digits_only = true;
  for (std::size_t i = 0; good && i <= text.size(); ++i) {
    if (i == text.size() || text[i] == '.') {
      good = label > 0 && label <= 63 && text[i - 1] != '-';
      label = 0;
      continue;
    }
    const char c = text[i];
    good = is_alnum(c) || c == '_' || (c == '-' && label > 0);
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) digits_only = false;
    ++label;
  }
  if (good && !digits_only) return {};
  return "a host name of letters, digits and '-' in labels of at most 63, as disk.example.org";
}

Problem check_address_or_name(std::string_view text) {
  if (!check_address_literal(text) || !check_host_name(text)) return {};
  return "an IPv4 or IPv6 address or a host name";
}

Problem check_portal(std::string_view text) {
  const auto portal = Portal::from_text(text);
  if (portal && !portal->empty()) {
    if (!portal->address.is_name()) return {};
    if (!check_host_name(portal->address.canonical())) return {};
  }
  return "a portal ADDRESS[:PORT], as 192.0.2.10:3260 or [2001:db8::1]:3260";
}

Problem check_mac(std::string_view text) {
  bool good = text.size() == 17;
  for (std::size_t i = 0; good && i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    good = i % 3 == 2 ? c == ':' : std::isxdigit(c) != 0;
  }
  if (good) {
    unsigned first = 0;
    std::from_chars(text.data(), text.data() + 2, first, 16);
    if ((first & 1u) == 0) return {};
  }
  return "a unicast MAC address of six hex pairs, as 02:00:00:00:00:01";
}

Problem check_plain_text(std::string_view text) {
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (text.size() <= kMaxTextLength && !control && wmi::to_utf16(text)) return {};
  return "text of at most 255 bytes without control characters";
}

Problem check_secret(std::string_view text) {
  if (text.size() >= kMinSecret && text.size() <= kMaxSecret) return {};
  return "12 to 16 bytes";
}

Problem check_block_size(std::uint64_t size) {
  if (size >= kMinBlockSize && size <= kMaxBlockSize && (size & (size - 1)) == 0) return {};
  return "a power of two from 512 to 65536";
}

Problem check_ascii(std::string_view text, std::size_t longest) {
  if (text.size() <= longest &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; })) {
    return {};
  }
  return "at most " + std::to_string(longest) + " printable ASCII characters";
}

std::expected<milliseconds, std::string> parse_duration(std::string_view text) {
  const auto problem = [] {
    return std::unexpected(std::string(
        "a duration up to one day: milliseconds, or a number with ms, s or m, as \"15s\""));
  };
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr == text.data()) return problem();
  const std::string_view unit(read.ptr,
                              static_cast<std::size_t>(text.data() + text.size() - read.ptr));
  std::uint64_t scale = 0;
  if (unit.empty() || unit == "ms") scale = 1;
  if (unit == "s") scale = 1000;
  if (unit == "m") scale = 60'000;
  if (scale == 0 || number > static_cast<std::uint64_t>(kMaxMilliseconds) / scale) return problem();
  return milliseconds(static_cast<std::int64_t>(number * scale));
}

std::vector<PlacedProblem> check_chap(const ChapConfig& chap) {
  std::vector<PlacedProblem> problems;
  const auto length = [](const std::string& secret) {
    return "is " + std::to_string(secret.size()) +
           " bytes long; expected a CHAP secret of 12 to 16 bytes";
  };
  if (chap.user.empty())
    problems.push_back({"/user", "is empty; expected the initiator's CHAP name"});
  if (check_secret(chap.secret)) problems.push_back({"/secret", length(chap.secret)});
  if (chap.mutual_secret.empty() != chap.mutual_user.empty()) {
    problems.push_back({chap.mutual_user.empty() ? "/mutual_user" : "/mutual_secret",
                        "is missing; mutual CHAP needs a user and a secret"});
  }
  if (!chap.mutual_secret.empty()) {
    if (check_secret(chap.mutual_secret)) {
      problems.push_back({"/mutual_secret", length(chap.mutual_secret)});
    } else if (chap.mutual_secret == chap.secret) {
      // RFC 7143 9.2.1: one secret in both directions invites reflection.
      problems.push_back({"/mutual_secret", "is the same as the secret; expected a different one"});
    }
  }
  return problems;
}

std::vector<PlacedProblem> check_target(const TargetConfig& target) {
  std::vector<PlacedProblem> problems;
  std::set<std::string> portals;
  for (std::size_t i = 0; i < target.portals.size(); ++i) {
    const PortalConfig& portal = target.portals[i];
    if (portal.address.empty()) continue;
    const Portal as_portal{IpAddress::from_text(portal.address), 0, portal.port};
    if (!portals.insert(as_portal.canonical()).second) {
      problems.push_back({"/portals/" + std::to_string(i),
                          "portal " + as_portal.canonical() + " is given twice for this target"});
    }
  }
  std::set<std::uint64_t> luns;
  for (std::size_t i = 0; i < target.luns.size(); ++i) {
    if (!luns.insert(target.luns[i].lun).second) {
      problems.push_back(
          {"/luns/" + std::to_string(i) + "/lun",
           "is " + std::to_string(target.luns[i].lun) + ", which another LUN of this target has"});
    }
  }
  if (target.chap) {
    for (PlacedProblem& problem : check_chap(*target.chap)) {
      problems.push_back({"/chap" + problem.where, std::move(problem.message)});
    }
  }
  const bool moved = target.login_refusal.starts_with("moved_");
  if (moved && target.redirect_to.empty()) {
    problems.push_back({"/redirect_to", "is missing; login_refusal " + target.login_refusal +
                                            " needs the portal that initiators are sent to"});
  }
  for (const auto& [key, value] : target.keys) {
    if (auto problem = fabric::check_target_key(key, value)) {
      problems.push_back({"/keys/" + pointer_token(key), std::move(*problem)});
    }
  }
  return problems;
}

}  // namespace hbalab::lab
