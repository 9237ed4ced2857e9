/*
 * The iSCSI discovery library's API, for programs that are written against Windows' iscsidsc.h. W
 * functions take UTF-16, A functions UTF-8. docs/iscsidsc.md says what each does here.
 */
#ifndef HBALAB_ISCSIDSC_H
#define HBALAB_ISCSIDSC_H

#include "iscsidsc_base.h"
#include "iscsidsc_types.h"
#include "iscsierr.h"

#ifdef __cplusplus
extern "C" {
#endif

ISDSC_STATUS ISDSC_API GetIScsiVersionInformation(PISCSI_VERSION_INFO VersionInfo);
ISDSC_STATUS ISDSC_API GetIScsiTargetInformationW(PWSTR TargetName, PWSTR DiscoveryMechanism,
                                                  TARGET_INFORMATION_CLASS InfoClass,
                                                  PULONG BufferSize, PVOID Buffer);
ISDSC_STATUS ISDSC_API GetIScsiTargetInformationA(PSTR TargetName, PSTR DiscoveryMechanism,
                                                  TARGET_INFORMATION_CLASS InfoClass,
                                                  PULONG BufferSize, PVOID Buffer);
ISDSC_STATUS ISDSC_API AddIScsiConnectionW(PISCSI_UNIQUE_SESSION_ID UniqueSessionId, PVOID Reserved,
                                           ULONG InitiatorPortNumber,
                                           PISCSI_TARGET_PORTALW TargetPortal,
                                           ISCSI_SECURITY_FLAGS SecurityFlags,
                                           PISCSI_LOGIN_OPTIONS LoginOptions, ULONG KeySize,
                                           PCHAR Key, PISCSI_UNIQUE_CONNECTION_ID ConnectionId);
ISDSC_STATUS ISDSC_API AddIScsiConnectionA(PISCSI_UNIQUE_SESSION_ID UniqueSessionId, PVOID Reserved,
                                           ULONG InitiatorPortNumber,
                                           PISCSI_TARGET_PORTALA TargetPortal,
                                           ISCSI_SECURITY_FLAGS SecurityFlags,
                                           PISCSI_LOGIN_OPTIONS LoginOptions, ULONG KeySize,
                                           PCHAR Key, PISCSI_UNIQUE_CONNECTION_ID ConnectionId);
ISDSC_STATUS ISDSC_API RemoveIScsiConnection(PISCSI_UNIQUE_SESSION_ID UniqueSessionId,
                                             PISCSI_UNIQUE_CONNECTION_ID ConnectionId);
ISDSC_STATUS ISDSC_API ReportIScsiTargetsW(BOOLEAN ForceUpdate, PULONG BufferSize, PWCHAR Buffer);
ISDSC_STATUS ISDSC_API ReportIScsiTargetsA(BOOLEAN ForceUpdate, PULONG BufferSize, PCHAR Buffer);
ISDSC_STATUS ISDSC_API AddIScsiStaticTargetW(PWSTR TargetName, PWSTR TargetAlias,
                                             ISCSI_TARGET_FLAGS TargetFlags, BOOLEAN Persist,
                                             PISCSI_TARGET_MAPPINGW Mappings,
                                             PISCSI_LOGIN_OPTIONS LoginOptions,
                                             PISCSI_TARGET_PORTAL_GROUPW PortalGroup);
ISDSC_STATUS ISDSC_API AddIScsiStaticTargetA(PSTR TargetName, PSTR TargetAlias,
                                             ISCSI_TARGET_FLAGS TargetFlags, BOOLEAN Persist,
                                             PISCSI_TARGET_MAPPINGA Mappings,
                                             PISCSI_LOGIN_OPTIONS LoginOptions,
                                             PISCSI_TARGET_PORTAL_GROUPA PortalGroup);
ISDSC_STATUS ISDSC_API RemoveIScsiStaticTargetW(PWSTR TargetName);
ISDSC_STATUS ISDSC_API RemoveIScsiStaticTargetA(PSTR TargetName);
ISDSC_STATUS ISDSC_API AddIScsiSendTargetPortalW(PWSTR InitiatorInstance, ULONG InitiatorPortNumber,
                                                 PISCSI_LOGIN_OPTIONS LoginOptions,
                                                 ISCSI_SECURITY_FLAGS SecurityFlags,
                                                 PISCSI_TARGET_PORTALW Portal);
ISDSC_STATUS ISDSC_API AddIScsiSendTargetPortalA(PSTR InitiatorInstance, ULONG InitiatorPortNumber,
                                                 PISCSI_LOGIN_OPTIONS LoginOptions,
                                                 ISCSI_SECURITY_FLAGS SecurityFlags,
                                                 PISCSI_TARGET_PORTALA Portal);
ISDSC_STATUS ISDSC_API RemoveIScsiSendTargetPortalW(PWSTR InitiatorInstance,
                                                    ULONG InitiatorPortNumber,
                                                    PISCSI_TARGET_PORTALW Portal);
ISDSC_STATUS ISDSC_API RemoveIScsiSendTargetPortalA(PSTR InitiatorInstance,
                                                    ULONG InitiatorPortNumber,
                                                    PISCSI_TARGET_PORTALA Portal);
ISDSC_STATUS ISDSC_API RefreshIScsiSendTargetPortalW(PWSTR InitiatorInstance,
                                                     ULONG InitiatorPortNumber,
                                                     PISCSI_TARGET_PORTALW Portal);
ISDSC_STATUS ISDSC_API RefreshIScsiSendTargetPortalA(PSTR InitiatorInstance,
                                                     ULONG InitiatorPortNumber,
                                                     PISCSI_TARGET_PORTALA Portal);
ISDSC_STATUS ISDSC_API ReportIScsiSendTargetPortalsW(PULONG PortalCount,
                                                     PISCSI_TARGET_PORTAL_INFOW PortalInfo);
ISDSC_STATUS ISDSC_API ReportIScsiSendTargetPortalsA(PULONG PortalCount,
                                                     PISCSI_TARGET_PORTAL_INFOA PortalInfo);
ISDSC_STATUS ISDSC_API ReportIScsiSendTargetPortalsExW(PULONG PortalCount, PULONG PortalInfoSize,
                                                       PISCSI_TARGET_PORTAL_INFO_EXW PortalInfo);
ISDSC_STATUS ISDSC_API ReportIScsiSendTargetPortalsExA(PULONG PortalCount, PULONG PortalInfoSize,
                                                       PISCSI_TARGET_PORTAL_INFO_EXA PortalInfo);
ISDSC_STATUS ISDSC_API LoginIScsiTargetW(
    PWSTR TargetName, BOOLEAN IsInformationalSession, PWSTR InitiatorInstance,
    ULONG InitiatorPortNumber, PISCSI_TARGET_PORTALW TargetPortal,
    ISCSI_SECURITY_FLAGS SecurityFlags, PISCSI_TARGET_MAPPINGW Mappings,
    PISCSI_LOGIN_OPTIONS LoginOptions, ULONG KeySize, PCHAR Key, BOOLEAN IsPersistent,
    PISCSI_UNIQUE_SESSION_ID UniqueSessionId, PISCSI_UNIQUE_CONNECTION_ID UniqueConnectionId);
ISDSC_STATUS ISDSC_API LoginIScsiTargetA(
    PSTR TargetName, BOOLEAN IsInformationalSession, PSTR InitiatorInstance,
    ULONG InitiatorPortNumber, PISCSI_TARGET_PORTALA TargetPortal,
    ISCSI_SECURITY_FLAGS SecurityFlags, PISCSI_TARGET_MAPPINGA Mappings,
    PISCSI_LOGIN_OPTIONS LoginOptions, ULONG KeySize, PCHAR Key, BOOLEAN IsPersistent,
    PISCSI_UNIQUE_SESSION_ID UniqueSessionId, PISCSI_UNIQUE_CONNECTION_ID UniqueConnectionId);
ISDSC_STATUS ISDSC_API ReportIScsiPersistentLoginsW(
    PULONG Count, PPERSISTENT_ISCSI_LOGIN_INFOW PersistentLoginInfo, PULONG BufferSizeInBytes);
ISDSC_STATUS ISDSC_API ReportIScsiPersistentLoginsA(
    PULONG Count, PPERSISTENT_ISCSI_LOGIN_INFOA PersistentLoginInfo, PULONG BufferSizeInBytes);
ISDSC_STATUS ISDSC_API LogoutIScsiTarget(PISCSI_UNIQUE_SESSION_ID UniqueSessionId);
ISDSC_STATUS ISDSC_API RemoveIScsiPersistentTargetW(PWSTR InitiatorInstance,
                                                    ULONG InitiatorPortNumber, PWSTR TargetName,
                                                    PISCSI_TARGET_PORTALW Portal);
ISDSC_STATUS ISDSC_API RemoveIScsiPersistentTargetA(PSTR InitiatorInstance,
                                                    ULONG InitiatorPortNumber, PSTR TargetName,
                                                    PISCSI_TARGET_PORTALA Portal);
ISDSC_STATUS ISDSC_API SendScsiInquiry(PISCSI_UNIQUE_SESSION_ID UniqueSessionId, ULONGLONG Lun,
                                       UCHAR EvpdCmddt, UCHAR PageCode, PUCHAR ScsiStatus,
                                       PULONG ResponseSize, PUCHAR ResponseBuffer, PULONG SenseSize,
                                       PUCHAR SenseBuffer);
ISDSC_STATUS ISDSC_API SendScsiReadCapacity(PISCSI_UNIQUE_SESSION_ID UniqueSessionId, ULONGLONG Lun,
                                            PUCHAR ScsiStatus, PULONG ResponseSize,
                                            PUCHAR ResponseBuffer, PULONG SenseSize,
                                            PUCHAR SenseBuffer);
ISDSC_STATUS ISDSC_API SendScsiReportLuns(PISCSI_UNIQUE_SESSION_ID UniqueSessionId,
                                          PUCHAR ScsiStatus, PULONG ResponseSize,
                                          PUCHAR ResponseBuffer, PULONG SenseSize,
                                          PUCHAR SenseBuffer);
ISDSC_STATUS ISDSC_API ReportIScsiInitiatorListW(PULONG BufferSize, PWCHAR Buffer);
ISDSC_STATUS ISDSC_API ReportIScsiInitiatorListA(PULONG BufferSize, PCHAR Buffer);
ISDSC_STATUS ISDSC_API ReportActiveIScsiTargetMappingsW(PULONG BufferSize, PULONG MappingCount,
                                                        PISCSI_TARGET_MAPPINGW Mappings);
ISDSC_STATUS ISDSC_API ReportActiveIScsiTargetMappingsA(PULONG BufferSize, PULONG MappingCount,
                                                        PISCSI_TARGET_MAPPINGA Mappings);
ISDSC_STATUS ISDSC_API SetIScsiTunnelModeOuterAddressW(PWSTR InitiatorName,
                                                       ULONG InitiatorPortNumber,
                                                       PWSTR DestinationAddress,
                                                       PWSTR OuterModeAddress, BOOLEAN Persist);
ISDSC_STATUS ISDSC_API SetIScsiTunnelModeOuterAddressA(PSTR InitiatorName,
                                                       ULONG InitiatorPortNumber,
                                                       PSTR DestinationAddress,
                                                       PSTR OuterModeAddress, BOOLEAN Persist);
ISDSC_STATUS ISDSC_API SetIScsiIKEInfoW(PWSTR InitiatorName, ULONG InitiatorPortNumber,
                                        PIKE_AUTHENTICATION_INFORMATION AuthInfo, BOOLEAN Persist);
ISDSC_STATUS ISDSC_API SetIScsiIKEInfoA(PSTR InitiatorName, ULONG InitiatorPortNumber,
                                        PIKE_AUTHENTICATION_INFORMATION AuthInfo, BOOLEAN Persist);
ISDSC_STATUS ISDSC_API GetIScsiIKEInfoW(PWSTR InitiatorName, ULONG InitiatorPortNumber,
                                        PULONG Reserved, PIKE_AUTHENTICATION_INFORMATION AuthInfo);
ISDSC_STATUS ISDSC_API GetIScsiIKEInfoA(PSTR InitiatorName, ULONG InitiatorPortNumber,
                                        PULONG Reserved, PIKE_AUTHENTICATION_INFORMATION AuthInfo);
ISDSC_STATUS ISDSC_API SetIScsiGroupPresharedKey(ULONG KeyLength, PUCHAR Key, BOOLEAN Persist);
ISDSC_STATUS ISDSC_API SetIScsiInitiatorCHAPSharedSecret(ULONG SharedSecretLength,
                                                         PUCHAR SharedSecret);
ISDSC_STATUS ISDSC_API SetIScsiInitiatorRADIUSSharedSecret(ULONG SharedSecretLength,
                                                           PUCHAR SharedSecret);
ISDSC_STATUS ISDSC_API SetIScsiInitiatorNodeNameW(PWSTR InitiatorNodeName);
ISDSC_STATUS ISDSC_API SetIScsiInitiatorNodeNameA(PSTR InitiatorNodeName);
ISDSC_STATUS ISDSC_API GetIScsiInitiatorNodeNameW(PWCHAR InitiatorNodeName);
ISDSC_STATUS ISDSC_API GetIScsiInitiatorNodeNameA(PCHAR InitiatorNodeName);
ISDSC_STATUS ISDSC_API AddISNSServerW(PWSTR Address);
ISDSC_STATUS ISDSC_API AddISNSServerA(PSTR Address);
ISDSC_STATUS ISDSC_API RemoveISNSServerW(PWSTR Address);
ISDSC_STATUS ISDSC_API RemoveISNSServerA(PSTR Address);
ISDSC_STATUS ISDSC_API RefreshISNSServerW(PWSTR Address);
ISDSC_STATUS ISDSC_API RefreshISNSServerA(PSTR Address);
ISDSC_STATUS ISDSC_API ReportISNSServerListW(PULONG BufferSizeInChar, PWCHAR Buffer);
ISDSC_STATUS ISDSC_API ReportISNSServerListA(PULONG BufferSizeInChar, PCHAR Buffer);
ISDSC_STATUS ISDSC_API GetIScsiSessionListW(PULONG BufferSize, PULONG SessionCount,
                                            PISCSI_SESSION_INFOW SessionInfo);
ISDSC_STATUS ISDSC_API GetIScsiSessionListA(PULONG BufferSize, PULONG SessionCount,
                                            PISCSI_SESSION_INFOA SessionInfo);
ISDSC_STATUS ISDSC_API GetIScsiSessionListEx(PULONG BufferSize, PULONG SessionCountPtr,
                                             PISCSI_SESSION_INFO_EX SessionInfo);
ISDSC_STATUS ISDSC_API GetDevicesForIScsiSessionW(PISCSI_UNIQUE_SESSION_ID UniqueSessionId,
                                                  PULONG DeviceCount,
                                                  PISCSI_DEVICE_ON_SESSIONW Devices);
ISDSC_STATUS ISDSC_API GetDevicesForIScsiSessionA(PISCSI_UNIQUE_SESSION_ID UniqueSessionId,
                                                  PULONG DeviceCount,
                                                  PISCSI_DEVICE_ON_SESSIONA Devices);
ISDSC_STATUS ISDSC_API SetupPersistentIScsiVolumes(VOID);
ISDSC_STATUS ISDSC_API SetupPersistentIScsiDevices(VOID);
ISDSC_STATUS ISDSC_API AddPersistentIScsiDeviceW(PWSTR DevicePath);
ISDSC_STATUS ISDSC_API AddPersistentIScsiDeviceA(PSTR DevicePath);
ISDSC_STATUS ISDSC_API RemovePersistentIScsiDeviceW(PWSTR DevicePath);
ISDSC_STATUS ISDSC_API RemovePersistentIScsiDeviceA(PSTR DevicePath);
ISDSC_STATUS ISDSC_API ClearPersistentIScsiDevices(VOID);
ISDSC_STATUS ISDSC_API ReportPersistentIScsiDevicesW(PULONG BufferSizeInChar, PWCHAR Buffer);
ISDSC_STATUS ISDSC_API ReportPersistentIScsiDevicesA(PULONG BufferSizeInChar, PCHAR Buffer);
ISDSC_STATUS ISDSC_API ReportIScsiTargetPortalsW(PWSTR InitiatorName, PWSTR TargetName,
                                                 PUSHORT TargetPortalTag, PULONG ElementCount,
                                                 PISCSI_TARGET_PORTALW Portals);
ISDSC_STATUS ISDSC_API ReportIScsiTargetPortalsA(PSTR InitiatorName, PSTR TargetName,
                                                 PUSHORT TargetPortalTag, PULONG ElementCount,
                                                 PISCSI_TARGET_PORTALA Portals);
ISDSC_STATUS ISDSC_API AddRadiusServerW(PWSTR Address);
ISDSC_STATUS ISDSC_API AddRadiusServerA(PSTR Address);
ISDSC_STATUS ISDSC_API RemoveRadiusServerW(PWSTR Address);
ISDSC_STATUS ISDSC_API RemoveRadiusServerA(PSTR Address);
ISDSC_STATUS ISDSC_API ReportRadiusServerListW(PULONG BufferSizeInChar, PWCHAR Buffer);
ISDSC_STATUS ISDSC_API ReportRadiusServerListA(PULONG BufferSizeInChar, PCHAR Buffer);

#ifdef __cplusplus
}
#endif

/* Names without a letter are those of the program's character set. */
#ifdef UNICODE
typedef ISCSI_CONNECTION_INFOW ISCSI_CONNECTION_INFO;
typedef PISCSI_CONNECTION_INFOW PISCSI_CONNECTION_INFO;
typedef ISCSI_DEVICE_ON_SESSIONW ISCSI_DEVICE_ON_SESSION;
typedef PISCSI_DEVICE_ON_SESSIONW PISCSI_DEVICE_ON_SESSION;
typedef ISCSI_SESSION_INFOW ISCSI_SESSION_INFO;
typedef PISCSI_SESSION_INFOW PISCSI_SESSION_INFO;
typedef ISCSI_TARGET_MAPPINGW ISCSI_TARGET_MAPPING;
typedef PISCSI_TARGET_MAPPINGW PISCSI_TARGET_MAPPING;
typedef ISCSI_TARGET_PORTALW ISCSI_TARGET_PORTAL;
typedef PISCSI_TARGET_PORTALW PISCSI_TARGET_PORTAL;
typedef ISCSI_TARGET_PORTAL_GROUPW ISCSI_TARGET_PORTAL_GROUP;
typedef PISCSI_TARGET_PORTAL_GROUPW PISCSI_TARGET_PORTAL_GROUP;
typedef ISCSI_TARGET_PORTAL_INFOW ISCSI_TARGET_PORTAL_INFO;
typedef PISCSI_TARGET_PORTAL_INFOW PISCSI_TARGET_PORTAL_INFO;
typedef ISCSI_TARGET_PORTAL_INFO_EXW ISCSI_TARGET_PORTAL_INFO_EX;
typedef PISCSI_TARGET_PORTAL_INFO_EXW PISCSI_TARGET_PORTAL_INFO_EX;
typedef PERSISTENT_ISCSI_LOGIN_INFOW PERSISTENT_ISCSI_LOGIN_INFO;
typedef PPERSISTENT_ISCSI_LOGIN_INFOW PPERSISTENT_ISCSI_LOGIN_INFO;
#define GetIScsiTargetInformation GetIScsiTargetInformationW
#define AddIScsiConnection AddIScsiConnectionW
#define ReportIScsiTargets ReportIScsiTargetsW
#define AddIScsiStaticTarget AddIScsiStaticTargetW
#define RemoveIScsiStaticTarget RemoveIScsiStaticTargetW
#define AddIScsiSendTargetPortal AddIScsiSendTargetPortalW
#define RemoveIScsiSendTargetPortal RemoveIScsiSendTargetPortalW
#define RefreshIScsiSendTargetPortal RefreshIScsiSendTargetPortalW
#define ReportIScsiSendTargetPortals ReportIScsiSendTargetPortalsW
#define ReportIScsiSendTargetPortalsEx ReportIScsiSendTargetPortalsExW
#define LoginIScsiTarget LoginIScsiTargetW
#define ReportIScsiPersistentLogins ReportIScsiPersistentLoginsW
#define RemoveIScsiPersistentTarget RemoveIScsiPersistentTargetW
#define ReportIScsiInitiatorList ReportIScsiInitiatorListW
#define ReportActiveIScsiTargetMappings ReportActiveIScsiTargetMappingsW
#define SetIScsiTunnelModeOuterAddress SetIScsiTunnelModeOuterAddressW
#define SetIScsiIKEInfo SetIScsiIKEInfoW
#define GetIScsiIKEInfo GetIScsiIKEInfoW
#define SetIScsiInitiatorNodeName SetIScsiInitiatorNodeNameW
#define GetIScsiInitiatorNodeName GetIScsiInitiatorNodeNameW
#define AddISNSServer AddISNSServerW
#define RemoveISNSServer RemoveISNSServerW
#define RefreshISNSServer RefreshISNSServerW
#define ReportISNSServerList ReportISNSServerListW
#define GetIScsiSessionList GetIScsiSessionListW
#define GetDevicesForIScsiSession GetDevicesForIScsiSessionW
#define AddPersistentIScsiDevice AddPersistentIScsiDeviceW
#define RemovePersistentIScsiDevice RemovePersistentIScsiDeviceW
#define ReportPersistentIScsiDevices ReportPersistentIScsiDevicesW
#define ReportIScsiTargetPortals ReportIScsiTargetPortalsW
#define AddRadiusServer AddRadiusServerW
#define RemoveRadiusServer RemoveRadiusServerW
#define ReportRadiusServerList ReportRadiusServerListW
#else
typedef ISCSI_CONNECTION_INFOA ISCSI_CONNECTION_INFO;
typedef PISCSI_CONNECTION_INFOA PISCSI_CONNECTION_INFO;
typedef ISCSI_DEVICE_ON_SESSIONA ISCSI_DEVICE_ON_SESSION;
typedef PISCSI_DEVICE_ON_SESSIONA PISCSI_DEVICE_ON_SESSION;
typedef ISCSI_SESSION_INFOA ISCSI_SESSION_INFO;
typedef PISCSI_SESSION_INFOA PISCSI_SESSION_INFO;
typedef ISCSI_TARGET_MAPPINGA ISCSI_TARGET_MAPPING;
typedef PISCSI_TARGET_MAPPINGA PISCSI_TARGET_MAPPING;
typedef ISCSI_TARGET_PORTALA ISCSI_TARGET_PORTAL;
typedef PISCSI_TARGET_PORTALA PISCSI_TARGET_PORTAL;
typedef ISCSI_TARGET_PORTAL_GROUPA ISCSI_TARGET_PORTAL_GROUP;
typedef PISCSI_TARGET_PORTAL_GROUPA PISCSI_TARGET_PORTAL_GROUP;
typedef ISCSI_TARGET_PORTAL_INFOA ISCSI_TARGET_PORTAL_INFO;
typedef PISCSI_TARGET_PORTAL_INFOA PISCSI_TARGET_PORTAL_INFO;
typedef ISCSI_TARGET_PORTAL_INFO_EXA ISCSI_TARGET_PORTAL_INFO_EX;
typedef PISCSI_TARGET_PORTAL_INFO_EXA PISCSI_TARGET_PORTAL_INFO_EX;
typedef PERSISTENT_ISCSI_LOGIN_INFOA PERSISTENT_ISCSI_LOGIN_INFO;
typedef PPERSISTENT_ISCSI_LOGIN_INFOA PPERSISTENT_ISCSI_LOGIN_INFO;
#define GetIScsiTargetInformation GetIScsiTargetInformationA
#define AddIScsiConnection AddIScsiConnectionA
#define ReportIScsiTargets ReportIScsiTargetsA
#define AddIScsiStaticTarget AddIScsiStaticTargetA
#define RemoveIScsiStaticTarget RemoveIScsiStaticTargetA
#define AddIScsiSendTargetPortal AddIScsiSendTargetPortalA
#define RemoveIScsiSendTargetPortal RemoveIScsiSendTargetPortalA
#define RefreshIScsiSendTargetPortal RefreshIScsiSendTargetPortalA
#define ReportIScsiSendTargetPortals ReportIScsiSendTargetPortalsA
#define ReportIScsiSendTargetPortalsEx ReportIScsiSendTargetPortalsExA
#define LoginIScsiTarget LoginIScsiTargetA
#define ReportIScsiPersistentLogins ReportIScsiPersistentLoginsA
#define RemoveIScsiPersistentTarget RemoveIScsiPersistentTargetA
#define ReportIScsiInitiatorList ReportIScsiInitiatorListA
#define ReportActiveIScsiTargetMappings ReportActiveIScsiTargetMappingsA
#define SetIScsiTunnelModeOuterAddress SetIScsiTunnelModeOuterAddressA
#define SetIScsiIKEInfo SetIScsiIKEInfoA
#define GetIScsiIKEInfo GetIScsiIKEInfoA
#define SetIScsiInitiatorNodeName SetIScsiInitiatorNodeNameA
#define GetIScsiInitiatorNodeName GetIScsiInitiatorNodeNameA
#define AddISNSServer AddISNSServerA
#define RemoveISNSServer RemoveISNSServerA
#define RefreshISNSServer RefreshISNSServerA
#define ReportISNSServerList ReportISNSServerListA
#define GetIScsiSessionList GetIScsiSessionListA
#define GetDevicesForIScsiSession GetDevicesForIScsiSessionA
#define AddPersistentIScsiDevice AddPersistentIScsiDeviceA
#define RemovePersistentIScsiDevice RemovePersistentIScsiDeviceA
#define ReportPersistentIScsiDevices ReportPersistentIScsiDevicesA
#define ReportIScsiTargetPortals ReportIScsiTargetPortalsA
#define AddRadiusServer AddRadiusServerA
#define RemoveRadiusServer RemoveRadiusServerA
#define ReportRadiusServerList ReportRadiusServerListA
#endif

#endif
