// What the library is made of, where its functions alone do not show it.
#include <filesystem>

#include "calls.hpp"
#include "iscsidsc/arguments.hpp"
#include "iscsidsc/discovery.hpp"

using namespace hbalab;
using namespace hbalab::dsc_test;

TEST_CASE("files of the state are their owner's only") {
  namespace fs = std::filesystem;
  const auto world = World::open();
  UCHAR secret[] = "initiator-secret";
  REQUIRE(SetIScsiInitiatorCHAPSharedSecret(sizeof secret - 1, secret) == ERROR_SUCCESS);
  CHECK(fs::status(world->state_directory()).permissions() == fs::perms::owner_all);
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(world->state_directory())) {
    INFO(entry.path());
    CHECK(entry.status().permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    ++files;
  }
  CHECK(files >= 1);
}

TEST_CASE("a SendTargets answer is read as RFC 7143 writes it") {
  dsc::TargetPortal asked;
  asked.address = u"192.0.2.1";
  using namespace std::string_view_literals;
  const auto found = dsc::parse_send_targets(
      "TargetName=iqn.a:1\0TargetAddress=192.0.2.10:3261,7\0TargetAddress=[2001:db8::1]:3260,2\0"
      "TargetAddress=array.example,1\0TargetAddress=192.0.2.11:99999,1\0"
      "TargetName=iqn.b:2\0X-other=1\0TargetName=\0"sv,
      asked);
  REQUIRE(found.size() == 2);
  REQUIRE(found[0].portals.size() == 3);
  CHECK(found[0].portals[0].tag == 7);
  CHECK(found[0].portals[0].portal.canonical() == "192.0.2.10:3261");
  CHECK(found[0].portals[1].portal.address == u"2001:db8::1");
  CHECK(found[0].portals[2].portal.symbolic_name == u"array.example");
  // Without an address it is where it was asked for.
  REQUIRE(found[1].portals.size() == 1);
  CHECK(found[1].portals[0].portal.canonical() == "192.0.2.1:3260");
  CHECK(dsc::parse_send_targets("TargetAddress=192.0.2.10:3260,1", asked).empty());
  CHECK(dsc::parse_send_targets("", asked).empty());
}

TEST_CASE("each way in which a request can fail has its status") {
  using Kind = dsc::TransportError::Kind;
  const std::pair<Kind, ISDSC_STATUS> rows[] = {
      {Kind::not_mounted, ISDSC_SERVICE_NOT_RUNNING},
      {Kind::gone, ISDSC_INITIATOR_NOT_FOUND},
      {Kind::unsupported, ISDSC_REQUEST_NOT_SUPPORTED},
      {Kind::invalid, ERROR_INVALID_PARAMETER},
      {Kind::busy, ERROR_BUSY},
      {Kind::no_resources, ERROR_NO_SYSTEM_RESOURCES},
      {Kind::timed_out, ERROR_TIMEOUT},
      {Kind::interrupted, ERROR_OPERATION_ABORTED},
      {Kind::failed, ERROR_IO_DEVICE},
  };
  for (const auto& [kind, status] : rows) CHECK(dsc::status_of({kind, ""}) == status);
}

TEST_CASE("what several adapters said is summed up") {
  const auto sum = [](std::vector<std::pair<ISDSC_STATUS, bool>> answers) {
    dsc::Summary summary;
    for (const auto& [status, not_concerned] : answers) summary.add(status, not_concerned);
    return summary.status(ISDSC_NOT_FOUND);
  };
  const ISDSC_STATUS good = ISDSC_SUCCESS, warning = ISDSC_SHORT_CHAP_SECRET,
                     bad = ISDSC_TRANSPORT_ERROR, other = ISDSC_REQUEST_NOT_SUPPORTED;
  CHECK(sum({}) == ISDSC_NOT_FOUND);
  CHECK(sum({{good, false}, {good, false}}) == good);
  CHECK(sum({{good, false}, {bad, false}}) == ISDSC_OPERATION_NOT_ALL_SUCCESS);
  CHECK(sum({{bad, false}, {other, false}}) == bad);
  CHECK(sum({{other, true}, {good, false}}) == good);
  CHECK(sum({{other, true}, {bad, false}}) == bad);
  CHECK(sum({{other, true}, {other, true}}) == other);
  CHECK(sum({{good, false}, {warning, false}}) == warning);
  CHECK(sum({{warning, false}, {bad, false}}) == ISDSC_OPERATION_NOT_ALL_SUCCESS);
}

TEST_CASE("texts are cut between characters") {
  CHAR narrow[6] = {};
  dsc::write_member<Narrow>(narrow, u"abcd\u00e9");
  CHECK(std::string(narrow) == "abcd");
  dsc::write_member<Narrow>(narrow, u"abc\u00e9");
  CHECK(std::string(narrow) == "abc\xc3\xa9");
  WCHAR wide[4] = {};
  dsc::write_member<Wide>(wide, u"ab\U0001F600");
  CHECK(std::u16string(wide) == u"ab");
  dsc::write_member<Wide>(wide, u"a\U0001F600");
  CHECK(std::u16string(wide) == u"a\U0001F600");
}
