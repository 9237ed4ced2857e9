// MSiSCSI_Operations: the table and the methods that need no state of their own.
#include <algorithm>
#include <array>
#include <optional>

#include "hba-sim/adapter/removal_hint.hpp"
#include "hba-sim/miniport/classes.hpp"
#include "hba-sim/miniport/convert.hpp"
#include "hba-sim/miniport/miniport.hpp"
#include "hba-sim/miniport/target_call.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/sizes.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::miniport {
namespace {

using Id = iscsi::MSiSCSI_OperationsMethod;

constexpr Method method(Id id, BOOLEAN (*run)(const MethodCall&)) {
  return {static_cast<std::uint32_t>(id), run};
}
constexpr Method kMethods[] = {
    method(Id::SendTargets, send_targets),
    method(Id::LoginToTarget, login_to_target),
    method(Id::LogoutFromTarget, logout_from_target),
    method(Id::AddConnectionToSession, add_connection_to_session),
    method(Id::RemovePersistentLogin, remove_persistent_login),
    method(Id::RemoveConnectionFromSession, remove_connection_from_session),
    method(Id::ScsiInquiry, scsi_inquiry),
    method(Id::ScsiReadCapacity, scsi_read_capacity),
    method(Id::ScsiReportLuns, scsi_report_luns),
    method(Id::SetCHAPSharedSecret, set_chap_shared_secret),
    method(Id::SetRADIUSSharedSecret, set_radius_shared_secret),
    method(Id::SetInitiatorNodeName, set_initiator_node_name),
    method(Id::DeleteInitiatorNodeName, delete_initiator_node_name),
    method(Id::AddiSNSServer, add_isns_server),
    method(Id::RemoveiSNSServer, remove_isns_server),
    method(Id::AddRADIUSServer, add_radius_server),
    method(Id::RemoveRADIUSServer, remove_radius_server),
};

iscsi::IsdscStatus status_of_removal(adapter::StoreResult result) {
  switch (result) {
    case adapter::StoreResult::ok:
      return iscsi::ISDSC_SUCCESS;
    case adapter::StoreResult::target_not_found:
      return iscsi::ISDSC_TARGET_NOT_FOUND;
    case adapter::StoreResult::portal_not_found:
      return iscsi::ISDSC_PORTAL_NOT_FOUND;
    case adapter::StoreResult::port_not_found:
      return iscsi::ISDSC_INVALID_PORT_NUMBER;
    case adapter::StoreResult::full:
    case adapter::StoreResult::nvram_failed:
      break;
  }
  return iscsi::ISDSC_COULD_NOT_REMOVE_PERSISTENT_LOGIN_DATA;
}

bool is_miss(std::uint32_t status) {
  return status == iscsi::ISDSC_TARGET_NOT_FOUND || status == iscsi::ISDSC_PORTAL_NOT_FOUND ||
         status == iscsi::ISDSC_INVALID_PORT_NUMBER;
}

// Of an IN block of RemovePersistentLogin, which is 8-aligned; nothing when it is malformed. The
// structure is large and needed only here: no copy of it.
std::optional<adapter::RemoveFilter> filter_of(const std::uint8_t* block) {
  const auto& in = *reinterpret_cast<const iscsi::RemovePersistentLogin_IN*>(block);
  auto target = iscsi::read_fixed_string(in.TargetName, "RemovePersistentLogin_IN.TargetName");
  auto portal = from_wmi(in.TargetPortal);
  if (!target || !portal) return {};
  adapter::RemoveFilter filter;
  filter.port.value = in.PortNumber;
  filter.target = IscsiName(*std::move(target));
  filter.portal = *std::move(portal);
  return filter;
}

}  // namespace

std::string explain_removal(adapter::Hba& hba, const wmi::Guid& guid, std::uint32_t method,
                            std::span<const std::uint8_t> in, std::span<const std::uint8_t> out) {
  if (guid != wmi::Guid{iscsi::MSiSCSI_OperationsGuid} ||
      method != static_cast<std::uint32_t>(Id::RemovePersistentLogin) ||
      in.size() < iscsi::RemovePersistentLogin_IN_SIZE ||
      out.size() < iscsi::RemovePersistentLogin_OUT_SIZE) {
    return {};
  }
  std::uint32_t status = 0;
  std::memcpy(&status, out.data(), sizeof status);
  if (!is_miss(status)) return {};
  alignas(8) std::array<std::uint8_t, sizeof(iscsi::RemovePersistentLogin_IN)> block{};
  std::ranges::copy(in.first(std::min(in.size(), block.size())), block.begin());
  const auto filter = filter_of(block.data());
  return filter ? adapter::explain_missed_removal(hba.logins(), *filter) : std::string();
}

const WmiClass classes::operations{.guid = &iscsi::MSiSCSI_OperationsGuid, .methods = kMethods};

BOOLEAN set_settings(Request& request, BlockChange change) {
  constexpr auto kNotStored = iscsi::ISDSC_NON_SPECIFIC_ERROR;
  constexpr auto kRefused = iscsi::ISDSC_INVALID_PARAMETER;
  auto result = std::make_shared<UCHAR>(UCHAR{SRB_STATUS_SUCCESS});
  request.device->hba->settings().modify(
      kNotStored,
      [result, change = std::move(change)](adapter::AdapterSettings& settings) mutable {
        *result = change(settings);
        return *result == SRB_STATUS_SUCCESS ? iscsi::ISDSC_SUCCESS : kRefused;
      },
      while_alive(request, [&request, result](iscsi::IsdscStatus status) {
        complete(request, status == kNotStored ? UCHAR{SRB_STATUS_ERROR} : *result, 0);
      }));
  return pend_for_nvram(request);
}

BOOLEAN logout_from_target(const MethodCall& call) {
  const auto in = iscsi::read_block<iscsi::LogoutFromTarget_IN>(call.in(), "LogoutFromTarget_IN");
  if (!in) return refuse(call);
  if (!out_fits(call, iscsi::LogoutFromTarget_OUT_SIZE)) return FALSE;
  Request& request = call.request;
  return pend(request,
              call.hba().logout(SessionId{in->UniqueSessionId},
                                [&request, out = call.buffer.data()](iscsi::IsdscStatus status) {
                                  auto answered = zeroed<iscsi::LogoutFromTarget_OUT>();
                                  answered.Status = status;
                                  answer(request, out, answered, iscsi::LogoutFromTarget_OUT_SIZE);
                                }));
}

BOOLEAN remove_persistent_login(const MethodCall& call) {
  if (call.in_size < iscsi::RemovePersistentLogin_IN_SIZE) return refuse(call);
  if (!out_fits(call, iscsi::RemovePersistentLogin_OUT_SIZE)) return FALSE;
  auto wanted = filter_of(call.buffer.data());
  if (!wanted) return refuse(call);
  const adapter::RemoveFilter& filter = *wanted;
  Request& request = call.request;
  auto finish = [&request, out = call.buffer.data(), filter](iscsi::IsdscStatus status) {
    if (is_miss(status)) request.device->hba->set_missed_removal(filter);
    auto answered = zeroed<iscsi::RemovePersistentLogin_OUT>();
    answered.Status = status;
    answer(request, out, answered, iscsi::RemovePersistentLogin_OUT_SIZE);
  };
  if (filter.portal.address.type > IpAddress::Type::empty) {
    finish(iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED);
    return FALSE;
  }
  if (!filter.port.is_any_or_all() && filter.port.value >= call.hba().config().ports.size()) {
    finish(iscsi::ISDSC_INVALID_PORT_NUMBER);
    return FALSE;
  }
  call.hba().logins().remove(filter, while_alive(request, [finish](adapter::StoreResult result) {
                               finish(status_of_removal(result));
                             }));
  return pend_for_nvram(request);
}

BOOLEAN send_targets(const MethodCall& call) {
  const auto in = iscsi::read_block<iscsi::SendTargets_IN>(call.in(), "SendTargets_IN");
  if (!in) return refuse(call);
  const auto wide = iscsi::read_fixed_string(in->SendTargetsText, "SendTargets_IN.SendTargetsText");
  if (!wide) return refuse(call);
  TargetCall target(call, Id::SendTargets);
  if (target.answered_before()) return FALSE;
  return pend(call.request,
              call.hba().send_targets(
                  SessionId{in->UniqueSessionId}, wmi::to_utf8(*wide),
                  [target = std::move(target)](iscsi::IsdscStatus status, const Bytes& response) {
                    auto head = zeroed<iscsi::SendTargets_OUT>();
                    head.Status = status;
                    head.ResponseSize = static_cast<std::uint32_t>(response.size());
                    Bytes out(iscsi::send_targets_out_size(response.size()));
                    std::memcpy(out.data(), &head, iscsi::send_targets_out_size(0));
                    std::ranges::copy(response, out.begin() + iscsi::send_targets_out_size(0));
                    target.answer(std::move(out));
                  }));
}

}  // namespace hbalab::miniport
