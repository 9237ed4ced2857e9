#include "hba-sim/port/checker/violation_log.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace hbalab::check {
namespace {

// What two violations have in common that are the same but for their place. The adapter stands
// first.
std::string key_of(const Where& where, const Finding& finding) {
  const std::string id(where.guid.bytes.begin(), where.guid.bytes.end());
  std::string key = where.adapter;
  for (const std::string& part :
       {std::string(info(finding.rule).id), where.device, id, where.function, where.method}) {
    key += '\n';
    key += part;
  }
  return key;
}

std::string place_of(const Where& where, const Finding& finding) {
  const auto instance = finding.instance ? finding.instance : where.instance;
  std::string place = "\n";
  if (instance) place += std::to_string(*instance);
  place += '\n';
  if (finding.offset) place += std::to_string(*finding.offset);
  return place;
}

bool is_power_of_ten(std::uint64_t count) {
  while (count % 10 == 0 && count != 0) count /= 10;
  return count == 1;
}

// What is on its way to the sinks does not matter any more.
[[noreturn]] void end_process(const ViolationLog::Options& options, Violation violation) {
  if (options.symbolizer) violation.source = options.symbolizer->describe(violation.code);
  std::fputs(to_text(violation).c_str(), stderr);
  std::abort();
}

}  // namespace

ViolationLog::~ViolationLog() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ViolationLog::report(const Where& where, Findings& findings, const void* code,
                          std::uint64_t system_time) {
  if (findings.empty()) return;
  // Now, because the driver may be gone when somebody looks at it.
  const CodeAddress at = locate(code);
  {
    const std::scoped_lock lock(mutex_);
    for (Finding& finding : findings.take()) {
      Violation violation{std::move(finding), where, at, system_time, 0, 1, {}};
      if (options_.fatal && options_.fatal(where)) end_process(options_, std::move(violation));
      add(std::move(violation));
    }
  }
  changed_.notify_all();
}

void ViolationLog::adopt(Violation violation) {
  {
    const std::scoped_lock lock(mutex_);
    add(std::move(violation));
  }
  changed_.notify_all();
}

void ViolationLog::begin(std::string_view adapter) {
  const std::scoped_lock lock(mutex_);
  begun_[std::string(adapter)] = records_.size();
  const std::string prefix = std::string(adapter) + '\n';
  const auto its = [&prefix](const auto& entry) { return entry.first.starts_with(prefix); };
  std::erase_if(exact_, its);
  std::erase_if(alike_, its);
}

void ViolationLog::add(Violation violation) {
  ++total_;
  std::string key = key_of(violation.where, violation.finding);
  std::size_t& alike = alike_[key];
  key += place_of(violation.where, violation.finding);
  if (const auto found = exact_.find(key); found != exact_.end()) {
    Violation& record = records_[found->second];
    // One that came from another log has been counted, and passed on when that was due.
    const bool counted = violation.count > 1;
    record.count = counted ? std::max(record.count, violation.count) : record.count + 1;
    if (counted || is_power_of_ten(record.count)) queue_.push_back(record);
    return;
  }
  if (alike >= options_.most_alike || records_.size() >= options_.most_records) {
    ++suppressed_;
    return;
  }
  ++alike;
  violation.number = records_.size() + 1;
  exact_.emplace(std::move(key), records_.size());
  records_.push_back(violation);
  queue_.push_back(std::move(violation));
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void ViolationLog::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Violation violation = std::move(queue_.front());
    queue_.pop_front();
    busy_ = true;
    lock.unlock();
    deliver(std::move(violation));
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
}

void ViolationLog::deliver(Violation violation) {
  if (options_.symbolizer && violation.source.empty()) {
    violation.source = options_.symbolizer->describe(violation.code);
    const std::scoped_lock lock(mutex_);
    records_[violation.number - 1].source = violation.source;
  }
  for (const Sink& sink : sinks_) sink(violation);
}

void ViolationLog::flush() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return queue_.empty() && !busy_; });
}

std::vector<Violation> ViolationLog::records() const {
  const std::scoped_lock lock(mutex_);
  return records_;
}

std::uint64_t ViolationLog::first_of(std::string_view adapter) const {
  const auto begun = begun_.find(adapter);
  return begun == begun_.end() ? 0 : begun->second;
}

std::vector<Violation> ViolationLog::records(std::string_view adapter) const {
  const std::scoped_lock lock(mutex_);
  std::vector<Violation> its;
  for (std::size_t i = first_of(adapter); i < records_.size(); ++i) {
    if (records_[i].where.adapter == adapter) its.push_back(records_[i]);
  }
  return its;
}

std::uint64_t ViolationLog::total() const {
  const std::scoped_lock lock(mutex_);
  return total_;
}

std::uint64_t ViolationLog::suppressed() const {
  const std::scoped_lock lock(mutex_);
  return suppressed_;
}

ViolationLog::Sink json_lines_to(std::function<void(std::string line)> write) {
  return [write = std::move(write)](const Violation& violation) { write(to_json_line(violation)); };
}

ViolationLog::Sink text_to(std::function<void(std::string text)> write) {
  return [write = std::move(write)](const Violation& violation) { write(to_text(violation)); };
}

}  // namespace hbalab::check
