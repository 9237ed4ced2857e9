// Bytes that nobody has written, in one run and in two.
#include <numeric>

#include "hba-sim/port/checker/poison.hpp"
#include "tests/hba-sim/checker/fired.hpp"

using namespace hbalab::check;
using namespace hbalab::check::test;

namespace {

Bytes poisoned(std::size_t size, Poison poison = Poison::first) {
  Bytes bytes(size);
  poison_fill(poison, bytes, 0);
  return bytes;
}

constexpr DataRange kAll[] = {{64, 200, 3}};

}  // namespace

TEST_CASE("poison differs from run to run in every byte, and is none of the common values") {
  for (std::size_t at = 0; at < kPoisonPeriod; ++at) {
    const auto first = poison_byte(Poison::first, at);
    const auto second = poison_byte(Poison::second, at);
    const auto canary = poison_byte(Poison::canary, at);
    REQUIRE(first != second);
    REQUIRE(first != canary);
    REQUIRE(second != canary);
    for (const auto byte : {first, second, canary}) REQUIRE((byte != 0 && byte != 0xFF));
  }
}

TEST_CASE("poison is found again wherever it begins, over its period too") {
  for (const std::size_t place : {0u, 1u, 4095u, 5000u}) {
    Bytes bytes(3 * kPoisonPeriod + 17);
    poison_fill(Poison::canary, bytes, place);
    CHECK(poison_mismatch(Poison::canary, bytes, place) == bytes.size());
    CHECK(poison_last_mismatch(Poison::canary, bytes, place) == bytes.size());
    for (const std::size_t at : {std::size_t{0}, std::size_t{4500}, bytes.size() - 1}) {
      Bytes changed = bytes;
      changed[at] ^= 1;
      CHECK(poison_mismatch(Poison::canary, changed, place) == at);
      CHECK(poison_last_mismatch(Poison::canary, changed, place) == at);
    }
  }
}

TEST_CASE("of a large instance samples find what is larger, what repeats, and what is at its end") {
  constexpr std::size_t kSize = 300'000, kElement = 512;
  const Bytes poison = poisoned(kSize);
  const DataRange all[] = {{64, kSize - 64, 0}};
  const auto found = [&](std::size_t begin, std::size_t size, std::size_t every) {
    Bytes buffer(kSize, 0x11);
    for (std::size_t at = begin; at + size <= kSize; at += every) {
      std::copy_n(poison.begin() + static_cast<std::ptrdiff_t>(at), size,
                  buffer.begin() + static_cast<std::ptrdiff_t>(at));
    }
    Findings findings;
    check_written(buffer, all, findings);
    return !findings.empty();
  };
  for (std::size_t begin = 150'000; begin < 150'130; ++begin) {
    CAPTURE(begin);
    CHECK(found(begin, 128, kSize));
    CHECK(found(begin, 8, kElement));
  }
  CHECK(found(kSize - 8, 8, kSize));
  CHECK(found(16'000, 8, kSize));
  CHECK_FALSE(found(150'000, 3, kElement));
}

TEST_CASE("eight bytes that stay poison are found in one run, wherever they are") {
  for (const std::size_t begin : {64u, 65u, 67u, 100u, 255u, 256u}) {
    Bytes buffer(300, 0x11);
    const Bytes poison = poisoned(300);
    std::copy_n(poison.begin() + static_cast<std::ptrdiff_t>(begin), 8,
                buffer.begin() + static_cast<std::ptrdiff_t>(begin));
    Findings findings;
    check_written(buffer, kAll, findings);
    const Finding finding = only(Rule::output_not_written, findings);
    CHECK(finding.offset == static_cast<std::int64_t>(begin));
    CHECK(finding.instance == 3u);
    CHECK_FALSE(finding.dump.empty());
  }
}

TEST_CASE("written data, and poison that is no data, say nothing in one run") {
  Bytes buffer = poisoned(300);
  std::iota(buffer.begin() + 64, buffer.begin() + 264, std::uint8_t{0});
  Findings findings;
  check_written(buffer, kAll, findings);
  none(findings);
  constexpr DataRange kOutside[] = {{290, 20, 0}, {400, 8, 0}};
  check_written(buffer, kOutside, findings);
  none(findings);
}

TEST_CASE("a single byte that stays poison is found in two runs") {
  Bytes first(300, 0x11), second(300, 0x11);
  first[70] = poison_byte(Poison::first, 70);
  second[70] = poison_byte(Poison::second, 70);
  Findings findings;
  check_two_runs(first, second, kAll, findings);
  const Finding finding = only(Rule::output_not_written, findings);
  CHECK(finding.offset == 70);
  CHECK(finding.found == "1 byte as they were before, from byte 6 of the instance on");
}

TEST_CASE("bytes of the buffer that were copied into the output are found in two runs") {
  Bytes first(300, 0x11), second(300, 0x11);
  for (std::size_t i = 0; i < 12; ++i) {
    first[100 + i] = poison_byte(Poison::first, 1000 + i);
    second[100 + i] = poison_byte(Poison::second, 1000 + i);
  }
  Findings findings;
  check_two_runs(first, second, kAll, findings);
  const Finding finding = only(Rule::output_from_uninitialized, findings);
  CHECK(finding.offset == 100);
  CHECK(finding.found.find("12 bytes") != std::string::npos);
  CHECK(finding.found.find("offset 1000 modulo") != std::string::npos);
}

TEST_CASE("data that lives between two runs is no violation") {
  Bytes first(300, 0x11), second(300, 0x11);
  for (std::size_t i = 64; i < 264; ++i) {
    first[i] = static_cast<std::uint8_t>(i);
    second[i] = static_cast<std::uint8_t>(i + 1);
  }
  Findings findings;
  check_two_runs(first, second, kAll, findings);
  none(findings);
}
