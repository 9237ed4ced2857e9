// Classes in an order in which each comes behind what it needs.
#pragma once

#include <span>
#include <unordered_set>
#include <vector>

#include "wmi-model/model.hpp"

namespace hbalab::wmi {

// `needs` gives a list of classes for a class. Depth-first without recursion: how deep classes nest
// is their writer's choice.
template <typename Needs>
[[nodiscard]] std::vector<const Class*> in_order_of_need(std::span<const Class* const> roots,
                                                         Needs needs) {
  struct Step {
    const Class* cls;
    std::vector<const Class*> needs;
    std::size_t at = 0;
  };
  std::vector<const Class*> order;
  std::unordered_set<const Class*> seen;
  for (const Class* root : roots) {
    if (!seen.insert(root).second) continue;
    std::vector<Step> path;
    path.push_back({root, needs(*root)});
    while (!path.empty()) {
      Step& step = path.back();
      if (step.at < step.needs.size()) {
        const Class* next = step.needs[step.at++];
        if (seen.insert(next).second) path.push_back({next, needs(*next)});
        continue;
      }
      order.push_back(step.cls);
      path.pop_back();
    }
  }
  return order;
}

}  // namespace hbalab::wmi
