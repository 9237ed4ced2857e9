// Data blocks to values and back: tables, residue, and refusals with path and offset.
#include <catch2/catch.hpp>

#include "tests/wmi-model/codec_models.hpp"

namespace hbalab::wmi {
namespace {

using test::make_class;
using test::Models;
using test::Prop;

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes out;
  for (const int value : values) out.push_back(static_cast<std::uint8_t>(value));
  return out;
}

// The error that decoding must give.
CodecError refused(const Class& cls, const Bytes& block) {
  const auto decoded = decode(shape_of(cls), block);
  REQUIRE_FALSE(decoded.has_value());
  return decoded.error();
}

void same_bytes(const Class& cls, const Bytes& block) {
  const auto decoded = decode(shape_of(cls), block);
  if (!decoded) FAIL(decoded.error().to_string());
  const auto again = encode(shape_of(cls), *decoded);
  if (!again) FAIL(again.error().to_string());
  CHECK(*again == block);
}

TEST_CASE("scalars of every width are read little-endian and sign-extended") {
  const auto cls = make_class(
      "C", {Prop("A", CimType::sint8), Prop("B", CimType::sint16), Prop("C", CimType::uint32),
            Prop("D", CimType::boolean), Prop("E", CimType::sint64)});
  const Bytes block = bytes_of({0xFE, 0, 0xFF, 0x7F, 4,    3,    2,    0xF1, 1,    0,    0,   0, 0,
                                0,    0, 0,    0xFD, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF});
  const auto decoded = decode(shape_of(*cls), block);
  REQUIRE(decoded.has_value());
  CHECK(decoded->root.members == std::vector<Value>{std::int64_t{-2}, std::int64_t{0x7FFF},
                                                    std::uint64_t{0xF1020304}, true,
                                                    std::int64_t{-3}});
  CHECK(decoded->residue.empty());
  CHECK(decoded->missing_tail == 0);
  CHECK(encode(shape_of(*cls), decoded->root).value() == block);
}

TEST_CASE("a limited string keeps its count, its terminating NUL and what lies behind it") {
  const auto cls = make_class("C", {Prop("S", CimType::string).max_len(4)});
  const auto text = [&](const Bytes& block) {
    return std::get<std::u16string>(decode(shape_of(*cls), block).value().root.members[0]);
  };
  CHECK(text(bytes_of({4, 0, 'a', 0, 'b', 0, 0, 0, 0, 0})) == u"ab");
  CHECK(text(bytes_of({6, 0, 'a', 0, 'b', 0, 0, 0, 0, 0})) == std::u16string(u"ab\0", 3));
  CHECK(text(bytes_of({0, 0, 'x', 0, 'y', 0, 0, 0, 0, 9})).empty());
  CHECK(text(bytes_of({2, 0, 0, 0xD8, 0, 0, 0, 0, 0, 0})) == std::u16string(1, char16_t{0xD800}));
  same_bytes(*cls, bytes_of({4, 0, 'a', 0, 'b', 0, 7, 8, 0, 9}));
  same_bytes(*cls, bytes_of({8, 0, 'a', 0, 'b', 0, 7, 8, 0, 9}));
}

TEST_CASE("what a block may not be is refused with path and offset") {
  const Models models;
  const auto limited =
      make_class("C", {Prop("N", CimType::uint32), Prop("S", CimType::string).max_len(4)});
  SECTION("odd count") {
    const auto error = refused(*limited, bytes_of({0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
    CHECK(error.path == "S");
    CHECK(error.offset == 4);
    CHECK(error.message == "the string's count of 3 bytes is odd");
  }
  SECTION("count above MaxLen") {
    const auto error = refused(*limited, bytes_of({0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
    CHECK(error.message ==
          "the string's count of 10 bytes is more than the 8 bytes that it has room for");
  }
  SECTION("no room for the buffer") {
    const auto error = refused(*limited, bytes_of({0, 0, 0, 0, 2, 0, 'a', 0}));
    CHECK(error.to_string() == "S at offset 4: needs 10 bytes, 4 bytes are left");
  }
  SECTION("no room for the count") {
    const auto cls = make_class("C", {Prop("S", CimType::string)});
    CHECK(refused(*cls, bytes_of({5})).message == "needs 2 bytes, 1 byte is left");
    CHECK(refused(*cls, bytes_of({4, 0, 1, 2})).message == "needs 6 bytes, 4 bytes are left");
  }
  SECTION("scalar cut off") {
    const auto error = refused(*models.lun, bytes_of({1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3}));
    CHECK(error.to_string() == "TargetLUN at offset 8: needs 8 bytes, 3 bytes are left");
  }
  SECTION("a count beyond the block") {
    Bytes block(8 + 100);
    block[0] = block[1] = block[2] = 0xFF;
    const auto error = refused(*models.logins, block);
    CHECK(error.path == "PersistentLogins");
    CHECK(error.offset == 8);
    CHECK(error.message.find("16777215 elements of at least") != std::string::npos);
    block[3] = 0xFF;
    CHECK(refused(*models.logins, block).message == "has a count of 4294967295");
  }
  SECTION("a nested error names every step") {
    Bytes block =
        encode(shape_of(*models.logins), Object{{Value(), Value(), Array{{Object{}, Object{}}}}})
            .value();
    const std::size_t second = 8 + models.login->layout.fields[7].offset + 480;
    block[second + models.login->layout.fields[7].offset + 20] = 1;  // odd count of TargetName
    const auto error = refused(*models.logins, block);
    CHECK(error.path == "PersistentLogins[1].TargetMapping.TargetName");
    CHECK(error.offset == second + models.login->layout.fields[7].offset + 20);
  }
  SECTION("negative counts, elements without a size") {
    CHECK(refused(*models.empties, bytes_of({0xFF, 0xFF, 0xFF, 0xFF, 0})).message ==
          "has a count of -1");
    CHECK(refused(*models.empties, bytes_of({0xFF, 0xFF, 0xFF, 0x7F, 0})).message ==
          "has 2147483647 elements that have no size");
    same_bytes(*models.empties, bytes_of({0, 0, 0, 0, 7, 0, 0, 0}));
  }
}

TEST_CASE("padding, odd booleans, trailing bytes and missing tail padding survive") {
  const Models models;
  const auto cls = make_class(
      "C", {Prop("A", CimType::uint8), Prop("B", CimType::uint64), Prop("C", CimType::boolean)});
  Bytes block(24);
  for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<std::uint8_t>(i + 1);
  same_bytes(*cls, block);
  block.resize(17);  // all members, no tail padding
  same_bytes(*cls, block);
  block.resize(19);
  same_bytes(*cls, block);
  block.resize(40, 0);  // zeros behind the structure count as well
  same_bytes(*cls, block);
  block.resize(16);
  CHECK(refused(*cls, block).path == "C");
  const auto decoded = decode(shape_of(*cls), Bytes(17)).value();
  CHECK(decoded.missing_tail == 7);
}

TEST_CASE("tail padding of an embedded object may be missing at the end of the block") {
  const Models models;
  const auto outer = make_class("O", {Prop("N", CimType::uint32), Prop("P", *models.portal),
                                      Prop("M", CimType::uint16), Prop("L", *models.portal)});
  const std::size_t full = outer->layout.c_size;
  CHECK(full - outer->layout.fields[3].offset == 556);
  same_bytes(*outer, Bytes(full));
  same_bytes(*outer, Bytes(full - 1));
  same_bytes(*outer, Bytes(full - 2));
  CHECK(refused(*outer, Bytes(full - 3)).path == "L.Socket");
}

TEST_CASE("a signalling NaN keeps its bits") {
  const auto cls = make_class("C", {Prop("R", CimType::real32), Prop("D", CimType::real64)});
  same_bytes(*cls, bytes_of({1, 0, 0xA0, 0x7F, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0xF4, 0x7F}));
}

TEST_CASE("elements with a variable tail follow each other aligned and unpadded") {
  const Models models;
  // Three LUNs in the first mapping, none in the second; a user name of odd length in front.
  const Object lun{{std::uint64_t{1}, std::uint64_t{2}}};
  Object mapping;
  mapping.members.resize(8);
  mapping.members[7] = Array{{lun, lun, lun}};
  Object first;
  first.members.resize(9);
  first.members[7] = mapping;
  first.members[8] = Bytes{'u', 's', 'r'};
  const auto block =
      encode(shape_of(*models.logins), Object{{Value(), Value(), Array{{first, Object{}}}}});
  REQUIRE(block.has_value());
  const std::size_t fixed = models.login->layout.fields[7].offset + 480;
  // 3 LUNs of 16 bytes, 3 characters, then aligned to 8 for the next.
  const std::size_t second = 8 + fixed + 48 + 3 + 5;
  CHECK(block->size() == second + fixed);
  CHECK((*block)[8 + models.login->layout.fields[3].offset] == 3);
  CHECK((*block)[8 + fixed + 48] == 'u');
  same_bytes(*models.logins, *block);
  const auto decoded = decode(shape_of(*models.logins), *block).value();
  CHECK(decoded.root.members[0] == Value(std::uint64_t{2}));
}

TEST_CASE("counting members are filled in, and must agree") {
  const auto cls =
      make_class("C", {Prop("N", CimType::uint8), Prop("V", CimType::uint16).counted_by("N"),
                       Prop("W", CimType::uint8).counted_by("N")});
  const Value two = Array{{std::uint64_t{1}, std::uint64_t{2}}};
  CHECK(encode(shape_of(*cls), Object{{Value(), two, Bytes{7, 8}}}).value() ==
        bytes_of({2, 0, 1, 0, 2, 0, 7, 8}));
  CHECK(encode(shape_of(*cls), Object{{std::uint64_t{2}, two, Bytes{7, 8}}}).has_value());
  const auto error = encode(shape_of(*cls), Object{{std::uint64_t{3}, two, Bytes{7, 8}}}).error();
  CHECK(error.path == "N");
  CHECK(error.message == "says 3, its array has 2 elements");
  CHECK(encode(shape_of(*cls), Object{{Value(), two, Bytes{7}}}).error().message ==
        "has 1 elements, another array counted by N has 2");
  CHECK(encode(shape_of(*cls), Object{{Value(), Array{std::vector<Value>(300)}, Bytes(300)}})
            .error()
            .message == "300 does not fit into uint8");
}

TEST_CASE("encode refuses what the class cannot hold") {
  const auto cls =
      make_class("C", {Prop("U", CimType::uint8), Prop("S", CimType::sint8),
                       Prop("T", CimType::string).max_len(2), Prop("F", CimType::uint8).fixed(2),
                       Prop("B", CimType::boolean)});
  const auto error = [&](std::vector<Value> members) {
    return encode(shape_of(*cls), Object{std::move(members)}).error().to_string();
  };
  CHECK(error({std::uint64_t{256}}) == "U at offset 0: 256 does not fit into uint8");
  CHECK(error({std::int64_t{-1}}) == "U at offset 0: -1 does not fit into uint8");
  CHECK(error({Value(), std::uint64_t{128}}) == "S at offset 1: 128 does not fit into sint8");
  CHECK(error({Value(), std::int64_t{-129}}) == "S at offset 1: -129 does not fit into sint8");
  CHECK(error({Value(), Value(), std::u16string(u"abc")}) ==
        "T at offset 2: has 3 characters, 2 fit");
  CHECK(error({Value(), Value(), Value(), Bytes{1}}) ==
        "F at offset 8: has 1 elements, 2 were expected");
  CHECK(error({true}) == "U at offset 0: a boolean came, uint8 was expected");
  CHECK(error({Value(), Value(), Value(), Value(), std::uint64_t{1}}) ==
        "B at offset 10: an integer came, a boolean was expected");
  CHECK(error(std::vector<Value>(6)) == "block at offset 0: has 6 members, the class has 5");
  CHECK(encode(shape_of(*cls), Object{}).value() == Bytes(12));
}

TEST_CASE("a class too large to encode, or nested without end, fails cleanly") {
  auto huge = make_class("H", {Prop("A", CimType::uint64).fixed(0xFFFFFFFF)});
  CHECK(encode(shape_of(*huge), Object{}).error().path == "A");
  CHECK(decode(shape_of(*huge), Bytes(64)).error().message ==
        "has 4294967295 elements of 8 bytes, 64 bytes are left");
  // Each level holds the one below twice: 2^70 objects of no size.
  std::vector<std::unique_ptr<Class>> levels;
  levels.push_back(make_class("L", {}));
  for (int i = 0; i < 70; ++i) {
    levels.push_back(make_class("L", {Prop("A", *levels.back()), Prop("B", *levels.back())}));
  }
  CHECK_FALSE(decode(shape_of(*levels.back()), Bytes(8)).has_value());
  CHECK(decode(shape_of(*levels[40]), Bytes(8)).error().message.find("more values") !=
        std::string::npos);
}

TEST_CASE("one item is encoded as it lies in the block") {
  const Models models;
  const auto& scalars = models.scalars->properties;
  CHECK(encode_item(scalars[3], std::uint64_t{0x1234}).value() == bytes_of({0x34, 0x12}));
  CHECK(encode_item(scalars[11], std::u16string(u"ab")).value() ==
        bytes_of({4, 0, 'a', 0, 'b', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  CHECK(encode_item(models.portal->properties[0], Value()).value().size() == 548);
  CHECK(encode_item(scalars[3], std::uint64_t{70000}).error().to_string() ==
        "U16 at offset 0: 70000 does not fit into uint16");
}

TEST_CASE("residue that no decoding gives is refused") {
  const auto cls = make_class("C", {Prop("A", CimType::uint8)});
  DecodedBlock block;
  block.residue.push_back({9, Bytes{1}});
  CHECK_FALSE(encode(shape_of(*cls), block).has_value());
  block.residue.clear();
  block.missing_tail = 2;
  CHECK_FALSE(encode(shape_of(*cls), block).has_value());
}

}  // namespace
}  // namespace hbalab::wmi
