#!/usr/bin/env python3
"""Makes copies of the product's sources that have the faults of faults/*.json in them.

  generate.py --list         the sources that have faults, one a line
  generate.py SOURCE OUT     OUT/<path of the source> for each of them, and OUT/names.cpp

A fault is a change of a source: `find` is a text that `file` has once. `wrong` is an expression that stands instead
of it while the fault is on, `without` leaves the statement out, and in the text `with` FAULT stands for whether it is
on. The sources themselves know nothing of faults. A fault whose text has gone, or that overlaps another one, is an
error here, and so of the build.
"""
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
KEYS = {"name", "fault", "found_by", "file", "find", "wrong", "without", "with"}
FAULT = re.compile(r"\bFAULT\b")
WAYS = ("wrong", "without", "with")

NAMES = """#include "tests/conformance/mutants/mutants.hpp"

namespace hbalab::mutants {

const std::vector<std::string_view>& names() {
  static const std::vector<std::string_view> all{
NAMES  };
  return all;
}

}  // namespace hbalab::mutants
"""


class TableError(Exception):
    """A table is wrong; the text says where and how."""


def check(fault, seen):
    where = fault.get("name", "a fault without a name")
    if not NAME.match(fault.get("name", "")) or where in seen:
        raise TableError(f"{where}: names are lower-case words with dashes, each there once")
    unknown = set(fault) - KEYS
    if unknown or not fault.get("fault") or not isinstance(fault.get("found_by"), list):
        raise TableError(f"{where}: needs fault and found_by, and knows nothing of {sorted(unknown)}")
    if not fault.get("file") or not fault.get("find") or sum(way in fault for way in WAYS) != 1:
        raise TableError(f"{where}: a fault has file, find, and one of {', '.join(WAYS)}")
    if "with" in fault and not FAULT.search(fault["with"]):
        raise TableError(f"{where}: `with` has no FAULT, so that the program would always be wrong")


def load():
    """All faults in the order of the files and in these; each knows its area."""
    faults, seen = [], set()
    for path in sorted((HERE / "faults").glob("*.json")):
        table = json.loads(path.read_text(encoding="utf-8"))
        for fault in table["faults"]:
            try:
                check(fault, seen)
            except TableError as error:
                raise TableError(f"{path.name}: {error}") from None
            seen.add(fault["name"])
            faults.append({**fault, "area": table["area"]})
    return faults


def wrong_text(fault):
    is_on = f'::hbalab::mutants::on("{fault["name"]}")'
    if "wrong" in fault:
        return f"({is_on} ? ({fault['wrong']}) : ({fault['find']}))"
    if "without" in fault:
        return f"if (!{is_on}) {{ {fault['find']} }}"
    return FAULT.sub(is_on, fault["with"])


def copy_of(source, file, faults):
    """The source with every fault of it. Lines keep their numbers."""
    text = (source / file).read_text(encoding="utf-8")
    places = []
    for fault in faults:
        if fault["file"] != file:
            continue
        count = text.count(fault["find"])
        if count != 1:
            raise TableError(f"{fault['name']}: {file} has this {count} times, expected once:\n{fault['find']}")
        new = wrong_text(fault)
        lost = fault["find"].count("\n") - new.count("\n")
        places.append((text.index(fault["find"]), fault["find"], new + "\n" * max(lost, 0), fault["name"]))
    places.sort()
    out, at = [], 0
    for begin, old, new, name in places:
        if begin < at:
            raise TableError(f"{name}: {file} has another fault in the same place:\n{old}")
        out += [text[at:begin], new]
        at = begin + len(old)
    out.append(text[at:])
    return f'#include "tests/conformance/mutants/mutants.hpp"\n#line 1 "{source / file}"\n' + "".join(out)


def write(path, text):
    """Leaves a file alone that would not change, so that nothing is compiled again for it."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main():
    faults = load()
    files = sorted({fault["file"] for fault in faults})
    if sys.argv[1:] == ["--list"]:
        print("\n".join(files))
        return
    source, out = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    for file in files:
        write(out / file, copy_of(source, file, faults))
    names = "".join(f'    "{fault["name"]}",\n' for fault in faults)
    write(out / "names.cpp", NAMES.replace("NAMES", names))


if __name__ == "__main__":
    try:
        main()
    except (TableError, OSError, ValueError, KeyError) as error:
        sys.exit(f"faults: {error}")
