// Preshared keys of identities that the service keeps for adapters that have no cache for them, and
// gives them with a login. Ports and identities are looked for as such a cache does
// (SetPresharedKeyForId, GetPresharedKeyForId).
#pragma once

#include <string>

#include "iscsidsc/errors.hpp"
#include "iscsidsc/state.hpp"

namespace hbalab::dsc {

// An empty key takes the identity out; ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE where it is not.
[[nodiscard]] ISDSC_STATUS keep_key(const IkeKey& key);
// The one of the port, else that of all ports. ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE.
[[nodiscard]] Outcome<IkeKey> kept_key(const IkeKey& wanted);

// The key that goes with a login: the given one, or, where IPsec is demanded and none was given,
// the first one that was set for the port, else for all ports. Empty where there is none.
[[nodiscard]] SecretBytes key_of_login(const SecretBytes& given, const std::string& initiator,
                                       ULONG port, ULONGLONG security_flags);

}  // namespace hbalab::dsc
