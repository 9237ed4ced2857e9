#!/usr/bin/env python3
"""Every method through the mounted tree, against its file in tests/golden: by call, by call.bin, by an
invocation, and by `hbalab call`; each way begins with a new lab. With --write: makes the IN and OUT
blocks of the files anew."""
import concurrent.futures
import json
import os
import subprocess
import sys

from lib import (HBALAB, SOURCE, Lab, all_classes, differences, fill, is_objects, mounted, program,
                 skip_without_fuse, text_of, transact)

FOLDER = SOURCE / "tests/golden"
LAB = FOLDER / "lab.json"
ROW = 16
NOTHING = b"\0"  # a write of no bytes does not reach the file system


# ---- blocks in the files -----------------------------------------------------------------------

def rows_of(block):
    """{"size": N, "OFFSET": "16 bytes in hexadecimal"}: rows of zeros are left out."""
    rows = {"size": len(block)}
    for at in range(0, len(block), ROW):
        if any(block[at:at + ROW]):
            rows[f"{at:04x}"] = block[at:at + ROW].hex()
    return rows


def block_of(rows):
    block = bytearray(rows["size"])
    for offset, text in rows.items():
        if offset != "size":
            row = bytes.fromhex(text)
            at = int(offset, 16)
            assert at + len(row) <= len(block), f"a row at {offset} is outside the block"
            block[at:at + len(row)] = row
    return bytes(block)


def schema(verb, method, data):
    return program("--json", "schema", verb, method["class"], method["method"], data=data)


def save(path, method):
    path.write_text(json.dumps(method, indent=1, ensure_ascii=False) + "\n")


# ---- one method, one way -----------------------------------------------------------------------

class Run(Lab):
    def __init__(self, mount, method):
        super().__init__(mount)
        self.method = method

    def prepare(self, case):
        self.do(case.get("steps", []))
        self.place = self.instance(self.method["class"], case.get("adapter", "hba0")) / self.method["method"]
        return fill(case["in"], self.names)

    def last(self):
        last = json.loads((self.place / "last.json").read_text())
        assert last.get("status") == "STATUS_SUCCESS", last
        return last["in"], last["out"]

    # Each gives back what differs from the file.

    def by_call(self, case, given):
        yield from same("OUT of call", json.loads(transact(self.place / "call", json.dumps(given).encode())),
                        case["OUT"]["json"])

    def by_block(self, case, given):
        block = schema("encode", self.method, json.dumps(given).encode())
        yield from same("IN by schema encode", block.hex(), block_of(case["IN"]["raw"]).hex())
        out = transact(self.place / "call.bin", block_of(case["IN"]["raw"]) or NOTHING)
        yield from same("OUT of call.bin", out.hex(), block_of(case["OUT"]["raw"]).hex())
        yield from same("OUT by schema decode", json.loads(schema("decode", self.method, out)), case["OUT"]["json"])

    def by_invocation(self, case, given):
        invocation = self.place / "golden"
        invocation.mkdir()
        write_in(invocation / "in", case["IN"]["json"], given)
        (invocation / "execute").write_text("1\n")
        yield from same("state", (invocation / "state").read_text(), "done\n")
        yield from differences(invocation / "out", case["OUT"]["json"])
        invocation.rmdir()

    def by_program(self, case, given):
        done = subprocess.run([HBALAB, "--tree", self.mount, "--json", "call", "--stdin", "-i",
                               case.get("adapter", "hba0"), self.method["class"], self.method["method"]],
                              input=json.dumps(given).encode(), stdout=subprocess.PIPE, check=False)
        yield from same("OUT of hbalab call", json.loads(done.stdout), case["OUT"]["json"])
        yield from same("its exit code", done.returncode, 3 if case["OUT"]["json"]["Status"] else 0)

    def compare(self, way, case):
        given = self.prepare(case)
        yield from way(self, case, given)
        in_json, out_json = self.last()
        yield from same("IN of last.json", in_json, case["IN"]["json"])
        yield from same("OUT of last.json", out_json, case["OUT"]["json"])

    def record(self, case):
        given = self.prepare(case)
        block = schema("encode", self.method, json.dumps(given).encode())
        out = transact(self.place / "call.bin", block or NOTHING)
        in_json, out_json = self.last()
        case["IN"] = {"json": in_json, "raw": rows_of(block)}
        case["OUT"] = {"json": out_json, "raw": rows_of(out)}


WAYS = {"call": Run.by_call, "call.bin": Run.by_block, "mkdir": Run.by_invocation, "hbalab call": Run.by_program}


def write_in(directory, members, given):
    """Every parameter with a value, member by member; secrets, which JSON shows as null, as they were given."""
    for name, value in members.items():
        if name.endswith(".name"):
            continue
        place = directory / name
        if isinstance(value, dict):
            write_in(place, value, given.get(name) if isinstance(given.get(name), dict) else {})
        elif is_objects(value):
            place.write_text(json.dumps(value))
        elif value is not None:
            if value != []:
                place.write_text(text_of(value))
        elif name in given:
            place.write_text(given[name] + "\n")


def same(what, got, expected):
    if got != expected:
        yield f"{what} is\n    {got}\n  the file says\n    {expected}"


def run(path, way):
    method = json.loads(path.read_text())
    wrong = []
    with mounted(LAB) as mount:
        lab = Run(mount, method)
        for case in method["cases"]:
            try:
                if way is None:
                    lab.record(case)
                else:
                    wrong += [f"{case['name']}: {text}" for text in lab.compare(WAYS[way], case)]
            except (AssertionError, OSError, subprocess.CalledProcessError) as error:
                wrong.append(f"{case['name']}: {error}")
                break
    if way is None and not wrong:
        save(path, method)
    return [f"{path.stem}, {way or 'writing'}: {text}" for text in wrong]


# ---- what the folder has to hold ---------------------------------------------------------------

def missing(paths):
    """A file for each method of the schema, in it a case that succeeds and one that does not."""
    expected = {f"{name}.{method['name']}" for name, cls in all_classes().items() for method in cls["methods"]}
    if expected != {path.stem for path in paths}:
        yield f"files and methods differ: {sorted(expected ^ {path.stem for path in paths})}"
    for path in paths:
        method = json.loads(path.read_text())
        if path.stem != f"{method['class']}.{method['method']}":
            yield f"{path.name} is about {method['class']}.{method['method']}"
        statuses = [case["OUT"]["json"]["Status"] for case in method["cases"]]
        if 0 not in statuses:
            yield f"{path.name}: no case succeeds"
        if not any(statuses) and "never_refused" not in method:
            yield f"{path.name}: no case is refused"


def main():
    skip_without_fuse()
    arguments = sys.argv[1:]
    write = arguments[:1] == ["--write"]
    paths = sorted(path for path in FOLDER.glob("*.*.json"))
    chosen = [path for path in paths if path.stem in arguments] or paths
    tasks = [(path, way) for path in chosen for way in ([None] if write else WAYS)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        wrong = [text for texts in pool.map(lambda task: run(*task), tasks) for text in texts]
    wrong = wrong or list(missing(paths))
    for text in wrong:
        print(text)
    print(f"{len(chosen)} methods {'written' if write else f'by {len(WAYS)} ways'}, {len(wrong)} differences")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
