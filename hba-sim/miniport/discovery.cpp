// MSiSCSI_DiscoveryOperations: what the adapter's discovery has found, in two layouts.
#include "hba-sim/miniport/classes.hpp"
#include "hba-sim/miniport/convert.hpp"
#include "iscsiop/builders.hpp"
#include "iscsiop/iscsifnd.hpp"

namespace hbalab::miniport {
namespace {

using Targets = std::vector<adapter::DiscoveredTarget>;

template <typename T>
std::uint32_t count(const T& list) {
  return static_cast<std::uint32_t>(list.size());
}

// The two methods: how large an answer is, and how it is written. What is written fits: the size
// came from the same list.
struct Report {
  static std::size_t size(const Targets& targets) {
    auto all = iscsi::report_discovered_targets_out_size();
    for (const auto& target : targets) {
      auto one = iscsi::discovered_target_size();
      for (const auto& [tag, portals] : target.groups)
        one.add(iscsi::discovered_portal_group_size(portals.size()));
      all.add(one.size());
    }
    return all.size();
  }

  static void write(iscsi::BlockWriter& writer, const Targets& targets) {
    if (!iscsi::begin_report_discovered_targets_out(writer, count(targets))) return;
    for (const auto& target : targets) {
      const auto head = iscsi::begin_discovered_target(writer, count(target.groups));
      if (!head) return;
      put_text((*head)->TargetName, target.name);
      put_text((*head)->TargetAlias, target.alias);
      for (const auto& [tag, portals] : target.groups) write_group(writer, portals);
    }
  }

 private:
  static void write_group(iscsi::BlockWriter& writer,
                          const std::vector<adapter::DiscoveredPortal>& portals) {
    const auto out = iscsi::append_discovered_portal_group(writer, count(portals));
    if (!out) return;
    for (std::size_t i = 0; i < portals.size(); ++i) {
      (*out)[i].Socket = portals[i].portal.socket;
      to_wmi(portals[i].portal.address, (*out)[i].Address);
      put_text((*out)[i].SymbolicName, portals[i].symbolic_name);
    }
  }
};

struct Report2 {
  static std::size_t size(const Targets& targets) {
    auto all = iscsi::report_discovered_targets2_out_size();
    for (const auto& target : targets) {
      auto one = iscsi::discovered_target2_size();
      for (const auto& [tag, portals] : target.groups) {
        auto group = iscsi::discovered_portal_group2_size();
        for (std::size_t i = 0; i < portals.size(); ++i)
          group.add(iscsi::discovered_portal2_size(0));
        one.add(group.size());
      }
      all.add(one.size());
    }
    return all.size();
  }

  static void write(iscsi::BlockWriter& writer, const Targets& targets) {
    if (!iscsi::begin_report_discovered_targets2_out(writer, count(targets))) return;
    for (const auto& target : targets) {
      const auto head = iscsi::begin_discovered_target2(writer, count(target.groups));
      if (!head) return;
      put_text((*head)->TargetName, target.name);
      put_text((*head)->TargetAlias, target.alias);
      for (const auto& [tag, portals] : target.groups) {
        const auto group = iscsi::begin_discovered_portal_group2(writer, count(portals));
        if (!group) return;
        (*group)->Tag = tag;
        for (const auto& portal : portals) write_portal(writer, portal);
      }
    }
  }

 private:
  // No mechanism tells a key: what iSNS has of IPsec are policies, and proposals that need none.
  static void write_portal(iscsi::BlockWriter& writer, const adapter::DiscoveredPortal& portal) {
    const auto out = iscsi::append_discovered_portal2(writer, {});
    if (!out) return;
    out->head->Socket = portal.portal.socket;
    to_wmi(portal.portal.address, out->head->Address);
    out->head->SecurityBitmap = portal.security_bitmap;
    put_text(out->symbolic_name, portal.symbolic_name);
  }
};

template <typename Layout>
BOOLEAN report(const MethodCall& call) {
  const bool failed = call.hba().health() == iscsi::ISCSI_HBA_STATUS_FAILED;
  const Targets targets = failed ? Targets() : call.hba().discovered_targets();
  const std::size_t needed = Layout::size(targets);
  if (!out_fits(call, needed)) return FALSE;
  iscsi::BlockWriter writer(call.buffer.first(needed));
  Layout::write(writer, targets);  // Status, the first member, is zero: ISDSC_SUCCESS
  if (failed) {
    constexpr std::uint32_t kFailed = iscsi::ISDSC_NON_SPECIFIC_ERROR;
    std::memcpy(call.buffer.data(), &kFailed, sizeof kFailed);
  }
  complete(call.request, SRB_STATUS_SUCCESS, static_cast<std::uint32_t>(needed));
  return FALSE;
}

using Id = iscsi::MSiSCSI_DiscoveryOperationsMethod;
constexpr Method kMethods[] = {
    {static_cast<std::uint32_t>(Id::ReportDiscoveredTargets), report<Report>},
    {static_cast<std::uint32_t>(Id::ReportDiscoveredTargets2), report<Report2>},
};

}  // namespace

const WmiClass classes::discovery_operations{.guid = &iscsi::MSiSCSI_DiscoveryOperationsGuid,
                                             .methods = kMethods};

}  // namespace hbalab::miniport
