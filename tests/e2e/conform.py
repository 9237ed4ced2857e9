#!/usr/bin/env python3
"""The conformance suite as a program: the built-in HBA and a mounted tree pass it, drivers are judged, and
reports are what their formats say, read by readers that are not ours."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree

from lib import HBALAB, SOURCE, run_tests, skip_without_fuse

BUILD = pathlib.Path(os.environ.get("HBALAB_BUILD", SOURCE / "build/release"))
DRIVERS = BUILD / "drivers"
KEPT = BUILD / "conform"  # reports of the whole suite against a mounted tree
KIT = ["--miniport", DRIVERS / "kit_driver.so", "--mof", SOURCE / "tests/hba-sim/drivers/kit_test.mof",
       "--timeout", "2s", "--skip", "driver/end/*"]  # which calls what is there to misbehave
REPORT_SCHEMA = json.loads((SOURCE / "schemas/conformance-report.schema.json").read_text())
CASE_SCHEMA = json.loads((SOURCE / "schemas/conformance-case.schema.json").read_text())


def conform(*arguments, code=0, **options):
    """What hbalab conform prints; it has to end with that status."""
    done = subprocess.run([HBALAB, "conform", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False, **options)
    assert done.returncode == code, (arguments, done.returncode, done.stdout[-3000:], done.stderr)
    return done.stdout + done.stderr


@contextlib.contextmanager
def sample_lab(work):
    mount = work / "mnt"
    subprocess.run([HBALAB, "mount", "--state", work / "state", mount], check=True)
    try:
        yield mount
    finally:
        subprocess.run([HBALAB, "umount", "--lazy", mount], check=False, stderr=subprocess.DEVNULL)


# ---- readers of our own ------------------------------------------------------------------------

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}


def violations(value, schema, root, path="$"):
    """What of a JSON Schema (the parts that ours use) a value does not keep."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        yield from violations(value, root["$defs"][name], root, path)
        return
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or kind == "integer" and isinstance(value, bool)):
        yield f"{path} is no {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path} is {value!r}"
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        yield f"{path} does not match"
    if "minimum" in schema and isinstance(value, int) and value < schema["minimum"]:
        yield f"{path} is {value}"
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        yield from (f"{path} lacks {name}" for name in schema.get("required", []) if name not in value)
        for name, inner in value.items():
            if name in properties:
                yield from violations(inner, properties[name], root, f"{path}/{name}")
            elif schema.get("additionalProperties", True) is False:
                yield f"{path} has {name}"
    if isinstance(value, list) and "items" in schema:
        for number, inner in enumerate(value):
            yield from violations(inner, schema["items"], root, f"{path}/{number}")


def read_tap(text):
    """Test lines of TAP 14 by description: ok, directive. Fails on what is no TAP."""
    lines = text.rstrip("\n").split("\n")
    assert lines[0] == "TAP version 14", lines[0]
    plan = re.fullmatch(r"1\.\.(\d+)", lines[1])
    assert plan, lines[1]
    tests, block = {}, None
    for line in lines[2:]:
        if block is not None:
            assert line.startswith("  "), line
            block = None if line == "  ..." else block
        elif line == "  ---":
            block = line
        elif not line.startswith("Bail out!"):
            match = re.fullmatch(r"(not )?ok (\d+) - ((?:[^#\\]|\\.)*?)(?: # (SKIP|TODO) (.*))?", line)
            assert match and int(match[2]) == len(tests) + 1, line
            tests[match[3]] = (match[1] is None, match[4])
    assert block is None and len(tests) == int(plan[1])
    return tests


def check_reports(work, report):
    """JUnit, TAP and JSON of one run say the same."""
    assert list(violations(report, REPORT_SCHEMA, REPORT_SCHEMA)) == []
    counts = report["counts"]
    suites = xml.etree.ElementTree.parse(work / "junit.xml").getroot()
    cases = suites.findall("testsuite/testcase")
    assert len(cases) == len(report["cases"]) == int(suites.get("tests"))
    assert sum(suite.find("failure") is not None for suite in cases) == counts["failed"] == int(suites.get("failures"))
    assert sum(case.find("error") is not None for case in cases) == counts["errors"] == int(suites.get("errors"))
    for suite in suites.findall("testsuite"):
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
    tap = read_tap((work / "tap.txt").read_text())
    for case in report["cases"]:
        ok, directive = tap[case["id"]]
        assert ok == (case["verdict"] in ("passed", "skipped", "not_run")), case["id"]
        assert (directive == "SKIP") == (case["verdict"] in ("skipped", "not_run")), case["id"]


def reports_of(work, *arguments, code=0):
    text = conform(*arguments, "--junit", work / "junit.xml", "--tap", work / "tap.txt", "--html",
                   work / "report.html", "--report", work / "report.json", code=code)
    (work / "summary.txt").write_text(text)
    report = json.loads((work / "report.json").read_text())
    check_reports(work, report)
    return report


# ---- the tests ---------------------------------------------------------------------------------

def the_built_in_hba_passes(work):
    report = reports_of(work, "--builtin")
    assert report["counts"]["passed"] > 800, report["counts"]
    assert report["microseconds"] < 20_000_000 and report["unfinished"] == ""
    # What does not apply is not there, or has no parameter, or is of trees alone.
    reasons = {case["reason"] for case in report["cases"] if case["verdict"] == "skipped"}
    known = ("the implementation offers no 'views'", "the implementation offers no 'checked'", "MSiSCSI_",
             "no driver serves", "not so: ", "the block has no")
    assert all(reason.startswith(known) for reason in reasons), reasons
    again = reports_of(work, "--builtin", "--seed", 3, "--jobs", 1)
    assert {case["id"]: case["verdict"] for case in again["cases"]} == \
        {case["id"]: case["verdict"] for case in report["cases"]}
    conform("--builtin", "--device", "&0&10")  # the other adapter, with fewer functions


def a_mounted_tree_passes(work):
    shutil.rmtree(KEPT, ignore_errors=True)
    KEPT.mkdir()
    with sample_lab(work) as mount:
        report = reports_of(KEPT, "--tree", mount)
        assert report["counts"]["passed"] > 600, report["counts"]
        # Every class with instances is the same in all forms, and every method answers alike in two.
        served = {place.name for place in (mount / "root/wmi").iterdir()}
        views = {case["id"].split("/")[0] for case in report["cases"]
                 if "/views/" in case["id"] and case["verdict"] == "passed"}
        assert {name for name in served if not name.endswith("Operations") and "Event" not in name} <= views, served
        forms = [case for case in report["cases"] if case["id"].endswith("/forms")]
        assert len(forms) == 27 and all(case["verdict"] == "passed" for case in forms)
        # The suite leaves nothing behind.
        sessions = json.loads(subprocess.run(
            [HBALAB, "--tree", mount, "get", "MSiSCSI_InitiatorSessionInfo", "-i", "hba0"], stdout=subprocess.PIPE,
            check=True).stdout)
        assert sessions["SessionCount"] == 0
        logins = json.loads(subprocess.run(
            [HBALAB, "--tree", mount, "get", "MSiSCSI_PersistentLogins", "-i", "hba0"], stdout=subprocess.PIPE,
            check=True).stdout)
        assert logins["PersistentLoginCount"] == 0


def shards_are_merged(work):
    for shard in (1, 2, 3):
        conform("--builtin", "--shard", f"{shard}/3", "--report", work / f"{shard}.json")
    conform("merge", *(work / f"{shard}.json" for shard in (1, 2, 3)), "--report", work / "report.json",
            "--junit", work / "junit.xml", "--tap", work / "tap.txt")
    merged = json.loads((work / "report.json").read_text())
    check_reports(work, merged)
    listed = json.loads(conform("--builtin", "--list", "--json"))
    assert sorted(case["id"] for case in merged["cases"]) == sorted(case["id"] for case in listed)
    assert "as before" in conform("--builtin", "--baseline", work / "report.json")


def a_driver_is_judged(work):
    """The test driver keeps every must, and runs on parameters that it did not get."""
    report = reports_of(work, *KIT, "--level", "must")
    assert report["counts"]["passed"] > 25 and report["counts"]["failed"] == 0
    report = reports_of(work, *KIT, "--skip", "*/Later/*", code=1)
    failed = {case["id"]: case for case in report["cases"] if case["verdict"] == "failed"}
    assert "KitTest_Operations/Add/in-short" in failed and "KitTest_Counter/block/set-short" in failed
    evidence = failed["KitTest_Operations/Add/in-short"]["problems"][0]["evidence"]
    assert evidence["ranges"] == [{"name": "Sum", "offset": 0, "size": 4}], evidence
    assert any("EXECUTE_METHOD" in line for line in failed["KitTest_Operations/Add/in-short"]["trace"])
    # The line that is printed with a failure runs it again.
    again = subprocess.run(["bash", "-c", failed["KitTest_Operations/Add/in-short"]["command"]], check=False,
                           stdout=subprocess.PIPE, text=True,
                           env={**os.environ, "PATH": f"{pathlib.Path(HBALAB).parent}:{os.environ['PATH']}"})
    assert again.returncode == 1 and "1 failed of 1 cases" in again.stdout, again
    # A driver whose classes nobody describes starts with that.
    assert "no class has it" in conform(*KIT[:2], "--select", "driver/*", code=1)
    conform(*KIT, "--select", "driver/*")
    # Known failures.
    known = work / "known.json"
    known.write_text(json.dumps({"known_failures": [
        {"case": "*/in-short", "reason": "it trusts its callers"},
        {"case": "KitTest_Counter/block/set-short", "reason": "as above"}]}))
    report = reports_of(work, *KIT, "--skip", "*/Later/*", "--skip", "*/Check/*", "--expect", known)
    assert report["counts"]["known_failures"] == len(failed) - ("KitTest_Operations/Check/in-short" in failed)
    known.write_text(json.dumps({"known_failures": [{"case": "KitTest_Counter/Value/set", "reason": "no"}]}))
    assert "passed, and should not have" in conform(*KIT, "--select", "*/Value/set", "--expect", known, code=1)


def what_cannot_be_judged_ends_in_time(work):
    begin = time.monotonic()
    report = reports_of(work, *KIT, "--select", "*/Later/in-short", "--select", "*/Add/unknown-instance", code=6)
    verdicts = {case["id"]: case for case in report["cases"]}
    assert verdicts["KitTest_Operations/Later/in-short"]["verdict"] == "error"
    assert "call KitTest_Operations.Later" in verdicts["KitTest_Operations/Later/in-short"]["reason"]
    assert verdicts["KitTest_Operations/Add/unknown-instance"]["verdict"] == "passed"
    assert time.monotonic() - begin < 60


CRASH, HANG, END = 9, 13, 14  # of KitTest_Operations.Misbehave


def drivers_that_crash_spin_or_end(work):
    """Each costs the case that makes it do so. In a process of its own the driver's place is known."""
    cases = work / "misbehave.json"
    cases.write_text(json.dumps({
        "requirement": {"source": "us", "text": "It answers", "weight": "must"},
        "cases": [{"id": f"KitTest_Operations/Misbehave/{name}", "title": name,
                   "steps": [{"call": "KitTest_Operations.Misbehave", "in": {"How": how}}]}
                  for name, how in (("crash", CRASH), ("hang", HANG), ("end", END))]}))
    chosen = [*KIT, "--cases", cases, "--select", "KitTest_Counter/Value/set"]
    for name in ("crash", "hang", "end"):
        chosen += ["--select", f"KitTest_Operations/Misbehave/{name}"]
    begin = time.monotonic()
    verdicts = {case["id"].rsplit("/", 1)[1]: case for case in reports_of(work, *chosen, code=6)["cases"]}
    # A program with sanitizers ends itself where another one gets a signal.
    for name, reason in (("crash", "the process of the case ended (by signal 11|with exit status 1;)"),
                         ("hang", "no end within 2000 ms"), ("end", "the process of the case ended with exit status 7")):
        assert verdicts[name]["verdict"] == "error" and re.match(reason, verdicts[name]["reason"]), verdicts[name]
        assert "call KitTest_Operations.Misbehave" in verdicts[name]["reason"]
    assert verdicts["set"]["verdict"] == "passed"
    report = reports_of(work, *chosen, "--isolate", "--skip", "*/hang", code=1)
    found = {case["id"].rsplit("/", 1)[1]: json.dumps(case["problems"]) for case in report["cases"]}
    assert re.search(r"crashed: SIGSEGV.* in HwStartIo.*kit_crashes\.c:\d+ \(KitCrash\)", found["crash"]), found
    assert "the driver's contract: fault" in found["end"], found
    assert time.monotonic() - begin < 60


def a_tree_of_plain_files(work):
    """A copy of a tree answers each request with what it was sent: nothing of that passes for an answer."""
    copy = work / "copy"
    with sample_lab(work) as mount:
        subprocess.run(["cp", "-r", "--no-preserve=all", mount, copy], check=False, stderr=subprocess.DEVNULL)
    report = reports_of(work, "--tree", copy, "--select", "MSiSCSI_Operations/*", "--select",
                        "MSiSCSI_HBAInformation/*", code=1)
    failed = {case["id"] for case in report["cases"] if case["verdict"] == "failed"}
    assert any("LoginToTarget" in each for each in failed) and len(failed) > 20, failed


def the_tree_is_unmounted(mount, server):
    del server
    subprocess.run(["fusermount3", "-u", "-z", mount], check=True)


def the_server_is_killed(mount, server):
    del mount
    os.kill(server, signal.SIGKILL)


def trees_that_go_away(work):
    for number, way in enumerate((the_server_is_killed, the_tree_is_unmounted)):
        (work / str(number)).mkdir()
        a_tree_that_goes_away(work / str(number), way)


def a_tree_that_goes_away(work, way):
    """In the middle of endless rounds: the run ends and has a report."""
    with sample_lab(work) as mount:
        server = int((mount / "lab/pid").read_text())
        run = subprocess.Popen([HBALAB, "conform", "--tree", mount, "--repeat", "100000", "--timeout", "5s", "--report",
                                work / "report.json"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        while subprocess.run([HBALAB, "--tree", mount, "get", "MSiSCSI_InitiatorLoginStatistics", "-i", "hba0",
                              "LoginAcceptRsps"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                             check=False).stdout.strip() in ("", "0"):
            assert run.poll() is None
        way(mount, server)
        output = run.communicate(timeout=120)[0]
        assert run.returncode == 6, (run.returncode, output[-2000:])
        assert "The run was not finished" in output, output[-2000:]
        report = json.loads((work / "report.json").read_text())
        assert list(violations(report, REPORT_SCHEMA, REPORT_SCHEMA)) == []
        assert report["unfinished"] and report["counts"]["passed"] > 0


def cases_of_ones_own(work):
    folder = work / "cases"
    folder.mkdir()
    own = {"requirement": {"source": "us", "text": "so", "weight": "may"}, "cases": [
        {"id": "MSiSCSI_HBAInformation/own/model", "title": "The model is ours",
         "steps": [{"query": "MSiSCSI_HBAInformation", "expect": {"VendorModel": "${model}"}}]}]}
    (folder / "own.json").write_text(json.dumps(own))
    select = ("--builtin", "--cases", folder, "--select", "*/own/*")
    assert "1 skipped" in conform(*select)
    conform(*select, "--set", "model=XS-4010")
    text = conform(*select, "--set", "model=other", code=1)
    assert 'expected  "other"' in text and 'received  "XS-4010"' in text
    # The block that would have been right differs in the bytes of the property alone.
    report = reports_of(work, *select, "--set", "model=OTHER", code=1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", report["started"])
    evidence = report["cases"][0]["problems"][0]["evidence"]
    received, expected = bytes.fromhex(evidence["received"]), bytes.fromhex(evidence["expected"])
    place = next(each for each in evidence["ranges"] if each["name"] == "VendorModel")
    end = place["offset"] + place["size"]
    assert received[:place["offset"]] == expected[:place["offset"]] and received[end:] == expected[end:]
    assert "OTHER".encode("utf-16-le") in expected[place["offset"]:end] and len(received) == len(expected)
    (work / "parameters.json").write_text('{"model": "XS-4010"}')
    conform(*select, "--parameters", work / "parameters.json")
    own["cases"][0]["steps"][0]["querry"] = "x"
    (folder / "own.json").write_text(json.dumps(own, indent=1))
    text = conform(*select, code=5)
    assert re.search(r"own\.json:\d+:\d+: /cases/0/steps/0/querry", text) and "query" in text, text
    # Case files keep their schema.
    for file in (SOURCE / "tests/conformance/cases").rglob("*.json"):
        found = list(violations(json.loads(file.read_text()), CASE_SCHEMA["$defs"]["case_file"], CASE_SCHEMA))
        assert found == [], (file, found)


def the_documented_examples_work(work):
    blocks = re.findall(r"^```json\n(.*?)^```", (SOURCE / "docs/conformance.md").read_text(), re.M | re.S)
    known, cases, conditions = blocks
    words = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]*)`", (SOURCE / "docs/conformance.md").read_text()))))
    for name, part in CASE_SCHEMA["$defs"].items():
        for key in part["properties"]:
            assert key in ("$schema", "about") or key in words, f"conformance.md does not mention {key} of {name}"
    for name, key in (("step", "outcome"), ("needs", "abilities")):
        for word in CASE_SCHEMA["$defs"][name]["properties"][key]["items"]["enum"]:
            assert word in words, f"conformance.md does not mention {word}"
    for name, text in (("known", known), ("cases", cases), ("conditions", conditions)):
        (work / f"{name}.json").write_text(text)
    conform("--builtin", "--cases", work / "cases.json", "--cases", work / "conditions.json",
            "--select", "*/two-logouts")
    assert "1 of them unexpectedly" in conform("--builtin", "--expect", work / "known.json", "--select",
                                               "MSiSCSI_TCPIPConfig/EnableDHCP/set", code=1)


def wrong_usage(work):
    conform("--builtin", "--select", "nothing", code=2)
    conform("--builtin", "--shard", "3/2", code=2)
    conform("--builtin", "--level", "always", code=2)
    conform("--builtin", "--timeout", "soon", code=2)
    conform("--builtin", "--isolate", code=2)
    conform(*KIT, "--isolate", "--virtual-clock", code=2)
    conform("--tree", work, code=4)
    (work / "bad.json").write_text("{ ]")
    conform("--builtin", "--select", "*/served", "--expect", work / "bad.json", code=5)
    conform("merge", work / "bad.json", code=5)
    assert "cannot be opened" in conform("--miniport", DRIVERS / "bad_entry_idle.so", code=6)


def secrets_stay_out_of_reports(work):
    secret = "no-such-secret-7"
    parameters = work / "secrets.json"
    parameters.write_text(json.dumps({"chap_secret": secret}))
    report = reports_of(work, "--builtin", "--parameters", parameters, "--select", "*/LoginToTarget/chap", code=1)
    problem = report["cases"][0]["problems"][0]
    assert problem["evidence"]["in"]["Password"] is None and problem["evidence"]["sent"], problem
    for kept in work.iterdir():
        if kept.is_file() and kept != parameters:
            text = kept.read_text()
            assert secret not in text and secret.encode().hex() not in text, kept


TESTS = [the_built_in_hba_passes, a_mounted_tree_passes, shards_are_merged, a_driver_is_judged,
         what_cannot_be_judged_ends_in_time, drivers_that_crash_spin_or_end, a_tree_of_plain_files,
         trees_that_go_away, cases_of_ones_own, secrets_stay_out_of_reports,
         the_documented_examples_work, wrong_usage]


if __name__ == "__main__":
    skip_without_fuse()
    run_tests(TESTS, sys.argv[1:])
