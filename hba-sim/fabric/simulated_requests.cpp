// Text requests and SCSI commands in full feature phase.
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

}  // namespace

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
    if (key == "SendTargets") {
      // Once a request: a second list would only repeat the first.
      if (std::exchange(listed, true)) {
        answer.emplace_back(key, "Reject");
      } else {
        send_targets(connection, value, answer);
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
  response = execute_scsi(target.luns, target.canonical, lun, cdb, allocation);
  target.counters.bytes_in += cdb.size();
  target.counters.bytes_out += response.data.size() + response.sense.size();
  return response;
}

}  // namespace hbalab::fabric
