// How a WMI request reaches a driver: the IRP_MJ_SYSTEM_CONTROL seam.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "wmi-model/guid.hpp"
#include "wmi-model/ntstatus.hpp"

namespace hbalab::wmi {

// IRP_MN_* of IRP_MJ_SYSTEM_CONTROL (wdm.h); the values go to the driver as they are.
enum class MinorFunction : std::uint8_t {
  query_all_data = 0,
  query_single_instance = 1,
  change_single_instance = 2,
  change_single_item = 3,
  enable_events = 4,
  disable_events = 5,
  enable_collection = 6,
  disable_collection = 7,
  reginfo = 8,
  execute_method = 9,
};

// Memory for a WNODE: aligned to 16 bytes, not cleared, grows only by reallocation.
class WnodeBuffer {
 public:
  WnodeBuffer() = default;
  explicit WnodeBuffer(std::size_t capacity);
  [[nodiscard]] std::uint8_t* data() { return data_.get(); }
  [[nodiscard]] const std::uint8_t* data() const { return data_.get(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] std::span<std::uint8_t> bytes() { return {data_.get(), capacity_}; }
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return {data_.get(), capacity_}; }

 private:
  struct Free {
    void operator()(std::uint8_t* p) const;
  };
  std::unique_ptr<std::uint8_t[], Free> data_;
  std::size_t capacity_ = 0;
};

// One request. The submitter fills the first block of members; the provider fills the second and
// then hands the request back through on_complete, exactly once.
struct WmiRequest {
  MinorFunction minor = MinorFunction::query_all_data;
  Guid data_path;      // the GUID asked for; for reginfo unused
  WnodeBuffer buffer;  // packed WNODE, in and out; capacity() is the BufferSize of the IRP
  std::chrono::milliseconds timeout{0};  // 0: the provider's default
  bool secret = false;                   // the data carries a secret: no trace may hold it
  // submit() may do pending work of the provider (a durable write) before it returns, instead of
  // waking somebody for it: the submitting thread has nothing else to do until the answer is there.
  bool lends = false;

  NtStatus status = NtStatus::success;
  // Success: bytes of the WNODE that are valid. buffer_too_small cannot occur where a
  // WNODE_TOO_SMALL fits (the status is then success and the WNODE says so); else the bytes needed.
  std::size_t information = 0;

  // May run on any thread, also inside submit(), never with a lock of the provider held. It must
  // not block. It owns the request from then on.
  std::move_only_function<void(std::unique_ptr<WmiRequest>)> on_complete;
};

using RequestId = std::uint64_t;  // 0: the request completed inside submit()

// A device object that answers WMI: an adapter (FDO) or a logical unit (PDO). Thread-safe.
class WmiProvider {
 public:
  virtual ~WmiProvider() = default;

  // Device instance path of the PDO:
  // "PCI\VEN_1077&DEV_4010&SUBSYS_00000000&REV_02\3&11583659&0&08". WMI instance names with
  // WMIREG_FLAG_INSTANCE_PDO are this, '_' and the instance index.
  [[nodiscard]] virtual const std::string& device_instance() const = 0;
  // Short name of the adapter in the lab ("hba0"), shown beside the instance name.
  [[nodiscard]] virtual const std::string& friendly_name() const = 0;
  virtual RequestId submit(std::unique_ptr<WmiRequest> request) = 0;
  // Asks to end a pending request early with NtStatus::cancelled. It may still complete otherwise.
  virtual void cancel(RequestId id) = 0;
  // A thread that waits for an answer may lend itself for pending work of the provider (a durable
  // write). Returns whether it did some; false: nothing to do, wait.
  virtual bool help() { return false; }
  // Why a method answered with the status in OUT, for people: lines, by what is so now. "": there
  // is nothing to say.
  [[nodiscard]] virtual std::string explain(const Guid& guid, std::uint32_t method,
                                            std::span<const std::uint8_t> in,
                                            std::span<const std::uint8_t> out) const {
    (void)guid;
    (void)method;
    (void)in;
    (void)out;
    return {};
  }
};

}  // namespace hbalab::wmi
