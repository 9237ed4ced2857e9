#!/usr/bin/env python3
"""Kills the lab with SIGKILL at random points of concurrent saves and removals, starts it again, and
checks that every acknowledged change is there and no unacknowledged one is there in part."""
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

if not os.path.exists("/dev/fuse"):
    print("skipped: no /dev/fuse")
    sys.exit(77)

HBALAB = os.environ["HBALAB"]
HERE = os.path.dirname(os.path.abspath(__file__))
WANTED_CHANGES = int(os.environ.get("CRASH_CHANGES", "1200"))
WANTED_KILLS = 12
WORKERS = 16
KEYS_PER_WORKER = 40
rng = random.Random(20261)

work = tempfile.mkdtemp(prefix="hbalab-crash.")
mnt, state = os.path.join(work, "mnt"), os.path.join(work, "state")


def instance(cls):
    with open(f"{mnt}/lab/adapters/hba0/device_instance") as f:
        return f"{mnt}/root/wmi/{cls}/{f.read().strip()}_0"


def start():
    subprocess.run([HBALAB, "mount", "--lab", f"{HERE}/lab.json", "--state", state, mnt], check=True)
    with open(f"{state}/hbalab.pid") as f:
        return int(f.read())


def call(method, parameters):
    """Returns OUT, or None when the lab died before it answered."""
    try:
        fd = os.open(f"{instance('MSiSCSI_Operations')}/{method}/call", os.O_RDWR)
    except OSError:
        return None
    try:
        os.write(fd, json.dumps(parameters).encode())
        answer = os.read(fd, 65536)
        return json.loads(answer) if answer else None
    except OSError:
        return None
    finally:
        try:
            os.close(fd)
        except OSError:
            pass


class Worker(threading.Thread):
    """Saves and removes its own keys. `known` is what is acknowledged; `doubt` the change in flight."""

    def __init__(self, number, known, seed):
        super().__init__()
        self.number, self.known, self.rng = number, known, random.Random(seed)
        self.doubt, self.acknowledged, self.wrong = None, 0, None

    def run(self):
        serial = self.rng.randrange(1, 1 << 40)
        while True:
            key = self.rng.randrange(KEYS_PER_WORKER)
            name = f"iqn.2026-01.org.example:w{self.number}-k{key}"
            if name in self.known and self.rng.random() < 0.5:
                self.doubt = (name, None)
                out = call("RemovePersistentLogin", {"TargetName": name})
            else:
                serial += 1
                self.doubt = (name, serial)
                out = call("LoginToTarget", {"TargetName": name, "TargetPortal": f"192.0.2.10:{4000 + key}",
                                             "PersistentLogin": True, "SecurityFlags": serial})
            if out is None:
                return
            if out["Status"] != 0:
                self.wrong = (self.doubt, out)
                return
            name, value = self.doubt
            if value is None:
                del self.known[name]
            else:
                self.known[name] = value
            self.doubt = None
            self.acknowledged += 1


def stored():
    with open(f"{instance('MSiSCSI_PersistentLogins')}/instance.json") as f:
        whole = json.load(f)
    assert whole["PersistentLoginCount"] == len(whole["PersistentLogins"])
    records = {}
    for login in whole["PersistentLogins"]:
        name = login["TargetName"]
        assert name not in records, f"{name} is stored twice"
        key = int(name.rsplit("-k", 1)[1])
        assert login["TargetPortal"]["Socket"] == 4000 + key, f"half a record: {login}"
        records[name] = login["SecurityFlags"]
    return records


def main():
    known = [dict() for _ in range(WORKERS)]
    changes = rounds = 0
    while changes < WANTED_CHANGES or rounds < WANTED_KILLS:
        pid = start()
        seeds = [rng.randrange(1 << 60) for _ in range(WORKERS)]
        workers = [Worker(i, known[i], seeds[i]) for i in range(WORKERS)]
        for worker in workers:
            worker.start()
        # The kill comes at a random moment of the work: the wait is for time to pass, nothing else.
        threading.Event().wait(rng.uniform(0.02, 0.4))
        process = os.pidfd_open(pid)
        os.kill(pid, signal.SIGKILL)
        for worker in workers:
            worker.join()
        # The kernel frees the state directory's lock when the last thread of the lab has gone.
        select.select([process], [], [])
        os.close(process)
        start()
        records = stored()
        for worker in workers:
            assert worker.wrong is None, f"refused: {worker.wrong}"
            expected = dict(worker.known)
            if worker.doubt:
                # Neither acknowledged nor refused: it is there whole, or not at all.
                name, value = worker.doubt
                now = records.get(name)
                assert now in (expected.get(name), value), f"{name}: {now}, was {expected.get(name)}, asked {value}"
                if now is None:
                    expected.pop(name, None)
                else:
                    expected[name] = now
            mine = {n: v for n, v in records.items() if f":w{worker.number}-" in n}
            assert mine == expected, f"worker {worker.number}: {set(mine.items()) ^ set(expected.items())}"
            known[worker.number] = expected
            changes += worker.acknowledged
        rounds += 1
        subprocess.run([HBALAB, "umount", mnt], check=True)
    print(f"{changes} acknowledged changes over {rounds} kills, all accounted for")


try:
    main()
finally:
    subprocess.run([HBALAB, "umount", "--lazy", mnt], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.rmtree(work, ignore_errors=True)
