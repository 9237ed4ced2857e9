#!/usr/bin/env python3
"""The kit's structures have the sizes and places of 64-bit Windows, and its constants their values:
against layout.json, with every compiler and in the layout of bit fields that drivers are compiled
with; and against mingw-w64's own headers, as far as these say the same and are right."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
SOURCE = os.environ["HBALAB_SOURCE"]
HEADERS = ["ntddk.h", "storport.h", "scsi.h", "srbhelper.h", "ntddscsi.h", "scsiwmi.h", "wmistr.h", "ata.h",
           "acpiioct.h"]
# Structures that both have. Left out is what mingw-w64 has otherwise than Windows: INQUIRYDATA and
# HW_INITIALIZATION_DATA are those of an older edition, scsiwmi.h packs to 4 bytes, and
# READ_CAPACITY_DATA_EX is not packed.
SHARED = ["CDB", "SENSE_DATA", "READ_CAPACITY_DATA", "LUN_LIST", "MODE_CACHING_PAGE",
          "MODE_PARAMETER_HEADER", "MODE_PARAMETER_HEADER10", "MODE_PARAMETER_BLOCK", "MODE_INFO_EXCEPTIONS",
          "VPD_IDENTIFICATION_DESCRIPTOR", "VPD_SERIAL_NUMBER_PAGE", "SCSI_REQUEST_BLOCK",
          "SCSI_PNP_REQUEST_BLOCK", "SCSI_POWER_REQUEST_BLOCK", "STOR_DEVICE_CAPABILITIES", "ACCESS_RANGE",
          "PCI_COMMON_CONFIG", "PCI_SLOT_NUMBER", "LIST_ENTRY", "SLIST_HEADER", "UNICODE_STRING", "KDPC", "KTIMER",
          "KEVENT", "KSEMAPHORE", "MDL", "DRIVER_OBJECT", "OBJECT_ATTRIBUTES", "IDENTIFY_DEVICE_DATA",
          *(f"ACPI_EVAL_INPUT_BUFFER{kind}{form}" for kind in ("", "_SIMPLE_INTEGER", "_SIMPLE_STRING", "_COMPLEX")
            for form in ("", "_EX")), "ACPI_METHOD_ARGUMENT", "ACPI_EVAL_OUTPUT_BUFFER"]
# Not the same number there: printed as another type, of a newer edition, or this lab's own choice.
NOT_A_NUMBER = re.compile(r"HBALAB|_H$|^__|^_[A-Z]|API$|^MAX(IMUM|IRQL)|^SCSI_REQUEST_BLOCK_SIZE|^CONFIG_INFO|"
                          r"^(SP_UN|INQUIRYDATABUFFERSIZE|DBG|ERASE_TIMEOUT|SYSTEM_CACHE|MEMORY_ALLOC|SCSI_MAXIMUM)|"
                          r"^IDE_COMMAND_READ_LOG_DMA_EXT|^(CLOCK|IPI|POWER|PROFILE|CMCI|SYNCH|DRS|DPC_REDIR)_LEVEL|^STATUS_")


def run(command, text):
    with tempfile.NamedTemporaryFile("w", suffix=".c", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        return subprocess.run([*command, file.name], check=False, capture_output=True, text=True)


def includes(names):
    return "".join(f"#include <{name}>\n" for name in names)


def table_checks():
    with open(os.path.join(HERE, "layout.json"), encoding="utf-8") as file:
        table = json.load(file)
    text = includes(HEADERS) + '#define SAME(a, b) _Static_assert((a) == (b), #a " is not " #b)\n'
    count = 0
    for name, structure in table["structures"].items():
        text += f"SAME(sizeof({name}), {structure['size']});\n"
        for member, (offset, size) in structure["members"].items():
            text += f"SAME(offsetof({name}, {member}), {offset});\n"
            text += f"SAME(sizeof((({name}*)0)->{member}), {size});\n" if size else ""
            count += 1
    for name, value in table["constants"].items():
        text += f"SAME((unsigned long long){name} & 0xFFFFFFFF, {value});\n"
    return text, count + len(table["constants"])


def check_table(failures):
    text, count = table_checks()
    for compiler in ("gcc", "clang"):
        if not shutil.which(compiler):
            continue
        for extra in ([], ["-mms-bitfields", "-DHBALAB_DRIVER=1", "-include", "hbalab/driver.h"]):
            result = run([compiler, "-std=gnu11", "-fshort-wchar", "-fms-extensions", "-fsyntax-only",
                          f"-I{SOURCE}/hba-sim/include", *extra], text)
            if result.returncode != 0:
                failures.append(f"{compiler} {extra}: {result.stderr[:3000]}")
    return count


def defined(command, headers):
    """{name: value} of the macros that are plain numbers."""
    result = run([*command, "-E", "-dM"], includes(headers))
    if result.returncode != 0:
        sys.exit(f"{command}: {result.stderr[:2000]}")
    values = {}
    for name, value in re.findall(r"^#define (\w+) (.+)$", result.stdout, re.MULTILINE):
        match = re.fullmatch(r"[(\s]*(?:\((?:NTSTATUS|ULONG|LONG|UCHAR)\)\s*)?(0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*[)\s]*", value)
        if match:
            values[name] = int(match.group(1), 0)
    return values


def sizes_of(command):
    text = includes(["ntddk.h", "srb.h", "scsi.h", "ata.h", "acpiioct.h"]) + "".join(f"char size_{n}[sizeof({n})];\n" for n in SHARED)
    result = run([*command, "-fcommon", "-S", "-o", "-"], text)
    if result.returncode != 0:
        sys.exit(f"{command}: {result.stderr[:2000]}")
    return {n: int(size) for n, size in re.findall(r"\.comm\s+size_(\w+),\s*(\d+)", result.stdout)}


def check_sizes(failures, ours, theirs):
    mine, other = sizes_of(ours), sizes_of(theirs)
    if sorted(mine) != sorted(SHARED) or sorted(other) != sorted(SHARED):
        failures.append(f"sizes of {len(mine)} and {len(other)} structures instead of {len(SHARED)}")
    failures += [f"sizeof({n}): {mine[n]} here, {other[n]} in mingw-w64" for n in mine if mine[n] != other[n]]


def check_commands(failures, ours, theirs):
    """Every member of every command block, set to 1: the same bytes."""
    with open(f"{SOURCE}/hba-sim/include/hbalab/cdb.h", encoding="utf-8") as file:
        blocks = re.findall(r"struct _(\w+) \{(.*?)\} \w+;", file.read(), re.DOTALL)
    # There the two have unions inside.
    members = [(block, member, bool(array)) for block, body in blocks if block not in ("MODE_SENSE", "MODE_SENSE10")
               for member, array in re.findall(r"UCHAR (\w+)(?: : \d+)?(\[\d+\])?;", body)]
    text = includes(["ntddk.h", "scsi.h"]) + "const CDB all[] = {\n" + "".join(
        f"{{.{b}.{m} = {'{1}' if array else '1'}}},\n" for b, m, array in members) + "};\n"
    data = []
    for command, objcopy, section in ((ours, "objcopy", ".rodata"), (theirs, "x86_64-w64-mingw32-objcopy", ".rdata")):
        with tempfile.TemporaryDirectory() as work:
            result = run([*command, "-c", "-o", f"{work}/o"], text)
            if result.returncode != 0:
                failures.append(f"{command[0]}: {result.stderr[:1500]}")
                return
            subprocess.run([objcopy, "-O", "binary", "-j", section, f"{work}/o", f"{work}/bytes"], check=True)
            with open(f"{work}/bytes", "rb") as file:
                data.append(file.read())
    if len(members) < 200 or len(data[0]) < 16 * len(members):
        failures.append(f"only {len(members)} members of command blocks")
    for index, (block, member, _) in enumerate(members):
        mine, other = (bytes_[16 * index:16 * index + 16] for bytes_ in data)
        if mine != other:
            failures.append(f"CDB.{block}.{member}: {mine.hex()} here, {other.hex()} in mingw-w64")


def check_mingw(failures):
    compiler = "x86_64-w64-mingw32-gcc"
    if not shutil.which(compiler):
        return 0
    ddk = next(p for p in ("/usr/share/mingw-w64/include/ddk", "/usr/x86_64-w64-mingw32/include/ddk")
               if os.path.isdir(p))
    theirs = [compiler, "-w", "-DNTDDI_VERSION=0x0A000000", "-D_WIN32_WINNT=0x0A00", f"-I{ddk}"]
    headers = ["ntddk.h", "scsi.h", "storport.h", "ntddscsi.h", "ata.h", "acpiioct.h"]  # theirs declares twice what srb.h has
    ours = ["gcc", "-fshort-wchar", "-fms-extensions", "-mms-bitfields", f"-I{SOURCE}/hba-sim/include"]
    mine, other = defined(ours, headers), defined(theirs, ["ntddk.h", "scsi.h", "ntddscsi.h", "wmistr.h", "ata.h",
                                                            "acpiioct.h"])
    common = [n for n in mine if n in other and not NOT_A_NUMBER.search(n)]
    for name in common:
        if mine[name] & 0xFFFFFFFF != other[name] & 0xFFFFFFFF:
            failures.append(f"{name}: {mine[name]:#x} here, {other[name]:#x} in mingw-w64")
    check_sizes(failures, ours, theirs)
    check_commands(failures, ours, theirs)
    return len(common)


def main():
    failures = []
    checked = check_table(failures)
    compared = check_mingw(failures)
    for failure in failures:
        print("FAILED:", failure)
    print(f"{checked} members and constants checked, {compared} constants compared with mingw-w64")
    if checked < 200 or (compared and compared < 200):
        print("FAILED: too little was checked")
        return 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
