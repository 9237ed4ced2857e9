// MSiSCSI_RedirectPortalInfoClass: where logins were sent instead of where they were asked to go.
#include "hba-sim/miniport/classes.hpp"
#include "hba-sim/miniport/convert.hpp"
#include "iscsiop/builders.hpp"
#include "iscsiop/iscsimgt.hpp"

namespace hbalab::miniport {
namespace {

std::size_t size(const DeviceExtension& device, ULONG) {
  const adapter::Hba& hba = *device.hba;
  auto all = iscsi::redirect_portal_info_class_size();
  hba.for_each_session([&](const adapter::SessionInfo& session) {
    all.add(iscsi::redirect_session_info_size(session.connections.size()));
  });
  return all.size();
}

void write_connection(const adapter::ConnectionInfo& info, iscsi::ISCSI_RedirectPortalInfo& out) {
  out.UniqueConnectionId = info.id.value;
  to_wmi(info.asked.address, out.OriginalIPAddr);
  out.OriginalPort = info.asked.socket == 0 ? Portal::kDefaultSocket : info.asked.socket;
  // What does not count is an empty address, not one of zeros.
  to_wmi(info.redirected ? info.remote_address : IpAddress{}, out.RedirectedIPAddr);
  out.RedirectedPort = info.redirected ? info.remote_port : 0;
  out.Redirected = info.redirected ? 1 : 0;
  out.TemporaryRedirect = info.redirected && info.redirect_temporary ? 1 : 0;
}

void write(const DeviceExtension& device, ULONG, std::span<std::uint8_t> bytes) {
  const adapter::Hba& hba = *device.hba;
  iscsi::BlockWriter writer(bytes);
  const auto head = iscsi::begin_redirect_portal_info_class(
      writer, static_cast<std::uint32_t>(hba.session_count()));
  if (!head) return;
  (*head)->UniqueAdapterId = hba.unique_adapter_id();
  hba.for_each_session([&](const adapter::SessionInfo& session) {
    const auto& connections = session.connections;
    const auto out =
        iscsi::append_redirect_session_info(writer, static_cast<std::uint32_t>(connections.size()));
    if (!out) return;
    out->head->UniqueSessionId = session.id.value;
    out->head->TargetPortalGroupTag = session.group.value_or(0);
    for (std::size_t i = 0; i < connections.size(); ++i)
      write_connection(connections[i], out->portals[i]);
  });
}

}  // namespace

const WmiClass classes::redirect_portal_info{
    .guid = &iscsi::MSiSCSI_RedirectPortalInfoClassGuid, .size = size, .write = write};

}  // namespace hbalab::miniport
