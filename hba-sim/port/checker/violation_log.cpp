#include "hba-sim/port/checker/violation_log.hpp"

#include <utility>

namespace hbalab::check {
namespace {

// What two violations have in common that are the same but for their place.
std::string key_of(const Where& where, const Finding& finding) {
  std::string key(info(finding.rule).id);
  const std::string id(where.guid.bytes.begin(), where.guid.bytes.end());
  for (const std::string& part : {where.adapter, where.device, id, where.function, where.method}) {
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
    for (Finding& finding : findings.take()) add(where, std::move(finding), at, system_time);
  }
  changed_.notify_all();
}

void ViolationLog::add(const Where& where, Finding finding, const CodeAddress& code,
                       std::uint64_t time) {
  ++total_;
  std::string key = key_of(where, finding);
  std::size_t& alike = alike_[key];
  key += place_of(where, finding);
  if (const auto found = exact_.find(key); found != exact_.end()) {
    Violation& record = records_[found->second];
    if (is_power_of_ten(++record.count)) queue_.push_back(record);
    return;
  }
  if (alike >= options_.most_alike || records_.size() >= options_.most_records) {
    ++suppressed_;
    return;
  }
  ++alike;
  Violation violation{std::move(finding), where, code, time, records_.size() + 1, 1, {}};
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
  if (options_.symbolizer) violation.source = options_.symbolizer->describe(violation.code);
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
