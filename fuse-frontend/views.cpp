#include "fuse-frontend/views.hpp"

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "wmi-model/text.hpp"

namespace hbalab::fs {
namespace {

using nlohmann::ordered_json;

std::string dump(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

// Whether an element on the way to the node is behind the end of its array.
bool element_gone(const SchemaNode& node, const Indices& indices, const wmi::BlockView& view) {
  const auto path = block_path(node, indices);
  for (std::size_t k = 0; k < path.size(); ++k) {
    if (path[k].element == wmi::PathStep::kNoElement) continue;
    std::vector<wmi::PathStep> array(path.begin(),
                                     path.begin() + static_cast<std::ptrdiff_t>(k + 1));
    array.back().element = wmi::PathStep::kNoElement;
    const auto ref = view.locate(array);
    if (ref && path[k].element >= ref->count) return true;
  }
  return false;
}

Failure not_there(const SchemaNode& node, const Indices& indices, const wmi::BlockView& view,
                  const wmi::CodecError& error) {
  if (node.depth > 0 && element_gone(node, indices, view)) {
    return failure(ENOENT, error.path + ": the element has gone");
  }
  return decode_failure(error);
}

}  // namespace

std::expected<std::string, Failure> render_value(const SchemaNode& node, const Indices& indices,
                                                 const wmi::BlockView& view) {
  const auto ref = view.locate(block_path(node, indices));
  if (!ref) return std::unexpected(not_there(node, indices, view, ref.error()));
  const auto value = wmi::decode_field(*ref, view.bytes());
  if (!value) return std::unexpected(decode_failure(value.error()));
  return node.kind == NodeKind::value_name ? wmi::format_names(*node.property, *value)
                                           : wmi::format_property(*node.property, *value);
}

std::expected<std::uint32_t, Failure> element_count(const SchemaNode& node, const Indices& indices,
                                                    const wmi::BlockView& view) {
  const auto ref = view.locate(block_path(node, indices));
  if (!ref) return std::unexpected(not_there(node, indices, view, ref.error()));
  return ref->count;
}

namespace {

std::expected<std::string, Failure> render_elements(std::uint32_t member, std::uint32_t count,
                                                    const wmi::BlockView& view) {
  std::string text = "[";
  for (std::uint32_t i = 0; i < count; ++i) {
    const wmi::PathStep step{member, i};
    const auto ref = view.locate({&step, 1});
    if (!ref) return std::unexpected(decode_failure(ref.error()));
    auto value = wmi::decode_field(*ref, view.bytes());
    if (!value) return std::unexpected(decode_failure(value.error()));
    text += i == 0 ? "\n    " : ",\n    ";
    const auto* object = std::get_if<wmi::Object>(&*value);
    text += object != nullptr ? dump(wmi::to_json(ref->shape, *object)) : "null";
  }
  return text + (count == 0 ? "]" : "\n  ]");
}

bool array_of_objects(const wmi::Property& property) {
  return property.type == wmi::CimType::object && property.array != wmi::ArrayKind::none;
}

}  // namespace

std::expected<std::string, Failure> render_instance(const Instance& instance,
                                                    const wmi::BlockView& view) {
  const wmi::Shape& shape = instance.cls->shape;
  wmi::Object head;  // everything but the arrays of objects, which are written element by element
  std::vector<std::uint32_t> counts(shape.properties.size());
  for (std::uint32_t i = 0; i < shape.properties.size(); ++i) {
    const wmi::PathStep step{i, wmi::PathStep::kNoElement};
    const auto ref = view.locate({&step, 1});
    if (!ref) return std::unexpected(decode_failure(ref.error()));
    if (array_of_objects(shape.properties[i])) {
      counts[i] = ref->count;
      head.members.emplace_back(wmi::Array{});
      continue;
    }
    auto value = wmi::decode_field(*ref, view.bytes());
    if (!value) return std::unexpected(decode_failure(value.error()));
    head.members.push_back(*std::move(value));
  }
  const ordered_json json = wmi::to_json(shape, head);
  std::string text = "{\n  \"InstanceName\": " + dump(instance.name) + ",\n  \"Active\": true";
  for (const auto& [key, value] : json.items()) {
    text += ",\n  " + dump(key) + ": ";
    const wmi::Property* property = instance.cls->cls->property(key);
    if (property != nullptr && array_of_objects(*property) && !property->secret) {
      const auto member = static_cast<std::uint32_t>(property - shape.properties.data());
      auto elements = render_elements(member, counts[member], view);
      if (!elements) return std::unexpected(std::move(elements.error()));
      text += *elements;
    } else {
      text += dump(value);
    }
  }
  return text + "\n}\n";
}

namespace {

// Zeroes the secrets of the object at `path`; elements are visited only where one can be inside.
std::expected<void, wmi::CodecError> wipe_secrets(const wmi::Shape& shape,
                                                  const wmi::BlockView& view,
                                                  std::vector<wmi::PathStep>& path,
                                                  wmi::Bytes& bytes) {
  for (std::uint32_t i = 0; i < shape.properties.size(); ++i) {
    const wmi::Property& property = shape.properties[i];
    const bool inside =
        property.object_class != nullptr && has_secret(property.object_class->properties);
    if (!property.secret && !inside) continue;
    path.push_back({i, wmi::PathStep::kNoElement});
    const auto ref = view.locate(path);
    if (!ref) return std::unexpected(ref.error());
    if (property.secret) {
      const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(ref->offset);
      std::fill(first, first + static_cast<std::ptrdiff_t>(ref->size), std::uint8_t{0});
    } else {
      const bool array = property.array != wmi::ArrayKind::none;
      for (std::uint32_t k = 0; k < (array ? ref->count : 1); ++k) {
        if (array) path.back().element = k;
        const auto done = wipe_secrets(wmi::shape_of(*property.object_class), view, path, bytes);
        if (!done) return done;
      }
    }
    path.pop_back();
  }
  return {};
}

}  // namespace

std::expected<wmi::Bytes, Failure> without_secrets(const wmi::Shape& shape,
                                                   const wmi::BlockView& view) {
  wmi::Bytes bytes(view.bytes().begin(), view.bytes().end());
  std::vector<wmi::PathStep> path;
  const auto done = wipe_secrets(shape, view, path, bytes);
  if (!done) return std::unexpected(decode_failure(done.error()));
  return bytes;
}

}  // namespace hbalab::fs
