// The model of what SendTargets tells and of the list that the adapter makes of it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/hba-sim/surface_world.hpp"

namespace hbalab::surface {

struct ToldPortal {
  int target, portal;  // of targets()
  auto operator<=>(const ToldPortal&) const = default;
};

class Discovery {
 public:
  // The answer to SendTargets: the targets told, or nothing where the text is refused.
  [[nodiscard]] static std::optional<std::vector<int>> told(std::string_view text,
                                                            std::optional<int> own);
  [[nodiscard]] static std::string response(const std::vector<int>& targets);

  // `whole`: the list of everything behind the portal.
  void hear(int portal, const std::vector<int>& targets, bool whole);
  void set_alias(int target);
  void clear();
  // The portal that a login is given that names none.
  [[nodiscard]] std::optional<int> first_portal(int target) const;
  // Portals of a target's group, in the order of the sources.
  [[nodiscard]] std::vector<int> group_portals(int target, int group) const;
  // Every target that is known, as the two reports describe it.
  [[nodiscard]] std::vector<std::string> report(bool with_tags) const;

 private:
  std::map<std::string, std::vector<int>> sources_;  // by portal; targets in their order
  std::vector<int> aliases_;
};

}  // namespace hbalab::surface
