// MNT/lab/adapters/NAME: the bench controls of one adapter.
#pragma once

#include <memory>

#include "hba-sim/adapter/hba.hpp"
#include "hba-sim/adapter_lock.hpp"
#include "hba-sim/lab/control_dir.hpp"
#include "hba-sim/port/port_driver.hpp"

namespace hbalab::lab {

// An adapter of a running lab: the hardware, its lock, and the driver's device on top.
struct RunningAdapter {
  std::shared_ptr<AdapterLock> lock;
  std::unique_ptr<adapter::Hba> hba;
  std::shared_ptr<port::AdapterDevice> device;
  std::string miniport;  // name of the image that drives it
};

// state, reset, miniport, identity, ports/N, nvram, faults. The adapter outlives the directory's
// use.
[[nodiscard]] std::shared_ptr<ControlDirectory> make_adapter_controls(
    std::shared_ptr<RunningAdapter> adapter);

}  // namespace hbalab::lab
