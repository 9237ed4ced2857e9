// Requests whose buffers are full of poison, so that a byte that nobody writes is seen.
#pragma once

#include <condition_variable>
#include <mutex>

#include "lab_support.hpp"
#include "wmi-model/mof.hpp"

namespace hbalab::lab_test {

struct Poisoned {
  NtStatus status = NtStatus::success;
  std::optional<std::uint32_t> needed;  // WNODE_TOO_SMALL: the whole WNODE
  Bytes wnode;                          // as much as was reported
};

// A completion that another thread may bring: the NVRAM's.
class Completion {
 public:
  auto callback() {
    return [state = state_](std::unique_ptr<wmi::WmiRequest> done) {
      const std::scoped_lock lock(state->mutex);
      state->done = std::move(done);
      state->arrived.notify_all();
    };
  }
  // Lets virtual time pass for what the fabric answers, and real time for what the NVRAM does: a
  // little, so that the request does not time out over it.
  std::unique_ptr<wmi::WmiRequest> wait(LabFixture& lab, wmi::WmiProvider& provider) {
    for (int i = 0; i < 60'000; ++i) {
      while (provider.help()) {
      }
      std::unique_lock lock(state_->mutex);
      if (i % 100 == 99) {
        state_->arrived.wait_for(lock, std::chrono::milliseconds(5),
                                 [&] { return state_->done != nullptr; });
      }
      if (state_->done != nullptr) return std::move(state_->done);
      lock.unlock();
      lab.clock->advance(std::chrono::milliseconds(1));
    }
    throw std::runtime_error("a request did not end");
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable arrived;
    std::unique_ptr<wmi::WmiRequest> done;  // guarded by mutex
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

// Submits a packed WNODE of which all behind `used` bytes is poison, and waits for its end.
inline Poisoned exchange(LabFixture& lab, const wmi::InstanceRef& ref, wmi::MinorFunction minor,
                         wmi::WnodeBuffer buffer, std::size_t used, std::uint8_t poison) {
  REQUIRE(used <= buffer.capacity());
  std::fill(buffer.bytes().begin() + static_cast<std::ptrdiff_t>(used), buffer.bytes().end(),
            poison);
  Completion completion;
  auto request = std::make_unique<wmi::WmiRequest>();
  request->minor = minor;
  request->data_path = ref.guid;
  request->buffer = std::move(buffer);
  request->on_complete = completion.callback();
  ref.provider->submit(std::move(request));
  const auto done = completion.wait(lab, *ref.provider);
  Poisoned out;
  out.status = done->status;
  if (out.status != NtStatus::success) return out;
  const auto bytes = done->buffer.bytes().first(done->information);
  out.needed = wmi::too_small(bytes);
  out.wnode.assign(bytes.begin(), bytes.end());
  return out;
}

inline Bytes data_of(const Poisoned& answer) {
  REQUIRE(answer.status == NtStatus::success);
  REQUIRE(!answer.needed);
  const auto data = wmi::unpack_single(answer.wnode);
  REQUIRE(data.has_value());
  return {data->begin(), data->end()};
}

struct PoisonedBlock {
  Poisoned answer;
  std::size_t overhead = 0;  // of the WNODE around the data
};

inline PoisonedBlock query(LabFixture& lab, const wmi::InstanceRef& ref, std::size_t room,
                           std::uint8_t poison) {
  auto buffer = wmi::pack_query_single(ref.guid, ref.key, room);
  const std::size_t overhead = buffer.capacity() - room;
  return {exchange(lab, ref, wmi::MinorFunction::query_single_instance, std::move(buffer), overhead,
                   poison),
          overhead};
}

// IN and OUT share their place: the room is the larger of both.
inline PoisonedBlock execute(LabFixture& lab, const wmi::InstanceRef& ref, std::uint32_t method,
                             const Bytes& in, std::size_t room, std::uint8_t poison) {
  auto buffer = wmi::pack_method(ref.guid, ref.key, method, in, room);
  const std::size_t overhead = buffer.capacity() - std::max(room, in.size());
  return {exchange(lab, ref, wmi::MinorFunction::execute_method, std::move(buffer),
                   overhead + in.size(), poison),
          overhead};
}

inline std::vector<wmi::InstanceRef> every_instance(LabFixture& lab) {
  std::vector<wmi::InstanceRef> all;
  std::vector<wmi::Guid> seen;
  for (const auto& registration : lab.lab->registry()->registrations()) {
    if (std::ranges::find(seen, registration.guid.guid) != seen.end()) continue;
    seen.push_back(registration.guid.guid);
    auto refs = lab.client->instances_wait(registration.guid.guid);
    REQUIRE(refs.has_value());
    std::ranges::move(*refs, std::back_inserter(all));
  }
  return all;
}

inline const wmi::Class& class_of(const wmi::InstanceRef& ref) {
  const auto* cls = wmi::builtin_schema()->find(ref.guid);
  REQUIRE(cls != nullptr);
  return *cls;
}

}  // namespace hbalab::lab_test
