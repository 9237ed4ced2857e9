#include "hba-sim/port/checker/violation.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "hba-sim/port/time_text.hpp"

namespace hbalab::check {
namespace {

constexpr std::int64_t kLine = 16;
// Two lines before the line of the offset, and two behind it.
constexpr std::int64_t kAround = 2 * kLine;

std::int64_t line_of(std::int64_t offset) { return offset & ~(kLine - 1); }

std::string offset_text(std::int64_t offset) {
  std::array<char, 32> text{};
  const auto magnitude = static_cast<unsigned long long>(offset < 0 ? -offset : offset);
  std::snprintf(text.data(), text.size(), "%s%08llx", offset < 0 ? "-" : "", magnitude);
  return text.data();
}

std::string class_of(const Where& where) {
  return where.class_name.empty() ? where.guid.to_string() : where.class_name;
}

std::optional<std::uint32_t> instance_of(const Violation& violation) {
  return violation.finding.instance ? violation.finding.instance : violation.where.instance;
}

bool has_class(const Where& where) {
  return !where.class_name.empty() || where.guid != wmi::Guid{};
}

}  // namespace

Finding& Findings::add_at(Rule rule, View buffer, std::int64_t offset, std::string expected,
                          std::string found) {
  Finding& finding = add(rule, std::move(expected), std::move(found));
  finding.offset = offset;
  const auto size = static_cast<std::int64_t>(buffer.size());
  const std::int64_t begin = std::clamp<std::int64_t>(line_of(offset) - kAround, 0, size);
  const std::int64_t end = std::clamp<std::int64_t>(line_of(offset) + kAround + kLine, begin, size);
  finding.dump.assign(buffer.begin() + begin, buffer.begin() + end);
  finding.dump_at = begin;
  return finding;
}

std::string bytes_text(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " byte" : " bytes");
}

std::string hex_text(std::uint64_t value, unsigned digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "0x%0*llX", static_cast<int>(digits),
                static_cast<unsigned long long>(value));
  return text.data();
}

std::string hex_dump(View bytes, std::int64_t at) {
  std::string text;
  for (std::int64_t line = line_of(at); line < at + static_cast<std::int64_t>(bytes.size());
       line += kLine) {
    text += offset_text(line) + " ";
    std::string characters;
    for (std::int64_t i = line; i < line + kLine; ++i) {
      if (i < at || i >= at + static_cast<std::int64_t>(bytes.size())) {
        text += "   ";
        characters += ' ';
        continue;
      }
      const std::uint8_t byte = bytes[static_cast<std::size_t>(i - at)];
      text += ' ' + hex_text(byte).substr(2);
      characters += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '.';
    }
    text += "  |" + characters + "|\n";
  }
  return text;
}

std::string to_json_line(const Violation& violation) {
  const Finding& finding = violation.finding;
  const Where& where = violation.where;
  const RuleInfo& rule = info(finding.rule);
  nlohmann::ordered_json json;
  json["record"] = violation.number;
  json["count"] = violation.count;
  if (violation.system_time != 0) json["time"] = time_text(violation.system_time);
  json["rule"] = rule.id;
  json["severity"] = name(rule.severity);
  json["adapter"] = where.adapter;
  if (!where.device.empty()) json["device"] = where.device;
  if (has_class(where)) json["class"] = class_of(where);
  if (!where.function.empty()) json["function"] = where.function;
  if (!where.method.empty()) json["method"] = where.method;
  if (const auto instance = instance_of(violation)) json["instance"] = *instance;
  if (finding.offset) json["offset"] = *finding.offset;
  json["expected"] = finding.expected;
  json["found"] = finding.found;
  if (!finding.dump.empty()) {
    std::string bytes;
    for (const std::uint8_t byte : finding.dump) bytes += hex_text(byte).substr(2);
    json["dump_at"] = finding.dump_at;
    json["dump"] = bytes;
  }
  if (!violation.source.empty()) json["source"] = violation.source;
  json["statement"] = rule.statement;
  json["remedy"] = rule.remedy;
  // Names and texts come from drivers, and may be no UTF-8.
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string to_text(const Violation& violation) {
  const Finding& finding = violation.finding;
  const Where& where = violation.where;
  const RuleInfo& rule = info(finding.rule);
  std::string text = where.adapter + ": " + std::string(name(rule.severity)) + ": " +
                     std::string(rule.id) + ": " + std::string(rule.statement) + "\n  ";
  if (!where.device.empty()) text += "unit " + where.device + ", ";
  if (has_class(where)) text += class_of(where) + " ";
  text += where.function;
  if (!where.method.empty()) text += " " + where.method;
  if (const auto instance = instance_of(violation))
    text += ", instance " + std::to_string(*instance);
  if (finding.offset) text += ", offset " + std::to_string(*finding.offset);
  text += ": expected " + finding.expected + ", found " + finding.found + "\n";
  if (!violation.source.empty()) text += "  at " + violation.source + "\n";
  if (!finding.dump.empty()) text += hex_dump(finding.dump, finding.dump_at);
  text += "  what to do: " + std::string(rule.remedy) + "\n";
  if (violation.count > 1) text += "  seen " + std::to_string(violation.count) + " times\n";
  return text;
}

}  // namespace hbalab::check
