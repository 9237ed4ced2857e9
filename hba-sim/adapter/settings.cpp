#include "hba-sim/adapter/settings.hpp"

#include <utility>
#include <vector>

#include "hba-sim/wipe.hpp"

namespace hbalab::adapter {

AdapterSettings::~AdapterSettings() {
  wipe(chap_secret);
  wipe(radius.secret);
  wipe(ipsec.group_key);
  for (PresharedKey& one : ipsec.keys) wipe(one.key);
  wipe(boot.record);
}

struct SettingsStore::State : std::enable_shared_from_this<SettingsStore::State> {
  struct Waiting {
    Status failed;
    Change change;
    Done done;
  };
  struct Ended {
    Status status;  // where the NVRAM does its part
    Status failed;
    Done done;
  };

  explicit State(Nvram& the_nvram) : nvram(&the_nvram) {}

  // Each change starts from what the ones before it made, and none is built on one that failed.
  void pump() {
    if (writing || waiting.empty()) return;
    AdapterSettings next = now;
    std::vector<Ended> batch;
    for (Waiting& one : std::exchange(waiting, {})) {
      AdapterSettings changed = next;
      const Status status = one.change(changed);
      if (status == iscsi::ISDSC_SUCCESS) std::swap(next, changed);
      batch.push_back({status, one.failed, std::move(one.done)});
    }
    writing = true;
    Nvram::Change change;
    for (const SettingsSection& section : settings_sections()) {
      auto value = section.save(next);
      auto before = section.save(now);
      const bool changed = value != before;
      if (before) wipe(*before);
      if (changed) {
        change.settings.emplace_back(section.name, std::move(value));
      } else if (value) {
        wipe(*value);
      }
    }
    if (change.settings.empty()) return ended(std::move(next), std::move(batch), true);
    nvram->submit(std::move(change),
                  [self = shared_from_this(), next = std::move(next), batch = std::move(batch)](
                      bool ok) mutable { self->ended(std::move(next), std::move(batch), ok); });
  }

  void ended(AdapterSettings next, std::vector<Ended> batch, bool ok) {
    if (closed) return;
    writing = false;
    if (ok && next != now) {
      const AdapterSettings before = std::exchange(now, std::move(next));
      if (listener) listener(before);
    }
    for (Ended& one : batch) {
      const bool lost = !ok && one.status == iscsi::ISDSC_SUCCESS;
      one.done(lost ? one.failed : one.status);
    }
    pump();
  }

  Nvram* nvram;
  AdapterSettings now;
  std::deque<Waiting> waiting;
  bool writing = false;
  bool closed = false;
  std::function<void(const AdapterSettings&)> listener;
};

SettingsStore::SettingsStore(Nvram& nvram) : state_(std::make_shared<State>(nvram)) {}
SettingsStore::~SettingsStore() { state_->closed = true; }

std::expected<void, std::string> SettingsStore::load() {
  for (const SettingsSection& section : settings_sections()) {
    auto stored = state_->nvram->setting(section.name);
    if (!stored) return std::unexpected(std::move(stored.error()));
    if (!*stored) continue;
    const bool good = section.load(state_->now, **stored);
    wipe(**stored);
    if (good) continue;
    return std::unexpected(state_->nvram->file().string() + ": the setting " +
                           std::string(section.name) + " is damaged, or from another program");
  }
  return {};
}

const AdapterSettings& SettingsStore::now() const { return state_->now; }

void SettingsStore::modify(Status failed, Change change, Done done) {
  state_->waiting.push_back({failed, std::move(change), std::move(done)});
  state_->pump();
}

void SettingsStore::on_change(std::function<void(const AdapterSettings&)> listener) {
  state_->listener = std::move(listener);
}

}  // namespace hbalab::adapter
