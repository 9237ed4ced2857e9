#include "iscsidsc/targets.hpp"

#include <algorithm>

#include "iscsidsc/initiators.hpp"

namespace hbalab::dsc {
namespace {

void add_portal(std::vector<TargetPortal>& list, const TargetPortal& portal) {
  const auto same = [&](const TargetPortal& other) {
    return other.canonical() == portal.canonical();
  };
  if (!portal.empty() && std::ranges::none_of(list, same)) list.push_back(portal);
}

}  // namespace

std::vector<TargetPortal> portals_through(const KnownTarget& target, const std::string& initiator) {
  std::vector<TargetPortal> portals;
  for (const bool own : {true, false}) {
    for (const TargetInstance& instance : target.instances) {
      if ((narrow(instance.initiator) == initiator) != own) continue;
      for (const PortalInGroup& at : instance.portals) add_portal(portals, at.portal);
    }
  }
  if (target.configured) {
    for (const TargetPortal& portal : target.configured->portals) add_portal(portals, portal);
  }
  return portals;
}

Outcome<KnownTarget> find_target(const std::u16string& name) {
  KnownTarget target;
  const auto status = read_state([&](State& state) {
    target.instances = state.discovered(name);
    target.configured = state.static_target(name);
    return ISDSC_SUCCESS;
  });
  if (status != ISDSC_SUCCESS) return std::unexpected(status);
  if (!target.visible()) return std::unexpected(ISDSC_TARGET_NOT_FOUND);
  return target;
}

}  // namespace hbalab::dsc
