/* C11 with -fshort-wchar, as programs for Windows are: L"..." is a string of WCHARs. */
#include "c_client.h"

#include "iscsidsc.h"
#include "vds.h"
#include "vdserr.h"

#define EXPECT(condition) \
  do {                    \
    if (!(condition)) {   \
      line = __LINE__;    \
      goto end;           \
    }                     \
  } while (0)

#define RELEASE(object) \
  if ((object) != NULL) (object)->lpVtbl->Release(object)

static int finished(IVdsAsync* async, VDS_ASYNC_OUTPUT_TYPE type) {
  HRESULT result = E_UNEXPECTED, status = E_UNEXPECTED;
  VDS_ASYNC_OUTPUT output;
  ULONG percent = 0;
  if (async->lpVtbl->Wait(async, &result, &output) != S_OK || output.type != type) return 0;
  if (async->lpVtbl->QueryStatus(async, &status, &percent) != S_OK || percent != 100) return 0;
  return async->lpVtbl->Cancel(async) == VDS_E_CANCEL_TOO_LATE && result == S_OK && status == S_OK;
}

int c_client_round_trip(void) {
  int line = 0;
  IVdsServiceIscsi* service = NULL;
  IEnumVdsObject *adapters = NULL, *again = NULL, *ports = NULL;
  IUnknown *first = NULL, *first_port = NULL;
  IVdsIscsiInitiatorAdapter *adapter = NULL, *its_adapter = NULL;
  IVdsIscsiInitiatorPortal* port = NULL;
  IVdsAsync *login = NULL, *logout = NULL;
  VDS_ISCSI_INITIATOR_ADAPTER_PROP adapter_properties;
  VDS_ISCSI_INITIATOR_PORTAL_PROP port_properties;
  VDS_IPADDRESS address = {.type = VDS_IPT_IPV4, .ipv4Address = 0x0A0200C0};
  VDS_OBJECT_ID target, portal;
  LPWSTR name = NULL;
  ULONG fetched = 0;
  ULONGLONG flags = 0;

  EXPECT(HbalabVdsGetService(&service) == S_OK);
  EXPECT(service->lpVtbl->GetInitiatorName(service, &name) == S_OK && name[0] == L'i');
  EXPECT(service->lpVtbl->SetIpsecGroupPresharedKey(service, NULL) == VDS_E_NOT_SUPPORTED);
  EXPECT(service->lpVtbl->SetAllIpsecTunnelAddresses(service, NULL, NULL) == VDS_E_NOT_SUPPORTED);
  EXPECT(service->lpVtbl->SetAllIpsecSecurity(service, GUID_NULL, 0, NULL) == VDS_E_NOT_SUPPORTED);
  EXPECT(service->lpVtbl->SetInitiatorSharedSecret(service, NULL, GUID_NULL) == E_POINTER);
  EXPECT(service->lpVtbl->RememberTargetSharedSecret(service, GUID_NULL, NULL) == E_POINTER);
  EXPECT(service->lpVtbl->QueryInitiatorAdapters(service, &adapters) == S_OK);
  EXPECT(adapters->lpVtbl->Clone(adapters, &again) == S_OK);
  EXPECT(again->lpVtbl->Skip(again, 9) == S_FALSE && again->lpVtbl->Reset(again) == S_OK);
  EXPECT(adapters->lpVtbl->Next(adapters, 1, &first, &fetched) == S_OK && fetched == 1);
  EXPECT(first->lpVtbl->QueryInterface(first, &IID_IVdsIscsiInitiatorAdapter, (void**)&adapter) ==
         S_OK);
  EXPECT(adapter->lpVtbl->AddRef(adapter) == 4 && adapter->lpVtbl->Release(adapter) == 3);
  EXPECT(adapter->lpVtbl->GetProperties(adapter, &adapter_properties) == S_OK);
  EXPECT(adapter_properties.pwszName[0] == L'P');
  CoTaskMemFree(adapter_properties.pwszName);

  EXPECT(adapter->lpVtbl->QueryInitiatorPortals(adapter, &ports) == S_OK);
  EXPECT(ports->lpVtbl->Next(ports, 1, &first_port, NULL) == S_OK);
  EXPECT(first_port->lpVtbl->QueryInterface(first_port, &IID_IVdsIscsiInitiatorPortal,
                                            (void**)&port) == S_OK);
  EXPECT(port->lpVtbl->GetProperties(port, &port_properties) == S_OK);
  EXPECT(port->lpVtbl->GetInitiatorAdapter(port, &its_adapter) == S_OK);
  EXPECT(port->lpVtbl->SetIpsecTunnelAddress(port, NULL, NULL) == VDS_E_NOT_SUPPORTED);
  EXPECT(port->lpVtbl->GetIpsecSecurity(port, GUID_NULL, &flags) == VDS_E_NOT_SUPPORTED);
  EXPECT(port->lpVtbl->SetIpsecSecurity(port, GUID_NULL, 0, NULL) == VDS_E_NOT_SUPPORTED);

  EXPECT(HbalabVdsGetTargetId(L"iqn.2026-01.org.example:disk1", &target) == S_OK);
  EXPECT(HbalabVdsGetTargetPortalId(&address, &portal) == S_OK);
  EXPECT(adapter->lpVtbl->LoginToTarget(adapter, VDS_ILT_PERSISTENT, target, portal,
                                        port_properties.id, VDS_ILF_MULTIPATH_ENABLED, TRUE, FALSE,
                                        VDS_IAT_NONE, &login) == S_OK);
  EXPECT(finished(login, VDS_ASYNCOUT_LOGINTOTARGET));
  EXPECT(adapter->lpVtbl->LogoutFromTarget(adapter, target, &logout) == S_OK);
  EXPECT(finished(logout, VDS_ASYNCOUT_LOGOUTFROMTARGET));
end:
  CoTaskMemFree(name);
  RELEASE(service);
  RELEASE(adapters);
  RELEASE(again);
  RELEASE(ports);
  RELEASE(first);
  RELEASE(first_port);
  RELEASE(adapter);
  RELEASE(its_adapter);
  RELEASE(port);
  RELEASE(login);
  RELEASE(logout);
  return line;
}
