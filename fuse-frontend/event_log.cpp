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
