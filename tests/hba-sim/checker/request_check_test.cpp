// A request under check from its buffer to its findings, as the port driver and the WMI library use
// it.
#include <array>

#include "hba-sim/include/srb.h"
#include "hba-sim/port/checker/fault.hpp"
#include "hba-sim/port/checker/request_check.hpp"
#include "tests/hba-sim/checker/fired.hpp"

using namespace hbalab;
using namespace hbalab::check;
using namespace hbalab::check::test;
using namespace hbalab::wmi::wnode;
using wmi::MinorFunction;

namespace {

// One query for a single instance with 32 bytes of room, and a driver that answers with them.
struct Query {
  GuardPool pool;
  RequestCheck check;
  std::array<std::byte, 64> extension{};
  Bytes request;
  std::uint8_t* buffer = nullptr;
  RequestCheck::End end{{false, SRB_STATUS_SUCCESS, 96}, 1, nullptr};
  const void* code = nullptr;

  Query() : request(96) {
    install_fault_handler();
    put_header(request, guid_of(4), kFlagSingleInstance | kFlagStaticInstanceNames);
    put32(request, kInstanceDataOffset, 64);
    buffer = check.begin(pool, {MinorFunction::query_single_instance, guid_of(4), request,
                                Edge::end, Poison::first, extension});
  }
  void answer(std::size_t written = 32) {
    const std::uint32_t size = 32, all = 96;
    std::memcpy(buffer + kInstanceDataSize, &size, sizeof size);
    std::memcpy(buffer + kBufferSize, &all, sizeof all);
    std::memset(buffer + 64, 0x11, written);
  }
  // As the WMI library does around a callback that ends its request at once.
  void dispatch(unsigned posted = 1) {
    RequestCheck* const found = RequestCheck::of(buffer);
    REQUIRE(found == &check);
    found->dispatching(extension.data(), false);
    CHECK(found->calling() == nullptr);
    for (unsigned i = 0; i < posted; ++i) found->posted(SRB_STATUS_SUCCESS, nullptr);
    found->finished(posted == 0 ? SRB_STATUS_PENDING : SRB_STATUS_SUCCESS, posted == 0 ? 0 : 96);
  }
  Findings ended() {
    Findings findings;
    check.end(end, findings, code);
    return findings;
  }
};

}  // namespace

TEST_CASE("the driver gets the input of the request, and poison behind it") {
  Query query;
  CHECK(std::equal(query.request.begin(), query.request.begin() + 64, query.buffer));
  CHECK(poison_mismatch(Poison::first, View(query.buffer + 64, 32), 64) == 32);
  CHECK(query.check.active());
  CHECK(query.check.size() == 96);
}

TEST_CASE("a request that goes right says nothing, with the library and without") {
  Query with, without;
  with.answer();
  with.dispatch();
  none(with.ended());
  REQUIRE(with.check.data().size() == 1);
  CHECK(with.check.data()[0].size == 32);
  CHECK(with.check.answer()[64] == 0x11);
  without.answer();
  none(without.ended());
}

TEST_CASE("what the driver does wrong is found where it is") {
  Query unwritten;
  unwritten.answer(20);
  unwritten.dispatch();
  CHECK(only(Rule::output_not_written, unwritten.ended()).offset == 84);

  Query over;
  over.answer();
  over.buffer[96] = 1;
  only(Rule::buffer_write_past_end, over.ended());
  CHECK(over.code != nullptr);

  Query twice;
  twice.answer();
  twice.dispatch(2);
  only(Rule::post_process_twice, twice.ended());

  Query pending;
  pending.answer();
  pending.end.srb.status = SRB_STATUS_PENDING;
  only(Rule::completed_pending, pending.ended());
}

TEST_CASE("a callback that has not ended its request is one finding, not two") {
  Query query;
  query.dispatch(0);
  query.end.srb.status = SRB_STATUS_PENDING;
  only(Rule::post_process_missing, query.ended());
}

TEST_CASE("lengths that the library sees are reported with the request") {
  Query query;
  query.answer();
  query.dispatch();
  const std::uint32_t lengths[] = {kLengthUnset};
  query.check.lengths({lengths, 32, 32});
  only(Rule::instance_length_unset, query.ended());
}

TEST_CASE("a pended request ends later, and with its context in the extension") {
  Query query;
  query.answer();
  std::array<std::byte, 32> elsewhere{};
  query.check.dispatching(elsewhere.data(), false);
  query.check.finished(SRB_STATUS_PENDING, 0);
  query.check.posted(SRB_STATUS_SUCCESS, nullptr);
  query.check.finished(SRB_STATUS_SUCCESS, 96);
  query.end.srb.pended = true;
  only(Rule::context_outside_extension, query.ended());
}

TEST_CASE("a request is found by its buffer as long as it is under check") {
  Query query;
  std::uint8_t* const buffer = query.buffer;
  CHECK(RequestCheck::of(buffer) == &query.check);
  CHECK(RequestCheck::of(buffer + 8) == nullptr);
  query.check.forget();
  CHECK(RequestCheck::of(buffer) == nullptr);
  CHECK_FALSE(query.check.active());
}
