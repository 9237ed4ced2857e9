#include "hba-sim/port/driver_calls.hpp"

#include <utility>

#include "hba-sim/port/adapter_services.hpp"
#include "hba-sim/port/checker/fault.hpp"
#include "hba-sim/port/core.hpp"
#include "hba-sim/port/driver_fault.hpp"

namespace hbalab::port {
namespace {

class DirectCalls final : public DriverCalls {
 public:
  DirectCalls(Core& core, const DriverRegistration& registration, PVOID extension,
              std::function<void(std::string_view, std::string)> failed)
      : core_(core),
        driver_(registration.data),
        context_(registration.context),
        extension_(extension),
        failed_(std::move(failed)) {}

  std::optional<ULONG> find_adapter(PVOID bus_information, PCHAR arguments,
                                    PPORT_CONFIGURATION_INFORMATION config,
                                    PBOOLEAN again) override {
    return call("HwFindAdapter", [&] {
      return driver_.HwFindAdapter(extension_, context_, bus_information, arguments, config, again);
    });
  }

  std::optional<BOOLEAN> initialize() override {
    return call("HwInitialize", [&] { return driver_.HwInitialize(extension_); });
  }

  std::optional<BOOLEAN> build_io(PSCSI_REQUEST_BLOCK srb) override {
    if (driver_.HwBuildIo == nullptr) return BOOLEAN{TRUE};
    return call("HwBuildIo", [&] { return driver_.HwBuildIo(extension_, srb); });
  }

  std::optional<BOOLEAN> start_io(PSCSI_REQUEST_BLOCK srb) override {
    return call("HwStartIo", [&] { return driver_.HwStartIo(extension_, srb); });
  }

  std::optional<BOOLEAN> reset_bus(ULONG path) override {
    if (driver_.HwResetBus == nullptr) return BOOLEAN{FALSE};
    return call("HwResetBus", [&] { return driver_.HwResetBus(extension_, path); });
  }

  std::optional<SCSI_ADAPTER_CONTROL_STATUS> adapter_control(SCSI_ADAPTER_CONTROL_TYPE type,
                                                             PVOID parameters) override {
    if (driver_.HwAdapterControl == nullptr) return ScsiAdapterControlUnsuccessful;
    return call("HwAdapterControl",
                [&] { return driver_.HwAdapterControl(extension_, type, parameters); });
  }

  void free_adapter_resources() override {
    if (driver_.HwFreeAdapterResources == nullptr) return;
    run("HwFreeAdapterResources", [&] { driver_.HwFreeAdapterResources(extension_); });
  }

  std::optional<BOOLEAN> passive_initialize(PHW_PASSIVE_INITIALIZE_ROUTINE routine) override {
    return call("HwPassiveInitializeRoutine", [&] { return routine(extension_); });
  }

  void run(std::string_view what, const Routine& routine) override {
    (void)call(what, [&] {
      routine();
      return true;
    });
  }

  void timer(PHW_TIMER routine) override {
    (void)call("HwTimer", [&] {
      routine(extension_);
      return true;
    });
  }

 private:
  template <typename Call>
  auto call(std::string_view routine, Call&& it) -> std::optional<decltype(it())> {
    const check::FaultContext context(core_.options().friendly_name, routine);
    const std::size_t locks = AdapterServices::held_by_thread();
    auto result = guard_call(&core_, routine, std::forward<Call>(it),
                             [&](std::string what) { failed_(routine, std::move(what)); });
    if (AdapterServices::held_by_thread() > locks) {
      const auto [names, code] = AdapterServices::release_down_to(locks);
      // Of a routine that failed nobody expects that it releases what it has.
      if (!result) return result;
      check::Findings findings;
      const check::Leftover left{check::Leftover::Kind::lock, names, 0, {}};
      check::check_leftovers({&left, 1}, findings);
      core_.found(routine, findings, code);
    }
    return result;
  }

  Core& core_;
  const HW_INITIALIZATION_DATA driver_;
  const PVOID context_;
  const PVOID extension_;
  const std::function<void(std::string_view, std::string)> failed_;
};

}  // namespace

std::unique_ptr<DriverCalls> make_direct_calls(
    Core& core, const DriverRegistration& registration, PVOID extension,
    std::function<void(std::string_view routine, std::string what)> failed) {
  return std::make_unique<DirectCalls>(core, registration, extension, std::move(failed));
}

}  // namespace hbalab::port
