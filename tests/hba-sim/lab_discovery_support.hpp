// What a lab's adapter has discovered, as the two report methods tell it.
#pragma once

#include <condition_variable>
#include <mutex>

#include "iscsiop/iscsifnd.hpp"
#include "iscsiop/views.hpp"
#include "tests/hba-sim/lab_support.hpp"

namespace hbalab::lab_test {

using Discovery = iscsi::MSiSCSI_DiscoveryOperationsMethod;

inline std::string field_text(std::span<const iscsi::Le16> field) {
  const auto text = iscsi::read_fixed_string(field, "text");
  REQUIRE(text.has_value());
  return {text->begin(), text->end()};
}
inline std::string portal_of(const iscsi::ISCSI_IP_Address& address, std::uint16_t socket) {
  Portal portal;
  portal.address = miniport::from_wmi(address).value();
  portal.socket = socket;
  return portal.canonical();
}

struct DiscoveryLab : LabFixture {
  using LabFixture::LabFixture;
  Answer report(Discovery method, std::size_t out = 1 << 20, const Bytes& in = {}) {
    return client->call_wait(instance(iscsi::MSiSCSI_DiscoveryOperationsGuid),
                             static_cast<std::uint32_t>(method), in, out);
  }
  // "name=alias [ portal(symbolic name) ... ] ..." for each target.
  std::vector<std::string> targets() {
    std::vector<std::string> out;
    const auto answer = report(Discovery::ReportDiscoveredTargets);
    CHECK(status_of(answer) == iscsi::ISDSC_SUCCESS);
    const Bytes block(answer->data.begin(), answer->data.end());
    const auto view = iscsi::view<iscsi::ReportDiscoveredTargetsView>(block);
    REQUIRE(view.has_value());
    for (const auto& target : view->targets) {
      std::string line =
          field_text(target.head->TargetName) + '=' + field_text(target.head->TargetAlias);
      for (const auto& group : target.groups) {
        line += " [";
        for (const auto& portal : group.portals) {
          line += ' ' + portal_of(portal.Address, portal.Socket);
          if (portal.SymbolicName[0] != 0) line += '(' + field_text(portal.SymbolicName) + ')';
        }
        line += " ]";
      }
      out.push_back(std::move(line));
    }
    return out;
  }
  // "name=alias [tag portal(symbolic name)#bitmap ... ] ...".
  std::vector<std::string> targets2() {
    return lines2(report(Discovery::ReportDiscoveredTargets2));
  }
  static std::vector<std::string> lines2(const Answer& answer) {
    std::vector<std::string> out;
    CHECK(status_of(answer) == iscsi::ISDSC_SUCCESS);
    const Bytes block(answer->data.begin(), answer->data.end());
    const auto view = iscsi::view<iscsi::ReportDiscoveredTargets2View>(block);
    REQUIRE(view.has_value());
    for (const auto& target : view->targets) {
      std::string line =
          field_text(target.head->TargetName) + '=' + field_text(target.head->TargetAlias);
      for (const auto& group : target.groups) {
        line += " [" + std::to_string(group.head->Tag);
        for (const auto& portal : group.portals) {
          line += ' ' + portal_of(portal.head->Address, portal.head->Socket);
          if (portal.symbolic_name[0] != 0) line += '(' + field_text(portal.symbolic_name) + ')';
          const std::uint32_t bitmap = portal.head->SecurityBitmap;
          if (bitmap != 0) line += '#' + std::to_string(bitmap);
          CHECK(portal.key.empty());
        }
        line += " ]";
      }
      out.push_back(std::move(line));
    }
    return out;
  }
  // How often the set was said to have changed since the last call; needs listen().
  void listen() {
    enable_events(iscsi::MSiSCSI_AdapterEventGuid);
    token = lab->events()->subscribe([this](const wmi::Event&) {
      const std::lock_guard lock(mutex);
      ++events;
      came.notify_all();
    });
  }
  std::size_t fired() {
    lab->events()->drain();
    const std::lock_guard lock(mutex);
    return std::exchange(events, 0);
  }
  // Where another thread is the one that fires.
  bool will_fire() {
    std::unique_lock lock(mutex);
    return came.wait_for(lock, std::chrono::seconds(30), [&] { return events != 0; });
  }
  std::mutex mutex;
  std::condition_variable came;
  std::size_t events = 0;
  std::shared_ptr<void> token;

  void ask(std::uint64_t session, std::string_view text) {
    CHECK(status_of(run(Method::SendTargets, send_targets_in(session, text), 4096)) ==
          iscsi::ISDSC_SUCCESS);
    pass(10);
  }
  std::uint64_t discovery_session() { return log_in({.target = "", .session_type = 0}); }
};

}  // namespace hbalab::lab_test
