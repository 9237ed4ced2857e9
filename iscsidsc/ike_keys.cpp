#include "iscsidsc/ike_keys.hpp"

#include <algorithm>

#include "iscsidsc/initiators.hpp"

namespace hbalab::dsc {
namespace {

constexpr ULONG kAllPorts = ISCSI_ALL_INITIATOR_PORTS;

// Identification payloads of RFC 2407 4.6.2.
ISDSC_STATUS check_identity(const IkeKey& key) {
  std::size_t least = 1, most = 255;
  switch (key.id_type) {
    case ID_IPV4_ADDR:
      least = most = 4;
      break;
    case ID_IPV6_ADDR:
      least = most = 16;
      break;
    case ID_FQDN:
    case ID_USER_FQDN:
      break;
    default:
      return ISDSC_IKE_ID_PAYLOAD_TYPE_NOT_SUPPORTED;
  }
  return key.id.size() >= least && key.id.size() <= most ? ISDSC_STATUS{ISDSC_SUCCESS}
                                                         : ISDSC_STATUS{ERROR_INVALID_PARAMETER};
}

bool same_identity(const IkeKey& a, const IkeKey& b) {
  return a.id_type == b.id_type && a.id == b.id;
}

// That of the port, else that of all ports; for all ports else that of the lowest port. Of several
// the first.
template <typename Matches>
const IkeKey* find(const std::vector<IkeKey>& keys, ULONG port, const Matches& matches) {
  const auto rank = [port](const IkeKey& key) -> std::uint64_t {
    if (key.port == port) return 0;
    return key.port == kAllPorts ? 1 : std::uint64_t{2} + key.port;
  };
  const IkeKey* found = nullptr;
  for (const IkeKey& key : keys) {
    const bool counts = port == kAllPorts || key.port == port || key.port == kAllPorts;
    if (!counts || !matches(key)) continue;
    if (found == nullptr || rank(key) < rank(*found)) found = &key;
  }
  return found;
}

}  // namespace

ISDSC_STATUS keep_key(const IkeKey& key) {
  if (const auto bad = check_identity(key)) return bad;
  return write_state([&](State& state) -> ISDSC_STATUS {
    bool gone = false;
    for (const IkeKey& kept : state.ike_keys(key.initiator)) {
      // A key of all ports takes the place of what single ports have.
      const bool meant = key.port == kAllPorts || kept.port == key.port;
      if (meant && same_identity(kept, key)) gone = state.erase_ike_key(kept) || gone;
    }
    if (!key.key.empty()) {
      state.put_ike_key(key);
      return ISDSC_SUCCESS;
    }
    return gone ? ISDSC_SUCCESS : ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE;
  });
}

Outcome<IkeKey> kept_key(const IkeKey& wanted) {
  if (const auto bad = check_identity(wanted)) return std::unexpected(bad);
  std::vector<IkeKey> keys;
  const auto read = read_state([&](State& state) {
    keys = state.ike_keys(wanted.initiator);
    return ISDSC_SUCCESS;
  });
  if (read != ISDSC_SUCCESS) return std::unexpected(read);
  const auto* const found =
      find(keys, wanted.port, [&](const IkeKey& key) { return same_identity(key, wanted); });
  if (found == nullptr) return std::unexpected(ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE);
  return *found;
}

SecretBytes key_of_login(const SecretBytes& given, const std::string& initiator, ULONG port,
                         ULONGLONG security_flags) {
  constexpr ULONGLONG kDemands = ISCSI_SECURITY_FLAG_VALID | ISCSI_SECURITY_FLAG_IKE_IPSEC_ENABLED;
  if (!given.empty() || (security_flags & kDemands) != kDemands) return given;
  std::vector<IkeKey> keys;
  // Without the list the adapter says what it lacks.
  (void)read_state([&](State& state) {
    keys = state.ike_keys(wide(initiator));
    return ISDSC_SUCCESS;
  });
  const auto* const found = find(keys, port, [](const IkeKey&) { return true; });
  return found == nullptr ? SecretBytes() : found->key;
}

}  // namespace hbalab::dsc
