#include "fuse-frontend/held.hpp"

#include <utility>

namespace hbalab::fs {

std::uint64_t HeldList::add(std::shared_ptr<Held> object) {
  Held* raw = object.get();
  const std::scoped_lock lock(mutex_);
  raw->before_ = nullptr;
  raw->behind_ = first_;
  if (first_ != nullptr) first_->before_ = raw;
  first_ = raw;
  raw->self_ = std::move(object);
  return reinterpret_cast<std::uint64_t>(raw);
}

std::shared_ptr<Held> HeldList::remove(std::uint64_t number) {
  Held& object = get(number);
  const std::scoped_lock lock(mutex_);
  if (object.before_ != nullptr) object.before_->behind_ = object.behind_;
  if (object.behind_ != nullptr) object.behind_->before_ = object.before_;
  if (first_ == &object) first_ = object.behind_;
  return std::move(object.self_);
}

void HeldList::clear() {
  while (true) {
    Held* first = nullptr;
    {
      const std::scoped_lock lock(mutex_);
      first = first_;
    }
    if (first == nullptr) return;
    (void)remove(reinterpret_cast<std::uint64_t>(first));
  }
}

}  // namespace hbalab::fs
