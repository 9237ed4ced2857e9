#include "tests/conformance/secrets.hpp"

#include <algorithm>

#include "fuse-frontend/method_state.hpp"
#include "fuse-frontend/views.hpp"

namespace hbalab::conform {

using wmi::MinorFunction;

Bytes without_secrets(const wmi::Shape& shape, const Bytes& block) {
  if (!fs::has_secret(shape.properties)) return block;
  return fs::without_secrets(shape, wmi::BlockView(shape, block)).value_or(Bytes());
}

Bytes without_secrets(const wmi::SchemaSet& schema, const Request& request) {
  const wmi::Class* cls = schema.find(request.guid);
  if (cls == nullptr) return request.data;
  switch (request.minor) {
    case MinorFunction::change_single_instance:
      return without_secrets(wmi::shape_of(*cls), request.data);
    case MinorFunction::change_single_item: {
      const auto item = std::ranges::find(cls->properties, request.id, &wmi::Property::id);
      const bool secret = item != cls->properties.end() && fs::has_secret({&*item, 1});
      return secret ? Bytes() : request.data;
    }
    case MinorFunction::execute_method: {
      const wmi::Method* method = cls->method(request.id);
      return method == nullptr ? request.data
                               : without_secrets(wmi::in_shape(*method), request.data);
    }
    default:
      return request.data;
  }
}

Json without_secrets(std::span<const wmi::Property> properties, Json values) {
  if (values.is_array()) {
    for (Json& element : values) element = without_secrets(properties, std::move(element));
  }
  if (!values.is_object()) return values;
  for (const wmi::Property& property : properties) {
    const auto value = values.find(property.name);
    if (value == values.end()) continue;
    if (property.secret) {
      *value = nullptr;
    } else if (property.object_class != nullptr) {
      *value = without_secrets(property.object_class->properties, std::move(*value));
    }
  }
  return values;
}

}  // namespace hbalab::conform
