// Command lines of `hbalab dsc` for tests.
#pragma once

#include <catch2/catch.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "hbalab/dsc/call.hpp"
#include "hbalab/dsc/print.hpp"
#include "hbalab/dsc/words.hpp"

namespace hbalab::cli::dsc::test {

using Words = std::vector<std::string>;

// What a command line says; `input` is what standard input has.
inline std::expected<Request, UsageError> read(const Words& words, const std::string& input = {}) {
  std::istringstream stream(input);
  Sources sources(stream);
  return read_words(words, sources);
}

// Why a command line is refused, also where that shows when the arguments become memory.
inline std::string refusal(const Words& words, const std::string& input = {}) {
  std::istringstream stream(input);
  Sources sources(stream);
  const auto request = read_words(words, sources);
  if (!request) return request.error().text;
  if (request->function == nullptr) return "no function";
  std::vector<std::uint64_t> slots(request->function->arguments.fields.size() + 1);
  Memory memory;
  const auto encoded = encode(request->function->arguments, request->arguments,
                              reinterpret_cast<std::uint8_t*>(slots.data()), memory, sources);
  return encoded ? "accepted" : encoded.error().to_string();
}

// Calls what the command line says.
inline Answer run(const Words& words, const std::string& input = {}) {
  std::istringstream stream(input);
  Sources sources(stream);
  const auto request = read_words(words, sources);
  INFO((request ? std::string() : request.error().text));
  REQUIRE(request.has_value());
  REQUIRE(request->function != nullptr);
  auto answer = call(*request->function, request->arguments, sources);
  INFO((answer ? std::string() : answer.error().to_string()));
  REQUIRE(answer.has_value());
  return *std::move(answer);
}

inline std::string printed(const Answer& answer) {
  std::ostringstream out;
  print_answer(out, answer);
  return out.str();
}

}  // namespace hbalab::cli::dsc::test
