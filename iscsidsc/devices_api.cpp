// Devices that the service waits for when it starts: bound by users, one by one or all at once.
#include <algorithm>
#include <set>

#include "hba-sim/types.hpp"
#include "iscsidsc/devices.hpp"
#include "iscsidsc/image.hpp"
#include "iscsidsc/state.hpp"

namespace hbalab::dsc {
namespace {

constexpr State::Texts kList = State::Texts::bound_devices;

std::string folded(const std::u16string& text) {
  std::string key;
  append_folded(key, text);
  return key;
}

// Targets to which some adapter logs in by itself.
Outcome<std::set<std::string>> persistent_targets(Initiators& initiators) {
  const auto names = initiators.all();
  if (!names) return std::unexpected(names.error());
  std::set<std::string> targets;
  for (const std::string& name : *names) {
    const auto block = initiators.query_if_there(iscsi::MSiSCSI_PersistentLoginsGuid, name);
    if (!block) return std::unexpected(block.error());
    if (!*block) continue;
    const auto logins = view_of<iscsi::PersistentLoginsView>(**block);
    if (!logins) return std::unexpected(logins.error());
    for (const auto& login : logins->logins) {
      targets.insert(IscsiName(member_text(login.head->TargetName)).canonical());
    }
  }
  return targets;
}

// Devices that will be there again after a restart.
Outcome<std::vector<SessionDevice>> persistent_devices(Initiators& initiators) {
  const auto targets = persistent_targets(initiators);
  if (!targets) return std::unexpected(targets.error());
  auto devices = all_devices(initiators);
  if (!devices) return devices;
  std::erase_if(*devices, [&](const SessionDevice& device) {
    return !targets->contains(IscsiName(device.target).canonical());
  });
  return devices;
}

// The list becomes what there is now; nobody sees it half made.
ISDSC_STATUS setup() {
  Initiators initiators;
  const auto devices = persistent_devices(initiators);
  if (!devices) return devices.error();
  return write_state([&](State& state) {
    state.clear_texts(kList);
    for (const SessionDevice& device : *devices) state.put_text(kList, device.interface_name);
    return ISDSC_SUCCESS;
  });
}

ISDSC_STATUS setup_persistent_iscsi_devices() { return setup(); }

// The name of before there were devices in the list beside volumes. A lab has no volumes.
ISDSC_STATUS setup_persistent_iscsi_volumes() { return setup(); }

template <typename V>
ISDSC_STATUS add_persistent_iscsi_device(const typename V::Char* device_path) {
  const auto path = read_text(device_path, MAX_PATH - 1);
  if (!path || path->empty()) return ERROR_INVALID_PARAMETER;
  Initiators initiators;
  const auto devices = persistent_devices(initiators);
  if (!devices) return devices.error();
  const auto named = std::ranges::find_if(*devices, [&](const SessionDevice& device) {
    return folded(device.interface_name) == folded(*path) ||
           folded(device.legacy_name) == folded(*path);
  });
  if (named == devices->end()) return ISDSC_DEVICE_NOT_ISCSI_OR_PERSISTENT;
  return write_state([&](State& state) -> ISDSC_STATUS {
    // Under either of its names.
    if (state.has_text(kList, named->interface_name) || state.has_text(kList, named->legacy_name)) {
      return ISDSC_DEVICE_ALREADY_PERSISTENTLY_BOUND;
    }
    state.put_text(kList, *path);
    return ISDSC_SUCCESS;
  });
}

// Each of these answers for a service that runs.
ISDSC_STATUS running() {
  Initiators initiators;
  const auto names = initiators.all();
  return names ? ISDSC_STATUS{ISDSC_SUCCESS} : names.error();
}

template <typename V>
ISDSC_STATUS remove_persistent_iscsi_device(const typename V::Char* device_path) {
  const auto path = read_text(device_path, MAX_PATH - 1);
  if (!path || path->empty()) return ERROR_INVALID_PARAMETER;
  if (const auto bad = running()) return bad;
  return write_state([&](State& state) -> ISDSC_STATUS {
    return state.erase_text(kList, *path) ? ISDSC_SUCCESS : ISDSC_DEVICE_NOT_FOUND;
  });
}

ISDSC_STATUS clear_persistent_iscsi_devices() {
  if (const auto bad = running()) return bad;
  return write_state([](State& state) {
    state.clear_texts(kList);
    return ISDSC_SUCCESS;
  });
}

template <typename V>
ISDSC_STATUS report_persistent_iscsi_devices(PULONG size, typename V::Char* buffer) {
  if (const auto bad = require(size)) return bad;
  if (const auto bad = running()) return bad;
  std::vector<std::u16string> list;
  const auto read = read_state([&](State& state) {
    list = state.texts(kList);
    return ISDSC_SUCCESS;
  });
  if (read != ISDSC_SUCCESS) return read;
  return deliver_strings<V>(list, size, buffer);
}

}  // namespace
}  // namespace hbalab::dsc

#include "iscsidsc/exports_devices.inc"
