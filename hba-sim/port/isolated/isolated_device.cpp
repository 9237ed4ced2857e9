#include "hba-sim/port/isolated/isolated_device.hpp"

#include <utility>

#include "hba-sim/port/isolated/supervisor.hpp"

namespace hbalab::port::isolated {
namespace {

class IsolatedDevice final : public AdapterDevice {
 public:
  IsolatedDevice(IsolationOptions isolation, AdapterDeviceOptions options)
      : supervisor_(std::make_shared<Supervisor>(std::move(isolation), std::move(options))) {}
  ~IsolatedDevice() override { stop(); }

  [[nodiscard]] std::expected<void, DriverProblem> begin() {
    const std::scoped_lock lock(life_mutex_);
    return supervisor_->start();
  }

  std::shared_ptr<wmi::WmiProvider> provider() override { return supervisor_->provider(); }

  std::expected<void, std::string> reset() override {
    const std::scoped_lock lock(life_mutex_);
    return supervisor_->reset();
  }

  void stop() override {
    const std::scoped_lock lock(life_mutex_);
    supervisor_->stop();
  }

  std::size_t pending() const override { return supervisor_->pending(); }
  std::vector<std::string> faults() const override { return supervisor_->faults(); }
  std::string_view state() const override { return supervisor_->state(); }
  void settle() override { supervisor_->settle(); }
  int process() const override { return supervisor_->process(); }

 private:
  const std::shared_ptr<Supervisor> supervisor_;
  std::mutex life_mutex_;  // one of start, reset, stop at a time; taken before every other lock
};

}  // namespace

std::expected<std::shared_ptr<AdapterDevice>, DriverProblem> start_isolated(
    IsolationOptions isolation, AdapterDeviceOptions options) {
  if (isolation.program.empty()) {
    auto program = find_driver_host();
    if (!program) return std::unexpected(std::move(program.error()));
    isolation.program = *std::move(program);
  }
  auto device = std::make_shared<IsolatedDevice>(std::move(isolation), std::move(options));
  if (auto begun = device->begin(); !begun) return std::unexpected(std::move(begun.error()));
  return device;
}

}  // namespace hbalab::port::isolated
