#include "fuse-frontend/intern.hpp"

#include <functional>

namespace hbalab::fs {

std::string InternTable::key(const InternedTarget& target) {
  std::string key;
  key += static_cast<char>(target.kind);
  const auto append = [&key](std::uint32_t number) {
    key.append(reinterpret_cast<const char*>(&number), sizeof number);
  };
  append(target.slot);
  append(target.node);
  for (const std::uint32_t index : target.indices.span()) append(index);
  key += '/';
  key += target.path;
  return key;
}

std::uint64_t InternTable::look_up(const InternedTarget& target) {
  std::string name = key(target);
  const std::scoped_lock lock(mutex_);
  const auto [at, fresh] = ids_.try_emplace(std::move(name), next_);
  if (fresh) entries_[next_++].target = target;
  ++entries_.at(at->second).lookups;
  return interned_inode(at->second);
}

std::uint64_t InternTable::look_up_own(const InternedTarget& target, Time now) {
  std::string name = key(target);
  const std::scoped_lock lock(mutex_);
  Vacancies& vacancies = vacancies_[std::move(name)];
  if (!vacancies.empty() && vacancies.front().free_at <= now) {
    vacancies.splice(vacancies.end(), vacancies, vacancies.begin());
  } else {
    const auto at = vacancies.insert(vacancies.end(), {next_, {}});
    Entry& fresh = entries_[next_++];
    fresh.target = target;
    fresh.own = true;
    fresh.vacancy = at;
  }
  Vacancy& given = vacancies.back();
  given.free_at = now + kReserved;
  ++entries_.at(given.id).lookups;
  return interned_inode(given.id);
}

void InternTable::leave(Entry& entry) {
  if (!entry.vacancy) return;
  const auto all = vacancies_.find(key(entry.target));
  all->second.erase(*entry.vacancy);
  entry.vacancy.reset();
  if (all->second.empty()) vacancies_.erase(all);
}

void InternTable::occupy(std::uint64_t inode) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(interned_id(inode));
  if (found == entries_.end() || !found->second.own) return;
  ++found->second.opens;
  leave(found->second);
}

void InternTable::vacate(std::uint64_t inode) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(interned_id(inode));
  if (found == entries_.end() || !found->second.own || --found->second.opens != 0) return;
  Vacancies& vacancies = vacancies_[key(found->second.target)];
  found->second.vacancy = vacancies.insert(vacancies.begin(), {found->first, Time::min()});
}

std::optional<std::uint64_t> InternTable::known_inode(const InternedTarget& target) const {
  const std::string name = key(target);
  const std::scoped_lock lock(mutex_);
  const auto found = ids_.find(name);
  if (found == ids_.end()) return std::nullopt;
  return interned_inode(found->second);
}

std::uint64_t InternTable::peek(const InternedTarget& target) const {
  if (const auto known = known_inode(target)) return *known;
  constexpr std::uint64_t kUnknown = std::uint64_t{1} << 59;
  return interned_inode(kUnknown | (std::hash<std::string>{}(key(target)) & (kUnknown - 1)));
}

void InternTable::forget(std::uint64_t inode, std::uint64_t count) {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(interned_id(inode));
  if (found == entries_.end()) return;
  if (found->second.lookups > count) {
    found->second.lookups -= count;
    return;
  }
  leave(found->second);
  const auto shared = ids_.find(key(found->second.target));
  if (shared != ids_.end() && shared->second == found->first) ids_.erase(shared);
  entries_.erase(found);
}

std::optional<InternedTarget> InternTable::find(std::uint64_t inode) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(interned_id(inode));
  if (found == entries_.end()) return std::nullopt;
  return found->second.target;
}

std::vector<std::string> InternTable::known_children(std::string_view directory) const {
  std::vector<std::string> names;
  const std::scoped_lock lock(mutex_);
  for (const auto& [id, entry] : entries_) {
    if (entry.target.kind != InodeKind::interned) continue;
    std::string_view path = entry.target.path;
    if (!directory.empty()) {
      if (!path.starts_with(directory) || path.size() <= directory.size() ||
          path[directory.size()] != '/') {
        continue;
      }
      path.remove_prefix(directory.size() + 1);
    }
    if (!path.empty() && path.find('/') == std::string_view::npos) names.emplace_back(path);
  }
  return names;
}

std::size_t InternTable::size() const {
  const std::scoped_lock lock(mutex_);
  return entries_.size();
}

}  // namespace hbalab::fs
