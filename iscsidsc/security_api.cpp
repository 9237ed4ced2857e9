// Secrets and keys of adapters: CHAP, RADIUS, IKE, IPsec tunnels. Adapters keep their own; the
// service keeps what it is asked to keep, and shows none of it.
#include "iscsidsc/ike_keys.hpp"
#include "iscsidsc/initiators.hpp"
#include "iscsidsc/settings.hpp"
#include "iscsiop/builders.hpp"

namespace hbalab::dsc {
namespace {

using Security = iscsi::MSiSCSI_SecurityConfigOperationsMethod;
using Value = State::Value;

ISDSC_STATUS set_iscsi_initiator_chap_shared_secret(ULONG size, const UCHAR* secret) {
  const auto value = read_bytes(size, secret);
  if (!value || value->empty()) return ERROR_INVALID_PARAMETER;
  return set_chap_secret(*value);
}

ISDSC_STATUS set_iscsi_initiator_radius_shared_secret(ULONG size, const UCHAR* secret) {
  const auto value = read_bytes(size, secret);
  if (!value || value->empty()) return ERROR_INVALID_PARAMETER;
  Initiators initiators;
  const auto names = initiators.all();
  if (!names) return names.error();
  return change_settings(initiators, *names, value_change(Value::radius_secret, *value),
                         [&](const std::string& initiator) {
                           return tell_radius_secret(initiators, initiator, *value);
                         });
}

ISDSC_STATUS set_iscsi_group_preshared_key(ULONG size, const UCHAR* key, BOOLEAN persist) {
  const auto value = read_bytes(size, key);
  if (!value || value->empty()) return ERROR_INVALID_PARAMETER;
  Initiators initiators;
  const auto names = initiators.all();
  if (!names) return names.error();
  const auto tell = [&](const std::string& initiator) {
    return tell_group_key(initiators, initiator, *value);
  };
  if (!persist) return tell_each(*names, tell);
  return change_settings(initiators, *names, value_change(Value::group_key, *value), tell);
}

// What was taken away is kept as such, where it was kept: adapters that are not there now have it.
std::function<Undo(State&)> tunnel_change(const TunnelAddress& address) {
  return [address](State& state) -> Undo {
    const auto before = state.tunnel_address(address);
    if (!address.outer.empty() || before) state.put_tunnel_address(address);
    return [address, before](State& later) {
      if (before) {
        later.put_tunnel_address(*before);
      } else {
        later.erase_tunnel_address(address);
      }
    };
  };
}

template <typename V>
ISDSC_STATUS set_iscsi_tunnel_mode_outer_address(const typename V::Char* initiator_name, ULONG port,
                                                 const typename V::Char* destination_address,
                                                 const typename V::Char* outer_address,
                                                 BOOLEAN persist) {
  auto instance = read_text(initiator_name, kMaxInstance);
  auto destination = read_text(destination_address, kMaxAddress);
  auto outer = read_text(outer_address, kMaxAddress);
  if (!instance || !destination || !outer) return ERROR_INVALID_PARAMETER;
  // Neither a destination nor an address is nothing to set.
  if (destination->empty() && outer->empty()) return ERROR_INVALID_PARAMETER;
  const TunnelAddress address{*std::move(instance), port, *std::move(destination),
                              *std::move(outer)};
  Initiators initiators;
  const auto names = initiators.named(address.initiator);
  if (!names) return names.error();
  const auto tell = [&](const std::string& initiator) {
    return tell_tunnel_address(initiators, initiator, address);
  };
  if (!persist && !address.outer.empty()) return tell_each(*names, tell);
  return change_settings(initiators, *names, tunnel_change(address), tell);
}

// The only method that there is.
bool preshared_key(const IKE_AUTHENTICATION_INFORMATION& information) {
  return information.AuthMethod == IKE_AUTHENTICATION_PRESHARED_KEY_METHOD;
}

template <typename V>
ISDSC_STATUS set_iscsi_ike_info(const typename V::Char* initiator_name, ULONG port,
                                const IKE_AUTHENTICATION_INFORMATION* given, BOOLEAN persist) {
  const auto instance = read_text(initiator_name, kMaxInstance);
  if (!instance || given == nullptr) return ERROR_INVALID_PARAMETER;
  IKE_AUTHENTICATION_INFORMATION information;
  std::memcpy(&information, given, sizeof information);
  if (!preshared_key(information)) return ERROR_INVALID_PARAMETER;
  const auto& key = information.PsKey;
  const auto id = read_bytes(key.IdLengthInBytes, key.Id);
  const auto secret = read_bytes(key.KeyLengthInBytes, key.Key);
  if (!id || !secret || id->empty()) return ERROR_INVALID_PARAMETER;
  SecretBytes in(iscsi::set_preshared_key_for_id_in_size(id->size(), secret->size()));
  iscsi::BlockWriter writer(in);
  auto head = iscsi::append_set_preshared_key_for_id_in(writer, *id, *secret);
  if (!head) return ERROR_INVALID_PARAMETER;
  (*head)->PortNumber = port;
  (*head)->SecurityFlags = key.SecurityFlags;
  (*head)->IdType = key.IdType;
  Initiators initiators;
  const auto names = initiators.named(*instance);
  if (!names) return names.error();
  return tell_each(*names, [&](const std::string& initiator) -> ISDSC_STATUS {
    const auto status = initiators.call(iscsi::MSiSCSI_SecurityConfigOperationsGuid, initiator,
                                        Security::SetPresharedKeyForId, in);
    if (status != ISDSC_HBA_SECURITY_CACHE_NOT_SUPPORTED) return status;
    return keep_key(
        {wide(initiator), port, key.IdType, *id, key.SecurityFlags, persist != 0, *secret});
  });
}

// The flags of the identity's key: the adapter's, or the one that is kept for it.
Outcome<ULONGLONG> flags_of_key(Initiators& initiators, const std::string& initiator,
                                const IkeKey& wanted) {
  Bytes in(iscsi::get_preshared_key_for_id_in_size(wanted.id.size()));
  iscsi::BlockWriter writer(in);
  auto head = iscsi::append_get_preshared_key_for_id_in(writer, wanted.id);
  if (!head) return std::unexpected(ERROR_INVALID_PARAMETER);
  (*head)->PortNumber = wanted.port;
  (*head)->IdType = wanted.id_type;
  Block block;
  const auto status = initiators.call(iscsi::MSiSCSI_SecurityConfigOperationsGuid, initiator,
                                      Security::GetPresharedKeyForId, in, &block);
  if (status == ISDSC_HBA_SECURITY_CACHE_NOT_SUPPORTED) {
    IkeKey kept = wanted;
    kept.initiator = wide(initiator);
    const auto key = kept_key(kept);
    if (!key) return std::unexpected(key.error());
    return key->security_flags;
  }
  if (status != ISDSC_SUCCESS) return std::unexpected(status);
  const auto out = iscsi::read_block<iscsi::GetPresharedKeyForId_OUT>(
      block, "GetPresharedKeyForId_OUT", iscsi::GetPresharedKeyForId_OUT_SIZE);
  if (!out) return std::unexpected(ISDSC_NON_SPECIFIC_ERROR);
  return out->SecurityFlags;
}

// The caller says which identity; what comes back are the flags. Keys never do.
template <typename V>
ISDSC_STATUS get_iscsi_ike_info(const typename V::Char* initiator_name, ULONG port, const ULONG*,
                                PIKE_AUTHENTICATION_INFORMATION given) {
  const auto instance = read_text(initiator_name, kMaxInstance);
  if (!instance || given == nullptr) return ERROR_INVALID_PARAMETER;
  IKE_AUTHENTICATION_INFORMATION information;
  std::memcpy(&information, given, sizeof information);
  if (!preshared_key(information)) return ERROR_INVALID_PARAMETER;
  const auto id = read_bytes(information.PsKey.IdLengthInBytes, information.PsKey.Id);
  if (!id || id->empty()) return ERROR_INVALID_PARAMETER;
  IkeKey wanted;
  wanted.port = port;
  wanted.id_type = information.PsKey.IdType;
  wanted.id = *id;
  Initiators initiators;
  const auto names = initiators.named(*instance);
  if (!names) return names.error();
  // The first adapter that knows the identity.
  ISDSC_STATUS status = ISDSC_INITIATOR_NOT_FOUND;
  for (const std::string& initiator : *names) {
    const auto flags = flags_of_key(initiators, initiator, wanted);
    if (!flags) {
      // One that cannot have keys says nothing about those of others.
      if (status == ISDSC_INITIATOR_NOT_FOUND || !not_concerned(flags.error())) {
        status = flags.error();
      }
      continue;
    }
    information.PsKey.SecurityFlags = *flags;
    information.PsKey.KeyLengthInBytes = 0;
    std::memcpy(given, &information, sizeof information);
    return ERROR_SUCCESS;
  }
  return status;
}

}  // namespace
}  // namespace hbalab::dsc

#include "iscsidsc/exports_security.inc"
