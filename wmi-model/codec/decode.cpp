// Block -> value tree, in one pass over the bytes.
#include <bit>
#include <utility>

#include "wmi-model/codec/internal.hpp"

namespace hbalab::wmi {
namespace {

using detail::Frame;

// The unused part of a string's buffer is mostly zeros, and mostly large.
[[nodiscard]] bool all_zero(std::span<const std::uint8_t> bytes) {
  return bytes.empty() ||
         (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

class Decoder {
 public:
  // One value alone, as decode_field gives it, is without residue.
  explicit Decoder(std::span<const std::uint8_t> block, std::size_t offset = 0,
                   bool keep_residue = true)
      : block_(block),
        pos_(offset),
        values_left_(4096 + 64 * std::uint64_t{block.size()}),
        keep_residue_(keep_residue) {}

  // Members of one struct that begins at the position; leaves the position behind it.
  [[nodiscard]] bool object(const Shape& shape, Object& out, const Frame* frame, int depth) {
    if (depth > detail::kMaxNesting) return fail(frame, "classes are nested too deeply");
    const std::size_t start = pos_;
    out.members.reserve(shape.properties.size());
    for (std::size_t i = 0; i < shape.properties.size(); ++i) {
      const Property& property = shape.properties[i];
      const Frame here{frame, property.name};
      skip_to(detail::align_to(pos_, shape.layout->fields[i].align));
      Value& value = out.members.emplace_back();
      if (property.array == ArrayKind::none) {
        if (!item(property, value, &here, depth)) return false;
        continue;
      }
      std::uint64_t count = property.fixed_count;
      if (property.array == ArrayKind::counted && !read_count(shape, i, out, count, &here)) {
        return false;
      }
      if (!array(property, count, value, &here, depth)) return false;
    }
    if (!shape.layout->variable) skip_to(start + shape.layout->fixed_size);
    return true;
  }

  // One element, or a member that is no array.
  [[nodiscard]] bool item(const Property& property, Value& out, const Frame* frame, int depth) {
    if (values_left_-- == 0) {
      return fail(
          frame, "more values than a block of " + detail::bytes_text(block_.size()) + " can carry");
    }
    switch (property.type) {
      case CimType::object:
        if (property.object_class == nullptr) return fail(frame, "has no class");
        return object(shape_of(*property.object_class), out.emplace<Object>(), frame, depth + 1);
      case CimType::string:
        return string(property, out, frame);
      case CimType::datetime:
        return datetime(out, frame);
      default:
        return scalar(property.type, out, frame);
    }
  }

  [[nodiscard]] bool array(const Property& property, std::uint64_t count, Value& out,
                           const Frame* frame, int depth) {
    if (!detail::array_fits(property, count, left())) {
      return fail(frame, detail::array_misfit(property, count, left()));
    }
    if (detail::is_byte_array(property)) {
      const auto bytes = count == 0 ? std::span<const std::uint8_t>{} : block_.subspan(pos_, count);
      out.emplace<Bytes>().assign(bytes.begin(), bytes.end());
      pos_ += count;
      return true;
    }
    auto& elements = out.emplace<Array>().elements;
    elements.reserve(count);
    const std::size_t align = detail::item_align(property);
    for (std::uint64_t i = 0; i < count; ++i) {
      const Frame here{frame, {}, static_cast<std::uint32_t>(i)};
      skip_to(detail::align_to(pos_, align));
      if (!item(property, elements.emplace_back(), &here, depth)) return false;
    }
    return true;
  }

  [[nodiscard]] std::size_t position() const { return pos_; }
  void skip_to(std::size_t target) {
    const std::size_t end = std::min(target, block_.size());
    if (pos_ < end) keep(pos_, end);
    pos_ = target;
  }
  // Remembers bytes that carry no value and are not zero.
  void keep(std::size_t begin, std::size_t end) {
    if (!keep_residue_ || all_zero(block_.subspan(begin, end - begin))) return;
    const auto bytes = block_.subspan(begin, end - begin);
    residue.push_back({begin, Bytes(bytes.begin(), bytes.end())});
  }

  std::vector<DecodedBlock::Residue> residue;
  CodecError error;

 private:
  [[nodiscard]] std::size_t left() const { return pos_ < block_.size() ? block_.size() - pos_ : 0; }

  [[nodiscard]] bool fail(const Frame* frame, std::string message) {
    error = {detail::path_text(frame), pos_, std::move(message)};
    return false;
  }

  [[nodiscard]] bool need(std::size_t size, const Frame* frame) {
    if (size <= left()) return true;
    return fail(frame, "needs " + detail::bytes_text(size) + ", " + detail::bytes_text(left()) +
                           (left() == 1 ? " is left" : " are left"));
  }

  [[nodiscard]] bool read_count(const Shape& shape, std::size_t index, const Object& object,
                                std::uint64_t& count, const Frame* frame) {
    const int counter = shape.properties[index].count_index;
    if (counter < 0 || static_cast<std::size_t>(counter) >= index) {
      return fail(frame, "has no counting member in front of it");
    }
    const Value& value = object.members[static_cast<std::size_t>(counter)];
    if (const auto* number = std::get_if<std::uint64_t>(&value)) {
      count = *number;
    } else if (const auto* signed_number = std::get_if<std::int64_t>(&value)) {
      if (*signed_number < 0) {
        return fail(frame, "has a count of " + std::to_string(*signed_number));
      }
      count = static_cast<std::uint64_t>(*signed_number);
    } else {
      return fail(frame, "is counted by a member that is not an integer");
    }
    if (count > 0xFFFFFFFEu) return fail(frame, "has a count of " + std::to_string(count));
    return true;
  }

  [[nodiscard]] bool scalar(CimType type, Value& out, const Frame* frame) {
    const std::size_t size = scalar_size(type);
    if (!need(size, frame)) return false;
    const std::uint64_t raw = detail::load_le(block_.data() + pos_, size);
    if (type == CimType::boolean) {
      out = raw != 0;
      if (raw > 1) keep(pos_, pos_ + 1);
    } else if (type == CimType::real32) {
      const auto bits = static_cast<std::uint32_t>(raw);
      const double value = std::bit_cast<float>(bits);
      // Widening makes a signalling NaN quiet. Told by its bits: a compiler may take the conversion
      // there and back for no change.
      constexpr std::uint32_t kExponent = 0x7F800000;
      constexpr std::uint32_t kQuiet = 0x00400000;
      const bool nan = (bits & kExponent) == kExponent && (bits & ~(kExponent | 0x80000000u)) != 0;
      if (nan && (bits & kQuiet) == 0) keep(pos_, pos_ + 4);
      out = value;
    } else if (type == CimType::real64) {
      out = std::bit_cast<double>(raw);
    } else if (detail::is_signed(type)) {
      out = detail::sign_extend(raw, size);
    } else {
      out = raw;
    }
    pos_ += size;
    return true;
  }

  void characters(Value& out, std::size_t begin, std::size_t count) {
    std::u16string& text = out.emplace<std::u16string>();
    text.resize(count);
    if constexpr (std::endian::native == std::endian::little) {
      if (count > 0) std::memcpy(text.data(), block_.data() + begin, 2 * count);
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        text[i] = static_cast<char16_t>(detail::load_le(block_.data() + begin + 2 * i, 2));
      }
    }
  }

  [[nodiscard]] bool string(const Property& property, Value& out, const Frame* frame) {
    const std::size_t capacity = 2 * std::size_t{property.max_len};
    if (!need(2 + capacity, frame)) return false;
    const std::size_t count = detail::load_le(block_.data() + pos_, 2);
    if (count % 2 != 0) {
      return fail(frame, "the string's count of " + detail::bytes_text(count) + " is odd");
    }
    if (capacity == 0) {
      if (!need(2 + count, frame)) return false;
      characters(out, pos_ + 2, count / 2);
      pos_ += 2 + count;
      return true;
    }
    if (count > capacity) {
      return fail(frame, "the string's count of " + detail::bytes_text(count) +
                             " is more than the " + detail::bytes_text(capacity) +
                             " that it has room for");
    }
    characters(out, pos_ + 2, count / 2);
    keep(pos_ + 2 + count, pos_ + 2 + capacity);
    pos_ += 2 + capacity;
    return true;
  }

  [[nodiscard]] bool datetime(Value& out, const Frame* frame) {
    if (!need(2 * detail::kDatetimeChars, frame)) return false;
    characters(out, pos_, detail::kDatetimeChars);
    pos_ += 2 * detail::kDatetimeChars;
    return true;
  }

  std::span<const std::uint8_t> block_;
  std::size_t pos_;
  // Objects of no size and empty arrays cost no bytes; this bounds them all the same.
  std::uint64_t values_left_;
  bool keep_residue_;
};

}  // namespace

std::expected<DecodedBlock, CodecError> decode(const Shape& shape,
                                               std::span<const std::uint8_t> block) {
  DecodedBlock out;
  Decoder decoder(block);
  if (!decoder.object(shape, out.root, nullptr, 0))
    return std::unexpected(std::move(decoder.error));
  if (decoder.position() < block.size()) {
    const auto rest = block.subspan(decoder.position());
    decoder.residue.push_back({decoder.position(), Bytes(rest.begin(), rest.end())});
  } else {
    out.missing_tail = decoder.position() - block.size();
  }
  out.residue = std::move(decoder.residue);
  return out;
}

std::expected<Value, CodecError> decode_field(const FieldRef& ref,
                                              std::span<const std::uint8_t> block) {
  Value out;
  Decoder decoder(block, ref.offset, false);
  bool ok = false;
  if (ref.property == nullptr) {
    ok = ref.shape.layout != nullptr ? decoder.object(ref.shape, out.emplace<Object>(), nullptr, 0)
                                     : true;
  } else {
    const Frame frame{nullptr, ref.property->name};
    ok = ref.property->array == ArrayKind::none || ref.element
             ? decoder.item(*ref.property, out, &frame, 0)
             : decoder.array(*ref.property, ref.count, out, &frame, 0);
  }
  if (!ok) return std::unexpected(std::move(decoder.error));
  return out;
}

}  // namespace hbalab::wmi
