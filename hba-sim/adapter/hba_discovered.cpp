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
  DiscoveredPortal out{*portal, 0, {}, 0};
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

bool alike(const DiscoveredPortal& a, const DiscoveredPortal& b) {
  return same_place(a, b) && a.symbolic_name == b.symbolic_name &&
         a.security_bitmap == b.security_bitmap;
}

// What the portal's other sources left out.
void complete(DiscoveredPortal& known, const DiscoveredPortal& other) {
  if (known.symbolic_name.empty()) known.symbolic_name = other.symbolic_name;
  if (known.security_bitmap == 0) known.security_bitmap = other.security_bitmap;
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
  return std::ranges::equal(a.portals, b.portals, alike);
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
    if (entry.portals.empty()) entry.portals.push_back({source, 0, {}, 0});
  }
  return out;
}

// True when the set changed.
bool DiscoveredTargets::replace(const Source& source, Targets targets) {
  const auto entry = sources_.find(source);
  if (targets.empty()) {
    if (entry == sources_.end()) return false;
    sources_.erase(entry);
    return true;
  }
  if (entry == sources_.end()) {
    if (sources_.size() >= kMaxSources) return false;
    sources_.emplace(source, std::move(targets));
    return true;
  }
  const bool changed = !std::ranges::equal(
      entry->second, targets,
      [](const auto& a, const auto& b) { return a.first == b.first && same(a.second, b.second); });
  entry->second = std::move(targets);
  return changed;
}

bool DiscoveredTargets::update(const Portal& asked, const fabric::Keys& response, bool all) {
  auto targets = parse(asked, response);
  const Source source{Source::Mechanism::send_targets, asked.canonical()};
  const auto entry = sources_.find(source);
  if (all || entry == sources_.end()) return replace(source, std::move(targets));
  auto& known = entry->second;
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

bool DiscoveredTargets::update(const std::string& isns_server, const fabric::IsnsTargets& told) {
  Targets targets;
  if (told != nullptr) {
    for (const fabric::IsnsTarget& target : *told) {
      if (targets.size() >= kMaxTargets) break;
      const IscsiName name(from_wire_text(target.name));
      Target entry{name.as_written(), from_wire_text(target.alias), {}};
      for (const fabric::IsnsPortal& portal : target.portals) {
        if (entry.portals.size() >= kMaxPortals) break;
        entry.portals.push_back({portal.portal, portal.tag, from_wire_text(portal.symbolic_name),
                                 portal.security_bitmap});
      }
      targets.insert_or_assign(name.canonical(), std::move(entry));
    }
  }
  return replace({Source::Mechanism::isns, isns_server}, std::move(targets));
}

void DiscoveredTargets::set_static(const std::vector<lab::StaticTargetConfig>& targets) {
  Targets known;
  for (const lab::StaticTargetConfig& target : targets) {
    const IscsiName name(from_wire_text(target.name));
    Target entry{name.as_written(), from_wire_text(target.alias), {}};
    for (const lab::StaticPortalConfig& portal : target.portals) {
      DiscoveredPortal out;
      out.portal.address = IpAddress::from_text(portal.address);
      out.portal.socket = portal.port;
      out.tag = portal.group;
      out.symbolic_name = from_wire_text(portal.symbolic_name);
      if (out.symbolic_name.empty() && out.portal.address.is_name())
        out.symbolic_name = out.portal.address.text;
      entry.portals.push_back(std::move(out));
    }
    known.insert_or_assign(name.canonical(), std::move(entry));
  }
  (void)replace({Source::Mechanism::configured, {}}, std::move(known));
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
      if (out.alias.empty()) out.alias = target.alias;
      for (const auto& portal : target.portals) {
        auto& group = out.groups[portal.tag];
        const auto known = std::ranges::find_if(
            group, [&](const DiscoveredPortal& other) { return same_place(other, portal); });
        if (known == group.end()) {
          group.push_back(portal);
        } else {
          complete(*known, portal);
        }
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
