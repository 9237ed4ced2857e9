#include "vds/login.hpp"

#include <algorithm>
#include <map>
#include <mutex>

#include "hba-sim/wipe.hpp"
#include "iscsidsc/login.hpp"
#include "vds/hresults.hpp"

namespace hbalab::vds {
namespace {

constexpr ULONG kFlags = VDS_ILF_REQUIRE_IPSEC | VDS_ILF_MULTIPATH_ENABLED;

// Never destroyed: a program's own threads may still be in a call when it ends.
struct Secrets {
  std::mutex mutex;
  std::map<GUID, Bytes, GuidLess> of_targets;
};
Secrets& secrets() {
  static auto* const instance = new Secrets;
  return *instance;
}

// A request whose secret does not outlive it.
struct SecretRequest : LoginRequest {
  SecretRequest() = default;
  SecretRequest(const SecretRequest&) = delete;
  SecretRequest& operator=(const SecretRequest&) = delete;
  ~SecretRequest() { wipe(secret); }
};

// The port of the adapter that has the id.
HRESULT find_port(Adapters& adapters, const LoginCall& call, std::uint32_t& port) {
  if (call.initiator_portal == GUID_NULL) return S_OK;
  const auto ports = adapters.ports(call.initiator);
  if (!ports) return to_hresult(ports.error());
  const auto found = std::ranges::find_if(*ports, [&](const InitiatorPort& candidate) {
    return initiator_portal_id(call.initiator, candidate.index) == call.initiator_portal;
  });
  if (found == ports->end()) return VDS_E_OBJECT_NOT_FOUND;
  port = found->index;
  return S_OK;
}

// Names instead of ids.
HRESULT resolve(Adapters& adapters, const LoginCall& call, LoginRequest& request) {
  const auto target = adapters.find_target(call.target);
  if (!target) return to_hresult(target.error());
  if (!*target) return VDS_E_OBJECT_NOT_FOUND;
  request.target = **target;
  if (call.target_portal != GUID_NULL) {
    const auto portal = adapters.find_portal(call.target_portal);
    if (!portal) return to_hresult(portal.error());
    if (!*portal) return VDS_E_OBJECT_NOT_FOUND;
    request.portal = **portal;
  }
  return find_port(adapters, call, request.port);
}

// Without a portal the adapter takes one that it knows. Where it knows none that answers, there are
// those of the discovery library's lists; the one that does stays in the request.
ISDSC_STATUS log_in_somehow(Adapters& adapters, const std::string& initiator,
                            LoginRequest& request) {
  const auto status = adapters.log_in(initiator, request, false);
  if (!request.portal.empty() || !dsc::unreachable(status)) return status;
  for (const Portal& portal : listed_portals(request.target, initiator)) {
    request.portal = portal;
    const auto tried = adapters.log_in(initiator, request, false);
    if (!dsc::unreachable(tried)) return tried;
  }
  request.portal = {};
  return status;
}

bool there_already(ISDSC_STATUS status) {
  return status == ISDSC_TARGET_ALREADY_LOGGED_IN || status == ISDSC_SESSION_ALREADY_EXISTS;
}

HRESULT login_failure(ISDSC_STATUS status) {
  return said_by_adapter(status) ? VDS_E_ISCSI_LOGIN_FAILED : to_hresult(status);
}

}  // namespace

HRESULT check(const LoginCall& call) {
  const bool good = call.target != GUID_NULL && call.type >= VDS_ILT_MANUAL &&
                    call.type <= VDS_ILT_BOOT && call.auth >= VDS_IAT_NONE &&
                    call.auth <= VDS_IAT_MUTUAL_CHAP && (call.flags & ~kFlags) == 0;
  return good ? S_OK : E_INVALIDARG;
}

HRESULT log_in_to_target(Operation& operation, Adapters& adapters, const LoginCall& call) {
  const bool persistent = call.type != VDS_ILT_MANUAL;
  SecretRequest request;
  if (const HRESULT bad = resolve(adapters, call, request); FAILED(bad)) return bad;
  request.login_flags = call.flags;
  request.header_digest = call.header_digest;
  request.data_digest = call.data_digest;
  request.auth_type = static_cast<std::uint32_t>(call.auth);
  if (call.auth != VDS_IAT_NONE) request.secret = remembered_target_secret(call.target);

  operation.expect(persistent ? 2 : 1);
  // A session without its persistent login is what the caller did not ask for: both, or neither.
  if (!operation.go_on_to_the_end()) return VDS_E_OPERATION_CANCELED;
  const auto status = log_in_somehow(adapters, call.initiator, request);
  operation.step_done();
  if (status != ISDSC_SUCCESS && !there_already(status)) return login_failure(status);
  if (persistent) {
    const auto stored = adapters.log_in(call.initiator, request, true);
    operation.step_done();
    if (stored != ISDSC_SUCCESS) return to_hresult(stored);
  }
  return status == ISDSC_SUCCESS ? S_OK : VDS_S_ISCSI_LOGIN_ALREAD_EXISTS;
}

void remember_target_secret(const VDS_OBJECT_ID& target, Bytes secret) {
  Secrets& known = secrets();
  const std::scoped_lock lock(known.mutex);
  Bytes& kept = known.of_targets[target];
  wipe(kept);
  kept = std::move(secret);
  if (kept.empty()) known.of_targets.erase(target);
}

Bytes remembered_target_secret(const VDS_OBJECT_ID& target) {
  Secrets& known = secrets();
  const std::scoped_lock lock(known.mutex);
  const auto entry = known.of_targets.find(target);
  return entry == known.of_targets.end() ? Bytes() : entry->second;
}

}  // namespace hbalab::vds
