// Cases that follow from what a class is: a driver writer's own MOF file brings them along.
#pragma once

#include <span>
#include <vector>

#include "tests/conformance/case.hpp"
#include "tests/conformance/context.hpp"

namespace hbalab::conform {

// For classes that are served. Sorted by class, then as the class has its members.
[[nodiscard]] std::vector<Case> generated_cases(std::span<const wmi::Class* const> classes);

// Each adds the cases of one class.
void add_block_cases(const wmi::Class& cls, std::vector<Case>& cases);
void add_property_cases(const wmi::Class& cls, std::vector<Case>& cases);
void add_set_cases(const wmi::Class& cls, std::vector<Case>& cases);
void add_method_cases(const wmi::Class& cls, std::vector<Case>& cases);
void add_event_cases(const wmi::Class& cls, std::vector<Case>& cases);
void add_view_cases(const wmi::Class& cls, std::vector<Case>& cases);
// That the forms of one instance say the same.
void check_views(Context& context, const wmi::Class& cls, const std::string& instance);

// A case of the table, before it knows its class.
struct GeneratedCase {
  std::string about;  // behind the class: "block/query"
  std::string title;  // behind "Class: "
  Requirement requirement;
  std::vector<Ability> abilities;
  bool exclusive = false;
};
// Bodies look their class up by name in the subject's own schema: it is another set of objects.
using ClassBody = std::function<void(Context&, const wmi::Class&)>;
void add_case(std::vector<Case>& cases, const wmi::Class& cls, GeneratedCase made, ClassBody body,
              bool needs_instance = true);

// Calls for every instance until enough is wrong.
void for_each_instance(Context& context, const wmi::Class& cls,
                       const std::function<void(const std::string& instance)>& body);
// The bytes of one member of a block; nothing: they cannot be told.
[[nodiscard]] std::optional<Bytes> item_of(const wmi::Class& cls, std::size_t member,
                                           const Bytes& block);

}  // namespace hbalab::conform
