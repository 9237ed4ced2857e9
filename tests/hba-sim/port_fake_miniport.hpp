// A small miniport for tests of the port driver, with a switch for every bad habit. What it should
// do is in FakeHardware, which the port driver hands to it as the device on the bus.
#pragma once

#include <array>
#include <atomic>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hba-sim/include/scsiwmi.h"
#include "hba-sim/include/storport.h"
#include "hba-sim/port/port_driver.hpp"
#include "hba-sim/types.hpp"
#include "wmi-model/client.hpp"
#include "wmi-model/wnode.hpp"

namespace hbalab::port_test {

inline constexpr GUID kDataGuid{0x11111111, 1, 1, {1, 1, 1, 1, 1, 1, 1, 1}};
inline constexpr GUID kDynamicGuid{0x22222222, 2, 2, {2, 2, 2, 2, 2, 2, 2, 2}};
inline constexpr GUID kMethodGuid{0x33333333, 3, 3, {3, 3, 3, 3, 3, 3, 3, 3}};
inline constexpr GUID kEventGuid{0x44444444, 4, 4, {4, 4, 4, 4, 4, 4, 4, 4}};
inline constexpr GUID kUnitGuid{0x55555555, 5, 5, {5, 5, 5, 5, 5, 5, 5, 5}};
inline constexpr GUID kUnknownGuid{0x66666666, 6, 6, {6, 6, 6, 6, 6, 6, 6, 6}};

inline wmi::Guid to_guid(const GUID& guid) {
  wmi::Guid out;
  std::memcpy(out.bytes.data(), &guid, sizeof guid);
  return out;
}

// Methods of kMethodGuid.
enum Method : std::uint32_t {
  kEcho = 1,             // OUT is IN
  kPend = 2,             // held until the test completes it
  kTwice = 3,            // completed twice inside HwStartIo
  kGrow = 4,             // needs 4096 bytes of OUT
  kOverrun = 5,          // claims to have returned more than the buffer holds
  kFire = 6,             // fires the event with IN as its data
  kCompletePending = 7,  // completes with SRB_STATUS_PENDING
  kRefuse = 8,           // HwStartIo answers FALSE
  kFail = 9,             // posts SRB_STATUS_ERROR
  kReregister = 10,      // WMIReregister
  kReturnStatus = 11,    // returns an SRB status without having posted one
};

struct FakeHardware;

struct FakeExtension {
  FakeHardware* hardware;
  std::uint64_t marker;  // zero when the port driver has just allocated it
};

struct FakeSrbExtension {
  SCSIWMI_REQUEST_CONTEXT context;
  PSCSI_REQUEST_BLOCK srb;
};

struct FakeHardware {
  // Switches.
  bool wmi = true;
  bool find_fails = false, initialize_fails = false;
  bool can_stop = true;  // supports ScsiStopAdapter
  bool use_build_io = true;
  bool honour_abort = true;           // completes an aborted SRB; else keeps it
  bool hold_scan = false;             // pends REPORT LUNS and INQUIRY
  bool completes_on_stop = true;      // what it holds
  bool leaves_a_byte = false;         // the last one of each instance
  bool asks_too_little = false;       // when data does not fit
  bool forgets_a_name = false;        // does not find the first of its dynamic names
  bool answers_every_name = false;    // also those that it does not have
  std::function<void()> in_start_io;  // when set: what happens while HwStartIo runs
  UCHAR buses = 1, targets = 4;
  std::uint32_t data_instances = 2;
  std::map<ScsiAddress, std::string> units;  // product name by address
  std::vector<std::u16string> dynamic_names{u"alpha", u"beta/1"};

  // What happened.
  PVOID extension = nullptr;
  std::vector<PSCSI_REQUEST_BLOCK> held;
  PSCSI_REQUEST_BLOCK last_wmi = nullptr;
  int finds = 0, passive = 0, stops = 0, aborts = 0, sets = 0;
  std::atomic<int> built = 0;  // HwBuildIo runs without the lock
  std::uint64_t found_marker = 1;
  bool events_enabled = false, collecting = false;
  std::uint32_t set_item_id = 0;
  std::vector<UCHAR> set_data;
  UCHAR wmi_flags = 0xFF;

  std::vector<SCSIWMIGUIDREGINFO> guids;
  std::vector<SCSIWMIGUIDREGINFO> unit_guids;
  SCSI_WMILIB_CONTEXT library{};
  SCSI_WMILIB_CONTEXT unit_library{};

  FakeHardware();
  // Under the adapter lock: ends a held SRB as the hardware would.
  void complete(PSCSI_REQUEST_BLOCK srb, UCHAR status = SRB_STATUS_SUCCESS, ULONG used = 0);
  bool answer_scsi(PSCSI_REQUEST_BLOCK srb) const;  // whether it is done
};

[[nodiscard]] port::MiniportImage fake_image();

// Everything that an adapter needs, on a virtual clock.
struct Bench {
  std::shared_ptr<VirtualClock> clock = std::make_shared<VirtualClock>();
  std::shared_ptr<AdapterLock> lock = std::make_shared<AdapterLock>();
  std::shared_ptr<wmi::ProviderRegistry> registry =
      std::make_shared<wmi::ProviderRegistry>(std::make_shared<wmi::SchemaSet>());
  std::shared_ptr<wmi::EventHub> events = std::make_shared<wmi::EventHub>();
  std::shared_ptr<port::Trace> trace = port::Trace::create(1024);
  FakeHardware hardware;
  std::shared_ptr<port::AdapterDevice> device;

  [[nodiscard]] port::AdapterDeviceOptions options();
  void start();  // fails the test when the adapter does not start
  ~Bench();

  [[nodiscard]] wmi::InstanceRef ref(const GUID& guid, std::uint32_t index = 0) const;
  [[nodiscard]] std::string trace_text() const;
  // Runs what the hardware does under the adapter lock.
  void hardware_does(std::function<void()> action) { lock->enter(std::move(action)); }
};

// One request, with what became of it.
struct Outcome {
  int completions = 0;
  std::unique_ptr<wmi::WmiRequest> request;
  wmi::RequestId id = 0;
};
std::shared_ptr<Outcome> submit(wmi::WmiProvider& provider, wmi::MinorFunction minor,
                                const GUID& guid, wmi::WnodeBuffer buffer,
                                std::chrono::milliseconds timeout = std::chrono::milliseconds(0));
std::shared_ptr<Outcome> call(wmi::WmiProvider& provider, std::uint32_t method,
                              std::vector<std::uint8_t> in = {}, std::size_t room = 64,
                              std::chrono::milliseconds timeout = std::chrono::milliseconds(0));

}  // namespace hbalab::port_test
