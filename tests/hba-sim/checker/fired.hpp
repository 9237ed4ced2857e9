// What the tests of the checker share: which rules fired, and which of them have a test.
#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "hba-sim/port/checker/violation.hpp"
#include "wmi-model/guid.hpp"
#include "wmi-model/wnode/wnode_layout.hpp"

namespace hbalab::check::test {

inline std::vector<std::string> ids(const Findings& findings) {
  std::vector<std::string> out;
  for (const Finding& finding : findings) out.emplace_back(info(finding.rule).id);
  return out;
}

// Rules that a test of this program has seen fire alone.
inline std::set<Rule>& proven() {
  static std::set<Rule> rules;
  return rules;
}

// Exactly that rule, once; returns what it says.
inline Finding only(Rule rule, const Findings& findings) {
  CHECK(ids(findings) == std::vector<std::string>{std::string(info(rule).id)});
  if (findings.size() != 1 || findings.begin()->rule != rule) return {};
  CHECK_FALSE(findings.begin()->expected.empty());
  CHECK_FALSE(findings.begin()->found.empty());
  proven().insert(rule);
  return *findings.begin();
}

inline void none(const Findings& findings) { CHECK(ids(findings).empty()); }

inline wmi::Guid guid_of(std::uint8_t byte) {
  wmi::Guid guid;
  guid.bytes.fill(byte);
  return guid;
}

using Bytes = std::vector<std::uint8_t>;

inline void put32(Bytes& bytes, std::size_t offset, std::uint32_t value) {
  wmi::wnode::store(std::span(bytes), offset, value);
}

inline void put_header(Bytes& bytes, const wmi::Guid& guid, std::uint32_t flags) {
  put32(bytes, wmi::wnode::kBufferSize, static_cast<std::uint32_t>(bytes.size()));
  put32(bytes, wmi::wnode::kFlags, flags);
  std::copy(guid.bytes.begin(), guid.bytes.end(), bytes.begin() + wmi::wnode::kGuid);
}

}  // namespace hbalab::check::test
