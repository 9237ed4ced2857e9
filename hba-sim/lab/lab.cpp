#include "hba-sim/lab/lab.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "hba-sim/adapter/nvram_pool.hpp"
#include "hba-sim/fabric/fabric_controls.hpp"
#include "hba-sim/fabric/simulated.hpp"
#include "hba-sim/lab/adapter_controls.hpp"
#include "hba-sim/lab/execute_control.hpp"
#include "hba-sim/lab/schedule.hpp"
#include "hba-sim/lab/state_dir.hpp"
#include "hba-sim/miniport/miniport.hpp"
#include "hba-sim/port/trace.hpp"
#include "wmi-model/mof.hpp"

namespace hbalab::lab {
namespace {

// Everything of a lab. Members are in the order of their making; the destructor takes them down
// from the top: drivers, hardware, cables, clock, and the state directory's lock last.
class RunningLab final : public Lab {
 public:
  RunningLab(StateDir state, LabOptions options)
      : state_(std::move(state)),
        config_(std::move(options.config)),
        scenario_(std::move(options.scenario)),
        clock_(options.clock ? std::move(options.clock)
                             : std::shared_ptr<Clock>(make_real_clock())),
        schema_(options.schema ? std::move(options.schema) : wmi::builtin_schema()),
        fabric_(std::make_shared<fabric::SimulatedFabric>(config_, clock_)),
        registry_(std::make_shared<wmi::ProviderRegistry>(schema_)),
        events_(std::make_shared<wmi::EventHub>()),
        client_(std::make_shared<wmi::WmiClient>(registry_)),
        trace_(port::Trace::create()),
        schedule_(Schedule::create(config_.schedule, clock_, config_.seed)) {
    trace_->set_schema(schema_);
  }

  ~RunningLab() override {
    schedule_->end();
    // Somebody may still hold a control file, and with it an adapter.
    for (const auto& adapter : adapters_) adapter->end();
  }

  [[nodiscard]] std::expected<void, std::string> start() {
    auto made = make_hardware();
    for (std::size_t i = 0; i < made.size(); ++i) {
      auto started = made[i] ? drive(*made[i])
                             : std::expected<void, std::string>(std::unexpected(made[i].error()));
      if (!started) {
        return std::unexpected("adapter " + config_.adapters[i].name + ": " + started.error());
      }
    }
    control_ = std::make_shared<DirectoryTree>(make_root());
    return schedule_->begin(*control_);
  }

  [[nodiscard]] std::shared_ptr<wmi::ProviderRegistry> registry() override { return registry_; }
  [[nodiscard]] std::shared_ptr<wmi::EventHub> events() override { return events_; }
  [[nodiscard]] std::shared_ptr<wmi::WmiClient> client() override { return client_; }
  [[nodiscard]] std::shared_ptr<ControlTree> control() override { return control_; }

 private:
  using Made = std::expected<std::shared_ptr<RunningAdapter>, std::string>;

  // The hardware of every adapter, in their order. What takes time is the disk, which serves
  // several at once better than one after the other.
  [[nodiscard]] std::vector<Made> make_hardware() {
    constexpr std::size_t kAtOnce = 8;
    std::vector<Made> made(config_.adapters.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t i = next++; i < made.size(); i = next++) made[i] = make_adapter(i);
    };
    std::vector<std::jthread> workers;
    for (std::size_t i = 1; i < std::min(kAtOnce, made.size()); ++i) workers.emplace_back(work);
    work();
    workers.clear();
    return made;
  }

  [[nodiscard]] Made make_adapter(std::size_t index) const {
    const AdapterConfig& config = config_.adapters[index];
    auto running = std::make_shared<RunningAdapter>();
    adapter::HbaOptions hardware;
    hardware.config = config;
    hardware.state_dir = state_.path();
    hardware.fabric = fabric_;
    hardware.clock = clock_;
    hardware.seed = config_.seed + index;
    hardware.enter = [entrance = running->entrance](std::move_only_function<void()> action) {
      entrance->lock.enter([state = entrance.get(), action = std::move(action)]() mutable {
        if (state->open) action();
      });
    };
    auto hba = adapter::Hba::create(std::move(hardware));
    if (!hba) return std::unexpected(std::move(hba.error()));
    running->hba = *std::move(hba);
    return running;
  }

  // Loads the driver and starts it.
  [[nodiscard]] std::expected<void, std::string> drive(
      const std::shared_ptr<RunningAdapter>& running) {
    const AdapterConfig& config = running->hba->config();
    const port::MiniportImage image = miniport::builtin_image();
    running->miniport = image.name;
    port::AdapterDeviceOptions options;
    options.device_instance = config.device_instance;
    options.friendly_name = config.name;
    options.clock = clock_;
    options.lock = std::shared_ptr<AdapterLock>(running->entrance, &running->entrance->lock);
    options.registry = registry_;
    options.events = events_;
    options.trace = trace_;
    options.hardware = running->hba.get();
    options.begin_help = [adapter = running->hba.get()] { adapter->begin_help(); };
    options.end_help = [adapter = running->hba.get()] { return adapter->end_help(); };
    options.explain = [weak = std::weak_ptr(running)](const wmi::Guid& guid, std::uint32_t method,
                                                      std::span<const std::uint8_t> in,
                                                      std::span<const std::uint8_t> out) {
      const auto adapter = weak.lock();
      if (!adapter) return std::string();
      const AdapterLock::Scope scope(adapter->entrance->lock);
      if (!adapter->hba) return std::string();
      return miniport::explain_removal(*adapter->hba, guid, method, in, out);
    };
    auto device = port::AdapterDevice::start(image, std::move(options));
    if (!device) return std::unexpected(std::move(device.error()));
    running->device = *std::move(device);
    adapters_.push_back(running);
    return {};
  }

  [[nodiscard]] std::shared_ptr<ControlDirectory> make_root() const {
    auto adapters = std::make_shared<FixedDirectory>();
    for (const auto& adapter : adapters_) {
      adapters->directory(adapter->hba->config().name, make_adapter_controls(adapter));
    }
    auto root = std::make_shared<FixedDirectory>();
    root->file("name", [name = config_.name]() -> ControlText { return name; });
    root->file("pid", []() -> ControlText { return std::to_string(::getpid()); });
    root->file("state_dir", [path = state_.path().string()]() -> ControlText { return path; });
    root->directory("adapters", std::move(adapters));
    root->directory("fabric", fabric::make_fabric_controls(fabric_));
    add_execute_control(*root, registry_, client_);
    root->file("schedule", [schedule = schedule_]() -> ControlText { return schedule->show(); });
    if (!scenario_.name.empty()) {
      auto scenarios = std::make_shared<FixedDirectory>();
      scenarios->file(scenario_.name, [text = scenario_.text]() -> ControlText { return text; });
      root->directory("scenarios", std::move(scenarios));
    }
    root->log("trace.jsonl", trace_);
    return root;
  }

  StateDir state_;
  LabConfig config_;
  Scenario scenario_;
  std::shared_ptr<Clock> clock_;
  std::shared_ptr<const wmi::SchemaSet> schema_;
  std::shared_ptr<fabric::SimulatedFabric> fabric_;
  std::shared_ptr<wmi::ProviderRegistry> registry_;
  std::shared_ptr<wmi::EventHub> events_;
  std::shared_ptr<wmi::WmiClient> client_;
  std::shared_ptr<port::Trace> trace_;
  std::vector<std::shared_ptr<RunningAdapter>> adapters_;
  std::shared_ptr<ControlTree> control_;
  std::shared_ptr<Schedule> schedule_;
};

// Lets the process have the files of all adapters open, or else as many as it may; the pool gets by
// with those.
void make_room_for_files(std::size_t adapters, std::size_t bound) {
  auto& pool = adapter::NvramPool::shared();
  if (bound != 0) return pool.set_bound(bound);
  const rlim_t wanted = adapter::NvramPool::files_for(adapters);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  if (limit.rlim_cur < wanted) {
    const rlimit all{wanted, std::max(limit.rlim_max, wanted)};  // for who may
    const rlimit most{limit.rlim_max, limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &all) == 0) {
      limit = all;
    } else if (::setrlimit(RLIMIT_NOFILE, &most) == 0) {
      limit = most;
    }
  }
  pool.set_bound(adapter::NvramPool::bound_for(limit.rlim_cur));
}

}  // namespace

std::expected<std::unique_ptr<Lab>, std::string> Lab::open(LabOptions options) {
  make_room_for_files(options.config.adapters.size(), options.open_nvrams);
  auto state = StateDir::open(options.state_dir);
  if (!state) return std::unexpected(std::move(state.error()));
  auto lab = std::make_unique<RunningLab>(*std::move(state), std::move(options));
  if (auto started = lab->start(); !started) return std::unexpected(std::move(started.error()));
  return lab;
}

}  // namespace hbalab::lab
