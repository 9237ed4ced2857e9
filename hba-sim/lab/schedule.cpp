#include "hba-sim/lab/schedule.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace hbalab::lab {

Schedule::Schedule(std::vector<ScheduledChange> changes, std::shared_ptr<Clock> clock,
                   std::uint64_t seed)
    : clock_(std::move(clock)), random_(seed ^ 0x5C4EDull) {
  for (auto& change : changes) entries_.push_back({std::move(change), {}, 0, 0, {}});
}

std::shared_ptr<Schedule> Schedule::create(std::vector<ScheduledChange> changes,
                                           std::shared_ptr<Clock> clock, std::uint64_t seed) {
  return std::shared_ptr<Schedule>(new Schedule(std::move(changes), std::move(clock), seed));
}

bool Schedule::made_by_another(std::string_view path) const {
  return std::ranges::any_of(entries_, [&](const Entry& entry) {
    const std::string& made = entry.change.path;
    return entry.change.action == "make" && (path == made || path.starts_with(made + '/'));
  });
}

std::expected<void, std::string> Schedule::begin(ControlTree& tree) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const ScheduledChange& change = entries_[i].change;
    if (change.action == "make" || made_by_another(change.path) || tree.stat(change.path)) continue;
    return std::unexpected("/schedule/" + std::to_string(i) + "/path is \"" + change.path +
                           "\"; there is nothing of that name under lab/, and no change makes it");
  }
  const std::lock_guard running(running_);
  tree_ = &tree;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    entries_[i].due = clock_->now() + entries_[i].change.at;
    arm(entries_[i], i);
  }
  return {};
}

void Schedule::end() {
  const std::lock_guard running(running_);
  tree_ = nullptr;
  const std::lock_guard lock(mutex_);
  if (const auto clock = std::exchange(clock_, nullptr)) {
    for (Entry& entry : entries_) clock->cancel(entry.timer);
  }
}

std::string Schedule::show() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const Entry& entry : entries_) {
    const ScheduledChange& change = entry.change;
    text += change.action + ' ' + change.path;
    if (!change.text.empty()) text += ' ' + change.text;
    text += ": " + std::to_string(entry.made) + (entry.made == 1 ? " time" : " times");
    if (!entry.problem.empty()) text += ", " + entry.problem;
    text += '\n';
  }
  return text;
}

// Under mutex_.
void Schedule::arm(Entry& entry, std::size_t index) {
  const auto most = static_cast<std::uint64_t>(entry.change.jitter.count());
  const milliseconds late(static_cast<std::int64_t>(most == 0 ? 0 : random_() % (most + 1)));
  entry.timer = clock_->schedule(entry.due + late, [weak = weak_from_this(), index] {
    if (const auto schedule = weak.lock()) schedule->make(index);
  });
}

void Schedule::make(std::size_t index) {
  const std::lock_guard running(running_);
  if (tree_ == nullptr) return;
  ScheduledChange change;
  {
    const std::lock_guard lock(mutex_);
    change = entries_[index].change;
  }
  const auto done = apply(change);
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[index];
  entry.made += done ? 1 : 0;
  entry.problem = done ? std::string() : done.error().reason;
  if (change.every.count() == 0) return;
  entry.due += change.every;
  arm(entry, index);
}

std::expected<void, ControlError> Schedule::apply(const ScheduledChange& change) {
  if (change.action == "make") return tree_->make_directory(change.path);
  if (change.action == "remove") return tree_->remove_directory(change.path);
  return tree_->write(change.path, change.text);
}

}  // namespace hbalab::lab
