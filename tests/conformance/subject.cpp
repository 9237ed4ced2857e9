#include "tests/conformance/subject.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace hbalab::conform {
namespace {

constexpr std::array<std::string_view, 11> kAbilities{"raw",   "set_item", "reset",  "clock",
                                                      "views", "events",   "trace",  "checked",
                                                      "bench", "overlap",  "restart"};

std::unexpected<std::string> cannot(std::string_view what) {
  return std::unexpected("this implementation offers no " + std::string(what));
}

// "PCI\...&08_0" belongs to "PCI\...&08"; names that do not end in a number to nobody.
std::string device_of(const std::string& instance) {
  const auto underscore = instance.rfind('_');
  if (underscore == std::string::npos || underscore == 0 || underscore + 1 == instance.size() ||
      instance.find_first_not_of("0123456789", underscore + 1) != std::string::npos) {
    return {};
  }
  return instance.substr(0, underscore);
}

}  // namespace

std::string_view ability_name(Ability ability) {
  return kAbilities[static_cast<std::size_t>(ability)];
}

std::span<const std::string_view> ability_names() { return kAbilities; }

std::optional<Ability> ability_of_name(std::string_view name) {
  const auto found = std::ranges::find(kAbilities, name);
  if (found == kAbilities.end()) return std::nullopt;
  return static_cast<Ability>(found - kAbilities.begin());
}

std::expected<void, std::string> Subject::reset(const std::string&) { return cannot("reset"); }

std::expected<void, std::string> Subject::watch(const wmi::Class&) { return cannot("events"); }

std::optional<EventRecord> Subject::next_event(const wmi::Class&, std::chrono::milliseconds) {
  return std::nullopt;
}

std::expected<Views, std::string> Subject::views(const wmi::Class&, const std::string&) {
  return cannot("views");
}

std::uint64_t Subject::trace_mark() { return 0; }

std::vector<std::string> Subject::trace_since(std::uint64_t) { return {}; }

std::expected<void, std::string> Subject::bench(const std::string&, const std::string&) {
  return cannot("bench");
}

std::expected<std::string, std::string> Subject::bench_text(const std::string&) {
  return cannot("bench");
}

std::expected<void, std::string> Subject::bench_make(const std::string&) { return cannot("bench"); }

std::expected<void, std::string> Subject::bench_remove(const std::string&) {
  return cannot("bench");
}

std::expected<std::uint64_t, std::string> Subject::start(const Request&) {
  return cannot("overlap");
}

void Subject::cancel(std::uint64_t) {}

Reply Subject::finish(std::uint64_t) { return {}; }

std::expected<void, std::string> Subject::restart() { return cannot("restart"); }

std::string Subject::bench_name(const std::string&) { return {}; }

std::vector<Violation> Subject::violations() { return {}; }

std::vector<Violation> Subject::end() { return violations(); }

std::vector<std::string> devices_of(Subject& subject) {
  std::map<std::string, std::size_t> classes;
  for (const wmi::Class* cls : subject.classes()) {
    std::vector<std::string> seen;
    for (const std::string& name : subject.instances(*cls).value_or(std::vector<std::string>{})) {
      std::string device = device_of(name);
      if (!device.empty() && std::ranges::find(seen, device) == seen.end())
        seen.push_back(std::move(device));
    }
    for (const std::string& device : seen) ++classes[device];
  }
  std::vector<std::string> devices;
  for (const auto& [device, count] : classes) devices.push_back(device);
  std::ranges::stable_sort(
      devices, [&](const std::string& a, const std::string& b) { return classes[a] > classes[b]; });
  return devices;
}

std::vector<std::string> last_lines(std::string_view text, std::size_t most) {
  std::vector<std::string> lines;
  while (!text.empty() && lines.size() < most) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    const auto begin = text.rfind('\n');
    const std::size_t at = begin == std::string_view::npos ? 0 : begin + 1;
    lines.emplace_back(text.substr(at));
    text = text.substr(0, at);
  }
  std::ranges::reverse(lines);
  return lines;
}

}  // namespace hbalab::conform
