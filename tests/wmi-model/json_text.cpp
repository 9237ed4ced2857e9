// JSON text: what the parser refuses and where; shorthands of addresses and portals.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/wmi-model/codec_models.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::wmi {
namespace {

using test::make_class;
using test::Models;
using test::Prop;
using Kind = TextError::Kind;

std::string message(std::string_view text) {
  const auto json = parse_json_text(text);
  REQUIRE_FALSE(json.has_value());
  CHECK(json.error().kind == Kind::malformed);
  return json.error().message;
}

TEST_CASE("errors in JSON text say where they are") {
  CHECK(message("{\n  \"A\": tru }").find("line 2, column ") == 0);
  CHECK(message("{\"A\":1").find("line 1, column ") == 0);
  CHECK(message("{\"A\":1,}").find("line 1, column 8") == 0);
  CHECK(message("{} x").find("line 1, column 4") == 0);
  CHECK(message("{\"A\":\"\xff\"}").find("line 1, column 7") == 0);
  CHECK(message("{\"A\":\"\\ud800\"}").find("surrogate") != std::string::npos);
  CHECK(message("{\"A\":\"\\udc00\"}").find("surrogate") != std::string::npos);
  CHECK(message("{\"A\":1e999}").find("overflow") != std::string::npos);
  CHECK(message("").find("line 1, column 1") == 0);
  CHECK(message("{\"Secret\":hunter2}").find("hunter") == std::string::npos);
}

TEST_CASE("a key that stands twice is refused, in small and in large objects") {
  CHECK(message(R"({"A":1,"B":2,"A":3})") == "the key \"A\" stands twice in one object");
  CHECK(parse_json_text(R"({"A":{"A":1},"B":{"A":2}})").has_value());
  std::string many = "{";
  for (int i = 0; i < 200; ++i) many += "\"k" + std::to_string(i) + "\":0,";
  CHECK(parse_json_text(many + "\"last\":0}").has_value());
  CHECK(message(many + "\"k7\":0}") == "the key \"k7\" stands twice in one object");
}

TEST_CASE("nesting and size are bounded") {
  const std::string deep(1000000, '[');
  CHECK(message(deep) == "nested more than 64 deep");
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
  CHECK(message(objects) == "nested more than 64 deep");
  CHECK(parse_json_text(std::string(64, '[') + std::string(64, ']')).has_value());
  const auto large = parse_json_text(std::string(kMaxJsonBytes + 1, ' '));
  REQUIRE_FALSE(large.has_value());
  CHECK(large.error().kind == Kind::too_large);
}

TEST_CASE("an object of very many keys takes time in proportion") {
  const auto keys = [](int count) {
    std::string text = "{";
    for (int i = 0; i < count; ++i) text += "\"key" + std::to_string(i) + "\":0,";
    return text + "\"z\":0}";
  };
  // A square of the keys would be 4e10 comparisons, minutes even without a sanitizer.
  const auto json = parse_json_text(keys(200000));
  REQUIRE(json.has_value());
  CHECK(json->size() == 200001);
  CHECK(json->begin().key() == "key0");
}

TEST_CASE("the order of keys is kept") {
  CHECK(parse_json_text(R"({"z":1,"a":[{"y":2,"b":null}]})").value().dump() ==
        R"({"z":1,"a":[{"y":2,"b":null}]})");
}

struct AddressRow {
  std::string text;
  std::uint64_t type;
  std::uint64_t ipv4 = 0;
  std::string ipv6;
  std::uint64_t scope = 0;
  std::u16string name;
};

TEST_CASE("addresses as text") {
  const Models models;
  const auto holder = make_class("H", {Prop("A", *models.address)});
  const AddressRow rows[] = {
      {"192.0.2.10", 1, 0x0A0200C0, "", 0, u""},
      {"0.0.0.0", 1, 0, "", 0, u""},
      {"2001:db8::1", 2, 0, "20010db8000000000000000000000001", 0, u""},
      {"[2001:db8::1]", 2, 0, "20010db8000000000000000000000001", 0, u""},
      {"fe80::1%3", 2, 0, "fe800000000000000000000000000001", 3, u""},
      {"[fe80::1%4294967295]", 2, 0, "fe800000000000000000000000000001", 0xFFFFFFFF, u""},
      {"storage.example.com", 0, 0, "", 0, u"storage.example.com"},
      {"10gig-array_1", 0, 0, "", 0, u"10gig-array_1"},
      {"", 3, 0, "", 0, u""},
  };
  for (const AddressRow& row : rows) {
    INFO(row.text);
    const auto object = parse_json(shape_of(*holder), "{\"A\":\"" + row.text + "\"}");
    REQUIRE(object.has_value());
    const auto& members = std::get<Object>(object->members[0]).members;
    CHECK(members[0] == Value(row.type));
    CHECK(members[1] == Value(row.ipv4));
    if (!row.ipv6.empty()) {
      CHECK(format_property(models.address->properties[2], members[2]) == row.ipv6 + "\n");
    }
    CHECK(members[4] == Value(row.scope));
    CHECK(members[5] == Value(row.name));
  }
  // In the block the octets lie in the order in which they are written.
  const auto object = parse_json(shape_of(*holder), R"({"A":"192.0.2.10"})").value();
  const Bytes block = encode(shape_of(*holder), object).value();
  CHECK(Bytes(block.begin() + 4, block.begin() + 8) == Bytes{192, 0, 2, 10});
}

TEST_CASE("portals as text") {
  const Models models;
  const auto holder = make_class("H", {Prop("P", *models.portal)});
  const auto socket = [&](const std::string& text) {
    const auto object = parse_json(shape_of(*holder), "{\"P\":\"" + text + "\"}");
    if (!object) FAIL(object.error().to_string());
    return std::get<std::uint64_t>(std::get<Object>(object->members[0]).members[2]);
  };
  CHECK(socket("192.0.2.10:3261") == 3261);
  CHECK(socket("192.0.2.10") == 3260);
  CHECK(socket("[2001:db8::1]:1") == 1);
  CHECK(socket("[fe80::1%2]") == 3260);
  CHECK(socket("2001:db8::1:3261") == 3260);
  CHECK(socket("array:65535") == 65535);
  CHECK(socket("") == 3260);
  // The full form says the same.
  const auto full = parse_json(shape_of(*holder), R"({"P":{"Address":"192.0.2.10"}})").value();
  CHECK(full == parse_json(shape_of(*holder), R"({"P":"192.0.2.10"})").value());
}

TEST_CASE("addresses and portals that are refused") {
  const Models models;
  const auto holder = make_class("H", {Prop("P", *models.portal), Prop("A", *models.address)});
  struct Row {
    std::string json;
    Kind kind;
    std::string part;
  };
  const Row rows[] = {
      {R"({"A":"300.1.2.3"})", Kind::malformed, "not an IPv4 address"},
      {R"({"A":"1.2.3"})", Kind::malformed, "not an IPv4 address"},
      {R"({"A":"[2001:db8::1"})", Kind::malformed, "closing bracket"},
      {R"({"A":"2001:db8:::1"})", Kind::malformed, "not an IPv6 address"},
      {R"({"A":"::1\u0000"})", Kind::malformed, "not an IPv6 address"},
      {R"({"A":"fe80::1%eth0"})", Kind::malformed, "the scope behind %"},
      {R"({"A":"two words"})", Kind::malformed, "a host name has"},
      {R"({"A":"a..b"})", Kind::malformed, "a host name has"},
      {R"({"A":"192.0.2.10:3260"})", Kind::malformed, "not an IPv6 address"},
      {R"({"P":"192.0.2.10:"})", Kind::malformed, "port"},
      {R"({"P":"192.0.2.10:http"})", Kind::malformed, "port"},
      {R"({"P":"192.0.2.10:65536"})", Kind::range, "outside 0 to 65535"},
      {R"({"P":"h:99999999999999999999"})", Kind::range, "outside 0 to 65535"},
      {R"({"P":":3260"})", Kind::malformed, "without an address"},
  };
  for (const Row& row : rows) {
    INFO(row.json);
    const auto object = parse_json(shape_of(*holder), row.json);
    REQUIRE_FALSE(object.has_value());
    CHECK(object.error().kind == row.kind);
    CHECK(object.error().path == row.json.substr(2, 1));
    CHECK(object.error().message.find(row.part) != std::string::npos);
  }
  const auto longest = parse_json(shape_of(*holder), "{\"A\":\"" + std::string(257, 'a') + "\"}");
  CHECK(longest.error().kind == Kind::range);
  // A class that says it is an address and is none.
  const auto bare = make_class("Bare", {Prop("X", CimType::uint8)}, Shorthand::address);
  const auto broken = make_class("H", {Prop("A", *bare)});
  CHECK(parse_json(shape_of(*broken), R"({"A":"192.0.2.1"})").error().message.find("no member") !=
        std::string::npos);
}

TEST_CASE("UTF-16 and UTF-8") {
  CHECK(to_utf8(u"aß€\U0001F600") == "aß€\U0001F600");
  CHECK(to_utf16("aß€\U0001F600").value() == u"aß€\U0001F600");
  CHECK(to_utf8(std::u16string({char16_t{0xDC00}, char16_t{0xD800}})) == "\uFFFD\uFFFD");
  CHECK_FALSE(to_utf16("\x80").has_value());
}

}  // namespace
}  // namespace hbalab::wmi
