// The API for tests that are written once for both character sets: Call<V>::name calls the W or the
// A function.
#pragma once

#include <algorithm>
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
  operator typename V::Char *() { return text_.data(); }

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
  for (const ULONG small : {ULONG{0}, ULONG{1}, needed - 1}) {
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

inline constexpr std::string_view kDisk1 = "iqn.2026-01.org.example:disk1";
inline constexpr std::string_view kDisk2 = "iqn.2026-01.org.example:disk2";
inline constexpr std::string_view kSecure = "iqn.2026-01.org.example:secure";
inline constexpr std::string_view kDead = "iqn.2026-01.org.example:dead";

template <typename Char, std::size_t N>
void set(Char (&member)[N], std::string_view text) {
  REQUIRE(text.size() < N);
  std::fill(std::begin(member), std::end(member), Char{});
  std::copy(text.begin(), text.end(), member);
}

template <typename V>
typename V::Portal portal(std::string_view address, std::uint16_t socket = 3260) {
  typename V::Portal out{};
  set(out.Address, address);
  out.Socket = socket;
  return out;
}

// Structures of an answer whose size is in bytes, and what they point to. Asks as clients do: NULL,
// then exactly what is needed; and checks the other ways to ask, and that nothing beyond is
// touched.
template <typename T>
class Answer {
 public:
  // `function(size, count, buffer)`; `pointers(structure)`: every pointer in a structure.
  template <typename Function>
  explicit Answer(Function function) {
    ULONG size = 0;
    const ISDSC_STATUS first = function(&size, &count_, static_cast<T*>(nullptr));
    needed_ = size;
    if (size == 0) {
      CHECK(first == ERROR_SUCCESS);
      CHECK(count_ == 0);
    } else {
      CHECK(first == ERROR_INSUFFICIENT_BUFFER);
    }
    const std::vector<std::uint8_t> untouched(needed_ + 64, 0xA5);
    for (const ULONG small : {ULONG{0}, ULONG{1}, needed_ - 1}) {
      if (needed_ == 0 || small >= needed_) continue;
      buffer_ = untouched;
      size = small;
      CHECK(function(&size, &count_, reinterpret_cast<T*>(buffer_.data())) ==
            ERROR_INSUFFICIENT_BUFFER);
      CHECK(size == needed_);
      CHECK(buffer_ == untouched);
    }
    buffer_ = untouched;
    size = needed_ + 64;  // large first
    CHECK(function(&size, &count_, reinterpret_cast<T*>(buffer_.data())) == ERROR_SUCCESS);
    CHECK(size == needed_);
    size = needed_;
    REQUIRE(function(&size, &count_, reinterpret_cast<T*>(buffer_.data())) == ERROR_SUCCESS);
    CHECK(std::all_of(buffer_.begin() + needed_, buffer_.end(),
                      [](std::uint8_t byte) { return byte == 0xA5; }));
  }

  [[nodiscard]] ULONG count() const { return count_; }
  [[nodiscard]] ULONG needed() const { return needed_; }
  [[nodiscard]] const T& operator[](std::size_t i) const {
    REQUIRE(i < count_);
    return reinterpret_cast<const T*>(buffer_.data())[i];
  }
  // Whether a pointer, and `size` bytes behind it, lie in the buffer.
  [[nodiscard]] bool inside(const void* pointer, std::size_t size = 1) const {
    const auto* at = static_cast<const std::uint8_t*>(pointer);
    return at >= buffer_.data() && at + size <= buffer_.data() + needed_;
  }

 private:
  std::vector<std::uint8_t> buffer_;
  ULONG needed_ = 0, count_ = 0;
};

// A list whose size counts elements.
template <typename T, typename Function>
std::vector<T> elements(Function function) {
  ULONG count = 0;
  const ISDSC_STATUS first = function(&count, static_cast<T*>(nullptr));
  const ULONG needed = count;
  CHECK(first == (needed == 0 ? ERROR_SUCCESS : ERROR_INSUFFICIENT_BUFFER));
  std::vector<T> list(needed + 1);
  if (needed > 0) {
    count = needed - 1;
    CHECK(function(&count, list.data()) == ERROR_INSUFFICIENT_BUFFER);
    CHECK(count == needed);
  }
  count = needed + 1;
  REQUIRE(function(&count, list.data()) == ERROR_SUCCESS);
  CHECK(count == needed);
  list.resize(count);
  return list;
}

// Makes the service know the targets of a portal.
template <typename V>
void find_targets(std::string_view address) {
  auto at = portal<V>(address);
  REQUIRE(Call<V>::add_iscsi_send_target_portal(nullptr, ISCSI_ALL_INITIATOR_PORTS, nullptr, 0,
                                                &at) == ERROR_SUCCESS);
}

// A login with everything left out that can be.
template <typename V>
ISDSC_STATUS log_in(std::string_view target, bool persistent = false,
                    PISCSI_UNIQUE_SESSION_ID session = nullptr, std::string_view initiator = {},
                    std::string_view address = {}) {
  ISCSI_UNIQUE_SESSION_ID own{};
  ISCSI_UNIQUE_CONNECTION_ID connection{};
  auto at = portal<V>(address);
  return Call<V>::login_iscsi_target(
      Text<V>(target), FALSE,
      initiator.empty() ? nullptr : static_cast<typename V::Char*>(Text<V>(initiator)),
      ISCSI_ANY_INITIATOR_PORT, address.empty() ? nullptr : &at, 0, nullptr, nullptr, 0, nullptr,
      persistent ? TRUE : FALSE, session != nullptr ? session : &own, &connection);
}

template <typename V>
std::size_t session_count() {
  return Answer<typename V::Session>(Call<V>::get_iscsi_session_list).count();
}

template <typename V>
std::size_t persistent_count() {
  return Answer<typename V::PersistentLogin>([](PULONG size, PULONG count, auto* buffer) {
           return Call<V>::report_iscsi_persistent_logins(count, buffer, size);
         })
      .count();
}

}  // namespace hbalab::dsc_test
