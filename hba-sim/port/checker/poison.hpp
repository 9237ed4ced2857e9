// Bytes that nobody has written. They differ by their place, so that one that was moved can be told
// from one that stayed, and by the run, so that what depends on them can be told from what does
// not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "hba-sim/port/checker/violation.hpp"

namespace hbalab::check {

enum class Poison : std::uint8_t {
  first,   // of every request
  second,  // of the run that is compared with it: another byte in every place
  canary,  // around the buffer
};

inline constexpr std::size_t kPoisonPeriod = 4096;

[[nodiscard]] std::uint8_t poison_byte(Poison poison, std::size_t place);
// Fills `bytes`, the first of which is at `place`.
void poison_fill(Poison poison, std::span<std::uint8_t> bytes, std::size_t place);
// Index of the first byte that is not poison any more; bytes.size() when all are.
[[nodiscard]] std::size_t poison_mismatch(Poison poison, View bytes, std::size_t place);
[[nodiscard]] std::size_t poison_last_mismatch(Poison poison, View bytes, std::size_t place);

// Where data of an answer lies in its buffer.
struct DataRange {
  std::size_t offset = 0, size = 0;
  std::uint32_t instance = 0;
};

// One run: eight bytes of poison in a row are no accident. Of an instance above 16 KiB the middle
// is sampled, so that its holes below 128 bytes are only seen where they repeat. Rule:
// output_not_written.
void check_written(View buffer, std::span<const DataRange> data, Findings& findings);
// The same request answered twice, into buffers with the first and the second poison. What differs
// without being poison is data that lives, and no violation. Rules: output_not_written,
// output_from_uninitialized.
void check_two_runs(View first, View second, std::span<const DataRange> data, Findings& findings);

}  // namespace hbalab::check
