// Listeners that live as long as a token does.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace hbalab::wmi {

// Thread-safe. A listener may be called once more while its token is being released on another
// thread; it holds what it needs by shared_ptr.
template <typename... Args>
class Listeners {
 public:
  using Function = std::function<void(Args...)>;

  [[nodiscard]] std::shared_ptr<void> add(Function function) {
    auto entry = std::make_shared<Function>(std::move(function));
    const std::scoped_lock lock(mutex_);
    std::erase_if(entries_, [](const auto& weak) { return weak.expired(); });
    entries_.push_back(entry);
    return entry;
  }

  // Calls every listener with no lock held.
  void notify(Args... args) const {
    std::vector<std::shared_ptr<Function>> live;
    {
      const std::scoped_lock lock(mutex_);
      live.reserve(entries_.size());
      for (const auto& weak : entries_) {
        if (auto entry = weak.lock()) live.push_back(std::move(entry));
      }
    }
    for (const auto& entry : live) (*entry)(args...);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<Function>> entries_;  // guarded by mutex_
};

}  // namespace hbalab::wmi
