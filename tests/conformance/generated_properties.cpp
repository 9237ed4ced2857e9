// Values of properties: ranges, enumerations, flags; and that a secret is not shown.
#include <algorithm>
#include <functional>

#include "tests/conformance/generated.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::conform {
namespace {

// What is wrong with a value, by the property's qualifiers.
class Judge {
 public:
  explicit Judge(Context& context) : context_(context) {}

  void value(const wmi::Property& property, const wmi::Value& value, const std::string& path) {
    if (context_.full()) return;
    if (const auto* object = std::get_if<wmi::Object>(&value)) {
      if (property.object_class != nullptr) members(*property.object_class, *object, path + "/");
    } else if (const auto* array = std::get_if<wmi::Array>(&value)) {
      for (std::size_t i = 0; i < array->elements.size(); ++i)
        this->value(property, array->elements[i], path + "/" + std::to_string(i));
    } else if (const auto* text = std::get_if<std::u16string>(&value)) {
      length(property, *text, path);
    } else if (const auto* bytes = std::get_if<wmi::Bytes>(&value)) {
      secret(property, *bytes, path);
    } else {
      number(property, value, path);
    }
  }

 private:
  void members(const wmi::Class& cls, const wmi::Object& object, const std::string& prefix) {
    for (std::size_t i = 0; i < cls.properties.size() && i < object.members.size(); ++i)
      value(cls.properties[i], object.members[i], prefix + cls.properties[i].name);
  }

  void length(const wmi::Property& property, const std::u16string& text, const std::string& path) {
    if (property.max_len != 0 && text.size() > std::size_t{property.max_len} + 1)
      context_.fail(path, "at most " + std::to_string(property.max_len) + " characters",
                    std::to_string(text.size()));
  }

  void secret(const wmi::Property& property, const wmi::Bytes& bytes, const std::string& path) {
    if (property.secret && std::ranges::any_of(bytes, [](std::uint8_t byte) { return byte != 0; }))
      context_.fail(path, "zeros: a secret cannot be read", "something else");
  }

  static std::optional<std::uint64_t> bits_of(const wmi::Property& property,
                                              const wmi::Value& value) {
    const auto width = wmi::scalar_size(property.type) * 8;
    const std::uint64_t mask = width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
    if (const auto* number = std::get_if<std::uint64_t>(&value)) return *number & mask;
    if (const auto* number = std::get_if<std::int64_t>(&value))
      return static_cast<std::uint64_t>(*number) & mask;
    return std::nullopt;
  }

  void number(const wmi::Property& property, const wmi::Value& value, const std::string& path) {
    const auto bits = bits_of(property, value);
    if (!bits) return;
    if (property.enumeration) {
      const wmi::EnumTable& table = *property.enumeration;
      std::uint64_t known = 0;
      for (const auto& item : table.items) known |= item.value;
      if (table.flags ? (*bits & ~known) != 0 : table.by_value(*bits) == nullptr) {
        context_.fail(path,
                      table.flags ? "flags of the class's table" : "a value of the class's table",
                      std::to_string(*bits));
      }
    }
    bound(property, "MinValue", *bits, path, std::greater_equal<>());
    bound(property, "MaxValue", *bits, path, std::less_equal<>());
  }

  template <typename Good>
  void bound(const wmi::Property& property, std::string_view qualifier, std::uint64_t bits,
             const std::string& path, Good good) {
    const auto bound = property.qualifiers.integer(qualifier);
    if (bound && !good(bits, *bound))
      context_.fail(path, std::string(qualifier) + " " + std::to_string(*bound),
                    std::to_string(bits));
  }

  Context& context_;
};

void property_value(Context& context, const wmi::Class& cls, std::size_t member) {
  for_each_instance(context, cls, [&](const std::string& instance) {
    const Reply reply = context.query(cls, instance);
    const auto decoded = wmi::decode(wmi::shape_of(cls), reply.data);
    if (!reply.ok() || !decoded) return;  // block/query says so
    Judge(context).value(cls.properties[member], decoded->root.members[member],
                         cls.properties[member].name);
  });
}

}  // namespace

void add_property_cases(const wmi::Class& cls, std::vector<Case>& cases) {
  for (std::size_t member = 0; member < cls.properties.size(); ++member) {
    const wmi::Property& property = cls.properties[member];
    add_case(
        cases, cls,
        {property.name + "/value",
         property.name + " has a value that its qualifiers allow",
         {"MOF of " + cls.name + " (ValueMap, BitMap, MaxLen, MinValue, MaxValue)",
          "A property has one of the values that the class names, in every instance", Weight::must},
         {},
         false},
        [member](Context& context, const wmi::Class& its) {
          if (member < its.properties.size()) property_value(context, its, member);
        });
  }
}

}  // namespace hbalab::conform
