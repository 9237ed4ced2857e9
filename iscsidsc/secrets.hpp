// What does not stay behind in freed memory. Both are made in the size that they keep: what grows
// leaves copies.
#pragma once

#include <string>
#include <utility>

#include "hba-sim/wipe.hpp"

namespace hbalab::dsc {

struct SecretBytes : Bytes {
  using Bytes::Bytes;
  SecretBytes() = default;
  SecretBytes(const SecretBytes&) = default;
  SecretBytes(SecretBytes&&) = default;
  SecretBytes& operator=(SecretBytes other) noexcept {
    swap(other);
    return *this;
  }
  ~SecretBytes() { wipe(*this); }
};

struct SecretText : std::string {
  using std::string::string;
  SecretText() = default;
  SecretText(const SecretText&) = default;
  SecretText(SecretText&&) = default;
  SecretText& operator=(SecretText other) noexcept {
    swap(other);
    return *this;
  }
  ~SecretText() { wipe(*this); }
};

}  // namespace hbalab::dsc
