#include "hba-sim/lab/loaded_adapter.hpp"

#include <cerrno>

namespace hbalab::lab {
namespace {

constexpr std::size_t kLogBytes = 1u << 20;

std::string report_of(const RunningAdapter& adapter, const LabSchema& schema,
                      const LabViolations* violations) {
  std::string text;
  if (violations != nullptr) {
    adapter.device->settle();
    text += violations->report(adapter.config.name);
  }
  for (const std::string& fault : adapter.device->faults()) text += "fault: " + fault + '\n';
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

}  // namespace

std::expected<std::shared_ptr<RunningAdapter>, port::DriverProblem> start_loaded_adapter(
    const AdapterConfig& config, const LoadedAdapterContext& context) {
  const MiniportConfig& miniport = *config.miniport;
  if (auto read = context.schema->add(config.name, miniport.mof); !read) {
    return std::unexpected(std::move(read.error()));
  }
  const auto failed = [&](port::DriverProblem problem) {
    context.schema->remove(config.name);
    return std::unexpected(std::move(problem));
  };
  auto driver = context.drivers->open(miniport.path);
  if (!driver) return failed(std::move(driver.error()));
  auto adapter = std::make_shared<RunningAdapter>();
  adapter->config = config;
  adapter->miniport = miniport.path;
  adapter->log = std::make_shared<LineLog>(kLogBytes);
  if (context.violations) context.violations->log()->begin(config.name);
  auto device = port::AdapterDevice::start(*std::move(driver), options_of(*adapter, context));
  if (!device) return failed({EIO, std::move(device.error())});
  adapter->device = *std::move(device);
  adapter->report = [its = adapter.get(), schema = context.schema,
                     violations = context.violations] {
    return report_of(*its, *schema, violations.get());
  };
  return adapter;
}

}  // namespace hbalab::lab
