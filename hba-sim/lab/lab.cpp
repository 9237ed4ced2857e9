#include "hba-sim/lab/lab.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "hba-sim/adapter/nvram_pool.hpp"
#include "hba-sim/fabric/fabric_controls.hpp"
#include "hba-sim/fabric/simulated.hpp"
#include "hba-sim/lab/adapter_table.hpp"
#include "hba-sim/lab/config_json.hpp"
#include "hba-sim/lab/execute_control.hpp"
#include "hba-sim/lab/loaded_adapter.hpp"
#include "hba-sim/lab/schedule.hpp"
#include "hba-sim/lab/state_dir.hpp"
#include "hba-sim/miniport/miniport.hpp"
#include "hba-sim/port/stuck_calls.hpp"
#include "hba-sim/port/trace.hpp"
#include "wmi-model/mof.hpp"

namespace hbalab::lab {
namespace {

// Everything of a lab. Members are in the order of their making; the destructor takes them down
// from the top: drivers, hardware, cables, clock, and the state directory's lock last.
class RunningLab final : public Lab {
 public:
  // `real_clock`: options.clock is none, or tells the real time.
  RunningLab(StateDir state, LabOptions options, Check check, bool real_clock)
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
        notice_(std::move(options.notice)),
        check_(check),
        violations_(std::make_shared<LabViolations>(trace_, notice_, fatal_adapters(config_))),
        loaded_{clock_,
                real_clock,
                state_.path() / "drivers",
                registry_,
                events_,
                trace_,
                std::make_shared<LabSchema>(schema_, has_hardware(config_), registry_, trace_),
                std::make_shared<port::DriverLibrary>(state_.path() / "drivers"),
                check_ == Check::none ? nullptr : violations_,
                notice_},
        schedule_(Schedule::create(config_.schedule, clock_, config_.seed)) {
    trace_->set_schema(schema_);
  }

  ~RunningLab() override {
    schedule_->end();
    // Somebody may still hold a control file, and with it an adapter.
    for (const auto& adapter : adapters_.all()) adapter->end();
  }

  [[nodiscard]] std::expected<void, std::string> start() {
    auto made = make_hardware();
    for (std::size_t i = 0; i < made.size(); ++i) {
      auto started = made[i] ? (*made[i] ? drive(*made[i]) : load(config_.adapters[i]))
                             : std::expected<void, std::string>(std::unexpected(made[i].error()));
      if (!started) {
        return std::unexpected("adapter " + config_.adapters[i].name + ": " + started.error());
      }
    }
    control_ = std::make_shared<DirectoryTree>(make_root());
    violations_->log()->flush();  // on the terminal before the lab is ready
    return schedule_->begin(*control_);
  }

  [[nodiscard]] std::shared_ptr<wmi::ProviderRegistry> registry() override { return registry_; }
  [[nodiscard]] std::shared_ptr<wmi::EventHub> events() override { return events_; }
  [[nodiscard]] std::shared_ptr<wmi::WmiClient> client() override { return client_; }
  [[nodiscard]] std::shared_ptr<ControlTree> control() override { return control_; }
  void settle() override {
    for (const auto& adapter : adapters_.all()) adapter->device->settle();
    violations_->log()->flush();  // what an adapter that has gone did last
  }

 private:
  using Made = std::expected<std::shared_ptr<RunningAdapter>, std::string>;

  static bool has_hardware(const LabConfig& config) {
    return std::ranges::any_of(config.adapters,
                               [](const AdapterConfig& its) { return !its.miniport; });
  }

  // Those of the built-in miniport, when the environment asks for that.
  static std::function<bool(const std::string&)> fatal_adapters(const LabConfig& config) {
    if (!fatal_by_environment()) return nullptr;
    std::set<std::string> names;
    for (const AdapterConfig& its : config.adapters) {
      if (!its.miniport) names.insert(its.name);
    }
    return [names = std::move(names)](const std::string& name) { return names.contains(name); };
  }

  // The hardware of every adapter, in their order; null for those of a loaded miniport. What takes
  // time is the disk, which serves several at once better than one after the other.
  [[nodiscard]] std::vector<Made> make_hardware() {
    constexpr std::size_t kAtOnce = 8;
    std::vector<Made> made(config_.adapters.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t i = next++; i < made.size(); i = next++) {
        if (!config_.adapters[i].miniport) made[i] = make_adapter(i);
      }
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
    running->config = config;
    running->miniport = image.name;
    port::AdapterDeviceOptions options;
    options.device_instance = config.device_instance;
    options.friendly_name = config.name;
    options.clock = clock_;
    options.lock = std::shared_ptr<AdapterLock>(running->entrance, &running->entrance->lock);
    options.registry = registry_;
    options.events = events_;
    options.trace = trace_;
    if (check_ == Check::all) options.violations = violations_->log();
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
    adapters_.add(running);
    return {};
  }

  // With the control that restarts it, which only this lab can.
  [[nodiscard]] std::expected<std::shared_ptr<RunningAdapter>, port::DriverProblem> start_loaded(
      const AdapterConfig& config, std::shared_ptr<LineLog> log = nullptr) {
    if (!config.miniport->isolate && !stuck_) {
      stuck_ = std::make_unique<port::StuckCalls>(notice_);
      stuck_->start();
    }
    auto adapter = start_loaded_adapter(config, loaded_, std::move(log));
    if (adapter) {
      (*adapter)->restart = [this, name = config.name] { return restart_adapter(name); };
    }
    return adapter;
  }

  [[nodiscard]] std::expected<void, std::string> load(const AdapterConfig& config) {
    auto adapter = start_loaded(config);
    if (!adapter) return std::unexpected(std::move(adapter.error().reason));
    adapters_.add(*adapter);
    (*adapter)->device->settle();
    tell(**adapter);
    return {};
  }

  // What does not fit together; what the miniport did wrong has been told when it did.
  void tell(const RunningAdapter& adapter) const {
    if (!notice_) return;
    for (const std::string& line :
         loaded_.schema->mismatches(adapter.config.name, *adapter.device->provider())) {
      notice_("adapter " + adapter.config.name + ": mof: " + line);
    }
  }

  // lab/add_adapter
  ControlDone add_adapter(std::string_view text) {
    const auto config = parse_loaded_adapter("adapter", text);
    if (!config) {
      std::string reason;
      for (const ConfigError& error : config.error()) {
        reason += (reason.empty() ? "" : "\n") + error.to_string();
      }
      return control_error(EINVAL, std::move(reason));
    }
    const std::scoped_lock lock(life_mutex_);
    for (const auto& other : adapters_.all()) {
      if (other->config.name == config->name)
        return control_error(EEXIST, "there is an adapter " + in_quotes(config->name) +
                                         " already; give another name, or remove it first");
      if (other->config.device_instance == config->device_instance)
        return control_error(EEXIST, "adapter " + in_quotes(other->config.name) +
                                         " has the device instance " + config->device_instance);
    }
    auto adapter = start_loaded(*config);
    if (!adapter) return control_error(adapter.error().error, std::move(adapter.error().reason));
    adapters_.add(*adapter);
    control_->changed("adapters");
    return {};
  }

  // Ends the adapter and starts it with the files as they are now. One that does not start again
  // stays where it is, ended, and can be tried again.
  ControlDone restart_adapter(std::string_view name) {
    const std::scoped_lock lock(life_mutex_);
    const auto old = adapters_.find(name);
    if (!old) return control_error(ENOENT, "there is no adapter " + in_quotes(name));
    old->end();
    loaded_.schema->remove(old->config.name);
    auto adapter = start_loaded(old->config, old->log);
    if (!adapter) {
      const std::scoped_lock its(old->restart_mutex);
      old->restart_failure = adapter.error().reason;
      return control_error(adapter.error().error, std::move(adapter.error().reason));
    }
    adapters_.replace(*adapter);
    control_->changed("adapters");
    return {};
  }

  ControlDone remove_adapter(std::string_view name) {
    const std::scoped_lock lock(life_mutex_);
    const auto adapter = adapters_.find(name);
    if (!adapter) return control_error(ENOENT, "there is no adapter " + in_quotes(name));
    if (!adapter->config.miniport) {
      return control_error(EPERM, "adapter " + in_quotes(name) +
                                      " is simulated hardware, which stays for as long as the lab; "
                                      "only adapters with a loaded miniport can be removed");
    }
    adapter->end();
    loaded_.schema->remove(adapter->config.name);
    (void)adapters_.take(name);
    control_->changed("adapters");
    return {};
  }

  [[nodiscard]] std::shared_ptr<ControlDirectory> make_root() {
    auto root = std::make_shared<FixedDirectory>();
    root->file("name", [name = config_.name]() -> ControlText { return name; });
    root->file("pid", []() -> ControlText { return std::to_string(::getpid()); });
    root->file("state_dir", [path = state_.path().string()]() -> ControlText { return path; });
    // The controls are used while the lab is.
    root->directory("adapters", adapters_.directory([this](std::string_view name) {
      return remove_adapter(name);
    }));
    root->write_only("add_adapter", [this](std::string_view text) { return add_adapter(text); });
    root->directory("fabric", fabric::make_fabric_controls(fabric_));
    add_execute_control(*root, registry_, client_);
    root->file("schedule", [schedule = schedule_]() -> ControlText { return schedule->show(); });
    if (!scenario_.name.empty()) {
      auto scenarios = std::make_shared<FixedDirectory>();
      scenarios->file(scenario_.name, [text = scenario_.text]() -> ControlText { return text; });
      root->directory("scenarios", std::move(scenarios));
    }
    root->log("trace.jsonl", trace_);
    root->log("violations.jsonl", violations_->lines());
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
  const std::function<void(std::string_view)> notice_;
  const Check check_;
  const std::shared_ptr<LabViolations> violations_;
  const LoadedAdapterContext loaded_;
  std::mutex life_mutex_;  // one adapter comes or goes at a time; before every other lock
  AdapterTable adapters_;
  std::shared_ptr<DirectoryTree> control_;
  std::shared_ptr<Schedule> schedule_;
  // Null until a driver is loaded into this process; guarded by life_mutex_ once the lab runs.
  std::unique_ptr<port::StuckCalls> stuck_;
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
  const auto check = options.check ? *options.check : check_of_environment();
  if (!check) return std::unexpected(check.error());
  make_room_for_files(options.config.adapters.size(), options.open_nvrams);
  auto state = StateDir::open(options.state_dir);
  if (!state) return std::unexpected(std::move(state.error()));
  // Copies of drivers that a lab which was killed has left.
  std::error_code ignored;
  std::filesystem::remove_all(state->path() / "drivers", ignored);
  const bool real_clock = options.clock == nullptr;
  auto lab =
      std::make_unique<RunningLab>(*std::move(state), std::move(options), *check, real_clock);
  if (auto started = lab->start(); !started) return std::unexpected(std::move(started.error()));
  return lab;
}

}  // namespace hbalab::lab
