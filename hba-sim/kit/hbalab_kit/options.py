"""The command line of hbalab-cc, and the compilers' options that a driver is compiled with."""

import os
import platform
import shlex

USAGE = """usage: hbalab-cc -o DRIVER.so [option...] FILE...
       hbalab-cc --mof -o DRIVER.mof [-I DIR] [--depfile=FILE] FILE.mof...

Compiles the C and C++ files of a Windows storage miniport into a shared object that
`hbalab mount --miniport` loads. Files ending in .o come from hbalab-cc -c.
With --mof it joins MOF files, and what they include, into one.

  -o FILE               the shared object, or the object with -c
  -c                    compile one file, do not link
  -I DIR                look for headers in DIR (case does not count, backslashes are slashes)
  --stub=FILE           a file that stands in for hardware; it may use all of the C library
  --with=gcc|clang      the compiler; also HBALAB_CC, HBALAB_CXX
  --sanitize=LIST       as -fsanitize=: address, undefined
  --trace-function=NAME a function that WPP would define (those of begin_wpp comments are known)
  --depfile=FILE        write what was read, as a makefile
  --keep=DIR            leave the intermediate files there
  --quiet               do not list what is missing
  -v                    show the commands
Other options that begin with - go to the compiler, -l, -L and -Wl to the linker.
"""

_X86 = platform.machine() in ("x86_64", "AMD64")

COMMON = [
    "-g", "-O1", "-fPIC", "-fshort-wchar", "-fms-extensions", "-fno-strict-aliasing", "-fwrapv",
    "-fno-delete-null-pointer-checks", "-fno-omit-frame-pointer", "-funwind-tables",
    # Formats and 16-bit characters are Windows': nothing may be known of these functions.
    *("-fno-builtin-" + name for name in (
        "printf", "sprintf", "snprintf", "vsprintf", "vsnprintf", "swprintf", "vswprintf", "wcslen",
        "wcscpy", "wcscmp", "wcsncmp", "wcscat", "wcschr", "wmemcpy", "wmemset")),
    "-DHBALAB_DRIVER=1", "-D_GNU_SOURCE", "-D_WIN32=1", "-D_WIN64=1", "-DWINNT=1",
    "-D_WIN32_WINNT=0x0A00", "-DWINVER=0x0A00", "-DNTDDI_VERSION=0x0A000000",
    *(["-mms-bitfields", "-D_AMD64_=1", "-DAMD64=1", "-D_M_AMD64=100", "-D_M_X64=100"] if _X86 else
      ["-D_ARM64_=1", "-DARM64=1", "-D_M_ARM64=1"]),
    # What Microsoft's compiler takes without a word.
    "-Wno-multichar", "-Wno-unknown-pragmas", "-Wno-attributes", "-Wno-ignored-attributes",
    "-Wno-format", "-Wno-endif-labels", "-Wno-comment", "-Wno-switch", "-Wno-trigraphs",
    "-Wno-builtin-macro-redefined", "-Wno-int-to-pointer-cast",
]
CLANG = ["-Wno-extra-tokens", "-Wno-pragma-pack", "-Wno-microsoft", "-Wno-incompatible-ms-struct",
         "-Wno-ignored-pragma-intrinsic", "-Wno-unknown-warning-option", "-Wno-duplicate-decl-specifier"]
GCC = ["-Wno-pragmas", "-fno-semantic-interposition"]
C = ["-std=gnu11", "-fgnu89-inline", "-fcommon", "-Wno-pointer-sign", "-Wno-error=implicit-int",
     "-Wno-error=implicit-function-declaration", "-Wno-error=int-conversion",
     "-Wno-error=incompatible-pointer-types"]
CXX = ["-std=gnu++20", "-fno-exceptions", "-fno-rtti", "-Wno-write-strings", "-Wno-narrowing"]
GCC_CXX = ["-fpermissive"]


class Usage(Exception):
    """What is wrong with the command line."""


class Settings:
    def __init__(self):
        self.sources, self.stubs, self.objects = [], [], []
        self.include, self.passed, self.link = [], [], []
        self.trace_functions = []
        self.output = self.kit = self.keep = self.depfile = self.sanitize = None
        self.compile_only = self.verbose = self.quiet = self.mof = False
        self.c_compiler = shlex.split(os.environ.get("HBALAB_CC", "gcc"))
        self.cxx_compiler = shlex.split(os.environ.get("HBALAB_CXX", ""))


def for_compiler(command, is_c):
    """The options of a compiler for a language."""
    clang = "clang" in os.path.basename(command[0])
    return COMMON + (CLANG if clang else GCC) + (C if is_c else CXX) + \
        ([] if is_c or clang else GCC_CXX)


def compilers(settings, name):
    if name not in ("gcc", "clang"):
        raise Usage(f"--with={name}: only gcc and clang are known; for another set HBALAB_CC")
    settings.c_compiler = [name]
    settings.cxx_compiler = ["g++" if name == "gcc" else "clang++"]


def value_option(settings, name, value):
    """Options with a value; whether it was one."""
    if name == "-o":
        settings.output = value
    elif name == "-I":
        settings.include.append(os.path.abspath(value.replace("\\", "/")))
    elif name in ("--stub", "--stubs"):
        settings.stubs.append(value)
    elif name == "--with":
        compilers(settings, value)
    elif name == "--sanitize":
        settings.sanitize = value
    elif name == "--trace-function":
        settings.trace_functions.append(value)
    elif name in ("--depfile", "--keep", "--kit"):
        setattr(settings, name[2:], os.path.abspath(value))
    else:
        return False
    return True


def flag(settings, name):
    """Options without a value; whether it was one."""
    if name == "-c":
        settings.compile_only = True
    elif name == "-v":
        settings.verbose = True
    elif name == "--quiet":
        settings.quiet = True
    elif name == "--mof":
        settings.mof = True
    else:
        return False
    return True


def file(settings, name):
    if settings.mof:
        settings.sources.append(name)
        return
    ending = os.path.splitext(name)[1].lower()
    if ending in (".c", ".cpp", ".cxx", ".cc"):
        settings.sources.append(name)
    elif ending in (".o", ".obj"):
        settings.objects.append(name)
    else:
        raise Usage(f"{name}: neither C or C++ source nor an object of hbalab-cc -c")


def take(settings, argument, rest):
    if flag(settings, argument):
        return
    name, equals, value = argument.partition("=")
    if argument in ("-o", "-I", "--stub", "--kit") or (name.startswith("--") and not equals):
        if not rest:
            raise Usage(f"{argument}: its value is missing")
        if not value_option(settings, argument, rest.pop(0)):
            raise Usage(f"{argument}: there is no such option")
    elif argument.startswith("-I"):
        value_option(settings, "-I", argument[2:])
    elif name.startswith("--"):
        if not value_option(settings, name, value):
            raise Usage(f"{name}: there is no such option")
    elif argument.startswith(("-l", "-L", "-Wl,")):
        settings.link.append(argument)
    elif argument in ("-D", "-U", "-include"):
        if not rest:
            raise Usage(f"{argument}: its value is missing")
        settings.passed += [argument, rest.pop(0)]
    elif argument.startswith("-"):
        settings.passed.append(argument)
    else:
        file(settings, argument)


def parse(arguments):
    """The settings, or None when only help was asked for."""
    settings = Settings()
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument in ("-h", "--help"):
            print(USAGE, end="")
            return None
        take(settings, argument, rest)
    if not settings.cxx_compiler:
        name = settings.c_compiler[0]
        settings.cxx_compiler = [name.replace("clang", "clang++") if "clang" in name else
                                 name.replace("gcc", "g++"), *settings.c_compiler[1:]]
    if not settings.kit:
        here = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
        settings.kit = os.path.join(here, "kit.json")
    if not settings.output:
        raise Usage("-o FILE is missing")
    if not settings.sources and not settings.objects and not settings.stubs:
        raise Usage("there is nothing to compile")
    if settings.mof and (settings.compile_only or settings.stubs or settings.objects):
        raise Usage("--mof takes MOF files only, and it is the first option")
    if settings.compile_only and (len(settings.sources) + len(settings.stubs) != 1 or settings.objects):
        raise Usage("-c takes one source file")
    return settings
