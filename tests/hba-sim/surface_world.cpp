#include "tests/hba-sim/surface_world.hpp"

#include <stdexcept>

namespace hbalab::surface {
namespace {

template <typename List>
const auto& at(const List& list, int index) {
  return list[static_cast<std::size_t>(index) % std::size(list)];
}

constexpr std::string_view kPlain = "iqn.2026-01.org.example:plain",
                           kSecured = "iqn.2026-01.org.example:secured",
                           kSmall = "iqn.2026-01.org.example:small",
                           kMoved = "iqn.2026-01.org.example:moved";

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

std::string target_text(const Target& target) {
  std::string text = "{ \"name\": " + quoted(target.name) + ", \"portals\": [";
  for (const auto& portal : target.portals) {
    if (text.back() != '[') text += ", ";
    text += "{ \"address\": " + quoted(portal.address) +
            ", \"group\": " + std::to_string(portal.group) + " }";
  }
  text += "], \"luns\": [";
  for (const auto lun : target.luns) {
    if (text.back() != '[') text += ", ";
    text += "{ \"lun\": " + std::to_string(lun) + " }";
  }
  // Used only while the bench makes the target refuse with "moved".
  text += "], \"redirect_to\": " + quoted(target.portals[0].address);
  if (!target.alias.empty()) text += ", \"alias\": " + quoted(target.alias);
  if (target.chap) {
    text += ", \"chap\": { \"user\": " + quoted(kChapUser) +
            ", \"secret\": " + quoted(kChapSecret) + ", \"mutual_user\": " + quoted(kMutualUser) +
            ", \"mutual_secret\": " + quoted(kMutualSecret) + " }";
  }
  return text + " }";
}

}  // namespace

const std::array<Target, kTargets>& targets() {
  // Ordered as the fabric lists them: by name.
  static const std::array<Target, kTargets> all{{
      {kMoved, "", {{"192.0.2.40", 1}, {"192.0.2.41", 1}}, {2}, false},
      {kPlain,
       "plain disk",
       {{"192.0.2.10", 1}, {"192.0.2.11", 1}, {"198.51.100.10", 2}},
       {0, 1},
       false},
      {kSecured, "", {{"192.0.2.20", 1}}, {0}, true},
      {kSmall, "small one", {{"192.0.2.30", 1}, {"198.51.100.30", 1}}, {0, 5, 7}, false},
  }};
  return all;
}

const Name& name_at(int index) {
  static const std::array<Name, kNames> all{{
      {kMoved, 0, true, kMoved},
      {kPlain, 1, true, kPlain},
      {kSecured, 2, true, kSecured},
      {kSmall, 3, true, kSmall},
      {"IQN.2026-01.Org.Example:Plain", 1, true, kPlain},
      {"iqn.2026-01.org.example:ghost", -1, true, "iqn.2026-01.org.example:ghost"},
      {"", -1, false, ""},
      {"no name", -1, false, "no name"},
  }};
  return at(all, index);
}

const PortalChoice& portal_at(int index) {
  static const std::array<PortalChoice, kPortals> all{{
      {Spelling::binary, "192.0.2.10", 3260, "192.0.2.10:3260", true, 1, 0},
      {Spelling::binary, "192.0.2.11", 3260, "192.0.2.11:3260", true, 1, 1},
      {Spelling::binary, "198.51.100.10", 3260, "198.51.100.10:3260", true, 1, 2},
      {Spelling::binary, "192.0.2.20", 3260, "192.0.2.20:3260", true, 2, 0},
      {Spelling::binary, "192.0.2.30", 3260, "192.0.2.30:3260", true, 3, 0},
      {Spelling::binary, "198.51.100.30", 3260, "198.51.100.30:3260", true, 3, 1},
      {Spelling::binary, "192.0.2.40", 3260, "192.0.2.40:3260", true, 0, 0},
      {Spelling::binary, "192.0.2.41", 3260, "192.0.2.41:3260", true, 0, 1},
      {Spelling::text, "192.0.2.10", 3260, "192.0.2.10:3260", true, 1, 0},
      {Spelling::text, "array.example", 3260, "array.example:3260", true, 1, 0},
      {Spelling::binary, "192.0.2.99", 3260, "192.0.2.99:3260", true, -1, 0},
      {Spelling::text, "nowhere.example", 3260, "nowhere.example:3260", false, -1, 0},
      {Spelling::binary, "192.0.2.10", 3261, "192.0.2.10:3261", true, -1, 0},
      {Spelling::empty, "", 3260, "", true, -1, 0},
      {Spelling::bad_type, "192.0.2.10", 3260, "", true, -1, 0},
  }};
  return at(all, index);
}

int choice_of(int target, int portal) {
  for (int i = 0; i < kPortals; ++i) {
    const auto& choice = portal_at(i);
    if (choice.target == target && choice.portal == portal && choice.spelling == Spelling::binary)
      return i;
  }
  throw std::logic_error("a portal without a choice");
}

std::uint32_t port_number(int choice) {
  static constexpr std::uint32_t all[] = {kAny, 0, 1, 7};
  return at(all, choice);
}

std::string_view port_address(std::size_t port) { return port == 0 ? "192.0.2.1" : "198.51.100.1"; }

const Auth& auth_at(int index) {
  static constexpr Auth all[kAuths] = {
      {0, "", ""},
      {1, kChapUser, kChapSecret},
      {2, kChapUser, kChapSecret},
      {1, kChapUser, "a-wrong-secret"},
      {1, "", kChapSecret},  // in the name of the node
      {1, kChapUser, "short"},
      {9, kChapUser, kChapSecret},
      {2, "someone else", kChapSecret},
  };
  return at(all, index);
}

std::string_view chap_secret_at(int index) {
  static constexpr std::string_view all[] = {
      kMutualSecret, "not-its-secret", kChapSecret, "", "too short", "far too long for a secret"};
  return at(all, index);
}

const Mapping& mapping_at(int index) {
  static const std::array<Mapping, kMappings> all{{
      {},
      {0, 3, "", {}},
      {0, 3, kPlain, {{1, 4}}},
      {kAny, kAny, "", {{0, 9}, {5, 2}}},
      {0, kAny, "", {{0, 1}}},
      {0, 4, kSmall, {}},
      {0, 300, "", {}},
      {0, 255, "", {}},
      {0, 254, "", {}},
      {5, 0, "", {}},
      {kAny, kAny, "", {{0, 2}, {1, 2}}},
  }};
  return at(all, index);
}

const Options& options_at(int index) {
  static constexpr Options all[kOptions] = {
      {0, 0, 0, 0},    {0x04, 0, 0, 2}, {0x04, 0, 0, 8},
      {0x03, 1, 1, 0}, {0x01, 9, 0, 0}, {0x05, 1, 0, 3},
  };
  return at(all, index);
}

std::string lab_text(std::size_t sessions, std::size_t slots) {
  std::string text = R"({ "name": "surface", "seed": 11, "adapters": [ { "name": "hba0",
    "functionality": [ "ISCSI_HBA_PRESHARED_KEY_CACHE", "ISCSI_HBA_ISCSI_AUTHENTICATION_CACHE",
      "ISCSI_HBA_IPSEC_TUNNEL_MODE", "ISCSI_HBA_CHAP_VIA_RADIUS", "ISCSI_HBA_ISNS_DISCOVERY" ],
    "ports": [ { "address": "192.0.2.1" }, { "address": "198.51.100.1" } ],
    "max_sessions": )" +
                     std::to_string(sessions) + R"(, "nvram": { "slots": )" +
                     std::to_string(slots) +
                     R"( }, "timing": { "login_timeout": "2s", "retry_interval": "5s",
      "device_removal": "60s" } } ],
    "hosts": { "array.example": "192.0.2.10" }, "targets": [ )";
  for (const auto& target : targets())
    text += (&target == targets().data() ? "" : ", ") + target_text(target);
  return text + " ] }";
}

}  // namespace hbalab::surface
