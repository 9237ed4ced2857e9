// Where violations go: each once, with a count, to everybody who wants to know.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "hba-sim/port/checker/symbolizer.hpp"
#include "hba-sim/port/checker/violation.hpp"

namespace hbalab::check {

class ViolationLog {
 public:
  struct Options {
    std::size_t most_records = 4096;  // in all
    // That differ in instance and offset alone: an array of a thousand wrong elements is not a
    // thousand findings.
    std::size_t most_alike = 16;
    std::shared_ptr<Symbolizer> symbolizer;  // null: addresses without lines
    // A violation there ends the process, with its text on standard error; null: none does.
    std::function<bool(const Where& where)> fatal;
  };
  // Called for a violation when it is new and when it has been seen 10, 100, 1000 ... times; the
  // number of its record stays. On a thread of the log's own, one call at a time.
  using Sink = std::function<void(const Violation&)>;

  ViolationLog() : ViolationLog(Options{}) {}
  explicit ViolationLog(Options options) : options_(std::move(options)) {}
  ~ViolationLog();  // after everything has gone to the sinks
  ViolationLog(const ViolationLog&) = delete;
  ViolationLog& operator=(const ViolationLog&) = delete;

  // Before the first report.
  void add_sink(Sink sink) { sinks_.push_back(std::move(sink)); }

  // Any thread, any lock. `code`: the instruction that is to blame, null when not known.
  void report(const Where& where, Findings& findings, const void* code, std::uint64_t system_time);
  // A record of another log (of a driver in a process of its own), with the count and the source
  // that it has there; it gets a number of this one.
  void adopt(Violation violation);
  // An adapter begins anew: what it did before is not taken for what it does from now on.
  void begin(std::string_view adapter);
  // Until what was reported has gone to the sinks; not from a sink.
  void flush();

  // With their counts, in the order in which they were first seen.
  [[nodiscard]] std::vector<Violation> records() const;
  // Those of that adapter since it began.
  [[nodiscard]] std::vector<Violation> records(std::string_view adapter) const;
  [[nodiscard]] std::uint64_t total() const;       // violations, repeated ones too
  [[nodiscard]] std::uint64_t suppressed() const;  // those without a record

 private:
  void add(Violation violation);
  [[nodiscard]] std::uint64_t first_of(std::string_view adapter) const;  // under mutex_
  void run();
  void deliver(Violation violation);

  const Options options_;
  std::vector<Sink> sinks_;

  mutable std::mutex mutex_;  // taken last, but for the symbolizer's and the sinks'
  std::condition_variable changed_;
  std::vector<Violation> records_;  // guarded by mutex_, as is everything below
  std::map<std::string, std::size_t, std::less<>> exact_;    // index in records_
  std::map<std::string, std::size_t, std::less<>> alike_;    // number of records
  std::map<std::string, std::uint64_t, std::less<>> begun_;  // adapter: number of its last record
  std::deque<Violation> queue_;
  std::uint64_t total_ = 0, suppressed_ = 0;
  bool busy_ = false, stop_ = false;
  std::thread thread_;
};

// Sinks. One writes lines of JSON, the other what a terminal shows.
[[nodiscard]] ViolationLog::Sink json_lines_to(std::function<void(std::string line)> write);
[[nodiscard]] ViolationLog::Sink text_to(std::function<void(std::string text)> write);

}  // namespace hbalab::check
