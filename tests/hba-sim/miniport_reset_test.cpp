// The routines that the port driver of the lab has no reason to call, on the built-in miniport: a
// bus reset, and what is asked of the adapter's controls.
#include <condition_variable>
#include <mutex>

#include "hba-sim/fabric/simulated.hpp"
#include "hba-sim/miniport/miniport.hpp"
#include "hba-sim/port/core.hpp"
#include "lab_support.hpp"
#include "wmi-model/mof.hpp"

using namespace hbalab;
using namespace hbalab::lab_test;

namespace {

// The built-in image with its routines and its device extension laid open.
struct Laid {
  HW_INITIALIZATION_DATA data{};
  PVOID extension = nullptr;
} laid;

ULONG find_adapter(PVOID extension, PVOID context, PVOID bus, PCHAR arguments,
                   PPORT_CONFIGURATION_INFORMATION config, PBOOLEAN again) {
  laid.extension = extension;
  return laid.data.HwFindAdapter(extension, context, bus, arguments, config, again);
}

std::uint32_t driver_entry(void* object, void* path) {
  const auto status = miniport::builtin_image().driver_entry(object, path);
  auto& data = static_cast<port::DriverObject*>(object)->registrations.at(0).data;
  laid.data = data;
  data.HwFindAdapter = find_adapter;
  return status;
}

// One adapter of the lab without the lab.
struct AdapterFixture {
  AdapterFixture() {
    auto config = lab::parse_lab("lab.json", kLabText);
    REQUIRE(config.has_value());
    fabric = std::make_shared<fabric::SimulatedFabric>(*config, clock);
    adapter::HbaOptions hardware;
    hardware.config = config->adapters[0];
    hardware.state_dir = directory.path;
    hardware.fabric = fabric;
    hardware.clock = clock;
    hardware.enter = [lock = lock](std::move_only_function<void()> action) {
      lock->enter(std::move(action));
    };
    hba = adapter::Hba::create(std::move(hardware)).value();
    port::AdapterDeviceOptions options;
    options.device_instance = "PCI\\BUS";
    options.friendly_name = "hba0";
    options.clock = clock;
    options.lock = lock;
    options.registry = registry;
    options.events = std::make_shared<wmi::EventHub>();
    options.trace = port::Trace::create();
    options.hardware = hba.get();
    options.begin_help = [raw = hba.get()] { raw->begin_help(); };
    options.end_help = [raw = hba.get()] { return raw->end_help(); };
    device = port::AdapterDevice::start({"laid-open", driver_entry}, std::move(options)).value();
  }
  ~AdapterFixture() {
    if (device) device->stop();
    hba.reset();
  }

  Answer call(Method method, const Bytes& in) {
    return client.call_wait(operations(), static_cast<std::uint32_t>(method), in, 64);
  }
  [[nodiscard]] wmi::InstanceRef operations() const {
    return registry->static_instances(wmi::Guid{iscsi::MSiSCSI_OperationsGuid}).at(0);
  }
  [[nodiscard]] std::size_t luns() const {
    return registry->static_instances(wmi::Guid{iscsi::MSiSCSI_LUNMappingInformationGuid}).size();
  }
  std::size_t sessions() {
    const AdapterLock::Scope scope(*lock);
    return hba->session_count();
  }
  void pass(int milliseconds) {
    for (int i = 0; i < milliseconds; ++i) clock->advance(std::chrono::milliseconds(1));
  }
  void reset_bus() {
    lock->enter([] { CHECK(laid.data.HwResetBus(laid.extension, 0) == TRUE); });
  }

  TemporaryDirectory directory;
  std::shared_ptr<VirtualClock> clock = std::make_shared<VirtualClock>();
  std::shared_ptr<AdapterLock> lock = std::make_shared<AdapterLock>();
  std::shared_ptr<wmi::ProviderRegistry> registry =
      std::make_shared<wmi::ProviderRegistry>(wmi::builtin_schema());
  wmi::WmiClient client{registry};
  std::shared_ptr<fabric::SimulatedFabric> fabric;
  std::unique_ptr<adapter::Hba> hba;
  std::shared_ptr<port::AdapterDevice> device;
};

}  // namespace

TEST_CASE("a bus reset ends sessions and logins, and the adapter goes on as after power-on") {
  AdapterFixture f;
  // One session of the caller's, one login that pends, one login stored.
  const auto disk = login_in({.persistent = false});
  std::optional<Answer> up, pending;
  f.client.call(f.operations(), static_cast<std::uint32_t>(Method::LoginToTarget), disk, 64, false,
                [&](Answer answer) { up.emplace(std::move(answer)); });
  f.pass(100);
  REQUIRE(up.has_value());
  CHECK(status_of(*up) == iscsi::ISDSC_SUCCESS);
  REQUIRE(f.luns() == 2);
  CHECK(status_of(f.call(Method::LoginToTarget, login_in({.target = "iqn.2026-01.org.example:disk2",
                                                          .address = "192.0.2.12"}))) ==
        iscsi::ISDSC_SUCCESS);
  const auto dead =
      login_in({.target = std::string(kDead), .address = "192.0.2.30", .persistent = false});
  f.client.call(f.operations(), static_cast<std::uint32_t>(Method::LoginToTarget), dead, 64, false,
                [&](Answer answer) { pending.emplace(std::move(answer)); });
  CHECK(f.device->pending() == 1);

  f.reset_bus();
  REQUIRE(pending.has_value());
  CHECK(status_of(*pending) == iscsi::ISDSC_TRANSPORT_ERROR);
  CHECK(f.device->pending() == 0);
  f.pass(1000);
  // The stored login is back with its unit, which takes working hooks; the caller's session is not.
  CHECK(f.sessions() == 1);
  CHECK(f.luns() == 1);
  f.reset_bus();
  f.reset_bus();
  f.pass(1000);
  CHECK(f.sessions() == 1);
  CHECK(f.luns() == 1);
}

TEST_CASE("a save that a bus reset overtakes is answered when it is durable") {
  AdapterFixture f;
  for (std::uint16_t round = 0; round < 20; ++round) {
    std::mutex mutex;
    std::condition_variable done;
    std::optional<Answer> saved;
    f.client.call(f.operations(), static_cast<std::uint32_t>(Method::LoginToTarget),
                  login_in({.socket = static_cast<std::uint16_t>(7000 + round)}), 64, false,
                  [&](Answer answer) {
                    const std::scoped_lock lock(mutex);
                    saved.emplace(std::move(answer));
                    done.notify_all();
                  });
    f.reset_bus();
    f.hba->help();
    std::unique_lock lock(mutex);
    REQUIRE(done.wait_for(lock, std::chrono::minutes(1), [&] { return saved.has_value(); }));
    CHECK(status_of(*saved) == iscsi::ISDSC_SUCCESS);
  }
}

TEST_CASE("stopping gives back the SRBs of changes that the NVRAM has yet to make") {
  AdapterFixture f;
  CHECK(status_of(f.call(Method::LoginToTarget, login_in({.socket = 7776}))) ==
        iscsi::ISDSC_SUCCESS);
  // While help is announced and not given, nothing is committed: the changes pend for certain.
  f.hba->nvram().begin_help();
  std::vector<Answer> answers;
  const auto begin = [&](Method method, const Bytes& in) {
    f.client.call(f.operations(), static_cast<std::uint32_t>(method), in, 64, false,
                  [&](Answer answer) { answers.push_back(std::move(answer)); });
  };
  begin(Method::LoginToTarget, login_in({.socket = 7777}));
  begin(Method::LoginToTarget, login_in({.socket = 7777, .security_flags = 2}));
  begin(Method::RemovePersistentLogin, remove_in(kDisk, 0xFFFFFFFFu, "192.0.2.10", 7776));
  REQUIRE(answers.empty());
  CHECK(f.device->pending() == 3);
  const bool for_good = GENERATE(false, true);
  if (for_good) {
    f.device->stop();
    f.device.reset();  // and with it the memory that SRBs and their extensions lie in
  } else {
    REQUIRE(f.device->reset().has_value());
    CHECK(f.device->pending() == 0);
  }
  REQUIRE(answers.size() == 3);
  for (const Answer& answer : answers) {
    REQUIRE(!answer.has_value());
    CHECK(answer.error().status == (for_good ? NtStatus::cancelled : NtStatus::io_device_error));
  }
  // What had begun happens, and nobody hears of it twice.
  f.hba->nvram().end_help();
  f.hba->help();
  f.hba->help();
  CHECK(answers.size() == 3);
  if (for_good) return;
  CHECK(status_of(f.call(Method::LoginToTarget, login_in({.socket = 7778}))) ==
        iscsi::ISDSC_SUCCESS);
  const AdapterLock::Scope scope(*f.lock);
  CHECK(f.hba->logins().size() == 2);
}

TEST_CASE("the miniport says which controls it has") {
  AdapterFixture f;
  alignas(ULONG) UCHAR types[sizeof(ULONG) + 4] = {4};
  CHECK(laid.data.HwAdapterControl(laid.extension, ScsiQuerySupportedControlTypes, types) ==
        ScsiAdapterControlSuccess);
  CHECK(types[sizeof(ULONG) + ScsiStopAdapter] == TRUE);
  CHECK(types[sizeof(ULONG) + ScsiRestartAdapter] == FALSE);
  CHECK(laid.data.HwAdapterControl(laid.extension, ScsiRestartAdapter, nullptr) ==
        ScsiAdapterControlUnsuccessful);
}
