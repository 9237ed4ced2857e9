#include "hba-sim/port/checker/poison.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace hbalab::check {
namespace {

constexpr std::size_t kRun = 8;    // bytes of poison that are no accident in one run
constexpr std::size_t kPiece = 4;  // bytes that both runs must have moved alike

// Twice the period, so that any place is followed by a whole one.
using Table = std::array<std::uint8_t, 2 * kPoisonPeriod>;

constexpr std::uint8_t kSecond = 0x5A, kCanary = 0xC3;

constexpr bool usable(std::uint8_t byte) {
  // Values that drivers like to write, and those that become them in the other runs.
  for (const std::uint8_t flip : {std::uint8_t{0}, kSecond, kCanary}) {
    const auto flipped = static_cast<std::uint8_t>(byte ^ flip);
    if (flipped == 0 || flipped == 0xFF) return false;
  }
  return true;
}

constexpr std::array<Table, 3> make_tables() {
  std::array<Table, 3> tables{};
  std::uint64_t state = 0x9E3779B97F4A7C15ULL;
  for (std::size_t i = 0; i < kPoisonPeriod;) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    const auto byte = static_cast<std::uint8_t>(state >> 32);
    if (!usable(byte)) continue;
    for (const std::size_t at : {i, i + kPoisonPeriod}) {
      tables[0][at] = byte;
      tables[1][at] = static_cast<std::uint8_t>(byte ^ kSecond);
      tables[2][at] = static_cast<std::uint8_t>(byte ^ kCanary);
    }
    ++i;
  }
  return tables;
}
const std::array<Table, 3> kTables = make_tables();

const Table& table_of(Poison poison) { return kTables[static_cast<std::size_t>(poison)]; }

void report_unwritten(View buffer, const DataRange& range, std::size_t begin, std::size_t end,
                      Findings& findings) {
  Finding& finding =
      findings.add_at(Rule::output_not_written, buffer, static_cast<std::int64_t>(begin),
                      "every byte of the instance's " + bytes_text(range.size) + " written",
                      bytes_text(end - begin) + " as they were before, from byte " +
                          std::to_string(begin - range.offset) + " of the instance on");
  finding.instance = range.instance;
}

// The place in the table that both pieces have come from, or kPoisonPeriod.
std::size_t moved_from(View first, View second) {
  const Table& table = table_of(Poison::first);
  const Table& other = table_of(Poison::second);
  const auto* const end = table.data() + kPoisonPeriod + kPiece - 1;
  for (const auto* at = table.data();;) {
    at = std::search(at, end, first.begin(), first.end());
    if (at == end) return kPoisonPeriod;
    const auto place = static_cast<std::size_t>(at - table.data());
    if (std::equal(second.begin(), second.end(), other.data() + place)) return place;
    ++at;
  }
}

class TwoRuns {
 public:
  TwoRuns(View first, View second, Findings& findings)
      : first_(first), second_(second), findings_(findings) {}

  void check(const DataRange& range) {
    const std::size_t end = range.offset + range.size;
    for (std::size_t at = range.offset; at < end;) {
      if (first_[at] == second_[at]) {
        ++at;
      } else if (unwritten(at)) {
        const std::size_t begin = at;
        while (at < end && unwritten(at)) ++at;
        report_unwritten(first_, range, begin, at, findings_);
      } else {
        at = moved(range, at, end);
      }
    }
  }

 private:
  [[nodiscard]] bool unwritten(std::size_t at) const {
    return first_[at] == poison_byte(Poison::first, at) &&
           second_[at] == poison_byte(Poison::second, at);
  }
  // Looks at the bytes from `at` on that differ; returns where to go on.
  std::size_t moved(const DataRange& range, std::size_t at, std::size_t end) {
    std::size_t stop = at;
    while (stop < end && first_[stop] != second_[stop] && !unwritten(stop)) ++stop;
    if (stop - at < kPiece) return stop;
    const std::size_t from = moved_from(first_.subspan(at, kPiece), second_.subspan(at, kPiece));
    if (from == kPoisonPeriod) return stop;
    Finding& finding =
        findings_.add_at(Rule::output_from_uninitialized, first_, static_cast<std::int64_t>(at),
                         "output that does not depend on what nobody has written",
                         bytes_text(stop - at) + " that were in the buffer before, at offset " +
                             std::to_string(from) + " modulo " + std::to_string(kPoisonPeriod));
    finding.instance = range.instance;
    return stop;
  }

  View first_, second_;
  Findings& findings_;
};

// Sixteen bytes as the four pieces of which a run of kRun bytes of poison fills one at least.
using Pieces = std::uint32_t __attribute__((vector_size(16)));
constexpr std::size_t kBlock = 4 * sizeof(Pieces);  // looked at between two branches

Pieces same_pieces(const std::uint8_t* found, const std::uint8_t* poison) {
  Pieces a, b;
  std::memcpy(&a, found, sizeof a);
  std::memcpy(&b, poison, sizeof b);
  return Pieces(a == b);
}

// Whether kPiece bytes in a row, a multiple of kPiece from the first one, are poison.
bool has_poison(View bytes, std::size_t place) {
  const Table& table = table_of(Poison::first);
  while (bytes.size() >= sizeof(Pieces)) {
    const std::uint8_t* const poison = table.data() + place % kPoisonPeriod;
    const std::size_t size =
        std::min(bytes.size(), kPoisonPeriod) / sizeof(Pieces) * sizeof(Pieces);
    std::size_t at = 0;
    Pieces any{};
    for (; at + kBlock <= size; at += kBlock) {
      for (std::size_t i = 0; i < kBlock; i += sizeof any) {
        any |= same_pieces(bytes.data() + at + i, poison + at + i);
      }
    }
    for (; at < size; at += sizeof any) any |= same_pieces(bytes.data() + at, poison + at);
    if ((any[0] | any[1] | any[2] | any[3]) != 0) return true;
    bytes = bytes.subspan(size);
    place += size;
  }
  for (std::size_t at = 0; at + kPiece <= bytes.size(); at += kPiece) {
    const auto* const poison = table.data() + (place + at) % kPoisonPeriod;
    if (std::memcmp(bytes.data() + at, poison, kPiece) == 0) return true;
  }
  return false;
}

// Between the first kWhole bytes and the last kEnd one piece in kStride is looked at: a hole of a
// little more is always seen, and a smaller one in the elements of an array within kStride of them,
// because their size is no multiple of a stride that is prime.
constexpr std::size_t kWhole = std::size_t{16} << 10, kEnd = std::size_t{4} << 10;
constexpr std::size_t kStride = 31;

// Whether there may be a run of poison. Nearly every answer ends here.
bool suspicious(View bytes, std::size_t place) {
  const std::size_t whole = std::min(bytes.size(), kWhole);
  if (has_poison(bytes.first(whole), place)) return true;
  if (whole == bytes.size()) return false;
  if (has_poison(bytes.last(kEnd), place + bytes.size() - kEnd)) return true;
  const Table& table = table_of(Poison::first);
  for (std::size_t at = whole; at + kPiece <= bytes.size(); at += kStride * kPiece) {
    const auto* const poison = table.data() + (place + at) % kPoisonPeriod;
    if (std::memcmp(bytes.data() + at, poison, kPiece) == 0) return true;
  }
  return false;
}

bool inside(const DataRange& range, View buffer) {
  return range.offset <= buffer.size() && range.size <= buffer.size() - range.offset;
}

}  // namespace

std::uint8_t poison_byte(Poison poison, std::size_t place) {
  return table_of(poison)[place % kPoisonPeriod];
}

void poison_fill(Poison poison, std::span<std::uint8_t> bytes, std::size_t place) {
  const Table& table = table_of(poison);
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = std::min(bytes.size() - at, kPoisonPeriod);
    std::memcpy(bytes.data() + at, table.data() + (place + at) % kPoisonPeriod, size);
    at += size;
  }
}

std::size_t poison_mismatch(Poison poison, View bytes, std::size_t place) {
  const Table& table = table_of(poison);
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = std::min(bytes.size() - at, kPoisonPeriod);
    const auto* const expected = table.data() + (place + at) % kPoisonPeriod;
    if (std::memcmp(bytes.data() + at, expected, size) != 0) {
      const View part = bytes.subspan(at, size);
      return at + static_cast<std::size_t>(std::mismatch(part.begin(), part.end(), expected).first -
                                           part.begin());
    }
    at += size;
  }
  return bytes.size();
}

std::size_t poison_last_mismatch(Poison poison, View bytes, std::size_t place) {
  for (std::size_t at = bytes.size(); at-- > 0;) {
    if (bytes[at] != poison_byte(poison, place + at)) return at;
  }
  return bytes.size();
}

void check_written(View buffer, std::span<const DataRange> data, Findings& findings) {
  for (const DataRange& range : data) {
    if (!inside(range, buffer) || range.size < kRun) continue;
    if (!suspicious(buffer.subspan(range.offset, range.size), range.offset)) continue;
    const std::size_t end = range.offset + range.size;
    std::size_t same = 0;
    for (std::size_t at = range.offset; at <= end; ++at) {
      if (at < end && buffer[at] == poison_byte(Poison::first, at)) {
        ++same;
        continue;
      }
      if (same >= kRun) report_unwritten(buffer, range, at - same, at, findings);
      same = 0;
    }
  }
}

void check_two_runs(View first, View second, std::span<const DataRange> data, Findings& findings) {
  TwoRuns runs(first, second, findings);
  for (const DataRange& range : data) {
    if (inside(range, first) && inside(range, second)) runs.check(range);
  }
}

}  // namespace hbalab::check
