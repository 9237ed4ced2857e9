// Load balancing over the connections of a session (MSiSCSI_LB_POLICY): which policies and paths
// may be set, and which path the next command takes.
#pragma once

#include <cstdint>
#include <span>

#include "hba-sim/adapter/hba.hpp"

namespace hbalab::adapter {

// Judges in this order: policy, number of paths, each path's id, primary paths. `now`: the paths
// that the session has.
[[nodiscard]] iscsi::IsdscStatus check_load_balance(std::uint32_t policy,
                                                    std::span<const PathInfo> wanted,
                                                    std::span<const PathInfo> now);

struct PathChoice {
  bool usable = true;
  bool primary = false;
  std::uint32_t weight = 0;
  std::size_t queued = 0;  // commands without an answer
};
// The path of the `turn`th command; at least one is usable.
[[nodiscard]] std::size_t choose_path(std::uint32_t policy, std::span<const PathChoice> paths,
                                      std::uint64_t turn);

}  // namespace hbalab::adapter
