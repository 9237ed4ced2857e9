// MSiSCSI_ManagementOperations: tests of the adapter's network.
#include "hba-sim/miniport/classes.hpp"
#include "hba-sim/miniport/convert.hpp"
#include "iscsiop/iscsimgt.hpp"

namespace hbalab::miniport {
namespace {

BOOLEAN ping_ip_address(const MethodCall& call) {
  const auto in = iscsi::read_block<iscsi::PingIPAddress_IN>(call.in(), "PingIPAddress_IN",
                                                             iscsi::PingIPAddress_IN_SIZE);
  if (!in) return refuse(call);
  auto address = from_wmi(in->Address);
  if (!address) return refuse(call);
  if (!out_fits(call, iscsi::PingIPAddress_OUT_SIZE)) return FALSE;
  adapter::PingCommand command;
  command.count = in->RequestCount;
  command.bytes = in->RequestSize;
  command.timeout = std::chrono::milliseconds(in->Timeout.value());
  command.address = *std::move(address);
  Request& request = call.request;
  return pend(request, call.hba().ping(std::move(command), [&request, out = call.buffer.data()](
                                                               iscsi::IsdscStatus status,
                                                               std::uint32_t received) {
    auto answered = zeroed<iscsi::PingIPAddress_OUT>();
    answered.Status = status;
    answered.ResponsesReceived = received;
    answer(request, out, answered, iscsi::PingIPAddress_OUT_SIZE);
  }));
}

constexpr Method kMethods[] = {
    {static_cast<std::uint32_t>(iscsi::MSiSCSI_ManagementOperationsMethod::PingIPAddress),
     ping_ip_address},
};

}  // namespace

const WmiClass classes::management_operations{.guid = &iscsi::MSiSCSI_ManagementOperationsGuid,
                                              .methods = kMethods};

}  // namespace hbalab::miniport
