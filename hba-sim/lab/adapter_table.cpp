#include "hba-sim/lab/adapter_table.hpp"

#include <algorithm>
#include <utility>

namespace hbalab::lab {

void AdapterTable::add(std::shared_ptr<RunningAdapter> adapter) {
  auto controls = make_adapter_controls(adapter);
  const std::scoped_lock lock(state_->mutex);
  state_->entries.push_back({std::move(adapter), std::move(controls)});
}

std::shared_ptr<RunningAdapter> AdapterTable::find(std::string_view name) const {
  const std::scoped_lock lock(state_->mutex);
  for (const Entry& entry : state_->entries) {
    if (entry.adapter->config.name == name) return entry.adapter;
  }
  return nullptr;
}

std::vector<std::shared_ptr<RunningAdapter>> AdapterTable::all() const {
  const std::scoped_lock lock(state_->mutex);
  std::vector<std::shared_ptr<RunningAdapter>> adapters;
  for (const Entry& entry : state_->entries) adapters.push_back(entry.adapter);
  return adapters;
}

void AdapterTable::replace(std::shared_ptr<RunningAdapter> adapter) {
  Entry entry{std::move(adapter), nullptr};  // the old one dies after the lock has been released
  entry.controls = make_adapter_controls(entry.adapter);
  const std::scoped_lock lock(state_->mutex);
  const auto found = std::ranges::find(state_->entries, entry.adapter->config.name,
                                       [](const Entry& its) { return its.adapter->config.name; });
  if (found != state_->entries.end()) std::swap(*found, entry);
}

std::shared_ptr<RunningAdapter> AdapterTable::take(std::string_view name) {
  Entry entry;  // its controls die after the lock has been released
  const std::scoped_lock lock(state_->mutex);
  const auto found = std::ranges::find(state_->entries, name,
                                       [](const Entry& its) { return its.adapter->config.name; });
  if (found == state_->entries.end()) return nullptr;
  entry = std::move(*found);
  state_->entries.erase(found);
  return entry.adapter;
}

std::shared_ptr<ControlDirectory> AdapterTable::directory(
    std::function<ControlDone(std::string_view name)> remove) const {
  Collection collection;
  collection.names = [state = state_] {
    const std::scoped_lock lock(state->mutex);
    std::vector<std::string> names;
    for (const Entry& entry : state->entries) names.push_back(entry.adapter->config.name);
    return names;
  };
  collection.find = [state = state_](std::string_view name) -> std::shared_ptr<ControlDirectory> {
    const std::scoped_lock lock(state->mutex);
    for (const Entry& entry : state->entries) {
      if (entry.adapter->config.name == name) return entry.controls;
    }
    return nullptr;
  };
  collection.remove = std::move(remove);
  return make_collection(std::move(collection));
}

}  // namespace hbalab::lab
