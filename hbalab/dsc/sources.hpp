// Values that stand somewhere else than on the command line, where everybody sees them.
#pragma once

#include <expected>
#include <istream>
#include <string>
#include <string_view>

#include "wmi-model/text.hpp"

namespace hbalab::cli::dsc {

class Sources {
 public:
  explicit Sources(std::istream& standard_input) : standard_input_(standard_input) {}

  // "@FILE" and "-" (standard input); "@@..." is a text that begins with '@'.
  [[nodiscard]] static bool is_reference(std::string_view word);
  // What a reference stands for, at most 1 MiB. Standard input can be read once.
  [[nodiscard]] std::expected<std::string, wmi::TextError> contents(std::string_view reference);
  // Bytes of a key, a secret, an identity: what a reference stands for, without the newline at its
  // end, "hex:" and hexadecimal digits, or the text itself. Errors do not show what came.
  [[nodiscard]] std::expected<std::string, wmi::TextError> bytes(std::string_view word);

 private:
  std::istream& standard_input_;
  bool read_ = false;
};

[[nodiscard]] std::unexpected<wmi::TextError> refuse(
    std::string message, std::string suggestion = {},
    wmi::TextError::Kind kind = wmi::TextError::Kind::malformed);

// A text that came, for messages and for terminals: control characters and what is no UTF-8 are
// replaced.
[[nodiscard]] std::string printable(std::string_view text);
[[nodiscard]] std::string shown(std::string_view text);  // quoted and cut short

}  // namespace hbalab::cli::dsc
