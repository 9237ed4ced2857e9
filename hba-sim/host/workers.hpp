// The threads that bring the lab's requests to the driver's providers, and the answers back.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "hba-sim/port/isolated/shared.hpp"
#include "hba-sim/port/trace.hpp"
#include "wmi-model/provider.hpp"

namespace hbalab::host {

// Thread-safe. Its threads are never joined: they end with the process.
class Workers {
 public:
  // The provider of a number; null: it has gone.
  using Find = std::function<std::shared_ptr<wmi::WmiProvider>(std::uint32_t number)>;
  Workers(const port::isolated::SharedMemory& memory, Find find)
      : memory_(memory), shared_(memory.header()), find_(std::move(find)) {}

  // Starts the first thread; more come when requests wait.
  void start();
  void cancel(std::uint32_t slot, std::uint64_t serial);
  // A record for the lab's trace; dropped when the lab does not take any.
  void trace(const port::TraceRecord& record);

 private:
  static constexpr std::uint32_t kMostThreads = 16;
  static constexpr std::size_t kMostSpare = 64u << 20;  // bytes, of all slots

  // The request in a slot, as this process knows it.
  struct Current {
    std::mutex mutex;
    std::uint64_t serial = 0;  // guarded by mutex, as is what follows
    bool done = true;
    wmi::RequestId id = 0;
    std::shared_ptr<wmi::WmiProvider> provider;
    std::uint64_t cancelled = 0;  // serial of the request that is to be ended
    wmi::WnodeBuffer spare;       // of the request before, for one of the same size
  };

  void run();
  [[nodiscard]] bool take(std::uint32_t& slot);
  void begin(std::uint32_t slot);
  void submitted(std::uint32_t slot, std::uint64_t serial, wmi::RequestId id);
  void complete(std::uint32_t slot, std::uint64_t area, wmi::WmiRequest& request);
  // Before the answer is told; what the buffer holds of a secret does not stay.
  void keep(Current& current, wmi::WmiRequest& request);

  const port::isolated::SharedMemory& memory_;
  port::isolated::SharedHeader& shared_;
  const Find find_;
  std::array<Current, port::isolated::kSlots> current_;
  std::mutex done_mutex_;   // one answer after the other; taken last
  std::mutex trace_mutex_;  // taken last
  std::atomic<std::uint32_t> threads_ = 0;
  std::atomic<std::size_t> spare_ = 0;  // bytes
};

// The trace of this process: everything goes to the lab's.
class RemoteTrace final : public port::Trace {
 public:
  explicit RemoteTrace(Workers& workers) : workers_(workers) {}
  [[nodiscard]] std::uint16_t add_adapter(std::string) override { return 0; }
  void set_schema(std::shared_ptr<const wmi::SchemaSet>) override {}
  void record(port::TraceRecord record) override { workers_.trace(record); }
  // The lab makes the line from the violation itself.
  void violation(std::string) override {}
  [[nodiscard]] std::uint64_t begin_position() const override { return 0; }
  [[nodiscard]] std::uint64_t end_position() const override { return 0; }
  [[nodiscard]] std::string read(std::uint64_t, std::size_t) const override { return {}; }
  [[nodiscard]] std::shared_ptr<void> on_append(std::function<void()>) override { return {}; }

 private:
  Workers& workers_;
};

}  // namespace hbalab::host
