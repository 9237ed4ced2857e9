// The API for tests that are written once for both character sets: Call<V>::name calls the W or the A
// function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "iscsidsc/variant.hpp"
#include "world.hpp"

namespace hbalab::dsc_test {

using dsc::Narrow;
using dsc::Wide;

#include "iscsidsc/api_calls.inc"

// A text of the variant, which functions may take as they like: they get a pointer to what is not
// const.
template <typename V>
class Text {
 public:
  Text(std::string_view ascii) : text_(ascii.begin(), ascii.end()) {}
  operator typename V::Char*() { return text_.data(); }

 private:
  std::basic_string<typename V::Char> text_;
};

template <typename Char>
std::string ascii(const Char* text) {
  std::string out;
  for (; *text != 0; ++text) out += static_cast<char>(*text);
  return out;
}

// The strings of a list that ends with an empty one.
template <typename Char>
std::vector<std::string> strings(const Char* list) {
  std::vector<std::string> out;
  while (*list != 0) {
    out.push_back(ascii(list));
    list += out.back().size() + 1;
  }
  return out;
}

// Asks for a list of strings as clients do: first with NULL, then with what is needed. Checks the
// other ways to ask on the way.
template <typename V, typename Function>
std::vector<std::string> listed(Function function) {
  using Char = typename V::Char;
  ULONG size = 0;
  REQUIRE(function(&size, static_cast<Char*>(nullptr)) == ERROR_INSUFFICIENT_BUFFER);
  const ULONG needed = size;
  REQUIRE(needed >= 2);
  for (const ULONG small : {0u, 1u, needed - 1}) {
    std::vector<Char> buffer(needed, Char{'x'});
    size = small;
    CHECK(function(&size, buffer.data()) == ERROR_INSUFFICIENT_BUFFER);
    CHECK(size == needed);
    CHECK(buffer == std::vector<Char>(needed, Char{'x'}));
  }
  std::vector<Char> buffer(needed + 100, Char{'x'});
  size = needed + 100;
  REQUIRE(function(&size, buffer.data()) == ERROR_SUCCESS);
  CHECK(size == needed);
  CHECK(buffer[needed - 1] == 0);
  CHECK(buffer[needed - 2] == 0);
  CHECK(buffer[needed] == Char{'x'});
  size = needed;
  CHECK(function(&size, buffer.data()) == ERROR_SUCCESS);
  CHECK(function(nullptr, buffer.data()) == ERROR_INVALID_PARAMETER);
  return strings(buffer.data());
}

}  // namespace hbalab::dsc_test
