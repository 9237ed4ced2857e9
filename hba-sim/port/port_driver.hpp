// The port driver: loads a miniport, finds its adapter, turns WMI requests into SRBs and
// completions into answers. One AdapterDevice is one functional device object (FDO); the logical
// units that its bus shows get physical device objects (PDO) of their own, each a WmiProvider.
//
// Locking: one lock for an adapter (the StartIo lock). HwStartIo, every interrupt-side entry and
// the whole Hba run under it (AdapterLock; the lab makes it and gives it to both). Completions are
// deferred until it is released. Lock order: adapter lock -> trace; the registry is never called
// under it.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "hba-sim/adapter_lock.hpp"
#include "hba-sim/clock.hpp"
#include "hba-sim/port/driver.hpp"
#include "hba-sim/port/trace.hpp"
#include "wmi-model/provider.hpp"
#include "wmi-model/registry.hpp"

namespace hbalab::check {
class ViolationLog;
}

namespace hbalab::port {

// A value below the driver's Parameters key in the registry: REG_SZ or REG_DWORD.
using RegistryValue = std::variant<std::string, std::uint32_t>;

struct AdapterDeviceOptions {
  std::string device_instance;
  std::string friendly_name;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<AdapterLock> lock;
  std::shared_ptr<wmi::ProviderRegistry> registry;
  std::shared_ptr<wmi::EventHub> events;
  std::shared_ptr<Trace> trace;
  // Null: the miniport is not checked.
  std::shared_ptr<check::ViolationLog> violations;
  std::chrono::milliseconds default_timeout{30'000};
  // What HwFindAdapter gets as BusInformation: the simulated device on the bus (adapter::Hba*).
  void* hardware = nullptr;
  // By name, as StorPortRegistryRead and ScsiPortRegistryRead look them up; case counts not.
  std::vector<std::pair<std::string, RegistryValue>> registry_values;
  // What the driver prints and logs, and what it did wrong: lines without their end. Any thread,
  // with any lock held: it must not call back.
  std::function<void(std::string_view line)> log;
  // What the driver did wrong, as faults() has it; beside the line that the log gets. As `log`.
  std::function<void(const std::string& what)> fault;
  // Work that a waiting thread may do (Hba::begin_help, end_help); both, or neither.
  std::function<void()> begin_help;
  std::function<bool()> end_help;
  // WmiProvider::explain of the adapter; called without its lock.
  std::function<std::string(const wmi::Guid& guid, std::uint32_t method,
                            std::span<const std::uint8_t> in, std::span<const std::uint8_t> out)>
      explain;
};

class AdapterDevice {
 public:
  // Starts the miniport: DriverEntry, HwFindAdapter, HwInitialize, passive initialisation, REGINFO;
  // then registers the FDO and enumerates the bus. The error names the step that failed.
  [[nodiscard]] static std::expected<std::shared_ptr<AdapterDevice>, std::string> start(
      const MiniportImage& image, AdapterDeviceOptions options);
  // The same for a driver that has been entered already, and may run other adapters too.
  [[nodiscard]] static std::expected<std::shared_ptr<AdapterDevice>, std::string> start(
      std::shared_ptr<Driver> driver, AdapterDeviceOptions options);
  virtual ~AdapterDevice() = default;

  [[nodiscard]] virtual std::shared_ptr<wmi::WmiProvider> provider() = 0;
  // Adapter reset: pending requests are completed with SRB_STATUS_BUS_RESET (device_busy upwards is
  // wrong: io_device_error), the miniport is stopped and started again, providers register anew.
  [[nodiscard]] virtual std::expected<void, std::string> reset() = 0;
  // Unregisters, completes everything as cancelled, stops the miniport. Called by the destructor
  // too.
  virtual void stop() = 0;
  [[nodiscard]] virtual std::size_t pending() const = 0;
  // What the driver did wrong since it was started, oldest first.
  [[nodiscard]] virtual std::vector<std::string> faults() const = 0;
  // "running", or of one whose driver has a process of its own what became of that: "stopped",
  // "crashed", "hung".
  [[nodiscard]] virtual std::string_view state() const { return "running"; }
  // The number of that process while it runs; 0: the driver is in this one, or nowhere.
  [[nodiscard]] virtual int process() const { return 0; }
  // Until the checker has sent what is due of its own requests (one that the driver pends is not
  // waited for), and what it has found has gone to the sinks of its log. Without the adapter lock.
  virtual void settle() = 0;
};

}  // namespace hbalab::port
