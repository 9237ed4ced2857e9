#include "hba-sim/fabric/scsi.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "hba-sim/lab/config_rules.hpp"

namespace hbalab::fabric {
namespace {

// Sense key, additional sense code, qualifier.
struct Sense {
  std::uint8_t key, code, qualifier;
};
constexpr Sense kNoSense{0x0, 0x00, 0x00};
constexpr Sense kInvalidOpcode{0x5, 0x20, 0x00};
constexpr Sense kInvalidField{0x5, 0x24, 0x00};
constexpr Sense kNoSuchUnit{0x5, 0x25, 0x00};

constexpr std::uint64_t kReportLunsUnit = 0xC101'0000'0000'0000u;  // well known logical unit

enum Opcode : std::uint8_t {
  kTestUnitReady = 0x00,
  kRequestSense = 0x03,
  kInquiry = 0x12,
  kModeSense6 = 0x1A,
  kReadCapacity10 = 0x25,
  kModeSense10 = 0x5A,
  kServiceActionIn16 = 0x9E,
  kReportLuns = 0xA0,
};

// The length of a CDB by its group code (SPC-4 4.2.5.1); 0: variable or vendor specific.
std::size_t cdb_length(std::uint8_t opcode) {
  constexpr std::array<std::size_t, 8> kLengths = {6, 10, 10, 0, 16, 12, 0, 0};
  return kLengths[opcode >> 5];
}

void put(Bytes& out, std::uint64_t value, unsigned bytes) {
  for (unsigned i = bytes; i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint64_t get(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

// Text padded with blanks to a fixed width.
void put_text(Bytes& out, std::string_view text, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) {
    out.push_back(i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{' '});
  }
}

Bytes fixed_sense(Sense sense) {
  Bytes bytes(18);
  bytes[0] = 0x70;  // current error, fixed format
  bytes[2] = sense.key;
  bytes[7] = 10;  // bytes that follow
  bytes[12] = sense.code;
  bytes[13] = sense.qualifier;
  return bytes;
}

ScsiResponse refuse(Sense sense) {
  ScsiResponse response;
  response.status = kScsiCheckCondition;
  response.sense = fixed_sense(sense);
  return response;
}

ScsiResponse answer(Bytes data, std::uint64_t length) {
  ScsiResponse response;
  if (data.size() > length) data.resize(static_cast<std::size_t>(length));
  response.data = std::move(data);
  return response;
}

std::uint64_t fnv(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return hash;
}

std::string serial_of(const lab::LunConfig& lun, std::string_view target) {
  if (!lun.serial.empty()) return lun.serial;
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const std::uint64_t hash = fnv(std::string(target) + '/' + std::to_string(lun.lun));
  std::string serial;
  for (int shift = 60; shift >= 0; shift -= 4) serial += kDigits[(hash >> shift) & 15];
  return serial;
}

Bytes standard_inquiry(const lab::LunConfig* lun) {
  Bytes data;
  // Qualifier 011b with type 1Fh: nothing can be there (SPC-4 6.4.2).
  data.push_back(lun == nullptr ? 0x7F : 0x00);
  data.push_back(0x00);
  data.push_back(0x06);  // SPC-4
  data.push_back(0x12);  // HiSup, response data format 2
  data.push_back(31);
  data.push_back(0x00);
  data.push_back(0x00);
  data.push_back(0x02);  // CmdQue
  const lab::LunConfig fallback;
  const lab::LunConfig& names = lun == nullptr ? fallback : *lun;
  put_text(data, names.vendor, 8);
  put_text(data, names.product, 16);
  put_text(data, names.revision, 4);
  return data;
}

Bytes page(std::uint8_t code, const Bytes& body) {
  Bytes data = {0x00, code};
  put(data, body.size(), 2);
  data.insert(data.end(), body.begin(), body.end());
  return data;
}

void put_designator(Bytes& body, std::uint8_t code_set, std::uint8_t type, const Bytes& value) {
  body.push_back(code_set);
  body.push_back(type);
  body.push_back(0);
  body.push_back(static_cast<std::uint8_t>(value.size()));
  body.insert(body.end(), value.begin(), value.end());
}

Bytes device_identification(const lab::LunConfig& lun, std::string_view target) {
  const std::string serial = serial_of(lun, target);
  Bytes body;
  Bytes vendor_based;
  put_text(vendor_based, lun.vendor, 8);
  vendor_based.insert(vendor_based.end(), serial.begin(), serial.end());
  put_designator(body, 0x02, 0x01, vendor_based);  // ASCII, T10 vendor ID based, logical unit
  Bytes naa;
  // NAA 3h: locally assigned, so that it can collide with no real device.
  put(naa, std::uint64_t{3} << 60 | (fnv(std::string(target) + '#' + serial) >> 4), 8);
  put_designator(body, 0x01, 0x03, naa);  // binary, NAA, logical unit
  return page(0x83, body);
}

// SBC-3 6.6.3. Zero: no limit is reported, or the command is not there.
Bytes block_limits() {
  constexpr std::uint32_t kBlocks = 65535;  // a READ(10) can ask for no more
  constexpr std::uint32_t kOptimalBlocks = 128;
  Bytes body;
  put(body, 0, 2);  // WSNZ, maximum compare and write length
  put(body, 1, 2);  // optimal transfer length granularity
  put(body, kBlocks, 4);
  put(body, kOptimalBlocks, 4);
  body.resize(0x3C);
  return page(0xB0, body);
}

ScsiResponse inquiry(const lab::LunConfig* lun, std::string_view target,
                     std::span<const std::uint8_t> cdb, std::uint32_t allocation) {
  const std::uint64_t length = std::min<std::uint64_t>(get(cdb.subspan(3, 2)), allocation);
  const bool vital = (cdb[1] & 1) != 0;
  if ((cdb[1] & 0xFE) != 0) return refuse(kInvalidField);
  if (!vital) return cdb[2] != 0 ? refuse(kInvalidField) : answer(standard_inquiry(lun), length);
  if (lun == nullptr) return refuse(kInvalidField);
  switch (cdb[2]) {
    case 0x00:
      return answer(page(0x00, {0x00, 0x80, 0x83, 0xB0}), length);
    case 0x80: {
      const std::string serial = serial_of(*lun, target);
      return answer(page(0x80, Bytes(serial.begin(), serial.end())), length);
    }
    case 0x83:
      return answer(device_identification(*lun, target), length);
    case 0xB0:
      return answer(block_limits(), length);
    default:
      return refuse(kInvalidField);
  }
}

ScsiResponse report_luns(const LunMap& luns, std::span<const std::uint8_t> cdb,
                         std::uint32_t allocation) {
  const std::uint8_t select = cdb[2];
  const std::uint64_t length = std::min<std::uint64_t>(get(cdb.subspan(6, 4)), allocation);
  // SPC-4 6.33: 16 is the least allocation length.
  if (select > 2 || get(cdb.subspan(6, 4)) < 16) return refuse(kInvalidField);
  Bytes data;
  const bool units = select != 1;
  const bool well_known = select != 0;
  const std::size_t count = (units ? luns.size() : 0) + (well_known ? 1 : 0);
  data.reserve(8 + count * 8);
  put(data, count * 8, 4);
  put(data, 0, 4);
  if (well_known) put(data, kReportLunsUnit, 8);
  if (units) {
    for (const auto& [number, lun] : luns) put(data, encode_lun(number), 8);
  }
  return answer(std::move(data), length);
}

ScsiResponse read_capacity10(const lab::LunConfig& lun, std::uint32_t allocation) {
  Bytes data;
  put(data, std::min<std::uint64_t>(lun.blocks - 1, 0xFFFFFFFFu), 4);
  put(data, lun.block_size, 4);
  return answer(std::move(data), allocation);
}

ScsiResponse read_capacity16(const lab::LunConfig& lun, std::span<const std::uint8_t> cdb,
                             std::uint32_t allocation) {
  if ((cdb[1] & 0x1F) != 0x10) return refuse(kInvalidField);
  Bytes data;
  put(data, lun.blocks - 1, 8);
  put(data, lun.block_size, 4);
  data.resize(32);
  return answer(std::move(data), std::min<std::uint64_t>(get(cdb.subspan(10, 4)), allocation));
}

// Caching page (write cache off) and control page; a short block descriptor unless DBD is set.
ScsiResponse mode_sense(const lab::LunConfig& lun, std::span<const std::uint8_t> cdb,
                        std::uint32_t allocation) {
  const bool ten = cdb[0] == kModeSense10;
  const bool descriptor = (cdb[1] & 0x08) == 0;
  const std::uint8_t control = cdb[2] >> 6;
  const std::uint8_t code = cdb[2] & 0x3F;
  if (control == 3) return refuse({0x5, 0x39, 0x00});  // saving parameters not supported
  if ((code != 0x08 && code != 0x0A && code != 0x3F) || (cdb[3] != 0 && cdb[3] != 0xFF)) {
    return refuse(kInvalidField);
  }
  Bytes body;
  if (descriptor) {
    put(body, std::min<std::uint64_t>(lun.blocks, 0xFFFFFFFFu), 4);
    put(body, lun.block_size, 4);
  }
  const auto add_page = [&](std::uint8_t number, std::size_t size) {
    body.push_back(number);
    body.push_back(static_cast<std::uint8_t>(size));
    body.resize(body.size() + size);
  };
  if (code == 0x08 || code == 0x3F) add_page(0x08, 18);
  if (code == 0x0A || code == 0x3F) add_page(0x0A, 10);
  Bytes data;
  if (ten) {
    put(data, body.size() + 6, 2);
    put(data, 0, 4);
    put(data, descriptor ? 8 : 0, 2);
  } else {
    put(data, body.size() + 3, 1);
    put(data, 0, 2);
    put(data, descriptor ? 8 : 0, 1);
  }
  data.insert(data.end(), body.begin(), body.end());
  const std::uint64_t wanted = ten ? get(cdb.subspan(7, 2)) : cdb[4];
  return answer(std::move(data), std::min<std::uint64_t>(wanted, allocation));
}

std::optional<Sense> unit_attention(UnitAttentions& attentions, std::uint64_t lun) {
  const auto code = attentions.take(lun);
  if (!code) return {};
  return Sense{0x6, static_cast<std::uint8_t>(*code >> 8), static_cast<std::uint8_t>(*code)};
}

// The status that the lab wants of the unit; 0: its own. What asks the target for its units is not
// the unit's, and a reservation does not keep anybody from asking what is there (SPC-4 5.13.1).
std::uint8_t forced_status(const lab::LunConfig* unit, std::uint8_t opcode) {
  if (unit == nullptr || opcode == kReportLuns || opcode == kRequestSense) return 0;
  const std::uint8_t status = lab::scsi_status_byte(unit->scsi_status);
  return status == kScsiReservationConflict && opcode == kInquiry ? std::uint8_t{0} : status;
}

}  // namespace

void UnitAttentions::inventory_changed() {
  inventory_ = true;
  told_.clear();
}

void UnitAttentions::reported_luns() {
  inventory_ = false;
  told_.clear();
}

std::optional<std::uint16_t> UnitAttentions::take(std::uint64_t lun) {
  if (inventory_ && told_.insert(lun).second) return 0x3F0E;
  if (resized_.erase(lun) != 0) return 0x2A09;
  return {};
}

std::optional<std::uint64_t> decode_lun(std::uint64_t lun) {
  if (lun >> 32 == 0) return lun;
  const auto first = static_cast<std::uint8_t>(lun >> 56);
  const std::uint64_t low48 = lun & 0xFFFF'FFFF'FFFFu;
  switch (first >> 6) {
    case 0:  // peripheral: bus 0 only, one level
      if (first != 0 || low48 != 0) return {};
      return (lun >> 48) & 0xFF;
    case 1:  // flat space
      if (low48 != 0) return {};
      return (lun >> 48) & 0x3FFF;
    case 3:  // extended flat: three bytes
      if (first != 0xD2 || (lun & 0xFFFF'FFFFu) != 0) return {};
      return (lun >> 32) & 0xFF'FFFF;
    default:
      return {};
  }
}

std::uint64_t encode_lun(std::uint64_t number) {
  if (number < 256) return number << 48;
  if (number <= 0x3FFF) return (number | 0x4000) << 48;
  return std::uint64_t{0xD2} << 56 | (number & 0xFF'FFFF) << 32;
}

ScsiResponse execute_scsi(const LunMap& luns, UnitAttentions& attentions, std::string_view target,
                          std::uint64_t lun, std::span<const std::uint8_t> cdb,
                          std::uint32_t allocation) {
  if (cdb.empty()) return refuse(kInvalidOpcode);
  const std::uint8_t opcode = cdb[0];
  const std::size_t length = cdb_length(opcode);
  if (length == 0) return refuse(kInvalidOpcode);
  if (cdb.size() < length) return refuse(kInvalidField);

  const bool well_known = lun == kReportLunsUnit;
  const auto number = decode_lun(lun);
  const auto found = number ? luns.find(*number) : luns.end();
  const lab::LunConfig* unit = found == luns.end() ? nullptr : &found->second;

  if (const std::uint8_t status = forced_status(unit, opcode)) {
    ScsiResponse response;
    response.status = status;
    return response;
  }
  if (opcode == kInquiry) return inquiry(unit, target, cdb, allocation);
  // A target answers REPORT LUNS at LUN 0 whether or not there is a unit (SAM-5 4.6.4).
  if (opcode == kReportLuns && (unit != nullptr || well_known || number == 0u)) {
    ScsiResponse list = report_luns(luns, cdb, allocation);
    if (list.status == kScsiGood) attentions.reported_luns();
    return list;
  }
  // REQUEST SENSE hands a unit attention over as data; anything else ends with it.
  if (opcode == kRequestSense) {
    if ((cdb[1] & 1) != 0) return refuse(kInvalidField);  // descriptor format
    Sense sense = unit != nullptr || well_known ? kNoSense : kNoSuchUnit;
    if (unit != nullptr) sense = unit_attention(attentions, *number).value_or(sense);
    return answer(fixed_sense(sense), std::min<std::uint64_t>(cdb[4], allocation));
  }
  if (unit == nullptr && !well_known) return refuse(kNoSuchUnit);
  if (unit != nullptr) {
    if (const auto sense = unit_attention(attentions, *number)) return refuse(*sense);
  }
  if (opcode == kTestUnitReady) return {};
  if (unit == nullptr) return refuse(kInvalidOpcode);
  switch (opcode) {
    case kReadCapacity10:
      return read_capacity10(*unit, allocation);
    case kServiceActionIn16:
      return read_capacity16(*unit, cdb, allocation);
    case kModeSense6:
    case kModeSense10:
      return mode_sense(*unit, cdb, allocation);
    default:
      return refuse(kInvalidOpcode);
  }
}

}  // namespace hbalab::fabric
