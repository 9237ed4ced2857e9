#include "hba-sim/port/request.hpp"

#include <algorithm>
#include <cstring>

#include "hba-sim/port/device_provider.hpp"

namespace hbalab::port {

Request* Request::of(PSCSI_REQUEST_BLOCK block, const void* owner) {
  if (block == nullptr) return nullptr;
  const auto request_of = [owner](const auto* header) {
    const bool its = header->magic == RequestHeader::kMagic && header->owner == owner;
    return its ? header->request : nullptr;
  };
  const void* const at = block;
  if (block->Function == abi::kExtendedSrbFunction) {
    return request_of(static_cast<const ExtendedHeader*>(at));
  }
  return request_of(static_cast<const RequestHeader*>(at));
}

PSCSI_REQUEST_BLOCK Request::block() {
  if (!extended) return &srb.scsi;
  return static_cast<PSCSI_REQUEST_BLOCK>(static_cast<void*>(&extended_block->srb));
}

void Request::encode() {
  if (!extended) return;
  if (!extended_block) extended_block = std::make_unique<ExtendedHeader>();
  ExtendedHeader& out = *extended_block;
  out = {};
  out.magic = RequestHeader::kMagic;
  out.owner = owner;
  out.request = this;
  const bool is_wmi = srb.scsi.Function == SRB_FUNCTION_WMI;
  const bool is_scsi = srb.scsi.Function == SRB_FUNCTION_EXECUTE_SCSI;
  abi::ExtendedSrb& block = out.srb;
  block.length = sizeof block;
  block.function = abi::kExtendedSrbFunction;
  block.signature = abi::kExtendedSrbSignature;
  block.version = 1;
  block.srb_length = offsetof(ExtendedHeader, magic);
  block.srb_function = srb.scsi.Function;
  block.srb_flags = srb.scsi.SrbFlags;
  block.request_tag = index + 1;
  block.time_out_value = srb.scsi.TimeOutValue;
  block.address_offset = offsetof(ExtendedHeader, address);
  block.data_transfer_length = srb.scsi.DataTransferLength;
  block.data_buffer = srb.scsi.DataBuffer;
  block.original_request = this;
  block.miniport_context = is_wmi ? srb.wmi.SrbExtension : srb.scsi.SrbExtension;
  block.num_srb_ex_data = is_wmi || is_scsi ? 1 : 0;
  block.srb_ex_data_offset[0] = is_wmi || is_scsi ? offsetof(ExtendedHeader, data) : 0;
  out.address.Type = STOR_ADDRESS_TYPE_BTL8;
  out.address.AddressLength = STOR_ADDR_BTL8_ADDRESS_LENGTH;
  out.address.Path = srb.scsi.PathId;
  out.address.Target = srb.scsi.TargetId;
  out.address.Lun = srb.scsi.Lun;
  constexpr ULONG kHead = 2 * sizeof(ULONG);  // a length counts what follows it
  if (is_wmi) {
    out.data.wmi = {abi::kDataWmi,
                    sizeof(abi::WmiData) - kHead,
                    srb.wmi.WMISubFunction,
                    srb.wmi.WMIFlags,
                    {},
                    0,
                    srb.wmi.DataPath};
  } else if (is_scsi) {
    abi::ScsiCdb16Data& cdb = out.data.scsi;
    cdb = {};
    cdb.type = abi::kDataScsiCdb16;
    cdb.length = sizeof cdb - kHead;
    cdb.sense_info_buffer_length = srb.scsi.SenseInfoBufferLength;
    cdb.cdb_length = srb.scsi.CdbLength;
    cdb.sense_info_buffer = srb.scsi.SenseInfoBuffer;
    std::memcpy(cdb.cdb, srb.scsi.Cdb, sizeof cdb.cdb);
  } else if (srb.scsi.NextSrb != nullptr) {
    block.next_srb = srb.scsi.NextSrb;
  }
}

void Request::take_result() {
  if (!extended) return;
  srb.scsi.SrbStatus = extended_block->srb.srb_status;
  srb.scsi.DataTransferLength = extended_block->srb.data_transfer_length;
  if (srb.scsi.Function != SRB_FUNCTION_EXECUTE_SCSI) return;
  srb.scsi.ScsiStatus = extended_block->data.scsi.scsi_status;
}

void Request::give_result(std::uint8_t srb_status, bool with_data) {
  srb.scsi.SrbStatus = srb_status;
  if (!with_data) srb.scsi.DataTransferLength = 0;
  if (!extended) return;
  extended_block->srb.srb_status = srb_status;
  if (!with_data) extended_block->srb.data_transfer_length = 0;
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
  request->queued = request->extended = request->broken = false;
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
