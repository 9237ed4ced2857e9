// The adapters of a running lab, by name. Those with a loaded miniport come and go while it runs.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "hba-sim/lab/adapter_controls.hpp"

namespace hbalab::lab {

// Thread-safe.
class AdapterTable {
 public:
  void add(std::shared_ptr<RunningAdapter> adapter);
  // Null when there is none of that name.
  [[nodiscard]] std::shared_ptr<RunningAdapter> find(std::string_view name) const;
  [[nodiscard]] std::vector<std::shared_ptr<RunningAdapter>> all() const;
  // Puts it in the place of the one of its name.
  void replace(std::shared_ptr<RunningAdapter> adapter);
  // Takes it out, without ending it; null when there is none.
  std::shared_ptr<RunningAdapter> take(std::string_view name);
  // lab/adapters; `remove` is what rmdir does.
  [[nodiscard]] std::shared_ptr<ControlDirectory> directory(
      std::function<ControlDone(std::string_view name)> remove) const;

 private:
  struct Entry {
    std::shared_ptr<RunningAdapter> adapter;
    std::shared_ptr<ControlDirectory> controls;
  };
  struct State {
    mutable std::mutex mutex;    // taken last
    std::vector<Entry> entries;  // guarded by mutex; in the order of their coming
  };
  // Whoever holds the directory may outlive the lab.
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace hbalab::lab
