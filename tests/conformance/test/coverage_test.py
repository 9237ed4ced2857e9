#!/usr/bin/env python3
"""The check of the suite's coverage: it holds for a run of the built-in HBA, and sees what is missing."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
sys.dont_write_bytecode = True
import coverage  # noqa: E402  tests/conformance/coverage.py


def wrong_without(passed, *cases):
    """What is wrong when these cases have not passed."""
    assert set(cases) <= passed, set(cases) - passed
    return coverage.compare(passed - set(cases), coverage.exceptions())[3]


def main():
    passed = coverage.passed_cases(coverage.runs_of_the_suite())
    wanted, covered, allowed, wrong = coverage.compare(passed, coverage.exceptions())
    assert not wrong, "\n".join(wrong)
    assert len(covered) + len(allowed) == len(wanted) > 1000, (len(wanted), len(covered), len(allowed))
    # A case that did not pass covers nothing.
    assert wrong_without(passed, "MSiSCSI_Operations/overlap/two-removals") == \
        ["no case tests: status ISDSC_REMOVE_CONNECTION_IN_PROGRESS"]
    assert wrong_without(passed, "MSiSCSI_HBAInformation/MaxCDBLength/read-only") == \
        ["no case tests: access MSiSCSI_HBAInformation.MaxCDBLength"]
    naming = [case["id"] for case in coverage.case_files() if "ISDSC_PORTAL_NOT_FOUND" in json.dumps(case)]
    assert len(naming) > 1
    assert wrong_without(passed, *naming) == ["no case tests: status ISDSC_PORTAL_NOT_FOUND"]
    nothing = coverage.compare(set(), {})
    assert not nothing[1] and len(nothing[3]) == len(wanted)
    # Exceptions have to be about something, and about what is not covered.
    excepted = {**coverage.exceptions(), "status ISDSC_SUCCESS": "", "status ISDSC_NO_SUCH_STATUS": ""}
    assert coverage.compare(passed, excepted)[3] == [
        "status ISDSC_SUCCESS is covered, and excepted by 'status ISDSC_SUCCESS'",
        "the exception 'status ISDSC_NO_SUCH_STATUS' is about nothing"]
    print(f"{len(covered)} of {len(wanted)} tested, {len(allowed)} excepted")


main()
