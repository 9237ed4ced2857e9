// Text requests and SCSI commands in full feature phase.
#include <algorithm>
#include <utility>

#include "hba-sim/fabric/simulated_core.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::fabric {
namespace {

bool is_login_only(std::string_view key) {
  return find_key(key) != nullptr || key == "AuthMethod" || key.starts_with("CHAP_") ||
         key == "InitiatorName" || key == "SessionType" || key == "TargetName" ||
         key == "TargetAlias" || key == "TargetAddress" || key == "TargetPortalGroupTag";
}

std::string answer_parameter(std::string_view key, std::string_view value) {
  if (key == "InitiatorAlias") return {};  // a declaration
  if (key == "MaxRecvDataSegmentLength") {
    // The only numerical key that may change in full feature phase (RFC 7143 13.12).
    const auto number = parse_number(value);
    const KeyRule* rule = find_key(key);
    return number && *number >= rule->low && *number <= rule->high ? std::string() : "Reject";
  }
  return is_login_only(key) ? "Reject" : "NotUnderstood";
}

bool is_list(std::string_view key) { return key == "SendTargets"; }

struct DiscoveryFaults {
  lab::milliseconds delay{0};
  std::string_view fault;
};

// A discovery session is with a portal: the faults of all targets there count.
DiscoveryFaults discovery_faults(const Connection& connection) {
  DiscoveryFaults faults;
  const auto add = [&faults](const lab::TargetConfig& settings) {
    faults.delay = std::max(faults.delay, settings.discovery_delay);
    if (faults.fault.empty()) faults.fault = settings.discovery_fault;
  };
  if (connection.target != nullptr) {
    add(connection.target->settings);
  } else {
    for (const PortalEntry* portal : connection.endpoint->portals) add(portal->target->settings);
  }
  return faults;
}

// Breaks an answer to SendTargets (RFC 7143 Appendix C).
void spoil(std::string_view fault, Keys& answer) {
  if (fault == "unknown_key") answer.emplace_back("TargetColour", "blue");
  if (fault == "no_name") answer.insert(answer.begin(), {"TargetAddress", "192.0.2.1:3260,1"});
  if (fault == "bad_name") answer.emplace_back("TargetName", "no iSCSI name");
  if (fault == "bad_address") {
    answer.emplace_back("TargetName", "iqn.2026-01.org.hbalab:nowhere");
    answer.emplace_back("TargetAddress", "192.0.2.1:65536,1");
  }
}

}  // namespace

void FabricCore::text(LinkId id, Keys keys, std::move_only_function<void(bool, Keys)> done,
                      Outbox& outbox) {
  Link* link = usable(id);
  const bool lists = std::ranges::any_of(keys, [](const auto& key) { return is_list(key.first); });
  const auto delay =
      link != nullptr && lists ? discovery_faults(*link->connection).delay : lab::milliseconds{0};
  if (delay.count() > 0 && link->connection->full_feature) {
    const std::uint64_t serial = ++last_text_;
    HeldText& held = link->connection->held_texts[serial];
    held.keys = std::move(keys);
    held.done = std::move(done);
    held.timer = after(delay, [id, serial](FabricCore& core, Outbox& out) {
      core.answer_held_text(id, serial, out);
    });
    return;
  }
  auto answer = answer_text(id, keys, outbox);
  outbox.calls.push_back([call = std::move(done), reply = std::move(answer)]() mutable {
    const bool answered = reply.has_value();
    call(answered, answered ? std::move(*reply) : Keys());
  });
}

void FabricCore::answer_held_text(LinkId id, std::uint64_t serial, Outbox& outbox) {
  Link* link = usable(id);
  if (link == nullptr) return;
  auto node = link->connection->held_texts.extract(serial);
  if (node.empty()) return;
  auto answer = answer_text(id, node.mapped().keys, outbox);
  outbox.calls.push_back(
      [call = std::move(node.mapped().done), reply = std::move(answer)]() mutable {
        const bool answered = reply.has_value();
        call(answered, answered ? std::move(*reply) : Keys());
      });
}

std::optional<Keys> FabricCore::answer_text(LinkId id, const Keys& keys, Outbox& outbox) {
  Link* link = usable(id);
  if (link == nullptr) return {};
  const Connection& connection = *link->connection;
  if (!connection.full_feature) {
    drop(id, outbox);
    return {};
  }
  Keys answer;
  bool listed = false;
  for (const auto& [key, value] : keys) {
    if (is_list(key)) {
      // Once a request: a second list would only repeat the first.
      if (std::exchange(listed, true)) {
        answer.emplace_back(key, "Reject");
      } else {
        send_targets(connection, value, answer);
        spoil(discovery_faults(connection).fault, answer);
      }
      continue;
    }
    std::string reply = answer_parameter(key, value);
    if (!reply.empty()) answer.emplace_back(key, std::move(reply));
  }
  if (connection.target != nullptr) {
    for (const auto& [key, value] : keys) {
      connection.target->counters.bytes_in += key.size() + value.size() + 2;
    }
    for (const auto& [key, value] : answer) {
      connection.target->counters.bytes_out += key.size() + value.size() + 2;
    }
  }
  return answer;
}

void FabricCore::append_target(const Target& target, const std::string& network,
                               Keys& answer) const {
  bool named = false;
  for (const auto& portal : target.portals) {
    if (portal->config.network != network) continue;
    if (!std::exchange(named, true)) answer.emplace_back("TargetName", target.settings.name);
    answer.emplace_back("TargetAddress", portal->key + ',' + std::to_string(portal->config.group));
  }
}

void FabricCore::send_targets(const Connection& connection, const std::string& value,
                              Keys& answer) const {
  const std::string& network = connection.endpoint->network;
  const bool discovery = connection.target == nullptr;
  if (value == "All") {
    if (!discovery) {
      answer.emplace_back("SendTargets", "Reject");
      return;
    }
    for (const auto& [name, target] : targets_) append_target(*target, network, answer);
    return;
  }
  if (value.empty()) {
    if (discovery) {
      answer.emplace_back("SendTargets", "Reject");
    } else {
      append_target(*connection.target, network, answer);
    }
    return;
  }
  const Target* target = find_target(value);
  // A normal session tells of its own target only.
  if (target != nullptr && (discovery || target == connection.target)) {
    append_target(*target, network, answer);
  }
}

ScsiResponse FabricCore::answer_scsi(LinkId id, std::uint64_t lun, const Bytes& cdb,
                                     std::uint32_t allocation, Outbox& outbox) {
  ScsiResponse response;
  response.dropped = true;
  Link* link = usable(id);
  if (link == nullptr) return response;
  const Connection& connection = *link->connection;
  if (connection.session == nullptr) {
    drop(id, outbox);  // a command outside of a normal session is a protocol error
    return response;
  }
  Target& target = *connection.target;
  response = execute_scsi(target.luns, connection.session->attentions, target.canonical, lun, cdb,
                          allocation);
  target.counters.bytes_in += cdb.size();
  target.counters.bytes_out += response.data.size() + response.sense.size();
  return response;
}

}  // namespace hbalab::fabric
