// Objects as JSON, both ways.
#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/wmi-model/codec_models.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::wmi {
namespace {

using nlohmann::ordered_json;
using test::make_class;
using test::Models;
using test::Prop;
using Kind = TextError::Kind;

const std::vector<EnumTable::Item> kColours = {{0, "Red", ""}, {1, "Green", ""}, {7, "Blue", ""}};
const std::vector<EnumTable::Item> kBits = {{1, "A", ""}, {2, "B", ""}, {0x10, "HIGH", ""}};

Object parsed(const Class& cls, std::string_view text) {
  auto object = parse_json(shape_of(cls), text);
  if (!object) FAIL(object.error().to_string());
  return *object;
}

TextError refused(const Class& cls, std::string_view text) {
  auto object = parse_json(shape_of(cls), text);
  REQUIRE_FALSE(object.has_value());
  return object.error();
}

// One property P of the given kind, and a count N in front of it.
std::unique_ptr<Class> one(Prop prop) {
  return make_class("C", {Prop("N", CimType::uint8), std::move(prop)});
}
Value member(const Prop& prop, const std::string& json) {
  return parsed(*one(prop), "{\"P\":" + json + "}").members[1];
}
TextError member_refused(const Prop& prop, const std::string& json) {
  return refused(*one(prop), "{\"P\":" + json + "}");
}

TEST_CASE("numbers are exact both ways") {
  const Prop u64("P", CimType::uint64);
  CHECK(member(u64, "18446744073709551615") == Value(std::numeric_limits<std::uint64_t>::max()));
  CHECK(member(u64, "\"0x10\"") == Value(std::uint64_t{16}));
  CHECK(member(u64, "\"16\"") == Value(std::uint64_t{16}));
  CHECK(member(Prop("P", CimType::sint64), "-9223372036854775808") ==
        Value(std::numeric_limits<std::int64_t>::min()));
  const auto cls = one(u64);
  const Object object{{std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max()}};
  CHECK(to_json(shape_of(*cls), object).dump() == R"({"N":0,"P":18446744073709551615})");
}

TEST_CASE("numbers that do not fit, and numbers that are no integers") {
  struct Row {
    CimType type;
    std::string json;
    Kind kind;
    std::string part;
  };
  const Row rows[] = {
      {CimType::uint8, "256", Kind::range, "256 is outside uint8"},
      {CimType::uint8, "-1", Kind::range, "-1 is outside uint8"},
      {CimType::sint16, "32768", Kind::range, "32768 is outside sint16"},
      {CimType::sint64, "9223372036854775808", Kind::range, "outside sint64"},
      {CimType::uint64, "18446744073709551616", Kind::range, "outside uint64"},
      {CimType::uint32, "1.0", Kind::malformed, "1.0 is a real number"},
      {CimType::uint32, "1e3", Kind::malformed, "is a real number"},
      {CimType::uint32, "true", Kind::malformed, "true came, uint32 was expected"},
      {CimType::uint32, "\"abc\"", Kind::malformed, "\"abc\" came"},
      {CimType::uint32, "[]", Kind::malformed, "an array came"},
      {CimType::uint32, "{}", Kind::malformed, "an object came"},
      {CimType::boolean, "2", Kind::malformed, "true or false was expected"},
      {CimType::boolean, "\"maybe\"", Kind::malformed, "\"maybe\" came"},
      {CimType::string, "5", Kind::malformed, "5 came, string was expected"},
      {CimType::real32, "1e39", Kind::range, "outside real32"},
      {CimType::datetime, "\"2024\"", Kind::malformed, "has 25"},
  };
  for (const Row& row : rows) {
    INFO(row.json);
    const auto error = member_refused(Prop("P", row.type), row.json);
    CHECK(error.kind == row.kind);
    CHECK(error.path == "P");
    CHECK(error.message.find(row.part) != std::string::npos);
  }
}

TEST_CASE("booleans and reals") {
  CHECK(member(Prop("P", CimType::boolean), "true") == Value(true));
  CHECK(member(Prop("P", CimType::boolean), "0") == Value(false));
  CHECK(member(Prop("P", CimType::boolean), "\"true\"") == Value(true));
  CHECK(member(Prop("P", CimType::real64), "3") == Value(3.0));
  CHECK(member(Prop("P", CimType::real64), "\"inf\"") ==
        Value(std::numeric_limits<double>::infinity()));
}

TEST_CASE("enumerations and flags by number, name and list") {
  const Prop colour = Prop("P", CimType::uint8).names(kColours);
  CHECK(member(colour, "7") == Value(std::uint64_t{7}));
  CHECK(member(colour, "\"Blue\"") == Value(std::uint64_t{7}));
  CHECK(member(colour, "\"blue\"") == Value(std::uint64_t{7}));
  CHECK(member_refused(colour, "\"Bleu\"").suggestion == "Blue");
  CHECK(member_refused(colour, "[\"Blue\"]").message.find("an array came") == 0);
  const Prop bits = Prop("P", CimType::uint32).names(kBits, true);
  CHECK(member(bits, "\"A|HIGH\"") == Value(std::uint64_t{0x11}));
  CHECK(member(bits, "[\"A\", 2, \"0x20\"]") == Value(std::uint64_t{0x23}));
  CHECK(member(bits, "[]") == Value(std::uint64_t{0}));
  CHECK(member_refused(bits, "[[1]]").kind == Kind::malformed);
  CHECK(member_refused(bits, "[\"C\"]").kind == Kind::malformed);
}

TEST_CASE("a name beside a value agrees with it or stands for it") {
  const auto cls = one(Prop("P", CimType::uint8).names(kColours));
  CHECK(parsed(*cls, R"({"P.name":"Blue"})").members[1] == Value(std::uint64_t{7}));
  CHECK(parsed(*cls, R"({"P":1,"P.name":"Green"})").members[1] == Value(std::uint64_t{1}));
  const auto error = refused(*cls, R"({"P":1,"P.name":"Blue"})");
  CHECK(error.path == "P.name");
  CHECK(error.message == "names another value than P");
  CHECK(refused(*cls, R"({"P.name":7})").path == "P.name");
  CHECK(refused(*cls, R"({"N.name":"x"})").kind == Kind::unknown_key);
  const Object object{{std::uint64_t{0}, std::uint64_t{7}}};
  CHECK(to_json(shape_of(*cls), object).dump() == R"({"N":0,"P":7,"P.name":"Blue"})");
  CHECK(to_json(shape_of(*cls), object, {.names = false}).dump() == R"({"N":0,"P":7})");
  CHECK(to_json(shape_of(*cls), Object{{Value(), std::uint64_t{9}}}).dump() ==
        R"({"N":null,"P":9})");
}

TEST_CASE("byte arrays are hexadecimal, or text") {
  const Prop bytes = Prop("P", CimType::uint8).fixed(3);
  CHECK(member(bytes, "\"0a0B0c\"") == Value(Bytes{10, 11, 12}));
  CHECK(member(bytes, "[10, \"0x0b\", 12]") == Value(Bytes{10, 11, 12}));
  CHECK(member_refused(bytes, "\"0a0b\"").kind == Kind::range);
  CHECK(member_refused(bytes, "[1, 2, 256]").path == "P[2]");
  CHECK(member_refused(bytes, "[1, 2, null]").kind == Kind::missing);
  CHECK(member_refused(bytes, "5").message == "5 came, an array of 3 uint8 was expected");
  const Prop text = Prop("P", CimType::uint8).counted_by("N").text();
  CHECK(member(text, "\"0a\\u0000\"") == Value(Bytes{'0', 'a', 0}));
  CHECK(member(text, "[255]") == Value(Bytes{255}));
  const auto cls = one(text);
  CHECK(to_json(shape_of(*cls), Object{{Value(), Bytes{'a', 0}}})["P"] == std::string("a\0", 2));
  CHECK(to_json(shape_of(*cls), Object{{Value(), Bytes{'a', 255}}})["P"].dump() == "[97,255]");
  CHECK(to_json(shape_of(*one(bytes)), Object{{Value(), Bytes{1, 2, 255}}})["P"] == "0102ff");
}

TEST_CASE("strings") {
  CHECK(member(Prop("P", CimType::string), R"("gr\u00fcn \ud83d\ude00")") ==
        Value(std::u16string(u"grün \U0001F600")));
  const auto error = member_refused(Prop("P", CimType::string).max_len(3), "\"abcd\"");
  CHECK(error.kind == Kind::range);
  CHECK(error.message == "4 characters came, 3 fit");
  const auto cls = one(Prop("P", CimType::string));
  const Object lone{{Value(), std::u16string({u'a', char16_t{0xD800}})}};
  CHECK(to_json(shape_of(*cls), lone).dump() == "{\"N\":null,\"P\":\"a\uFFFD\"}");
}

TEST_CASE("unknown keys are refused with the nearest name") {
  const Models models;
  const auto error = refused(*models.login, R"({"TragetName":"iqn.x"})");
  CHECK(error.kind == Kind::unknown_key);
  CHECK(error.suggestion == "TargetName");
  CHECK(error.to_string() == "there is no member \"TragetName\"; did you mean \"TargetName\"?");
  CHECK(refused(*models.login, R"({"targetname":"iqn.x"})").suggestion == "TargetName");
  CHECK(refused(*models.login, R"({"Zebra":1})").suggestion.empty());
  CHECK(refused(*models.login, R"({"TargetPortal":{"Sokcet":1}})").path == "TargetPortal");
  CHECK(
      refused(*models.logins, R"({"PersistentLogins":[{},{"TargetPortal":{"Socket":-1}}]})").path ==
      "PersistentLogins[1].TargetPortal.Socket");
}

TEST_CASE("counting members follow their arrays") {
  const auto cls = one(Prop("P", CimType::uint16).counted_by("N"));
  CHECK(parsed(*cls, R"({"P":[1,2]})").members[0] == Value(std::uint64_t{2}));
  CHECK(parsed(*cls, R"({"N":2,"P":[1,2]})").members[0] == Value(std::uint64_t{2}));
  CHECK(parsed(*cls, R"({"N":null,"P":[1,2]})").members[0] == Value(std::uint64_t{2}));
  CHECK(parsed(*cls, "").members[0] == Value(std::uint64_t{0}));
  const auto error = refused(*cls, R"({"N":3,"P":[1,2]})");
  CHECK(error.path == "N");
  CHECK(error.message == "says 3, P has 2 elements");
  std::string many = "{\"P\":[0";
  for (int i = 0; i < 300; ++i) many += ",0";
  CHECK(refused(*cls, many + "]}").kind == Kind::range);
}

TEST_CASE("omitted members take their defaults") {
  const auto inner = make_class("I", {Prop("A", CimType::uint8).default_to("5"),
                                      Prop("B", CimType::string).default_to("\"x\"")});
  const auto cls =
      make_class("C", {Prop("E", *inner),
                       Prop("F", CimType::uint32).names(kBits, true).default_to("[\"A\",\"B\"]"),
                       Prop("Z", CimType::uint32)});
  const Object expected{
      {Object{{std::uint64_t{5}, std::u16string(u"x")}}, std::uint64_t{3}, Value()}};
  CHECK(parsed(*cls, "") == expected);
  CHECK(parsed(*cls, " \n") == expected);
  CHECK(parsed(*cls, R"({"E":null,"F":null})") == expected);
  CHECK(parsed(*cls, R"({"E":{"A":6}})").members[0] ==
        Value(Object{{std::uint64_t{6}, std::u16string(u"x")}}));
  CHECK(encode(shape_of(*cls), parsed(*cls, "")).has_value());
  const auto wrong = make_class("C", {Prop("A", CimType::uint8).default_to("300")});
  CHECK(refused(*wrong, "").message.find("HbalabDefault") != std::string::npos);
}

TEST_CASE("secrets are shown as null, and null is omitted") {
  const auto cls = make_class(
      "C", {Prop("N", CimType::uint32), Prop("P", CimType::uint8).counted_by("N").text().secret()});
  const Object object = parsed(*cls, R"({"P":"pw"})");
  CHECK(object.members[1] == Value(Bytes{'p', 'w'}));
  CHECK(to_json(shape_of(*cls), object).dump() == R"({"N":2,"P":null})");
  CHECK(to_json(shape_of(*cls), object, {.names = true, .secrets = true})["P"] == "pw");
  CHECK(parsed(*cls, R"({"P":null})").members[1] == Value());
  CHECK(refused(*cls, R"({"P":31337})").to_string().find("31337") == std::string::npos);
}

TEST_CASE("only an object is an object") {
  const Models models;
  CHECK(refused(*models.lun, "[]").message == "an array came, an object was expected");
  CHECK(refused(*models.lun, "null").kind == Kind::malformed);
  CHECK(refused(*models.logins, R"({"PersistentLogins":{}})").message.find("an object came") == 0);
  CHECK(refused(*models.logins, R"({"PersistentLogins":[3]})").path == "PersistentLogins[0]");
  CHECK(refused(*models.login, R"({"TargetMapping":"x"})").message ==
        "\"x\" came, an object ISCSI_TargetMapping was expected");
  CHECK(refused(*models.login, R"({"TargetPortal":5})").message.find("\"address:port\"") !=
        std::string::npos);
}

TEST_CASE("classes and methods describe themselves") {
  const Models models;
  const ordered_json json = describe_class(*models.login);
  CHECK(json["class"] == "ISCSI_Persistent_Login");
  CHECK(json["properties"][0]["name"] == "TargetName");
  CHECK(json["properties"][0]["id"] == 1);
  CHECK(json["properties"][0]["type"] == "string");
  CHECK(json["properties"][0]["maxLength"] == 223);
  CHECK(json["properties"][0]["size"] == 448);
  CHECK(json["properties"][1]["flags"][3]["name"] == "VALID");
  CHECK(json["properties"][6]["type"] == "ISCSI_TargetPortal");
  CHECK(json["properties"][6]["shorthand"] == "ADDRESS:PORT");
  CHECK(json["properties"][8]["count"] == "UsernameSize");
  CHECK(json["properties"][8]["offset"].is_null());
  CHECK(json["layout"]["variable"] == true);
  CHECK(describe_class(*models.portal)["properties"][2]["default"] == 3260);

  Class cls;
  cls.name = "Ops";
  Method method;
  method.name = "Do";
  method.id = 12;
  method.in = test::property_list({Prop("Key", CimType::uint64).secret()});
  method.in_layout = compute_layout(method.in);
  cls.methods.push_back(method);
  const ordered_json described = describe_method(cls, cls.methods[0]);
  CHECK(described["method"] == "Do");
  CHECK(described["id"] == 12);
  CHECK(described["in"][0]["secret"] == true);
  CHECK(described["inLayout"]["size"] == 8);
  CHECK(described["out"].empty());
  CHECK(describe_class(cls)["methods"][0]["name"] == "Do");
}

TEST_CASE("a member of an address that is set by itself decides its type") {
  const Models models;
  const Class& cls = *models.address;
  const auto member = [&](std::string_view name) {
    return static_cast<std::uint32_t>(cls.property(name) - cls.properties.data());
  };
  auto address = parsed(cls, "{}");
  const auto type_after = [&](std::string_view name, Value value) {
    address.members[member(name)] = std::move(value);
    settle_address(cls, address, member(name));
    return std::get<std::uint64_t>(address.members[member("Type")]);
  };
  CHECK(type_after("IpV4Address", std::uint64_t{1}) == 1);
  CHECK(type_after("IpV6Address", Bytes(16)) == 2);
  CHECK(type_after("IpV6ScopeId", std::uint64_t{3}) == 2);
  CHECK(type_after("TextAddress", std::u16string()) == 2);
  CHECK(type_after("TextAddress", std::u16string(u"host")) == 0);
  CHECK(type_after("TextAddress", std::u16string()) == 3);
  CHECK(type_after("Type", std::uint64_t{1}) == 1);
}

}  // namespace
}  // namespace hbalab::wmi
