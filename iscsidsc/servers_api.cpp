// Servers that adapters ask: iSNS servers for targets, RADIUS servers for CHAP. The service keeps
// the lists; adapters that can ask such a server are told of it.
#include "hba-sim/wmi_types.hpp"
#include "iscsidsc/discovery.hpp"
#include "iscsidsc/image.hpp"
#include "iscsidsc/initiators.hpp"
#include "iscsidsc/state.hpp"
#include "iscsiop/enums.hpp"

namespace hbalab::dsc {
namespace {

using Operation = iscsi::MSiSCSI_OperationsMethod;
using Texts = State::Texts;

struct ServerKind {
  Texts list;
  std::uint32_t functionality;  // ISCSI_HBA_FUNCTIONALITY of adapters that ask such servers
  Operation add, remove;
  Bytes (*request)(const std::u16string& address);
  std::size_t longest;
};

// Both methods of a kind take the server and nothing else.
Bytes isns_request(const std::u16string& address) {
  Request<iscsi::AddiSNSServer_IN> in;
  put_text(in->iSNSServerName, address);
  return in.block;
}
Bytes radius_request(const std::u16string& address) {
  Request<iscsi::AddRADIUSServer_IN> in(iscsi::AddRADIUSServer_IN_SIZE);
  to_wmi(IpAddress::from_text(narrow(address)), in->RADIUSIPAddress);
  return in.block;
}

const ServerKind kIsns{Texts::isns_servers,
                       iscsi::ISCSI_HBA_ISNS_DISCOVERY,
                       Operation::AddiSNSServer,
                       Operation::RemoveiSNSServer,
                       isns_request,
                       MAX_ISCSI_NAME_LEN};
const ServerKind kRadius{Texts::radius_servers,
                         iscsi::ISCSI_HBA_CHAP_VIA_RADIUS,
                         Operation::AddRADIUSServer,
                         Operation::RemoveRADIUSServer,
                         radius_request,
                         MAX_RADIUS_ADDRESS_LEN - 1};

// An IP address or a DNS name, in the way in which it compares.
template <typename Char>
Outcome<std::u16string> read_server(const Char* given, const ServerKind& kind) {
  auto text = read_text(given, kind.longest);
  if (!text || text->empty()) return std::unexpected(ERROR_INVALID_PARAMETER);
  const auto portal = hbalab::Portal::from_text(narrow(*text));
  // A name or an address, without a port.
  if (!portal || portal->address.canonical() != IpAddress::from_text(narrow(*text)).canonical()) {
    return std::unexpected(ERROR_INVALID_PARAMETER);
  }
  return wide(portal->address.canonical());
}

// Tells the adapters that can ask such a server.
ISDSC_STATUS tell(Initiators& initiators, const ServerKind& kind, Operation method,
                  const std::u16string& address) {
  const auto names = initiators.all();
  if (!names) return names.error();
  Summary summary;
  for (const std::string& name : *names) {
    const auto functionality = initiators.functionality(name);
    if (!functionality || (*functionality & kind.functionality) == 0) continue;
    const auto status = initiators.operation(name, method, kind.request(address));
    // The adapter may have had the server before the service, or lost it.
    const bool missing = status == ISDSC_ISNS_SERVER_NOT_FOUND || status == ISDSC_NOT_FOUND;
    summary.add(missing ? ISDSC_SUCCESS : status, status == ISDSC_REQUEST_NOT_SUPPORTED);
  }
  return summary.status(ISDSC_SUCCESS);
}

ISDSC_STATUS add(const ServerKind& kind, const std::u16string& address) {
  Initiators initiators;
  const auto told = tell(initiators, kind, kind.add, address);
  if (!is_done(told)) return told;
  const auto saved = write_state([&](State& state) {
    state.put_text(kind.list, address);
    return ISDSC_SUCCESS;
  });
  return saved != ISDSC_SUCCESS ? saved : told;
}

ISDSC_STATUS remove(const ServerKind& kind, const std::u16string& address,
                    ISDSC_STATUS not_listed) {
  Initiators initiators;
  if (const auto names = initiators.all(); !names) return names.error();
  const auto removed = write_state([&](State& state) -> ISDSC_STATUS {
    return state.erase_text(kind.list, address) ? ISDSC_SUCCESS : not_listed;
  });
  if (removed != ISDSC_SUCCESS) return removed;
  return tell(initiators, kind, kind.remove, address);
}

template <typename V>
ISDSC_STATUS report(const ServerKind& kind, PULONG size, typename V::Char* buffer) {
  if (const auto bad = require(size)) return bad;
  Initiators initiators;
  if (const auto names = initiators.all(); !names) return names.error();
  std::vector<std::u16string> list;
  const auto read = read_state([&](State& state) {
    list = state.texts(kind.list);
    return ISDSC_SUCCESS;
  });
  if (read != ISDSC_SUCCESS) return read;
  return deliver_strings<V>(list, size, buffer);
}

// Adapters that ask iSNS servers tell what they found.
ISDSC_STATUS take_over(Initiators& initiators) {
  const auto names = initiators.all();
  if (!names) return names.error();
  Summary summary;
  for (const std::string& name : *names) {
    const auto functionality = initiators.functionality(name);
    if (!functionality || (*functionality & kIsns.functionality) == 0) continue;
    const auto status = refresh_adapter(initiators, name);
    summary.add(status, status == ISDSC_REQUEST_NOT_SUPPORTED);
  }
  return summary.status(ISDSC_SUCCESS);
}

template <typename V>
ISDSC_STATUS add_isns_server(const typename V::Char* given) {
  const auto address = read_server(given, kIsns);
  if (!address) return address.error();
  const auto added = add(kIsns, *address);
  if (added != ISDSC_SUCCESS) return added;
  Initiators initiators;
  return take_over(initiators);
}

template <typename V>
ISDSC_STATUS remove_isns_server(const typename V::Char* given) {
  const auto address = read_server(given, kIsns);
  return address ? remove(kIsns, *address, ISDSC_ISNS_SERVER_NOT_FOUND) : address.error();
}

template <typename V>
ISDSC_STATUS refresh_isns_server(const typename V::Char* given) {
  const auto address = read_server(given, kIsns);
  if (!address) return address.error();
  Initiators initiators;
  if (const auto names = initiators.all(); !names) return names.error();
  const auto listed = read_state([&](State& state) -> ISDSC_STATUS {
    return state.has_text(kIsns.list, *address) ? ISDSC_SUCCESS : ISDSC_ISNS_SERVER_NOT_FOUND;
  });
  return listed != ISDSC_SUCCESS ? listed : take_over(initiators);
}

template <typename V>
ISDSC_STATUS report_isns_server_list(PULONG size, typename V::Char* buffer) {
  return report<V>(kIsns, size, buffer);
}

template <typename V>
ISDSC_STATUS add_radius_server(const typename V::Char* given) {
  const auto address = read_server(given, kRadius);
  return address ? add(kRadius, *address) : address.error();
}

template <typename V>
ISDSC_STATUS remove_radius_server(const typename V::Char* given) {
  const auto address = read_server(given, kRadius);
  return address ? remove(kRadius, *address, ISDSC_NOT_FOUND) : address.error();
}

template <typename V>
ISDSC_STATUS report_radius_server_list(PULONG size, typename V::Char* buffer) {
  return report<V>(kRadius, size, buffer);
}

}  // namespace
}  // namespace hbalab::dsc

#include "iscsidsc/exports_servers.inc"
