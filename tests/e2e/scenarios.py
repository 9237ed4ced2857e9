#!/usr/bin/env python3
"""The named scenarios: mounts each, runs the lines to copy of its description in a shell, and compares
what they print with what stands below them. In a line of output * stands for anything; a line ... for
any number of lines. Arguments: the scenarios to run; all without."""
import fnmatch
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HBALAB = os.environ["HBALAB"]
MARK = "--- line %d of the scenario ---"


def parse(text):
    """Commands with the output that is expected of each: indented lines, "$ " begins a command."""
    steps = []
    for line in text.splitlines():
        if line.startswith("    $ "):
            steps.append([line[6:], []])
        elif line.startswith("    ") and steps:
            steps[-1][1].append(line[4:])
    return steps


def matches(got, wanted):
    if not wanted:
        return not got
    if wanted[0] == "...":
        return any(matches(got[skip:], wanted[1:]) for skip in range(len(got) + 1))
    # A [ stands for itself.
    pattern = wanted[0].strip().replace("[", "[[]")
    return bool(got) and fnmatch.fnmatchcase(got[0].strip(), pattern) and matches(got[1:], wanted[1:])


def run_lines(steps, mount):
    script = "".join(f"echo '{MARK % number}'\n{command}\n" for number, (command, _) in enumerate(steps))
    environment = {**os.environ, "HBALAB_TREE": str(mount), "LC_ALL": "C.UTF-8",
                   "PATH": f"{pathlib.Path(HBALAB).parent}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-u"], input=script, cwd=mount, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100, check=False)
    parts = re.split(r"^--- line \d+ of the scenario ---\n", done.stdout, flags=re.MULTILINE)[1:]
    return [part.splitlines() for part in parts]


def try_scenario(name, work):
    mount = work / name / "mnt"
    subprocess.run([HBALAB, "mount", "--scenario", name, "--state", work / name / "state", mount], check=True)
    wrong = []
    try:
        text = (mount / "lab/scenarios" / name).read_text()
        steps = parse(text)
        outputs = run_lines(steps, mount)
        if len(steps) < 3 or len(outputs) != len(steps):
            wrong.append(f"{len(outputs)} of {len(steps)} lines ran")
        for (command, wanted), got in zip(steps, outputs):
            if not matches(got, wanted):
                wrong.append("$ {}\n  printed  {}\n  expected {}".format(
                    command, "\n           ".join(got), "\n           ".join(wanted)))
    finally:
        subprocess.run([HBALAB, "umount", mount], check=False, stderr=subprocess.DEVNULL)
    return wrong


def check_names(listed):
    """An unknown name is answered with the nearest, and --lab and --scenario exclude each other."""
    near = subprocess.run([HBALAB, "mount", "--scenario", listed[0][:-1], "/nonexistent"], text=True,
                          stderr=subprocess.PIPE, check=False)
    assert near.returncode == 2 and f"did you mean {listed[0]}?" in near.stderr, near.stderr
    both = subprocess.run([HBALAB, "mount", "--scenario", listed[0], "--lab", __file__, "/nonexistent"],
                          stderr=subprocess.DEVNULL, check=False)
    assert both.returncode == 2


def main():
    if not os.path.exists("/dev/fuse"):
        print("skipped: no /dev/fuse")
        sys.exit(77)
    listed = subprocess.run([HBALAB, "mount", "--scenario", "list"], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    names = [line.split()[0] for line in listed.splitlines()]
    assert len(names) >= 10, listed
    check_names(names)
    work = pathlib.Path(tempfile.mkdtemp(prefix="hbalab-scenarios."))
    failures = 0
    try:
        for name in sys.argv[1:] or names:
            wrong = try_scenario(name, work)
            failures += bool(wrong)
            for what in wrong:
                print(f"{name}: {what}")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"{len(names)} scenarios, {failures} failed")
    sys.exit(1 if failures else 0)


main()
