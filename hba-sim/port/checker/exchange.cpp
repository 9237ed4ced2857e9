#include "hba-sim/port/checker/exchange.hpp"

#include <algorithm>

#include "hba-sim/include/srb.h"
#include "hba-sim/port/srb_status.hpp"
#include "wmi-model/wnode/wnode_layout.hpp"

namespace hbalab::check {
namespace {

using wmi::MinorFunction;
using namespace wmi::wnode;

bool is_success(std::uint8_t srb_status) { return SRB_STATUS(srb_status) == SRB_STATUS_SUCCESS; }

std::string_view status_text(std::uint8_t srb_status) {
  return port::srb_status_name(SRB_STATUS(srb_status));
}

// Field offsets of the two forms that carry data of one instance.
struct SingleForm {
  std::size_t offset_field = 0, size_field = 0, fixed = 0;
};
constexpr SingleForm kInstanceForm{kInstanceDataOffset, kInstanceDataSize, kInstanceVariable};
constexpr SingleForm kItemForm{kItemDataOffset, kItemDataSize, kItemVariable};

bool has_single_form(MinorFunction minor) {
  return minor == MinorFunction::query_single_instance || minor == MinorFunction::execute_method;
}

const SingleForm& form_of(MinorFunction minor) {
  const bool item =
      minor == MinorFunction::execute_method || minor == MinorFunction::change_single_item;
  return item ? kItemForm : kInstanceForm;
}

std::uint32_t kind_flag(MinorFunction minor) {
  switch (minor) {
    case MinorFunction::query_all_data:
      return kFlagAllData;
    case MinorFunction::query_single_instance:
      return kFlagSingleInstance;
    default:
      return kFlagMethodItem;
  }
}

bool has_wnode(MinorFunction minor) {
  return minor == MinorFunction::query_all_data || has_single_form(minor);
}

// The part of the buffer that a successful answer consists of.
View valid_part(const Exchange& exchange) {
  if (!is_success(exchange.srb_status)) return {};
  return exchange.answer.first(std::min<std::size_t>(exchange.size, exchange.answer.size()));
}

bool says_too_small(View wnode) {
  return wnode.size() >= kTooSmallSize && (load32(wnode, kFlags) & kFlagTooSmall) != 0;
}

std::string inside_text(std::uint64_t from, std::uint64_t to) {
  return "between offset " + std::to_string(from) + " and the end at " + std::to_string(to);
}

std::string range_text(std::uint64_t offset, std::uint64_t size) {
  return bytes_text(size) + " at offset " + std::to_string(offset);
}

// The checks of one WNODE that holds data.
class WnodeCheck {
 public:
  WnodeCheck(const Exchange& exchange, View wnode, Findings& findings)
      : exchange_(exchange), wnode_(wnode), findings_(findings) {}

  // Whether the WNODE's own structure can be looked at.
  bool header() {
    const std::size_t least =
        exchange_.minor == MinorFunction::query_all_data ? kAllFixedSize : kInstanceVariable;
    if (wnode_.size() < least) {
      findings_.add(Rule::wnode_size, "at least " + bytes_text(least) + " of WNODE",
                    bytes_text(wnode_.size()));
      return false;
    }
    const std::uint32_t size = load32(wnode_, kBufferSize);
    if (size != exchange_.size) {
      findings_.add_at(
          Rule::wnode_size, wnode_, kBufferSize,
          "WnodeHeader.BufferSize " + std::to_string(exchange_.size) + ", as DataTransferLength",
          std::to_string(size));
    }
    const std::uint32_t flags = load32(wnode_, kFlags);
    if ((flags & kind_flag(exchange_.minor)) == 0) {
      findings_.add_at(Rule::wnode_flags, wnode_, kFlags,
                       "flag " + hex_text(kind_flag(exchange_.minor)) + " set", hex_text(flags, 8));
    }
    if (!std::equal(exchange_.guid.bytes.begin(), exchange_.guid.bytes.end(),
                    wnode_.begin() + kGuid)) {
      wmi::Guid found;
      std::copy_n(wnode_.begin() + kGuid, found.bytes.size(), found.bytes.begin());
      findings_.add_at(Rule::wnode_guid, wnode_, kGuid, exchange_.guid.to_string(),
                       found.to_string());
    }
    return true;
  }

  void single() {
    const SingleForm& form = form_of(exchange_.minor);
    if (wnode_.size() < form.fixed) return;
    const std::uint32_t offset = load32(wnode_, form.offset_field);
    const std::uint32_t size = load32(wnode_, form.size_field);
    if (size == 0) return;
    if (!data(form.offset_field, offset, size, form.fixed, {})) return;
    aligned(form.offset_field, offset, {});
  }

  void all() {
    const std::uint32_t flags = load32(wnode_, kFlags);
    const std::uint32_t count = load32(wnode_, kAllInstanceCount);
    const bool dynamic = (flags & kFlagStaticInstanceNames) == 0;
    if (!dynamic && exchange_.instances && *exchange_.instances != kDynamicInstances &&
        count != *exchange_.instances) {
      findings_.add_at(Rule::instance_count_differs, wnode_, kAllInstanceCount,
                       std::to_string(*exchange_.instances) + " instances, as registered",
                       std::to_string(count));
    }
    if (count == 0) return;
    if ((flags & kFlagFixedInstanceSize) != 0) {
      fixed(count);
    } else {
      table(count);
    }
    if (dynamic) names(count);
  }

 private:
  void fixed(std::uint32_t count) {
    const std::uint32_t size = load32(wnode_, kAllFixedSize);
    const std::uint32_t offset = load32(wnode_, kAllDataBlockOffset);
    if (size == 0) return;
    const std::uint64_t total = std::uint64_t{count - 1} * align8(size) + size;
    if (!data(kAllDataBlockOffset, offset, total, kAllHeaderSize, {})) return;
    aligned(kAllDataBlockOffset, offset, {});
  }

  void table(std::uint32_t count) {
    const std::uint64_t end = kAllFixedSize + std::uint64_t{count} * kOffsetAndLengthSize;
    if (end > wnode_.size()) {
      findings_.add_at(
          Rule::wnode_offset, wnode_, kAllInstanceCount,
          "a table of offsets inside the answer of " + bytes_text(wnode_.size()),
          std::to_string(count) + " instances, whose table ends at offset " + std::to_string(end));
      return;
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::size_t entry = kAllFixedSize + std::size_t{i} * kOffsetAndLengthSize;
      const std::uint32_t offset = load32(wnode_, entry);
      const std::uint32_t size = load32(wnode_, entry + 4);
      if (size == 0) continue;
      // One wrong entry says what there is to say.
      if (!data(entry, offset, size, end, i) || !aligned(entry, offset, i)) return;
    }
  }

  void names(std::uint32_t count);

  bool data(std::size_t field, std::uint64_t offset, std::uint64_t size, std::uint64_t from,
            std::optional<std::uint32_t> instance) {
    if (fits(offset, size, from, wnode_.size())) return true;
    findings_
        .add_at(Rule::wnode_offset, wnode_, static_cast<std::int64_t>(field),
                "data " + inside_text(from, wnode_.size()), range_text(offset, size))
        .instance = instance;
    return false;
  }

  bool aligned(std::size_t field, std::uint32_t offset, std::optional<std::uint32_t> instance) {
    if (offset % 8 == 0) return true;
    findings_
        .add_at(Rule::instance_misaligned, wnode_, static_cast<std::int64_t>(field),
                "an offset that is a multiple of 8", "offset " + std::to_string(offset))
        .instance = instance;
    return false;
  }

  const Exchange& exchange_;
  View wnode_;
  Findings& findings_;
};

// The counted string at `offset`; nothing when it does not lie in the WNODE.
std::optional<std::u16string> counted_string(View wnode, std::uint32_t offset) {
  if (!fits(offset, sizeof(std::uint16_t), kAllFixedSize, wnode.size())) return {};
  const std::uint16_t size = load<std::uint16_t>(wnode, offset);
  if (size == 0 || size % 2 != 0 || !fits(offset + 2, size, kAllFixedSize, wnode.size())) return {};
  std::u16string text(size / 2, u'\0');
  std::memcpy(text.data(), wnode.data() + offset + 2, size);
  return text;
}

void WnodeCheck::names(std::uint32_t count) {
  const std::uint32_t table = load32(wnode_, kAllNameOffsets);
  if (!fits(table, std::uint64_t{count} * sizeof(std::uint32_t), kAllFixedSize, wnode_.size())) {
    findings_.add_at(Rule::wnode_offset, wnode_, kAllNameOffsets,
                     "a table of names " + inside_text(kAllFixedSize, wnode_.size()),
                     range_text(table, std::uint64_t{count} * sizeof(std::uint32_t)));
    return;
  }
  std::vector<std::pair<std::u16string, std::uint32_t>> names;
  names.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t entry = table + std::size_t{i} * sizeof(std::uint32_t);
    auto name = counted_string(wnode_, load32(wnode_, entry));
    if (!name) {
      findings_
          .add_at(Rule::name_malformed, wnode_, static_cast<std::int64_t>(entry),
                  "a counted string of whole characters inside the answer",
                  "what is at offset " + std::to_string(load32(wnode_, entry)))
          .instance = i;
      return;
    }
    names.emplace_back(std::move(*name), i);
  }
  std::ranges::sort(names);
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  const auto twin = std::ranges::adjacent_find(names, same);
  if (twin == names.end()) return;
  const std::uint32_t index = std::next(twin)->second;
  const std::size_t entry = table + std::size_t{index} * sizeof(std::uint32_t);
  findings_
      .add_at(Rule::names_not_unique, wnode_, load32(wnode_, entry),
              "a name that no other instance has",
              "the name of instance " + std::to_string(twin->second))
      .instance = index;
}

}  // namespace

Outcome outcome_of(const Exchange& exchange) {
  if (SRB_STATUS(exchange.srb_status) == SRB_STATUS_DATA_OVERRUN) {
    return {Outcome::Kind::overrun, exchange.size};
  }
  if (!is_success(exchange.srb_status)) return {Outcome::Kind::failed, 0};
  const View wnode = valid_part(exchange);
  if (has_wnode(exchange.minor) && says_too_small(wnode)) {
    return {Outcome::Kind::overrun, load32(wnode, kSizeNeeded)};
  }
  return {Outcome::Kind::success, exchange.size};
}

bool read_only(MinorFunction minor) {
  return minor == MinorFunction::query_all_data || minor == MinorFunction::query_single_instance ||
         minor == MinorFunction::reginfo;
}

std::size_t input_size(MinorFunction minor, View request) {
  std::uint64_t size = request.size();
  switch (minor) {
    case MinorFunction::query_all_data:
      size = kAllHeaderSize;
      break;
    case MinorFunction::reginfo:
      size = 0;
      break;
    case MinorFunction::query_single_instance:
    case MinorFunction::change_single_instance:
    case MinorFunction::change_single_item:
    case MinorFunction::execute_method: {
      const SingleForm& form = form_of(minor);
      if (request.size() < form.fixed) break;
      size = load32(request, form.offset_field);
      if (minor != MinorFunction::query_single_instance) size += load32(request, form.size_field);
      size = std::max<std::uint64_t>(size, form.fixed);
      break;
    }
    default:
      break;
  }
  return static_cast<std::size_t>(std::min<std::uint64_t>(size, request.size()));
}

void find_data(const Exchange& exchange, std::vector<DataRange>& ranges) {
  ranges.clear();
  const View wnode = valid_part(exchange);
  const auto add = [&](std::uint64_t offset, std::uint64_t size, std::uint32_t instance) {
    if (size != 0 && fits(offset, size, 0, wnode.size())) {
      ranges.push_back(
          {static_cast<std::size_t>(offset), static_cast<std::size_t>(size), instance});
    }
  };
  if (exchange.minor == MinorFunction::reginfo) {
    add(0, wnode.size(), 0);
    return;
  }
  if (!has_wnode(exchange.minor) || says_too_small(wnode)) return;
  if (exchange.minor != MinorFunction::query_all_data) {
    const SingleForm& form = form_of(exchange.minor);
    if (wnode.size() < form.fixed) return;
    add(load32(wnode, form.offset_field), load32(wnode, form.size_field),
        exchange.minor == MinorFunction::query_single_instance ? load32(wnode, kInstanceIndex) : 0);
    return;
  }
  if (wnode.size() < kAllHeaderSize) return;
  const std::uint32_t count = load32(wnode, kAllInstanceCount);
  const bool fixed = (load32(wnode, kFlags) & kFlagFixedInstanceSize) != 0;
  const std::uint64_t size = load32(wnode, kAllFixedSize);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (fixed) {
      const std::uint64_t offset = load32(wnode, kAllDataBlockOffset) + i * align8(size);
      if (size == 0 || offset > wnode.size()) return;
      add(offset, size, i);
      continue;
    }
    const std::size_t entry = kAllFixedSize + std::size_t{i} * kOffsetAndLengthSize;
    if (!fits(entry, kOffsetAndLengthSize, 0, wnode.size())) return;
    add(load32(wnode, entry), load32(wnode, entry + 4), i);
  }
}

std::vector<ListedName> find_names(const Exchange& exchange) {
  std::vector<ListedName> names;
  const View wnode = valid_part(exchange);
  if (exchange.minor != MinorFunction::query_all_data || wnode.size() < kAllHeaderSize ||
      says_too_small(wnode) || (load32(wnode, kFlags) & kFlagStaticInstanceNames) != 0) {
    return names;
  }
  const std::uint32_t table = load32(wnode, kAllNameOffsets);
  const std::uint32_t count = load32(wnode, kAllInstanceCount);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t entry = table + std::uint64_t{i} * sizeof(std::uint32_t);
    if (!fits(entry, sizeof(std::uint32_t), kAllFixedSize, wnode.size())) break;
    const std::uint32_t offset = load32(wnode, static_cast<std::size_t>(entry));
    if (auto name = counted_string(wnode, offset)) names.push_back({std::move(*name), offset});
  }
  return names;
}

void check_status(std::uint8_t srb_status, Findings& findings) {
  if (SRB_STATUS(srb_status) == SRB_STATUS_PENDING) {
    findings.add(Rule::completed_pending, "a final status",
                 "SrbStatus " + hex_text(srb_status) + " (SRB_STATUS_PENDING)");
  } else if (status_text(srb_status).empty()) {
    findings.add(Rule::status_undefined, "a status of srb.h", "SrbStatus " + hex_text(srb_status));
  }
}

void check_answer(const Exchange& exchange, std::vector<DataRange>& ranges, Findings& findings) {
  const std::size_t capacity = exchange.answer.size();
  if (is_success(exchange.srb_status) && exchange.size > capacity) {
    findings.add(Rule::success_larger_than_buffer, "at most " + bytes_text(capacity),
                 "DataTransferLength " + std::to_string(exchange.size));
    return;
  }
  const Outcome outcome = outcome_of(exchange);
  if (outcome.kind == Outcome::Kind::overrun) {
    if (outcome.size <= capacity) {
      findings.add(Rule::overrun_not_larger, "more than the " + bytes_text(capacity) + " offered",
                   bytes_text(outcome.size) + " asked for");
    }
    return;
  }
  if (outcome.kind == Outcome::Kind::failed) return;
  const View valid = valid_part(exchange);
  if (exchange.minor == MinorFunction::reginfo) {
    check_reginfo(valid, findings);
    return;
  }
  if (!has_wnode(exchange.minor)) return;
  WnodeCheck check(exchange, valid, findings);
  if (!check.header()) return;
  if (exchange.minor == MinorFunction::query_all_data) {
    check.all();
  } else {
    check.single();
  }
  if (exchange.shape == nullptr) return;
  find_data(exchange, ranges);
  for (const DataRange& range : ranges) check_block(valid, range, *exchange.shape, findings);
}

void check_block(View buffer, const DataRange& range, const wmi::Shape& shape, Findings& findings) {
  if (!fits(range.offset, range.size, 0, buffer.size())) return;
  const auto report = [&](Rule rule, std::size_t offset, std::string expected, std::string found) {
    findings
        .add_at(rule, buffer,
                static_cast<std::int64_t>(range.offset + std::min(offset, range.size)),
                std::move(expected), std::move(found))
        .instance = range.instance;
  };
  const std::size_t fixed = shape.layout->fixed_size;
  if (!shape.layout->variable && range.size > align8(fixed)) {
    report(Rule::block_size_differs, fixed, bytes_text(fixed), bytes_text(range.size));
    return;
  }
  const auto decoded = wmi::decode(shape, buffer.subspan(range.offset, range.size));
  if (decoded) return;
  const wmi::CodecError& error = decoded.error();
  // The one thing that a codec says about strings alone.
  const bool string = error.message.starts_with("the string's count");
  report(
      string ? Rule::counted_string_outside : Rule::block_size_differs, error.offset,
      string ? "a counted string that ends inside its field" : "a block as its class lays it out",
      error.to_string());
}

}  // namespace hbalab::check
