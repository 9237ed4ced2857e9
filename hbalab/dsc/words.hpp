// The words of a command line behind `hbalab dsc`.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "hbalab/dsc/encode.hpp"

namespace hbalab::cli::dsc {

struct Request {
  const Function* function = nullptr;  // null: none was named
  bool help = false;
  bool json = false;
  std::string tree;
  Json arguments = Json::object();  // by name
};

struct UsageError {
  const Function* function = nullptr;  // as far as it is known
  std::string text;                    // one line
};

// [OPTIONS] FUNCTION [VALUE | --NAME VALUE | --NAME=VALUE | --NAME.MEMBER VALUE]... Values without
// a name are the arguments of Record::positional() that have not been named, in their order.
[[nodiscard]] std::expected<Request, UsageError> read_words(const std::vector<std::string>& words,
                                                            Sources& sources);

// What may stand in place of the last of the words, for a shell: functions, arguments and members
// by name, named values.
[[nodiscard]] std::vector<std::string> complete(const std::vector<std::string>& words);

}  // namespace hbalab::cli::dsc
