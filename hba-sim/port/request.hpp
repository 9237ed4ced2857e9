// One SRB with everything that belongs to it, and the pool of them. An SRB, its extension and its
// buffer stay where they are until the miniport has completed the SRB, whatever became of the
// request above it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "hba-sim/clock.hpp"
#include "hba-sim/include/storport.h"
#include "hba-sim/port/checker/request_check.hpp"
#include "hba-sim/port/prober.hpp"
#include "hba-sim/port/trace.hpp"
#include "hba-sim/types.hpp"
#include "wmi-model/provider.hpp"

namespace hbalab::port {

class DeviceProvider;

enum class RequestState : std::uint8_t {
  free,       // in the pool
  started,    // the miniport has the SRB
  completed,  // the miniport is done; the port driver has not yet passed it on
  abandoned,  // the request above has ended; the miniport still has the SRB
};

enum class RequestKind : std::uint8_t {
  wmi,    // on behalf of a WmiRequest
  scan,   // REPORT LUNS or INQUIRY of the bus enumeration
  abort,  // SRB_FUNCTION_ABORT_COMMAND
};

struct Request;

// An extended SRB with all that belongs to it in one piece, as SrbLength has it.
struct ExtendedBlock {
  STORAGE_REQUEST_BLOCK srb;
  STOR_ADDR_BTL8 address;
  union {
    SRBEX_DATA_WMI wmi;
    SRBEX_DATA_SCSI_CDB16 scsi;
  } data;
};
static_assert(std::is_standard_layout_v<ExtendedBlock>);

struct Request {
  union {
    SCSI_REQUEST_BLOCK scsi;
    SCSI_WMI_REQUEST_BLOCK wmi;
  } srb;
  std::uint32_t index = 0;       // in the pool
  std::uint64_t generation = 1;  // changes when the request is used again

  // Set to `started` and `free` by whoever owns the request, else under the adapter lock.
  std::atomic<RequestState> state = RequestState::free;
  RequestKind kind = RequestKind::wmi;
  bool queued = false;    // waits; the miniport does not have it
  bool sent = false;      // HwStartIo was called for it
  bool extended = false;  // the miniport gets it as a STORAGE_REQUEST_BLOCK
  // The answer is the port driver's: the driver failed in HwBuildIo or HwStartIo, or had it answer
  // (StorPortCompleteRequest).
  bool replaced = false;
  bool expired = false;  // abandoned because its time ran out
  bool stopped = false;  // abandoned, and the miniport was stopped without having completed it
  bool overdue = false;  // that it was not completed has been reported
  bool inside =
      false;  // HwBuildIo or HwStartIo is running for it: who called them looks afterwards
  // Who stops the adapter also looks at requests that are being given back without a lock.
  std::atomic<bool> pended = false;
  TimerId timer = 0;
  TimePoint begun{};

  std::unique_ptr<wmi::WmiRequest> wmi;
  std::shared_ptr<DeviceProvider> device;
  wmi::Guid guid;                       // what DataPath points at
  wmi::WnodeBuffer orphan;              // the buffer of an abandoned request
  check::RequestCheck check;            // has the buffer that the miniport gets, when it checks
  std::vector<std::uint8_t> input;      // with `check`: the begin of the WNODE, as it was sent
  std::unique_ptr<ProbeRun> probe;      // a request of the checker's
  std::optional<Prober::State> before;  // of the device before a method, where it is looked at
  wmi::RequestId victim = 0;            // abort: of the request that it is to end
  TraceRecord trace;                    // what is known when it starts
  std::atomic<bool> twice = false;      // completed again before it was passed on
  TraceRecord last;                     // of its previous use; guarded by the pool's lock

  std::vector<std::uint8_t> data;        // scan: the SRB's data buffer
  std::array<std::uint8_t, 32> sense{};  // scan: autosense

  std::unique_ptr<std::byte[]> extension;
  std::size_t extension_size = 0;
  std::unique_ptr<ExtendedBlock> extended_block;  // once there was use for one

  // What the miniport gets: the SRB, or its extended form.
  [[nodiscard]] PSCSI_REQUEST_BLOCK block();
  // Writes the extended form anew, when it is that which the miniport gets.
  void encode();
  // Takes over what the miniport wrote into the extended form.
  void take_result();
  // Answers in the miniport's place.
  void give_result(std::uint8_t srb_status, bool with_data);
  [[nodiscard]] wmi::RequestId id() const { return generation << kIndexBits | index; }
  [[nodiscard]] ScsiAddress address() const {
    return {srb.scsi.PathId, srb.scsi.TargetId, srb.scsi.Lun};
  }
  // Nothing: the adapter itself.
  [[nodiscard]] std::optional<ScsiAddress> unit() const {
    const bool adapter = srb.scsi.Function == SRB_FUNCTION_WMI &&
                         (srb.wmi.WMIFlags & SRB_WMI_FLAGS_ADAPTER_REQUEST) != 0;
    return adapter ? std::nullopt : std::optional(address());
  }

  static constexpr unsigned kIndexBits = 24;
};

// Requests are used again in the order in which they were given back, so that an SRB that a
// miniport completes twice is most likely still unused. Thread-safe; its lock is taken last.
class RequestPool {
 public:
  // Bytes that each SRB extension has from the next acquire on.
  void set_extension_size(std::size_t size) { extension_size_.store(size); }
  // Whether the miniport gets STORAGE_REQUEST_BLOCKs, from the next acquire on.
  void set_extended(bool extended) { extended_.store(extended); }
  // With the SRB cleared, an extension that is not, and the state `started`. Null when there are as
  // many requests under way as there can be.
  [[nodiscard]] Request* acquire(RequestKind kind);
  void release(Request& request);
  // Null when that request has ended.
  [[nodiscard]] Request* find(wmi::RequestId id) const;
  // The request that gave a miniport this SRB, whatever it does now; null when there was none.
  // Reads nothing of what a strange pointer leads to.
  [[nodiscard]] Request* of(const void* block) const;
  // What a request that is free again was last used for.
  [[nodiscard]] TraceRecord last_trace(const Request& request) const;
  // Every request that there ever was; those that are free too.
  [[nodiscard]] std::vector<Request*> all() const;

 private:
  static constexpr std::size_t kKeepFree = 16;
  static constexpr std::size_t kMost = std::size_t{1} << Request::kIndexBits;

  std::atomic<std::size_t> extension_size_ = 0;
  std::atomic<bool> extended_ = false;
  mutable std::mutex mutex_;
  std::deque<std::unique_ptr<Request>> requests_;     // guarded by mutex_
  std::unordered_map<const void*, Request*> blocks_;  // guarded by mutex_; by Request::block()
  std::vector<Request*> ring_;                        // guarded by mutex_; the free ones, a ring
  std::size_t ring_begin_ = 0;                        // guarded by mutex_
  std::size_t ring_count_ = 0;                        // guarded by mutex_
};

}  // namespace hbalab::port
