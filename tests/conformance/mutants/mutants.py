#!/usr/bin/env python3
"""The conformance suite finds the faults of faults/*.json, each with the cases that the table names.

  mutants.py             runs the whole suite once for each fault, and without one
  mutants.py --only NAME...   these faults alone, and says what failed
  mutants.py --write     puts the first cases that find a fault into the tables, and writes the document

A fault that no case finds has `found_by: []`; there may be two. docs/conformance-mutants.md is made of the tables.
"""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import generate

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
PROGRAM = os.environ.get("HBALAB_MUTANTS", str(SOURCE / "build/release/bin/hbalab-mutants"))
SHIPPED = os.environ.get("HBALAB", str(SOURCE / "build/release/bin/hbalab"))
DOCUMENT = SOURCE / "docs/conformance-mutants.md"
MOST_NAMED = 3  # cases of a fault in the table
MOST_MISSED = 2
LIMIT = 120  # seconds of a run
# What the NVRAM writes has to last for the run alone.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def run(name):
    """Ids of the cases that fail with a fault, in the order of the suite; "" is no fault."""
    with tempfile.TemporaryDirectory(prefix="hbalab-mutant.", dir=MEMORY) as work:
        report = pathlib.Path(work) / "report.json"
        done = subprocess.run([PROGRAM, "conform", "--builtin", "--jobs", "1", "--report", report], check=False,
                              env={**os.environ, "HBALAB_MUTANT": name, "TMPDIR": work}, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=LIMIT)
        assert done.returncode in (0, 1, 6) and report.exists(), (name, done.returncode, done.stdout[-2000:])
        cases = json.loads(report.read_text(encoding="utf-8"))["cases"]
    return [case["id"] for case in cases if case["verdict"] in ("failed", "error")]


def text_of(value):
    return json.dumps(value, ensure_ascii=False)


def write_tables(found):
    for path in sorted((HERE / "faults").glob("*.json")):
        table = json.loads(path.read_text(encoding="utf-8"))
        parts = []
        for fault in table["faults"]:
            fault["found_by"] = found.get(fault["name"], fault["found_by"])
            lines = [f'"name": {text_of(fault["name"])}, "fault": {text_of(fault["fault"])}']
            lines += [f'"{key}": {text_of(value)}' for key, value in fault.items() if key not in ("name", "fault")]
            parts.append("    {\n      " + ",\n      ".join(lines) + "\n    }")
        path.write_text('{\n  "area": ' + text_of(table["area"]) + ',\n  "faults": [\n' + ",\n".join(parts) +
                        "\n  ]\n}\n", encoding="utf-8")


def document():
    faults = generate.load()
    missed = sum(not fault["found_by"] for fault in faults)
    lines = [
        "# Faults that the conformance suite finds", "",
        "Made by `tests/conformance/mutants/mutants.py --write` of the tables in `tests/conformance/mutants/faults`.",
        "Each fault is one that an implementation of the classes might have. A test switches them on one by one in a",
        "copy of the built-in implementation, runs the whole suite, and wants the cases that are named here to fail.", "",
        f"Faults: {len(faults)}. Found: {len(faults) - missed}."]
    area = None
    for fault in faults:
        if fault["area"] != area:
            area = fault["area"]
            lines += ["", f"## {area}", "", "| fault | what is wrong | cases that find it |", "|---|---|---|"]
        cases = "<br>".join(f"`{case}`" for case in fault["found_by"]) or "none"
        lines.append(f"| `{fault['name']}` | {fault['fault']} | {cases} |")
    return "\n".join(lines) + "\n"


def run_all(names):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(names, pool.map(run, names)))


def test():
    faults = generate.load()
    assert len(faults) >= 64, len(faults)
    assert b"HBALAB_MUTANT" not in pathlib.Path(SHIPPED).read_bytes(), f"{SHIPPED} knows of faults"
    unknown = subprocess.run([PROGRAM, "conform", "--builtin"], env={**os.environ, "HBALAB_MUTANT": "none-such"},
                             check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert "there is no such fault" in unknown.stdout and unknown.returncode != 0, unknown
    results = run_all(["", *(fault["name"] for fault in faults)])
    problems = [f"without a fault {case} fails" for case in results[""]]
    for fault in faults:
        failed = results[fault["name"]]
        problems += [f"{fault['name']}: {case} does not fail; those that do: {failed[:5]}"
                     for case in fault["found_by"] if case not in failed]
        if failed and not fault["found_by"]:
            problems.append(f"{fault['name']} is found by {failed[0]}, and the table names no case")
    missed = [fault["name"] for fault in faults if not fault["found_by"]]
    if len(missed) > MOST_MISSED:
        problems.append(f"{len(missed)} faults are not found: {missed}")
    if DOCUMENT.read_text(encoding="utf-8") != document():
        problems.append(f"{DOCUMENT} is not what {HERE / 'mutants.py'} --write makes")
    print("\n".join(problems) or f"{len(faults) - len(missed)} of {len(faults)} faults are found")
    return 1 if problems else 0


def main():
    if sys.argv[1:2] == ["--only"]:
        for name, failed in run_all(sys.argv[2:]).items():
            print(f"{name or 'without a fault'}: {len(failed)}", *failed[:12], sep="\n  ")
        return 0
    if sys.argv[1:] == ["--write"]:
        results = run_all([fault["name"] for fault in generate.load()])
        write_tables({name: failed[:MOST_NAMED] for name, failed in results.items()})
        DOCUMENT.write_text(document(), encoding="utf-8")
        return 0
    return test()


if __name__ == "__main__":
    sys.exit(main())
