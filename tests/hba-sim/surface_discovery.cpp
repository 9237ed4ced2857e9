#include "tests/hba-sim/surface_discovery.hpp"

#include <algorithm>

namespace hbalab::surface {
namespace {

const Target& target_at(int index) { return targets()[static_cast<std::size_t>(index)]; }

}  // namespace

// RFC 7143 Appendix C: All is for discovery sessions, nothing stands for the session's own target,
// and a normal session tells of no other.
std::optional<std::vector<int>> Discovery::told(std::string_view text, std::optional<int> own) {
  std::vector<int> out;
  if (text == "All") {
    if (own) return std::nullopt;
    for (int i = 0; i < kTargets; ++i) out.push_back(i);
    return out;
  }
  if (text.empty()) {
    if (!own) return std::nullopt;
    return std::vector{*own};
  }
  for (int i = 0; i < kNames; ++i) {
    const Name& name = name_at(i);
    if (name.text != text) continue;
    if (!name.well_formed) return std::nullopt;
    if (name.target >= 0 && (!own || *own == name.target)) out.push_back(name.target);
  }
  return out;
}

std::string Discovery::response(const std::vector<int>& told) {
  std::string out;
  for (const int index : told) {
    const Target& target = target_at(index);
    out += "TargetName=" + std::string(target.name) + '\0';
    for (const auto& portal : target.portals) {
      out += "TargetAddress=" + std::string(portal.address) + ":3260," +
             std::to_string(portal.group) + '\0';
    }
  }
  return out;
}

void Discovery::hear(int portal, const std::vector<int>& told, bool whole) {
  const std::string key(portal_at(portal).key);
  auto& known = sources_[key];
  if (whole) known.clear();
  for (const int target : told) {
    if (std::ranges::find(known, target) == known.end()) known.push_back(target);
  }
  std::ranges::sort(known);
  if (known.empty()) sources_.erase(key);
}

void Discovery::set_alias(int target) {
  if (std::ranges::find(aliases_, target) == aliases_.end()) aliases_.push_back(target);
}

void Discovery::clear() {
  sources_.clear();
  aliases_.clear();
}

std::optional<int> Discovery::first_portal(int target) const {
  for (const auto& [source, known] : sources_) {
    if (std::ranges::find(known, target) != known.end()) return choice_of(target, 0);
  }
  return std::nullopt;
}

std::vector<int> Discovery::group_portals(int target, int group) const {
  std::vector<int> out;
  for (const auto& [source, known] : sources_) {
    if (std::ranges::find(known, target) == known.end()) continue;
    const auto& portals = target_at(target).portals;
    for (std::size_t i = 0; i < portals.size(); ++i) {
      if (portals[i].group == group) out.push_back(choice_of(target, static_cast<int>(i)));
    }
  }
  return out;
}

std::vector<std::string> Discovery::report(bool with_tags) const {
  std::vector<std::string> out;
  for (int i = 0; i < kTargets; ++i) {
    if (!first_portal(i)) continue;
    const Target& target = target_at(i);
    std::string text(target.name);
    const bool heard = std::ranges::find(aliases_, i) != aliases_.end();
    text += '(' + std::string(heard ? target.alias : "") + ')';
    for (int group = 0; group < 3; ++group) {
      std::string portals;
      for (const auto& portal : target.portals) {
        if (portal.group == group) portals += ' ' + std::string(portal.address) + "/3260";
      }
      if (portals.empty()) continue;
      text += " [" + (with_tags ? std::to_string(group) : "") + portals + ']';
    }
    out.push_back(text);
  }
  return out;
}

}  // namespace hbalab::surface
