// Portals that are asked for targets.
#include "iscsidsc/discovery.hpp"
#include "iscsidsc/image.hpp"
#include "iscsidsc/initiators.hpp"
#include "iscsidsc/state.hpp"

namespace hbalab::dsc {
namespace {

// What all functions of the family have in common. Without an instance there is no port to choose.
template <typename V>
Outcome<SendTargetPortal> read_entry(const typename V::Char* initiator, ULONG port,
                                     const typename V::Portal* given) {
  SendTargetPortal entry;
  auto name = read_text(initiator, kMaxInstance);
  auto portal = read_portal(given);
  if (!name || !portal || portal->empty()) return std::unexpected(ERROR_INVALID_PARAMETER);
  if (name->empty() && port != ISCSI_ALL_INITIATOR_PORTS) {
    return std::unexpected(ERROR_INVALID_PARAMETER);
  }
  entry.initiator = *std::move(name);
  entry.port = port;
  entry.portal = *std::move(portal);
  return entry;
}

// Those of the list that are meant: the very one, or, where no instance is named, all with the
// portal.
std::vector<SendTargetPortal> meant(State& state, const SendTargetPortal& entry) {
  std::vector<SendTargetPortal> exact, same_portal;
  for (SendTargetPortal& listed : state.portals()) {
    if (State::source_of(listed) == State::source_of(entry)) exact.push_back(listed);
    if (listed.portal.canonical() == entry.portal.canonical()) {
      same_portal.push_back(std::move(listed));
    }
  }
  if (!exact.empty() || !entry.initiator.empty()) return exact;
  return same_portal;
}

template <typename V>
ISDSC_STATUS add_iscsi_send_target_portal(const typename V::Char* initiator, ULONG port,
                                          const ISCSI_LOGIN_OPTIONS* given_options,
                                          ISCSI_SECURITY_FLAGS security_flags,
                                          const typename V::Portal* portal) {
  auto entry = read_entry<V>(initiator, port, portal);
  auto options = read_options(given_options);
  if (!entry) return entry.error();
  if (!options) return options.error();
  entry->options = *std::move(options);
  entry->security_flags = security_flags;
  Initiators initiators;
  const auto names = initiators.named(entry->initiator);
  if (!names) return names.error();
  if (!entry->initiator.empty()) entry->initiator = wide(names->front());
  const auto added = write_state([&](State& state) -> ISDSC_STATUS {
    if (state.has_portal(*entry)) return ISDSC_TARGET_PORTAL_ALREADY_EXISTS;
    state.put_portal(*entry);
    return ISDSC_SUCCESS;
  });
  if (added != ISDSC_SUCCESS) return added;
  // The portal stays in the list, whatever comes of this.
  return discover(initiators, *entry);
}

template <typename V>
ISDSC_STATUS remove_iscsi_send_target_portal(const typename V::Char* initiator, ULONG port,
                                             const typename V::Portal* portal) {
  const auto entry = read_entry<V>(initiator, port, portal);
  if (!entry) return entry.error();
  Initiators initiators;
  // An adapter that is no longer there does not keep its portals in the list.
  if (const auto names = initiators.all(); !names) return names.error();
  return write_state([&](State& state) -> ISDSC_STATUS {
    const auto entries = meant(state, *entry);
    if (entries.empty()) return ISDSC_PORTAL_NOT_FOUND;
    for (const SendTargetPortal& listed : entries) {
      state.erase_portal(listed);
      state.replace_discovered(State::source_of(listed), {});
    }
    return ISDSC_SUCCESS;
  });
}

template <typename V>
ISDSC_STATUS refresh_iscsi_send_target_portal(const typename V::Char* initiator, ULONG port,
                                              const typename V::Portal* portal) {
  auto entry = read_entry<V>(initiator, port, portal);
  if (!entry) return entry.error();
  std::vector<SendTargetPortal> entries;
  const auto read = read_state([&](State& state) {
    entries = meant(state, *entry);
    return ISDSC_SUCCESS;
  });
  if (read != ISDSC_SUCCESS) return read;
  // A portal that is not in the list is asked all the same, without options.
  if (entries.empty()) entries.push_back(*std::move(entry));
  Initiators initiators;
  Summary summary;
  for (const SendTargetPortal& listed : entries) summary.add(discover(initiators, listed));
  return summary.status(ISDSC_PORTAL_NOT_FOUND);
}

// The list as it is now, where the service runs.
Outcome<std::vector<SendTargetPortal>> listed_portals() {
  Initiators initiators;
  if (const auto names = initiators.all(); !names) return std::unexpected(names.error());
  std::vector<SendTargetPortal> portals;
  const auto read = read_state([&](State& state) {
    portals = state.portals();
    return ISDSC_SUCCESS;
  });
  if (read != ISDSC_SUCCESS) return std::unexpected(read);
  return portals;
}

template <typename V, typename Info>
void write_entry(const SendTargetPortal& entry, Info& out) {
  write_member<V>(out.InitiatorName, entry.initiator);
  out.InitiatorPortNumber = entry.port;
  write_portal<V>(entry.portal, out);
}

template <typename V>
ISDSC_STATUS report_iscsi_send_target_portals(PULONG count, typename V::PortalInfo* buffer) {
  if (const auto bad = require(count)) return bad;
  const auto portals = listed_portals();
  if (!portals) return portals.error();
  std::vector<typename V::PortalInfo> list(portals->size());
  for (std::size_t i = 0; i < list.size(); ++i) write_entry<V>((*portals)[i], list[i]);
  return deliver_elements(list, count, buffer);
}

template <typename V>
ISDSC_STATUS report_iscsi_send_target_portals_ex(PULONG count, PULONG size,
                                                 typename V::PortalInfoEx* buffer) {
  if (const auto bad = require(count, size)) return bad;
  const auto portals = listed_portals();
  if (!portals) return portals.error();
  *count = static_cast<ULONG>(portals->size());
  return deliver(size, buffer, [&](Image& image) {
    for (const SendTargetPortal& entry : *portals) {
      typename V::PortalInfoEx info{};
      write_entry<V>(entry, info);
      info.SecurityFlags = entry.security_flags;
      info.LoginOptions = write_options(entry.options);
      image.append(info);
    }
  });
}

}  // namespace
}  // namespace hbalab::dsc

#include "iscsidsc/exports_send_targets.inc"
