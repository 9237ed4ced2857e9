// Wrong MOF: every case with all that is said about it, to the column. A message says what came and
// what was expected, at the place that has to be edited, and one mistake gives one message.
#include "mof_support.hpp"

using namespace mof_test;

namespace {

struct BadCase {
  const char* name;
  const char* text;
  std::vector<std::string> expected;
};

// clang-format off
const std::vector<BadCase> kCases = {
    {"missing semicolon member",
     R"mof([WMI] class A {
  [WmiDataId(1)] uint32 x
  [WmiDataId(2)] uint32 y;
};
)mof",
     {R"mof(t.mof:2:26: error: expected ';' behind property 'x', got '[')mof"}},
    {"missing semicolon class",
     R"mof([WMI] class A {
  [WmiDataId(1)] uint32 x;
}
class B { };
)mof",
     {R"mof(t.mof:3:2: error: expected ';' behind the '}' of class 'A', got 'class')mof"}},
    {"two errors",
     R"mof([WMI] class A {
  [WmiDataId(1)] uint32 ;
  [WmiDataId(2), MaxLen(] string y;
  [WmiDataId(3)] uint32 z;
};
)mof",
     {R"mof(t.mof:2:25: error: expected the name of the property or method, got ';')mof",
      R"mof(t.mof:3:25: error: expected a value (string, number, TRUE, FALSE, NULL or '{'), got ']')mof"}},
    {"id gap",
     R"mof([WMI] class A {
  [WmiDataId(1)] uint32 x;
  [WmiDataId(3)] uint32 y;
};
)mof",
     {R"mof(t.mof:3:14: error: WmiDataId 2 of class 'A' is missing: 'x' has 1 and the next one, 'y', has 3)mof"}},
    {"id dup",
     R"mof([WMI] class A {
  [WmiDataId(1)] uint32 x;
  [WmiDataId(1)] uint32 y;
};
)mof",
     {R"mof(t.mof:3:14: error: properties 'x' and 'y' of class 'A' both have WmiDataId 1)mof"}},
    {"id start",
     R"mof([WMI] class A {
  [WmiDataId(2)] uint32 x;
};
)mof",
     {R"mof(t.mof:2:14: error: WmiDataId 1 of class 'A' is missing: the first property, 'x', has 2)mof"}},
    {"id missing",
     R"mof([WMI] class A {
  [WmiDataId(1)] uint32 x;
  uint32 y;
};
)mof",
     {R"mof(t.mof:3:10: error: property 'y' of class 'A' has no WmiDataId)mof"}},
    {"id zero",
     R"mof([WMI] class A {
  [WmiDataId(0)] uint32 x;
};
)mof",
     {R"mof(t.mof:2:14: error: WmiDataId of 'x' of class 'A' must be a number from 1)mof"}},
    {"size is missing",
     R"mof([WMI] class A {
  [WmiDataId(1)] uint32 n;
  [WmiDataId(2), WmiSizeIs("m")] uint8 x[];
};
)mof",
     {R"mof(t.mof:3:28: error: WmiSizeIs of 'x' names 'm', which is not among the members of class 'A')mof"}},
    {"size is behind",
     R"mof([WMI] class A {
  [WmiDataId(2)] uint32 n;
  [WmiDataId(1), WmiSizeIs("n")] uint8 x[];
};
)mof",
     {R"mof(t.mof:3:28: error: WmiSizeIs of 'x' names 'n', which comes behind it in the block (id 2, the array has 1))mof"}},
    {"size is string",
     R"mof([WMI] class A {
  [WmiDataId(1), MaxLen(3)] string n;
  [WmiDataId(2), WmiSizeIs("n")] uint8 x[];
};
)mof",
     {R"mof(t.mof:3:28: error: WmiSizeIs of 'x' names 'n', which is no integer and cannot count)mof"}},
    {"size is scalar",
     R"mof([WMI] class A {
  [WmiDataId(1)] uint32 n;
  [WmiDataId(2), WmiSizeIs("n")] uint8 x;
};
)mof",
     {R"mof(t.mof:3:18: error: WmiSizeIs on 'x' of class 'A', which is no array: expected 'x[]')mof"}},
    {"no size",
     R"mof([WMI] class A {
  [WmiDataId(1)] uint8 x[];
};
)mof",
     {R"mof(t.mof:2:24: error: 'x' of class 'A' has no number of elements: expected '[n]' or WmiSizeIs)mof"}},
    {"zero array",
     R"mof([WMI] class A {
  [WmiDataId(1)] uint8 x[0];
};
)mof",
     {R"mof(t.mof:2:26: error: the number of elements of 'x' must be from 1 to 4294967295)mof"}},
    {"unknown class",
     R"mof([WMI] class A {
  [WmiDataId(1)] ULONG x;
  [WmiDataId(2)] Foo y;
};
)mof",
     {R"mof(t.mof:2:18: error: the type of 'x' of class 'A', class 'ULONG', is not defined; MOF calls this type uint32)mof",
      R"mof(t.mof:3:18: error: the type of 'y' of class 'A', class 'Foo', is not defined)mof"}},
    {"cycle",
     R"mof([WMI] class A {
  [WmiDataId(1)] B b;
};
[WMI] class B {
  [WmiDataId(1)] A a;
};
)mof",
     {R"mof(t.mof:2:20: error: class 'A' embeds itself: A.b -> B.a -> A)mof"}},
    {"inherit cycle",
     R"mof(class A : B { };
class B : A { };
)mof",
     {R"mof(t.mof:2:11: error: class 'B' inherits from itself through 'A')mof"}},
    {"bad guid",
     R"mof([WMI, guid("{123}")] class A {
  [WmiDataId(1)] uint8 x;
};
)mof",
     {R"mof(t.mof:1:12: error: the guid of class 'A' must be a string like "{01234567-89ab-cdef-0123-456789abcdef}", got "{123}")mof"}},
    {"dup member",
     R"mof([WMI] class A {
  [WmiDataId(1)] uint8 x;
  [WmiDataId(2)] uint8 X;
};
)mof",
     {R"mof(t.mof:3:24: error: 'X' is declared twice in class 'A')mof"}},
    {"unterminated string",
     R"mof([WMI, Description("abc] class A {
  [WmiDataId(1)] uint8 x;
};
)mof",
     {R"mof(t.mof:1:19: error: this string has no end: expected '"', got the end of the file)mof"}},
    {"missing quote",
     R"mof([WMI, Description("abc) : amended] class A {
  [WmiDataId(1), Description("def") : amended] uint8 x;
};
)mof",
     {R"mof(t.mof:2:31: error: expected ')' behind the value of qualifier 'Description', got 'def')mof",
      R"mof(t.mof:1:19: note: a string that begins here goes on over several lines)mof",
      R"mof(t.mof:2:34: error: this string has no end: expected '"', got the end of the file)mof"}},
    {"unterminated comment",
     R"mof(class A { };
/* no end
)mof",
     {R"mof(t.mof:2:1: error: this comment has no end: expected '*/', got the end of the file)mof"}},
    {"bad escape",
     R"mof([Description("a\qb")] class A { };
)mof",
     {R"mof(t.mof:1:16: error: '\q' is no escape: expected \b \t \n \f \r \" \' \\ or \x)mof"}},
    {"bad hex escape",
     R"mof([Description("a\xg")] class A { };
)mof",
     {R"mof(t.mof:1:16: error: expected one to four hexadecimal digits behind \x)mof"}},
    {"big number",
     R"mof([X(18446744073709551616)] class A { };
)mof",
     {R"mof(t.mof:1:4: error: the number '18446744073709551616' does not fit into 64 bits)mof"}},
    {"name value",
     R"mof([WMI] class A {
  [WmiDataId(1), MaxLen(MAX_LEN)] string x;
};
)mof",
     {R"mof(t.mof:2:25: error: expected a value, got the name 'MAX_LEN', which is no macro here)mof"}},
    {"macro body",
     R"mof(#define QUALS WmiDataId(1), MaxLen{
[WMI] class A {
  [QUALS] string x;
};
)mof",
     {R"mof(t.mof:3:9: error: expected a value (string, number, TRUE, FALSE, NULL or '{'), got ']')mof"}},
    {"macro args",
     R"mof(#define F(a, b) a b
class A { F(uint32) x; };
)mof",
     {R"mof(t.mof:2:11: error: macro 'F' takes 2 arguments, got 1)mof"}},
    {"macro no end",
     R"mof(#define F(a) a
class A { F(uint32 x; };
)mof",
     {R"mof(t.mof:2:11: error: the arguments of macro 'F' have no end: expected ')', got the end of the file)mof"}},
    {"unknown directive",
     R"mof(#inclde "x"
class A { };
)mof",
     {R"mof(t.mof:1:2: error: '#inclde' is no directive: expected define, undef, include, pragma, if, ifdef, ifndef, elif, else, endif, error or line)mof"}},
    {"include missing",
     R"mof(#include "nowhere.mof"
#include <nowhere.h>
#include nothing
)mof",
     {R"mof(t.mof:1:1: error: the included file 'nowhere.mof' was not found: there is no directory to look in)mof",
      R"mof(t.mof:2:1: error: the included file 'nowhere.h' was not found: there is no directory to look in)mof",
      R"mof(t.mof:3:1: error: expected "file" or <file> behind #include, got 'nothing')mof"}},
    {"endif",
     R"mof(#endif
#else
#if 1
#else
#else
)mof",
     {R"mof(t.mof:1:2: error: #endif without #if, #ifdef or #ifndef)mof",
      R"mof(t.mof:2:2: error: #else without #if, #ifdef or #ifndef)mof",
      R"mof(t.mof:3:2: error: this condition has no #endif: got the end of the file)mof",
      R"mof(t.mof:5:2: error: #else behind #else: expected #endif)mof"}},
    {"if expr",
     R"mof(#if 1 +
#endif
#if (1
#endif
#if 1 2
#endif
#if defined
#endif
)mof",
     {R"mof(t.mof:1:2: error: in a condition: expected a number, a name, defined(NAME) or '(', got the end of the line)mof",
      R"mof(t.mof:3:2: error: in a condition: expected ')', got the end of the line)mof",
      R"mof(t.mof:5:7: error: in a condition: expected the end of the expression, got '2')mof",
      R"mof(t.mof:7:5: error: expected defined(NAME))mof"}},
    {"error dir",
     R"mof(#ifndef GIVEN
#error define GIVEN first
#endif
)mof",
     {R"mof(t.mof:2:1: error: #error define GIVEN first)mof"}},
    {"method no id",
     R"mof([WMI, guid("{01234567-89ab-cdef-0123-456789abcdef}")] class A {
  void m([in] uint32 x);
};
)mof",
     {R"mof(t.mof:2:8: error: method 'm' of class 'A' has no WmiMethodId)mof"}},
    {"method dup id",
     R"mof([WMI, guid("{01234567-89ab-cdef-0123-456789abcdef}")] class A {
  [WmiMethodId(1)] void m();
  [WmiMethodId(1)] void n();
};
)mof",
     {R"mof(t.mof:3:25: error: methods 'm' and 'n' of class 'A' both have WmiMethodId 1)mof"}},
    {"param dir",
     R"mof([WMI] class A {
  [WmiMethodId(1)] void m(uint32 x);
};
)mof",
     {R"mof(t.mof:2:34: error: parameter 'x' of method 'm' of class 'A' has neither [in] nor [out])mof"}},
    {"param ids",
     R"mof([WMI, guid("{01234567-89ab-cdef-0123-456789abcdef}")] class A {
  [WmiMethodId(1)] void m([in, WmiDataId(1)] uint32 x, [out, WmiDataId(4)] uint32 y);
};
)mof",
     {R"mof(t.mof:2:53: error: the ids of the parameters of method 'm' of class 'A' must be contiguous from 1, got 1, 4)mof"}},
    {"param some ids",
     R"mof([WMI, guid("{01234567-89ab-cdef-0123-456789abcdef}")] class A {
  [WmiMethodId(1)] void m([in, WmiDataId(1)] uint32 x, [out] uint32 y);
};
)mof",
     {R"mof(t.mof:2:69: error: parameter 'y' of method 'm' of class 'A' has no id, but others have: expected WmiDataId on all or none)mof"}},
    {"param size other",
     R"mof([WMI, guid("{01234567-89ab-cdef-0123-456789abcdef}")] class A {
  [WmiMethodId(1)] void m([in] uint32 n, [out, WmiSizeIs("n")] uint8 y[]);
};
)mof",
     {R"mof(t.mof:2:58: error: WmiSizeIs of 'y' names 'n', which is not among the members of the [out] parameters of method 'm' of class 'A')mof"}},
    {"void prop",
     R"mof([WMI] class A {
  [WmiDataId(1)] void x;
};
)mof",
     {R"mof(t.mof:2:18: error: 'x' of class 'A' cannot be void: expected a type)mof"}},
    {"object prop",
     R"mof([WMI] class A {
  [WmiDataId(1)] object x;
};
)mof",
     {R"mof(t.mof:2:18: error: 'x' of class 'A' is an object of no class: expected the name of a class)mof"}},
    {"default bad",
     R"mof([WMI] class A {
  [WmiDataId(1)] uint8 x = 256;
  [WmiDataId(2)] boolean y = "no";
};
)mof",
     {R"mof(t.mof:2:28: error: the default of 'x' of class 'A' is no value of type uint8)mof",
      R"mof(t.mof:3:30: error: the default of 'y' of class 'A' is no value of type boolean)mof"}},
    {"hbalab",
     R"mof([WMI] class A {
  [WmiDataId(1), HbalabText] uint32 x;
  [WmiDataId(2), HbalabDefault("{")] uint32 y;
};
)mof",
     {R"mof(t.mof:2:18: error: HbalabText on 'x' of class 'A': expected an array of uint8)mof",
      R"mof(t.mof:3:32: error: HbalabDefault of 'y' of class 'A' must be a string with a JSON value)mof"}},
    {"stray",
     R"mof(}
foo;
class A { };
)mof",
     {R"mof(t.mof:1:1: error: expected a declaration (class, instance, qualifier or '['), got '}')mof",
      R"mof(t.mof:2:1: error: expected a declaration (class, instance, qualifier or '['), got 'foo')mof"}},
    {"eof in class",
     R"mof([WMI] class A {
  [WmiDataId(1)] uint32 x;
)mof",
     {R"mof(t.mof:3:1: error: expected '}' at the end of class 'A', got the end of the file)mof"}},
    {"no name",
     R"mof(class { };
class 5 { };
)mof",
     {R"mof(t.mof:1:7: error: expected the name of the class, got '{')mof",
      R"mof(t.mof:2:7: error: expected the name of the class, got '5')mof"}},
    {"qualifier list",
     R"mof([WMI,] class A { };
[WMI guid] class B { };
[Values{1 2}] class C { };
)mof",
     {R"mof(t.mof:1:6: error: expected the name of a qualifier, got ']')mof",
      R"mof(t.mof:2:6: error: expected ',' or ']' behind qualifier 'WMI', got 'guid')mof",
      R"mof(t.mof:3:11: error: expected ',' or '}' in the list, got '2')mof"}},
    {"char",
     R"mof(class A { char16 x = 'ab'; char16 y = '; };
)mof",
     {R"mof(t.mof:1:22: error: expected one character between the quotes)mof",
      R"mof(t.mof:1:39: error: this character has no end: expected a second "'" on the same line)mof"}},
    {"qual decl",
     R"mof(Qualifier X : uint99 = 1;
Qualifier Y = 2;
)mof",
     {R"mof(t.mof:1:15: error: expected the type of qualifier 'X', got 'uint99')mof",
      R"mof(t.mof:2:13: error: expected ':' and the type of qualifier 'Y', got '=')mof"}},
    {"instance",
     R"mof(instance A { };
instance of B { x = 1;
)mof",
     {R"mof(t.mof:1:10: error: expected 'of' behind 'instance', got 'A')mof",
      R"mof(t.mof:3:1: error: expected '}' and ';' at the end of the instance of class 'B', got the end of the file)mof"}},
    {"wide column",
     R"mof([Description("ümläut")] class A { uint32 ; };
)mof",
     {R"mof(t.mof:1:42: error: expected the name of the property or method, got ';')mof"}},
    {"huge block",
     R"mof([WMI] class A {
  [WmiDataId(1)] uint64 x[4294967295];
};
)mof",
     {R"mof(t.mof:1:13: error: the block of class 'A' would be larger than 4 GiB)mof"}},
    {"maxlen",
     R"mof([WMI] class A {
  [WmiDataId(1), MaxLen("x")] string x;
};
)mof",
     {R"mof(t.mof:2:25: error: MaxLen of 'x' of class 'A' must be a number of characters)mof"}},
    {"line dir",
     R"mof(#line 100 "orig.mof"
class A { uint32 ; };
#line x
)mof",
     {R"mof(orig.mof:100:18: error: expected the name of the property or method, got ';')mof",
      R"mof(orig.mof:101:1: error: expected a line number behind #line, got 'x')mof"}},
    {"flavor",
     R"mof([WMI : ] class A { };
)mof",
     {R"mof(t.mof:1:8: error: expected a flavor (amended, ToSubclass, ...) behind ':', got ']')mof"}},
    {"qual broken class",
     R"mof([WMI, guid(] class A {
  [WmiDataId(1)] Foo x;
};
)mof",
     {R"mof(t.mof:1:12: error: expected a value (string, number, TRUE, FALSE, NULL or '{'), got ']')mof",
      R"mof(t.mof:2:18: error: the type of 'x' of class 'A', class 'Foo', is not defined)mof"}},

};
// clang-format on

}  // namespace

TEST_CASE("MOF: what is wrong is said exactly") {
  for (const BadCase& bad : kCases) {
    DYNAMIC_SECTION(bad.name) {
      const MofResult result = read(bad.text);
      CHECK_FALSE(result.ok());
      CHECK(messages(result) == bad.expected);
    }
  }
}

TEST_CASE("MOF: the number of errors is limited") {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "class { };\n";
  MofOptions options;
  options.max_errors = 7;
  const MofResult result = read(text, options);
  REQUIRE(result.diagnostics.size() == 8);
  CHECK(result.diagnostics[6].to_string() ==
        "t.mof:7:7: error: expected the name of the class, got '{'");
  CHECK(result.diagnostics[7].to_string() == "t.mof: note: stopped at 7 errors, the limit");
}

TEST_CASE("MOF: an error in a macro names the macro's text and where it was used") {
  const MofResult result = read(
      "#define QUALITY MaxLen(3), WmiSizeIs(\"n\")\n"
      "#define OUTER WmiDataId(1), QUALITY\n"
      "[WMI] class A {\n"
      "  [OUTER] string s;\n"
      "};\n");
  CHECK(messages(result) ==
        std::vector<std::string>{
            "t.mof:1:28: error: WmiSizeIs on 's' of class 'A', which is no array: expected 's[]'",
            "t.mof:4:4: note: in the expansion of macro 'OUTER'"});
}

TEST_CASE("MOF: an error in an included file names that file") {
  MofOptions options;
  options.virtual_files.emplace_back("inner.mof", "class A {\n  uint32 x\n};\n");
  const MofResult result = read("#include \"inner.mof\"\nclass B { uint32; };\n", options);
  CHECK(messages(result) ==
        std::vector<std::string>{
            "t.mof:2:17: error: expected the name of the property or method, got ';'",
            "inner.mof:2:11: error: expected ';' behind property 'x', got '}'"});
}
