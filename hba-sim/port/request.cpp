#include "hba-sim/port/request.hpp"

#include <algorithm>
#include <cstring>

#include "hba-sim/port/device_provider.hpp"

namespace hbalab::port {

PSCSI_REQUEST_BLOCK Request::block() {
  if (!extended) return &srb.scsi;
  return static_cast<PSCSI_REQUEST_BLOCK>(static_cast<void*>(&extended_block->srb));
}

void Request::encode() {
  if (!extended) return;
  ExtendedBlock& out = *extended_block;
  out = {};
  const bool is_wmi = srb.scsi.Function == SRB_FUNCTION_WMI;
  const bool is_scsi = srb.scsi.Function == SRB_FUNCTION_EXECUTE_SCSI;
  STORAGE_REQUEST_BLOCK& block = out.srb;
  block.Length = sizeof block;
  block.Function = SRB_FUNCTION_STORAGE_REQUEST_BLOCK;
  block.Signature = SRB_SIGNATURE;
  block.Version = STORAGE_REQUEST_BLOCK_VERSION_1;
  block.SrbLength = sizeof out;
  block.SrbFunction = srb.scsi.Function;
  block.SrbFlags = srb.scsi.SrbFlags;
  block.RequestTag = index + 1;
  block.TimeOutValue = srb.scsi.TimeOutValue;
  block.AddressOffset = offsetof(ExtendedBlock, address);
  block.DataTransferLength = srb.scsi.DataTransferLength;
  block.DataBuffer = srb.scsi.DataBuffer;
  block.OriginalRequest = this;
  block.MiniportContext = is_wmi ? srb.wmi.SrbExtension : srb.scsi.SrbExtension;
  block.NumSrbExData = is_wmi || is_scsi ? 1 : 0;
  block.SrbExDataOffset[0] = is_wmi || is_scsi ? offsetof(ExtendedBlock, data) : 0;
  out.address.Type = STOR_ADDRESS_TYPE_BTL8;
  out.address.AddressLength = STOR_ADDR_BTL8_ADDRESS_LENGTH;
  out.address.Path = srb.scsi.PathId;
  out.address.Target = srb.scsi.TargetId;
  out.address.Lun = srb.scsi.Lun;
  constexpr ULONG kHead = 2 * sizeof(ULONG);  // a length counts what follows it
  if (is_wmi) {
    out.data.wmi = {SrbExDataTypeWmi,
                    sizeof(SRBEX_DATA_WMI) - kHead,
                    srb.wmi.WMISubFunction,
                    srb.wmi.WMIFlags,
                    {},
                    0,
                    srb.wmi.DataPath};
  } else if (is_scsi) {
    SRBEX_DATA_SCSI_CDB16& cdb = out.data.scsi;
    cdb = {};
    cdb.Type = SrbExDataTypeScsiCdb16;
    cdb.Length = sizeof cdb - kHead;
    cdb.SenseInfoBufferLength = srb.scsi.SenseInfoBufferLength;
    cdb.CdbLength = srb.scsi.CdbLength;
    cdb.SenseInfoBuffer = srb.scsi.SenseInfoBuffer;
    std::memcpy(cdb.Cdb, srb.scsi.Cdb, sizeof cdb.Cdb);
  } else if (srb.scsi.NextSrb != nullptr) {
    void* const next = srb.scsi.NextSrb;
    block.NextSrb = static_cast<PSTORAGE_REQUEST_BLOCK>(next);
  }
}

void Request::take_result() {
  if (!extended) return;
  srb.scsi.SrbStatus = extended_block->srb.SrbStatus;
  srb.scsi.DataTransferLength = extended_block->srb.DataTransferLength;
  if (srb.scsi.Function != SRB_FUNCTION_EXECUTE_SCSI) return;
  srb.scsi.ScsiStatus = extended_block->data.scsi.ScsiStatus;
}

void Request::give_result(std::uint8_t srb_status, bool with_data) {
  srb.scsi.SrbStatus = srb_status;
  if (!with_data) srb.scsi.DataTransferLength = 0;
  if (!extended) return;
  extended_block->srb.SrbStatus = srb_status;
  if (!with_data) extended_block->srb.DataTransferLength = 0;
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
      made->index = static_cast<std::uint32_t>(requests_.size());
      request = made.get();
      requests_.push_back(std::move(made));
      blocks_.emplace(&request->srb, request);
    }
    request->extended = extended_.load(std::memory_order_relaxed);
    if (request->extended && !request->extended_block) {
      request->extended_block = std::make_unique<ExtendedBlock>();
      blocks_.emplace(request->extended_block.get(), request);
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
  request->queued = request->sent = request->replaced = false;
  request->expired = request->stopped = request->overdue = false;
  request->inside = true;
  request->state.store(RequestState::started, std::memory_order_release);
  return request;
}

void RequestPool::release(Request& request) {
  request.wmi.reset();
  request.device.reset();
  request.orphan = {};
  request.check.forget();
  request.probe.reset();
  request.before.reset();
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

Request* RequestPool::of(const void* block) const {
  const std::scoped_lock lock(mutex_);
  const auto found = blocks_.find(block);
  return found == blocks_.end() ? nullptr : found->second;
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
