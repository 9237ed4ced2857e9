// What the MOF tests share.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "wmi-model/mof.hpp"

namespace mof_test {

using namespace hbalab::wmi;

inline MofResult read(std::string_view text, const MofOptions& options = {},
                      std::shared_ptr<const SchemaSet> base = nullptr) {
  return read_mof_text("t.mof", text, options, std::move(base));
}

inline std::vector<std::string> messages(const MofResult& result) {
  std::vector<std::string> out;
  for (const Diagnostic& diagnostic : result.diagnostics) out.push_back(diagnostic.to_string());
  return out;
}

// A schema that has to come out, without errors or warnings.
inline std::shared_ptr<const SchemaSet> good(std::string_view text, const MofOptions& options = {},
                                             std::shared_ptr<const SchemaSet> base = nullptr) {
  const MofResult result = read(text, options, std::move(base));
  for (const Diagnostic& diagnostic : result.diagnostics) {
    INFO(diagnostic.to_string());
    CHECK(diagnostic.severity == Diagnostic::Severity::note);
  }
  REQUIRE(result.ok());
  return result.schema;
}

inline const Class& class_in(const SchemaSet& set, std::string_view name) {
  const Class* cls = set.find(name);
  REQUIRE(cls != nullptr);
  return *cls;
}

inline const Property& property_in(const Class& cls, std::string_view name) {
  const Property* property = cls.property(name);
  REQUIRE(property != nullptr);
  return *property;
}

}  // namespace mof_test
