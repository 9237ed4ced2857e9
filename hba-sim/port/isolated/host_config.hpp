// What the process of an isolated driver is told to run.
#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hba-sim/port/port_driver.hpp"

namespace hbalab::port::isolated {

struct HostConfig {
  std::filesystem::path driver, copies;
  std::vector<std::string> mof;
  std::string device_instance, friendly_name;
  std::vector<std::pair<std::string, RegistryValue>> registry;
  std::chrono::milliseconds timeout{30'000};
  bool own_clock = true;
  bool check = false;
};

[[nodiscard]] std::string to_text(const HostConfig& config);
[[nodiscard]] std::expected<HostConfig, std::string> read_host_config(std::string_view text);

}  // namespace hbalab::port::isolated
