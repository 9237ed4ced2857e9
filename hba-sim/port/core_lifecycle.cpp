// Loading, starting and stopping a miniport.
#include <array>
#include <cstdio>
#include <cstring>
#include <utility>

#include "hba-sim/port/core.hpp"
#include "hba-sim/port/device_header.hpp"

namespace hbalab::port {
namespace {

// More than any driver asks for; a size beyond is a structure that was not filled in.
constexpr std::uint64_t kMaxDeviceExtension = 64u << 20;
constexpr std::uint64_t kMaxSrbExtension = 1u << 20;
constexpr ULONG kMaxAccessRanges = 64;

std::string hex(std::uint32_t value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%08X", value);
  return text.data();
}

std::unexpected<std::string> failed(const std::string& image, const std::string& what) {
  return std::unexpected(image + ": " + what);
}

}  // namespace

thread_local DriverObject* DriverObject::current = nullptr;

std::expected<void, std::string> Core::load() {
  std::u16string path = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\";
  path.append(image_.name.begin(), image_.name.end());
  // WCHAR is char16_t here, whatever a driver was compiled with.
  UNICODE_STRING registry_path{static_cast<USHORT>(path.size() * sizeof(char16_t)),
                               static_cast<USHORT>((path.size() + 1) * sizeof(char16_t)),
                               path.data()};
  DriverObject object;
  if (image_.driver_entry == nullptr) return failed(image_.name, "has no DriverEntry");
  DriverObject* const outer = std::exchange(DriverObject::current, &object);
  const std::uint32_t status = image_.driver_entry(&object, &registry_path);
  DriverObject::current = outer;
  if (status != 0) return failed(image_.name, "DriverEntry failed with " + hex(status));
  if (!object.initialized)
    return failed(image_.name, "DriverEntry did not call StorPortInitialize");
  const HW_INITIALIZATION_DATA& data = object.data;
  if (data.HwFindAdapter == nullptr || data.HwInitialize == nullptr || data.HwStartIo == nullptr) {
    return failed(image_.name,
                  "HW_INITIALIZATION_DATA lacks HwFindAdapter, HwInitialize or HwStartIo");
  }
  if (data.DeviceExtensionSize > kMaxDeviceExtension || data.SrbExtensionSize > kMaxSrbExtension ||
      data.NumberOfAccessRanges > kMaxAccessRanges) {
    return failed(image_.name,
                  "HW_INITIALIZATION_DATA asks for " + std::to_string(data.DeviceExtensionSize) +
                      " bytes of device extension, " + std::to_string(data.SrbExtensionSize) +
                      " of SRB extension and " + std::to_string(data.NumberOfAccessRanges) +
                      " access ranges");
  }
  driver_ = data;
  driver_context_ = object.context;
  // The memory stays the same over resets, so that a driver that uses it after it was stopped finds
  // it.
  memory_ = std::make_unique<std::byte[]>(kDeviceHeaderSize + data.DeviceExtensionSize);
  const DeviceHeader header{DeviceHeader::kMagic, this};
  std::memcpy(memory_.get(), &header, sizeof header);
  extension_ = memory_.get() + kDeviceHeaderSize;
  return {};
}

Core* Core::of(PVOID device_extension) {
  const auto address = reinterpret_cast<std::uintptr_t>(device_extension);
  if (address < kDeviceHeaderSize || address % alignof(std::max_align_t) != 0) return nullptr;
  DeviceHeader header;
  std::memcpy(&header, static_cast<const std::byte*>(device_extension) - kDeviceHeaderSize,
              sizeof header);
  return header.magic == DeviceHeader::kMagic ? header.core : nullptr;
}

std::expected<void, std::string> Core::find_adapter() {
  ranges_.assign(driver_.NumberOfAccessRanges, {});
  config_ = {};
  config_.Length = sizeof config_;
  config_.AdapterInterfaceType = driver_.AdapterInterfaceType;
  config_.MaximumTransferLength = SP_UNINITIALIZED_VALUE;
  config_.NumberOfPhysicalBreaks = SP_UNINITIALIZED_VALUE;
  config_.DmaChannel = config_.DmaChannel2 = SP_UNINITIALIZED_VALUE;
  config_.DmaPort = config_.DmaPort2 = SP_UNINITIALIZED_VALUE;
  config_.NumberOfAccessRanges = driver_.NumberOfAccessRanges;
  config_.AccessRanges = ranges_.data();
  std::memset(config_.InitiatorBusId, 0xFF, sizeof config_.InitiatorBusId);
  config_.MapBuffers = driver_.MapBuffers;
  config_.NeedPhysicalAddresses = driver_.NeedPhysicalAddresses;
  config_.TaggedQueuing = driver_.TaggedQueuing;
  config_.AutoRequestSense = driver_.AutoRequestSense;
  config_.MultipleRequestPerLu = driver_.MultipleRequestPerLu;
  config_.ReceiveEvent = driver_.ReceiveEvent;
  config_.NumberOfBuses = 1;
  config_.MaximumNumberOfTargets = SCSI_MAXIMUM_TARGETS_PER_BUS;
  config_.MaximumNumberOfLogicalUnits = 0xFF;
  config_.DeviceExtensionSize = driver_.DeviceExtensionSize;
  config_.SpecificLuExtensionSize = driver_.SpecificLuExtensionSize;
  config_.SrbExtensionSize = driver_.SrbExtensionSize;
  std::array<char, 1> arguments{};
  BOOLEAN again = FALSE;
  const ULONG found = driver_.HwFindAdapter(extension_, driver_context_, options_.hardware,
                                            arguments.data(), &config_, &again);
  if (found != SP_RETURN_FOUND) {
    constexpr std::array<const char*, 4> kNames{"SP_RETURN_NOT_FOUND", "SP_RETURN_FOUND",
                                                "SP_RETURN_ERROR", "SP_RETURN_BAD_CONFIG"};
    return failed(image_.name, std::string("HwFindAdapter answered ") +
                                   (found < kNames.size() ? kNames.at(found) : hex(found).c_str()));
  }
  // Every number of buses that NumberOfBuses can hold is one that PathId can (0xFF is none).
  static_assert(SCSI_MAXIMUM_BUSES_PER_ADAPTER == 0xFF && sizeof(config_.NumberOfBuses) == 1);
  if (config_.SrbExtensionSize > kMaxSrbExtension) {
    return failed(image_.name, "HwFindAdapter gave SRB extensions of " +
                                   std::to_string(config_.SrbExtensionSize) +
                                   " bytes; expected at most " + std::to_string(kMaxSrbExtension));
  }
  pool_.set_extension_size(config_.SrbExtensionSize);
  return {};
}

std::expected<void, std::string> Core::initialize_adapter() {
  passive_ = nullptr;
  if (driver_.HwInitialize(extension_) == FALSE) {
    return failed(image_.name, "HwInitialize failed");
  }
  // From here on there is something to stop, also when the rest fails.
  started_ = true;
  if (passive_ != nullptr && passive_(extension_) == FALSE) {
    return failed(image_.name, "the passive initialisation routine failed");
  }
  return {};
}

std::expected<void, std::string> Core::bring_up() {
  const AdapterLock::Scope scope(lock());
  std::memset(extension_, 0, driver_.DeviceExtensionSize);
  initializing_ = true;
  auto up = find_adapter();
  if (up) up = initialize_adapter();
  initializing_ = false;
  if (!up) {
    stop_timer();
    return up;
  }
  running_.store(true, std::memory_order_release);
  return {};
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
    for (Request* request : pool_.all()) {
      if (request->state.load(std::memory_order_acquire) != RequestState::started ||
          !request->pended) {
        continue;
      }
      if (request->kind == RequestKind::wmi) {
        abandon(*request, srb_status, status, false);
      } else {
        unpend(*request);
        request->state.store(RequestState::abandoned, std::memory_order_release);
      }
    }
    if (std::exchange(started_, false)) {
      if (driver_.HwAdapterControl != nullptr) {
        driver_.HwAdapterControl(extension_, ScsiStopAdapter, nullptr);
      }
      if (driver_.HwFreeAdapterResources != nullptr) driver_.HwFreeAdapterResources(extension_);
    }
  }
  draining_.store(true);
  const int mine = Activity::mine(*this);
  for (int count = active_.load(); count > mine; count = active_.load()) active_.wait(count);
  draining_.store(false);
}

}  // namespace hbalab::port
