#include "hba-sim/miniport/convert.hpp"

#include <algorithm>

#include "hba-sim/lab/config_rules.hpp"
#include "iscsiop/enums.hpp"

namespace hbalab::miniport {
namespace {

// Lab files name functionality as the header does.
struct Functionality {
  std::string_view name;
  std::uint32_t flag;
};
#define HBALAB_FUNCTIONALITY(flag) {#flag, iscsi::flag}
constexpr Functionality kFunctionality[] = {
    HBALAB_FUNCTIONALITY(ISCSI_HBA_PRESHARED_KEY_CACHE),
    HBALAB_FUNCTIONALITY(ISCSI_HBA_ISCSI_AUTHENTICATION_CACHE),
    HBALAB_FUNCTIONALITY(ISCSI_HBA_IPSEC_TUNNEL_MODE),
    HBALAB_FUNCTIONALITY(ISCSI_HBA_CHAP_VIA_RADIUS),
    HBALAB_FUNCTIONALITY(ISCSI_HBA_ISNS_DISCOVERY),
    HBALAB_FUNCTIONALITY(ISCSI_HBA_SLP_DISCOVERY),
};
#undef HBALAB_FUNCTIONALITY

}  // namespace

std::uint32_t functionality(const adapter::Hba& hba) {
  const auto& names = hba.config().functionality;
  std::uint32_t flags = 0;
  for (const Functionality& entry : kFunctionality) {
    if (std::ranges::find(names, entry.name) != names.end()) flags |= entry.flag;
  }
  return flags;
}

std::expected<std::string, iscsi::IsdscStatus> server_address(const IpAddress& address) {
  if (address.type > IpAddress::Type::empty)
    return std::unexpected(iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED);
  if (address.type == IpAddress::Type::empty) return std::string();
  std::string canonical = address.canonical();
  if (address.is_name() && lab::check_host_name(canonical))
    return std::unexpected(iscsi::ISDSC_INVALID_PARAMETER);
  if (canonical.empty()) return std::unexpected(iscsi::ISDSC_INVALID_PARAMETER);
  return canonical;
}

}  // namespace hbalab::miniport
