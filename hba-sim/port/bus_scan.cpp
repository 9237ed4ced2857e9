// Enumeration of an adapter's buses, or of the part of them that a miniport says has changed:
// REPORT LUNS to LUN 0 of every target, INQUIRY to every logical unit that it reports, then device
// objects for those that came and went. All of it runs under the adapter lock but the last step.
// One enumeration at a time; those asked for meanwhile become one more.
#include <algorithm>
#include <bitset>
#include <cstdio>
#include <utility>

#include "hba-sim/port/core.hpp"

namespace hbalab::port {
namespace {

constexpr std::chrono::seconds kScanTimeout{10};
// SCSI_ADDRESS has room for LUNs below 256, 8 bytes each in the list.
constexpr std::uint32_t kReportSize = 8 + 256 * 8;
constexpr std::uint8_t kWholeTarget = 0xFF;

enum class Answer { good, gone, unsupported, unclear };

Answer classify(const SCSI_REQUEST_BLOCK& srb) {
  switch (SRB_STATUS(srb.SrbStatus)) {
    case SRB_STATUS_SUCCESS:
    case SRB_STATUS_DATA_OVERRUN:  // less data than there was room for
      return srb.ScsiStatus == SCSISTAT_GOOD ? Answer::good : Answer::unclear;
    case SRB_STATUS_NO_DEVICE:
    case SRB_STATUS_INVALID_PATH_ID:
    case SRB_STATUS_INVALID_TARGET_ID:
    case SRB_STATUS_INVALID_LUN:
    case SRB_STATUS_SELECTION_TIMEOUT:
    case SRB_STATUS_NO_HBA:
      return Answer::gone;
    case SRB_STATUS_INVALID_REQUEST:
    case SRB_STATUS_BAD_FUNCTION:
      return Answer::unsupported;
    case SRB_STATUS_ERROR:
      return srb.ScsiStatus == SCSISTAT_CHECK_CONDITION ? Answer::unsupported : Answer::unclear;
    default:
      return Answer::unclear;
  }
}

void put_be32(UCHAR* at, std::uint32_t value) {
  at[0] = static_cast<UCHAR>(value >> 24);
  at[1] = static_cast<UCHAR>(value >> 16);
  at[2] = static_cast<UCHAR>(value >> 8);
  at[3] = static_cast<UCHAR>(value);
}

// Upper case, trailing blanks dropped, what a device path cannot hold replaced.
std::string id_text(std::span<const std::uint8_t> field) {
  std::string text(field.begin(), field.end());
  text.erase(
      std::find_if_not(text.rbegin(), text.rend(), [](char c) { return c == ' ' || c == '\0'; })
          .base(),
      text.end());
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c <= ' ' || c > '~' || c == ',' || c == '\\' || c == '/' || c == '&') c = '_';
  }
  return text;
}

const char* device_kind(std::uint8_t type) {
  switch (type) {
    case DIRECT_ACCESS_DEVICE:
      return "DISK";
    case SEQUENTIAL_ACCESS_DEVICE:
      return "SEQUENTIAL";
    case READ_ONLY_DIRECT_ACCESS_DEVICE:
      return "CDROM";
    default:
      return "OTHER";
  }
}

// FNV-1a: the same adapter gives the same number in every run.
std::uint32_t stable_hash(std::string_view text) {
  std::uint32_t hash = 2166136261u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

}  // namespace

void Core::bus_changed() {
  if (used_after_stop("BusChangeDetected")) return;
  locked([this] {
    everything_asked_ = true;
    queue_scan();
  });
}

ULONG Core::state_changed(ULONG entity, PSTOR_ADDRESS address, PHW_STATE_CHANGE routine,
                          PVOID context) {
  constexpr ULONG kEntities = STATE_CHANGE_LUN | STATE_CHANGE_TARGET | STATE_CHANGE_BUS;
  if (address == nullptr || address->Type != STOR_ADDRESS_TYPE_BTL8 ||
      address->AddressLength < STOR_ADDR_BTL8_ADDRESS_LENGTH || (entity & kEntities) == 0 ||
      (entity & ~kEntities) != 0) {
    return STOR_STATUS_INVALID_PARAMETER;
  }
  if (used_after_stop("StorPortStateChangeDetected")) return STOR_STATUS_INVALID_DEVICE_STATE;
  StateChange change{StateChange::State::asked, {}, address, routine, context};
  const auto& at = *reinterpret_cast<const STOR_ADDR_BTL8*>(address);
  change.scope.path = at.Path;
  // A unit is looked at with its target.
  if ((entity & STATE_CHANGE_BUS) == 0) change.scope.target = at.Target;
  if (lock().held_by_me()) return take_change(change);
  const AdapterLock::Scope scope(lock());
  return take_change(change);
}

ULONG Core::take_change(const StateChange& change) {
  if (!started_) return STOR_STATUS_INVALID_DEVICE_STATE;
  if (change.scope.path >= config_.NumberOfBuses ||
      (change.scope.target && change.scope.target >= config_.MaximumNumberOfTargets)) {
    return STOR_STATUS_INVALID_PARAMETER;
  }
  if (state_change_.state != StateChange::State::none) return STOR_STATUS_BUSY;
  state_change_ = change;
  queue_scan();
  return STOR_STATUS_SUCCESS;
}

void Core::queue_scan() {
  if (std::exchange(scan_queued_, true)) return;
  // The miniport that asked is still running on this thread.
  lock().enter([this] {
    scan_queued_ = false;
    start_scan();
  });
}

void Core::start_scan() {
  if (!running_.load(std::memory_order_relaxed) || scan_.active) return;
  const bool asked = state_change_.state == StateChange::State::asked;
  if (!everything_asked_ && !asked) return;
  scan_ = {};
  scan_.active = true;
  scan_.issuing = true;
  if (!std::exchange(everything_asked_, false)) scan_.scope = state_change_.scope;
  if (asked) state_change_.state = StateChange::State::looked_at;
  const auto [path, target] = std::pair{scan_.scope.path, scan_.scope.target};
  const unsigned last_path = path ? *path + 1u : config_.NumberOfBuses;
  const unsigned last_target = target ? *target + 1u : config_.MaximumNumberOfTargets;
  for (unsigned p = path.value_or(0); p < last_path; ++p) {
    for (unsigned t = target.value_or(0); t < last_target; ++t) {
      report_luns({static_cast<std::uint8_t>(p), static_cast<std::uint8_t>(t), 0});
    }
  }
  scan_.issuing = false;
  scan_progress();
}

void Core::report_luns(ScsiAddress address) {
  Request* request = pool_.acquire(RequestKind::scan);
  if (request == nullptr) return;
  SCSI_REQUEST_BLOCK& srb = request->srb.scsi;
  srb.PathId = address.path;
  srb.TargetId = address.target;
  srb.CdbLength = 12;
  srb.Cdb[0] = SCSIOP_REPORT_LUNS;
  put_be32(srb.Cdb + 6, kReportSize);
  request->data.assign(kReportSize, 0);
  send_scan(*request);
}

void Core::inquire(ScsiAddress address) {
  Request* request = pool_.acquire(RequestKind::scan);
  if (request == nullptr) return;
  SCSI_REQUEST_BLOCK& srb = request->srb.scsi;
  srb.PathId = address.path;
  srb.TargetId = address.target;
  srb.Lun = address.lun;
  srb.CdbLength = 6;
  srb.Cdb[0] = SCSIOP_INQUIRY;
  srb.Cdb[4] = INQUIRYDATABUFFERSIZE;
  request->data.assign(INQUIRYDATABUFFERSIZE, 0);
  send_scan(*request);
}

void Core::send_scan(Request& request) {
  SCSI_REQUEST_BLOCK& srb = request.srb.scsi;
  srb.Length = sizeof srb;
  srb.Function = SRB_FUNCTION_EXECUTE_SCSI;
  srb.SrbFlags = SRB_FLAGS_DATA_IN;
  srb.DataBuffer = request.data.data();
  srb.DataTransferLength = static_cast<ULONG>(request.data.size());
  srb.TimeOutValue = static_cast<ULONG>(kScanTimeout.count());
  request.sense = {};
  srb.SenseInfoBuffer = request.sense.data();
  srb.SenseInfoBufferLength = static_cast<UCHAR>(request.sense.size());
  srb.OriginalRequest = &request;
  TraceRecord trace;
  trace.adapter = trace_index_;
  trace.srb_function = SRB_FUNCTION_EXECUTE_SCSI;
  trace.path = srb.PathId;
  trace.target = srb.TargetId;
  trace.lun = srb.Lun;
  trace.id = srb.Cdb[0];
  request.trace = trace;
  request.begun = options_.clock->now();
  ++scan_.outstanding;
  const bool build = prepare(request);
  const bool done = request.state.load(std::memory_order_acquire) != RequestState::started ||
                    (build && start(request));
  if (done) {
    scan_done(request);
  } else {
    pend(request, kScanTimeout);
  }
}

void Core::scan_done(Request& request) {
  const SCSI_REQUEST_BLOCK& srb = request.srb.scsi;
  TraceRecord trace = request.trace;
  trace.srb_status = srb.SrbStatus;
  trace.pended = request.pended;
  if (classify(srb) == Answer::good) trace.out_bytes = srb.DataTransferLength;
  lock().defer(
      [self = shared_from_this(), trace, begun = request.begun] { self->trace_end(trace, begun); });
  if (srb.Cdb[0] == SCSIOP_REPORT_LUNS) {
    scan_report(request);
  } else {
    scan_inquiry(request);
  }
  request.data = {};  // few enumerations, many requests that wait for their next use
  pool_.release(request);
  --scan_.outstanding;
  scan_progress();
}

void Core::scan_report(Request& request) {
  const SCSI_REQUEST_BLOCK& srb = request.srb.scsi;
  const ScsiAddress address = request.address();
  switch (classify(srb)) {
    case Answer::gone:
      return;
    case Answer::unclear:
      scan_.uncertain.push_back({address.path, address.target, kWholeTarget});
      return;
    case Answer::unsupported:
      inquire(address);
      return;
    case Answer::good:
      break;
  }
  const auto& data = request.data;
  const std::uint32_t listed = static_cast<std::uint32_t>(data[0]) << 24 |
                               static_cast<std::uint32_t>(data[1]) << 16 |
                               static_cast<std::uint32_t>(data[2]) << 8 | data[3];
  const std::size_t valid = std::min<std::size_t>(srb.DataTransferLength, data.size());
  const std::size_t end = std::min<std::size_t>(valid, std::size_t{8} + listed);
  std::bitset<256> luns;
  for (std::size_t at = 8; at + 8 <= end; at += 8) {
    // Single-level LUNs in peripheral or flat space addressing.
    const unsigned method = data[at] >> 6;
    const unsigned lun = (data[at] & 0x3Fu) << 8 | data[at + 1];
    if (method <= 1 && lun < config_.MaximumNumberOfLogicalUnits && lun < luns.size()) {
      luns.set(lun);
    }
  }
  for (unsigned lun = 0; lun < luns.size(); ++lun) {
    if (luns[lun]) inquire({address.path, address.target, static_cast<std::uint8_t>(lun)});
  }
}

void Core::scan_inquiry(Request& request) {
  const SCSI_REQUEST_BLOCK& srb = request.srb.scsi;
  switch (classify(srb)) {
    case Answer::gone:
    case Answer::unsupported:
      return;
    case Answer::unclear:
      scan_.uncertain.push_back(request.address());
      return;
    case Answer::good:
      break;
  }
  const unsigned qualifier = request.data[0] >> 5;
  const unsigned type = request.data[0] & 0x1Fu;
  if (qualifier != DEVICE_CONNECTED || type == 0x1F) return;
  Inquiry inquiry{};
  std::copy_n(request.data.begin(), std::min(request.data.size(), inquiry.size()), inquiry.begin());
  scan_.found[request.address()] = inquiry;
}

void Core::scan_progress() {
  if (!scan_.active || scan_.issuing || scan_.outstanding != 0) return;
  lock().defer([self = shared_from_this(), epoch = epoch_.load()] {
    const Activity activity(*self);
    self->apply_scan(epoch);
  });
}

void Core::apply_scan(std::uint64_t epoch) {
  std::vector<std::shared_ptr<DeviceProvider>> removed;
  std::vector<std::shared_ptr<DeviceProvider>> added;
  {
    const AdapterLock::Scope scope(lock());
    if (epoch != epoch_) return;
    update_luns(removed, added);
  }
  for (const auto& device : removed) options_.registry->remove(device.get());
  for (const auto& device : added) register_lun(device);
  const AdapterLock::Scope scope(lock());
  if (epoch == epoch_) end_scan();
}

void Core::end_scan() {
  scan_.active = false;
  if (state_change_.state == StateChange::State::looked_at) {
    const StateChange done = std::exchange(state_change_, {});
    if (done.routine != nullptr) {
      calls_->run("HwStateChange", [&] {
        done.routine(extension_, done.context, static_cast<SHORT>(done.address->Type), done.address,
                     STOR_STATUS_SUCCESS);
      });
    }
  }
  start_scan();
}

void Core::update_luns(std::vector<std::shared_ptr<DeviceProvider>>& removed,
                       std::vector<std::shared_ptr<DeviceProvider>>& added) {
  std::ranges::sort(scan_.uncertain);
  const auto uncertain = [this](ScsiAddress address) {
    return std::ranges::binary_search(scan_.uncertain, address) ||
           std::ranges::binary_search(scan_.uncertain,
                                      ScsiAddress{address.path, address.target, kWholeTarget});
  };
  for (auto lun = luns_.lower_bound(scan_.scope.first());
       lun != luns_.end() && scan_.scope.covers(lun->first);) {
    const auto found = scan_.found.find(lun->first);
    const bool stays =
        found != scan_.found.end() ? found->second == lun->second.inquiry : uncertain(lun->first);
    if (stays) {
      ++lun;
      continue;
    }
    lun->second.provider->gone = true;
    removed.push_back(std::move(lun->second.provider));
    lun = luns_.erase(lun);
  }
  for (const auto& [address, inquiry] : scan_.found) {
    if (luns_.contains(address)) continue;
    auto device = std::make_shared<DeviceProvider>(
        shared_from_this(), address, lun_instance(address, inquiry), options_.friendly_name);
    added.push_back(device);
    luns_[address] = {inquiry, std::move(device)};
  }
  if (removed.empty()) return;
  for (Request* request : pool_.all()) {
    if (request->state.load(std::memory_order_acquire) == RequestState::started &&
        request->pended && request->kind == RequestKind::wmi && request->device->gone) {
      abandon(*request, SRB_STATUS_NO_DEVICE, wmi::NtStatus::no_such_device, true);
    }
  }
}

void Core::register_lun(const std::shared_ptr<DeviceProvider>& device) {
  {
    const AdapterLock::Scope scope(lock());
    if (config_.WmiDataProvider == FALSE) return;
  }
  // A unit that registers nothing is a device without WMI; one that has gone meanwhile is removed.
  if (!options_.registry->add(device)) return;
  bool gone = false;
  {
    const AdapterLock::Scope scope(lock());
    gone = device->gone;
  }
  if (gone) options_.registry->remove(device.get());
}

std::string Core::lun_instance(ScsiAddress address, const Inquiry& inquiry) const {
  const std::span<const std::uint8_t> bytes(inquiry);
  std::array<char, 48> tail{};
  std::snprintf(tail.data(), tail.size(), "\\5&%x&0&%02x%02x%02x",
                stable_hash(options_.device_instance), address.path, address.target, address.lun);
  return std::string("SCSI\\") + device_kind(inquiry[0] & 0x1F) + "&VEN_" +
         id_text(bytes.subspan(8, 8)) + "&PROD_" + id_text(bytes.subspan(16, 16)) + tail.data();
}

}  // namespace hbalab::port
