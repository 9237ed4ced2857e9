#include <catch2/catch.hpp>

#include "fabric_support.hpp"
#include "hba-sim/fabric/scsi.hpp"

using namespace hbalab;
using namespace hbalab::fabric;
using namespace hbalab::fabric::test;

namespace {

LunMap units() {
  LunMap map;
  lab::LunConfig lun;
  lun.blocks = 1000;
  lun.serial = "SER0";
  map[0] = lun;
  lun.lun = 5;
  lun.blocks = std::uint64_t{1} << 33;
  lun.block_size = 4096;
  lun.serial.clear();
  map[5] = lun;
  lun.lun = 300;
  map[300] = lun;
  return map;
}

ScsiResponse run(std::uint64_t lun, Bytes cdb, std::uint32_t allocation = 4096) {
  UnitAttentions none;
  return execute_scsi(units(), none, kDisk, lun, cdb, allocation);
}

// Key, code and qualifier of fixed sense as one number.
int sense(const ScsiResponse& response) {
  REQUIRE(response.status == kScsiCheckCondition);
  REQUIRE(response.sense.size() == 18);
  CHECK(response.sense[0] == 0x70);
  CHECK(response.data.empty());
  return response.sense[2] << 16 | response.sense[12] << 8 | response.sense[13];
}

constexpr int kBadOpcode = 0x052000, kBadField = 0x052400, kBadUnit = 0x052500;

Bytes inquiry(std::uint8_t evpd, std::uint8_t page, std::uint16_t length = 255) {
  return {
      0x12, evpd, page, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length),
      0};
}

Bytes report(std::uint8_t select, std::uint32_t length = 4096) {
  return {0xA0,
          0,
          select,
          0,
          0,
          0,
          static_cast<std::uint8_t>(length >> 24),
          static_cast<std::uint8_t>(length >> 16),
          static_cast<std::uint8_t>(length >> 8),
          static_cast<std::uint8_t>(length),
          0,
          0};
}

std::string text(const Bytes& bytes, std::size_t from, std::size_t count) {
  return {bytes.begin() + static_cast<std::ptrdiff_t>(from),
          bytes.begin() + static_cast<std::ptrdiff_t>(from + count)};
}

}  // namespace

TEST_CASE("LUN forms") {
  CHECK(decode_lun(5) == 5u);
  CHECK(decode_lun(0x0005'0000'0000'0000u) == 5u);
  CHECK(decode_lun(0x412C'0000'0000'0000u) == 300u);
  CHECK(decode_lun(0xD200'012C'0000'0000u) == 300u);
  CHECK_FALSE(decode_lun(0x0105'0000'0000'0000u));  // bus 1
  CHECK_FALSE(decode_lun(0x0005'0001'0000'0000u));  // second level
  CHECK_FALSE(decode_lun(0x8005'0000'0000'0000u));  // logical unit addressing
  CHECK_FALSE(decode_lun(0xC101'0000'0000'0000u));
  for (const std::uint64_t number : {0u, 1u, 255u, 256u, 300u, 16383u}) {
    CHECK(decode_lun(encode_lun(number)) == number);
  }
}

TEST_CASE("REPORT LUNS") {
  const auto all = run(0, report(0));
  REQUIRE(all.status == kScsiGood);
  CHECK(all.data == Bytes{0,    0,    0, 24, 0, 0, 0, 0,  //
                          0,    0,    0, 0,  0, 0, 0, 0,  //
                          0,    5,    0, 0,  0, 0, 0, 0,  //
                          0x41, 0x2C, 0, 0,  0, 0, 0, 0});
  CHECK(run(0, report(1)).data == Bytes{0, 0, 0, 8, 0, 0, 0, 0, 0xC1, 1, 0, 0, 0, 0, 0, 0});
  CHECK(run(0, report(2)).data.size() == 8 + 4 * 8);
  CHECK(run(0xC101'0000'0000'0000u, report(0)).data == all.data);
  // The length in front tells the whole, whatever fits.
  const auto cut = run(0, report(0, 16));
  CHECK(cut.data.size() == 16);
  CHECK(cut.data[3] == 24);
  CHECK(run(0, report(0), 10).data.size() == 10);
  CHECK(sense(run(0, report(0, 15))) == kBadField);
  CHECK(sense(run(0, report(3))) == kBadField);
  CHECK(sense(run(9, report(0))) == kBadUnit);
  // Also of a target that has no LUN 0.
  UnitAttentions none;
  CHECK(execute_scsi({}, none, kDisk, 0, report(0), 4096).data == Bytes(8));
}

TEST_CASE("INQUIRY") {
  const auto standard = run(0, inquiry(0, 0));
  REQUIRE(standard.data.size() == 36);
  CHECK(standard.data[0] == 0);
  CHECK(standard.data[4] == 31);
  CHECK(text(standard.data, 8, 8) == "HBALAB  ");
  CHECK(text(standard.data, 16, 16) == "VIRTUAL-DISK    ");
  CHECK(text(standard.data, 32, 4) == "0001");
  CHECK(run(0, inquiry(0, 0, 5)).data.size() == 5);
  CHECK(run(0, inquiry(0, 0), 7).data.size() == 7);
  const auto absent = run(77, inquiry(0, 0));
  CHECK(absent.status == kScsiGood);
  CHECK(absent.data[0] == 0x7F);
  CHECK(run(0, inquiry(1, 0)).data == Bytes{0, 0, 0, 4, 0, 0x80, 0x83, 0xB0});
  const auto limits = run(0, inquiry(1, 0xB0));
  REQUIRE(limits.data.size() == 64);
  CHECK(Bytes(limits.data.begin(), limits.data.begin() + 16) ==
        Bytes{0, 0xB0, 0, 0x3C, 0, 0, 0, 1, 0, 0, 0xFF, 0xFF, 0, 0, 0, 128});
  CHECK(sense(run(77, inquiry(1, 0xB0))) == kBadField);
  CHECK(run(0, inquiry(1, 0x80)).data == Bytes{0, 0x80, 0, 4, 'S', 'E', 'R', '0'});
  const auto made = run(5, inquiry(1, 0x80));
  CHECK(made.data.size() == 4 + 16);
  CHECK(made.data != run(300, inquiry(1, 0x80)).data);
  const auto identity = run(0, inquiry(1, 0x83));
  REQUIRE(identity.data.size() == 4u + 4 + 12 + 4 + 8);
  CHECK((identity.data[2] << 8 | identity.data[3]) == 28);
  CHECK(text(identity.data, 8, 12) == "HBALAB  SER0");
  CHECK(identity.data[24] >> 4 == 3);  // NAA locally assigned
  CHECK(identity.data != run(5, inquiry(1, 0x83)).data);
  CHECK(sense(run(0, inquiry(1, 0xB1))) == kBadField);
  CHECK(sense(run(0, inquiry(0, 0x80))) == kBadField);
  CHECK(sense(run(77, inquiry(1, 0))) == kBadField);
}

TEST_CASE("capacity") {
  CHECK(run(0, {0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0}).data == Bytes{0, 0, 0x03, 0xE7, 0, 0, 2, 0});
  CHECK(run(5, {0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0}).data ==
        Bytes{0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0x10, 0});
  Bytes long_form(16);
  long_form[0] = 0x9E;
  long_form[1] = 0x10;
  long_form[13] = 32;
  const auto large = run(5, long_form);
  REQUIRE(large.data.size() == 32);
  CHECK(Bytes(large.data.begin(), large.data.begin() + 12) ==
        Bytes{0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0x10, 0});
  long_form[13] = 12;
  CHECK(run(5, long_form).data.size() == 12);
  long_form[1] = 0x12;
  CHECK(sense(run(5, long_form)) == kBadField);
}

TEST_CASE("other commands, and what is refused") {
  CHECK(run(0, {0, 0, 0, 0, 0, 0}).status == kScsiGood);
  CHECK(sense(run(9, {0, 0, 0, 0, 0, 0})) == kBadUnit);
  CHECK(sense(run(0x0105'0000'0000'0000u, {0, 0, 0, 0, 0, 0})) == kBadUnit);
  CHECK(sense(run(0, {})) == kBadOpcode);
  CHECK(sense(run(0, {0xFF})) == kBadOpcode);
  CHECK(sense(run(0, {0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0})) == kBadOpcode);
  CHECK(sense(run(0, {0x12, 0, 0})) == kBadField);  // a CDB that is cut short
  CHECK(sense(run(0, {0xA0, 0, 0, 0, 0, 0})) == kBadField);
  const auto none = run(0, {3, 0, 0, 0, 18, 0});
  REQUIRE(none.data.size() == 18);
  CHECK(none.data[2] == 0);
  CHECK(run(9, {3, 0, 0, 0, 255, 0}).data[12] == 0x25);
  CHECK(run(0, {3, 0, 0, 0, 4, 0}).data.size() == 4);
  CHECK(sense(run(0, {3, 1, 0, 0, 18, 0})) == kBadField);
  const auto mode6 = run(0, {0x1A, 0, 0x3F, 0, 255, 0});
  REQUIRE(mode6.data.size() == 4u + 8 + 20 + 12);
  CHECK(mode6.data[0] == mode6.data.size() - 1);
  CHECK(mode6.data[3] == 8);
  const auto mode10 = run(0, {0x5A, 8, 0x08, 0, 0, 0, 0, 0, 255, 0});
  REQUIRE(mode10.data.size() == 8u + 20);
  CHECK(mode10.data[1] == mode10.data.size() - 2);
  CHECK(sense(run(0, {0x1A, 0, 0x1C, 0, 255, 0})) == kBadField);
  CHECK(sense(run(0, {0x1A, 0, 0xC8, 0, 255, 0})) == 0x053900);
}

TEST_CASE("commands belong to sessions") {
  Bench bench;
  const LinkId link = bench.session();
  CHECK(bench.scsi(link, 0, inquiry(0, 0)).data.size() == 36);
  CHECK(bench.fabric->counters(kDisk).bytes_out >= 36);
  const LinkId discovery = bench.connected();
  REQUIRE(status_of(bench.log_in(discovery, "")) == 0);
  CHECK(bench.scsi(discovery, 0, inquiry(0, 0)).dropped);
  CHECK(bench.events.size() == 1);
  CHECK(bench.scsi(12345, 0, inquiry(0, 0)).dropped);
}

TEST_CASE("every CDB is answered") {
  // All opcodes, all lengths, all bits of the second byte.
  for (int opcode = 0; opcode < 256; ++opcode) {
    for (std::size_t length = 1; length <= 16; ++length) {
      for (const std::uint8_t fill : {std::uint8_t{0}, std::uint8_t{0xFF}}) {
        Bytes cdb(length, fill);
        cdb[0] = static_cast<std::uint8_t>(opcode);
        const auto response = run(fill == 0 ? 0 : 9, cdb, 64);
        REQUIRE_FALSE(response.dropped);
        REQUIRE(response.data.size() <= 64);
        REQUIRE(response.sense.empty() == (response.status == kScsiGood));
      }
    }
  }
}

TEST_CASE("a unit attention is reported once, by the commands that report it") {
  constexpr int kResized = 0x062A09, kInventory = 0x063F0E;
  const Bytes ready(6), inquire{0x12, 0, 0, 0, 36, 0}, senses{0x03, 0, 0, 0, 18, 0};
  const Bytes report{0xA0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0};
  const Bytes malformed{0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0};
  LunMap map = units();
  UnitAttentions pending;
  const auto command = [&](std::uint64_t lun, const Bytes& cdb) {
    return execute_scsi(map, pending, kDisk, lun, cdb, 4096);
  };
  pending.capacity_changed(5);
  pending.capacity_changed(5);  // the same again is the same condition
  CHECK(command(0, ready).status == kScsiGood);
  CHECK(command(5, inquire).status == kScsiGood);
  CHECK(command(5, report).status == kScsiGood);
  CHECK(sense(command(encode_lun(5), {0xFF, 0, 0, 0, 0, 0})) == 0x052000);  // no such command
  CHECK(sense(command(encode_lun(5), ready)) == kResized);
  CHECK(command(5, ready).status == kScsiGood);

  pending.capacity_changed(5);
  const auto sensed = command(5, senses);  // as data, and then it is gone
  CHECK(sensed.status == kScsiGood);
  REQUIRE(sensed.data.size() == 18);
  CHECK((sensed.data[2] << 16 | sensed.data[12] << 8 | sensed.data[13]) == kResized);
  CHECK(command(5, senses).data[2] == 0);

  // What the lab forces comes first, and leaves the condition as it is.
  pending.capacity_changed(0);
  map[0].scsi_status = "busy";
  CHECK(command(0, ready).status == 0x08);
  map[0].scsi_status.clear();
  CHECK(sense(command(0, ready)) == kResized);

  pending.inventory_changed();
  pending.capacity_changed(0);
  CHECK(sense(command(0, ready)) == kInventory);
  CHECK(sense(command(0, ready)) == kResized);
  CHECK(command(0, ready).status == kScsiGood);
  CHECK(sense(command(5, ready)) == kInventory);  // at every unit
  CHECK(sense(command(7, ready)) == 0x052500);
  CHECK(sense(command(0, malformed)) == 0x052400);
  CHECK(sense(command(300, ready)) == kInventory);
  pending.inventory_changed();
  CHECK(command(0, report).status == kScsiGood);  // told by it
  for (const std::uint64_t lun : {0, 5, 300}) CHECK(command(lun, ready).status == kScsiGood);
}
