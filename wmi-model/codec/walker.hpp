// Finds where things lie in a block without decoding them. Not for other modules.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "wmi-model/codec/internal.hpp"

namespace hbalab::wmi::detail {

// Where the elements of one array whose elements vary in size begin. When the walk over it failed,
// the elements in front of the fault can be reached all the same.
class ArrayIndex {
 public:
  explicit ArrayIndex(std::size_t base) : base_(base) {}
  void reserve(std::size_t count) { near_.reserve(count); }
  void push(std::size_t offset);
  [[nodiscard]] std::size_t known() const { return near_.size() + far_.size(); }
  [[nodiscard]] std::size_t begin(std::size_t element) const {
    return element < near_.size() ? base_ + near_[element] : far_[element - near_.size()];
  }
  [[nodiscard]] std::size_t memory() const { return 4 * near_.capacity() + 8 * far_.capacity(); }

  std::size_t end = 0;  // behind the last element
  bool complete = false;
  CodecError error;  // path is relative to the array's owner

 private:
  std::size_t base_;
  std::vector<std::uint32_t> near_;  // distances from base_, as long as they fit
  std::vector<std::size_t> far_;
};

// The indexes of one block, by offset and property. Bounded: when the indexes together take more
// than a share of the block, they are dropped and built again on demand.
class IndexSource {
 public:
  virtual ~IndexSource() = default;
  // Never null; the reference is good until the next call.
  [[nodiscard]] virtual const ArrayIndex& index_of(const Property& property, std::size_t offset,
                                                   std::uint32_t count, int depth) = 0;
};

class Walker {
 public:
  // With `source`, large arrays are taken from their index instead of being walked.
  explicit Walker(std::span<const std::uint8_t> block, IndexSource* source = nullptr)
      : block_(block), source_(source) {}

  // Arrays of up to this many varying elements are walked each time.
  static constexpr std::uint32_t kWalkedElements = 8;

  // Offset of member `index` of a struct at `base`, or of the struct's end when index is the number
  // of members. `count` receives the number of elements when the member is an array.
  [[nodiscard]] bool member(const Shape& shape, std::size_t base, std::size_t index,
                            std::size_t& offset, std::uint32_t& count, const Frame* frame,
                            int depth);
  // Behind one element (or a member that is no array).
  [[nodiscard]] bool item_end(const Property& property, std::size_t begin, std::size_t& end,
                              const Frame* frame, int depth);
  [[nodiscard]] bool array_end(const Property& property, std::size_t begin, std::uint32_t count,
                               std::size_t& end, const Frame* frame, int depth);
  // Walks an array of varying elements and records where they begin.
  void build(const Property& property, std::uint32_t count, ArrayIndex& index, std::size_t begin,
             int depth);
  [[nodiscard]] bool need(std::size_t at, std::size_t size, const Frame* frame);
  [[nodiscard]] bool fail(const Frame* frame, std::size_t at, std::string message);

  CodecError error;

 private:
  [[nodiscard]] std::size_t left(std::size_t at) const {
    return at < block_.size() ? block_.size() - at : 0;
  }
  [[nodiscard]] bool read_count(const Property& counting, std::size_t at, std::uint32_t& count,
                                const Frame* frame);
  void prefetch_counts(const Property& property, std::size_t begin) const;

  std::span<const std::uint8_t> block_;
  IndexSource* source_;
};

}  // namespace hbalab::wmi::detail
