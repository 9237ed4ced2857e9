#include "wmi-model/client.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

namespace hbalab::wmi {
namespace {

// The answer may grow between the size that was asked for and the next try; after that many tries
// something else is wrong.
constexpr int kMostPasses = 6;

// More than was asked for, since what is told may have grown by the next pass: room for a session,
// a login or a discovered target more, and twice as much each time, so that nothing grows away from
// it.
std::size_t with_slack(std::size_t asked, int passes) {
  constexpr std::size_t kLeast = 4096;
  return asked + (std::max(kLeast, asked / 8) << (passes - 1));
}

bool may_change_state(MinorFunction minor) {
  return minor != MinorFunction::query_all_data && minor != MinorFunction::query_single_instance &&
         minor != MinorFunction::reginfo;
}

std::string describe(const WmiProvider& provider, std::string_view what) {
  return provider.device_instance() + ": " + std::string(what);
}

}  // namespace

struct PendingCall::State {
  std::mutex mutex;
  std::weak_ptr<WmiProvider> provider;
  RequestId request = 0;   // guarded by mutex; 0: none is out
  std::uint32_t pass = 0;  // guarded by mutex; which submit() `request` belongs to
  bool cancelled = false;  // guarded by mutex
};

void PendingCall::cancel() {
  if (!state_) return;
  std::shared_ptr<WmiProvider> provider;
  RequestId request = 0;
  {
    const std::scoped_lock lock(state_->mutex);
    state_->cancelled = true;
    request = std::exchange(state_->request, 0);
    provider = state_->provider.lock();
  }
  if (request != 0 && provider) provider->cancel(request);
}

struct WmiClient::Counters {
  mutable std::shared_mutex mutex;
  std::unordered_map<const WmiProvider*, std::unique_ptr<std::atomic<std::uint64_t>>>
      counts;  // guarded by mutex
  std::atomic<std::uint64_t> total = 0;

  void bump(const WmiProvider* provider) {
    total.fetch_add(1, std::memory_order_acq_rel);
    {
      const std::shared_lock lock(mutex);
      if (auto found = counts.find(provider); found != counts.end()) {
        found->second->fetch_add(1, std::memory_order_acq_rel);
        return;
      }
    }
    const std::unique_lock lock(mutex);
    auto& count = counts[provider];
    if (!count) count = std::make_unique<std::atomic<std::uint64_t>>(0);
    count->fetch_add(1, std::memory_order_acq_rel);
  }

  std::uint64_t get(const WmiProvider* provider) const {
    const std::shared_lock lock(mutex);
    auto found = counts.find(provider);
    return found == counts.end() ? 0 : found->second->load(std::memory_order_acquire);
  }
};

// Threads that lend themselves.
struct WmiClient::Lending {
  std::atomic<unsigned> most = 0;
  std::atomic<unsigned> lent = 0;

  class Turn {
   public:
    Turn(Lending& lending, bool wanted) : lending_(lending) {
      if (!wanted || lending.most.load(std::memory_order_relaxed) == 0) return;
      granted_ = lending.lent.fetch_add(1, std::memory_order_relaxed) <
                 lending.most.load(std::memory_order_relaxed);
      if (!granted_) lending.lent.fetch_sub(1, std::memory_order_relaxed);
    }
    ~Turn() {
      if (granted_) lending_.lent.fetch_sub(1, std::memory_order_relaxed);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    [[nodiscard]] bool granted() const { return granted_; }

   private:
    Lending& lending_;
    bool granted_ = false;
  };
};

// One call: submits, comes back with more room while the answer says WNODE_TOO_SMALL, finishes
// once. `repack` makes a WNODE with so much room in all; `finish` takes the completed request or
// the error.
struct WmiClient::Exchange : std::enable_shared_from_this<WmiClient::Exchange> {
  std::shared_ptr<WmiProvider> provider;
  Guid guid;
  MinorFunction minor = MinorFunction::query_all_data;
  bool secret = false;
  bool size_only = false;  // WNODE_TOO_SMALL is the answer, not a reason to come back
  int passes = 0;
  std::shared_ptr<Counters> counters;
  std::shared_ptr<Lending> lending;
  std::shared_ptr<PendingCall::State> pending;
  std::move_only_function<WnodeBuffer(std::size_t total)> repack;
  std::move_only_function<void(std::unique_ptr<WmiRequest>, std::expected<void, WmiError>)> finish;

  void submit(WnodeBuffer buffer) {
    std::uint32_t pass = 0;
    {
      const std::scoped_lock lock(pending->mutex);
      if (pending->cancelled)
        pass = 0;
      else
        pass = ++pending->pass;
    }
    if (pass == 0) {
      finish(nullptr,
             std::unexpected(WmiError{NtStatus::cancelled, describe(*provider, "cancelled")}));
      return;
    }
    auto request = std::make_unique<WmiRequest>();
    request->minor = minor;
    request->data_path = guid;
    request->buffer = std::move(buffer);
    request->secret = secret;
    request->on_complete = [self = shared_from_this()](std::unique_ptr<WmiRequest> completed) {
      self->completed(std::move(completed));
    };
    // A further pass runs on whatever thread the answer came on.
    const Lending::Turn turn(*lending, may_change_state(minor) && passes == 0);
    request->lends = turn.granted();
    const RequestId id = provider->submit(std::move(request));
    if (id == 0) return;
    bool cancel_now = false;
    {
      // The request may have completed meanwhile, and the next pass may be out already.
      const std::scoped_lock lock(pending->mutex);
      if (pending->pass == pass) {
        cancel_now = pending->cancelled;
        if (!cancel_now) pending->request = id;
      }
    }
    if (cancel_now) provider->cancel(id);
  }

  void completed(std::unique_ptr<WmiRequest> request) {
    {
      const std::scoped_lock lock(pending->mutex);
      pending->request = 0;
      ++pending->pass;  // an id that submit() has yet to store is stale now
    }
    const std::size_t used = std::min(request->information, request->buffer.capacity());
    std::size_t more = 0;
    if (request->status == NtStatus::success) {
      if (const auto needed = too_small(request->buffer.bytes().first(used))) more = *needed;
    } else if (request->status == NtStatus::buffer_too_small) {
      more = request->information;
    }
    if (more != 0 && !size_only) {
      if (repack && ++passes < kMostPasses && more > request->buffer.capacity()) {
        submit(repack(with_slack(more, passes)));
        return;
      }
      // A method may have run, though its answer found no room.
      if (may_change_state(minor)) counters->bump(provider.get());
      const std::string what =
          more > request->buffer.capacity()
              ? "asked for more room " + std::to_string(passes) + " times, at last for " +
                    std::to_string(more) + " bytes"
              : "asked for " + std::to_string(more) + " bytes after it was given as many";
      finish(std::move(request),
             std::unexpected(WmiError{NtStatus::buffer_too_small, describe(*provider, what)}));
      return;
    }
    if (may_change_state(minor)) counters->bump(provider.get());
    if (request->status != NtStatus::success) {
      const NtStatus status = request->status;
      std::string text(nt_status_name(status));
      finish(std::move(request), std::unexpected(WmiError{status, describe(*provider, text)}));
      return;
    }
    finish(std::move(request), {});
  }
};

namespace {

std::span<const std::uint8_t> used_bytes(const WmiRequest& request) {
  return request.buffer.bytes().first(std::min(request.information, request.buffer.capacity()));
}

WmiError malformed(const WmiProvider& provider, const WnodeError& error) {
  return {NtStatus::io_device_error, describe(provider, "malformed answer: " + error.to_string())};
}

auto with_block(std::shared_ptr<WmiProvider> provider, Reply<BlockAnswer> reply) {
  return [reply = std::move(reply), provider = std::move(provider)](
             std::unique_ptr<WmiRequest> request, std::expected<void, WmiError> ok) mutable {
    if (!ok) return reply(std::unexpected(std::move(ok.error())));
    auto data = unpack_single(used_bytes(*request));
    if (!data) return reply(std::unexpected(malformed(*provider, data.error())));
    reply(BlockAnswer{std::move(request->buffer), *data});
  };
}

}  // namespace

WmiClient::WmiClient(std::shared_ptr<ProviderRegistry> registry)
    : registry_(std::move(registry)),
      counters_(std::make_shared<Counters>()),
      lending_(std::make_shared<Lending>()) {}

WmiClient::~WmiClient() = default;

void WmiClient::lend_threads(unsigned most) {
  lending_->most.store(most, std::memory_order_relaxed);
}

std::shared_ptr<WmiClient::Exchange> WmiClient::start(const InstanceRef& instance,
                                                      MinorFunction minor, PendingCall& call) {
  auto exchange = std::make_shared<Exchange>();
  exchange->provider = instance.provider;
  exchange->guid = instance.guid;
  exchange->minor = minor;
  exchange->counters = counters_;
  exchange->lending = lending_;
  exchange->pending = std::make_shared<PendingCall::State>();
  exchange->pending->provider = instance.provider;
  call.state_ = exchange->pending;
  return exchange;
}

// Turns "the whole WNODE has to be so large" into room for data: what pack_* adds is the same each
// time.
static std::size_t room_for(std::size_t total, std::size_t overhead) {
  return total > overhead ? total - overhead : 0;
}

PendingCall WmiClient::query(const InstanceRef& instance, std::size_t hint,
                             Reply<BlockAnswer> reply) {
  PendingCall call;
  auto exchange = start(instance, MinorFunction::query_single_instance, call);
  WnodeBuffer first = pack_query_single(instance.guid, instance.key, hint);
  const std::size_t overhead = first.capacity() - hint;
  exchange->repack = [guid = instance.guid, key = instance.key, overhead](std::size_t total) {
    return pack_query_single(guid, key, room_for(total, overhead));
  };
  exchange->finish = with_block(instance.provider, std::move(reply));
  exchange->submit(std::move(first));
  return call;
}

PendingCall WmiClient::query_all(const Registration& registration, std::size_t hint,
                                 Reply<AllDataAnswer> reply) {
  PendingCall call;
  const InstanceRef instance{registration.provider, registration.guid.guid, {}};
  auto exchange = start(instance, MinorFunction::query_all_data, call);
  WnodeBuffer first = pack_query_all(instance.guid, hint);
  const std::size_t overhead = first.capacity() - hint;
  exchange->repack = [guid = instance.guid, overhead](std::size_t total) {
    return pack_query_all(guid, room_for(total, overhead));
  };
  exchange->finish = [reply = std::move(reply), provider = instance.provider](
                         std::unique_ptr<WmiRequest> request,
                         std::expected<void, WmiError> ok) mutable {
    if (!ok) return reply(std::unexpected(std::move(ok.error())));
    auto all = unpack_all_data(used_bytes(*request));
    if (!all) return reply(std::unexpected(malformed(*provider, all.error())));
    reply(AllDataAnswer{std::move(request->buffer), *std::move(all)});
  };
  exchange->submit(std::move(first));
  return call;
}

PendingCall WmiClient::query_size(const InstanceRef& instance, Reply<std::size_t> reply) {
  PendingCall call;
  auto exchange = start(instance, MinorFunction::query_single_instance, call);
  exchange->size_only = true;
  WnodeBuffer buffer = pack_query_single(instance.guid, instance.key, 0);
  const std::size_t overhead = buffer.capacity();
  exchange->finish = [reply = std::move(reply), overhead, provider = instance.provider](
                         std::unique_ptr<WmiRequest> request,
                         std::expected<void, WmiError> ok) mutable {
    if (request && request->status == NtStatus::buffer_too_small) {
      return reply(room_for(request->information, overhead));
    }
    if (!ok) return reply(std::unexpected(std::move(ok.error())));
    const auto wnode = used_bytes(*request);
    if (const auto needed = too_small(wnode)) return reply(room_for(*needed, overhead));
    auto data = unpack_single(wnode);
    if (!data) return reply(std::unexpected(malformed(*provider, data.error())));
    reply(data->size());
  };
  exchange->submit(std::move(buffer));
  return call;
}

namespace {

auto status_only(Reply<void> reply) {
  return [reply = std::move(reply)](const std::unique_ptr<WmiRequest>&,
                                    std::expected<void, WmiError> ok) mutable {
    reply(std::move(ok));
  };
}

}  // namespace

PendingCall WmiClient::set(const InstanceRef& instance, std::span<const std::uint8_t> block,
                           Reply<void> reply) {
  PendingCall call;
  auto exchange = start(instance, MinorFunction::change_single_instance, call);
  exchange->secret = true;
  exchange->finish = status_only(std::move(reply));
  exchange->submit(pack_set_single(instance.guid, instance.key, block));
  return call;
}

PendingCall WmiClient::set_item(const InstanceRef& instance, std::uint32_t item_id,
                                std::span<const std::uint8_t> item, Reply<void> reply) {
  PendingCall call;
  auto exchange = start(instance, MinorFunction::change_single_item, call);
  exchange->secret = true;
  exchange->finish = status_only(std::move(reply));
  exchange->submit(pack_set_item(instance.guid, instance.key, item_id, item));
  return call;
}

PendingCall WmiClient::call(const InstanceRef& instance, std::uint32_t method_id,
                            std::span<const std::uint8_t> in, std::size_t out_hint, bool secret,
                            Reply<BlockAnswer> reply) {
  PendingCall call;
  auto exchange = start(instance, MinorFunction::execute_method, call);
  exchange->secret = secret;
  WnodeBuffer first = pack_method(instance.guid, instance.key, method_id, in, out_hint);
  // IN and OUT share the place, so the room is the larger of both.
  const std::size_t overhead = first.capacity() - std::max(in.size(), out_hint);
  exchange->repack = [guid = instance.guid, key = instance.key, method_id, overhead,
                      bytes = std::vector<std::uint8_t>(in.begin(), in.end())](std::size_t total) {
    return pack_method(guid, key, method_id, bytes, room_for(total, overhead));
  };
  exchange->finish = with_block(instance.provider, std::move(reply));
  exchange->submit(std::move(first));
  return call;
}

PendingCall WmiClient::enable_events(const Registration& registration, bool enable,
                                     Reply<void> reply) {
  PendingCall call;
  const InstanceRef instance{registration.provider, registration.guid.guid, {}};
  auto exchange =
      start(instance, enable ? MinorFunction::enable_events : MinorFunction::disable_events, call);
  exchange->finish = status_only(std::move(reply));
  exchange->submit(pack_control(instance.guid));
  return call;
}

void WmiClient::instances(const Guid& guid, Reply<std::vector<InstanceRef>> reply) {
  // Dynamic registrations are asked one after the other, so that the order is always the same.
  struct Walk : std::enable_shared_from_this<Walk> {
    WmiClient* client = nullptr;
    Guid guid;
    std::vector<Registration> dynamic;
    std::size_t next = 0;
    std::vector<InstanceRef> found;
    Reply<std::vector<InstanceRef>> reply;

    void step() {
      if (next == dynamic.size()) {
        std::ranges::stable_sort(
            found, {}, [](const InstanceRef& i) { return i.provider->device_instance(); });
        reply(std::move(found));
        return;
      }
      const Registration& registration = dynamic[next++];
      client->query_all(registration, 4096,
                        [self = shared_from_this(), provider = registration.provider](
                            std::expected<AllDataAnswer, WmiError> answer) {
                          // A provider that went away meanwhile has no instances; other failures
                          // are the caller's to know.
                          if (!answer && answer.error().status != NtStatus::no_such_device) {
                            self->reply(std::unexpected(std::move(answer.error())));
                            return;
                          }
                          if (answer) {
                            std::vector<std::u16string> names;
                            for (auto& instance : answer->all.instances)
                              names.push_back(std::move(instance.name));
                            std::ranges::sort(names);
                            for (auto& name : names)
                              self->found.push_back(
                                  {provider, self->guid, {InstanceKey::kByName, std::move(name)}});
                          }
                          self->step();
                        });
    }
  };
  auto walk = std::make_shared<Walk>();
  walk->client = this;
  walk->guid = guid;
  walk->found = registry_->static_instances(guid);
  walk->reply = std::move(reply);
  for (auto& registration : registry_->registrations(guid)) {
    if (registration.dynamic()) walk->dynamic.push_back(std::move(registration));
  }
  walk->step();
}

std::uint64_t WmiClient::change_count(const WmiProvider* provider) const {
  return counters_->get(provider);
}

std::uint64_t WmiClient::change_count() const {
  return counters_->total.load(std::memory_order_acquire);
}

namespace {

// Waits for one answer, lending this thread to the provider's pending work meanwhile.
template <typename T>
class Waiter {
 public:
  Reply<T> reply() {
    return [state = state_](std::expected<T, WmiError> answer) {
      {
        const std::scoped_lock lock(state->mutex);
        state->answer.emplace(std::move(answer));
      }
      state->done.notify_all();
    };
  }

  std::expected<T, WmiError> wait(WmiProvider* provider) {
    std::unique_lock lock(state_->mutex);
    while (!state_->answer) {
      lock.unlock();
      const bool helped = provider != nullptr && provider->help();
      lock.lock();
      if (!helped) state_->done.wait(lock, [this] { return state_->answer.has_value(); });
    }
    return std::move(*state_->answer);
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable done;
    std::optional<std::expected<T, WmiError>> answer;  // guarded by mutex
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace

std::expected<BlockAnswer, WmiError> WmiClient::query_wait(const InstanceRef& instance,
                                                           std::size_t hint) {
  Waiter<BlockAnswer> waiter;
  query(instance, hint, waiter.reply());
  return waiter.wait(instance.provider.get());
}

std::expected<BlockAnswer, WmiError> WmiClient::call_wait(const InstanceRef& instance,
                                                          std::uint32_t method_id,
                                                          std::span<const std::uint8_t> in,
                                                          std::size_t out_hint) {
  Waiter<BlockAnswer> waiter;
  call(instance, method_id, in, out_hint, false, waiter.reply());
  return waiter.wait(instance.provider.get());
}

std::expected<void, WmiError> WmiClient::set_item_wait(const InstanceRef& instance,
                                                       std::uint32_t item_id,
                                                       std::span<const std::uint8_t> item) {
  Waiter<void> waiter;
  set_item(instance, item_id, item, waiter.reply());
  return waiter.wait(instance.provider.get());
}

std::expected<std::vector<InstanceRef>, WmiError> WmiClient::instances_wait(const Guid& guid) {
  Waiter<std::vector<InstanceRef>> waiter;
  instances(guid, waiter.reply());
  return waiter.wait(nullptr);
}

}  // namespace hbalab::wmi
