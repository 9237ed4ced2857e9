/*
 * The Virtual Disk Service's view of iSCSI initiators: adapters, their portals, logins and logouts.
 * Interface ids and the order of the methods are those of Windows. docs/vds.md.
 */
#ifndef HBALAB_VDS_H
#define HBALAB_VDS_H

#include "vds_base.h"
#include "vds_types.h"

#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
#endif

#if !defined(__cplusplus) || defined(CINTERFACE)
typedef struct IEnumVdsObject IEnumVdsObject;
typedef struct IVdsAsync IVdsAsync;
typedef struct IVdsIscsiInitiatorAdapter IVdsIscsiInitiatorAdapter;
#else
struct IVdsIscsiInitiatorAdapter;
#endif

/* The formatter takes the macros for expressions. */
/* clang-format off */

/* A list of objects as it was when it was asked for. Threads may share it. */
#define INTERFACE IEnumVdsObject
DECLARE_INTERFACE_(IEnumVdsObject, IUnknown) {
  IUNKNOWN_METHODS
  STDMETHOD(Next)(THIS_ ULONG celt, IUnknown** ppObjectArray, ULONG* pcFetched) PURE;
  STDMETHOD(Skip)(THIS_ ULONG celt) PURE;
  STDMETHOD(Reset)(THIS) PURE;
  STDMETHOD(Clone)(THIS_ IEnumVdsObject** ppEnum) PURE;
};
#undef INTERFACE
EXTERN_C const IID IID_IEnumVdsObject;

/* An operation that goes on by itself, also when nobody holds the object any more. */
#define INTERFACE IVdsAsync
DECLARE_INTERFACE_(IVdsAsync, IUnknown) {
  IUNKNOWN_METHODS
  STDMETHOD(Cancel)(THIS) PURE;
  STDMETHOD(Wait)(THIS_ HRESULT* pHrResult, VDS_ASYNC_OUTPUT* pAsyncOut) PURE;
  STDMETHOD(QueryStatus)(THIS_ HRESULT* pHrResult, ULONG* pulPercentCompleted) PURE;
};
#undef INTERFACE
EXTERN_C const IID IID_IVdsAsync;

/* An iSCSI HBA. */
#define INTERFACE IVdsIscsiInitiatorAdapter
DECLARE_INTERFACE_(IVdsIscsiInitiatorAdapter, IUnknown) {
  IUNKNOWN_METHODS
  STDMETHOD(GetProperties)(THIS_ VDS_ISCSI_INITIATOR_ADAPTER_PROP* pInitiatorAdapterProp) PURE;
  STDMETHOD(QueryInitiatorPortals)(THIS_ IEnumVdsObject** ppEnum) PURE;
  STDMETHOD(LoginToTarget)(THIS_ VDS_ISCSI_LOGIN_TYPE loginType, VDS_OBJECT_ID targetId,
                           VDS_OBJECT_ID targetPortalId, VDS_OBJECT_ID initiatorPortalId,
                           ULONG ulLoginFlags, BOOL bHeaderDigest, BOOL bDataDigest,
                           VDS_ISCSI_AUTH_TYPE authType, IVdsAsync** ppAsync) PURE;
  STDMETHOD(LogoutFromTarget)(THIS_ VDS_OBJECT_ID targetId, IVdsAsync** ppAsync) PURE;
};
#undef INTERFACE
EXTERN_C const IID IID_IVdsIscsiInitiatorAdapter;

/* A port of an HBA with its address. */
#define INTERFACE IVdsIscsiInitiatorPortal
DECLARE_INTERFACE_(IVdsIscsiInitiatorPortal, IUnknown) {
  IUNKNOWN_METHODS
  STDMETHOD(GetProperties)(THIS_ VDS_ISCSI_INITIATOR_PORTAL_PROP* pInitiatorPortalProp) PURE;
  STDMETHOD(GetInitiatorAdapter)(THIS_ IVdsIscsiInitiatorAdapter** ppInitiatorAdapter) PURE;
  STDMETHOD(SetIpsecTunnelAddress)(THIS_ VDS_IPADDRESS* pTunnelAddress,
                                   VDS_IPADDRESS* pDestinationAddress) PURE;
  STDMETHOD(GetIpsecSecurity)(THIS_ VDS_OBJECT_ID targetPortalId, ULONGLONG* pullSecurityFlags)
      PURE;
  STDMETHOD(SetIpsecSecurity)(THIS_ VDS_OBJECT_ID targetPortalId, ULONGLONG ullSecurityFlags,
                              VDS_ISCSI_IPSEC_KEY* pIpsecKey) PURE;
};
#undef INTERFACE
EXTERN_C const IID IID_IVdsIscsiInitiatorPortal;

/* The initiator service: what all adapters have in common. */
#define INTERFACE IVdsServiceIscsi
DECLARE_INTERFACE_(IVdsServiceIscsi, IUnknown) {
  IUNKNOWN_METHODS
  STDMETHOD(GetInitiatorName)(THIS_ LPWSTR* ppwszIscsiName) PURE;
  STDMETHOD(QueryInitiatorAdapters)(THIS_ IEnumVdsObject** ppEnum) PURE;
  STDMETHOD(SetIpsecGroupPresharedKey)(THIS_ VDS_ISCSI_IPSEC_KEY* pIpsecKey) PURE;
  STDMETHOD(SetAllIpsecTunnelAddresses)(THIS_ VDS_IPADDRESS* pTunnelAddress,
                                        VDS_IPADDRESS* pDestinationAddress) PURE;
  STDMETHOD(SetAllIpsecSecurity)(THIS_ VDS_OBJECT_ID targetPortalId, ULONGLONG ullSecurityFlags,
                                 VDS_ISCSI_IPSEC_KEY* pIpsecKey) PURE;
  STDMETHOD(SetInitiatorSharedSecret)(THIS_ VDS_ISCSI_SHARED_SECRET* pInitiatorSharedSecret,
                                      VDS_OBJECT_ID targetId) PURE;
  STDMETHOD(RememberTargetSharedSecret)(THIS_ VDS_OBJECT_ID targetId,
                                        VDS_ISCSI_SHARED_SECRET* pTargetSharedSecret) PURE;
};
#undef INTERFACE
EXTERN_C const IID IID_IVdsServiceIscsi;

/* clang-format on */

#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

/*
 * What is not part of Windows' interface. There a client gets the service from the VDS loader, and
 * ids of targets and of their portals from a hardware provider; here it asks for them.
 */

/* The service object. E_POINTER. */
EXTERN_C HRESULT HbalabVdsGetService(IVdsServiceIscsi** ppService);

/*
 * The id of the target that has this iSCSI name, however it is spelled; the same in every process.
 * LoginToTarget knows the ids that it was asked for in this process, and those of targets that an
 * adapter knows by itself: of a session, a persistent login, or a discovery.
 * E_POINTER, VDS_E_INVALID_ISCSI_TARGET_NAME.
 */
EXTERN_C HRESULT HbalabVdsGetTargetId(LPCWSTR pwszIscsiName, VDS_OBJECT_ID* pTargetId);

/*
 * The id of the target portal at an address, however it is written, and TCP port (ulPort; 0 is
 * 3260). As with targets. E_POINTER, VDS_E_INVALID_IP_ADDRESS.
 */
EXTERN_C HRESULT HbalabVdsGetTargetPortalId(const VDS_IPADDRESS* pAddress,
                                            VDS_OBJECT_ID* pTargetPortalId);

/* Objects that are still referenced, and operations that still run: 0 when nothing has leaked. */
EXTERN_C ULONG HbalabVdsObjectCount(void);

#endif
