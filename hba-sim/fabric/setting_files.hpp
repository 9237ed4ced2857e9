// Files over the members of one thing on the fabric: a target, a portal, a unit, an iSNS server.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "hba-sim/fabric/fabric_controls.hpp"
#include "hba-sim/lab/config_rules.hpp"

namespace hbalab::fabric {

// What is wrong with a text that is to be a setting, as "expected ..." goes on; nothing if it is
// good.
using SettingRule = std::function<lab::Problem(std::string_view)>;

[[nodiscard]] SettingRule one_of(std::span<const std::string_view> choices);
[[nodiscard]] SettingRule or_empty(SettingRule rule);

template <typename Config>
class SettingFiles {
 public:
  using Change = std::function<void(Config&)>;
  using Show = std::function<std::string(const Config&)>;
  using Take = std::function<lab::ControlDone(Config&, std::string_view)>;
  struct Owner {
    std::string what;  // "target iqn...", for ENOENT
    std::function<std::optional<Config>()> find;
    std::function<Edit(const Change&)> edit;
  };

  SettingFiles(lab::FixedDirectory& directory, Owner owner)
      : directory_(directory), owner_(std::move(owner)) {}

  // `take` works on a copy: what it refuses changes nothing.
  void file(const std::string& name, Show show, Take take) {
    directory_.file(
        name,
        [owner = owner_, show = std::move(show)]() -> lab::ControlText {
          const auto config = owner.find();
          if (!config) return lab::control_error(ENOENT, "there is no " + owner.what);
          return show(*config);
        },
        [owner = owner_, take = std::move(take)](std::string_view text) -> lab::ControlDone {
          lab::ControlDone taken;
          const Edit edit = owner.edit([&](Config& config) {
            Config copy = config;
            taken = take(copy, text);
            if (taken) config = std::move(copy);
          });
          return taken ? to_control(edit) : taken;
        });
  }

  void text(const std::string& name, std::string Config::* member, SettingRule rule) {
    file(
        name, [member](const Config& config) { return config.*member; },
        [member, rule = std::move(rule)](Config& config,
                                         std::string_view text) -> lab::ControlDone {
          if (auto problem = rule(text)) return unexpected_value(text, *problem);
          config.*member = std::string(text);
          return {};
        });
  }

  template <typename Number>
  void number(const std::string& name, Number Config::* member, std::uint64_t low,
              std::uint64_t high, std::function<lab::Problem(std::uint64_t)> rule = {}) {
    file(
        name, [member](const Config& config) { return std::to_string(config.*member); },
        [=](Config& config, std::string_view text) -> lab::ControlDone {
          const auto value = lab::parse_control_number(text, low, high);
          if (!value) return std::unexpected(value.error());
          if (auto problem = rule ? rule(*value) : lab::Problem())
            return unexpected_value(text, *problem);
          config.*member = static_cast<Number>(*value);
          return {};
        });
  }

  // 1 or 0.
  void flag(const std::string& name, bool Config::* member) {
    file(
        name, [member](const Config& config) { return std::string(config.*member ? "1" : "0"); },
        [member](Config& config, std::string_view text) -> lab::ControlDone {
          const auto on = lab::parse_control_switch(text);
          if (!on) return std::unexpected(on.error());
          config.*member = *on;
          return {};
        });
  }

  // Milliseconds, or a number with a unit.
  void delay(const std::string& name, lab::milliseconds Config::* member) {
    file(
        name, [member](const Config& config) { return std::to_string((config.*member).count()); },
        [member](Config& config, std::string_view text) -> lab::ControlDone {
          const auto value = lab::parse_duration(text);
          if (!value) return unexpected_value(text, value.error());
          config.*member = *value;
          return {};
        });
  }

 private:
  lab::FixedDirectory& directory_;
  Owner owner_;
};

}  // namespace hbalab::fabric
