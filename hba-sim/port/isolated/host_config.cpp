#include "hba-sim/port/isolated/host_config.hpp"

#include <nlohmann/json.hpp>

namespace hbalab::port::isolated {

using Json = nlohmann::json;

std::string to_text(const HostConfig& config) {
  Json registry = Json::array();
  for (const auto& [name, value] : config.registry) {
    const auto* text = std::get_if<std::string>(&value);
    registry.push_back(
        {name, text != nullptr ? Json(*text) : Json(std::get<std::uint32_t>(value))});
  }
  return Json{{"driver", config.driver.string()},
              {"copies", config.copies.string()},
              {"mof", config.mof},
              {"device_instance", config.device_instance},
              {"friendly_name", config.friendly_name},
              {"registry", std::move(registry)},
              {"timeout_ms", config.timeout.count()},
              {"own_clock", config.own_clock},
              {"check", config.check}}  // A path is bytes of any kind.
      .dump(-1, ' ', false, Json::error_handler_t::ignore);
}

std::expected<HostConfig, std::string> read_host_config(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    HostConfig config;
    config.driver = json.at("driver").get<std::string>();
    config.copies = json.at("copies").get<std::string>();
    config.mof = json.at("mof").get<std::vector<std::string>>();
    config.device_instance = json.at("device_instance");
    config.friendly_name = json.at("friendly_name");
    for (const Json& one : json.at("registry")) {
      const Json& value = one.at(1);
      config.registry.emplace_back(one.at(0).get<std::string>(),
                                   value.is_string() ? RegistryValue(value.get<std::string>())
                                                     : RegistryValue(value.get<std::uint32_t>()));
    }
    config.timeout = std::chrono::milliseconds(json.at("timeout_ms").get<std::int64_t>());
    config.own_clock = json.at("own_clock");
    config.check = json.at("check");
    return config;
  } catch (const Json::exception& error) {
    return std::unexpected(std::string("what to run cannot be read: ") + error.what());
  }
}

}  // namespace hbalab::port::isolated
