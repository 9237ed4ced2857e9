#include <catch2/catch.hpp>

#include <openssl/evp.h>

#include "fabric_support.hpp"
#include "hba-sim/fabric/chap.hpp"

using namespace hbalab;
using namespace hbalab::fabric;
using namespace hbalab::fabric::test;

namespace {

// RFC 1994's computation by another route: one buffer, the one-shot digest, fetched by name.
std::string digest_hex(const char* algorithm, std::uint8_t identifier, const std::string& secret,
                       const std::string& challenge_hex) {
  std::string message(1, static_cast<char>(identifier));
  message += secret;
  for (std::size_t i = 2; i + 1 < challenge_hex.size(); i += 2) {
    message += static_cast<char>(std::stoi(challenge_hex.substr(i, 2), nullptr, 16));
  }
  unsigned char digest[64];
  std::size_t size = sizeof digest;
  REQUIRE(EVP_Q_digest(nullptr, algorithm, nullptr, message.data(), message.size(), digest,
                       &size) == 1);
  std::string hex = "0x";
  char two[3];
  for (std::size_t i = 0; i < size; ++i) {
    std::snprintf(two, sizeof two, "%02X", digest[i]);
    hex += two;
  }
  return hex;
}

lab::LabConfig chap_target(bool mutual) {
  auto config = one_target();
  lab::ChapConfig chap{"user", "secret-of-user", "", ""};
  if (mutual) {
    chap.mutual_user = "target";
    chap.mutual_secret = "secret-of-disk";
  }
  config.targets[0].chap = chap;
  return config;
}

struct Challenge {
  std::string algorithm, challenge;
  std::uint8_t identifier = 0;
};

// The login up to the target's challenge.
Challenge challenge_of(Bench& bench, LinkId link, const char* algorithms = "5") {
  LoginRequest request = Bench::first(0, 0);
  request.keys.emplace_back("AuthMethod", "CHAP,None");
  auto answer = bench.send(link, std::move(request));
  REQUIRE(status_of(answer) == 0);
  REQUIRE(value_of(answer.keys, "AuthMethod") == "CHAP");
  REQUIRE_FALSE(answer.transit);
  answer = bench.send(link, Bench::next(0, 1, {{"CHAP_A", algorithms}}));
  REQUIRE(status_of(answer) == 0);
  REQUIRE_FALSE(answer.transit);  // asked for, but not earned yet
  return {value_of(answer.keys, "CHAP_A"), value_of(answer.keys, "CHAP_C"),
          static_cast<std::uint8_t>(std::stoi(value_of(answer.keys, "CHAP_I")))};
}

}  // namespace

TEST_CASE("CHAP: known digests") {
  const Bytes challenge = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07};
  for (const char* secret :
       {"", "initiator-key",
        "a secret that is longer than one block of the hash, which has 64 bytes"}) {
    const std::string text = "0x0001020304050607";
    const auto md5 = chap_response(ChapAlgorithm::md5, 0x2A, secret, challenge);
    CHECK(decode_binary(digest_hex("MD5", 0x2A, secret, text), 64) == md5);
    const auto sha = chap_response(ChapAlgorithm::sha256, 0x2A, secret, challenge);
    CHECK(decode_binary(digest_hex("SHA256", 0x2A, secret, text), 64) == sha);
  }
  // MD5("abc"), RFC 1321 A.5, as identifier 'a', secret "b", challenge "c".
  CHECK(encode_hex(chap_response(ChapAlgorithm::md5, 'a', "b", Bytes{'c'})) ==
        "0x900150983cd24fb0d6963f7d28e17f72");
  // SHA-256("abc"), FIPS 180-4.
  CHECK(encode_hex(chap_response(ChapAlgorithm::sha256, 'a', "b", Bytes{'c'})) ==
        "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("CHAP: binary values as text") {
  CHECK(decode_binary("0x0aFf", 16) == Bytes{0x0A, 0xFF});
  CHECK(decode_binary("0XABC", 16) == Bytes{0x0A, 0xBC});
  CHECK(decode_binary("0bAQID", 16) == Bytes{1, 2, 3});
  CHECK(decode_binary("0BAQI=", 16) == Bytes{1, 2});
  CHECK(decode_binary("0bAQ==", 16) == Bytes{1});
  for (const char* bad :
       {"", "0x", "0b", "0xZZ", "12", "0bAQI", "0bA===", "0b====", "0bA=ID", "0bAQ=D", "0b\nQID"}) {
    INFO(bad);
    CHECK_FALSE(decode_binary(bad, 16));
  }
  CHECK(decode_binary("0x" + std::string(32, '1'), 16));
  CHECK_FALSE(decode_binary("0x" + std::string(33, '1'), 16));
  CHECK_FALSE(decode_binary("0b" + std::string(1000, 'A'), 16));
}

TEST_CASE("CHAP: right answers get in, wrong ones do not") {
  struct Case {
    const char* what;
    const char* user;
    const char* secret;
    int status;
  };
  const Case cases[] = {{"right", "user", "secret-of-user", 0x0000},
                        {"wrong secret", "user", "secret-of-usex", 0x0201},
                        {"wrong name", "User", "secret-of-user", 0x0201}};
  for (const char* algorithm : {"5", "7"}) {
    for (const Case& one : cases) {
      INFO(one.what << " with algorithm " << algorithm);
      Bench bench(chap_target(false));
      const LinkId link = bench.connected();
      const Challenge came = challenge_of(bench, link, algorithm);
      REQUIRE(came.algorithm == algorithm);
      const auto response = digest_hex(*algorithm == '5' ? "MD5" : "SHA256", came.identifier,
                                       one.secret, came.challenge);
      auto answer =
          bench.send(link, Bench::next(0, 1, {{"CHAP_N", one.user}, {"CHAP_R", response}}));
      CHECK(status_of(answer) == one.status);
      CHECK(answer.transit == (one.status == 0));
      if (one.status == 0) {
        CHECK(value_of(answer.keys, "CHAP_R") == "(none)");
        CHECK(status_of(bench.send(link, Bench::next(1, 3, {}))) == 0);
        CHECK(bench.fabric->sessions(kDisk).size() == 1);
      } else {
        CHECK(bench.fabric->link_count() == 0);
        CHECK(bench.fabric->counters(kDisk).logins_refused == 1);
      }
    }
  }
}

TEST_CASE("CHAP: the first algorithm of the initiator that the target knows") {
  Bench bench(chap_target(false));
  CHECK(challenge_of(bench, bench.connected(), "6,7,5").algorithm == "7");
  CHECK(challenge_of(bench, bench.connected(), "8,5,7").algorithm == "5");
  const LinkId link = bench.connected();
  LoginRequest request = Bench::first(0, 0);
  request.keys.emplace_back("AuthMethod", "CHAP");
  REQUIRE(status_of(bench.send(link, std::move(request))) == 0);
  CHECK(status_of(bench.send(link, Bench::next(0, 0, {{"CHAP_A", "6,8"}}))) == 0x0201);
}

TEST_CASE("CHAP: a target that demands it cannot be talked out of it") {
  Bench bench(chap_target(false));
  LoginRequest request = Bench::first(0, 1);
  request.keys.emplace_back("AuthMethod", "None");
  CHECK(status_of(bench.send(bench.connected(), std::move(request))) == 0x0201);
  CHECK(status_of(bench.send(bench.connected(), Bench::first(1, 3))) == 0x0201);
  CHECK(status_of(bench.send(bench.connected(), Bench::first(0, 3))) == 0x0201);
  request = Bench::first(0, 3);
  request.keys.emplace_back("AuthMethod", "CHAP");
  const LinkId link = bench.connected();
  const auto answer = bench.send(link, std::move(request));
  CHECK(status_of(answer) == 0);
  CHECK_FALSE(answer.transit);
  // No answer to the challenge, only the wish to move on: the target stays where it is.
  CHECK_FALSE(bench.send(link, Bench::next(0, 3, {})).transit);
  CHECK(bench.fabric->sessions(kDisk).empty());
}

TEST_CASE("CHAP: illegal sequences are refused") {
  Bench bench(chap_target(true));
  // Method and algorithm at once.
  LoginRequest request = Bench::first(0, 0);
  request.keys.emplace_back("AuthMethod", "CHAP");
  request.keys.emplace_back("CHAP_A", "5");
  CHECK(status_of(bench.send(bench.connected(), std::move(request))) == 0x0200);
  // A response before any challenge.
  request = Bench::first(0, 0);
  request.keys.emplace_back("CHAP_N", "user");
  request.keys.emplace_back("CHAP_R", "0x00");
  CHECK(status_of(bench.send(bench.connected(), std::move(request))) == 0x0200);
  // The algorithm twice, a response without a name, without a digest, one that is no number.
  const std::pair<Keys, int> after[] = {
      {{{"CHAP_A", "5"}}, 0x0200},
      {{{"CHAP_R", "0x00"}}, 0x0207},
      {{{"CHAP_N", "user"}}, 0x0207},
      {{{"CHAP_N", "user"}, {"CHAP_R", "zero"}}, 0x0201},
      {{{"CHAP_N", "user"}, {"CHAP_R", "0x00"}, {"CHAP_X", "1"}}, 0x0200},
  };
  for (const auto& [keys, status] : after) {
    INFO(keys[0].first);
    const LinkId link = bench.connected();
    (void)challenge_of(bench, link);
    CHECK(status_of(bench.send(link, Bench::next(0, 1, keys))) == status);
  }
  // A target without CHAP does not take part in it.
  Bench open;
  const LinkId link = open.connected();
  request = Bench::first(0, 0);
  request.keys.emplace_back("AuthMethod", "CHAP");
  CHECK(status_of(open.send(link, std::move(request))) == 0x0201);
}

TEST_CASE("mutual CHAP: the target proves itself, and answers no challenge of its own") {
  const std::string mine = "0x00112233445566778899aabbccddeeff";
  struct Case {
    const char* what;
    bool mutual;
    bool reflect;
    const char* identifier;
    int status;
  };
  const Case cases[] = {{"answered", true, false, "200", 0},
                        {"not configured", false, false, "200", 0x0201},
                        {"own challenge sent back", true, true, "200", 0x0201},
                        {"identifier beyond a byte", true, false, "256", 0x0200},
                        {"no identifier", true, false, "", 0x0207}};
  for (const Case& one : cases) {
    INFO(one.what);
    Bench bench(chap_target(one.mutual));
    const LinkId link = bench.connected();
    const Challenge came = challenge_of(bench, link);
    Keys keys = {{"CHAP_N", "user"},
                 {"CHAP_R", digest_hex("MD5", came.identifier, "secret-of-user", came.challenge)},
                 {"CHAP_C", one.reflect ? came.challenge : mine}};
    if (*one.identifier != '\0') keys.emplace_back("CHAP_I", one.identifier);
    const auto answer = bench.send(link, Bench::next(0, 1, keys));
    CHECK(status_of(answer) == one.status);
    if (one.status != 0) continue;
    CHECK(answer.transit);
    CHECK(value_of(answer.keys, "CHAP_N") == "target");
    CHECK(decode_binary(value_of(answer.keys, "CHAP_R"), 64) ==
          decode_binary(digest_hex("MD5", 200, "secret-of-disk", mine), 64));
  }
}

TEST_CASE("CHAP: challenges differ, and follow from the seed") {
  Bench bench(chap_target(false)), twin(chap_target(false));
  const auto first = challenge_of(bench, bench.connected());
  const auto second = challenge_of(bench, bench.connected());
  CHECK(first.challenge != second.challenge);
  CHECK(challenge_of(twin, twin.connected()).challenge == first.challenge);
  auto seeded = chap_target(false);
  seeded.seed = 2;
  Bench other(seeded);
  CHECK(challenge_of(other, other.connected()).challenge != first.challenge);
}

TEST_CASE("mutual CHAP: a target can be made to answer wrongly, or not at all") {
  for (const std::string fault : {"", "wrong_response", "no_response"}) {
    INFO(fault);
    auto config = chap_target(true);
    config.targets[0].chap_fault = fault;
    Bench bench(config);
    const LinkId link = bench.connected();
    const Challenge came = challenge_of(bench, link);
    const auto proof = digest_hex("MD5", came.identifier, "secret-of-user", came.challenge);
    const std::string mine = "0x00112233445566778899aabbccddeeff";
    const auto answer = bench.send(
        link,
        Bench::next(0, 1,
                    {{"CHAP_N", "user"}, {"CHAP_R", proof}, {"CHAP_I", "9"}, {"CHAP_C", mine}}));
    CHECK(status_of(answer) == 0);
    const std::string right = digest_hex("MD5", 9, "secret-of-disk", mine);
    const std::string given = value_of(answer.keys, "CHAP_R");
    if (fault == "no_response") {
      CHECK(given == "(none)");
    } else {
      CHECK((decode_binary(given, 16) == decode_binary(right, 16)) == fault.empty());
    }
  }
}
