#include "iscsidsc/arguments.hpp"

#include "wmi-model/text.hpp"

namespace hbalab::dsc {
namespace {

constexpr ULONG kNewestVersion = 1;
constexpr ULONG kMaxCredential =
    4096;  // far more than CHAP takes: what is beyond is a stray length

}  // namespace

IpAddress TargetPortal::ip() const {
  if (empty()) return {};
  return IpAddress::from_text(wmi::to_utf8(address));
}

std::string TargetPortal::canonical() const {
  hbalab::Portal portal;
  portal.address = ip();
  portal.socket = socket;
  return portal.canonical();
}

TargetPortal from_ip(const IpAddress& address, std::uint32_t socket) {
  TargetPortal portal;
  if (auto text = wmi::to_utf16(address.canonical())) portal.address = *std::move(text);
  portal.socket = static_cast<std::uint16_t>(socket);
  return portal;
}

Outcome<SecretBytes> read_bytes(ULONG size, const void* data) {
  if (size == 0) return SecretBytes();
  if (data == nullptr || size > kMaxCredential) return std::unexpected(ERROR_INVALID_PARAMETER);
  const auto* first = static_cast<const std::uint8_t*>(data);
  return SecretBytes(first, first + size);
}

Outcome<LoginOptions> read_options(const ISCSI_LOGIN_OPTIONS* given) {
  LoginOptions options;
  if (given == nullptr) return options;
  ISCSI_LOGIN_OPTIONS copy;
  std::memcpy(&copy, given, sizeof copy);
  if (copy.Version > kNewestVersion) return std::unexpected(ERROR_INVALID_PARAMETER);
  options.given = true;
  options.version = copy.Version;
  options.information_specified = copy.InformationSpecified;
  options.login_flags = copy.LoginFlags;
  options.auth_type = copy.AuthType;
  options.header_digest = copy.HeaderDigest;
  options.data_digest = copy.DataDigest;
  options.maximum_connections = copy.MaximumConnections;
  options.default_time2wait = copy.DefaultTime2Wait;
  options.default_time2retain = copy.DefaultTime2Retain;
  if ((copy.InformationSpecified & ISCSI_LOGIN_OPTIONS_USERNAME) != 0) {
    auto name = read_bytes(copy.UsernameLength, copy.Username);
    if (!name) return std::unexpected(name.error());
    options.username = *std::move(name);
  }
  if ((copy.InformationSpecified & ISCSI_LOGIN_OPTIONS_PASSWORD) != 0) {
    auto secret = read_bytes(copy.PasswordLength, copy.Password);
    if (!secret) return std::unexpected(secret.error());
    options.password = *std::move(secret);
  }
  return options;
}

ISCSI_LOGIN_OPTIONS write_options(const hbalab::LoginOptions& options) {
  ISCSI_LOGIN_OPTIONS out{};
  out.Version = ISCSI_LOGIN_OPTIONS_VERSION;
  constexpr ULONG kCredentials = ISCSI_LOGIN_OPTIONS_USERNAME | ISCSI_LOGIN_OPTIONS_PASSWORD;
  out.InformationSpecified = options.information_specified & ~kCredentials;
  out.LoginFlags = options.login_flags;
  out.AuthType = static_cast<ISCSI_AUTH_TYPES>(options.auth_type);
  out.HeaderDigest = static_cast<ISCSI_DIGEST_TYPES>(options.header_digest);
  out.DataDigest = static_cast<ISCSI_DIGEST_TYPES>(options.data_digest);
  out.MaximumConnections = options.maximum_connections;
  out.DefaultTime2Wait = options.default_time2wait;
  out.DefaultTime2Retain = options.default_time2retain;
  return out;
}

Outcome<std::vector<LunPair>> read_luns(ULONG count, const SCSI_LUN_LIST* list) {
  std::vector<LunPair> luns;
  if (count == 0) return luns;
  if (list == nullptr || count > kMaxMappedLuns) return std::unexpected(ERROR_INVALID_PARAMETER);
  luns.reserve(count);
  for (ULONG i = 0; i < count; ++i) {
    SCSI_LUN_LIST pair;
    std::memcpy(&pair, list + i, sizeof pair);
    luns.push_back({pair.OSLUN, pair.TargetLUN});
  }
  return luns;
}

}  // namespace hbalab::dsc
