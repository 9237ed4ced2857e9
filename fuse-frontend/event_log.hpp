// Event logs: lines of JSON in memory, bounded; and what the open handles of one log file share.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "hba-sim/lab/control.hpp"
#include "wmi-model/codec.hpp"
#include "wmi-model/listeners.hpp"
#include "wmi-model/registry.hpp"

namespace hbalab::fs {

// Holds at most `limit` bytes; the oldest whole lines go first. The newest line stays whatever its
// size. Thread-safe.
class EventLog final : public lab::LogSource {
 public:
  explicit EventLog(std::size_t limit) : limit_(limit) {}

  void append(std::string line);  // with its newline
  [[nodiscard]] std::uint64_t begin_position() const override;
  [[nodiscard]] std::uint64_t end_position() const override;
  [[nodiscard]] std::string read(std::uint64_t position, std::size_t size) const override;
  [[nodiscard]] std::shared_ptr<void> on_append(std::function<void()> listener) override;

 private:
  struct Line {
    std::uint64_t position;
    std::string text;
  };
  const std::size_t limit_;
  mutable std::mutex mutex_;  // guards the lines; the listeners have their own lock
  std::deque<Line> lines_;
  std::uint64_t begin_ = 0, end_ = 0;
  wmi::Listeners<> listeners_;
};

// One line for an event: sequence, time, class, instance, and the decoded properties (or, where the
// data does not fit the class, the bytes in hex and what is wrong with them).
[[nodiscard]] std::string event_line(const wmi::Event& event, const wmi::Class* cls);

// Offsets of a log file count from a base that stays where it is while somebody has the file open,
// so that whoever follows it sees its size grow and nothing else.
class LogFile {
 public:
  explicit LogFile(std::shared_ptr<lab::LogSource> source) : source_(std::move(source)) {}

  [[nodiscard]] lab::LogSource& source() const { return *source_; }
  [[nodiscard]] std::uint64_t size() const;
  std::uint64_t open();  // returns the base
  void close();

 private:
  const std::shared_ptr<lab::LogSource> source_;
  mutable std::mutex mutex_;  // guards what follows; the source is asked without it
  std::uint64_t base_ = 0;
  unsigned open_ = 0;
};

}  // namespace hbalab::fs
