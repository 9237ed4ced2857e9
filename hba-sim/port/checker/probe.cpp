#include "hba-sim/port/checker/probe.hpp"

#include <algorithm>
#include <array>

#include "wmi-model/wnode/wnode_layout.hpp"

namespace hbalab::check {
namespace {

using wmi::MinorFunction;
using wmi::wnode::kDynamicInstances;

std::string utf8(const std::u16string& name) {
  std::string text;
  for (const char16_t unit : name) {
    text += unit >= 0x20 && unit < 0x7F ? static_cast<char>(unit) : '?';
  }
  return text;
}

// The first, the one behind the last, and the last that there can be, of those the class lacks.
std::vector<std::uint32_t> unknown_methods(const Block& block) {
  std::uint32_t highest = 0;
  for (const std::uint32_t id : block.methods) highest = std::max(highest, id);
  std::vector<std::uint32_t> ids;
  for (const std::uint32_t id : {0u, highest + 1, 0xFFFFFFFFu}) {
    const auto has = [id](const auto& list) { return std::ranges::find(list, id) != list.end(); };
    if (!has(block.methods) && !has(ids)) ids.push_back(id);
  }
  return ids;
}

bool registered(std::span<const Block> blocks, const wmi::Guid& guid) {
  return std::ranges::find(blocks, guid, &Block::guid) != blocks.end();
}

Probe make(Probe::Kind kind, MinorFunction minor, const wmi::Guid& guid) {
  Probe probe;
  probe.kind = kind;
  probe.minor = minor;
  probe.guid = guid;
  return probe;
}

void probe_block(const Block& block, std::vector<Probe>& probes) {
  if (block.event_only) return;
  const bool dynamic = block.instances == kDynamicInstances;
  Probe least = make(Probe::Kind::least_room, MinorFunction::query_all_data, block.guid);
  least.size = wmi::wnode::kAllHeaderSize;
  probes.push_back(least);
  if (!dynamic) {
    Probe probe =
        make(Probe::Kind::unknown_instance, MinorFunction::query_single_instance, block.guid);
    probe.instance = block.instances;
    probes.push_back(probe);
  }
  // A method is addressed to an instance; a dynamic one would have to be named.
  if (!block.methods_known || dynamic || block.instances == 0) return;
  for (const std::uint32_t id : unknown_methods(block)) {
    Probe probe = make(Probe::Kind::unknown_method, MinorFunction::execute_method, block.guid);
    probe.method = id;
    probes.push_back(probe);
  }
}

}  // namespace

std::string_view name(Probe::Kind kind) {
  constexpr std::array<std::string_view, 10> kNames{
      "least_room",   "second_run",       "exact_size",     "one_less",     "listed_name",
      "unknown_name", "unknown_instance", "unknown_method", "unknown_guid", "state"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::vector<Probe> probes_at_start(std::span<const Block> blocks) {
  std::vector<Probe> probes;
  for (const Block& block : blocks) probe_block(block, probes);
  // GUIDs that are none, and one that differs from a registered one in its last bit: a driver may
  // compare the begin alone.
  std::vector<wmi::Guid> guids(2);
  guids[1].bytes.fill(0xFF);
  if (!blocks.empty()) {
    guids.push_back(blocks.front().guid);
    guids.back().bytes.back() ^= 1;
  }
  for (const wmi::Guid& guid : guids) {
    if (registered(blocks, guid)) continue;
    for (const MinorFunction minor :
         {MinorFunction::query_all_data, MinorFunction::query_single_instance,
          MinorFunction::execute_method}) {
      probes.push_back(make(Probe::Kind::unknown_guid, minor, guid));
    }
  }
  return probes;
}

std::vector<Probe> probes_after(const Exchange& exchange, std::size_t most_names) {
  std::vector<Probe> probes;
  if (!read_only(exchange.minor) || outcome_of(exchange).kind != Outcome::Kind::success) {
    return probes;
  }
  Probe again = make(Probe::Kind::second_run, exchange.minor, exchange.guid);
  again.size = static_cast<std::uint32_t>(exchange.answer.size());
  again.edge = Edge::begin;
  again.poison = Poison::second;
  probes.push_back(again);
  if (exchange.minor == MinorFunction::query_single_instance && exchange.size != 0) {
    Probe less = make(Probe::Kind::one_less, exchange.minor, exchange.guid);
    less.size = exchange.size - 1;
    probes.push_back(less);
  }
  if (exchange.minor != MinorFunction::query_all_data || !exchange.instances ||
      *exchange.instances != kDynamicInstances) {
    return probes;
  }
  const std::vector<ListedName> names = find_names(exchange);
  // Longer than every name that there is, and beginning as one of them does.
  std::u16string unknown;
  for (const ListedName& it : names) {
    if (it.name.size() >= unknown.size()) unknown = it.name;
  }
  unknown += u"~";
  for (std::size_t i = 0; i < std::min(names.size(), most_names); ++i) {
    Probe probe =
        make(Probe::Kind::listed_name, MinorFunction::query_single_instance, exchange.guid);
    probe.name = names[i].name;
    probes.push_back(probe);
  }
  Probe probe =
      make(Probe::Kind::unknown_name, MinorFunction::query_single_instance, exchange.guid);
  probe.name = unknown;
  probes.push_back(probe);
  return probes;
}

void judge(const Probe& probe, const Outcome& outcome, Findings& findings) {
  const bool failed = outcome.kind == Outcome::Kind::failed;
  const auto must_fail = [&](Rule rule, std::string what) {
    if (!failed) findings.add(rule, "a failure", "an answer for " + std::move(what));
  };
  switch (probe.kind) {
    case Probe::Kind::listed_name:
      if (failed) {
        findings.add(Rule::name_not_answered, "an answer for the name '" + utf8(probe.name) + "'",
                     "a failure");
      }
      break;
    case Probe::Kind::unknown_name:
      must_fail(Rule::unknown_name_answered, "the name '" + utf8(probe.name) + "'");
      break;
    case Probe::Kind::unknown_instance:
      must_fail(Rule::unknown_instance_succeeded, "instance " + std::to_string(probe.instance));
      break;
    case Probe::Kind::unknown_method:
      must_fail(Rule::unknown_method_succeeded, "method id " + std::to_string(probe.method));
      break;
    case Probe::Kind::unknown_guid:
      must_fail(Rule::unknown_guid_succeeded, probe.guid.to_string());
      break;
    default:
      break;
  }
}

void OverrunProtocol::feed(const Attempt& attempt, Findings& findings) {
  const Outcome& outcome = attempt.outcome;
  const bool overran = outcome.kind == Outcome::Kind::overrun;
  const bool changed = attempt.digest_before && attempt.digest_after &&
                       *attempt.digest_before != *attempt.digest_after;
  if (overran && changed && !attempt.disturbed) {
    findings.add(Rule::overrun_changed_state, "the state that was there before",
                 "another one after an overrun");
  }
  if (attempt.disturbed && state_ != State::first) {
    state_ = State::over;
    return;
  }
  switch (state_) {
    case State::first:
      asked_ = outcome.size;
      offered_ = attempt.offered;
      // One that does not ask for more is check_answer()'s to report.
      state_ = overran && asked_ > offered_ ? State::exact : State::over;
      break;
    case State::exact:
      if (attempt.offered != asked_) break;
      if (outcome.kind == Outcome::Kind::success) {
        // With less than was offered at first it has failed already.
        state_ = asked_ - 1 > offered_ ? State::one_less : State::over;
        break;
      }
      findings.add(overran ? Rule::overrun_repeated : Rule::overrun_retry_failed,
                   "success with the " + bytes_text(asked_) + " that were asked for",
                   overran ? bytes_text(outcome.size) + " asked for" : "a failure");
      state_ = State::over;
      break;
    case State::one_less:
      if (attempt.offered != asked_ - 1) break;
      if (outcome.kind == Outcome::Kind::success) {
        findings.add(Rule::overrun_one_less_succeeded,
                     "no success with less than the " + bytes_text(asked_) + " asked for",
                     "success with " + bytes_text(asked_ - 1));
      }
      state_ = State::over;
      break;
    case State::over:
      break;
  }
}

std::optional<std::uint32_t> OverrunProtocol::next() const {
  if (state_ == State::exact) return asked_;
  if (state_ == State::one_less) return asked_ - 1;
  return std::nullopt;
}

}  // namespace hbalab::check
