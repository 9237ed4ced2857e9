"""Reports of the conformance suite that no run made: of any size, with failures of many kinds and with hostile
names and bytes. As a program: made_report.py COUNT FILE."""
import json
import pathlib
import random
import struct
import sys

CLASSES = ["MSiSCSI_HBAInformation", "MSiSCSI_PortalInfoClass", "MSiSCSI_InitiatorSessionInfo", "MSiSCSI_Operations",
           "MSiSCSI_PersistentLogins", "MSiSCSI_TargetMappings", "MSiSCSI_TCPIPConfig", "MSiSCSI_NICConfig",
           "MSiSCSI_DiscoveryConfig", "MSiSCSI_DiscoveryOperations", "MSiSCSI_SecurityConfigOperations",
           "MSiSCSI_RADIUSConfig", "MSiSCSI_NICPerformance", "MSiSCSI_ConnectionStatistics",
           "MSiSCSI_SessionStatistics", "MSiSCSI_InitiatorInstanceFailureEvent", "MSiSCSI_BootConfiguration",
           "MSiSCSI_Eventlog"]
KINDS = ["block/query", "block/padding", "block/every-room", "block/names", "block/set", "Status/value",
         "Status/read-only", "Limit/value", "Limit/set", "Login/in-short", "Login/out-small", "views/agree", "served"]
INSTANCE = "PCI\\VEN_1077&DEV_4010\\3&0&8_0"
HOSTILE = "</script><script>document.title='broken'</script><!--<b>&amp;\u2028\"'`${x}"


def hexed(data):
    return bytes(data).hex()


def evidence(block, ranges, *, expected=b"", sent=b"", request="query MSiSCSI_HBAInformation", given=None):
    made = {"request": f"{request} of {INSTANCE}", "in": given, "outcome": "success", "sent": hexed(sent),
            "received": hexed(block)}
    if expected:
        made["expected"] = hexed(expected)
    made["ranges"] = [{"name": name, "offset": offset, "size": size} for name, offset, size in ranges]
    return made


def value_problem(random_bytes):
    """One value of many is wrong, and what would have been right is known."""
    name = "iqn.1991-05.com.example:target0".encode("utf-16-le").ljust(448, b"\0")
    block = struct.pack("<QIIQ", 0xffff8000_12345678, 0, 0xEFFF0029, 7) + struct.pack("<H", len(name)) + name
    block += random_bytes(22)
    right = bytearray(block)
    right[12:16] = bytes(4)
    ranges = [("UniqueAdapterId", 0, 8), ("SessionCount", 8, 4), ("Status", 12, 4), ("UniqueSessionId", 16, 8),
              ("TargetName", 24, 450), ("ISID", 474, 6), ("TSID", 480, 2), ("Flags", 482, 4)]
    return {"step": "step 2", "where": "Status", "expected": '"ISDSC_SUCCESS"',
            "received": '4026466345 ("ISDSC_INVALID_SESSION_ID")',
            "evidence": evidence(block, ranges, expected=right, sent=random_bytes(24),
                                 request="call MSiSCSI_Operations.LogoutFromTarget",
                                 given={"UniqueSessionId": 18446603336221196280, "Names": ["a", "b"]})}


def range_problem(random_bytes):
    """A property is outside its range: there is no one right block."""
    return {"step": "", "where": "Limit", "expected": "one of 1, 2, 4", "received": "9",
            "evidence": evidence(random_bytes(56), [("Status", 0, 4), ("Limit", 4, 4), ("Names/0/Name", 8, 24),
                                                    ("Names/1/Name", 32, 24)])}


def large_problem(random_bytes):
    """One byte in 16 KiB."""
    block = random_bytes(16384)
    right = bytearray(block)
    right[40 * 224] ^= 1
    return {"step": "step 1", "where": "Portals[40].Port", "expected": "3260", "received": "3261",
            "evidence": evidence(block, [(f"Portals/{i}/Port", i * 224, 2) for i in range(73)], expected=right)}


def outcome_problem(_):
    return {"step": "step 1", "where": "outcome", "expected": "too_small", "received": "success",
            "evidence": evidence(b"", [], sent=b"\1\2\3")}


def contract_problem(_):
    return {"step": "", "where": "the driver's contract", "expected": "no violation",
            "received": "srb-status-once: the status of the SRB was set twice (WmiSrb 0x7f12)"}


PROBLEMS = [value_problem, range_problem, large_problem, outcome_problem, contract_problem]


def trace(count):
    return [json.dumps({"seq": 900 + i, "time": f"00:00:{i:02}.000125", "adapter": "hba0",
                        "minor": "IRP_MN_EXECUTE_METHOD" if i % 2 else "IRP_MN_QUERY_SINGLE_INSTANCE",
                        "class": CLASSES[i % len(CLASSES)], "instance": INSTANCE,
                        "srb_status": "SRB_STATUS_SUCCESS", "in": 8 * i, "out": 64, "us": 12 + i})
            for i in range(count)]


def case(number, verdict, seed):
    class_name = CLASSES[number % len(CLASSES)]
    kind = KINDS[number // len(CLASSES) % len(KINDS)]
    again = number // (len(CLASSES) * len(KINDS))
    case_id = "/".join([class_name, f"part{again}", kind] if again else [class_name, kind])
    made = {"id": case_id, "title": f"what {class_name} answers about {kind}",
            "requirement": {"source": f"MOF of {class_name}; IRP_MN_QUERY_SINGLE_INSTANCE (WDK)",
                            "text": "A property has one of the values that its qualifiers name, in every instance",
                            "weight": ("must", "must", "should", "may")[number % 4]},
            "verdict": verdict, "reason": "", "microseconds": int(2 ** seed.uniform(4, 18)), "known": "",
            "command": f"hbalab conform --builtin --select '{case_id}'", "problems": [], "trace": []}
    if verdict == "failed":
        made["problems"] = [PROBLEMS[number % len(PROBLEMS)](seed.randbytes)]
        if number % 7 == 0:
            made["problems"] += [range_problem(seed.randbytes) for _ in range(5)]
        made["trace"] = trace(6)
    elif verdict == "error":
        made["reason"] = "no end within 30 s, at: call MSiSCSI_Operations.LoginToTarget of PCI\\VEN_1077_0"
    elif verdict == "skipped":
        made["reason"] = ("no driver serves MSiSCSI_Eventlog", "the implementation offers no 'views'")[number % 2]
    elif verdict == "not_run":
        made["reason"] = "the run ended before"
    return made


def made_report(count, verdicts=(("passed", 88), ("skipped", 6), ("failed", 5), ("error", 1))):
    """A report of so many cases, the same each time; verdicts with their parts."""
    seed = random.Random(count)
    names, parts = zip(*verdicts)
    cases = [case(number, seed.choices(names, parts)[0], seed) for number in range(count)]
    return {"format": 1, "program": "hbalab conform", "version": "hbalab 0.1.0", "started": "2026-03-02T07:08:09Z",
            "subject": "the driver build/driver.so", "seed": 0,
            "microseconds": sum(each["microseconds"] for each in cases), "unfinished": "", "counts": {}, "cases": cases}


def hostile_report():
    """Texts that would break out of a page that takes them for anything but text."""
    report = made_report(30, (("failed", 1),))
    report["subject"] = HOSTILE
    for number, each in enumerate(report["cases"]):
        each["title"] = each["requirement"]["text"] = each["requirement"]["source"] = HOSTILE
        each["command"] = f"hbalab {HOSTILE}"
        each["trace"].append(HOSTILE)
        for problem in each["problems"]:
            problem["where"] = problem["expected"] = problem["received"] = HOSTILE
            if "evidence" in problem:
                problem["evidence"].update({"in": {HOSTILE: [HOSTILE]}, "request": HOSTILE, "outcome": HOSTILE})
        each["id"] = f"Class/{HOSTILE}/{number} %41 \t"
    return report


def main(arguments):
    count, file = arguments
    pathlib.Path(file).write_text(json.dumps(made_report(int(count))))


if __name__ == "__main__":
    main(sys.argv[1:])
