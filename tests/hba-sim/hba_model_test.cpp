// Random sequences of what can happen to an HBA, against what must always hold and a simple model
// of what must be there in the end.
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "tests/hba-sim/hba_fixture.hpp"

using namespace hbalab;
using namespace hbalab::test;

namespace {

constexpr int kTargets = 4;
constexpr std::uint32_t kMaxSessions = 6;

struct World {
  static lab::AdapterConfig config() {
    auto config = Rig::default_config();
    config.max_sessions = kMaxSessions;
    return config;
  }
  Rig rig{config()};
  std::vector<FakeTarget*> targets;
  std::vector<Pending<LoginOutcome>> logins;
  std::vector<Pending<IsdscStatus>> logouts;
  std::vector<Pending<ScsiAnswer>> commands;
  std::map<std::uint64_t, std::string> ever;  // session id -> target
  std::set<std::uint64_t> ended;
  std::set<std::uint64_t> connections;
  std::set<int> saved;

  World() {
    for (int i = 0; i < kTargets; ++i) {
      auto& target = rig.fabric->add("iqn.2001-04.com.example:t" + std::to_string(i),
                                     "192.0.2." + std::to_string(10 + i) + ":3260");
      target.luns = {0, static_cast<std::uint64_t>(i + 1)};
      targets.push_back(&target);
    }
    targets[1]->login_delay = 300ms;
    targets[2]->connect_delay = 2s;
  }

  SessionId some_session(int pick) {
    const auto all = rig.sessions();
    return all.empty() ? SessionId{} : all[static_cast<std::size_t>(pick) % all.size()].id;
  }

  void step(int action, int pick) {
    auto& target = *targets[static_cast<std::size_t>(pick % kTargets)];
    switch (action) {
      case 0:
      case 1: {
        auto command = Rig::to(target, pick % 7 == 0 ? 1 : 2);
        command.login.unique_id_for_isid = static_cast<std::uint16_t>(pick % 3);
        if (pick % 2 == 0) command.login.port.value = static_cast<std::uint32_t>(pick / 2 % 2);
        logins.push_back(rig.login(command));
        break;
      }
      case 2:
        logouts.push_back(rig.logout(some_session(pick)));
        break;
      case 3:
        rig.set_link(static_cast<std::uint32_t>(pick % 2), pick % 3 != 0);
        break;
      case 4:
        rig.save(Rig::to(target));
        saved.insert(pick % kTargets);
        break;
      case 5:
        rig.forget(target);
        saved.erase(pick % kTargets);
        break;
      case 6:
        rig.reset();
        break;
      case 7:
        rig.advance(Duration{1'000'000} * (pick * 37 % 7000));
        break;
      case 8:
        rig.fabric->drop(target);
        break;
      case 9:
        target.connect_result =
            pick % 5 < 2 ? fabric::ConnectResult::refused : fabric::ConnectResult::connected;
        break;
      case 10:
        target.mute_connect = pick % 5 == 0;
        target.mute_scsi = pick % 7 == 0;
        target.mute_logout = pick % 4 == 0;
        break;
      case 11:
        commands.push_back(rig.scsi(some_session(pick), 0, {0x12, 0, 0, 0, 36, 0}));
        break;
      case 12:
        if (!logins.empty()) {
          const auto id = logins[static_cast<std::size_t>(pick) % logins.size()].id;
          rig.run([&] { rig.hba->cancel(id); });
        }
        break;
      case 13:
        rig.fabric->event(target, pick % 2 == 0 ? fabric::LinkEvent::Kind::logout_requested
                                                : fabric::LinkEvent::Kind::luns_changed);
        break;
      case 14:
        target.luns = {static_cast<std::uint64_t>(pick % 3), 7};
        break;
      default:
        rig.advance(61s);
        break;
    }
  }

  void check() {
    const auto sessions = rig.sessions();
    RC_ASSERT(rig.inside_ok);
    RC_ASSERT(sessions.size() <= kMaxSessions);
    RC_ASSERT(rig.run([&] { return rig.hba->session_count(); }) == sessions.size());
    std::set<std::uint64_t> now;
    std::set<std::pair<int, int>> places;
    std::map<std::uint64_t, adapter::SessionInfo> by_id;
    std::uint64_t last = 0;
    for (const auto& info : sessions) {
      RC_ASSERT(info.id.value > last);
      last = info.id.value;
      now.insert(info.id.value);
      by_id[info.id.value] = info;
      RC_ASSERT(!ended.contains(info.id.value));  // no id comes back
      const auto name = adapter::to_wire_text(info.target_name);
      const auto [entry, fresh] = ever.emplace(info.id.value, name);
      RC_ASSERT(entry->second == name);  // nor changes hands
      RC_ASSERT(info.connected == !info.connections.empty());
      for (const auto& connection : info.connections) connections.insert(connection.id.value);
      if (info.type == 2) RC_ASSERT(places.emplace(info.os_bus, info.os_target).second);
      if (info.type != 2) RC_ASSERT(!info.mapped);
    }
    for (const auto& [id, name] : ever) {
      if (!now.contains(id)) ended.insert(id);
    }
    for (const auto& device : rig.devices()) {
      const auto owner = by_id.find(device.session.value);
      RC_ASSERT(owner != by_id.end());
      RC_ASSERT(owner->second.mapped);
      const auto found = rig.run([&] { return rig.hba->device(device.address); });
      RC_ASSERT(found.has_value());
      RC_ASSERT(found->session == device.session);
      RC_ASSERT(found->target_lun == device.target_lun);
    }
    const auto at_most_once = [](const auto& list) {
      return std::ranges::all_of(list, [](const auto& one) { return one.answers->size() <= 1; });
    };
    RC_ASSERT(at_most_once(logins));
    RC_ASSERT(at_most_once(logouts));
    RC_ASSERT(at_most_once(commands));
    RC_ASSERT(rig.fabric->reinstated == 0);
  }

  // Everything heals: every operation has ended, every session is there, every record is logged in.
  void settle() {
    for (auto* target : targets) {
      target->connect_result = fabric::ConnectResult::connected;
      target->mute_connect = target->mute_scsi = target->mute_logout = false;
    }
    rig.set_link(0, true);
    rig.set_link(1, true);
    rig.advance(2min);
    check();
    const auto all_done = [](const auto& list) {
      return std::ranges::all_of(list, [](const auto& one) { return one.answers->size() == 1; });
    };
    RC_ASSERT(all_done(logins));
    RC_ASSERT(all_done(logouts));
    RC_ASSERT(all_done(commands));
    std::set<std::uint64_t> returned;
    for (const auto& login : logins) {
      if (login.get().status != iscsi::ISDSC_SUCCESS) continue;
      RC_ASSERT(returned.insert(login.get().session.value).second);
    }
    std::size_t devices = 0;
    for (const auto& info : rig.sessions()) {
      RC_ASSERT(info.connected);
      if (info.type == 2) devices += 2;
    }
    RC_ASSERT(rig.devices().size() == devices);
    RC_ASSERT(rig.fabric->open_links() == rig.sessions().size());
    RC_ASSERT(rig.run([&] { return rig.hba->logins().size(); }) == saved.size());
    rig.reset();
    rig.advance(1min);
    check();
    std::set<std::string> names;
    for (const auto& info : rig.sessions()) names.insert(adapter::to_wire_text(info.target_name));
    for (const auto record : saved) {
      RC_ASSERT(names.contains(targets[static_cast<std::size_t>(record)]->name));
    }
    RC_ASSERT(names.size() == saved.size());
    RC_ASSERT(rig.clock->pending() == 0u);  // at rest
  }
};

}  // namespace

TEST_CASE("Whatever happens, in any order") {
  rc::prop("the HBA keeps its promises", [] {
    const auto script = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(0, 16), rc::gen::inRange(0, 1000)));
    World world;
    for (const auto& [action, pick] : script) {
      world.step(action, pick);
      world.check();
    }
    world.settle();
  });
}
