// What the service knows of a target.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "iscsidsc/state.hpp"

namespace hbalab::dsc {

struct KnownTarget {
  std::vector<TargetInstance> instances;   // as it was discovered
  std::optional<StaticTarget> configured;  // in the list of static targets
  // Hidden ones are there for users only when they have been discovered as well.
  [[nodiscard]] bool visible() const {
    return !instances.empty() ||
           (configured && (configured->flags & ISCSI_TARGET_FLAG_HIDE_STATIC_TARGET) == 0);
  }
};

// Its portals, each of them once, those that were found through the adapter first.
[[nodiscard]] std::vector<TargetPortal> portals_through(const KnownTarget& target,
                                                        const std::string& initiator);

// ISDSC_TARGET_NOT_FOUND where no visible target has the name.
[[nodiscard]] Outcome<KnownTarget> find_target(const std::u16string& name);

}  // namespace hbalab::dsc
