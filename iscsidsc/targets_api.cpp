// Targets that the service knows: discovered ones, and those of the list of static targets.
#include <algorithm>
#include <map>
#include <set>

#include "iscsidsc/discovery.hpp"
#include "iscsidsc/image.hpp"
#include "iscsidsc/initiators.hpp"
#include "iscsidsc/mappings.hpp"
#include "iscsidsc/targets.hpp"

namespace hbalab::dsc {
namespace {

constexpr std::u16string_view kStaticMechanism = u"Static:";
constexpr ULONG kKnownFlags =
    ISCSI_TARGET_FLAG_HIDE_STATIC_TARGET | ISCSI_TARGET_FLAG_MERGE_TARGET_INFORMATION;
constexpr ULONG kMaxPortalsOfGroup = 1024;

// Each function answers for a service that runs.
ISDSC_STATUS running(Initiators& initiators) {
  const auto names = initiators.all();
  return names ? ISDSC_STATUS{ISDSC_SUCCESS} : names.error();
}

template <typename V>
ISDSC_STATUS report_iscsi_targets(BOOLEAN force_update, PULONG size, typename V::Char* buffer) {
  if (const auto bad = require(size)) return bad;
  Initiators initiators;
  if (const auto bad = running(initiators)) return bad;
  if (force_update) {
    if (const auto failed = refresh_all(initiators)) return failed;
  }
  std::vector<std::u16string> names;
  const auto read = read_state([&](State& state) {
    std::set<std::string> listed;
    const auto add = [&](const std::u16string& name) {
      if (listed.insert(IscsiName(name).canonical()).second) names.push_back(name);
    };
    for (const TargetInstance& target : state.discovered()) add(target.name);
    for (const StaticTarget& target : state.static_targets()) {
      if ((target.flags & ISCSI_TARGET_FLAG_HIDE_STATIC_TARGET) == 0) add(target.name);
    }
    return ISDSC_SUCCESS;
  });
  if (read != ISDSC_SUCCESS) return read;
  return deliver_strings<V>(names, size, buffer);
}

// The part of a target that one mechanism tells of; all of it where none is named.
Outcome<KnownTarget> narrowed(KnownTarget target, const std::u16string& mechanism) {
  if (mechanism.empty()) return target;
  if (mechanism == kStaticMechanism && target.configured) {
    target.instances.clear();
    return target;
  }
  std::erase_if(target.instances,
                [&](const TargetInstance& instance) { return instance.mechanism != mechanism; });
  if (target.instances.empty()) return std::unexpected(ISDSC_DISCOVERY_MECHANISM_NOT_FOUND);
  target.configured.reset();
  return target;
}

std::vector<std::u16string> mechanisms(const KnownTarget& target) {
  std::vector<std::u16string> names;
  for (const TargetInstance& instance : target.instances) names.push_back(instance.mechanism);
  if (target.configured) names.emplace_back(kStaticMechanism);
  return names;
}

// Portals by group, each of them once. Those of a static target are a group of their own.
std::vector<std::vector<TargetPortal>> groups_of(const KnownTarget& target) {
  std::map<std::uint16_t, std::vector<TargetPortal>> groups;
  std::set<std::pair<std::uint16_t, std::string>> listed;
  for (const TargetInstance& instance : target.instances) {
    for (const PortalInGroup& at : instance.portals) {
      if (listed.emplace(at.tag, at.portal.canonical()).second) {
        groups[at.tag].push_back(at.portal);
      }
    }
  }
  std::vector<std::vector<TargetPortal>> list;
  for (auto& [tag, portals] : groups) list.push_back(std::move(portals));
  if (target.configured && !target.configured->portals.empty()) {
    list.push_back(target.configured->portals);
  }
  return list;
}

template <typename V>
void put_groups(const KnownTarget& target, Image& image) {
  const auto groups = groups_of(target);
  image.append(static_cast<ULONG>(groups.size()));
  for (const auto& portals : groups) {
    image.align(alignof(ULONG));
    image.append(static_cast<ULONG>(portals.size()));
    for (const TargetPortal& portal : portals) {
      typename V::Portal out{};
      write_portal<V>(portal, out);
      image.append(out);
    }
  }
}

template <typename V>
void put_mappings(const KnownTarget& target, Image& image) {
  std::vector<TargetMapping> mappings;
  if (target.configured && target.configured->mapping) {
    mappings.push_back(*target.configured->mapping);
    mappings.back().target = target.configured->name;
  }
  image.append(static_cast<ULONG>(mappings.size()));
  append_mappings<V>(image, mappings);
}

std::u16string alias_of(const KnownTarget& target) {
  if (target.configured && !target.configured->alias.empty()) return target.configured->alias;
  for (const TargetInstance& instance : target.instances) {
    if (!instance.alias.empty()) return instance.alias;
  }
  return {};
}

// Options belong to a mechanism: those of the static target, or of the portal that told of it.
Outcome<LoginOptions> options_of(const KnownTarget& target) {
  if (target.configured) return target.configured->options;
  LoginOptions options;
  const auto read = read_state([&](State& state) {
    for (const SendTargetPortal& portal : state.portals()) {
      if (State::source_of(portal) == target.instances.front().source) options = portal.options;
    }
    return ISDSC_SUCCESS;
  });
  if (read != ISDSC_SUCCESS) return std::unexpected(read);
  return options;
}

template <typename V>
void append_strings(const std::vector<std::u16string>& strings, Image& image) {
  constexpr std::u16string_view kEnd;
  for (const auto& text : strings) image.append_text<V>(text);
  image.append_text<V>(kEnd);
  if (strings.empty()) image.append_text<V>(kEnd);
}

// `options`: those of LoginOptions.
template <typename V>
void put_information(const KnownTarget& target, TARGET_INFORMATION_CLASS wanted,
                     const LoginOptions& options, Image& image) {
  switch (wanted) {
    case ProtocolType:
      image.append(static_cast<ULONG>(ISCSI_TCP_PROTOCOL_TYPE));
      break;
    case TargetAlias:
      image.append_text<V>(alias_of(target));
      break;
    case DiscoveryMechanisms:
      append_strings<V>(mechanisms(target), image);
      break;
    case PortalGroups:
      put_groups<V>(target, image);
      break;
    case PersistentTargetMappings:
      put_mappings<V>(target, image);
      break;
    case InitiatorName:
      image.append_text<V>(target.instances.empty() ? std::u16string()
                                                    : target.instances.front().initiator);
      break;
    case TargetFlags:
      image.append(target.configured ? target.configured->flags : ULONG{0});
      break;
    case ::LoginOptions:
      image.append(write_options(options));
      break;
  }
}

template <typename V>
ISDSC_STATUS get_iscsi_target_information(const typename V::Char* target_name,
                                          const typename V::Char* discovery_mechanism,
                                          TARGET_INFORMATION_CLASS wanted, PULONG size,
                                          void* buffer) {
  const auto name = read_text(target_name, kMaxName);
  // Mechanisms contain an address and an instance name.
  const auto mechanism = read_text(discovery_mechanism, 2 * kMaxInstance + kMaxAddress);
  if (size == nullptr || !name || !mechanism || name->empty() || wanted > ::LoginOptions) {
    return ERROR_INVALID_PARAMETER;
  }
  Initiators initiators;
  if (const auto bad = running(initiators)) return bad;
  auto known = find_target(*name);
  if (!known) return known.error();
  const auto target = narrowed(*std::move(known), *mechanism);
  if (!target) return target.error();
  Outcome<LoginOptions> options;
  if (wanted == ::LoginOptions) {
    if (mechanism->empty()) return ERROR_INVALID_PARAMETER;
    options = options_of(*target);
    if (!options) return options.error();
  }
  return deliver(size, buffer,
                 [&](Image& image) { put_information<V>(*target, wanted, *options, image); });
}

template <typename V>
ISDSC_STATUS report_iscsi_target_portals(const typename V::Char* initiator_name,
                                         const typename V::Char* target_name, const USHORT* tag,
                                         PULONG count, typename V::Portal* buffer) {
  const auto instance = read_text(initiator_name, kMaxInstance);
  const auto name = read_text(target_name, kMaxName);
  if (count == nullptr || !instance || !name || name->empty()) return ERROR_INVALID_PARAMETER;
  Initiators initiators;
  const auto names = initiators.named(*instance);
  if (!names) return names.error();
  const auto known = find_target(*name);
  if (!known) return known.error();
  std::vector<typename V::Portal> list;
  std::set<std::string> listed;
  const auto add = [&](const TargetPortal& portal) {
    if (listed.insert(portal.canonical()).second) write_portal<V>(portal, list.emplace_back());
  };
  for (const TargetInstance& target : known->instances) {
    if (!instance->empty() && narrow(target.initiator) != names->front()) continue;
    for (const PortalInGroup& at : target.portals) {
      if (tag == nullptr || *tag == at.tag) add(at.portal);
    }
  }
  // Nobody knows the tag of what users wrote down.
  if (tag == nullptr && known->configured) {
    for (const TargetPortal& portal : known->configured->portals) add(portal);
  }
  return deliver_elements(list, count, buffer);
}

// A group is a count and that many portals; the declared array has one.
template <typename V>
Outcome<std::vector<TargetPortal>> read_group(const typename V::PortalGroup* group) {
  std::vector<TargetPortal> portals;
  if (group == nullptr) return portals;
  if (group->Count > kMaxPortalsOfGroup) return std::unexpected(ERROR_INVALID_PARAMETER);
  const auto* const first = &group->Portals[0];
  for (ULONG i = 0; i < group->Count; ++i) {
    auto portal = read_portal(first + i);
    if (!portal || portal->empty()) return std::unexpected(ERROR_INVALID_PARAMETER);
    portals.push_back(*std::move(portal));
  }
  return portals;
}

// What is new counts; what is left out stays as it was.
void merge(const StaticTarget& before, StaticTarget& target) {
  if (target.alias.empty()) target.alias = before.alias;
  if (!target.mapping) target.mapping = before.mapping;
  if (!target.options.given) target.options = before.options;
  std::set<std::string> listed;
  for (const TargetPortal& portal : target.portals) listed.insert(portal.canonical());
  for (const TargetPortal& portal : before.portals) {
    if (listed.insert(portal.canonical()).second) target.portals.push_back(portal);
  }
}

template <typename V>
ISDSC_STATUS add_iscsi_static_target(const typename V::Char* target_name,
                                     const typename V::Char* target_alias, ISCSI_TARGET_FLAGS flags,
                                     BOOLEAN persist, const typename V::Mapping* mappings,
                                     const ISCSI_LOGIN_OPTIONS* login_options,
                                     const typename V::PortalGroup* portal_group) {
  auto name = read_text(target_name, kMaxName);
  auto alias = read_text(target_alias, kMaxAlias);
  auto mapping = read_mapping(mappings);
  auto options = read_options(login_options);
  auto portals = read_group<V>(portal_group);
  if (!name || !alias || !mapping || !options || !portals || name->empty() ||
      (flags & ~kKnownFlags) != 0) {
    return ERROR_INVALID_PARAMETER;
  }
  if (!IscsiName(*name).well_formed()) return ISDSC_INVALID_ISCSI_NAME;
  Initiators initiators;
  if (const auto bad = running(initiators)) return bad;
  StaticTarget target;
  target.name = *std::move(name);
  target.alias = *std::move(alias);
  target.flags = flags & ~ULONG{ISCSI_TARGET_FLAG_MERGE_TARGET_INFORMATION};
  target.persist = persist != 0;
  target.mapping = *std::move(mapping);
  target.options = *std::move(options);
  target.portals = *std::move(portals);
  return write_state([&](State& state) {
    const auto before = state.static_target(target.name);
    if (before && (flags & ISCSI_TARGET_FLAG_MERGE_TARGET_INFORMATION) != 0) merge(*before, target);
    state.put_static_target(target);
    return ISDSC_SUCCESS;
  });
}

template <typename V>
ISDSC_STATUS remove_iscsi_static_target(const typename V::Char* target_name) {
  const auto name = read_text(target_name, kMaxName);
  if (!name || name->empty()) return ERROR_INVALID_PARAMETER;
  Initiators initiators;
  if (const auto bad = running(initiators)) return bad;
  return write_state([&](State& state) -> ISDSC_STATUS {
    return state.erase_static_target(*name) ? ISDSC_SUCCESS : ISDSC_TARGET_NOT_FOUND;
  });
}

}  // namespace
}  // namespace hbalab::dsc

#include "iscsidsc/exports_targets.inc"
