// Changes of targets while they run.
#include <algorithm>
#include <utility>

#include "hba-sim/fabric/simulated.hpp"
#include "hba-sim/fabric/simulated_core.hpp"
#include "hba-sim/lab/config_rules.hpp"

namespace hbalab::fabric {
namespace {

std::unexpected<EditError> failed(EditError::Kind kind, std::string reason) {
  return std::unexpected(EditError{kind, std::move(reason)});
}
std::unexpected<EditError> no_target(std::string_view name) {
  return failed(EditError::Kind::not_found, "there is no target " + std::string(name));
}
std::unexpected<EditError> no_portal(const Portal& portal) {
  return failed(EditError::Kind::not_found, "target has no portal " + portal.canonical());
}

auto find_portal(Target& target, const Portal& portal) {
  return std::find_if(target.portals.begin(), target.portals.end(),
                      [key = portal.canonical()](const auto& entry) { return entry->key == key; });
}

std::optional<std::string> lun_problem(const lab::LunConfig& lun) {
  if (lun.lun > lab::kMaxLunNumber) return "expected a LUN from 0 to 16383";
  if (lun.blocks == 0 || lun.blocks > lab::kMaxBlocks) return "blocks: expected 1 to 2^48";
  if (auto problem = lab::check_block_size(lun.block_size))
    return "block_size: expected " + *problem;
  const std::pair<const std::string*, std::size_t> texts[] = {
      {&lun.vendor, 8}, {&lun.product, 16}, {&lun.revision, 4}, {&lun.serial, 32}};
  for (const auto& [text, longest] : texts) {
    if (auto problem = lab::check_ascii(*text, longest)) return "expected " + *problem;
  }
  return {};
}

}  // namespace

Edit SimulatedFabric::edit_target(std::string_view name,
                                  const std::function<void(lab::TargetConfig&)>& change) {
  return core_->locked([&](Outbox& outbox) -> Edit {
    Target* target = core_->find_target(name);
    if (target == nullptr) return no_target(name);
    lab::TargetConfig copy = target->settings;
    change(copy);
    copy.name = target->settings.name;
    copy.portals.clear();
    copy.luns.clear();
    if (const auto problems = lab::check_target(copy); !problems.empty()) {
      return failed(EditError::Kind::invalid,
                    problems[0].where.substr(1) + ' ' + problems[0].message);
    }
    target->chap = copy.chap.value_or(lab::ChapConfig());
    const lab::TargetConfig before = std::exchange(target->settings, std::move(copy));
    if (before.alias != target->settings.alias || before.isns != target->settings.isns)
      core_->isns_changed(*target, outbox);
    return {};
  });
}

Edit SimulatedFabric::set_chap_part(std::string_view name, std::string lab::ChapConfig::* part,
                                    std::string_view text) {
  return core_->locked([&](Outbox&) -> Edit {
    Target* target = core_->find_target(name);
    if (target == nullptr) return no_target(name);
    lab::ChapConfig wanted = target->chap;
    wanted.*part = std::string(text);
    lab::ChapConfig complete = wanted;
    if (complete.mutual_user.empty() || complete.mutual_secret.empty()) {
      complete.mutual_user.clear();
      complete.mutual_secret.clear();
    }
    const bool in_force = !complete.user.empty() && !complete.secret.empty();
    if (in_force) {
      if (const auto problems = lab::check_chap(complete); !problems.empty()) {
        return failed(EditError::Kind::invalid,
                      problems[0].where.substr(1) + ' ' + problems[0].message);
      }
      target->settings.chap = std::move(complete);
    } else {
      target->settings.chap.reset();
    }
    target->chap = std::move(wanted);
    return {};
  });
}

std::optional<lab::ChapConfig> SimulatedFabric::chap_names(std::string_view name) const {
  return core_->locked([&](Outbox&) -> std::optional<lab::ChapConfig> {
    const Target* target = core_->find_target(name);
    if (target == nullptr) return {};
    return lab::ChapConfig{target->chap.user, {}, target->chap.mutual_user, {}};
  });
}

Edit SimulatedFabric::put_portal(std::string_view name, const lab::PortalConfig& portal) {
  return core_->locked([&](Outbox& outbox) -> Edit {
    Target* target = core_->find_target(name);
    if (target == nullptr) return no_target(name);
    return core_->put_portal(*target, portal, outbox);
  });
}

Edit SimulatedFabric::edit_portal(std::string_view name, const Portal& portal,
                                  const std::function<void(lab::PortalConfig&)>& change) {
  return core_->locked([&](Outbox& outbox) -> Edit {
    Target* target = core_->find_target(name);
    if (target == nullptr) return no_target(name);
    const auto found = find_portal(*target, portal);
    if (found == target->portals.end()) return no_portal(portal);
    lab::PortalConfig copy = (*found)->config;
    change(copy);
    copy.address = (*found)->config.address;
    copy.port = (*found)->config.port;
    return core_->put_portal(*target, copy, outbox);
  });
}

Edit SimulatedFabric::remove_portal(std::string_view name, const Portal& portal) {
  return core_->locked([&](Outbox& outbox) -> Edit {
    Target* target = core_->find_target(name);
    if (target == nullptr) return no_target(name);
    const auto found = find_portal(*target, portal);
    if (found == target->portals.end()) return no_portal(portal);
    core_->detach_portal(**found, outbox);
    const std::string network = (*found)->config.network;
    target->portals.erase(found);
    core_->isns_changed(network, outbox);
    return {};
  });
}

Edit SimulatedFabric::put_lun(std::string_view name, const lab::LunConfig& lun) {
  return core_->locked([&](Outbox& outbox) -> Edit {
    Target* target = core_->find_target(name);
    if (target == nullptr) return no_target(name);
    if (auto problem = lun_problem(lun))
      return failed(EditError::Kind::invalid, std::move(*problem));
    const auto [place, fresh] = target->luns.try_emplace(lun.lun, lun);
    if (fresh) {
      core_->inventory_changed(*target, outbox);
    } else {
      FabricCore::set_lun(*target, place->second, lun);
    }
    return {};
  });
}

Edit SimulatedFabric::edit_lun(std::string_view name, std::uint64_t number,
                               const std::function<void(lab::LunConfig&)>& change) {
  return core_->locked([&](Outbox&) -> Edit {
    Target* target = core_->find_target(name);
    if (target == nullptr) return no_target(name);
    const auto found = target->luns.find(number);
    if (found == target->luns.end()) {
      return failed(EditError::Kind::not_found, "target has no LUN " + std::to_string(number));
    }
    lab::LunConfig copy = found->second;
    change(copy);
    copy.lun = number;
    if (auto problem = lun_problem(copy))
      return failed(EditError::Kind::invalid, std::move(*problem));
    FabricCore::set_lun(*target, found->second, std::move(copy));
    return {};
  });
}

Edit SimulatedFabric::remove_lun(std::string_view name, std::uint64_t number) {
  return core_->locked([&](Outbox& outbox) -> Edit {
    Target* target = core_->find_target(name);
    if (target == nullptr) return no_target(name);
    if (target->luns.erase(number) == 0) {
      return failed(EditError::Kind::not_found, "target has no LUN " + std::to_string(number));
    }
    for (auto& [tsih, session] : target->sessions) session.attentions.removed(number);
    core_->inventory_changed(*target, outbox);
    return {};
  });
}

Edit SimulatedFabric::request_logout(std::string_view name) {
  return core_->locked([&](Outbox& outbox) -> Edit {
    const Target* target = core_->find_target(name);
    if (target == nullptr) return no_target(name);
    core_->tell_sessions(*target, LinkEvent::Kind::logout_requested, outbox);
    return {};
  });
}

Edit SimulatedFabric::announce_drop(std::string_view name, const DropNotice& notice) {
  std::vector<LinkId> dropped;
  Edit told = core_->locked([&](Outbox& outbox) -> Edit {
    const Target* target = core_->find_target(name);
    if (target == nullptr) return no_target(name);
    for (const auto& [tsih, session] : target->sessions) {
      LinkEvent event{LinkEvent::Kind::session_drop_announced, session.links.begin()->second,
                      notice.time_to_wait.value_or(session.time_to_wait),
                      notice.time_to_retain.value_or(session.time_to_retain)};
      if (notice.cid) {
        const auto link = session.links.find(*notice.cid);
        if (link == session.links.end()) continue;
        event.kind = LinkEvent::Kind::drop_announced;
        event.link = link->second;
        dropped.push_back(link->second);
      } else {
        for (const auto& [cid, link] : session.links) dropped.push_back(link);
      }
      outbox.events.push_back(event);
    }
    if (dropped.empty() && notice.cid) {
      return failed(EditError::Kind::not_found,
                    "no session has a connection " + std::to_string(*notice.cid));
    }
    return {};
  });
  // Once the initiators have been told; links that they have closed meanwhile are passed over.
  std::sort(dropped.begin(), dropped.end());
  core_->locked([&](Outbox& outbox) { core_->drop_all(dropped, outbox); });
  return told;
}

Edit SimulatedFabric::request_negotiation(std::string_view name) {
  return core_->locked([&](Outbox& outbox) -> Edit {
    const Target* target = core_->find_target(name);
    if (target == nullptr) return no_target(name);
    for (const auto& [tsih, session] : target->sessions) {
      for (const auto& [cid, link] : session.links) {
        outbox.events.push_back({LinkEvent::Kind::negotiation_requested, link});
      }
    }
    return {};
  });
}

Edit SimulatedFabric::damage(std::string_view name, bool header) {
  return core_->locked([&](Outbox& outbox) -> Edit {
    const Target* target = core_->find_target(name);
    if (target == nullptr) return no_target(name);
    core_->tell_sessions(
        *target, header ? LinkEvent::Kind::damaged_header : LinkEvent::Kind::damaged_data, outbox);
    return {};
  });
}

Edit SimulatedFabric::drop_links(std::string_view name) {
  return core_->locked([&](Outbox& outbox) -> Edit {
    const Target* target = core_->find_target(name);
    if (target == nullptr) return no_target(name);
    core_->drop_all(core_->links_of(*target), outbox);
    return {};
  });
}

}  // namespace hbalab::fabric
