// One WMI request and its answer as plain data, and the checks that need nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hba-sim/port/checker/poison.hpp"
#include "hba-sim/port/checker/violation.hpp"
#include "wmi-model/codec.hpp"
#include "wmi-model/guid.hpp"
#include "wmi-model/provider.hpp"

namespace hbalab::check {

struct Exchange {
  wmi::MinorFunction minor{};
  wmi::Guid guid;
  View answer;  // the whole buffer, after the driver was done
  std::uint8_t srb_status = 0;
  std::uint32_t size = 0;  // DataTransferLength, after
  // How many instances were registered; 0xFFFFFFFF: dynamic names. Nothing: not known.
  std::optional<std::uint32_t> instances;
  // Of the data in the answer; null: it is not decoded. To decode costs as much as the rest of the
  // checks of a request a hundred times over: not for every one.
  const wmi::Shape* shape = nullptr;
};

// What an answer says, whichever way it says so: an SRB status, or a WNODE_TOO_SMALL.
struct Outcome {
  enum class Kind : std::uint8_t { success, overrun, failed } kind = Kind::failed;
  std::uint32_t size = 0;  // of the answer; overrun: that is asked for
  bool operator==(const Outcome&) const = default;
};
[[nodiscard]] Outcome outcome_of(const Exchange& exchange);

// Requests that a driver answers without changing anything: those may be sent again.
[[nodiscard]] bool read_only(wmi::MinorFunction minor);

// How many bytes of a request the driver may take for input; the rest of the buffer is poison. What
// the WNODE says is not believed beyond the buffer.
[[nodiscard]] std::size_t input_size(wmi::MinorFunction minor, View request);

// Where the data of a successful answer is; only what lies inside of it. `ranges` is emptied first:
// it keeps its memory.
void find_data(const Exchange& exchange, std::vector<DataRange>& ranges);

// Dynamic instance names of an answer for all instances.
struct ListedName {
  std::u16string name;
  std::uint32_t offset = 0;  // of the counted string
};
[[nodiscard]] std::vector<ListedName> find_names(const Exchange& exchange);

// Rules: completed_pending, status_undefined.
void check_status(std::uint8_t srb_status, Findings& findings);
// Rules: success_larger_than_buffer, overrun_not_larger, and those of the WNODE or the registration
// that the answer consists of. `ranges` is the caller's memory for find_data().
void check_answer(const Exchange& exchange, std::vector<DataRange>& ranges, Findings& findings);
// Rules: counted_string_outside, block_size_differs.
void check_block(View buffer, const DataRange& range, const wmi::Shape& shape, Findings& findings);
// Rules: reginfo_malformed, reginfo_guid_repeated, reginfo_names, reginfo_empty.
void check_reginfo(View info, Findings& findings);

}  // namespace hbalab::check
