#!/usr/bin/env python3
"""Writes the C program that holds mingw-w64's iscsidsc.h to api.json, where that header can be right.

  mingw_header.py ISCSIDSC

ISCSIDSC is the folder of api.json and generate.py. What is left out stands below, by name and with the
reason. The program is to be compiled with three settings, because the header takes MAX_ISCSI_NAME_LEN,
which it does not define, to be with the NUL in some structures and without it in others:

  -DMAX_ISCSI_NAME_LEN=224               everything but ISCSI_DEVICE_ON_SESSION
  -DMAX_ISCSI_NAME_LEN=223               ISCSI_DEVICE_ON_SESSIONA
  -DMAX_ISCSI_NAME_LEN=223 -DUNICODE     ISCSI_DEVICE_ON_SESSIONW
"""

import json
import pathlib
import sys

MISSING = "the header does not have it"
CHARACTERS = "texts are single characters, and the names of a session's target change places"
DEVICE = "the header has one structure of TCHAR"
LEFT_OUT = {
    "constants": {
        "MAX_ISCSI_NAME_LEN": MISSING,
        "MAX_ISCSI_ALIAS_LEN": MISSING,
        "MAX_ISCSI_PORTAL_ALIAS_LEN": MISSING,
        "MAX_ISCSI_TEXT_ADDRESS_LEN": MISSING,
        "MAX_ISCSI_DISCOVERY_DOMAIN_LEN": MISSING,
        "ISCSI_ANY_INITIATOR_PORT": MISSING,
        "ISCSI_ALL_INITIATOR_PORTS": MISSING,
        "MAX_RADIUS_ADDRESS_LEN": MISSING,
    },
    "enumerators": {
        "ISCSI_TARGET_FLAG_HIDE_STATIC_TARGET": MISSING,
        "ISCSI_TARGET_FLAG_MERGE_TARGET_INFORMATION": MISSING,
        "ID_IPV4_ADDR": MISSING,
        "ID_FQDN": MISSING,
        "ID_USER_FQDN": MISSING,
        "ID_IPV6_ADDR": MISSING,
    },
    "structures": {
        "ISCSI_CONNECTION_INFOW": CHARACTERS,
        "ISCSI_CONNECTION_INFOA": CHARACTERS,
        "ISCSI_SESSION_INFOW": CHARACTERS,
        "ISCSI_SESSION_INFOA": CHARACTERS,
        "ISCSI_CONNECTION_INFO_EX": MISSING,
        "ISCSI_SESSION_INFO_EX": MISSING,
        "PERSISTENT_ISCSI_LOGIN_INFOW": "names are CHAR",
        "ISCSI_DEVICE_ON_SESSIONW": DEVICE,
        "ISCSI_DEVICE_ON_SESSIONA": DEVICE,
    },
    # Of all functions the result is left out: HRESULT there, which is LONG.
    "functions": {
        "SetIScsiIKEInfoW": MISSING,
        "SetIScsiIKEInfoA": MISSING,
        "SetIScsiInitiatorRADIUSSharedSecret": "another spelling: Iscsi",
        "GetIScsiSessionListEx": MISSING,
        "GetDevicesForIScsiSessionW": "one function of TCHAR, in another spelling: iSCSI",
        "GetDevicesForIScsiSessionA": "one function of TCHAR, in another spelling: iSCSI",
        "SetupPersistentIScsiVolumes": MISSING,
        "AddPersistentIScsiDeviceW": "another spelling: iScsi",
        "AddPersistentIScsiDeviceA": "another spelling: iScsi",
        "ClearPersistentIScsiDevices": "another spelling: iScsi",
        "ReportPersistentIScsiDevicesW": "another spelling: iScsi",
        "ReportPersistentIScsiDevicesA": "another spelling: iScsi",
        "GetIScsiIKEInfoW": "AuthInfo is a pointer to a pointer",
        "GetIScsiIKEInfoA": "AuthInfo is a pointer to a pointer",
        "SendScsiInquiry": "pointers to pointers",
        "SendScsiReadCapacity": "pointers to pointers",
        "SendScsiReportLuns": "pointers to pointers",
        "ReportIScsiSendTargetPortalsW": "PortalInfo is that of the A function",
        "ReportRadiusServerListW": "Buffer is that of the A function",
    },
}

BEGINNING = """\
#define _WIN32_WINNT 0x0600
#include <windows.h>
#include <winioctl.h>
#include <stddef.h>

/* Both structures get one name there, and their own are used without having been declared. */
typedef struct _ISCSI_TARGET_PORTAL_INFO_EXA ISCSI_TARGET_PORTAL_INFO_EXA,
    *PISCSI_TARGET_PORTAL_INFO_EXA;
typedef struct _ISCSI_TARGET_PORTAL_INFO_EXW ISCSI_TARGET_PORTAL_INFO_EXW,
    *PISCSI_TARGET_PORTAL_INFO_EXW;
#define HBALAB_PASTE(a, b) a##b
#define HBALAB_UNIQUE(name, number) HBALAB_PASTE(name, number)
#define ISCSI_TARGET_PORTAL_INFO_EX HBALAB_UNIQUE(HbalabEx, __COUNTER__)
#define PISCSI_TARGET_PORTAL_INFO_EX HBALAB_UNIQUE(HbalabPointerToEx, __COUNTER__)
#undef __MINGW_TYPEDEF_AW
#define __MINGW_TYPEDEF_AW(type)

#include <iscsidsc.h>

#define HBALAB_DSC_CHECK(condition) _Static_assert(condition, #condition);
#define HBALAB_DSC_ALIGNOF(type) _Alignof(type)
#define HBALAB_DSC_SIZEOF(type, member) sizeof(((type*)0)->member)
"""


def kept(rows, left_out):
    """The rows that are not left out; what is left out has to be there."""
    names = [row["name"] for row in rows]
    unknown = set(left_out) - set(names)
    if unknown:
        sys.exit(f"mingw_header.py: api.json has no {', '.join(sorted(unknown))}")
    return [row for row in rows if row["name"] not in left_out]


def prototypes(generate, api):
    families = {entry["family"] for entry in api["functions"]}
    functions = [{"name": entry["name"] + variant, "entry": entry, "variant": variant}
                 for entry, variant in generate.functions(api, families)]
    text = ""
    for row in kept(functions, LEFT_OUT["functions"]):
        params = ", ".join(generate.typed(t, row["variant"]) for t, _ in row["entry"]["params"])
        text += (f"HBALAB_DSC_CHECK(__builtin_types_compatible_p(__typeof__(&{row['name']}), "
                 f"HRESULT(WINAPI*)({params or 'void'})))\n")
    return text


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(arguments[0])
    sys.path.insert(0, str(folder))
    import generate  # what writes the checks of the library's own header

    api = json.loads((folder / "api.json").read_text(encoding="utf-8"))
    most = {part: kept(api[part], LEFT_OUT[part])
            for part in ("constants", "enumerators", "structures")}
    devices = {row["name"][-1]: row for row in api["structures"]
               if row["name"].startswith("ISCSI_DEVICE_ON_SESSION")}
    print(BEGINNING)
    print("#if MAX_ISCSI_NAME_LEN == 224")
    print(generate.layout_checks(most) + prototypes(generate, api))
    for condition, variant in (("elif defined(UNICODE)", "W"), ("else", "A")):
        print(f"#{condition}\ntypedef ISCSI_DEVICE_ON_SESSION ISCSI_DEVICE_ON_SESSION{variant};")
        print(generate.layout_checks({"constants": [], "enumerators": [],
                                      "structures": [devices[variant]]}))
    print("#endif")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
