// WMI requests for everything above the driver: packs, submits, runs the buffer protocol (comes
// back with what WNODE_TOO_SMALL asked for, at most a few times, because the answer may have grown)
// and unpacks. Asynchronous; the waiting variants are for tests, benchmarks and command line tools.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "wmi-model/registry.hpp"

namespace hbalab::wmi {

// Why a request failed: what the driver's stack said, in words and as a status.
struct WmiError {
  NtStatus status = NtStatus::io_device_error;
  std::string message;
};

// An answer owns the WNODE that holds it; `data` points into it.
struct BlockAnswer {
  WnodeBuffer wnode;
  std::span<const std::uint8_t> data;
};
struct AllDataAnswer {
  WnodeBuffer wnode;
  AllData all;
};

template <typename T>
using Reply = std::move_only_function<void(std::expected<T, WmiError>)>;

// A request under way, to cancel it. Copies share it. Cancelling a finished one does nothing.
class PendingCall {
 public:
  void cancel();

 private:
  friend class WmiClient;
  struct State;
  std::shared_ptr<State> state_;
};

class WmiClient {
 public:
  explicit WmiClient(std::shared_ptr<ProviderRegistry> registry);
  ~WmiClient();

  // From now on a thread that asks for a change (a set, a method) may do what the provider has to
  // do for it, a durable write, before the call returns: for callers whose threads have nothing
  // else to do until they have their answer. At most so many do at a time; others go on.
  void lend_threads(unsigned most);

  // `hint`: expected size of the data, so that the usual case takes one pass.
  PendingCall query(const InstanceRef& instance, std::size_t hint, Reply<BlockAnswer> reply);
  PendingCall query_all(const Registration& registration, std::size_t hint,
                        Reply<AllDataAnswer> reply);
  // Asks with no room for data: what the block would take now, without copying it.
  PendingCall query_size(const InstanceRef& instance, Reply<std::size_t> reply);
  PendingCall set(const InstanceRef& instance, std::span<const std::uint8_t> block,
                  Reply<void> reply);
  PendingCall set_item(const InstanceRef& instance, std::uint32_t item_id,
                       std::span<const std::uint8_t> item, Reply<void> reply);
  PendingCall call(const InstanceRef& instance, std::uint32_t method_id,
                   std::span<const std::uint8_t> in, std::size_t out_hint, bool secret,
                   Reply<BlockAnswer> reply);
  PendingCall enable_events(const Registration& registration, bool enable, Reply<void> reply);

  // All instances of a class over all providers; dynamic names are asked for with query_all.
  // The same order every time: providers by device instance, then index or name.
  // The client must outlive the call.
  void instances(const Guid& guid, Reply<std::vector<InstanceRef>> reply);

  [[nodiscard]] std::expected<BlockAnswer, WmiError> query_wait(const InstanceRef& instance,
                                                                std::size_t hint);
  [[nodiscard]] std::expected<BlockAnswer, WmiError> call_wait(const InstanceRef& instance,
                                                               std::uint32_t method_id,
                                                               std::span<const std::uint8_t> in,
                                                               std::size_t out_hint);
  [[nodiscard]] std::expected<void, WmiError> set_item_wait(const InstanceRef& instance,
                                                            std::uint32_t item_id,
                                                            std::span<const std::uint8_t> item);
  [[nodiscard]] std::expected<std::vector<InstanceRef>, WmiError> instances_wait(const Guid& guid);

  // Counts every completed request that may have changed something (set, method, control): what a
  // cached answer of that provider has to be compared with.
  [[nodiscard]] std::uint64_t change_count(const WmiProvider* provider) const;
  // The same of all providers together.
  [[nodiscard]] std::uint64_t change_count() const;

  [[nodiscard]] const std::shared_ptr<ProviderRegistry>& registry() const { return registry_; }

 private:
  struct Counters;
  struct Lending;
  struct Exchange;
  std::shared_ptr<Exchange> start(const InstanceRef& instance, MinorFunction minor,
                                  PendingCall& call);

  std::shared_ptr<ProviderRegistry> registry_;
  std::shared_ptr<Counters> counters_;
  std::shared_ptr<Lending> lending_;
};

}  // namespace hbalab::wmi
