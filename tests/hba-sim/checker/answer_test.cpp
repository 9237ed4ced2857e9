// What an answer consists of: statuses, sizes, WNODEs, blocks, registration.
#include <initializer_list>

#include "hba-sim/include/srb.h"
#include "hba-sim/include/wmistr.h"
#include "hba-sim/port/checker/exchange.hpp"
#include "tests/hba-sim/checker/fired.hpp"
#include "tests/wmi-model/codec_models.hpp"

using namespace hbalab;
using namespace hbalab::check;
using namespace hbalab::check::test;
using namespace hbalab::wmi::wnode;
using wmi::MinorFunction;

namespace {

Exchange exchange_of(MinorFunction minor, const Bytes& answer) {
  Exchange exchange;
  exchange.minor = minor;
  exchange.guid = guid_of(9);
  exchange.answer = answer;
  exchange.srb_status = SRB_STATUS_SUCCESS;
  exchange.size = static_cast<std::uint32_t>(answer.size());
  return exchange;
}

Findings checked(const Exchange& exchange) {
  Findings findings;
  std::vector<DataRange> ranges;
  check_answer(exchange, ranges, findings);
  return findings;
}

// Two instances of 12 bytes with static names, in a table.
Bytes all_data() {
  Bytes bytes(kAllFixedSize + 2 * kOffsetAndLengthSize + 4 + 32);
  put_header(bytes, guid_of(9), kFlagAllData | kFlagStaticInstanceNames);
  put32(bytes, kAllInstanceCount, 2);
  for (std::uint32_t i = 0; i < 2; ++i) {
    put32(bytes, kAllFixedSize + i * 8, 80 + 16 * i);
    put32(bytes, kAllFixedSize + i * 8 + 4, 12);
  }
  return bytes;
}

// The same with names, behind the data.
Bytes named(std::u16string first, std::u16string second) {
  Bytes bytes = all_data();
  put32(bytes, kFlags, kFlagAllData);
  put32(bytes, kAllNameOffsets, 112);
  bytes.resize(120);
  std::uint32_t entry = 112;
  for (const std::u16string& name : {first, second}) {
    const auto at = bytes.size();
    put32(bytes, entry, static_cast<std::uint32_t>(at));
    entry += 4;
    bytes.resize(at + 2 + 2 * name.size());
    store(std::span(bytes), at, static_cast<std::uint16_t>(2 * name.size()));
    std::memcpy(bytes.data() + at + 2, name.data(), 2 * name.size());
  }
  put32(bytes, kBufferSize, static_cast<std::uint32_t>(bytes.size()));
  return bytes;
}

Bytes single(std::uint32_t size = 16) {
  Bytes bytes(kInstanceVariable + size);
  put_header(bytes, guid_of(9), kFlagSingleInstance | kFlagStaticInstanceNames);
  put32(bytes, kInstanceDataOffset, kInstanceVariable);
  put32(bytes, kInstanceDataSize, size);
  return bytes;
}

Bytes too_small(std::uint32_t needed) {
  Bytes bytes(kTooSmallSize);
  put_header(bytes, guid_of(9), kFlagAllData | kFlagTooSmall);
  put32(bytes, kSizeNeeded, needed);
  return bytes;
}

Bytes reginfo(std::initializer_list<std::uint8_t> guids) {
  Bytes bytes(kRegGuids + guids.size() * kRegGuidSize + 8);
  put32(bytes, kRegBufferSize, static_cast<std::uint32_t>(bytes.size()));
  put32(bytes, kRegGuidCount, static_cast<std::uint32_t>(guids.size()));
  put32(bytes, kRegMofResource, static_cast<std::uint32_t>(bytes.size() - 8));
  std::size_t at = kRegGuids;
  for (const std::uint8_t guid : guids) {
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), 16, guid);
    put32(bytes, at + kRegGuidFlags, WMIREG_FLAG_INSTANCE_PDO);
    put32(bytes, at + kRegGuidInstanceCount, 1);
    at += kRegGuidSize;
  }
  return bytes;
}

Findings registered(const Bytes& info) {
  return checked(exchange_of(MinorFunction::reginfo, info));
}

}  // namespace

TEST_CASE("statuses of srb.h end a request, with the two flags too") {
  for (const int status : {SRB_STATUS_SUCCESS, SRB_STATUS_ERROR, SRB_STATUS_DATA_OVERRUN,
                           SRB_STATUS_ERROR | SRB_STATUS_AUTOSENSE_VALID}) {
    Findings findings;
    check_status(static_cast<std::uint8_t>(status), findings);
    none(findings);
  }
  Findings pending, undefined;
  check_status(SRB_STATUS_PENDING, pending);
  only(Rule::completed_pending, pending);
  check_status(0x3E, undefined);
  only(Rule::status_undefined, undefined);
}

TEST_CASE("answers that are right say nothing") {
  none(checked(exchange_of(MinorFunction::query_all_data, all_data())));
  none(checked(exchange_of(MinorFunction::query_all_data, named(u"one", u"two"))));
  none(checked(exchange_of(MinorFunction::query_single_instance, single())));
  none(checked(exchange_of(MinorFunction::enable_events, Bytes(48))));
  none(registered(reginfo({1, 2})));
  const Bytes needs_more = too_small(200);
  Exchange larger = exchange_of(MinorFunction::query_all_data, needs_more);
  none(checked(larger));
  larger.srb_status = SRB_STATUS_ERROR;
  larger.size = 0xFFFF;
  none(checked(larger));
}

TEST_CASE("an answer is no larger than its buffer") {
  const Bytes answer = single();
  Exchange exchange = exchange_of(MinorFunction::query_single_instance, answer);
  ++exchange.size;
  only(Rule::success_larger_than_buffer, checked(exchange));
}

TEST_CASE("an overrun asks for more than was offered, in both forms") {
  const Bytes answer = too_small(kTooSmallSize);
  only(Rule::overrun_not_larger, checked(exchange_of(MinorFunction::query_all_data, answer)));
  Exchange exchange = exchange_of(MinorFunction::query_all_data, answer);
  exchange.srb_status = SRB_STATUS_DATA_OVERRUN;
  only(Rule::overrun_not_larger, checked(exchange));
  exchange.size = 100;
  none(checked(exchange));
  CHECK(outcome_of(exchange) == Outcome{Outcome::Kind::overrun, 100});
}

TEST_CASE("a WNODE says what was asked, and how large it is") {
  Bytes size = single();
  put32(size, kBufferSize, 8);
  CHECK(only(Rule::wnode_size, checked(exchange_of(MinorFunction::query_single_instance, size)))
            .offset == 0);
  Bytes flags = single();
  put32(flags, kFlags, kFlagStaticInstanceNames);
  only(Rule::wnode_flags, checked(exchange_of(MinorFunction::query_single_instance, flags)));
  Bytes guid = single();
  guid[kGuid + 3] ^= 1;
  only(Rule::wnode_guid, checked(exchange_of(MinorFunction::query_single_instance, guid)));
  const Bytes little(40);
  only(Rule::wnode_size, checked(exchange_of(MinorFunction::query_single_instance, little)));
}

TEST_CASE("data lies inside of its WNODE") {
  Bytes bytes = single();
  put32(bytes, kInstanceDataOffset, 72);
  only(Rule::wnode_offset, checked(exchange_of(MinorFunction::query_single_instance, bytes)));
  bytes = all_data();
  put32(bytes, kAllFixedSize + 8, 1000);
  const auto finding =
      only(Rule::wnode_offset, checked(exchange_of(MinorFunction::query_all_data, bytes)));
  CHECK(finding.instance == 1u);
  CHECK(finding.offset == static_cast<std::int64_t>(kAllFixedSize + 8));
  bytes = all_data();
  put32(bytes, kAllInstanceCount, 0x10000000);
  only(Rule::wnode_offset, checked(exchange_of(MinorFunction::query_all_data, bytes)));
}

TEST_CASE("instances begin at multiples of eight bytes") {
  Bytes bytes = all_data();
  put32(bytes, kAllFixedSize + 8, 92);
  CHECK(only(Rule::instance_misaligned, checked(exchange_of(MinorFunction::query_all_data, bytes)))
            .instance == 1u);
}

TEST_CASE("a block has as many instances as were registered") {
  const Bytes bytes = all_data();
  Exchange exchange = exchange_of(MinorFunction::query_all_data, bytes);
  exchange.instances = 2;
  none(checked(exchange));
  exchange.instances = kDynamicInstances;
  none(checked(exchange));
  exchange.instances = 3;
  only(Rule::instance_count_differs, checked(exchange));
}

TEST_CASE("dynamic names are counted strings, and unique") {
  const auto finding =
      only(Rule::names_not_unique,
           checked(exchange_of(MinorFunction::query_all_data, named(u"same", u"same"))));
  CHECK(finding.instance == 1u);
  only(Rule::name_malformed,
       checked(exchange_of(MinorFunction::query_all_data, named(u"one", u""))));
  Bytes outside = named(u"one", u"two");
  put32(outside, 116, 0x8000);
  only(Rule::name_malformed, checked(exchange_of(MinorFunction::query_all_data, outside)));
  const Bytes right = named(u"one", u"two");
  const auto names = find_names(exchange_of(MinorFunction::query_all_data, right));
  REQUIRE(names.size() == 2);
  CHECK(names[1].name == u"two");
}

TEST_CASE("data is found where it is, and nowhere else") {
  std::vector<DataRange> ranges;
  const Bytes all = all_data();
  find_data(exchange_of(MinorFunction::query_all_data, all), ranges);
  REQUIRE(ranges.size() == 2);
  CHECK(ranges[1].offset == 96);
  CHECK(ranges[1].size == 12);
  CHECK(ranges[1].instance == 1);
  Bytes fixed = all_data();
  put32(fixed, kFlags, kFlagAllData | kFlagStaticInstanceNames | kFlagFixedInstanceSize);
  put32(fixed, kAllDataBlockOffset, 64);
  put32(fixed, kAllFixedSize, 12);
  find_data(exchange_of(MinorFunction::query_all_data, fixed), ranges);
  REQUIRE(ranges.size() == 2);
  CHECK(ranges[1].offset == 80);
  // A count of instances that no answer can have ends the search, not the program.
  put32(fixed, kAllInstanceCount, 0xFFFFFFFF);
  find_data(exchange_of(MinorFunction::query_all_data, fixed), ranges);
  CHECK(ranges.size() < 10);
  const Bytes small = too_small(200);
  find_data(exchange_of(MinorFunction::query_all_data, small), ranges);
  CHECK(ranges.empty());
}

TEST_CASE("input ends where the WNODE says, and with the buffer") {
  Bytes request(256);
  CHECK(input_size(MinorFunction::query_all_data, request) == 64);
  CHECK(input_size(MinorFunction::reginfo, request) == 0);
  CHECK(input_size(MinorFunction::enable_events, request) == 256);
  put32(request, kInstanceDataOffset, 80);
  put32(request, kInstanceDataSize, 20);
  CHECK(input_size(MinorFunction::query_single_instance, request) == 80);
  CHECK(input_size(MinorFunction::change_single_instance, request) == 100);
  put32(request, kItemDataOffset, 72);
  put32(request, kItemDataSize, 0xFFFFFFFF);
  CHECK(input_size(MinorFunction::execute_method, request) == 256);
}

TEST_CASE("a block is as large as its class, and its strings end inside their fields") {
  using wmi::test::make_class;
  using wmi::test::Prop;
  const auto cls = make_class("Example", {Prop("Name", wmi::CimType::string).max_len(3),
                                          Prop("Number", wmi::CimType::uint32)});
  const wmi::Shape shape = wmi::shape_of(*cls);
  Bytes bytes = single(12);
  Exchange exchange = exchange_of(MinorFunction::query_single_instance, bytes);
  exchange.shape = &shape;
  none(checked(exchange));
  bytes[kInstanceVariable] = 8;
  const auto finding = only(Rule::counted_string_outside, checked(exchange));
  CHECK(finding.offset == static_cast<std::int64_t>(kInstanceVariable));
  CHECK(finding.found.find("Name") != std::string::npos);
  for (const std::uint32_t size : {8u, 24u}) {
    const Bytes wrong = single(size);
    Exchange other = exchange_of(MinorFunction::query_single_instance, wrong);
    other.shape = &shape;
    only(Rule::block_size_differs, checked(other));
  }
}

TEST_CASE("registration is consistent") {
  Bytes bytes = reginfo({1, 2});
  put32(bytes, kRegBufferSize, 1000);
  only(Rule::reginfo_malformed, registered(bytes));
  bytes = reginfo({1, 2});
  put32(bytes, kRegGuidCount, 30);
  only(Rule::reginfo_malformed, registered(bytes));
  bytes = reginfo({1, 2});
  put32(bytes, kRegMofResource, 8);
  only(Rule::reginfo_malformed, registered(bytes));
  bytes = reginfo({1, 2});
  put32(bytes, kRegNext, 3);
  only(Rule::reginfo_malformed, registered(bytes));
  only(Rule::reginfo_malformed, registered(Bytes(20)));
  only(Rule::reginfo_guid_repeated, registered(reginfo({1, 2, 1})));
  only(Rule::reginfo_empty, registered(reginfo({})));
}

TEST_CASE("every registered block has one way to name its instances") {
  Bytes bytes = reginfo({1});
  put32(bytes, kRegGuids + kRegGuidFlags, 0);
  only(Rule::reginfo_names, registered(bytes));
  put32(bytes, kRegGuids + kRegGuidInstanceCount, kDynamicInstances);
  none(registered(bytes));
  put32(bytes, kRegGuids + kRegGuidFlags, WMIREG_FLAG_INSTANCE_PDO);
  only(Rule::reginfo_names, registered(bytes));
  bytes = reginfo({1});
  put32(bytes, kRegGuids + kRegGuidFlags, WMIREG_FLAG_INSTANCE_PDO | WMIREG_FLAG_INSTANCE_BASENAME);
  only(Rule::reginfo_names, registered(bytes));
  put32(bytes, kRegGuids + kRegGuidFlags, WMIREG_FLAG_INSTANCE_BASENAME);
  put32(bytes, kRegGuids + kRegGuidInstanceInfo, 4);
  only(Rule::reginfo_malformed, registered(bytes));
  put32(bytes, kRegGuids + kRegGuidInstanceInfo, static_cast<std::uint32_t>(bytes.size() - 8));
  none(registered(bytes));
}
