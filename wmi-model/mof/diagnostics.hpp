// Collects diagnostics with positions, bounds their number, and brings them into source order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wmi-model/mof.hpp"
#include "wmi-model/mof/source.hpp"

namespace hbalab::wmi::mof {

// Where a macro was used in a file, for the tokens that come from its body.
struct Expansion {
  std::string_view macro;
  Position used;
};

class Diagnostics {
 public:
  Diagnostics(const Sources& sources, std::size_t max_errors)
      : sources_(sources), max_errors_(max_errors == 0 ? 1 : max_errors) {
    expansions_.push_back({});  // index 0 means "not from a macro"
  }

  void error(const Position& where, std::string message);
  void warning(const Position& where, std::string message);
  void note(const Position& where, std::string message);
  // A note that belongs to the diagnostic before it and stays with it.
  void attach(const Position& where, std::string message);
  // For what has no text: a file that cannot be read.
  void error_in_file(std::string file, std::string message);

  [[nodiscard]] std::size_t errors() const { return errors_; }
  // True when the limit is reached: the reader gives up.
  [[nodiscard]] bool stopped() const { return errors_ >= max_errors_; }

  std::uint32_t add_expansion(std::string_view macro, const Position& used) {
    expansions_.push_back({macro, used});
    return static_cast<std::uint32_t>(expansions_.size() - 1);
  }

  [[nodiscard]] std::vector<Diagnostic> take();

 private:
  struct Item {
    Diagnostic::Severity severity;
    Position where;
    std::string file;  // instead of `where`
    std::string message;
    bool attached = false;
  };
  void add(Diagnostic::Severity severity, const Position& where, std::string message);

  // Warnings and notes are bounded too: a million unknown pragmas are not worth a million notes.
  static constexpr std::size_t kMaxRemarks = 500;

  const Sources& sources_;
  std::size_t max_errors_;
  std::size_t errors_ = 0;
  std::size_t remarks_ = 0;
  bool dropped_ =
      false;  // the last remark was over the limit, so what attaches to it is dropped too
  std::vector<Item> items_;
  std::vector<Expansion> expansions_;
};

}  // namespace hbalab::wmi::mof
