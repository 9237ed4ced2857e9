// A lab in this process, through its WMI client.
#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "iscsidsc/transport.hpp"
#include "wmi-model/client.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::dsc {
namespace {

using Kind = TransportError::Kind;
using wmi::NtStatus;

constexpr std::array<std::pair<NtStatus, Kind>, 14> kStatuses{{
    {NtStatus::device_busy, Kind::busy},
    {NtStatus::invalid_parameter, Kind::invalid},
    {NtStatus::no_such_device, Kind::gone},
    {NtStatus::invalid_device_request, Kind::unsupported},
    {NtStatus::buffer_too_small, Kind::failed},
    {NtStatus::insufficient_resources, Kind::no_resources},
    {NtStatus::io_timeout, Kind::timed_out},
    {NtStatus::cancelled, Kind::interrupted},
    {NtStatus::io_device_error, Kind::failed},
    {NtStatus::wmi_guid_not_found, Kind::unsupported},
    {NtStatus::wmi_instance_not_found, Kind::gone},
    {NtStatus::wmi_itemid_not_found, Kind::unsupported},
    {NtStatus::wmi_read_only, Kind::failed},
    {NtStatus::wmi_set_failure, Kind::failed},
}};

TransportError to_error(const wmi::WmiError& error) {
  for (const auto& [status, kind] : kStatuses) {
    if (status == error.status) return {kind, error.message};
  }
  return {Kind::failed, error.message};
}

// One answer, and whoever waits for it.
template <typename T>
class Waiter {
 public:
  using Answer = std::expected<T, wmi::WmiError>;

  wmi::Reply<T> reply() {
    return [state = state_](Answer answer) {
      const std::scoped_lock lock(state->mutex);
      state->answer.emplace(std::move(answer));
      state->done.notify_all();
    };
  }
  // Lends this thread to pending work of the provider (a durable write) before it waits.
  Answer wait(wmi::WmiProvider* provider, const std::function<void()>& advance) {
    // What is not a matter of the clock, such as a disk, gets its share between two steps.
    constexpr std::chrono::microseconds kStep{100};
    const auto answered = [this] { return state_->answer.has_value(); };
    std::unique_lock lock(state_->mutex);
    while (!state_->answer) {
      lock.unlock();
      const bool helped = provider != nullptr && provider->help();
      lock.lock();
      if (helped) continue;
      if (!advance) {
        state_->done.wait(lock, answered);
      } else if (!state_->done.wait_for(lock, kStep, answered)) {
        lock.unlock();
        advance();
        lock.lock();
      }
    }
    return std::move(*state_->answer);
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable done;
    std::optional<Answer> answer;  // guarded by mutex
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

class InProcessTransport final : public Transport {
 public:
  InProcessTransport(std::shared_ptr<wmi::WmiClient> client, std::function<void()> advance)
      : client_(std::move(client)), advance_(std::move(advance)) {}

  Result<std::vector<Instance>> instances(const wmi::Guid& guid) override {
    auto found = references(guid);
    if (!found) return std::unexpected(found.error());
    std::vector<Instance> list;
    for (const auto& reference : *found) {
      std::string name = wmi::to_utf8(reference.key.name);
      std::string device = device_of(name);
      list.push_back({std::move(name), std::move(device)});
    }
    std::ranges::sort(list);
    return list;
  }

  Result<Block> query(const wmi::Guid& guid, const std::string& instance) override {
    auto reference = find(guid, instance);
    if (!reference) return std::unexpected(reference.error());
    Waiter<wmi::BlockAnswer> waiter;
    client_->query(*reference, kHint, waiter.reply());
    return block(waiter.wait(reference->provider.get(), advance_));
  }

  Result<Block> call(const wmi::Guid& guid, const std::string& instance, std::uint32_t method,
                     std::span<const std::uint8_t> in) override {
    auto reference = find(guid, instance);
    if (!reference) return std::unexpected(reference.error());
    Waiter<wmi::BlockAnswer> waiter;
    client_->call(*reference, method, in, kHint, true, waiter.reply());
    return block(waiter.wait(reference->provider.get(), advance_));
  }

 private:
  static constexpr std::size_t kHint = 256;

  static Result<Block> block(const std::expected<wmi::BlockAnswer, wmi::WmiError>& answer) {
    if (!answer) return std::unexpected(to_error(answer.error()));
    return Block(answer->data);
  }

  Result<std::vector<wmi::InstanceRef>> references(const wmi::Guid& guid) {
    Waiter<std::vector<wmi::InstanceRef>> waiter;
    client_->instances(guid, waiter.reply());
    auto found = waiter.wait(nullptr, advance_);
    if (!found) return std::unexpected(to_error(found.error()));
    return *std::move(found);
  }

  Result<wmi::InstanceRef> find(const wmi::Guid& guid, const std::string& instance) {
    auto all = references(guid);
    if (!all) return std::unexpected(all.error());
    if (all->empty() && client_->registry()->registrations(guid).empty()) {
      return std::unexpected(
          TransportError{Kind::unsupported, "no driver has registered " + guid.to_string()});
    }
    for (auto& reference : *all) {
      if (wmi::to_utf8(reference.key.name) == instance) return std::move(reference);
    }
    return std::unexpected(
        TransportError{Kind::gone, "no instance " + instance + " of " + guid.to_string()});
  }

  const std::shared_ptr<wmi::WmiClient> client_;
  const std::function<void()> advance_;
};

}  // namespace

std::shared_ptr<Transport> make_in_process_transport(std::shared_ptr<wmi::WmiClient> client,
                                                     std::function<void()> advance) {
  return std::make_shared<InProcessTransport>(std::move(client), std::move(advance));
}

}  // namespace hbalab::dsc
