// A command line of `hbalab dsc`, one word a line, as far as the memory that a call would get:
// never a crash, and what is refused has a reason. Nothing is called, and no file is opened.
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "hbalab/dsc/call.hpp"
#include "hbalab/dsc/words.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hbalab::cli::dsc;
  const std::string text(data, data + size);
  if (text.find('@') != std::string::npos) return 0;
  std::vector<std::string> words;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) words.push_back(line);
  (void)complete(words);
  std::istringstream input("{\"Version\": 1}");
  Sources sources(input);
  const auto request = read_words(words, sources);
  if (!request && request.error().text.empty()) {
    std::fputs("an error without a text\n", stderr);
    std::abort();
  }
  if (!request || request->function == nullptr) return 0;
  const Record& arguments = request->function->arguments;
  std::vector<std::uint64_t> slots(arguments.fields.size() + 1);
  auto* const at = reinterpret_cast<std::uint8_t*>(slots.data());
  Memory memory;
  const auto encoded = encode(arguments, request->arguments, at, memory, sources);
  if (!encoded && encoded.error().message.empty()) {
    std::fputs("an error without a message\n", stderr);
    std::abort();
  }
  // What callers give can be shown as an answer.
  for (std::size_t i = 0; encoded && i < arguments.fields.size(); ++i) {
    const Field& field = arguments.fields[i];
    if (!field.is_input() || field.form != Form::record || slots[i] == 0) continue;
    (void)decode(*field.record, reinterpret_cast<const std::uint8_t*>(slots[i]));
  }
  return 0;
}
