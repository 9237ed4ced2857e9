#include "iscsidsc/discovery.hpp"

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <thread>

#include "hba-sim/wmi_types.hpp"
#include "iscsidsc/login.hpp"
#include "iscsiop/enums.hpp"
#include "iscsiop/iscsifnd.hpp"

namespace hbalab::dsc {
namespace {

using Operation = iscsi::MSiSCSI_OperationsMethod;

constexpr std::size_t kAtOnce = 8;  // portals that are asked at the same time

// Threads that are made while it lives take no signals: those are the program's, whose handlers
// expect its own threads. Wine's handlers could not even run on others.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

// "192.0.2.10:3260,1"
std::optional<PortalInGroup> parse_address(std::string_view value) {
  PortalInGroup found;
  const std::size_t comma = value.rfind(',');
  if (comma != std::string_view::npos) {
    const std::string_view tag = value.substr(comma + 1);
    const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), found.tag);
    if (error != std::errc{} || end != tag.data() + tag.size()) return std::nullopt;
  }
  const auto portal = hbalab::Portal::from_text(value.substr(0, comma));
  if (!portal) return std::nullopt;
  found.portal = from_ip(portal->address, portal->socket);
  // iSNS alone has symbolic names of its own; a host name serves as one.
  if (portal->address.is_name()) found.portal.symbolic_name = found.portal.address;
  return found;
}

ISDSC_STATUS send_targets(Initiators& initiators, const std::string& initiator, ULONGLONG session,
                          std::string& text) {
  Request<iscsi::SendTargets_IN> in;
  in->UniqueSessionId = session;
  put_text(in->SendTargetsText, std::u16string_view(u"All"));
  Block block;
  const auto status = initiators.operation(initiator, Operation::SendTargets, in.block, &block);
  if (status != ISDSC_SUCCESS) return status;
  const auto out = view_of<iscsi::SendTargetsOutView>(block);
  if (!out) return out.error();
  text.assign(out->response.begin(), out->response.end());
  return ISDSC_SUCCESS;
}

// One discovery session through one adapter.
ISDSC_STATUS ask(Initiators& initiators, const std::string& initiator,
                 const SendTargetPortal& portal, std::string& text) {
  LoginRequest login;
  login.session_type = iscsi::ISCSI_LOGINTARGET_DISCOVERY;
  login.port = portal.port;
  login.portal = portal.portal;
  login.security_flags = portal.security_flags;
  login.options = portal.options;
  LoginIds ids;
  if (const auto failed = log_in(initiators, initiator, login, ids)) return failed;
  const auto status = send_targets(initiators, initiator, ids.session, text);
  // The answer is what counts; a target that ends the session itself has done no harm.
  (void)log_out(initiators, initiator, ids.session);
  return status;
}

ISDSC_STATUS store(const std::string& source, const std::vector<TargetInstance>& targets) {
  return write_state([&](State& state) {
    state.replace_discovered(source, targets);
    return ISDSC_SUCCESS;
  });
}

// What the service itself found through the adapter is no find of the adapter's; but the adapter
// may have learnt an alias since.
bool found_by_service(State& state, const TargetInstance& target) {
  bool found = false;
  for (TargetInstance& known : state.discovered(target.name)) {
    if (known.initiator != target.initiator || known.source == target.source) continue;
    found = true;
    if (target.alias.empty()) continue;
    known.alias = target.alias;
    state.put_discovered(known);
  }
  return found;
}

TargetInstance from_report(const iscsi::DiscoveredTarget2View& target,
                           const std::string& initiator) {
  TargetInstance found;
  found.name = member_text(target.head->TargetName);
  found.alias = member_text(target.head->TargetAlias);
  found.mechanism = u"HBA:" + wide(initiator);
  found.source = "HBA:" + initiator;
  found.initiator = wide(initiator);
  for (const auto& group : target.groups) {
    for (const auto& portal : group.portals) {
      const auto address = from_wmi(portal.head->Address);
      if (!address) continue;
      auto at = from_ip(*address, portal.head->Socket.value());
      at.symbolic_name = member_text(portal.symbolic_name);
      found.portals.push_back({group.head->Tag, std::move(at)});
    }
  }
  return found;
}

}  // namespace

std::vector<TargetInstance> parse_send_targets(std::string_view text, const TargetPortal& asked) {
  constexpr std::string_view kName = "TargetName=", kAddress = "TargetAddress=";
  std::vector<TargetInstance> found;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('\0'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.starts_with(kName)) {
      found.emplace_back().name = wide(pair.substr(kName.size())).substr(0, kMaxName);
    } else if (pair.starts_with(kAddress) && !found.empty()) {
      if (auto at = parse_address(pair.substr(kAddress.size()))) {
        found.back().portals.push_back(*std::move(at));
      }
    }
  }
  std::erase_if(found, [](const TargetInstance& target) { return target.name.empty(); });
  for (TargetInstance& target : found) {
    if (target.portals.empty()) target.portals.push_back({0, asked});
  }
  return found;
}

std::u16string mechanism_name(const TargetPortal& portal, const std::string& initiator) {
  std::string socket = std::to_string(portal.socket);
  socket.insert(0, 7 - std::min<std::size_t>(socket.size(), 7), '0');
  return u"SendTargets:*" + portal.address + u" " + wide(socket) + u" " + wide(initiator);
}

ISDSC_STATUS discover(Initiators& initiators, const SendTargetPortal& portal) {
  auto candidates = initiators.named(portal.initiator);
  if (!candidates) return candidates.error();
  if (candidates->empty()) return ISDSC_INITIATOR_NOT_FOUND;
  ISDSC_STATUS first_failure = ISDSC_SUCCESS;
  for (const std::string& initiator : by_reach(initiators, *candidates, portal.portal)) {
    std::string text;
    const auto status = ask(initiators, initiator, portal, text);
    if (status == ISDSC_SUCCESS) {
      auto targets = parse_send_targets(text, portal.portal);
      for (TargetInstance& target : targets) {
        target.mechanism = mechanism_name(portal.portal, initiator);
        target.source = State::source_of(portal);
        target.initiator = wide(initiator);
        target.port = portal.port;
      }
      return store(State::source_of(portal), targets);
    }
    if (!unreachable(status)) return status;
    if (first_failure == ISDSC_SUCCESS) first_failure = status;
  }
  return first_failure;
}

ISDSC_STATUS refresh_adapter(Initiators& initiators, const std::string& initiator) {
  Block block;
  const auto status = initiators.call(
      iscsi::MSiSCSI_DiscoveryOperationsGuid, initiator,
      iscsi::MSiSCSI_DiscoveryOperationsMethod::ReportDiscoveredTargets2, {}, &block);
  if (status != ISDSC_SUCCESS) return status;
  const auto report = view_of<iscsi::ReportDiscoveredTargets2View>(block);
  if (!report) return report.error();
  std::vector<TargetInstance> targets;
  for (const auto& target : report->targets) targets.push_back(from_report(target, initiator));
  return write_state([&](State& state) {
    std::erase_if(targets,
                  [&](const TargetInstance& target) { return found_by_service(state, target); });
    state.replace_discovered("HBA:" + initiator, targets);
    return ISDSC_SUCCESS;
  });
}

ISDSC_STATUS refresh_all(Initiators& initiators) {
  std::vector<SendTargetPortal> portals;
  const auto read = read_state([&](State& state) {
    portals = state.portals();
    return ISDSC_SUCCESS;
  });
  if (read != ISDSC_SUCCESS) return read;
  const auto all = initiators.all();
  if (!all) return all.error();
  // A portal that does not answer keeps its own thread waiting, and nobody else.
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < portals.size(); i = next++) {
      (void)guarded([&] { return discover(initiators, portals[i]); });
    }
  };
  std::vector<std::jthread> workers;
  {
    const BlockedSignals blocked;
    for (std::size_t i = 1; i < std::min(kAtOnce, portals.size()); ++i) workers.emplace_back(work);
  }
  work();
  workers.clear();
  for (const std::string& initiator : *all) (void)refresh_adapter(initiators, initiator);
  return ISDSC_SUCCESS;
}

}  // namespace hbalab::dsc
