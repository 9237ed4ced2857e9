#include "hba-sim/port/trace.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <deque>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "hba-sim/include/scsi.h"
#include "hba-sim/include/srb.h"
#include "hba-sim/include/wmistr.h"
#include "hba-sim/port/checker/probe.hpp"
#include "hba-sim/port/srb_status.hpp"
#include "hba-sim/port/time_text.hpp"

namespace hbalab::port {
namespace {

// Text that somebody has read is kept, so that its positions stay true whatever the schema says
// later.
constexpr std::size_t kMaxText = 16u << 20;
// Records are copied out of the ring in pieces, so that rendering holds up no request.
constexpr std::size_t kBatch = 256;

constexpr std::array<std::string_view, 7> kViolations{"",
                                                      "COMPLETED_TWICE",
                                                      "UNKNOWN_SRB",
                                                      "COMPLETED_PENDING",
                                                      "SIZE_OVERRUN",
                                                      "MALFORMED_EVENT",
                                                      "REQUEST_AFTER_STOP"};

std::string hex(std::uint32_t value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%02X", value);
  return text.data();
}

std::string named(std::string_view name, std::uint32_t value) {
  return name.empty() ? hex(value) : std::string(name);
}

std::string numbered(std::string_view line, std::uint64_t sequence) {
  return "{\"seq\":" + std::to_string(sequence) + ',' + std::string(line.substr(1));
}

class TraceImpl final : public Trace {
 public:
  explicit TraceImpl(std::size_t capacity) : ring_(std::max<std::size_t>(capacity, 1)) {}

  std::uint16_t add_adapter(std::string name) override {
    const std::scoped_lock lock(names_mutex_);
    adapters_.push_back(std::move(name));
    return static_cast<std::uint16_t>(adapters_.size() - 1);
  }

  void set_schema(std::shared_ptr<const wmi::SchemaSet> schema) override {
    const std::scoped_lock lock(names_mutex_);
    schema_ = std::move(schema);
  }

  void record(TraceRecord record) override {
    {
      const std::scoped_lock lock(ring_mutex_);
      add(record);
    }
    if (listening_.load(std::memory_order_acquire)) notify();
  }

  void violation(std::string line) override {
    {
      const std::scoped_lock lock(ring_mutex_);
      add({});
      lines_of_others_[last_] = std::move(line);
    }
    if (listening_.load(std::memory_order_acquire)) notify();
  }

  std::uint64_t begin_position() const override {
    const std::scoped_lock lock(text_mutex_);
    catch_up();
    return lines_.empty() ? end_ : lines_.front().begin;
  }

  std::uint64_t end_position() const override {
    const std::scoped_lock lock(text_mutex_);
    catch_up();
    return end_;
  }

  std::string read(std::uint64_t position, std::size_t size) const override {
    const std::scoped_lock lock(text_mutex_);
    catch_up();
    std::string out;
    if (lines_.empty() || position >= end_) return out;
    position = std::max(position, lines_.front().begin);
    auto line = std::ranges::upper_bound(lines_, position, {}, &Line::begin);
    --line;
    std::size_t skip = static_cast<std::size_t>(position - line->begin);
    for (; line != lines_.end() && out.size() < size; ++line, skip = 0) {
      out.append(line->text, skip, size - out.size());
    }
    return out;
  }

  std::shared_ptr<void> on_append(std::function<void()> listener) override {
    auto held = std::make_shared<std::function<void()>>(std::move(listener));
    const std::scoped_lock lock(names_mutex_);
    listeners_.push_back(held);
    listening_.store(true, std::memory_order_release);
    return held;
  }

 private:
  struct Line {
    std::uint64_t begin;
    std::string text;
  };

  struct Record {
    TraceRecord trace;
    std::string line;  // instead of it
  };

  void add(TraceRecord record) {  // under ring_mutex_
    record.sequence = ++last_;
    if (!lines_of_others_.empty() && last_ > ring_.size()) {
      lines_of_others_.erase(lines_of_others_.begin(),
                             lines_of_others_.upper_bound(last_ - ring_.size()));
    }
    ring_[last_ % ring_.size()] = record;
  }

  void notify() {
    std::vector<std::shared_ptr<std::function<void()>>> live;
    {
      const std::scoped_lock lock(names_mutex_);
      std::erase_if(listeners_, [&live](const auto& weak) {
        auto listener = weak.lock();
        if (!listener) return true;
        live.push_back(std::move(listener));
        return false;
      });
      listening_.store(!listeners_.empty(), std::memory_order_release);
    }
    for (const auto& listener : live) (*listener)();
  }

  // Up to kBatch records from `sequence` on; moves it past what has fallen out.
  std::vector<Record> take(std::uint64_t& sequence) const {
    const std::scoped_lock lock(ring_mutex_);
    const std::uint64_t oldest = last_ >= ring_.size() ? last_ - ring_.size() + 1 : 1;
    oldest_ = oldest;
    sequence = std::max(sequence, oldest);
    std::vector<Record> batch;
    for (; sequence <= last_ && batch.size() < kBatch; ++sequence) {
      const auto line = lines_of_others_.find(sequence);
      batch.push_back({ring_[sequence % ring_.size()],
                       line == lines_of_others_.end() ? std::string() : line->second});
    }
    return batch;
  }

  // Makes text of what was recorded since; a record that fell out before anybody looked has no
  // position and leaves no gap.
  void catch_up() const {
    for (;;) {
      const std::vector<Record> batch = take(next_);
      for (const auto& [record, line] : batch) {
        std::string text = line.empty() ? render(record) : numbered(line, record.sequence);
        text_size_ += text.size();
        lines_.push_back({end_, std::move(text)});
        end_ += lines_.back().text.size();
        sequences_.push_back(record.sequence);
      }
      while (!lines_.empty() && (sequences_.front() < oldest_ || text_size_ > kMaxText)) {
        text_size_ -= lines_.front().text.size();
        lines_.pop_front();
        sequences_.pop_front();
      }
      if (batch.size() < kBatch) return;
    }
  }

  std::string render(const TraceRecord& record) const;
  void render_wmi(const TraceRecord& record, nlohmann::ordered_json& json) const;

  mutable std::mutex ring_mutex_;                         // taken last
  std::vector<TraceRecord> ring_;                         // guarded by ring_mutex_
  std::uint64_t last_ = 0;                                // guarded by ring_mutex_
  std::map<std::uint64_t, std::string> lines_of_others_;  // guarded by ring_mutex_; by sequence

  mutable std::mutex text_mutex_;                // taken before the other two
  mutable std::deque<Line> lines_;               // guarded by text_mutex_
  mutable std::deque<std::uint64_t> sequences_;  // of lines_; guarded by text_mutex_
  mutable std::uint64_t next_ = 1;               // guarded by text_mutex_
  mutable std::uint64_t oldest_ = 1;             // guarded by text_mutex_
  mutable std::uint64_t end_ = 0;                // guarded by text_mutex_
  mutable std::size_t text_size_ = 0;            // guarded by text_mutex_

  mutable std::mutex names_mutex_;                               // taken last
  std::vector<std::string> adapters_;                            // guarded by names_mutex_
  std::shared_ptr<const wmi::SchemaSet> schema_;                 // guarded by names_mutex_
  std::vector<std::weak_ptr<std::function<void()>>> listeners_;  // guarded by names_mutex_
  std::atomic<bool> listening_ = false;
};

void TraceImpl::render_wmi(const TraceRecord& record, nlohmann::ordered_json& json) const {
  std::shared_ptr<const wmi::SchemaSet> schema;
  {
    const std::scoped_lock lock(names_mutex_);
    schema = schema_;
  }
  json["function"] = named(wmi_function_name(record.minor), record.minor);
  if (record.minor == WMI_REGINFO) return;
  const wmi::Class* cls = schema ? schema->find(record.guid) : nullptr;
  json["class"] = cls != nullptr ? cls->name : record.guid.to_string();
  if (record.minor == WMI_EXECUTE_METHOD) {
    const wmi::Method* method = cls != nullptr ? cls->method(record.id) : nullptr;
    json["method"] = method != nullptr ? method->name : std::to_string(record.id);
  } else if (record.minor == WMI_SET_SINGLE_ITEM) {
    json["item"] = record.id;
  }
  if (record.minor >= WMI_GET_SINGLE_INSTANCE &&
      (record.minor <= WMI_SET_SINGLE_ITEM || record.minor == WMI_EXECUTE_METHOD)) {
    json["instance"] = record.instance;
  }
}

std::string TraceImpl::render(const TraceRecord& record) const {
  nlohmann::ordered_json json;
  json["seq"] = record.sequence;
  json["time"] = time_text(record.system_time);
  {
    const std::scoped_lock lock(names_mutex_);
    json["adapter"] = record.adapter < adapters_.size() ? adapters_[record.adapter] : std::string();
  }
  if (record.path == 0xFF) {
    json["device"] = nullptr;
  } else {
    json["device"] = std::to_string(record.path) + ":" + std::to_string(record.target) + ":" +
                     std::to_string(record.lun);
  }
  if (record.srb_function == SRB_FUNCTION_WMI) {
    render_wmi(record, json);
  } else {
    json["function"] = named(srb_function_name(record.srb_function), record.srb_function);
    if (record.srb_function == SRB_FUNCTION_EXECUTE_SCSI) json["operation"] = hex(record.id);
  }
  json["in"] = record.in_bytes;
  json["out"] = record.out_bytes;
  json["srb_status"] = named(srb_status_name(record.srb_status), record.srb_status);
  json["ns"] = record.duration_ns;
  json["pended"] = record.pended;
  if (record.probe != 0) {
    json["probe"] = check::name(static_cast<check::Probe::Kind>(record.probe - 1));
  }
  if (record.violation != Violation::none) {
    json["violation"] = kViolations.at(static_cast<std::size_t>(record.violation));
  }
  return json.dump() + "\n";
}

}  // namespace

std::shared_ptr<Trace> Trace::create(std::size_t capacity) {
  return std::make_shared<TraceImpl>(capacity);
}

}  // namespace hbalab::port
