// Methods of MSiSCSI_Operations that name the initiator, its secrets and its servers. Each checks
// in this order: the IN block, OUT's room, what the adapter supports, the values; what depends on
// the stored lists is decided when the change has its turn.
#include <algorithm>
#include <vector>

#include "hba-sim/adapter/login_keys.hpp"
#include "hba-sim/miniport/convert.hpp"
#include "hba-sim/miniport/operations.hpp"
#include "iscsiop/enums.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/views.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::miniport {
namespace {

using adapter::AdapterSettings;
using iscsi::IsdscStatus;

constexpr IsdscStatus kNotStored = iscsi::ISDSC_NON_SPECIFIC_ERROR;

// Reads the one string of an IN block that has nothing else.
template <typename In, std::size_t Length>
ViewResult<std::u16string> only_string(const MethodCall& call, iscsi::Le16 (In::*member)[Length],
                                       std::string_view name) {
  const auto in = iscsi::read_block<In>(call.in(), name);
  if (!in) return std::unexpected(in.error());
  return iscsi::read_fixed_string((*in).*member, name);
}

// AddiSNSServer and RemoveiSNSServer up to the change itself.
template <typename Out, typename Change>
BOOLEAN change_isns(const MethodCall& call, const ViewResult<std::u16string>& name, Change change) {
  if (!name) return refuse(call);
  if (!out_fits(call, sizeof(Out))) return FALSE;
  if (!has_functionality(call.hba(), iscsi::ISCSI_HBA_ISNS_DISCOVERY))
    return answer_status<Out>(call, iscsi::ISDSC_REQUEST_NOT_SUPPORTED);
  auto address = server_address(IpAddress::from_text(wmi::to_utf8(*name)));
  if (!address || address->empty()) return answer_status<Out>(call, iscsi::ISDSC_INVALID_PARAMETER);
  return change_settings<Out>(call, kNotStored,
                              [address = *std::move(address), change](AdapterSettings& settings) {
                                return change(settings.discovery.isns_servers, address);
                              });
}

// AddRADIUSServer and RemoveRADIUSServer up to the change itself.
template <typename In, typename Out, typename Change>
BOOLEAN change_radius(const MethodCall& call, std::string_view name, Change change) {
  const auto in = iscsi::read_block<In>(call.in(), name);
  if (!in) return refuse(call);
  const auto given = from_wmi(in->RADIUSIPAddress);
  if (!given) return refuse(call);
  if (!out_fits(call, sizeof(Out))) return FALSE;
  if (!has_functionality(call.hba(), iscsi::ISCSI_HBA_CHAP_VIA_RADIUS))
    return answer_status<Out>(call, iscsi::ISDSC_REQUEST_NOT_SUPPORTED);
  auto address = server_address(*given);
  if (!address) return answer_status<Out>(call, address.error());
  if (address->empty()) return answer_status<Out>(call, iscsi::ISDSC_INVALID_PARAMETER);
  return change_settings<Out>(call, kNotStored,
                              [address = *std::move(address), change](AdapterSettings& settings) {
                                return change(settings.radius.servers, address);
                              });
}

IsdscStatus add_server(adapter::ServerList& list, const std::string& address) {
  return list.add(address);
}

// Later logins have the name that was just set. Sessions that run under another one of the adapter
// keep it until the driver starts again.
IsdscStatus after_rename(adapter::Hba& hba) {
  const std::string now = IscsiName(hba.initiator_name()).canonical();
  std::vector<std::string> earlier{IscsiName(hba.factory_name()).canonical()};
  for (const std::string& name : hba.settings().now().nodes.names)
    earlier.push_back(IscsiName(adapter::from_wire_text(name)).canonical());
  const bool waits = std::ranges::any_of(
      earlier, [&](const std::string& name) { return name != now && hba.uses_node_name(name); });
  return waits ? iscsi::ISDSC_OPERATION_REQUIRES_REBOOT : iscsi::ISDSC_SUCCESS;
}

}  // namespace

BOOLEAN set_chap_shared_secret(const MethodCall& call) {
  using Out = iscsi::SetCHAPSharedSecret_OUT;
  const auto view = iscsi::view<iscsi::SetChapSharedSecretView>(call.in());
  if (!view) return refuse(call);
  if (!out_fits(call, iscsi::SetCHAPSharedSecret_OUT_SIZE)) return FALSE;
  const std::size_t size = view->secret.size();
  // None at all takes the secret away. A short one is of use over IPsec only.
  const bool is_short = size != 0 && size < adapter::kShortestChapSecret;
  const bool has_ipsec = has_functionality(
      call.hba(), iscsi::ISCSI_HBA_PRESHARED_KEY_CACHE | iscsi::ISCSI_HBA_IPSEC_TUNNEL_MODE);
  if ((is_short && !has_ipsec) || size > adapter::kLongestChapSecret)
    return answer_status<Out>(call, iscsi::ISDSC_INVALID_INITIATOR_CHAP_SECRET);
  return change_settings<Out>(
      call, kNotStored,
      [secret = Bytes(view->secret.begin(), view->secret.end())](AdapterSettings& settings) {
        settings.chap_secret = secret;
        return iscsi::ISDSC_SUCCESS;
      },
      [is_short](adapter::Hba&) {
        return is_short ? iscsi::ISDSC_SHORT_CHAP_SECRET : iscsi::ISDSC_SUCCESS;
      });
}

BOOLEAN set_radius_shared_secret(const MethodCall& call) {
  using Out = iscsi::SetRADIUSSharedSecret_OUT;
  const auto view = iscsi::view<iscsi::SetRadiusSharedSecretView>(call.in());
  if (!view) return refuse(call);
  if (!out_fits(call, iscsi::SetRADIUSSharedSecret_OUT_SIZE)) return FALSE;
  if (!has_functionality(call.hba(), iscsi::ISCSI_HBA_CHAP_VIA_RADIUS))
    return answer_status<Out>(call, iscsi::ISDSC_REQUEST_NOT_SUPPORTED);
  if (view->secret.size() > adapter::kLongestSharedSecret)
    return answer_status<Out>(call, iscsi::ISDSC_INVALID_PARAMETER);
  return change_settings<Out>(
      call, kNotStored,
      [secret = Bytes(view->secret.begin(), view->secret.end())](AdapterSettings& settings) {
        settings.radius.secret = secret;
        return iscsi::ISDSC_SUCCESS;
      });
}

BOOLEAN set_initiator_node_name(const MethodCall& call) {
  using In = iscsi::SetInitiatorNodeName_IN;
  using Out = iscsi::SetInitiatorNodeName_OUT;
  auto text = only_string(call, &In::CreatedInitiatorName, "SetInitiatorNodeName_IN");
  if (!text) return refuse(call);
  if (!out_fits(call, iscsi::SetInitiatorNodeName_OUT_SIZE)) return FALSE;
  IscsiName name(*std::move(text));
  if (!name.well_formed()) return answer_status<Out>(call, iscsi::ISDSC_INVALID_ISCSI_NAME);
  return change_settings<Out>(
      call, kNotStored,
      [name = std::move(name), factory = IscsiName(call.hba().factory_name())](
          AdapterSettings& settings) { return settings.nodes.add(name, factory); },
      after_rename);
}

BOOLEAN delete_initiator_node_name(const MethodCall& call) {
  using In = iscsi::DeleteInitiatorNodeName_IN;
  using Out = iscsi::DeleteInitiatorNodeName_OUT;
  auto text = only_string(call, &In::DeletedInitiatorName, "DeleteInitiatorNodeName_IN");
  if (!text) return refuse(call);
  if (!out_fits(call, iscsi::DeleteInitiatorNodeName_OUT_SIZE)) return FALSE;
  IscsiName name(*std::move(text));
  if (!name.well_formed()) return answer_status<Out>(call, iscsi::ISDSC_INVALID_ISCSI_NAME);
  return change_settings<Out>(
      call, kNotStored, [name = std::move(name), &hba = call.hba()](AdapterSettings& settings) {
        const IsdscStatus status = settings.nodes.remove(name);
        const bool in_use = status == iscsi::ISDSC_SUCCESS && hba.uses_node_name(name.canonical());
        return in_use ? iscsi::ISDSC_CONNECTION_ALREADY_EXISTS : status;
      });
}

BOOLEAN add_isns_server(const MethodCall& call) {
  using In = iscsi::AddiSNSServer_IN;
  return change_isns<iscsi::AddiSNSServer_OUT>(
      call, only_string(call, &In::iSNSServerName, "AddiSNSServer_IN"), add_server);
}

BOOLEAN remove_isns_server(const MethodCall& call) {
  using In = iscsi::RemoveiSNSServer_IN;
  return change_isns<iscsi::RemoveiSNSServer_OUT>(
      call, only_string(call, &In::iSNSServerName, "RemoveiSNSServer_IN"),
      [](adapter::ServerList& list, const std::string& address) {
        return list.remove(address) ? iscsi::ISDSC_SUCCESS : iscsi::ISDSC_ISNS_SERVER_NOT_FOUND;
      });
}

BOOLEAN add_radius_server(const MethodCall& call) {
  return change_radius<iscsi::AddRADIUSServer_IN, iscsi::AddRADIUSServer_OUT>(
      call, "AddRADIUSServer_IN", add_server);
}

BOOLEAN remove_radius_server(const MethodCall& call) {
  return change_radius<iscsi::RemoveRADIUSServer_IN, iscsi::RemoveRADIUSServer_OUT>(
      call, "RemoveRADIUSServer_IN", [](adapter::ServerList& list, const std::string& address) {
        return list.remove(address) ? iscsi::ISDSC_SUCCESS : iscsi::ISDSC_NOT_FOUND;
      });
}

}  // namespace hbalab::miniport
