// The reader, the writer and counted strings.
#include <catch2/catch.hpp>
#include <vector>

#include "iscsiop/block_io.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/sizes.hpp"

using namespace hbalab::iscsi;

TEST_CASE("a reader aligns, advances and stops at the end") {
  std::vector<std::uint8_t> block(24);
  block[8] = 7;
  BlockReader reader(block);
  REQUIRE(reader.head<Le32>("a", 4) != nullptr);
  CHECK(reader.offset() == 4);
  const Le64* second = reader.head<Le64>("b", 8);
  REQUIRE(second != nullptr);
  CHECK(*second == 7u);
  CHECK(reader.array<Le32>("c", 2).size() == 2);
  CHECK(reader.bytes("nothing", 0).empty());
  REQUIRE(reader.ok());
  CHECK(reader.bytes("X.d", 1).empty());
  REQUIRE_FALSE(reader.ok());
  CHECK(reader.error()->kind == ViewError::Kind::too_short);
  CHECK(reader.error()->to_string() == "X.d at offset 24 needs 1 bytes, 0 are left");
  // The first failure stays.
  CHECK(reader.head<Le32>("e", 4) == nullptr);
  CHECK(reader.error()->member == "X.d");
}

TEST_CASE("counts that overflow are refused") {
  std::vector<std::uint8_t> block(64);
  for (std::uint32_t count : {65u, 0x10000000u, 0x7FFFFFFFu, 0xFFFFFFFFu}) {
    BlockReader reader(block);
    CHECK(reader.array<ISCSI_LUNList>("luns", count).empty());
    REQUIRE_FALSE(reader.ok());
    CHECK(reader.error()->needed == std::size_t{count} * 16);
    CHECK(reader.error()->available == 64);
    BlockWriter writer(block);
    CHECK(writer.array<ISCSI_LUNList>("luns", count).empty());
    CHECK_FALSE(writer.finish().has_value());
  }
}

TEST_CASE("a block off its alignment is refused") {
  std::vector<std::uint8_t> block(64);
  const std::span<std::uint8_t> off = std::span(block).subspan(2);
  BlockReader reader(off);
  CHECK(reader.head<Le16>("x", 2) == nullptr);
  CHECK(reader.error()->kind == ViewError::Kind::misaligned);
  CHECK(reader.error()->available == 2);
  BlockWriter writer(off);
  CHECK(writer.open<Le16>("x", 2) == nullptr);
  CHECK(writer.error()->kind == ViewError::Kind::misaligned);
}

TEST_CASE("a writer clears what it hands out and the padding before it") {
  std::vector<std::uint8_t> block(32, 0xCC);
  BlockWriter writer(block);
  const std::uint8_t three[] = {1, 2, 3};
  writer.bytes("a", three);
  Le64* value = writer.open<Le64>("b", 8);
  REQUIRE(value != nullptr);
  CHECK(*value == 0u);
  CHECK(std::vector<std::uint8_t>(block.begin(), block.begin() + 8) ==
        std::vector<std::uint8_t>{1, 2, 3, 0, 0, 0, 0, 0});
  REQUIRE(writer.finish().has_value());
  CHECK(*writer.finish() == 16);
  CHECK(block[16] == 0xCC);
  CHECK(writer.array<Le32>("Y.c", 5).empty());
  CHECK(writer.finish().error().to_string() == "Y.c at offset 16 needs 20 bytes, 16 are left");
  CHECK(block[16] == 0xCC);
}

TEST_CASE("fixed blocks may lack their tail padding, not more") {
  std::vector<std::uint8_t> block(sizeof(ISCSI_TargetPortal), 0xAB);
  block[552] = 0xBC;
  block[553] = 0x0C;
  const auto whole = read_block<ISCSI_TargetPortal>(block, "ISCSI_TargetPortal");
  REQUIRE(whole.has_value());
  CHECK(whole->Socket == 3260);
  block.resize(ISCSI_TargetPortal_SIZE);
  CHECK_FALSE(read_block<ISCSI_TargetPortal>(block, "ISCSI_TargetPortal").has_value());
  const auto unpadded =
      read_block<ISCSI_TargetPortal>(block, "ISCSI_TargetPortal", ISCSI_TargetPortal_SIZE);
  REQUIRE(unpadded.has_value());
  CHECK(unpadded->Socket == 3260);
  block.pop_back();
  const auto cut =
      read_block<ISCSI_TargetPortal>(block, "ISCSI_TargetPortal", ISCSI_TargetPortal_SIZE);
  REQUIRE_FALSE(cut.has_value());
  CHECK(cut.error().needed == 554);
  CHECK(cut.error().available == 553);
}

TEST_CASE("strings carry a count of bytes") {
  Le16 field[8 + 1] = {};
  for (Le16& unit : field) unit = std::uint16_t{0xFFFF};
  REQUIRE(write_fixed_string(field, u"iqn", "T.N").has_value());
  CHECK(field[0] == 6);
  CHECK(field[1] == 'i');
  for (int i = 4; i <= 8; ++i) CHECK(field[i] == 0);
  CHECK(*read_fixed_string(field, "T.N") == u"iqn");
  REQUIRE(write_fixed_string(field, u"12345678", "T.N").has_value());
  CHECK(*read_fixed_string(field, "T.N") == u"12345678");
  // One too many is refused and leaves the member as it was.
  const auto longer = write_fixed_string(field, u"123456789", "T.N");
  REQUIRE_FALSE(longer.has_value());
  CHECK(longer.error().kind == ViewError::Kind::too_long);
  CHECK(longer.error().needed == 18);
  CHECK(longer.error().available == 16);
  CHECK(*read_fixed_string(field, "T.N") == u"12345678");
  // A counted NUL ends the text; lone surrogates are kept.
  field[0] = std::uint16_t{8};
  field[1] = std::uint16_t{0xD800};
  field[2] = std::uint16_t{'b'};
  field[3] = std::uint16_t{0};
  CHECK(*read_fixed_string(field, "T.N") == std::u16string{char16_t{0xD800}, u'b'});
}

TEST_CASE("strings without room for their count are refused") {
  Le16 field[4 + 1] = {};
  for (std::uint16_t count : {1, 7, 9, 10, 0xFFFF, 0xFFFE}) {
    field[0] = count;
    const auto text = read_fixed_string(field, "T.N");
    INFO(count);
    REQUIRE_FALSE(text.has_value());
    CHECK(text.error().kind == ViewError::Kind::bad_string);
    CHECK(text.error().needed == count);
    CHECK(text.error().available == 8);
    CHECK(text.error().to_string().find("T.N") == 0);
  }
  CHECK_FALSE(read_fixed_string(std::span<const Le16>{}, "T.N").has_value());
  CHECK_FALSE(write_fixed_string(std::span<Le16>{}, u"", "T.N").has_value());
}

TEST_CASE("sizes follow the structures") {
  // With one element each they are the unpadded sizes of the headers.
  CHECK(target_portal_group_size(1) == 560);
  CHECK(target_mapping_size(1) == 496);
  CHECK(login_to_target_in_size(1, 1, 0, 0) == 2529);
  CHECK(persistent_login_size(1, 1) == 1553);
  CHECK(persistent_login_size(0, 0) == 1536);
  CHECK(discovered_portal_group_size(1) == 1072);
  CHECK(discovered_portal2_size(0) == 560 + 514);
  CHECK(discovered_portal2_size(1) == 562 + 514);
  CHECK(discovered_portal2_size(2) == 562 + 514);
  CHECK(session_static_info_size(1) == 2088);
  CHECK(session_static_info_size(0) == 944);
  CHECK(portal_info_class_size(1) == 568);
  CHECK(supported_lb_policies_size(1) == 48);
  CHECK(eventlog_size(1) == 13);
  CHECK(redirect_session_info_size(1) == 1136);
  CHECK(boot_configuration_size(1, 0) == 1513);
  CHECK(security_capabilities_size(1) == 12);
  CHECK(radius_config_size(1) == 1109);
  CHECK(persistent_logins_size().size() == 8);
  // The second element begins on the next multiple of 8, and nothing follows the last.
  CHECK(persistent_logins_size()
            .add(persistent_login_size(0, 3))
            .add(persistent_login_size(0, 3))
            .size() == 8 + 1544 + 1539);
}
