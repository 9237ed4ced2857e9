// A WMI provider of an isolated driver, as the lab has it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "hba-sim/port/isolated/message.hpp"
#include "hba-sim/port/isolated/requests.hpp"
#include "wmi-model/registry.hpp"

namespace hbalab::port::isolated {

// What the providers of a process have in common; lasts as long as somebody has one of them.
struct Link {
  std::shared_ptr<RequestTable> requests;
  std::shared_ptr<MessageSocket> socket;  // set before the first provider is registered
};

class Proxy final : public wmi::WmiProvider {
 public:
  Proxy(std::shared_ptr<Link> link, std::uint32_t number, std::string device_instance,
        std::string friendly_name)
      : link_(std::move(link)),
        number_(number),
        device_instance_(std::move(device_instance)),
        friendly_name_(std::move(friendly_name)) {}

  [[nodiscard]] const std::string& device_instance() const override { return device_instance_; }
  [[nodiscard]] const std::string& friendly_name() const override { return friendly_name_; }
  wmi::RequestId submit(std::unique_ptr<wmi::WmiRequest> request) override;
  void cancel(wmi::RequestId id) override;
  bool help() override { return link_->requests->help(); }

  // Registers it, or registers it anew, with what the driver has answered to REGINFO in its own
  // process: the registry asks for that while it is called, and is not kept waiting.
  [[nodiscard]] static std::expected<void, std::string> enlist(const std::shared_ptr<Proxy>& self,
                                                               std::vector<std::uint8_t> reginfo,
                                                               wmi::ProviderRegistry& registry);

 private:
  const std::shared_ptr<Link> link_;
  const std::uint32_t number_;
  const std::string device_instance_, friendly_name_;
  std::atomic<std::thread::id> enlisting_;  // the thread that does
  std::vector<std::uint8_t> reginfo_;       // of that thread, while it does
};

}  // namespace hbalab::port::isolated
