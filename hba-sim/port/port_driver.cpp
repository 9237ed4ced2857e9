#include "hba-sim/port/port_driver.hpp"

#include <mutex>

#include "hba-sim/port/core.hpp"

namespace hbalab::port {
namespace {

class AdapterDeviceImpl final : public AdapterDevice {
 public:
  AdapterDeviceImpl(std::shared_ptr<Driver> driver, AdapterDeviceOptions options)
      : registry_(options.registry),
        core_(std::make_shared<Core>(std::move(driver), std::move(options))) {}

  ~AdapterDeviceImpl() override { halt(); }

  std::expected<void, std::string> begin() {
    const std::scoped_lock lock(life_mutex_);
    core_->make_adapter_provider();
    provider_ = core_->adapter();
    if (auto up = core_->bring_up(); !up) return up;
    return core_->register_adapter();
  }

  std::shared_ptr<wmi::WmiProvider> provider() override { return provider_; }

  std::expected<void, std::string> reset() override {
    const std::scoped_lock lock(life_mutex_);
    if (stopped_) return std::unexpected(provider_->device_instance() + ": the adapter is stopped");
    core_->unregister_devices();
    core_->shut_down(SRB_STATUS_BUS_RESET, wmi::NtStatus::io_device_error);
    core_->unregister_devices();
    if (auto up = core_->bring_up(); !up) {
      // What does not start serves no class; the next reset may bring it back.
      core_->shut_down(SRB_STATUS_BUS_RESET, wmi::NtStatus::io_device_error);
      registry_->remove(provider_.get());
      return up;
    }
    if (auto registered = core_->register_adapter(); !registered) return registered;
    core_->enable_events_again();
    return {};
  }

  void stop() override { halt(); }

  std::size_t pending() const override { return core_->pending(); }

  std::vector<std::string> faults() const override { return core_->services().faults(); }

  void settle() override { core_->settle(); }

 private:
  void halt() {
    const std::scoped_lock lock(life_mutex_);
    if (std::exchange(stopped_, true)) return;
    core_->retire();
    core_->unregister_devices();
    if (provider_) registry_->remove(provider_.get());
    core_->shut_down(SRB_STATUS_ABORTED, wmi::NtStatus::cancelled);
    // An enumeration or a registration that was on its way has ended now; it may have added
    // something.
    core_->unregister_devices();
    if (provider_) registry_->remove(provider_.get());
    core_->drop_adapter_provider();
    core_->release_driver();
  }

  const std::shared_ptr<wmi::ProviderRegistry> registry_;
  const std::shared_ptr<Core> core_;
  std::shared_ptr<DeviceProvider> provider_;  // set once, before anybody else sees the device
  std::mutex life_mutex_;  // one of start, reset, stop at a time; taken before every other lock
  bool stopped_ = false;   // guarded by life_mutex_
};

}  // namespace

std::expected<std::shared_ptr<AdapterDevice>, std::string> AdapterDevice::start(
    const MiniportImage& image, AdapterDeviceOptions options) {
  auto driver = Driver::start(image);
  if (!driver) return std::unexpected(std::move(driver.error().reason));
  return start(*std::move(driver), std::move(options));
}

std::expected<std::shared_ptr<AdapterDevice>, std::string> AdapterDevice::start(
    std::shared_ptr<Driver> driver, AdapterDeviceOptions options) {
  auto device = std::make_shared<AdapterDeviceImpl>(std::move(driver), std::move(options));
  if (auto begun = device->begin(); !begun) return std::unexpected(std::move(begun.error()));
  return device;
}

}  // namespace hbalab::port
