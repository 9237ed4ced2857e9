#include "hba-sim/port/driver.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <utility>

#include "hba-sim/port/checker/fault.hpp"
#include "hba-sim/port/driver_fault.hpp"
#include "wmi-model/ntstatus.hpp"

namespace hbalab::port {
namespace {

// More than any driver asks for; a size beyond is a structure that was not filled in.
constexpr std::uint64_t kMaxDeviceExtension = 64u << 20;
constexpr std::uint64_t kMaxSrbExtension = 1u << 20;
constexpr ULONG kMaxAccessRanges = 64;

constexpr ULONG kInvalidParameter = 0xC000000D;
constexpr ULONG kRevisionMismatch = 0xC0000059;

// Where the structure of each port driver's oldest 64-bit edition ends: SCSI port's behind
// HwAdapterControl, Storport's before Windows 8 behind HwBuildIo.
constexpr std::size_t oldest_size(PortKind kind) {
  return kind == PortKind::scsiport ? offsetof(HW_INITIALIZATION_DATA, HwBuildIo)
                                    : offsetof(HW_INITIALIZATION_DATA, HwFreeAdapterResources);
}

constexpr const char* service_name(PortKind kind) {
  return kind == PortKind::scsiport ? "ScsiPortInitialize" : "StorPortInitialize";
}

std::string status_text(std::uint32_t value) {
  std::array<char, 16> hex{};
  std::snprintf(hex.data(), hex.size(), "0x%08X", value);
  const std::string_view name = wmi::nt_status_name(static_cast<wmi::NtStatus>(value));
  std::string text = hex.data();
  if (!name.empty()) text += " (" + std::string(name) + ")";
  return text;
}

std::string too_large(const char* field, std::uint64_t is, std::uint64_t most) {
  return std::string("HW_INITIALIZATION_DATA.") + field + " is " + std::to_string(is) +
         "; expected at most " + std::to_string(most) +
         ": clear the structure before it is filled in";
}

// What is wrong with the structure; "": nothing.
std::string check(const HW_INITIALIZATION_DATA& data) {
  const std::pair<const char*, bool> required[] = {
      {"HwInitialize", data.HwInitialize != nullptr},
      {"HwStartIo", data.HwStartIo != nullptr},
      {"HwFindAdapter", data.HwFindAdapter != nullptr},
  };
  for (const auto& [field, given] : required) {
    if (!given) {
      return std::string("HW_INITIALIZATION_DATA.") + field +
             " is NULL; expected the driver's routine";
    }
  }
  if (data.DeviceExtensionSize > kMaxDeviceExtension)
    return too_large("DeviceExtensionSize", data.DeviceExtensionSize, kMaxDeviceExtension);
  if (data.SrbExtensionSize > kMaxSrbExtension)
    return too_large("SrbExtensionSize", data.SrbExtensionSize, kMaxSrbExtension);
  if (data.NumberOfAccessRanges > kMaxAccessRanges)
    return too_large("NumberOfAccessRanges", data.NumberOfAccessRanges, kMaxAccessRanges);
  return {};
}

}  // namespace

thread_local DriverObject* DriverObject::current = nullptr;

DriverObject::Unload DriverObject::unload() const {
  Unload routine = nullptr;
  std::memcpy(static_cast<void*>(&routine), head.data() + kUnload, sizeof routine);
  return routine;
}

ULONG register_driver(PortKind kind, PVOID argument1, const HW_INITIALIZATION_DATA* data,
                      PVOID context) {
  DriverObject* const object = DriverObject::current;
  if (object == nullptr) return kInvalidParameter;
  const auto refuse = [&](ULONG status, std::string why) {
    object->problem = std::string(service_name(kind)) + ": " + std::move(why);
    return status;
  };
  if (argument1 != object) {
    return refuse(kInvalidParameter,
                  "its first argument is not the driver object that DriverEntry got");
  }
  if (data == nullptr) return refuse(kInvalidParameter, "HwInitializationData is NULL");
  const std::size_t size = data->HwInitializationDataSize;
  if (size < oldest_size(kind) || size > sizeof *data) {
    return refuse(kRevisionMismatch,
                  "HW_INITIALIZATION_DATA.HwInitializationDataSize is " + std::to_string(size) +
                      "; expected " + std::to_string(oldest_size(kind)) + " to " +
                      std::to_string(sizeof *data) + ", which sizeof gives with the kit's headers");
  }
  DriverRegistration registration;
  registration.kind = kind;
  std::memcpy(&registration.data, data, size);
  // SCSI port knows no routine behind HwAdapterControl.
  if (kind == PortKind::scsiport) {
    constexpr std::size_t end = offsetof(HW_INITIALIZATION_DATA, HwBuildIo);
    auto* const bytes = static_cast<std::byte*>(static_cast<void*>(&registration.data));
    std::memset(bytes + end, 0, sizeof registration.data - end);
  }
  registration.context = context;
  if (std::string problem = check(registration.data); !problem.empty()) {
    return refuse(kInvalidParameter, std::move(problem));
  }
  object->registrations.push_back(registration);
  return 0;
}

std::expected<std::shared_ptr<Driver>, DriverProblem> Driver::start(MiniportImage image) {
  std::shared_ptr<Driver> driver(new Driver(std::move(image)));
  if (auto entered = driver->enter(); !entered) return std::unexpected(std::move(entered.error()));
  return driver;
}

std::expected<void, DriverProblem> Driver::enter() {
  const auto failed = [this](std::string what) {
    // What failed has nothing to unload.
    object_.head.fill(std::byte{0});
    return std::unexpected(DriverProblem{EIO, image_.name + ": " + std::move(what)});
  };
  if (image_.driver_entry == nullptr) return failed("has no DriverEntry");
  std::u16string path = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\";
  path.append(image_.name.begin(), image_.name.end());
  // WCHAR is char16_t here, whatever a driver was compiled with.
  UNICODE_STRING registry_path{static_cast<USHORT>(path.size() * sizeof(char16_t)),
                               static_cast<USHORT>((path.size() + 1) * sizeof(char16_t)),
                               path.data()};
  std::string fault;
  const check::FaultContext context(image_.name, "DriverEntry");
  DriverObject* const outer = std::exchange(DriverObject::current, &object_);
  const auto status = guard_call(
      nullptr, "DriverEntry", [&] { return image_.driver_entry(&object_, &registry_path); },
      [&fault](std::string what) { fault = std::move(what); });
  DriverObject::current = outer;
  if (!status) return failed("DriverEntry " + fault);
  if (*status != 0) {
    std::string why = "DriverEntry failed with " + status_text(*status);
    if (!object_.problem.empty()) why += ", after " + object_.problem;
    return failed(why);
  }
  if (object_.registrations.empty()) {
    return failed(object_.problem.empty()
                      ? "DriverEntry did not call StorPortInitialize or "
                        "ScsiPortInitialize; it has to call one of them and "
                        "to return its result"
                      : "DriverEntry returned success after " + object_.problem);
  }
  return {};
}

void Driver::keep(std::vector<std::unique_ptr<std::byte[]>> memory) {
  const std::scoped_lock lock(mutex_);
  std::ranges::move(memory, std::back_inserter(kept_));
}

Driver::~Driver() {
  const DriverObject::Unload routine = object_.unload();
  if (routine == nullptr) return;
  const check::FaultContext context(image_.name, "DriverUnload");
  (void)guard_call(
      nullptr, "DriverUnload",
      [&] {
        routine(&object_);
        return true;
      },
      [this](const std::string& what) {
        std::fprintf(stderr, "hbalab: %s: DriverUnload %s\n", image_.name.c_str(), what.c_str());
      });
}

}  // namespace hbalab::port
