// Logins that ask for IPsec. The networks of the fabric carry no IKE, so that none of them
// succeeds; none is made in the clear instead.
#include <algorithm>
#include <string_view>

#include "hba-sim/adapter/hba_core.hpp"
#include "iscsiop/enums.hpp"

namespace hbalab::adapter {

iscsi::IsdscStatus HbaCore::check_ipsec(const PersistentLogin& login) const {
  constexpr auto kAsked =
      iscsi::ISCSI_SECURITY_FLAG_VALID | iscsi::ISCSI_SECURITY_FLAG_IKE_IPSEC_ENABLED;
  if ((login.security_flags & kAsked) != kAsked) return iscsi::ISDSC_SUCCESS;
  const auto has = [&](std::string_view name) {
    const auto& all = options_.config.functionality;
    return std::ranges::find(all, name) != all.end();
  };
  if (!has("ISCSI_HBA_PRESHARED_KEY_CACHE") && !has("ISCSI_HBA_IPSEC_TUNNEL_MODE"))
    return iscsi::ISDSC_REQUEST_NOT_SUPPORTED;
  if (login.key.empty()) {
    const IpsecSettings& cache = settings_.now().ipsec;
    if (!cache.damaged.empty()) return iscsi::ISDSC_CACHE_CORRUPTED;
    if (!cache.has_key_for(login.port)) return iscsi::ISDSC_NO_AUTH_INFO_AVAILABLE;
  }
  return iscsi::ISDSC_FAILED_TO_CONFIGURE_IPSEC;
}

}  // namespace hbalab::adapter
