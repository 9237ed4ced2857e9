// The requests that the checker sends of its own accord to one adapter: after a device has
// registered, and after requests of somebody else's, the first few times each. They take the way of
// every other request, behind the answer that they follow: on the clock's thread, or on that of who
// settles.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hba-sim/clock.hpp"
#include "hba-sim/port/checker/probe.hpp"
#include "wmi-model/provider.hpp"

namespace hbalab::port {

class Core;
class DeviceProvider;

// One probe, from its being due to its answer.
struct ProbeRun {
  check::Probe probe;
  std::shared_ptr<DeviceProvider> device;
  std::vector<std::uint8_t> input;  // the begin of the WNODE; the rest of its buffer is poison
  std::uint32_t size = 0;           // of the buffer

  // Set when the driver has answered. A request that was ended in another way, or that the driver
  // was too busy for, has no answer, and nothing follows.
  bool answered = false;
  bool told = false;  // the answer itself broke a rule, which has been reported
  check::Outcome outcome;
  std::vector<std::uint8_t> answer;  // where it is kept: all of the buffer
  bool keep_answer = false;
  std::function<void(ProbeRun& run)> then;
};

class Prober {
 public:
  explicit Prober(Core& core) : core_(core) {}
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  // What is to be done with an answer of somebody else's request: asked once for each.
  struct Sample {
    bool decode = false;  // the data, by the class
    bool probe = false;
  };
  [[nodiscard]] Sample sample(const check::Exchange& exchange, std::uint32_t instance,
                              std::uint32_t id);
  // A device has registered: what its REGINFO says.
  void registered(const std::shared_ptr<DeviceProvider>& device,
                  std::span<const std::uint8_t> reginfo);
  // Somebody's request was answered. `input`: the begin of its WNODE, as it was sent.
  void answered(const std::shared_ptr<DeviceProvider>& device, const check::Exchange& exchange,
                std::span<const check::DataRange> data, check::View input);
  // A probe has ended.
  void done(std::unique_ptr<ProbeRun> run);

  // What the device's blocks hold, each as a number; nothing where a block does not say so at once.
  using State = std::vector<std::optional<std::uint64_t>>;
  [[nodiscard]] State state_of(const std::shared_ptr<DeviceProvider>& device);
  // Whether the state is to be looked at around this method: the first few times, and only where
  // no hardware changes it by itself.
  [[nodiscard]] bool wants_state(const wmi::Guid& guid, std::uint32_t method);

  // Sends what is due, one after the other; returns when nothing is, also when another thread sends
  // it.
  void run();
  // Forgets what is due.
  void stop();

 private:
  struct Key {
    wmi::Guid guid;
    std::uint16_t what = 0;  // minor function and outcome, or kind of a probe
    std::uint32_t instance = 0, id = 0;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  struct Overrun;

  [[nodiscard]] std::uint32_t seen(const Key& key);  // with this time; 0: not counted any more
  void send(std::unique_ptr<ProbeRun> next);
  void report(const ProbeRun& run, check::Findings& findings);
  void follow_overrun(std::shared_ptr<Overrun> overrun);
  void confirm_overrun(std::shared_ptr<Overrun> overrun, check::Probe::Kind kind,
                       std::uint32_t size, check::Outcome outcome,
                       std::shared_ptr<check::Findings> findings, unsigned times);
  void send_overrun(const std::shared_ptr<Overrun>& overrun, check::Probe::Kind kind,
                    std::uint32_t size, std::function<void(ProbeRun&)> then);
  void second_run(std::unique_ptr<ProbeRun> run, std::vector<std::uint8_t> first,
                  std::vector<check::DataRange> data);
  void ask_name(std::unique_ptr<ProbeRun> run, std::vector<std::uint8_t> list_input,
                std::uint32_t list_size);

  Core& core_;
  std::mutex mutex_;  // taken after the adapter lock
  std::condition_variable idle_;
  std::unordered_map<Key, std::uint32_t, Hash> seen_;  // guarded by mutex_
  std::deque<std::unique_ptr<ProbeRun>> due_;          // guarded by mutex_
  bool running_ = false;                               // guarded by mutex_
  TimerId timer_ = 0;                                  // guarded by mutex_
};

}  // namespace hbalab::port
