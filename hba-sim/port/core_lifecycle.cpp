// Loading, starting and stopping a miniport.
#include <array>
#include <cstdio>
#include <cstring>
#include <utility>

#include "hba-sim/port/core.hpp"
#include "hba-sim/port/device_header.hpp"
#include "wmi-model/wnode.hpp"

namespace hbalab::port {
namespace {

constexpr std::uint64_t kMaxSrbExtension = 1u << 20;

std::string hex(std::uint32_t value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%08X", value);
  return text.data();
}

// What HwFindAdapter can answer, and what each of them means.
std::string find_result(ULONG result) {
  constexpr std::array<const char*, 4> kNames{
      "SP_RETURN_NOT_FOUND: it does not know the adapter that it was offered", "SP_RETURN_FOUND",
      "SP_RETURN_ERROR: it found an adapter and could not get at it",
      "SP_RETURN_BAD_CONFIG: it finds PORT_CONFIGURATION_INFORMATION not usable"};
  return result < kNames.size() ? kNames.at(result)
                                : hex(result) + ", which is no SP_RETURN_ value";
}

}  // namespace

Core* Core::of(PVOID device_extension) {
  const auto address = reinterpret_cast<std::uintptr_t>(device_extension);
  if (address < kDeviceHeaderSize || address % alignof(std::max_align_t) != 0) return nullptr;
  DeviceHeader header;
  std::memcpy(&header, static_cast<const std::byte*>(device_extension) - kDeviceHeaderSize,
              sizeof header);
  return header.magic == DeviceHeader::kMagic ? header.core : nullptr;
}

void Core::fill_configuration(const DriverRegistration& with) {
  const HW_INITIALIZATION_DATA& data = with.data;
  constexpr LONGLONG kFirstRange = 0xE0000000LL, kRangeStep = 0x100000LL;
  constexpr ULONG kRangeLength = 0x10000, kInterrupt = 16;
  constexpr UCHAR kDma64Supported = 0x80;
  ranges_.assign(data.NumberOfAccessRanges, {});
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    ranges_[i].RangeStart.QuadPart = kFirstRange + static_cast<LONGLONG>(i) * kRangeStep;
    ranges_[i].RangeLength = kRangeLength;
    ranges_[i].RangeInMemory = TRUE;
  }
  config_ = {};
  // SCSI port's edition ends behind WmiDataProvider.
  config_.Length = with.kind == PortKind::storport
                       ? sizeof config_
                       : offsetof(PORT_CONFIGURATION_INFORMATION, SynchronizationModel) + 4;
  config_.AdapterInterfaceType = data.AdapterInterfaceType;
  config_.BusInterruptLevel = config_.BusInterruptVector = kInterrupt;
  config_.MaximumTransferLength = SP_UNINITIALIZED_VALUE;
  config_.NumberOfPhysicalBreaks = SP_UNINITIALIZED_VALUE;
  config_.DmaChannel = config_.DmaChannel2 = SP_UNINITIALIZED_VALUE;
  config_.DmaPort = config_.DmaPort2 = SP_UNINITIALIZED_VALUE;
  config_.Master = config_.ScatterGather = config_.Dma32BitAddresses = TRUE;
  config_.Dma64BitAddresses = kDma64Supported;
  config_.NumberOfAccessRanges = data.NumberOfAccessRanges;
  config_.AccessRanges = ranges_.data();
  std::memset(config_.InitiatorBusId, 0xFF, sizeof config_.InitiatorBusId);
  config_.MapBuffers = data.MapBuffers;
  config_.NeedPhysicalAddresses = data.NeedPhysicalAddresses;
  config_.TaggedQueuing = data.TaggedQueuing;
  config_.AutoRequestSense = data.AutoRequestSense;
  config_.MultipleRequestPerLu = data.MultipleRequestPerLu;
  config_.ReceiveEvent = data.ReceiveEvent;
  config_.NumberOfBuses = 1;
  config_.MaximumNumberOfTargets = SCSI_MAXIMUM_TARGETS_PER_BUS;
  config_.MaximumNumberOfLogicalUnits = 0xFF;
  config_.DeviceExtensionSize = data.DeviceExtensionSize;
  config_.SpecificLuExtensionSize = data.SpecificLuExtensionSize;
  config_.SrbExtensionSize = data.SrbExtensionSize;
  constexpr ULONG kUnitRequests = 255, kAdapterRequests = 1000, kUnitDepth = 20;
  config_.MaxIOsPerLun = kUnitRequests;
  config_.MaxNumberOfIO = kAdapterRequests;
  config_.InitialLunQueueDepth = kUnitDepth;
  if ((data.SrbTypeFlags & SRB_TYPE_FLAG_STORAGE_REQUEST_BLOCK) != 0) {
    config_.SrbType = SRB_TYPE_STORAGE_REQUEST_BLOCK;
  }
}

// Whether the driver's routine found the adapter; not when it does not know it.
std::expected<bool, std::string> Core::find_adapter(const DriverRegistration& with) {
  fill_configuration(with);
  std::memset(extension_, 0, extension_size_);
  calls_ = make_direct_calls(*this, with, extension_,
                             [this](std::string_view routine, const std::string& what) {
                               driver_failed(std::string(routine) + ' ' + what);
                             });
  std::string arguments = services_.registry_text("DriverParameter");
  BOOLEAN again = FALSE;
  const auto found = calls_->find_adapter(options_.hardware, arguments.data(), &config_, &again);
  if (!found) return std::unexpected(driver_->name() + ": " + services_.last_fault());
  if (*found == SP_RETURN_NOT_FOUND) return false;
  if (*found != SP_RETURN_FOUND) {
    return std::unexpected(driver_->name() + ": HwFindAdapter answered " + find_result(*found));
  }
  // Every number of buses that NumberOfBuses can hold is one that PathId can (0xFF is none).
  static_assert(SCSI_MAXIMUM_BUSES_PER_ADAPTER == 0xFF && sizeof(config_.NumberOfBuses) == 1);
  if (config_.SrbExtensionSize > kMaxSrbExtension) {
    return std::unexpected(driver_->name() + ": HwFindAdapter gave SRB extensions of " +
                           std::to_string(config_.SrbExtensionSize) + " bytes; expected at most " +
                           std::to_string(kMaxSrbExtension));
  }
  pool_.set_extension_size(config_.SrbExtensionSize);
  kind_ = with.kind;
  pool_.set_extended(with.kind == PortKind::storport &&
                     config_.SrbType == SRB_TYPE_STORAGE_REQUEST_BLOCK);
  return true;
}

// A driver may have registered for several buses.
std::expected<void, std::string> Core::find_adapter() {
  for (const DriverRegistration& its : driver_->registrations()) {
    const auto found = find_adapter(its);
    if (!found) return std::unexpected(found.error());
    if (*found) return {};
  }
  return std::unexpected(driver_->name() + ": HwFindAdapter answered " +
                         find_result(SP_RETURN_NOT_FOUND));
}

// Which control types the miniport has; one that has no routine supports none.
void Core::query_control_types() {
  struct {
    SCSI_SUPPORTED_CONTROL_TYPE_LIST list;
    std::array<BOOLEAN, ScsiAdapterControlMax> rest;
  } types{};
  types.list.MaxControlType = ScsiAdapterControlMax;
  const auto answered = calls_->adapter_control(ScsiQuerySupportedControlTypes, &types.list);
  const BOOLEAN* const supported = types.list.SupportedTypeList;
  can_stop_ = answered == ScsiAdapterControlSuccess && supported[ScsiStopAdapter] != FALSE;
}

std::expected<void, std::string> Core::initialize_adapter() {
  passive_ = nullptr;
  const auto initialized = calls_->initialize();
  if (!initialized) return std::unexpected(driver_->name() + ": " + services_.last_fault());
  if (*initialized == FALSE) {
    return std::unexpected(driver_->name() + ": HwInitialize failed");
  }
  // From here on there is something to stop, also when the rest fails.
  started_ = true;
  query_control_types();
  if (passive_ == nullptr) return {};
  const auto passed = calls_->passive_initialize(passive_);
  if (!passed) return std::unexpected(driver_->name() + ": " + services_.last_fault());
  if (*passed == FALSE) {
    return std::unexpected(driver_->name() + ": the passive initialisation routine failed");
  }
  return {};
}

std::expected<void, std::string> Core::bring_up() {
  const AdapterLock::Scope scope(lock());
  services_.begin();
  after_stop_.store(false);
  initializing_ = true;
  auto up = find_adapter();
  if (up) up = initialize_adapter();
  initializing_ = false;
  if (!up) {
    stop_timer();
    if (!started_) services_.end();
    return up;
  }
  report_overdue();
  ready_ = true;
  running_.store(true, std::memory_order_release);
  return {};
}

void Core::driver_failed(std::string what) {
  log("FAULT " + what);
  if (options_.fault) options_.fault(what);
  services_.fault(std::move(what));
}

void Core::release_driver() {
  {
    const AdapterLock::Scope scope(lock());
    report_overdue();
  }
  // What the miniport never completed would keep its device, and that this.
  for (Request* request : pool_.all()) {
    if (request->state.load(std::memory_order_acquire) == RequestState::abandoned) {
      request->device.reset();
    }
  }
  calls_.reset();
  driver_.reset();
}

void Core::make_adapter_provider() {
  auto provider = std::make_shared<DeviceProvider>(
      shared_from_this(), std::nullopt, options_.device_instance, options_.friendly_name);
  const AdapterLock::Scope scope(lock());
  adapter_ = std::move(provider);
}

void Core::drop_adapter_provider() {
  std::shared_ptr<DeviceProvider> last;
  const AdapterLock::Scope scope(lock());
  last = std::move(adapter_);
}

std::shared_ptr<DeviceProvider> Core::adapter() {
  const AdapterLock::Scope scope(lock());
  return adapter_;
}

std::expected<void, std::string> Core::register_adapter() {
  bool wmi = false;
  std::shared_ptr<DeviceProvider> provider;
  {
    const AdapterLock::Scope scope(lock());
    wmi = config_.WmiDataProvider != FALSE;
    provider = adapter_;
  }
  // An adapter that is no WMI data provider is never asked.
  if (wmi) {
    if (auto added = options_.registry->add(provider); !added) return added;
  }
  bus_changed();
  return {};
}

void Core::enable_events_again() {
  const std::shared_ptr<DeviceProvider> provider = adapter();
  for (const wmi::Guid& guid : provider->enabled_events()) {
    auto request = std::make_unique<wmi::WmiRequest>();
    request->minor = wmi::MinorFunction::enable_events;
    request->data_path = guid;
    request->buffer = wmi::pack_control(guid);
    submit(provider, std::move(request));
  }
}

void Core::unregister_devices() {
  std::vector<std::shared_ptr<DeviceProvider>> removed;
  {
    const AdapterLock::Scope scope(lock());
    for (auto& [address, lun] : luns_) {
      lun.provider->gone = true;
      removed.push_back(std::move(lun.provider));
    }
    luns_.clear();
  }
  for (const auto& provider : removed) options_.registry->remove(provider.get());
}

void Core::shut_down(std::uint8_t srb_status, wmi::NtStatus status) {
  {
    const AdapterLock::Scope scope(lock());
    running_.store(false, std::memory_order_release);
    ++epoch_;
    scan_ = {};
    scan_queued_ = everything_asked_ = false;
    state_change_ = {};
    stop_timer();
    prober_.stop();
    drop_holds();
    for (Request* request : pool_.all()) {
      if (request->state.load(std::memory_order_acquire) != RequestState::started ||
          !request->pended) {
        continue;
      }
      if (request->kind == RequestKind::wmi) {
        abandon(*request, srb_status, status, false);
      } else {
        unpend(*request);
        const bool queued = request->queued;
        unqueue(*request);
        request->state.store(RequestState::abandoned, std::memory_order_release);
        if (queued) pool_.release(*request);
      }
    }
    if (std::exchange(started_, false)) {
      if (can_stop_) (void)calls_->adapter_control(ScsiStopAdapter, nullptr);
      mark_stopped();
      calls_->free_adapter_resources();
      services_.end();
    }
  }
  draining_.store(true);
  const int mine = Activity::mine(*this);
  for (int count = active_.load(); count > mine; count = active_.load()) active_.wait(count);
  draining_.store(false);
}

}  // namespace hbalab::port
