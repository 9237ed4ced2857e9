#include <catch2/catch.hpp>

#include "hba-sim/adapter/chap.hpp"
#include "hba-sim/adapter/hba_discovered.hpp"
#include "hba-sim/adapter/hba_ids.hpp"
#include "hba-sim/adapter/login_keys.hpp"
#include "hba-sim/adapter/mapping.hpp"
#include "tests/hba-sim/hba_fixture.hpp"

using namespace hbalab;
using namespace hbalab::adapter;
using fabric::Keys;

namespace {

Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

}  // namespace

TEST_CASE("Every login status of RFC 7143 has its qualifier") {
  const std::vector<std::tuple<int, int, std::uint32_t>> expected = {
      {0x00, 0x00, 0},          {0x01, 0x01, 0xEFFF0006}, {0x01, 0x02, 0xEFFF0007},
      {0x02, 0x00, 0xEFFF0008}, {0x02, 0x01, 0xEFFF0009}, {0x02, 0x02, 0xEFFF000A},
      {0x02, 0x03, 0xEFFF000B}, {0x02, 0x04, 0xEFFF000C}, {0x02, 0x05, 0xEFFF000D},
      {0x02, 0x06, 0xEFFF000E}, {0x02, 0x07, 0xEFFF000F}, {0x02, 0x08, 0xEFFF0010},
      {0x02, 0x09, 0xEFFF0011}, {0x02, 0x0A, 0xEFFF001C}, {0x02, 0x0B, 0xEFFF0008},
      {0x03, 0x00, 0xEFFF0012}, {0x03, 0x01, 0xEFFF0013}, {0x03, 0x02, 0xEFFF0038}};
  for (const auto& [status_class, detail, status] : expected) {
    INFO(status_class << "/" << detail);
    CHECK(login_status(static_cast<std::uint8_t>(status_class),
                       static_cast<std::uint8_t>(detail)) == status);
  }
  CHECK(login_status_table().size() == expected.size());
  CHECK(login_status(2, 0x77) == iscsi::ISDSC_INITIATOR_ERROR);
  CHECK(login_status(3, 0x77) == iscsi::ISDSC_TARGET_ERROR);
  CHECK(login_status(9, 1) == iscsi::ISDSC_LOGIN_FAILED);
}

TEST_CASE("Connection results and troubles have their qualifiers") {
  using fabric::ConnectResult;
  CHECK(connect_status(ConnectResult::connected) == 0);
  CHECK(connect_status(ConnectResult::refused) == 0xEFFF0003);
  CHECK(connect_status(ConnectResult::unreachable) == 0xEFFF0003);
  CHECK(connect_status(ConnectResult::link_down) == 0xEFFF0003);
  CHECK(connect_status(ConnectResult::name_unresolved) == 0xEFFF005F);
  CHECK(connect_status_table().size() == 5);
  const std::vector<std::pair<LoginTrouble, std::uint32_t>> troubles = {
      {LoginTrouble::connect_timeout, 0xEFFF0003}, {LoginTrouble::login_timeout, 0xEFFF0002},
      {LoginTrouble::dropped, 0xEFFF0022},         {LoginTrouble::link_lost, 0xEFFF0023},
      {LoginTrouble::no_link, 0xEFFF0003},         {LoginTrouble::protocol, 0xEFFF0002},
      {LoginTrouble::too_many_rounds, 0xEFFF0002}, {LoginTrouble::auth_not_offered, 0xEFFF0009},
      {LoginTrouble::auth_not_proven, 0xEFFF0009}, {LoginTrouble::auth_reflected, 0xEFFF0009},
      {LoginTrouble::digest_failed, 0xEFFF0008}};
  for (const auto& [trouble, status] : troubles) CHECK(trouble_status(trouble) == status);
  CHECK(login_trouble_table().size() == troubles.size());
}

TEST_CASE("CHAP digests agree with another implementation") {
  // Python: hashlib.md5(bytes([42]) + b"initiator-secret" + bytes(range(1, 17)))
  Bytes challenge(16);
  for (std::size_t i = 0; i < 16; ++i) challenge[i] = static_cast<std::uint8_t>(i + 1);
  const auto digest = chap_md5(42, bytes("initiator-secret"), challenge);
  REQUIRE(digest);
  CHECK(encode_hex(*digest) == "0x28bde1480fef76209accb9100e066b29");
}

TEST_CASE("Binary values in both text forms") {
  CHECK(decode_binary("0x0aFF") == Bytes{0x0A, 0xFF});
  CHECK(decode_binary("0XaFF") == Bytes{0x0A, 0xFF});
  CHECK(decode_binary("0bCv8=") == Bytes{0x0A, 0xFF});
  CHECK(decode_binary("0bAQID") == Bytes{1, 2, 3});
  for (const auto* bad : {"", "0", "0x", "0b", "1x00", "0xg0", "0bA", "0bA===", "0b=AAA", "abc"}) {
    INFO(bad);
    CHECK_FALSE(decode_binary(bad));
  }
}

TEST_CASE("A CHAP exchange proves both sides") {
  ChallengeBook book(1);
  ChapCredentials us{ChapCredentials::Kind::mutual, bytes("user"), bytes("secret-of-ours"),
                     bytes("secret-of-theirs")};
  const Keys challenge{{"CHAP_A", "5"}, {"CHAP_I", "7"}, {"CHAP_C", "0x00112233"}};
  std::string ours;
  {
    ChapExchange exchange(us, book);
    const auto answer = exchange.answer(challenge);
    REQUIRE(answer);
    CHECK(find_key(*answer, "CHAP_N") == "user");
    CHECK(find_key(*answer, "CHAP_R") ==
          encode_hex(*chap_md5(7, bytes("secret-of-ours"), Bytes{0x00, 0x11, 0x22, 0x33})));
    ours = *find_key(*answer, "CHAP_C");
    const auto id = static_cast<std::uint8_t>(std::stoi(std::string(*find_key(*answer, "CHAP_I"))));
    const auto proof = [&](std::string_view secret) {
      return Keys{{"CHAP_N", "target"},
                  {"CHAP_R", encode_hex(*chap_md5(id, bytes(secret), *decode_binary(ours)))}};
    };
    CHECK(exchange.verify(proof("secret-of-theirs")));
    CHECK(exchange.verify(proof("wrong")).error() == LoginTrouble::auth_not_proven);
    CHECK(exchange.verify({{"CHAP_N", "target"}}).error() == LoginTrouble::auth_not_proven);
    CHECK(exchange.verify({{"CHAP_N", "t"}, {"CHAP_R", "0x00"}}).error() ==
          LoginTrouble::auth_not_proven);
    // While it is open, our challenge does not pass as somebody else's.
    ChapExchange other(us, book);
    CHECK(other.answer({{"CHAP_A", "5"}, {"CHAP_I", "1"}, {"CHAP_C", ours}}).error() ==
          LoginTrouble::auth_reflected);
  }
  CHECK_FALSE(book.ours(*decode_binary(ours)));
}

TEST_CASE("A CHAP challenge that makes no sense is refused") {
  ChallengeBook book(1);
  const ChapCredentials us{ChapCredentials::Kind::chap, bytes("user"), bytes("secret"), {}};
  ChapExchange exchange(us, book);
  const auto refused = [&](const Keys& keys) { return exchange.answer(keys).error(); };
  CHECK(refused({}) == LoginTrouble::protocol);
  CHECK(refused({{"CHAP_A", "7"}, {"CHAP_I", "1"}, {"CHAP_C", "0x00"}}) ==
        LoginTrouble::auth_not_offered);
  CHECK(refused({{"CHAP_A", "5"}, {"CHAP_I", "256"}, {"CHAP_C", "0x00"}}) ==
        LoginTrouble::protocol);
  CHECK(refused({{"CHAP_A", "5"}, {"CHAP_I", "x"}, {"CHAP_C", "0x00"}}) == LoginTrouble::protocol);
  CHECK(refused({{"CHAP_A", "5"}, {"CHAP_I", "1"}, {"CHAP_C", "00"}}) == LoginTrouble::protocol);
  const auto huge = "0x" + std::string(2050, 'a');
  CHECK(refused({{"CHAP_A", "5"}, {"CHAP_I", "1"}, {"CHAP_C", huge}}) == LoginTrouble::protocol);
  const auto answer = exchange.answer({{"CHAP_A", "5"}, {"CHAP_I", "0xff"}, {"CHAP_C", "0x00"}});
  REQUIRE(answer);
  CHECK_FALSE(find_key(*answer, "CHAP_C"));  // one-way: no challenge of ours
}

TEST_CASE("Login options become offers") {
  LoginOptions options;
  const auto offer_of = [&] { return OperationalOffer::from_options(options, false, {}); };
  auto keys = offer_of()->keys();
  CHECK(find_key(keys, "HeaderDigest") == "None,CRC32C");
  CHECK(find_key(keys, "MaxConnections") == "1");
  CHECK(find_key(keys, "DefaultTime2Wait") == "2");
  CHECK(find_key(keys, "DefaultTime2Retain") == "20");
  options = {.information_specified = 0x1F,
             .header_digest = 1,
             .data_digest = 0,
             .maximum_connections = 4,
             .default_time2wait = 0,
             .default_time2retain = 3600,
             .login_flags = 0,
             .auth_type = 0};
  keys = offer_of()->keys();
  CHECK(find_key(keys, "HeaderDigest") == "CRC32C,None");
  CHECK(find_key(keys, "DataDigest") == "None");
  CHECK(find_key(keys, "MaxConnections") == "4");
  CHECK(find_key(keys, "DefaultTime2Wait") == "0");
  CHECK(find_key(keys, "DefaultTime2Retain") == "3600");
  options.maximum_connections = 0;
  CHECK(offer_of()->max_connections == 65535);
  for (auto* member : {&options.header_digest, &options.data_digest, &options.maximum_connections,
                       &options.default_time2wait, &options.default_time2retain}) {
    const auto saved = std::exchange(*member, 70000);
    CHECK(offer_of().error() == iscsi::ISDSC_LOGIN_USER_INFO_BAD);
    *member = saved;
  }
  options.information_specified = 0;
  options.header_digest = 77;  // not specified: not looked at
  CHECK(offer_of());
  const auto discovery = OperationalOffer::from_options(options, true, {})->keys();
  CHECK_FALSE(find_key(discovery, "MaxBurstLength"));
}

TEST_CASE("Results of a negotiation are judged") {
  const auto judge = [](Keys keys) {
    Negotiation negotiation(*OperationalOffer::from_options({}, false, {}));
    const auto answers = negotiation.take(keys);
    return answers ? std::optional(negotiation.result()) : std::nullopt;
  };
  CHECK(judge({{"HeaderDigest", "CRC32C"}})->header_digest);
  CHECK(judge({{"InitialR2T", "Yes"}})->initial_r2t);
  CHECK_FALSE(judge({{"InitialR2T", "No"}})->initial_r2t);
  CHECK(judge({{"MaxBurstLength", "65536"}})->max_burst_length == 65536);
  CHECK(judge({{"DefaultTime2Wait", "5"}})->time2wait == 5);
  CHECK(judge({{"DefaultTime2Retain", "0"}})->time2retain == 0);
  CHECK(judge({{"MaxRecvDataSegmentLength", "0x10000"}})->target_max_recv == 65536);
  CHECK(judge({{"MaxConnections", "Reject"}})->max_connections == 1);
  for (const Keys& bad : std::vector<Keys>{{{"HeaderDigest", "MD5"}},
                                           {{"MaxBurstLength", "262145"}},
                                           {{"MaxBurstLength", "511"}},
                                           {{"MaxBurstLength", "many"}},
                                           {{"MaxConnections", "2"}},
                                           {{"DefaultTime2Wait", "1"}},
                                           {{"DefaultTime2Retain", "21"}},
                                           {{"ErrorRecoveryLevel", "1"}},
                                           {{"InitialR2T", "Perhaps"}},
                                           {{"DataPDUInOrder", "No"}},
                                           {{"MaxBurstLength", "512"}, {"MaxBurstLength", "512"}},
                                           {{"MaxRecvDataSegmentLength", "1"}}}) {
    INFO(bad[0].first << "=" << bad[0].second);
    CHECK_FALSE(judge(bad));
  }
  Negotiation negotiation(*OperationalOffer::from_options({}, false, {}));
  const auto answers = negotiation.take({{"X-com.example.new", "1"}});
  REQUIRE(answers);
  CHECK(*answers == Keys{{"X-com.example.new", "NotUnderstood"}});
}

TEST_CASE("Places on the bus") {
  OsTargetMap map(300);  // two buses
  const auto place = [](std::uint32_t bus, std::uint32_t target) {
    TargetMapping mapping;
    mapping.os_bus = bus;
    mapping.os_target = target;
    mapping.target_name = u"iqn.2001-04.com.example:a";
    return mapping;
  };
  const TargetMapping none;
  const auto first = map.reserve(none, "a");
  REQUIRE(first);
  CHECK(first->bus == 0);
  CHECK(first->target == 0);
  CHECK(map.reserve(place(0, 0), "a").error() == iscsi::ISDSC_TARGET_MAPPING_EXISTS);
  CHECK(map.reserve(place(0, 0), "b").error() == iscsi::ISDSC_TARGET_MAPPING_UNAVAILABLE);
  CHECK(map.reserve(place(2, 0), "b").error() == iscsi::ISDSC_TARGET_MAPPING_OUT_OF_RANGE);
  CHECK(map.reserve(place(0, 255), "b").error() == iscsi::ISDSC_TARGET_MAPPING_OUT_OF_RANGE);
  const auto second = map.reserve(place(1, OsTargetMap::kAny), "b");
  REQUIRE(second);
  CHECK(second->bus == 1);
  const auto third = map.reserve(place(OsTargetMap::kAny, 0), "c");
  CHECK(third.error() == iscsi::ISDSC_TARGET_MAPPING_UNAVAILABLE);  // both are taken
  map.release(*first);
  CHECK(map.reserve(place(OsTargetMap::kAny, 0), "c")->bus == 0);
  map.bind(*second, SessionId{9});
  CHECK(map.session(*second) == SessionId{9});
  for (int i = 0; i < 508; ++i) REQUIRE(map.reserve(none, "d"));
  CHECK(map.reserve(none, "d").error() == iscsi::ISDSC_TARGET_MAPPING_UNAVAILABLE);
  CHECK(OsTargetMap(100'000).buses() == 255);  // no more can be addressed
}

TEST_CASE("What a target mapping may say") {
  const IscsiName target(u"iqn.2001-04.com.example:a");
  TargetMapping mapping;
  CHECK_FALSE(asks_for_place(mapping));
  CHECK(check_mapping(mapping, target) == iscsi::ISDSC_SUCCESS);
  mapping.target_name = u"IQN.2001-04.com.example:A";
  CHECK(asks_for_place(mapping));
  CHECK(check_mapping(mapping, target) == iscsi::ISDSC_SUCCESS);
  mapping.luns = {{.target_lun = 0, .os_lun = 5}, {.target_lun = 1, .os_lun = 255}};
  CHECK(check_mapping(mapping, target) == iscsi::ISDSC_SUCCESS);
  mapping.luns[1].os_lun = 5;
  CHECK(check_mapping(mapping, target) == iscsi::ISDSC_INVALID_TARGET_MAPPING);
  mapping.luns[1] = {.target_lun = 0, .os_lun = 6};
  CHECK(check_mapping(mapping, target) == iscsi::ISDSC_INVALID_TARGET_MAPPING);
  mapping.luns[1] = {.target_lun = 1, .os_lun = 256};
  CHECK(check_mapping(mapping, target) == iscsi::ISDSC_TARGET_MAPPING_OUT_OF_RANGE);
  mapping.luns.clear();
  mapping.target_name = u"iqn.2001-04.com.example:b";
  CHECK(check_mapping(mapping, target) == iscsi::ISDSC_INVALID_TARGET_MAPPING);
}

TEST_CASE("OS LUNs are given out, kept and given back") {
  TargetMapping mapping;
  mapping.luns = {{.target_lun = 7, .os_lun = 0}};
  LunAssignment luns(mapping);
  auto list = luns.update({5, 7, 5});
  REQUIRE(list.size() == 2);
  CHECK(list[0].target_lun == 7);
  CHECK(list[0].os_lun == 0);
  CHECK(list[1].target_lun == 5);
  CHECK(list[1].os_lun == 1);
  list = luns.update({9});  // 5 is gone, but its number is kept
  CHECK(list[0].os_lun == 2);
  list = luns.update({5, 9});
  CHECK(list[0].target_lun == 5);
  std::vector<std::uint64_t> many;
  for (std::uint64_t i = 100; i < 500; ++i) many.push_back(i);
  list = luns.update(many);
  CHECK(list.size() == 255);  // number 0 stays with LUN 7
  CHECK(list.front().os_lun == 1);
  CHECK(list.back().os_lun == 255);
}

TEST_CASE("REPORT LUNS data of any length") {
  Bytes data(8 + 8 * 4, 0);
  data[3] = 32;
  data[9] = 3;      // peripheral, LUN 3
  data[16] = 0x41;  // flat, LUN 300
  data[17] = 44;
  data[24] = 0xC1;                // well-known
  data[32] = 0x00, data[34] = 1;  // second level
  CHECK(parse_report_luns(data) ==
        std::vector<std::uint64_t>{3, 300, 0xC100000000000000, 0x0000010000000000});
  data[0] = 0xFF;  // more than there is
  CHECK(parse_report_luns(data).size() == 4);
  CHECK(parse_report_luns(std::span(data).first(23)).size() == 1);
  CHECK(parse_report_luns(std::span(data).first(7)).empty());
  CHECK(report_luns_cdb(0x01020304)[6] == 1);
  CHECK(report_luns_cdb(0x01020304)[9] == 4);
}

TEST_CASE("Ids are kernel-like, never zero and never again") {
  auto flash = std::make_shared<test::Flash>();
  test::MemoryNvram nvram(flash, [](auto action) { action(); });
  std::set<std::uint64_t> seen;
  for (int life = 0; life < 3; ++life) {
    IdAllocator ids(nvram, 42);
    for (std::uint32_t i = 0; i < IdAllocator::kBlock + 10; i += 2) {
      REQUIRE(ids.prepare(2));
      for (int k = 0; k < 2; ++k) {
        const auto id = ids.next();
        REQUIRE(id >> 48 == 0xFFFF);
        REQUIRE(seen.insert(id).second);
      }
    }
  }
  CHECK(flash->reservations == 6);
  flash->broken = true;
  IdAllocator ids(nvram, 42);
  CHECK_FALSE(ids.prepare(1));
}

TEST_CASE("An adapter whose NVRAM cannot be read does not start as if that were new") {
  test::Rig rig;
  rig.power_off();
  const test::Flash before = *rig.flash;
  HbaOptions options;
  options.config = rig.config;
  auto& login = options.config.persistent_logins.emplace_back();
  login.target = "iqn.2026-01.org.example:a";
  login.portal = "192.0.2.10";
  options.config.nvram.security_cache_damaged = true;
  options.fabric = rig.fabric;
  options.clock = rig.clock;
  options.enter = [](auto action) { action(); };
  std::size_t readable = 0;
  const auto start = [&] {
    rig.flash->readable = readable;
    return HbaCore::create(options, std::make_unique<test::MemoryNvram>(rig.flash, options.enter));
  };
  for (auto made = start(); !made; made = start()) {
    CHECK(made.error() == "unreadable");
    CHECK(rig.flash->settings == before.settings);
    CHECK(rig.flash->logins == before.logins);
    ++readable;
  }
  CHECK(readable > 2);
  CHECK(rig.flash->settings == before.settings);
  CHECK(rig.flash->logins == before.logins);
}

TEST_CASE("Discovered targets: changes are seen, junk is not") {
  DiscoveredTargets targets;
  const auto source = *Portal::from_text("192.0.2.10");
  const IscsiName a(u"iqn.2001-04.com.example:a");
  const Keys one{{"TargetName", "iqn.2001-04.com.example:A"},
                 {"TargetAddress", "[2001:db8::1]:3261,2"}};
  CHECK(targets.update(source, one, true));
  CHECK_FALSE(targets.update(source, one, true));
  CHECK(targets.first_portal(a)->canonical() == "[2001:db8::1]:3261");
  Keys two = one;
  two.emplace_back("TargetName", "iqn.2001-04.com.example:b");
  CHECK(targets.update(source, two, true));
  CHECK(targets.first_portal(IscsiName(u"iqn.2001-04.com.example:b"))->canonical() ==
        source.canonical());
  CHECK_FALSE(targets.update(source, one, false));  // partial: removes nothing
  CHECK_FALSE(
      targets.update(source, {{"TargetName", "junk"}, {"TargetAddress", "1.2.3.4"}}, false));
  CHECK(targets.update(source, {}, true));
  CHECK_FALSE(targets.first_portal(a));
}

TEST_CASE("Discovered targets: sources are merged by target, group and portal") {
  DiscoveredTargets targets;
  const auto first = *Portal::from_text("192.0.2.10"), second = *Portal::from_text("192.0.2.11");
  const std::string a = "iqn.2001-04.com.example:a";
  const Keys one{{"TargetName", "iqn.2001-04.com.example:A"},
                 {"TargetAddress", "192.0.2.20:3260,7"},
                 {"TargetAddress", "array.example:3260,2"},
                 {"TargetAddress", "192.0.2.30,70000"}};
  CHECK(targets.update(first, one, true));
  const Keys two{{"TargetName", a},
                 {"TargetAddress", "192.0.2.20,7"},
                 {"TargetAddress", "192.0.2.21,7"},
                 {"TargetName", "iqn.2001-04.com.example:b"}};
  CHECK(targets.update(second, two, true));
  targets.set_alias(a, u"first");
  const auto all = targets.all();
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == u"iqn.2001-04.com.example:A");
  CHECK(all[0].alias == u"first");
  REQUIRE(all[0].groups.size() == 2);
  REQUIRE(all[0].groups.at(2).size() == 1);
  CHECK(all[0].groups.at(2)[0].symbolic_name == u"array.example");
  REQUIRE(all[0].groups.at(7).size() == 2);
  CHECK(all[0].groups.at(7)[1].portal.canonical() == "192.0.2.21:3260");
  CHECK(all[1].groups.at(0)[0].portal.canonical() == second.canonical());
  // Another tag is another set.
  Keys moved = two;
  moved[2].second = "192.0.2.21,8";
  CHECK(targets.update(second, moved, true));
  CHECK(targets.group_portals(a, 8).size() == 1);
  CHECK(targets.group_portals(a, 9).empty());
  targets.clear();
  CHECK(targets.all().empty());
}
