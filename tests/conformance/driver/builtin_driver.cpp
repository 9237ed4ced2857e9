// The built-in miniport as a driver that is loaded: with the simulated hardware inside, which lives
// on the services of the port driver alone, as a driver with a stub for its hardware does. It has
// no thread of its own. Nothing of it is shared with the miniport that the program has built in.
#include <dlfcn.h>

#include <cstring>
#include <filesystem>
#include <memory>

#include "hba-sim/adapter_lock.hpp"
#include "hba-sim/fabric/simulated.hpp"
#include "hba-sim/miniport/miniport.hpp"
#include "tests/conformance/driver/port_clock.hpp"

// As the headers declare it to drivers alone.
extern "C" void StorPortDebugPrint(ULONG level, const char* message, ...);

namespace hbalab::builtin_driver {
namespace {

void on_timer(PVOID extension);

// The adapter that the driver finds: the first one of the sample lab, with the targets of that lab.
class Hardware {
 public:
  [[nodiscard]] static std::unique_ptr<Hardware> make(PVOID extension);
  ~Hardware() {
    clock_->connect(nullptr);
    lock_.enter([this] { open_ = false; });
    hba_.reset();
  }
  Hardware(const Hardware&) = delete;
  Hardware& operator=(const Hardware&) = delete;

  [[nodiscard]] adapter::Hba& hba() { return *hba_; }
  void connect(PVOID extension) {
    extension_ = extension;
    clock_->connect(extension);
  }
  [[nodiscard]] bool connected() const { return extension_ != nullptr; }

  // Runs what the port driver calls a routine for. What that has the NVRAM write is written, and
  // what waits for it goes on, before the routine returns.
  template <typename Action>
  auto inside(Action action) {
    const Writing writing(*hba_);
    const AdapterLock::Scope scope(lock_);
    return action();
  }
  void run_due() {
    const Writing writing(*hba_);
    clock_->run_due();
  }

 private:
  class Writing {
   public:
    explicit Writing(adapter::Hba& hba) : hba_(hba) { hba_.begin_help(); }
    ~Writing() {
      while (hba_.help()) {
      }
      (void)hba_.end_help();
    }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

   private:
    adapter::Hba& hba_;
  };

  Hardware() = default;

  PVOID extension_ = nullptr;
  bool open_ = true;
  // Within the StartIo lock, which it does not replace: it orders what the hardware does.
  AdapterLock lock_;
  std::shared_ptr<PortClock> clock_ = std::make_shared<PortClock>(&on_timer);
  std::unique_ptr<adapter::Hba> hba_;
};

// Made when the adapter is found for the first time; stays when that is reset, until the driver is
// unloaded.
std::unique_ptr<Hardware>& hardware() {
  static std::unique_ptr<Hardware> its;
  return its;
}

// The driver itself was loaded from a folder that goes with the lab; its NVRAM lies there too.
std::filesystem::path own_folder() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&on_timer), &info) == 0) return {};
  return std::filesystem::path(info.dli_fname).parent_path();
}

std::unique_ptr<Hardware> Hardware::make(PVOID extension) {
  auto lab = lab::parse_lab("lab", lab::sample_lab_text());
  if (!lab || lab->adapters.empty()) return nullptr;
  std::unique_ptr<Hardware> made(new Hardware);
  made->clock_->connect(extension);
  adapter::HbaOptions options;
  options.config = lab->adapters.front();
  options.state_dir = own_folder();
  options.fabric = std::make_shared<fabric::SimulatedFabric>(*lab, made->clock_);
  options.clock = made->clock_;
  options.seed = lab->seed;
  options.enter = [its = made.get()](std::move_only_function<void()> action) {
    its->lock_.enter([its, action = std::move(action)]() mutable {
      if (its->open_) action();
    });
  };
  auto hba = adapter::Hba::create(std::move(options));
  if (!hba) {
    StorPortDebugPrint(0, "%s\n", hba.error().c_str());
    return nullptr;
  }
  made->hba_ = *std::move(hba);
  return made;
}

void on_timer(PVOID) {
  if (hardware()) hardware()->run_due();
}

HW_INITIALIZATION_DATA below() { return miniport::initialization_data(); }

ULONG find_adapter(PVOID extension, PVOID context, PVOID, PCHAR arguments,
                   PPORT_CONFIGURATION_INFORMATION config, PBOOLEAN again) {
  auto& its = hardware();
  if (its && its->connected()) return SP_RETURN_NOT_FOUND;  // there is one
  if (!its) its = Hardware::make(extension);
  if (!its) return SP_RETURN_ERROR;
  its->connect(extension);
  return below().HwFindAdapter(extension, context, &its->hba(), arguments, config, again);
}

BOOLEAN initialize(PVOID extension) {
  return hardware()->inside([&] { return below().HwInitialize(extension); });
}

BOOLEAN start_io(PVOID extension, PSCSI_REQUEST_BLOCK srb) {
  return hardware()->inside([&] { return below().HwStartIo(extension, srb); });
}

BOOLEAN reset_bus(PVOID extension, ULONG path) {
  return hardware()->inside([&] { return below().HwResetBus(extension, path); });
}

SCSI_ADAPTER_CONTROL_STATUS control(PVOID extension, SCSI_ADAPTER_CONTROL_TYPE type,
                                    PVOID parameters) {
  const auto status =
      hardware()->inside([&] { return below().HwAdapterControl(extension, type, parameters); });
  if (type == ScsiStopAdapter) hardware()->connect(nullptr);
  return status;
}

void unload(port::DriverObject*) { hardware().reset(); }

}  // namespace
}  // namespace hbalab::builtin_driver

extern "C" [[gnu::visibility("default")]] std::uint32_t DriverEntry(void* object, void* path);
std::uint32_t DriverEntry(void* object, void* path) {
  using namespace hbalab;
  HW_INITIALIZATION_DATA data = miniport::initialization_data();
  data.HwFindAdapter = builtin_driver::find_adapter;
  data.HwInitialize = builtin_driver::initialize;
  data.HwStartIo = builtin_driver::start_io;
  data.HwResetBus = builtin_driver::reset_bus;
  data.HwAdapterControl = builtin_driver::control;
  const port::DriverObject::Unload unload = builtin_driver::unload;
  std::memcpy(static_cast<char*>(object) + port::DriverObject::kUnload, &unload, sizeof unload);
  return StorPortInitialize(object, path, &data, nullptr);
}
