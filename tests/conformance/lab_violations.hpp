// What a lab says of a driver that does wrong, as violations. Not for other folders.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tests/conformance/subject.hpp"

namespace hbalab::conform {

// Of a line of lab/violations.jsonl.
[[nodiscard]] Violation violation_of(const std::string& line);

// What breaks no rule: the faults in an adapter's report, and what does not fit its MOF files.
[[nodiscard]] std::vector<Violation> complaints_of(const std::string& report);

// What the lab says of a driver that it cannot start. Any thread.
class Complaints {
 public:
  void add(std::string_view line) {
    const std::scoped_lock lock(mutex_);
    if (text_.size() < kMost) (text_ += '\n') += line;
  }
  [[nodiscard]] std::string text() {
    const std::scoped_lock lock(mutex_);
    return text_;
  }

 private:
  static constexpr std::size_t kMost = 8 << 10;
  std::mutex mutex_;
  std::string text_;  // guarded by mutex_
};

}  // namespace hbalab::conform
