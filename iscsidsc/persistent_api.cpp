// Logins that adapters store.
#include <algorithm>

#include "hba-sim/wmi_types.hpp"
#include "iscsidsc/image.hpp"
#include "iscsidsc/login.hpp"
#include "iscsidsc/mappings.hpp"

namespace hbalab::dsc {
namespace {

using Operation = iscsi::MSiSCSI_OperationsMethod;

template <typename V>
typename V::PersistentLogin login_info(const iscsi::PersistentLoginView& login,
                                       const std::string& initiator) {
  typename V::PersistentLogin info{};
  write_member<V>(info.TargetName, member_text(login.head->TargetName));
  info.IsInformationalSession = login.head->IsInformationalSession;
  write_member<V>(info.InitiatorInstance, wide(initiator));
  info.InitiatorPortNumber = login.head->InitiatorPortNumber;
  TargetPortal portal;
  if (const auto stored = from_wmi(login.head->TargetPortal)) {
    portal = from_ip(stored->address, stored->socket);
    if (portal.socket == 0) portal.socket = hbalab::Portal::kDefaultSocket;
  }
  write_portal<V>(portal, info.TargetPortal);
  info.SecurityFlags = login.head->SecurityFlags;
  info.LoginOptions = write_options(from_wmi(login.head->LoginOptions));
  return info;
}

template <typename V>
ISDSC_STATUS report_iscsi_persistent_logins(PULONG count, typename V::PersistentLogin* buffer,
                                            PULONG size) {
  if (const auto bad = require(count, size)) return bad;
  Initiators initiators;
  const auto names = initiators.all();
  if (!names) return names.error();
  std::vector<Block> blocks;  // the views point into them
  std::vector<std::pair<const std::string*, iscsi::PersistentLoginView>> logins;
  blocks.reserve(names->size());
  for (const std::string& name : *names) {
    auto block = initiators.query_if_there(iscsi::MSiSCSI_PersistentLoginsGuid, name);
    if (!block) return block.error();
    if (!*block) continue;
    blocks.push_back(**std::move(block));
    const auto view = view_of<iscsi::PersistentLoginsView>(blocks.back());
    if (!view) return view.error();
    for (const auto& login : view->logins) logins.emplace_back(&name, login);
  }
  std::vector<TargetMapping> mappings;
  std::vector<std::size_t> mapped;  // which logins have them; for others the adapter chooses
  for (std::size_t i = 0; i < logins.size(); ++i) {
    const auto& [name, login] = logins[i];
    if (login.mapping.luns.empty()) continue;
    mappings.push_back(mapping_of(login.mapping, *name, 0));
    mapped.push_back(i);
  }
  *count = static_cast<ULONG>(logins.size());
  return deliver(size, buffer, [&](Image& image) {
    using Info = typename V::PersistentLogin;
    const auto at = image.reserve<Info>(logins.size());
    for (std::size_t i = 0; i < logins.size(); ++i) {
      image.put(at, i, [&] { return login_info<V>(logins[i].second, *logins[i].first); });
    }
    const auto first = append_mappings<V>(image, mappings);
    for (std::size_t i = 0; i < mapped.size(); ++i) {
      image.point(at + mapped[i] * sizeof(Info) + offsetof(Info, Mappings),
                  first + i * sizeof(typename V::Mapping));
    }
  });
}

ISDSC_STATUS remove(Initiators& initiators, const std::string& initiator, const Bytes& in) {
  return initiators.operation(initiator, Operation::RemovePersistentLogin, in);
}

template <typename V>
ISDSC_STATUS remove_iscsi_persistent_target(const typename V::Char* initiator_instance, ULONG port,
                                            const typename V::Char* target_name,
                                            const typename V::Portal* given_portal) {
  const auto instance = read_text(initiator_instance, kMaxInstance);
  const auto target = read_text(target_name, kMaxName);
  const auto portal = read_portal(given_portal);
  if (!instance || !target || !portal || target->empty()) return ERROR_INVALID_PARAMETER;
  Request<iscsi::RemovePersistentLogin_IN> in(iscsi::RemovePersistentLogin_IN_SIZE);
  in->PortNumber = port;
  put_text(in->TargetName, *target);
  put_portal(*portal, in->TargetPortal);

  Initiators initiators;
  // Written as it is listed, the name leads there at once.
  if (!instance->empty()) {
    const auto status = remove(initiators, narrow(*instance), in.block);
    if (status != ISDSC_INITIATOR_NOT_FOUND) return status;
  }
  const auto names = initiators.named(*instance);
  if (!names) return names.error();
  if (!instance->empty()) return remove(initiators, names->front(), in.block);
  Summary summary;
  bool portal_missing = false;
  for (const std::string& name : *names) {
    const auto status = remove(initiators, name, in.block);
    portal_missing = portal_missing || status == ISDSC_PORTAL_NOT_FOUND;
    summary.add(status, status == ISDSC_TARGET_NOT_FOUND || status == ISDSC_PORTAL_NOT_FOUND ||
                            status == ISDSC_INVALID_PORT_NUMBER ||
                            status == ISDSC_REQUEST_NOT_SUPPORTED);
  }
  const auto status = summary.status(ISDSC_TARGET_NOT_FOUND);
  // The nearest miss says most.
  return portal_missing && status == ISDSC_TARGET_NOT_FOUND ? ISDSC_PORTAL_NOT_FOUND : status;
}

}  // namespace
}  // namespace hbalab::dsc

#include "iscsidsc/exports_persistent.inc"
