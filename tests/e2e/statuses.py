#!/usr/bin/env python3
"""Every ISDSC status that an adapter can return, produced through the mounted tree: the scenarios of
tests/statuses/statuses.json. With --write: makes the table of docs/behaviour.md."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

SOURCE = pathlib.Path(os.environ.get("HBALAB_SOURCE", pathlib.Path(__file__).parents[2]))
SCENARIOS = json.loads((SOURCE / "tests/statuses/statuses.json").read_text())["statuses"]
TABLE = json.loads((SOURCE / "schemas/isdsc_status.json").read_text())["statuses"]
DOCUMENT = SOURCE / "docs/behaviour.md"
MARKS = ("<!-- statuses: made by tests/e2e/statuses.py --write -->\n", "<!-- end of statuses -->\n")

OPERATIONS = "MSiSCSI_Operations"
# Steps that are a call with the usual IN, and what later steps may name of its OUT.
USUAL = {
    "login": ("LoginToTarget", {"TargetName": "{target}", "TargetPortal": "{portal}"},
              {"session": "UniqueSessionId", "connection": "UniqueConnectionId"}),
    "connect": ("AddConnectionToSession",
                {"UniqueAdapterId": "{adapter_id}", "UniqueSessionId": "{session}",
                 "TargetPortal": "{portal}"},
                {"added": "UniqueConnectionId"}),
}


def call_of(step):
    """Class, method, IN and what to keep of OUT; None for a step that is no call."""
    for kind, (method, usual, kept) in USUAL.items():
        if kind in step:
            return OPERATIONS, method, {**usual, **step[kind]}, kept
    if "call" not in step:
        return None
    cls, _, method = step["call"].rpartition(".")
    return cls or OPERATIONS, method, step.get("in", {}), {}


# ---- the document ------------------------------------------------------------------------------

def answering_call(entry):
    """The call whose OUT has the status: the last one, or the one that the last step waits for."""
    wanted = "begin" if "finish" in entry["steps"][-1] else None
    return next(step for step in reversed(entry["steps"])
                if call_of(step) and (wanted is None or wanted in step))


def document_table():
    lines = ["| status | value | when |\n", "|---|---|---|\n"]
    for row in TABLE:
        entry = SCENARIOS[row["name"]]
        if "never" in entry:
            text = "never by an adapter: " + entry["never"]
        else:
            text = f"`{call_of(answering_call(entry))[1]}`: {entry['when']}"
        lines.append(f"| `{row['name']}` | {row['value']} | {text} |\n")
    return "".join(lines)


def with_table(text):
    head, rest = text.split(MARKS[0])
    tail = rest.split(MARKS[1])[1]
    return head + MARKS[0] + document_table() + MARKS[1] + tail


def check_complete():
    names = [row["name"] for row in TABLE]
    wrong = [f"{name} is no status" for name in SCENARIOS if name not in names]
    for name in names:
        entry = SCENARIOS.get(name, {})
        if len({"steps", "never"} & set(entry)) != 1:
            wrong.append(f"{name} has neither a scenario nor a reason why it is never returned")
    if wrong:
        sys.exit("statuses.json: " + "; ".join(wrong))


# ---- the lab -----------------------------------------------------------------------------------

def target_name(status, which):
    return f"iqn.2026-01.org.example:{status[6:].lower().replace('_', '-')}-{which}"


class Scenario:
    """One status: an adapter, a target and perhaps a second one, on a network of their own."""

    def __init__(self, number, status, entry):
        self.status, self.entry = status, entry
        self.adapter = f"a{number}"
        self.network = f"net{number}"
        self.names = {
            "adapter": self.adapter, "network": self.network,
            "port0": f"10.0.{number}.1", "port1": f"10.0.{number}.2",
            "target": target_name(status, "a"), "portal": f"10.0.{number}.10",
            "other": target_name(status, "b"), "other_portal": f"10.0.{number}.11",
        }
        self.device = f"PCI\\VEN_1077&DEV_4010&SUBSYS_01221077&REV_03\\{number}"
        self.number = number
        self.value = int(next(row["value"] for row in TABLE if row["name"] == status), 16)
        self.begun = []  # threads with a call that a later step meets

    def adapter_config(self):
        return {"name": self.adapter, "device_instance": self.device,
                "ports": [{"address": f"10.0.{self.number}.1", "network": self.network,
                           "mac": f"02:00:00:00:00:{self.number:02x}"}],
                "timing": {"login_timeout": "5s"}, **self.fill(self.entry.get("adapter", {}))}

    def targets(self):
        for which, portal, key in (("target", "portal", "target"), ("other", "other_portal", "other")):
            if key == "other" and "other" not in self.entry:
                continue
            config = dict(self.entry.get(key, {}))
            state = config.pop("portal_state", "up")
            yield {"name": self.names[which], "luns": [{"lun": 0}],
                   "portals": [{"address": self.names[portal], "network": self.network, "state": state}],
                   **self.fill(config)}

    def fill(self, value):
        if isinstance(value, dict):
            return {key: self.fill(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.fill(inner) for inner in value]
        if not isinstance(value, str):
            return value
        alone = re.fullmatch(r"\{(\w+)\}", value)
        if alone:
            return self.names[alone[1]]
        return re.sub(r"\{(\w+)\}", lambda match: str(self.names[match[1]]), value)

    # ---- running ----

    def run(self, mount):
        lab = mount / "lab/adapters" / self.adapter
        self.names["adapter_id"] = int((lab / "unique_adapter_id").read_text(), 16)
        answer = None
        for step in self.entry["steps"]:
            for round_number in range(step.get("times", 1)):
                self.names["n"] = f"{round_number:02}"
                answer = self.take(mount, lab, step)
        return self.judge(answer)

    def take(self, mount, lab, step):
        if "write" in step:
            (mount / "lab" / self.fill(step["write"])).write_text(self.fill(step["text"]) + "\n")
        elif "mkdir" in step:
            (mount / "lab" / self.fill(step["mkdir"])).mkdir()
        elif "rmdir" in step:
            (mount / "lab" / self.fill(step["rmdir"])).rmdir()
        elif "finish" in step:
            self.begun[-1].join()
            return self.begun[-1].answer()
        else:
            cls, method, in_object, kept = call_of(step)
            in_object = self.fill(in_object)
            if "begin" in step:
                return self.begin(mount, lab, cls, method, in_object)
            answer = self.call(mount, cls, method, in_object)
            self.names |= {name: answer[member] for name, member in kept.items()}
            return answer
        return None

    def begin(self, mount, lab, *call):
        """Starts a call and returns when the driver has it. The tree tells of requests that have ended
        (trace.jsonl, which wakes pollers); that one has begun is a number to be read, so this asks
        again and again."""
        before = int((lab / "pending").read_text())
        thread = Begun(lambda: self.call(mount, *call))
        self.begun.append(thread)
        thread.start()
        while thread.is_alive() and int((lab / "pending").read_text()) <= before:
            time.sleep(0.005)

    def call(self, mount, cls, method, in_object):
        path = mount / "root/wmi" / cls / f"{self.device}_0" / method / "call"
        handle = os.open(path, os.O_RDWR)
        try:
            os.write(handle, json.dumps(in_object).encode())
            return json.loads(read_all(handle))
        except OSError as error:
            raise AssertionError(f"{method}: {error}: {read_all(handle)}") from None
        finally:
            os.close(handle)

    def judge(self, answer):
        wrong = []
        if answer["Status"] != self.value or answer["Status.name"] != self.status:
            wrong.append(f"Status is {answer['Status']:#x}, {answer['Status.name']}")
        del answer["Status"], answer["Status.name"]
        expected = self.entry.get("out", {})
        for member, value in answer.items():
            wanted = self.fill(expected[member]) if member in expected else None
            if wanted == "$nonzero":
                good = bool(value)
            elif wanted is not None:
                good = value == wanted
            else:
                good = not value or (isinstance(value, str) and set(value) <= {"0"})
            if not good:
                wrong.append(f"{member} is {value!r}, expected {wanted if wanted is not None else 'nothing'}")
        return wrong


class Begun(threading.Thread):
    def __init__(self, call):
        super().__init__(daemon=True)
        self.call, self.result, self.error = call, None, None

    def run(self):
        try:
            self.result = self.call()
        except Exception as error:  # told to whoever asks for the answer
            self.error = error

    def answer(self):
        if self.error:
            raise self.error
        return self.result


def read_all(handle):
    text = b""
    while part := os.read(handle, 65536):
        text += part
    return text.decode()


def main():
    check_complete()
    if sys.argv[1:] == ["--write"]:
        DOCUMENT.write_text(with_table(DOCUMENT.read_text()))
        return
    if DOCUMENT.read_text() != with_table(DOCUMENT.read_text()):
        sys.exit("docs/behaviour.md is older than statuses.json: tests/e2e/statuses.py --write")
    if not os.path.exists("/dev/fuse"):
        print("skipped: no /dev/fuse")
        sys.exit(77)
    hbalab = os.environ["HBALAB"]
    scenarios = [Scenario(number, status, entry) for number, (status, entry) in
                 enumerate(SCENARIOS.items(), 1) if "steps" in entry]
    work = pathlib.Path(tempfile.mkdtemp(prefix="hbalab-statuses."))
    mount = work / "mnt"
    lab = {"name": "statuses", "seed": 11,
           "adapters": [scenario.adapter_config() for scenario in scenarios],
           "targets": [target for scenario in scenarios for target in scenario.targets()]}
    (work / "lab.json").write_text(json.dumps(lab, indent=1))
    failures = 0
    try:
        subprocess.run([hbalab, "mount", "--lab", work / "lab.json", "--state", work / "state", mount],
                       check=True)
        for scenario in scenarios:
            try:
                wrong = scenario.run(mount)
            except (AssertionError, OSError) as error:
                wrong = [str(error)]
            for what in wrong:
                print(f"{scenario.status}: {what}")
            failures += bool(wrong)
        for thread in [thread for scenario in scenarios for thread in scenario.begun]:
            thread.join()
    finally:
        subprocess.run([hbalab, "umount", mount], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(work, ignore_errors=True)
    print(f"{len(scenarios) - failures} of {len(scenarios)} statuses")
    sys.exit(1 if failures else 0)


main()
