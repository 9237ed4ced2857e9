// A running lab: clock, fabric, adapters with their drivers, what they registered, and the
// controls.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hba-sim/clock.hpp"
#include "hba-sim/lab/config.hpp"
#include "hba-sim/lab/control.hpp"
#include "hba-sim/lab/violations.hpp"
#include "wmi-model/client.hpp"
#include "wmi-model/registry.hpp"

namespace hbalab::lab {

// A named situation: its lab file is LabOptions::config, its description lies under lab/scenarios.
struct Scenario {
  std::string name;  // empty: none
  std::string text;
};

struct LabOptions {
  LabConfig config;
  Scenario scenario = {};
  std::filesystem::path state_dir;  // created when missing; locked against a second lab
  std::shared_ptr<Clock> clock;     // null: the real clock
  std::shared_ptr<const wmi::SchemaSet> schema;  // null: the built-in classes
  // What is wrong with a loaded miniport that runs all the same, what it does wrong later, and what
  // the checker finds: lines for people, without their end. Any thread.
  std::function<void(std::string_view line)> notice;
  // Whose miniports are checked; nothing: what the environment's HBALAB_CHECK says.
  std::optional<Check> check = {};
  // Adapters of the process whose NVRAM files are open at a time; 0: what RLIMIT_NOFILE allows,
  // which is raised for that.
  std::size_t open_nvrams = 0;
};

class Lab {
 public:
  // The error says which file or step, and what to do.
  [[nodiscard]] static std::expected<std::unique_ptr<Lab>, std::string> open(LabOptions options);
  virtual ~Lab() = default;  // stops the adapters, closes NVRAM, unlocks the state directory

  [[nodiscard]] virtual std::shared_ptr<wmi::ProviderRegistry> registry() = 0;
  [[nodiscard]] virtual std::shared_ptr<wmi::EventHub> events() = 0;
  [[nodiscard]] virtual std::shared_ptr<wmi::WmiClient> client() = 0;
  [[nodiscard]] virtual std::shared_ptr<ControlTree> control() = 0;
  // Until the checker has asked what it wants to of every driver, and has told what it found.
  virtual void settle() = 0;
};

}  // namespace hbalab::lab
