// An adapter of a lab whose miniport was loaded from a file: there is no simulated hardware below
// it.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "hba-sim/lab/adapter_controls.hpp"
#include "hba-sim/lab/config.hpp"
#include "hba-sim/lab/lab_schema.hpp"
#include "hba-sim/lab/violations.hpp"
#include "hba-sim/port/driver_library.hpp"

namespace hbalab::lab {

// What all of them have in common.
struct LoadedAdapterContext {
  std::shared_ptr<Clock> clock;
  bool real_clock = true;        // clock tells the real time
  std::filesystem::path copies;  // a directory for what isolated drivers are loaded from
  std::shared_ptr<wmi::ProviderRegistry> registry;
  std::shared_ptr<wmi::EventHub> events;
  std::shared_ptr<port::Trace> trace;
  std::shared_ptr<LabSchema> schema;
  std::shared_ptr<port::DriverLibrary> drivers;
  std::shared_ptr<LabViolations> violations;  // null: the drivers are not checked
  // Told of what a driver does wrong, when it does; may be null. Any thread.
  std::function<void(std::string_view line)> notice;
};

// Reads the MOF files, loads the driver unless it is loaded, and starts the adapter.
// `log` goes on where the adapter was there before; null: a new one.
[[nodiscard]] std::expected<std::shared_ptr<RunningAdapter>, port::DriverProblem>
start_loaded_adapter(const AdapterConfig& config, const LoadedAdapterContext& context,
                     std::shared_ptr<LineLog> log = nullptr);

}  // namespace hbalab::lab
