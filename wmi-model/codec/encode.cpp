// Value tree -> block, in one pass; counting members are filled in from their arrays.
#include <bit>
#include <limits>
#include <utility>

#include "wmi-model/codec/internal.hpp"

namespace hbalab::wmi {
namespace {

using detail::Frame;

constexpr std::uint64_t kNotCounting = std::numeric_limits<std::uint64_t>::max();

[[nodiscard]] std::size_t length_of(const Value& value) {
  if (const auto* array = std::get_if<Array>(&value)) return array->elements.size();
  if (const auto* bytes = std::get_if<Bytes>(&value)) return bytes->size();
  return 0;
}

[[nodiscard]] std::string_view kind_of(const Value& value) {
  static constexpr std::string_view kKinds[] = {"nothing",    "a boolean", "an integer",
                                                "an integer", "a real",    "a text",
                                                "bytes",      "an array",  "an object"};
  return kKinds[value.index()];
}

class Encoder {
 public:
  [[nodiscard]] bool object(const Shape& shape, const Object& object, const Frame* frame,
                            int depth) {
    if (depth > detail::kMaxNesting) return fail(frame, "classes are nested too deeply");
    if (object.members.size() > shape.properties.size()) {
      return fail(frame, "has " + std::to_string(object.members.size()) +
                             " members, the class has " + std::to_string(shape.properties.size()));
    }
    const std::size_t start = bytes.size();
    std::vector<std::uint64_t> lengths;
    if (shape.layout->variable && !collect_lengths(shape, object, lengths, frame)) return false;
    static const Value kAbsent;
    for (std::size_t i = 0; i < shape.properties.size(); ++i) {
      const Property& property = shape.properties[i];
      const Frame here{frame, property.name};
      const Value& value = i < object.members.size() ? object.members[i] : kAbsent;
      if (!pad_to(detail::align_to(bytes.size(), shape.layout->fields[i].align), &here))
        return false;
      const bool counting = i < lengths.size() && lengths[i] != kNotCounting;
      if (counting ? !count(property, value, lengths[i], &here)
                   : !member(property, value, &here, depth)) {
        return false;
      }
    }
    return shape.layout->variable || pad_to(start + shape.layout->fixed_size, frame);
  }

  [[nodiscard]] bool member(const Property& property, const Value& value, const Frame* frame,
                            int depth) {
    switch (property.array) {
      case ArrayKind::none:
        return item(property, value, frame, depth);
      case ArrayKind::fixed:
        return fixed_array(property, value, frame, depth);
      case ArrayKind::counted:
        return elements(property, value, frame, depth);
    }
    return false;
  }

  Bytes bytes;
  CodecError error;

 private:
  [[nodiscard]] bool fail(const Frame* frame, std::string message) {
    error = {detail::path_text(frame), bytes.size(), std::move(message)};
    return false;
  }
  [[nodiscard]] bool wrong_kind(const Frame* frame, const Value& value, std::string_view expected) {
    return fail(frame,
                std::string(kind_of(value)) + " came, " + std::string(expected) + " was expected");
  }

  [[nodiscard]] bool pad_to(std::size_t size, const Frame* frame) {
    if (size > detail::kMaxEncodedBytes) {
      return fail(frame,
                  "the block would be larger than " + detail::bytes_text(detail::kMaxEncodedBytes));
    }
    bytes.resize(size);
    return true;
  }
  [[nodiscard]] bool zeros(std::uint64_t each, std::uint64_t count, const Frame* frame) {
    if (each != 0 && count > detail::kMaxEncodedBytes / each) {
      return pad_to(detail::kMaxEncodedBytes + 1, frame);
    }
    return pad_to(bytes.size() + each * count, frame);
  }

  void store(std::uint64_t raw, std::size_t size) {
    std::uint8_t little[8];
    for (std::size_t i = 0; i < 8; ++i) little[i] = static_cast<std::uint8_t>(raw >> (8 * i));
    bytes.insert(bytes.end(), little, little + size);
  }
  void store(std::u16string_view units) {
    if constexpr (std::endian::native == std::endian::little) {
      const std::size_t at = bytes.size();
      bytes.resize(at + 2 * units.size());
      if (!units.empty()) std::memcpy(bytes.data() + at, units.data(), 2 * units.size());
    } else {
      for (const char16_t unit : units) store(unit, 2);
    }
  }

  // lengths[i]: what the member i has to count, when it is a counting member.
  [[nodiscard]] bool collect_lengths(const Shape& shape, const Object& object,
                                     std::vector<std::uint64_t>& lengths, const Frame* frame) {
    lengths.assign(shape.properties.size(), kNotCounting);
    for (std::size_t i = 0; i < shape.properties.size(); ++i) {
      const Property& property = shape.properties[i];
      if (property.array != ArrayKind::counted) continue;
      const Frame here{frame, property.name};
      const int counter = property.count_index;
      if (counter < 0 || static_cast<std::size_t>(counter) >= i) {
        return fail(&here, "has no counting member in front of it");
      }
      const Property& counting = shape.properties[static_cast<std::size_t>(counter)];
      if (!detail::is_integer(counting.type) || counting.array != ArrayKind::none) {
        return fail(&here, "is counted by a member that is not an integer");
      }
      const std::uint64_t length =
          i < object.members.size() ? length_of(object.members[i]) : std::uint64_t{0};
      std::uint64_t& known = lengths[static_cast<std::size_t>(counter)];
      if (known != kNotCounting && known != length) {
        return fail(&here, "has " + std::to_string(length) +
                               " elements, another array counted by " + counting.name + " has " +
                               std::to_string(known));
      }
      known = length;
    }
    return true;
  }

  [[nodiscard]] bool count(const Property& property, const Value& value, std::uint64_t length,
                           const Frame* frame) {
    if (!std::holds_alternative<std::monostate>(value)) {
      const auto* number = std::get_if<std::uint64_t>(&value);
      const auto* signed_number = std::get_if<std::int64_t>(&value);
      if (number == nullptr && signed_number == nullptr) {
        return wrong_kind(frame, value, cim_type_name(property.type));
      }
      const bool agrees =
          number != nullptr
              ? *number == length
              : *signed_number >= 0 && static_cast<std::uint64_t>(*signed_number) == length;
      if (!agrees) {
        return fail(frame, "says " +
                               (number != nullptr ? std::to_string(*number)
                                                  : std::to_string(*signed_number)) +
                               ", its array has " + std::to_string(length) + " elements");
      }
    }
    return item(property, Value(length), frame, 0);
  }

  [[nodiscard]] bool item(const Property& property, const Value& value, const Frame* frame,
                          int depth) {
    const bool absent = std::holds_alternative<std::monostate>(value);
    if (absent && !detail::item_varies(property))
      return zeros(detail::item_size(property), 1, frame);
    switch (property.type) {
      case CimType::object: {
        if (property.object_class == nullptr) return fail(frame, "has no class");
        static const Object kEmpty;
        const auto* inner = absent ? &kEmpty : std::get_if<Object>(&value);
        if (inner == nullptr) return wrong_kind(frame, value, "an object");
        return object(shape_of(*property.object_class), *inner, frame, depth + 1);
      }
      case CimType::string:
      case CimType::datetime:
        return text(property, value, frame);
      case CimType::boolean: {
        const auto* flag = std::get_if<bool>(&value);
        if (flag == nullptr) return wrong_kind(frame, value, "a boolean");
        bytes.push_back(*flag ? 1 : 0);
        return true;
      }
      case CimType::real32:
      case CimType::real64: {
        const auto* real = std::get_if<double>(&value);
        if (real == nullptr) return wrong_kind(frame, value, "a real");
        if (property.type == CimType::real64) {
          store(std::bit_cast<std::uint64_t>(*real), 8);
        } else {
          store(std::bit_cast<std::uint32_t>(static_cast<float>(*real)), 4);
        }
        return true;
      }
      default:
        return integer(property, value, frame);
    }
  }

  [[nodiscard]] bool integer(const Property& property, const Value& value, const Frame* frame) {
    const std::size_t size = scalar_size(property.type);
    const std::uint64_t limit = detail::unsigned_max(size);
    if (const auto* number = std::get_if<std::uint64_t>(&value)) {
      if (*number > (detail::is_signed(property.type) ? limit / 2 : limit)) {
        return no_fit(property, std::to_string(*number), frame);
      }
      store(*number, size);
      return true;
    }
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      const bool fits =
          detail::is_signed(property.type)
              ? detail::sign_extend(static_cast<std::uint64_t>(*number), size) == *number
              : *number >= 0 && static_cast<std::uint64_t>(*number) <= limit;
      if (!fits) return no_fit(property, std::to_string(*number), frame);
      store(static_cast<std::uint64_t>(*number), size);
      return true;
    }
    return wrong_kind(frame, value, cim_type_name(property.type));
  }
  [[nodiscard]] bool no_fit(const Property& property, const std::string& number,
                            const Frame* frame) {
    return fail(frame, (property.secret ? "the number" : number) + " does not fit into " +
                           std::string(cim_type_name(property.type)));
  }

  [[nodiscard]] bool text(const Property& property, const Value& value, const Frame* frame) {
    static const std::u16string kEmpty;
    const bool absent = std::holds_alternative<std::monostate>(value);
    const auto* units = absent ? &kEmpty : std::get_if<std::u16string>(&value);
    if (units == nullptr) return wrong_kind(frame, value, "a text");
    const bool datetime = property.type == CimType::datetime;
    const std::size_t room = datetime                ? detail::kDatetimeChars
                             : property.max_len != 0 ? std::size_t{property.max_len}
                                                     : std::size_t{0x7FFF};
    // The count is a USHORT of bytes, whatever MaxLen says.
    if (units->size() > std::min<std::size_t>(room, datetime ? room : 0x7FFF)) {
      return fail(frame, "has " + std::to_string(units->size()) + " characters, " +
                             std::to_string(std::min<std::size_t>(room, 0x7FFF)) + " fit");
    }
    const std::size_t start = bytes.size();
    if (!datetime) store(2 * units->size(), 2);
    store(*units);
    if (datetime) return pad_to(start + 2 * room, frame);
    return property.max_len == 0 || pad_to(start + 2 + 2 * room, frame);
  }

  [[nodiscard]] bool fixed_array(const Property& property, const Value& value, const Frame* frame,
                                 int depth) {
    if (property.fixed_count != 0 && detail::item_size(property) == 0) {
      return fail(frame, "has elements that have no size");
    }
    if (std::holds_alternative<std::monostate>(value)) {
      if (!detail::item_varies(property)) {
        return zeros(detail::item_size(property), property.fixed_count, frame);
      }
      for (std::uint32_t i = 0; i < property.fixed_count; ++i) {
        const Frame here{frame, {}, i};
        if (!element(property, value, &here, depth)) return false;
      }
      return true;
    }
    const std::size_t length = length_of(value);
    if (length != property.fixed_count) {
      return fail(frame, "has " + std::to_string(length) + " elements, " +
                             std::to_string(property.fixed_count) + " were expected");
    }
    return elements(property, value, frame, depth);
  }

  [[nodiscard]] bool element(const Property& property, const Value& value, const Frame* frame,
                             int depth) {
    return pad_to(detail::align_to(bytes.size(), detail::item_align(property)), frame) &&
           item(property, value, frame, depth);
  }

  [[nodiscard]] bool elements(const Property& property, const Value& value, const Frame* frame,
                              int depth) {
    if (std::holds_alternative<std::monostate>(value)) return true;
    if (detail::is_byte_array(property)) {
      const auto* raw = std::get_if<Bytes>(&value);
      if (raw == nullptr) return wrong_kind(frame, value, "bytes");
      if (!pad_to(bytes.size() + raw->size(), frame)) return false;
      std::ranges::copy(*raw, bytes.end() - static_cast<std::ptrdiff_t>(raw->size()));
      return true;
    }
    const auto* array = std::get_if<Array>(&value);
    if (array == nullptr) return wrong_kind(frame, value, "an array");
    if (!array->elements.empty() && detail::item_size(property) == 0) {
      return fail(frame,
                  "has " + std::to_string(array->elements.size()) + " elements that have no size");
    }
    for (std::size_t i = 0; i < array->elements.size(); ++i) {
      const Frame here{frame, {}, static_cast<std::uint32_t>(i)};
      if (!element(property, array->elements[i], &here, depth)) return false;
    }
    return true;
  }
};

[[nodiscard]] std::expected<void, CodecError> apply_residue(const DecodedBlock& block,
                                                            Bytes& bytes) {
  if (block.missing_tail > bytes.size()) {
    return std::unexpected(CodecError{{}, bytes.size(), "more is missing than the block has"});
  }
  bytes.resize(bytes.size() - block.missing_tail);
  for (const auto& residue : block.residue) {
    if (residue.offset > bytes.size() ||
        residue.bytes.size() > detail::kMaxEncodedBytes - residue.offset) {
      return std::unexpected(
          CodecError{{}, residue.offset, "remembered bytes lie outside the block"});
    }
    bytes.resize(std::max(bytes.size(), residue.offset + residue.bytes.size()));
    std::ranges::copy(residue.bytes, bytes.begin() + static_cast<std::ptrdiff_t>(residue.offset));
  }
  return {};
}

}  // namespace

std::expected<Bytes, CodecError> encode(const Shape& shape, const Object& root) {
  Encoder encoder;
  encoder.bytes.reserve(std::min(shape.layout->c_size, std::size_t{1} << 16));
  if (!encoder.object(shape, root, nullptr, 0)) return std::unexpected(std::move(encoder.error));
  return std::move(encoder.bytes);
}

std::expected<Bytes, CodecError> encode(const Shape& shape, const DecodedBlock& block) {
  auto bytes = encode(shape, block.root);
  if (!bytes) return bytes;
  if (auto applied = apply_residue(block, *bytes); !applied) {
    return std::unexpected(std::move(applied.error()));
  }
  return bytes;
}

std::expected<Bytes, CodecError> encode_item(const Property& property, const Value& value) {
  Encoder encoder;
  const Frame frame{nullptr, property.name};
  if (!encoder.member(property, value, &frame, 0)) return std::unexpected(std::move(encoder.error));
  return std::move(encoder.bytes);
}

}  // namespace hbalab::wmi
