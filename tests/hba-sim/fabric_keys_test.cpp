#include <catch2/catch.hpp>

#include <set>

#include "fabric_support.hpp"
#include "hba-sim/fabric/negotiation.hpp"

using namespace hbalab;
using namespace hbalab::fabric;
using namespace hbalab::fabric::test;

namespace {

std::string offer(Negotiation& negotiation, std::string_view key, std::string_view value) {
  std::string answer;
  switch (negotiation.offer(key, value, &answer)) {
    case Negotiation::Outcome::answered:
      return answer;
    case Negotiation::Outcome::silent:
      return "(silent)";
    case Negotiation::Outcome::duplicate:
      return "(duplicate)";
  }
  return "?";
}

struct KeyCase {
  const char* key;
  const char* own;  // the target's value; "" for its default
  const char* offered;
  const char* answer;
  const char* in_force;
};

}  // namespace

TEST_CASE("negotiation: the result function of every key") {
  const KeyCase cases[] = {
      {"HeaderDigest", "CRC32C,None", "CRC32C,None", "CRC32C", "CRC32C"},
      {"HeaderDigest", "CRC32C,None", "None,CRC32C", "None", "None"},
      {"HeaderDigest", "None", "CRC32C,None", "None", "None"},
      {"HeaderDigest", "None", "CRC32C", "Reject", "None"},
      {"HeaderDigest", "CRC32C", "X-odd,CRC32C", "CRC32C", "CRC32C"},
      {"DataDigest", "CRC32C", "None", "Reject", "None"},
      {"DataDigest", "CRC32C,None", "", "Reject", "None"},
      {"MaxConnections", "4", "8", "4", "4"},
      {"MaxConnections", "4", "2", "2", "2"},
      {"MaxConnections", "4", "0", "Reject", "1"},
      {"MaxConnections", "4", "65536", "Reject", "1"},
      {"InitialR2T", "No", "No", "No", "No"},
      {"InitialR2T", "No", "Yes", "Yes", "Yes"},
      {"InitialR2T", "Yes", "No", "Yes", "Yes"},
      {"InitialR2T", "No", "no", "Reject", "Yes"},
      {"ImmediateData", "Yes", "Yes", "Yes", "Yes"},
      {"ImmediateData", "Yes", "No", "No", "No"},
      {"ImmediateData", "No", "Yes", "No", "No"},
      {"MaxRecvDataSegmentLength", "", "65536", "(silent)", "65536"},
      {"MaxRecvDataSegmentLength", "", "0x10000", "(silent)", "65536"},
      {"MaxRecvDataSegmentLength", "", "511", "Reject", "8192"},
      {"MaxRecvDataSegmentLength", "", "16777216", "Reject", "8192"},
      {"MaxBurstLength", "65536", "262144", "65536", "65536"},
      {"MaxBurstLength", "65536", "4096", "4096", "4096"},
      {"MaxBurstLength", "65536", "many", "Reject", "262144"},
      {"FirstBurstLength", "65536", "131072", "65536", "65536"},
      {"FirstBurstLength", "1048576", "524288", "262144",
       "262144"},  // MaxBurstLength's default bounds it
      {"DefaultTime2Wait", "5", "2", "5", "5"},
      {"DefaultTime2Wait", "0", "7", "7", "7"},
      {"DefaultTime2Wait", "0", "3601", "Reject", "2"},
      {"DefaultTime2Retain", "60", "20", "20", "20"},
      {"DefaultTime2Retain", "10", "20", "10", "10"},
      {"MaxOutstandingR2T", "16", "32", "16", "16"},
      {"MaxOutstandingR2T", "16", "0", "Reject", "1"},
      {"DataPDUInOrder", "No", "No", "No", "No"},
      {"DataPDUInOrder", "No", "Yes", "Yes", "Yes"},
      {"DataPDUInOrder", "Yes", "No", "Yes", "Yes"},
      {"DataSequenceInOrder", "No", "Yes", "Yes", "Yes"},
      {"DataSequenceInOrder", "Yes", "No", "Yes", "Yes"},
      {"ErrorRecoveryLevel", "2", "1", "1", "1"},
      {"ErrorRecoveryLevel", "0", "2", "0", "0"},
      {"ErrorRecoveryLevel", "0", "3", "Reject", "0"},
      {"iSCSIProtocolLevel", "", "2", "1", "1"},
      {"TaskReporting", "", "FastAbort,RFC3720", "RFC3720", "RFC3720"},
      {"InitiatorAlias", "", "host", "(silent)", "host"},
      {"IFMarker", "", "Yes", "No", "No"},
      {"OFMarker", "", "No", "No", "No"},
  };
  std::set<std::string_view> seen;
  for (const KeyCase& one : cases) {
    INFO(one.key << "=" << one.offered << " against " << one.own);
    std::vector<std::pair<std::string, std::string>> own;
    if (*one.own != '\0') own.emplace_back(one.key, one.own);
    Negotiation negotiation(own, false, true);
    CHECK(offer(negotiation, one.key, one.offered) == one.answer);
    CHECK(negotiation.value(one.key) == one.in_force);
    CHECK(offer(negotiation, one.key, one.offered) == "(duplicate)");
    seen.insert(one.key);
  }
  for (const KeyRule& rule : key_rules()) {
    INFO(rule.name);
    CHECK(seen.contains(rule.name));
  }
}

TEST_CASE("negotiation: reserved answers") {
  Negotiation normal({}, false, true);
  CHECK(offer(normal, "X-com.example.Key", "1") == "NotUnderstood");
  CHECK(offer(normal, "IFMarkInt", "2048") == "Irrelevant");
  CHECK(offer(normal, "TargetAlias", "x") == "Reject");
  CHECK(offer(normal, "TargetPortalGroupTag", "1") == "Reject");

  Negotiation discovery({}, true, true);
  for (const char* key :
       {"MaxConnections", "InitialR2T", "ImmediateData", "MaxBurstLength", "FirstBurstLength",
        "MaxOutstandingR2T", "DataPDUInOrder", "DataSequenceInOrder"}) {
    INFO(key);
    CHECK(offer(discovery, key, "1") == "Irrelevant");
  }
  CHECK(offer(discovery, "HeaderDigest", "None") == "None");
  CHECK(offer(discovery, "DefaultTime2Wait", "3") == "3");

  Negotiation joining({}, false, false);
  CHECK(offer(joining, "MaxBurstLength", "65536") == "Reject");
  CHECK(offer(joining, "HeaderDigest", "None") == "None");
}

TEST_CASE("negotiation: the first burst never exceeds the burst, in either order") {
  Negotiation first({}, false, true);
  CHECK(offer(first, "FirstBurstLength", "131072") == "131072");
  CHECK(offer(first, "MaxBurstLength", "65536") == "65536");
  Negotiation second({}, false, true);
  CHECK(offer(second, "MaxBurstLength", "16384") == "16384");
  CHECK(offer(second, "FirstBurstLength", "131072") == "16384");
  Negotiation implied({}, false, true);
  CHECK(offer(implied, "MaxBurstLength", "4096") == "4096");
  CHECK(implied.number("FirstBurstLength") == 4096);
}

TEST_CASE("target keys of a lab file are checked by the same rules") {
  CHECK_FALSE(check_target_key("MaxBurstLength", "65536"));
  CHECK(check_target_key("MaxBurstLength", "511").value() ==
        "is \"511\"; expected a number from 512 to 16777215");
  CHECK(check_target_key("InitialR2T", "maybe"));
  CHECK(check_target_key("HeaderDigest", "CRC32C,Md5"));
  CHECK_FALSE(check_target_key("DataDigest", "CRC32C,None"));
  CHECK(check_target_key("TargetAlias", "x"));
  for (const auto name : target_key_names()) {
    INFO(name);
    CHECK_FALSE(check_target_key(name, find_key(name)->target_value));
  }
}

TEST_CASE("login: operational answers, declarations, and operational keys in the security stage") {
  auto config = one_target();
  config.targets[0].keys = {{"MaxBurstLength", "65536"}, {"MaxRecvDataSegmentLength", "16384"}};
  Bench bench(config);
  const LinkId link = bench.connected();
  LoginRequest request = Bench::first(0, 1);
  request.keys.emplace_back("AuthMethod", "None");
  request.keys.emplace_back("MaxBurstLength", "4096");
  request.keys.emplace_back("X-odd", "1");
  auto answer = bench.send(link, std::move(request));
  CHECK(value_of(answer.keys, "MaxBurstLength") == "Reject");
  CHECK(value_of(answer.keys, "X-odd") == "NotUnderstood");
  answer = bench.send(link, Bench::next(1, 0, {{"MaxBurstLength", "131072"}, {"X-odd", "1"}}));
  CHECK_FALSE(answer.transit);
  CHECK(value_of(answer.keys, "MaxBurstLength") == "65536");
  CHECK(value_of(answer.keys, "X-odd") == "NotUnderstood");
  CHECK(value_of(answer.keys, "MaxRecvDataSegmentLength") == "16384");
  answer = bench.send(link, Bench::next(1, 3, {}));
  CHECK(answer.transit);
  CHECK(answer.keys.empty());
}
