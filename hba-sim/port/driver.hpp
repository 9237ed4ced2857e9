// A miniport driver that is loaded: the code, what its DriverEntry handed to the port driver, and
// what it gets as its driver object. One for all adapters that it runs, as on Windows: its globals
// are theirs in common.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "hba-sim/include/storport.h"

namespace hbalab::port {

// Why a driver was not loaded or an adapter not started: an errno for whoever asked, and for people
// what is wrong and what to do.
struct DriverProblem {
  int error = 0;
  std::string reason;
};

// DriverEntry of a miniport: calls StorPortInitialize or ScsiPortInitialize.
struct MiniportImage {
  std::string name;  // "hbalab-iscsi", or the name of the file that was loaded
  std::uint32_t (*driver_entry)(void* driver_object, void* registry_path) = nullptr;
  std::shared_ptr<void> code = {};  // keeps a shared object loaded; null: linked in
};

enum class PortKind : std::uint8_t { storport, scsiport };

// One call of StorPortInitialize or ScsiPortInitialize.
struct DriverRegistration {
  PortKind kind = PortKind::storport;
  HW_INITIALIZATION_DATA data{};
  PVOID context = nullptr;
};

// What DriverEntry gets as its driver object. Drivers reach into it: the head has the size of
// Windows' DRIVER_OBJECT, and its DriverUnload where that has it.
struct alignas(16) DriverObject {
  static constexpr std::size_t kSize = 336, kUnload = 104;
  using Unload = void (*)(DriverObject*);

  std::array<std::byte, kSize> head{};
  std::vector<DriverRegistration> registrations;
  std::string problem;  // of the newest call that was refused

  [[nodiscard]] Unload unload() const;
  // The one whose DriverEntry is running on this thread.
  static thread_local DriverObject* current;
};

class Driver {
 public:
  // Runs DriverEntry and checks what it registered.
  [[nodiscard]] static std::expected<std::shared_ptr<Driver>, DriverProblem> start(
      MiniportImage image);
  // Calls the DriverUnload that the driver put into its object.
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  [[nodiscard]] const std::string& name() const { return image_.name; }
  // At least one.
  [[nodiscard]] std::span<const DriverRegistration> registrations() const {
    return object_.registrations;
  }
  // Memory that lasts as long as the driver.
  void keep(std::vector<std::unique_ptr<std::byte[]>> memory);

 private:
  explicit Driver(MiniportImage image) : image_(std::move(image)) {}
  [[nodiscard]] std::expected<void, DriverProblem> enter();

  const MiniportImage image_;
  DriverObject object_;
  std::mutex mutex_;                                // taken last
  std::vector<std::unique_ptr<std::byte[]>> kept_;  // guarded by mutex_
};

// StorPortInitialize and ScsiPortInitialize; an NTSTATUS.
[[nodiscard]] ULONG register_driver(PortKind kind, PVOID argument1,
                                    const HW_INITIALIZATION_DATA* data, PVOID context);

}  // namespace hbalab::port
