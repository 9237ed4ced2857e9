#!/usr/bin/env python3
"""What hbalab-cc makes of a driver's source, construct by construct."""

import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.environ["HBALAB_KIT_PROGRAM"])
from hbalab_kit import hbalab_cc, imports, includes, options, rewrite, tokens  # noqa: E402


def rewritten(source, is_c=True, resolve=lambda name, quoted: None):
    state = hbalab_cc.State([])
    return rewrite.rewrite(source, is_c, state, resolve), state


class Rewriting(unittest.TestCase):
    def become(self, source, expected, is_c=True):
        self.assertEqual(rewritten(source, is_c)[0], expected)

    def stays(self, source, is_c=True):
        self.become(source, source, is_c)

    def test_nothing_is_lost(self):
        for source in ('a "b\\"c" \'\\\'\' /* d */ // e\n', "#define A \\\n  b\n", "x = 'ab", "/* open", '"open'):
            self.assertEqual("".join(t.text for t in tokens.split(source)), source)
            self.stays(source)

    def test_long_has_32_bits(self):
        self.become("long a;", "int  a;")
        self.become("unsigned long b;", "unsigned int  b;")
        self.become("unsigned long int c;", "unsigned      int c;")
        self.become("long volatile *d;", "int  volatile *d;")
        self.become("(long)e", "(int )e")
        self.become("typedef unsigned /* x */ long ULONG;", "typedef unsigned /* x */ int  ULONG;")
        for source in ("long long f;", "unsigned long long g;", "long double h;", "long unsigned long i;",
                       "// long\n", '"long"', "longer = along;"):
            self.stays(source)

    def test_long_of_one_declaration_is_not_that_of_the_next(self):
        self.become("#define A long\nlong b;", "#define A int \nint  b;")

    def test_constants_have_windows_types(self):
        self.become("0xFFFFFFFFL", "0xFFFFFFFF ")
        self.become("1UL + 2lu", "1U  + 2u ")
        self.become("4294967295L", "4294967295u")
        self.become("5i64", "5LL ")
        self.become("0x10ui64", "0x10uLL ")
        self.become("7ui32", "7u   ")
        for source in ("1LL", "1ULL", "0x1F", "0.5L", "1e3L", "0xABCDEF"):
            self.stays(source)

    def test_function_name_beside_a_string_becomes_the_file(self):
        self.become('Print(__FUNCTION__ ": x");', 'Print(__FILE__     ": x");')
        self.become('Print("in " __FUNCTION__);', 'Print("in " __FILE__    );')
        self.become("#define P(f) Print(__FUNCTION__ f)\n", "#define P(f) Print(__FILE__     f)\n")
        self.stays('Print("%s", __FUNCTION__);')
        self.stays("return __FUNCTION__;")

    def test_leave_goes_to_the_end_of_its_block(self):
        self.become("__try { if (a) { __leave; } b(); } __finally { c(); }",
                    "__try { if (a) { goto hbalab_leave_1; } b(); hbalab_leave_1:; } __finally { c(); }")
        self.become("__try { __try { __leave; } __finally {} __leave; } __finally {}",
                    "__try { __try { goto hbalab_leave_1; hbalab_leave_1:; } __finally {} "
                    "goto hbalab_leave_2; hbalab_leave_2:; } __finally {}")

    def test_names_of_packing_go(self):
        self.become("#pragma pack(push, cdb, 1)\n", "#pragma pack(push , 1)\n")
        self.become("#pragma pack(pop, cdb)\n", "#pragma pack(pop )\n")
        self.stays("#pragma pack(push, 1)\n")
        self.stays("pack(push, cdb, 1)")

    def test_alignment_stands_where_it_aligns_the_type(self):
        self.become("typedef __declspec(align(8)) struct _A { int b; } A;",
                    "typedef struct __declspec(align(8))  _A { int b; } A;")
        self.stays("__declspec(align(8)) int a;")

    def test_comma_before_no_arguments(self):
        self.become("#define P(f, ...) Print(f, __VA_ARGS__)\n", "#define P(f, ...) Print(f, ##__VA_ARGS__)\n")
        self.stays("#define P(...) Print(__VA_ARGS__)\n")
        self.stays("#define P(f, ...) Print(f, ##__VA_ARGS__)\n")

    def test_casts_are_assigned_to(self):
        self.become("; (ULONG_PTR)Srb->DataBuffer += 4;", "; *(ULONG_PTR*)&Srb->DataBuffer += 4;")
        self.become("{ (PUCHAR)p[i].q = r; }", "{ *(PUCHAR*)&p[i].q = r; }")
        for source in ("; (a)->b = c;", "; (VOID)call();", "; (PUCHAR)a == b;", "if (x) y = z;", "; (a) = b;"):
            self.stays(source)

    def test_inline_functions_are_found(self):
        source = ("#define INLINE __inline\n__forceinline VOID A(int b) {}\nstatic INLINE int *B(void) {}\n"
                  "extern __inline __declspec(noinline) ULONG C(x) {}\nint D(void) {}\n")
        text, state = rewritten(source)
        self.assertEqual(state.inline_functions, {"A", "B", "C"})
        self.assertIn("\n       __inline __declspec(noinline) ULONG C", text)
        self.assertEqual(rewritten("inline int a() {}", is_c=False)[1].inline_functions, set())

    def test_functions_of_wpp_are_found_in_comments(self):
        source = "// begin_wpp config\n// FUNC TraceEvents(LEVEL, FLAGS, MSG, ...);\n// FUNC Enter{X=1}();\n// end_wpp\n"
        _, state = rewritten(source)
        self.assertLessEqual({"TraceEvents", "Enter", "DoTraceMessage"}, state.trace_functions)

    def test_includes(self):
        asked = []

        def resolve(name, quoted):
            asked.append((name, quoted))
            return '"/found.h"' if name.endswith("a.h") else None

        text, _ = rewritten('#include "..\\x\\a.h"\n# include <b.h> // c\n#include MACRO\n#include <sys/a.h>\n',
                            resolve=resolve)
        self.assertEqual(text, '#include "/found.h"\n# include <b.h> // c\n#include MACRO\n#include "/found.h"\n')
        self.assertEqual(asked, [("..\\x\\a.h", True), ("b.h", False), ("sys/a.h", False)])


class Including(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        for name in ("src/Main.c", "src/Local.h", "Inc/Shared.H", "Inc/Sub/deep.h"):
            path = os.path.join(self.folder.name, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write("\n")

    def tearDown(self):
        self.folder.cleanup()

    def find(self, name, quoted=True, includer="src/Main.c", directories=()):
        found = includes.find(name, quoted, [os.path.join(self.folder.name, includer)],
                              [os.path.join(self.folder.name, d) for d in directories])
        return os.path.relpath(found, self.folder.name) if found else None

    def test_case_and_slashes(self):
        self.assertEqual(self.find("local.H"), "src/Local.h")
        self.assertEqual(self.find("..\\inc\\shared.h"), "Inc/Shared.H")
        self.assertEqual(self.find("../INC/sub\\DEEP.h"), "Inc/Sub/deep.h")
        self.assertIsNone(self.find("..\\inc\\other.h"))
        self.assertIsNone(self.find("inc"))

    def test_angles_look_in_directories_only(self):
        self.assertIsNone(self.find("local.h", quoted=False))
        self.assertEqual(self.find("Sub/Deep.h", quoted=False, directories=["Inc"]), "Inc/Sub/deep.h")

    def test_quotes_look_beside_those_that_include(self):
        found = includes.find("local.h", True, [os.path.join(self.folder.name, "src/Main.c"),
                                                os.path.join(self.folder.name, "Inc/Shared.H")], [])
        self.assertEqual(os.path.basename(found), "Local.h")

    def test_encodings(self):
        path = os.path.join(self.folder.name, "text")
        for data in ("\u00e9 \u2122\r\nx".encode("utf-16"), "\ufeff\u00e9 \u2122\nx".encode("utf-8"),
                     "\u00e9 \u2122\r\nx".encode("cp1252")):
            with open(path, "wb") as file:
                file.write(data)
            self.assertEqual(includes.read(path), "\u00e9 \u2122\nx")


class Options(unittest.TestCase):
    def test_what_is_taken_and_what_goes_on(self):
        s = options.parse(["-o", "d.so", "-Iinc\\sub", "--stub=hw.c", "--with=clang", "-DX=1", "-D", "Y", "-O0",
                           "-lm", "a.C", "b.cpp", "c.o"])
        self.assertEqual((s.output, s.stubs, s.objects), ("d.so", ["hw.c"], ["c.o"]))
        self.assertEqual(s.sources, ["a.C", "b.cpp"])
        self.assertEqual(s.passed, ["-DX=1", "-D", "Y", "-O0"])
        self.assertEqual((s.link, s.cxx_compiler), (["-lm"], ["clang++"]))
        self.assertTrue(s.include[0].endswith("inc/sub"))

    def test_what_is_wrong_is_named(self):
        for arguments, text in ((["a.c"], "-o FILE"), (["-o", "x"], "nothing to compile"),
                                (["-o", "x", "a.txt"], "a.txt: neither"), (["-o"], "-o: its value"),
                                (["-o", "x", "--wiht=gcc", "a.c"], "--wiht: there is no such option"),
                                (["-o", "x", "--with=msvc", "a.c"], "only gcc and clang"),
                                (["-c", "-o", "x", "a.c", "b.c"], "-c takes one")):
            with self.assertRaisesRegex(options.Usage, text):
                options.parse(arguments)


class Imports(unittest.TestCase):
    def test_traps_have_the_names_of_the_source(self):
        text = imports.trap_source(["_Z5ResetPv"], ["Table"])
        self.assertIn('__asm__("_Z5ResetPv")', text)
        self.assertIn('trap("Reset"', text)
        self.assertIn('__asm__("Table")', text)


if __name__ == "__main__":
    unittest.main()
