// Every call from the port driver into a driver's code: one object for each adapter, so that what
// has to stand between the two (a guard, a checker, another process) stands in one place.
//
// What a routine returns comes back, or nothing when the driver failed in it: it threw, or did what
// raise_fault() ends. The adapter has been told by then.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "hba-sim/include/storport.h"
#include "hba-sim/port/driver.hpp"

namespace hbalab::port {

class Core;

class DriverCalls {
 public:
  // A routine that the driver has handed over with its arguments; it returns nothing.
  using Routine = std::function<void()>;

  virtual ~DriverCalls() = default;

  // Of HW_INITIALIZATION_DATA; the optional ones (build_io, adapter_control, reset_bus,
  // free_adapter_resources) answer what stands for "done" when the driver has none.
  virtual std::optional<ULONG> find_adapter(PVOID bus_information, PCHAR arguments,
                                            PPORT_CONFIGURATION_INFORMATION config,
                                            PBOOLEAN again) = 0;
  virtual std::optional<BOOLEAN> initialize() = 0;
  virtual std::optional<BOOLEAN> build_io(PSCSI_REQUEST_BLOCK srb) = 0;
  virtual std::optional<BOOLEAN> start_io(PSCSI_REQUEST_BLOCK srb) = 0;
  virtual std::optional<BOOLEAN> reset_bus(ULONG path) = 0;
  virtual std::optional<SCSI_ADAPTER_CONTROL_STATUS> adapter_control(SCSI_ADAPTER_CONTROL_TYPE type,
                                                                     PVOID parameters) = 0;
  virtual void free_adapter_resources() = 0;
  // Handed over later: "passive initialisation", "timer", "DPC", "work item", ...
  virtual std::optional<BOOLEAN> passive_initialize(PHW_PASSIVE_INITIALIZE_ROUTINE routine) = 0;
  virtual void run(std::string_view what, const Routine& routine) = 0;
  virtual void timer(PHW_TIMER routine) = 0;
};

// In this process. `failed` is told which routine failed, and how; any thread, with the adapter
// lock or without.
[[nodiscard]] std::unique_ptr<DriverCalls> make_direct_calls(
    Core& core, const DriverRegistration& registration, PVOID extension,
    std::function<void(std::string_view routine, std::string what)> failed);

}  // namespace hbalab::port
