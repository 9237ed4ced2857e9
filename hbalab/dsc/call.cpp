#include "hbalab/dsc/call.hpp"

#include <algorithm>
#include <cstring>

namespace hbalab::cli::dsc {
namespace {

constexpr std::size_t kFirstCapacity = 64 << 10;
constexpr int kMostCalls = 16;

class Call {
 public:
  Call(const Function& function, Sources& sources)
      : function_(function),
        sources_(sources),
        slots_(function.arguments.fields.size()),
        counts_(slots_.size()) {}

  [[nodiscard]] std::expected<void, wmi::TextError> prepare(const Json& arguments) {
    auto encoded = encode(function_.arguments, arguments,
                          reinterpret_cast<std::uint8_t*>(slots_.data()), memory_, sources_);
    if (!encoded) return encoded;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      const Field& field = fields()[i];
      if (field.way != Way::out) continue;
      if (field.counted_by >= 0 || field.sized_by >= 0) {
        buffers_.push_back({i, kFirstCapacity, {}});
        for (const int count : {field.counted_by, field.sized_by}) {
          if (count >= 0)
            point(static_cast<std::size_t>(count), &counts_[static_cast<std::size_t>(count)]);
        }
      } else {
        point(i, memory_.take(field.size));
      }
    }
    return {};
  }

  [[nodiscard]] ISDSC_STATUS run() {
    ISDSC_STATUS status = ERROR_SUCCESS;
    for (int calls = 0; calls < kMostCalls; ++calls) {
      for (Buffer& buffer : buffers_) offer(buffer);
      status = function_.call(slots_.data());
      if (status != ERROR_INSUFFICIENT_BUFFER || !grow()) break;
      for (std::size_t i = 0; i < slots_.size(); ++i) {
        if (fields()[i].first_call_only) slots_[i] = 0;
      }
    }
    return status;
  }

  [[nodiscard]] Answer answer(ISDSC_STATUS status) const {
    Answer answer{status, {}, {}};
    bool answers = is_done(status);
    for (const Field& field : fields())
      answers = answers || (field.only_with == status && status != 0);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (fields()[i].is_output()) answer.fields.push_back(resolved(fields()[i]));
    }
    if (!answers) return answer;
    answer.result = Json::object();
    std::size_t next = 0;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (fields()[i].is_output()) put(answer, answer.fields[next++], i);
    }
    return answer;
  }

 private:
  struct Buffer {
    std::size_t argument;
    std::size_t capacity;  // bytes
    std::vector<std::uint8_t> bytes;
  };

  [[nodiscard]] std::span<const Field> fields() const { return function_.arguments.fields; }
  void point(std::size_t argument, const void* to) {
    slots_[argument] = reinterpret_cast<std::uintptr_t>(to);
  }

  void offer(Buffer& buffer) {
    const Field& field = fields()[buffer.argument];
    buffer.bytes.assign(buffer.capacity, 0);
    point(buffer.argument, buffer.bytes.data());
    if (field.counted_by >= 0) {
      counts_[static_cast<std::size_t>(field.counted_by)] =
          field.sized_by >= 0 ? 0 : static_cast<ULONG>(buffer.capacity / field.size);
    }
    if (field.sized_by >= 0)
      counts_[static_cast<std::size_t>(field.sized_by)] = static_cast<ULONG>(buffer.capacity);
  }

  // Bytes, of which the function said how many there are.
  [[nodiscard]] std::size_t told(const Field& field) const {
    return field.sized_by >= 0
               ? counts_[static_cast<std::size_t>(field.sized_by)]
               : std::size_t{counts_[static_cast<std::size_t>(field.counted_by)]} * field.size;
  }

  // Whether something was too small. With room to spare: what has grown may grow again.
  [[nodiscard]] bool grow() {
    bool grown = false;
    for (Buffer& buffer : buffers_) {
      const std::size_t needed = told(fields()[buffer.argument]);
      if (needed <= buffer.capacity) continue;
      buffer.capacity = std::min<std::size_t>(needed + needed / 4, UINT32_MAX);
      grown = true;
    }
    return grown;
  }

  [[nodiscard]] Field resolved(const Field& field) const {
    if (field.form != Form::chosen) return field;
    const std::uint64_t value = slots_[static_cast<std::size_t>(field.chosen_by)];
    const auto found = std::ranges::find(field.cases, value, &Field::when);
    if (found == field.cases.end()) return field;
    Field chosen = *found;
    chosen.name = field.name;
    return chosen;
  }

  void put(Answer& answer, const Field& field, std::size_t argument) const {
    const auto* const at = reinterpret_cast<const std::uint8_t*>(slots_[argument]);
    std::size_t count = 0;
    const Field& declared = fields()[argument];
    if (field.is_list() && !field.listed) {
      count = counts_[static_cast<std::size_t>(field.counted_by)];
    } else if (declared.sized_by >= 0) {
      count = counts_[static_cast<std::size_t>(declared.sized_by)];
    }
    const bool there = field.only_with == 0 || field.only_with == answer.status;
    add_member(answer.result, field, there ? decode(field, at, count) : Json(nullptr));
  }

  const Function& function_;
  Sources& sources_;
  std::vector<std::uint64_t> slots_;
  std::vector<ULONG> counts_;  // where a function tells a size or a count
  std::vector<Buffer> buffers_;
  Memory memory_;
};

}  // namespace

std::expected<Answer, wmi::TextError> call(const Function& function, const Json& arguments,
                                           Sources& sources) {
  Call made(function, sources);
  if (auto prepared = made.prepare(arguments); !prepared) return std::unexpected(prepared.error());
  const ISDSC_STATUS status = made.run();
  return made.answer(status);
}

}  // namespace hbalab::cli::dsc
