// Requests of the checker's own, and what their answers mean.
#include <algorithm>

#include "hba-sim/include/srb.h"
#include "hba-sim/port/checker/probe.hpp"
#include "tests/hba-sim/checker/fired.hpp"

using namespace hbalab;
using namespace hbalab::check;
using namespace hbalab::check::test;
using wmi::MinorFunction;
using wmi::wnode::kDynamicInstances;

namespace {

constexpr Outcome kSuccess{Outcome::Kind::success, 100};
constexpr Outcome kFailed{Outcome::Kind::failed, 0};
constexpr Outcome overrun(std::uint32_t size) { return {Outcome::Kind::overrun, size}; }

std::size_t count(const std::vector<Probe>& probes, Probe::Kind kind) {
  return static_cast<std::size_t>(std::ranges::count(probes, kind, &Probe::kind));
}

Findings judged(Probe::Kind kind, const Outcome& outcome) {
  Probe probe;
  probe.kind = kind;
  probe.name = u"one";
  Findings findings;
  judge(probe, outcome, findings);
  return findings;
}

struct Protocol {
  OverrunProtocol protocol;
  Findings findings;
  Protocol& feed(std::uint32_t offered, const Outcome& outcome, bool disturbed = false) {
    protocol.feed({offered, outcome, {}, {}, disturbed}, findings);
    return *this;
  }
};

}  // namespace

TEST_CASE("at the start everything is asked for that must fail") {
  const std::vector<Block> blocks{{guid_of(1), false, 2, {1, 5}, true},
                                  {guid_of(2), true, 1, {}, true},
                                  {guid_of(3), false, kDynamicInstances, {1}, true},
                                  {guid_of(4), false, 1, {}, false}};
  const auto probes = probes_at_start(blocks);
  CHECK(count(probes, Probe::Kind::least_room) == 3);
  CHECK(count(probes, Probe::Kind::unknown_instance) == 2);
  CHECK(count(probes, Probe::Kind::unknown_guid) == 9);
  std::vector<std::uint32_t> methods;
  for (const Probe& probe : probes) {
    CHECK(probe.guid != guid_of(2));
    if (probe.kind == Probe::Kind::unknown_guid) {
      CHECK(std::ranges::find(blocks, probe.guid, &Block::guid) == blocks.end());
    }
    if (probe.kind != Probe::Kind::unknown_method) continue;
    CHECK(probe.guid == guid_of(1));
    methods.push_back(probe.method);
  }
  CHECK(methods == std::vector<std::uint32_t>{0, 6, 0xFFFFFFFF});
}

TEST_CASE("ids that a class has are not asked for as unknown ones") {
  const std::vector<Block> blocks{{guid_of(1), false, 1, {0, 0xFFFFFFFF}, true}};
  CHECK(count(probes_at_start(blocks), Probe::Kind::unknown_method) == 0);
}

TEST_CASE("only what changes nothing is run a second time") {
  Bytes answer(128);
  put_header(answer, guid_of(1), wmi::wnode::kFlagSingleInstance);
  Exchange exchange;
  exchange.guid = guid_of(1);
  exchange.answer = answer;
  exchange.srb_status = SRB_STATUS_SUCCESS;
  exchange.size = 100;
  for (const MinorFunction minor : {MinorFunction::change_single_instance,
                                    MinorFunction::execute_method, MinorFunction::enable_events}) {
    exchange.minor = minor;
    CHECK(probes_after(exchange).empty());
  }
  exchange.minor = MinorFunction::query_single_instance;
  const auto probes = probes_after(exchange);
  REQUIRE(probes.size() == 2);
  CHECK(probes[1].kind == Probe::Kind::one_less);
  CHECK(probes[1].size == 99);
  CHECK(probes[0].kind == Probe::Kind::second_run);
  CHECK(probes[0].size == 128);
  CHECK(probes[0].edge == Edge::begin);
  CHECK(probes[0].poison == Poison::second);
  exchange.srb_status = SRB_STATUS_ERROR;
  CHECK(probes_after(exchange).empty());
}

TEST_CASE("names that were listed are asked for, and one that was not") {
  Bytes answer(128);
  put_header(answer, guid_of(1), wmi::wnode::kFlagAllData);
  put32(answer, wmi::wnode::kAllInstanceCount, 1);
  put32(answer, wmi::wnode::kAllNameOffsets, 80);
  put32(answer, 80, 84);
  wmi::wnode::store(std::span(answer), 84, std::uint16_t{2});
  answer[86] = 'a';
  Exchange exchange;
  exchange.minor = MinorFunction::query_all_data;
  exchange.answer = answer;
  exchange.srb_status = SRB_STATUS_SUCCESS;
  exchange.size = 128;
  exchange.instances = kDynamicInstances;
  const auto probes = probes_after(exchange);
  REQUIRE(probes.size() == 3);
  CHECK(probes[1].name == u"a");
  CHECK(probes[2].kind == Probe::Kind::unknown_name);
  CHECK(probes[2].name == u"a~");
  CHECK(probes_after(exchange, 0).size() == 2);
}

TEST_CASE("what does not exist is not answered, and what was listed is") {
  const std::pair<Probe::Kind, Rule> unknown[] = {
      {Probe::Kind::unknown_name, Rule::unknown_name_answered},
      {Probe::Kind::unknown_instance, Rule::unknown_instance_succeeded},
      {Probe::Kind::unknown_method, Rule::unknown_method_succeeded},
      {Probe::Kind::unknown_guid, Rule::unknown_guid_succeeded}};
  for (const auto& [kind, rule] : unknown) {
    none(judged(kind, kFailed));
    only(rule, judged(kind, kSuccess));
    only(rule, judged(kind, overrun(200)));
  }
  none(judged(Probe::Kind::listed_name, kSuccess));
  CHECK(only(Rule::name_not_answered, judged(Probe::Kind::listed_name, kFailed)).expected ==
        "an answer for the name 'one'");
}

TEST_CASE("an overrun is followed by the exact size and one byte less") {
  Protocol it;
  it.feed(64, overrun(100));
  CHECK(it.protocol.next() == 100u);
  it.feed(100, kSuccess);
  CHECK(it.protocol.next() == 99u);
  it.feed(99, overrun(100));
  CHECK_FALSE(it.protocol.next());
  none(it.findings);
}

TEST_CASE("a request that fits has no protocol, nor has one that asks for less") {
  Protocol fits, less;
  CHECK_FALSE(fits.feed(64, kSuccess).protocol.next());
  CHECK_FALSE(less.feed(64, overrun(64)).protocol.next());
  none(fits.findings);
  none(less.findings);
}

TEST_CASE("one byte less than was asked for is not tried where it has failed before") {
  Protocol it;
  CHECK_FALSE(it.feed(64, overrun(65)).feed(65, kSuccess).protocol.next());
}

TEST_CASE("the exact size succeeds, one byte less does not") {
  Protocol failed, repeated, less;
  only(Rule::overrun_retry_failed, failed.feed(64, overrun(100)).feed(100, kFailed).findings);
  only(Rule::overrun_repeated, repeated.feed(64, overrun(100)).feed(100, overrun(120)).findings);
  only(Rule::overrun_one_less_succeeded,
       less.feed(64, overrun(100)).feed(100, kSuccess).feed(99, kSuccess).findings);
  for (const auto* it : {&failed, &repeated, &less}) CHECK_FALSE(it->protocol.next());
}

TEST_CASE("data that has grown meanwhile is no violation") {
  Protocol it;
  it.feed(64, overrun(100)).feed(100, overrun(120), true);
  CHECK_FALSE(it.protocol.next());
  none(it.findings);
}

TEST_CASE("an overrun changes nothing") {
  OverrunProtocol protocol;
  Findings findings;
  protocol.feed({64, overrun(100), 1, 1, false}, findings);
  none(findings);
  OverrunProtocol other;
  other.feed({64, overrun(100), 1, 2, false}, findings);
  only(Rule::overrun_changed_state, findings);
  Findings disturbed;
  OverrunProtocol third;
  third.feed({64, overrun(100), 1, 2, true}, disturbed);
  none(disturbed);
}
