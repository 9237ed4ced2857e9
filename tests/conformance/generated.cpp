#include "tests/conformance/generated.hpp"

#include <algorithm>

namespace hbalab::conform {

void add_case(std::vector<Case>& cases, const wmi::Class& cls, GeneratedCase made, ClassBody body,
              bool needs_instance) {
  Case added;
  added.id = cls.name + "/" + made.about;
  added.title = cls.name + ": " + made.title;
  added.requirement = std::move(made.requirement);
  added.needs.abilities = std::move(made.abilities);
  if (needs_instance) added.needs.classes.push_back(cls.name);
  added.exclusive = made.exclusive;
  added.body = [name = cls.name, body = std::move(body)](Context& context) {
    const wmi::Class* its = context.find_class(name);
    if (its == nullptr) return context.skip("the implementation does not have the class");
    body(context, *its);
  };
  cases.push_back(std::move(added));
}

void for_each_instance(Context& context, const wmi::Class& cls,
                       const std::function<void(const std::string& instance)>& body) {
  for (const std::string& instance : context.instances(cls)) {
    if (context.full()) return;
    body(instance);
  }
}

std::optional<Bytes> item_of(const wmi::Class& cls, std::size_t member, const Bytes& block) {
  const wmi::BlockView view(wmi::shape_of(cls), block);
  const wmi::PathStep path[]{{static_cast<std::uint32_t>(member), wmi::PathStep::kNoElement}};
  const auto field = view.locate(path);
  if (!field || field->offset + field->size > block.size()) return std::nullopt;
  const auto begin = block.begin() + static_cast<std::ptrdiff_t>(field->offset);
  return Bytes(begin, begin + static_cast<std::ptrdiff_t>(field->size));
}

std::vector<Case> generated_cases(std::span<const wmi::Class* const> classes) {
  std::vector<const wmi::Class*> sorted(classes.begin(), classes.end());
  std::ranges::sort(sorted, {}, &wmi::Class::name);
  std::vector<Case> cases;
  for (const wmi::Class* cls : sorted) {
    switch (cls->kind) {
      case wmi::ClassKind::data_block:
        add_block_cases(*cls, cases);
        add_property_cases(*cls, cases);
        add_set_cases(*cls, cases);
        add_view_cases(*cls, cases);
        break;
      case wmi::ClassKind::event:
        add_event_cases(*cls, cases);
        break;
      default:
        break;
    }
    add_method_cases(*cls, cases);
  }
  return cases;
}

}  // namespace hbalab::conform
