// Data block <-> value tree, and random access into a block. Total: any byte string decodes or
// fails with the property's path and the offset; decode then encode gives the same bytes. Bounded:
// work and memory are linear in the block's size, whatever its counts say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "wmi-model/layout.hpp"
#include "wmi-model/model.hpp"
#include "wmi-model/value.hpp"

namespace hbalab::wmi {

// A property list with its layout: a class, or one direction of a method.
struct Shape {
  std::span<const Property> properties;
  const StructLayout* layout = nullptr;
};
[[nodiscard]] Shape shape_of(const Class& cls);
[[nodiscard]] Shape in_shape(const Method& method);
[[nodiscard]] Shape out_shape(const Method& method);

struct CodecError {
  std::string path;        // "PersistentLogins[3].TargetName"; empty: the block itself
  std::size_t offset = 0;  // in the block, bytes
  std::string message;     // "needs 448 bytes, 12 are left"
  [[nodiscard]] std::string to_string() const;
};

// A block decoded so that encoding gives back every byte, also those that carry no value: padding,
// what lies behind a counted string, boolean bytes other than 0 and 1, bytes behind the last
// member.
struct DecodedBlock {
  Object root;
  struct Residue {
    std::size_t offset;
    Bytes bytes;
  };
  std::vector<Residue> residue;  // in ascending order, without overlap
  // Bytes of padding at the end that the C structure has and this block does not.
  std::size_t missing_tail = 0;
};

[[nodiscard]] std::expected<DecodedBlock, CodecError> decode(const Shape& shape,
                                                             std::span<const std::uint8_t> block);
[[nodiscard]] std::expected<Bytes, CodecError> encode(const Shape& shape,
                                                      const DecodedBlock& block);
// Counting properties are set from their arrays' lengths where they are absent (monostate), and
// must agree where they are present. Members that are monostate are zero, empty or without
// elements.
[[nodiscard]] std::expected<Bytes, CodecError> encode(const Shape& shape, const Object& root);

// One step of a path into a block: a member by its index in the property list, or an element.
struct PathStep {
  std::uint32_t member = 0;
  std::uint32_t element = kNoElement;  // for arrays: which one
  static constexpr std::uint32_t kNoElement = 0xFFFFFFFFu;
};

// Where a path ends.
struct FieldRef {
  const Property* property = nullptr;  // null: an object (the root, a member, an element)
  Shape shape;                         // of the object, when it is one
  std::size_t offset = 0;
  std::size_t size = 0;
  std::uint32_t count = 0;  // arrays: number of elements
  bool element = false;     // one element of the array `property`, not the whole of it
};

// Random access into one immutable block. Arrays whose elements vary in size are indexed once, at
// the first look into them, so that reaching element i of 100,000 costs the same as element 0.
// Thread-safe.
class BlockView {
 public:
  BlockView(Shape shape, std::span<const std::uint8_t> block);  // the bytes must outlive the view
  BlockView(const BlockView&) = delete;
  BlockView& operator=(const BlockView&) = delete;
  ~BlockView();

  [[nodiscard]] std::expected<FieldRef, CodecError> locate(std::span<const PathStep> path) const;
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return block_; }

 private:
  struct Index;
  Shape shape_;
  std::span<const std::uint8_t> block_;
  mutable std::mutex mutex_;  // guards index_; taken after no other lock
  mutable std::unique_ptr<Index> index_;
};

// Decodes what a FieldRef points at.
[[nodiscard]] std::expected<Value, CodecError> decode_field(const FieldRef& ref,
                                                            std::span<const std::uint8_t> block);
// Encodes one property as a data item (what IRP_MN_CHANGE_SINGLE_ITEM carries).
[[nodiscard]] std::expected<Bytes, CodecError> encode_item(const Property& property,
                                                           const Value& value);

}  // namespace hbalab::wmi
