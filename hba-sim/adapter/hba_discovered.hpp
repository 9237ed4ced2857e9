// What SendTargets told: targets and their portals, by the portal that was asked.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hba-sim/fabric/fabric.hpp"
#include "hba-sim/types.hpp"

namespace hbalab::adapter {

class DiscoveredTargets {
 public:
  static constexpr std::size_t kMaxSources = 256;   // portals asked
  static constexpr std::size_t kMaxTargets = 8192;  // of one source
  static constexpr std::size_t kMaxPortals = 64;    // of one target

  // A response (RFC 7143 Appendix C): TargetName, each followed by its TargetAddress keys.
  // `complete` for SendTargets=All, which replaces what the source said before; otherwise the named
  // targets are updated. A target without an address is reached where it was asked for (`source`).
  // True when the set changed. Malformed names and addresses are left out, and what is beyond the
  // bounds.
  bool update(const Portal& source, const fabric::Keys& response, bool complete);
  [[nodiscard]] std::optional<Portal> first_portal(const IscsiName& target) const;
  void clear() { sources_.clear(); }

 private:
  using Portals = std::vector<Portal>;
  using Targets = std::map<std::string, Portals>;  // by canonical name
  [[nodiscard]] static Targets parse(const Portal& source, const fabric::Keys& response);
  std::map<std::string, Targets> sources_;  // by canonical portal
};

}  // namespace hbalab::adapter
