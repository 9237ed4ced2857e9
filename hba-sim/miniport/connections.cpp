// AddConnectionToSession and RemoveConnectionFromSession. What is checked of an added connection
// before anything moves, in this order: adapter, user name, authentication type, secret, address
// type, port; then by the HBA: session, its type, its state, the number of its connections, the
// rest as for a login.
#include <utility>

#include "hba-sim/miniport/convert.hpp"
#include "hba-sim/miniport/operations.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/views.hpp"

namespace hbalab::miniport {
namespace {

using iscsi::IsdscStatus;

Bytes copy(iscsi::ByteView bytes) { return {bytes.begin(), bytes.end()}; }

ViewResult<adapter::PersistentLogin> login_of(const iscsi::AddConnectionToSessionView& view) {
  auto portal = from_wmi(view.head->TargetPortal);
  if (!portal) return std::unexpected(portal.error());
  adapter::PersistentLogin login;
  login.security_flags = view.head->SecurityFlags;
  login.port.value = view.head->PortNumber;
  login.portal = *std::move(portal);
  login.options = from_wmi(view.head->LoginOptions);
  login.username = copy(view.username);
  login.password = copy(view.password);
  login.key = copy(view.key);
  return login;
}

IsdscStatus check(const adapter::Hba& hba, std::uint64_t adapter_id,
                  const adapter::PersistentLogin& login) {
  if (adapter_id != hba.unique_adapter_id()) return iscsi::ISDSC_INITIATOR_INSTANCE_NOT_FOUND;
  if (const IsdscStatus status = check_credentials(login); status != iscsi::ISDSC_SUCCESS)
    return status;
  if (login.portal.address.type > IpAddress::Type::empty)
    return iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED;
  if (!login.port.is_any_or_all() && login.port.value >= hba.config().ports.size())
    return iscsi::ISDSC_INVALID_PORT_NUMBER;
  return iscsi::ISDSC_SUCCESS;
}

}  // namespace

BOOLEAN add_connection_to_session(const MethodCall& call) {
  const auto view = iscsi::view<iscsi::AddConnectionToSessionView>(call.in());
  if (!view) return refuse(call);
  auto login = login_of(*view);
  if (!login) return refuse(call);
  if (!out_fits(call, iscsi::AddConnectionToSession_OUT_SIZE)) return FALSE;
  const SessionId session{view->head->UniqueSessionId};
  const IsdscStatus status = check(call.hba(), view->head->UniqueAdapterId, *login);
  Request& request = call.request;
  auto finish = [&request, out = call.buffer.data()](IsdscStatus result, ConnectionId connection) {
    auto answered = zeroed<iscsi::AddConnectionToSession_OUT>();
    answered.Status = result;
    answered.UniqueConnectionId = connection.value;
    answer(request, out, answered, iscsi::AddConnectionToSession_OUT_SIZE);
  };
  if (status != iscsi::ISDSC_SUCCESS) {
    finish(status, {});
    return FALSE;
  }
  return pend(request, call.hba().add_connection(session, *std::move(login), finish));
}

BOOLEAN remove_connection_from_session(const MethodCall& call) {
  const auto in = iscsi::read_block<iscsi::RemoveConnectionFromSession_IN>(
      call.in(), "RemoveConnectionFromSession_IN");
  if (!in) return refuse(call);
  if (!out_fits(call, iscsi::RemoveConnectionFromSession_OUT_SIZE)) return FALSE;
  Request& request = call.request;
  return pend(request, call.hba().remove_connection(
                           SessionId{in->UniqueSessionId}, ConnectionId{in->UniqueConnectionId},
                           [&request, out = call.buffer.data()](IsdscStatus status) {
                             auto answered = zeroed<iscsi::RemoveConnectionFromSession_OUT>();
                             answered.Status = status;
                             answer(request, out, answered,
                                    iscsi::RemoveConnectionFromSession_OUT_SIZE);
                           }));
}

}  // namespace hbalab::miniport
