// What discovery told: targets and their portals, by the portal that was asked.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hba-sim/fabric/fabric.hpp"
#include "hba-sim/types.hpp"
#include "iscsiop/status.hpp"

namespace hbalab::adapter {

struct DiscoveredPortal {
  Portal portal;
  std::uint16_t tag = 0;         // target portal group; 0: not told
  std::u16string symbolic_name;  // the host name, when the target gave one
};

// A target as all sources together describe it.
struct DiscoveredTarget {
  std::u16string name;   // as the first source wrote it
  std::u16string alias;  // of its last login; discovery itself tells none
  std::map<std::uint16_t, std::vector<DiscoveredPortal>> groups;  // by tag
};

// Whether a response is what SendTargets may be answered with: ISDSC_INVALID_TEXT_KEY for a key
// that does not belong there (vendors' own, "X-" and "X#", do), ISDSC_INVALID_SENDTARGETS_TEXT for
// an address in front of every name, and for malformed names and addresses.
[[nodiscard]] iscsi::IsdscStatus check_send_targets(const fabric::Keys& response);

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
  // TargetAlias of a login; "" forgets it. Kept for as many targets as one source may have.
  void set_alias(const std::string& canonical, const std::u16string& alias);
  [[nodiscard]] std::optional<Portal> first_portal(const IscsiName& target) const;
  // Portals of one group of a target, over all sources.
  [[nodiscard]] std::vector<Portal> group_portals(const std::string& canonical,
                                                  std::uint16_t tag) const;
  // By canonical name. A portal that several sources tell of is there once for each of its tags.
  [[nodiscard]] std::vector<DiscoveredTarget> all() const;
  void clear();

 private:
  struct Target {
    std::u16string name;
    std::vector<DiscoveredPortal> portals;
  };
  using Targets = std::map<std::string, Target>;  // by canonical name
  [[nodiscard]] static bool same(const Target& a, const Target& b);
  [[nodiscard]] static Targets parse(const Portal& source, const fabric::Keys& response);
  std::map<std::string, Targets> sources_;  // by canonical portal
  std::map<std::string, std::u16string> aliases_;
};

}  // namespace hbalab::adapter
