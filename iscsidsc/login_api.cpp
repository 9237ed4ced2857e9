// Sessions and connections: made and ended.
#include <algorithm>

#include "iscsidsc/ike_keys.hpp"
#include "iscsidsc/login.hpp"
#include "iscsidsc/targets.hpp"
#include "iscsiop/builders.hpp"
#include "iscsiop/enums.hpp"

namespace hbalab::dsc {
namespace {

using Operation = iscsi::MSiSCSI_OperationsMethod;

// What there is to try, in this order.
struct Way {
  std::string initiator;
  TargetPortal portal;
};

// Adapters that have found the target come first, then those that reach its portal.
std::vector<std::string> order(Initiators& initiators, std::vector<std::string> names,
                               const KnownTarget& target, const TargetPortal& portal) {
  if (names.size() < 2) return names;
  const auto found_by = [&](const std::string& name) {
    return std::ranges::any_of(target.instances, [&](const TargetInstance& instance) {
      return narrow(instance.initiator) == name;
    });
  };
  const auto others = std::ranges::stable_partition(names, found_by);
  if (others.begin() != names.begin()) return names;
  TargetPortal probe = portal;
  if (probe.empty()) {
    const auto portals = portals_through(target, {});
    if (!portals.empty()) probe = portals.front();
  }
  return by_reach(initiators, std::move(names), probe);
}

std::vector<Way> ways(Initiators& initiators, std::vector<std::string> names,
                      const KnownTarget& target, const TargetPortal& portal) {
  std::vector<Way> list;
  for (std::string& name : order(initiators, std::move(names), target, portal)) {
    if (!portal.empty()) {
      list.push_back({name, portal});
      continue;
    }
    const auto portals = portals_through(target, name);
    for (const TargetPortal& at : portals) list.push_back({name, at});
    // The adapter may know what the service does not.
    if (portals.empty()) list.push_back({name, {}});
  }
  return list;
}

// A persistent login is stored where the first way leads: nobody logs in now, so that nothing tells
// whether another one would do better.
ISDSC_STATUS log_in_somehow(Initiators& initiators, LoginRequest& request,
                            const std::vector<Way>& list, std::string& through, LoginIds& ids) {
  ISDSC_STATUS first_failure = ISDSC_SUCCESS;
  for (const Way& way : list) {
    request.portal = way.portal;
    const auto status = log_in(initiators, way.initiator, request, ids);
    through = way.initiator;
    if (status == ISDSC_SUCCESS || request.persistent || !unreachable(status)) return status;
    if (first_failure == ISDSC_SUCCESS) first_failure = status;
  }
  return first_failure;
}

// What is set for the target in the list of static targets stands in for what the caller leaves
// out.
void take_defaults(const KnownTarget& target, LoginRequest& request) {
  if (!target.configured) return;
  if (!request.options.given) request.options = target.configured->options;
  if (!request.mapping) request.mapping = target.configured->mapping;
}

ISDSC_STATUS give_ids(Initiators& initiators, const std::string& initiator, const LoginIds& ids,
                      PISCSI_UNIQUE_SESSION_ID session, PISCSI_UNIQUE_CONNECTION_ID connection) {
  ULONGLONG adapter = 0;
  if (ids.session != 0) {
    const auto id = initiators.adapter_id(initiator);
    if (!id) return id.error();
    adapter = *id;
  }
  if (session != nullptr) *session = {adapter, ids.session};
  if (connection != nullptr) *connection = {adapter, ids.connection};
  return ERROR_SUCCESS;
}

template <typename V>
ISDSC_STATUS login_iscsi_target(
    const typename V::Char* target_name, BOOLEAN informational,
    const typename V::Char* initiator_instance, ULONG port, const typename V::Portal* target_portal,
    ISCSI_SECURITY_FLAGS security_flags, const typename V::Mapping* mappings,
    const ISCSI_LOGIN_OPTIONS* login_options, ULONG key_size, const void* key, BOOLEAN persistent,
    PISCSI_UNIQUE_SESSION_ID session, PISCSI_UNIQUE_CONNECTION_ID connection) {
  auto target = read_text(target_name, kMaxName);
  auto instance = read_text(initiator_instance, kMaxInstance);
  auto portal = read_portal(target_portal);
  auto mapping = read_mapping(mappings);
  auto options = read_options(login_options);
  auto key_bytes = read_bytes(key_size, key);
  if (!target || !instance || !portal || !mapping || !options || !key_bytes || target->empty()) {
    return ERROR_INVALID_PARAMETER;
  }
  if (instance->empty() && port != ISCSI_ANY_INITIATOR_PORT) return ERROR_INVALID_PARAMETER;
  // A login that is only saved has no ids.
  if (!persistent && (session == nullptr || connection == nullptr)) return ERROR_INVALID_PARAMETER;

  Initiators initiators;
  auto names = initiators.named(*instance);
  if (!names) return names.error();
  if (names->empty()) return ISDSC_INITIATOR_NOT_FOUND;
  const auto known = find_target(*target);
  if (!known) return known.error();

  LoginRequest request;
  request.target = *target;
  request.session_type =
      informational ? iscsi::ISCSI_LOGINTARGET_INFORMATIONAL : iscsi::ISCSI_LOGINTARGET_DATA;
  request.port = port;
  request.security_flags = security_flags;
  request.mapping = *std::move(mapping);
  request.options = *std::move(options);
  request.key = *std::move(key_bytes);
  request.persistent = persistent != 0;
  take_defaults(*known, request);
  std::string through;
  LoginIds ids;
  const auto status = log_in_somehow(
      initiators, request, ways(initiators, *std::move(names), *known, *portal), through, ids);
  if (status != ISDSC_SUCCESS) return status;
  return give_ids(initiators, through, ids, session, connection);
}

ISDSC_STATUS logout_iscsi_target(const ISCSI_UNIQUE_SESSION_ID* session) {
  if (const auto bad = require(session)) return bad;
  Initiators initiators;
  const auto initiator = initiators.of_session(*session);
  if (!initiator) return initiator.error();
  return log_out(initiators, *initiator, session->AdapterSpecific);
}

template <typename V>
ISDSC_STATUS add_iscsi_connection(const ISCSI_UNIQUE_SESSION_ID* session, const void*, ULONG port,
                                  const typename V::Portal* target_portal,
                                  ISCSI_SECURITY_FLAGS security_flags,
                                  const ISCSI_LOGIN_OPTIONS* login_options, ULONG key_size,
                                  const void* key, PISCSI_UNIQUE_CONNECTION_ID connection) {
  auto portal = read_portal(target_portal);
  auto options = read_options(login_options);
  const auto key_bytes = read_bytes(key_size, key);
  if (session == nullptr || !portal || !options || !key_bytes) return ERROR_INVALID_PARAMETER;
  Initiators initiators;
  const auto initiator = initiators.of_session(*session);
  if (!initiator) return initiator.error();

  const auto sent_key = key_of_login(*key_bytes, *initiator, port, security_flags);
  SecretBytes in(iscsi::add_connection_in_size(sent_key.size(), options->username.size(),
                                               options->password.size()));
  iscsi::BlockWriter writer(in);
  auto head = iscsi::append_add_connection_in(
      writer, {.key = sent_key, .username = options->username, .password = options->password});
  if (!head) return ERROR_INVALID_PARAMETER;
  (*head)->UniqueAdapterId = session->AdapterUnique;
  (*head)->UniqueSessionId = session->AdapterSpecific;
  (*head)->SecurityFlags = security_flags;
  (*head)->PortNumber = port;
  to_wmi(*options, (*head)->LoginOptions);
  put_portal(*portal, (*head)->TargetPortal);
  Block block;
  const auto status =
      initiators.operation(*initiator, Operation::AddConnectionToSession, in, &block);
  if (status != ISDSC_SUCCESS) return status;
  const auto out = iscsi::read_block<iscsi::AddConnectionToSession_OUT>(
      block, "AddConnectionToSession_OUT", iscsi::AddConnectionToSession_OUT_SIZE);
  if (!out) return ISDSC_NON_SPECIFIC_ERROR;
  if (connection != nullptr) *connection = {session->AdapterUnique, out->UniqueConnectionId};
  return ERROR_SUCCESS;
}

ISDSC_STATUS remove_iscsi_connection(const ISCSI_UNIQUE_SESSION_ID* session,
                                     const ISCSI_UNIQUE_CONNECTION_ID* connection) {
  if (const auto bad = require(session, connection)) return bad;
  Initiators initiators;
  const auto initiator = initiators.of_session(*session);
  if (!initiator) return initiator.error();
  if (connection->AdapterUnique != session->AdapterUnique) return ISDSC_INVALID_CONNECTION_ID;
  Request<iscsi::RemoveConnectionFromSession_IN> in;
  in->UniqueSessionId = session->AdapterSpecific;
  in->UniqueConnectionId = connection->AdapterSpecific;
  return initiators.operation(*initiator, Operation::RemoveConnectionFromSession, in.block);
}

}  // namespace
}  // namespace hbalab::dsc

#include "iscsidsc/exports_login.inc"
