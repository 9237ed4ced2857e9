// How the outside (clock, fabric) comes back to the HBA: under its lock, and only while the life
// that asked for it lasts.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "hba-sim/adapter/nvram.hpp"

namespace hbalab::adapter {

// One life of the HBA, from start() to stop(). Actions that arrive after close() are dropped. The
// gate may be used from any thread; close() and is_open() are called under the HBA lock.
class Gate : public std::enable_shared_from_this<Gate> {
 public:
  explicit Gate(Nvram::Enter enter) : enter_(std::move(enter)) {}
  void close() { open_ = false; }

  template <typename Action>
  void run(Action action) {
    enter_([self = shared_from_this(), action = std::move(action)]() mutable {
      if (self->open_) action();
    });
  }

 private:
  const Nvram::Enter enter_;
  bool open_ = true;  // guarded by the HBA lock
};

// A callback for any thread that continues with `step(object, arguments...)` under the lock, unless
// the life is over or the object has gone. Copyable, and may be called more than once.
template <typename Object, typename Step>
auto guarded(std::shared_ptr<Gate> gate, std::weak_ptr<Object> object, Step step) {
  return [gate = std::move(gate), object = std::move(object), step](auto... arguments) {
    gate->run([object, step, ... arguments = std::move(arguments)]() mutable {
      if (const auto held = object.lock()) step(*held, std::move(arguments)...);
    });
  };
}

}  // namespace hbalab::adapter
