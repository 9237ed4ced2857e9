#!/usr/bin/env bash
# Bad input: each kind fails at the write, with the errno and the reason that tell what is wrong.
. "$(dirname "$0")/lib.sh"
mount_lab
ops=$(instance MSiSCSI_Operations)
target=iqn.2026-01.org.example:disk1

# check NAME ERRNO-TEXT REASON-PATTERN JSON
check() {
  local out
  out=$(python3 - "$ops/LoginToTarget/call" "$4" <<'PY'
import os, sys
fd = os.open(sys.argv[1], os.O_RDWR)
try:
    os.write(fd, sys.argv[2].encode("utf-8", "surrogateescape") + b"\n")
    print("accepted", os.read(fd, 65536).decode())
except OSError as e:
    print(os.strerror(e.errno))
    print(os.read(fd, 65536).decode())
PY
)
  expect_match "$1" "$out" "^$2"
  expect_match "$1, reason" "$out" "$3"
}
check "malformed" "Invalid argument" "" '{"TargetName": }'
check "unknown key" "Invalid argument" "TargetName" '{"TargetNam": "x"}'
check "wrong type" "Invalid argument" "LoginOptions" '{"TargetName": "x", "LoginOptions": 5}'
check "out of range" "Numerical result out of range" "PortNumber" '{"TargetName": "'$target'", "PortNumber": 4294967296}'
check "negative" "Numerical result out of range" "PortNumber" '{"TargetName": "'$target'", "PortNumber": -1}'
check "name too long" "Numerical result out of range" "223" '{"TargetName": "'$(printf 'a%.0s' {1..224})'"}'
check "lone surrogate" "Invalid argument" "" '{"TargetName": "\ud800"}'
expect "nothing was saved" "$(cat "$(instance MSiSCSI_PersistentLogins)/PersistentLoginCount")" 0

# echo itself reports the failure.
( echo '{"TargetNam": "x"}' >"$ops/LoginToTarget/call" ) 2>"$WORK/err" && fail "echo of a bad call succeeded"
expect_match "echo's message" "$(cat "$WORK/err")" 'Invalid argument'
# One transaction a handle: a text may come in pieces, what is refused before the driver sees it may be
# written again, and what the driver has been asked for may not.
python3 - "$ops" <<'PY'
import errno, os, sys
def error(action, *arguments):
    try:
        action(*arguments)
    except OSError as e:
        return e.errno
def opened(method):
    return os.open(f"{sys.argv[1]}/{method}/call", os.O_RDWR)
def same(got, wanted):
    assert got == wanted, (got, wanted)
fd = opened("RemovePersistentLogin")
os.write(fd, b'{"TargetName": ')
same(error(os.close, os.dup(fd)), errno.EINVAL)
assert b"ends before" in os.read(fd, 65536)
os.write(fd, b'"iqn.2026-01.org.example:nobody"}')
assert b"ISDSC_TARGET_NOT_FOUND" in os.read(fd, 65536)
same(error(os.write, fd, b"{}"), errno.EBUSY)
assert b"open the file again" in os.read(fd, 65536)
same(error(os.close, fd), None)
# The reason comes behind an answer that has not been read.
fd = opened("RemovePersistentLogin")
os.write(fd, b'{"TargetName": "iqn.2026-01.org.example:nobody"}')
same(error(os.write, fd, b"{}"), errno.EBUSY)
answer, reason = os.read(fd, 65536).splitlines()
assert b"ISDSC_TARGET_NOT_FOUND" in answer and b'"EBUSY"' in reason
os.close(fd)
# Too long a text is dropped, and the handle takes another one.
fd = opened("RemovePersistentLogin")
blanks = b'{"TargetName": "' + b" " * (1 << 20)
refused = None
for _ in range(80):
    if refused := error(os.write, fd, blanks):
        break
same(refused, errno.EFBIG)
assert b'"EFBIG"' in os.read(fd, 65536)
os.write(fd, b'{"TargetName": "iqn.2026-01.org.example:nobody"}')
assert b"ISDSC_TARGET_NOT_FOUND" in os.read(fd, 65536)
os.close(fd)
# Names have at most 255 bytes.
same(error(os.mkdir, f"{sys.argv[1]}/RemovePersistentLogin/{'n' * 256}"), errno.ENAMETOOLONG)
os.mkdir(f"{sys.argv[1]}/RemovePersistentLogin/{'n' * 255}")
os.rmdir(f"{sys.argv[1]}/RemovePersistentLogin/{'n' * 255}")
fd = opened("RemovePersistentLogin")
same(error(os.write, fd, b'{"TargetNam": "x"}'), errno.EINVAL)
os.write(fd, b"\n")
assert b"ISDSC_TARGET_NOT_FOUND" in os.read(fd, 65536)
os.close(fd)
PY
# Properties: the type's refusal and the driver's, and the reason on the handle that was written.
python3 - "$(instance MSiSCSI_HBASessionConfig)/MaxBurstLength" <<'PY'
import errno, json, os, sys
fd = os.open(sys.argv[1], os.O_RDWR)
def refused(text, number):
    try:
        os.write(fd, text)
    except OSError as e:
        assert e.errno == number, (text, e)
        return json.loads(os.pread(fd, 65536, 0))
    raise AssertionError(f"{text} was taken")
before = os.pread(fd, 100, 0)
assert refused(b"abc", errno.EINVAL)["error"] == "EINVAL"
assert refused(b"4294967296", errno.ERANGE)["path"] == "MaxBurstLength"
assert refused(b"0", errno.EOPNOTSUPP)["status"] == "STATUS_INVALID_DEVICE_REQUEST"
assert open(sys.argv[1], "rb").read() == before
os.lseek(fd, 100, os.SEEK_SET)  # offsets do not matter
os.write(fd, b"70000")
assert os.pread(fd, 100, 0) == b"70000\n"
PY
# Read-only things.
[ "$(id -u)" = 0 ] || refuses bash -c "echo 1 >'$(instance MSiSCSI_HBAInformation)/VendorModel'" >/dev/null
refuses rm "$(instance MSiSCSI_HBAInformation)/VendorModel" >/dev/null
refuses touch "$WMI/new" >/dev/null
refuses mkdir "$WMI/new" >/dev/null
expect_match "a name that is there" "$(refuses mkdir "$ops/LoginToTarget/call")" 'File exists'
expect_match "network in use" "$(refuses rmdir "$MNT/lab/fabric/networks/san")" 'busy'
expect_match "block too short" "$(refuses bash -c "printf abc >'$ops/LoginToTarget/call.bin'")" 'not supported'
# What the driver does not support: a value, at the write; a whole function, in the method's status.
expect_match "unsupported value" "$(refuses bash -c "echo 1 >'$(instance MSiSCSI_DiscoveryConfig hba1)/PerformSLPDiscovery'")" 'not supported'
echo '{"iSNSServerName": "192.0.2.70"}' >"$(instance MSiSCSI_Operations hba1)/AddiSNSServer/call"
expect "unsupported function" "$(json out Status.name <"$(instance MSiSCSI_Operations hba1)/AddiSNSServer/last.json")" ISDSC_REQUEST_NOT_SUPPORTED
# Raw blocks of every length never break anything.
python3 - "$ops/RemovePersistentLogin/call.bin" <<'PY'
import os, random, sys
rng = random.Random(5)
for size in [0, 1, 2, 3, 4, 7, 8, 100, 451, 1007, 1008, 1009, 4096, 65536]:
    fd = os.open(sys.argv[1], os.O_RDWR)
    try:
        if size: os.write(fd, rng.randbytes(size))
        os.read(fd, 4096)
    except OSError as e:
        pass
    os.close(fd)
PY
expect "still answers" "$(cat "$(instance MSiSCSI_HBAInformation)/VendorModel")" EX4010
# A client that dies in the middle of a call leaves nothing behind.
timeout -s KILL 0.3 "$HBALAB" call MSiSCSI_Operations LoginToTarget -i hba0 TargetName=iqn.2026-01.org.example:dead TargetPortal=192.0.2.30 >/dev/null 2>&1 || :
expect "no session of the dead client" "$(cat "$(instance MSiSCSI_InitiatorSessionInfo)/SessionCount")" 0
# A reset under a request that waits.
refuses "$HBALAB" call MSiSCSI_Operations LoginToTarget -i hba0 TargetName=iqn.2026-01.org.example:dead TargetPortal=192.0.2.30 >"$WORK/reset.txt" &
login=$!
waits() { [ "$(cat "$MNT/lab/adapters/hba0/pending")" = 1 ]; }
until_true 20 waits
echo 1 >"$MNT/lab/adapters/hba0/reset"
wait $login || fail "a login went on over a reset"
expect_match "reset under a login" "$(cat "$WORK/reset.txt")" 'Input/output error'
# NVRAM full and failing.
hba1=$(instance MSiSCSI_Operations hba1)
for n in 1 2 3 4 5; do
  out=$("$HBALAB" call MSiSCSI_Operations LoginToTarget -i hba1 TargetName=$target-$n TargetPortal=192.0.2.10 PersistentLogin=true) || :
done
expect "NVRAM full" "$(json Status.name <<<"$out")" ISDSC_OUT_OF_RESOURCES
expect "count when full" "$(cat "$(instance MSiSCSI_PersistentLogins hba1)/PersistentLoginCount")" 4
echo 1 >"$MNT/lab/adapters/hba1/faults/nvram_write_fails"
out=$("$HBALAB" call MSiSCSI_Operations RemovePersistentLogin -i hba1 TargetName=$target-1) || :
expect "NVRAM fails" "$(json Status.name <<<"$out")" ISDSC_COULD_NOT_REMOVE_PERSISTENT_LOGIN_DATA
expect "count unchanged" "$(cat "$(instance MSiSCSI_PersistentLogins hba1)/PersistentLoginCount")" 4
echo 0 >"$MNT/lab/adapters/hba1/faults/nvram_write_fails"
out=$("$HBALAB" call MSiSCSI_Operations RemovePersistentLogin -i hba1 TargetName=$target-1)
expect "NVRAM works again" "$(json Status <<<"$out")" 0
