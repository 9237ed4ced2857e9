// What discovery told: targets and their portals, by the mechanism and the place that told it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hba-sim/fabric/fabric.hpp"
#include "hba-sim/lab/config.hpp"
#include "hba-sim/types.hpp"
#include "iscsiop/status.hpp"

namespace hbalab::adapter {

struct DiscoveredPortal {
  Portal portal;
  std::uint16_t tag = 0;  // target portal group; 0: not told
  // What iSNS has registered, else the host name, when the portal was told as one.
  std::u16string symbolic_name;
  std::uint32_t security_bitmap = 0;  // iSNS only
};

// A target as all sources together describe it.
struct DiscoveredTarget {
  std::u16string name;   // as the first source wrote it
  std::u16string alias;  // of its last login, else what the first source tells that has one
  std::map<std::uint16_t, std::vector<DiscoveredPortal>> groups;  // by tag
};

// Whether a response is what SendTargets may be answered with: ISDSC_INVALID_TEXT_KEY for a key
// that does not belong there (vendors' own, "X-" and "X#", do), ISDSC_INVALID_SENDTARGETS_TEXT for
// an address in front of every name, and for malformed names and addresses.
[[nodiscard]] iscsi::IsdscStatus check_send_targets(const fabric::Keys& response);

class DiscoveredTargets {
 public:
  static constexpr std::size_t kMaxSources = 256;   // portals and servers asked
  static constexpr std::size_t kMaxTargets = 8192;  // of one source
  static constexpr std::size_t kMaxPortals = 64;    // of one target

  // A response (RFC 7143 Appendix C): TargetName, each followed by its TargetAddress keys.
  // `all` for SendTargets=All, which replaces what the portal said before; otherwise the named
  // targets are updated. A target without an address is reached where it was asked for (`asked`).
  // True when the set changed. Malformed names and addresses are left out, and what is beyond the
  // bounds.
  bool update(const Portal& asked, const fabric::Keys& response, bool all);
  // What an iSNS server told: replaces what it told before. Null: it is not asked any more, and
  // forgotten. True when the set changed.
  bool update(const std::string& isns_server, const fabric::IsnsTargets& told);
  // What the adapter knows without asking.
  void set_static(const std::vector<lab::StaticTargetConfig>& targets);
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
    std::u16string name, alias;
    std::vector<DiscoveredPortal> portals;
  };
  using Targets = std::map<std::string, Target>;  // by canonical name
  // In the order in which they count where they differ: what somebody configured or registered is
  // richer than what a portal lists.
  struct Source {
    enum class Mechanism { configured, isns, send_targets } mechanism = Mechanism::configured;
    std::string place;  // canonical portal or server
    auto operator<=>(const Source&) const = default;
  };
  [[nodiscard]] static bool same(const Target& a, const Target& b);
  [[nodiscard]] static Targets parse(const Portal& source, const fabric::Keys& response);
  bool replace(const Source& source, Targets targets);
  std::map<Source, Targets> sources_;
  std::map<std::string, std::u16string> aliases_;
};

}  // namespace hbalab::adapter
