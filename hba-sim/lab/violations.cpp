#include "hba-sim/lab/violations.hpp"

#include <array>
#include <cstdlib>
#include <utility>

#include "hba-sim/port/checker/symbolizer.hpp"

namespace hbalab::lab {
namespace {

constexpr std::size_t kLogBytes = 16u << 20;

constexpr std::array<std::pair<std::string_view, Check>, 3> kNames{
    {{"loaded", Check::loaded}, {"all", Check::all}, {"none", Check::none}}};

check::ViolationLog::Options options_of(std::function<bool(const std::string& adapter)> fatal) {
  check::ViolationLog::Options options;
  options.symbolizer = std::make_shared<check::Symbolizer>();
  if (fatal) {
    options.fatal = [fatal = std::move(fatal)](const check::Where& where) {
      return fatal(where.adapter);
    };
  }
  return options;
}

}  // namespace

std::optional<Check> check_named(std::string_view name) {
  for (const auto& [text, value] : kNames) {
    if (text == name) return value;
  }
  return std::nullopt;
}

std::expected<Check, std::string> check_of_environment() {
  const char* const text = std::getenv("HBALAB_CHECK");
  if (text == nullptr || *text == '\0') return Check::loaded;
  if (const auto named = check_named(text)) return *named;
  return std::unexpected(std::string("HBALAB_CHECK is '") + text +
                         "'; expected loaded, all or none");
}

bool fatal_by_environment() {
  const char* const text = std::getenv("HBALAB_CHECK_FATAL");
  return text != nullptr && std::string_view(text) == "1";
}

LabViolations::LabViolations(std::shared_ptr<port::Trace> trace,
                             const std::function<void(std::string_view)>& notice,
                             std::function<bool(const std::string& adapter)> fatal)
    : lines_(std::make_shared<LineLog>(kLogBytes)),
      log_(std::make_shared<check::ViolationLog>(options_of(std::move(fatal)))) {
  log_->add_sink(
      check::json_lines_to([lines = lines_](std::string line) { lines->append(std::move(line)); }));
  log_->add_sink([trace = std::move(trace)](check::Violation violation) {
    violation.finding.dump.clear();  // no data of requests is in the trace
    trace->violation(check::to_json_line(violation));
  });
  if (!notice) return;
  log_->add_sink(check::text_to([notice](const std::string& text) {
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      notice(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }));
}

std::string LabViolations::report(std::string_view adapter) const {
  std::string text;
  log_->flush();  // with their lines of the source
  for (const check::Violation& violation : log_->records(adapter)) {
    text += "violation: " + check::to_text(violation);
  }
  return text;
}

}  // namespace hbalab::lab
