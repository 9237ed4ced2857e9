#include "wmi-model/mof/diagnostics.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace hbalab::wmi {

std::string Diagnostic::to_string() const {
  std::string text = where.file;
  if (where.line != 0) {
    text += ':' + std::to_string(where.line) + ':' + std::to_string(where.column);
  }
  switch (severity) {
    case Severity::note:
      text += ": note: ";
      break;
    case Severity::warning:
      text += ": warning: ";
      break;
    case Severity::error:
      text += ": error: ";
      break;
  }
  return text + message;
}

namespace mof {

void Diagnostics::add(Diagnostic::Severity severity, const Position& where, std::string message) {
  if (stopped()) {
    dropped_ = true;
    return;
  }
  if (severity == Diagnostic::Severity::error) {
    ++errors_;
  } else if (++remarks_ > kMaxRemarks) {
    dropped_ = true;
    return;
  }
  dropped_ = false;
  items_.push_back({severity, where, {}, std::move(message), false});
  if (where.expansion != 0) {
    const Expansion& from = expansions_[where.expansion];
    items_.push_back({Diagnostic::Severity::note,
                      from.used,
                      {},
                      "in the expansion of macro '" + std::string(from.macro) + "'",
                      true});
  }
}

void Diagnostics::error(const Position& where, std::string message) {
  add(Diagnostic::Severity::error, where, std::move(message));
}

void Diagnostics::warning(const Position& where, std::string message) {
  add(Diagnostic::Severity::warning, where, std::move(message));
}

void Diagnostics::note(const Position& where, std::string message) {
  add(Diagnostic::Severity::note, where, std::move(message));
}

void Diagnostics::attach(const Position& where, std::string message) {
  if (dropped_) return;
  items_.push_back({Diagnostic::Severity::note, where, {}, std::move(message), true});
}

void Diagnostics::error_in_file(std::string file, std::string message) {
  if (stopped()) return;
  ++errors_;
  dropped_ = false;
  items_.push_back({Diagnostic::Severity::error, {}, std::move(file), std::move(message), false});
}

std::vector<Diagnostic> Diagnostics::take() {
  // Groups: a diagnostic and the notes attached to it.
  std::vector<std::pair<std::size_t, std::size_t>> groups;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].attached && !groups.empty()) {
      groups.back().second = i + 1;
    } else {
      groups.emplace_back(i, i + 1);
    }
  }
  std::sort(groups.begin(), groups.end(), [this](const auto& a, const auto& b) {
    const Position& left = items_[a.first].where;
    const Position& right = items_[b.first].where;
    return std::tie(left.file, left.offset, a.first) < std::tie(right.file, right.offset, b.first);
  });
  std::vector<Diagnostic> out;
  out.reserve(items_.size() + 1);
  for (const auto& [first, last] : groups) {
    for (std::size_t i = first; i < last; ++i) {
      Item& item = items_[i];
      SourceLocation where = sources_.locate(item.where);
      if (!item.file.empty()) where.file = item.file;
      out.push_back({item.severity, std::move(where), std::move(item.message)});
    }
  }
  if (stopped() && errors_ > 1 && !out.empty()) {
    out.push_back({Diagnostic::Severity::note,
                   {out.back().where.file, 0, 0},
                   "stopped at " + std::to_string(errors_) + " errors, the limit"});
  }
  items_.clear();
  return out;
}

}  // namespace mof
}  // namespace hbalab::wmi
