#include "hba-sim/adapter/load_balance.hpp"

#include <algorithm>
#include <vector>

#include "iscsiop/enums.hpp"

namespace hbalab::adapter {
namespace {

using iscsi::IsdscStatus;

// The usable ones, or those of them that are primary where there is one.
std::vector<std::size_t> candidates(std::span<const PathChoice> paths, bool primary_first) {
  std::vector<std::size_t> usable, primary;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (!paths[i].usable) continue;
    usable.push_back(i);
    if (paths[i].primary) primary.push_back(i);
  }
  return primary_first && !primary.empty() ? primary : usable;
}

IsdscStatus check_primaries(std::uint32_t policy, std::span<const PathInfo> wanted) {
  const auto primaries = std::ranges::count_if(wanted, &PathInfo::primary);
  const bool failover = policy == iscsi::MSiSCSI_LB_FAILOVER;
  if (!failover && policy != iscsi::MSiSCSI_LB_ROUND_ROBIN_WITH_SUBSET) return iscsi::ISDSC_SUCCESS;
  if (primaries == 0) return iscsi::ISDSC_NO_PRIMARY_PATH_SPECIFIED;
  return failover && primaries > 1 ? iscsi::ISDSC_MULTIPLE_PRIMARY_PATHS_SPECIFIED
                                   : iscsi::ISDSC_SUCCESS;
}

}  // namespace

IsdscStatus check_load_balance(std::uint32_t policy, std::span<const PathInfo> wanted,
                               std::span<const PathInfo> now) {
  if (policy < iscsi::MSiSCSI_LB_FAILOVER || policy > iscsi::MSiSCSI_LB_VENDOR_SPECIFIC)
    return iscsi::ISDSC_INVALID_LOAD_BALANCE_POLICY;
  if (policy == iscsi::MSiSCSI_LB_VENDOR_SPECIFIC) return iscsi::ISDSC_LB_POLICY_NOT_SUPPORTED;
  if (wanted.size() != now.size()) return iscsi::ISDSC_PATH_COUNT_MISMATCH;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (std::ranges::find(now, wanted[i].id, &PathInfo::id) == now.end())
      return iscsi::ISDSC_INVALID_PATH_ID;
    if (std::ranges::find(wanted.first(i), wanted[i].id, &PathInfo::id) !=
        wanted.begin() + static_cast<std::ptrdiff_t>(i))
      return iscsi::ISDSC_DUPLICATE_PATH_SPECIFIED;
  }
  return check_primaries(policy, wanted);
}

std::size_t choose_path(std::uint32_t policy, std::span<const PathChoice> paths,
                        std::uint64_t turn) {
  const bool primary_first =
      policy == iscsi::MSiSCSI_LB_FAILOVER || policy == iscsi::MSiSCSI_LB_ROUND_ROBIN_WITH_SUBSET;
  const auto list = candidates(paths, primary_first);
  if (list.empty()) return 0;
  switch (policy) {
    case iscsi::MSiSCSI_LB_ROUND_ROBIN:
    case iscsi::MSiSCSI_LB_ROUND_ROBIN_WITH_SUBSET:
      return list[turn % list.size()];
    case iscsi::MSiSCSI_LB_DYN_LEAST_QUEUE_DEPTH:
      return *std::ranges::min_element(list, {}, [&](std::size_t i) { return paths[i].queued; });
    case iscsi::MSiSCSI_LB_WEIGHTED_PATHS:
      // The larger weight goes first; of equal ones the first.
      return *std::ranges::min_element(list, std::ranges::greater{},
                                       [&](std::size_t i) { return paths[i].weight; });
    default:
      return list.front();
  }
}

}  // namespace hbalab::adapter
