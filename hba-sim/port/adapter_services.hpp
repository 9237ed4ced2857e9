// What the port driver keeps for one adapter because its driver asked for it: memory, timers,
// deferred procedures, work items, locks, registry values; and what went wrong in the driver.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hba-sim/include/storport.h"
#include "hba-sim/port/checker/contract.hpp"
#include "hba-sim/port/port_driver.hpp"
#include "hba-sim/types.hpp"

namespace hbalab::port {

class Core;

// Thread-safe; with the adapter lock or without. Its own lock is taken last.
class AdapterServices {
 public:
  explicit AdapterServices(Core& core) : core_(core) {}
  AdapterServices(const AdapterServices&) = delete;
  AdapterServices& operator=(const AdapterServices&) = delete;
  ~AdapterServices();

  // Around a life of the miniport: before HwFindAdapter, and after it was stopped, when what it
  // has not given back is reported.
  void begin();
  void end();

  // Memory (service_memory.cpp).
  [[nodiscard]] ULONG allocate(const char* kind, std::size_t bytes, ULONG tag, PVOID* memory);
  [[nodiscard]] ULONG release(const char* kind, PVOID memory);
  [[nodiscard]] PVOID uncached_extension(ULONG bytes);
  [[nodiscard]] PVOID unit_extension(ScsiAddress address, ULONG bytes);
  // Bytes from there to the end of the memory that it lies in; 0: it is no memory of the port
  // driver's. Physical addresses are the virtual ones.
  [[nodiscard]] std::size_t bytes_behind(PVOID address) const;

  // Registry (service_registry.cpp).
  [[nodiscard]] std::string registry_text(std::string_view name) const;
  [[nodiscard]] PUCHAR allocate_registry_buffer(PULONG length);
  void free_registry_buffer(PUCHAR buffer);
  [[nodiscard]] BOOLEAN registry_read(const UCHAR* name, ULONG type, PUCHAR buffer, PULONG length);
  [[nodiscard]] BOOLEAN registry_write(const UCHAR* name, ULONG type, const UCHAR* buffer,
                                       ULONG length);

  // Later work (service_deferred.cpp).
  [[nodiscard]] ULONG make_timer(PVOID* handle);
  [[nodiscard]] ULONG request_timer(PVOID handle, PHW_TIMER_EX routine, PVOID context,
                                    std::uint64_t microseconds);
  [[nodiscard]] ULONG free_timer(PVOID handle);
  [[nodiscard]] ULONG make_worker(PVOID* worker);
  [[nodiscard]] ULONG queue_work(PHW_WORKITEM routine, PVOID worker, PVOID context);
  [[nodiscard]] ULONG free_worker(PVOID worker);
  void initialize_dpc(PSTOR_DPC dpc, PHW_DPC_ROUTINE routine);
  [[nodiscard]] BOOLEAN issue_dpc(PSTOR_DPC dpc, PVOID argument1, PVOID argument2);

  // Locks (service_locks.cpp). Those that this thread holds are released when the driver fails or
  // returns with them. `lock`: one of STOR_SPINLOCK, unless the driver errs.
  void acquire(int lock, PVOID context, STOR_LOCK_HANDLE* handle);
  void release(STOR_LOCK_HANDLE* handle);
  // How many locks this thread holds, of all adapters.
  [[nodiscard]] static std::size_t held_by_thread();
  // Back to so many; says what was released, and where the first of them was acquired.
  static std::pair<std::string, const void*> release_down_to(std::size_t count);

  void fault(std::string what);
  [[nodiscard]] std::vector<std::string> faults() const;
  [[nodiscard]] std::string last_fault() const;

 private:
  static constexpr std::size_t kMostFaults = 100;

  struct Block {
    const char* kind = "";
    std::unique_ptr<std::byte[]> memory;
    std::size_t size = 0;
    ULONG tag = 0;
    const void* code = nullptr;  // that asked for it
  };
  struct Value {
    ULONG type = 0;
    std::string bytes;
  };
  struct Timer {
    TimerId id = 0;
    std::uint64_t serial = 0;    // of the newest request
    const void* code = nullptr;  // that asked for it
  };
  struct Worker {
    bool queued = false;
    const void* code = nullptr;  // that asked for it
  };
  struct Dpc {
    PHW_DPC_ROUTINE routine = nullptr;
    bool queued = false;
    PVOID argument1 = nullptr, argument2 = nullptr;
    std::shared_ptr<std::mutex> lock = std::make_shared<std::mutex>();
  };

  [[nodiscard]] std::optional<Value> registry_value(std::string_view name) const;
  void run_timer(PVOID handle, std::uint64_t serial, PHW_TIMER_EX routine, PVOID context);
  void run_dpcs();
  // By the instruction that asked for it. Under mutex_.
  [[nodiscard]] std::vector<std::pair<const void*, check::Leftover>> leftovers() const;
  // Tells of it; what the service answers.
  ULONG freed_unknown(std::string_view routine, const void* memory);

  Core& core_;
  mutable std::mutex mutex_;
  std::vector<std::string> faults_;              // guarded by mutex_
  std::map<PVOID, Block> blocks_;                // guarded by mutex_
  std::unique_ptr<std::byte[]> uncached_;        // guarded by mutex_
  std::size_t uncached_size_ = 0;                // guarded by mutex_
  std::map<ScsiAddress, Block> units_;           // guarded by mutex_
  std::unique_ptr<UCHAR[]> registry_buffer_;     // guarded by mutex_
  const void* registry_buffer_code_ = nullptr;   // guarded by mutex_; that asked for it
  ULONG registry_buffer_size_ = 0;               // guarded by mutex_
  std::map<std::string, Value> written_values_;  // guarded by mutex_; names in lower case
  std::uintptr_t last_handle_ = 0;               // guarded by mutex_
  std::map<PVOID, Timer> timers_;                // guarded by mutex_
  std::map<PVOID, Worker> workers_;              // guarded by mutex_
  std::map<PSTOR_DPC, Dpc> dpcs_;                // guarded by mutex_
  std::deque<PSTOR_DPC> issued_;                 // guarded by mutex_
  bool running_dpcs_ = false;                    // guarded by mutex_
};

}  // namespace hbalab::port
