// targets/IQN:
//   alias, login_refusal, redirect_to,
//   chap_fault, discovery_fault                       text; an empty line clears
//   state                                             up, down (portals are up or unreachable);
//                                                     mixed when read
//   connect_delay_ms, login_delay_ms,
//   logout_delay_ms, discovery_delay_ms               numbers
//   keys                                              KEY=VALUE a line; writing replaces all
//   chap/{user,secret,mutual_user,mutual_secret}      secrets can only be written; an empty user
//                                                     turns CHAP off
//   isns                                              1: registers with iSNS servers
//   portals/                                          fabric_portal_controls.cpp
//   luns/N/{blocks,block_size,vendor,product,revision,serial,scsi_status}
//   sessions, counters                                one a line, read-only
//   disconnect, request_logout, announce_drop,
//   request_negotiation, damage                       writing acts; see fabric_target_actions.cpp
#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

#include "hba-sim/fabric/chap.hpp"
#include "hba-sim/fabric/fabric_controls.hpp"
#include "hba-sim/fabric/negotiation.hpp"
#include "hba-sim/fabric/setting_files.hpp"
#include "hba-sim/lab/config_json.hpp"

namespace hbalab::fabric {
namespace {

using lab::control_error;
using lab::ControlDone;
using lab::ControlText;
using FabricPtr = std::shared_ptr<SimulatedFabric>;
using Settings = lab::TargetConfig;

std::unexpected<lab::ControlError> gone(const std::string& name) {
  return control_error(ENOENT, "there is no target " + name);
}

std::string show_keys(const Settings& settings) {
  std::string text;
  for (const auto& [key, value] : settings.keys) text += key + '=' + value + '\n';
  return text;
}

ControlDone take_keys(Settings& settings, std::string_view text) {
  settings.keys.clear();
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty()) continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return unexpected_value(line, "KEY=VALUE");
    const std::string_view key = line.substr(0, equals);
    if (!lab::contains(target_key_names(), key)) {
      return control_error(EINVAL, "is " + lab::in_quotes(key) + "; " +
                                       lab::expected_one_of(key, target_key_names()));
    }
    if (std::any_of(settings.keys.begin(), settings.keys.end(),
                    [&](const auto& known) { return known.first == key; })) {
      return control_error(EINVAL, "the key " + lab::in_quotes(key) + " is given twice");
    }
    settings.keys.emplace_back(key, line.substr(equals + 1));
  }
  return {};
}

ControlText target_state(const FabricPtr& fabric, const std::string& name) {
  if (!fabric->has_target(name)) return gone(name);
  bool up = false, other = false;
  for (const auto& portal : fabric->portals(name)) (portal.state == "up" ? up : other) = true;
  if (up && other) return "mixed";
  return up ? "up" : "down";
}

ControlDone set_target_state(const FabricPtr& fabric, const std::string& name,
                             std::string_view text) {
  if (!fabric->has_target(name)) return gone(name);
  if (text != "up" && text != "down") {
    return unexpected_value(text, "up, or down (its portals are unreachable)");
  }
  for (auto portal : fabric->portals(name)) {
    portal.state = text == "up" ? "up" : "unreachable";
    if (auto done = to_control(fabric->put_portal(name, portal)); !done) return done;
  }
  return {};
}

// CHAP as files. The parts are set one after the other, so that a half of them is allowed: CHAP is
// on when user and secret are both there.
struct ChapPart {
  const char* file;
  std::string lab::ChapConfig::* member;
  bool secret;
};

std::shared_ptr<lab::ControlDirectory> make_chap(const FabricPtr& fabric, const std::string& name) {
  constexpr ChapPart kParts[] = {{"user", &lab::ChapConfig::user, false},
                                 {"secret", &lab::ChapConfig::secret, true},
                                 {"mutual_user", &lab::ChapConfig::mutual_user, false},
                                 {"mutual_secret", &lab::ChapConfig::mutual_secret, true}};
  auto directory = std::make_shared<lab::FixedDirectory>();
  for (const ChapPart& part : kParts) {
    const auto set = [fabric, name, part](std::string_view text) -> ControlDone {
      if (part.secret && !text.empty() && lab::check_secret(text)) {
        return control_error(EINVAL, "is " + std::to_string(text.size()) +
                                         " bytes long; expected a CHAP secret of 12 to 16 bytes");
      }
      if (!part.secret && lab::check_plain_text(text)) {
        return unexpected_value(text, *lab::check_plain_text(text));
      }
      return to_control(fabric->set_chap_part(name, part.member, text));
    };
    if (part.secret) {
      directory->write_only(part.file, set);
    } else {
      directory->file(
          part.file,
          [fabric, name, part]() -> ControlText {
            const auto chap = fabric->chap_names(name);
            if (!chap) return gone(name);
            return *chap.*part.member;
          },
          set);
    }
  }
  return directory;
}

std::optional<std::uint64_t> lun_number(std::string_view text) {
  // The one spelling of each number: "007" is no name of LUN 7.
  const auto number = lab::parse_control_number(text, 0, lab::kMaxLunNumber);
  if (!number || std::to_string(*number) != text) return {};
  return *number;
}

std::shared_ptr<lab::ControlDirectory> make_lun(const FabricPtr& fabric, const std::string& name,
                                                std::uint64_t number) {
  auto directory = std::make_shared<lab::FixedDirectory>();
  using Config = lab::LunConfig;
  SettingFiles<Config> files(
      *directory, {"LUN " + std::to_string(number), [=] { return fabric->lun(name, number); },
                   [=](const auto& change) { return fabric->edit_lun(name, number, change); }});
  const auto ascii = [](std::size_t longest) {
    return [longest](std::string_view text) { return lab::check_ascii(text, longest); };
  };
  files.number("blocks", &Config::blocks, 1, lab::kMaxBlocks);
  files.number("block_size", &Config::block_size, lab::kMinBlockSize, lab::kMaxBlockSize,
               lab::check_block_size);
  files.text("vendor", &Config::vendor, ascii(8));
  files.text("product", &Config::product, ascii(16));
  files.text("revision", &Config::revision, ascii(4));
  files.text("serial", &Config::serial, ascii(32));
  files.text("scsi_status", &Config::scsi_status, or_empty(one_of(lab::scsi_statuses())));
  return directory;
}

std::shared_ptr<lab::ControlDirectory> make_luns(const FabricPtr& fabric, const std::string& name) {
  lab::Collection luns;
  luns.names = [fabric, name] {
    std::vector<std::string> names;
    for (const std::uint64_t number : fabric->luns(name)) names.push_back(std::to_string(number));
    return names;
  };
  luns.find = [fabric, name](std::string_view text) -> std::shared_ptr<lab::ControlDirectory> {
    const auto number = lun_number(text);
    if (!number || !fabric->lun(name, *number)) return nullptr;
    return make_lun(fabric, name, *number);
  };
  luns.make = [fabric, name](std::string_view text) -> ControlDone {
    const auto number = lun_number(text);
    if (!number) return unexpected_value(text, "a LUN from 0 to 16383");
    lab::LunConfig lun;
    lun.lun = *number;
    return to_control(fabric->put_lun(name, lun));
  };
  luns.remove = [fabric, name](std::string_view text) -> ControlDone {
    const auto number = lun_number(text);
    if (!number) return control_error(ENOENT, "there is no LUN " + std::string(text));
    return to_control(fabric->remove_lun(name, *number));
  };
  return lab::make_collection(std::move(luns));
}

std::string show_sessions(const std::vector<SessionView>& sessions) {
  std::string text;
  for (const SessionView& session : sessions) {
    text += session.initiator + " isid=" + encode_hex(session.isid) +
            " tsih=" + std::to_string(session.tsih) + " group=" + std::to_string(session.group) +
            " cids=";
    for (std::size_t i = 0; i < session.cids.size(); ++i) {
      text += (i == 0 ? "" : ",") + std::to_string(session.cids[i]);
    }
    text += '\n';
  }
  return text;
}

std::string show_counters(const TargetCounters& counters) {
  const std::pair<const char*, std::uint64_t> lines[] = {
      {"logins_tried", counters.logins_tried}, {"logins_refused", counters.logins_refused},
      {"logins_ok", counters.logins_ok},       {"sessions", counters.sessions},
      {"connections", counters.connections},   {"bytes_in", counters.bytes_in},
      {"bytes_out", counters.bytes_out}};
  std::string text;
  for (const auto& [name, value] : lines)
    text += std::string(name) + ' ' + std::to_string(value) + '\n';
  return text;
}

}  // namespace

std::shared_ptr<lab::ControlDirectory> make_target_controls(FabricPtr fabric, std::string name) {
  auto directory = std::make_shared<lab::FixedDirectory>();
  SettingFiles<Settings> files(
      *directory, {"target " + name, [=] { return fabric->target_settings(name); },
                   [=](const auto& change) { return fabric->edit_target(name, change); }});
  files.text("alias", &Settings::alias, lab::check_plain_text);
  directory->file(
      "state", [fabric, name] { return target_state(fabric, name); },
      [fabric, name](std::string_view text) { return set_target_state(fabric, name, text); });
  files.delay("connect_delay_ms", &Settings::connect_delay);
  files.delay("login_delay_ms", &Settings::login_delay);
  files.delay("logout_delay_ms", &Settings::logout_delay);
  files.delay("discovery_delay_ms", &Settings::discovery_delay);
  files.text("login_refusal", &Settings::login_refusal, or_empty(one_of(lab::login_refusals())));
  files.text("chap_fault", &Settings::chap_fault, or_empty(one_of(lab::chap_faults())));
  files.text("discovery_fault", &Settings::discovery_fault,
             or_empty(one_of(lab::discovery_faults())));
  files.text("redirect_to", &Settings::redirect_to, or_empty(lab::check_portal));
  files.file("keys", show_keys, take_keys);
  files.flag("isns", &Settings::isns);
  directory->directory("chap", make_chap(fabric, name))
      .directory("portals", make_portal_controls(fabric, name))
      .directory("luns", make_luns(fabric, name));
  directory->file("sessions", [fabric, name]() -> ControlText {
    if (!fabric->has_target(name)) return gone(name);
    return show_sessions(fabric->sessions(name));
  });
  directory->file("counters", [fabric, name]() -> ControlText {
    if (!fabric->has_target(name)) return gone(name);
    return show_counters(fabric->counters(name));
  });
  add_target_actions(*directory, fabric, name);
  return directory;
}

}  // namespace hbalab::fabric
