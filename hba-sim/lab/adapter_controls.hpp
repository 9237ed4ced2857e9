// MNT/lab/adapters/NAME: the bench controls of one adapter.
#pragma once

#include <memory>

#include "hba-sim/adapter/hba.hpp"
#include "hba-sim/adapter_lock.hpp"
#include "hba-sim/lab/config.hpp"
#include "hba-sim/lab/control_dir.hpp"
#include "hba-sim/lab/line_log.hpp"
#include "hba-sim/port/port_driver.hpp"

namespace hbalab::lab {

// How what lies below an adapter (clock, NVRAM, fabric) gets in: under the adapter's lock, and only
// until the adapter ends, because from then on nothing holds its parts together.
struct AdapterEntrance {
  AdapterLock lock;
  bool open = true;  // guarded by lock
};

// An adapter of a running lab: the hardware, its lock, and the driver's device on top. Whoever
// holds a control file keeps this, but not the hardware, beyond the end of the lab. Where a
// miniport was loaded there is no hardware.
struct RunningAdapter {
  RunningAdapter() = default;
  RunningAdapter(const RunningAdapter&) = delete;
  RunningAdapter& operator=(const RunningAdapter&) = delete;
  ~RunningAdapter() { end(); }
  // Stops the driver, shuts the entrance, takes the hardware down. Without the lock; once is
  // enough.
  void end();

  std::shared_ptr<AdapterEntrance> entrance = std::make_shared<AdapterEntrance>();
  std::unique_ptr<adapter::Hba> hba;  // guarded by entrance->lock once running; null after end()
  std::shared_ptr<port::AdapterDevice> device;  // constant once running
  AdapterConfig config;
  std::string miniport;  // name of the image that drives it

  // Of a loaded miniport, else null: what it prints, and what is wrong with it (lines).
  std::shared_ptr<LineLog> log;
  std::function<std::string()> report;
  // What a write to the control file `restart` does.
  std::function<ControlDone()> restart;
  // Why the newest restart of one that has ended failed.
  std::string restart_failure;  // guarded by restart_mutex
  mutable std::mutex restart_mutex;
};

// state, reset, miniport, then of the hardware identity, ports/N, nvram, faults, or of a loaded
// miniport its restart, log and report, and the number of the process where it has one. The adapter
// outlives the directory's use.
[[nodiscard]] std::shared_ptr<ControlDirectory> make_adapter_controls(
    std::shared_ptr<RunningAdapter> adapter);

}  // namespace hbalab::lab
