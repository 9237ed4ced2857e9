// Secrets and keys of adapters: CHAP, RADIUS, IKE, IPsec tunnels. Adapters keep their own; the
// service keeps what it is asked to keep, and shows none of it.
#include "hba-sim/wmi_types.hpp"
#include "iscsidsc/initiators.hpp"
#include "iscsidsc/state.hpp"
#include "iscsiop/builders.hpp"

namespace hbalab::dsc {
namespace {

using Operation = iscsi::MSiSCSI_OperationsMethod;
using Security = iscsi::MSiSCSI_SecurityConfigOperationsMethod;
using Value = State::Value;

// One request to each of the adapters; one that cannot do it is not concerned.
template <typename Ask>
ISDSC_STATUS ask_each(const std::vector<std::string>& names, Ask ask) {
  Summary summary;
  for (const std::string& name : names) {
    const auto status = ask(name);
    summary.add(status, status == ISDSC_REQUEST_NOT_SUPPORTED ||
                            status == ISDSC_HBA_SECURITY_CACHE_NOT_SUPPORTED);
  }
  return summary.status(ISDSC_INITIATOR_NOT_FOUND);
}

ISDSC_STATUS keep(Value name, const Bytes& value) {
  return write_state([&](State& state) {
    state.put_value(name, value);
    return ISDSC_SUCCESS;
  });
}

// A block that is a size and so many bytes, as all of these methods take it.
template <typename In>
SecretBytes sized_block(std::size_t size, const Bytes& value,
                        iscsi::ViewResult<In*> (*append)(iscsi::BlockWriter&,
                                                         std::span<const std::uint8_t>)) {
  SecretBytes block(size);
  iscsi::BlockWriter writer(block);
  (void)append(writer, value);
  return block;
}

// For all adapters of the computer.
ISDSC_STATUS set_secret(
    ULONG size, const UCHAR* secret, Value name,
    const std::function<ISDSC_STATUS(Initiators&, const std::string&, const Bytes&)>& ask) {
  const auto value = read_bytes(size, secret);
  if (!value || value->empty()) return ERROR_INVALID_PARAMETER;
  Initiators initiators;
  const auto names = initiators.all();
  if (!names) return names.error();
  const auto status = ask_each(
      *names, [&](const std::string& initiator) { return ask(initiators, initiator, *value); });
  if (!is_done(status)) return status;
  const auto kept = keep(name, *value);
  return kept != ISDSC_SUCCESS ? kept : status;
}

ISDSC_STATUS set_iscsi_initiator_chap_shared_secret(ULONG size, const UCHAR* secret) {
  return set_secret(size, secret, Value::chap_secret,
                    [](Initiators& initiators, const std::string& initiator, const Bytes& value) {
                      return initiators.operation(
                          initiator, Operation::SetCHAPSharedSecret,
                          sized_block(iscsi::set_chap_shared_secret_in_size(value.size()), value,
                                      iscsi::append_set_chap_shared_secret_in));
                    });
}

ISDSC_STATUS set_iscsi_initiator_radius_shared_secret(ULONG size, const UCHAR* secret) {
  return set_secret(size, secret, Value::radius_secret,
                    [](Initiators& initiators, const std::string& initiator, const Bytes& value) {
                      return initiators.operation(
                          initiator, Operation::SetRADIUSSharedSecret,
                          sized_block(iscsi::set_radius_shared_secret_in_size(value.size()), value,
                                      iscsi::append_set_radius_shared_secret_in));
                    });
}

ISDSC_STATUS set_iscsi_group_preshared_key(ULONG size, const UCHAR* key, BOOLEAN persist) {
  const auto value = read_bytes(size, key);
  if (!value || value->empty()) return ERROR_INVALID_PARAMETER;
  Initiators initiators;
  const auto names = initiators.all();
  if (!names) return names.error();
  const SecretBytes in = sized_block(iscsi::set_group_preshared_key_in_size(value->size()), *value,
                                     iscsi::append_set_group_preshared_key_in);
  const auto status = ask_each(*names, [&](const std::string& initiator) {
    return initiators.call(iscsi::MSiSCSI_SecurityConfigOperationsGuid, initiator,
                           Security::SetGroupPresharedKey, in);
  });
  if (!is_done(status) || !persist) return status;
  const auto kept = keep(Value::group_key, *value);
  return kept != ISDSC_SUCCESS ? kept : status;
}

template <typename V>
ISDSC_STATUS set_iscsi_tunnel_mode_outer_address(const typename V::Char* initiator_name, ULONG port,
                                                 const typename V::Char* destination_address,
                                                 const typename V::Char* outer_address,
                                                 BOOLEAN persist) {
  TunnelAddress address;
  auto instance = read_text(initiator_name, kMaxInstance);
  auto destination = read_text(destination_address, kMaxAddress);
  auto outer = read_text(outer_address, kMaxAddress);
  if (!instance || !destination || !outer) return ERROR_INVALID_PARAMETER;
  // Neither a destination nor an address is nothing to set.
  if (destination->empty() && outer->empty()) return ERROR_INVALID_PARAMETER;
  address = {*std::move(instance), port, *std::move(destination), *std::move(outer)};
  Initiators initiators;
  const auto names = initiators.named(address.initiator);
  if (!names) return names.error();
  Request<iscsi::SetTunnelModeOuterAddress_IN> in(iscsi::SetTunnelModeOuterAddress_IN_SIZE);
  in->PortNumber = port;
  const auto put = [](const std::u16string& text, iscsi::ISCSI_IP_Address& out) {
    to_wmi(text.empty() ? IpAddress{} : IpAddress::from_text(narrow(text)), out);
  };
  put(address.destination, in->DestinationAddress);
  put(address.outer, in->TunnelModeOuterAddress);
  const auto status = ask_each(*names, [&](const std::string& initiator) {
    return initiators.call(iscsi::MSiSCSI_SecurityConfigOperationsGuid, initiator,
                           Security::SetTunnelModeOuterAddress, in.block);
  });
  if (!is_done(status)) return status;
  const auto kept = write_state([&](State& state) {
    if (address.outer.empty()) {
      state.erase_tunnel_address(address);
    } else if (persist) {
      state.put_tunnel_address(address);
    }
    return ISDSC_SUCCESS;
  });
  return kept != ISDSC_SUCCESS ? kept : status;
}

// The only method that there is.
bool preshared_key(const IKE_AUTHENTICATION_INFORMATION& information) {
  return information.AuthMethod == IKE_AUTHENTICATION_PRESHARED_KEY_METHOD;
}

template <typename V>
ISDSC_STATUS set_iscsi_ike_info(const typename V::Char* initiator_name, ULONG port,
                                const IKE_AUTHENTICATION_INFORMATION* given, BOOLEAN persist) {
  (void)persist;  // adapters keep their keys in memory that does not forget
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
  return ask_each(*names, [&](const std::string& initiator) {
    return initiators.call(iscsi::MSiSCSI_SecurityConfigOperationsGuid, initiator,
                           Security::SetPresharedKeyForId, in);
  });
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
  Bytes in(iscsi::get_preshared_key_for_id_in_size(id->size()));
  iscsi::BlockWriter writer(in);
  auto head = iscsi::append_get_preshared_key_for_id_in(writer, *id);
  if (!head) return ERROR_INVALID_PARAMETER;
  (*head)->PortNumber = port;
  (*head)->IdType = information.PsKey.IdType;
  Initiators initiators;
  const auto names = initiators.named(*instance);
  if (!names) return names.error();
  // The first adapter that knows the identity.
  ISDSC_STATUS status = ISDSC_INITIATOR_NOT_FOUND;
  for (const std::string& initiator : *names) {
    Block block;
    status = initiators.call(iscsi::MSiSCSI_SecurityConfigOperationsGuid, initiator,
                             Security::GetPresharedKeyForId, in, &block);
    if (status != ISDSC_SUCCESS) continue;
    const auto out = iscsi::read_block<iscsi::GetPresharedKeyForId_OUT>(
        block, "GetPresharedKeyForId_OUT", iscsi::GetPresharedKeyForId_OUT_SIZE);
    if (!out) return ISDSC_NON_SPECIFIC_ERROR;
    information.PsKey.SecurityFlags = out->SecurityFlags;
    information.PsKey.KeyLengthInBytes = 0;
    std::memcpy(given, &information, sizeof information);
    return ERROR_SUCCESS;
  }
  return status;
}

}  // namespace
}  // namespace hbalab::dsc

#include "iscsidsc/exports_security.inc"
