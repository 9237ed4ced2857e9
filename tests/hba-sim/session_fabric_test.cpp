// The HBA against the simulated fabric.
#include <catch2/catch.hpp>

#include "hba-sim/fabric/simulated.hpp"
#include "tests/hba-sim/hba_fixture.hpp"

using namespace hbalab;
using namespace hbalab::test;

namespace {

lab::LunConfig unit(std::uint64_t number) {
  lab::LunConfig config;
  config.lun = number;
  return config;
}

struct Lab {
  static lab::LabConfig config() {
    lab::LabConfig lab;
    lab.adapters = {Rig::default_config()};
    const auto target = [&](std::string name, std::string address) -> lab::TargetConfig& {
      auto& added = lab.targets.emplace_back();
      added.name = "iqn.2026-01.org.hbalab:" + std::move(name);
      added.portals.emplace_back().address = std::move(address);
      added.luns = {unit(0), unit(300)};
      return added;
    };
    target("open", "192.0.2.10");
    target("chap", "192.0.2.11").chap = lab::ChapConfig{"user", "secret-of-ours", "", ""};
    target("mutual", "192.0.2.12").chap =
        lab::ChapConfig{"user", "secret-of-ours", "target", "secret-of-theirs"};
    target("slow", "192.0.2.13").login_delay = lab::milliseconds(20'000);
    target("dead", "192.0.2.14").portals[0].state = "unreachable";
    target("refused", "192.0.2.15").portals[0].state = "refuse";
    auto& moved = target("moved", "192.0.2.16");
    moved.login_refusal = "moved_temporarily";
    moved.redirect_to = "192.0.2.10:3260";
    return lab;
  }
  std::shared_ptr<VirtualClock> clock = std::make_shared<VirtualClock>();
  std::shared_ptr<fabric::SimulatedFabric> fabric =
      std::make_shared<fabric::SimulatedFabric>(config(), clock);
  std::shared_ptr<Flash> flash = std::make_shared<Flash>();
  AdapterLock lock;
  std::unique_ptr<adapter::Hba> hba;
  int bus_changes = 0;

  Lab() {
    adapter::HbaOptions options;
    options.config = Rig::default_config();
    options.fabric = fabric;
    options.clock = clock;
    options.enter = [this](std::move_only_function<void()> action) {
      lock.enter(std::move(action));
    };
    hba = std::move(
        adapter::HbaCore::create(options, std::make_unique<MemoryNvram>(flash, options.enter))
            .value());
    const AdapterLock::Scope scope(lock);
    hba->start({.units_changed = [this](adapter::OsTarget) { ++bus_changes; },
                .targets_changed = nullptr});
  }
  ~Lab() {
    const AdapterLock::Scope scope(lock);
    hba->stop();
  }

  Pending<LoginOutcome> start_login(const std::string& name, const std::string& portal,
                                    std::uint32_t auth = 0, const std::string& secret = "") {
    auto command = Rig::to("iqn.2026-01.org.hbalab:" + name, portal);
    command.login.port.value = 0;
    if (auth != 0) {
      command.login.options.information_specified = iscsi::ISCSI_LOGIN_OPTIONS_AUTH_TYPE;
      command.login.options.auth_type = auth;
      command.login.username = {'u', 's', 'e', 'r'};
      command.login.password.assign(secret.begin(), secret.end());
    }
    Pending<LoginOutcome> pending;
    const AdapterLock::Scope scope(lock);
    pending.id = hba->login(std::move(command), [list = pending.answers](LoginOutcome outcome) {
      list->push_back(outcome);
    });
    return pending;
  }
  IsdscStatus login(const std::string& name, const std::string& portal, std::uint32_t auth = 0,
                    const std::string& secret = "") {
    const auto pending = start_login(name, portal, auth, secret);
    for (int i = 0; i < 20 && !pending.done(); ++i) clock->advance(1s);
    REQUIRE(pending.answers->size() == 1);
    return pending.get().status;
  }
  void set_chap_secret(std::string_view secret) {
    const AdapterLock::Scope scope(lock);
    hba->settings().modify(
        iscsi::ISDSC_NON_SPECIFIC_ERROR,
        [&](adapter::AdapterSettings& settings) {
          settings.chap_secret.assign(secret.begin(), secret.end());
          return iscsi::ISDSC_SUCCESS;
        },
        [](IsdscStatus) {});
  }
  std::vector<adapter::DeviceInfo> devices() {
    const AdapterLock::Scope scope(lock);
    return devices_of(*hba);
  }
};

}  // namespace

TEST_CASE("Simulated targets are logged in to, with and without CHAP") {
  Lab lab;
  CHECK(lab.login("open", "192.0.2.10") == iscsi::ISDSC_SUCCESS);
  CHECK(lab.login("chap", "192.0.2.11") == iscsi::ISDSC_AUTHENTICATION_FAILURE);
  CHECK(lab.login("chap", "192.0.2.11", 1, "secret-wrong") == iscsi::ISDSC_AUTHENTICATION_FAILURE);
  CHECK(lab.login("chap", "192.0.2.11", 1, "secret-of-ours") == iscsi::ISDSC_SUCCESS);
  lab.set_chap_secret("secret-of-theirs");
  CHECK(lab.login("mutual", "192.0.2.12", 2, "secret-of-ours") == iscsi::ISDSC_SUCCESS);
  lab.set_chap_secret("no");
  CHECK(lab.login("chap", "192.0.2.11", 2, "secret-of-ours") != iscsi::ISDSC_SUCCESS);
  const auto devices = lab.devices();
  REQUIRE(devices.size() == 6);
  CHECK(devices[1].target_lun == 300);
  CHECK(devices[5].address == ScsiAddress{0, 2, 1});
}

TEST_CASE("Simulated targets that do not answer, refuse or send away") {
  Lab lab;
  CHECK(lab.login("slow", "192.0.2.13") == iscsi::ISDSC_LOGIN_FAILED);
  CHECK(lab.login("dead", "192.0.2.14") == iscsi::ISDSC_CONNECTION_FAILED);
  CHECK(lab.login("refused", "192.0.2.15") == iscsi::ISDSC_CONNECTION_FAILED);
  CHECK(lab.login("nobody", "192.0.2.10") == iscsi::ISDSC_NOT_FOUND);
  CHECK(lab.login("open", "unknown.example") == iscsi::ISDSC_DNS_NAME_UNRESOLVED);
  CHECK(lab.fabric->link_count() == 0);
}

TEST_CASE("Units of simulated targets come and go, links break and come back") {
  Lab lab;
  REQUIRE(lab.login("open", "192.0.2.10") == iscsi::ISDSC_SUCCESS);
  CHECK(lab.devices().size() == 2);
  REQUIRE(lab.fabric->put_lun("iqn.2026-01.org.hbalab:open", unit(5)));
  lab.clock->advance(1s);
  CHECK(lab.devices().size() == 3);
  REQUIRE(lab.fabric->remove_lun("iqn.2026-01.org.hbalab:open", 0));
  lab.clock->advance(1s);
  CHECK(lab.devices().size() == 2);
  const int before = lab.bus_changes;
  REQUIRE(lab.fabric->drop_links("iqn.2026-01.org.hbalab:open"));
  lab.clock->advance(10s);
  REQUIRE(lab.fabric->request_logout("iqn.2026-01.org.hbalab:open"));
  lab.clock->advance(10s);
  CHECK(lab.devices().size() == 2);
  CHECK(lab.bus_changes == before);
  CHECK(lab.fabric->link_count() == 1);
}
