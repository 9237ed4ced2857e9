#include "hba-sim/adapter/hba_discovered.hpp"

#include <algorithm>

#include "hba-sim/adapter/login_keys.hpp"

namespace hbalab::adapter {
namespace {

bool same(const std::vector<Portal>& a, const std::vector<Portal>& b) {
  return std::ranges::equal(a, b, {}, &Portal::canonical, &Portal::canonical);
}

}  // namespace

DiscoveredTargets::Targets DiscoveredTargets::parse(const Portal& source,
                                                    const fabric::Keys& response) {
  Targets out;
  Portals* portals = nullptr;
  for (const auto& [key, value] : response) {
    if (key == "TargetName") {
      portals = nullptr;
      const IscsiName name(from_wire_text(value));
      if (!name.well_formed() || (out.size() >= kMaxTargets && !out.contains(name.canonical())))
        continue;
      portals = &out[name.canonical()];
    } else if (key == "TargetAddress" && portals != nullptr && portals->size() < kMaxPortals) {
      const auto portal = Portal::from_text(std::string_view(value).substr(0, value.find(',')));
      if (portal) portals->push_back(*portal);
    }
  }
  for (auto& [name, list] : out) {
    if (list.empty()) list.push_back(source);
  }
  return out;
}

bool DiscoveredTargets::update(const Portal& source, const fabric::Keys& response, bool complete) {
  auto targets = parse(source, response);
  const auto key = source.canonical();
  auto entry = sources_.find(key);
  if (entry == sources_.end()) {
    if (targets.empty() || sources_.size() >= kMaxSources) return false;
    sources_.emplace(key, std::move(targets));
    return true;
  }
  auto& known = entry->second;
  if (complete) {
    const bool changed = !std::ranges::equal(known, targets, [](const auto& a, const auto& b) {
      return a.first == b.first && same(a.second, b.second);
    });
    known = std::move(targets);
    if (known.empty()) sources_.erase(entry);
    return changed;
  }
  bool changed = false;
  for (auto& [name, portals] : targets) {
    const auto old = known.find(name);
    if (old == known.end() && known.size() >= kMaxTargets) continue;
    if (old != known.end() && same(old->second, portals)) continue;
    known[name] = std::move(portals);
    changed = true;
  }
  return changed;
}

std::optional<Portal> DiscoveredTargets::first_portal(const IscsiName& target) const {
  for (const auto& [source, targets] : sources_) {
    const auto entry = targets.find(target.canonical());
    if (entry != targets.end()) return entry->second.front();
  }
  return std::nullopt;
}

}  // namespace hbalab::adapter
