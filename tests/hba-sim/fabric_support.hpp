// A fabric on a virtual clock, and the initiator's side of it in the smallest form.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hba-sim/clock.hpp"
#include "hba-sim/fabric/simulated.hpp"

namespace hbalab::fabric::test {

inline const std::string kDisk = "iqn.2026-01.org.example:disk";
inline const std::string kInitiator = "iqn.2026-01.org.example:host";
using Isid = std::array<std::uint8_t, 6>;
inline constexpr Isid kIsid{0x80, 0, 0, 0, 0, 1};

inline lab::LabConfig one_target() {
  lab::LabConfig config;
  lab::AdapterConfig adapter;
  adapter.name = "hba0";
  lab::PortConfig port;
  port.address = "192.0.2.1";
  adapter.ports = {port};
  port.address = "198.51.100.1";
  port.network = "other";
  adapter.ports.push_back(port);
  port.address = "2001:db8::1";
  port.network = "san";
  adapter.ports.push_back(port);
  config.adapters = {adapter};
  lab::TargetConfig target;
  target.name = kDisk;
  lab::PortalConfig portal;
  portal.address = "192.0.2.10";
  target.portals = {portal};
  lab::LunConfig lun;
  target.luns = {lun};
  config.targets = {target};
  return config;
}

inline Portal portal_of(std::string_view text) { return Portal::from_text(text).value(); }

struct Bench {
  explicit Bench(const lab::LabConfig& config = one_target())
      : clock(std::make_shared<VirtualClock>()),
        fabric(std::make_shared<SimulatedFabric>(config, clock)) {}

  std::shared_ptr<VirtualClock> clock;
  std::shared_ptr<SimulatedFabric> fabric;
  std::vector<LinkEvent> events;

  LinkId connect(std::optional<ConnectResult>& result, std::string_view to = "192.0.2.10",
                 std::string_view from = "192.0.2.1") {
    return fabric->connect(
        IpAddress::from_text(from), portal_of(to),
        [this](const LinkEvent& event) { events.push_back(event); },
        [&result](ConnectResult came) { result = came; });
  }
  // A link that is connected; 0 when it is not.
  LinkId connected(std::string_view to = "192.0.2.10", std::string_view from = "192.0.2.1") {
    std::optional<ConnectResult> result;
    const LinkId link = connect(result, to, from);
    return result == ConnectResult::connected ? link : 0;
  }
  // One login request whose answer comes at once.
  LoginResponse send(LinkId link, LoginRequest request) {
    std::optional<LoginResponse> answer;
    fabric->login(link, std::move(request), [&](LoginResponse came) { answer = std::move(came); });
    return answer.value();
  }
  // The whole login without authentication in one request.
  LoginResponse log_in(LinkId link, const std::string& target = kDisk, Isid isid = kIsid,
                       std::uint16_t tsih = 0, std::uint16_t cid = 0) {
    LoginRequest request = first(1, 3, target);
    request.isid = isid;
    request.tsih = tsih;
    request.cid = cid;
    return send(link, std::move(request));
  }
  LinkId session(const std::string& target = kDisk, Isid isid = kIsid) {
    const LinkId link = connected();
    return log_in(link, target, isid).status_class == 0 ? link : 0;
  }
  Keys text(LinkId link, Keys keys) {
    std::optional<Keys> answer;
    fabric->text(link, std::move(keys), [&](bool answered, Keys came) {
      if (answered) answer = std::move(came);
    });
    return answer.value();
  }
  ScsiResponse scsi(LinkId link, std::uint64_t lun, Bytes cdb, std::uint32_t allocation = 4096) {
    std::optional<ScsiResponse> answer;
    fabric->scsi(link, lun, std::move(cdb), allocation,
                 [&](ScsiResponse came) { answer = std::move(came); });
    return answer.value();
  }

  static LoginRequest first(std::uint8_t stage, std::uint8_t next,
                            const std::string& target = kDisk) {
    LoginRequest request;
    request.current_stage = stage;
    request.next_stage = next;
    request.transit = next != 0;
    request.isid = kIsid;
    request.keys = {{"InitiatorName", kInitiator}};
    if (target.empty()) {
      request.keys.emplace_back("SessionType", "Discovery");
    } else {
      request.keys.emplace_back("TargetName", target);
    }
    return request;
  }
  static LoginRequest next(std::uint8_t stage, std::uint8_t to, Keys keys) {
    LoginRequest request;
    request.current_stage = stage;
    request.next_stage = to;
    request.transit = to != 0;
    request.isid = kIsid;
    request.keys = std::move(keys);
    return request;
  }
};

inline int status_of(const LoginResponse& response) {
  return response.status_class << 8 | response.status_detail;
}

inline std::string value_of(const Keys& keys, std::string_view name) {
  for (const auto& [key, value] : keys) {
    if (key == name) return value;
  }
  return "(none)";
}

}  // namespace hbalab::fabric::test
