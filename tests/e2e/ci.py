#!/usr/bin/python3
"""The jobs of docs/ci do what they say: their files are read as a CI system reads them, and each of their steps runs
here. Stand-ins there are only for what needs a network: checkout, transport of artifacts, packages."""
import fnmatch
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree

import yaml  # of Debian: python3-yaml is for its own Python

from lib import HBALAB, SOURCE

CI = SOURCE / "docs/ci"
BUILD = pathlib.Path(os.environ.get("HBALAB_BUILD", SOURCE / "build/release"))
SAMPLES = SOURCE / "hba-sim/samples"
RULE = "wnode_guid"


def good_driver(place):
    for file in ("driver.c", "driver.mof"):
        shutil.copy(SAMPLES / "storport" / file, place)


def wrong_driver(place):
    for file in ("base.c", "base.h", "driver.mof", f"{RULE}.c"):
        shutil.copy(SAMPLES / "wrong" / file, place)
    (place / "driver.c").write_text(f'#include "base.c"\n#include "{RULE}.c"\n')


def run(shell, script, place, **environment):
    """What a step ends with."""
    environment = {**os.environ, "PATH": f"{pathlib.Path(HBALAB).parent}:{os.environ['PATH']}", **environment}
    done = subprocess.run([*shell, script], cwd=place, env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=300)
    return done.returncode, done.stdout


# ---- GitHub ------------------------------------------------------------------------------------

SHELLS = {None: ["sh", "-ec"], "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]}


def expand(text, values):
    """Replaces ${{ name }}; a name that nobody has defined is an error."""
    return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda match: str(values[match[1]]), text)


class GitHub:
    def __init__(self, work, checkout):
        self.work, self.checkout, self.artifacts = work, checkout, {}

    def use(self, step, values, place):
        action, options = step["uses"], step.get("with", {})
        if action.startswith("actions/checkout@"):
            self.checkout(place)
        elif action.startswith("actions/upload-artifact@"):
            files = [place / line for line in expand(options["path"], values).split()]
            assert all(file.stat().st_size for file in files), files
            name = expand(options["name"], values)
            assert name not in self.artifacts, f"two artifacts have the name {name}"
            self.artifacts[name] = files
        elif action.startswith("actions/download-artifact@"):
            assert options["merge-multiple"] is True
            for name in fnmatch.filter(self.artifacts, options["pattern"]):
                for file in self.artifacts[name]:
                    shutil.copy(file, place)
        else:
            raise AssertionError(f"what is {action}?")

    def job(self, job, values, name):
        """Exit status of a job: that of its first step that failed. Others run only if they always do."""
        place = self.work / name
        place.mkdir()
        summary = place / "summary.md"
        status = 0
        for step in job["steps"]:
            if status and step.get("if") != "always()":
                continue
            if "uses" in step:
                self.use(step, values, place)
                continue
            code, output = run(SHELLS[step.get("shell")], expand(step["run"], values), place,
                               GITHUB_STEP_SUMMARY=str(summary))
            print(f"{name}: {step['name']}: {code}\n{output}")
            status = status or code
        return status, summary


def github(work, checkout, good):
    jobs = yaml.safe_load((CI / "github-actions.yml").read_text())["jobs"]
    shard, merge = jobs["shard"], jobs["merge"]
    shards = shard["strategy"]["matrix"]["shard"]
    assert shards == list(range(1, len(shards) + 1)) and shard["strategy"]["fail-fast"] is False
    assert merge["needs"] == "shard" and merge["if"] == "always()"
    system = GitHub(work, checkout)
    codes = {system.job(shard, {"matrix.shard": number, "strategy.job-total": len(shards)}, f"shard {number}")[0]
             for number in shards}
    code, summary = system.job(merge, {}, "merge")
    assert (codes == {0}, code) == ((True, 0) if good else (False, 1)), (codes, code)
    assert sorted(system.artifacts) == ["conform-1", "conform-2", "conform-3", "conform-4", "conformance"]
    check_outcome(work / "merge/conform.xml", summary.read_text(), good)


# ---- GitLab ------------------------------------------------------------------------------------

GITLAB_SHELL = ["bash", "-eo", "pipefail", "-c"]


def gitlab(work, checkout, good):
    jobs = yaml.safe_load((CI / "gitlab-ci.yml").read_text())
    shard, merge = jobs["shard"], jobs["merge"]
    assert jobs["stages"] == [shard["stage"], merge["stage"]]
    assert shard["artifacts"]["when"] == merge["artifacts"]["when"] == merge["when"] == "always"
    merging = work / "merge"
    merging.mkdir()
    checkout(merging)
    codes = set()
    for number in range(1, shard["parallel"] + 1):
        place = work / f"shard {number}"
        place.mkdir()
        checkout(place)
        code, output = run(GITLAB_SHELL, "\n".join(shard["script"]), place, CI_NODE_INDEX=str(number),
                           CI_NODE_TOTAL=str(shard["parallel"]))
        print(f"shard {number}: {code}\n{output}")
        codes.add(code)
        files = [file for pattern in shard["artifacts"]["paths"] for file in place.glob(pattern)]
        assert len(files) == 1, files
        shutil.copy(files[0], merging)
    code, output = run(GITLAB_SHELL, "\n".join(merge["script"]), merging)
    assert (codes == {0}, code) == ((True, 0) if good else (False, 1)), (codes, code, output)
    assert merge["artifacts"]["reports"]["junit"] in merge["artifacts"]["paths"]
    assert all((merging / file).exists() for file in merge["artifacts"]["paths"])
    check_outcome(merging / "conform.xml", output, good)


# ---- others ------------------------------------------------------------------------------------

def shell(work, checkout, good):
    checkout(work)
    code, output = run(["sh", "-c"], f'"{CI}/conform.sh"', work)
    assert code == (0 if good else 1), output
    check_outcome(work / "conform.xml", output, good)


def check_outcome(junit, text, good):
    """All cases are in the file that the CI system shows, and what people read names the rule."""
    suites = xml.etree.ElementTree.parse(junit).getroot()
    assert int(suites.get("tests")) > 30
    assert (int(suites.get("failures")) == 0) == good
    assert (f"driver's contract: {RULE}" in text) != good, text


def containerfile():
    """Its packages are those that tools/run installs, and those whose libraries the program is linked with."""
    text = (CI / "Containerfile").read_text().replace("\\\n", " ")
    building, running = (set(line.split("--no-install-recommends")[1].split("&&")[0].split())
                         for line in text.split("\n") if "apt-get install" in line)
    listed = subprocess.run(["bash", "-c", f'. "{SOURCE}/tools/lib/packages.sh"; echo $BUILD_PACKAGES'], check=True,
                            stdout=subprocess.PIPE, text=True).stdout.split()
    assert building == set(listed), building ^ set(listed)
    known = subprocess.run(["dpkg-query", "-W", "-f", "${Package}\n", *building, *running], check=True,
                           stdout=subprocess.PIPE, text=True).stdout.split()
    assert set(known) == building | running
    libraries = re.findall(r"=> (/\S+)", subprocess.run(["ldd", HBALAB], stdout=subprocess.PIPE, text=True,
                                                        check=True).stdout)
    for library in libraries:
        owner = subprocess.run(["dpkg-query", "-S", f"*/{pathlib.Path(library).name}"], stdout=subprocess.PIPE,
                               text=True, check=True).stdout
        packages = {line.split(":")[0] for line in owner.splitlines()}
        # Those of the compiler come with it.
        sanitizers = {"libasan8", "libubsan1", "libtsan2"}
        assert packages & (running | {"libc6", "libgcc-s1", "libstdc++6", "zlib1g"} | sanitizers), (library, packages)
    # What it has cmake do.
    for option in re.findall(r"-D(\w+)=", text):
        assert re.search(rf"\boption\({option} ", (SOURCE / "CMakeLists.txt").read_text()), option
    preset = re.search(r"cmake --preset (\S+)", text)[1]
    assert f'"name": "{preset}"' in (SOURCE / "CMakePresets.json").read_text()
    folder = re.search(r"cmake --build (\S+)", text)[1]
    assert folder == f"build/{preset}" and f"cmake --install {folder} --prefix /opt/hbalab" in text
    assert "COPY --from=build /opt/hbalab /opt/hbalab" in text and "PATH=/opt/hbalab/bin:" in text


def main():
    containerfile()
    print("passed: Containerfile")
    for job in (github, gitlab, shell):
        for checkout, good in ((good_driver, True), (wrong_driver, False)):
            with tempfile.TemporaryDirectory(prefix="hbalab-ci.") as work:
                job(pathlib.Path(work), checkout, good)
            print(f"passed: {job.__name__}, {checkout.__name__}")


if __name__ == "__main__":
    main()
