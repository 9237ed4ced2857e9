// What the checker of drivers finds in a lab: lab/violations.jsonl, lines of the trace, text for
// the terminal, and the report of the adapter.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "hba-sim/lab/line_log.hpp"
#include "hba-sim/port/checker/violation_log.hpp"
#include "hba-sim/port/trace.hpp"

namespace hbalab::lab {

// Whose miniports are checked.
enum class Check : std::uint8_t {
  loaded,  // those that were loaded from files
  all,     // the built-in one too
  none,
};
[[nodiscard]] std::optional<Check> check_named(std::string_view name);
// What HBALAB_CHECK says, `loaded` without it. The error says what it is and can be.
[[nodiscard]] std::expected<Check, std::string> check_of_environment();
// Whether HBALAB_CHECK_FATAL asks that a violation of the built-in miniport ends the process.
[[nodiscard]] bool fatal_by_environment();

// Thread-safe. Whatever reports to log(), or has it adopt records, gets into all of them.
class LabViolations {
 public:
  // `notice`: told the text of each record; may be null. `fatal`: adapters whose violations end the
  // process; may be null.
  LabViolations(std::shared_ptr<port::Trace> trace,
                const std::function<void(std::string_view)>& notice,
                std::function<bool(const std::string& adapter)> fatal);

  [[nodiscard]] const std::shared_ptr<check::ViolationLog>& log() const { return log_; }
  [[nodiscard]] std::shared_ptr<LogSource> lines() const { return lines_; }
  // The text of what that adapter did wrong since it was started.
  [[nodiscard]] std::string report(std::string_view adapter) const;

 private:
  const std::shared_ptr<LineLog> lines_;
  const std::shared_ptr<check::ViolationLog> log_;
};

}  // namespace hbalab::lab
