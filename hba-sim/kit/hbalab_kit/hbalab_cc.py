#!/usr/bin/env python3
"""Compiles the source of a Windows storage miniport, as it is, into a shared object for the lab."""

import concurrent.futures
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

if __package__ in (None, ""):
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
from hbalab_kit import imports, includes, mof, options, rewrite  # noqa: E402


class Failure(Exception):
    """What is wrong, in one sentence; the compiler's own messages have been printed."""


class State:
    """What the files of a driver tell about each other."""

    def __init__(self, trace_functions):
        self.inline_keywords = set(rewrite.INLINE)
        self.inline_functions = set()
        self.trace_functions = {"DoTraceMessage", "DoDebugTrace", *trace_functions}
        self.dependencies = set()


class Kit:
    """Where the kit's files are."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            table = json.load(file)
        base = os.path.dirname(os.path.realpath(path))
        absolute = lambda name: os.path.normpath(os.path.join(base, name))  # noqa: E731
        self.include = [absolute(name) for name in table["include"]]
        self.library = absolute(table["library"])
        self.exports = imports.read_list(absolute(table["exports"]))
        self.libc = imports.read_list(absolute(table["libc"]))


class Translator:
    """Copies of the driver's files that the compiler reads."""

    def __init__(self, kit, settings, state, work):
        self.kit = kit
        self.settings = settings
        self.state = state
        self.work = work
        self.copies = {}

    def copy(self, path, is_c, stack):
        """The copy of a file; stack: the files that include it, outermost first."""
        path = os.path.abspath(path)
        key = (path, is_c)
        if key in self.copies:
            return self.copies[key]
        # Of the same name, by which debug information knows it.
        folder = os.path.join(self.work, "source", str(len(self.copies)))
        os.makedirs(folder)
        self.copies[key] = os.path.join(folder, os.path.basename(path))
        self.state.dependencies.add(path)
        here = stack + [path]
        text = rewrite.rewrite(includes.read(path), is_c, self.state,
                               lambda what, quoted: self.resolve(what, quoted, is_c, here))
        with open(self.copies[key], "w", encoding="utf-8") as file:
            file.write(f'#line 1 "{path}"\n{text}')
        return self.copies[key]

    def resolve(self, name, quoted, is_c, stack):
        """What an #include is to say; None when it is right as it is."""
        found = includes.find(name, quoted, stack, self.settings.include)
        if found:
            return f'"{self.copy(found, is_c, stack)}"'
        if name.lower().endswith(".tmh"):
            return f'"{os.path.join(self.work, "trace.h")}"'
        for directory in self.kit.include:
            found = includes.find_below(directory, name)
            if found:
                return f"<{os.path.relpath(found, directory)}>"
        found = includes.find_below("/usr/include", name)
        return f"<{os.path.relpath(found, '/usr/include')}>" if found else None

    def write_trace_header(self):
        """What WPP's preprocessor would write: here its functions do nothing."""
        with open(os.path.join(self.work, "trace.h"), "w", encoding="utf-8") as file:
            file.write("#include <hbalab/trace.h>\n")
            for name in sorted(self.state.trace_functions):
                file.write(f"#undef {name}\n#define {name}(...) ((void)0)\n")


class Compiler:
    """Makes objects of sources."""

    def __init__(self, kit, settings, state, translator, work):
        self.kit = kit
        self.settings = settings
        self.state = state
        self.translator = translator
        self.work = work

    def command(self, is_c):
        settings = self.settings
        driver = settings.c_compiler if is_c else settings.cxx_compiler
        command = [*driver, *options.for_compiler(driver, is_c)]
        command += ["-isystem" + directory for directory in self.kit.include]
        command += ["-include", os.path.join(self.kit.include[0], "hbalab", "driver.h")]
        if settings.sanitize:
            command += [f"-fsanitize={settings.sanitize}", "-fno-sanitize-recover=all"]
        return command + settings.passed

    def compile(self, source, stub):
        is_c = os.path.splitext(source)[1].lower() == ".c"
        copy = self.translator.copies[(os.path.abspath(source), is_c)]
        result = copy + ".o"
        command = self.command(is_c) + [f"-I{directory}" for directory in self.settings.include]
        # For an #include of a macro, which the compiler has to find.
        command += ["-iquote" + place for place in
                    sorted({os.path.dirname(path) for path in self.state.dependencies})]
        command += ["-x", "c" if is_c else "c++"]
        run(command + ["-c", copy, "-o", result], self.settings.verbose)
        self.weaken(result)
        imports.note_data(result, imports.Probe(lambda text: probe(command, copy, text)),
                          self.kit.exports | self.kit.libc)
        return result, stub

    def weaken(self, path):
        """A function that is inline may be in several objects."""
        names = path + ".inline"
        with open(names, "w", encoding="utf-8") as file:
            file.write("\n".join(sorted(self.state.inline_functions)) + "\n")
        imports.output_of("objcopy", f"--weaken-symbols={names}", path)


def probe(command, copy, text):
    """Compiles a file with more behind it; the errors."""
    path = copy + ".probe"
    with open(copy, encoding="utf-8") as file:
        whole = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(whole + text)
    result = subprocess.run(command + ["-fsyntax-only", path], check=False, capture_output=True,
                            text=True, env={**os.environ, "LC_ALL": "C"})
    return result.returncode, result.stderr


def run(command, verbose):
    if verbose:
        print(shlex.join(command), file=sys.stderr)
    if subprocess.run(command, check=False).returncode != 0:
        raise Failure(f"{os.path.basename(command[0])} failed")


def libc_names(settings):
    path = imports.output_of(*settings.c_compiler, "-print-file-name=libc.so.6").strip()
    return imports.symbols(path)[0]


def sanitizer_options(settings):
    """gcc's sanitizers bring their library along. clang's do when told so, but for address: of that
    there is one in a process, the lab's."""
    if not settings.sanitize:
        return []
    wanted = [f"-fsanitize={settings.sanitize}"]
    compiler = settings.c_compiler
    if "clang" not in os.path.basename(compiler[0]) or "address" in settings.sanitize.split(","):
        return wanted
    library = imports.output_of(*compiler, "-print-runtime-dir").strip()
    return wanted + ["-shared-libsan", f"-Wl,-rpath,{library}"]


def link(kit, settings, objects, stub_objects, any_cxx, work):
    """Traps for what is missing, and the shared object."""
    functions, variables, taken = imports.find_missing(
        objects, stub_objects, kit.library, kit.exports, kit.libc,
        libc_names(settings) if stub_objects else set(), work)
    trap = os.path.join(work, "missing.c")
    with open(trap, "w", encoding="utf-8") as file:
        file.write(imports.trap_source(functions, variables))
    compiled = os.path.join(work, "missing.o")
    run([*settings.c_compiler, "-O1", "-g", "-w", "-fPIC", "-c", trap, "-o", compiled], settings.verbose)
    for names, what in ((functions, "missing, a call of it will be reported"),
                        (variables, "missing, zeroes stand in for it"),
                        (taken, "the C library's, and in no kernel")):
        if names and not settings.quiet:
            print(f"hbalab-cc: {what}: {' '.join(names)}", file=sys.stderr)
    script = os.path.join(work, "exports.map")
    with open(script, "w", encoding="utf-8") as file:
        file.write("{ global: DriverEntry; local: *; };\n")
    command = [*(settings.cxx_compiler if any_cxx else settings.c_compiler), "-shared", "-o",
               settings.output, *objects, *stub_objects, compiled, kit.library,
               f"-Wl,--version-script={script}", "-Wl,-Bsymbolic",
               f"-Wl,-soname,{os.path.basename(settings.output)}", *settings.link,
               *sanitizer_options(settings)]
    run(command, settings.verbose)


def check_entry(output):
    defined, _ = imports.symbols(output) if output.endswith(".so") else (
        {line.split()[-1] for line in imports.output_of("nm", "-D", output).splitlines()}, None)
    if "DriverEntry" not in defined:
        raise Failure(f"{output}: no DriverEntry in the sources; the lab could not load it")


def write_depfile(settings, dependencies):
    if not settings.depfile:
        return
    with open(settings.depfile, "w", encoding="utf-8") as file:
        names = " ".join(name.replace(" ", "\\ ") for name in dependencies)
        file.write(f"{settings.output}: {names}\n")


def join_mof(settings):
    text, dependencies = mof.join(settings.sources, settings.include)
    with open(settings.output, "w", encoding="utf-8") as file:
        file.write(text)
    write_depfile(settings, dependencies)


def build(kit, settings, work):
    state = State(settings.trace_functions)
    translator = Translator(kit, settings, state, work)
    sources = [(path, False) for path in settings.sources] + [(path, True) for path in settings.stubs]
    for path, _ in sources:
        if not os.path.isfile(path):
            raise Failure(f"{path}: there is no such file")
        translator.copy(path, os.path.splitext(path)[1].lower() == ".c", [])
    translator.write_trace_header()
    compiler = Compiler(kit, settings, state, translator, work)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        made = list(pool.map(lambda one: compiler.compile(*one), sources))
    write_depfile(settings, sorted(state.dependencies))
    if settings.compile_only:
        shutil.move(made[0][0], settings.output)
        return
    objects = [os.path.abspath(path) for path in settings.objects]
    objects += [path for path, stub in made if not stub]
    any_cxx = any(os.path.splitext(path)[1].lower() != ".c" for path, _ in sources)
    link(kit, settings, objects, [path for path, stub in made if stub], any_cxx, work)
    check_entry(settings.output)


def main(arguments):
    try:
        settings = options.parse(arguments)
        if settings is None:
            return 0
        if settings.mof:
            join_mof(settings)
            return 0
        kit = Kit(settings.kit)
        work = settings.keep or tempfile.mkdtemp(prefix="hbalab-cc.")
        try:
            if settings.keep:
                shutil.rmtree(work, ignore_errors=True)
                os.makedirs(work)
            build(kit, settings, work)
        finally:
            if not settings.keep:
                shutil.rmtree(work, ignore_errors=True)
    except options.Usage as error:
        print(f"hbalab-cc: {error}", file=sys.stderr)
        return 2
    except (Failure, OSError, RuntimeError, KeyError) as error:
        print(f"hbalab-cc: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
