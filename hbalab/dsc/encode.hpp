// Arguments as JSON -> memory, as a caller of the C functions has them.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "hbalab/dsc/sources.hpp"
#include "hbalab/dsc/table.hpp"

namespace hbalab::cli::dsc {

using Json = nlohmann::ordered_json;

// What arguments point to. Cleared when it is taken, and when it goes: there are secrets in it.
class Memory {
 public:
  Memory() = default;
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  // `size` bytes; stays where it is.
  [[nodiscard]] std::uint8_t* take(std::size_t size);

 private:
  std::deque<std::vector<std::uint8_t>> blocks_;
};

[[nodiscard]] std::uint64_t load(const std::uint8_t* at, std::size_t size);
void store(std::uint8_t* at, std::size_t size, std::uint64_t value);
void store_address(std::uint8_t* at, const void* address);

// The members of a structure: an object as it is; a text, or a list, that is its shorthand.
[[nodiscard]] std::expected<Json, wmi::TextError> members(const Record& record, const Json& given);
// The elements of a list: a list as it is, an object alone; a text has commas between them.
[[nodiscard]] Json elements(const Json& given);

// Writes the members of `given` (an object, or the structure's shorthand) to `at`, which has
// record.size bytes. Members that are left out, or null, have their defaults; sizes and counts
// follow what they belong to, and have to agree with it when they are given. Members have their
// names, letters compared without case, or "NAME.name" for a named value, as answers have it.
[[nodiscard]] std::expected<void, wmi::TextError> encode(const Record& record, const Json& given,
                                                         std::uint8_t* at, Memory& memory,
                                                         Sources& sources);

}  // namespace hbalab::cli::dsc
