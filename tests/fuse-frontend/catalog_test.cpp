// The catalog follows the registry at the cost of what has changed there.
#include "fuse-frontend/catalog.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <thread>

#include "tests/fuse-frontend/fake_device.hpp"
#include "tests/hba-sim/lab_support.hpp"
#include "wmi-model/text.hpp"

using namespace hbalab;
using namespace hbalab::fs;

namespace {

wmi::Guid guid_of(std::uint8_t number) {
  wmi::Guid guid;
  guid.bytes[0] = number;
  return guid;
}

constexpr std::uint32_t kDynamic = 0xFFFFFFFFu, kEventOnly = 0x40;

// Registers what it is given; dynamic classes of it have no instances.
class Registrant final : public wmi::WmiProvider {
 public:
  explicit Registrant(std::string name) : name_(std::move(name)) {}
  const std::string& device_instance() const override { return name_; }
  const std::string& friendly_name() const override { return name_; }
  void cancel(wmi::RequestId) override {}
  wmi::RequestId submit(std::unique_ptr<wmi::WmiRequest> request) override {
    request->status = wmi::NtStatus::wmi_guid_not_found;
    if (request->minor == wmi::MinorFunction::reginfo) {
      wmi::RegInfo info;
      info.registry_path = "fake";
      info.guids = guids;
      const auto bytes = wmi::pack_reginfo_answer(info);
      request->status = wmi::NtStatus::buffer_too_small;
      request->information = bytes.size();
      if (bytes.size() <= request->buffer.capacity()) {
        std::ranges::copy(bytes, request->buffer.bytes().begin());
        request->status = wmi::NtStatus::success;
      }
    }
    auto done = std::move(request->on_complete);
    done(std::move(request));
    return 0;
  }
  std::vector<wmi::RegisteredGuid> guids;  // not while requests may come

 private:
  const std::string name_;
};

struct Tables {
  std::shared_ptr<wmi::ProviderRegistry> registry =
      std::make_shared<wmi::ProviderRegistry>(nullptr);
  std::shared_ptr<wmi::WmiClient> client = std::make_shared<wmi::WmiClient>(registry);
};

std::shared_ptr<const InstanceList> list_of(Catalog& catalog, const ClassPtr& cls) {
  std::shared_ptr<const InstanceList> list;
  catalog.instances(cls, [&list](Catalog::ListResult result) {
    REQUIRE(result);
    list = *result;
  });
  REQUIRE(list);
  return list;
}

// Everything that a catalog shows: class, whether it has events, and its instances.
std::set<std::string> shown(Catalog& catalog) {
  std::set<std::string> lines;
  for (const ClassPtr& cls : catalog.classes()->classes) {
    const std::string line = cls->dir_name + (cls->events ? " event" : "");
    lines.insert(line);
    for (const auto& instance : list_of(catalog, cls)->instances) {
      CHECK(catalog.instance(instance->slot) == instance);
      lines.insert(line + " " + instance->dir_name);
    }
  }
  return lines;
}

std::vector<wmi::RegisteredGuid> some_guids(std::mt19937& random) {
  std::vector<wmi::RegisteredGuid> guids;
  for (std::uint8_t number = 1; number <= 6; ++number) {
    if (random() % 2 == 0) continue;
    const bool events = random() % 4 == 0;
    guids.push_back({guid_of(number),
                     events ? kEventOnly : 0u,
                     static_cast<std::uint32_t>(1 + random() % 3),
                     {}});
  }
  return guids;
}

}  // namespace

TEST_CASE("a login touches the lists of no other class than that of its units") {
  lab_test::TemporaryDirectory directory;
  auto clock = std::make_shared<VirtualClock>();
  lab::LabOptions options;
  options.config = lab::parse_lab("catalog.json", lab_test::kLabText).value();
  options.state_dir = directory.path;
  options.clock = clock;
  auto opened = lab::Lab::open(std::move(options));
  REQUIRE(opened);
  auto& lab = **opened;
  Catalog catalog(lab.client(), {}, 1024);

  // Classes with static names, and their lists.
  std::map<std::string, std::shared_ptr<const InstanceList>> before;
  for (const ClassPtr& cls : catalog.classes()->classes) {
    const auto registrations = lab.registry()->registrations(cls->guid);
    if (registrations.front().dynamic()) continue;
    before[cls->dir_name] = list_of(catalog, cls);
  }
  REQUIRE(before.size() > 20);
  CHECK(before.at("MSiSCSI_HBAInformation")->instances.size() == 2);

  const auto log_in = [&](std::string_view target, std::string address) {
    const auto operations =
        lab.registry()->static_instances(wmi::Guid{iscsi::MSiSCSI_OperationsGuid});
    std::optional<std::uint32_t> status;
    lab_test::Login login;
    login.target = target;
    login.address = std::move(address);
    login.persistent = false;
    lab.client()->call(operations.at(0),
                       static_cast<std::uint32_t>(lab_test::Method::LoginToTarget),
                       lab_test::login_in(login), iscsi::LoginToTarget_OUT_SIZE, false,
                       [&](lab_test::Answer answer) {
                         REQUIRE(answer);
                         std::memcpy(&status.emplace(), answer->data.data(), sizeof *status);
                       });
    for (int i = 0; i < 1000 && !status; ++i) clock->advance(std::chrono::milliseconds(1));
    REQUIRE(status == 0u);
  };
  log_in(lab_test::kDisk, "192.0.2.10");  // two units: their class appears
  const auto classes = catalog.classes();
  const ClassPtr units = classes->by_name.at("MSiSCSI_LUNMappingInformation");
  CHECK(list_of(catalog, units)->instances.size() == 2);
  for (const auto& [name, list] : before) {
    INFO(name);
    CHECK(list_of(catalog, classes->by_name.at(name)) == list);
  }

  const CatalogWork work = catalog.work();
  log_in("iqn.2026-01.org.example:disk2", "192.0.2.12");
  CHECK(catalog.classes() == classes);
  for (const auto& [name, list] : before) {
    INFO(name);
    CHECK(list_of(catalog, classes->by_name.at(name)) == list);
  }
  CHECK(catalog.work().class_lists == work.class_lists);
  CHECK(catalog.work().instance_lists == work.instance_lists);
  CHECK(catalog.work().registrations == work.registrations + 1);
  CHECK(list_of(catalog, units)->instances.size() == 3);
  CHECK(catalog.work().instance_lists == work.instance_lists + 1);
}

TEST_CASE("a catalog that follows shows what one that begins now shows") {
  const auto seed = GENERATE(1u, 2u, 3u, 4u);
  std::mt19937 random(seed);
  Tables bench;
  Catalog following(bench.client, {}, 1024);
  std::vector<std::shared_ptr<Registrant>> providers;
  std::set<std::pair<const wmi::WmiProvider*, wmi::Guid>> told, wanted;
  for (int step = 0; step < 300; ++step) {
    const auto changes = 1 + random() % 3;
    for (unsigned i = 0; i < changes; ++i) {
      const bool come = providers.empty() || random() % 3 == 0;
      if (come) {
        providers.push_back(std::make_shared<Registrant>("FAKE\\" + std::to_string(step * 4 + i)));
      }
      const std::size_t at = come ? providers.size() - 1 : random() % providers.size();
      if (!come && random() % 2 == 0) {
        bench.registry->remove(providers[at].get());
        providers.erase(providers.begin() + static_cast<std::ptrdiff_t>(at));
        continue;
      }
      providers[at]->guids = some_guids(random);
      REQUIRE(bench.registry->add(providers[at]));
    }
    Catalog fresh(bench.client, {}, 1024);
    INFO("seed " << seed << ", step " << step);
    REQUIRE(shown(following) == shown(fresh));
    // Events are asked for once a registration, for as long as it is there.
    std::erase_if(told, [&](const auto& which) {
      return !bench.registry->registration(which.first, which.second) ||
             !following.classes()->by_guid.at(which.second)->events;
    });
    for (const auto& registration : following.take_new_event_registrations()) {
      told.emplace(registration.provider.get(), registration.guid.guid);
    }
    wanted.clear();
    for (const auto& registration : fresh.take_new_event_registrations()) {
      wanted.emplace(registration.provider.get(), registration.guid.guid);
    }
    REQUIRE(told == wanted);
    (void)following.take_disappeared();
  }
}

TEST_CASE("more changes than the registry remembers are found all the same") {
  Tables bench;
  Catalog catalog(bench.client, {}, 1024);
  const auto stays = std::make_shared<Registrant>("FAKE\\stays");
  stays->guids = {{guid_of(1), 0, 1, {}}};
  const auto goes = std::make_shared<Registrant>("FAKE\\goes");
  goes->guids = {{guid_of(1), 0, 1, {}}, {guid_of(2), 0, 1, {}}};
  REQUIRE(bench.registry->add(stays));
  REQUIRE(bench.registry->add(goes));
  CHECK(shown(catalog).size() == 5);
  bench.registry->remove(goes.get());
  const auto busy = std::make_shared<Registrant>("FAKE\\busy");
  for (int i = 0; i < 20'000; ++i) {
    busy->guids = {{guid_of(3), 0, i % 2 == 0 ? 1u : 2u, {}}};
    REQUIRE(bench.registry->add(busy));
  }
  CHECK(bench.registry->changes_since(1).everything);
  CHECK(shown(catalog).size() == 5);
  CHECK(catalog.classes()->by_guid.contains(guid_of(3)));
  CHECK_FALSE(catalog.classes()->by_guid.contains(guid_of(2)));
}

TEST_CASE("nothing is left of providers that come and go while others look") {
  Tables bench;
  Catalog catalog(bench.client, {}, 1024);
  const auto stays = std::make_shared<Registrant>("FAKE\\stays");
  stays->guids = {{guid_of(1), 0, 1, {}}};
  REQUIRE(bench.registry->add(stays));
  std::atomic<bool> stop = false;
  std::vector<std::thread> lookers;
  for (int t = 0; t < 3; ++t) {
    lookers.emplace_back([&] {
      while (!stop) {
        const auto now = catalog.classes();  // keeps the list over the loop
        for (const ClassPtr& cls : now->classes)
          catalog.instances(cls, [](const Catalog::ListResult&) {});
      }
    });
  }
  std::vector<std::weak_ptr<Registrant>> gone;
  for (int i = 0; i < 500; ++i) {
    auto guest = std::make_shared<Registrant>("FAKE\\" + std::to_string(i % 7));
    guest->guids = {{guid_of(1), 0, 2, {}}, {guid_of(2), kEventOnly, 1, {}}};
    REQUIRE(bench.registry->add(guest));
    // An event of it, which comes when it has gone.
    const wmi::InstanceRef ref{
        guest, guid_of(1), {0, wmi::to_utf16(guest->device_instance() + "_0").value()}};
    bench.registry->remove(guest.get());
    if (i % 3 == 0) (void)catalog.instance(ref);
    gone.push_back(guest);
  }
  stop = true;
  for (auto& looker : lookers) looker.join();
  CHECK(shown(catalog).size() == 2);
  (void)catalog.take_new_event_registrations();
  for (const auto& guest : gone) CHECK(guest.expired());
}
