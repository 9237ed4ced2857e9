#!/usr/bin/env python3
"""hbalab conform over drivers: the sample drivers and the built-in one, loaded, keep what applies to them; each
wrong one fails, by the name of its rule and of no other."""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from lib import HBALAB, SOURCE, run_tests

BUILD = pathlib.Path(os.environ.get("HBALAB_BUILD", SOURCE / "build/release"))
SAMPLES = BUILD / "samples"
SOURCES = SOURCE / "hba-sim/samples"
CONTRACT = "the driver's contract: "
AT_ONCE = 2
# With these there is no driver to judge: one ends the process, the other does not start.
NO_DRIVER = ("null_length_array_written", "reginfo_malformed")
PARAMETERS = SOURCE / "tests/conformance/sample-parameters.json"


def judged(work, *arguments):
    """Exit status and report of a run; a driver has no time but the port driver's."""
    report = work / "report.json"
    done = subprocess.run([HBALAB, "conform", *map(str, arguments), "--virtual-clock", "--report", report],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=300)
    found = json.loads(report.read_text()) if report.exists() else {"cases": []}
    return done.returncode, found, done.stdout


def of_verdict(report, *verdicts):
    return {case["id"]: case for case in report["cases"] if case["verdict"] in verdicts}


def sample(name):
    return "--miniport", SAMPLES / name / "driver.so", "--mof", SAMPLES / name / "driver.mof"


def sample_drivers_pass(work):
    for name in ("storport", "scsiport", "dynamic", "pending"):
        code, report, text = judged(work, *sample(name))
        assert code == 0, (name, text)
        passed = of_verdict(report, "passed")
        assert len(passed) > 15 and {"driver/start/violations", "driver/end/violations"} <= set(passed), (name, text)


def the_built_in_driver_passes_as_a_loaded_one(work):
    """What the built-in HBA passes in process it passes as a driver from a file, unless it cannot be asked: there
    is one adapter, without a bench and without a state that outlives it."""
    sample = re.sub(r"^ *//.*", "", PARAMETERS.read_text(), flags=re.M)
    mine = work / "parameters.json"
    mine.write_text(json.dumps({name: value for name, value in json.loads(sample).items() if name != "plain_adapter"}))
    code, report, text = judged(work, "--miniport", BUILD / "drivers/hbalab-builtin.so", "--parameters", mine)
    assert code == 0, text
    passed = of_verdict(report, "passed")
    code, built_in, text = judged_in_process(work)
    assert code == 0, text
    lost = {case["id"]: case["reason"] for case in report["cases"]
            if case["verdict"] != "passed" and case["id"] in of_verdict(built_in, "passed")}
    assert len(passed) > 600, len(passed)
    for reason in set(lost.values()):
        assert reason.startswith(("the implementation offers no 'bench'", "the implementation offers no 'restart'",
                                  "the parameter 'plain_adapter'", "not so: ")), (reason, lost)
    assert len(lost) < len(passed) / 6, lost


def judged_in_process(work):
    report = work / "built-in.json"
    done = subprocess.run([HBALAB, "conform", "--builtin", "--report", report], stdout=subprocess.PIPE, text=True,
                          check=False, timeout=300)
    return done.returncode, json.loads(report.read_text()), done.stdout


def rules():
    """The table that tests/hba-sim/wrong_drivers_test.cpp goes through as well."""
    table = (SOURCE / "hba-sim/port/checker/rules.def").read_text()
    return re.findall(r"^HBALAB_RULE\((\w+),", table, re.M)


def broken(rule):
    """What is wrong with the run over the wrong driver of that rule; nothing: it has failed as it should."""
    with tempfile.TemporaryDirectory(prefix="hbalab-conform.") as work:
        code, report, text = judged(pathlib.Path(work), "--miniport", SAMPLES / "wrong" / f"{rule}.so", "--mof",
                                    SOURCES / "wrong/driver.mof", "--jobs", 1)
    named = {problem["where"].removeprefix(CONTRACT) for case in report["cases"] for problem in case["problems"]
             if problem["where"].startswith(CONTRACT)}
    named |= set(re.findall(r"\bsubject: \w+: (\w+): ", text))
    named &= set(rules())  # that a class is not registered, when none is, breaks no rule
    if code != (6 if rule in NO_DRIVER else 1) or named != {rule}:
        return f"{rule}: exit status {code}, names {sorted(named)}\n{text[-3000:]}"
    return "" if rule in NO_DRIVER or CONTRACT + rule in text else f"{rule}: is not told of\n{text[-3000:]}"


def wrong_drivers_fail_on_their_rule(work):
    del work
    names = rules()
    assert len(names) > 50 and set(names) | {"base", "none"} == {file.stem for file in (SOURCES / "wrong").glob("*.c")}
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        problems = [problem for problem in pool.map(broken, names) if problem]
    assert not problems, "\n".join(problems)
    print(f"{len(names)} drivers in {time.monotonic() - begin:.0f} s")


def the_driver_that_they_are_made_of_breaks_no_rule(work):
    _, report, text = judged(work, "--miniport", SAMPLES / "wrong/none.so", "--mof", SOURCES / "wrong/driver.mof")
    assert CONTRACT not in text, text
    assert {"driver/start/violations", "driver/end/violations"} <= set(of_verdict(report, "passed")), text


TESTS = [sample_drivers_pass, the_built_in_driver_passes_as_a_loaded_one, wrong_drivers_fail_on_their_rule,
         the_driver_that_they_are_made_of_breaks_no_rule]


if __name__ == "__main__":
    run_tests(TESTS, sys.argv[1:])
