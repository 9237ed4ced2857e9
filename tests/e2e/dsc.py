#!/usr/bin/env python3
"""Every function of the discovery library by `hbalab dsc`, against the files in dsc/, one after the other:
once with text, once with --json, each in a new lab; wrong usage; what the document and the completion say.
With --write: makes the answers of the files anew."""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from lib import HBALAB, SOURCE, mounted, skip_without_fuse

FILES = sorted(pathlib.Path(__file__).with_name("dsc").glob("*.json"))
LAB = SOURCE / "tests/golden/lab.json"
SECRETS = ("initiator-key", "another-secret")
ID = re.compile(r"0x[0-9A-F]{16}-0x[0-9A-F]{16}")
NO_ID = "0x0000000000000000-0x0000000000000000"
LIMIT = 30  # seconds in which a device has come to be


def result_of(text, function, errors):
    """The result of an answer in JSON; function and status are what they have to be."""
    answer = json.loads(text)
    status = answer["status"]
    assert list(answer) == ["function", "status", "result"] and answer["function"] == function, answer
    if status["code"] == 0:
        assert status["name"] == "ERROR_SUCCESS" and errors == "", (answer, errors)
    else:
        assert f"hbalab: {function}: {status['name']} (0x{status['code']:08X}): " in errors, (answer, errors)
    return answer["result"]


class Shell:
    """Runs `hbalab dsc` on a tree. Ids have a name for each, in the order in which they are seen."""

    def __init__(self, tree, state):
        self.environment = {**os.environ, "HBALAB_TREE": str(tree), "HBALAB_DSC_STATE": str(state)}
        self.names = {}

    def dsc(self, *words, data=""):
        return subprocess.run([HBALAB, "dsc", *words], input=data, text=True, env=self.environment,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=120)

    def named(self, text):
        def name(match):
            return match[0] if match[0] == NO_ID else \
                self.names.setdefault(match[0], f"{{id{len(self.names) + 1}}}")
        return ID.sub(name, text)

    def filled(self, word):
        for value, name in self.names.items():
            word = word.replace(name, value)
        return word

    def step(self, step, *options):
        done = self.dsc(*options, *map(self.filled, step["words"]), data=step.get("input", ""))
        for secret in SECRETS:
            assert secret not in done.stdout + done.stderr, f"{step['words']} shows a secret"
        return done.returncode, self.named(done.stdout), done.stderr

    def settled(self, step, key, wanted, *options):
        """The answer; of what comes by itself after a while, when it has come."""
        end = time.monotonic() + LIMIT
        while True:
            code, text, errors = self.step(step, *options)
            answer = {"exit": code, "errors": errors.splitlines(),
                      key: text.splitlines() if key == "text" else result_of(text, step["words"][0], errors)}
            ready = answer[key] == wanted if wanted is not None else "Devices" in text
            if not step.get("until") or ready or time.monotonic() > end:
                return answer
            time.sleep(0.05)


def run(key, steps, write):
    """One way through all steps; what differs from the file."""
    options = ["--json"] if key == "result" else []
    wrong = []
    with mounted(LAB) as mount, tempfile.TemporaryDirectory() as state:
        shell = Shell(mount, state)
        for step in steps:
            answer = shell.settled(step, key, None if write else step[key], *options)
            if write:
                step.update(answer)
                continue
            for part in ("exit", key, "errors"):
                if answer[part] != step[part]:
                    wrong.append(f"{key}: {step['words']}: {part} is {answer[part]}, not {step[part]}")
    return wrong


def written(step):
    """A step as the files have it: the lines of its text below each other."""
    def row(value):
        return json.dumps(value, ensure_ascii=False)
    text = ",".join("\n   " + row(line) for line in step["text"])
    given = "".join(f'"{key}": {row(step[key])}, ' for key in ("input", "until") if key in step)
    return (f' {{"words": {row(step["words"])},\n  {given}"exit": {step["exit"]},\n'
            f'  "errors": {row(step["errors"])},\n  "text": [{text}],\n  "result": {row(step["result"])}}}')


def check_coverage(shell, steps):
    functions = {function["name"] for function in json.loads(shell.dsc("--json").stdout)}
    assert len(functions) == 46, len(functions)
    called = {step["words"][0] for step in steps}
    good = {step["words"][0] for step in steps if step["exit"] == 0}
    assert called == functions, f"not called: {functions - called}, unknown: {called - functions}"
    assert good == functions, f"never successful: {functions - good}"
    listed = [line.split()[0] for line in shell.dsc().stdout.splitlines()]
    assert set(listed) == functions and len(listed) == 46
    for name in functions:
        for words in ([name, "--help"], ["-h", name.lower()]):
            done = shell.dsc(*words)
            assert done.returncode == 0 and f"Usage: hbalab dsc {name}" in done.stdout, words
        assert json.loads(shell.dsc(name, "--help", "--json").stdout)["name"] == name


WRONG = [
    (["LoginIScsiTraget", "x"], 'dsc: there is no function "LoginIScsiTraget"; did you mean "LoginIScsiTarget"?'),
    (["LogoutIScsiTarget"], "LogoutIScsiTarget: UniqueSessionId: it is missing"),
    (["LogoutIScsiTarget", "7"], 'UniqueSessionId: "7" came, 0xADAPTER-0xNUMBER was expected'),
    (["GetIScsiTargetInformation", "x", "Alias"], 'GetIScsiTargetInformation: InfoClass: "Alias" came'),
    (["LoginIScsiTarget", "x", "--LoginOptions.AuthType", "chp"], 'did you mean "chap"?'),
    (["LoginIScsiTarget", "x", "--LoginOptions", '{"AuthType": '], "LoginOptions: line 1, column 14: "),
    (["LoginIScsiTarget", "x", "--LoginOptions", "[" * 5000], "LoginOptions: nested more than"),
    (["LoginIScsiTarget", "x", "--Key", "@/nowhere"], 'Key: the file "/nowhere" cannot be opened'),
    (["LoginIScsiTarget", "x", "--Kay", "y"], 'there is no argument "Kay"; did you mean "Key"?'),
    (["ReportIScsiTargets", "--ForceUpdate=5"], 'ForceUpdate: "5" came'),
    (["AddIScsiSendTargetPortal", "192.0.2.10:70000"], "Portal.Socket: 70000 is outside uint16"),
    (["--what"], 'dsc: there is no option "--what"'),
]


def check_usage(shell, mount):
    for words, reason in WRONG:
        for options in ([], ["--json"]):
            done = shell.dsc(*options, *words)
            assert done.returncode == 2 and not done.stdout and reason in done.stderr, (words, done)
    # No tree is no empty list, and --tree comes before the environment.
    done = shell.dsc("--tree", "/nowhere", "--json", "ReportIScsiTargets")
    assert done.returncode == 1, done
    assert json.loads(done.stdout) == {
        "function": "ReportIScsiTargets", "result": None,
        "status": {"name": "ISDSC_SERVICE_NOT_RUNNING", "code": 0xEFFF003E}}, done.stdout
    assert "ISDSC_SERVICE_NOT_RUNNING (0xEFFF003E): " in done.stderr, done.stderr
    assert "/nowhere is no mounted hbalab tree" in done.stderr, done.stderr
    shell.environment["HBALAB_TREE"] = "/nowhere"
    assert shell.dsc("GetIScsiVersionInformation").returncode == 0
    assert shell.dsc("ReportIScsiInitiatorList").returncode == 1
    for words in (["--tree", mount, "ReportIScsiInitiatorList"], ["ReportIScsiInitiatorList", f"--tree={mount}"]):
        assert shell.dsc(*map(str, words)).returncode == 0, words
    shell.environment["HBALAB_TREE"] = str(mount)


def check_document(shell):
    """The shape that the document shows is the one that is printed."""
    text = (SOURCE / "docs/dsc-command.md").read_text()
    shown = re.search(r"^```json\n(.*?)^```$", text, re.M | re.S)[1]
    assert shell.dsc("--json", "LogoutIScsiTarget", "0x1-0x2").stdout == shown


def check_completion(shell):
    script = f"source {SOURCE}/hbalab/hbalab.bash-completion; _hbalab; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    shell.environment["PATH"] = os.path.dirname(HBALAB) + os.pathsep + os.environ["PATH"]

    def offered(*words):
        line = " ".join(f"'{word}'" for word in words)
        setup = f"compopt() {{ :; }}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; "
        return subprocess.run(["bash", "-c", setup + script], env=shell.environment, text=True,
                              stdout=subprocess.PIPE, check=True).stdout.split()

    assert offered("hbalab", "ds") == ["dsc"]
    assert offered("hbalab", "dsc", "LoginI") == ["LoginIScsiTarget"]
    assert offered("hbalab", "--json", "dsc", "LoginIScsiTarget", "--LoginOptions.A") == ["--LoginOptions.AuthType"]
    assert offered("hbalab", "dsc", "LoginIScsiTarget", "--LoginOptions.AuthType", "m") == ["mutual_chap"]
    assert offered("hbalab", "dsc", "GetIScsiTargetInformation", "x", "PortalG") == ["PortalGroups"]


def main():
    skip_without_fuse()
    if subprocess.run([HBALAB, "dsc"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                      check=False).returncode != 0:
        print("skipped: built without libiscsidsc")
        sys.exit(77)
    files = {path: json.loads(path.read_text()) for path in FILES}
    steps = sum(files.values(), [])
    write = sys.argv[1:] == ["--write"]
    if write:
        for key in ("text", "result"):
            run(key, steps, True)
        for path, part in files.items():
            path.write_text("[\n" + ",\n".join(map(written, part)) + "\n]\n")
        return
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        wrong = sum(pool.map(lambda key: run(key, steps, False), ("text", "result")), [])
    with mounted(LAB) as mount, tempfile.TemporaryDirectory() as state:
        shell = Shell(mount, state)
        check_coverage(shell, steps)
        check_usage(shell, mount)
        check_document(shell)
        check_completion(shell)
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
