// A log of lines in memory, bounded: what the event logs and the drivers' logs are. Beside the
// control interface, so that the front end needs nothing else of the lab.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "hba-sim/lab/control.hpp"
#include "wmi-model/listeners.hpp"

namespace hbalab::lab {

// Holds at most `limit` bytes; the oldest whole lines go first. The newest line stays whatever its
// size. Thread-safe.
class LineLog final : public LogSource {
 public:
  explicit LineLog(std::size_t limit) : limit_(limit) {}

  // With its newline.
  void append(std::string line) {
    {
      const std::scoped_lock lock(mutex_);
      const std::uint64_t position = end_;
      end_ += line.size();
      lines_.push_back({position, std::move(line)});
      while (end_ - begin_ > limit_ && lines_.size() > 1) {
        begin_ += lines_.front().text.size();
        lines_.pop_front();
      }
    }
    listeners_.notify();
  }

  [[nodiscard]] std::uint64_t begin_position() const override {
    const std::scoped_lock lock(mutex_);
    return begin_;
  }

  [[nodiscard]] std::uint64_t end_position() const override {
    const std::scoped_lock lock(mutex_);
    return end_;
  }

  [[nodiscard]] std::string read(std::uint64_t position, std::size_t size) const override {
    std::string out;
    const std::scoped_lock lock(mutex_);
    position = std::max(position, begin_);
    if (position >= end_) return out;
    auto line = std::ranges::upper_bound(lines_, position, {}, &Line::position) - 1;
    std::size_t skip = position - line->position;
    out.reserve(std::min<std::uint64_t>(size, end_ - position));
    for (; line != lines_.end() && out.size() < size; ++line, skip = 0) {
      out.append(line->text, skip, size - out.size());
    }
    return out;
  }

  [[nodiscard]] std::shared_ptr<void> on_append(std::function<void()> listener) override {
    return listeners_.add(std::move(listener));
  }

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

}  // namespace hbalab::lab
