#include "hba-sim/lab/loaded_adapter.hpp"

#include <cerrno>

#include "hba-sim/port/isolated/isolated_device.hpp"

namespace hbalab::lab {
namespace {

constexpr std::size_t kLogBytes = 1u << 20;

std::string report_of(const RunningAdapter& adapter, const LabSchema& schema,
                      const LabViolations* violations) {
  std::string text;
  if (violations != nullptr) text += violations->report(adapter.config.name);
  for (const std::string& fault : adapter.device->faults()) text += "fault: " + fault + '\n';
  // One that has ended registers nothing.
  if (adapter.device->state() != "running") return text;
  for (const std::string& line :
       schema.mismatches(adapter.config.name, *adapter.device->provider())) {
    text += "mof: " + line + '\n';
  }
  return text;
}

port::AdapterDeviceOptions options_of(const RunningAdapter& adapter,
                                      const LoadedAdapterContext& context) {
  port::AdapterDeviceOptions options;
  options.device_instance = adapter.config.device_instance;
  options.friendly_name = adapter.config.name;
  options.clock = context.clock;
  options.lock = std::shared_ptr<AdapterLock>(adapter.entrance, &adapter.entrance->lock);
  options.registry = context.registry;
  options.events = context.events;
  options.trace = context.trace;
  if (context.violations && adapter.config.miniport->check) {
    options.violations = context.violations->log();
  }
  options.registry_values = adapter.config.miniport->registry;
  options.log = [log = adapter.log, notice = context.notice,
                 name = adapter.config.name](std::string_view line) {
    log->append(std::string(line) + '\n');
    if (notice && line.starts_with("FAULT ")) notice("adapter " + name + ": " + std::string(line));
  };
  return options;
}

std::expected<std::shared_ptr<port::AdapterDevice>, port::DriverProblem> start_device(
    const RunningAdapter& adapter, const LoadedAdapterContext& context) {
  const MiniportConfig& miniport = *adapter.config.miniport;
  if (miniport.isolate) {
    port::isolated::IsolationOptions isolation;
    isolation.driver = miniport.path;
    isolation.mof = miniport.mof;
    isolation.copies = context.copies / (adapter.config.name + ".isolated");
    isolation.hang = miniport.isolate->hang;
    isolation.own_clock = context.real_clock;
    return port::isolated::start_isolated(std::move(isolation), options_of(adapter, context));
  }
  auto driver = context.drivers->open(miniport.path);
  if (!driver) return std::unexpected(std::move(driver.error()));
  auto device = port::AdapterDevice::start(*std::move(driver), options_of(adapter, context));
  if (!device) return std::unexpected(port::DriverProblem{EIO, std::move(device.error())});
  return *std::move(device);
}

}  // namespace

std::expected<std::shared_ptr<RunningAdapter>, port::DriverProblem> start_loaded_adapter(
    const AdapterConfig& config, const LoadedAdapterContext& context,
    std::shared_ptr<LineLog> log) {
  if (auto read = context.schema->add(config.name, config.miniport->mof); !read) {
    return std::unexpected(std::move(read.error()));
  }
  auto adapter = std::make_shared<RunningAdapter>();
  adapter->config = config;
  adapter->miniport = config.miniport->path;
  adapter->log = log ? std::move(log) : std::make_shared<LineLog>(kLogBytes);
  if (context.violations) context.violations->log()->begin(config.name);
  auto device = start_device(*adapter, context);
  if (!device) {
    context.schema->remove(config.name);
    return std::unexpected(std::move(device.error()));
  }
  adapter->device = *std::move(device);
  adapter->report = [its = adapter.get(), schema = context.schema,
                     violations = context.violations] {
    return report_of(*its, *schema, violations.get());
  };
  return adapter;
}

}  // namespace hbalab::lab
