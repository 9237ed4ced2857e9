// Completion, ScsiPortWmiPostProcess, instance lengths, events, what is left behind.
#include "hba-sim/port/checker/contract.hpp"
#include "hba-sim/include/srb.h"
#include "tests/hba-sim/checker/fired.hpp"
#include "wmi-model/wnode.hpp"

using namespace hbalab;
using namespace hbalab::check;
using namespace hbalab::check::test;

namespace {

Findings completion(const Completion& it) {
  Findings findings;
  check_completion(it, findings);
  return findings;
}

Findings dispatch(const Dispatch& it, const SrbEnd& end) {
  Findings findings;
  check_dispatch(it, end, findings);
  return findings;
}

// A callback that did everything right, and an SRB that says so.
Dispatch right() {
  Dispatch it;
  it.called = true;
  it.posted = 1;
  it.return_status = SRB_STATUS_SUCCESS;
  it.return_size = 72;
  return it;
}
constexpr SrbEnd kRight{false, SRB_STATUS_SUCCESS, 72};

Findings lengths(std::vector<std::uint32_t> values, std::uint32_t used,
                 std::uint32_t available = 1000) {
  Findings findings;
  check_lengths({values, used, available}, findings);
  return findings;
}

struct Event {
  Bytes bytes;
  FiredEvent fired;
  explicit Event(std::size_t size = 32) {
    wmi::EventItem item;
    item.guid = guid_of(7);
    item.data.assign(size, 1);
    bytes = wmi::pack_event(item);
    fired.guid = item.guid;
    fired.registered = fired.enabled = true;
    fired.instances = 1;
    fired.memory = bytes.size();
  }
  Findings check() {
    fired.wnode = bytes;
    Findings findings;
    check_event(fired, findings);
    return findings;
  }
};

}  // namespace

TEST_CASE("one completion in time is right") {
  none(completion({1, false, false}));
  none(completion({0, false, false}));  // under way
  none(completion({1, true, false}));   // aborted, and completed then
}

TEST_CASE("completions are counted") {
  CHECK(only(Rule::completed_twice, completion({2, false, false})).found == "2 times");
  only(Rule::never_completed, completion({0, true, false}));
  only(Rule::completed_late, completion({1, true, true}));
}

TEST_CASE("an SRB that is none, and a service that a stopped adapter uses") {
  Findings findings;
  int nothing = 0;
  report_unknown_srb(&nothing, findings);
  only(Rule::unknown_srb, findings);
  Findings service;
  report_service_after_stop("StorPortRequestTimer", service);
  CHECK(only(Rule::service_after_stop, service).found == "StorPortRequestTimer");
}

TEST_CASE("a callback that ends its request once is right") {
  none(dispatch(right(), kRight));
  none(dispatch(right(), {true, SRB_STATUS_SUCCESS, 72}));
  Dispatch refused;  // by the library: no callback
  refused.return_status = SRB_STATUS_ERROR;
  none(dispatch(refused, {false, SRB_STATUS_ERROR, 0}));
  Dispatch reginfo;
  reginfo.called = reginfo.reginfo = true;
  reginfo.return_status = SRB_STATUS_SUCCESS;
  none(dispatch(reginfo, {false, SRB_STATUS_SUCCESS, 0}));
}

TEST_CASE("ScsiPortWmiPostProcess is called once, with a status") {
  Dispatch missing = right();
  missing.posted = 0;
  missing.return_status = SRB_STATUS_PENDING;
  only(Rule::post_process_missing, dispatch(missing, {false, SRB_STATUS_SUCCESS, 72}));
  Dispatch twice = right();
  twice.posted = 2;
  CHECK(only(Rule::post_process_twice, dispatch(twice, kRight)).found == "2 times");
  Dispatch status = right();
  status.posted_pending = true;
  only(Rule::post_process_pending_status, dispatch(status, kRight));
  Dispatch reginfo = right();
  reginfo.reginfo = true;
  only(Rule::post_process_in_reginfo, dispatch(reginfo, kRight));
}

TEST_CASE("callbacks keep to one reading of their result") {
  const auto saw = [](ResultReading& reading, std::uint8_t result, bool answered) {
    reading.saw(result, answered);
    Findings findings;
    reading.check(findings);
    return findings;
  };
  ResultReading pending, status, mixed;
  none(saw(pending, FALSE, true));
  none(saw(pending, TRUE, false));
  none(saw(pending, SRB_STATUS_ERROR, false));  // ends the request by both readings
  none(saw(status, SRB_STATUS_DATA_OVERRUN, true));
  none(saw(status, SRB_STATUS_PENDING, false));
  none(saw(mixed, FALSE, true));
  only(Rule::callback_result_mixed, saw(mixed, SRB_STATUS_SUCCESS, true));
  none(saw(mixed, SRB_STATUS_SUCCESS, true));  // said once
}

TEST_CASE("the SRB ends with what the request context says") {
  CHECK(only(Rule::post_process_status_differs, dispatch(right(), {false, SRB_STATUS_ERROR, 72}))
            .found == "SRB_STATUS_ERROR");
  CHECK(only(Rule::post_process_size_differs, dispatch(right(), {false, SRB_STATUS_SUCCESS, 8}))
            .expected == "DataTransferLength 72");
}

TEST_CASE("a pended request keeps its context in the SRB extension") {
  Dispatch outside = right();
  outside.context_in_extension = false;
  none(dispatch(outside, kRight));  // on the stack, and done
  only(Rule::context_outside_extension, dispatch(outside, {true, SRB_STATUS_SUCCESS, 72}));
}

TEST_CASE("instance lengths with their padding make up what was used") {
  none(lengths({8, 16}, 24));
  none(lengths({5, 3}, 11));
  none(lengths({5, 3}, 16));
  none(lengths({0, 0}, 0));
  none(lengths({}, 0));
}

TEST_CASE("instance lengths that do not fit what was used") {
  CHECK(only(Rule::instance_length_unset, lengths({8, kLengthUnset}, 16)).instance == 1u);
  CHECK(only(Rule::instance_misaligned, lengths({5, 3}, 8)).expected == "BufferUsed 11 or 16");
  only(Rule::instance_lengths_sum, lengths({8, 16}, 32));
  only(Rule::instance_lengths_sum, lengths({8, 16}, 0));
  only(Rule::success_larger_than_buffer, lengths({8, 16}, 24, 23));
}

TEST_CASE("an event that is registered, enabled and within its limit is right") {
  Event event;
  none(event.check());
  Event without_data(0);
  none(without_data.check());
}

TEST_CASE("events that must not be fired") {
  Event disabled;
  disabled.fired.enabled = false;
  only(Rule::event_not_enabled, disabled.check());
  Event unregistered;
  unregistered.fired.registered = unregistered.fired.enabled = false;
  only(Rule::event_not_registered, unregistered.check());
  Event large(1000);
  large.fired.limit = 512;
  only(Rule::event_too_large, large.check());
  Event unpadded;
  unpadded.fired.memory = 32;
  only(Rule::event_without_pad, unpadded.check());
  Event instance;
  put32(instance.bytes, wmi::wnode::kInstanceIndex, 5);
  CHECK(only(Rule::event_instance_unknown, instance.check()).instance == 5u);
  Event malformed;
  put32(malformed.bytes, wmi::wnode::kInstanceDataOffset, 0x10000);
  only(Rule::event_malformed, malformed.check());
}

TEST_CASE("what a driver leaves behind is named") {
  const auto left = [](Leftover leftover) {
    Findings findings;
    check_leftovers(std::span(&leftover, 1), findings);
    return findings;
  };
  CHECK(only(Rule::leaked_memory, left({Leftover::Kind::memory, "pool", 64, "Samp"})).found ==
        "64 bytes of pool with the tag Samp");
  only(Rule::leaked_lock, left({Leftover::Kind::lock, "StartIoLock", 0, {}}));
  only(Rule::leaked_reference, left({Leftover::Kind::reference, "timer", 0, {}}));
  Findings findings;
  check_leftovers({}, findings);
  none(findings);
  report_freed_unknown("StorPortFreePool", nullptr, findings);
  only(Rule::freed_unknown, findings);
}
