#include "hba-sim/port/request.hpp"

#include <algorithm>
#include <cstring>

#include "hba-sim/port/device_provider.hpp"

namespace hbalab::port {

Request* Request::of(PSCSI_REQUEST_BLOCK block, const void* owner) {
  if (block == nullptr) return nullptr;
  const auto* header = static_cast<const RequestHeader*>(static_cast<const void*>(block));
  return header->magic == RequestHeader::kMagic && header->owner == owner ? header->request
                                                                          : nullptr;
}

Request* RequestPool::acquire(RequestKind kind) {
  Request* request = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    if (ring_count_ > kKeepFree || requests_.size() >= kMost) {
      if (ring_count_ == 0) return nullptr;
      request = ring_[ring_begin_];
      ring_begin_ = (ring_begin_ + 1) % ring_.size();
      --ring_count_;
    } else {
      auto made = std::make_unique<Request>();
      made->owner = owner_;
      made->request = made.get();
      made->index = static_cast<std::uint32_t>(requests_.size());
      request = made.get();
      requests_.push_back(std::move(made));
    }
  }
  const std::size_t extension = extension_size_.load(std::memory_order_relaxed);
  if (request->extension_size < extension) {
    request->extension = std::make_unique_for_overwrite<std::byte[]>(extension);
    request->extension_size = extension;
  }
  std::memset(&request->srb, 0, sizeof request->srb);
  request->srb.scsi.SrbExtension = extension == 0 ? nullptr : request->extension.get();
  request->kind = kind;
  request->inside = true;
  request->state.store(RequestState::started, std::memory_order_release);
  return request;
}

void RequestPool::release(Request& request) {
  request.wmi.reset();
  request.device.reset();
  request.orphan = {};
  request.check.forget();
  request.pended = false;
  request.timer = 0;
  request.twice.store(false, std::memory_order_relaxed);
  const std::scoped_lock lock(mutex_);
  request.last = request.trace;
  ++request.generation;
  request.state.store(RequestState::free, std::memory_order_release);
  if (ring_count_ == ring_.size()) {
    // Grown to hold every request that there is, in order.
    std::vector<Request*> grown(std::max<std::size_t>(2 * ring_.size(), 4 * kKeepFree));
    for (std::size_t i = 0; i < ring_count_; ++i) {
      grown[i] = ring_[(ring_begin_ + i) % ring_.size()];
    }
    ring_ = std::move(grown);
    ring_begin_ = 0;
  }
  ring_[(ring_begin_ + ring_count_) % ring_.size()] = &request;
  ++ring_count_;
}

Request* RequestPool::find(wmi::RequestId id) const {
  const std::size_t index = id & (kMost - 1);
  const std::scoped_lock lock(mutex_);
  if (index >= requests_.size()) return nullptr;
  Request* request = requests_[index].get();
  return request->id() == id ? request : nullptr;
}

TraceRecord RequestPool::last_trace(const Request& request) const {
  const std::scoped_lock lock(mutex_);
  return request.last;
}

std::vector<Request*> RequestPool::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Request*> requests;
  requests.reserve(requests_.size());
  for (const auto& request : requests_) requests.push_back(request.get());
  return requests;
}

}  // namespace hbalab::port
