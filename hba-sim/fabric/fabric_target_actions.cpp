// What happens to the initiators of a target when somebody writes to its files:
//   disconnect             1: their connections are dropped
//   request_logout         1: they are asked to log out
//   announce_drop          connection CID [TIME2WAIT [TIME2RETAIN]], or session [...], in seconds:
//                          they are told, and then the connections are dropped
//   request_negotiation    1: they are asked for a Text Request on each connection
//   damage                 header or data: a ping to them is changed on its way
#include <charconv>

#include "hba-sim/fabric/fabric_controls.hpp"
#include "hba-sim/lab/config_json.hpp"

namespace hbalab::fabric {
namespace {

using lab::ControlDone;
using FabricPtr = std::shared_ptr<SimulatedFabric>;

constexpr std::string_view kDropForms =
    "connection CID or session, perhaps with Time2Wait and Time2Retain, each from 0 to 65535";

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end != 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

// The fields of the message have 16 bits each (RFC 7143 11.9.3).
std::optional<std::uint16_t> field_of(std::string_view word) {
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return {};
  return value;
}

std::optional<DropNotice> parse_drop(std::string_view text) {
  const auto words = words_of(text);
  if (words.empty() || (words[0] != "connection" && words[0] != "session")) return {};
  std::vector<std::uint16_t> numbers;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto number = field_of(words[i]);
    if (!number) return {};
    numbers.push_back(*number);
  }
  DropNotice notice;
  auto next = numbers.begin();
  if (words[0] == "connection") {
    if (next == numbers.end()) return {};
    notice.cid = *next++;
  }
  if (next != numbers.end()) notice.time_to_wait = std::chrono::seconds(*next++);
  if (next != numbers.end()) notice.time_to_retain = std::chrono::seconds(*next++);
  return next == numbers.end() ? std::optional(notice) : std::nullopt;
}

}  // namespace

void add_target_actions(lab::FixedDirectory& directory, const FabricPtr& fabric,
                        const std::string& name) {
  const auto action = [&](const char* title, std::function<Edit()> act) {
    directory.write_only(title, [act = std::move(act)](std::string_view text) -> ControlDone {
      if (text != "1") return unexpected_value(text, "1");
      return to_control(act());
    });
  };
  action("disconnect", [fabric, name] { return fabric->drop_links(name); });
  action("request_logout", [fabric, name] { return fabric->request_logout(name); });
  action("request_negotiation", [fabric, name] { return fabric->request_negotiation(name); });
  directory.write_only("announce_drop", [fabric, name](std::string_view text) -> ControlDone {
    const auto notice = parse_drop(text);
    if (!notice) return unexpected_value(text, std::string(kDropForms));
    return to_control(fabric->announce_drop(name, *notice));
  });
  directory.write_only("damage", [fabric, name](std::string_view text) -> ControlDone {
    if (text != "header" && text != "data") return unexpected_value(text, "header or data");
    return to_control(fabric->damage(name, text == "header"));
  });
}

}  // namespace hbalab::fabric
