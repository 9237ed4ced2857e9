// Lines of event logs, and what the open handles of one log file share.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "hba-sim/lab/control.hpp"
#include "hba-sim/lab/line_log.hpp"
#include "wmi-model/codec.hpp"
#include "wmi-model/registry.hpp"

namespace hbalab::fs {

using EventLog = lab::LineLog;

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
