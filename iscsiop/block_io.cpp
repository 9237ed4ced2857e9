#include "iscsiop/block_io.hpp"

#include <algorithm>

namespace hbalab::iscsi {

std::string ViewError::to_string() const {
  std::string where = std::string(member) + " at offset " + std::to_string(offset);
  switch (kind) {
    case Kind::too_short:
      return where + " needs " + std::to_string(needed) + " bytes, " + std::to_string(available) +
             " are left";
    case Kind::misaligned:
      return where + ": the block has to lie on a multiple of " + std::to_string(needed) +
             ", it is off by " + std::to_string(available);
    case Kind::bad_string:
      return where + ": the string says that it has " + std::to_string(needed) +
             " bytes; there is room for " + std::to_string(available) +
             ", and a count has to be even";
    case Kind::too_long:
      return where + ": the text takes " + std::to_string(needed) + " bytes, there is room for " +
             std::to_string(available);
  }
  return where;
}

namespace {

std::optional<ViewError> check_address(const std::uint8_t* data) {
  const std::size_t off = reinterpret_cast<std::uintptr_t>(data) % kBlockAlignment;
  if (off == 0) return std::nullopt;
  return ViewError{ViewError::Kind::misaligned, "block", 0, kBlockAlignment, off};
}

}  // namespace

BlockReader::BlockReader(std::span<const std::uint8_t> block)
    : block_(block), error_(check_address(block.data())) {}

const std::uint8_t* BlockReader::take(std::string_view member, std::size_t align,
                                      std::size_t size) {
  if (error_) return nullptr;
  const std::size_t begin = align_up(offset_, align);
  const std::size_t left = begin < block_.size() ? block_.size() - begin : 0;
  if (begin > block_.size() || size > left) {
    error_ = ViewError{ViewError::Kind::too_short, member, begin, size, left};
    return nullptr;
  }
  offset_ = begin + size;
  return block_.data() + begin;
}

// WMI counts the bytes of a block in a ULONG: what lies beyond is not used.
BlockWriter::BlockWriter(std::span<std::uint8_t> block)
    : block_(block.first(std::min<std::size_t>(block.size(), 0xFFFFFFFFu))),
      error_(check_address(block.data())) {}

void BlockWriter::fail(std::string_view member, std::size_t needed) {
  if (error_) return;
  error_ = ViewError{ViewError::Kind::too_short, member, offset_, needed, block_.size() - offset_};
}

std::uint8_t* BlockWriter::take(std::string_view member, std::size_t align, std::size_t size) {
  if (error_) return nullptr;
  const std::size_t begin = align_up(offset_, align);
  if (begin > block_.size() || size > block_.size() - begin) {
    fail(member, size);
    return nullptr;
  }
  const std::size_t cleared = begin - offset_ + size;
  if (cleared != 0) std::memset(block_.data() + offset_, 0, cleared);
  offset_ = begin + size;
  return block_.data() + begin;
}

std::span<std::uint8_t> BlockWriter::bytes(std::string_view member,
                                           std::span<const std::uint8_t> data) {
  const std::span<std::uint8_t> out = array<std::uint8_t>(member, data.size());
  if (!out.empty()) std::memcpy(out.data(), data.data(), data.size());
  return out;
}

ViewResult<std::size_t> BlockWriter::finish() const {
  if (error_) return std::unexpected(*error_);
  return offset_;
}

namespace {

// The units in front of the first NUL, four at a time: most members are read for their texts.
std::span<const Le16> before_nul(std::span<const Le16> units) {
  constexpr std::uint64_t kOnes = 0x0001'0001'0001'0001u, kTops = 0x8000'8000'8000'8000u;
  std::size_t at = 0;
  for (; at + 4 <= units.size(); at += 4) {
    std::uint64_t four = 0;
    std::memcpy(&four, units.data() + at, sizeof four);
    if (((four - kOnes) & ~four & kTops) != 0) break;  // one of them is zero
  }
  while (at < units.size() && units[at] != 0) ++at;
  return units.first(at);
}

}  // namespace

ViewResult<std::span<const Le16>> fixed_string_units(std::span<const Le16> field,
                                                     std::string_view member) {
  if (field.empty()) {
    return std::unexpected(ViewError{ViewError::Kind::too_short, member, 0, sizeof(Le16), 0});
  }
  const std::size_t count = field[0];
  const std::size_t room = (field.size() - 1) * sizeof(Le16);
  if (count > room || count % sizeof(Le16) != 0) {
    return std::unexpected(ViewError{ViewError::Kind::bad_string, member, 0, count, room});
  }
  return before_nul(field.subspan(1, count / sizeof(Le16)));
}

ViewResult<std::u16string> read_fixed_string(std::span<const Le16> field, std::string_view member) {
  const auto units = fixed_string_units(field, member);
  if (!units) return std::unexpected(units.error());
  std::u16string text(units->size(), u'\0');
  std::ranges::transform(*units, text.begin(),
                         [](Le16 unit) { return static_cast<char16_t>(unit.value()); });
  return text;
}

ViewResult<void> write_fixed_string(std::span<Le16> field, std::u16string_view text,
                                    std::string_view member) {
  const std::size_t room = field.empty() ? 0 : field.size() - 1;
  if (field.empty() || text.size() > room) {
    return std::unexpected(ViewError{ViewError::Kind::too_long, member, 0,
                                     text.size() * sizeof(Le16), room * sizeof(Le16)});
  }
  field[0] = static_cast<std::uint16_t>(text.size() * sizeof(Le16));
  for (std::size_t i = 0; i < text.size(); ++i) field[i + 1] = static_cast<std::uint16_t>(text[i]);
  for (std::size_t i = text.size() + 1; i < field.size(); ++i) field[i] = std::uint16_t{0};
  return {};
}

}  // namespace hbalab::iscsi
