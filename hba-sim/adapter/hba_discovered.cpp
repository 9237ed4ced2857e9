#include "hba-sim/adapter/hba_discovered.hpp"

#include <algorithm>

#include "hba-sim/adapter/login_keys.hpp"

namespace hbalab::adapter {
namespace {

// "address[:port],tag" (RFC 7143 13.8).
std::optional<DiscoveredPortal> parse_address(std::string_view value) {
  const auto comma = value.find(',');
  const auto portal = Portal::from_text(value.substr(0, comma));
  if (!portal) return std::nullopt;
  DiscoveredPortal out{*portal, 0, {}};
  if (comma != std::string_view::npos) {
    const auto tag = parse_number(value.substr(comma + 1));
    if (!tag || *tag > 0xFFFF) return std::nullopt;
    out.tag = static_cast<std::uint16_t>(*tag);
  }
  if (out.portal.address.is_name()) out.symbolic_name = out.portal.address.text;
  return out;
}

bool same_place(const DiscoveredPortal& a, const DiscoveredPortal& b) {
  return a.tag == b.tag && a.portal.canonical() == b.portal.canonical();
}

}  // namespace

iscsi::IsdscStatus check_send_targets(const fabric::Keys& response) {
  bool named = false;
  for (const auto& [key, value] : response) {
    if (key.starts_with("X-") || key.starts_with("X#")) continue;
    bool good = false;
    if (key == "TargetName") {
      good = named = IscsiName(from_wire_text(value)).well_formed();
    } else if (key == "TargetAddress") {
      good = named && parse_address(value);
    } else {
      return iscsi::ISDSC_INVALID_TEXT_KEY;
    }
    if (!good) return iscsi::ISDSC_INVALID_SENDTARGETS_TEXT;
  }
  return iscsi::ISDSC_SUCCESS;
}

bool DiscoveredTargets::same(const Target& a, const Target& b) {
  return std::ranges::equal(a.portals, b.portals, same_place);
}

DiscoveredTargets::Targets DiscoveredTargets::parse(const Portal& source,
                                                    const fabric::Keys& response) {
  Targets out;
  Target* target = nullptr;
  for (const auto& [key, value] : response) {
    if (key == "TargetName") {
      target = nullptr;
      const IscsiName name(from_wire_text(value));
      if (!name.well_formed() || (out.size() >= kMaxTargets && !out.contains(name.canonical())))
        continue;
      target = &out[name.canonical()];
      if (target->name.empty()) target->name = name.as_written();
    } else if (key == "TargetAddress" && target != nullptr &&
               target->portals.size() < kMaxPortals) {
      if (auto portal = parse_address(value)) target->portals.push_back(*std::move(portal));
    }
  }
  for (auto& [name, entry] : out) {
    if (entry.portals.empty()) entry.portals.push_back({source, 0, {}});
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
  for (auto& [name, target] : targets) {
    const auto old = known.find(name);
    if (old == known.end() && known.size() >= kMaxTargets) continue;
    if (old != known.end() && same(old->second, target)) continue;
    known[name] = std::move(target);
    changed = true;
  }
  return changed;
}

void DiscoveredTargets::set_alias(const std::string& canonical, const std::u16string& alias) {
  if (alias.empty()) {
    aliases_.erase(canonical);
  } else if (aliases_.size() < kMaxTargets || aliases_.contains(canonical)) {
    aliases_[canonical] = alias;
  }
}

std::optional<Portal> DiscoveredTargets::first_portal(const IscsiName& target) const {
  for (const auto& [source, targets] : sources_) {
    const auto entry = targets.find(target.canonical());
    if (entry != targets.end()) return entry->second.portals.front().portal;
  }
  return std::nullopt;
}

std::vector<Portal> DiscoveredTargets::group_portals(const std::string& canonical,
                                                     std::uint16_t tag) const {
  std::vector<Portal> out;
  for (const auto& [source, targets] : sources_) {
    const auto entry = targets.find(canonical);
    if (entry == targets.end()) continue;
    for (const auto& portal : entry->second.portals) {
      if (portal.tag == tag) out.push_back(portal.portal);
    }
  }
  return out;
}

std::vector<DiscoveredTarget> DiscoveredTargets::all() const {
  std::map<std::string, DiscoveredTarget> merged;
  for (const auto& [source, targets] : sources_) {
    for (const auto& [canonical, target] : targets) {
      auto& out = merged[canonical];
      if (out.name.empty()) out.name = target.name;
      for (const auto& portal : target.portals) {
        auto& group = out.groups[portal.tag];
        const bool known = std::ranges::any_of(
            group, [&](const DiscoveredPortal& other) { return same_place(other, portal); });
        if (!known) group.push_back(portal);
      }
    }
  }
  std::vector<DiscoveredTarget> out;
  out.reserve(merged.size());
  for (auto& [canonical, target] : merged) {
    if (const auto alias = aliases_.find(canonical); alias != aliases_.end())
      target.alias = alias->second;
    out.push_back(std::move(target));
  }
  return out;
}

void DiscoveredTargets::clear() {
  sources_.clear();
  aliases_.clear();
}

}  // namespace hbalab::adapter
