// MSiSCSI_QueryLBPolicy and MSiSCSI_LB_Operations: how commands spread over the connections of a
// session.
#include "hba-sim/miniport/classes.hpp"
#include "iscsiop/builders.hpp"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/views.hpp"

namespace hbalab::miniport {
namespace {

constexpr std::uint64_t kMega = 1'000'000;  // ISCSI_Path counts megabits a second

std::size_t size(const DeviceExtension& device, ULONG) {
  const adapter::Hba& hba = *device.hba;
  auto all = iscsi::query_lb_policy_size();
  hba.for_each_session([&](const adapter::SessionInfo& session) {
    all.add(iscsi::supported_lb_policies_size(hba.paths(session.id).size()));
  });
  return all.size();
}

void write_session(iscsi::BlockWriter& writer, const adapter::SessionInfo& session,
                   const std::vector<adapter::PathInfo>& paths) {
  const auto out =
      iscsi::append_supported_lb_policies(writer, static_cast<std::uint32_t>(paths.size()));
  if (!out) return;
  out->head->UniqueSessionId = session.id.value;
  out->head->LoadBalancePolicy = session.load_balance_policy;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    auto& path = out->paths[i];
    path.UniqueConnectionId = paths[i].id.value;
    path.EstimatedLinkSpeed = paths[i].link_speed / kMega;
    path.PathWeight = paths[i].weight;
    path.PrimaryPath = paths[i].primary ? 1 : 0;
    path.ConnectionStatus = static_cast<std::uint32_t>(paths[i].status);
    path.TCPOffLoadAvailable = 1;  // the adapter has a TCP/IP stack of its own
  }
}

void write(const DeviceExtension& device, ULONG, std::span<std::uint8_t> out) {
  const adapter::Hba& hba = *device.hba;
  iscsi::BlockWriter writer(out);
  const auto head =
      iscsi::begin_query_lb_policy(writer, static_cast<std::uint32_t>(hba.session_count()));
  if (!head) return;
  (*head)->UniqueAdapterId = hba.unique_adapter_id();
  hba.for_each_session([&](const adapter::SessionInfo& session) {
    write_session(writer, session, hba.paths(session.id));
  });
}

BOOLEAN set_load_balance_policy(const MethodCall& call) {
  const auto view = iscsi::view<iscsi::SetLoadBalancePolicyView>(call.in());
  if (!view) return refuse(call);
  if (!out_fits(call, iscsi::SetLoadBalancePolicy_OUT_SIZE)) return FALSE;
  std::vector<adapter::PathInfo> paths;
  for (const auto& path : view->policies.paths) {
    adapter::PathInfo info;
    info.id = ConnectionId{path.UniqueConnectionId};
    info.weight = path.PathWeight;
    info.primary = path.PrimaryPath != 0;
    paths.push_back(info);
  }
  auto answered = zeroed<iscsi::SetLoadBalancePolicy_OUT>();
  answered.Status = call.hba().set_load_balance(SessionId{view->policies.head->UniqueSessionId},
                                                view->policies.head->LoadBalancePolicy, paths);
  answer(call.request, call.buffer.data(), answered, iscsi::SetLoadBalancePolicy_OUT_SIZE);
  return FALSE;
}

constexpr Method kMethods[] = {
    {static_cast<std::uint32_t>(iscsi::MSiSCSI_LB_OperationsMethod::SetLoadBalancePolicy),
     set_load_balance_policy},
};

}  // namespace

const WmiClass classes::query_lb_policy{
    .guid = &iscsi::MSiSCSI_QueryLBPolicyGuid, .size = size, .write = write};
const WmiClass classes::lb_operations{.guid = &iscsi::MSiSCSI_LB_OperationsGuid,
                                      .methods = kMethods};

}  // namespace hbalab::miniport
