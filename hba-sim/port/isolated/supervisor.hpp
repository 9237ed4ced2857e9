// Has the process of an isolated driver: starts it, hears what it says, notices its end, and tells
// the lab.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "hba-sim/port/isolated/death.hpp"
#include "hba-sim/port/isolated/host_process.hpp"
#include "hba-sim/port/isolated/isolated_device.hpp"
#include "hba-sim/port/isolated/proxy.hpp"
#include "hba-sim/port/isolated/remote_timers.hpp"

namespace hbalab::port::isolated {

// Made by make_shared.
class Supervisor : public std::enable_shared_from_this<Supervisor> {
 public:
  Supervisor(IsolationOptions isolation, AdapterDeviceOptions options);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // One of these at a time. start() returns when the driver runs, or does not; stop() when the
  // process has ended.
  [[nodiscard]] std::expected<void, DriverProblem> start();
  [[nodiscard]] std::expected<void, std::string> reset();
  void stop();
  // Until what the checker has found is in its log. Any thread.
  void settle();

  // Any thread.
  [[nodiscard]] std::shared_ptr<wmi::WmiProvider> provider() const { return adapter_; }
  [[nodiscard]] std::size_t pending() const;
  [[nodiscard]] std::vector<std::string> faults() const;
  [[nodiscard]] std::string_view state() const;
  [[nodiscard]] int process() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  enum class State { starting, running, stopping, stopped, crashed, hung };

  // On the thread of the process.
  void run();
  void watch(HostProcess& process);
  [[nodiscard]] bool read_messages();
  void read_output(int descriptor, bool last);
  void take(Message message);
  void take_provider(const Message& message);
  void take_provider_gone(const Message& message);
  void take_event(Message message);
  void take_violation(const Message& message);
  // Whether something hangs; what, then.
  [[nodiscard]] std::optional<Doing> hanging();
  // Whether the process does not come to start the driver.
  [[nodiscard]] bool start_hangs(bool doing);
  void end_hanging(HostProcess& process, const Doing& doing);
  void conclude(HostProcess& process);
  void tell_end(State state, const std::string& what);
  void drop_providers();
  [[nodiscard]] std::chrono::milliseconds nap() const;

  void fault(std::string what);
  void set_state(State state);
  void break_off(std::string what);

  const IsolationOptions isolation_;
  const AdapterDeviceOptions options_;
  std::shared_ptr<const SharedMemory> memory_;
  std::shared_ptr<Link> link_ = std::make_shared<Link>();
  std::shared_ptr<RemoteTimers> timers_;
  std::shared_ptr<Proxy> adapter_;
  std::uint16_t trace_index_ = 0;
  std::thread watcher_, reaper_;

  mutable std::mutex mutex_;  // taken last
  std::condition_variable changed_;
  State state_ = State::starting;              // guarded by mutex_, as is what follows
  std::optional<DriverProblem> start_result_;  // error 0: it runs
  std::optional<std::string> reset_result_;    // "": it runs
  std::vector<std::string> faults_;
  std::optional<std::string> broken_;      // why the process is to be ended
  bool ended_ = false;                     // the process has
  std::uint64_t asked_ = 0, settled_ = 0;  // numbers of settle()
  Time stop_by_ = Time::max();
  int pid_ = 0;

  // Of the thread of the process.
  MessageReader reader_;
  std::string output_, last_output_;  // a line that has only begun; the newest
  std::vector<Module> modules_;
  std::map<std::uint64_t, std::shared_ptr<Proxy>> providers_;
  check::Symbolizer symbolizer_;
  std::uint32_t progress_ = 0;
  Time progress_at_ = Time::min();
  Time start_sign_ = Time::min();    // when a routine was last seen before the driver ran
  std::optional<std::string> hang_;  // what hung, and for how long, once it was ended for that
};

}  // namespace hbalab::port::isolated
