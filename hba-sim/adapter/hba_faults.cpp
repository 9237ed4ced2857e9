// What the bench, or the lab file, says is wrong with the adapter.
#include <algorithm>

#include "hba-sim/adapter/hba_core.hpp"
#include "hba-sim/lab/config_rules.hpp"

namespace hbalab::adapter {

// To an adapter that has been delivered: its identity is written before anything fails.
void HbaCore::apply_faults(const lab::AdapterFaults& faults) {
  devices_in_use_ = faults.devices_in_use;
  auto nvram = nvram_->faults();
  nvram.write_fails = nvram.write_fails || faults.nvram_write_fails;
  nvram.full = nvram.full || faults.nvram_full;
  if (faults.nvram_write_fails_at != 0) nvram.fails_at = faults.nvram_write_fails_at;
  nvram_->set_faults(nvram);
  const auto names = lab::adapter_healths();
  set_health(static_cast<iscsi::ISCSI_HBA_STATUS>(std::ranges::find(names, faults.health) -
                                                  names.begin()));
}

void HbaCore::set_health(iscsi::ISCSI_HBA_STATUS health) {
  const bool was_failed = failed();
  health_ = health;
  if (failed() == was_failed) return;
  auto faults = nvram_->faults();
  faults.unreachable = failed();
  nvram_->set_faults(faults);
  if (gate_ == nullptr) return;
  if (failed()) return give_up_everything();
  // As after power-on.
  persistent_->start(gate_);
  begin();
}

void HbaCore::give_up_everything() {
  isns_->stop();
  persistent_->stop();
  std::vector<LoginMachine*> machines;
  for (const auto& [machine, attempt] : attempts_) machines.push_back(machine);
  for (LoginMachine* machine : machines) drop_attempt(machine);
  std::vector<std::shared_ptr<Session>> sessions;
  for (const auto& [id, session] : sessions_.all()) sessions.push_back(session);
  for (const auto& session : sessions) {
    if (session->state != Session::State::lost)
      report_loss(*session, SessionFailure::SessionCxnTimeoutError);
    end_session(session);
  }
  pings_.clear();
  while (!operations_.empty()) {
    if (auto operation = take_operation(operations_.begin()->first))
      complete(std::move(*operation), iscsi::ISDSC_NON_SPECIFIC_ERROR);
  }
}

bool HbaCore::in_use(const Session& session) const {
  return std::ranges::any_of(devices_in_use_, [&](const lab::HeldDevice& held) {
    return session.plan.target_name == IscsiName(from_wire_text(held.target)).canonical() &&
           std::ranges::find(session.info.luns, held.lun, &SessionInfo::Lun::target_lun) !=
               session.info.luns.end();
  });
}

}  // namespace hbalab::adapter
