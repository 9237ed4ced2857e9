// Random access into one block.
#include <unordered_map>
#include <utility>

#include "wmi-model/codec/walker.hpp"

namespace hbalab::wmi {

using detail::ArrayIndex;
using detail::Frame;
using detail::Walker;

struct BlockView::Index final : detail::IndexSource {
  struct Key {
    const Property* property;
    std::size_t offset;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      const auto address = reinterpret_cast<std::uintptr_t>(key.property);
      return (key.offset * 0x9e3779b97f4a7c15ULL) ^ (address >> 4);
    }
  };

  explicit Index(std::span<const std::uint8_t> bytes) : block(bytes) {}

  const ArrayIndex& index_of(const Property& property, std::size_t offset, std::uint32_t count,
                             int depth) override {
    const Key key{&property, offset};
    if (const auto found = arrays.find(key); found != arrays.end()) return found->second;
    if (memory > limit()) {
      arrays.clear();
      memory = 0;
    }
    ArrayIndex& index = arrays.try_emplace(key, offset).first->second;
    // Without the source: what lies inside the elements is indexed when it is asked for.
    Walker(block).build(property, count, index, offset, depth);
    memory += index.memory() + kEntry;
    return index;
  }

  // The newest index may exceed this; together they stay below it plus the largest single one.
  [[nodiscard]] std::size_t limit() const {
    return std::max<std::size_t>(1u << 20, block.size() / 4);
  }

  static constexpr std::size_t kEntry = 160;  // the map's share, roughly
  std::span<const std::uint8_t> block;
  std::unordered_map<Key, ArrayIndex, Hash> arrays;
  std::size_t memory = 0;
};

namespace {

// Names of the steps up to and including `last`, for an error.
[[nodiscard]] std::string steps_text(const Shape& root, std::span<const PathStep> path,
                                     std::size_t last) {
  std::string text;
  Shape shape = root;
  for (std::size_t i = 0; i <= last && i < path.size(); ++i) {
    if (path[i].member >= shape.properties.size()) break;
    const Property& property = shape.properties[path[i].member];
    if (!text.empty()) text += '.';
    text += property.name;
    if (property.array != ArrayKind::none && path[i].element != PathStep::kNoElement) {
      text += '[' + std::to_string(path[i].element) + ']';
    }
    if (property.object_class == nullptr) break;
    shape = shape_of(*property.object_class);
  }
  return text;
}

// One walk along a path; the object that is being looked into is `shape` at `base`.
struct Locator {
  Shape root;
  std::span<const std::uint8_t> block;
  std::span<const PathStep> path;
  detail::IndexSource* source;
  Walker walker;
  Shape shape;
  std::size_t base = 0;
  std::size_t step = 0;

  Locator(Shape root_shape, std::span<const std::uint8_t> bytes, std::span<const PathStep> steps,
          detail::IndexSource* index)
      : root(root_shape),
        block(bytes),
        path(steps),
        source(index),
        walker(bytes, index),
        shape(root_shape) {}

  [[nodiscard]] std::unexpected<CodecError> fail(std::size_t at, std::string message) const {
    return std::unexpected(CodecError{steps_text(root, path, step), at, std::move(message)});
  }
  // The walker's error with the steps so far in front of it.
  [[nodiscard]] std::unexpected<CodecError> walker_error(std::size_t steps) {
    CodecError error = std::move(walker.error);
    std::string prefix = steps == 0 ? std::string() : steps_text(root, path, steps - 1);
    if (!prefix.empty() && !error.path.empty() && error.path.front() != '[') prefix += '.';
    error.path = prefix + error.path;
    return std::unexpected(std::move(error));
  }
  [[nodiscard]] bool last() const { return step + 1 == path.size(); }
  [[nodiscard]] std::size_t clipped(std::size_t begin, std::size_t end) const {
    return std::min(end, block.size()) - std::min(begin, block.size());
  }
  [[nodiscard]] int depth() const { return static_cast<int>(std::min<std::size_t>(step, 1000)); }

  // Begin and end of element `i` of an array at `offset`.
  [[nodiscard]] std::expected<std::pair<std::size_t, std::size_t>, CodecError> element(
      const Property& property, std::size_t offset, std::uint32_t count, std::uint32_t i) {
    const Frame frame{nullptr, property.name};
    std::size_t end = 0;
    if (!detail::item_varies(property)) {
      if (!walker.array_end(property, offset, count, end, &frame, depth()))
        return walker_error(step);
      const std::size_t begin = offset + std::size_t{i} * detail::item_size(property);
      return std::pair{begin, begin + detail::item_size(property)};
    }
    std::size_t begin = offset;
    if (count > Walker::kWalkedElements) {
      const ArrayIndex& index = source->index_of(property, offset, count, depth());
      if (i >= index.known()) {
        walker.error = index.error;
        walker.error.path = property.name + walker.error.path;
        return walker_error(step);
      }
      begin = index.begin(i);
    } else {
      const std::size_t left = offset < block.size() ? block.size() - offset : 0;
      if (!detail::array_fits(property, count, left)) {
        return fail(offset, detail::array_misfit(property, count, left));
      }
      for (std::uint32_t k = 0; k < i; ++k) {
        const Frame here{&frame, {}, k};
        begin = detail::align_to(begin, detail::item_align(property));
        if (!walker.item_end(property, begin, begin, &here, depth())) return walker_error(step);
      }
      begin = detail::align_to(begin, detail::item_align(property));
    }
    if (!last() && property.type == CimType::object) return std::pair{begin, begin};
    const Frame here{&frame, {}, i};
    if (!walker.item_end(property, begin, end, &here, depth())) return walker_error(step);
    return std::pair{begin, end};
  }

  [[nodiscard]] std::expected<FieldRef, CodecError> run() {
    if (path.empty()) return FieldRef{nullptr, root, 0, block.size()};
    for (;; ++step) {
      const PathStep& here = path[step];
      if (here.member >= shape.properties.size()) {
        return fail(base, "there is no member number " + std::to_string(here.member) +
                              ", there are " + std::to_string(shape.properties.size()));
      }
      const Property& property = shape.properties[here.member];
      std::size_t begin = 0;
      std::uint32_t count = 0;
      if (!walker.member(shape, base, here.member, begin, count, nullptr, depth())) {
        return walker_error(step);
      }
      std::size_t end = 0;
      if (property.array == ArrayKind::none) {
        if (here.element != PathStep::kNoElement) return fail(begin, "is not an array");
        const Frame frame{nullptr, property.name};
        // On the way to a member of an object its end is of no interest.
        if ((last() || property.type != CimType::object) &&
            !walker.item_end(property, begin, end, &frame, depth())) {
          return walker_error(step);
        }
      } else if (here.element == PathStep::kNoElement) {
        const Frame frame{nullptr, property.name};
        if (!walker.array_end(property, begin, count, end, &frame, depth()))
          return walker_error(step);
        if (!last()) return fail(begin, "is an array: the path lacks the number of an element");
        return FieldRef{&property, {}, begin, clipped(begin, end), count};
      } else {
        if (here.element >= count) return no_element(begin, count);
        auto place = element(property, begin, count, here.element);
        if (!place) return std::unexpected(std::move(place.error()));
        std::tie(begin, end) = *place;
      }
      if (property.type != CimType::object) {
        if (!last()) return fail(begin, "has no members");
        return FieldRef{&property,           {}, begin,
                        clipped(begin, end), 0,  property.array != ArrayKind::none};
      }
      if (property.object_class == nullptr) return fail(begin, "has no class");
      shape = shape_of(*property.object_class);
      base = begin;
      if (last()) return FieldRef{nullptr, shape, begin, clipped(begin, end)};
    }
  }

  [[nodiscard]] std::unexpected<CodecError> no_element(std::size_t at, std::uint32_t count) const {
    return fail(at, count == 0
                        ? std::string("does not exist, the array is empty")
                        : "does not exist, the last element is " + std::to_string(count - 1));
  }
};

}  // namespace

BlockView::BlockView(Shape shape, std::span<const std::uint8_t> block)
    : shape_(shape), block_(block) {}

BlockView::~BlockView() = default;

std::expected<FieldRef, CodecError> BlockView::locate(std::span<const PathStep> path) const {
  // A block of fixed size is never indexed, and so needs no lock.
  if (!shape_.layout->variable) return Locator(shape_, block_, path, nullptr).run();
  if (path.size() == 1 && path[0].element == PathStep::kNoElement &&
      path[0].member < shape_.properties.size()) {
    const Property& property = shape_.properties[path[0].member];
    if (property.array == ArrayKind::none && property.type != CimType::object &&
        shape_.layout->fields[path[0].member].offset != FieldLayout::kDynamic) {
      return Locator(shape_, block_, path, nullptr).run();
    }
  }
  const std::scoped_lock lock(mutex_);
  if (!index_) index_ = std::make_unique<Index>(block_);
  return Locator(shape_, block_, path, index_.get()).run();
}

}  // namespace hbalab::wmi
