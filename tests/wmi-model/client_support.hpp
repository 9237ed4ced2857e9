// A provider that does what a script says with each request.
#pragma once

#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "wmi-model/client.hpp"
#include "wmi-model/wnode.hpp"
#include "wmi-model/wnode/wnode_layout.hpp"

namespace hbalab::wmi_test {

using wmi::Guid;
using wmi::NtStatus;
using wmi::WmiRequest;
using RequestPtr = std::unique_ptr<WmiRequest>;

inline Guid guid_of(std::uint8_t number) {
  Guid guid;
  guid.bytes.fill(number);
  return guid;
}

// Ends a request as one that needs `total` bytes of WNODE.
inline void answer_too_small(WmiRequest& request, std::uint32_t total) {
  const auto bytes = request.buffer.bytes();
  std::uint32_t flags = 0;
  std::memcpy(&flags, bytes.data() + wmi::wnode::kFlags, 4);
  flags |= wmi::wnode::kFlagTooSmall;
  std::memcpy(bytes.data() + wmi::wnode::kFlags, &flags, 4);
  const std::uint32_t size = wmi::wnode::kTooSmallSize;
  std::memcpy(bytes.data(), &size, 4);
  std::memcpy(bytes.data() + wmi::wnode::kSizeNeeded, &total, 4);
  request.status = NtStatus::success;
  request.information = size;
}

// Answers a single instance query or a method with `size` bytes of `fill`, or WNODE_TOO_SMALL.
inline void answer_single(WmiRequest& request, std::size_t size, std::uint8_t fill) {
  const auto bytes = request.buffer.bytes();
  const bool method = request.minor == wmi::MinorFunction::execute_method;
  const std::size_t offset_at =
      method ? wmi::wnode::kItemDataOffset : wmi::wnode::kInstanceDataOffset;
  std::uint32_t offset = 0;
  std::memcpy(&offset, bytes.data() + offset_at, 4);
  if (offset + size > bytes.size()) {
    return answer_too_small(request, static_cast<std::uint32_t>(offset + size));
  }
  std::memset(bytes.data() + offset, fill, size);
  const auto used = static_cast<std::uint32_t>(size);
  std::memcpy(bytes.data() + offset_at + 4, &used, 4);
  const auto total = static_cast<std::uint32_t>(offset + size);
  std::memcpy(bytes.data(), &total, 4);
  request.status = NtStatus::success;
  request.information = total;
}

inline void complete(RequestPtr request) {
  auto done = std::move(request->on_complete);
  done(std::move(request));
}

class ScriptedProvider : public wmi::WmiProvider {
 public:
  // Takes the request; returns 0 when it has completed it.
  using Handler = std::function<wmi::RequestId(RequestPtr)>;

  explicit ScriptedProvider(std::string name = "PCI\\TEST") : name_(std::move(name)) {}

  const std::string& device_instance() const override { return name_; }
  const std::string& friendly_name() const override { return name_; }
  wmi::RequestId submit(RequestPtr request) override {
    if (request->minor == wmi::MinorFunction::reginfo) return answer_reginfo(std::move(request));
    ++submits;
    return handler(std::move(request));
  }
  void cancel(wmi::RequestId id) override {
    {
      const std::scoped_lock lock(mutex_);
      cancelled.push_back(id);
    }
    if (on_cancel) on_cancel(id);
  }
  // Holds a request as pending.
  wmi::RequestId hold(RequestPtr request) {
    const std::scoped_lock lock(mutex_);
    held_[++last_id_] = std::move(request);
    return last_id_;
  }
  RequestPtr release(wmi::RequestId id) {
    const std::scoped_lock lock(mutex_);
    auto node = held_.extract(id);
    return node.empty() ? nullptr : std::move(node.mapped());
  }

  Handler handler;
  std::function<wmi::RequestId(RequestPtr)> reginfo_handler;  // instead of the answer from `info`
  std::function<void(wmi::RequestId)> on_cancel;
  wmi::RegInfo info;
  std::atomic<int> submits = 0;
  std::vector<wmi::RequestId> cancelled;  // written under mutex_

 private:
  wmi::RequestId answer_reginfo(RequestPtr request) {
    if (reginfo_handler) return reginfo_handler(std::move(request));
    const auto answer = wmi::pack_reginfo_answer(info);
    if (answer.size() > request->buffer.capacity()) {
      request->status = NtStatus::buffer_too_small;
      request->information = answer.size();
    } else {
      std::memcpy(request->buffer.data(), answer.data(), answer.size());
      request->status = NtStatus::success;
      request->information = answer.size();
    }
    complete(std::move(request));
    return 0;
  }

  const std::string name_;
  std::mutex mutex_;
  std::map<wmi::RequestId, RequestPtr> held_;  // guarded by mutex_
  wmi::RequestId last_id_ = 0;                 // guarded by mutex_
};

inline wmi::RegisteredGuid registered(std::uint8_t number, std::uint32_t instances = 1,
                                      std::uint32_t flags = 0x20) {
  wmi::RegisteredGuid guid;
  guid.guid = guid_of(number);
  guid.instance_count = instances;
  guid.flags = flags;
  return guid;
}

}  // namespace hbalab::wmi_test
