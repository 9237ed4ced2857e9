/* Sizes and offsets are those of 64-bit Windows, the order of the methods that of vds.h there. */
#include <stddef.h>

#include "vds.h"
#include "vds/layout_checks.inc"
#include "vdserr.h"

#define HBALAB_METHOD(name, method, index) \
  HBALAB_CHECK(offsetof(name##Vtbl, method) == (index) * sizeof(void*))

HBALAB_CHECK(sizeof(VDS_ISCSI_IPSEC_KEY) == 16 && _Alignof(VDS_ISCSI_IPSEC_KEY) == 8);
HBALAB_MEMBER(VDS_ISCSI_IPSEC_KEY, pKey, 0, 8);
HBALAB_MEMBER(VDS_ISCSI_IPSEC_KEY, ulKeySize, 8, 4);
HBALAB_MEMBER(VDS_ASYNC_OUTPUT, sv, 8, 8);
HBALAB_METHOD(IVdsAsync, QueryInterface, 0);
HBALAB_METHOD(IVdsAsync, AddRef, 1);
HBALAB_METHOD(IVdsAsync, Release, 2);
HBALAB_METHOD(IVdsAsync, Cancel, 3);
HBALAB_METHOD(IVdsAsync, Wait, 4);
HBALAB_METHOD(IVdsAsync, QueryStatus, 5);
HBALAB_METHOD(IVdsIscsiInitiatorAdapter, QueryInterface, 0);
HBALAB_METHOD(IVdsIscsiInitiatorAdapter, AddRef, 1);
HBALAB_METHOD(IVdsIscsiInitiatorAdapter, Release, 2);
HBALAB_METHOD(IVdsIscsiInitiatorAdapter, GetProperties, 3);
HBALAB_METHOD(IVdsIscsiInitiatorAdapter, QueryInitiatorPortals, 4);
HBALAB_METHOD(IVdsIscsiInitiatorAdapter, LoginToTarget, 5);
HBALAB_METHOD(IVdsIscsiInitiatorAdapter, LogoutFromTarget, 6);
HBALAB_METHOD(IVdsIscsiInitiatorPortal, QueryInterface, 0);
HBALAB_METHOD(IVdsIscsiInitiatorPortal, AddRef, 1);
HBALAB_METHOD(IVdsIscsiInitiatorPortal, Release, 2);
HBALAB_METHOD(IVdsIscsiInitiatorPortal, GetProperties, 3);
HBALAB_METHOD(IVdsIscsiInitiatorPortal, GetInitiatorAdapter, 4);
HBALAB_METHOD(IVdsIscsiInitiatorPortal, SetIpsecTunnelAddress, 5);
HBALAB_METHOD(IVdsIscsiInitiatorPortal, GetIpsecSecurity, 6);
HBALAB_METHOD(IVdsIscsiInitiatorPortal, SetIpsecSecurity, 7);
HBALAB_METHOD(IVdsServiceIscsi, QueryInterface, 0);
HBALAB_METHOD(IVdsServiceIscsi, AddRef, 1);
HBALAB_METHOD(IVdsServiceIscsi, Release, 2);
HBALAB_METHOD(IVdsServiceIscsi, GetInitiatorName, 3);
HBALAB_METHOD(IVdsServiceIscsi, QueryInitiatorAdapters, 4);
HBALAB_METHOD(IVdsServiceIscsi, SetIpsecGroupPresharedKey, 5);
HBALAB_METHOD(IVdsServiceIscsi, SetAllIpsecTunnelAddresses, 6);
HBALAB_METHOD(IVdsServiceIscsi, SetAllIpsecSecurity, 7);
HBALAB_METHOD(IVdsServiceIscsi, SetInitiatorSharedSecret, 8);
HBALAB_METHOD(IVdsServiceIscsi, RememberTargetSharedSecret, 9);
HBALAB_METHOD(IEnumVdsObject, QueryInterface, 0);
HBALAB_METHOD(IEnumVdsObject, AddRef, 1);
HBALAB_METHOD(IEnumVdsObject, Release, 2);
HBALAB_METHOD(IEnumVdsObject, Next, 3);
HBALAB_METHOD(IEnumVdsObject, Skip, 4);
HBALAB_METHOD(IEnumVdsObject, Reset, 5);
HBALAB_METHOD(IEnumVdsObject, Clone, 6);
