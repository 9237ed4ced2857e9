// How the contract tests that are a Windows program ask the test that started them for its world:
// requests on the program's standard output, answers on its standard input.
#pragma once

#include <cstdint>

namespace hbalab::dsc_test {

enum class BenchVerb : std::uint32_t {
  open,  // text: a lab file, or nothing. Closes the world before
  close,
  make,         // path
  control,      // path, text
  read,         // path; the answer is the file
  spoil_state,  // path: the number of the fault
  hide,
};

// Then come path and text.
struct BenchRequest {
  BenchVerb verb;
  std::uint32_t path_size;
  std::uint32_t text_size;
};

// Then come so many bytes.
struct BenchAnswer {
  std::uint32_t size;
};

}  // namespace hbalab::dsc_test
