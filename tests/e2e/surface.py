#!/usr/bin/env python3
"""Every class of the schema through the mounted tree: where it is, that its blocks, its JSON and its files
say the same, what can be set, and what cannot. With --write: makes the table of docs/behaviour.md."""
import errno
import json
import os
import sys

from lib import SOURCE, Lab, all_classes, differences, mounted, normal, program, skip_without_fuse

DOCUMENT = SOURCE / "docs/behaviour.md"
MARKS = ("<!-- classes: made by tests/e2e/surface.py --write -->\n", "<!-- end of classes -->\n")
LAB = SOURCE / "tests/golden/lab.json"

# Classes of which an adapter may have no instance.
CONDITIONAL = {
    "MSiSCSI_LUNMappingInformation": "one for each logical unit that the system has found; none without a session",
    "MSiSCSI_ConnectionStatistics": "one for each connection that is there",
    "MSiSCSI_RequestTimeStatistics": "one for each connection that is there",
    "MSiSCSI_SessionStatistics": "one for each session",
    "MSiSCSI_MMIPSECStats": "adapters whose `functionality` names the preshared key cache or IPsec tunnel mode",
    "MSiSCSI_QMIPSECStats": "adapters whose `functionality` names the preshared key cache or IPsec tunnel mode",
}
# Embedded classes that nothing embeds.
UNUSED = {"ISCSI_TargetPortalGroup": "in no class and no method: only the header's structure for it exists"}

# ---- the lab -----------------------------------------------------------------------------------

OPERATIONS = "MSiSCSI_Operations."
SECURITY = "MSiSCSI_SecurityConfigOperations."
DISK = {"TargetName": "iqn.2026-01.org.example:disk1", "TargetPortal": "192.0.2.10"}
STEPS = [
    {"call": OPERATIONS + "SetInitiatorNodeName", "in": {"CreatedInitiatorName": "iqn.2026-01.org.example:node"}},
    {"call": OPERATIONS + "SetCHAPSharedSecret", "in": {"SharedSecret": "target-secret"}},
    {"call": OPERATIONS + "LoginToTarget", "keep": {"session": "UniqueSessionId"},
     "in": {**DISK, "LoginOptions": {"InformationSpecified": "ISCSI_LOGIN_OPTIONS_MAXIMUM_CONNECTIONS",
                                     "MaximumConnections": 2}}},
    {"call": OPERATIONS + "AddConnectionToSession",
     "in": {"UniqueAdapterId": "{adapter_id}", "UniqueSessionId": "{session}", "TargetPortal": "192.0.2.11"}},
    {"call": OPERATIONS + "LoginToTarget",
     "in": {**DISK, "PersistentLogin": True, "Username": "operator", "Password": "twelve-bytes",
            "Mappings": {"LUNList": [{"TargetLUN": 0, "OSLUN": 3}, {"TargetLUN": 1, "OSLUN": 4}]}}},
    {"call": OPERATIONS + "LoginToTarget", "keep": {"discovery": "UniqueSessionId"},
     "in": {"TargetPortal": "192.0.2.10", "TargetName": "", "SessionType": "ISCSI_LOGINTARGET_DISCOVERY"}},
    {"call": OPERATIONS + "SendTargets", "in": {"UniqueSessionId": "{discovery}", "SendTargetsText": "All"}},
    {"call": SECURITY + "SetGenerationalGuid", "in": {"GenerationalGuid": "00112233445566778899aabbccddeeff"}},
]

# ---- what can be set ---------------------------------------------------------------------------

IPV4, OTHER_IPV4, IPV6 = "0x0a0200c0", "0x460200c0", "20010db8000000000000000000000070"


NOTHING_KEPT = "0"  # of an address that is no IPv6 address, and of one that is kept in canonical form
REFUSED = None


def server(path, host="host.example", last=OTHER_IPV4, *, canonical=True):
    """The files of an address that may be a host name; Type follows what is written."""
    dropped = [NOTHING_KEPT] if canonical else []
    return [(path + "/Type", "ISCSI_IP_ADDRESS_EMPTY"), (path + "/IpV4Address", IPV4),
            (path + "/IpV6ScopeId", "2", *dropped), (path + "/IpV6Address", IPV6), (path + "/IpV6ScopeId", "2"),
            (path + "/IpV6FlowInfo", "1", *dropped), (path + "/TextAddress", host), (path + "/IpV4Address", last)]


def numeric(path, value, text, *, ipv6=REFUSED):
    """The files of an address of a port: it has to be numeric, and may have to be of the port's version."""
    return [(path + "/IpV4Address", value), (path + "/Type", "ISCSI_IP_ADDRESS_IPV4"),
            (path + "/IpV6ScopeId", "2", NOTHING_KEPT), (path + "/IpV6FlowInfo", "1", NOTHING_KEPT),
            (path + "/IpV6Address", IPV6, ipv6), (path + "/IpV4Address", value),
            (path + "/TextAddress", "host.example", REFUSED), (path + "/TextAddress", text, "")]


SETTABLE = {
    "MSiSCSI_HBASessionConfig": [
        ("InitialR2T", "1"), ("ImmediateData", "0"), ("MaxRecvDataSegmentLength", "8192"),
        ("FirstBurstLength", "4096"), ("MaxBurstLength", "65536"), ("MaxOutstandingR2T", "3")],
    "MSiSCSI_DiscoveryConfig": [
        ("PerformiSNSDiscovery", "1"), ("PerformSLPDiscovery", "1"), ("AutomaticiSNSDiscovery", "1"),
        ("InitiatorName", "iqn.2026-01.org.example:isns"), *server("iSNSServer")],
    "MSiSCSI_RADIUSConfig": [
        ("UseRADIUSForCHAP", "1"), *server("RADIUSServer"), *server("BackupRADIUSServer", "backup.example", "0x470200c0"),
        ("SharedSecret", "testing123", ""), ("SharedSecretSizeInBytes", "10"), ("SharedSecretSizeInBytes", "0")],
    "MSiSCSI_BootConfiguration": [
        ("LUN", "1"), ("SecurityFlags", "3"), ("DiscoverBootDevice", "1"),
        ("InitiatorNode", "iqn.2026-01.org.example:booter"), ("TargetName", "iqn.2026-01.org.example:disk1"),
        *server("TargetPortal/Address", canonical=False), ("TargetPortal/Socket", "3261"), ("TargetPortal/Reserved", "0"),
        ("LoginOptions/InformationSpecified", "0xff"), ("LoginOptions/HeaderDigest", "1"),
        ("LoginOptions/DataDigest", "1"), ("LoginOptions/MaximumConnections", "2"),
        ("LoginOptions/DefaultTime2Wait", "3"), ("LoginOptions/DefaultTime2Retain", "4"),
        ("LoginOptions/LoginFlags", "2"), ("LoginOptions/AuthType", "ISCSI_CHAP_AUTH_TYPE"),
        ("Username", "operator"), ("UsernameSize", "8"), ("Password", "twelve-bytes", ""), ("PasswordSize", "12"),
        ("PasswordSize", "0"), ("UsernameSize", "0")],
    "MSiSCSI_TCPIPConfig": [
        ("UseLinkLocalAddress", "1"), ("UseLinkLocalAddress", "0"), ("EnableDHCP", "1"), ("EnableDHCP", "0"),
        ("UseDHCPForDNS", "1"),
        *numeric("IpAddress", "0x050200c0", "192.0.2.6", ipv6=IPV6), *numeric("SubnetMask", "0x00ffffff", "255.255.0.0"),
        *numeric("DefaultGateway", "0xfe0200c0", "192.0.2.253"),
        *numeric("PreferredDNSServer", "0x350200c0", "192.0.2.54", ipv6=IPV6),
        *numeric("AlternateDNSServer", "0x360200c0", "192.0.2.55", ipv6=IPV6)],
}
# The instance that is set, where it is not the first: a port that no session uses.
NUMBER = {"MSiSCSI_TCPIPConfig": 1}


def write(path, text):
    handle = os.open(path, os.O_RDWR)
    try:
        os.write(handle, text.encode() + b"\n")
    finally:
        os.close(handle)


def is_name(path, text):
    return (path.parent / (path.name + ".name")).exists() and not text[0].isdigit()


def set_all(directory, entries):
    """Sets each file and reads it back; yields what is otherwise."""
    for name, text, *expected in entries:
        place = directory / name
        expected = expected[0] if expected else text
        refusal = refuses(place, text)
        if expected is REFUSED:
            if refusal != errno.EOPNOTSUPP:
                yield f"{name} = {text}: {errno.errorcode.get(refusal, 'taken')}"
            continue
        if refusal:
            yield f"{name} = {text}: {errno.errorcode[refusal]}"
            continue
        got = (place.parent / (place.name + ".name") if is_name(place, text) else place).read_text()
        if normal(got) != normal(expected + "\n"):
            yield f"{name} = {text}: reads {got!r}"
        yield from forms(directory)


def writable_files(directory):
    for place in files_of(directory):
        if os.stat(place).st_mode & 0o222:
            yield str(place.relative_to(directory))


def files_of(directory):
    for parent, _, names in os.walk(directory):
        for name in names:
            if name not in ("call", "call.bin"):
                yield type(directory)(parent) / name


def refuses(place, text):
    """Writes; the errno of what is refused. Root may open what nobody can write: the write is refused then."""
    try:
        write(place, text)
    except OSError as error:
        return error.errno
    return 0


def read_only(directory):
    for place in files_of(directory):
        if os.stat(place).st_mode & 0o222:
            continue
        got = refuses(place, "0")
        if got != errno.EACCES:
            yield f"{place.relative_to(directory)} can be written: {errno.errorcode.get(got, got)}"


# ---- the forms of an instance ------------------------------------------------------------------

def forms(directory):
    """instance.json against block.bin and the file of each property."""
    instance = json.loads((directory / "instance.json").read_text())
    yield from differences(directory, instance)
    block = (directory / "block.bin").read_bytes()
    decoded = json.loads(program("--json", "schema", "decode", directory.parent.name, data=block))
    of_block = {name: value for name, value in instance.items() if name not in ("InstanceName", "Active")}
    if decoded != of_block:
        yield f"block.bin says {decoded}, instance.json {of_block}"


# ---- classes -----------------------------------------------------------------------------------

def embedders(classes):
    """Where each embedded class is: CLASS.MEMBER or METHOD(MEMBER)."""
    found = {}
    for name, cls in classes.items():
        for member in cls["properties"]:
            found.setdefault(member["type"], []).append(f"`{name}.{member['name']}`")
        for method in cls["methods"]:
            for member in method["in"] + method["out"]:
                found.setdefault(member["type"], []).append(f"`{method['name']}({member['name']})`")
    return found


def shortened(places):
    return ", ".join(places[:3]) + (f" and {len(places) - 3} others" if len(places) > 3 else "")


def where(name, cls, found):
    if cls["kind"] == "embedded":
        return UNUSED.get(name) or "in " + shortened(found.get(name, []))
    if cls["kind"] == "event":
        return "each adapter: `events.jsonl`"
    if name in CONDITIONAL:
        return CONDITIONAL[name]
    if name in ("MSiSCSI_NICConfig", "MSiSCSI_NICPerformance", "MSiSCSI_TCPIPConfig"):
        return "each port of each adapter"
    return "each adapter"


def document_table(classes):
    found = embedders(classes)
    lines = ["| class | kind | instances |\n", "|---|---|---|\n"]
    lines += [f"| `{name}` | {cls['kind']} | {where(name, cls, found)} |\n" for name, cls in sorted(classes.items())]
    return "".join(lines)


def with_table(text, table):
    head, rest = text.split(MARKS[0])
    return head + MARKS[0] + table + MARKS[1] + rest.split(MARKS[1])[1]


def instances(mount, name, adapter=None):
    directory = mount / "root/wmi" / name
    if not directory.exists():
        return []
    device = adapter and (mount / "lab/adapters" / adapter / "device_instance").read_text().strip()
    return [entry for entry in sorted(directory.iterdir())
            if entry.is_dir() and (device is None or entry.name.startswith(device))]


def bare(mount, classes):
    """An adapter without options and sessions has each class but the conditional ones."""
    served = {name for name, cls in classes.items() if cls["kind"] != "embedded"}
    lacking = {name for name in served if not instances(mount, name, "hba1")}
    if lacking != set(CONDITIONAL):
        yield f"a bare adapter lacks {sorted(lacking)}"
    found = embedders(classes)
    nowhere = {name for name in set(classes) - served if name not in found}
    if nowhere != set(UNUSED):
        yield f"nothing embeds {sorted(nowhere)}"


def one_class(mount, name, cls):
    if cls["kind"] == "embedded":
        if (mount / "root/wmi" / name).exists():
            yield "an embedded class is listed"
        return
    found = instances(mount, name)
    if not found:
        yield "no instance"
    for directory in found:
        kind = "data" if (directory / "block.bin").exists() else "event" if (directory / "events.jsonl").exists() else "methods"
        if kind != cls["kind"]:
            yield f"{directory.name} looks like {kind}, not {cls['kind']}"
        if kind == "data":
            yield from forms(directory)
        methods = {entry.name for entry in directory.iterdir() if (entry / "call").exists()}
        if methods != {method["name"] for method in cls["methods"]}:
            yield f"{directory.name} has the methods {sorted(methods)}"
        yield from read_only(directory)


def settable(lab, name):
    directory = lab.instance(name, number=NUMBER.get(name, 0))
    entries = SETTABLE.get(name, [])
    yield from set_all(directory, entries)
    known = {entry[0] for entry in entries}
    for path in set(writable_files(directory)) - known:
        yield f"nobody sets {path}"


def main():
    classes = all_classes()
    table = document_table(classes)
    if sys.argv[1:] == ["--write"]:
        DOCUMENT.write_text(with_table(DOCUMENT.read_text(), table))
        return
    wrong = []
    if len(classes) != 53:
        wrong.append(f"{len(classes)} classes")
    if DOCUMENT.read_text() != with_table(DOCUMENT.read_text(), table):
        wrong.append("docs/behaviour.md is older than the schema: tests/e2e/surface.py --write")
    skip_without_fuse()
    with mounted(LAB) as mount:
        wrong += bare(mount, classes)
        lab = Lab(mount)
        lab.do(STEPS)
        for name, cls in classes.items():
            wrong += [f"{name}: {text}" for text in one_class(mount, name, cls)]
        for name, cls in classes.items():
            if cls["kind"] == "data" and instances(mount, name, "hba0"):
                wrong += [f"{name}: {text}" for text in settable(lab, name)]
    for text in wrong:
        print(text)
    print(f"{len(classes)} classes, {len(wrong)} differences")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
