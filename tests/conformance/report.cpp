#include "tests/conformance/report.hpp"

#include <algorithm>
#include <map>

#include "tests/conformance/case_run.hpp"

namespace hbalab::conform {
namespace {

// The worse of two results counts.
int rank(Verdict verdict) {
  switch (verdict) {
    case Verdict::error:
      return 4;
    case Verdict::failed:
      return 3;
    case Verdict::passed:
      return 2;
    case Verdict::skipped:
      return 1;
    case Verdict::not_run:
      break;
  }
  return 0;
}

bool is_bad(Verdict verdict) { return rank(verdict) >= rank(Verdict::failed); }

}  // namespace

std::vector<std::string> apply_known_failures(Report& report, std::span<const KnownFailure> known) {
  std::vector<std::string> unused;
  for (const KnownFailure& each : known) {
    bool used = false;
    for (CaseResult& result : report.cases) {
      if (!glob_matches(each.id, result.id)) continue;
      result.known = each.reason;
      used = true;
    }
    if (!used) unused.push_back(each.id);
  }
  return unused;
}

std::expected<Report, std::string> merge_reports(std::span<const Report> reports) {
  if (reports.empty()) return std::unexpected("there is no report to merge");
  Report merged;
  merged.subject = reports.front().subject;
  merged.version = reports.front().version;
  merged.seed = reports.front().seed;
  std::map<std::string, std::size_t> places;
  for (const Report& report : reports) {
    if (report.version != merged.version)
      return std::unexpected("the reports are of versions " + merged.version + " and " +
                             report.version + " of the suite");
    if (merged.unfinished.empty()) merged.unfinished = report.unfinished;
    const bool earlier = merged.started.empty() || report.started < merged.started;
    if (earlier && !report.started.empty()) merged.started = report.started;
    merged.duration += report.duration;
    for (const CaseResult& result : report.cases) {
      const auto [place, added] = places.try_emplace(result.id, merged.cases.size());
      if (added) {
        merged.cases.push_back(result);
      } else if (rank(result.verdict) > rank(merged.cases[place->second].verdict)) {
        merged.cases[place->second] = result;
      }
    }
  }
  return merged;
}

Comparison compare_reports(const Report& before, const Report& now) {
  std::map<std::string_view, Verdict> earlier;
  for (const CaseResult& result : before.cases) earlier[result.id] = result.verdict;
  Comparison comparison;
  for (const CaseResult& result : now.cases) {
    const auto found = earlier.find(result.id);
    if (found == earlier.end()) {
      comparison.added.push_back(result.id);
      continue;
    }
    if (is_bad(result.verdict) && !is_bad(found->second)) comparison.worse.push_back(result.id);
    if (result.verdict == Verdict::passed && is_bad(found->second))
      comparison.better.push_back(result.id);
    earlier.erase(found);
  }
  for (const auto& [id, verdict] : earlier) comparison.gone.emplace_back(id);
  return comparison;
}

std::string comparison_text(const Comparison& comparison) {
  std::string text;
  const auto list = [&](std::string_view what, const std::vector<std::string>& ids) {
    if (ids.empty()) return;
    text += std::string(what) + " (" + std::to_string(ids.size()) + "):\n";
    for (const std::string& id : ids) text += "  " + id + "\n";
  };
  list("worse than before", comparison.worse);
  list("better than before", comparison.better);
  list("not in this run", comparison.gone);
  list("new in this run", comparison.added);
  return text.empty() ? "as before\n" : text;
}

}  // namespace hbalab::conform
