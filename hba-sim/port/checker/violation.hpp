// What a check found, and what is reported of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hba-sim/port/checker/rules.hpp"
#include "wmi-model/guid.hpp"

namespace hbalab::check {

using View = std::span<const std::uint8_t>;

// What a check says of the data that it was given; it does not know whose data that is.
struct Finding {
  Rule rule{};
  std::optional<std::uint32_t> instance;  // index
  std::optional<std::int64_t> offset;     // in the buffer; below 0: before its begin
  std::string expected;                   // "at most 128 bytes"
  std::string found;                      // "132 bytes"
  std::vector<std::uint8_t> dump;         // bytes around the offset
  std::int64_t dump_at = 0;               // offset of the first of them
};

// A check appends to it; without a violation it allocates nothing.
class Findings {
 public:
  Finding& add(Rule rule, std::string expected, std::string found) {
    found_.push_back({rule, {}, {}, std::move(expected), std::move(found), {}, 0});
    return found_.back();
  }
  void add(Finding finding) { found_.push_back(std::move(finding)); }
  // With the bytes of `buffer` around the offset.
  Finding& add_at(Rule rule, View buffer, std::int64_t offset, std::string expected,
                  std::string found);

  [[nodiscard]] bool empty() const { return found_.empty(); }
  [[nodiscard]] std::size_t size() const { return found_.size(); }
  [[nodiscard]] auto begin() const { return found_.begin(); }
  [[nodiscard]] auto end() const { return found_.end(); }
  // Of data that nobody is to see.
  void without_bytes() {
    for (Finding& finding : found_) finding.dump.clear();
  }
  [[nodiscard]] std::vector<Finding> take() { return std::exchange(found_, {}); }

 private:
  std::vector<Finding> found_;
};

// What was going on when the finding was made.
struct Where {
  std::string adapter;
  std::string device;      // "0:1:0"; empty: the adapter itself
  std::string class_name;  // empty where the schema has none: then the GUID names it
  wmi::Guid guid;
  std::string function;  // "EXECUTE_METHOD", or the routine: "HwFindAdapter"
  std::string method;    // name, or the id as text; empty: none
  std::optional<std::uint32_t> instance;
};

// Where code of a driver is. The module may be unloaded meanwhile.
struct CodeAddress {
  std::string module;        // path of the shared object; empty: not known
  std::uint64_t offset = 0;  // in the module, as its debug information counts
  std::string symbol;        // nearest one before it; may be empty
  auto operator<=>(const CodeAddress&) const = default;
};

struct Violation {
  Finding finding;
  Where where;
  CodeAddress code;
  std::uint64_t system_time = 0;  // 100 ns since 1601; 0: not known
  std::uint64_t number = 0;       // of the record, from 1
  std::uint64_t count = 1;        // how often it was seen
  std::string source;             // "driver.c:120 (QueryBlock)"; empty: not known
};

// One line of JSON, with its newline.
[[nodiscard]] std::string to_json_line(const Violation& violation);
// For a terminal: several lines, the last with its newline.
[[nodiscard]] std::string to_text(const Violation& violation);
// "00000040  01 02 ..  |..|" for each 16 bytes; negative offsets as -00000008.
[[nodiscard]] std::string hex_dump(View bytes, std::int64_t at);

// "3 bytes", "1 byte".
[[nodiscard]] std::string bytes_text(std::uint64_t count);
[[nodiscard]] std::string hex_text(std::uint64_t value, unsigned digits = 2);  // "0x1F"

}  // namespace hbalab::check
