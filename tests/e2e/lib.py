"""What the end-to-end tests in Python share: a mounted lab, steps that lead somewhere, and values of the
tree against JSON. No test itself."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ.get("HBALAB_SOURCE", pathlib.Path(__file__).parents[2]))
HBALAB = os.environ.get("HBALAB", "hbalab")


def run_tests(tests, wanted):
    """Those of the tests that are wanted by name, all without names; each has a directory that goes with it."""
    for test in tests:
        if wanted and test.__name__ not in wanted:
            continue
        with tempfile.TemporaryDirectory(prefix="hbalab-e2e.") as work:
            test(pathlib.Path(work))
        print("passed:", test.__name__)


def skip_without_fuse():
    if not os.path.exists("/dev/fuse"):
        print("skipped: no /dev/fuse")
        sys.exit(77)


@contextlib.contextmanager
def mounted(lab_file):
    """A lab with a new state, mounted below a temporary directory; yields the mount point."""
    work = pathlib.Path(tempfile.mkdtemp(prefix="hbalab-e2e."))
    mount = work / "mnt"
    try:
        subprocess.run([HBALAB, "mount", "--lab", lab_file, "--state", work / "state", mount], check=True)
        yield mount
    finally:
        subprocess.run([HBALAB, "umount", mount], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(work, ignore_errors=True)


def read_all(handle):
    data = b""
    while part := os.read(handle, 65536):
        data += part
    return data


def transact(path, data):
    """Writes and reads one handle; a refused write raises OSError with the reason as its text."""
    handle = os.open(path, os.O_RDWR)
    try:
        os.write(handle, data)
        return read_all(handle)
    except OSError as error:
        reason = read_all(handle).decode(errors="replace").strip()
        raise OSError(error.errno, f"{error.strerror}: {reason}") from None
    finally:
        os.close(handle)


def fill(value, names):
    """Replaces {name} in texts; a text that is one name in braces takes the type of what it names."""
    if isinstance(value, dict):
        return {key: fill(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, names) for inner in value]
    if not isinstance(value, str):
        return value
    if alone := re.fullmatch(r"\{(\w+)\}", value):
        return names[alone[1]]
    return re.sub(r"\{(\w+)\}", lambda match: str(names[match[1]]), value)


class Lab:
    """A mounted lab and what its steps have named so far."""

    def __init__(self, mount):
        self.mount = mount
        self.names = {"adapter_id": int((mount / "lab/adapters/hba0/unique_adapter_id").read_text(), 16)}

    def instance(self, cls, adapter="hba0", number=0):
        device = (self.mount / "lab/adapters" / adapter / "device_instance").read_text().strip()
        return self.mount / "root/wmi" / cls / f"{device}_{number}"

    def do(self, steps):
        """As tests/golden/README.md describes them."""
        for step in steps:
            if "write" in step:
                (self.mount / "lab" / step["write"]).write_text(step["text"] + "\n")
                continue
            cls, method = step["call"].split(".")
            answer = json.loads(transact(self.instance(cls) / method / "call",
                                         json.dumps(fill(step["in"], self.names)).encode()))
            assert answer["Status"] == 0, f"step {step['call']}: {answer['Status.name']}"
            for name, member in step.get("keep", {}).items():
                self.names[name] = answer[member]


def program(*arguments, data=b""):
    """What hbalab prints."""
    return subprocess.run([HBALAB, *arguments], input=data, stdout=subprocess.PIPE, check=True).stdout


def all_classes():
    """Name and description of every class of the schema."""
    return {name: json.loads(program("--json", "schema", "show", name))
            for name in json.loads(program("--json", "schema", "show"))}


# ---- files of the tree against JSON ------------------------------------------------------------

def text_of(value):
    """A scalar, or an array of scalars, as its file has it."""
    if value is None:
        return "\n"
    if isinstance(value, bool):
        return f"{int(value)}\n"
    if isinstance(value, list):
        return "".join(text_of(element) for element in value)
    if isinstance(value, str):
        value = value.rstrip("\0").replace("\0", "\n")  # text in bytes, NULs between its parts
    return f"{value}\n"


def is_objects(value):
    return isinstance(value, list) and any(isinstance(element, dict) for element in value)


def normal(text):
    """Numbers compare by value: files may show them in hexadecimal where JSON has decimal."""
    return [int(line, 16) if re.fullmatch(r"0x[0-9A-Fa-f]+", line) else int(line)
            if re.fullmatch(r"-?[0-9]{1,20}", line) else line for line in text.rstrip("\n").split("\n")]


def differences(directory, value, path=""):
    """What the files below `directory` say otherwise than the JSON object `value`."""
    for name, expected in value.items():
        place = directory / name
        where = f"{path}{name}"
        if isinstance(expected, dict):
            yield from differences(place, expected, where + "/")
        elif is_objects(expected):
            numbers = sorted((entry for entry in os.listdir(place) if entry.isdigit()), key=int)
            if numbers != [str(number) for number in range(len(expected))]:
                yield f"{where} has the elements {numbers}, not {len(expected)}"
            for number, element in enumerate(expected):
                yield from differences(place / str(number), element, f"{where}/{number}/")
        elif expected == [] and place.is_dir():
            if os.listdir(place):
                yield f"{where} has elements"
        else:
            text = place.read_text()
            if text != text_of(expected) and normal(text) != normal(text_of(expected)):
                yield f"{where} is {text!r}, JSON says {expected!r}"
