#include "fuse-frontend/event_log.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fuse-frontend/names.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::fs {
namespace {

std::string hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

void EventLog::append(std::string line) {
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

std::uint64_t EventLog::begin_position() const {
  const std::scoped_lock lock(mutex_);
  return begin_;
}

std::uint64_t EventLog::end_position() const {
  const std::scoped_lock lock(mutex_);
  return end_;
}

std::string EventLog::read(std::uint64_t position, std::size_t size) const {
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

std::shared_ptr<void> EventLog::on_append(std::function<void()> listener) {
  return listeners_.add(std::move(listener));
}

std::string event_line(const wmi::Event& event, const wmi::Class* cls) {
  nlohmann::ordered_json json;
  json["sequence"] = event.sequence;
  json["time"] = format_filetime(event.timestamp);
  json["class"] = cls ? cls->name : event.guid.to_string();
  json["instance"] = event.instance_name;
  if (cls != nullptr) {
    const wmi::Shape shape = wmi::shape_of(*cls);
    auto decoded = wmi::decode(shape, event.data);
    if (decoded) {
      json["data"] = wmi::to_json(shape, decoded->root);
    } else {
      json["malformed"] = decoded.error().to_string();
    }
  }
  if (!json.contains("data")) json["bytes"] = hex(event.data);
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::uint64_t LogFile::size() const {
  const std::uint64_t begin = source_->begin_position();
  const std::uint64_t end = source_->end_position();
  const std::scoped_lock lock(mutex_);
  const std::uint64_t base = open_ == 0 ? begin : base_;
  return end > base ? end - base : 0;
}

std::uint64_t LogFile::open() {
  const std::uint64_t begin = source_->begin_position();
  const std::scoped_lock lock(mutex_);
  if (open_++ == 0) base_ = begin;
  return base_;
}

void LogFile::close() {
  const std::scoped_lock lock(mutex_);
  --open_;
}

}  // namespace hbalab::fs
