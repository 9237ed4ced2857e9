"""What a driver takes from elsewhere: which of it the lab has, and traps for the rest."""

import os
import re
import subprocess
import tempfile

# Relocations of calls, on x86-64 and on ARM: what is called is a function.
CALLS = re.compile(r"R_X86_64_PLT32|R_AARCH64_(CALL|JUMP)26")
# The compilers' own.
COMPILER = re.compile(r"_GLOBAL_OFFSET_TABLE_|__(asan|ubsan|lsan|tsan|msan|sanitizer|gcov|llvm)_.*|"
                      r"__stack_chk_.*|__cxa_.*|__gxx_personality_v0|_Unwind_.*|__tls_get_addr|"
                      r"_Z(nw|na|dl|da).*|__dso_handle|_ZTV.*cxxabi.*|_ZSt.*|_ZNK?S.*|"
                      r"HbalabTrap|HbalabLog")
# What the kit's own library takes from libc, to say something where no lab is. No trap may have such
# a name.
KIT_TAKES = {"abort", "dladdr", "fputs", "fread", "pclose", "popen", "stderr", "write"}
SECTION = ".hbalab_data"


def output_of(*command):
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {result.stderr.strip()}")
    return result.stdout


def read_list(path):
    """Names, one a line; # begins a comment."""
    with open(path, encoding="utf-8") as file:
        lines = [line.split("#")[0].strip() for line in file]
    return {line for line in lines if line}


def symbols(path):
    """(defined, undefined) names of an object or a shared object."""
    defined, undefined = set(), set()
    dynamic = ["-D"] if re.search(r"\.so(\.|$)", path) else []
    for line in output_of("nm", *dynamic, path).splitlines():
        match = re.match(r"[0-9a-fA-F]*\s*([A-Za-z])\s+([^@\s]+)", line)
        if match and match.group(1) == "U":
            undefined.add(match.group(2))
        elif match and match.group(1) not in "wv":
            defined.add(match.group(2))
    return defined, undefined


def called(path):
    """Names that an object calls."""
    names = set()
    for line in output_of("readelf", "-rW", path).splitlines():
        fields = line.split()
        if len(fields) >= 5 and CALLS.match(fields[2]):
            names.add(fields[4])
    return names


def source_name(symbol):
    """The name in the source, and whether it can only be a function's."""
    if not symbol.startswith("_Z"):
        return symbol, False
    name = output_of("c++filt", symbol).strip()
    return name.split("(")[0], "(" in name


class Probe:
    """Asks the compiler what kind of thing a name is, and how large."""

    def __init__(self, compile_text):
        self.compile_text = compile_text

    def data_sizes(self, names):
        """{symbol: bytes} of those names that are variables."""
        sources = {symbol: source_name(symbol) for symbol in names}
        candidates = sorted(s for s, (_, function) in sources.items() if not function)
        lines = [f'#line {index + 1} "hbalab-probe"\n'
                 f"struct hbalab_probe_{index} {{ __typeof__({sources[s][0]}) is[1]; }};\n"
                 for index, s in enumerate(candidates)]
        _, errors = self.compile_text("\n" + "".join(lines))
        wrong = {int(n) for n in re.findall(r"hbalab-probe:(\d+):(?:\d+:)? error", errors)}
        return {s: 0 for index, s in enumerate(candidates) if index + 1 not in wrong}


def note_data(path, probe, known):
    """Adds to an object the names of its imports that are variables."""
    _, undefined = symbols(path)
    doubtful = {n for n in undefined - called(path) if n not in known and not COMPILER.fullmatch(n)}
    if not doubtful:
        return
    names = sorted(probe.data_sizes(doubtful))
    if names:
        listing = path + ".data"
        with open(listing, "w", encoding="utf-8") as file:
            file.write("\n".join(names) + "\n")
        output_of("objcopy", "--add-section", f"{SECTION}={listing}", path)


def noted_data(path):
    if SECTION not in output_of("readelf", "-SW", path):
        return set()
    # In a directory of its own: several links may read one object at a time.
    with tempfile.TemporaryDirectory() as folder:
        listing = os.path.join(folder, "names")
        copy = os.path.join(folder, "copy.o")
        output_of("objcopy", "--dump-section", f"{SECTION}={listing}", path, copy)
        return read_list(listing)


def find_missing(objects, stub_objects, archive, exports, libc_pure, libc_all, work):
    """
    (functions, variables) that nothing has: neither the driver, nor the kit, lab or libc; and what
    the driver gets from libc although no kernel has it.
    """
    combined = os.path.join(work, "combined.o")
    output_of("ld", "-r", "-o", combined, *objects, *stub_objects, archive)
    _, undefined = symbols(combined)
    stubs_use = set().union(*(symbols(path)[1] for path in stub_objects)) if stub_objects else set()
    missing = {name for name in undefined
               if name not in exports | libc_pure | KIT_TAKES and not COMPILER.fullmatch(name) and
               not (name in stubs_use and name in libc_all)}
    variables = set().union(*(noted_data(path) for path in objects + stub_objects)) & missing
    drivers_use = set().union(*(symbols(path)[1] for path in objects)) if objects else set()
    return sorted(missing - variables), sorted(variables), sorted(drivers_use & undefined & KIT_TAKES)


TRAP = """/* Generated by hbalab-cc: what the driver takes and nobody has. */
extern void HbalabTrap(const char* name) __attribute__((weak));
void hbalab_missing_import(const char* name, const void* caller) __attribute__((noreturn));
static __attribute__((noreturn)) void trap(const char* name, const void* caller) {
  if (HbalabTrap) HbalabTrap(name);
  hbalab_missing_import(name, caller);
}
"""


def trap_source(functions, variables):
    """C source of a trap for each function and of zeroed storage for each variable."""
    text = TRAP
    for index, name in enumerate(functions):
        shown = source_name(name)[0].replace('"', "")
        text += (f'void trap_{index}(void) __asm__("{name}");\n'
                 f"__attribute__((weak)) void trap_{index}(void) "
                 f'{{ trap("{shown}", __builtin_return_address(0)); }}\n')
    for index, name in enumerate(variables):
        text += (f'extern char zeroed_{index}[65536] __asm__("{name}");\n'
                 f"__attribute__((weak, aligned(64))) char zeroed_{index}[65536];\n")
    return text
