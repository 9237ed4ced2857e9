// One adapter of the port driver: the miniport that runs it, the requests that the miniport has,
// and the devices that its bus shows. Shared by the AdapterDevice, which stops it, and its
// providers.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "hba-sim/include/storport.h"
#include "hba-sim/port/adapter_services.hpp"
#include "hba-sim/port/device_provider.hpp"
#include "hba-sim/port/driver.hpp"
#include "hba-sim/port/driver_calls.hpp"
#include "hba-sim/port/port_driver.hpp"
#include "hba-sim/port/prober.hpp"
#include "hba-sim/port/request.hpp"

namespace hbalab::port {

class Core : public std::enable_shared_from_this<Core> {
 public:
  Core(std::shared_ptr<Driver> driver, AdapterDeviceOptions options);
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // The core of a device extension; null when it is none.
  [[nodiscard]] static Core* of(PVOID device_extension);

  // Life cycle; one at a time (AdapterDevice sees to it), without the adapter lock.
  [[nodiscard]] std::expected<void, std::string> bring_up();  // HwFindAdapter ... passive init
  [[nodiscard]] std::expected<void, std::string> register_adapter();  // REGINFO, then the bus
  // Ends every request with that status, stops the miniport and waits until no other thread is in
  // code that could call upwards.
  void shut_down(std::uint8_t srb_status, wmi::NtStatus status);
  void unregister_devices();
  // A miniport that was started again is asked for the adapter's events as the one before was.
  void enable_events_again();

  // From now on requests end with no_such_device instead of device_busy.
  void retire() { refusal_.store(wmi::NtStatus::no_such_device); }

  // Requests, called by the providers without the adapter lock.
  wmi::RequestId submit(const std::shared_ptr<DeviceProvider>& device,
                        std::unique_ptr<wmi::WmiRequest> request) {
    return submit(device, std::move(request), nullptr);
  }
  void cancel(wmi::RequestId id);
  bool help();
  [[nodiscard]] const AdapterDeviceOptions& options() const { return options_; }

  // Services of the port driver: any thread, with or without the adapter lock.
  void request_complete(PSCSI_REQUEST_BLOCK block);
  void complete_requests(std::uint8_t path, std::uint8_t target, std::uint8_t lun,
                         std::uint8_t srb_status);
  void bus_changed();
  ULONG state_changed(ULONG entity, PSTOR_ADDRESS address, PHW_STATE_CHANGE routine, PVOID context);
  void wmi_event(const void* event, std::uint8_t path, std::uint8_t target, std::uint8_t lun);
  void reregister(std::uint8_t path, std::uint8_t target, std::uint8_t lun);
  void request_timer(PHW_TIMER routine, std::uint32_t microseconds);
  void enable_passive_initialization(PHW_PASSIVE_INITIALIZE_ROUTINE routine, PBOOLEAN enabled);
  [[nodiscard]] std::uint64_t tick_count() const;
  // NextRequest and NextLuRequest: SCSI port sends one request after the other.
  void next_request();
  // Of a unit, or with no address of the adapter; false: there is no such unit. No request goes
  // there until resume(), or until that time has passed.
  bool pause(std::optional<ScsiAddress> unit, std::chrono::seconds at_most);
  bool resume(std::optional<ScsiAddress> unit);
  // None until the miniport has completed so many of those that it has there, or ready().
  bool busy(std::optional<ScsiAddress> unit, ULONG completions);
  bool ready(std::optional<ScsiAddress> unit);
  // From HwFindAdapter only, once.
  [[nodiscard]] PVOID uncached_extension(ULONG bytes);
  [[nodiscard]] PVOID unit_extension(ScsiAddress address);
  // Bytes from there to the end of what it lies in: an SRB's buffer, the device extension, or
  // memory of the port driver's.
  [[nodiscard]] std::size_t bytes_behind(PSCSI_REQUEST_BLOCK srb, PVOID address);
  // A request for that unit that the miniport has; null when there is none.
  [[nodiscard]] PSCSI_REQUEST_BLOCK find_srb(ScsiAddress address);

  // With the checker (core_check.cpp). Any thread, any lock.
  [[nodiscard]] bool takes_requests() const { return running_.load(std::memory_order_acquire); }
  void send_probe(std::unique_ptr<ProbeRun> run);  // without the lock
  // Until what is due of the checker's requests has been sent, and what was found has been told.
  void settle();
  // In a routine of the driver's, or about the adapter. Without a checker the adapter's report has
  // it.
  void found(std::string_view routine, check::Findings& findings, const void* code);
  void found(const DeviceProvider& device, const check::Probe& probe, check::Findings& findings);
  // A service that a stopped adapter must not use; whether it is stopped.
  bool used_after_stop(std::string_view service);
  // Whether memory that the driver has of the port driver's is too small for an event.
  bool event_overflows(const wmi::Guid& guid, const void* event, std::uint64_t size);

  // For the services. What runs later does so only in this life of the miniport.
  TimerId run_later(Duration delay, bool with_lock, std::function<void()> action);
  // As soon as this thread has released the adapter lock; at once when it does not have it.
  void run_after_lock(std::function<void()> action);
  void call_driver(std::string_view what, const std::function<void(PVOID extension)>& call);
  // Memory that the miniport left behind lasts as long as its driver.
  void keep_for_driver(std::vector<std::unique_ptr<std::byte[]>> memory);
  // After the last shut_down(): the driver may be unloaded.
  void release_driver();
  [[nodiscard]] std::uint64_t system_time() const { return options_.clock->system_time(); }

  // A routine of the driver failed: it threw, or was ended by raise_fault().
  void driver_failed(std::string what);

  [[nodiscard]] std::shared_ptr<DeviceProvider> adapter();
  // Before load(), and after the last shut_down(): the provider and the core own each other.
  void make_adapter_provider();
  void drop_adapter_provider();
  [[nodiscard]] std::size_t pending() const { return pending_.load(std::memory_order_relaxed); }
  [[nodiscard]] AdapterLock& lock() { return *options_.lock; }
  [[nodiscard]] AdapterServices& services() { return services_; }
  // A line for the log of the adapter; any thread, any lock.
  void log(std::string_view line);

 private:
  // A thread is in code that may call upwards; shut_down waits for the others.
  class Activity {
   public:
    explicit Activity(Core& core);
    ~Activity();
    Activity(const Activity&) = delete;
    Activity& operator=(const Activity&) = delete;
    // How many of this thread's are for that core.
    [[nodiscard]] static int mine(const Core& core);

   private:
    Core& core_;
    Activity* outer_;
    static thread_local Activity* innermost_;
  };

  struct Lun {
    std::array<std::uint8_t, INQUIRYDATABUFFERSIZE> inquiry{};
    std::shared_ptr<DeviceProvider> provider;
  };
  using Inquiry = std::array<std::uint8_t, INQUIRYDATABUFFERSIZE>;

  // What an enumeration looks at: everything, a bus, or a target.
  struct Scope {
    std::optional<std::uint8_t> path, target;  // target only with path
    [[nodiscard]] bool covers(const ScsiAddress& address) const {
      return (!path || *path == address.path) && (!target || *target == address.target);
    }
    // The first address that it may cover.
    [[nodiscard]] ScsiAddress first() const { return {path.value_or(0), target.value_or(0), 0}; }
  };
  // The enumeration under way. Guarded by the adapter lock.
  struct Scan {
    bool active = false;
    bool issuing = false;
    std::size_t outstanding = 0;
    Scope scope;
    std::map<ScsiAddress, Inquiry> found;
    std::vector<ScsiAddress> uncertain;  // addresses (lun 0xFF: a target) that gave no clear answer
  };

  // StorPortStateChangeDetected: one at a time. Guarded by the adapter lock.
  struct StateChange {
    enum class State { none, asked, looked_at } state = State::none;
    Scope scope;
    PSTOR_ADDRESS address = nullptr;
    PHW_STATE_CHANGE routine = nullptr;
    PVOID context = nullptr;
  };

  // What keeps requests from the adapter (no address) or a unit.
  using Unit = std::optional<ScsiAddress>;
  struct Hold {
    bool paused = false;
    TimerId timer = 0;                      // ends the pause
    std::optional<std::size_t> busy_above;  // as long as the miniport has more requests
  };

  // Under the adapter lock.
  bool start(Request& request);                                // whether it completed inside
  void end_inside(Request& request, std::uint8_t srb_status);  // with it or without
  void pend(Request& request, std::chrono::milliseconds timeout);
  void unpend(Request& request);
  [[nodiscard]] bool holding(const Request& request) const;  // it waits for the miniport
  [[nodiscard]] std::size_t outstanding(const Unit& unit) const;
  bool change_hold(const Unit& unit, const std::function<void(Hold&)>& change);
  void review_busy();  // after a completion
  void drop_holds();
  void queue(Request& request);
  void unqueue(Request& request);
  void start_queued();
  // Ends the request above; the SRB stays with the miniport, which is told with `abort`.
  void abandon(Request& request, std::uint8_t srb_status, wmi::NtStatus status, bool abort);
  void send_abort(Request& victim);
  void completed(PSCSI_REQUEST_BLOCK block);
  ULONG take_change(const StateChange& change);
  void queue_scan();
  void start_scan();
  void end_scan();
  void report_luns(ScsiAddress address);
  void inquire(ScsiAddress address);
  void send_scan(Request& request);
  void scan_done(Request& request);
  void scan_report(Request& request);
  void scan_inquiry(Request& request);
  void scan_progress();
  void stop_timer();
  [[nodiscard]] std::expected<void, std::string> find_adapter();
  [[nodiscard]] std::expected<bool, std::string> find_adapter(const DriverRegistration& with);
  void fill_configuration(const DriverRegistration& with);
  void query_control_types();
  [[nodiscard]] std::expected<void, std::string> initialize_adapter();
  [[nodiscard]] std::shared_ptr<DeviceProvider> device_at(std::uint8_t path, std::uint8_t target,
                                                          std::uint8_t lun) const;

  // With it or without.
  void violated(Violation violation, TraceRecord trace);
  void locked(std::move_only_function<void()> action);

  // Without it.
  wmi::RequestId submit(const std::shared_ptr<DeviceProvider>& device,
                        std::unique_ptr<wmi::WmiRequest> request, std::unique_ptr<ProbeRun> probe);
  bool prepare(Request& request);  // HwBuildIo; whether HwStartIo is to follow
  void fill(Request& request, const std::shared_ptr<DeviceProvider>& device);
  void finish(Request& request);
  // With the checker (core_check.cpp): the buffer that the miniport gets, and what it made of it.
  void begin_check(Request& request);
  void end_check(Request& request, wmi::WmiRequest& above);
  void sample_check(Request& request, check::Exchange& exchange, check::Findings& findings,
                    const void*& code);
  void remember_state(Request& request, const std::shared_ptr<DeviceProvider>& device);
  void compare_state(Request& request, const check::Exchange& exchange, check::Findings& findings);
  void found(const TraceRecord& trace, check::Findings& findings, const void* code);
  [[nodiscard]] bool readable_event(check::View wnode, std::uint8_t path, std::uint8_t target,
                                    std::uint8_t lun);
  void completed_again(const TraceRecord& trace);
  // Under the adapter lock: requests that the miniport should have completed by now.
  void mark_stopped();
  void report_overdue();
  void abort_ended(wmi::RequestId victim);
  void report_overdue(Request& request);
  void deliver(std::unique_ptr<wmi::WmiRequest> request);
  void fail(std::unique_ptr<wmi::WmiRequest> request, wmi::NtStatus status);
  void expire(wmi::RequestId id);
  void trace_end(TraceRecord record, TimePoint begun);
  void apply_scan(std::uint64_t epoch);
  void update_luns(std::vector<std::shared_ptr<DeviceProvider>>& removed,
                   std::vector<std::shared_ptr<DeviceProvider>>& added);
  void register_lun(const std::shared_ptr<DeviceProvider>& device);
  void publish_events();
  [[nodiscard]] std::string lun_instance(ScsiAddress address, const Inquiry& inquiry) const;

  std::shared_ptr<Driver> driver_;  // until release_driver()
  const AdapterDeviceOptions options_;
  const std::uint16_t trace_index_;
  // Header and device extension. The memory stays the same over resets, so that a driver that uses
  // it after it was stopped finds it.
  std::size_t extension_size_ = 0;
  std::unique_ptr<std::byte[]> memory_;
  PVOID extension_ = nullptr;
  // Made for the registration that found the adapter; written before the miniport runs.
  std::unique_ptr<DriverCalls> calls_;
  AdapterServices services_;

  check::GuardPool guards_;       // outlives the requests
  check::ResultReading reading_;  // of this miniport
  Prober prober_;
  std::atomic<bool> after_stop_ = false;  // written under the adapter lock
  RequestPool pool_;
  std::atomic<std::size_t> pending_ = 0;
  std::atomic<int> active_ = 0;
  std::atomic<bool> draining_ = false;
  std::atomic<bool> running_ = false;  // written under the adapter lock
  // What requests end with while the miniport does not run.
  std::atomic<wmi::NtStatus> refusal_ = wmi::NtStatus::device_busy;

  // Guarded by the adapter lock.
  std::shared_ptr<DeviceProvider> adapter_;
  bool started_ = false;                  // the miniport has been started and not stopped
  bool can_stop_ = false;                 // it supports ScsiStopAdapter
  std::atomic<std::uint64_t> epoch_ = 0;  // changes with every shut_down; written under the lock
  PortKind kind_ = PortKind::storport;
  bool ready_ = true;            // SCSI port: the miniport has asked for the next request
  std::map<Unit, Hold> holds_;   // those that hold
  std::deque<Request*> queued_;  // not yet with the miniport
  PORT_CONFIGURATION_INFORMATION config_{};
  std::vector<ACCESS_RANGE> ranges_;
  PHW_PASSIVE_INITIALIZE_ROUTINE passive_ = nullptr;
  bool initializing_ = false;
  bool scan_queued_ = false;
  bool everything_asked_ = false;  // BusChangeDetected that no enumeration has begun to serve
  StateChange state_change_;
  TimerId timer_ = 0;
  std::uint64_t timer_serial_ = 0;
  std::map<ScsiAddress, Lun> luns_;
  Scan scan_;

  std::mutex publish_mutex_;       // held while publishing, so that order is kept
  std::mutex events_mutex_;        // taken last
  std::deque<wmi::Event> events_;  // guarded by events_mutex_
};

}  // namespace hbalab::port
