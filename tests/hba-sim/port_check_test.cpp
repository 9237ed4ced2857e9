// Requests under check through the whole port driver.
#include <catch2/catch.hpp>

#include "hba-sim/port/checker/violation_log.hpp"
#include "tests/hba-sim/port_fake_miniport.hpp"

using namespace hbalab;
using namespace hbalab::port_test;
using wmi::MinorFunction;
using wmi::NtStatus;

namespace {

struct CheckedBench : Bench {
  std::shared_ptr<check::ViolationLog> log = std::make_shared<check::ViolationLog>();
  CheckedBench() {
    auto with = options();
    with.violations = log;
    auto started = port::AdapterDevice::start(fake_image(), std::move(with));
    REQUIRE(started.has_value());
    device = std::move(*started);
  }
  [[nodiscard]] std::vector<std::string> rules() const {
    std::vector<std::string> ids;
    for (const auto& it : log->records()) ids.emplace_back(check::info(it.finding.rule).id);
    return ids;
  }
};

}  // namespace

TEST_CASE("a miniport that keeps the rules is checked without a word") {
  CheckedBench bench;
  const auto provider = bench.device->provider();
  for (const GUID& guid : {kDataGuid, kDynamicGuid}) {
    const auto all = submit(*provider, MinorFunction::query_all_data, guid,
                            wmi::pack_query_all(to_guid(guid), 1024));
    REQUIRE(all->completions == 1);
    CHECK(all->request->status == NtStatus::success);
    const auto less = submit(*provider, MinorFunction::query_all_data, guid,
                             wmi::pack_query_all(to_guid(guid), 0));
    CHECK(wmi::too_small(less->request->buffer.bytes().first(less->request->information)));
  }
  const auto echo = call(*provider, kEcho, {1, 2, 3, 4});
  REQUIRE(echo->completions == 1);
  CHECK(echo->request->status == NtStatus::success);
  CHECK(bench.rules() == std::vector<std::string>{});
}

TEST_CASE("what a miniport does wrong is reported with its request") {
  CheckedBench bench;
  const auto provider = bench.device->provider();
  static_cast<void>(call(*provider, kTwice, {1}));
  REQUIRE(bench.log->records().size() == 1);
  const check::Violation record = bench.log->records()[0];
  CHECK(record.finding.rule == check::Rule::completed_twice);
  CHECK(record.where.function == "EXECUTE_METHOD");
  CHECK(record.where.method == "3");
  CHECK(record.where.guid == to_guid(kMethodGuid));
}
