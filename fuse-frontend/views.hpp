// What the files of an instance say: text made from a block.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "fuse-frontend/blocks.hpp"
#include "fuse-frontend/catalog.hpp"
#include "fuse-frontend/errno_map.hpp"
#include "fuse-frontend/schema_tree.hpp"

namespace hbalab::fs {

// A value or value_name node. Fails with ENOENT when an element on the way has gone, with EIO where
// the block does not fit the class.
[[nodiscard]] std::expected<std::string, Failure> render_value(const SchemaNode& node,
                                                               const Indices& indices,
                                                               const wmi::BlockView& view);
// Number of elements of an array_dir.
[[nodiscard]] std::expected<std::uint32_t, Failure> element_count(const SchemaNode& node,
                                                                  const Indices& indices,
                                                                  const wmi::BlockView& view);
// The whole instance: {"InstanceName": ..., "Active": true, properties...}, a property a line, an
// array of objects an element a line. Work and memory are linear in the block.
[[nodiscard]] std::expected<std::string, Failure> render_instance(const Instance& instance,
                                                                  const wmi::BlockView& view);

// The block with zeros where secrets are; fails where it does not fit the class.
[[nodiscard]] std::expected<wmi::Bytes, Failure> without_secrets(const wmi::Shape& shape,
                                                                 const wmi::BlockView& view);

}  // namespace hbalab::fs
