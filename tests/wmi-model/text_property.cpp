// Values as the text of property files, and the refusals.
#include <catch2/catch.hpp>
#include <limits>

#include "tests/wmi-model/codec_models.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::wmi {
namespace {

using test::make_class;
using test::Models;
using test::Prop;
using Kind = TextError::Kind;

const std::vector<EnumTable::Item> kColours = {{0, "Red", ""}, {1, "Green", ""}, {7, "Blue", ""}};
const std::vector<EnumTable::Item> kBits = {{1, "A", ""}, {2, "B", ""}, {0x10, "HIGH", ""}};

Value parsed(const Prop& prop, std::string_view text) {
  auto value = parse_property(prop.property, text);
  if (!value) FAIL(value.error().to_string());
  return *value;
}

TextError refused(const Prop& prop, std::string_view text) {
  auto value = parse_property(prop.property, text);
  REQUIRE_FALSE(value.has_value());
  CHECK(value.error().path.starts_with(prop.property.name));
  return value.error();
}

TEST_CASE("scalars are shown as sysfs shows them") {
  struct Row {
    Prop prop;
    Value value;
    std::string text;
  };
  const Row rows[] = {
      {Prop("P", CimType::uint32), std::uint64_t{4294967295}, "4294967295\n"},
      {Prop("P", CimType::uint64), std::numeric_limits<std::uint64_t>::max(),
       "18446744073709551615\n"},
      {Prop("P", CimType::sint64), std::numeric_limits<std::int64_t>::min(),
       "-9223372036854775808\n"},
      {Prop("P", CimType::uint32).hex(), std::uint64_t{0xBEEF}, "0xbeef\n"},
      {Prop("P", CimType::sint16).hex(), std::int64_t{-2}, "0xfffe\n"},
      {Prop("P", CimType::boolean), true, "1\n"},
      {Prop("P", CimType::boolean), false, "0\n"},
      {Prop("P", CimType::char16), std::uint64_t{65}, "65\n"},
      {Prop("P", CimType::real64), 0.1, "0.1\n"},
      {Prop("P", CimType::real32), double{0.1f}, "0.1\n"},
      {Prop("P", CimType::real64), std::numeric_limits<double>::infinity(), "inf\n"},
      {Prop("P", CimType::string), std::u16string(u"grün \U0001F600"), "grün \U0001F600\n"},
      {Prop("P", CimType::string), std::u16string(u"ab\0cd", 5), "ab\n"},
      {Prop("P", CimType::string), std::u16string({u'a', char16_t{0xDC00}, u'b'}), "a\uFFFDb\n"},
      {Prop("P", CimType::string), std::u16string({char16_t{0xD83D}}), "\uFFFD\n"},
      {Prop("P", CimType::datetime), std::u16string(u"20240131120000.000000+060"),
       "20240131120000.000000+060\n"},
      {Prop("P", CimType::uint8).fixed(4), Bytes{0, 1, 0xAB, 0xFF}, "0001abff\n"},
      {Prop("P", CimType::uint16).fixed(2), Array{{std::uint64_t{1}, std::uint64_t{2}}}, "1\n2\n"},
      {Prop("P", CimType::string).counted_by("N"),
       Array{{std::u16string(u"x"), std::u16string(u"y z")}}, "x\ny z\n"},
      {Prop("P", CimType::string).counted_by("N"), Array{}, ""},
      {Prop("P", CimType::uint8).counted_by("N").text(), Bytes{'a', '=', '1', 0, 'b', '=', '2', 0},
       "a=1\nb=2\n"},
      {Prop("P", CimType::uint8).counted_by("N").text(), Bytes{0xFF, 'x'}, "\uFFFDx\n"},
      {Prop("P", CimType::uint32).secret(), std::uint64_t{42}, "\n"},
      {Prop("P", CimType::uint8).counted_by("N").text().secret(), Bytes{'p', 'w'}, "\n"},
      {Prop("P", CimType::uint32), Value(), "\n"},
  };
  for (const Row& row : rows) CHECK(format_property(row.prop.property, row.value) == row.text);
}

TEST_CASE("names of enumerated values") {
  const Prop colour = Prop("P", CimType::uint8).names(kColours);
  CHECK(format_names(colour.property, std::uint64_t{7}) == "Blue\n");
  CHECK(format_names(colour.property, std::uint64_t{9}) == "\n");
  const Prop bits = Prop("P", CimType::uint32).names(kBits, true);
  CHECK(format_names(bits.property, std::uint64_t{0x13}) == "A|B|HIGH\n");
  CHECK(format_names(bits.property, std::uint64_t{0x21}) == "A|0x20\n");
  CHECK(format_names(Prop("P", CimType::uint32).property, std::uint64_t{1}).empty());
  CHECK(format_names(Prop("P", CimType::uint8).fixed(2).names(kColours).property, Bytes{0, 1}) ==
        "Red\nGreen\n");
  CHECK(format_names(Prop("P", CimType::uint8).names(kColours).secret().property, std::uint64_t{1})
            .empty());
  const Prop negative = Prop("P", CimType::sint8).names({{0xFF, "Minus", ""}});
  CHECK(format_names(negative.property, std::int64_t{-1}) == "Minus\n");
}

TEST_CASE("every text form of a value is read") {
  struct Row {
    Prop prop;
    std::string text;
    Value value;
  };
  const Row rows[] = {
      {Prop("P", CimType::uint32), "17\n", std::uint64_t{17}},
      {Prop("P", CimType::uint32), " \t17 \r\n", std::uint64_t{17}},
      {Prop("P", CimType::uint32), "+17", std::uint64_t{17}},
      {Prop("P", CimType::uint32), "0xFfFFffff", std::uint64_t{0xFFFFFFFF}},
      {Prop("P", CimType::uint64), "18446744073709551615",
       std::numeric_limits<std::uint64_t>::max()},
      {Prop("P", CimType::uint32), "-0", std::uint64_t{0}},
      {Prop("P", CimType::sint8), "-128", std::int64_t{-128}},
      {Prop("P", CimType::sint8), "0x80", std::int64_t{-128}},
      {Prop("P", CimType::sint64), "-9223372036854775808",
       std::numeric_limits<std::int64_t>::min()},
      {Prop("P", CimType::boolean), "1\n", true},
      {Prop("P", CimType::boolean), "FALSE\n", false},
      {Prop("P", CimType::boolean), "true", true},
      {Prop("P", CimType::real64), "-1.5e3\n", -1500.0},
      {Prop("P", CimType::uint8).names(kColours), "Blue\n", std::uint64_t{7}},
      {Prop("P", CimType::uint8).names(kColours), "blue", std::uint64_t{7}},
      {Prop("P", CimType::uint8).names(kColours), "9", std::uint64_t{9}},
      {Prop("P", CimType::uint32).names(kBits, true), "A|B|0x20\n", std::uint64_t{0x23}},
      {Prop("P", CimType::uint32).names(kBits, true), "A | HIGH", std::uint64_t{0x11}},
      {Prop("P", CimType::sint8).names({{0xFF, "Minus", ""}, {~0ull, "Wide", ""}}), "Wide",
       std::int64_t{-1}},
      {Prop("P", CimType::string), "grün\n", std::u16string(u"grün")},
      {Prop("P", CimType::string), " a \n\n", std::u16string(u" a \n")},
      {Prop("P", CimType::string), "", std::u16string()},
      {Prop("P", CimType::string).max_len(2), "\U0001F600", std::u16string(u"\U0001F600")},
      {Prop("P", CimType::datetime), "20240131120000.000000+060\n",
       std::u16string(u"20240131120000.000000+060")},
      {Prop("P", CimType::uint8).fixed(3), "0A0b0c\n", Bytes{10, 11, 12}},
      {Prop("P", CimType::uint8).fixed(3), "0x0A0b0c", Bytes{10, 11, 12}},
      {Prop("P", CimType::uint8).fixed(3), "0a:0b:0c", Bytes{10, 11, 12}},
      {Prop("P", CimType::uint8).fixed(3), "a-b-c", Bytes{10, 11, 12}},
      {Prop("P", CimType::uint8).fixed(3), " 0x0a 0x0b\n0x0c ", Bytes{10, 11, 12}},
      {Prop("P", CimType::uint8).counted_by("N"), "\n", Bytes{}},
      {Prop("P", CimType::uint8).counted_by("N").text(), "a=1\nb=2\n",
       Bytes{'a', '=', '1', 0, 'b', '=', '2'}},
      {Prop("P", CimType::uint8).fixed(4).text(), "ab\n", Bytes{'a', 'b', 0, 0}},
      {Prop("P", CimType::uint16).fixed(2), "1\n0x2\n",
       Array{{std::uint64_t{1}, std::uint64_t{2}}}},
      {Prop("P", CimType::string).counted_by("N"), "a\n\nb",
       Array{{std::u16string(u"a"), std::u16string(), std::u16string(u"b")}}},
      {Prop("P", CimType::string).counted_by("N"), "", Array{}},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(parsed(row.prop, row.text) == row.value);
  }
}

TEST_CASE("a bad text is refused with its kind and what was expected") {
  struct Row {
    Prop prop;
    std::string text;
    Kind kind;
    std::string part;  // of the message
  };
  const Row rows[] = {
      {Prop("P", CimType::uint8), "256", Kind::range, "256 is outside uint8, which holds 0 to 255"},
      {Prop("P", CimType::uint32), "-1", Kind::range, "-1 is outside uint32"},
      {Prop("P", CimType::uint64), "18446744073709551616", Kind::range, "is outside uint64"},
      {Prop("P", CimType::uint64), "-18446744073709551616", Kind::range, "is outside uint64"},
      {Prop("P", CimType::sint8), "128", Kind::range, "-128 to 127"},
      {Prop("P", CimType::sint8), "-129", Kind::range, "-129 is outside"},
      {Prop("P", CimType::sint8), "0x100", Kind::range, "256 is outside"},
      {Prop("P", CimType::sint64), "9223372036854775808", Kind::range, "is outside sint64"},
      {Prop("P", CimType::uint32), "", Kind::malformed, "nothing came"},
      {Prop("P", CimType::uint32), "12x", Kind::malformed, "\"12x\" came"},
      {Prop("P", CimType::uint32), "0x", Kind::malformed, "a number"},
      {Prop("P", CimType::uint32), "--1", Kind::malformed, "a number"},
      {Prop("P", CimType::uint32), "1.0", Kind::malformed, "a number"},
      {Prop("P", CimType::uint32), "1 2", Kind::malformed, "a number"},
      {Prop("P", CimType::uint8).names(kColours), "Gren", Kind::malformed, "or a name"},
      {Prop("P", CimType::uint8).names({{300, "Far", ""}}), "Far", Kind::range, "300 is outside"},
      {Prop("P", CimType::boolean), "2", Kind::malformed, "0, 1, false or true"},
      {Prop("P", CimType::boolean), "", Kind::malformed, "nothing came"},
      {Prop("P", CimType::real32), "1e39", Kind::range, "outside real32"},
      {Prop("P", CimType::real64), "1e999", Kind::range, "outside real64"},
      {Prop("P", CimType::real64), "one", Kind::malformed, "a real number"},
      {Prop("P", CimType::string).max_len(3), "abcd\n", Kind::range, "4 characters came, 3 fit"},
      {Prop("P", CimType::string), std::string(40000, 'x'), Kind::range, "32767 fit"},
      {Prop("P", CimType::string), "a\xff", Kind::malformed, "not UTF-8 at byte 1"},
      {Prop("P", CimType::string), "\xC0\x80", Kind::malformed, "not UTF-8 at byte 0"},
      {Prop("P", CimType::string), "\xED\xA0\x80", Kind::malformed, "not UTF-8"},
      {Prop("P", CimType::string), "\xF4\x90\x80\x80", Kind::malformed, "not UTF-8"},
      {Prop("P", CimType::string), "x\xE2\x82", Kind::malformed, "byte 1"},
      {Prop("P", CimType::datetime), "2024", Kind::malformed, "has 25"},
      {Prop("P", CimType::uint8).fixed(2), "0a", Kind::range, "1 elements came, exactly 2"},
      {Prop("P", CimType::uint8).fixed(2), "0a0b0c", Kind::range, "3 elements came"},
      {Prop("P", CimType::uint8).fixed(2), "abc", Kind::malformed, "odd number"},
      {Prop("P", CimType::uint8).fixed(2), "0g00", Kind::malformed, "hexadecimal digits"},
      {Prop("P", CimType::uint8).fixed(2).text(), "abc", Kind::range, "3 characters came, 2 fit"},
      {Prop("P", CimType::uint16).fixed(2), "1\n", Kind::range, "1 elements came"},
      {Prop("P", CimType::uint16).counted_by("N"), "1\nx\n", Kind::malformed, "\"x\" came"},
  };
  for (const Row& row : rows) {
    INFO(row.text.substr(0, 50));
    const TextError error = refused(row.prop, row.text);
    CHECK(error.kind == row.kind);
    CHECK(error.message.find(row.part) != std::string::npos);
  }
  CHECK(refused(Prop("P", CimType::uint16).counted_by("N"), "1\nx\n").path == "P, line 2");
  CHECK(refused(Prop("P", CimType::uint8).names(kColours), "Gren").suggestion == "Green");
  CHECK(refused(Prop("P", CimType::uint8).names(kBits, true), "A|HIHG").suggestion == "HIGH");
  const Models models;
  CHECK(refused(Prop("P", *models.lun), "1").message == "is an object, not a value");
}

TEST_CASE("a secret is in no message") {
  for (const Prop& prop :
       {Prop("P", CimType::uint8).secret(), Prop("P", CimType::boolean).secret(),
        Prop("P", CimType::real64).secret(), Prop("P", CimType::uint8).fixed(1).secret(),
        Prop("P", CimType::uint8).secret().names(kColours)}) {
    for (const std::string text : {"hunter2", "31337", "-31337", "zz", "99999999999999999999"}) {
      const auto value = parse_property(prop.property, text);
      if (value) continue;
      CHECK(value.error().to_string().find(text) == std::string::npos);
    }
  }
}

TEST_CASE("the nearest name") {
  const std::string_view names[] = {"TargetName", "TargetPortal", "PortNumber", "Key"};
  CHECK(nearest_name("targetname", names) == "TargetName");
  CHECK(nearest_name("TragetName", names) == "TargetName");
  CHECK(nearest_name("TargetPortl", names) == "TargetPortal");
  CHECK(nearest_name("Keys", names) == "Key");
  CHECK(nearest_name("Kye", names) == "Key");
  CHECK(nearest_name("Username", names).empty());
  CHECK(nearest_name("", names).empty());
  CHECK(nearest_name("x", names).empty());
  CHECK(nearest_name(std::string(100000, 'K'), names).empty());
}

}  // namespace
}  // namespace hbalab::wmi
