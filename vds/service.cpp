// IVdsServiceIscsi, and the functions that clients begin with.
#include <cstring>

#include "iscsidsc.h"
#include "iscsidsc/settings.hpp"
#include "vds/adapters.hpp"
#include "vds/addresses.hpp"
#include "vds/enumeration.hpp"
#include "vds/hresults.hpp"
#include "vds/login.hpp"
#include "vds/objects.hpp"

namespace hbalab::vds {
namespace {

// The bytes of a secret; E_INVALIDARG for a size without an address and the other way round.
HRESULT read_secret(const VDS_ISCSI_SHARED_SECRET& given, Bytes& secret) {
  if ((given.pSharedSecret == nullptr) != (given.ulSharedSecretSize == 0)) return E_INVALIDARG;
  secret.assign(given.pSharedSecret, given.pSharedSecret + given.ulSharedSecretSize);
  return S_OK;
}

class Service final : public Object<IVdsServiceIscsi, IID_IVdsServiceIscsi> {
 public:
  HRESULT STDMETHODCALLTYPE GetInitiatorName(LPWSTR* name) override {
    return guarded([&] {
      if (const HRESULT bad = clear_out(name); FAILED(bad)) return bad;
      WCHAR node[MAX_ISCSI_NAME_LEN + 1];
      // The service is the one that the discovery library speaks for.
      if (GetIScsiInitiatorNodeNameW(node) != ERROR_SUCCESS) return VDS_E_ISCSI_INITIATOR_NODE_NAME;
      *name = allocate_text(node);
      return S_OK;
    });
  }

  HRESULT STDMETHODCALLTYPE QueryInitiatorAdapters(IEnumVdsObject** enumeration) override {
    return guarded([&] {
      if (const HRESULT bad = clear_out(enumeration); FAILED(bad)) return bad;
      Adapters adapters;
      const auto names = adapters.all();
      if (!names) return to_hresult(names.error());
      ObjectList objects;
      for (const std::string& name : *names) objects.emplace_back(make_adapter(name));
      *enumeration = make_enumeration(std::move(objects));
      return S_OK;
    });
  }

  // The interface documents these three as reserved; whatever is given, this is their result.
  HRESULT STDMETHODCALLTYPE SetIpsecGroupPresharedKey(VDS_ISCSI_IPSEC_KEY*) override {
    return VDS_E_NOT_SUPPORTED;
  }
  HRESULT STDMETHODCALLTYPE SetAllIpsecTunnelAddresses(VDS_IPADDRESS*, VDS_IPADDRESS*) override {
    return VDS_E_NOT_SUPPORTED;
  }
  HRESULT STDMETHODCALLTYPE SetAllIpsecSecurity(VDS_OBJECT_ID, ULONGLONG,
                                                VDS_ISCSI_IPSEC_KEY*) override {
    return VDS_E_NOT_SUPPORTED;
  }

  HRESULT STDMETHODCALLTYPE SetInitiatorSharedSecret(VDS_ISCSI_SHARED_SECRET* given,
                                                     VDS_OBJECT_ID target) override {
    return guarded([&] {
      // An adapter has one secret for all targets.
      if (target != GUID_NULL) return VDS_E_TARGET_SPECIFIC_NOT_SUPPORTED;
      if (given == nullptr) return E_POINTER;
      dsc::SecretBytes secret;
      if (const HRESULT bad = read_secret(*given, secret); FAILED(bad)) return bad;
      const auto status = dsc::set_chap_secret(secret);
      if (status == ISDSC_SHORT_CHAP_SECRET) return S_OK;  // a warning: it is stored
      return said_by_adapter(status) ? VDS_E_ISCSI_CHAP_SECRET : to_hresult(status);
    });
  }

  HRESULT STDMETHODCALLTYPE RememberTargetSharedSecret(VDS_OBJECT_ID target,
                                                       VDS_ISCSI_SHARED_SECRET* given) override {
    return guarded([&] {
      if (given == nullptr) return E_POINTER;
      if (target == GUID_NULL) return E_INVALIDARG;
      Bytes secret;
      if (const HRESULT bad = read_secret(*given, secret); FAILED(bad)) return bad;
      remember_target_secret(target, std::move(secret));
      return S_OK;
    });
  }
};

HRESULT get_target_id(LPCWSTR given, VDS_OBJECT_ID* id) {
  if (const HRESULT bad = clear_out(id); FAILED(bad)) return bad;
  if (given == nullptr) return E_POINTER;
  std::size_t size = 0;
  while (size <= IscsiName::kMaxLength && given[size] != 0) ++size;
  const IscsiName name(std::u16string(given, size));
  if (!name.well_formed()) return VDS_E_INVALID_ISCSI_TARGET_NAME;
  const auto made = target_id(name);
  remember_target(made, name);
  *id = made;
  return S_OK;
}

HRESULT get_target_portal_id(const VDS_IPADDRESS* given, VDS_OBJECT_ID* id) {
  if (const HRESULT bad = clear_out(id); FAILED(bad)) return bad;
  if (given == nullptr) return E_POINTER;
  const auto portal = read_address(*given);
  if (!portal) return portal.error();
  const auto made = target_portal_id(*portal);
  remember_portal(made, *portal);
  *id = made;
  return S_OK;
}

}  // namespace

IVdsServiceIscsi* make_service() { return new Service; }

}  // namespace hbalab::vds

using namespace hbalab::vds;

HRESULT HbalabVdsGetService(IVdsServiceIscsi** service) {
  return guarded([&] {
    if (const HRESULT bad = clear_out(service); FAILED(bad)) return bad;
    *service = make_service();
    return S_OK;
  });
}

HRESULT HbalabVdsGetTargetId(LPCWSTR name, VDS_OBJECT_ID* id) {
  return guarded([&] { return get_target_id(name, id); });
}

HRESULT HbalabVdsGetTargetPortalId(const VDS_IPADDRESS* address, VDS_OBJECT_ID* id) {
  return guarded([&] { return get_target_portal_id(address, id); });
}
