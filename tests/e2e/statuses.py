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

SOURCE = pathlib.Path(os.environ.get("HBALAB_SOURCE", pathlib.Path(__file__).parents[2]))
SCENARIOS = json.loads((SOURCE / "tests/statuses/statuses.json").read_text())["statuses"]
TABLE = json.loads((SOURCE / "schemas/isdsc_status.json").read_text())["statuses"]
DOCUMENT = SOURCE / "docs/behaviour.md"
MARKS = ("<!-- statuses: made by tests/e2e/statuses.py --write -->\n", "<!-- end of statuses -->\n")


# ---- the document ------------------------------------------------------------------------------

def document_table():
    lines = ["| status | value | when |\n", "|---|---|---|\n"]
    for row in TABLE:
        entry = SCENARIOS.get(row["name"])
        if entry is None:
            text = "not yet returned by the built-in adapter"
        elif "never" in entry:
            text = "never by an adapter: " + entry["never"]
        else:
            method = entry["steps"][-1]["call"].split(".")[1]
            text = f"`{method}`: {entry['when']}"
        lines.append(f"| `{row['name']}` | {row['value']} | {text} |\n")
    return "".join(lines)


def with_table(text):
    head, rest = text.split(MARKS[0])
    tail = rest.split(MARKS[1])[1]
    return head + MARKS[0] + document_table() + MARKS[1] + tail


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
        answer = None
        for step in self.entry["steps"]:
            step = self.fill(step)
            if "write" in step:
                (mount / "lab" / step["write"]).write_text(step["text"] + "\n")
            elif "mkdir" in step:
                (mount / "lab" / step["mkdir"]).mkdir()
            elif "rmdir" in step:
                (mount / "lab" / step["rmdir"]).rmdir()
            else:
                answer = self.call(mount, *step["call"].split("."), step.get("in", {}))
                if "keep" in step:
                    self.names[step["keep"]] = answer["UniqueSessionId"]
        return self.judge(answer)

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


def read_all(handle):
    text = b""
    while part := os.read(handle, 65536):
        text += part
    return text.decode()


def main():
    names = [row["name"] for row in TABLE]
    unknown = sorted(set(SCENARIOS) - set(names))
    if unknown:
        sys.exit(f"statuses.json names what is no status: {', '.join(unknown)}")
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
    finally:
        subprocess.run([hbalab, "umount", mount], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(work, ignore_errors=True)
    print(f"{len(scenarios) - failures} of {len(scenarios)} statuses")
    sys.exit(1 if failures else 0)


main()
