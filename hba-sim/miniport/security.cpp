// MSiSCSI_SecurityConfigOperations and MSiSCSI_SecurityCapabilities: the cache of IPsec keys and
// what IPsec there is. Methods check in this order: the IN block, OUT's room, what the adapter
// supports, the port, the values.
#include <algorithm>
#include <array>

#include "hba-sim/miniport/classes.hpp"
#include "hba-sim/miniport/convert.hpp"
#include "iscsiop/builders.hpp"
#include "iscsiop/enums.hpp"
#include "iscsiop/iscsicfg.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/sizes.hpp"
#include "iscsiop/views.hpp"

namespace hbalab::miniport {
namespace {

using adapter::AdapterSettings;
using iscsi::IsdscStatus;

constexpr IsdscStatus kNotStored = iscsi::ISDSC_NON_SPECIFIC_ERROR;

Bytes copy(iscsi::ByteView bytes) { return {bytes.begin(), bytes.end()}; }

bool has_port(const adapter::Hba& hba, std::uint32_t port) {
  return port == PortNumber::kAnyOrAll || port < hba.config().ports.size();
}

// Whether the adapter can hold a key for this identity.
IsdscStatus check_identity(const adapter::Hba& hba, std::uint32_t port, std::uint8_t type,
                           std::size_t id_size) {
  if (!has_functionality(hba, iscsi::ISCSI_HBA_PRESHARED_KEY_CACHE))
    return iscsi::ISDSC_HBA_SECURITY_CACHE_NOT_SUPPORTED;
  if (!has_port(hba, port)) return iscsi::ISDSC_INVALID_PORT_NUMBER;
  return adapter::check_ike_id(type, id_size);
}

BOOLEAN set_preshared_key(const MethodCall& call) {
  using Out = iscsi::SetPresharedKeyForId_OUT;
  const auto view = iscsi::view<iscsi::SetPresharedKeyForIdView>(call.in());
  if (!view) return refuse(call);
  if (!out_fits(call, iscsi::SetPresharedKeyForId_OUT_SIZE)) return FALSE;
  adapter::PresharedKey key{.port = view->head->PortNumber,
                            .id_type = view->head->IdType,
                            .id = copy(view->id),
                            .security_flags = view->head->SecurityFlags,
                            .key = copy(view->key)};
  const IsdscStatus status = check_identity(call.hba(), key.port, key.id_type, key.id.size());
  if (status != iscsi::ISDSC_SUCCESS) return answer_status<Out>(call, status);
  if (key.key.size() > adapter::kLongestSharedSecret)
    return answer_status<Out>(call, iscsi::ISDSC_INVALID_PARAMETER);
  return change_settings<Out>(call, kNotStored,
                              [key = std::move(key)](AdapterSettings& settings) mutable {
                                return settings.ipsec.set_key(std::move(key));
                              });
}

BOOLEAN get_preshared_key(const MethodCall& call) {
  const auto view = iscsi::view<iscsi::GetPresharedKeyForIdView>(call.in());
  if (!view) return refuse(call);
  if (!out_fits(call, iscsi::GetPresharedKeyForId_OUT_SIZE)) return FALSE;
  const adapter::IkeIdentity identity{
      .port = {view->head->PortNumber}, .type = view->head->IdType, .id = copy(view->id)};
  auto out = zeroed<iscsi::GetPresharedKeyForId_OUT>();
  IsdscStatus status =
      check_identity(call.hba(), identity.port.value, identity.type, identity.id.size());
  if (status == iscsi::ISDSC_SUCCESS) {
    const adapter::IpsecSettings& cache = call.hba().settings().now().ipsec;
    const auto* key = cache.find(identity);
    if (key == nullptr) {
      status = cache.damaged.empty() ? iscsi::ISDSC_TARGET_PRESHAREDKEY_UNAVAILABLE
                                     : iscsi::ISDSC_CACHE_CORRUPTED;
    }
    if (key != nullptr) out.SecurityFlags = key->security_flags;
  }
  out.Status = status;
  answer(call.request, call.buffer.data(), out, iscsi::GetPresharedKeyForId_OUT_SIZE);
  return FALSE;
}

BOOLEAN set_group_key(const MethodCall& call) {
  using Out = iscsi::SetGroupPresharedKey_OUT;
  const auto view = iscsi::view<iscsi::SetGroupPresharedKeyView>(call.in());
  if (!view) return refuse(call);
  if (!out_fits(call, iscsi::SetGroupPresharedKey_OUT_SIZE)) return FALSE;
  if (!has_functionality(call.hba(), iscsi::ISCSI_HBA_PRESHARED_KEY_CACHE))
    return answer_status<Out>(call, iscsi::ISDSC_HBA_SECURITY_CACHE_NOT_SUPPORTED);
  if (view->key.size() > adapter::kLongestSharedSecret)
    return answer_status<Out>(call, iscsi::ISDSC_INVALID_PARAMETER);
  return change_settings<Out>(call, kNotStored, [key = copy(view->key)](AdapterSettings& settings) {
    return settings.ipsec.set_group_key(key);
  });
}

BOOLEAN set_tunnel_address(const MethodCall& call) {
  using In = iscsi::SetTunnelModeOuterAddress_IN;
  using Out = iscsi::SetTunnelModeOuterAddress_OUT;
  const auto in = iscsi::read_block<In>(call.in(), "SetTunnelModeOuterAddress_IN");
  if (!in) return refuse(call);
  const auto inner = from_wmi(in->DestinationAddress);
  const auto gateway = from_wmi(in->TunnelModeOuterAddress);
  if (!inner || !gateway) return refuse(call);
  if (!out_fits(call, iscsi::SetTunnelModeOuterAddress_OUT_SIZE)) return FALSE;
  if (!has_functionality(call.hba(), iscsi::ISCSI_HBA_IPSEC_TUNNEL_MODE))
    return answer_status<Out>(call, iscsi::ISDSC_REQUEST_NOT_SUPPORTED);
  if (!has_port(call.hba(), in->PortNumber))
    return answer_status<Out>(call, iscsi::ISDSC_INVALID_PORT_NUMBER);
  auto destination = server_address(*inner);
  if (!destination) return answer_status<Out>(call, destination.error());
  auto outer = server_address(*gateway);
  if (!outer) return answer_status<Out>(call, outer.error());
  adapter::TunnelAddress tunnel{
      .port = in->PortNumber, .destination = *std::move(destination), .outer = *std::move(outer)};
  return change_settings<Out>(call, kNotStored,
                              [tunnel = std::move(tunnel)](AdapterSettings& settings) mutable {
                                return settings.ipsec.set_tunnel(std::move(tunnel));
                              });
}

// Empties each cache that the adapter has, and nothing else: persistent logins, servers, tunnels
// and the boot target stay, and so does the GUID, which is the caller's mark.
BOOLEAN clear_cache(const MethodCall& call) {
  using Out = iscsi::ClearCache_OUT;
  if (!out_fits(call, iscsi::ClearCache_OUT_SIZE)) return FALSE;
  const bool keys = has_functionality(call.hba(), iscsi::ISCSI_HBA_PRESHARED_KEY_CACHE);
  const bool chap = has_functionality(call.hba(), iscsi::ISCSI_HBA_ISCSI_AUTHENTICATION_CACHE);
  const bool damaged = !call.hba().settings().now().ipsec.damaged.empty();
  if (!keys && !chap && !damaged)
    return answer_status<Out>(call, iscsi::ISDSC_HBA_SECURITY_CACHE_NOT_SUPPORTED);
  return change_settings<Out>(call, kNotStored, [keys, chap](AdapterSettings& settings) {
    if (keys) {
      settings.ipsec.keys.clear();
      settings.ipsec.group_key.clear();
    }
    if (chap) settings.chap_secret.clear();
    settings.ipsec.damaged.clear();
    return iscsi::ISDSC_SUCCESS;
  });
}

BOOLEAN set_generational_guid(const MethodCall& call) {
  using In = iscsi::SetGenerationalGuid_IN;
  using Out = iscsi::SetGenerationalGuid_OUT;
  const auto in = iscsi::read_block<In>(call.in(), "SetGenerationalGuid_IN");
  if (!in) return refuse(call);
  if (!out_fits(call, iscsi::SetGenerationalGuid_OUT_SIZE)) return FALSE;
  return change_settings<Out>(call, kNotStored,
                              [guid = copy(in->GenerationalGuid)](AdapterSettings& settings) {
                                settings.generational_guid = guid;
                                return iscsi::ISDSC_SUCCESS;
                              });
}

using Id = iscsi::MSiSCSI_SecurityConfigOperationsMethod;
constexpr Method kMethods[] = {
    {static_cast<std::uint32_t>(Id::SetPresharedKeyForId), set_preshared_key},
    {static_cast<std::uint32_t>(Id::GetPresharedKeyForId), get_preshared_key},
    {static_cast<std::uint32_t>(Id::SetGroupPresharedKey), set_group_key},
    {static_cast<std::uint32_t>(Id::SetTunnelModeOuterAddress), set_tunnel_address},
    {static_cast<std::uint32_t>(Id::ClearCache), clear_cache},
    {static_cast<std::uint32_t>(Id::SetGenerationalGuid), set_generational_guid},
};

// What RFC 3723 2.3.1 demands and recommends of an iSCSI node with IPsec.
constexpr std::array<std::uint32_t, 2> kEncryptions = {iscsi::ISCSI_ENCRYPT_3DES_HMAC_SHA1,
                                                       iscsi::ISCSI_ENCRYPT_AES_CTR};

// Keys and tunnels are of use to an adapter with IPsec only.
bool has_ipsec(const DeviceExtension& device) {
  return has_functionality(
      *device.hba, iscsi::ISCSI_HBA_PRESHARED_KEY_CACHE | iscsi::ISCSI_HBA_IPSEC_TUNNEL_MODE);
}

std::size_t capabilities_size(const DeviceExtension& device, ULONG) {
  return iscsi::security_capabilities_size(has_ipsec(device) ? kEncryptions.size() : 0);
}

void write_capabilities(const DeviceExtension& device, ULONG, std::span<std::uint8_t> out) {
  const bool ipsec = has_ipsec(device);
  iscsi::BlockWriter writer(out);
  const auto block =
      iscsi::append_security_capabilities(writer, ipsec ? std::uint32_t{kEncryptions.size()} : 0u);
  if (!block) return;
  block->head->ProtectiScsiTraffic = ipsec;
  block->head->ProtectiSNSTraffic =
      ipsec && has_functionality(*device.hba, iscsi::ISCSI_HBA_ISNS_DISCOVERY);
  block->head->CertificatesSupported = FALSE;
  std::ranges::copy_n(kEncryptions.begin(), block->encryptions.size(), block->encryptions.begin());
}

}  // namespace

const WmiClass classes::security_operations{.guid = &iscsi::MSiSCSI_SecurityConfigOperationsGuid,
                                            .methods = kMethods};
const WmiClass classes::security_capabilities{.guid = &iscsi::MSiSCSI_SecurityCapabilitiesGuid,
                                              .size = capabilities_size,
                                              .write = write_capabilities};

}  // namespace hbalab::miniport
