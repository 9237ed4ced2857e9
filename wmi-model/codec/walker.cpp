#include "wmi-model/codec/walker.hpp"

#include <limits>

namespace hbalab::wmi::detail {

void ArrayIndex::push(std::size_t offset) {
  const std::size_t distance = offset - base_;
  if (far_.empty() && distance <= std::numeric_limits<std::uint32_t>::max()) {
    near_.push_back(static_cast<std::uint32_t>(distance));
  } else {
    far_.push_back(offset);
  }
}

bool Walker::fail(const Frame* frame, std::size_t at, std::string message) {
  error = {path_text(frame), at, std::move(message)};
  return false;
}

bool Walker::need(std::size_t at, std::size_t size, const Frame* frame) {
  if (size <= left(at)) return true;
  return fail(frame, at,
              "needs " + bytes_text(size) + ", " + bytes_text(left(at)) +
                  (left(at) == 1 ? " is left" : " are left"));
}

bool Walker::read_count(const Property& counting, std::size_t at, std::uint32_t& count,
                        const Frame* frame) {
  if (!is_integer(counting.type) || counting.array != ArrayKind::none) {
    return fail(frame, at, "is counted by a member that is not an integer");
  }
  const std::size_t size = scalar_size(counting.type);
  if (!need(at, size, frame)) return false;
  const std::uint64_t raw = load_le(block_.data() + at, size);
  if (is_signed(counting.type) && sign_extend(raw, size) < 0) {
    return fail(frame, at, "has a count of " + std::to_string(sign_extend(raw, size)));
  }
  if (raw > 0xFFFFFFFEu) return fail(frame, at, "has a count of " + std::to_string(raw));
  count = static_cast<std::uint32_t>(raw);
  return true;
}

bool Walker::member(const Shape& shape, std::size_t base, std::size_t index, std::size_t& offset,
                    std::uint32_t& count, const Frame* frame, int depth) {
  if (depth > kMaxNesting) return fail(frame, base, "classes are nested too deeply");
  const StructLayout& layout = *shape.layout;
  const std::size_t members = shape.properties.size();
  count = 0;
  if (index == members && !layout.variable) {
    offset = base + layout.fixed_size;
    return true;
  }
  // From the last member whose offset is known. What lies behind it is found once, in order.
  const std::size_t first = first_dynamic(layout);
  const std::size_t start = std::min(index, first == 0 ? 0 : first - 1);
  std::size_t at = base + (start < first ? layout.fields[start].offset : 0);
  std::array<std::size_t, 16> few;
  std::vector<std::size_t> many;
  std::size_t* places = few.data();
  if (index - start >= few.size()) {
    many.resize(index - start + 1);
    places = many.data();
  }
  for (std::size_t i = start;; ++i) {
    if (i == members) {
      offset = at;
      return true;
    }
    const Property& property = shape.properties[i];
    at = align_to(at, layout.fields[i].align);
    places[i - start] = at;
    const Frame here{frame, property.name};
    count = property.fixed_count;
    if (property.array == ArrayKind::counted) {
      const int counter = property.count_index;
      if (counter < 0 || static_cast<std::size_t>(counter) >= i) {
        return fail(&here, at, "has no counting member in front of it");
      }
      const auto counting = static_cast<std::size_t>(counter);
      const std::size_t place =
          counting < start ? base + layout.fields[counting].offset : places[counting - start];
      if (!read_count(shape.properties[counting], place, count, &here)) return false;
    }
    if (i == index) {
      offset = at;
      return true;
    }
    if (property.array == ArrayKind::none ? !item_end(property, at, at, &here, depth)
                                          : !array_end(property, at, count, at, &here, depth)) {
      return false;
    }
  }
}

bool Walker::item_end(const Property& property, std::size_t begin, std::size_t& end,
                      const Frame* frame, int depth) {
  if (property.type == CimType::object) {
    if (property.object_class == nullptr) return fail(frame, begin, "has no class");
    const Class& cls = *property.object_class;
    if (!cls.layout.variable) {
      if (!need(begin, item_extent(property), frame)) return false;
      end = begin + cls.layout.fixed_size;
      return true;
    }
    std::uint32_t count = 0;
    return member(shape_of(cls), begin, cls.properties.size(), end, count, frame, depth + 1);
  }
  const std::size_t size = item_size(property);
  if (!need(begin, size, frame)) return false;
  end = begin + size;
  if (property.type != CimType::string) return true;
  const std::size_t bytes = load_le(block_.data() + begin, 2);
  if (bytes % 2 != 0) {
    return fail(frame, begin, "the string's count of " + bytes_text(bytes) + " is odd");
  }
  if (property.max_len == 0) {
    if (!need(begin, 2 + bytes, frame)) return false;
    end = begin + 2 + bytes;
  } else if (bytes > 2 * std::size_t{property.max_len}) {
    return fail(frame, begin,
                "the string's count of " + bytes_text(bytes) + " is more than the " +
                    bytes_text(2 * std::size_t{property.max_len}) + " that it has room for");
  }
  return true;
}

bool Walker::array_end(const Property& property, std::size_t begin, std::uint32_t count,
                       std::size_t& end, const Frame* frame, int depth) {
  if (!array_fits(property, count, left(begin))) {
    return fail(frame, begin, array_misfit(property, count, left(begin)));
  }
  if (!item_varies(property)) {
    end = begin + item_size(property) * count;
    return true;
  }
  if (source_ != nullptr && count > kWalkedElements) {
    const ArrayIndex& index = source_->index_of(property, begin, count, depth);
    if (!index.complete) {
      const std::string owner = path_text(frame);
      error = index.error;
      error.path = owner + error.path;
      return false;
    }
    end = index.end;
    return true;
  }
  const std::size_t align = item_align(property);
  std::size_t at = begin;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Frame here{frame, {}, i};
    at = align_to(at, align);
    if (!item_end(property, at, at, &here, depth)) return false;
  }
  end = at;
  return true;
}

void Walker::build(const Property& property, std::uint32_t count, ArrayIndex& index,
                   std::size_t begin, int depth) {
  if (!array_fits(property, count, left(begin))) {
    index.error = {{}, begin, array_misfit(property, count, left(begin))};
    return;
  }
  index.reserve(count);
  const std::size_t align = item_align(property);
  std::size_t at = begin;
  std::size_t stride = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Frame here{nullptr, {}, i};
    const std::size_t start = align_to(at, align);
    // Neighbours tend to be alike: what will decide the size of a later element is asked for now,
    // so that the walk is not one cache miss after the other.
    if (stride > 64) prefetch_counts(property, start + 8 * stride);
    index.push(start);
    if (!item_end(property, start, at, &here, depth)) {
      index.error = error;
      return;
    }
    // The mean of the latest ones.
    stride = i == 0 ? at - start : stride - stride / 8 + (at - start) / 8;
  }
  index.end = at;
  index.complete = true;
}

void Walker::prefetch_counts(const Property& property, std::size_t begin) const {
  if (property.type != CimType::object || begin >= block_.size()) return;
  const Class& cls = *property.object_class;
  const auto& fields = cls.layout.fields;
  for (std::size_t i = 0; i < cls.properties.size(); ++i) {
    const Property& member = cls.properties[i];
    if (member.array == ArrayKind::counted && member.count_index >= 0) {
      const auto counter = static_cast<std::size_t>(member.count_index);
      if (counter >= i || fields[counter].offset == FieldLayout::kDynamic) continue;
      const std::size_t at = begin + fields[counter].offset;
      if (at < block_.size()) __builtin_prefetch(block_.data() + at);
    } else if (member.type == CimType::object && member.array == ArrayKind::none &&
               item_varies(member) && fields[i].offset != FieldLayout::kDynamic) {
      prefetch_counts(member, begin + fields[i].offset);
    }
  }
}

}  // namespace hbalab::wmi::detail
