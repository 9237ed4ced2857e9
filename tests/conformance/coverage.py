#!/usr/bin/env python3
"""What of the interface no conformance case tests: classes, methods, parameters, properties, events and
statuses, by the catalogue of this project (schemas/) and a run of the suite against the built-in HBA.

A thing counts only where the case passed in that run and a step of it (none of `when` or `cleanup`) names it in
what it expects. What no case can test is listed with its reason in coverage-exceptions.json; statuses that no
adapter returns have theirs in tests/statuses/statuses.json. The test fails for what is neither covered nor
excepted, for exceptions that are covered, and for exceptions of nothing.

  coverage.py [--list] [--report FILE]...   (reports of runs that have been made already)
"""
import argparse
import collections
import fnmatch
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ.get("HBALAB_SOURCE", pathlib.Path(__file__).parents[2]))
HERE = SOURCE / "tests/conformance"

Property = collections.namedtuple("Property", "name type array words")
Method = collections.namedtuple("Method", "name given answered")
Class = collections.namedtuple("Class", "name kind properties methods")

# ---- the catalogue -----------------------------------------------------------------------------

MEMBER = re.compile(r"\[([^\[\]]*)\]\s*(\w+)\s+(\w+)\s*(\[\w*\])?\s*[;,)]")
METHOD = re.compile(r"\[([^\[\]]*)\]\s*void\s+(\w+)\s*\(((?:[^()\[\]]|\[[^\[\]]*\])*)\)\s*;")


def members_of(text):
    return [Property(name, kind, array != "", words) for words, kind, name, array in MEMBER.findall(text)
            if "WmiDataId" in words]


def parameters_of(text):
    """IN and OUT of a method: a parameter can be both."""
    members = members_of(text + ";")
    return ([each for each in members if re.search(r"\bin\b", each.words)],
            [each for each in members if re.search(r"\bout\b", each.words)])


def flat(text):
    """MOF without comments, texts and the arguments of qualifiers."""
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    text = re.sub(r"//[^\n]*", "", text)
    text = re.sub(r"\{[^{};]*\}", "", text)  # of qualifiers: those of classes have semicolons
    while re.search(r"(\w)\s*\([^()\[\];]*\)(?!\s*;)", text):
        text = re.sub(r"(\w)\s*\([^()\[\];]*\)(?!\s*;)", r"\1", text)
    return text


def catalogue():
    classes = {}
    for file in sorted((SOURCE / "schemas").glob("iscsi*.mof")):
        for words, name, base, body in re.findall(
                r"\[([^\[\]]*)\]\s*class\s+(\w+)\s*(:\s*\w+)?\s*\{(.*?)\n\};", flat(file.read_text()), re.DOTALL):
            methods = {method: Method(method, *parameters_of(given)) for _, method, given in METHOD.findall(body)}
            own = METHOD.sub("", body)
            kind = "embedded" if "Dynamic" not in words else "methods" if methods else "event" if "Event" in base else "data"
            classes[name] = Class(name, kind, {each.name: each for each in members_of(own)}, methods)
    return classes


def enumerations():
    table = json.loads((SOURCE / "schemas/enums.json").read_text())["enumerations"]
    return {entry["qualifier"]: entry for entry in table if "qualifier" in entry}


def wanted_items(classes):
    """Everything that has to be tested, as text."""
    enums = enumerations()
    items = set()
    for cls in classes.values():
        items.add(f"class {cls.name}")
        for each in cls.properties.values():
            items.add(f"meaning {cls.name}.{each.name}")
            if cls.kind == "data":
                items |= {f"value {cls.name}.{each.name}", f"access {cls.name}.{each.name}"}
            if cls.kind == "event":
                for qualifier, entry in enums.items():
                    if re.search(rf"\b{qualifier}\b", each.words):
                        items |= {f"event {cls.name}.{each.name} {row['name']}" for row in entry["values"]}
        for method in cls.methods.values():
            name = f"{cls.name}.{method.name}"
            items |= {f"success {name}", f"refusal {name}"}
            items |= {f"given {name}({each.name})" for each in method.given}
            items |= {f"answered {name}({each.name})" for each in method.answered}
    statuses = json.loads((SOURCE / "schemas/isdsc_status.json").read_text())["statuses"]
    return items | {f"status {row['name']}" for row in statuses}


# ---- the cases ---------------------------------------------------------------------------------

ELEMENTS = ("has", "each", "lacks")


class Cover:
    """What the steps of cases that passed name."""

    def __init__(self, classes):
        self.classes = classes
        self.items = set()

    def case(self, made):
        calls = {}
        for step in made["steps"]:
            self.step(step, calls)

    def step(self, step, calls):
        for verb in ("call", "start"):
            if verb in step:
                self.given(step[verb], step.get("in", {}))
                calls[step.get("as", "")] = step[verb]
        called = step.get("call") or ("finish" in step and calls[step["finish"]])
        expect = step.get("expect", {})
        if called:
            self.called(called, expect, step.get("outcome", ["success"]))
        for verb in ("query", "event"):
            if verb in step:
                cls = self.classes[step[verb]]
                for path, matcher in expect.items():
                    self.path(cls.name, cls.properties, path.split("/"), matcher, f"meaning {cls.name}.")
                    if verb == "event":
                        self.items.add(f"event {cls.name}.{path} {self.named(matcher)}")
                if verb == "event":
                    self.items.add(f"class {cls.name}")
        if "set" in step and step.get("outcome", ["success"]) == ["success"]:
            self.items |= {f"access {step['set']}.{name}" for name in step["values"]}

    @staticmethod
    def named(matcher):
        return matcher.get("is") if isinstance(matcher, dict) else matcher

    def given(self, called, given):
        cls, name = called.split(".")
        for parameter, value in given.items():
            # Counting parameters follow their arrays.
            self.items |= {f"given {called}({name})" for name in (parameter, parameter + "Size")}
            self.inner(next((each for each in self.classes[cls].methods[name].given if each.name == parameter), None),
                       value)

    def inner(self, member, value):
        """Members of an object that is given count for its class."""
        embedded = member and self.classes.get(member.type)
        for element in value if isinstance(value, list) else [value]:
            if embedded and isinstance(element, dict):
                for name, part in element.items():
                    self.items.add(f"meaning {embedded.name}.{name}")
                    self.inner(embedded.properties.get(name), part)

    def called(self, called, expect, outcomes):
        cls, name = called.split(".")
        answered = {each.name: each for each in self.classes[cls].methods[name].answered}
        for path, matcher in expect.items():
            self.path(called, answered, path.split("/"), matcher, f"answered {called}(", ")")
        status = self.named(expect.get("Status"))
        if status in (0, "ISDSC_SUCCESS"):
            self.items.add(f"success {called}")
        elif "Status" in expect and not self.may_succeed(expect["Status"]):
            self.items.add(f"refusal {called}")
        if isinstance(status, str):
            self.items.add(f"status {status}")
        if not answered and outcomes == ["success"]:
            self.items.add(f"success {called}")

    @staticmethod
    def may_succeed(matcher):
        allowed = matcher.get("one_of", []) if isinstance(matcher, dict) else []
        return "ISDSC_SUCCESS" in allowed or 0 in allowed

    def path(self, owner, members, steps, matcher, prefix, suffix=""):
        """The property at the end of a path, and those that the matcher speaks of."""
        if matcher == {"any": True} or not steps or steps == [""]:
            return
        name, rest = steps[0], [each for each in steps[1:] if not each.isdigit()]
        if name not in members:
            sys.exit(f"{owner} has no {name}")
        member = members[name]
        embedded = self.classes.get(member.type)
        if not embedded:
            self.items.add(f"{prefix}{name}{suffix}")
        elif rest:
            self.items.add(f"{prefix}{name}{suffix}")
            self.path(embedded.name, embedded.properties, rest, matcher, f"meaning {embedded.name}.")
        else:
            self.items.add(f"{prefix}{name}{suffix}")
            self.matcher(embedded, matcher)

    def matcher(self, cls, matcher):
        if not isinstance(matcher, dict):
            return
        for path, inner in matcher.get("members", {}).items():
            self.path(cls.name, cls.properties, path.split("/"), inner, f"meaning {cls.name}.")
        for word in ELEMENTS:
            if word in matcher:
                self.matcher(cls, matcher[word])


def case_files():
    for file in sorted((HERE / "cases").rglob("*.json")):
        yield from json.loads(file.read_text()).get("cases", [])


def covered_items(classes, passed):
    cover = Cover(classes)
    for made in case_files():
        if made["id"] in passed:
            cover.case(made)
    for cls in classes.values():
        if f"{cls.name}/block/query" in passed:
            cover.items.add(f"class {cls.name}")
        if any(f"success {cls.name}.{name}" in cover.items for name in cls.methods):
            cover.items.add(f"class {cls.name}")
        for name in cls.properties:
            if f"{cls.name}/{name}/value" in passed:
                cover.items.add(f"value {cls.name}.{name}")
            if passed & {f"{cls.name}/{name}/set", f"{cls.name}/{name}/read-only"}:
                cover.items.add(f"access {cls.name}.{name}")
            if cls.kind == "embedded" and f"meaning {cls.name}.{name}" in cover.items:
                cover.items.add(f"class {cls.name}")
    return cover.items


def exceptions():
    """Patterns of items with their reasons."""
    statuses = json.loads((SOURCE / "tests/statuses/statuses.json").read_text())["statuses"]
    found = {f"status {name}": "never by an adapter: " + entry["never"]
             for name, entry in statuses.items() if "never" in entry}
    for entry in json.loads((HERE / "coverage-exceptions.json").read_text())["exceptions"]:
        for pattern in entry["items"]:
            found[pattern] = entry["reason"]
    return found


def runs_of_the_suite():
    """Reports of the sample lab, and of one where also the classes of sessions have instances from the start."""
    reports = []
    with tempfile.TemporaryDirectory(prefix="hbalab-coverage.") as folder:
        for lab in ([], ["--lab", HERE / "labs/sessions.json"]):
            report = pathlib.Path(folder) / "report.json"
            done = subprocess.run([os.environ["HBALAB"], "conform", "--builtin", *lab, "--report", report],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            if done.returncode != 0:
                sys.exit("the suite does not pass:\n" + done.stdout[-5000:])
            reports.append(json.loads(report.read_text()))
    return reports


def compare(passed, excepted):
    """What has to be tested, what of it is, what may be left out, and what is wrong with that."""
    classes = catalogue()
    assert len(classes) == 53 and sum(len(cls.methods) for cls in classes.values()) == 27, "the catalogue was misread"
    wanted, covered = wanted_items(classes), covered_items(classes, passed)
    wrong, allowed = [], set()
    for pattern in excepted:
        matches = set(fnmatch.filter(wanted, pattern))
        if not matches:
            wrong.append(f"the exception '{pattern}' is about nothing")
        wrong += [f"{item} is covered, and excepted by '{pattern}'" for item in sorted(matches & covered)]
        allowed |= matches
    wrong += [f"no case tests: {item}" for item in sorted(wanted - covered - allowed)]
    return wanted, wanted & covered, allowed - covered, wrong


def passed_cases(reports):
    return {case["id"] for report in reports for case in report["cases"] if case["verdict"] == "passed"}


def main():
    options = argparse.ArgumentParser(description="What no conformance case tests.")
    options.add_argument("--list", action="store_true", help="everything that has to be tested, and whether it is")
    options.add_argument("--report", action="append", default=[], help="a report of hbalab conform; else a run is made")
    given = options.parse_args()
    reports = [json.loads(pathlib.Path(file).read_text()) for file in given.report] or runs_of_the_suite()
    wanted, covered, allowed, wrong = compare(passed_cases(reports), exceptions())
    if given.list:
        for item in sorted(wanted):
            print("tested  " if item in covered else "excepted" if item in allowed else "missing ", item)
    print("\n".join(wrong))
    print(f"{len(covered)} of {len(wanted)} tested, {len(allowed)} excepted, {len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
